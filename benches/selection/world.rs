//! The workload: a shop with 20,000 products of which few are bought often, campaigns and orders,
//! all from a seed. There are no floats: a thing that is popular like u^2.5 is drawn with integers.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate};
use crossgrade::domain::campaign::{Campaign, Offered, ShippingPolicy, StockPolicy};
use crossgrade::domain::cart::{Cart, CartLine, Item};
use crossgrade::domain::condition::Selector;
use crossgrade::domain::ids::{CampaignId, ProductId};
use crossgrade::domain::money::Currency;
use crossgrade::domain::validity::Validity;
use crossgrade::selection::facts::{Facts, ProductFacts};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) const PRODUCTS: u64 = 20_000;
pub(crate) const CHANNELS: u64 = 10;
const GROUPS: u64 = 5;
const COUNTRIES: [&str; 12] =
    ["AT", "BE", "CH", "DE", "DK", "ES", "FR", "GB", "IT", "NL", "PL", "SE"];
const METHODS: u64 = 6;
const PRIORITIES: u64 = 1_000;

/// Numbers from a seed (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn some(&mut self, most: u64, end: u64) -> BTreeSet<u64> {
        let count = 1 + self.below(most);
        (0..count).map(|_| self.below(end)).collect()
    }

    /// A product by its popularity: u^2.5 of all, u even from 0 to 1.
    pub(crate) fn popular(&mut self) -> u64 {
        let u = self.below(1 << 20);
        let root = (u << 20).isqrt();
        u64::try_from((u128::from(PRODUCTS) * u128::from(u * u) * u128::from(root)) >> 60)
            .unwrap_or(0)
    }
}

pub(crate) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 2, 10).expect("a day")
}

pub(crate) fn usd() -> Currency {
    Currency::parse("USD").expect("a currency")
}

pub(crate) fn product(number: u64) -> ProductId {
    ProductId::stored(format!("product-{number:05}"))
}

fn names(of: &str, numbers: impl IntoIterator<Item = u64>) -> BTreeSet<String> {
    numbers.into_iter().map(|it| format!("{of}-{it}")).collect()
}

fn cents(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(0)
}

/// One campaign in 25 offers what is sold out.
pub(crate) fn is_sold_out(number: u64) -> bool {
    number % 25 == 7
}

fn campaign(dice: &mut Dice, number: u64, untriggered: u64) -> Campaign {
    let around = |dice: &mut Dice, chance: u64, ahead: u64| {
        let day = today() - Days::new(60) + Days::new(ahead + dice.below(90));
        dice.percent(chance).then_some(day)
    };
    let triggers = if dice.percent(untriggered) { 0 } else { 1 + dice.below(12) };
    let min = dice.percent(50).then(|| cents(1_000 + dice.below(20_000)));
    Campaign {
        id: CampaignId::stored(format!("campaign-{number:06}")),
        edit: cents(number),
        edited_at: DateTime::UNIX_EPOCH,
        title: format!("Campaign {number}"),
        currency: usd(),
        validity: Validity {
            active: dice.percent(85),
            from: around(dice, 30, 0),
            until: around(dice, 30, 30),
        },
        channels: names("channel", dice.some(3, CHANNELS)),
        triggers: (0..triggers).map(|_| Selector::Product(product(dice.popular()))).collect(),
        min_net: min,
        max_net: dice.percent(20).then(|| min.unwrap_or(0) + cents(dice.below(30_000))),
        customer_groups: picked(dice, 33, |dice| names("group", dice.some(3, GROUPS))),
        countries: picked(dice, 40, |dice| {
            let some = dice.some(6, COUNTRIES.len() as u64);
            some.into_iter().map(|it| country(it).to_owned()).collect()
        }),
        payment_methods: picked(dice, 25, |dice| names("method", dice.some(3, METHODS))),
        excluded_products: if dice.percent(33) {
            (0..=dice.below(3)).map(|_| product(dice.popular())).collect()
        } else {
            BTreeSet::new()
        },
        offered: Offered::Product(product(dice.below(PRODUCTS))),
        quantity: 1,
        discount: None,
        stock_policy: StockPolicy::InStock,
        shipping_policy: ShippingPolicy::ShipsTo,
        priority: cents(dice.below(PRIORITIES)),
    }
}

fn picked(
    dice: &mut Dice,
    chance: u64,
    some: impl FnOnce(&mut Dice) -> BTreeSet<String>,
) -> BTreeSet<String> {
    if dice.percent(chance) { some(dice) } else { BTreeSet::new() }
}

fn country(number: u64) -> &'static str {
    COUNTRIES[usize::try_from(number).unwrap_or(0)]
}

