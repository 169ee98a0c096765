//! The same life billed daily, once, twice, and by four at a time: the ledger is the same. And
//! lives of two merchants in one book, each as if it were alone.

use chrono::NaiveDate;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::engine::{engine, lives};
use crate::lives::{Difference, Play};
use crate::oracle::generate;
use crate::oracle::model::{Life, Step, World};
use crate::support::{both, sqlite};

/// How long billing is looked at after a life: months of all lengths, and a year's renewal.
const TAILS: [u32; 4] = [1, 35, 100, 400];

/// How the days after a life are billed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Regime {
    Daily,
    Once,
    Twice,
    FourAtOnce,
}

/// A life without restarts, so that whatever follows it begins alike.
fn steady(seed: u64) -> Life {
    let mut life = generate::life(seed);
    for step in &mut life.steps {
        if let Step::Downtime { days } = *step {
            *step = Step::Advance { days };
        }
    }
    life
}

fn text<T>(told: Result<T, Difference>) -> Result<T, String> {
    told.map_err(|difference| difference.to_string())
}

/// Plays a life and bills what follows; answers with the ledger in the end.
async fn play(store: &Store, life: &Life, days: u32, regime: Regime) -> Result<Value, String> {
    let (router, key) = engine(store, life.start).await;
    let mut play = text(Play::begin(life, router, key).await)?;
    for step in &life.steps {
        play.step(step).await?;
        play.compare_book().await?;
    }
    if regime == Regime::Daily {
        play.step(&Step::Advance { days }).await?;
    } else {
        play.step(&Step::Downtime { days }).await?;
        let (router, _) = engine(store, play.world.today).await;
        play.client.router = router;
        match regime {
            Regime::FourAtOnce => {
                let run = async || play.client.post("/v1/billing/runs", &json!({})).await;
                let runs = tokio::join!(run(), run(), run(), run());
                for (status, answer) in [runs.0, runs.1, runs.2, runs.3] {
                    assert_eq!((status, &answer["failures"]), (200, &json!([])), "{answer}");
                }
                play.world.run();
            }
            Regime::Once => play.step(&Step::Run).await?,
            Regime::Daily | Regime::Twice => {
                play.step(&Step::Run).await?;
                play.step(&Step::Run).await?;
            }
        }
    }
    play.compare_book().await?;
    text(play.audit().await)?;
    Ok(ledger(&play.world))
}

/// The book of each customer by itself, without numbers and days of issue: names count what is
/// that customer's, in order of creation.
fn ledger(world: &World) -> Value {
    let book = world.book();
    let customers = world.customers.keys().map(|customer| {
        let mut renamed = Vec::new();
        let kinds = [&book.subs, &book.changes, &book.invoices, &book.credits].map(|kind| {
            let is_theirs = |value: &Value| match value.get("customer") {
                Some(whose) => whose == customer,
                None => renamed.iter().any(|(name, _)| json!(name) == value["subscription"]),
            };
            let own: Vec<_> = kind.iter().filter(|(_, value)| is_theirs(value)).cloned().collect();
            for (at, (name, _)) in own.iter().enumerate() {
                let kind = name.split('#').next().unwrap_or_default();
                renamed.push((name.clone(), format!("{kind} {at} of {customer}")));
            }
            own
        });
        let own = kinds.map(|kind| {
            let values = kind.into_iter().map(|(_, value)| plain(&value, &renamed));
            values.collect::<Vec<_>>()
        });
        let balances = book.balances.iter().filter(|(whose, _)| whose == customer);
        json!([customer, own, balances.collect::<Vec<_>>()])
    });
    customers.collect()
}

/// A value under the names of one customer.
fn plain(value: &Value, renamed: &[(String, String)]) -> Value {
    match value {
        Value::Object(fields) => {
            let kept =
                fields.iter().filter(|(field, _)| *field != "issued_on" && *field != "due_on");
            kept.map(|(field, value)| (field.clone(), plain(value, renamed))).collect()
        }
        Value::Array(values) => values.iter().map(|value| plain(value, renamed)).collect(),
        Value::String(text) => {
            json!(renamed.iter().find(|(name, _)| name == text).map_or(text, |(_, new)| new))
        }
        other => other.clone(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn daily_is_once_is_twice_is_four_at_once() {
    let tails = TAILS.into_iter().cycle();
    for (seed, days) in (30_000..30_000 + lives() / 20).zip(tails) {
        let life = steady(seed);
        let mut first: Option<Value> = None;
        for regime in [Regime::Daily, Regime::Once, Regime::Twice, Regime::FourAtOnce] {
            let (store, _folder) = sqlite().await;
            let told = play(&store, &life, days, regime).await;
            let ledger = told.unwrap_or_else(|text| panic!("seed {seed}, {regime:?}: {text}"));
            match &first {
                None => first = Some(ledger),
                Some(first) => assert_eq!(first, &ledger, "seed {seed}, {days} days, {regime:?}"),
            }
        }
    }
}

async fn four_at_once_bill_a_life_as_one_does(store: Store) {
    let told = play(&store, &steady(31_000), 100, Regime::FourAtOnce).await;
    assert!(told.is_ok(), "{told:?}");
}

/// A life that begins on a day, in a time zone.
fn neighbour(mut seed: u64, start: NaiveDate, zone: &str) -> Life {
    loop {
        let mut life = steady(seed);
        if life.start == start {
            zone.clone_into(&mut life.settings.time_zone);
            life.steps.retain(|step| !matches!(step, Step::Advance { .. } | Step::HoldOver(_)));
            return life;
        }
        seed += 1;
    }
}

async fn two_merchants_live_as_if_each_were_alone(store: Store) {
    // One clock for both: the first moves it, by whole days alone.
    let mut life = steady(32_001);
    life.steps.retain(|step| !matches!(step, Step::HoldOver(_)));
    let beside = neighbour(32_500, life.start, &life.settings.time_zone);
    let (router, key) = engine(&store, life.start).await;
    let mut first = Play::begin(&life, router.clone(), key).await.unwrap();
    let other = json!({"id": "other", "name": "The other"});
    let (status, made) = first.client.post("/v1/merchants", &other).await;
    assert_eq!(status, 201, "{made}");
    let key = made["key"].as_str().unwrap().to_owned();
    let mut second = Play::begin(&beside, router, key).await.unwrap();
    let mut steps = beside.steps.iter();
    for (at, step) in life.steps.iter().enumerate() {
        first.step(step).await.unwrap_or_else(|text| panic!("step {at}: {text}"));
        if let Step::Advance { .. } = step {
            second.world.play(step);
        } else if let Some(step) = steps.next() {
            second.step(step).await.unwrap_or_else(|text| panic!("{step:?} beside: {text}"));
        }
        for play in [&mut first, &mut second] {
            let told = play.compare_book().await;
            told.unwrap_or_else(|text| panic!("after {at} {step:?}: {text}"));
        }
    }
    first.audit().await.unwrap();
    second.audit().await.unwrap();
}

both!(four_at_once_bill_a_life_as_one_does, two_merchants_live_as_if_each_were_alone);
