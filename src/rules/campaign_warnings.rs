//! What a merchant should think about in a campaign that is allowed. Whether it is allowed is for
//! `definitions`; which one wins an order, for `selection::campaigns`.

use chrono::NaiveDate;

use crate::domain::campaign::{Campaign, Offered, StockPolicy};
use crate::selection::facts::ProductFacts;
use crate::selection::index::{Index, OtherCampaigns};

use super::lint::Warning;

/// How many campaigns a warning names.
const NAMED_MAX: usize = 5;

/// What warnings about a campaign rest on.
#[derive(Debug)]
pub struct CampaignFacts<'f> {
    /// The day, in the merchant's time zone.
    pub today: NaiveDate,
    /// All campaigns of the merchant.
    pub index: &'f Index,
    /// The product that it offers, where it offers one.
    pub goods: Option<&'f ProductFacts>,
}

/// What a campaign is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CampaignDoing {
    /// It is switched off.
    Inactive,
    /// Its last day has passed.
    Over,
    /// It begins on a later day.
    Planned(NaiveDate),
    /// It runs on no channel.
    Nowhere,
    /// Another takes every order before it.
    Shadowed,
    /// Less is left than it offers.
    SoldOut,
    /// It may win an order.
    Live,
}

/// What a campaign is doing today; of several the first that keeps it from winning.
#[must_use]
pub fn doing(campaign: &Campaign, facts: &CampaignFacts<'_>) -> CampaignDoing {
    let today = facts.today;
    match campaign.validity.from.filter(|from| *from > today) {
        _ if !campaign.validity.active => CampaignDoing::Inactive,
        _ if over(campaign, today).is_some() => CampaignDoing::Over,
        Some(from) => CampaignDoing::Planned(from),
        None if campaign.channels.is_empty() => CampaignDoing::Nowhere,
        None if facts.index.is_shadowed(campaign, today) => CampaignDoing::Shadowed,
        None if sold_out(campaign, facts).is_some() => CampaignDoing::SoldOut,
        None => CampaignDoing::Live,
    }
}

