//! In random catalogues and lives: what a checkout told is what then happens if nothing else does.

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::lives::play;
use crate::oracle::generate::{Dice, life};
use crate::oracle::model::Life;
use crate::support::{postgres, sqlite};
use crate::world::{ADMIN_KEY, World};

/// How many steps are lived before.
const STEPS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_told_is_what_happens_on_sqlite() {
    let mut told = 0;
    for seed in 1_000..1_060 {
        let (store, _folder) = sqlite().await;
        let life = life(seed);
        told += keeps_its_word(&World::starting(store, life.start).await, life, seed).await;
    }
    assert!(told > 20, "only {told} payments to come were told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_told_is_what_happens_on_postgres() {
    for seed in 2_000..2_012 {
        let Some((store, _database)) = postgres::fresh().await else { return };
        let life = life(seed);
        keeps_its_word(&World::starting(store.clone(), life.start).await, life, seed).await;
        store.close().await;
    }
}

/// Lives a while, completes one checkout of each customer, and waits for what it told.
async fn keeps_its_word(world: &World, mut life: Life, seed: u64) -> usize {
    life.steps.truncate(STEPS);
    let played = play(&life, world.router.clone(), ADMIN_KEY).await;
    assert!(played.is_ok(), "seed {seed}: {played:?}");
    let mut dice = Dice::new(seed);
    let customer = dice.pick(&life.customers).clone();
    let first = usize::try_from(dice.below(life.offers.len() as u64)).unwrap();
    let offers = life.offers.iter().cycle().skip(first).take(life.offers.len());
    // With a coupon where there is one that fits.
    let codes: Vec<Option<&String>> =
        life.coupons.iter().map(|coupon| Some(&coupon.code)).chain([None]).collect();
    for (offer, code) in offers.flat_map(|offer| codes.iter().map(move |code| (offer, code))) {
        let mut body = json!({"customer": customer, "offer": offer.id});
        if let Some(code) = code {
            body["coupon"] = json!(code);
        }
        let opened = world.post("/v1/checkouts", body).await;
        if opened.status == 201 {
            let at = format!("seed {seed}, {customer}, {}, {code:?}", offer.id);
            return usize::from(goes_as_told(world, &opened.json, &at).await);
        }
    }
    0
}

/// Whether a payment was told; then it came as told, and so did everything else.
async fn goes_as_told(world: &World, shown: &Value, at: &str) -> bool {
    let due = &shown["amount_due"];
    let mut body = json!({"stamp": shown["stamp"]});
    if due["amount"].as_str().unwrap().bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        body["payment"] = json!({"reference": "told", "amount": due});
    }
    let id = shown["id"].as_str().unwrap();
    let done = world.post(&format!("/v1/checkouts/{id}/complete"), body).await.expect(200);
    for member in ["next_payment", "balance_after", "still_owed", "commitment", "ends"] {
        assert_eq!(done[member], shown[member], "{at}: {member}");
    }
    balances_are_as_told(world, shown, &done, at).await;
    if let Some(id) = done["result"]["subscription"].as_str() {
        is_bound_as_told(world, id, shown, at).await;
    }
    ends_as_told(world, shown, today(world).await, at).await;
    let next = &shown["next_payment"];
    assert_eq!(next["on"], shown["next_payment_on"], "{at}");
    let Some(on) = next["on"].as_str() else { return false };
    world.advance(on).await;
    let customer = shown["customer"].as_str().unwrap();
    let listed = world.get(&format!("/v1/invoices?customer={customer}&limit=200")).await.json;
    let told = &next["document"];
    let currency = &told["gross"]["currency"];
    let issued: Vec<&Value> = listed["data"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|invoice| invoice["issued_on"] == on && invoice["gross"]["currency"] == *currency)
        .collect();
    assert_eq!(issued.len(), 1, "{at}: {told} was told, {issued:?} came");
    is_as_told(told, issued[0], at);
    if let Some(id) = done["result"]["scheduled_change"].as_str()
        && shown["effective_on"] == on
    {
        let change = world.get(&format!("/v1/scheduled-changes/{id}")).await.expect(200);
        let id = change["result_subscription"].as_str().unwrap_or_else(|| panic!("{at}: {change}"));
        is_bound_as_told(world, id, shown, at).await;
    }
    ends_as_told(world, shown, on.parse().unwrap(), at).await;
    true
}

