//! What holds for every request: keys, bodies, problems, replays, the document.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use crossgrade::app::App;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, complete, paid};

both! {
    a_request_that_cannot_be_read_is_refused_before_it_is_understood,
    the_same_request_sent_twice_is_done_once,
    the_same_request_written_in_another_way_is_done_once,
    an_answer_with_a_secret_is_not_given_twice,
    events_tell_everything_in_order,
    two_who_write_the_same_thing_at_once_both_get_an_answer,
}

async fn a_request_that_cannot_be_read_is_refused_before_it_is_understood(store: Store) {
    let world = World::new(store).await;
    let put = |body: String| world.call(Method::PUT, "/v1/tags/a", &[], Some(body));
    assert_eq!(put("{".to_owned()).await.problem(400), "invalid-json");
    assert_eq!(put(String::new()).await.problem(400), "invalid-json");
    let long = json!({"title": "x".repeat(1 << 20)}).to_string();
    assert_eq!(put(long).await.problem(413), "too-large");
    let text = [("content-type", "text/plain")];
    let body = Some("{}".to_owned());
    let answer = world.call(Method::PUT, "/v1/tags/a", &text, body).await;
    assert_eq!(answer.problem(415), "unsupported-media-type");
    let json = ("content-type", "application/json");
    let body = Some("{}".to_owned());
    let answer = world.call(Method::PUT, "/v1/tags/a", &[json, json], body).await;
    assert_eq!(answer.problem(400), "ambiguous");
    let hosts = [("host", "a.example"), ("host", "b.example")];
    assert_eq!(world.call(Method::GET, "/v1/tags", &hosts, None).await.problem(400), "ambiguous");
    let answer = world.call(Method::PATCH, "/v1/tags/a", &[], None).await;
    assert_eq!(answer.problem(405), "method-not-allowed");
    assert_eq!(world.get("/v1/nowhere").await.problem(404), "not-found");
    assert_eq!(world.with_key("").get("/v1/tags").await.problem(401), "unauthorized");
    let unknown = world.with_key("cg_unknown").get("/v1/tags").await;
    assert_eq!(unknown.problem(401), "unauthorized");
    assert_eq!(unknown.header("www-authenticate"), "Bearer");
    for open in ["/docs", "/openapi.json", "/health/live", "/health/ready"] {
        assert_eq!(world.with_key("").get(open).await.status, 200, "{open}");
    }
}

async fn the_same_request_sent_twice_is_done_once(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let key = [("idempotency-key", "order-1")];
    let body = json!({"customer": "ada", "offer": "month"}).to_string();
    let first = world.call(Method::POST, "/v1/checkouts", &key, Some(body.clone())).await;
    let again = world.call(Method::POST, "/v1/checkouts", &key, Some(body)).await;
    assert_eq!((again.status, &again.text), (201, &first.text));
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.header("etag"), first.header("etag"));
    let other = json!({"customer": "bob", "offer": "month"}).to_string();
    let reused = world.call(Method::POST, "/v1/checkouts", &key, Some(other)).await;
    assert_eq!(reused.problem(422), "idempotency-key-reused");
    let listed = world.get("/v1/checkouts").await.expect(200);
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
    // What was refused stays refused under its key, and is possible under another.
    let pay = [("idempotency-key", "pay-1")];
    let path = complete(&first.json);
    let without = world.call(Method::POST, &path, &pay, Some("{}".to_owned())).await;
    assert_eq!(without.problem(402), "payment-required");
    let again = world.call(Method::POST, &path, &pay, Some("{}".to_owned())).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (402, "true"));
    world.post(&path, paid(&first.json)).await.expect(200);
}

