//! What events tell beside their kind and their subject: a type for each shape, which is written as
//! the data of an event, and whose schema is published.

use std::borrow::Cow;
use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::automation_run::{AutomationRunStatus, ExitReason, SuppressionReason};
use super::candidates::CandidateShown;
use super::checkout::CheckoutResult;
use super::event::EventShape;
use super::ids::{
    AutomationId, AutomationRunId, CampaignId, CheckoutId, CouponId, InvoiceId, MessageId, OfferId,
    OrderId, PathId, PaymentId, PriceChangeId, ProductId, SubscriptionId,
};
use super::path::Mode;
use super::purchase::Purchase;
use super::shapes::{Date, Instant, MoneyText, Url};

macro_rules! data {
    ($($shape:ident($data:ident),)+) => {
        /// The data of an event, as it is recorded and sent.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        pub enum EventData {
            $(#[doc = concat!("Of the shape of [`", stringify!($data), "`].")] $shape($data),)+
        }

        impl EventData {
            /// Which fields it has.
            #[must_use]
            pub const fn shape(&self) -> EventShape {
                match self { $(Self::$shape(_) => EventShape::$shape,)+ }
            }
        }

        impl EventShape {
            /// The name of its published schema.
            #[must_use]
            pub fn schema_name(self) -> Cow<'static, str> {
                match self { $(Self::$shape => $data::name(),)+ }
            }

            /// The published schemas of all of them, by name, with those that they refer to.
            #[must_use]
            pub fn schemas() -> Vec<(String, RefOr<Schema>)> {
                let mut all = Vec::new();
                $(
                    all.push(($data::name().into_owned(), $data::schema()));
                    $data::schemas(&mut all);
                )+
                all
            }
        }

        $(
            impl From<$data> for EventData {
                fn from(data: $data) -> Self {
                    Self::$shape(data)
                }
            }
        )+
    };
}

data! {
    Nothing(PlainData),
    Subscription(SubscriptionData),
    ScheduledChange(ScheduledChangeData),
    NewPrice(NewPriceData),
    CreditNote(CreditNoteData),
    Invoice(InvoiceData),
    Reminder(ReminderData),
    Payment(PaymentData),
    Order(OrderData),
    Upsell(UpsellData),
    CouponCode(CouponCodeData),
    CouponCodeIssued(CouponCodeIssuedData),
    AutomationRun(AutomationRunData),
    MessageSend(MessageSendData),
    MessageFailed(MessageFailedData),
    Suppression(SuppressionData),
    Refusal(RefusalData),
    Hold(HoldData),
    Completion(CompletionData),
}

impl EventData {
    /// The same with the number of the document that it is about.
    #[must_use]
    pub fn numbered(mut self, given: i64) -> Self {
        match &mut self {
            Self::CreditNote(CreditNoteData { number, .. })
            | Self::Invoice(InvoiceData { number, .. })
            | Self::Reminder(ReminderData { number, .. }) => *number = Some(given),
            _ => {}
        }
        self
    }
}

impl InvoiceData {
    /// The data of a reminder of the invoice, as a step of dunning.
    #[must_use]
    pub fn reminder(self, step: u32) -> ReminderData {
        let Self { number, gross, amount_due, due_on, subscriptions, url } = self;
        ReminderData { number, gross, amount_due, due_on, subscriptions, step, url }
    }
}

/// The data of an event of which there is nothing more to say: read its subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlainData {}

/// The data of what happened to a subscription: how it stands afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionData {
    /// The offer that was bought.
    #[schema(value_type = String)]
    pub offer: OfferId,
    /// Its first day.
    #[schema(value_type = Date)]
    pub started_on: NaiveDate,
    /// The day on which it ended.
    #[schema(value_type = Option<Date>, required)]
    pub ended_on: Option<NaiveDate>,
    /// The day on which it will end because it was cancelled.
    #[schema(value_type = Option<Date>, required)]
    pub cancel_on: Option<NaiveDate>,
    /// The subscription that it replaced.
    #[schema(value_type = Option<String>, required)]
    pub precursor_id: Option<SubscriptionId>,
    /// The subscription that replaced it.
    #[schema(value_type = Option<String>, required)]
    pub successor_id: Option<SubscriptionId>,
    /// The subscription that it was added to.
    #[schema(value_type = Option<String>, required)]
    pub parent_id: Option<SubscriptionId>,
    /// Why it ended, where an overdue invoice ended it: `unpaid`.
    #[schema(required)]
    pub reason: Option<String>,
}

