//! The candidates of a checkout, and how they are kept with it. As many as two thousand name few
//! paths, subscriptions and reasons: each of these is kept once, and a candidate is their places.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::ids::{PathId, SubscriptionId};
use super::verdict::Outcome;

/// A path and a subscription that were looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Candidate)]
pub struct CandidateShown {
    /// The path.
    #[schema(value_type = String)]
    pub path: PathId,
    /// The subscription.
    #[schema(value_type = String)]
    pub subscription: SubscriptionId,
    /// What became of it.
    pub verdict: Outcome,
    /// Why, as a stable code.
    pub reason: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct KeptCandidates<P, S, V> {
    paths: Vec<P>,
    subscriptions: Vec<S>,
    verdicts: Vec<V>,
    /// Path, subscription and verdict of each, by their places.
    judged: Vec<(usize, usize, usize)>,
}

/// What is named, in the order in which it first is, each once.
struct Named<T> {
    all: Vec<T>,
    places: BTreeMap<T, usize>,
}

impl<T: Ord + Copy> Named<T> {
    fn none() -> Self {
        Self { all: Vec::new(), places: BTreeMap::new() }
    }

    /// Where this stands.
    fn place(&mut self, one: T) -> usize {
        let all = &mut self.all;
        *self.places.entry(one).or_insert_with(|| {
            all.push(one);
            all.len() - 1
        })
    }
}

/// Writes them as they are kept.
pub(super) fn serialize<S: Serializer>(
    candidates: &[CandidateShown],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let (mut paths, mut subscriptions, mut verdicts) =
        (Named::none(), Named::none(), Named::none());
    let judged = candidates.iter().map(|it| {
        let verdict = verdicts.place((it.verdict, it.reason.as_deref()));
        (paths.place(&it.path), subscriptions.place(&it.subscription), verdict)
    });
    let judged = judged.collect();
    let (paths, subscriptions, verdicts) = (paths.all, subscriptions.all, verdicts.all);
    KeptCandidates { paths, subscriptions, verdicts, judged }.serialize(serializer)
}

/// Reads them back.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<CandidateShown>, D::Error> {
    type Read = KeptCandidates<PathId, SubscriptionId, (Outcome, Option<String>)>;
    let kept = Read::deserialize(deserializer)?;
    let candidate = |(path, subscription, verdict): (usize, usize, usize)| {
        let (verdict, reason) = kept.verdicts.get(verdict)?.clone();
        let path = kept.paths.get(path)?.clone();
        let subscription = kept.subscriptions.get(subscription)?.clone();
        Some(CandidateShown { path, subscription, verdict, reason })
    };
    let missing = || de::Error::custom("a candidate names what is not there");
    kept.judged.iter().map(|places| candidate(*places).ok_or_else(missing)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a checkout has them.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Shown(#[serde(with = "super")] Vec<CandidateShown>);

    fn candidate(path: usize, subscription: usize, reason: Option<&str>) -> CandidateShown {
        let verdict = if reason.is_some() { Outcome::Rejected } else { Outcome::Outranked };
        CandidateShown {
            path: PathId::stored(format!("a-path-with-a-name-{path}")),
            subscription: SubscriptionId::stored(format!(
                "sub_019b7e53b8c57d5e8a27c1a5{subscription}"
            )),
            verdict,
            reason: reason.map(str::to_owned),
        }
    }

    #[test]
    fn candidates_are_read_back_as_they_were_in_their_order() {
        let several = vec![
            candidate(2, 1, None),
            candidate(1, 1, Some("source-held")),
            candidate(2, 0, Some("source-held")),
            candidate(2, 1, None),
        ];
        for all in [Vec::new(), vec![candidate(0, 0, None)], several] {
            let text = serde_json::to_string(&Shown(all.clone())).unwrap();
            assert_eq!(serde_json::from_str::<Shown>(&text).unwrap(), Shown(all), "{text}");
        }
    }

    #[test]
    fn two_thousand_are_kept_in_little_room() {
        let pairs = (0..40).flat_map(|path| (0..50).map(move |one| candidate(path, one, None)));
        let text = serde_json::to_string(&Shown(pairs.collect())).unwrap();
        assert!(text.len() < 24_000, "{} bytes", text.len());
    }

    #[test]
    fn what_points_nowhere_is_damage() {
        let text = r#"{"paths":[],"subscriptions":[],"verdicts":[],"judged":[[0,0,0]]}"#;
        let read = serde_json::from_str::<Shown>(text);
        assert!(read.unwrap_err().to_string().contains("is not there"));
    }
}
