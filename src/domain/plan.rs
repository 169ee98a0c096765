//! The plan: the complete, pure result of a decision about one customer. Preview shows it,
//! completion stores it; a plan that is dropped leaves nothing behind.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::account::Account;
use super::change::{ChangeStatus, ScheduledChange};
use super::coupon::Redemption;
use super::document::{CreditNote, Document, Invoice, InvoiceStatus, Payment, PaymentKind};
use super::dunning::DunningNotice;
use super::event::EventKind;
use super::event_data::{
    CreditNoteData, EventData, InvoiceData, NewPriceData, PaymentData, ScheduledChangeData,
    SubscriptionData,
};
use super::ids::{CustomerId, InvoiceId, SubscriptionId};
use super::merchant::Profile;
use super::money::{Currency, Money};
use super::new_event::Event;
use super::party::Party;
use super::price_change::{NewPrice, NewPriceStatus};
use super::shapes::MoneyText;
use super::subscription::Subscription;

/// A row that is new or has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedRow<T> {
    /// Whether it was not there before.
    pub is_new: bool,
    /// As it is now.
    pub row: T,
}

/// All that one decision stores, for one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The customer it belongs to.
    pub customer: CustomerId,
    /// Who they are, as new documents say it.
    pub buyer: Party,
    /// In which language new documents are written, see [`Account::locale`].
    pub locale: Option<String>,
    /// What is learned of them; what it does not say stays as it is known.
    pub profile: Option<Profile>,
    /// The highest sequence given, see [`Account::sequence`].
    pub sequence: i64,
    /// The last day on which something was decided, see [`Account::seen_on`].
    pub seen_on: Option<NaiveDate>,
    /// When billing has something to do next.
    pub due_on: Option<NaiveDate>,
    /// New and changed subscriptions, with the date on which each is booked next.
    pub subscriptions: Vec<SavedRow<(Subscription, Option<NaiveDate>)>>,
    /// New and changed scheduled changes.
    pub changes: Vec<SavedRow<ScheduledChange>>,
    /// New and changed prices that wait for subscriptions, or did.
    pub new_prices: Vec<SavedRow<NewPrice>>,
    /// The subscriptions that go on longer than they were to: a new price that left them out
    /// because they end may reach them.
    pub prolonged: Vec<SubscriptionId>,
    /// New and changed invoices; those that are new in the order of issue.
    pub invoices: Vec<SavedRow<Invoice>>,
    /// New credit notes in the order of issue.
    pub credit_notes: Vec<CreditNote>,
    /// Payments, bounced payments and payouts.
    pub payments: Vec<Payment>,
    /// Balances that changed, in minor units.
    pub balances: Vec<(Currency, i64)>,
    /// The coupons that come back.
    pub returned: Vec<Redemption>,
    /// The subscriptions whose purchase counts no more, since their trial was cancelled (true), or
    /// counts again.
    pub trials_cancelled: Vec<(SubscriptionId, bool)>,
    /// What happened, in order; of new documents without their numbers.
    pub events: Vec<Event>,
}

impl Plan {
    /// What has changed between an account as loaded and the same account after a decision.
    #[must_use]
    pub fn between(before: &Account, after: &Account) -> Self {
        let subscriptions = after.subscriptions.values().filter_map(|now| {
            let was = before.subscriptions.get(&now.id);
            let next = after.next_booking_on(now);
            let same = was.is_some_and(|was| was == now && before.next_booking_on(was) == next);
            (!same).then(|| SavedRow { is_new: was.is_none(), row: (now.clone(), next) })
        });
        let changes = after.changes.values().filter_map(|now| {
            let was = before.changes.get(&now.id);
            (was != Some(now)).then(|| SavedRow { is_new: was.is_none(), row: now.clone() })
        });
        let new_prices = after.new_prices.iter().filter_map(|(id, now)| {
            let was = before.new_prices.get(id);
            (was != Some(now)).then(|| SavedRow { is_new: was.is_none(), row: now.clone() })
        });
        let mut plan = Self {
            customer: after.customer.clone(),
            buyer: after.buyer.clone(),
            locale: after.locale.clone(),
            profile: None,
            sequence: after.sequence,
            seen_on: after.seen_on,
            due_on: after.due_on(),
            subscriptions: subscriptions.collect(),
            changes: changes.collect(),
            new_prices: new_prices.collect(),
            prolonged: prolonged(before, after),
            invoices: invoices(before, after),
            credit_notes: after
                .issued
                .iter()
                .filter_map(|document| match document {
                    Document::CreditNote(note) => Some(note.clone()),
                    Document::Invoice(_) => None,
                })
                .collect(),
            payments: after.payments.clone(),
            balances: after
                .balances
                .iter()
                .filter(|(currency, minor)| before.balance(**currency) != **minor)
                .map(|(currency, minor)| (*currency, *minor))
                .collect(),
            returned: Vec::new(),
            trials_cancelled: Vec::new(),
            events: Vec::new(),
        };
        plan.returned = returned(&plan, before);
        plan.trials_cancelled = trials_cancelled(&plan, before);
        plan.events = events(&plan, before, after);
        plan
    }

