//! Every rule of a merchant with what becomes of it, for a cart or for an order that is there: as
//! things stand now, whatever became of it when it was placed. Nothing is stored.

use crate::domain::cart::Cart;
use crate::domain::ids::{MerchantId, OrderId};
use crate::rules::definitions::Sent;
use crate::rules::definitions::carts::CartDraft;
use crate::store::Tx;
use crate::store::orders::find_order;
use crate::wire::carts::{CartEvaluation, UpsellEvaluation};

use super::choice::{Asked, choose};
use super::selection::{read_cart, weigh};
use super::{App, AppError, Context};

/// What every rule comes to, also those that are switched off.
#[derive(Debug, Clone)]
pub struct Explained {
    /// Gift rules and promotions.
    pub cart: CartEvaluation,
    /// Campaigns.
    pub offer: UpsellEvaluation,
}

impl App {
    /// What every rule comes to for a cart.
    ///
    /// # Errors
    /// Every fault in what was sent.
    pub async fn explain_cart(
        &self,
        merchant: &MerchantId,
        sent: Sent<CartDraft>,
    ) -> Result<Explained, AppError> {
        let (app, merchant) = (self.clone(), merchant.clone());
        self.read(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let cart = read_cart(tx, &context, &sent).await?;
                explained(tx, &mut context, cart, false).await
            })
        })
        .await
    }

    /// What every rule comes to for an order, were it placed now.
    ///
    /// # Errors
    /// Not found.
    pub async fn explain_order(
        &self,
        merchant: &MerchantId,
        id: &OrderId,
    ) -> Result<Explained, AppError> {
        let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
        self.read(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let order = find_order(tx, &merchant, &id).await?;
                let order = order.ok_or(AppError::NotFound("order"))?;
                let is_delivered = order.delivered_at.is_some();
                explained(tx, &mut context, order.said.cart, is_delivered).await
            })
        })
        .await
    }
}

async fn explained(
    tx: &mut Tx,
    context: &mut Context,
    cart: Cart,
    delivered: bool,
) -> Result<Explained, AppError> {
    let currency = cart.currency;
    let weighing = weigh(tx, context, cart.clone(), true).await?;
    let choice = choose(tx, context, Asked { cart, delivered, all: true }).await?;
    Ok(Explained { cart: weighing.shown(true), offer: choice.shown(currency) })
}
