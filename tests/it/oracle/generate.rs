//! Random lives from a seed, and their shrinking to the few steps that matter.

use chrono::{Datelike, NaiveDate};

use super::calendar::{Length, later};
use super::coupons::{Coupon, Off};
use super::model::{Arrival, Ask, Life, Mode, Offer, Path, Settings, Step, Tax, Transition};
use super::money::{Minor, decimals};
use super::prices::Reprice;

/// The most steps that a random life has.
pub(crate) const STEPS_MAX: u64 = 30;

/// A splitmix64 generator: the same numbers for the same seed, for ever.
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below another.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// True once in so many times.
    pub(crate) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of some.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.below(of.len() as u64)).expect("a small number")]
    }

    /// A number of a thing, far larger than there are things.
    fn number(&mut self) -> usize {
        usize::try_from(self.below(10_000)).expect("a small number")
    }

    /// A number of days from a range.
    fn days(&mut self, from: u32, to: u32) -> u32 {
        from + u32::try_from(self.below(u64::from(to - from) + 1)).expect("few days")
    }
}

/// Periods and the terms that fit them.
const LENGTHS: &[(&str, &str)] = &[
    ("P1M", "P1M"),
    ("P1M", "P1M"),
    ("P1M", "P3M"),
    ("P1M", "P1Y"),
    ("P1Y", "P1Y"),
    ("P3M", "P3M"),
    ("P2W", "P2W"),
    ("P1W", "P4W"),
    ("P30D", "P30D"),
    ("P10D", "P30D"),
];

/// Notices, short ones and some that are longer than a term.
const NOTICES: [&str; 6] = ["P1D", "P10D", "P2W", "P1M", "P1M", "P3M"];

/// How long newcomers have an offer for nothing: shorter and longer than its periods.
const TRIALS: &[&str] = &["P1D", "P1W", "P2W", "P2W", "P1M", "P1M", "P45D", "P3M"];

/// Days on which calendars are least alike.
const STARTS: &[&str] =
    &["2024-01-31", "2024-02-29", "2025-12-30", "2026-01-15", "2026-01-31", "2026-08-31"];

/// The tags that offers carry.
const TAGS: &[&str] = &["month", "year", "churn", "extra"];

/// A random life.
pub(crate) fn life(seed: u64) -> Life {
    let mut dice = Dice::new(seed);
    let start: NaiveDate = dice.pick(STARTS).parse().expect("a date");
    let taxes = vec![Tax { id: "vat".into(), rates: rates(&mut dice, start) }];
    let offers: Vec<Offer> = (0..3 + dice.below(4)).map(|at| offer(&mut dice, at)).collect();
    let paths = (0..=dice.below(5)).map(|at| path(&mut dice, at, start)).collect();
    let customers: Vec<String> = (0..=dice.below(2)).map(|at| format!("customer-{at}")).collect();
    let zone = *dice.pick(&["Europe/Berlin", "America/New_York", "Pacific/Auckland", "UTC"]);
    let settings = Settings {
        time_zone: zone.into(),
        payment_days: *dice.pick(&[0, 7, 14, 30]),
        dunning: dunning(&mut dice),
        on_account: !dice.one_in(3),
    };
    let coupons = (0..dice.below(4)).map(|at| coupon(&mut dice, at, &offers)).collect();
    let steps = Vec::new();
    let mut life = Life { start, settings, taxes, offers, paths, coupons, customers, steps };
    for _ in 0..4 + dice.below(STEPS_MAX - 4) {
        let step = step(&mut dice, &life);
        life.steps.push(step);
    }
    life
}

/// Steps of dunning, in two of three lives none.
fn dunning(dice: &mut Dice) -> Vec<(u32, bool)> {
    let mut steps = Vec::new();
    let mut days = 0;
    if dice.one_in(3) {
        for _ in 0..=dice.below(3) {
            days += dice.days(1, 20);
            steps.push((days, dice.one_in(3)));
        }
    }
    steps
}

/// Dated rates: one in force on the first day, from that day or from its month on, perhaps others
/// later.
fn rates(dice: &mut Dice, start: NaiveDate) -> Vec<(NaiveDate, String)> {
    let first =
        if dice.one_in(2) { start } else { start.with_day(1).expect("a month has a first day") };
    let mut rates = vec![(first, (*dice.pick(&["19", "7.0", "8.1"])).to_owned())];
    for days in [20, 45] {
        if dice.one_in(3) {
            rates.push((later(start, days), (*dice.pick(&["20", "5.5", "0"])).to_owned()));
        }
    }
    rates
}

