//! The plan: the complete, pure result of a decision about one customer. Preview shows it,
//! completion stores it; a plan that is dropped leaves nothing behind.

use chrono::NaiveDate;
use serde_json::json;

use super::account::Account;
use super::change::ScheduledChange;
use super::document::{CreditNote, Document, Invoice, InvoiceStatus, Payment};
use super::ids::CustomerId;
use super::money::{Currency, Money};
use super::subscription::Subscription;

/// Something that happened, for the append-only record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Such as `invoice.issued`.
    pub kind: &'static str,
    /// The id of what it happened to.
    pub subject: String,
    /// Whose, if a customer's.
    pub customer: Option<CustomerId>,
    /// What a reader needs to know, as JSON.
    pub data: serde_json::Value,
}

/// A row that is new or has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved<T> {
    /// Whether it was not there before.
    pub is_new: bool,
    /// As it is now.
    pub row: T,
}

/// All that one decision stores, for one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Whose.
    pub customer: CustomerId,
    /// The highest sequence given, see [`Account::sequence`].
    pub sequence: i64,
    /// When billing has something to do next.
    pub due_on: Option<NaiveDate>,
    /// New and changed subscriptions, with the date on which each is booked next.
    pub subscriptions: Vec<Saved<(Subscription, Option<NaiveDate>)>>,
    /// New and changed scheduled changes.
    pub changes: Vec<Saved<ScheduledChange>>,
    /// New and changed invoices; those that are new in the order of issue.
    pub invoices: Vec<Saved<Invoice>>,
    /// New credit notes in the order of issue.
    pub credit_notes: Vec<CreditNote>,
    /// Payments, bounced payments and payouts.
    pub payments: Vec<Payment>,
    /// Balances that changed, in minor units.
    pub balances: Vec<(Currency, i64)>,
    /// What happened, in order.
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
            (!same).then(|| Saved { is_new: was.is_none(), row: (now.clone(), next) })
        });
        let changes = after.changes.values().filter_map(|now| {
            let was = before.changes.get(&now.id);
            (was != Some(now)).then(|| Saved { is_new: was.is_none(), row: now.clone() })
        });
        let mut plan = Self {
            customer: after.customer.clone(),
            sequence: after.sequence,
            due_on: after.due_on(),
            subscriptions: subscriptions.collect(),
            changes: changes.collect(),
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
            events: Vec::new(),
        };
        plan.events = events(&plan, before);
        plan
    }

    /// Whether nothing is to be stored.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.subscriptions.is_empty()
            && self.changes.is_empty()
            && self.invoices.is_empty()
            && self.credit_notes.is_empty()
            && self.payments.is_empty()
            && self.balances.is_empty()
    }
}

fn invoices(before: &Account, after: &Account) -> Vec<Saved<Invoice>> {
    let new = after.issued.iter().filter_map(|document| match document {
        Document::Invoice(issued) => after.invoices.get(&issued.id),
        Document::CreditNote(_) => None,
    });
    let changed = after
        .invoices
        .values()
        .filter(|now| before.invoices.get(&now.id).is_some_and(|was| was != *now));
    new.map(|now| Saved { is_new: true, row: now.clone() })
        .chain(changed.map(|now| Saved { is_new: false, row: now.clone() }))
        .collect()
}

/// Every change of the plan as an event, so that nothing can happen unrecorded.
fn events(plan: &Plan, before: &Account) -> Vec<Event> {
    let mut events = Vec::new();
    let mut push = |kind, subject: &str, data| {
        let (subject, customer) = (subject.to_owned(), Some(plan.customer.clone()));
        events.push(Event { kind, subject, customer, data });
    };
    for Saved { row: (now, _), .. } in &plan.subscriptions {
        let was = before.subscriptions.get(&now.id);
        let data = json!({
            "offer": now.terms.offer, "started_on": now.started_on, "ended_on": now.ended_on,
            "cancel_on": now.cancel_on, "precursor_id": now.precursor_id,
            "successor_id": now.successor_id, "parent_id": now.parent_id,
        });
        if was.is_none() {
            push("subscription.started", now.id.as_str(), data.clone());
        }
        if !now.is_active() && was.is_none_or(Subscription::is_active) {
            push("subscription.ended", now.id.as_str(), data.clone());
        }
        match (was.and_then(|was| was.cancel_on), now.cancel_on) {
            (None, Some(_)) => push("subscription.cancelled", now.id.as_str(), data),
            (Some(_), None) => push("subscription.uncancelled", now.id.as_str(), data),
            _ => {}
        }
    }
    for Saved { is_new, row } in &plan.changes {
        let data = json!({
            "subscription": row.subscription, "target_offer": row.terms.offer, "path": row.path,
            "mode": row.mode.name(), "effective_on": row.effective_on, "reason": row.reason,
            "result_subscription": row.result_subscription,
        });
        if *is_new {
            push("scheduled_change.pending", row.id.as_str(), data.clone());
        }
        match row.status.name() {
            "applied" => push("scheduled_change.applied", row.id.as_str(), data),
            "withdrawn" => push("scheduled_change.withdrawn", row.id.as_str(), data),
            "superseded" => push("scheduled_change.superseded", row.id.as_str(), data),
            "failed" => push("scheduled_change.failed", row.id.as_str(), data),
            _ => {}
        }
    }
    for note in &plan.credit_notes {
        let gross = Money::new(note.totals().gross, note.currency).amount();
        let data =
            json!({"gross": gross, "currency": note.currency.code(), "credits": note.credits});
        push("credit_note.issued", note.id.as_str(), data);
    }
    for Saved { is_new, row } in &plan.invoices {
        let gross = Money::new(row.totals().gross, row.currency).amount();
        let data = json!({"gross": gross, "currency": row.currency.code()});
        if *is_new {
            push("invoice.issued", row.id.as_str(), data.clone());
        }
        let was = before.invoices.get(&row.id).map(|was| was.status);
        match (was, row.status) {
            (was, now) if was == Some(now) => {}
            (_, InvoiceStatus::Paid) => push("invoice.paid", row.id.as_str(), data),
            (_, InvoiceStatus::Cancelled) => push("invoice.cancelled", row.id.as_str(), data),
            (Some(_), InvoiceStatus::Open) => push("invoice.reopened", row.id.as_str(), data),
            (None, InvoiceStatus::Open) => {}
        }
    }
    for payment in plan.payments.iter().filter(|payment| payment.invoice.is_none()) {
        let amount = Money::new(-payment.amount, payment.currency).amount();
        let data = json!({"amount": amount, "currency": payment.currency.code(),
            "reference": payment.reference});
        push("payout.made", plan.customer.as_str(), data);
    }
    events
}