    /// Whether nothing is to be stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.subscriptions.is_empty()
            && self.changes.is_empty()
            && self.new_prices.is_empty()
            && self.invoices.is_empty()
            && self.credit_notes.is_empty()
            && self.payments.is_empty()
            && self.balances.is_empty()
    }
}

/// The subscriptions that were to end, or to be replaced, on an earlier day than they are now.
fn prolonged(before: &Account, after: &Account) -> Vec<SubscriptionId> {
    let replaced = before.changes.values().filter(|it| it.is_pending_replacement());
    let replaced: BTreeSet<_> = replaced.map(|it| &it.subscription).collect();
    let ends = |it: &&Subscription| {
        it.cancel_on.is_some() || it.parent_id.is_some() || replaced.contains(&it.id)
    };
    let longer = |was: &&Subscription| {
        let gone = before.gone_on(was);
        let now = after.subscriptions.get(&was.id).filter(|now| now.is_active());
        gone.zip(now).is_some_and(|(gone, now)| after.gone_on(now).is_none_or(|on| gone < on))
    };
    let running = before.subscriptions.values().filter(|it| it.is_active()).filter(ends);
    running.filter(longer).map(|it| it.id.clone()).collect()
}

/// The coupons of changes that waited, and do not any more though nothing came of them; and of what
/// has ended before its first booking.
fn returned(plan: &Plan, before: &Account) -> Vec<Redemption> {
    let gone = plan.changes.iter().map(|saved| &saved.row).filter(|change| {
        let waited = before.changes.get(&change.id).is_some_and(ScheduledChange::is_pending);
        waited && change.is_void()
    });
    let gone = gone.filter_map(|change| change.cut.as_ref());
    let ended = plan.subscriptions.iter().map(|saved| &saved.row.0);
    let unused = ended.filter_map(|now| now.cut_unused_since(before.subscriptions.get(&now.id)));
    gone.chain(unused).filter_map(|cut| cut.redemption(&plan.customer, true)).collect()
}

/// The subscriptions whose trial was cancelled, or is not any more.
fn trials_cancelled(plan: &Plan, before: &Account) -> Vec<(SubscriptionId, bool)> {
    let changed = plan.subscriptions.iter().map(|saved| &saved.row.0).filter_map(|now| {
        let was = before.subscriptions.get(&now.id).is_some_and(Subscription::is_trial_cancelled);
        let is = now.is_trial_cancelled();
        // Once it was booked, nothing was cancelled of its trial.
        (was != is).then(|| (now.id.clone(), is))
    });
    changed.collect()
}

fn invoices(before: &Account, after: &Account) -> Vec<SavedRow<Invoice>> {
    let new = after.issued.iter().filter_map(|document| match document {
        Document::Invoice(issued) => after.invoices.get(&issued.id),
        Document::CreditNote(_) => None,
    });
    let changed = after
        .invoices
        .values()
        .filter(|now| before.invoices.get(&now.id).is_some_and(|was| was != *now));
    new.map(|now| SavedRow { is_new: true, row: now.clone() })
        .chain(changed.map(|now| SavedRow { is_new: false, row: now.clone() }))
        .collect()
}

