//! What a checkout shows, as values: kept with the checkout, written by the edges in whatever
//! words, formats and language they have. What stands in it is decided in `rules::preview`; how
//! it is stored is for `store`.
//!
//! What is kept outlives the release that kept it: a field that a release adds has a default, one
//! that it drops is passed over.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::calendar::{DateRange, Period};
use super::candidates::{self, CandidateShown};
use super::document::{InvoiceStatus, LineKind, Totals};
use super::ids::{ChangeId, CustomerId, InvoiceId, OfferId, PathId, SubscriptionId};
use super::money::{Currency, Money, Rate};
use super::names::names;
use super::order::OrderGift;
use super::path::{BillingDate, Proration, Transition};
use super::purchase::Purchase;
use super::text::Text;

/// All that a checkout shows, on the day on which it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The day of the decision; none where an older release kept it.
    #[serde(default)]
    pub on: Option<NaiveDate>,
    /// The version of the target's terms; none where an older release kept it.
    #[serde(default)]
    pub offer_version: Option<i64>,
    /// The path that fires; none in an ordinary purchase.
    pub path: Option<PathShown>,
    /// The subscription that it starts from.
    pub source: Option<SubscriptionId>,
    /// What the law wants to be told of what is bought, in the checkout's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_advice: Option<String>,
    /// The code of the coupon that is redeemed, as the coupon spells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<String>,
    /// What billing would issue anyway up to today.
    pub catch_up: Vec<DocumentShown>,
    /// The mode asked for, else the default.
    pub picked: Purchase,
    /// What happens in each mode that the customer may pick, the default first.
    pub by_mode: Vec<ModeShown>,
    /// Every candidate and its verdict.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "candidates")]
    pub considered: Vec<CandidateShown>,
    /// What gift rules give with it, and what they leave out of that; empty where it makes no
    /// order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gifts: Vec<OrderGift>,
}

impl Preview {
    /// What happens in a mode; none where it is not offered.
    #[must_use]
    pub fn mode(&self, mode: Purchase) -> Option<&ModeShown> {
        self.by_mode.iter().find(|shown| shown.mode == mode)
    }

    /// Whether another comes to the same: what is stored at once and what is due for it, in every
    /// mode. What comes later of the customer's other subscriptions and payments may differ.
    #[must_use]
    pub fn is_same_deal(&self, other: &Self) -> bool {
        let path = |preview: &Self| preview.path.as_ref().map(|path| path.id.clone());
        path(self) == path(other)
            && self.source == other.source
            && self.coupon == other.coupon
            && self.catch_up == other.catch_up
            && self.by_mode.len() == other.by_mode.len()
            && self.by_mode.iter().zip(&other.by_mode).all(|(one, two)| one.is_same_deal(two))
    }
}

/// What is shown of a path. Its texts are kept as the merchant wrote them, in the checkout's
/// language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathShown {
    /// The path.
    pub id: PathId,
    /// When the change takes effect.
    pub transition: Transition,
    /// What becomes of unused days.
    pub proration: Proration,
    /// What becomes of the billing date.
    #[serde(default)]
    pub billing_date: BillingDate,
    /// Public title.
    pub title: Text,
    /// Public text.
    pub description: Text,
    /// Whether the merchant has written them in the checkout's language.
    #[serde(default)]
    pub is_translated: bool,
}

/// What happens in one mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModeShown {
    /// The mode.
    pub mode: Purchase,
    /// The day on which the target starts.
    pub effective_on: NaiveDate,
    /// What is to be paid now for `documents`.
    pub amount_due: Money,
    /// The earliest later date on which the source, its successor or the addition is booked.
    pub next_payment_on: Option<NaiveDate>,
    /// What is booked on that date, as things stand.
    #[serde(default)]
    pub next_payment: Option<PaymentShown>,
    /// The credit balance afterwards, in the target's currency; none where an older release kept
    /// it.
    #[serde(default)]
    pub balance_after: Option<Money>,
    /// What stays owed on invoices that are not among `documents`; none where an older release
    /// kept it.
    #[serde(default)]
    pub still_owed: Option<Money>,
    /// To what the customer is bound; none where an older release kept it.
    #[serde(default)]
    pub commitment: Option<Commitment>,
    /// How it begins, where the customer is granted an introduction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduction: Option<IntroductionShown>,
    /// What ends by it that would not have ended on that day.
    #[serde(default)]
    pub ends: Vec<Ending>,
    /// The documents issued on completion, in order.
    pub documents: Vec<DocumentShown>,
    /// The subscription whose cancellation is withdrawn.
    pub withdraws_cancellation: Option<SubscriptionId>,
    /// The pending replacement whose place is taken.
    pub supersedes: Option<ChangeId>,
    /// The coupon of that replacement, or of a source that ends in its trial, which can be redeemed
    /// again: its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns_coupon: Option<String>,
    /// What the path's texts are filled with; none in an ordinary purchase.
    #[serde(default)]
    pub text: Option<TextFacts>,
    /// The path's texts as an older release had filled them.
    #[serde(default)]
    pub written: Option<FilledTexts>,
}

impl ModeShown {
    fn is_same_deal(&self, other: &Self) -> bool {
        let deal = |it: &Self| {
            let withdraws = it.withdraws_cancellation.clone();
            let dates = (it.effective_on, it.next_payment_on);
            (it.mode, dates, it.amount_due, withdraws, it.supersedes.clone())
        };
        deal(self) == deal(other) && self.documents == other.documents
    }
}

/// A payment to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentShown {
    /// The day.
    pub on: NaiveDate,
    /// What is to be paid then.
    pub amount_due: Money,
    /// What is credited on that day before the invoice draws on it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credit_notes: Vec<DocumentShown>,
    /// The invoice.
    pub document: DocumentShown,
    /// The credit balance afterwards; none where an older release kept it.
    #[serde(default)]
    pub balance_after: Option<Money>,
}

