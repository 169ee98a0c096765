//! The offer after an order, as it is shown and answered.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::ids::CampaignId;
use crate::domain::money::{Currency, Money as Amounts};
use crate::domain::order::Order;
use crate::domain::path::Transition;
use crate::domain::purchase::Purchase;
use crate::domain::upsell::{self, ShownUpsell, Weighed};
use crate::domain::verdict::Outcome;
use crate::wire::{Amount, Instant, Money};

/// The acceptance of an offer after an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptBody {
    /// What one costs, where only the shop knows that: in the currency of the order.
    #[schema(value_type = Option<Amount>)]
    pub unit_net: Option<String>,
}

/// Where the offer after an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UpsellState {
    /// Nothing is offered, or nobody has asked.
    None,
    /// It waits for an answer.
    Pending,
    /// The customer took it.
    Accepted,
    /// The customer did not want it.
    Declined,
    /// Nobody answered in time.
    Expired,
    /// It was sold out before it was taken.
    Gone,
}

/// What is offered: goods, or a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum UpsellOffer {
    /// Goods, added to the order.
    Product(OfferedProduct),
    /// A subscription, sold in a checkout of its own.
    Offer(OfferedOffer),
}

/// Goods that are offered after an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfferedProduct {
    /// The campaign that offers them.
    pub campaign: String,
    /// The product.
    pub product: String,
    /// The number of pieces.
    pub quantity: i64,
    /// What one costs, in the currency of the order; null where only the shop knows.
    #[schema(value_type = Option<Amount>)]
    pub price: Option<String>,
}

/// A subscription that is offered after an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfferedOffer {
    /// The campaign that offers it.
    pub campaign: String,
    /// The offer.
    pub offer: String,
    /// How it relates to what the customer has.
    pub mode: Purchase,
    /// When a change is carried out; null of what is new.
    pub transition: Option<Transition>,
    /// What is due at once.
    pub amount_due: Money,
}

/// The checkout that an accepted offer of a subscription has led to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UpsellCheckout {
    /// Its id.
    pub id: String,
    /// Where the customer goes on; null for keys that may not sell, since who knows it can buy.
    pub url: Option<String>,
}

/// A campaign, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WeighedCampaign {
    /// The campaign.
    pub campaign: String,
    /// What became of it.
    pub verdict: Outcome,
    /// Why not, as a stable code; null where it was chosen.
    pub reason: Option<String>,
}

/// The offer after an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Upsell {
    /// Where it stands.
    pub state: UpsellState,
    /// What is offered, while it can be answered and once it is accepted.
    pub offer: Option<UpsellOffer>,
    /// Until when it can be answered.
    #[schema(value_type = Option<Instant>)]
    pub expires_at: Option<DateTime<Utc>>,
    /// The checkout that it has led to.
    pub checkout: Option<UpsellCheckout>,
    /// What became of the first twenty campaigns when it was decided, in their order; where all is
    /// to be explained, what becomes of every one as things stand now.
    pub considered: Vec<WeighedCampaign>,
}

impl Upsell {
    /// Of an order that was offered nothing.
    #[must_use]
    pub fn none(considered: &[Weighed]) -> Self {
        Self {
            state: UpsellState::None,
            offer: None,
            expires_at: None,
            checkout: None,
            considered: considered.iter().map(Into::into).collect(),
        }
    }

    /// The offer after an order as it stands now; a checkout is reached at `url`.
    #[must_use]
    pub fn of(
        order: &Order,
        upsell: &upsell::Upsell,
        url: Option<String>,
        now: DateTime<Utc>,
    ) -> Self {
        let state = upsell.state_at(now);
        let stands = matches!(state, upsell::UpsellState::Pending | upsell::UpsellState::Accepted);
        let checkout = upsell.checkout.as_ref().zip(url);
        Self {
            state: state.into(),
            offer: stands.then(|| {
                let currency = order.said.cart.currency;
                (&upsell.campaign, &upsell.shown, upsell.unit_net, currency).into()
            }),
            expires_at: Some(upsell.expires_at),
            checkout: checkout
                .map(|(id, url)| UpsellCheckout { id: id.to_string(), url: Some(url) }),
            considered: upsell.considered.iter().map(Into::into).collect(),
        }
    }
}

/// What a campaign offers, with the price at which it was taken, if it was, in the currency of the
/// order.
impl From<(&CampaignId, &ShownUpsell, Option<i64>, Currency)> for UpsellOffer {
    fn from(
        (campaign, shown, taken, currency): (&CampaignId, &ShownUpsell, Option<i64>, Currency),
    ) -> Self {
        let campaign = campaign.to_string();
        match shown {
            ShownUpsell::Product { product, quantity, price, .. } => {
                Self::Product(OfferedProduct {
                    campaign,
                    product: product.to_string(),
                    quantity: *quantity,
                    price: taken.or(*price).map(|price| Amounts::new(price, currency).amount()),
                })
            }
            ShownUpsell::Offer { offer, mode, transition, amount_due, .. } => {
                Self::Offer(OfferedOffer {
                    campaign,
                    offer: offer.to_string(),
                    mode: mode.map_or(Purchase::New, Into::into),
                    transition: *transition,
                    amount_due: (*amount_due).into(),
                })
            }
        }
    }
}

impl From<upsell::UpsellState> for UpsellState {
    fn from(state: upsell::UpsellState) -> Self {
        match state {
            upsell::UpsellState::Pending => Self::Pending,
            upsell::UpsellState::Accepted => Self::Accepted,
            upsell::UpsellState::Declined => Self::Declined,
            upsell::UpsellState::Expired => Self::Expired,
            upsell::UpsellState::Gone => Self::Gone,
        }
    }
}

impl From<&Weighed> for WeighedCampaign {
    fn from(weighed: &Weighed) -> Self {
        Self {
            campaign: weighed.campaign.to_string(),
            verdict: weighed.verdict,
            reason: weighed.reason.clone(),
        }
    }
}