/// Every change of the plan as an event, so that nothing can happen unrecorded.
fn events(plan: &Plan, before: &Account, after: &Account) -> Vec<Event> {
    let mut events = Events { customer: &plan.customer, found: Vec::new() };
    for SavedRow { is_new, row } in &plan.new_prices {
        events.of_new_price(after, row, *is_new);
    }
    // What an unpaid invoice ended is told after what was said of that invoice.
    let is_unpaid = |id: &SubscriptionId| {
        after.dunned.iter().any(|it| matches!(it, DunningNotice::Ended(ended) if ended == id))
    };
    for SavedRow { row: (now, _), .. } in &plan.subscriptions {
        let was = before.subscriptions.get(&now.id);
        events.of_subscription(was, now);
        let follows = now.parent_id.as_ref().is_some_and(is_unpaid);
        if !is_unpaid(&now.id) && !follows {
            events.of_end(was, now, None);
        }
    }
    for SavedRow { row, .. } in &plan.changes {
        if !is_unpaid(&row.subscription) {
            events.of_change(before.changes.get(&row.id), row);
        }
    }
    for note in &plan.credit_notes {
        let gross = money(note.totals().gross, note.currency);
        let data = CreditNoteData {
            number: note.number,
            gross,
            credits: note.credits.clone(),
            reason: note.reason.clone(),
            url: None,
        };
        events.push(EventKind::CreditNoteIssued, note.id.as_str(), data);
    }
    for SavedRow { row, .. } in &plan.invoices {
        events.of_invoice(before.invoices.get(&row.id), row);
    }
    for notice in &after.dunned {
        events.of_dunning(notice, plan, before, after);
    }
    for SavedRow { row: (now, _), .. } in &plan.subscriptions {
        if !is_unpaid(&now.id) && now.parent_id.as_ref().is_some_and(is_unpaid) {
            events.of_end(before.subscriptions.get(&now.id), now, None);
        }
    }
    for payment in &plan.payments {
        let data = PaymentData {
            payment: payment.id.clone(),
            amount: money(payment.amount.abs(), payment.currency),
            reference: payment.reference.clone(),
            reason: payment.reason.clone(),
        };
        let invoice = payment.invoice.as_ref().map(InvoiceId::as_str);
        let kind = match payment.kind {
            PaymentKind::Payment => EventKind::PaymentReceived,
            PaymentKind::Bounce => EventKind::PaymentBounced,
            PaymentKind::Payout => EventKind::PayoutMade,
        };
        events.push(kind, invoice.unwrap_or(plan.customer.as_str()), data);
    }
    events.found
}

fn money(minor: i64, currency: Currency) -> MoneyText {
    Money::new(minor, currency).into()
}

fn invoice_data(now: &Invoice) -> InvoiceData {
    InvoiceData {
        number: now.number,
        gross: money(now.totals().gross, now.currency),
        amount_due: money(now.amount_due, now.currency),
        due_on: now.due_on,
        subscriptions: now.lines.iter().map(|line| line.line.subscription.clone()).collect(),
        url: None,
    }
}

fn subscription_data(now: &Subscription, reason: Option<&str>) -> SubscriptionData {
    SubscriptionData {
        offer: now.terms.offer.clone(),
        started_on: now.started_on,
        ended_on: now.ended_on,
        cancel_on: now.cancel_on,
        precursor_id: now.precursor_id.clone(),
        successor_id: now.successor_id.clone(),
        parent_id: now.parent_id.clone(),
        reason: reason.map(str::to_owned),
    }
}

/// The events of one plan, as they are found.
struct Events<'p> {
    customer: &'p CustomerId,
    found: Vec<Event>,
}