/// The data of what happened to a scheduled change: how it stands afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduledChangeData {
    /// The subscription that it starts from.
    #[schema(value_type = String)]
    pub subscription: SubscriptionId,
    /// The offer that it leads to.
    #[schema(value_type = String)]
    pub target_offer: OfferId,
    /// The path that was fired.
    #[schema(value_type = String)]
    pub path: PathId,
    /// Whether it replaces or adds.
    pub mode: Mode,
    /// The day on which it is carried out.
    #[schema(value_type = Date)]
    pub effective_on: NaiveDate,
    /// Why it failed or was withdrawn, as a stable code.
    #[schema(required)]
    pub reason: Option<String>,
    /// The subscription that it began.
    #[schema(value_type = Option<String>, required)]
    pub result_subscription: Option<SubscriptionId>,
}

/// The data of a price that waits for a subscription, or did. Its subject is the subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPriceData {
    /// The price change that it belongs to.
    #[schema(value_type = String)]
    pub price_change: PriceChangeId,
    /// The offer that was bought.
    #[schema(value_type = String)]
    pub offer: OfferId,
    /// What a billing period costs before.
    pub price_before: MoneyText,
    /// What it costs then.
    pub price: MoneyText,
    /// No booking before this day is at the new price.
    #[schema(value_type = Date)]
    pub from: NaiveDate,
    /// The first booking at the new price, as things stand; null where there is none.
    #[schema(value_type = Option<Date>, required)]
    pub first_booking_on: Option<NaiveDate>,
    /// Why it will not come, as a stable code; null where it will, or has.
    #[schema(required)]
    pub reason: Option<String>,
}

/// The data of a credit note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditNoteData {
    /// Its gapless number; none before it is stored.
    #[schema(value_type = i64)]
    pub number: Option<i64>,
    /// What is credited, tax included.
    pub gross: MoneyText,
    /// The invoice; null where that was issued elsewhere.
    #[schema(value_type = Option<String>, required)]
    pub credits: Option<InvoiceId>,
    /// Why it was credited by hand; null where it was not.
    #[schema(required)]
    pub reason: Option<String>,
    /// Its page, for the customer; known when it is told, and not recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Url, required)]
    pub url: Option<String>,
}

/// The data of what happened to an invoice: how it stands afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvoiceData {
    /// Its gapless number; none before it is stored.
    #[schema(value_type = i64)]
    pub number: Option<i64>,
    /// What it comes to, tax included.
    pub gross: MoneyText,
    /// What is still owed.
    pub amount_due: MoneyText,
    /// The day by which it is to be paid.
    #[schema(value_type = Date)]
    pub due_on: NaiveDate,
    /// The subscriptions that it is for.
    #[schema(value_type = Vec<String>)]
    pub subscriptions: BTreeSet<SubscriptionId>,
    /// Its page, for the customer; known when it is told, and not recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Url, required)]
    pub url: Option<String>,
}

/// The data of a reminder that is due: how its invoice stands, and which step it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReminderData {
    /// Its gapless number; none before it is stored.
    #[schema(value_type = i64)]
    pub number: Option<i64>,
    /// What it comes to, tax included.
    pub gross: MoneyText,
    /// What is still owed.
    pub amount_due: MoneyText,
    /// The day by which it was to be paid.
    #[schema(value_type = Date)]
    pub due_on: NaiveDate,
    /// The subscriptions that it is for.
    #[schema(value_type = Vec<String>)]
    pub subscriptions: BTreeSet<SubscriptionId>,
    /// The place of the step in the setting `dunning`, from 0.
    pub step: u32,
    /// Its page, for the customer; known when it is told, and not recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Url, required)]
    pub url: Option<String>,
}

/// The data of money that came in or left again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentData {
    /// The payment.
    #[schema(value_type = String)]
    pub payment: PaymentId,
    /// The amount.
    pub amount: MoneyText,
    /// What it is called where the money moves.
    pub reference: String,
    /// Why a payment bounced; null where money came in or was paid out.
    #[schema(required)]
    pub reason: Option<String>,
}

/// The data of what happened to an order: how it stands afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderData {
    /// Where it was placed.
    pub channel: String,
    /// What it comes to.
    pub total: MoneyText,
    /// What was paid.
    pub paid: MoneyText,
    /// What was paid back.
    pub refunded: MoneyText,
    /// Whether it was bought elsewhere, before.
    pub brought_over: bool,
}

/// The data of what happened to the offer after an order. Its subject is the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpsellData {
    /// The campaign that made it.
    #[schema(value_type = String)]
    pub campaign: CampaignId,
    /// The product that is offered.
    #[schema(value_type = Option<String>, required)]
    pub product: Option<ProductId>,
    /// The number of pieces.
    #[schema(required)]
    pub quantity: Option<i64>,
    /// What one costs; null where only the shop knows.
    #[schema(required)]
    pub price: Option<MoneyText>,
    /// The subscription that is offered instead.
    #[schema(value_type = Option<String>, required)]
    pub offer: Option<OfferId>,
    /// The checkout that it has led to.
    #[schema(value_type = Option<String>, required)]
    pub checkout: Option<CheckoutId>,
}

