//! Deciding a completed checkout once more: what is kept of its facts, and where the rules of today
//! would come to something else than what was shown and stored. By the very functions that decide
//! checkouts; so a release that decides otherwise says of whom.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::domain::candidates::CandidateShown;
use crate::domain::catalogue::{Offer, Tax};
use crate::domain::checkout::{Checkout, HeldBasis};
use crate::domain::dunning::DunningStep;
use crate::domain::ids::{Ids, TaxId};
use crate::domain::kept_facts::{KeptAccount, KeptFacts, KeptHold, KeptPath, PermanentFacts};
use crate::domain::names::names;
use crate::domain::path::Path;
use crate::domain::preview::Preview;

use super::checkout::{CheckoutDecision, CheckoutFacts, HeldFacts, decide_checkout, decide_held};
use super::ledger::Tariff;
use super::matching::MatchFacts;
use super::preview::preview;

/// The most differences of one checkout that are told.
const DEVIATIONS_MAX: usize = 50;

/// What a preview leaves out where there is nothing to say. Whatever else is missing in one that is
/// kept is what its release did not tell yet, and is not compared.
const LEFT_OUT: [&str; 5] = ["coupon", "gifts", "introduction", "legal_advice", "returns_coupon"];

/// The last instant that an identifier can say.
const LATEST: DateTime<Utc> = match DateTime::from_timestamp_millis((1 << 50) - 1) {
    Some(latest) => latest,
    None => DateTime::UNIX_EPOCH,
};

names! {
    /// Why a completed checkout cannot be decided again.
    pub enum Undecided {
        /// It was completed by a release that did not keep what it rested on.
        NotKept = "not-kept",
        /// What it rested on was larger than is kept.
        TooLarge = "too-large",
        /// The book does not have the terms or invoices on which it rested, or what is kept of it
        /// cannot be read.
        Unreadable = "unreadable",
    }
}

/// Something that would be decided otherwise today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// Which field of what was shown, by its names and places from 0: `by_mode/0/amount_due/minor`.
    pub field: String,
    /// What was decided; null where nothing was.
    pub was: Value,
    /// What would be decided now; null where nothing would.
    pub now: Value,
}

/// What becomes of a completed checkout that is decided again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VerificationOutcome {
    /// It comes to the same.
    Same,
    /// It comes to something else: the first of what differs, and how much more does.
    Different(Vec<Deviation>, usize),
    /// It cannot be decided again.
    Undecided(Undecided),
}

/// What is kept of the facts of a decision, and no more of them than it could have looked at.
/// Without what it was matched by, that was done when the checkout was held.
#[must_use]
pub fn facts_to_keep(
    decision: &CheckoutDecision,
    matching: Option<&MatchFacts>,
    basis: &HeldBasis,
    dunning: &[DunningStep],
) -> KeptFacts {
    let mut facts = KeptFacts {
        on: decision.on,
        version: decision.target.version,
        target_tags: BTreeSet::new(),
        paths: Vec::new(),
        tags: BTreeMap::new(),
        held: BTreeSet::new(),
        known_products: BTreeSet::new(),
        hold: None,
        considered: None,
        taxes: taxes_of(decision, &basis.taxes),
        payment_days: basis.payment_days,
        dunning: dunning.to_vec(),
        cut: decision.cut.clone(),
        account: KeptAccount::of(&decision.before),
    };
    let Some(matching) = matching else {
        facts.paths = basis.path.iter().map(KeptPath::of).collect();
        let (modes, is_granted) = (basis.modes.clone(), basis.is_granted);
        facts.hold = Some(KeptHold { modes, is_granted });
        return facts;
    };
    let leads = |path: &&Path| {
        let carries = |tags: &BTreeSet<_>| !path.source_tags.is_disjoint(tags);
        !path.target_tags.is_disjoint(&matching.target.tags) && matching.tags.values().any(carries)
    };
    let paths: Vec<&Path> = matching.paths.iter().filter(leads).collect();
    if !paths.is_empty() {
        facts.target_tags.clone_from(&matching.target.tags);
        let is_source =
            |tags: &BTreeSet<_>| paths.iter().any(|path| !path.source_tags.is_disjoint(tags));
        let sources = matching.tags.iter().filter(|(_, tags)| is_source(tags));
        facts.tags = sources.map(|(offer, tags)| (offer.clone(), tags.clone())).collect();
        facts.held.clone_from(&matching.held);
    }
    facts.paths = paths.into_iter().map(KeptPath::of).collect();
    let of_target = decision.target.products.iter().map(|(product, _)| product);
    let known = of_target.filter(|product| matching.known_products.contains(*product));
    facts.known_products = known.cloned().collect();
    facts
}