/// So many campaigns, of which so many percent are triggered by anything.
pub(crate) fn campaigns(count: u64, untriggered: u64) -> Vec<Campaign> {
    let mut dice = Dice::new(count + untriggered);
    (1..=count).map(|number| campaign(&mut dice, number, untriggered)).collect()
}

/// Campaigns that one product triggers on the first channel, none of which wants the order: each
/// is refused at another question.
pub(crate) fn unwilling(count: u64) -> Vec<Campaign> {
    let mut dice = Dice::new(5);
    let one = |number: u64| {
        let mut campaign = campaign(&mut dice, 1_000_000 + number, 0);
        campaign.validity = Validity::ALWAYS;
        campaign.channels = names("channel", [0]);
        campaign.triggers.truncate(3);
        campaign.triggers.push(Selector::Product(hot()));
        match number % 4 {
            0 => campaign.min_net = Some(10_000_000),
            1 => campaign.customer_groups = names("group", [99]),
            2 => campaign.countries = ["NO".to_owned()].into(),
            _ => campaign.excluded_products = [hot()].into(),
        }
        campaign
    };
    (1..=count).map(one).collect()
}

/// The product of [`unwilling`] campaigns.
pub(crate) fn hot() -> ProductId {
    ProductId::stored("hot".to_owned())
}

/// What an order says, as its JSON.
pub(crate) fn order(dice: &mut Dice, lines: u64) -> Value {
    let line = |dice: &mut Dice| {
        json!({"product": product(dice.popular()), "quantity": 1 + dice.below(3),
            "unit_net": format!("{}.{:02}", 1 + dice.below(60), dice.below(100))})
    };
    let lines: Vec<Value> = (0..lines).map(|_| line(dice)).collect();
    json!({
        "channel": format!("channel-{}", dice.below(CHANNELS)), "currency": "USD",
        "customer_group": format!("group-{}", dice.below(GROUPS)),
        "shipping_country": country(dice.below(COUNTRIES.len() as u64)),
        "payment_method": format!("method-{}", dice.below(METHODS)), "lines": lines,
    })
}

/// Orders of 1 to 12 lines.
pub(crate) fn orders(count: u64, seed: u64) -> Vec<Value> {
    let mut dice = Dice::new(seed);
    let one = |dice: &mut Dice| {
        let lines = 1 + dice.below(12);
        order(dice, lines)
    };
    (0..count).map(|_| one(&mut dice)).collect()
}

/// What an order says, as its JSON is read.
#[derive(Deserialize)]
pub(crate) struct OrderText<'t> {
    pub(crate) channel: &'t str,
    pub(crate) customer_group: Option<&'t str>,
    pub(crate) shipping_country: Option<&'t str>,
    pub(crate) payment_method: Option<&'t str>,
    #[serde(borrow)]
    pub(crate) lines: Vec<LineText<'t>>,
}

#[derive(Deserialize)]
pub(crate) struct LineText<'t> {
    pub(crate) product: &'t str,
    pub(crate) quantity: i64,
    unit_net: &'t str,
}

impl LineText<'_> {
    /// What one costs, in cents.
    pub(crate) fn cents(&self) -> i64 {
        let digits = self.unit_net.bytes().filter(u8::is_ascii_digit);
        digits.fold(0, |cents, digit| cents * 10 + i64::from(digit - b'0'))
    }
}

/// What an order says, parsed.
pub(crate) fn read(text: &str) -> OrderText<'_> {
    serde_json::from_str(text).expect("an order")
}

/// The same as the engine looks at it.
pub(crate) fn facts(order: &OrderText<'_>) -> Facts {
    let text = |said: Option<&str>| said.map(str::to_owned);
    let lines = order.lines.iter().map(|line| CartLine {
        item: Item::Product(ProductId::stored(line.product.to_owned())),
        quantity: line.quantity,
        unit_net: line.cents(),
    });
    let lines: Vec<CartLine> = lines.collect();
    let products = lines.iter().filter_map(|line| line.item.product().cloned());
    Facts {
        today: today(),
        delivered: false,
        premiums_only: false,
        products: products.map(|id| (id, ProductFacts::default())).collect(),
        offers: BTreeMap::new(),
        cart: Cart {
            customer: None,
            customer_group: text(order.customer_group),
            locale: None,
            channel: order.channel.to_owned(),
            currency: usd(),
            shipping_country: text(order.shipping_country),
            payment_method: text(order.payment_method),
            shipping_cost: None,
            coupon: None,
            picks: BTreeMap::new(),
            lines,
        },
    }
}
