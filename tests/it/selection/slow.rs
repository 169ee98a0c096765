//! The rules once more, told slowly: everything is counted anew each time it is asked. It shares
//! the nouns with the engine and nothing else.

use std::collections::BTreeMap;

use crossgrade::domain::campaign::{Campaign, Offered, ShippingPolicy, StockPolicy};
use crossgrade::domain::cart::{Cart, Item};
use crossgrade::domain::condition::{Condition, Selector};
use crossgrade::domain::gift_rule::{GiftPrice, GiftRule};
use crossgrade::domain::ids::ProductId;
use crossgrade::domain::promotion::Promotion;
use crossgrade::selection::facts::Facts;

/// Everything that is in a cart, a piece of information each.
pub(crate) struct Lines<'f> {
    facts: &'f Facts,
    lines: Vec<(Item, i64, i64)>,
}

pub(crate) fn lines(facts: &Facts) -> Lines<'_> {
    let lines = facts.cart.lines.iter().map(|it| (it.item.clone(), it.quantity, it.unit_net));
    Lines { facts, lines: lines.collect() }
}

fn is_product(facts: &Facts, product: &ProductId, of: &Selector) -> bool {
    let goods = facts.products.get(product);
    match of {
        Selector::Any => true,
        Selector::Product(wanted) => {
            wanted == product || goods.is_some_and(|it| it.variant_of.as_ref() == Some(wanted))
        }
        Selector::Brand(wanted) => goods.is_some_and(|it| it.brand.as_ref() == Some(wanted)),
        Selector::Tag(wanted) => goods.is_some_and(|it| it.tags.contains(wanted)),
        Selector::Offer(_) => false,
    }
}

fn is_picked(facts: &Facts, item: &Item, of: &Selector) -> bool {
    match item {
        Item::Product(product) => is_product(facts, product, of),
        Item::Offer(offer) => {
            let goods = &facts.offers[offer];
            let own = match of {
                Selector::Any => true,
                Selector::Offer(wanted) => wanted == offer,
                Selector::Tag(wanted) => goods.tags.contains(wanted),
                _ => false,
            };
            own || goods.products.iter().any(|product| is_product(facts, product, of))
        }
    }
}

impl Lines<'_> {
    fn sum(&self, of: &Selector) -> (i64, i64) {
        let picked = self.lines.iter().filter(|(item, ..)| is_picked(self.facts, item, of));
        picked.fold((0, 0), |(units, value), (_, quantity, price)| {
            (units + quantity, value + quantity * price)
        })
    }

    fn net(&self) -> i64 {
        self.sum(&Selector::Any).1
    }
}

pub(crate) fn holds(condition: &Condition, lines: &Lines<'_>) -> bool {
    let cart = &lines.facts.cart;
    let among = |names: &[String], said: &Option<String>| match said {
        Some(said) => names.iter().any(|name| name == said),
        None => false,
    };
    match condition {
        Condition::All(all) => !all.iter().any(|it| !holds(it, lines)),
        Condition::Any(any) => !any.iter().all(|it| !holds(it, lines)),
        Condition::Not(inner) => !holds(inner, lines),
        Condition::Net(bounds) => {
            let net = lines.net();
            bounds.min.is_none_or(|min| net >= min)
                && bounds.max.is_none_or(|max| net <= max)
                && bounds.above.is_none_or(|above| net > above)
        }
        Condition::Units { of, min } => lines.sum(of).0 >= *min,
        Condition::Value { of, min } => lines.sum(of).1 >= *min,
        Condition::CustomerGroup(names) => among(names, &cart.customer_group),
        Condition::Country(names) => among(names, &cart.shipping_country),
        Condition::PaymentMethod(names) => among(names, &cart.payment_method),
        Condition::Channel(names) => among(names, &Some(cart.channel.clone())),
        Condition::Coupon(wanted) => *wanted == cart.coupon.is_some(),
    }
}