async fn today(world: &World) -> NaiveDate {
    let clock = world.get("/v1/test-clock").await.expect(200);
    clock["today"].as_str().unwrap().parse().unwrap()
}

/// Compares an invoice with the one that was told.
fn is_as_told(told: &Value, issued: &Value, at: &str) {
    let members =
        ["kind", "issued_on", "due_on", "net", "tax", "gross", "credit_applied", "amount_due"];
    for member in members {
        assert_eq!(told[member], issued[member], "{at}: {member} of {told} and {issued}");
    }
    let (lines, came) = (told["lines"].as_array().unwrap(), issued["lines"].as_array().unwrap());
    assert_eq!(lines.len(), came.len(), "{at}: {told} and {issued}");
    for (line, came) in lines.iter().zip(came) {
        let known = line
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, value)| *name != "subscription" || !value.is_null());
        for (name, value) in known {
            assert_eq!(*value, came[name], "{at}: {name} of {told} and {issued}");
        }
    }
}

/// What is left and owed once it is completed.
async fn balances_are_as_told(world: &World, shown: &Value, done: &Value, at: &str) {
    let customer = shown["customer"].as_str().unwrap();
    let currency = &shown["amount_due"]["currency"];
    let found = world.get(&format!("/v1/customers/{customer}")).await.expect(200);
    let balances = found["credit_balance"].as_array().unwrap();
    let balance = balances.iter().find(|balance| balance["currency"] == *currency);
    match balance {
        Some(balance) => assert_eq!(*balance, shown["balance_after"], "{at}"),
        None => assert!(minor(&shown["balance_after"]) == 0, "{at}: {}", shown["balance_after"]),
    }
    let open = format!("/v1/invoices?customer={customer}&status=open&limit=200");
    let open = world.get(&open).await.expect(200);
    let own = done["result"]["invoices"].as_array().unwrap();
    let owed = open["data"].as_array().unwrap().iter().filter(|invoice| {
        invoice["amount_due"]["currency"] == *currency && !own.contains(&invoice["id"])
    });
    let owed: i64 = owed.map(|invoice| minor(&invoice["amount_due"])).sum();
    assert_eq!(owed, minor(&shown["still_owed"]), "{at}");
}

/// Minor units: the digits.
fn minor(money: &Value) -> i64 {
    money["amount"].as_str().unwrap().replace('.', "").parse().unwrap()
}

async fn is_bound_as_told(world: &World, id: &str, shown: &Value, at: &str) {
    let found = world.get(&format!("/v1/subscriptions/{id}")).await.expect(200);
    let binds = &shown["commitment"];
    let last: NaiveDate = binds["ends_on"].as_str().unwrap().parse().unwrap();
    let term = &found["current_term"];
    assert_eq!(term["start"], binds["starts_on"], "{at}");
    let end: NaiveDate = term["end"].as_str().unwrap().parse().unwrap();
    assert!(end <= last.succ_opt().unwrap(), "{at}: {term} is longer than {binds}");
    assert_eq!(found["cancellable_to"], binds["cancellable_to"], "{at}: who cancels at once");
}

/// What was told to end by a day has ended so.
async fn ends_as_told(world: &World, shown: &Value, by: NaiveDate, at: &str) {
    for ending in shown["ends"].as_array().unwrap() {
        let on: NaiveDate = ending["on"].as_str().unwrap().parse().unwrap();
        if on <= by {
            let id = ending["subscription"].as_str().unwrap();
            let found = world.get(&format!("/v1/subscriptions/{id}")).await.expect(200);
            assert_eq!(found["ended_on"], ending["on"], "{at}: {id}");
        }
    }
}