/// An offer with a few tags.
fn offer(dice: &mut Dice, at: u64) -> Offer {
    let currency = *dice.pick(&["EUR", "EUR", "EUR", "EUR", "EUR", "JPY", "KWD"]);
    let (period, term) = *dice.pick(LENGTHS);
    let renewal = (dice.one_in(6) && term != period).then(|| Length::read(period));
    let mut tags: Vec<String> = Vec::new();
    for tag in TAGS {
        if dice.one_in(2) {
            tags.push((*tag).into());
        }
    }
    Offer {
        id: format!("offer-{at}"),
        price: price(dice, currency),
        currency: currency.into(),
        is_net: dice.one_in(4),
        period: Length::read(period),
        term: Length::read(term),
        renewal,
        auto_renew: !dice.one_in(8),
        notice: dice.one_in(3).then(|| {
            Length::read(NOTICES[usize::try_from(dice.below(6)).expect("a small number")])
        }),
        requires_parent: dice.one_in(6),
        tags,
        tax: dice.one_in(2).then(|| "vat".into()),
        product: (*dice.pick(&["paper", "weekly"])).into(),
        trial: dice.one_in(4).then(|| Length::read(dice.pick::<&str>(TRIALS))),
        steps: steps(dice, currency),
        welcomes_all: dice.one_in(3),
    }
}

/// What newcomers pay first, for three of four offers what everybody does.
fn steps(dice: &mut Dice, currency: &str) -> Vec<(Minor, u32)> {
    let many = if dice.one_in(4) { 1 + dice.below(2) } else { 0 };
    (0..many).map(|_| (price(dice, currency), dice.days(1, 3))).collect()
}

/// A price: small, odd, large, or nothing.
fn price(dice: &mut Dice, currency: &str) -> Minor {
    let unit: Minor = [1, 10, 100, 1000][decimals(currency)];
    match dice.below(12) {
        0 => 0,
        1 => 1,
        2..=7 => Minor::from(dice.below(2000)) * unit / 100,
        8 | 9 => 10 * unit - unit / 10,
        _ => Minor::from(dice.below(20_000)) * unit / 100,
    }
}

/// A path between some tags.
fn path(dice: &mut Dice, at: u64, start: NaiveDate) -> Path {
    let transition = *dice.pick(&Transition::ALL);
    let may_prorate =
        matches!(transition, Transition::Immediate | Transition::ImmediateNextBooking);
    let is_optional = dice.one_in(2);
    let tags = |dice: &mut Dice| {
        let mut tags = vec![(*dice.pick(TAGS)).to_owned()];
        if dice.one_in(2) {
            tags.push((*dice.pick(TAGS)).to_owned());
        }
        tags.sort();
        tags.dedup();
        tags
    };
    let by_day = may_prorate && dice.one_in(2);
    Path {
        id: format!("path-{at}"),
        source_tags: tags(dice),
        target_tags: tags(dice),
        is_optional,
        may_switch: is_optional && dice.one_in(2),
        transition,
        by_day,
        keeps_date: by_day && transition == Transition::Immediate && dice.one_in(2),
        allow_unpaid: dice.one_in(4),
        introduces: dice.one_in(2),
        priority: i64::try_from(dice.below(3)).expect("a small number"),
        is_active: !dice.one_in(8),
        valid_from: dice.one_in(8).then(|| later(start, 15)),
        valid_until: dice.one_in(8).then(|| later(start, 60)),
    }
}

