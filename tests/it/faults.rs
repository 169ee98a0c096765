//! Everything breaks once, everywhere: each statement and each commit of each request that
//! changes anything. Afterwards nothing is there or everything, nobody was told otherwise, and
//! the request sent again gives what it would have given undisturbed.

pub(crate) mod ground;
mod keys;
mod pages;
mod single;
pub(crate) mod story;

use std::collections::BTreeMap;

use axum::http::Method;
use crossgrade::app::App;
use serde_json::{Value, json};

use crate::world::{Answer, World};
use ground::{Ground, On, Rows, assert_same, named, story_of};
use story::{Said, Step, story};

/// Makes two tests of each function, one for each database.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(crate::faults::ground::On::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(crate::faults::ground::On::Postgres).await;
            }
        }
    )*};
}
pub(crate) use on_both;

on_both! {
    every_statement_of_every_request_fails_in_turn,
    after_a_crash_at_any_moment_the_same_request_gives_the_same_answer,
}

/// No request has as many statements.
const STATEMENTS_MAX: u32 = 400;

/// What an undisturbed book answers at each step, and what stands in it afterwards.
struct Calm {
    answers: Vec<(u16, String)>,
    rows: Vec<Rows>,
}

/// The story without any trouble.
async fn calm(on: On, with_keys: bool) -> Option<Calm> {
    let mut ground = Ground::new(on).await?;
    let world = ground.start().await;
    let (mut said, mut calm) = (Said::default(), Calm { answers: Vec::new(), rows: Vec::new() });
    let mut names = BTreeMap::new();
    for (n, step) in story().iter().enumerate() {
        step.prepare(&world).await;
        let key = key_of(step, n).filter(|_| with_keys);
        let answer = step.send(&world, &said, key.as_deref()).await;
        assert!((200..300).contains(&answer.status), "{}: {answer:?}", step.name());
        said.note(step, &answer);
        calm.answers.push(told(&answer, &mut names));
        calm.rows.push(story_of(&ground.rows().await));
    }
    ground.store.close().await;
    Some(calm)
}

/// Requests that may not be done twice by nature are sent with a key.
fn key_of(step: &Step, n: usize) -> Option<String> {
    (step.method == Method::POST).then(|| format!("step-{n}"))
}

/// What differs from one telling to the next: how long it took, the times outside, and secrets.
const PASSING: [&str; 6] = [
    "duration_ms",
    "request_id",
    "created_at",
    "next_attempt_at",
    "previous_secret_until",
    "secret",
];

/// An answer with its random parts named, and without what is passing.
fn told(answer: &Answer, names: &mut BTreeMap<String, String>) -> (u16, String) {
    (answer.status, named(&lasting(&answer.json).to_string(), names))
}

fn lasting(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(name, _)| !PASSING.contains(&name.as_str()));
            kept.map(|(name, value)| (name.clone(), lasting(value))).collect()
        }
        Value::Array(values) => values.iter().map(lasting).collect(),
        other => other.clone(),
    }
}

/// Has the rules of the merchant held, as they are after the first order: each try of a request
/// asks the database for the same then.
async fn hold_rules(world: &World) {
    let line = json!({"product": "pin", "quantity": 1, "unit_net": "1.00"});
    let cart = json!({"channel": "web", "currency": "EUR", "lines": [line]});
    for path in ["/v1/carts/evaluate", "/v1/upsells/evaluate"] {
        // Where there is no such product yet, there is no order either.
        let answer = world.post(path, cart.clone()).await;
        assert!(answer.status == 200 || answer.status == 422, "{answer:?}");
    }
}

