//! New prices that wait for subscriptions: taken at their first booking, or closed. Who is told of
//! one, and from when on it holds, is for `price_change`.

use crate::domain::ids::SubscriptionId;
use crate::domain::price_change::NewPriceStatus;

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
        let mut waiting = waiting.filter(|price| price.subscription == *id);
        if let Some(price) = waiting.find(|price| price.holds_from(period.start, opens_term)) {
            price.before = subscription.price;
            price.status = NewPriceStatus::Applied;
            price.applied_on = Some(period.start);
            subscription.price = price.price;
        }
    }

    /// What waits for a subscription that ends, or is replaced, will not come.
    pub(super) fn drop_new_price(&mut self, id: &SubscriptionId, reason: &str) {
        self.close_new_price(id, NewPriceStatus::Dropped, reason);
    }

    pub(super) fn close_new_price(
        &mut self,
        id: &SubscriptionId,
        status: NewPriceStatus,
        reason: &str,
    ) {
        let prices = self.account.new_prices.values_mut();
        for price in prices.filter(|price| price.is_pending() && price.subscription == *id) {
            (price.status, price.reason) = (status, Some(reason.to_owned()));
        }
    }
}