/// Every warning about a campaign, each kind once.
#[must_use]
pub fn lint_campaign(campaign: &Campaign, facts: &CampaignFacts<'_>) -> Vec<Warning> {
    let rows: [(&'static str, Option<String>); 6] = [
        ("no_channel", no_channel(campaign)),
        ("over", over(campaign, facts.today)),
        ("same_priority", same_priority(campaign, facts)),
        ("shadowed", shadowed(campaign, facts)),
        ("sold_out", sold_out(campaign, facts)),
        ("no_price", no_price(campaign, facts)),
    ];
    let warning = |(code, detail): (_, Option<String>)| Some(Warning { code, detail: detail? });
    rows.into_iter().filter_map(warning).collect()
}

fn no_channel(campaign: &Campaign) -> Option<String> {
    let detail = "it runs on no channel, so no order is ever offered anything by it";
    campaign.channels.is_empty().then(|| detail.to_owned())
}

fn over(campaign: &Campaign, today: NaiveDate) -> Option<String> {
    let until = campaign.validity.until.filter(|until| *until < today)?;
    Some(format!("its last day, {until}, has passed"))
}

fn same_priority(campaign: &Campaign, facts: &CampaignFacts<'_>) -> Option<String> {
    let named = named(&facts.index.rivals(campaign, NAMED_MAX))?;
    Some(format!(
        "{named} on a channel of its own has the same priority: of those that fit, the one edited \
         last wins"
    ))
}

fn shadowed(campaign: &Campaign, facts: &CampaignFacts<'_>) -> Option<String> {
    if campaign.channels.is_empty() {
        return None;
    }
    let named = named(&facts.index.shadowing(campaign, facts.today, NAMED_MAX))?;
    Some(format!("{named} comes before it on all its channels, and takes every order"))
}

fn sold_out(campaign: &Campaign, facts: &CampaignFacts<'_>) -> Option<String> {
    let left = facts.goods?.stock.filter(|left| *left < campaign.quantity)?;
    let keeps = campaign.stock_policy == StockPolicy::InStock;
    keeps.then(|| format!("it offers {} of a product of which {left} are left", campaign.quantity))
}

fn no_price(campaign: &Campaign, facts: &CampaignFacts<'_>) -> Option<String> {
    let Offered::Product(product) = &campaign.offered else { return None };
    let (goods, currency) = (facts.goods?, campaign.currency);
    let missing = goods.price_in(currency).is_none();
    missing.then(|| format!("the product '{product}' has no price in {}", currency.code()))
}

/// Some campaigns by name; none where there are none.
fn named(others: &OtherCampaigns<'_>) -> Option<String> {
    let first: Vec<String> = others.first.iter().map(|id| format!("'{id}'")).collect();
    let more = match others.count - first.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    (others.count > 0).then(|| format!("{}{more}", first.join(", ")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::DateTime;

    use super::*;
    use crate::domain::campaign::ShippingPolicy;
    use crate::domain::ids::{CampaignId, ProductId};
    use crate::domain::money::{Currency, Money};
    use crate::domain::validity::Validity;

    fn campaign(id: &str, priority: i64, channels: &[&str]) -> Campaign {
        Campaign {
            id: CampaignId::parse(id).unwrap(),
            edit: priority,
            edited_at: DateTime::UNIX_EPOCH,
            title: id.to_owned(),
            currency: Currency::parse("EUR").unwrap(),
            validity: Validity::ALWAYS,
            channels: channels.iter().map(|it| (*it).to_owned()).collect(),
            triggers: Vec::new(),
            min_net: None,
            max_net: None,
            customer_groups: BTreeSet::new(),
            countries: BTreeSet::new(),
            payment_methods: BTreeSet::new(),
            excluded_products: BTreeSet::new(),
            offered: Offered::Product(ProductId::parse("mug").unwrap()),
            quantity: 2,
            discount: None,
            stock_policy: StockPolicy::InStock,
            shipping_policy: ShippingPolicy::ShipsTo,
            priority,
        }
    }

    #[test]
    fn each_warning_comes_when_it_should_and_only_then() {
        let today = NaiveDate::from_ymd_opt(2026, 2, 10).unwrap();
        let priced = |stock| ProductFacts {
            stock,
            unit_net: Some(Money::new(500, Currency::parse("EUR").unwrap())),
            ..ProductFacts::default()
        };
        let plain = campaign("a", 5, &["web"]);
        let codes = |it: &Campaign, others: &[Campaign], goods: &ProductFacts| {
            let index = Index::of(others);
            let facts = CampaignFacts { today, index: &index, goods: Some(goods) };
            lint_campaign(it, &facts).into_iter().map(|it| it.code).collect::<Vec<_>>()
        };
        let none: [&str; 0] = [];
        assert_eq!(codes(&plain, std::slice::from_ref(&plain), &priced(None)), none);
        assert_eq!(codes(&campaign("a", 5, &[]), &[], &priced(None)), ["no_channel"]);
        let mut past = plain.clone();
        past.validity.until = today.pred_opt();
        assert_eq!(codes(&past, &[], &priced(None)), ["over"]);
        assert_eq!(codes(&plain, &[], &priced(Some(1))), ["sold_out"]);
        assert_eq!(codes(&plain, &[], &priced(Some(2))), none);
        assert_eq!(codes(&plain, &[], &ProductFacts::default()), ["no_price"]);
        let same = [campaign("b", 5, &["web", "app"]), campaign("c", 5, &["app"])];
        assert_eq!(codes(&plain, &same, &priced(None)), ["same_priority"]);
        let mut higher = campaign("b", 6, &["web", "app"]);
        assert_eq!(codes(&plain, &[higher.clone()], &priced(None)), ["shadowed"]);
        higher.min_net = Some(1);
        assert_eq!(codes(&plain, &[higher], &priced(None)), none);
        assert_eq!(codes(&plain, &[campaign("b", 6, &["app"])], &priced(None)), none);
        assert_eq!(codes(&plain, &[campaign("b", 4, &["web"])], &priced(None)), none);
    }

    #[test]
    fn a_campaign_does_one_thing_at_a_time() {
        let today = NaiveDate::from_ymd_opt(2026, 2, 10).unwrap();
        let goods = |stock| ProductFacts { stock, ..ProductFacts::default() };
        let plain = campaign("a", 5, &["web"]);
        let now = |it: &Campaign, others: &[Campaign], stock| {
            let (index, goods) = (Index::of(others), goods(stock));
            doing(it, &CampaignFacts { today, index: &index, goods: Some(&goods) })
        };
        assert_eq!(now(&plain, &[], None), CampaignDoing::Live);
        assert_eq!(now(&plain, &[], Some(1)), CampaignDoing::SoldOut);
        let higher = campaign("b", 6, &["web"]);
        assert_eq!(now(&plain, std::slice::from_ref(&higher), Some(1)), CampaignDoing::Shadowed);
        let one = Index::of(std::slice::from_ref(&higher));
        let saved = one.with(std::slice::from_ref(&higher.id), Vec::new()).unwrap();
        assert!(!saved.is_shadowed(&plain, today), "it was removed");
        let saved = Index::of(&[]).with(&[], vec![higher]).unwrap();
        assert!(saved.is_shadowed(&plain, today), "it was saved since");
        assert_eq!(now(&campaign("a", 5, &[]), &[], None), CampaignDoing::Nowhere);
        let mut other = plain.clone();
        other.validity.from = today.succ_opt();
        assert_eq!(now(&other, &[], None), CampaignDoing::Planned(today.succ_opt().unwrap()));
        other.validity.from = None;
        other.validity.until = today.pred_opt();
        assert_eq!(now(&other, &[], None), CampaignDoing::Over);
        other.validity.active = false;
        assert_eq!(now(&other, &[], None), CampaignDoing::Inactive);
    }
}
