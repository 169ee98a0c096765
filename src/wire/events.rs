//! The record of everything that happened, and what webhooks tell: the same shape. What happens
//! is left to the domain.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{IntoParams, ToSchema};

use crate::domain::event::{EventData, RecordedEvent};
use crate::domain::path::Mode;
use crate::domain::purchase::Purchase;
use crate::wire::automations::{AutomationRunData, SuppressionData};
use crate::wire::checkouts::{Candidate, CheckoutResult};
use crate::wire::coupons::{CouponCodeData, CouponCodeIssuedData};
use crate::wire::messages::{MessageFailedData, MessageSendData};
use crate::wire::orders::OrderData;
use crate::wire::upsells::UpsellData;
use crate::wire::{Date, Id, Instant, Money};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// Its id; later ones sort later.
    pub id: String,
    /// Its place in the record: 1, 2, 3, … without gaps.
    pub sequence: i64,
    /// What happened, such as `subscription.started`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it was recorded.
    #[schema(value_type = Instant)]
    pub occurred_at: DateTime<Utc>,
    /// Whose it is.
    pub customer: Option<String>,
    /// The id of what it happened to.
    pub subject: String,
    /// What else is to be known.
    #[schema(value_type = Object)]
    pub data: Map<String, Value>,
}

impl From<&RecordedEvent> for Event {
    fn from(event: &RecordedEvent) -> Self {
        Self {
            id: event.id.to_string(),
            sequence: event.sequence,
            kind: event.kind.clone(),
            occurred_at: event.created_at,
            customer: event.customer.as_ref().map(ToString::to_string),
            subject: event.subject.clone(),
            data: event.data.as_object().cloned().unwrap_or_default(),
        }
    }
}

/// Which events are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventFilter {
    /// Those after the event with this id, or in this place of the record.
    #[param(value_type = Option<Id>, inline)]
    pub after: Option<String>,
}

/// The data of an event of which there is nothing more to say: read its subject.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlainData {}

/// The data of what happened to a subscription: how it stands afterwards.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct SubscriptionData {
    /// The offer that was bought.
    offer: String,
    /// Its first day.
    #[schema(value_type = Date)]
    started_on: NaiveDate,
    /// The day on which it ended.
    #[schema(value_type = Option<Date>, required)]
    ended_on: Option<NaiveDate>,
    /// The day on which it will end because it was cancelled.
    #[schema(value_type = Option<Date>, required)]
    cancel_on: Option<NaiveDate>,
    /// The subscription that it replaced.
    #[schema(required)]
    precursor_id: Option<String>,
    /// The subscription that replaced it.
    #[schema(required)]
    successor_id: Option<String>,
    /// The subscription that it was added to.
    #[schema(required)]
    parent_id: Option<String>,
    /// Why it ended, where an overdue invoice ended it: `unpaid`.
    #[schema(required)]
    reason: Option<String>,
}

/// The data of what happened to a scheduled change: how it stands afterwards.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct ScheduledChangeData {
    /// The subscription that it starts from.
    subscription: String,
    /// The offer that it leads to.
    target_offer: String,
    /// The path that was fired.
    path: String,
    /// Whether it replaces or adds.
    mode: Mode,
    /// The day on which it is carried out.
    #[schema(value_type = Date)]
    effective_on: NaiveDate,
    /// Why it failed or was withdrawn, as a stable code.
    #[schema(required)]
    reason: Option<String>,
    /// The subscription that it began.
    #[schema(required)]
    result_subscription: Option<String>,
}

/// The data of a credit note.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct CreditNoteData {
    /// Its gapless number.
    number: i64,
    /// What is credited, tax included.
    gross: Money,
    /// The invoice; null where that was issued elsewhere.
    #[schema(required)]
    credits: Option<String>,
    /// Why it was credited by hand; null where it was not.
    #[schema(required)]
    reason: Option<String>,
}

/// The data of what happened to an invoice: how it stands afterwards.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct InvoiceData {
    /// Its gapless number.
    number: i64,
    /// What it comes to, tax included.
    gross: Money,
    /// What is still owed.
    amount_due: Money,
    /// The day by which it is to be paid.
    #[schema(value_type = Date)]
    due_on: NaiveDate,
    /// The subscriptions that it is for.
    subscriptions: Vec<String>,
}