async fn every_statement_of_every_request_fails_in_turn(on: On) {
    let Some(calm) = calm(on, false).await else { return };
    let mut ground = Ground::new(on).await.unwrap();
    let world = ground.start().await;
    let (mut said, mut names) = (Said::default(), BTreeMap::new());
    for (at, step) in story().iter().enumerate() {
        let name = step.name();
        step.prepare(&world).await;
        hold_rules(&world).await;
        let before = ground.rows().await;
        for n in 1.. {
            assert!(n < STATEMENTS_MAX, "{name}: the fault never stopped coming");
            let injected = ground.store.injected();
            ground.store.fail_at(n);
            let answer = step.send(&world, &said, None).await;
            ground.store.fail_at(0);
            let rows = ground.rows().await;
            if ground.store.injected() == injected {
                // What was done on the way to the last fault is not counted again.
                let got = told(&answer, &mut names);
                assert_eq!(got.0, calm.answers[at].0, "{name} after {n} faults: {answer:?}");
                if !step.is_long() {
                    assert_eq!(got, calm.answers[at], "{name} after {n} faults");
                }
                said.note(step, &answer);
                assert_same(&story_of(&rows), &calm.rows[at], &name);
                break;
            }
            assert_eq!(answer.problem(503), "unavailable", "{name}, statement {n}");
            assert_eq!(answer.header("retry-after"), "1");
            // Written and then not read back: what was to be there is there.
            let is_put = step.method == Method::PUT;
            if is_put && rows != before {
                assert_same(&story_of(&rows), &calm.rows[at], &name);
                break;
            }
            if !step.is_long() {
                assert_same(&rows, &before, &format!("{name}, statement {n}"));
            }
        }
    }
    ground.store.close().await;
}

async fn after_a_crash_at_any_moment_the_same_request_gives_the_same_answer(on: On) {
    let Some(calm) = calm(on, true).await else { return };
    let mut ground = Ground::new(on).await.unwrap();
    let world = ground.start().await;
    let (mut said, mut names) = (Said::default(), BTreeMap::new());
    for (at, step) in story().iter().enumerate() {
        let name = step.name();
        step.prepare(&world).await;
        hold_rules(&world).await;
        let before = ground.rows().await;
        let Some(key) = key_of(step, at).filter(|_| !step.is_long() && !step.only_asks()) else {
            let answer = step.send(&world, &said, None).await;
            // What is read names what was drawn, too, in its order.
            told(&answer, &mut names);
            said.note(step, &answer);
            continue;
        };
        for n in 1.. {
            assert!(n < STATEMENTS_MAX, "{name}: it never came to an end");
            ground.store.crash_at(n);
            let lost = step.send(&world, &said, Some(&key)).await;
            ground.store.crash_at(0);
            assert_eq!(lost.problem(503), "unavailable", "{name}, step {n}");
            let rows = ground.rows().await;
            if rows == before {
                ground.end_leases().await;
                continue;
            }
            // It was done, and nobody was told.
            let again = step.send(&world, &said, Some(&key)).await;
            assert_eq!(again.header("idempotent-replayed"), "true", "{name}: {again:?}");
            if step.has_secret() {
                assert_eq!(again.status, 409, "{again:?}");
                assert!(!again.text.contains("cg_"), "{again:?}");
                let key = said.note_key(&world.get("/v1/keys").await.expect(200));
                named(&key, &mut names);
            } else {
                assert_eq!(told(&again, &mut names), calm.answers[at], "{name}");
                said.note(step, &again);
            }
            let third = step.send(&world, &said, Some(&key)).await;
            assert_eq!((third.status, &third.text), (again.status, &again.text));
            assert_eq!(third.header("etag"), again.header("etag"));
            assert_same(&story_of(&ground.rows().await), &calm.rows[at], &name);
            break;
        }
    }
    ground.store.close().await;
}

#[test]
fn the_story_takes_every_route_that_changes_anything() {
    let api: utoipa_axum::router::OpenApiRouter<App> = crossgrade::http::api();
    let document = serde_json::to_value(api.get_openapi()).unwrap();
    let steps = story();
    let mut missing = Vec::new();
    for (route, item) in document["paths"].as_object().unwrap() {
        for method in ["post", "put", "delete", "patch"] {
            if item[method].is_object() && !steps.iter().any(|step| step.takes(method, route)) {
                missing.push(format!("{method} {route}"));
            }
        }
    }
    assert!(missing.is_empty(), "add steps to the story that take {missing:?}");
}
