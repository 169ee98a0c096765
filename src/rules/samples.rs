//! Offers and paths for the tests of the rules about the catalogue. Customers and clocks are
//! for `examples`.

use std::collections::BTreeSet;

use chrono::DateTime;

use crate::domain::calendar::Period;
use crate::domain::catalogue::{Offer, Terms};
use crate::domain::ids::{OfferId, PathId, TagId};
use crate::domain::money::{Currency, Money};
use crate::domain::path::{BillingDate, Path, Proration, Transition, UnpaidSource};
use crate::domain::text::Text;

/// An offer in EUR that carries its own id as its tag and has it, capitalised, as its title.
pub(crate) fn offer(id: &str, minor: i64, period: &str, term: &str) -> Offer {
    let (first, rest) = id.split_at(1);
    let terms = Terms {
        offer: OfferId::parse(id).unwrap(),
        version: 1,
        title: first.to_uppercase() + rest,
        products: Vec::new(),
        price: Money::new(minor, Currency::parse("EUR").unwrap()),
        billing_period: Period::parse(period).unwrap(),
        term: Period::parse(term).unwrap(),
        renewal_term: None,
        auto_renew: true,
        notice: None,
        tax: None,
        tax_included: true,
        requires_parent: false,
    };
    Offer { terms, tags: tags(id), active: true }
}

/// The same offer with one more tag.
pub(super) fn tagged(mut offer: Offer, tag: &str) -> Offer {
    offer.tags.extend(tags(tag));
    offer
}

/// A path between tags, which are separated by blanks.
pub(super) fn path(id: &str, source: &str, target: &str, transition: &str) -> Path {
    Path {
        id: PathId::parse(id).unwrap(),
        edit: 1,
        edited_at: DateTime::UNIX_EPOCH,
        internal_title: id.to_owned(),
        internal_description: None,
        title: Text::parse("").unwrap(),
        description: Text::parse("").unwrap(),
        source_tags: tags(source),
        target_tags: tags(target),
        optional: false,
        customer_may_switch: false,
        transition: Transition::parse(transition).unwrap(),
        proration: Proration::None,
        billing_date: BillingDate::Reset,
        unpaid_source: UnpaidSource::Refuse,
        priority: 0,
        active: true,
        valid_from: None,
        valid_until: None,
    }
}

fn tags(names: &str) -> BTreeSet<TagId> {
    let names = names.split_whitespace();
    names.map(|name| TagId::parse(name).unwrap()).collect()
}
