//! How much of something one customer, one checkout and one merchant may have, where more of it
//! would cost everybody. Each refusal names the number.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::domain::checkout::CheckoutRequest;
use crate::domain::fault::{Fault, pointer_step};
use crate::domain::ids::{MerchantId, TagId};
use crate::rules::checkout::CheckoutFacts;
use crate::store::{Tx, paths};

use super::AppError;

/// How many pairs of a path and a subscription are weighed for one checkout.
const CANDIDATES_MAX: usize = 2_000;
/// How many edges the offer graph of a merchant has, counted by tags: an offer with two tags of
/// one side counts twice.
const EDGES_MAX: i64 = 100_000;
/// How many members the metadata of a checkout has.
const METADATA_KEYS_MAX: usize = 50;
/// How long the name of a member is, in characters.
const METADATA_NAME_MAX: usize = 40;
/// How long its value is as JSON, in characters.
const METADATA_VALUE_MAX: usize = 500;

/// Refuses a checkout for which too much would have to be weighed.
pub(super) fn check_candidates(
    facts: &CheckoutFacts,
    request: &CheckoutRequest,
) -> Result<(), AppError> {
    if candidates(facts, request) <= CANDIDATES_MAX {
        return Ok(());
    }
    let detail = format!(
        "the customer's {} subscriptions and {} paths make more than {CANDIDATES_MAX} \
         candidates, as many as are weighed; name subscription and path",
        tags_of_sources(facts, request).count(),
        facts.matching.paths.len()
    );
    Err(AppError::invalid("/offer", detail))
}

/// How many candidates are weighed for a checkout: as far as they may be, and one more.
pub(super) fn candidates(facts: &CheckoutFacts, request: &CheckoutRequest) -> usize {
    let tags: Vec<_> = tags_of_sources(facts, request).collect();
    let pinned = request.path.as_ref();
    let paths = facts.matching.paths.iter();
    let mut count = 0;
    for path in paths.filter(|path| pinned.is_none_or(|pin| *pin == path.id)) {
        count += tags.iter().filter(|tags| !path.source_tags.is_disjoint(tags)).count();
        if count > CANDIDATES_MAX {
            break;
        }
    }
    count
}

/// The tags of each subscription that may be the source.
fn tags_of_sources<'f>(
    facts: &'f CheckoutFacts,
    request: &'f CheckoutRequest,
) -> impl Iterator<Item = &'f BTreeSet<TagId>> {
    let pinned = request.subscription.as_ref();
    let running = facts.account.active().into_iter();
    let sources = running.filter(move |source| pinned.is_none_or(|pin| *pin == source.id));
    sources.filter_map(|source| facts.matching.tags.get(&source.terms.offer))
}

/// Refuses a path or an offer with which the graph would have too many edges.
pub(super) async fn check_edges(tx: &mut Tx, merchant: &MerchantId) -> Result<(), AppError> {
    let count = paths::count_edges_by_tags(tx, merchant).await?;
    if count <= EDGES_MAX {
        return Ok(());
    }
    let detail = format!(
        "with this the offer graph would have {count} edges; it has at most {EDGES_MAX}: \
         narrow the tags"
    );
    Err(AppError::refused("conflict", detail))
}

/// Refuses metadata that would weigh down every list of checkouts.
pub(super) fn check_metadata(metadata: Option<&Map<String, Value>>) -> Result<(), AppError> {
    let Some(metadata) = metadata else { return Ok(()) };
    if metadata.len() > METADATA_KEYS_MAX {
        let detail =
            format!("has {} members; at most {METADATA_KEYS_MAX} are kept", metadata.len());
        return Err(AppError::invalid("/metadata", detail));
    }
    let mut faults = Vec::new();
    for (name, value) in metadata {
        let pointer = format!("/metadata/{}", pointer_step(name));
        let length = name.chars().count();
        if length > METADATA_NAME_MAX {
            let detail =
                format!("the name has {length} characters; at most {METADATA_NAME_MAX} are kept");
            faults.push(Fault::new(pointer, detail));
            continue;
        }
        let length = match value {
            Value::String(text) => text.chars().count(),
            other => other.to_string().chars().count(),
        };
        if length > METADATA_VALUE_MAX {
            let detail = format!("has {length} characters; at most {METADATA_VALUE_MAX} are kept");
            faults.push(Fault::new(pointer, detail));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.into()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn metadata_is_a_note_and_no_store() {
        let many: Map<String, Value> = (0..51).map(|n| (n.to_string(), json!(n))).collect();
        let fifty: Map<String, Value> = many.clone().into_iter().take(50).collect();
        let one = |name: &str, value: Value| Map::from_iter([(name.to_owned(), value)]);
        let table = [
            (fifty, ""),
            (many, "/metadata has 51 members; at most 50 are kept"),
            (one("a", json!("ä".repeat(500))), ""),
            (
                one("a/b", json!("x".repeat(501))),
                "/metadata/a~1b has 501 characters; at most 500 are kept",
            ),
            (
                one("a", json!({"b": ["x".repeat(500)]})),
                "/metadata/a has 510 characters; at most 500 are kept",
            ),
        ];
        for (metadata, expected) in table {
            let told = match check_metadata(Some(&metadata)) {
                Ok(()) => String::new(),
                Err(AppError::Invalid(faults)) => {
                    format!("{} {}", faults[0].pointer, faults[0].detail)
                }
                Err(other) => panic!("{other}"),
            };
            assert_eq!(told, expected);
        }
        let long = one(&"n".repeat(41), json!(1));
        assert!(check_metadata(Some(&long)).is_err() && check_metadata(None).is_ok());
    }
}
