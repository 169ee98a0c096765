//! New prices that wait for subscriptions: taken at their first booking, or closed. Who is told of
//! one, and from when on it holds, is for `price_change`.

use crate::domain::ids::SubscriptionId;
use crate::domain::price_change::{NewPrice, NewPriceStatus};

use super::ledger::Ledger;

impl Ledger<'_> {
    /// Gives a subscription that was just moved into a period the price that waits for it, where
    /// this is its first booking at it: not while a step of its introduction is left.
    pub(super) fn take_new_price(&mut self, id: &SubscriptionId, opens_term: bool) {
        let Some(subscription) = self.account.subscriptions.get_mut(id) else { return };
        let Some(period) = subscription.current_period.filter(|_| subscription.steps_left == 0)
        else {
            return;
        };
        let waiting = self.account.new_prices.values_mut();
        let waiting = waiting.filter(|price| price.subscription == *id);
        let mut holding = waiting.filter(|price| price.holds_from(period.start, opens_term)).rev();
        if let Some(price) = holding.next() {
            price.before = subscription.price;
            price.status = NewPriceStatus::Applied;
            price.applied_on = Some(period.start);
            subscription.price = price.price;
        }
        holding.for_each(supersede);
    }

    /// What waits for a subscription that ends, or is replaced, will not come.
    pub(super) fn drop_new_prices(&mut self, id: &SubscriptionId, reason: &str) {
        for price in self.waiting_prices(id) {
            (price.status, price.reason) = (NewPriceStatus::Dropped, Some(reason.to_owned()));
        }
    }

    /// The new prices that wait for a subscription, in the order in which they were decided.
    pub(super) fn waiting_prices(
        &mut self,
        id: &SubscriptionId,
    ) -> impl DoubleEndedIterator<Item = &mut NewPrice> {
        let prices = self.account.new_prices.values_mut();
        prices.filter(move |price| price.is_pending() && price.subscription == *id)
    }
}

/// What was decided later takes the place of a new price.
pub(super) fn supersede(price: &mut NewPrice) {
    let reason = "superseded".to_owned();
    (price.status, price.reason) = (NewPriceStatus::Superseded, Some(reason));
}
