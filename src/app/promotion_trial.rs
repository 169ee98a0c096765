//! How a promotion stands to a cart as it is being written. Nothing is stored.

use std::sync::Arc;

use crate::domain::ids::MerchantId;
use crate::domain::promotion::Promotion;
use crate::rules::definitions::Sent;
use crate::rules::definitions::carts::CartDraft;
use crate::selection::assortment::suggestions;
use crate::wire::carts::CartEvaluation;

use super::rule_books::SuggestionScope;
use super::selection::{Scope, read_cart, weigh_rules};
use super::weighing::RuleSet;
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
        let weighed = self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let cart = read_cart(&mut tx, &context, &sent).await?;
            let suggested = SuggestionScope::BySome(Arc::new(suggestions([&promotion])));
            let promotions = vec![Arc::new(promotion)];
            let gift_rules = Vec::new();
            let rules = RuleSet { gift_rules, promotions, suggested, bytes: Some(0) };
            let weighing = weigh_rules(&mut tx, &context, (cart, None), rules, Scope::All).await?;
            let on_sale = weighing.on_sale(&mut tx, &context).await?;
            Ok((weighing, on_sale))
        });
        let weighed = weighed.await?;
        self.worked_out(merchant, weighed, |it, on_sale| it.shown(on_sale, true)).await
    }
}
