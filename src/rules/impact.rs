//! What a path would mean for everybody who could take it: each customer is decided for on paper,
//! by the rule that decides for checkouts, and counted.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::catalogue::Terms;
use crate::domain::checkout::CheckoutRequest;
use crate::domain::ids::Ids;
use crate::domain::money::Currency;
use crate::domain::purchase::Purchase;
use crate::domain::subscription::{RunningPrice, Subscription};
use crate::domain::verdict::Verdict;

use super::checkout::{CheckoutFacts, CheckoutRefusal, RefusalCode, decide_checkout};
use super::matching::MatchFacts;

/// What would come of it if everybody took a path to one target today. Amounts are minor units of
/// the target's currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImpactReach {
    /// Customers from whose subscriptions the path leads there.
    pub customers: u64,
    /// Those who could take it.
    pub possible: u64,
    /// Those who could not, by the stable code of the reason.
    pub refused: BTreeMap<&'static str, u64>,
    /// What they would pay at once.
    pub amount_due: i64,
    /// What all running subscriptions in the target's currency cost a month.
    pub monthly_before: i64,
    /// The same, once the changes have taken effect.
    pub monthly_after: i64,
    /// What all others cost a month, by currency: that cannot be compared, and stays as it is.
    pub elsewhere: BTreeMap<Currency, i64>,
    /// How many of the running subscriptions in the target's currency have the tax in their price
    /// where the target's price is without, or the other way round.
    pub taxed_otherwise: u64,
}

impl ImpactReach {
    /// Nobody counted yet, of everybody who pays these prices.
    #[must_use]
    pub fn of(target: &Terms, running: &[RunningPrice]) -> Self {
        let mut reach = Self::default();
        for it in running {
            let monthly = it.period.monthly(it.price.minor).saturating_mul(it.count);
            if it.price.currency == target.price.currency {
                reach.monthly_before = reach.monthly_before.saturating_add(monthly);
                if it.tax_included != target.tax_included {
                    reach.taxed_otherwise += u64::try_from(it.count).unwrap_or_default();
                }
            } else {
                let sum = reach.elsewhere.entry(it.price.currency).or_default();
                *sum = sum.saturating_add(monthly);
            }
        }
        Self { monthly_after: reach.monthly_before, ..reach }
    }

    /// Counts one customer. The facts hold the one path that it is about.
    pub fn count(&mut self, facts: &CheckoutFacts, ids: &mut Ids, today: NaiveDate) {
        let MatchFacts { target, paths, tags, .. } = &facts.matching;
        let active = facts.account.active();
        let [path] = paths.as_slice() else { return };
        let is_source = |it: &&Subscription| {
            let tags = tags.get(&it.terms.offer);
            tags.is_some_and(|tags| !tags.is_disjoint(&path.source_tags))
        };
        if !active.iter().any(is_source) {
            return;
        }
        self.customers += 1;
        let request = CheckoutRequest {
            path: Some(path.id.clone()),
            ..CheckoutRequest::plain(facts.account.customer.clone(), target.terms.offer.clone())
        };
        match decide_checkout(facts, &request, ids, today) {
            Ok(decision) => {
                let (outcome, terms) = (decision.outcome(), &target.terms);
                self.possible += 1;
                self.amount_due = self.amount_due.saturating_add(outcome.amount_due.minor);
                let replaced =
                    decision.source.as_ref().filter(|_| outcome.mode == Purchase::Replace);
                let more = terms.billing_period.monthly(terms.price.minor);
                let change = more - replaced.map_or(0, monthly);
                self.monthly_after = self.monthly_after.saturating_add(change);
            }
            Err(refusal) => *self.refused.entry(code(&refusal)).or_default() += 1,
        }
    }
}

fn monthly(subscription: &Subscription) -> i64 {
    subscription.terms.billing_period.monthly(subscription.price.minor)
}

/// What stands in the way first.
fn code(refusal: &CheckoutRefusal) -> &'static str {
    let mut rejected = refusal.considered.iter().filter_map(|it| match it.verdict {
        Verdict::Rejected(reason) | Verdict::Unavailable(reason) => Some(reason.name()),
        Verdict::Chosen | Verdict::Outranked(_) => None,
    });
    match refusal.code {
        RefusalCode::ChangeNotPossible => rejected.next().unwrap_or(refusal.code.name()),
        code @ (RefusalCode::OfferInactive
        | RefusalCode::AlreadySubscribed
        | RefusalCode::ModeNotOffered
        | RefusalCode::TooManySubscriptions
        | RefusalCode::CouponUsed) => code.name(),
    }
}
