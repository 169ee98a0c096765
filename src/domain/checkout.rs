//! A checkout as it is kept: what was asked, what was shown, how it ended. What it shows is
//! decided in `rules::checkout`.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::catalogue::Tax;
use super::coupon::FirstLineDiscount;
use super::ids::{CheckoutId, CustomerId, OfferId, OrderId, PathId, SubscriptionId, TaxId};
use super::names::names;
use super::path::{Mode, Path};
use super::preview::Preview;
use super::purchase::Purchase;

/// What the caller of a checkout asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckoutRequest {
    /// Who buys.
    pub customer: CustomerId,
    /// The target.
    pub offer: OfferId,
    /// Only this source will do.
    pub subscription: Option<SubscriptionId>,
    /// Only this path will do.
    pub path: Option<PathId>,
    /// Which of the modes the customer picked; none is the path's default.
    pub mode: Option<Purchase>,
    /// Whether an ordinary purchase will do where a change is impossible or the customer has the
    /// offer already.
    pub allow_new: bool,
    /// The code of the coupon that is to be redeemed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<String>,
    /// What a campaign takes off that has offered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<FirstLineDiscount>,
    /// The version of the offer's terms that the customer was shown before; none is the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    /// How the order is placed that completion makes; none where it makes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderTerms>,
}

/// How the order of a checkout is placed: what rules for orders ask besides what is bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderTerms {
    /// By which channel it comes.
    pub channel: String,
    /// How it is paid, where that was said.
    pub payment_method: Option<String>,
    /// Where gifts are sent, where that was said: ISO 3166.
    pub shipping_country: Option<String>,
    /// The customer's group, where it is another than the one they are known by.
    pub customer_group: Option<String>,
}

impl CheckoutRequest {
    /// What a customer asks who pins nothing.
    #[must_use]
    pub fn plain(customer: CustomerId, offer: OfferId) -> Self {
        Self {
            customer,
            offer,
            subscription: None,
            path: None,
            mode: None,
            allow_new: false,
            coupon: None,
            offered: None,
            version: None,
            order: None,
        }
    }
}

names! {
    /// Where a checkout stands.
    pub enum CheckoutStatus {
        /// It can be completed.
        Open = "open",
        /// It can be completed, and nothing else may touch its source.
        Held = "held",
        /// It is done.
        Completed = "completed",
        /// It was not completed in time.
        Expired = "expired",
    }
}

/// A checkout as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// `chk_…`.
    pub id: CheckoutId,
    /// The unguessable end of its address.
    pub token: String,
    /// What was asked.
    pub request: CheckoutRequest,
    /// The locale of its texts, BCP 47.
    pub locale: String,
    /// The caller's own data, given back unchanged.
    pub metadata: serde_json::Value,
    /// Where the customer goes afterwards.
    pub return_url: Option<String>,
    /// How it stands.
    pub status: CheckoutStatus,
    /// The source, if any, of the preview shown last.
    pub source: Option<SubscriptionId>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it closes by itself.
    pub expires_at: DateTime<Utc>,
    /// Until when it is held.
    pub held_until: Option<DateTime<Utc>>,
    /// What it rests on while it is held.
    pub held: Option<HeldBasis>,
    /// What was shown last.
    pub preview: Preview,
    /// The fingerprint of that.
    pub stamp: String,
    /// Whether it went stale once: then only who names the stamp has seen what it became.
    pub went_stale: bool,
    /// What completion answered.
    pub result: Option<CheckoutResult>,
    /// Whether its hold has taken the gifts that it shows.
    pub keeps_gifts: bool,
    /// The order that completion made.
    pub order: Option<OrderId>,
}

impl Checkout {
    /// Whether it is held at an instant: a hold lapses by itself.
    #[must_use]
    pub fn is_held(&self, now: DateTime<Utc>) -> bool {
        self.status == CheckoutStatus::Held && self.held_until.is_some_and(|until| now < until)
    }

    /// Where it stands at an instant. As it is kept, apart from the clock, none is expired, and one
    /// whose hold has lapsed is still held.
    #[must_use]
    pub fn status_at(&self, now: DateTime<Utc>) -> CheckoutStatus {
        match self.status {
            CheckoutStatus::Completed => CheckoutStatus::Completed,
            _ if self.is_held(now) => CheckoutStatus::Held,
            _ if now >= self.expires_at => CheckoutStatus::Expired,
            _ => CheckoutStatus::Open,
        }
    }
}

/// What a completed checkout led to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckoutResult {
    /// The new subscription; null while the change waits.
    pub subscription: Option<String>,
    /// The invoices that were issued.
    pub invoices: Vec<String>,
    /// The credit notes that were issued.
    pub credit_notes: Vec<String>,
    /// The change that waits.
    pub scheduled_change: Option<String>,
}

/// What a held checkout rests on besides the customer's account, kept as it was: whatever the
/// merchant edits and whichever day begins, it completes as it was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldBasis {
    /// The day of the decision.
    pub decided_on: NaiveDate,
    /// The version of the target's terms.
    pub version: i64,
    /// The path that fires; none in an ordinary purchase.
    pub path: Option<Path>,
    /// What the customer may pick, the default first; empty in an ordinary purchase.
    pub modes: Vec<Mode>,
    /// The tax categories.
    pub taxes: BTreeMap<TaxId, Tax>,
    /// Days from issue to due date.
    pub payment_days: u32,
    /// Whether it may be completed without a payment.
    pub purchase_on_account: bool,
    /// What is taken off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<FirstLineDiscount>,
    /// Whether the customer is granted the introduction of the target.
    #[serde(default)]
    pub is_granted: bool,
}