async fn an_answer_with_a_secret_is_not_given_twice(store: Store) {
    let world = World::new(store).await;
    let key = [("idempotency-key", "key-1")];
    let body = || Some(json!({"role": "read", "label": "reports"}).to_string());
    let first = world.call(Method::POST, "/v1/keys", &key, body()).await;
    assert_eq!(first.status, 201);
    let secret = first.json["key"].as_str().unwrap();
    assert_eq!(world.with_key(secret).get("/v1/tags").await.status, 200);
    let again = world.call(Method::POST, "/v1/keys", &key, body()).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (409, "true"));
    assert!(!again.text.contains(secret), "{again:?}");
    let keys = world.get("/v1/keys").await.expect(200);
    assert_eq!(keys["data"].as_array().map(Vec::len), Some(2), "{keys}");
    assert!(!keys.to_string().contains(secret));
    let path = format!("/v1/keys/{}", first.json["id"].as_str().unwrap());
    assert_eq!(world.delete(&path).await.status, 204);
    assert_eq!(world.delete(&path).await.problem(404), "not-found");
    assert_eq!(world.with_key(secret).get("/v1/tags").await.problem(401), "unauthorized");
    let keys = world.get("/v1/keys").await.expect(200);
    assert_eq!(keys["data"].as_array().map(Vec::len), Some(1));
}

async fn events_tell_everything_in_order(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    let all = world.get("/v1/events?limit=200").await.expect(200);
    let all = all["data"].as_array().unwrap();
    let kinds: Vec<_> = all.iter().map(|event| event["type"].as_str().unwrap()).collect();
    for kind in ["tag.saved", "path.saved", "subscription.started", "checkout.completed"] {
        assert!(kinds.contains(&kind), "{kind} among {kinds:?}");
    }
    let sequences: Vec<_> = all.iter().map(|event| event["sequence"].as_i64().unwrap()).collect();
    let wanted: Vec<_> = (1..).take(all.len()).collect();
    assert_eq!(sequences, wanted);
    for after in [all[4]["id"].as_str().unwrap(), "5"] {
        let rest = world.get(&format!("/v1/events?after={after}&limit=2")).await.expect(200);
        assert_eq!(rest["data"], json!(all[5..7]), "{after}");
        let cursor = rest["next_cursor"].as_str().unwrap();
        let next = format!("/v1/events?after={after}&limit=2&cursor={cursor}");
        assert_eq!(world.get(&next).await.expect(200)["data"], json!(all[7..9]));
    }
    assert_eq!(world.get("/v1/events?after=evt_nope").await.pointers(), ["/after"]);
}

async fn two_who_write_the_same_thing_at_once_both_get_an_answer(store: Store) {
    let world = World::new(store).await;
    let writes = (0..8).map(|n| {
        let world = world.clone();
        tokio::spawn(async move {
            let body = json!({"title": format!("Title {n}")});
            world.put("/v1/tags/same", body).await.status
        })
    });
    let mut created = 0;
    for write in writes.collect::<Vec<_>>() {
        match write.await.unwrap() {
            201 => created += 1,
            status => assert_eq!(status, 200),
        }
    }
    assert_eq!(created, 1);
}

/// Every operation of the document: path, method, operation.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["responses"].is_object() {
                all.push((path.clone(), method.to_uppercase(), operation.clone()));
            }
        }
    }
    all
}

