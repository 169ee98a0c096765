//! Stores what was decided: the plans of a whole batch, grouped by table into multi-row
//! statements. Numbers are taken late, so that others wait for them as briefly as possible.
//! Documents, payments and events are written by [`super::issue`].

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::automation_runs::cancel_purchases;
use super::coupons::return_redemptions;
use super::customers::{PROFILE, profile_values};
use super::issue;
use super::merchants::{self, Counters};
use super::rows::to_json;
use super::sql::{Arg, Write, args};
use super::{StoreError, Tx, events, price_changes};
use crate::domain::change::ScheduledChange;
use crate::domain::ids::{CreditNoteId, Ids, InvoiceId, MerchantId, SubscriptionId};
use crate::domain::merchant::Profile;
use crate::domain::new_event::Event;
use crate::domain::party::Party;
use crate::domain::plan::{Plan, SavedRow};
use crate::domain::price_change::NewPrice;
use crate::domain::subscription::Subscription;

pub use super::issue::IssuedNumbers;

/// Stores plans, in order; a customer may have several, the later ones resting on the earlier.
/// New documents are of this seller, and of the buyers as the plans name them.
pub async fn store_plans(
    tx: &mut Tx,
    (merchant, seller): (&MerchantId, Option<&Party>),
    now: DateTime<Utc>,
    plans: &[Plan],
    ids: &mut Ids,
) -> Result<IssuedNumbers, StoreError> {
    save_customers(tx, merchant, now, plans).await?;
    save_subscriptions(tx, merchant, now, plans).await?;
    save_changes(tx, merchant, plans).await?;
    save_new_prices(tx, merchant, plans).await?;
    let prolonged: Vec<_> = plans.iter().flat_map(|plan| &plan.prolonged).collect();
    if !prolonged.is_empty() {
        price_changes::take_up(tx, merchant, &prolonged).await?;
    }
    let returned = plans.iter().flat_map(|plan| &plan.returned);
    return_redemptions(tx, merchant, returned).await?;
    let saved = plans.iter().flat_map(|plan| &plan.changes).filter(|saved| !saved.is_new);
    let gone = saved.map(|saved| &saved.row).filter(|change| change.is_void());
    let gone = gone.map(|change| (SubscriptionId::of_change(&change.id), true));
    let trials = plans.iter().flat_map(|plan| plan.trials_cancelled.iter().cloned());
    cancel_purchases(tx, merchant, now, gone.chain(trials)).await?;
    save_balances(tx, merchant, plans).await?;
    let invoices = latest(plans.iter().flat_map(|p| &p.invoices), |row| &row.id);
    let (new, changed) = split(invoices);
    let notes: Vec<_> = plans.iter().flat_map(|plan| &plan.credit_notes).collect();
    let parties = issue::Parties::of(seller, plans)?;
    let events = plans.iter().map(|plan| plan.events.len()).sum();
    let wanted = Counters::of(new.len(), notes.len(), events);
    let numbers = merchants::take_numbers(tx, merchant, wanted).await?;
    tx.hand_over().await?;
    let stored = IssuedNumbers {
        invoices: (new.iter().map(|row| row.id.clone())).zip(numbers.invoice + 1..).collect(),
        credit_notes: (notes.iter().map(|note| note.id.clone()))
            .zip(numbers.credit_note + 1..)
            .collect(),
    };
    let issuing = issue::Issuing { merchant, now, parties, stored: &stored };
    let documents = issue::changed_invoices(merchant, &changed)
        .into_iter()
        .chain(issue::new_invoices(&issuing, &new, ids)?)
        .chain(issue::new_credit_notes(&issuing, &notes, ids));
    tx.gather(documents).await?;
    issue::insert_payments(tx, merchant, now, plans).await?;
    let told: Vec<_> =
        plans.iter().flat_map(|plan| &plan.events).map(|it| stored.tell(it)).collect();
    let all = told.iter().map(Cow::as_ref);
    events::insert_numbered(tx, merchant, now, all, numbers.event, ids).await?;
    tx.hand_over().await?;
    Ok(stored)
}

impl IssuedNumbers {
    /// An event with the number of the document that it is about, where that is new.
    fn tell<'e>(&self, event: &'e Event) -> Cow<'e, Event> {
        let number = match event.kind.noun() {
            "invoice" => self.invoices.get(&InvoiceId::stored(event.subject.clone())),
            "credit_note" => self.credit_notes.get(&CreditNoteId::stored(event.subject.clone())),
            _ => None,
        };
        let Some(number) = number else { return Cow::Borrowed(event) };
        let event = event.clone();
        Cow::Owned(Event { data: event.data.numbered(*number), ..event })
    }
}

