//! Which of a merchant's rules apply to a cart or an order: what the rules look at is loaded here,
//! in few questions, and `selection` is asked. Nothing is stored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::campaign::{Campaign, Offered};
use crate::domain::cart::{Cart, Item};
use crate::domain::catalogue::{Offer, Product};
use crate::domain::gift_rule::GiftRule;
use crate::domain::ids::{GiftRuleId, MerchantId, OfferId, ProductId};
use crate::render::format::Locale;
use crate::rules::campaign_warnings::{CampaignDoing, CampaignFacts, doing, lint_campaign};
use crate::rules::coupons::CouponFacts;
use crate::rules::definitions::Sent;
use crate::rules::definitions::carts::{CartDraft, CartFacts, decide_cart};
use crate::rules::lint::Warning;
use crate::rules::rule_warnings::{is_sold_out, lint_gift_rule};
use crate::selection::facts::{Facts, OfferGoods, ProductFacts};
use crate::selection::gifts::in_question;
use crate::store::coupons::{find_by_code, find_personal};
use crate::store::selection_rules::{
    all_gift_rules, all_promotions, list_ranked_campaigns, list_ranked_gift_rules, with_gifts_left,
};
use crate::store::{Page, Tx, customers, offers, products};
use crate::wire::carts::CartEvaluation;

use super::coupons::weigh_coupon;
use super::revision_cache::AtRevision;
use super::weighing::{AvailableSuggestions, RuleEvaluation, RuleSet};
use super::{App, AppError, Context};

impl RuleEvaluation {
    /// Loads what is left of the gifts of the rules that may give some, and of their products.
    async fn stock(&mut self, tx: &mut Tx, merchant: &MerchantId) -> Result<(), AppError> {
        let rules = self.rules.gift_rules.iter().map(AsRef::as_ref);
        let giving: Vec<GiftRule> = in_question(rules, &self.facts).into_iter().cloned().collect();
        let gifts = giving.iter().flat_map(|rule| &rule.get).map(|gift| gift.product.clone());
        let unknown = gifts.filter(|id| !self.facts.products.contains_key(id));
        let unknown: Vec<ProductId> = unknown.collect::<BTreeSet<_>>().into_iter().collect();
        let giving = with_gifts_left(tx, merchant, giving).await?;
        let mut giving: BTreeMap<GiftRuleId, GiftRule> =
            giving.into_iter().map(|rule| (rule.id.clone(), rule)).collect();
        for rule in &mut self.rules.gift_rules {
            if let Some(fresh) = giving.remove(&rule.id) {
                *rule = Arc::new(fresh);
            }
        }
        if !unknown.is_empty() {
            let products = products::find_products(tx, merchant, &unknown).await?;
            let tag = self.locale.to_string();
            self.facts.products.extend(products.values().map(|it| goods(it, &tag)));
        }
        Ok(())
    }

    /// Loads what promotions may suggest for it.
    pub(super) async fn on_sale(
        &self,
        tx: &mut Tx,
        context: &Context,
    ) -> Result<AvailableSuggestions, AppError> {
        let dated = context.assortment(tx, self.rules.suggested.clone()).await?;
        let sold_out = products::sold_out(tx, &context.merchant, &dated.limited).await?;
        Ok(AvailableSuggestions { dated, sold_out })
    }
}

impl App {
    /// What the merchant's gift rules and promotions come to for a cart; nothing is taken.
    ///
    /// # Errors
    /// Every fault in what was sent.
    pub async fn evaluate_cart(
        &self,
        merchant: &MerchantId,
        sent: Sent<CartDraft>,
        all: bool,
    ) -> Result<CartEvaluation, AppError> {
        self.evaluate_cart_as(merchant, sent, all, Ok).await
    }