/// What the contract names.
const CONTRACT: &str = "
    GET,PUT /v1/settings              GET,POST /v1/keys            DELETE /v1/keys/{id}
    GET,POST /v1/merchants            GET /v1/tags                 GET,PUT,DELETE /v1/tags/{id}
    GET /v1/taxes                     GET,PUT,DELETE /v1/taxes/{id}
    GET /v1/products                  GET,PUT,DELETE /v1/products/{id}
    GET /v1/offers                    GET,PUT,DELETE /v1/offers/{id}
    GET /v1/paths                     GET,PUT,DELETE /v1/paths/{id} GET /v1/paths/{id}/edges
    GET /v1/graph                     GET /v1/customers            GET,PUT /v1/customers/{id}
    GET /v1/customers/{id}/transitions                             POST /v1/customers/{id}/payouts
    GET /v1/customers/{id}/offers
    GET,POST /v1/subscriptions        GET /v1/subscriptions/{id}
    POST /v1/subscriptions/{id}/cancel
    POST /v1/subscriptions/{id}/uncancel
    GET /v1/scheduled-changes         GET /v1/scheduled-changes/{id}
    POST /v1/scheduled-changes/{id}/withdraw
    GET /v1/invoices/{id}/xml         GET /v1/credit-notes/{id}/xml
    GET /v1/invoices                  GET /v1/invoices/{id}        POST /v1/invoices/{id}/pay
    POST /v1/invoices/{id}/unpay      GET /v1/credit-notes         GET /v1/credit-notes/{id}
    POST /v1/invoices/{id}/credit     GET /v1/payments             POST /v1/customers/{id}/payments
    GET /v1/exports/documents         GET /v1/exports/payments
    GET /v1/events                    GET,POST /v1/checkouts       GET /v1/checkouts/{id}
    POST /v1/checkouts/{id}/complete  GET,POST /v1/billing/runs    GET /v1/billing/runs/{id}
    GET /v1/test-clock                POST /v1/test-clock/advance
    GET /v1/webhook-endpoints         GET,PUT,DELETE /v1/webhook-endpoints/{id}
    POST /v1/webhook-endpoints/{id}/rotate             GET /v1/webhook-endpoints/{id}/deliveries
    POST /v1/webhook-endpoints/{id}/deliveries/{delivery}/replay
    GET /health/live                  GET /health/ready
";

#[test]
fn the_document_names_what_the_contract_names() {
    let document: Value = {
        let api: utoipa_axum::router::OpenApiRouter<App> = crossgrade::http::api();
        serde_json::to_value(api.get_openapi()).unwrap()
    };
    let named: BTreeSet<String> = operations(&document)
        .into_iter()
        .map(|(path, method, _)| format!("{method} {path}"))
        .collect();
    let mut words = CONTRACT.split_whitespace();
    let mut wanted = BTreeSet::new();
    while let (Some(methods), Some(path)) = (words.next(), words.next()) {
        let methods = methods.split(',').filter(|_| path.starts_with("/v1"));
        wanted.extend(methods.map(|method| format!("{method} {path}")));
    }
    let missing: Vec<_> = wanted.difference(&named).collect();
    assert!(missing.is_empty(), "missing: {missing:?}");
}

#[tokio::test]
async fn every_operation_of_the_document_has_a_name_a_summary_and_its_refusals() {
    let (store, _folder) = crate::support::sqlite().await;
    let world = World::new(store).await;
    let document = world.get("/openapi.json").await.expect(200);
    let mut names = BTreeMap::new();
    for (path, method, operation) in operations(&document) {
        let line = format!("{method} {path}");
        let name = operation["operationId"].as_str().unwrap_or_default().to_owned();
        assert_eq!(names.insert(name.clone(), line.clone()), None, "{name} is used twice");
        assert!(operation["summary"].is_string(), "{line} says nothing");
        if path.starts_with("/v1") {
            for status in ["401", "403", "422", "default"] {
                assert!(operation["responses"][status].is_object(), "{line} {status}");
            }
            assert!(operation["security"][0]["key"].is_array(), "{line}");
        }
        // What the document names is there: whatever the answer, it is not that of no route.
        let method: Method = method.parse().unwrap();
        let id = path.replace("{id}", "nope").replace("{delivery}", "nope");
        let answer = world.call(method, &id, &[], Some("[]".to_owned())).await;
        let is_there =
            answer.status != 405 && answer.json["detail"] != "there is nothing at this path";
        assert!(is_there, "{line}: {answer:?}");
    }
    let text = document.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name} is not there");
    }
}

async fn the_same_request_written_in_another_way_is_done_once(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let post = |body: &'static str| {
        let key = [("idempotency-key", "spaced")];
        let world = world.clone();
        async move { world.call(Method::POST, "/v1/checkouts", &key, Some(body.to_owned())).await }
    };
    let first = post(r#"{"customer":"ada","offer":"month"}"#).await.expect(201);
    let again = post(" { \"offer\": \"month\",\n\"customer\" : \"ada\" } ").await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.expect(201), first);
    let other = post(r#"{"customer":"bob","offer":"month"}"#).await;
    assert_eq!(other.problem(422), "idempotency-key-reused");
}