/// The data of a reminder that is due: how its invoice stands, and which step it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct ReminderData {
    /// Its gapless number.
    number: i64,
    /// What it comes to, tax included.
    gross: Money,
    /// What is still owed.
    amount_due: Money,
    /// The day by which it was to be paid.
    #[schema(value_type = Date)]
    due_on: NaiveDate,
    /// The subscriptions that it is for.
    subscriptions: Vec<String>,
    /// The place of the step in the setting `dunning`, from 0.
    step: u32,
}

/// The data of money that came in or left again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct PaymentData {
    /// The payment.
    payment: String,
    /// How much.
    amount: Money,
    /// What it is called where the money moves.
    reference: String,
    /// Why a payment bounced; null where money came in or was paid out.
    #[schema(required)]
    reason: Option<String>,
}

/// The data of a checkout that was refused. Its subject is the customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct RefusalData {
    /// The offer that was wanted.
    offer: String,
    /// Why not: the code of the problem.
    code: String,
    /// Every path and subscription that was looked at, with its verdict.
    considered: Vec<Candidate>,
}

/// The data of a checkout that was held or let go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct HoldData {
    /// The offer that is wanted.
    offer: String,
    /// The subscription that it starts from.
    #[schema(required)]
    subscription: Option<String>,
    /// Until when it is held; null once it is let go.
    #[schema(value_type = Option<Instant>, required)]
    held_until: Option<DateTime<Utc>>,
}

/// The data of a checkout that was completed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct CompletionData {
    /// The offer that was bought.
    offer: String,
    /// How it relates to what the customer had.
    mode: Purchase,
    /// The path that fired; null in an ordinary purchase.
    #[schema(required)]
    path: Option<String>,
    /// The path's title as the customer read it.
    #[schema(required)]
    title: Option<String>,
    /// The path's text as the customer read it.
    #[schema(required)]
    text: Option<String>,
    /// The language of the checkout.
    locale: String,
    /// What the caller wanted to find again.
    #[schema(value_type = Option<Object>, required)]
    metadata: Option<Map<String, Value>>,
    /// What it led to.
    result: CheckoutResult,
}

/// The schemas of all data, by name, with those that they refer to.
#[must_use]
pub fn data_schemas() -> Vec<(String, RefOr<Schema>)> {
    fn add<T: ToSchema>(all: &mut Vec<(String, RefOr<Schema>)>) {
        all.push((T::name().into_owned(), T::schema()));
        T::schemas(all);
    }
    let mut all = Vec::new();
    add::<Event>(&mut all);
    add::<PlainData>(&mut all);
    add::<SubscriptionData>(&mut all);
    add::<ScheduledChangeData>(&mut all);
    add::<CreditNoteData>(&mut all);
    add::<InvoiceData>(&mut all);
    add::<ReminderData>(&mut all);
    add::<PaymentData>(&mut all);
    add::<RefusalData>(&mut all);
    add::<HoldData>(&mut all);
    add::<CompletionData>(&mut all);
    add::<OrderData>(&mut all);
    add::<UpsellData>(&mut all);
    add::<CouponCodeData>(&mut all);
    add::<CouponCodeIssuedData>(&mut all);
    add::<AutomationRunData>(&mut all);
    add::<SuppressionData>(&mut all);
    add::<MessageSendData>(&mut all);
    add::<MessageFailedData>(&mut all);
    all
}

/// The schema of the data of an event, by reference.
#[must_use]
pub fn data_schema(data: EventData) -> Ref {
    Ref::from_schema_name(match data {
        EventData::Nothing => PlainData::name(),
        EventData::Subscription => SubscriptionData::name(),
        EventData::ScheduledChange => ScheduledChangeData::name(),
        EventData::CreditNote => CreditNoteData::name(),
        EventData::Invoice => InvoiceData::name(),
        EventData::Reminder => ReminderData::name(),
        EventData::Payment => PaymentData::name(),
        EventData::Refusal => RefusalData::name(),
        EventData::Hold => HoldData::name(),
        EventData::Completion => CompletionData::name(),
        EventData::Order => OrderData::name(),
        EventData::Upsell => UpsellData::name(),
        EventData::CouponCode => CouponCodeData::name(),
        EventData::CouponCodeIssued => CouponCodeIssuedData::name(),
        EventData::AutomationRun => AutomationRunData::name(),
        EventData::Suppression => SuppressionData::name(),
        EventData::MessageSend => MessageSendData::name(),
        EventData::MessageFailed => MessageFailedData::name(),
    })
}