    /// The same as it is to be answered, which for much is written where it was worked out.
    ///
    /// # Errors
    /// As [`App::evaluate_cart`], and those of `written`.
    pub async fn evaluate_cart_as<T: Send + 'static>(
        &self,
        merchant: &MerchantId,
        sent: Sent<CartDraft>,
        all: bool,
        written: impl FnOnce(CartEvaluation) -> Result<T, AppError> + Send + 'static,
    ) -> Result<T, AppError> {
        let (weighing, on_sale) = self
            .read(|mut tx| async move {
                let context = self.context(&mut tx, merchant).await?;
                let cart = read_cart(&mut tx, &context, &sent).await?;
                let scope = if all { Scope::All } else { Scope::Active };
                let weighing = weigh(&mut tx, &context, cart, scope).await?;
                let on_sale = weighing.on_sale(&mut tx, &context).await?;
                Ok((weighing, on_sale))
            })
            .await?;
        let work = move |it: &RuleEvaluation, on_sale: &_| written(it.shown(on_sale, all)?);
        self.worked_out(merchant, (weighing, on_sale), work).await
    }

    /// What rules come to for a cart; where that takes long, on a thread of its own.
    ///
    /// # Errors
    /// Those of the work.
    pub(super) async fn worked_out<T: Send + 'static>(
        &self,
        merchant: &MerchantId,
        (weighing, on_sale): (RuleEvaluation, AvailableSuggestions),
        work: impl FnOnce(&RuleEvaluation, &AvailableSuggestions) -> Result<T, AppError>
        + Send
        + 'static,
    ) -> Result<T, AppError> {
        if weighing.is_quick(&on_sale) {
            return work(&weighing, &on_sale);
        }
        self.inner.lanes.compute(merchant, move || work(&weighing, &on_sale)).await?
    }

    /// Campaigns, each with what a merchant should think about, by the catalogue of now.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn judge_campaigns(
        &self,
        merchant: &MerchantId,
        campaigns: Vec<Campaign>,
    ) -> Result<Vec<(Campaign, Vec<Warning>)>, AppError> {
        let told = self.told_of_campaigns(merchant, &campaigns, lint_campaign).await?;
        Ok(campaigns.into_iter().zip(told).collect())
    }

    /// A page of campaigns in rank order.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn ranked_campaigns(
        &self,
        merchant: &MerchantId,
        page: Page,
    ) -> Result<Vec<Campaign>, AppError> {
        let campaigns = self.read(|mut tx| async move {
            Ok(list_ranked_campaigns(&mut tx, merchant, &page).await?)
        });
        campaigns.await
    }

    /// A page of gift rules by tier, as they take their turns.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn ranked_gift_rules(
        &self,
        merchant: &MerchantId,
        page: Page,
    ) -> Result<Vec<GiftRule>, AppError> {
        let rules = self.read(|mut tx| async move {
            Ok(list_ranked_gift_rules(&mut tx, merchant, &page).await?)
        });
        rules.await
    }

    /// What each of these campaigns is doing today.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn doing_of_campaigns(
        &self,
        merchant: &MerchantId,
        campaigns: &[Campaign],
    ) -> Result<Vec<CampaignDoing>, AppError> {
        self.told_of_campaigns(merchant, campaigns, doing).await
    }

    /// What a merchant should think about in a gift rule, by the catalogue of now.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn judge_gift_rule(
        &self,
        merchant: &MerchantId,
        rule: &GiftRule,
    ) -> Result<Vec<Warning>, AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let given: Vec<ProductId> = rule.get.iter().map(|gift| gift.product.clone()).collect();
            let found = products::find_products(&mut tx, merchant, &given).await?;
            let goods = found.iter().map(|(id, product)| (id.clone(), product.into())).collect();
            Ok(lint_gift_rule(rule, &goods, context.today))
        })
        .await
    }

    /// Those of these gift rules that have nothing left to give.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn sold_out_gift_rules(
        &self,
        merchant: &MerchantId,
        rules: &[GiftRule],
    ) -> Result<BTreeSet<GiftRuleId>, AppError> {
        let given = rules.iter().flat_map(|rule| &rule.get).map(|gift| gift.product.clone());
        let given: BTreeSet<ProductId> = given.collect();
        let given: Vec<ProductId> = given.into_iter().collect();
        let found = self.read(|mut tx| async move {
            Ok(products::find_products(&mut tx, merchant, &given).await?)
        });
        let goods = found.await?;
        let goods = goods.iter().map(|(id, product)| (id.clone(), product.into())).collect();
        let sold_out = rules.iter().filter(|rule| is_sold_out(rule, &goods));
        Ok(sold_out.map(|rule| rule.id.clone()).collect())
    }

    /// What is told of each campaign by the others and by what it offers.
    async fn told_of_campaigns<T: Send>(
        &self,
        merchant: &MerchantId,
        campaigns: &[Campaign],
        tell: fn(&Campaign, &CampaignFacts<'_>) -> T,
    ) -> Result<Vec<T>, AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let known = context.campaigns(&mut tx).await?;
            let offered: Vec<ProductId> = campaigns.iter().filter_map(offered).collect();
            let products = products::find_products(&mut tx, merchant, &offered).await?;
            let told = campaigns.iter().map(|campaign| {
                let goods = offered_goods(campaign, &products);
                let (today, index) = (context.today, &known.index);
                tell(campaign, &CampaignFacts { today, index, goods: goods.as_ref() })
            });
            Ok(told.collect())
        })
        .await
    }
}

