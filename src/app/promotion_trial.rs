//! How a promotion stands to a cart as it is being written. Nothing is stored.

use std::sync::Arc;

use crate::domain::ids::MerchantId;
use crate::domain::promotion::Promotion;
use crate::rules::definitions::Sent;
use crate::rules::definitions::carts::CartDraft;
use crate::wire::carts::CartEvaluation;

use super::selection::{Scope, read_cart, weigh_rules};
use super::{App, AppError};

impl App {
    /// What a promotion alone comes to for a cart, with the catalogue of now.
    ///
    /// # Errors
    /// Every fault in the cart.
    pub async fn try_promotion(
        &self,
        merchant: &MerchantId,
        promotion: Promotion,
        sent: Sent<CartDraft>,
    ) -> Result<CartEvaluation, AppError> {
        let (app, merchant) = (self.clone(), merchant.clone());
        self.read(move |tx| {
            Box::pin(async move {
                let context = app.context(tx, &merchant).await?;
                let cart = read_cart(tx, &context, &sent).await?;
                let rules = (Vec::new(), vec![Arc::new(promotion)]);
                Ok(weigh_rules(tx, &context, (cart, None), rules, Scope::All).await?.shown(true))
            })
        })
        .await
    }
}