/// Of rows saved several times the newest, at the place of the first; new if the first was.
fn latest<'p, T, K: Ord + 'p>(
    saved: impl Iterator<Item = &'p SavedRow<T>>,
    id: impl Fn(&'p T) -> &'p K,
) -> Vec<(bool, &'p T)> {
    let mut places = BTreeMap::new();
    let mut rows: Vec<(bool, &T)> = Vec::new();
    for SavedRow { is_new, row } in saved {
        let place = *places.entry(id(row)).or_insert(rows.len());
        match rows.get_mut(place) {
            Some(before) => before.1 = row,
            None => rows.push((*is_new, row)),
        }
    }
    rows
}

/// New rows, and changed ones.
fn split<T>(rows: Vec<(bool, &T)>) -> (Vec<&T>, Vec<&T>) {
    let (new, changed): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(is_new, _)| *is_new);
    let rows = |pairs: Vec<(bool, _)>| pairs.into_iter().map(|(_, row)| row).collect();
    (rows(new), rows(changed))
}

async fn save_customers(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    plans: &[Plan],
) -> Result<(), StoreError> {
    let last: BTreeMap<_, _> = plans.iter().map(|plan| (&plan.customer, plan)).collect();
    let mut profiles = BTreeMap::<_, Profile>::new();
    for plan in plans {
        if let Some(profile) = &plan.profile {
            let known = profiles.entry(&plan.customer).or_default();
            *known = profile.clone().or(std::mem::take(known));
        }
    }
    let (mut plain, mut told) = (Vec::new(), Vec::new());
    for (id, plan) in last {
        let row = args![merchant, id, plan.sequence, plan.due_on, plan.seen_on, now];
        match profiles.get(id) {
            None => plain.push(row),
            Some(profile) => told.push([row, profile_values(profile)?].concat()),
        }
    }
    if !told.is_empty() {
        tx.gather([customers_write(&PROFILE, told)]).await?;
    }
    tx.gather([customers_write(&[], plain)]).await
}

/// Customers with what is learned of them, in these columns; what is not stays as it is known.
fn customers_write(learned: &[&str], rows: Vec<Vec<Arg>>) -> Write {
    let all = ["merchant_id", "id", "sequence", "due_on", "seen_on", "created_at"];
    let columns = [&all, learned].concat().join(", ");
    let kept: Vec<String> = (learned.iter())
        .map(|column| format!(", {column} = coalesce(excluded.{column}, customers.{column})"))
        .collect();
    let kept = kept.concat();
    let conflict = format!(
        "on conflict (merchant_id, id) do update \
         set sequence = excluded.sequence, due_on = excluded.due_on, seen_on = excluded.seen_on, \
         billing_attempts = 0, billing_retry_at = null, holds = 0{kept}"
    );
    Write::upsert("customers", columns, conflict, rows)
}

async fn save_balances(
    tx: &mut Tx,
    merchant: &MerchantId,
    plans: &[Plan],
) -> Result<(), StoreError> {
    let mut last = BTreeMap::new();
    for plan in plans {
        for (currency, minor) in &plan.balances {
            last.insert((&plan.customer, *currency), *minor);
        }
    }
    let rows = (last.into_iter())
        .map(|((customer, currency), minor)| args![merchant, customer, currency, minor])
        .collect();
    let columns = "merchant_id, customer_id, currency, minor";
    let conflict =
        "on conflict (merchant_id, customer_id, currency) do update set minor = excluded.minor";
    tx.gather([Write::upsert("balances", columns, conflict, rows)]).await
}

async fn save_subscriptions(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    plans: &[Plan],
) -> Result<(), StoreError> {
    let saved = plans.iter().flat_map(|plan| &plan.subscriptions);
    let (new, changed) = split(latest(saved, |(row, _)| &row.id));
    // The new ones first: what an older one points to is then there.
    let rows: Vec<_> = (new.iter())
        .map(|(row, next)| {
            let mut values = args![
                merchant,
                &row.id,
                &row.customer,
                row.sequence,
                &row.terms.offer,
                row.terms.version,
                row.started_on,
                row.first_booking_on,
                &row.chain_id,
                row.is_brought_over,
                row.trial_until,
                now,
            ];
            values.extend(changeable(row, *next)?);
            Ok(values)
        })
        .collect::<Result<_, StoreError>>()?;
    let columns = format!(
        "merchant_id, id, customer_id, sequence, offer_id, offer_version, started_on, \
         first_booking_on, chain_id, is_brought_over, trial_until, created_at, {CHANGEABLE}"
    );
    let conflict = "on conflict (merchant_id, id) do nothing";
    let begun = Write::upsert("subscriptions", columns, conflict, rows);
    let rows: Vec<_> = (changed.iter())
        .map(|(row, next)| {
            let mut values = args![merchant, &row.id];
            values.extend(changeable(row, *next)?);
            Ok(values)
        })
        .collect::<Result<_, StoreError>>()?;
    let columns = format!("merchant_id, id, {CHANGEABLE}");
    tx.gather([begun, Write::update("subscriptions", columns, 2, rows)]).await
}

