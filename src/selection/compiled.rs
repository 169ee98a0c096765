//! Campaigns as numbers, in rank order: what an order is held against without looking at a text
//! twice, and without allocating anything for a campaign. Taking in what has changed is for
//! [`super::index`].
//!
//! The place of a campaign is its rank: 0 comes first. For each thing that triggers campaigns, and
//! each channel, a list says the places that it may win, ascending; so a list can be left at the
//! first campaign that fits, or once it cannot beat the best.

use std::collections::BTreeSet;
use std::ops::Range;

use chrono::{Datelike, NaiveDate};

use crate::domain::campaign::{Campaign, Offered};
use crate::domain::cart::{Cart, Item};
use crate::domain::condition::Selector;
use crate::domain::ids::{CampaignId, ProductId};
use crate::domain::money::Currency;

use super::campaigns::{Rank, Unfit, rank};
use super::facts::Facts;
use super::names::{NumberSet, PlacesByKey, TextNumbers, TriggerKey, TriggerKeys, narrow};

/// What is asked of an order before anything else: a line of the processor's cache.
#[derive(Debug)]
#[repr(align(64))]
struct CampaignPrefilter {
    min: i64,
    max: i64,
    /// The bits of the names that it is for; none is all.
    groups: u64,
    countries: u64,
    methods: u64,
    /// Days of the common era.
    from: i32,
    until: i32,
    offered: u32,
    /// From where to where the products stand that it excludes.
    excluded: [u32; 2],
    /// The only one in which it holds, where it says amounts.
    currency: Option<Currency>,
    active: bool,
    needs_customer: bool,
}

/// The bit of a name: the first 63 have one each, the others share the last.
fn bit(number: u32) -> u64 {
    1 << number.min(63)
}

/// The lists that a campaign has.
#[derive(Clone, Copy)]
enum List {
    Channels,
    Triggers,
    Groups,
    Countries,
    Methods,
}

/// How many lists that is.
const LISTS: usize = 5;

/// An order in the numbers of some campaigns. What they do not name is not in it.
#[derive(Debug)]
pub(super) struct OrderNumbers {
    today: i32,
    net: i64,
    currency: Currency,
    channel: Option<u32>,
    group: Option<u32>,
    country: Option<u32>,
    method: Option<u32>,
    has_customer: bool,
    /// What is on its lines, with the families of its products.
    picks: Vec<u32>,
    there: NumberSet,
}

impl OrderNumbers {
    /// An order of which no campaign names anything.
    fn of(cart: &Cart, today: i32) -> Self {
        Self {
            today,
            net: cart.net(),
            currency: cart.currency,
            channel: None,
            group: None,
            country: None,
            method: None,
            has_customer: cart.customer.is_some(),
            picks: Vec::new(),
            there: NumberSet::default(),
        }
    }
}

/// Campaigns in rank order.
#[derive(Debug, Default)]
pub(super) struct CompiledCampaigns {
    channels: TextNumbers,
    groups: TextNumbers,
    countries: TextNumbers,
    methods: TextNumbers,
    picks: TriggerKeys,
    ids: Vec<CampaignId>,
    /// Priority and edit.
    ranks: Vec<(i64, i64)>,
    gates: Vec<CampaignPrefilter>,
    /// Where each list of each campaign begins in `words`; one more for the end.
    starts: Vec<u32>,
    words: Vec<u32>,
    /// The products that each excludes.
    excluded: Vec<u32>,
    /// Places by id.
    by_id: Vec<u32>,
    triggered: PlacesByKey,
    /// Those that are triggered by anything.
    untriggered: PlacesByKey,
    /// All that are switched on.
    listed: PlacesByKey,
    /// Those that say nothing of an order but its channel, and hold for ever.
    open: Vec<u32>,
}