/// One step that makes sense in a life.
fn step(dice: &mut Dice, life: &Life) -> Step {
    match dice.below(100) {
        0..36 => Step::Checkout(ask(dice, life)),
        36..38 => Step::Reprice(reprice(dice, life)),
        38 => Step::KeepPrice { sub: dice.number() },
        39 => Step::WithdrawRaise { raise: dice.number() },
        // What is held keeps its coupon, too; told apart from what else it keeps.
        40..42 => Step::Hold { holder: without_coupon(ask(dice, life)), other: ask(dice, life) },
        42..45 => Step::HoldOver(ask(dice, life)),
        45..62 => Step::Advance { days: dice.days(1, 45) },
        62..64 => Step::Advance { days: dice.days(80, 400) },
        64..69 => Step::Pay { invoice: dice.number() },
        69..72 => Step::PayPart { invoice: dice.number(), quarters: dice.days(1, 6) },
        72..75 => Step::Unpay { invoice: dice.number() },
        75..78 => Step::Cancel { sub: dice.number(), now: dice.one_in(4) },
        78..80 => Step::Quit { sub: dice.number(), all: dice.one_in(2) },
        80..82 => Step::Uncancel { sub: dice.number() },
        82..85 => Step::Withdraw { change: dice.number() },
        85..87 => Step::BringOver(arrival(dice, life)),
        87..89 => Step::Credit {
            invoice: dice.number(),
            line: (!dice.one_in(3)).then(|| (dice.number(), dice.days(1, 4))),
        },
        89..92 => Step::Downtime { days: dice.days(1, 70) },
        92..94 => Step::Run,
        94..96 => {
            let currency = dice.pick(&life.offers).currency.clone();
            let amount = Minor::from(1 + dice.below(500));
            let customer = dice.pick(&life.customers).clone();
            match dice.below(3) {
                0 => Step::Payout { customer, amount, currency },
                1 => Step::Receive { customer, amount: 10 * amount, currency },
                _ => Step::Return { customer },
            }
        }
        96..98 => {
            let old = dice.pick(&life.offers).clone();
            let new = offer(dice, 0);
            let price = price(dice, &old.currency);
            Step::PutOffer(Offer { price, tags: new.tags, ..old })
        }
        _ => {
            let at = dice.below(life.paths.len() as u64);
            Step::PutPath(path(dice, at, life.start))
        }
    }
}

/// A request for a checkout.
fn ask(dice: &mut Dice, life: &Life) -> Ask {
    Ask {
        customer: dice.pick(&life.customers).clone(),
        offer: dice.pick(&life.offers).id.clone(),
        pin_sub: dice.one_in(8).then(|| dice.number()),
        pin_path: dice.one_in(8).then(|| dice.pick(&life.paths).id.clone()),
        mode: dice.one_in(6).then(|| *dice.pick(&[Mode::Add, Mode::Replace])),
        allow_new: dice.one_in(6),
        coupon: dice.one_in(5).then(|| dice.number()),
        complete: !dice.one_in(6),
        pay: !dice.one_in(4),
    }
}

/// The same by somebody who has no coupon.
fn without_coupon(ask: Ask) -> Ask {
    Ask { coupon: None, ..ask }
}

/// A coupon, for everything or for offers of a currency.
fn coupon(dice: &mut Dice, at: u64, offers: &[Offer]) -> Coupon {
    let currency = dice.pick(offers).currency.clone();
    let off = if dice.one_in(2) {
        Off::Percent((*dice.pick(&["10", "33.3", "50", "100"])).into())
    } else {
        Off::Amount(price(dice, &currency).max(1))
    };
    let least = dice.one_in(4).then(|| price(dice, &currency).max(1));
    let most = dice.one_in(3).then(|| 1 + usize::from(dice.one_in(2)));
    Coupon { code: format!("CODE-{at}"), off, currency, least, most }
}

/// Another price for those who run.
fn reprice(dice: &mut Dice, life: &Life) -> Reprice {
    let offer = dice.pick(&life.offers).clone();
    Reprice {
        price: price(dice, &offer.currency),
        offer: offer.id,
        days: dice.days(0, 60),
        all: dice.one_in(2),
        notice: *dice.pick(&[0, 14, 30, 30, 90]),
    }
}

/// A subscription from elsewhere.
fn arrival(dice: &mut Dice, life: &Life) -> Arrival {
    let offer = dice.pick(&life.offers).clone();
    let price = dice.one_in(3).then(|| price(dice, &offer.currency));
    let gross = Minor::from(dice.below(3000));
    Arrival {
        customer: dice.pick(&life.customers).clone(),
        offer: offer.id,
        started_days_ago: dice.days(0, 500),
        price,
        is_cancelled: dice.one_in(5),
        invoice: (!dice.one_in(3)).then(|| (gross, !dice.one_in(3))),
    }
}

/// The shortest life found that still fails: steps are dropped while it does, halves first.
pub(crate) async fn shrink(life: &Life, mut fails: impl AsyncFnMut(&Life) -> bool) -> Life {
    let mut smallest = life.clone();
    let mut size = smallest.steps.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        while at < smallest.steps.len() {
            let mut shorter = smallest.clone();
            shorter.steps.drain(at..(at + size).min(smallest.steps.len()));
            if fails(&shorter).await {
                smallest = shorter;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    smallest
}
