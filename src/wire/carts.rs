//! Carts, and what the merchant's rules come to for one: gifts, earned promotions, and how far the
//! others are. Inside a cart, which has one currency, amounts are plain decimals in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::money::Currency as Code;
use crate::domain::verdict::Outcome;
use crate::rules::definitions::conditions::SelectorDraft;
use crate::rules::definitions::promotions::RewardDraft;
use crate::selection::conditions::Missing as Gap;
use crate::selection::facts::Facts;
use crate::selection::gifts::{AppliedGiftRule, Gifts, GrantedGift};
use crate::selection::promotions::{
    GrantedPromotion, PromotionProgress as Stands, ShownPromotion, SuggestedItem,
};
use crate::wire::coupons::CartCoupon;
use crate::wire::orders::LineBody;
use crate::wire::upsells::{UpsellOffer, WeighedCampaign};
use crate::wire::{Amount, Country, Currency, Id, Locale, Title, amount};

/// A cart. What it does not say it does not say.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CartBody {
    /// Who buys.
    #[schema(value_type = Option<Id>)]
    pub customer: Option<String>,
    /// The customer's group, where it is another than the one they are known by.
    #[schema(value_type = Option<Title>)]
    pub customer_group: Option<String>,
    /// The language.
    #[schema(value_type = Option<Locale>)]
    pub locale: Option<String>,
    /// Where it is filled, such as the web or a shop.
    #[schema(value_type = Title, example = "web")]
    pub channel: String,
    /// The currency of all amounts in it.
    #[schema(value_type = Currency)]
    pub currency: String,
    /// Where it is sent.
    #[schema(value_type = Option<Country>)]
    pub shipping_country: Option<String>,
    /// How it is paid.
    #[schema(value_type = Option<Title>, example = "card")]
    pub payment_method: Option<String>,
    /// What shipping costs.
    #[schema(value_type = Option<Amount>)]
    pub shipping_cost: Option<String>,
    /// The code of a coupon.
    #[schema(value_type = Option<Title>)]
    pub coupon: Option<String>,
    /// What the customer has put in.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub lines: Vec<LineBody>,
    /// What the customer picked of the gifts of a rule, by the rule.
    #[serde(default)]
    #[schema(value_type = Object, additional_properties = true)]
    pub picks: BTreeMap<String, String>,
}

/// How much is explained.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExplainQuery {
    /// Every rule with its verdict, those that are switched off, too; else the first 20 of each
    /// kind.
    #[param(inline)]
    pub explain: Option<Explain>,
}

/// How much is explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Explain {
    /// Everything.
    All,
}

/// What a rule gives, or would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct GiftItem {
    /// The product.
    pub product: String,
    /// The number of pieces.
    pub quantity: i64,
    /// What one costs.
    #[schema(value_type = Amount)]
    pub price: String,
}

/// A gift rule that applies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AppliedRule {
    /// The gift rule.
    pub rule: String,
    /// What customers see.
    pub title: String,
    /// How often it applies.
    pub times: i64,
    /// Whether the customer picks one of the gifts.
    pub popup: bool,
    /// What is given.
    pub items: Vec<GiftItem>,
    /// Of what the customer may pick.
    pub choices: Vec<GiftItem>,
}

/// How a cart stands to a promotion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It has earned it.
    Earned,
    /// It is told what is missing.
    Near,
    /// Neither.
    None,
}

/// Something that is still to be bought: one of `net`, `value` and `units`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Missing {
    /// So much more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub net: Option<String>,
    /// So much more of what `of` picks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub value: Option<String>,
    /// So many more of what `of` picks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub units: Option<i64>,
    /// What picks it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub of: Option<SelectorDraft>,
}

/// A product that an upsell suggests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SuggestedProduct {
    /// The product.
    pub product: String,
    /// What customers see.
    pub title: String,
    /// What one costs; null where it has no price in the cart's currency.
    #[schema(value_type = Option<Amount>)]
    pub unit_net: Option<String>,
    /// Whether one more of it earns the promotion.
    pub closes_gap: bool,
}

/// An upsell that a cart is granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct GrantedUpsell {
    /// The upsell.
    pub upsell: String,
    /// What is told.
    pub message: String,
    /// The address of a picture or the like.
    pub media: Option<String>,
    /// What is still to be bought.
    pub missing: Vec<Missing>,
    /// What is suggested.
    pub products: Vec<SuggestedProduct>,
}

/// A promotion, and how a cart stands to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PromotionStanding {
    /// The promotion.
    pub promotion: String,
    /// What customers see.
    pub title: String,
    /// How the cart stands to it.
    pub state: Standing,
    /// What is earned. It is told, not applied.
    pub reward: RewardDraft,
    /// What is told.
    pub upsells: Vec<GrantedUpsell>,
}

/// A gift rule or a promotion, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WeighedRule {
    /// The gift rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rule: Option<String>,
    /// The promotion.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub promotion: Option<String>,
    /// What became of it.
    pub verdict: Outcome,
    /// Why not, as a stable code; null where it was chosen.
    pub reason: Option<String>,
    /// Where the first clause stands that does not hold; null where all of them do.
    pub clause: Option<String>,
}