impl CompiledCampaigns {
    pub(super) fn of<'c>(campaigns: impl Iterator<Item = &'c Campaign>) -> Self {
        let mut ranked: Vec<&Campaign> = campaigns.collect();
        ranked.sort_unstable_by(|one, two| key(one).cmp(&key(two)));
        let mut compiled = Self::default();
        let (mut triggered, mut untriggered, mut listed) = (Vec::new(), Vec::new(), Vec::new());
        for (place, campaign) in ranked.into_iter().enumerate() {
            let at = narrow(place);
            compiled.push(campaign);
            if !campaign.validity.active {
                continue;
            }
            if takes_all(campaign) {
                compiled.open.push(at);
            }
            for channel in &campaign.channels {
                let channel = compiled.channels.number(channel);
                listed.push((0, channel, at));
                let triggers = compiled.list(at, List::Triggers);
                triggered.extend(triggers.iter().map(|pick| (*pick, channel, at)));
                if triggers.is_empty() {
                    untriggered.push((0, channel, at));
                }
            }
        }
        compiled.triggered = PlacesByKey::of(triggered, compiled.picks.len());
        compiled.untriggered = PlacesByKey::of(untriggered, 1);
        compiled.listed = PlacesByKey::of(listed, 1);
        let mut by_id: Vec<u32> = (0..narrow(compiled.ids.len())).collect();
        by_id.sort_unstable_by_key(|at| &compiled.ids[*at as usize]);
        compiled.by_id = by_id;
        compiled
    }

    fn push(&mut self, campaign: &Campaign) {
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        self.ids.push(campaign.id.clone());
        self.ranks.push((campaign.priority, campaign.edit));
        let Self { starts, words, channels, picks, .. } = self;
        words.extend(campaign.channels.iter().map(|name| channels.number(name)));
        starts.push(narrow(words.len()));
        let triggers = campaign.triggers.iter().map(|trigger| picks.number(trigger));
        words.extend(triggers.collect::<BTreeSet<u32>>());
        starts.push(narrow(words.len()));
        let mut named = |names: &mut TextNumbers, said: &BTreeSet<String>| {
            let numbers = said.iter().map(|name| names.number(name));
            let bits = numbers.fold(0, |bits, number| {
                words.push(number);
                bits | bit(number)
            });
            starts.push(narrow(words.len()));
            bits
        };
        let groups = named(&mut self.groups, &campaign.customer_groups);
        let countries = named(&mut self.countries, &campaign.countries);
        let methods = named(&mut self.methods, &campaign.payment_methods);
        let from = narrow(self.excluded.len());
        let products = campaign.excluded_products.iter();
        self.excluded.extend(products.map(|product| picks.number(product)));
        let excluded = [from, narrow(self.excluded.len())];
        let (offered, needs_customer) = match &campaign.offered {
            Offered::Product(product) => (picks.number(product), false),
            Offered::Offer(offer) => (picks.number(offer), true),
        };
        self.gates.push(CampaignPrefilter {
            min: campaign.min_net.unwrap_or(i64::MIN),
            max: campaign.max_net.unwrap_or(i64::MAX),
            groups,
            countries,
            methods,
            from: campaign.validity.from.map_or(i32::MIN, day),
            until: campaign.validity.until.map_or(i32::MAX, day),
            offered,
            excluded,
            currency: campaign.has_amounts().then_some(campaign.currency),
            active: campaign.validity.active,
            needs_customer,
        });
    }

    /// An order in the numbers of these campaigns.
    pub(super) fn numbers(&self, facts: &Facts) -> OrderNumbers {
        let cart = &facts.cart;
        if self.ids.is_empty() {
            return OrderNumbers::of(cart, day(facts.today));
        }
        let mut picks: Vec<u32> = Vec::with_capacity(4 * cart.lines.len() + 4);
        picks.extend(self.picks.find(&Selector::Any).filter(|_| !cart.lines.is_empty()));
        for line in &cart.lines {
            self.add_item(facts, &line.item, &mut picks);
        }
        // Where nothing is a variant, everybody is a family alone, and looked up already.
        if facts.products.values().any(|goods| goods.variant_of.is_some()) {
            self.add_families(facts, &mut picks);
        }
        picks.sort_unstable();
        picks.dedup();
        let mut there = NumberSet::below(self.picks.len());
        for pick in &picks {
            there.add(*pick);
        }
        let said = |names: &TextNumbers, said: &Option<String>| names.find(said.as_deref()?);
        OrderNumbers {
            channel: self.channels.find(&cart.channel),
            group: said(&self.groups, &cart.customer_group),
            country: said(&self.countries, &cart.shipping_country),
            method: said(&self.methods, &cart.payment_method),
            picks,
            there,
            ..OrderNumbers::of(cart, day(facts.today))
        }
    }

    /// The families of what stands on the lines.
    fn add_families(&self, facts: &Facts, picks: &mut Vec<u32>) {
        let mut heads: Vec<&ProductId> =
            facts.present().map(|product| facts.head(product)).collect();
        heads.sort_unstable();
        heads.dedup();
        let relatives = facts.products.iter().filter_map(|(id, goods)| {
            heads.binary_search(&goods.variant_of.as_ref().unwrap_or(id)).is_ok().then_some(id)
        });
        let family = heads.iter().copied().chain(relatives);
        picks.extend(family.filter_map(|product| self.picks.find(product)));
    }

    /// What picks a thing on a line: an offer by itself, by its tags and by the products in it.
    fn add_item(&self, facts: &Facts, item: &Item, picks: &mut Vec<u32>) {
        let products = match item {
            Item::Product(product) => std::slice::from_ref(product),
            Item::Offer(offer) => {
                picks.extend(self.picks.find(offer));
                let Some(goods) = facts.offers.get(offer) else { return };
                picks.extend(goods.tags.iter().filter_map(|tag| self.picks.find(tag)));
                &goods.products
            }
        };
        for product in products {
            picks.extend(self.picks.find(product));
            if let Some(goods) = facts.products.get(product) {
                let brand = goods.brand.as_deref();
                picks.extend(brand.and_then(|brand| self.picks.find(TriggerKey::brand(brand))));
                picks.extend(goods.tags.iter().filter_map(|tag| self.picks.find(tag)));
            }
        }
    }

    /// Whether a campaign qualifies for an order.
    ///
    /// # Errors
    /// The first reason why not.
    pub(super) fn qualify(&self, at: u32, order: &OrderNumbers) -> Result<(), Unfit> {
        let gate = &self.gates[at as usize];
        let require = |fits: bool, unfit: Unfit| if fits { Ok(()) } else { Err(unfit) };
        require(gate.active, Unfit::Inactive)?;
        require(gate.from <= order.today, Unfit::NotYetValid)?;
        require(order.today <= gate.until, Unfit::Expired)?;
        let channels = self.list(at, List::Channels);
        let runs = order.channel.is_some_and(|channel| channels.contains(&channel));
        require(runs, Unfit::Channel)?;
        require(gate.currency.is_none_or(|it| it == order.currency), Unfit::Currency)?;
        let triggers = self.list(at, List::Triggers);
        let triggered = triggers.is_empty() || triggers.iter().any(|it| order.there.has(*it));
        require(triggered, Unfit::Trigger)?;
        self.suit(at, gate, order)
    }

    /// What is left to ask of a campaign that runs on the order's channel and is triggered.
    fn suit(&self, at: u32, gate: &CampaignPrefilter, order: &OrderNumbers) -> Result<(), Unfit> {
        let require = |fits: bool, unfit: Unfit| if fits { Ok(()) } else { Err(unfit) };
        let allows = |bits: u64, list: List, said: Option<u32>| {
            let shared = |number: u32| number < 63 || self.list(at, list).contains(&number);
            bits == 0 || said.is_some_and(|it| bits & bit(it) != 0 && shared(it))
        };
        require(gate.min <= order.net, Unfit::BelowMinNet)?;
        require(order.net <= gate.max, Unfit::AboveMaxNet)?;
        require(allows(gate.groups, List::Groups, order.group), Unfit::CustomerGroup)?;
        require(allows(gate.countries, List::Countries, order.country), Unfit::Country)?;
        require(allows(gate.methods, List::Methods, order.method), Unfit::PaymentMethod)?;
        let [from, to] = gate.excluded.map(|at| at as usize);
        let mut excluded = self.excluded[from..to].iter();
        require(!excluded.any(|it| order.there.has(*it)), Unfit::ExcludedProduct)?;
        require(!order.there.has(gate.offered), Unfit::AlreadyInBasket)?;
        require(!gate.needs_customer || order.has_customer, Unfit::NoCustomer)
    }

    /// Whether a campaign of one of the order's lists qualifies: what the lists say is so.
    fn survives(&self, at: u32, order: &OrderNumbers) -> bool {
        let gate = &self.gates[at as usize];
        gate.from <= order.today
            && order.today <= gate.until
            && gate.currency.is_none_or(|it| it == order.currency)
            && self.suit(at, gate, order).is_ok()
    }

    fn list(&self, at: u32, list: List) -> &[u32] {
        let at = at as usize * LISTS + list as usize;
        &self.words[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// The lists of the campaigns that an order may trigger.
    pub(super) fn lists(&self, order: &OrderNumbers) -> CandidateLists<'_> {
        let Some(channel) = order.channel else { return CandidateLists(Vec::new()) };
        let mut lists = Vec::with_capacity(order.picks.len() + 1);
        lists.push(self.untriggered.places(0, channel));
        lists.extend(order.picks.iter().map(|pick| self.triggered.places(*pick, channel)));
        lists.retain(|list| !list.is_empty());
        CandidateLists(lists)
    }

    /// Every campaign that is switched on and runs on the order's channel, the first first.
    pub(super) fn listed(&self, order: &OrderNumbers) -> &[u32] {
        order.channel.map_or(&[], |channel| self.listed.places(0, channel))
    }

    /// The campaigns that take every order of their channels from their first day on.
    pub(super) fn open(&self) -> &[u32] {
        &self.open
    }

    pub(super) fn len(&self) -> u32 {
        narrow(self.ids.len())
    }

    pub(super) fn id(&self, at: u32) -> &CampaignId {
        &self.ids[at as usize]
    }

    pub(super) fn rank(&self, at: u32) -> Rank<'_> {
        let (priority, edit) = self.ranks[at as usize];
        rank(priority, edit, self.id(at))
    }

    pub(super) fn priority(&self, at: u32) -> i64 {
        self.ranks[at as usize].0
    }

    pub(super) fn is_active(&self, at: u32) -> bool {
        self.gates[at as usize].active
    }

    /// Whether it comes before a campaign by priority and edit.
    pub(super) fn comes_before(&self, at: u32, other: &Campaign) -> bool {
        self.ranks[at as usize] > (other.priority, other.edit)
    }

    /// The campaigns of a priority.
    pub(super) fn of_priority(&self, priority: i64) -> Range<u32> {
        let from = self.ranks.partition_point(|(own, _)| *own > priority);
        let to = self.ranks.partition_point(|(own, _)| *own >= priority);
        narrow(from)..narrow(to)
    }

    pub(super) fn has_begun(&self, at: u32, today: NaiveDate) -> bool {
        self.gates[at as usize].from <= day(today)
    }

    /// The numbers of those of these channels that any campaign runs on.
    pub(super) fn channel_numbers(&self, channels: &BTreeSet<String>) -> Vec<u32> {
        channels.iter().filter_map(|name| self.channels.find(name)).collect()
    }

    /// Whether a campaign runs on one of these channels.
    pub(super) fn runs_on_one(&self, at: u32, channels: &[u32]) -> bool {
        let own = self.list(at, List::Channels);
        channels.iter().any(|channel| own.contains(channel))
    }

    /// Whether a campaign runs on all of these channels.
    pub(super) fn runs_on_all(&self, at: u32, channels: &BTreeSet<String>) -> bool {
        let own = self.list(at, List::Channels);
        let runs = |name: &String| self.channels.find(name).is_some_and(|it| own.contains(&it));
        channels.iter().all(runs)
    }

    /// Where a campaign stands.
    pub(super) fn place(&self, id: &CampaignId) -> Option<u32> {
        let found = self.by_id.binary_search_by_key(&id, |at| self.id(*at)).ok()?;
        Some(self.by_id[found])
    }

    /// About how many bytes all of it takes.
    pub(super) fn bytes(&self) -> usize {
        let names = [&self.channels, &self.groups, &self.countries, &self.methods];
        let posts = [&self.triggered, &self.untriggered, &self.listed];
        let ids = self.ids.iter().map(|id| size_of::<CampaignId>() + id.as_str().len() + 16);
        let lists = [&self.starts, &self.words, &self.excluded, &self.by_id, &self.open];
        let numbers = lists.into_iter().map(Vec::len).sum::<usize>();
        names.into_iter().map(TextNumbers::bytes).sum::<usize>()
            + posts.into_iter().map(PlacesByKey::bytes).sum::<usize>()
            + self.picks.bytes()
            + ids.sum::<usize>()
            + numbers * size_of::<u32>()
            + self.gates.len() * size_of::<CampaignPrefilter>()
            + self.ranks.len() * size_of::<(i64, i64)>()
    }
}

