//! The coupon: what is taken off for who knows its code; and the codes, with who has redeemed
//! them. Whether one may be redeemed is for `rules::coupons`.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::campaign::Discount;
use super::definition::{Definition, Kind, Lock, OperationTexts};
use super::event::EventKind;
use super::ids::{
    AutomationId, AutomationRunId, CampaignId, CheckoutId, CouponId, CustomerId, OrderId,
};
use super::money::Currency;
use super::names::names;
use super::promotion::Reward;
use super::validity::Validity;

/// One coupon of a merchant. Amounts are minor units of its currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coupon {
    /// Chosen by the merchant.
    pub id: CouponId,
    /// Not shown to customers.
    pub title: String,
    /// The currency of its amounts.
    pub currency: Currency,
    /// When it can be redeemed.
    pub validity: Validity,
    /// What it gives.
    pub gives: Reward,
    /// The least net value (inclusive).
    pub min_net: Option<i64>,
    /// Its public code, as the merchant spells it.
    pub code: Option<String>,
    /// How often its public code can be redeemed by all together.
    pub redemptions_max: Option<i64>,
}

impl Coupon {
    /// Whether it says an amount, which only means something in its own currency.
    #[must_use]
    pub fn has_amounts(&self) -> bool {
        self.min_net.is_some() || matches!(self.gives, Reward::Amount(_))
    }
}

impl Definition for Coupon {
    type Id = CouponId;

    const KIND: Kind = Kind {
        one: "coupon",
        table: "coupons",
        described: OperationTexts {
            group: "campaigns",
            many: "coupons",
            one: "a coupon",
            writing: "What was redeemed before gives what it gave then.",
            removing: "What was redeemed stays so; one that a checkout holds is not removed.",
        },
        saved: EventKind::CouponSaved,
        deleted: Some(EventKind::CouponDeleted),
        lock: Lock::Shelf,
        refers: false,
        in_graph: false,
        weighs_uses: false,
        most: None,
    };

    fn id(&self) -> &CouponId {
        &self.id
    }

    fn is_active(&self) -> bool {
        self.validity.active
    }

    fn code(&self) -> Option<String> {
        self.code.as_deref().map(folded)
    }
}

/// A code as codes are compared: without case. Codes are ASCII.
#[must_use]
pub fn folded(code: &str) -> String {
    code.to_ascii_uppercase()
}

names! {
    /// Where a code stands.
    pub enum CodeStatus {
        /// It can be redeemed, as far as its days are concerned.
        Open = "open",
        /// A checkout that is held keeps it.
        Held = "held",
        /// An order or a checkout has redeemed it.
        Redeemed = "redeemed",
        /// Its last day has passed.
        Expired = "expired",
    }
}

/// A code that can be redeemed, or that somebody has redeemed or holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponCode {
    /// As its coupon spells it.
    pub code: String,
    /// The coupon.
    pub coupon: CouponId,
    /// Who has redeemed it, or holds it; nobody for the public code itself.
    pub customer: Option<CustomerId>,
    /// The automation that made it.
    pub automation: Option<String>,
    /// For whom it made it; nobody where all may redeem it.
    pub owner: Option<CustomerId>,
    /// The order that redeemed it.
    pub order: Option<OrderId>,
    /// The checkout that redeemed it, or holds it.
    pub checkout: Option<CheckoutId>,
    /// Until when it is held; none where it is not.
    pub held_until: Option<DateTime<Utc>>,
    /// The last day on which it can be redeemed.
    pub valid_until: Option<NaiveDate>,
}

impl CouponCode {
    /// Where it stands on a day. A hold that is over is none: who asks leaves it out.
    #[must_use]
    pub fn status(&self, today: NaiveDate) -> CodeStatus {
        match (&self.customer, self.held_until) {
            (Some(_), Some(_)) => CodeStatus::Held,
            (Some(_), None) => CodeStatus::Redeemed,
            (None, _) if self.valid_until.is_some_and(|until| until < today) => CodeStatus::Expired,
            (None, _) => CodeStatus::Open,
        }
    }

    /// The key by which lists are sorted.
    #[must_use]
    pub fn key(&self) -> String {
        code_key(&folded(&self.code), self.customer.as_ref())
    }
}

/// A code that an automation has made for a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonalCode {
    /// What it gives, with the code and its last day.
    pub coupon: Coupon,
    /// For whom.
    pub owner: CustomerId,
    /// By which automation.
    pub automation: AutomationId,
    /// On which way of theirs.
    pub run: AutomationRunId,
}

/// The key of a code (as codes are compared), or of who redeems it.
#[must_use]
pub fn code_key(code: &str, customer: Option<&CustomerId>) -> String {
    customer.map_or_else(|| code.to_owned(), |customer| format!("{code}/{customer}"))
}

/// What is taken off the first line that books a subscription, as it was fixed when the checkout
/// was completed that bought it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstLineDiscount {
    /// By whose word.
    pub by: DiscountSource,
    /// What is taken off the gross.
    pub off: Discount,
}

/// By whose word something is taken off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscountSource {
    /// A coupon's, redeemed by its code.
    Coupon {
        /// The coupon.
        coupon: CouponId,
        /// Its code, as it spells it.
        code: String,
        /// The checkout that redeems it; none in one that is only shown.
        checkout: Option<CheckoutId>,
    },
    /// A campaign's, that offered it so.
    Campaign(CampaignId),
}

impl FirstLineDiscount {
    /// The code of the coupon, as that spells it; none where no coupon is the matter.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match &self.by {
            DiscountSource::Coupon { code, .. } => Some(code),
            DiscountSource::Campaign(_) => None,
        }
    }

    /// What a customer redeems with it, or gets back; none where no coupon is the matter.
    #[must_use]
    pub fn redemption(&self, customer: &CustomerId, back: bool) -> Option<Redemption> {
        let DiscountSource::Coupon { coupon, code, .. } = &self.by else { return None };
        Some(Redemption {
            code: folded(code),
            spelled: code.clone(),
            coupon: coupon.clone(),
            customer: customer.clone(),
            back,
        })
    }
}

/// A coupon that is redeemed by its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redemption {
    /// The code, as codes are compared.
    pub code: String,
    /// As its coupon spells it; nobody asks where it is given back.
    pub spelled: String,
    /// The coupon.
    pub coupon: CouponId,
    /// By whom.
    pub customer: CustomerId,
    /// Whether it is given back.
    pub back: bool,
}
