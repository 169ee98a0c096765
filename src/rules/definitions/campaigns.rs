//! The draft of a post-purchase campaign. What is doubtful about one that is allowed is for
//! `campaign_warnings`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::campaign::{Campaign, Discount, Offered, ShippingPolicy, StockPolicy};
use crate::domain::cart::QUANTITY_MAX;
use crate::domain::condition::Selector;
use crate::domain::fault::Fault;
use crate::domain::ids::{CampaignId, ProductId};
use crate::domain::money;
use crate::domain::shapes::{self, Amount, Country, Currency, Date, Id, Title, amount, one, yes};

use super::conditions::{Conditions, PickDraft, RuleDraft};
use super::fields::{Faults, texts};
use super::paths::PRIORITY_MAX;
use super::{CatalogueFacts, DraftFacts, Drafted};

/// A campaign to be written. Saving it counts as an edit, whatever has changed. Amounts are in its
/// currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CampaignBody)]
pub struct CampaignDraft {
    /// What merchants see.
    #[schema(value_type = Title)]
    pub title: Option<String>,
    /// Whether it runs at all.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
    /// The currency of its amounts; the merchant's where left out.
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<String>,
    /// The first day on which it runs.
    #[schema(value_type = Option<Date>)]
    pub valid_from: Option<String>,
    /// The last day on which it runs.
    #[schema(value_type = Option<Date>)]
    pub valid_until: Option<String>,
    /// The sales channels where it runs; none is nowhere.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub channels: Vec<String>,
    /// One of these has to be in the order; none is any order.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub triggers: Vec<PickDraft>,
    /// The least net value of the order.
    #[schema(value_type = Option<Amount>)]
    pub min_net: Option<String>,
    /// The greatest net value of the order.
    #[schema(value_type = Option<Amount>)]
    pub max_net: Option<String>,
    /// The groups of customers that it is for; none is all.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub customer_groups: Vec<String>,
    /// The countries of shipping that it is for; none is all.
    #[serde(default)]
    #[schema(value_type = Vec<Country>, max_items = 1000)]
    pub countries: Vec<String>,
    /// The ways of paying that it is for; none is all.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub payment_methods: Vec<String>,
    /// None of these may be in the order.
    #[serde(default)]
    #[schema(value_type = Vec<Id>, max_items = 1000)]
    pub excluded_products: Vec<String>,
    /// The product that it offers; this or `offered_offer`.
    #[schema(value_type = Option<Id>)]
    pub offered_product: Option<String>,
    /// The offer that it offers.
    #[schema(value_type = Option<Id>)]
    pub offered_offer: Option<String>,
    /// How many of the product.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 1_000_000, default = 1)]
    pub quantity: i64,
    /// What is taken off the product's price, or off the first line that books the offer.
    pub discount: Option<DiscountDraft>,
    /// What stock means for the product.
    #[serde(default)]
    #[schema(value_type = StockPolicy, default = "in_stock")]
    pub stock_policy: Option<String>,
    /// What its countries of shipping mean for the product.
    #[serde(default)]
    #[schema(value_type = ShippingPolicy, default = "ships_to")]
    pub shipping_policy: Option<String>,
    /// Of several campaigns that fit, the one with the highest priority wins.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000, default = 0)]
    pub priority: i64,
}

/// What is taken off a price: exactly one of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Discount, example = json!({"percent": "10"}))]
pub struct DiscountDraft {
    /// A part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shapes::Rate>, nullable = false)]
    pub percent: Option<String>,
    /// An amount, down to a price of 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub amount: Option<String>,
}

impl From<&Campaign> for CampaignDraft {
    fn from(it: &Campaign) -> Self {
        let (product, offer) = match &it.offered {
            Offered::Product(id) => (Some(id.to_string()), None),
            Offered::Offer(id) => (None, Some(id.to_string())),
        };
        let discount = it.discount.map(|discount| match discount {
            Discount::Percent(rate) => {
                DiscountDraft { percent: Some(rate.to_string()), amount: None }
            }
            Discount::Amount(minor) => {
                DiscountDraft { percent: None, amount: Some(amount(minor, it.currency)) }
            }
        });
        Self {
            title: Some(it.title.clone()),
            active: it.validity.active,
            currency: Some(it.currency.code().to_owned()),
            valid_from: it.validity.from.map(|day| day.to_string()),
            valid_until: it.validity.until.map(|day| day.to_string()),
            channels: texts(&it.channels),
            triggers: it.triggers.iter().map(PickDraft::trigger).collect(),
            min_net: it.min_net.map(|minor| amount(minor, it.currency)),
            max_net: it.max_net.map(|minor| amount(minor, it.currency)),
            customer_groups: texts(&it.customer_groups),
            countries: texts(&it.countries),
            payment_methods: texts(&it.payment_methods),
            excluded_products: texts(&it.excluded_products),
            offered_product: product,
            offered_offer: offer,
            quantity: it.quantity,
            discount,
            stock_policy: Some(it.stock_policy.to_string()),
            shipping_policy: Some(it.shipping_policy.to_string()),
            priority: it.priority,
        }
    }
}

impl Drafted for Campaign {
    type Draft = CampaignDraft;

    const FILLED: &'static [&'static str] = &["currency"];

    fn decide(
        id: CampaignId,
        draft: &CampaignDraft,
        facts: &DraftFacts,
    ) -> Result<Self, Vec<Fault>> {
        decide_campaign(id, draft, facts)
    }
}

