//! Reports: what became of what was offered, counted from the offers themselves, at any moment.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::gift_rule::GiftRule;
use crate::domain::ids::ProductId;
use crate::domain::money::Money;
use crate::domain::promotion::Promotion;
use crate::domain::report::{GiftTotals, Near};
use crate::domain::upsell::UpsellState;

/// An offer, as a report counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedOffer {
    /// The day on which it was made.
    pub on: NaiveDate,
    /// Where it stands now.
    pub state: UpsellState,
    /// How many pieces it has added to an order that still counts.
    pub units: i64,
    /// Whether the checkout that it led to was completed.
    pub completed: bool,
    /// What it has brought in, without tax.
    pub revenue: Option<Money>,
}

/// How many offers there were, and what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UpsellCounts {
    /// All: the sum of the next five.
    pub offered: i64,
    /// Those that wait for an answer.
    pub pending: i64,
    /// Those that were accepted.
    pub accepted: i64,
    /// Those that were declined.
    pub declined: i64,
    /// Those that nobody answered in time.
    pub expired: i64,
    /// Those that were sold out before they were taken.
    pub gone: i64,
}

impl UpsellCounts {
    fn add(&mut self, state: UpsellState) {
        self.offered += 1;
        *match state {
            UpsellState::Pending => &mut self.pending,
            UpsellState::Accepted => &mut self.accepted,
            UpsellState::Declined => &mut self.declined,
            UpsellState::Expired => &mut self.expired,
            UpsellState::Gone => &mut self.gone,
        } += 1;
    }
}

/// What has become of a campaign's offers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CampaignReport {
    /// How many there were.
    pub all: UpsellCounts,
    /// How many checkouts they led to that were completed.
    pub completed: i64,
    /// How many pieces were taken.
    pub units: i64,
    /// What was brought in, in each currency.
    pub revenue: Vec<Money>,
    /// The same for each day on which something was offered.
    pub days: BTreeMap<NaiveDate, UpsellCounts>,
}

/// Counts what has become of a campaign's offers.
#[must_use]
pub fn report_campaign(offers: &[CountedOffer]) -> CampaignReport {
    let mut report = CampaignReport::default();
    let mut revenue = BTreeMap::new();
    for offer in offers {
        report.all.add(offer.state);
        report.days.entry(offer.on).or_default().add(offer.state);
        report.completed += i64::from(offer.completed);
        report.units = report.units.saturating_add(offer.units);
        if let Some(money) = offer.revenue {
            let sum: &mut i64 = revenue.entry(money.currency).or_default();
            *sum = sum.saturating_add(money.minor);
        }
    }
    report.revenue =
        revenue.into_iter().map(|(currency, minor)| Money::new(minor, currency)).collect();
    report
}

/// How many of a gift were given, and how many are left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenGift {
    /// The gift.
    pub product: ProductId,
    /// How many were given.
    pub quantity: i64,
    /// How many the rule has left; none where it does not give it any more.
    pub left: Option<i64>,
}

/// What a gift rule has given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiftRuleReport {
    /// To how many orders it applied.
    pub orders: i64,
    /// The number of times.
    pub times: i64,
    /// The gifts of the rule, then those that it gives no more.
    pub given: Vec<GivenGift>,
    /// How many pieces were left out.
    pub left_out: i64,
}

/// Reports what a gift rule has given, beside what it has left.
#[must_use]
pub fn report_gift_rule(rule: &GiftRule, given: GiftTotals) -> GiftRuleReport {
    let GiftTotals { orders, times, mut products } = given;
    let left_out = products.values().map(|(_, out)| out).sum();
    let mut given: Vec<GivenGift> = (rule.get.iter())
        .map(|gift| {
            let (quantity, _) = products.remove(&gift.product).unwrap_or_default();
            GivenGift { product: gift.product.clone(), quantity, left: Some(gift.stock) }
        })
        .collect();
    let former = products.into_iter().filter(|(_, (quantity, _))| *quantity > 0);
    given.extend(former.map(|(product, (quantity, _))| GivenGift {
        product,
        quantity,
        left: None,
    }));
    GiftRuleReport { orders, times, given, left_out }
}

/// How near orders came to a promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromotionReport {
    /// How many earned it or were near to it.
    pub orders: i64,
    /// How many earned it.
    pub earned: i64,
    /// How many were told of each upsell of the promotion, then of those that it has no more.
    pub near: Vec<(String, i64)>,
}

/// Reports how near orders came to a promotion.
#[must_use]
pub fn report_promotion(promotion: &Promotion, near: Near) -> PromotionReport {
    let Near { orders, earned, mut upsells } = near;
    let mut near: Vec<(String, i64)> = (promotion.upsells.iter())
        .map(|upsell| (upsell.id.clone(), upsells.remove(&upsell.id).unwrap_or_default()))
        .collect();
    near.extend(upsells);
    PromotionReport { orders, earned, near }
}

/// A share in percent with one decimal, halves up; an em dash of nothing.
#[must_use]
pub fn percent(part: i64, whole: i64) -> String {
    if whole <= 0 {
        return "—".to_owned();
    }
    let (part, whole) = (i128::from(part), i128::from(whole));
    let tenths = (2_000 * part + whole) / (2 * whole);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Currency;

    #[test]
    fn a_share_has_one_decimal_and_halves_go_up() {
        for (part, whole, text) in [
            (0, 0, "—"),
            (0, 7, "0.0"),
            (1, 3, "33.3"),
            (2, 3, "66.7"),
            (1, 2_000, "0.1"),
            (1, 2_001, "0.0"),
            (7, 7, "100.0"),
        ] {
            assert_eq!(percent(part, whole), text, "{part}/{whole}");
        }
    }

    #[test]
    fn what_was_offered_is_the_sum_of_what_became_of_it() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 2, day).unwrap();
        let eur = |minor| Some(Money::new(minor, Currency::parse("EUR").unwrap()));
        let offer = |on, state, units, revenue| CountedOffer {
            on: day(on),
            state,
            units,
            completed: false,
            revenue,
        };
        let report = report_campaign(&[
            offer(1, UpsellState::Accepted, 2, eur(980)),
            offer(1, UpsellState::Declined, 0, None),
            offer(2, UpsellState::Pending, 0, None),
            offer(2, UpsellState::Expired, 0, None),
            offer(2, UpsellState::Gone, 0, None),
            offer(2, UpsellState::Accepted, 1, eur(20)),
        ]);
        let UpsellCounts { offered, pending, accepted, declined, expired, gone } = report.all;
        assert_eq!([offered, pending, accepted, declined, expired, gone], [6, 1, 2, 1, 1, 1]);
        assert_eq!((report.units, report.revenue), (3, vec![eur(1_000).unwrap()]));
        assert_eq!((report.days[&day(1)].offered, report.days[&day(2)].accepted), (2, 1));
    }
}