/// What the merchant's rules come to for a cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CartEvaluation {
    /// Says what was shown: an order that is placed with it gets that or is refused.
    pub stamp: String,
    /// What is given.
    pub gifts: Vec<AppliedRule>,
    /// What is earned, and what is not far.
    pub promotions: Vec<PromotionStanding>,
    /// What the coupon comes to; null without one.
    pub coupon: Option<CartCoupon>,
    /// What became of each rule, gift rules first.
    pub considered: Vec<WeighedRule>,
}

/// What an order would be offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UpsellEvaluation {
    /// What; null where nothing is.
    pub offer: Option<UpsellOffer>,
    /// What became of each campaign, in their order.
    pub considered: Vec<WeighedCampaign>,
}

fn item(given: &GrantedGift, currency: Code) -> GiftItem {
    let price = amount(given.price, currency);
    GiftItem { product: given.product.to_string(), quantity: given.quantity, price }
}

fn applied(applied: &AppliedGiftRule<'_>, currency: Code) -> AppliedRule {
    AppliedRule {
        rule: applied.rule.id.to_string(),
        title: applied.rule.title.clone(),
        times: applied.times,
        popup: applied.rule.popup,
        items: applied.items.iter().map(|it| item(it, currency)).collect(),
        choices: applied.choices.iter().map(|it| item(it, currency)).collect(),
    }
}

fn missing(gap: &Gap, currency: Code) -> Missing {
    let of = |of| Some(SelectorDraft::from(of));
    match gap {
        Gap::Net(minor) => Missing { net: Some(amount(*minor, currency)), ..Missing::default() },
        Gap::Value { of: picked, missing } => {
            let value = Some(amount(*missing, currency));
            Missing { value, of: of(picked), ..Missing::default() }
        }
        Gap::Units { of: picked, missing } => {
            Missing { units: Some(*missing), of: of(picked), ..Missing::default() }
        }
    }
}

fn suggested(suggested: &SuggestedItem<'_>, currency: Code, locale: &str) -> SuggestedProduct {
    let article = &suggested.article;
    SuggestedProduct {
        product: article.id.as_str().to_owned(),
        title: article.title_in(locale).to_owned(),
        unit_net: article.goods.price_in(currency).map(|minor| amount(minor, currency)),
        closes_gap: suggested.closes_gap,
    }
}

/// What else is told with what the rules come to.
pub struct EvaluationDetails<'t> {
    /// The stamp of what is shown.
    pub stamp: String,
    /// What the coupon comes to.
    pub coupon: Option<CartCoupon>,
    /// At most so many verdicts of each kind.
    pub most: usize,
    /// The language of titles.
    pub locale: &'t str,
}

impl CartEvaluation {
    /// What the rules come to; `message` fills the texts of promotions.
    ///
    /// # Errors
    /// The first of `message`.
    pub fn of<E>(
        facts: &Facts,
        (gifts, told): (&Gifts<'_>, &[ShownPromotion<'_>]),
        EvaluationDetails { stamp, coupon, most, locale }: EvaluationDetails<'_>,
        message: impl Fn(&ShownPromotion<'_>, &GrantedPromotion<'_>) -> Result<String, E>,
    ) -> Result<Self, E> {
        let currency = facts.cart.currency;
        let upsell = |of: &ShownPromotion<'_>, granted: &GrantedPromotion<'_>| {
            let products = granted.products.iter();
            Ok(GrantedUpsell {
                upsell: granted.upsell.id.clone(),
                message: message(of, granted)?,
                media: granted.upsell.media.clone(),
                missing: granted.missing.iter().map(|it| missing(it, currency)).collect(),
                products: products.map(|it| suggested(it, currency, locale)).collect(),
            })
        };
        let standing = |told: &ShownPromotion<'_>| {
            let upsells = told.upsells.iter().map(|granted| upsell(told, granted));
            Ok(PromotionStanding {
                promotion: told.promotion.id.to_string(),
                title: told.promotion.title.clone(),
                state: match told.standing {
                    Stands::Earned => Standing::Earned,
                    Stands::Near => Standing::Near,
                    Stands::Out => Standing::None,
                },
                reward: RewardDraft::of(told.promotion),
                upsells: upsells.collect::<Result<_, E>>()?,
            })
        };
        let rules = gifts.considered.iter().take(most).map(|it| WeighedRule {
            rule: Some(it.rule.id.to_string()),
            promotion: None,
            verdict: it.verdict.outcome(),
            reason: it.verdict.code().map(str::to_owned),
            clause: it.clause.clone(),
        });
        let promotions = told.iter().take(most).map(|it| WeighedRule {
            rule: None,
            promotion: Some(it.promotion.id.to_string()),
            verdict: it.verdict.outcome(),
            reason: it.verdict.code().map(str::to_owned),
            clause: it.clause.clone(),
        });
        let active = told.iter().filter(|told| told.promotion.validity.active);
        Ok(Self {
            stamp,
            gifts: gifts.applied.iter().map(|it| applied(it, currency)).collect(),
            promotions: active.map(standing).collect::<Result<_, E>>()?,
            coupon,
            considered: rules.chain(promotions).collect(),
        })
    }
}
