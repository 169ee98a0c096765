//! Many at once: whoever comes first wins, and nobody gets anything twice. What one alone gets
//! stands elsewhere.

mod again;
mod catalogue;
mod definitions;
mod dunning;
mod hang_ups;
mod locked;
mod orders;
mod processes;
mod turns;

use std::collections::BTreeSet;

use axum::http::Method;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{Answer, World, complete, eur, offer_of, paid, path_of};

/// How many come at once.
const MANY: usize = 16;

both! {
    of_many_checkouts_of_one_source_a_single_one_completes,
    one_checkout_completed_by_many_is_completed_once,
    of_many_holds_of_one_source_a_single_one_wins,
    hold_complete_cancel_and_withdraw_at_once_leave_one_story,
    requests_with_one_key_are_carried_out_once,
    a_request_sent_again_with_another_api_key_is_still_the_same,
    of_many_writers_who_saw_the_same_a_single_one_gets_through,
}

/// All of these at once.
async fn at_once<F>(calls: impl IntoIterator<Item = F>) -> Vec<Answer>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let tasks: Vec<_> = calls.into_iter().map(tokio::spawn).collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

fn post(world: &World, path: String, body: Value) -> impl Future<Output = Answer> + Send + 'static {
    let world = world.clone();
    async move { world.post(&path, body).await }
}

fn act(checkout: &Value, what: &str) -> String {
    format!("/v1/checkouts/{}/{what}", checkout["id"].as_str().unwrap())
}