/// To what the customer is bound by what begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    /// The first day of the first term.
    pub starts_on: NaiveDate,
    /// The last day of that term, or of the first that can be cancelled once it has begun, where
    /// the notice is longer.
    pub ends_on: NaiveDate,
    /// What the periods up to then come to, tax included.
    pub total: Money,
    /// The tax in that.
    pub tax: Money,
    /// For how long it renews at its end; none where it then ends.
    pub renews: Option<Period>,
    /// How long before the end of a term a cancellation must come; none is up to the last day.
    pub notice: Option<Period>,
    /// The last day on which a cancellation ends it then, or with its trial.
    pub cancel_by: NaiveDate,
    /// The end that a cancellation up to that day has; none where an older release kept it.
    #[serde(default)]
    pub cancellable_to: Option<NaiveDate>,
    /// Whether the notice binds beyond the first term.
    #[serde(default)]
    pub is_prolonged: bool,
    /// When the last of its periods is booked, where it then ends by itself; none, too, where an
    /// older release kept it.
    #[serde(default)]
    pub last_payment_on: Option<NaiveDate>,
}

impl Commitment {
    /// The last day of the trial before it, up to which a cancellation costs nothing.
    #[must_use]
    pub fn free_until(&self) -> Option<NaiveDate> {
        let is_free = self.cancellable_to.is_some_and(|end| end <= self.starts_on);
        is_free.then_some(self.cancel_by)
    }
}

/// How what is bought begins for somebody who is granted its introduction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntroductionShown {
    /// The days of the trial; none without one.
    pub trial: Option<DateRange>,
    /// What the first booked periods cost, in order.
    pub steps: Vec<StepShown>,
    /// The first day at the offer's price.
    pub then_from: NaiveDate,
}

/// The price of some booked periods, with their days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepShown {
    /// For each billing period.
    pub price: Money,
    /// The number of periods.
    pub periods: u32,
    /// From the first day of the first to the last of the last.
    pub days: DateRange,
}

/// Something that ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Which subscription.
    pub subscription: SubscriptionId,
    /// The day after its last.
    pub on: NaiveDate,
    /// How many days from then on are booked, and neither used nor credited.
    #[serde(default)]
    pub lost_days: i64,
    /// What it would still have had of its introduction; none where that is nothing.
    #[serde(default)]
    pub lost_introduction: Option<LostIntroduction>,
}

/// What is lost of an introduction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostIntroduction {
    /// The days of the trial.
    pub trial_days: i64,
    /// The periods that would have been booked at the price of a step.
    pub periods: u32,
}

/// Texts that are filled already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilledTexts {
    /// The title.
    pub title: String,
    /// The text.
    pub text: String,
}

/// What a path's texts are filled with. How it reads is for `render`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextFacts {
    /// Title of the target.
    pub offer_title: String,
    /// The next due date after today.
    pub next_payment: Option<NaiveDate>,
    /// The source.
    pub subscription_id: SubscriptionId,
    /// Titles of the products in the source.
    pub subscription_titles: Vec<String>,
    /// Monthly price of the source.
    pub subscription_price: Money,
    /// When the change takes effect.
    pub effective_date: NaiveDate,
    /// The target's price, for each of the period beside it.
    pub target_price: Money,
    /// The target's billing period.
    pub target_period: Period,
    /// What is due now.
    pub amount_due: Money,
    /// How the target begins, where it has an introduction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introduction: Option<IntroductionShown>,
}

names! {
    /// Which of the two it is.
    pub enum DocumentKind {
        /// What is owed.
        Invoice = "invoice",
        /// What is given back.
        CreditNote = "credit_note",
    }
}

/// A document before it is issued: without the ids of what is not stored yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentShown {
    /// Which of the two it is.
    pub kind: DocumentKind,
    /// Where an invoice will stand; none of a credit note.
    pub status: Option<InvoiceStatus>,
    /// The customer it belongs to.
    pub customer: CustomerId,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// The day of issue.
    pub issued_on: NaiveDate,
    /// The day by which an invoice is to be paid.
    pub due_on: Option<NaiveDate>,
    /// Its lines.
    pub lines: Vec<LineShown>,
    /// What it draws from the credit balance, minor units; negative where it takes up a debt.
    pub credit_applied: i64,
    /// What is to be paid, minor units.
    pub amount_due: i64,
    /// The invoice that a credit note credits, where that is stored.
    pub credits: Option<InvoiceId>,
}

impl DocumentShown {
    /// Net, tax and gross: the sums of its lines.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.lines.iter().fold(Totals::default(), |sum, line| Totals {
            net: sum.net + line.net,
            tax: sum.tax + line.tax,
            gross: sum.gross + line.gross,
        })
    }
}

/// A line of a document before it is issued. Amounts are minor units, tax included in `gross`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineShown {
    /// The subscription that it is for; none of one that is not stored yet.
    pub subscription: Option<SubscriptionId>,
    /// That subscription's offer.
    pub offer: OfferId,
    /// What it is for.
    pub kind: LineKind,
    /// The offer's title.
    pub description: String,
    /// What the law wants to be told of the offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_advice: Option<String>,
    /// The days of service.
    pub period: DateRange,
    /// `gross` − `tax`.
    pub net: i64,
    /// The tax.
    pub tax: i64,
    /// What is charged or credited.
    pub gross: i64,
    /// What was taken off the price, minor units; `gross` is after it.
    #[serde(default)]
    pub discount: i64,
    /// The tax rate by date of supply.
    pub rate: Rate,
}
