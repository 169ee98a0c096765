//! What is answered is what the OpenAPI document says: its status, its headers, its schema.

use axum::http::Method;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{Answer, World, eur};

both! {
    every_answer_on_the_way_from_month_to_year_is_as_the_document_says,
}

/// The document, and how often it was held against an answer.
struct Published(Value);

impl Published {
    fn behind<'d>(&'d self, value: &'d Value) -> &'d Value {
        match value["$ref"].as_str() {
            Some(reference) => self.0.pointer(reference.trim_start_matches('#')).unwrap(),
            None => value,
        }
    }

    /// The operation that answers a request for this path.
    fn operation(&self, method: &str, path: &str) -> &Value {
        let path: Vec<&str> = path.split('?').next().unwrap().split('/').collect();
        let fits = |template: &str| {
            let steps: Vec<&str> = template.split('/').collect();
            let mut pairs = steps.iter().zip(&path);
            steps.len() == path.len()
                && pairs.all(|(step, given)| step.starts_with('{') || step == given)
        };
        let mut items = self.0["paths"].as_object().unwrap().iter();
        let found = items.find(|(template, item)| fits(template) && item[method].is_object());
        &found.unwrap_or_else(|| panic!("{method} {path:?} is not in the document")).1[method]
    }

    fn hold(&self, method: &str, path: &str, answer: &Answer) {
        let what = format!("{method} {path} {}", answer.status);
        let operation = self.operation(method, path);
        let said = self.behind(&operation["responses"][answer.status.to_string()]);
        assert!(said.is_object(), "{what} is not in the document");
        assert_ne!(answer.header("x-request-id"), "", "{what}");
        if answer.status < 300 && method != "post" {
            let has_tag = !answer.header("etag").is_empty();
            assert_eq!(said["headers"]["ETag"].is_object(), has_tag, "{what}");
        }
        let content_type = answer.header("content-type");
        let content = &said["content"][content_type.split(';').next().unwrap()];
        assert_eq!(content.is_object(), !answer.text.is_empty(), "{what} {content_type}");
        if answer.json.is_null() {
            return;
        }
        let mut schema = json!({ "allOf": [content["schema"]] });
        schema["components"] = self.0["components"].clone();
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        let faults: Vec<String> = validator
            .iter_errors(&answer.json)
            .map(|fault| format!("{} {fault}", fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{what}: {faults:?}\n{}", answer.text);
    }
}

/// Asks, and holds the answer against the document.
async fn ask(world: &World, document: &Published, line: &str, body: Value) -> Value {
    let (method, path) = line.split_once(' ').unwrap();
    let body = (!body.is_null()).then(|| body.to_string());
    let verb: Method = method.parse().unwrap();
    let answer = world.call(verb, path, &[], body).await;
    document.hold(&method.to_lowercase(), path, &answer);
    answer.json
}

fn offer(title: &str, price: &str, period: &str, tag: &str) -> Value {
    json!({ "title": title, "products": ["paper"], "price": eur(price),
        "billing_period": period, "tags": [tag], "tax": "reduced" })
}

/// Writes all that a merchant defines.
async fn define(world: &World, document: &Published) {
    let say = async |line: &str, body: Value| ask(world, document, line, body).await;
    let settings = json!({ "time_zone": "Europe/Berlin", "locale": "en", "currency": "EUR" });
    say("PUT /v1/settings", settings).await;
    for line in ["PUT /v1/tags/month", "PUT /v1/tags/year", "PUT /v1/tags/year"] {
        say(line, json!({ "title": "A tag" })).await;
    }
    let rates = json!({ "rates": [{ "rate": "7.0", "valid_from": "2020-01-01" }] });
    say("PUT /v1/taxes/reduced", rates).await;
    say("PUT /v1/products/paper", json!({ "title": "The Paper", "kind": "digital" })).await;
    say("PUT /v1/offers/month", offer("Month", "9.90", "P1M", "month")).await;
    say("PUT /v1/offers/year", offer("Year", "99.00", "P1Y", "year")).await;
    let path = json!({ "internal_title": "Up", "title": "Change to {offerTitle}",
        "description": "At {nextPayment}.", "source_tags": ["month"], "target_tags": ["year"],
        "transition": "next_booking" });
    say("PUT /v1/paths/up", path).await;
    say("PUT /v1/customers/ada", json!({ "name": "Ada" })).await;
    say("PUT /v1/webhook-endpoints/shop", json!({ "url": "https://shop.example/hook" })).await;
    say("POST /v1/keys", json!({ "role": "read" })).await;
}

/// Buys the month, and then the year.
async fn buy(world: &World, document: &Published) {
    for (offer, payment) in [("month", true), ("year", false)] {
        let new = json!({ "customer": "ada", "offer": offer, "metadata": { "order": 7 } });
        let shown = ask(world, document, "POST /v1/checkouts", new).await;
        let id = shown["id"].as_str().unwrap();
        let complete = format!("POST /v1/checkouts/{id}/complete");
        let mut body = json!({});
        if payment {
            body["payment"] = json!({ "reference": "psp-1", "amount": shown["amount_due"] });
            ask(world, document, &complete, json!({})).await;
            ask(world, document, &format!("POST /v1/checkouts/{id}/hold"), json!({})).await;
        }
        ask(world, document, &complete, body).await;
        ask(world, document, &format!("GET /v1/checkouts/{id}"), Value::Null).await;
    }
}

async fn every_answer_on_the_way_from_month_to_year_is_as_the_document_says(store: Store) {
    let world = World::new(store).await;
    let document = Published(world.get("/openapi.json").await.expect(200));
    define(&world, &document).await;
    buy(&world, &document).await;
    let say = async |line: &str, body: Value| ask(&world, &document, line, body).await;
    say("POST /v1/test-clock/advance", json!({ "to": "2026-02-28" })).await;
    say("POST /v1/billing/runs", json!({})).await;
    // Every list, and the first thing of each.
    let paths = document.0["paths"].as_object().unwrap().iter();
    let readable = paths.filter(|(path, item)| item["get"].is_object() && path.starts_with("/v1"));
    for list in readable.map(|(path, _)| path).filter(|path| !path.contains('{')) {
        let shown = ask(&world, &document, &format!("GET {list}"), Value::Null).await;
        let first = shown["data"][0]["id"].as_str().map(str::to_owned);
        let below = format!("{list}/{{id}}");
        for one in document.0["paths"].as_object().unwrap().keys() {
            let is_read = document.0["paths"][one]["get"].is_object();
            if let (Some(id), true) = (&first, is_read && one.starts_with(&below)) {
                let place = one.replace("{id}", id);
                ask(&world, &document, &format!("GET {place}"), Value::Null).await;
            }
        }
    }
    // And what is refused.
    say("GET /v1/tags/nope", Value::Null).await;
    say("PUT /v1/tags/a", json!({ "titel": "x" })).await;
    say("DELETE /v1/tags/month", Value::Null).await;
}
