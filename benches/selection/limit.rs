//! The limit: an index over integers, written by hand for this workload alone. For each channel
//! and trigger there is a list of ranks, ascending; a list is left at its first survivor, or once
//! it cannot beat the best.

use std::cmp::Reverse;

use chrono::{Datelike, NaiveDate};
use crossgrade::domain::campaign::{Campaign, Offered};
use crossgrade::domain::condition::Selector;
use crossgrade::domain::ids::{CampaignId, ProductId};
use indexmap::IndexMap;

use crate::world::{OrderText, today};

struct Rule {
    min: i64,
    max: i64,
    from: i32,
    until: i32,
    groups: u64,
    countries: u64,
    methods: u64,
    offered: usize,
    excluded: (usize, usize),
}

/// An order in integers.
pub(crate) struct Order {
    day: i32,
    net: i64,
    channel: usize,
    group: u64,
    country: u64,
    method: u64,
    products: Vec<usize>,
}

#[derive(Default)]
pub(crate) struct Limit {
    products: IndexMap<String, usize>,
    names: IndexMap<String, u32>,
    channels: IndexMap<String, usize>,
    ids: Vec<CampaignId>,
    rules: Vec<Rule>,
    excluded: Vec<usize>,
    /// By channel, then by product; the first is for those without a trigger.
    lists: Vec<Vec<Vec<usize>>>,
}

fn day(day: Option<NaiveDate>, otherwise: i32) -> i32 {
    day.map_or(otherwise, |day| day.num_days_from_ce())
}

impl Limit {
    pub(crate) fn of(campaigns: &[Campaign]) -> Self {
        let mut limit = Self::default();
        let mut ranked: Vec<&Campaign> = campaigns.iter().filter(|it| it.validity.active).collect();
        ranked.sort_by_key(|it| (Reverse(it.priority), Reverse(it.edit), &it.id));
        for (rank, campaign) in ranked.into_iter().enumerate() {
            limit.push(rank, campaign);
        }
        limit
    }

    fn product(&mut self, id: &ProductId) -> usize {
        let next = self.products.len() + 1;
        *self.products.entry(id.to_string()).or_insert(next)
    }

    fn bits<'n>(&mut self, names: impl IntoIterator<Item = &'n String>) -> u64 {
        let mut bits = 0;
        for name in names {
            let next = u32::try_from(self.names.len()).unwrap_or(0);
            bits |= 1 << *self.names.entry(name.clone()).or_insert(next);
        }
        if bits == 0 { u64::MAX } else { bits }
    }

    fn push(&mut self, rank: usize, campaign: &Campaign) {
        let Offered::Product(offered) = &campaign.offered else { return };
        let from = self.excluded.len();
        for id in &campaign.excluded_products {
            let number = self.product(id);
            self.excluded.push(number);
        }
        let rule = Rule {
            min: campaign.min_net.unwrap_or(i64::MIN),
            max: campaign.max_net.unwrap_or(i64::MAX),
            from: day(campaign.validity.from, i32::MIN),
            until: day(campaign.validity.until, i32::MAX),
            groups: self.bits(&campaign.customer_groups),
            countries: self.bits(&campaign.countries),
            methods: self.bits(&campaign.payment_methods),
            offered: self.product(offered),
            excluded: (from, self.excluded.len()),
        };
        self.ids.push(campaign.id.clone());
        self.rules.push(rule);
        let mut keys: Vec<usize> = Vec::new();
        for trigger in &campaign.triggers {
            if let Selector::Product(id) = trigger {
                keys.push(self.product(id));
            }
        }
        if keys.is_empty() {
            keys.push(0);
        }
        keys.sort_unstable();
        keys.dedup();
        for name in &campaign.channels {
            let next = self.channels.len();
            let channel = *self.channels.entry(name.clone()).or_insert(next);
            self.lists.resize(self.lists.len().max(channel + 1), Vec::new());
            for key in &keys {
                let lists = &mut self.lists[channel];
                lists.resize(lists.len().max(key + 1), Vec::new());
                lists[*key].push(rank);
            }
        }
    }

    /// An order in the integers of this index.
    pub(crate) fn order(&self, order: &OrderText<'_>) -> Order {
        let bit = |name: Option<&str>| {
            let number = name.and_then(|name| self.names.get(name));
            number.map_or(0, |number| 1 << number)
        };
        let held = order.lines.iter().filter_map(|line| self.products.get(line.product));
        let mut products: Vec<usize> = held.copied().collect();
        products.sort_unstable();
        products.dedup();
        Order {
            day: today().num_days_from_ce(),
            net: order.lines.iter().map(|line| line.quantity * line.cents()).sum(),
            channel: self.channels.get(order.channel).copied().unwrap_or(usize::MAX),
            group: bit(order.customer_group),
            country: bit(order.shipping_country),
            method: bit(order.payment_method),
            products,
        }
    }

    /// The first campaign that fits.
    pub(crate) fn choose(&self, order: &Order) -> Option<&CampaignId> {
        let lists = self.lists.get(order.channel)?;
        let mut best = usize::MAX;
        for key in std::iter::once(&0).chain(&order.products) {
            for rank in lists.get(*key).map_or(&[][..], Vec::as_slice) {
                if best <= *rank {
                    break;
                }
                if self.fits(&self.rules[*rank], order) {
                    best = *rank;
                    break;
                }
            }
        }
        self.ids.get(best)
    }

    fn fits(&self, rule: &Rule, order: &Order) -> bool {
        let excluded = &self.excluded[rule.excluded.0..rule.excluded.1];
        rule.from <= order.day
            && order.day <= rule.until
            && rule.min <= order.net
            && order.net <= rule.max
            && (rule.groups == u64::MAX || rule.groups & order.group != 0)
            && (rule.countries == u64::MAX || rule.countries & order.country != 0)
            && (rule.methods == u64::MAX || rule.methods & order.method != 0)
            && !order.products.contains(&rule.offered)
            && !excluded.iter().any(|it| order.products.contains(it))
    }
}
