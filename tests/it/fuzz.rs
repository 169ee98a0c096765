//! Bad input: requests to every operation of the published document, first as its schemas want
//! them, then spoilt in every way. None may break the server, hang it, or leave anything behind
//! when it was refused.
//!
//! `CROSSGRADE_TEST_FUZZ` is the number of rounds over all operations (1 unless given), and
//! `CROSSGRADE_TEST_FUZZ_SEED` where they begin; a failure tells its seed.

mod forms;
mod spoil;

use std::collections::BTreeSet;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, Uri};
use crossgrade::edge::problem::Code;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::document::{Document, Known, Operation};
use crate::oracle::generate::Dice;
use crate::support::both_books;
use crate::support::dump::{Dump, dump};
use crate::support::opened;
use crate::world::{ADMIN_KEY, World, complete, paid};
use spoil::Sent;

both_books! {
    no_request_breaks_the_server_or_leaves_something_behind_when_refused,
}

/// No request may take longer, on however busy a machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a refusal may leave by design: the answer for its idempotency key, and of a checkout
/// that was refused the event that says so, with its customer and the counter of events.
const KEPT_OF_REFUSALS: [&str; 4] = ["customers", "events", "idempotency", "counters"];

fn number(name: &str, default: u64) -> u64 {
    let told = std::env::var_os(name);
    told.and_then(|text| text.to_str()?.parse().ok()).unwrap_or(default)
}

async fn no_request_breaks_the_server_or_leaves_something_behind_when_refused(url: String) {
    let world = World::new(opened(&url).await).await;
    let known = furnish(&world).await;
    let document = Document::of(&world).await;
    let rounds = number("CROSSGRADE_TEST_FUZZ", 1);
    let requests = if url.starts_with("sqlite") { 8 } else { 3 };
    let first = number("CROSSGRADE_TEST_FUZZ_SEED", 1);
    let mut book = dump(&url).await;
    let mut seen = BTreeSet::new();
    for seed in first..first + rounds {
        for (place, operation) in document.operations().iter().enumerate() {
            let mut dice = Dice::new(seed * 1_000 + place as u64);
            let known = refreshed(&world, &known).await;
            for _ in 0..requests {
                let sent = spoil::request(&document, operation, &known, &mut dice);
                let Some(answer) = answer(&world, &sent).await else { continue };
                let told = format!("seed {seed}: {sent:?}\n{answer:?}");
                assert!(answer.status < 500, "{told}");
                seen.insert(answer.status);
                if answer.status < 400 {
                    book = dump(&url).await;
                    continue;
                }
                let code = judge(operation, &sent, &answer, &told);
                let now = dump(&url).await;
                if code == Code::CheckoutStale {
                    // A stale checkout is shown afresh, and the book keeps what was shown.
                    book = now;
                    continue;
                }
                for (table, rows) in &now {
                    let is_kept = KEPT_OF_REFUSALS.contains(&table.as_str());
                    assert!(is_kept || book[table] == *rows, "{table} has changed\n{told}");
                }
                let of_refusals = events(&book, &now);
                assert!(of_refusals, "an event that is none of a refusal\n{told}");
                book = now;
            }
        }
    }
    for status in [200, 201, 400, 404, 422] {
        assert!(seen.contains(&status), "no answer was a {status}: {seen:?}");
    }
    world.get("/health/ready").await;
}

/// Whether all new events are those of refused checkouts.
fn events(before: &Dump, after: &Dump) -> bool {
    let before: BTreeSet<_> = before["events"].iter().collect();
    after["events"].iter().filter(|row| !before.contains(row)).all(|row| row.contains("refused"))
}

/// A refusal is a problem with a code that is known, and its pointers point into the request.
fn judge(operation: &Operation, sent: &Sent, answer: &Answer, told: &str) -> Code {
    assert_eq!(answer.media_type, "application/problem+json", "{told}");
    let problem = &answer.json;
    let kind = problem["type"].as_str().unwrap_or_default();
    let code = Code::parse(kind.rsplit('/').next().unwrap()).expect(told);
    assert_eq!(code.status().as_u16(), answer.status, "{told}");
    assert_eq!(problem["status"], answer.status, "{told}");
    assert!(problem["detail"].as_str().is_some_and(|text| !text.is_empty()), "{told}");
    let body: Value = serde_json::from_slice(&sent.body).unwrap_or(Value::Null);
    for error in problem["errors"].as_array().into_iter().flatten() {
        let pointer = error["pointer"].as_str().expect(told);
        let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
        let name = pointer.trim_start_matches('/');
        let is_outside = operation.query.contains_key(name)
            || sent.target.split_once('?').is_some_and(|(_, query)| !query.is_empty())
            || (name == "id" && operation.path.contains('{'));
        let points = body.pointer(parent).is_some() || body.is_null() && parent.is_empty();
        assert!(points || is_outside, "{pointer} points nowhere\n{told}");
        assert!(error["detail"].as_str().is_some_and(|text| !text.is_empty()), "{told}");
    }
    assert!(code != Code::InvalidFields || problem["errors"].is_array(), "{told}");
    code
}

