//! Which of a merchant's rules apply to a cart or an order: what the rules look at is loaded here,
//! in few questions, and `selection` is asked. Nothing is stored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::campaign::{Campaign, Offered};
use crate::domain::cart::{Cart, Item};
use crate::domain::catalogue::{Offer, Product};
use crate::domain::condition::Selector;
use crate::domain::gift_rule::GiftRule;
use crate::domain::ids::{GiftRuleId, MerchantId, OfferId, ProductId};
use crate::domain::promotion::{Promotion, Suggestion};
use crate::domain::text::PromotionVariable;
use crate::render::format::{self, Locale};
use crate::rules::campaign_warnings::{CampaignFacts, lint_campaign};
use crate::rules::coupons::CouponFacts;
use crate::rules::definitions::Sent;
use crate::rules::definitions::carts::{CartDraft, CartFacts, decide_cart};
use crate::rules::fingerprint::stamp;
use crate::rules::lint::Warning;
use crate::selection::conditions::Missing;
use crate::selection::facts::{Facts, Goods, OfferGoods};
use crate::selection::gifts::{Gifts, give_gifts, in_question};
use crate::selection::promotions::{GrantedPromotion, ToldPromotion, judge_promotions};
use crate::store::coupons::{find_by_code, find_personal};
use crate::store::products::ProductPick;
use crate::store::selection_rules::{all_gift_rules, all_promotions, with_gifts_left};
use crate::store::{Tx, customers, offers, products};
use crate::wire::carts::CartEvaluation;
use crate::wire::coupons::CartCoupon;

use super::coupons::weigh_coupon;
use super::{App, AppError, Context};

/// How many rules of a kind are told with what became of them, unless all are asked for.
pub(super) const CONSIDERED_MAX: usize = 20;

/// A cart with the rules that it is held against, and all that they look at.
pub(super) struct Weighing {
    facts: Facts,
    gift_rules: Vec<Arc<GiftRule>>,
    promotions: Vec<Arc<Promotion>>,
    coupon: Option<CartCoupon>,
    locale: Locale,
}