/// The product that a campaign offers.
pub(super) fn offered(campaign: &Campaign) -> Option<ProductId> {
    match &campaign.offered {
        Offered::Product(product) => Some(product.clone()),
        Offered::Offer(_) => None,
    }
}

fn offered_goods(
    campaign: &Campaign,
    known: &BTreeMap<ProductId, Product>,
) -> Option<ProductFacts> {
    known.get(&offered(campaign)?).map(Into::into)
}

/// A cart with the products of it that have been read already.
pub(super) struct ReadCart {
    /// It.
    pub(super) cart: Cart,
    products: BTreeMap<ProductId, Product>,
}

impl From<Cart> for ReadCart {
    fn from(cart: Cart) -> Self {
        Self { cart, products: BTreeMap::new() }
    }
}

/// A cart as it was sent, read against what there is.
pub(super) async fn read_cart(
    tx: &mut Tx,
    context: &Context,
    sent: &Sent<CartDraft>,
) -> Result<ReadCart, AppError> {
    let merchant = &context.merchant;
    let named: Vec<ProductId> = sent.draft.products().into_iter().collect();
    let products = products::find_products(tx, merchant, &named).await?;
    let offers = find_offers(tx, context, sent.draft.offers()).await?;
    let net = |offer: &Offer| {
        (offer.terms.offer.clone(), context.tariff.net_price(&offer.terms, context.today))
    };
    let facts = CartFacts {
        products: Some(products.keys().cloned().collect()),
        offers: offers.iter().map(net).collect(),
        is_unknown_coupon: is_unknown(tx, merchant, &sent.draft).await?,
    };
    let cart = sent.decide(|draft| decide_cart(draft, &facts))?;
    Ok(ReadCart { cart, products })
}

/// Whether a draft names a code that is no coupon's.
async fn is_unknown(
    tx: &mut Tx,
    merchant: &MerchantId,
    draft: &CartDraft,
) -> Result<bool, AppError> {
    match &draft.coupon {
        Some(code) => Ok(find_by_code(tx, merchant, code).await?.is_none()
            && find_personal(tx, merchant, code, false).await?.is_none()),
        None => Ok(false),
    }
}

pub(super) async fn find_offers(
    tx: &mut Tx,
    context: &Context,
    ids: BTreeSet<OfferId>,
) -> Result<Vec<Offer>, AppError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<OfferId> = ids.into_iter().collect();
    let found = offers::find_offers(tx, &context.merchant, &ids).await?;
    Ok(found.into_values().collect())
}

/// Which rules a cart is held against, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Those that are switched on.
    Active,
    /// All of them, so that each says what became of it.
    All,
    /// Those that are switched on, for a subscription checkout: what it redeems is judged with it,
    /// and its invoice is for the subscription alone, so that gifts cost nothing.
    Checkout,
    /// All of them, for a subscription checkout.
    AllForCheckout,
    /// None: it is an order that another system has sold, with what that gave.
    None,
}

impl Scope {
    /// Whether those that are switched off say what became of them, too.
    fn is_all(self) -> bool {
        matches!(self, Self::All | Self::AllForCheckout)
    }

    /// Whether it is a subscription checkout.
    fn is_checkout(self) -> bool {
        matches!(self, Self::Checkout | Self::AllForCheckout)
    }
}

/// Loads what gift rules and promotions look at: the cart, and the products that it holds or that a
/// rule gives.
pub(super) async fn weigh(
    tx: &mut Tx,
    context: &Context,
    cart: impl Into<ReadCart>,
    scope: Scope,
) -> Result<RuleEvaluation, AppError> {
    weigh_with(tx, context, cart, None, scope).await
}