fn family<'f>(facts: &'f Facts, product: &'f ProductId) -> &'f ProductId {
    match facts.products.get(product).and_then(|goods| goods.variant_of.as_ref()) {
        Some(parent) => parent,
        None => product,
    }
}

fn has_family(facts: &Facts, product: &ProductId) -> bool {
    facts.cart.lines.iter().any(|line| match &line.item {
        Item::Product(it) => family(facts, it) == family(facts, product),
        Item::Offer(offer) => {
            let products = &facts.offers[offer].products;
            products.iter().any(|it| family(facts, it) == family(facts, product))
        }
    })
}

fn unfit(campaign: &Campaign, facts: &Facts) -> Option<&'static str> {
    let cart: &Cart = &facts.cart;
    let net = lines(facts).net();
    let barred = |names: &std::collections::BTreeSet<String>, said: &Option<String>| {
        !names.is_empty() && !said.as_ref().is_some_and(|said| names.contains(said))
    };
    let triggered = campaign.triggers.is_empty()
        || campaign.triggers.iter().any(|trigger| match trigger {
            Selector::Product(product) => has_family(facts, product),
            other => cart.lines.iter().any(|line| is_picked(facts, &line.item, other)),
        });
    let (already, anonymous) = match &campaign.offered {
        Offered::Product(product) => (has_family(facts, product), false),
        Offered::Offer(offer) => {
            let there = cart.lines.iter().any(|line| line.item == Item::Offer(offer.clone()));
            (there, cart.customer.is_none())
        }
    };
    let table = [
        ("inactive", !campaign.validity.active),
        ("not-yet-valid", campaign.validity.from.is_some_and(|from| from > facts.today)),
        ("expired", campaign.validity.until.is_some_and(|until| until < facts.today)),
        ("channel", !campaign.channels.contains(&cart.channel)),
        ("currency", campaign.currency != cart.currency && campaign.has_amounts()),
        ("trigger", !triggered),
        ("below-min-net", campaign.min_net.is_some_and(|min| net < min)),
        ("above-max-net", campaign.max_net.is_some_and(|max| net > max)),
        ("customer-group", barred(&campaign.customer_groups, &cart.customer_group)),
        ("country", barred(&campaign.countries, &cart.shipping_country)),
        ("payment-method", barred(&campaign.payment_methods, &cart.payment_method)),
        ("excluded-product", campaign.excluded_products.iter().any(|it| has_family(facts, it))),
        ("already-in-basket", already),
        ("no-customer", anonymous),
    ];
    table.into_iter().find(|(_, is_so)| *is_so).map(|(code, _)| code)
}

fn unavailable(campaign: &Campaign, facts: &Facts) -> Option<&'static str> {
    let Offered::Product(product) = &campaign.offered else { return None };
    let goods = &facts.products[product];
    let priced = goods.unit_net.is_some_and(|price| price.currency == facts.cart.currency);
    let short = goods.stock.is_some_and(|stock| stock < campaign.quantity);
    let country = facts.cart.shipping_country.as_ref();
    let far = goods.is_physical
        && !goods.ships_to.is_empty()
        && !country.is_some_and(|country| goods.ships_to.contains(country));
    if campaign.discount.is_some() && !priced {
        Some("no-price")
    } else if short && campaign.stock_policy != StockPolicy::Always {
        Some("out-of-stock")
    } else if (far && campaign.shipping_policy != ShippingPolicy::Always)
        || (goods.is_physical && facts.delivered)
    {
        Some("not-shippable")
    } else {
        None
    }
}