impl Weighing {
    /// What is given.
    pub(super) fn gifts(&self) -> Gifts<'_> {
        give_gifts(self.gift_rules.iter().map(AsRef::as_ref), &self.facts)
    }

    /// What is earned, and how far the rest is.
    pub(super) fn promotions(&self) -> Vec<ToldPromotion<'_>> {
        judge_promotions(self.promotions.iter().map(AsRef::as_ref), &self.facts)
    }

    /// Loads what is left of the gifts of the rules that may give some, and of their products.
    async fn stock(&mut self, tx: &mut Tx, merchant: &MerchantId) -> Result<(), AppError> {
        let rules = self.gift_rules.iter().map(AsRef::as_ref);
        let giving: Vec<GiftRule> = in_question(rules, &self.facts).into_iter().cloned().collect();
        let gifts = giving.iter().flat_map(|rule| &rule.get).map(|gift| gift.product.clone());
        let unknown = gifts.filter(|id| !self.facts.products.contains_key(id));
        let unknown: Vec<ProductId> = unknown.collect::<BTreeSet<_>>().into_iter().collect();
        let giving = with_gifts_left(tx, merchant, giving).await?;
        let mut giving: BTreeMap<GiftRuleId, GiftRule> =
            giving.into_iter().map(|rule| (rule.id.clone(), rule)).collect();
        for rule in &mut self.gift_rules {
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

    /// What it comes to, as it is shown.
    pub(super) fn shown(&self, all: bool) -> CartEvaluation {
        let (gifts, told) = (self.gifts(), self.promotions());
        let most = if all { usize::MAX } else { CONSIDERED_MAX };
        let stamp = stamp(&gifts, &told);
        CartEvaluation::of(
            &self.facts,
            (&gifts, &told),
            (stamp, self.coupon.clone(), most),
            |told, granted| {
                let value = |variable| self.value(variable, told, granted);
                granted.upsell.message.fill(value)
            },
        )
    }

    fn value(
        &self,
        variable: PromotionVariable,
        told: &ToldPromotion<'_>,
        granted: &GrantedPromotion<'_>,
    ) -> String {
        let currency = self.facts.cart.currency;
        let (exponent, code) = (currency.exponent(), currency.code());
        let money = |minor: i64| format::money(&self.locale, minor, exponent, code);
        let missing = |missing: &Missing| match missing {
            Missing::Net(minor) | Missing::Value { missing: minor, .. } => money(*minor),
            Missing::Units { missing, .. } => missing.to_string(),
        };
        let titles = granted.products.iter().filter_map(|it| {
            let goods = self.facts.products.get(&it.product)?;
            Some(goods.title.clone())
        });
        match variable {
            PromotionVariable::Missing => {
                self.list(&granted.missing.iter().map(missing).collect::<Vec<_>>())
            }
            PromotionVariable::ShippingCost => {
                self.facts.cart.shipping_cost.map_or_else(|| format::MISSING.to_owned(), money)
            }
            PromotionVariable::PromotionTitle => told.promotion.title.clone(),
            PromotionVariable::Products => self.list(&titles.collect::<Vec<_>>()),
        }
    }

    fn list(&self, items: &[String]) -> String {
        if items.is_empty() {
            return format::MISSING.to_owned();
        }
        format::list(&self.locale, items)
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
        let (app, merchant) = (self.clone(), merchant.clone());
        self.read(move |tx| {
            Box::pin(async move {
                let context = app.context(tx, &merchant).await?;
                let cart = read_cart(tx, &context, &sent).await?;
                let scope = if all { Scope::All } else { Scope::Active };
                Ok(weigh(tx, &context, cart, scope).await?.shown(all))
            })
        })
        .await
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
        let (app, merchant) = (self.clone(), merchant.clone());
        self.read(move |tx| {
            Box::pin(async move {
                let context = app.context(tx, &merchant).await?;
                let known = context.campaigns(tx).await?;
                let offered: Vec<ProductId> = campaigns.iter().filter_map(offered).collect();
                let products = products::find_products(tx, &merchant, &offered).await?;
                let judged = campaigns.into_iter().map(|campaign| {
                    let goods = offered_goods(&campaign, &products);
                    let (today, index) = (context.today, &known.index);
                    let facts = CampaignFacts { today, index, goods: goods.as_ref() };
                    let warnings = lint_campaign(&campaign, &facts);
                    (campaign, warnings)
                });
                Ok(judged.collect())
            })
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

fn offered_goods(campaign: &Campaign, known: &BTreeMap<ProductId, Product>) -> Option<Goods> {
    known.get(&offered(campaign)?).map(Into::into)
}

/// A cart as it was sent, read against what there is.
pub(super) async fn read_cart(
    tx: &mut Tx,
    context: &Context,
    sent: &Sent<CartDraft>,
) -> Result<Cart, AppError> {
    let merchant = &context.merchant;
    let named: Vec<ProductId> = sent.draft.products().into_iter().collect();
    let products = products::find_products(tx, merchant, &named).await?;
    let offers = find_offers(tx, context, sent.draft.offers()).await?;
    let net = |offer: &Offer| {
        (offer.terms.offer.clone(), context.tariff.net_price(&offer.terms, context.today))
    };
    let facts = CartFacts {
        products: Some(products.into_keys().collect()),
        offers: offers.iter().map(net).collect(),
        is_unknown_coupon: is_unknown(tx, merchant, &sent.draft).await?,
    };
    Ok(sent.decide(|draft| decide_cart(draft, &facts))?)
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
}

/// Loads what gift rules and promotions look at: the cart, the products that it holds or a rule
/// names, and of the promotions that are near also what their upsells suggest.
pub(super) async fn weigh(
    tx: &mut Tx,
    context: &Context,
    cart: Cart,
    scope: Scope,
) -> Result<Weighing, AppError> {
    weigh_with(tx, context, cart, None, scope).await
}

/// The same where it is known what judging the cart's coupon rests on.
pub(super) async fn weigh_with(
    tx: &mut Tx,
    context: &Context,
    cart: Cart,
    coupon: Option<&CouponFacts>,
    scope: Scope,
) -> Result<Weighing, AppError> {
    let merchant = &context.merchant;
    let rules = if scope == Scope::All {
        let gift_rules = all_gift_rules(tx, merchant, false).await?.into_iter().map(Arc::new);
        let promotions = all_promotions(tx, merchant, false).await?.into_iter().map(Arc::new);
        (gift_rules.collect(), promotions.collect())
    } else {
        let rules = context.cart_rules(tx).await?;
        (rules.gift_rules.values().cloned().collect(), rules.promotions.values().cloned().collect())
    };
    weigh_rules(tx, context, (cart, coupon), rules, scope).await
}

/// The same with these rules, and no others.
pub(super) async fn weigh_rules(
    tx: &mut Tx,
    context: &Context,
    (mut cart, coupon): (Cart, Option<&CouponFacts>),
    (gift_rules, promotions): (Vec<Arc<GiftRule>>, Vec<Arc<Promotion>>),
    scope: Scope,
) -> Result<Weighing, AppError> {
    let merchant = &context.merchant;
    let coupon = match scope {
        Scope::Checkout => None,
        Scope::Active | Scope::All => weigh_coupon(tx, context, &mut cart, coupon).await?,
    };
    let (mut facts, locale) = facts_of(tx, context, cart, BTreeSet::new()).await?;
    facts.premiums_only = scope == Scope::Checkout;
    let mut weighing = Weighing { facts, gift_rules, promotions, coupon, locale };
    weighing.stock(tx, merchant).await?;
    let suggested: Vec<Suggestion> = weighing
        .promotions()
        .iter()
        .flat_map(|told| &told.upsells)
        .flat_map(|granted| granted.upsell.suggest.clone())
        .collect();
    let (wanted, offers) = wanted(&suggested);
    let offers = find_offers(tx, context, offers).await?;
    weighing.facts.offers.extend(offers.iter().map(contained));
    let contained = offers.iter().flat_map(|offer| &offer.terms.products);
    let wanted = wanted.with(contained.map(|(id, _)| id.clone()));
    if !wanted.is_empty() {
        let more = products::list_picked(tx, merchant, &wanted).await?;
        let tag = weighing.locale.to_string();
        weighing.facts.products.extend(more.iter().map(|it| goods(it, &tag)));
    }
    Ok(weighing)
}

/// What rules look at in a cart: it, with the group of its customer where it names none, and the
/// products and offers that it holds; and products that rules name. With the customer's language.
pub(super) async fn facts_of(
    tx: &mut Tx,
    context: &Context,
    mut cart: Cart,
    mut named: BTreeSet<ProductId>,
) -> Result<(Facts, Locale), AppError> {
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
    named.extend(cart.lines.iter().filter_map(|line| line.item.product().cloned()));
    let offers: BTreeMap<OfferId, OfferGoods> = offers.iter().map(contained).collect();
    named.extend(offers.values().flat_map(|goods| goods.products.iter().cloned()));
    let named: Vec<ProductId> = named.into_iter().collect();
    let products = products::find_products(tx, merchant, &named).await?;
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

/// What upsells suggest: products by themselves or by what picks them, and offers.
fn wanted(suggested: &[Suggestion]) -> (ProductPick, BTreeSet<OfferId>) {
    let (mut wanted, mut offers) = (ProductPick::default(), BTreeSet::new());
    for suggestion in suggested {
        match suggestion {
            Suggestion::Product(id) | Suggestion::Picked(Selector::Product(id)) => {
                wanted.families.insert(id.clone());
            }
            Suggestion::Picked(Selector::Brand(brand)) => {
                wanted.brands.insert(brand.clone());
            }
            Suggestion::Picked(Selector::Tag(tag)) => {
                wanted.tags.insert(tag.clone());
            }
            Suggestion::Picked(Selector::Offer(offer)) => {
                offers.insert(offer.clone());
            }
            Suggestion::Picked(Selector::Any) => wanted.all = true,
        }
    }
    (wanted, offers)
}

/// A product, as rules look at it, with its title in a locale.
fn goods(product: &Product, locale: &str) -> (ProductId, Goods) {
    let title = product.title_in(locale).to_owned();
    (product.id.clone(), Goods { title, ..product.into() })
}

/// An offer, as rules look at it.
pub(super) fn contained(offer: &Offer) -> (OfferId, OfferGoods) {
    let products = offer.terms.products.iter().map(|(id, _)| id.clone()).collect();
    (offer.terms.offer.clone(), OfferGoods { tags: offer.tags.clone(), products })
}
