//! What tests judge drafts against.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};

use crate::domain::money::Currency;
use crate::domain::webhook::EndpointReach;

use super::{CatalogueFacts, DraftFacts, MessageFacts};

/// A merchant of euros without a catalogue, in the middle of 2027; of languages `en` and `de` are
/// known.
pub(super) fn facts() -> DraftFacts {
    let now = DateTime::from_timestamp(1_813_147_200, 0).unwrap();
    DraftFacts {
        catalogue: CatalogueFacts::default(),
        currency: Currency::parse("EUR").unwrap(),
        keeps_stock: false,
        priced_for: BTreeMap::new(),
        gifts_left: BTreeMap::new(),
        taxes: BTreeMap::new(),
        codes: BTreeMap::new(),
        messages: MessageFacts::default(),
        is_used: false,
        is_unmailable: false,
        now,
        today: NaiveDate::from_ymd_opt(2027, 6, 15).unwrap(),
        outside: now,
        reach: EndpointReach::Public,
        seed: [7; 32],
        is_language: |tag| tag.starts_with("en") || tag.starts_with("de"),
    }
}