/// A month that is paid, on the tenth day, with a path to the year at once.
async fn ready(store: Store) -> World {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/paths/month-to-year", path_of("immediate")).await.expect(200);
    world.buy("ada", "month").await;
    world.advance("2026-02-10").await;
    world
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

/// What must hold of a book whatever happened: one active subscription of ada's, numbers without
/// gaps, no period paid for twice.
async fn is_sound(world: &World, invoices: usize) {
    let list =
        async |path: &str| world.get(path).await.expect(200)["data"].as_array().unwrap().clone();
    let active = list("/v1/subscriptions?customer=ada&status=active").await;
    assert_eq!(active.len(), 1, "{active:?}");
    let issued = list("/v1/invoices?limit=200").await;
    let mut numbers: Vec<u64> = issued.iter().map(|one| one["number"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=invoices as u64).collect::<Vec<_>>());
    let lines = issued.iter().flat_map(|invoice| invoice["lines"].as_array().unwrap());
    let periods: Vec<_> =
        lines.map(|line| (line["subscription"].to_string(), line["period"].to_string())).collect();
    let distinct: BTreeSet<_> = periods.iter().collect();
    assert_eq!(distinct.len(), periods.len(), "{periods:?}");
    let audit = world.get("/v1/audit").await;
    assert!(audit.json["ok"] == json!(true), "{audit:?}");
}

async fn of_many_checkouts_of_one_source_a_single_one_completes(store: Store) {
    let world = ready(store).await;
    let mut calls = Vec::new();
    for _ in 0..MANY {
        let checkout = world.open("ada", "year").await;
        calls.push(post(&world, complete(&checkout), paid(&checkout)));
    }
    let answers = at_once(calls).await;
    assert_eq!((count(&answers, 200), count(&answers, 409)), (1, MANY - 1), "{answers:?}");
    is_sound(&world, 2).await;
}

async fn one_checkout_completed_by_many_is_completed_once(store: Store) {
    let world = ready(store).await;
    let checkout = world.open("ada", "year").await;
    let calls = (0..MANY).map(|_| post(&world, complete(&checkout), paid(&checkout)));
    let answers = at_once(calls).await;
    assert_eq!(count(&answers, 200), MANY, "{answers:?}");
    assert!(answers.iter().all(|answer| answer.json == answers[0].json));
    is_sound(&world, 2).await;
}

async fn of_many_holds_of_one_source_a_single_one_wins(store: Store) {
    let world = ready(store).await;
    let mut opened = Vec::new();
    for _ in 0..MANY {
        opened.push(world.open("ada", "year").await);
    }
    let answers = at_once(opened.iter().map(|one| post(&world, act(one, "hold"), json!({})))).await;
    assert_eq!((count(&answers, 200), count(&answers, 409)), (1, MANY - 1), "{answers:?}");
    let lost = answers.iter().filter(|answer| answer.status == 409);
    assert!(lost.into_iter().all(|answer| answer.problem(409) == "source-held"));
    let answers = at_once(opened.iter().map(|one| post(&world, complete(one), paid(one)))).await;
    assert_eq!((count(&answers, 200), count(&answers, 409)), (1, MANY - 1), "{answers:?}");
    is_sound(&world, 2).await;
}

async fn hold_complete_cancel_and_withdraw_at_once_leave_one_story(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    world.advance("2026-02-10").await;
    for round in 0..4 {
        let change = world.buy("ada", "year").await["result"]["scheduled_change"].clone();
        let withdraw = format!("/v1/scheduled-changes/{}/withdraw", change.as_str().unwrap());
        let month = world.get("/v1/subscriptions?customer=ada&status=active").await.json["data"][0]
            ["id"]
            .clone();
        let cancel = format!("/v1/subscriptions/{}/cancel", month.as_str().unwrap());
        let again = json!({"customer": "ada", "offer": "year", "allow_new": true});
        let held = world.post("/v1/checkouts", again.clone()).await.expect(201);
        let done = world.post("/v1/checkouts", again).await.expect(201);
        let answers = at_once([
            post(&world, act(&held, "hold"), json!({})),
            post(&world, complete(&done), paid(&done)),
            post(&world, cancel.clone(), json!({})),
            post(&world, withdraw, json!({})),
        ])
        .await;
        assert!(answers.iter().all(|it| [200, 409].contains(&it.status)), "{round}: {answers:?}");
        if answers[0].status == 200 {
            // Whoever came after the hold was told so, and it completes as it was shown.
            world.post(&complete(&held), paid(&held)).await.expect(200);
        }
        let pending = world.get("/v1/scheduled-changes?status=pending").await.expect(200);
        let pending = pending["data"].as_array().unwrap();
        assert!(pending.len() <= 1, "{round}: {pending:?}");
        for change in pending {
            let id = change["id"].as_str().unwrap();
            let withdraw = format!("/v1/scheduled-changes/{id}/withdraw");
            world.post(&withdraw, json!({})).await.expect(200);
        }
        world.post(&cancel.replace("cancel", "uncancel"), json!({})).await;
    }
    is_sound(&world, 1).await;
}

async fn requests_with_one_key_are_carried_out_once(store: Store) {
    let world = ready(store).await;
    let body = json!({"customer": "ada", "offer": "year"}).to_string();
    let calls = (0..MANY).map(|_| {
        let (world, body) = (world.clone(), body.clone());
        async move {
            let key = [("idempotency-key", "one"), ("content-type", "application/json")];
            world.call(Method::POST, "/v1/checkouts", &key, Some(body)).await
        }
    });
    let answers = at_once(calls).await;
    assert_eq!(count(&answers, 201) + count(&answers, 409), MANY, "{answers:?}");
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    let fresh = made.iter().filter(|answer| answer.header("idempotent-replayed").is_empty());
    assert_eq!(fresh.count(), 1);
    assert!(made.iter().all(|answer| answer.text == made[0].text));
    let waiting = answers.iter().filter(|answer| answer.status == 409);
    assert!(waiting.into_iter().all(|one| one.problem(409) == "idempotency-in-progress"));
    let listed = world.get("/v1/checkouts?customer=ada&status=open").await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
}

async fn a_request_sent_again_with_another_api_key_is_still_the_same(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "year").await;
    let mut back = path_of("immediate");
    back["source_tags"] = json!(["year"]);
    back["target_tags"] = json!(["month"]);
    back["proration"] = json!("day");
    world.put("/v1/paths/year-to-month", back).await.expect(201);
    world.buy("ada", "month").await;
    let balance =
        async || world.get("/v1/customers/ada").await.json["credit_balance"][0]["amount"].clone();
    assert_eq!(balance().await, "89.10");
    let key_of = async |role: &str| {
        let made = world.post("/v1/keys", json!({"role": role})).await.expect(201);
        world.with_key(made["key"].as_str().unwrap())
    };
    let pay_out = async |who: &World| {
        let body = json!({"amount": eur("4.00"), "reference": "payout-1"}).to_string();
        let headers = [("content-type", "application/json"), ("idempotency-key", "payout-1")];
        who.call(Method::POST, "/v1/customers/ada/payouts", &headers, Some(body)).await
    };
    let first = pay_out(&key_of("billing").await).await;
    let again = pay_out(&key_of("billing").await).await;
    assert_eq!(again.header("idempotent-replayed"), "true", "{first:?}");
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    assert_eq!((first.status, balance().await), (201, json!("85.10")), "paid out once");
    // What a key may not do it is not told of, either.
    for role in ["read", "merchant", "checkout"] {
        assert_eq!(pay_out(&key_of(role).await).await.problem(403), "forbidden", "{role}");
    }
}