/// The tax categories of all terms that a decision looked at; what the merchant calls them is left
/// out.
fn taxes_of(decision: &CheckoutDecision, all: &BTreeMap<TaxId, Tax>) -> BTreeMap<TaxId, Tax> {
    let account = &decision.before;
    let running = account.subscriptions.values().map(|it| &it.terms);
    let awaited = account.changes.values().map(|it| &it.terms);
    let terms = running.chain(awaited).chain([&decision.target]);
    let ids: BTreeSet<&TaxId> = terms.filter_map(|terms| terms.tax.as_ref()).collect();
    let found = ids.into_iter().filter_map(|id| all.get(id));
    found.map(|tax| (tax.id.clone(), Tax { title: None, ..tax.clone() })).collect()
}

/// Decides a completed checkout again, and compares; `kept` is its preview as the book has it.
#[must_use]
pub fn verify(
    checkout: &Checkout,
    facts: &KeptFacts,
    kept: &Value,
    known: &PermanentFacts,
) -> VerificationOutcome {
    let tariff = Tariff {
        taxes: facts.taxes.clone(),
        payment_days: facts.payment_days,
        dunning: facts.dunning.clone(),
    };
    let mut decision = match decide_again(checkout, facts, &tariff, known) {
        None => return VerificationOutcome::Undecided(Undecided::Unreadable),
        Some(Ok(decision)) => decision,
        Some(Err(refused)) => {
            let (field, was) = ("decision".to_owned(), Value::from("completed"));
            return VerificationOutcome::Different(
                vec![Deviation { field, was, now: refused.into() }],
                0,
            );
        }
    };
    let picked = checkout.preview.picked;
    let place = decision.by_mode.iter().position(|outcome| outcome.mode == picked);
    decision.picked = place.unwrap_or(decision.picked);
    let now = preview(&decision, &tariff);
    let Ok(now) = serde_json::to_value(as_kept(now, checkout, facts)) else {
        return VerificationOutcome::Undecided(Undecided::Unreadable);
    };
    let mut found = FactDifferences { differences: Vec::new(), more: 0 };
    found.compare("", kept, &now);
    if let Some(was) = &facts.considered {
        let (was, now) = (serde_json::json!(was), serde_json::json!(judged(&decision)));
        found.compare("considered", &was, &now);
    }
    if found.differences.is_empty() {
        return VerificationOutcome::Same;
    }
    VerificationOutcome::Different(found.differences, found.more)
}

/// The decision on what is kept; none where the book lacks something of it, and the reason where it
/// is refused by now.
fn decide_again(
    checkout: &Checkout,
    facts: &KeptFacts,
    tariff: &Tariff,
    known: &PermanentFacts,
) -> Option<Result<CheckoutDecision, &'static str>> {
    let request = &checkout.request;
    let account = facts.account.again(&request.customer, &checkout.locale, known)?;
    let terms = known.terms.get(&(request.offer.clone(), facts.version))?.clone();
    let target = Offer { terms, tags: facts.target_tags.clone(), active: true };
    let (tariff, cut) = (tariff.clone(), facts.cut.clone());
    // What is named here is never stored; it comes after whatever is.
    let mut ids = Ids::new(LATEST, [0; 32]);
    if let Some(hold) = &facts.hold {
        let path = facts.paths.first().map(KeptPath::again);
        let change = path.zip(checkout.preview.source.clone());
        let change = change.map(|(path, source)| (path, source, hold.modes.clone()));
        let (is_granted, decided_on) = (hold.is_granted, facts.on);
        let held = HeldFacts { account, tariff, target, change, cut, is_granted, decided_on };
        return Some(decide_held(&held, request, &mut ids).ok_or("no-room"));
    }
    let matching = MatchFacts {
        target,
        paths: facts.paths.iter().map(KeptPath::again).collect(),
        tags: facts.tags.clone(),
        held: facts.held.clone(),
        known_products: facts.known_products.clone(),
    };
    let matched = CheckoutFacts { account, tariff, matching, cut };
    let decided = decide_checkout(&matched, request, &mut ids, facts.on);
    Some(decided.map_err(|refusal| refusal.code.name()))
}

/// A preview with what no decision says: the words of the path as they were, the gifts, and, where
/// that was not judged again or stands elsewhere, the candidates.
fn as_kept(mut now: Preview, checkout: &Checkout, facts: &KeptFacts) -> Preview {
    let was = &checkout.preview;
    if let (Some(now), Some(was)) = (&mut now.path, &was.path) {
        now.title.clone_from(&was.title);
        now.description.clone_from(&was.description);
        now.is_translated = was.is_translated;
    }
    now.gifts.clone_from(&was.gifts);
    if facts.hold.is_some() || facts.considered.is_some() {
        now.considered.clone_from(&was.considered);
    }
    now
}

/// Every candidate and its verdict, as they are kept.
fn judged(decision: &CheckoutDecision) -> Vec<CandidateShown> {
    decision.considered.iter().map(Into::into).collect()
}

