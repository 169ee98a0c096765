//! Automations against a slow and plain second telling of their rules, in random shops from a seed:
//! who starts and leaves, when each step is due, what is handed over, what becomes of messages and
//! codes, and every figure of the reports, at any moment. It shares nothing with the engine, and
//! walks through every minute.
//!
//! To read: `model` (nouns), `telling` (what is done, and what comes of it), `clock` (what time
//! brings), `counting` (reports), `random` (shops and what is done in them), `play` (the same done
//! to the engine), `hears` (what it says of it). `CROSSGRADE_TEST_SHOPS` says how many shops there
//! are, `CROSSGRADE_TEST_SHOPS_SEED` where they begin.

mod clock;
mod counting;
mod hears;
mod model;
mod play;
mod random;
mod telling;

use crossgrade::store::Store;

use crate::oracle::generate::Dice;
use crate::support::{both, postgres, sqlite};
use play::Play;

/// How much is done in a shop, and in one of which a whole month is told.
const ACTIONS: u64 = 80;
const BEFORE_MONTH: u64 = 40;
const MONTH: i64 = 30 * 24 * 60;

/// How many shops there are, of which a few are on PostgreSQL.
fn shops() -> u64 {
    let wanted = std::env::var_os("CROSSGRADE_TEST_SHOPS");
    wanted.and_then(|wanted| wanted.to_str()?.parse().ok()).unwrap_or(3)
}

/// Where random shops begin.
fn first() -> u64 {
    let wanted = std::env::var_os("CROSSGRADE_TEST_SHOPS_SEED");
    wanted.and_then(|wanted| wanted.to_str()?.parse().ok()).unwrap_or(1)
}

/// A shop of a seed, in which a lot is done; then a month goes by, in so many parts.
async fn lives(
    store: Store,
    seed: u64,
    (actions, parts): (u64, i64),
) -> Result<Vec<String>, String> {
    let mut dice = Dice::new(seed);
    let mut play = Play::open(store, seed, &mut dice).await;
    for at in 0..actions {
        let action = play.next(&mut dice);
        let told = play.step(&action, &mut dice).await;
        told.map_err(|text| format!("seed {seed}, action {at}, {action:?}: {text}"))?;
    }
    for part in 0..parts {
        let action = telling::Action::Advance { minutes: MONTH / parts - 1 };
        let told = play.step(&action, &mut dice).await;
        told.map_err(|text| format!("seed {seed}, part {part} of the month: {text}"))?;
    }
    Ok(play.came_to().await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_shops_come_out_as_the_second_telling_says() {
    for seed in first()..first() + shops() {
        let (store, _folder) = sqlite().await;
        assert_eq!(lives(store, seed, (ACTIONS, 1)).await.map(drop), Ok(()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_shops_on_postgres_come_out_as_the_second_telling_says() {
    let from = 100_000 + first();
    for seed in from..from + shops().div_ceil(3) {
        let Some((store, _database)) = postgres::fresh().await else { return };
        let came = lives(store.clone(), seed, (ACTIONS, 1)).await;
        store.close().await;
        assert_eq!(came.map(drop), Ok(()));
    }
}

/// Two shops that are alike, of which one lives a month at once and the other day by day.
async fn a_month_at_once_brings_what_thirty_days_do(store: Store) {
    let seed = 200_000 + first();
    let at_once = lives(store, seed, (BEFORE_MONTH, 1)).await.unwrap();
    let (store, _folder) = sqlite().await;
    let day_by_day = lives(store, seed, (BEFORE_MONTH, 30)).await.unwrap();
    assert_eq!(at_once, day_by_day, "seed {seed}");
}

both!(a_month_at_once_brings_what_thirty_days_do);

/// The telling has something to say: most of what can happen does, in a few shops.
#[test]
fn much_happens_in_random_shops() {
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for seed in 0..150 {
        let mut dice = Dice::new(seed);
        let (_, zone) = random::opening(seed);
        let mut shop = random::shop(&mut dice, zone, 29_000_000);
        for _ in 0..ACTIONS {
            let action = random::action(&mut dice, &shop);
            shop.act(&action);
            let more = shop.now + 1;
            shop.pass(more);
        }
        shop.pass(shop.now + MONTH);
        for run in &shop.runs {
            *seen.entry(format!("{:?}", run.stands)).or_default() += 1;
        }
        for message in &shop.messages {
            *seen.entry(format!("{:?}", message.fate)).or_default() += 1;
        }
        let used = |code: Option<model::Code>| matches!(code, Some(model::Code::OfRun(_)));
        let redeemed = shop.orders.iter().filter(|it| used(it.code)).count()
            + shop.subscriptions.iter().filter(|it| used(it.code)).count();
        *seen.entry("redeemed".to_owned()).or_default() += redeemed;
        *seen.entry("held".to_owned()).or_default() += shop.holds.len();
        let given_back = shop.subscriptions.iter().filter(|it| it.code.is_some());
        let given_back = given_back.filter(|it| it.is_code_back).count();
        *seen.entry("given back".to_owned()).or_default() += given_back;
        for place in 0..shop.automations.len() {
            let report = shop.report(place, shop.now, None);
            let steps = report["steps"].as_array().unwrap();
            let credited = steps.iter().filter(|it| it["attributed_orders"] != 0).count();
            *seen.entry("credited".to_owned()).or_default() += credited;
        }
    }
    let wanted = [
        "Active",
        "Completed",
        "Exited(\"purchased\")",
        "Exited(\"unsubscribed\")",
        "Exited(\"undeliverable\")",
        "Exited(\"order_cancelled\")",
        "Exited(\"stopped\")",
        "Sent",
        "Failed",
        "Dropped",
        "redeemed",
        "held",
        "given back",
        "credited",
    ];
    let missing = wanted.iter().filter(|what| seen.get(**what).is_none_or(|many| *many < 2));
    let missing: Vec<&&str> = missing.collect();
    assert!(missing.is_empty(), "{missing:?} of {seen:?}");
}