/// What of a subscription may change after it began.
const CHANGEABLE: &str = "price_minor, status, ended_on, anchor_day, period_start, period_end, \
     term_start, term_end, cancel_on, precursor_id, successor_id, parent_id, bridge_gross, \
     brought_gross, brought_paid, brought_number, brought_credited_gross, brought_credited_tax, \
     brought_cancelled, next_booking_on, cut, steps_left";

/// The values of [`CHANGEABLE`].
fn changeable(
    row: &Subscription,
    next_booking_on: Option<NaiveDate>,
) -> Result<Vec<Arg>, StoreError> {
    let brought = row.brought_over.as_ref();
    Ok(args![
        row.price.minor,
        row.status,
        row.ended_on,
        row.anchor_day,
        row.current_period.map(|period| period.start),
        row.current_period.map(|period| period.end),
        row.current_term.start,
        row.current_term.end,
        row.cancel_on,
        row.precursor_id.as_ref(),
        row.successor_id.as_ref(),
        row.parent_id.as_ref(),
        row.bridge_charge.map(|charge| charge.gross),
        brought.map(|brought| brought.gross),
        brought.map(|brought| brought.paid),
        brought.and_then(|brought| brought.number.clone()),
        brought.map(|brought| brought.credited_gross),
        brought.map(|brought| brought.credited_tax),
        brought.map(|brought| brought.cancelled),
        next_booking_on,
        row.cut.as_ref().map(to_json).transpose()?,
        row.steps_left,
    ])
}

async fn save_changes(
    tx: &mut Tx,
    merchant: &MerchantId,
    plans: &[Plan],
) -> Result<(), StoreError> {
    let saved = plans.iter().flat_map(|plan| &plan.changes);
    let (new, changed) = split(latest(saved, |row: &ScheduledChange| &row.id));
    let rows = (changed.iter())
        .map(|row| {
            args![
                merchant,
                &row.id,
                &row.subscription,
                row.effective_on,
                row.status,
                &row.reason,
                row.result_subscription.as_ref(),
                row.withdrew_cancel_on,
            ]
        })
        .collect();
    let columns = "merchant_id, id, subscription_id, effective_on, status, reason, \
         result_subscription_id, withdrew_cancel_on";
    tx.gather([Write::update("scheduled_changes", columns, 2, rows)]).await?;
    let rows = (new.iter())
        .map(|row| {
            Ok(args![
                merchant,
                &row.id,
                row.sequence,
                &row.customer,
                &row.subscription,
                &row.terms.offer,
                row.terms.version,
                &row.path,
                row.mode,
                row.transition,
                row.effective_on,
                row.status,
                &row.reason,
                row.result_subscription.as_ref(),
                row.withdrew_cancel_on,
                row.cut.as_ref().map(to_json).transpose()?,
                row.introduced,
            ])
        })
        .collect::<Result<_, StoreError>>()?;
    let columns = "merchant_id, id, sequence, customer_id, subscription_id, offer_id, \
                   offer_version, path_id, mode, transition, effective_on, status, reason, \
                   result_subscription_id, withdrew_cancel_on, cut, introduced";
    tx.insert_rows("scheduled_changes", columns, rows).await
}

async fn save_new_prices(
    tx: &mut Tx,
    merchant: &MerchantId,
    plans: &[Plan],
) -> Result<(), StoreError> {
    let saved = plans.iter().flat_map(|plan| &plan.new_prices).map(|saved| SavedRow {
        is_new: saved.is_new,
        row: (&saved.row, (&saved.row.change, &saved.row.subscription)),
    });
    let saved: Vec<_> = saved.collect();
    let (new, changed) = split(latest(saved.iter(), |(_, key)| key));
    // The changed ones first: a superseded one makes room for the new.
    let values = |row: &NewPrice| {
        args![
            merchant,
            &row.change,
            &row.subscription,
            row.status,
            &row.reason,
            row.before.minor,
            row.applied_on,
        ]
    };
    let rows = changed.iter().map(|(row, _)| values(row)).collect();
    let columns = "merchant_id, change_id, subscription_id, status, reason, before_minor, \
         applied_on";
    tx.gather([Write::update("new_prices", columns, 3, rows)]).await?;
    let rows = new.iter().map(|(row, _)| {
        let mut values = values(row);
        values.extend(args![&row.customer, row.price.minor, row.from, row.told_on]);
        values
    });
    let columns = "merchant_id, change_id, subscription_id, status, reason, before_minor, \
         applied_on, customer_id, price_minor, from_on, told_on";
    tx.insert_rows("new_prices", columns, rows.collect()).await
}
