//! What an offer is to a customer: what a shop's button says.

use crate::domain::account::Account;
use crate::domain::calendar::Period;
use crate::domain::catalogue::Terms;
use crate::domain::ids::OfferId;
use crate::domain::money::Money;
use crate::domain::names::names;
use crate::domain::purchase::Purchase;
use crate::domain::subscription::Subscription;

use super::checkout::CheckoutDecision;
use super::daily_price::price_of_a_day;
use super::ledger::Tariff;

names! {
    /// What an offer is to a customer.
    #[schema(as = OfferScenario)]
    pub enum Scenario {
        /// An ordinary purchase.
        New = "new",
        /// They have it, and it goes on.
        Current = "current",
        /// A change to it waits for its day.
        Scheduled = "scheduled",
        /// They have it, and it ends.
        Ends = "ends",
        /// It takes the place of what costs less by the day.
        Up = "up",
        /// It takes the place of what costs more by the day.
        Down = "down",
        /// It takes the place of what costs as much by the day.
        Side = "side",
        /// It is bought in addition.
        Add = "add",
        /// It cannot be had today.
        Refused = "refused",
    }
}

/// What a customer has of an offer, and what it costs them for each of a period: what they pay, or
/// were promised, and not what the offer costs by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HadOffer {
    /// What it is to them.
    pub scenario: Scenario,
    /// The regular price.
    pub price: Money,
    /// How often it is booked.
    pub billing_period: Period,
}

impl HadOffer {
    fn running(scenario: Scenario, it: &Subscription) -> Self {
        Self { scenario, price: it.price, billing_period: it.terms.billing_period }
    }
}

/// What a customer who is up to date has of an offer; none where that is nothing.
#[must_use]
pub fn has(account: &Account, offer: &OfferId) -> Option<HadOffer> {
    let running: Vec<_> =
        account.active().into_iter().filter(|s| s.terms.offer == *offer).collect();
    let goes_on = |it: &&&Subscription| {
        account.ends_on(it).is_none() && account.replacement_of(&it.id).is_none()
    };
    if let Some(it) = running.iter().find(goes_on) {
        return Some(HadOffer::running(Scenario::Current, it));
    }
    let waits = account.pending().into_iter().find(|change| change.terms.offer == *offer);
    let waits = waits.map(|change| HadOffer {
        scenario: Scenario::Scheduled,
        price: change.terms.price,
        billing_period: change.terms.billing_period,
    });
    waits.or_else(|| running.first().map(|it| HadOffer::running(Scenario::Ends, it)))
}

/// What a checkout for an offer comes to in the mode that is picked by itself.
#[must_use]
pub fn scenario(decision: &CheckoutDecision, tariff: &Tariff) -> Scenario {
    let source = match (decision.outcome().mode, &decision.source) {
        (Purchase::Add, _) => return Scenario::Add,
        (Purchase::Replace, Some(source)) => source,
        (Purchase::New | Purchase::Replace, _) => return Scenario::New,
    };
    let day = |terms: &Terms| price_of_a_day(terms, tariff, decision.on);
    let had = Terms { price: source.price, ..source.terms.clone() };
    match day(&decision.target).cmp(&day(&had)) {
        std::cmp::Ordering::Greater => Scenario::Up,
        std::cmp::Ordering::Less => Scenario::Down,
        std::cmp::Ordering::Equal => Scenario::Side,
    }
}
