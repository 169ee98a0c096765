//! Every rule of a merchant with what becomes of it, for a cart or for an order that is there: as
//! things stand now, whatever became of it when it was placed. Nothing is stored.

use crate::domain::cart::Cart;
use crate::domain::ids::{GiftRuleId, MerchantId, OrderId};
use crate::domain::money::Currency;
use crate::domain::order::Order;
use crate::domain::verdict::Reasoned;
use crate::rules::definitions::Sent;
use crate::rules::definitions::carts::CartDraft;
use crate::selection::{campaigns, gifts, promotions};
use crate::store::Tx;
use crate::store::orders::find_order;
use crate::wire::carts::{CartEvaluation, UpsellEvaluation};
use crate::wire::upsells::WeighedCampaign;

use super::campaign_choice::{Choice, OrderAsked, choose};
use super::checkout_orders::carts_of_orders;
use super::selection::{Scope, read_cart, weigh};
use super::weighing::{AvailableSuggestions, RuleEvaluation};
use super::{App, AppError, Context};

/// What every rule comes to, also those that are switched off.
#[derive(Debug, Clone)]
pub struct Explained {
    /// Gift rules and promotions.
    pub cart: CartEvaluation,
    /// Campaigns.
    pub offer: UpsellEvaluation,
    /// In which round each gift rule was applied, from 1; in the order of the rounds.
    pub rounds: Vec<(usize, GiftRuleId)>,
}

/// A kind of rules, by which a reason is read: two kinds may share a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleKind {
    /// A campaign.
    Campaign,
    /// A promotion.
    Promotion,
    /// A gift rule.
    GiftRule,
}

/// What a reason means for a rule of a kind, in a sentence; none of one that a checkout has.
#[must_use]
pub fn meaning(kind: RuleKind, code: &str) -> Option<&'static str> {
    fn of<R: Reasoned>(all: &[R], code: &str) -> Option<R> {
        all.iter().copied().find(|reason| reason.code() == code)
    }
    match kind {
        RuleKind::Campaign => of(campaigns::Unfit::ALL, code)
            .map(campaigns::Unfit::meaning)
            .or_else(|| of(campaigns::Unavailable::ALL, code).map(campaigns::Unavailable::meaning)),
        RuleKind::Promotion => of(promotions::Unfit::ALL, code).map(promotions::Unfit::meaning),
        RuleKind::GiftRule => of(gifts::Unfit::ALL, code).map(gifts::Unfit::meaning),
    }
}

/// What every reason of a rule means.
#[cfg(test)]
pub(crate) fn meanings() -> Vec<&'static str> {
    let campaigns = campaigns::Unfit::ALL.iter().map(|reason| reason.meaning());
    let gifts = gifts::Unfit::ALL.iter().map(|reason| reason.meaning());
    let promotions = promotions::Unfit::ALL.iter().map(|reason| reason.meaning());
    let unavailable = campaigns::Unavailable::ALL.iter().map(|reason| reason.meaning());
    campaigns.chain(gifts).chain(promotions).chain(unavailable).collect()
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
        let loaded = self.read(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let cart = read_cart(&mut tx, &context, &sent).await?.cart;
            let asked = OrderAsked { cart: cart.clone().into(), delivered: false, all: true };
            let choice = choose(self, &mut tx, &mut context, asked).await?;
            explaining(&mut tx, &context, (cart, Scope::All), choice).await
        });
        self.explained(merchant, loaded.await?).await
    }

    /// What every rule comes to for an order, were it placed now; where a checkout has made it,
    /// gift rules and promotions judge what that has sold, as they did there.
    ///
    /// # Errors
    /// Not found.
    pub async fn explain_order(
        &self,
        merchant: &MerchantId,
        id: &OrderId,
    ) -> Result<Explained, AppError> {
        let loaded = self.read(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let order = find_order(&mut tx, merchant, id).await?;
            let order = order.ok_or(AppError::NotFound("order"))?;
            let bought = carts_of_orders(&mut tx, &context, [id]).await?.remove(id);
            let judged = match bought {
                Some(cart) => (cart, Scope::AllForCheckout),
                None if order.said.brought_over => (order.said.cart.clone(), Scope::None),
                None => (order.said.cart.clone(), Scope::All),
            };
            let choice = every_campaign(self, &mut tx, &mut context, &order).await?;
            explaining(&mut tx, &context, judged, choice).await
        });
        self.explained(merchant, loaded.await?).await
    }

    /// Every campaign with what becomes of it for an order, were it asked for now.
    pub(super) async fn every_campaign(
        &self,
        merchant: &MerchantId,
        id: &OrderId,
    ) -> Result<Vec<WeighedCampaign>, AppError> {
        self.read(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let order = find_order(&mut tx, merchant, id).await?;
            let order = order.ok_or(AppError::NotFound("order"))?;
            let choice = every_campaign(self, &mut tx, &mut context, &order).await?;
            Ok(choice.considered.iter().map(Into::into).collect())
        })
        .await
    }

    async fn explained(
        &self,
        merchant: &MerchantId,
        Explaining { currency, weighed, choice }: Explaining,
    ) -> Result<Explained, AppError> {
        let offer = choice.shown(currency);
        self.worked_out(merchant, weighed, |weighing, on_sale| {
            let gifts = weighing.gifts();
            let rounds = gifts.applied.iter().map(|it| (it.round, it.rule.id.clone()));
            let mut rounds: Vec<(usize, GiftRuleId)> = rounds.collect();
            // Within a round they stay in rank order.
            rounds.sort_by_key(|(round, _)| *round);
            Ok(Explained { cart: weighing.shown(on_sale, true)?, offer, rounds })
        })
        .await
    }
}

/// Every campaign with what becomes of it for an order, were it asked for now.
pub(super) async fn every_campaign(
    app: &App,
    tx: &mut Tx,
    context: &mut Context,
    order: &Order,
) -> Result<Choice, AppError> {
    if !order.may_be_offered() {
        return Ok(Choice { offer: None, considered: Vec::new() });
    }
    let (cart, delivered) = (order.said.cart.clone().into(), order.delivered_at.is_some());
    choose(app, tx, context, OrderAsked { cart, delivered, all: true }).await
}

/// What explanations rest on, loaded.
struct Explaining {
    currency: Currency,
    weighed: (RuleEvaluation, AvailableSuggestions),
    choice: Choice,
}

async fn explaining(
    tx: &mut Tx,
    context: &Context,
    (cart, scope): (Cart, Scope),
    choice: Choice,
) -> Result<Explaining, AppError> {
    let currency = cart.currency;
    let weighing = weigh(tx, context, cart, scope).await?;
    let on_sale = weighing.on_sale(tx, context).await?;
    Ok(Explaining { currency, weighed: (weighing, on_sale), choice })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_kinds_of_rules_call_the_same_means_something_else_for_each() {
        let told = |kind| meaning(kind, "out-of-stock");
        let campaign = told(RuleKind::Campaign);
        assert_eq!(campaign, Some("Less of the product is left than it offers"));
        assert_eq!(told(RuleKind::GiftRule), Some("None of its gifts is left"));
        assert_eq!(told(RuleKind::Promotion), None);
        let currency = |kind| meaning(kind, "currency").unwrap();
        assert_ne!(currency(RuleKind::Campaign), currency(RuleKind::GiftRule));
    }
}
