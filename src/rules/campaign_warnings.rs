//! What a merchant should think about in a campaign that is allowed. Whether it is allowed is for
//! `definitions`; which one wins an order, for `selection::campaigns`.

use chrono::NaiveDate;

use crate::domain::campaign::{Campaign, Offered, StockPolicy};
use crate::selection::facts::Goods;

use super::lint::Warning;

/// How many campaigns a warning names.
const NAMED_MAX: usize = 5;

/// What warnings about a campaign rest on.
#[derive(Debug)]
pub struct CampaignFacts<'f> {
    /// The day, in the merchant's time zone.
    pub today: NaiveDate,
    /// Every campaign that is switched on.
    pub others: &'f [Campaign],
    /// The product that it offers, where it offers one.
    pub goods: Option<&'f Goods>,
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
    let rivals = others(campaign, facts)
        .filter(|other| other.priority == campaign.priority)
        .filter(|other| !other.channels.is_disjoint(&campaign.channels));
    let named = named(rivals)?;
    Some(format!(
        "{named} on a channel of its own has the same priority: of those that fit, the one edited \
         last wins"
    ))
}

fn shadowed(campaign: &Campaign, facts: &CampaignFacts<'_>) -> Option<String> {
    let higher = others(campaign, facts)
        .filter(|other| (other.priority, other.edit) > (campaign.priority, campaign.edit))
        .filter(|other| takes_all(other, facts.today))
        .filter(|other| campaign.channels.is_subset(&other.channels));
    let named = named(higher.filter(|_| !campaign.channels.is_empty()))?;
    Some(format!("{named} comes before it on all its channels, and takes every order"))
}

/// Whether a campaign fits any order that comes by its channels.
fn takes_all(campaign: &Campaign, today: NaiveDate) -> bool {
    campaign.validity.judge(today).is_ok()
        && campaign.validity.until.is_none()
        && campaign.triggers.is_empty()
        && campaign.min_net.is_none()
        && campaign.max_net.is_none()
        && campaign.customer_groups.is_empty()
        && campaign.countries.is_empty()
        && campaign.payment_methods.is_empty()
        && campaign.excluded_products.is_empty()
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

fn others<'f>(
    campaign: &'f Campaign,
    facts: &CampaignFacts<'f>,
) -> impl Iterator<Item = &'f Campaign> {
    let others: &'f [Campaign] = facts.others;
    others.iter().filter(|other| other.id != campaign.id && other.validity.active)
}

/// Some campaigns by name; none where there are none.
fn named<'f>(campaigns: impl Iterator<Item = &'f Campaign>) -> Option<String> {
    let ids: Vec<String> = campaigns.map(|it| format!("'{}'", it.id)).collect();
    let more = match ids.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let first = ids.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
    (!ids.is_empty()).then(|| format!("{first}{more}"))
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
        let priced = |stock| Goods {
            stock,
            unit_net: Some(Money::new(500, Currency::parse("EUR").unwrap())),
            ..Goods::default()
        };
        let plain = campaign("a", 5, &["web"]);
        let codes = |it: &Campaign, others: &[Campaign], goods: &Goods| {
            let facts = CampaignFacts { today, others, goods: Some(goods) };
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
        assert_eq!(codes(&plain, &[], &Goods::default()), ["no_price"]);
        let same = [campaign("b", 5, &["web", "app"]), campaign("c", 5, &["app"])];
        assert_eq!(codes(&plain, &same, &priced(None)), ["same_priority"]);
        let mut higher = campaign("b", 6, &["web", "app"]);
        assert_eq!(codes(&plain, &[higher.clone()], &priced(None)), ["shadowed"]);
        higher.min_net = Some(1);
        assert_eq!(codes(&plain, &[higher], &priced(None)), none);
        assert_eq!(codes(&plain, &[campaign("b", 6, &["app"])], &priced(None)), none);
        assert_eq!(codes(&plain, &[campaign("b", 4, &["web"])], &priced(None)), none);
    }
}