/// The winner, and a line for each campaign in rank order.
pub(crate) fn campaigns(all: &[Campaign], facts: &Facts) -> (Option<String>, Vec<String>) {
    let mut left: Vec<&Campaign> = all.iter().collect();
    let (mut winner, mut told): (Option<&Campaign>, _) = (None, Vec::new());
    while !left.is_empty() {
        // The best of those that are left, by looking at each pair.
        let beats = |one: &Campaign, two: &Campaign| {
            (one.priority, one.edit) > (two.priority, two.edit)
                || ((one.priority, one.edit) == (two.priority, two.edit) && one.id < two.id)
        };
        let best = (0..left.len())
            .find(|at| !(0..left.len()).any(|other| beats(left[other], left[*at])))
            .unwrap();
        let campaign = left.remove(best);
        let line = match (unfit(campaign, facts), winner) {
            (Some(code), _) => format!("Rejected {code}"),
            (None, Some(first)) if first.priority > campaign.priority => {
                "Outranked lower-priority".to_owned()
            }
            (None, Some(_)) => "Outranked edited-earlier".to_owned(),
            (None, None) => {
                if let Some(code) = unavailable(campaign, facts) {
                    format!("Unavailable {code}")
                } else {
                    winner = Some(campaign);
                    "Chosen ".to_owned()
                }
            }
        };
        told.push(format!("{} {line}", campaign.id));
    }
    (winner.map(|it| it.id.to_string()), told)
}

/// Each promotion by id: whether it is earned, else the upsells whose turn it is.
pub(crate) fn promotions(all: &[Promotion], facts: &Facts) -> Vec<(String, bool, Vec<String>)> {
    let mut sorted: Vec<&Promotion> = all.iter().collect();
    sorted.sort_by(|one, two| one.id.cmp(&two.id));
    let tell = |it: &&Promotion| {
        let out = !it.validity.active
            || it.validity.from.is_some_and(|from| from > facts.today)
            || it.validity.until.is_some_and(|until| until < facts.today)
            || (it.currency != facts.cart.currency && it.has_amounts());
        let lines = lines(facts);
        let earned = !out && holds(&it.qualifies, &lines);
        let mut upsells = Vec::new();
        for priority in 1..=20 {
            let hits = it.upsells.iter().filter(|upsell| upsell.priority == priority);
            upsells = hits
                .filter(|upsell| !out && !earned && holds(&upsell.when, &lines))
                .map(|upsell| upsell.id.clone())
                .collect();
            if !upsells.is_empty() {
                break;
            }
        }
        (it.id.to_string(), earned, upsells)
    };
    sorted.iter().map(tell).collect()
}

fn times(condition: &Condition, lines: &Lines<'_>) -> Option<i64> {
    match condition {
        Condition::All(all) => {
            let counted: Vec<i64> = all.iter().filter_map(|it| times(it, lines)).collect();
            counted.into_iter().min()
        }
        Condition::Any(any) => {
            let held = any.iter().filter(|it| holds(it, lines));
            held.filter_map(|it| times(it, lines)).max()
        }
        Condition::Net(bounds) => {
            let needs = [bounds.min.unwrap_or(0), bounds.above.map_or(0, |above| above + 1)];
            let need = needs[0].max(needs[1]);
            (need > 0).then(|| lines.net() / need)
        }
        Condition::Units { of, min } => Some(lines.sum(of).0 / min),
        Condition::Value { of, min } => (*min > 0).then(|| lines.sum(of).1 / min),
        _ => None,
    }
}

/// What each rule gives: the rule, how often, and each product with quantity and price.
type Given = (String, i64, Vec<(String, i64, i64)>);