/// The same where it is known what judging the cart's coupon rests on.
pub(super) async fn weigh_with(
    tx: &mut Tx,
    context: &Context,
    cart: impl Into<ReadCart>,
    coupon: Option<&CouponFacts>,
    scope: Scope,
) -> Result<RuleEvaluation, AppError> {
    let cart = cart.into();
    let merchant = &context.merchant;
    let book = context.cart_rules(tx).await?;
    let suggested = book.suggestions();
    let rules = if scope == Scope::None {
        RuleSet { gift_rules: Vec::new(), promotions: Vec::new(), suggested, bytes: Some(0) }
    } else if scope.is_all() {
        let gift_rules = all_gift_rules(tx, merchant, false).await?.into_iter().map(Arc::new);
        let promotions = all_promotions(tx, merchant, false).await?.into_iter().map(Arc::new);
        let (gift_rules, promotions) = (gift_rules.collect(), promotions.collect());
        RuleSet { gift_rules, promotions, suggested, bytes: None }
    } else {
        let gift_rules = book.gift_rules.values().cloned().collect();
        let promotions = book.promotions.values().cloned().collect();
        RuleSet { gift_rules, promotions, suggested, bytes: Some(book.bytes()) }
    };
    weigh_rules(tx, context, (cart, coupon), rules, scope).await
}

/// The same with these rules, and no others.
pub(super) async fn weigh_rules(
    tx: &mut Tx,
    context: &Context,
    (mut cart, coupon): (ReadCart, Option<&CouponFacts>),
    rules: RuleSet,
    scope: Scope,
) -> Result<RuleEvaluation, AppError> {
    let coupon = if scope.is_checkout() {
        None
    } else {
        weigh_coupon(tx, context, &mut cart.cart, coupon).await?
    };
    let (mut facts, locale) = facts_of(tx, context, cart).await?;
    facts.premiums_only = scope.is_checkout();
    let mut weighing = RuleEvaluation { facts, rules, coupon, locale, expects: None };
    weighing.stock(tx, &context.merchant).await?;
    Ok(weighing)
}

/// What rules look at in a cart: it, with the group of its customer where it names none, and the
/// products and offers that it holds. With the customer's language.
pub(super) async fn facts_of(
    tx: &mut Tx,
    context: &Context,
    cart: ReadCart,
) -> Result<(Facts, Locale), AppError> {
    let ReadCart { mut cart, mut products } = cart;
    let merchant = &context.merchant;
    let mut locale = cart.locale.clone();
    if let Some(customer) = &cart.customer
        && let Some(customer) = customers::find_customer(tx, merchant, customer).await?
    {
        let profile = customer.profile;
        cart.customer_group = cart.customer_group.or(profile.group);
        locale = locale.or(profile.locale);
    }
    let held = cart.lines.iter().filter_map(|line| match &line.item {
        Item::Offer(offer) => Some(offer.clone()),
        Item::Product(_) => None,
    });
    let offers = find_offers(tx, context, held.collect()).await?;
    let offers: BTreeMap<OfferId, OfferGoods> = offers.iter().map(contained).collect();
    let in_offers = offers.values().flat_map(|goods| &goods.products);
    let named = cart.lines.iter().filter_map(|line| line.item.product()).chain(in_offers);
    let unread: BTreeSet<&ProductId> = named.filter(|id| !products.contains_key(*id)).collect();
    if !unread.is_empty() {
        let unread: Vec<ProductId> = unread.into_iter().cloned().collect();
        products.extend(products::find_products(tx, merchant, &unread).await?);
    }
    let locale = locale.unwrap_or_else(|| context.settings.locale.clone());
    let products = products.values().map(|it| goods(it, &locale)).collect();
    let facts = Facts {
        today: context.today,
        cart,
        delivered: false,
        premiums_only: false,
        products,
        offers,
    };
    Ok((facts, Locale::parse(&locale).unwrap_or_default()))
}

/// A product, as rules look at it, with its title in a locale.
fn goods(product: &Product, locale: &str) -> (ProductId, ProductFacts) {
    let title = product.title_in(locale).to_owned();
    (product.id.clone(), ProductFacts { title, ..product.into() })
}

/// An offer, as rules look at it.
pub(super) fn contained(offer: &Offer) -> (OfferId, OfferGoods) {
    let products = offer.terms.products.iter().map(|(id, _)| id.clone()).collect();
    (offer.terms.offer.clone(), OfferGoods { tags: offer.tags.clone(), products })
}