/// What came back.
struct Answer {
    status: u16,
    media_type: String,
    json: Value,
    text: String,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:.600}", self.status, self.text)
    }
}

/// Sends a request, unless no client could.
async fn answer(world: &World, sent: &Sent) -> Option<Answer> {
    let target: Uri = sent.target.parse().ok()?;
    let mut request = Request::builder().method(sent.method.as_str()).uri(target);
    request = request.header("authorization", format!("Bearer {ADMIN_KEY}"));
    for (name, value) in &sent.headers {
        request = request.header(name.as_str(), value.as_slice());
    }
    let request = request.body(Body::from(sent.body.clone())).ok()?;
    let answer = tokio::time::timeout(PATIENCE, world.router.clone().oneshot(request)).await;
    let answer = answer.unwrap_or_else(|_| panic!("no answer in time to {sent:?}")).unwrap();
    let (head, body) = answer.into_parts();
    let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
    let media_type = head.headers.get("content-type").map(|value| value.to_str().unwrap());
    Some(Answer {
        status: head.status.as_u16(),
        media_type: media_type.unwrap_or_default().to_owned(),
        json: serde_json::from_str(&text).unwrap_or(Value::Null),
        text,
    })
}

/// A merchant with a catalogue and customers, and what things are called.
async fn furnish(world: &World) -> Known {
    world.catalogue().await;
    let tax = json!({"rates": [{"rate": "7.0", "valid_from": "2020-01-01"}]});
    world.put("/v1/taxes/press", tax).await.expect(201);
    let settings = json!({"return_origins": ["https://shop.example"]});
    world.put("/v1/settings", settings).await.expect(200);
    for customer in ["ada", "bob"] {
        world.buy(customer, "month").await;
    }
    let checkout = world.open("bob", "year").await;
    world.post(&complete(&checkout), paid(&checkout)).await.expect(200);
    let some = |names: &[&str]| names.iter().map(|name| json!(name)).collect::<Vec<_>>();
    let list = |names: &[&str]| names.iter().map(|name| json!([name])).collect::<Vec<_>>();
    Known::from([
        ("customer", some(&["ada", "bob", "cyd", "dan.:-_X"])),
        ("offer", some(&["month", "year", "zz"])),
        ("path", some(&["month-to-year", "p2"])),
        ("products", list(&["paper"])),
        ("source_tags", list(&["month", "year"])),
        ("tags", list(&["month", "year"])),
        ("target_tags", list(&["month", "year"])),
        ("tax", some(&["press"])),
        // What goes on behind an answer cannot be told from what it left behind.
        ("wait", vec![json!(true)]),
        // The engine works off every day between: centuries of days would take their time.
        ("to", some(&["2026-02-28", "2026-03-01T12:00:00Z", "9999-12-31", "0001-01-01"])),
    ])
}

/// The same with what has been made since.
async fn refreshed(world: &World, known: &Known) -> Known {
    let mut known = known.clone();
    for (field, list) in [
        ("{tags}", "tags"),
        ("{taxes}", "taxes"),
        ("{products}", "products"),
        ("{offers}", "offers"),
        ("{paths}", "paths"),
        ("{customers}", "customers"),
        ("{keys}", "keys"),
        ("{subscriptions}", "subscriptions"),
        ("{scheduled-changes}", "scheduled-changes"),
        ("{invoices}", "invoices"),
        ("{credit-notes}", "credit-notes"),
        ("{checkouts}", "checkouts"),
        ("{runs}", "billing/runs"),
    ] {
        let listed = world.get(&format!("/v1/{list}?limit=20")).await.expect(200);
        // Our own key must go on opening the door.
        let others = listed["data"].as_array().unwrap().iter().filter(|it| it["label"] != "first");
        let ids = others.map(|it| it["id"].clone()).collect();
        known.insert(field, ids);
    }
    known
}