impl Events<'_> {
    fn push(&mut self, kind: EventKind, subject: &str, data: impl Into<EventData>) {
        self.found.push(Event::of(kind, subject, Some(self.customer), data));
    }

    /// What becomes of a subscription, but for its end.
    fn of_subscription(&mut self, was: Option<&Subscription>, now: &Subscription) {
        let mut push = |kind| self.push(kind, now.id.as_str(), subscription_data(now, None));
        if was.is_none() {
            push(EventKind::SubscriptionStarted);
        }
        if was.is_some_and(|was| was.parent_id != now.parent_id) {
            push(EventKind::SubscriptionMoved);
        }
        match (was.and_then(|was| was.cancel_on), now.cancel_on) {
            (was, Some(now)) if was != Some(now) => push(EventKind::SubscriptionCancelled),
            (Some(_), None) => push(EventKind::SubscriptionUncancelled),
            _ => {}
        }
    }

    /// The last word on a subscription that is over.
    fn of_end(&mut self, was: Option<&Subscription>, now: &Subscription, reason: Option<&str>) {
        if !now.is_active() && was.is_none_or(Subscription::is_active) {
            let data = subscription_data(now, reason);
            self.push(EventKind::SubscriptionEnded, now.id.as_str(), data);
        }
        let unused = now.cut_unused_since(was);
        self.found.extend(unused.and_then(|cut| cut.event(self.customer, true)));
    }

    /// What was said or done about an invoice that is not paid in time.
    fn of_dunning(
        &mut self,
        notice: &DunningNotice,
        plan: &Plan,
        before: &Account,
        after: &Account,
    ) {
        let data_of = |id: &InvoiceId| after.invoices.get(id).map(invoice_data);
        match notice {
            DunningNotice::Overdue(id) => {
                if let Some(data) = data_of(id) {
                    self.push(EventKind::InvoiceOverdue, id.as_str(), data);
                }
            }
            DunningNotice::Reminder(id, step) => {
                if let Some(data) = data_of(id) {
                    self.push(EventKind::InvoiceReminderDue, id.as_str(), data.reminder(*step));
                }
            }
            DunningNotice::Ended(id) => {
                if let Some(now) = after.subscriptions.get(id) {
                    self.of_end(before.subscriptions.get(id), now, Some("unpaid"));
                }
                let changes = plan.changes.iter().map(|saved| &saved.row);
                for change in changes.filter(|change| change.subscription == *id) {
                    self.of_change(before.changes.get(&change.id), change);
                }
            }
        }
    }

    fn of_new_price(&mut self, after: &Account, now: &NewPrice, is_new: bool) {
        let Some(subscription) = after.subscriptions.get(&now.subscription) else { return };
        let mut push = |kind| {
            let waits = now.is_pending().then(|| after.first_booking_at(now, subscription));
            let data = NewPriceData {
                price_change: now.change.clone(),
                offer: subscription.terms.offer.clone(),
                price_before: now.before.into(),
                price: now.price.into(),
                from: now.from,
                first_booking_on: waits.unwrap_or(now.applied_on),
                reason: now.reason.clone(),
            };
            self.push(kind, now.subscription.as_str(), data);
        };
        match now.status {
            NewPriceStatus::Pending if is_new => push(EventKind::SubscriptionPriceWillChange),
            NewPriceStatus::Pending => {}
            NewPriceStatus::Applied => push(EventKind::SubscriptionPriceChanged),
            NewPriceStatus::Withdrawn | NewPriceStatus::Superseded | NewPriceStatus::Dropped => {
                push(EventKind::SubscriptionPriceKept);
            }
        }
    }

    fn of_change(&mut self, was: Option<&ScheduledChange>, now: &ScheduledChange) {
        let mut push = |kind| {
            let data = ScheduledChangeData {
                subscription: now.subscription.clone(),
                target_offer: now.terms.offer.clone(),
                path: now.path.clone(),
                mode: now.mode,
                effective_on: now.effective_on,
                reason: now.reason.clone(),
                result_subscription: now.result_subscription.clone(),
            };
            self.push(kind, now.id.as_str(), data);
        };
        if was.is_none() {
            push(EventKind::ScheduledChangePending);
        }
        let place = |change: &ScheduledChange| (change.subscription.clone(), change.effective_on);
        if now.is_pending() && was.is_some_and(|was| place(was) != place(now)) {
            push(EventKind::ScheduledChangeMoved);
        }
        if was.is_some_and(|was| was.status == now.status) {
            return;
        }
        match now.status {
            ChangeStatus::Pending => {}
            ChangeStatus::Applied => push(EventKind::ScheduledChangeApplied),
            ChangeStatus::Withdrawn => push(EventKind::ScheduledChangeWithdrawn),
            ChangeStatus::Superseded => push(EventKind::ScheduledChangeSuperseded),
            ChangeStatus::Failed => push(EventKind::ScheduledChangeFailed),
        }
        let kept = now.cut.as_ref().filter(|_| now.is_void() && was.is_some());
        self.found.extend(kept.and_then(|cut| cut.event(self.customer, true)));
    }

    fn of_invoice(&mut self, was: Option<&Invoice>, now: &Invoice) {
        let mut push = |kind| self.push(kind, now.id.as_str(), invoice_data(now));
        if was.is_none() {
            push(EventKind::InvoiceIssued);
        }
        match (was.map(|was| was.status), now.status) {
            (was, now) if was == Some(now) => {}
            (_, InvoiceStatus::Paid) => push(EventKind::InvoicePaid),
            (_, InvoiceStatus::Cancelled) => push(EventKind::InvoiceCancelled),
            (Some(_), InvoiceStatus::Open) => push(EventKind::InvoiceReopened),
            (None, InvoiceStatus::Open) => {}
        }
    }
}
