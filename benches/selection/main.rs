//! How long it takes to choose what an order is offered, beside an index over integers that is
//! written by hand for this workload, in the same run; and what a cart costs with many rules. It
//! prints one line a measure, times in microseconds.
//!
//!     cargo bench --bench selection                   # all, on an SQLite book
//!     cargo bench --bench selection -- --orders 2000  # fewer orders
//!     cargo bench --bench selection -- --only carts   # one part: see `PARTS`
//!
//! What is bought follows u^2.5 of 20,000 products; see `world`. Both indexes must choose the same
//! campaign for every order.

mod limit;
mod routes;
mod world;

use std::hint::black_box;
use std::time::{Duration, Instant};

use crossgrade::domain::campaign::Campaign;
use crossgrade::selection::facts::Facts;
use crossgrade::selection::index::{Index, IndexedOrder};
use serde_json::{Value, json};

use crate::limit::Limit;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CAMPAIGNS: u64 = 100_000;
const ORDERS: usize = 20_000;
/// What `--only` names: in process, orders against compiled campaigns; over HTTP, what an order is
/// offered, and what a cart comes to.
const PARTS: [&str; 3] = ["index", "upsells", "carts"];
/// Orders before those that count.
const WARM_UP: usize = 200;

pub(crate) fn option(name: &str, default: usize) -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
    arguments.next().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// Whether a part is asked for: all are, unless `--only` names one.
pub(crate) fn is_wanted(part: &str) -> bool {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--only").skip(1);
    let Some(only) = arguments.next() else { return true };
    assert!(PARTS.contains(&only.as_str()), "--only takes one of {PARTS:?}");
    only == part
}

/// A duration in microseconds with two digits behind the point.
fn micros(time: Duration) -> String {
    format!("{}.{:02}", time.as_nanos() / 1_000, time.as_nanos() % 1_000 / 10)
}

/// Of some times, the ones below which half and 99 of 100 are.
fn typical(times: &mut [Duration]) -> (Duration, Duration) {
    times.sort();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
    (at(50), at(99))
}

pub(crate) fn print(what: &str, times: &mut [Duration]) {
    let (half, most) = typical(times);
    println!("{what:<58} p50 {:>10}   p99 {:>10}", micros(half), micros(most));
}

/// How long each takes, but for the first.
fn timed<T>(things: &[T], mut work: impl FnMut(&T)) -> Vec<Duration> {
    let mut times = Vec::with_capacity(things.len());
    for (place, thing) in things.iter().chain(things.iter().take(WARM_UP)).enumerate() {
        let begun = Instant::now();
        work(thing);
        if place >= WARM_UP {
            times.push(begun.elapsed());
        }
    }
    times
}

fn beside(what: &str, engine: &mut [Duration], bare: &mut [Duration]) {
    let half = |times: &mut [Duration]| typical(times).0.as_nanos().max(1);
    let ratio = half(bare) * 1_000 / half(engine);
    print(what, engine);
    let what = format!("  by hand; ratio {}.{:03}", ratio / 1_000, ratio % 1_000);
    print(&what, bare);
}

/// The same orders against the index and against the limit.
fn choose(what: &str, index: &Index, limit: &Limit, orders: &[(Facts, limit::Order)]) {
    for (facts, order) in orders {
        let question = IndexedOrder::of(index, facts);
        assert_eq!(question.survivors().next(), limit.choose(order), "{facts:?}");
    }
    let parsed: Vec<_> =
        orders.iter().map(|(facts, order)| (IndexedOrder::of(index, facts), order)).collect();
    let mut own = timed(&parsed, |(question, _)| {
        black_box(question.survivors().next());
    });
    let mut bare = timed(&parsed, |(_, order)| {
        black_box(limit.choose(order));
    });
    beside(what, &mut own, &mut bare);
}

fn in_process(count: u64, untriggered: u64, orders: &[Value]) {
    let campaigns = world::campaigns(count, untriggered);
    let (index, limit) = (Index::of(&campaigns), Limit::of(&campaigns));
    let texts: Vec<String> = orders.iter().map(Value::to_string).collect();
    let parsed = texts.iter().map(|text| world::read(text));
    let parsed: Vec<_> = parsed.map(|it| (world::facts(&it), limit.order(&it))).collect();
    let set = if untriggered == 0 { ", each with a trigger" } else { "" };
    choose(&format!("choose, order parsed, {count} campaigns{set}"), &index, &limit, &parsed);
    let mut own = timed(&parsed, |(facts, _)| {
        black_box(IndexedOrder::of(&index, facts).survivors().next());
    });
    print(&format!("  with its names looked up, {count} campaigns{set}"), &mut own);
    let mut own = timed(&texts, |text| {
        let facts = world::facts(&world::read(text));
        black_box(IndexedOrder::of(&index, &facts).survivors().next());
    });
    let mut bare = timed(&texts, |text| {
        black_box(limit.choose(&limit.order(&world::read(text))));
    });
    beside(&format!("  from the order's JSON, {count} campaigns{set}"), &mut own, &mut bare);
    let mut own = timed(&parsed, |(facts, _)| {
        let question = IndexedOrder::of(&index, facts);
        black_box(question.considered(Some(20), |_| Ok(())));
    });
    print(&format!("  the first twenty verdicts, {count} campaigns{set}"), &mut own);
}

/// One product that triggers 5,000 campaigns, none of which qualifies.
fn hot(orders: &[Value]) {
    let mut campaigns = world::campaigns(CAMPAIGNS - 5_000, 0);
    campaigns.extend(world::unwilling(5_000));
    let (index, limit) = (Index::of(&campaigns), Limit::of(&campaigns));
    let texts = orders.iter().map(|order| {
        let mut order = order.clone();
        order["channel"] = json!("channel-0");
        order["lines"] = json!([{"product": world::hot(), "quantity": 1, "unit_net": "9.00"}]);
        order.to_string()
    });
    let texts: Vec<String> = texts.collect();
    let orders = texts.iter().map(|text| world::read(text));
    let orders: Vec<_> = orders.map(|it| (world::facts(&it), limit.order(&it))).collect();
    choose("a product that triggers 5,000 in vain", &index, &limit, &orders);
}

fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<usize>().ok());
    number.unwrap_or(0) / 1_024
}

fn compile() {
    let campaigns = world::campaigns(CAMPAIGNS, 5);
    let before = resident();
    let begun = Instant::now();
    let index = Index::of(&campaigns);
    let took = begun.elapsed();
    println!(
        "compiling {CAMPAIGNS} campaigns: {} ms, {} MB by its own count, {} MB more resident",
        took.as_millis(),
        index.bytes() / 1_048_576,
        resident().saturating_sub(before)
    );
    let mut edited: Vec<Campaign> = campaigns.into_iter().take(500).collect();
    for (edit, campaign) in (1_000_000..).zip(&mut edited) {
        campaign.edit = edit;
    }
    let mut held = index;
    let mut times = Vec::new();
    for campaign in edited {
        let begun = Instant::now();
        held = held.with(&[], vec![campaign]).expect("few edits");
        times.push(begun.elapsed());
    }
    print("taking in a save, 1 to 500 after compiling", &mut times);
}

fn main() {
    if is_wanted("index") {
        let orders = world::orders(option("--orders", ORDERS) as u64, 11);
        compile();
        in_process(10_000, 5, &orders);
        in_process(CAMPAIGNS, 5, &orders);
        in_process(CAMPAIGNS, 0, &orders);
        hot(&orders);
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(routes::measure());
}