async fn of_many_writers_who_saw_the_same_a_single_one_gets_through(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world
        .put("/v1/taxes/vat", json!({"rates": [{"rate": "7.0", "valid_from": "2020-01-01"}]}))
        .await;
    world.put("/v1/customers/ada", json!({"name": "Ada"})).await.expect(201);
    let title = |number: usize| json!({"title": format!("t{number}")});
    let offer = |number: usize| offer_of("month", &format!("{number}.50"), "P1M");
    let path = |number: usize| {
        let mut path = path_of("immediate");
        path["internal_title"] = json!(number.to_string());
        path
    };
    // Never what is there already: that would be the same version.
    let tax = |number: usize| {
        json!({"rates": [{"rate": format!("{number}.5"),
        "valid_from": "2020-01-01"}]})
    };
    let table: [(&str, &dyn Fn(usize) -> Value); 7] = [
        ("/v1/tags/month", &title),
        ("/v1/taxes/vat", &tax),
        ("/v1/products/paper", &|n| json!({"title": format!("p{n}"), "kind": "digital"})),
        ("/v1/offers/month", &offer),
        ("/v1/paths/month-to-year", &path),
        ("/v1/customers/ada", &|n| json!({"name": format!("Ada {n}")})),
        ("/v1/settings", &|n| json!({"payment_days": n + 20})),
    ];
    for (at, body) in table {
        let seen = world.get(at).await;
        let tag = seen.header("etag").to_owned();
        let put = |at: String, name: &'static str, tag: String, body: Value| {
            let world = world.clone();
            async move {
                let headers = [(name, tag.as_str()), ("content-type", "application/json")];
                world.call(Method::PUT, &at, &headers, Some(body.to_string())).await
            }
        };
        let calls = (0..MANY).map(|n| put(at.to_owned(), "if-match", tag.clone(), body(n)));
        let answers = at_once(calls).await;
        assert_eq!((count(&answers, 200), count(&answers, 412)), (1, MANY - 1), "{at} {answers:?}");
        if at == "/v1/settings" {
            continue;
        }
        let fresh = at.rsplit_once('/').unwrap().0.to_owned() + "/fresh";
        let calls = (0..MANY).map(|n| put(fresh.clone(), "if-none-match", "*".to_owned(), body(n)));
        let answers = at_once(calls).await;
        assert_eq!((count(&answers, 201), count(&answers, 412)), (1, MANY - 1), "{at} {answers:?}");
    }
}