/// Its edit number is 0: the store gives it one.
fn decide_campaign(
    id: CampaignId,
    draft: &CampaignDraft,
    facts: &DraftFacts,
) -> Result<Campaign, Vec<Fault>> {
    let mut faults = Faults::new();
    let rule = RuleDraft {
        title: draft.title.as_deref(),
        active: draft.active,
        currency: draft.currency.as_deref(),
        valid_from: draft.valid_from.as_deref(),
        valid_until: draft.valid_until.as_deref(),
    };
    let rule = faults.rule(&rule, facts);
    let currency = rule.as_ref().map_or(facts.currency, |rule| rule.currency);
    let catalogue = &facts.catalogue;
    let channels = faults.names("/channels", &draft.channels);
    let groups = faults.names("/customer_groups", &draft.customer_groups);
    let countries = faults.countries("/countries", &draft.countries);
    let methods = faults.names("/payment_methods", &draft.payment_methods);
    let triggers = triggers(&mut faults, draft, catalogue, currency);
    let excluded = excluded(&mut faults, draft, catalogue, currency);
    let (min_net, max_net) = range(&mut faults, draft, currency);
    let offered = offered(&mut faults, draft, catalogue, currency);
    let quantity = faults.number("/quantity", draft.quantity, 1..=QUANTITY_MAX);
    let discount = discount(&mut faults, draft, currency);
    let stock_policy = faults.named_or_default("/stock_policy", draft.stock_policy.as_deref());
    let shipping_policy =
        faults.named_or_default("/shipping_policy", draft.shipping_policy.as_deref());
    let priority = faults.number("/priority", draft.priority, 0..=PRIORITY_MAX);
    let campaign = || {
        let rule = rule?;
        Some(Campaign {
            id,
            edit: 0,
            edited_at: facts.now,
            title: rule.title,
            currency: rule.currency,
            validity: rule.validity,
            channels: channels?.into_iter().collect(),
            triggers,
            min_net,
            max_net,
            customer_groups: groups?.into_iter().collect(),
            countries: countries?.into_iter().collect(),
            payment_methods: methods?.into_iter().collect(),
            excluded_products: excluded,
            offered: offered?,
            quantity: quantity?,
            discount,
            stock_policy: stock_policy?,
            shipping_policy: shipping_policy?,
            priority: priority?,
        })
    };
    let campaign = campaign();
    faults.answer(campaign)
}

fn triggers(
    faults: &mut Faults,
    draft: &CampaignDraft,
    catalogue: &CatalogueFacts,
    currency: money::Currency,
) -> Vec<Selector> {
    if !faults.is_short("/triggers", draft.triggers.len()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (place, trigger) in draft.triggers.iter().enumerate() {
        let at = format!("/triggers/{place}");
        if matches!(trigger, PickDraft::Selector(selector) if selector.any.is_some()) {
            faults.note(at, "must be a product, a brand, a tag or an offer; none of them is any");
            continue;
        }
        let mut read = Conditions::new(faults, catalogue, currency);
        found.extend(match trigger {
            PickDraft::Product(text) => read.product(&at, text).map(Selector::Product),
            PickDraft::Selector(selector) => read.selector(&at, selector),
        });
    }
    found
}

fn excluded(
    faults: &mut Faults,
    draft: &CampaignDraft,
    catalogue: &CatalogueFacts,
    currency: money::Currency,
) -> BTreeSet<ProductId> {
    if !faults.is_short("/excluded_products", draft.excluded_products.len()) {
        return BTreeSet::new();
    }
    let mut read = Conditions::new(faults, catalogue, currency);
    let named = draft.excluded_products.iter().enumerate();
    named
        .filter_map(|(place, text)| read.product(&format!("/excluded_products/{place}"), text))
        .collect()
}

fn range(
    faults: &mut Faults,
    draft: &CampaignDraft,
    currency: money::Currency,
) -> (Option<i64>, Option<i64>) {
    let mut read =
        |at: &str, text: Option<&String>| text.and_then(|text| faults.amount(at, text, currency));
    let min = read("/min_net", draft.min_net.as_ref());
    let max = read("/max_net", draft.max_net.as_ref());
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        faults.note("/min_net", "must not be above max_net");
    }
    (min, max)
}

fn offered(
    faults: &mut Faults,
    draft: &CampaignDraft,
    catalogue: &CatalogueFacts,
    currency: money::Currency,
) -> Option<Offered> {
    let mut read = Conditions::new(faults, catalogue, currency);
    match (&draft.offered_product, &draft.offered_offer) {
        (Some(product), None) => read.product("/offered_product", product).map(Offered::Product),
        (None, Some(offer)) => {
            let offer = read.offer("/offered_offer", offer).map(Offered::Offer);
            if draft.quantity != 1 {
                faults.note("/quantity", "is for products: an offer is sold once");
            }
            offer
        }
        (None, None) => {
            faults.note("/offered_product", "is missing, and so is offered_offer: say one");
            None
        }
        (Some(_), Some(_)) => {
            faults.note("/offered_offer", "stands beside offered_product: say one of them");
            None
        }
    }
}

fn discount(
    faults: &mut Faults,
    draft: &CampaignDraft,
    currency: money::Currency,
) -> Option<Discount> {
    let said = draft.discount.as_ref()?;
    match (&said.percent, &said.amount) {
        (Some(percent), None) => {
            faults.percent("/discount/percent", percent).map(Discount::Percent)
        }
        (None, Some(amount)) => {
            faults.amount("/discount/amount", amount, currency).map(Discount::Amount)
        }
        _ => {
            faults.note("/discount", "must hold exactly one of percent, amount");
            None
        }
    }
}
