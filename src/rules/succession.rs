//! How a subscription begins: by itself, beside another, or in the place of one that ends in its
//! favour.

use chrono::NaiveDate;

use crate::domain::catalogue::Terms;
use crate::domain::coupon::FirstLineDiscount;
use crate::domain::ids::SubscriptionId;
use crate::domain::path::Mode;
use crate::domain::subscription::{BridgeCharge, Status, Subscription};

use super::ledger::Ledger;

/// When and how a new subscription begins.
pub(super) struct SubscriptionStart {
    pub(super) id: SubscriptionId,
    pub(super) starts_on: NaiveDate,
    pub(super) first_booking: NaiveDate,
    pub(super) mode: Mode,
    pub(super) bridge_charge: Option<BridgeCharge>,
    pub(super) cut: Option<FirstLineDiscount>,
    pub(super) introduced: bool,
}

impl Ledger<'_> {
    pub(super) fn begin(
        &mut self,
        source: &Subscription,
        terms: &Terms,
        anchor_day: u32,
        begin: &SubscriptionStart,
    ) -> SubscriptionId {
        let id = begin.id.clone();
        let (starts_on, first_booking) = (begin.starts_on, begin.first_booking);
        let mut new = self.fresh(id.clone(), terms, starts_on, first_booking, anchor_day);
        new.bridge_charge = begin.bridge_charge;
        new.cut.clone_from(&begin.cut);
        if begin.introduced {
            new.introduce();
        }
        match begin.mode {
            Mode::Add => new.parent_id = Some(source.id.clone()),
            Mode::Replace => {
                new.precursor_id = Some(source.id.clone());
                new.chain_id = source.chain_id.clone();
                new.parent_id.clone_from(&source.parent_id);
                self.succeed(&source.id, &id, begin.starts_on);
            }
        }
        self.account.subscriptions.insert(id.clone(), new);
        id
    }

    /// A subscription that stands by itself, not booked yet.
    pub fn fresh(
        &mut self,
        id: SubscriptionId,
        terms: &Terms,
        starts_on: NaiveDate,
        first_booking: NaiveDate,
        anchor_day: u32,
    ) -> Subscription {
        Subscription {
            sequence: self.account.next_sequence(),
            customer: self.account.customer.clone(),
            price: terms.price,
            status: Status::Active,
            started_on: starts_on,
            first_booking_on: first_booking,
            ended_on: None,
            anchor_day,
            current_period: None,
            current_term: terms.term.range(first_booking, anchor_day),
            cancel_on: None,
            precursor_id: None,
            successor_id: None,
            parent_id: None,
            chain_id: id.clone(),
            bridge_charge: None,
            is_brought_over: false,
            brought_over: None,
            cut: None,
            trial_until: None,
            steps_left: 0,
            terms: terms.clone(),
            id,
        }
    }

    /// Ends a subscription in favour of another, which becomes the parent of what was added to
    /// it; additions that still wait move along and keep their dates.
    fn succeed(&mut self, source: &SubscriptionId, successor: &SubscriptionId, date: NaiveDate) {
        if let Some(source) = self.account.subscriptions.get_mut(source) {
            source.status = Status::Ended;
            source.ended_on = Some(date);
            source.successor_id = Some(successor.clone());
        }
        self.drop_new_prices(source, "subscription-replaced");
        let children = self.account.subscriptions.values_mut();
        for child in children.filter(|c| c.is_active() && c.parent_id.as_ref() == Some(source)) {
            child.parent_id = Some(successor.clone());
        }
        let changes = self.account.changes.values_mut();
        let additions = changes.filter(|c| c.is_pending() && c.mode == Mode::Add);
        for change in additions.filter(|c| c.subscription == *source) {
            change.subscription = successor.clone();
        }
    }
}