/// The data of a code that was redeemed, or came back. Its subject is the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CouponCodeData {
    /// The coupon.
    #[schema(value_type = String)]
    pub coupon: CouponId,
    /// The order that redeems it, or did; null where it is a checkout.
    #[schema(value_type = Option<String>, required)]
    pub order: Option<OrderId>,
    /// The checkout that redeems it, or did; null where it is an order.
    #[schema(value_type = Option<String>, required)]
    pub checkout: Option<CheckoutId>,
}

/// The data of a code that an automation made. Its subject is the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CouponCodeIssuedData {
    /// The coupon; the automation where that says itself what its codes give.
    #[schema(value_type = String)]
    pub coupon: CouponId,
    /// The automation.
    #[schema(value_type = String)]
    pub automation: AutomationId,
    /// The customer's way through it.
    #[schema(value_type = String)]
    pub run: AutomationRunId,
    /// The last day on which it can be redeemed.
    #[schema(value_type = Option<Date>, required)]
    pub valid_until: Option<NaiveDate>,
}

/// The data of a customer's way through an automation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AutomationRunData {
    /// The automation.
    #[schema(value_type = String)]
    pub automation: AutomationId,
    /// Its version.
    pub version: i64,
    /// Where the customer stands; `holdout` where they are sent nothing, to compare.
    pub status: AutomationRunStatus,
    /// Why they left.
    #[schema(required)]
    pub exit_reason: Option<ExitReason>,
    /// The order that started it.
    #[schema(value_type = Option<String>, required)]
    pub order: Option<OrderId>,
    /// The subscription that started it.
    #[schema(value_type = Option<String>, required)]
    pub subscription: Option<SubscriptionId>,
}

/// Whom a message goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageTo {
    /// Their mail address.
    #[schema(required)]
    pub email: Option<String>,
    /// Their telephone number.
    #[schema(required)]
    pub phone: Option<String>,
}

/// The data of a message that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageSendData {
    /// The message.
    #[schema(value_type = String)]
    pub message: MessageId,
    /// The automation.
    #[schema(value_type = String)]
    pub automation: AutomationId,
    /// The key of its step.
    pub step: String,
    /// Whom it goes to.
    pub to: MessageTo,
    /// Its language.
    pub locale: String,
    /// One line.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML.
    #[schema(required)]
    pub html: Option<String>,
    /// Its link, which counts who follows it.
    #[schema(required)]
    pub link: Option<String>,
    /// Where its customer can say that they want no more.
    #[schema(required)]
    pub unsubscribe_link: Option<String>,
}

/// The data of a message that was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageFailedData {
    /// The automation.
    #[schema(value_type = String)]
    pub automation: AutomationId,
    /// The run.
    #[schema(value_type = String)]
    pub run: AutomationRunId,
    /// The key of its step.
    pub step: String,
    /// Why it was not taken.
    #[schema(required)]
    pub error: Option<String>,
}

/// The data of a customer who is sent no messages, or is again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuppressionData {
    /// Why; null where messages are sent again.
    #[schema(required)]
    pub reason: Option<SuppressionReason>,
}

/// The data of a checkout that was refused. Its subject is the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefusalData {
    /// The offer that was wanted.
    #[schema(value_type = String)]
    pub offer: OfferId,
    /// Why not: the code of the problem.
    pub code: String,
    /// The paths and subscriptions that were looked at, with their verdicts: the first hundred.
    pub considered: Vec<CandidateShown>,
}

/// The data of a checkout that was held or let go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldData {
    /// The offer that is wanted.
    #[schema(value_type = String)]
    pub offer: OfferId,
    /// The subscription that it starts from.
    #[schema(value_type = Option<String>, required)]
    pub subscription: Option<SubscriptionId>,
    /// Until when it is held; null once it is let go.
    #[schema(value_type = Option<Instant>, required)]
    pub held_until: Option<DateTime<Utc>>,
}

/// The data of a checkout that was completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompletionData {
    /// The offer that was bought.
    #[schema(value_type = String)]
    pub offer: OfferId,
    /// How it relates to what the customer had.
    pub mode: Purchase,
    /// The path that fired; null in an ordinary purchase.
    #[schema(value_type = Option<String>, required)]
    pub path: Option<PathId>,
    /// The path's title as the customer read it.
    #[schema(required)]
    pub title: Option<String>,
    /// The path's text as the customer read it.
    #[schema(required)]
    pub text: Option<String>,
    /// The language of the checkout.
    pub locale: String,
    /// What the caller wanted to find again.
    #[schema(value_type = Option<Object>, required)]
    pub metadata: Value,
    /// What it led to.
    #[schema(value_type = CheckoutResult)]
    pub result: Option<CheckoutResult>,
}