/// The campaigns that an order may trigger, in ascending lists.
#[derive(Debug)]
pub(super) struct CandidateLists<'c>(Vec<&'c [u32]>);

impl CandidateLists<'_> {
    /// The next that qualifies and is not gone; each is answered once.
    pub(super) fn next(
        &mut self,
        all: &CompiledCampaigns,
        gone: &NumberSet,
        order: &OrderNumbers,
    ) -> Option<u32> {
        let mut best = u32::MAX;
        for list in &mut self.0 {
            while let Some((at, rest)) = list.split_first() {
                if best <= *at {
                    break;
                }
                if all.survives(*at, order) && !gone.has(*at) {
                    best = *at;
                    break;
                }
                *list = rest;
            }
        }
        for list in &mut self.0 {
            if let Some((at, rest)) = list.split_first()
                && *at == best
            {
                *list = rest;
            }
        }
        (best < u32::MAX).then_some(best)
    }
}

fn key(campaign: &Campaign) -> Rank<'_> {
    rank(campaign.priority, campaign.edit, &campaign.id)
}

fn day(day: NaiveDate) -> i32 {
    day.num_days_from_ce()
}

/// Whether a campaign fits any order that comes by its channels, from its first day on.
fn takes_all(campaign: &Campaign) -> bool {
    campaign.validity.until.is_none()
        && campaign.triggers.is_empty()
        && campaign.min_net.is_none()
        && campaign.max_net.is_none()
        && campaign.customer_groups.is_empty()
        && campaign.countries.is_empty()
        && campaign.payment_methods.is_empty()
        && campaign.excluded_products.is_empty()
}
