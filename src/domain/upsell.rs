//! What is offered after an order, once: the one offer that an order ever gets, and its answer.
//! Which campaign makes it is for `selection::campaigns`; what answering does, for `rules`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::campaign::Discount;
use super::ids::{CampaignId, CheckoutId, OfferId, ProductId};
use super::money::Money;
use super::names::names;
use super::path::{Mode, Transition};
use super::verdict::Outcome;

names! {
    /// Where an offer after an order stands.
    pub enum UpsellState {
        /// It waits for an answer.
        Pending = "pending",
        /// The customer took it.
        Accepted = "accepted",
        /// The customer did not want it.
        Declined = "declined",
        /// Nobody answered in time, or the order was cancelled before.
        Expired = "expired",
        /// The customer wanted it, but it was sold out by then.
        Gone = "gone",
    }
}

/// What is offered, as it was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShownUpsell {
    /// Goods, added to the order.
    Product {
        /// The product.
        product: ProductId,
        /// The number of pieces.
        quantity: i64,
        /// What one costs, in minor units of the order's currency; none where the shop knows it.
        price: Option<i64>,
        /// Whether it is sold although there is less of it than that.
        always: bool,
    },
    /// A subscription, sold in a checkout of its own.
    Offer {
        /// The offer.
        offer: OfferId,
        /// The version of its terms; none where it was offered before that was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<i64>,
        /// What it does to what the customer has; none is a new one.
        mode: Option<Mode>,
        /// When that is carried out.
        transition: Option<Transition>,
        /// What is due at once.
        amount_due: Money,
        /// What is taken off the first line that books it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        discount: Option<Discount>,
        /// What that line comes to; none where nothing is taken off, or an older release offered
        /// it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        first_line: Option<DiscountedLine>,
    },
}

/// The line from which something is taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscountedLine {
    /// What is charged for it.
    pub amount: Money,
    /// What was taken off the price.
    pub discount: Money,
}

/// What became of a campaign when an order asked for its offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weighed {
    /// The campaign.
    pub campaign: CampaignId,
    /// What became of it.
    pub verdict: Outcome,
    /// Why not, as a stable code; none where it was chosen.
    pub reason: Option<String>,
}

/// The offer after an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upsell {
    /// Whose offer it is.
    pub campaign: CampaignId,
    /// What is offered.
    pub shown: ShownUpsell,
    /// Where it stands.
    pub state: UpsellState,
    /// When it was made.
    pub offered_at: DateTime<Utc>,
    /// Until when it can be answered.
    pub expires_at: DateTime<Utc>,
    /// When it was answered, or ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// What one was taken for.
    pub unit_net: Option<i64>,
    /// The checkout that it led to.
    pub checkout: Option<CheckoutId>,
    /// What became of every campaign.
    pub considered: Vec<Weighed>,
}

impl Upsell {
    /// Where it stands at a moment: what nobody answered in time has expired, seen or unseen.
    #[must_use]
    pub fn state_at(&self, now: DateTime<Utc>) -> UpsellState {
        match self.state {
            UpsellState::Pending if self.expires_at <= now => UpsellState::Expired,
            state => state,
        }
    }
}