/// The loop of the contract, in its own words.
pub(crate) fn gifts(rules: &[GiftRule], facts: &Facts) -> Vec<Given> {
    let mut applied: BTreeMap<String, Given> = BTreeMap::new();
    let mut taken: BTreeMap<ProductId, i64> = BTreeMap::new();
    let mut visible = lines(facts);
    let mut barrier = i64::MAX;
    loop {
        let eligible: Vec<&GiftRule> = rules
            .iter()
            .filter(|rule| !applied.contains_key(rule.id.as_str()))
            .filter(|rule| is_on(rule, facts) && holds(&rule.buy, &visible))
            .filter(|rule| (0..rule.get.len()).any(|at| on_hand(rule, at, facts, &taken) > 0))
            .collect();
        let zero = eligible.iter().any(|rule| rule.priority == 0);
        let tier = if zero {
            0
        } else {
            let tiers = eligible.iter().map(|rule| rule.priority);
            match tiers.filter(|tier| *tier <= barrier).min() {
                None => break,
                Some(tier) => {
                    barrier = tier;
                    tier
                }
            }
        };
        let mut turn: Vec<&GiftRule> =
            eligible.into_iter().filter(|rule| rule.priority == tier).collect();
        // The last gift goes to the rule edited last.
        turn.sort_by(|one, two| two.edit.cmp(&one.edit).then(one.id.cmp(&two.id)));
        let counted: Vec<(&GiftRule, i64)> =
            turn.into_iter().map(|rule| (rule, times(&rule.buy, &visible).unwrap_or(1))).collect();
        for (rule, times) in counted {
            let times = rule.applications.map_or(times, |most| times.min(most));
            if !(0..rule.get.len()).any(|at| on_hand(rule, at, facts, &taken) > 0) {
                continue;
            }
            let mut items = Vec::new();
            for (at, gift) in rule.get.iter().enumerate() {
                let picked = facts.cart.picks.get(&rule.id) == Some(&gift.product);
                let quantity = (gift.quantity * times).min(on_hand(rule, at, facts, &taken));
                if quantity > 0 && (!rule.popup || picked) {
                    let price = price(rule, at, facts).unwrap();
                    if facts.premiums_only && price > 0 {
                        continue;
                    }
                    items.push((gift.product.to_string(), quantity, price));
                }
            }
            for (product, quantity, price) in &items {
                let product = ProductId::parse(product).unwrap();
                *taken.entry(product.clone()).or_default() += quantity;
                if rule.counts_for_other_rules {
                    visible.lines.push((Item::Product(product), *quantity, *price));
                }
            }
            applied.insert(rule.id.to_string(), (rule.id.to_string(), times, items));
        }
    }
    let mut sorted: Vec<&GiftRule> = rules.iter().collect();
    sorted.sort_by(|one, two| {
        let by_tier = one.priority.cmp(&two.priority);
        by_tier.then(two.edit.cmp(&one.edit)).then(one.id.cmp(&two.id))
    });
    sorted.iter().filter_map(|rule| applied.remove(rule.id.as_str())).collect()
}

fn is_on(rule: &GiftRule, facts: &Facts) -> bool {
    rule.validity.active
        && rule.validity.from.is_none_or(|from| from <= facts.today)
        && rule.validity.until.is_none_or(|until| until >= facts.today)
        && (rule.currency == facts.cart.currency || !rule.has_amounts())
}

fn price(rule: &GiftRule, at: usize, facts: &Facts) -> Option<i64> {
    match rule.get[at].price {
        GiftPrice::At(price) => Some(price),
        GiftPrice::Off(rate) => {
            let price = facts.products.get(&rule.get[at].product)?.unit_net?;
            // Whole percentages only, halves up.
            let percent: i64 = rate.to_string().parse().unwrap();
            let off = (price.minor * percent * 2 + 100) / 200;
            (price.currency == facts.cart.currency).then_some(price.minor - off)
        }
    }
}

fn on_hand(rule: &GiftRule, at: usize, facts: &Facts, taken: &BTreeMap<ProductId, i64>) -> i64 {
    let gift = &rule.get[at];
    if price(rule, at, facts).is_none() {
        return 0;
    }
    let lines = facts.cart.lines.iter();
    let needed: i64 = lines
        .filter(|line| line.item == Item::Product(gift.product.clone()))
        .map(|line| line.quantity)
        .sum();
    let stock = facts.products.get(&gift.product).and_then(|goods| goods.stock);
    let gone = taken.get(&gift.product).copied().unwrap_or(0);
    let shelf = stock.map_or(i64::MAX, |stock| (stock - needed - gone).max(0));
    gift.stock.min(shelf)
}
