//! The draft of a post-purchase campaign. What is doubtful about one that is allowed is for
//! `campaign_warnings`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::campaign::{Campaign, Discount, Offered, ShippingPolicy, StockPolicy};
use crate::domain::cart::QUANTITY_MAX;
use crate::domain::condition::Selector;
use crate::domain::fault::Fault;
use crate::domain::ids::{CampaignId, ProductId};
use crate::domain::money::Currency;

use super::conditions::{Conditions, PickDraft, RuleDraft};
use super::fields::Faults;
use super::paths::PRIORITY_MAX;
use super::{CatalogueFacts, Facts};

/// A campaign as sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CampaignDraft {
    /// Not shown to customers.
    pub title: Option<String>,
    /// Whether it runs at all.
    pub active: bool,
    /// The currency of its amounts; the merchant's where left out.
    pub currency: Option<String>,
    /// The first day on which it runs.
    pub valid_from: Option<String>,
    /// The last day on which it runs.
    pub valid_until: Option<String>,
    /// Where it runs.
    pub channels: Vec<String>,
    /// One of these has to be in the order.
    pub triggers: Vec<PickDraft>,
    /// The least net value.
    pub min_net: Option<String>,
    /// The greatest net value.
    pub max_net: Option<String>,
    /// Groups of customers.
    pub customer_groups: Vec<String>,
    /// Countries of shipping.
    pub countries: Vec<String>,
    /// Ways of paying.
    pub payment_methods: Vec<String>,
    /// None of these may be in the order.
    pub excluded_products: Vec<String>,
    /// The product that is offered.
    pub offered_product: Option<String>,
    /// The offer that is offered.
    pub offered_offer: Option<String>,
    /// How many of the product.
    pub quantity: i64,
    /// What is taken off.
    pub discount: Option<DiscountDraft>,
    /// `in_stock` or `always`.
    pub stock_policy: String,
    /// `ships_to` or `always`.
    pub shipping_policy: String,
    /// Higher wins.
    pub priority: i64,
}

/// A discount as sent; exactly one of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiscountDraft {
    /// A percentage such as `12.5`.
    pub percent: Option<String>,
    /// A decimal such as `9.90`.
    pub amount: Option<String>,
}

impl Default for CampaignDraft {
    fn default() -> Self {
        Self {
            title: None,
            active: true,
            currency: None,
            valid_from: None,
            valid_until: None,
            channels: Vec::new(),
            triggers: Vec::new(),
            min_net: None,
            max_net: None,
            customer_groups: Vec::new(),
            countries: Vec::new(),
            payment_methods: Vec::new(),
            excluded_products: Vec::new(),
            offered_product: None,
            offered_offer: None,
            quantity: 1,
            discount: None,
            stock_policy: StockPolicy::InStock.name().to_owned(),
            shipping_policy: ShippingPolicy::ShipsTo.name().to_owned(),
            priority: 0,
        }
    }
}

/// Decides whether a draft makes a campaign. Its edit number is 0: the store gives it one.
///
/// # Errors
/// Every [`Fault`] in it.
pub fn decide_campaign(
    id: CampaignId,
    draft: &CampaignDraft,
    facts: &Facts,
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
    let stock_policy = faults.named("/stock_policy", &draft.stock_policy);
    let shipping_policy = faults.named("/shipping_policy", &draft.shipping_policy);
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
    currency: Currency,
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
    currency: Currency,
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
    currency: Currency,
) -> (Option<i64>, Option<i64>) {
    let mut amount =
        |at: &str, text: Option<&String>| text.and_then(|text| faults.amount(at, text, currency));
    let min = amount("/min_net", draft.min_net.as_ref());
    let max = amount("/max_net", draft.max_net.as_ref());
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        faults.note("/min_net", "must not be above max_net");
    }
    (min, max)
}

fn offered(
    faults: &mut Faults,
    draft: &CampaignDraft,
    catalogue: &CatalogueFacts,
    currency: Currency,
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

fn discount(faults: &mut Faults, draft: &CampaignDraft, currency: Currency) -> Option<Discount> {
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