/// What differs, as far as it is told.
struct FactDifferences {
    differences: Vec<Deviation>,
    more: usize,
}

impl FactDifferences {
    fn compare(&mut self, field: &str, was: &Value, now: &Value) {
        match (was, now) {
            (Value::Object(was), Value::Object(now)) => {
                let names: BTreeSet<&String> = was.keys().chain(now.keys()).collect();
                for name in names {
                    let is_told = was.contains_key(name) || LEFT_OUT.contains(&name.as_str());
                    if is_told {
                        let (was, now) = (was.get(name), now.get(name));
                        self.compare_parts(field, name, was, now);
                    }
                }
            }
            (Value::Array(was), Value::Array(now)) => {
                for place in 0..was.len().max(now.len()) {
                    let name = place.to_string();
                    self.compare_parts(field, &name, was.get(place), now.get(place));
                }
            }
            (was, now) if was == now => {}
            (was, now) if self.differences.len() < DEVIATIONS_MAX => {
                let (field, was, now) = (field.to_owned(), was.clone(), now.clone());
                self.differences.push(Deviation { field, was, now });
            }
            _ => self.more += 1,
        }
    }

    /// Parts of this name of two values; what is missing is nothing.
    fn compare_parts(&mut self, of: &str, name: &str, was: Option<&Value>, now: Option<&Value>) {
        let field = if of.is_empty() { name.to_owned() } else { format!("{of}/{name}") };
        self.compare(&field, was.unwrap_or(&Value::Null), now.unwrap_or(&Value::Null));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::preview::IntroductionShown;

    fn differences(was: &Value, now: &Value) -> Vec<String> {
        let mut found = FactDifferences { differences: Vec::new(), more: 0 };
        found.compare("", was, now);
        let told = found.differences.iter();
        told.map(|it| format!("{} {} {}", it.field, it.was, it.now)).collect()
    }

    #[test]
    fn each_field_that_differs_is_named_with_its_place() {
        let was = json!({"on": "2026-02-10", "lines": [{"gross": 990}, {"gross": 400}], "a": null});
        let now = json!({"on": "2026-02-10", "lines": [{"gross": 991}], "a": {"b": 1}});
        let told = ["a null {\"b\":1}", "lines/0/gross 990 991", "lines/1 {\"gross\":400} null"];
        assert_eq!(differences(&was, &now), told);
        assert_eq!(differences(&was, &was), [""; 0]);
    }

    #[test]
    fn what_a_release_did_not_tell_yet_is_not_compared() {
        let (was, now) = (json!({"on": 1}), json!({"on": 1, "told_later": 2, "coupon": "Ten"}));
        assert_eq!(differences(&was, &now), ["coupon null \"Ten\""]);
        assert_eq!(differences(&now, &was), ["coupon \"Ten\" null", "told_later 2 null"]);
    }

    #[test]
    fn no_more_is_told_than_somebody_reads() {
        let long = |gross: i64| Value::from(vec![gross; DEVIATIONS_MAX + 7]);
        let mut found = FactDifferences { differences: Vec::new(), more: 0 };
        found.compare("", &long(1), &long(2));
        assert_eq!((found.differences.len(), found.more), (DEVIATIONS_MAX, 7));
    }

    #[test]
    fn what_is_left_out_where_there_is_nothing_to_say_is_known() {
        let mode = json!({
            "mode": "new", "effective_on": "2026-01-31", "next_payment_on": null, "documents": [],
            "amount_due": {"minor": 0, "currency": "EUR"}, "withdraws_cancellation": null,
            "supersedes": null,
        });
        let preview = json!({
            "path": null, "source": null, "catch_up": [], "picked": "new", "by_mode": [mode],
        });
        let mut preview: Preview = serde_json::from_value(preview).unwrap();
        let names = |preview: &Preview| {
            let value = serde_json::to_value(preview).unwrap();
            let of = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            let mut names: BTreeSet<String> = of(&value).into_iter().collect();
            names.extend(of(&value["by_mode"][0]));
            names
        };
        let silent = names(&preview);
        preview.coupon = Some("TEN".to_owned());
        preview.legal_advice = Some("Read this.".to_owned());
        let gift = json!({
            "rule": "r", "edit": 1, "times": 1, "product": "p", "quantity": 1, "price": null,
        });
        preview.gifts = vec![serde_json::from_value(gift).unwrap()];
        preview.by_mode[0].returns_coupon = Some("TEN".to_owned());
        let then_from = preview.by_mode[0].effective_on;
        preview.by_mode[0].introduction =
            Some(IntroductionShown { trial: None, steps: Vec::new(), then_from });
        let told = names(&preview);
        let left_out: Vec<&String> = told.difference(&silent).collect();
        assert_eq!(left_out, LEFT_OUT);
    }
}
