//! The merchant of the worked examples, from whom other lives are cut.

use super::calendar::Length;
use super::model::{Ask, Life, Offer, Path, Settings, Transition};
use super::money::Minor;

/// An offer tagged with its own name.
pub(crate) fn offer(id: &str, price: Minor, period: &str, term: &str) -> Offer {
    Offer {
        id: id.into(),
        price,
        currency: "EUR".into(),
        is_net: false,
        period: Length::read(period),
        term: Length::read(term),
        renewal: None,
        auto_renew: true,
        notice: None,
        requires_parent: false,
        tags: vec![id.into()],
        tax: None,
        product: "paper".into(),
        trial: None,
        steps: Vec::new(),
        welcomes_all: false,
    }
}

/// A path from one offer to another that replaces.
pub(crate) fn path(source: &str, target: &str, transition: Transition) -> Path {
    Path {
        id: format!("{source}-to-{target}"),
        source_tags: vec![source.into()],
        target_tags: vec![target.into()],
        is_optional: false,
        may_switch: false,
        transition,
        by_day: false,
        keeps_date: false,
        allow_unpaid: false,
        introduces: false,
        priority: 0,
        is_active: true,
        valid_from: None,
        valid_until: None,
    }
}

/// A checkout that is completed and paid.
pub(crate) fn checkout(offer: &str) -> Ask {
    Ask {
        customer: "ada".into(),
        offer: offer.into(),
        pin_sub: None,
        pin_path: None,
        mode: None,
        allow_new: false,
        coupon: None,
        complete: true,
        pay: true,
    }
}

/// The merchant of the examples, with one path.
pub(crate) fn merchant(paths: Vec<Path>) -> Life {
    Life {
        start: "2026-01-31".parse().expect("a date"),
        settings: Settings {
            time_zone: "Europe/Berlin".into(),
            payment_days: 14,
            dunning: Vec::new(),
            on_account: false,
        },
        taxes: Vec::new(),
        offers: vec![
            offer("month", 990, "P1M", "P1M"),
            offer("year", 9900, "P1Y", "P1Y"),
            offer("year-m", 890, "P1M", "P1Y"),
            offer("archive", 400, "P1M", "P1M"),
        ],
        paths,
        coupons: Vec::new(),
        customers: vec!["ada".into()],
        steps: Vec::new(),
    }
}
