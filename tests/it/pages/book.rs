//! A merchant with something of everything that a page shows.

use crossgrade::app::test_clock::ClockTarget;
use crossgrade::server::ServerOptions;
use serde_json::{Value, json};

use super::table::Names;
use crate::support::dump::{Dump, dump};
use crate::support::opened;
use crate::world::{Answer, START, World, complete, eur, paid, path_of};

/// Fills an empty book. All that may be a text of somebody's choice is `text`.
pub(crate) async fn furnish(world: &World, text: &str) -> Names {
    // Titles may not be blank, lines may not break, and ids are ids.
    for tag in ["month", "year", "free", "spare"] {
        world.put(&format!("/v1/tags/{tag}"), json!({"title": text})).await.expect(201);
    }
    let rates = json!({"title": text, "rates": [{"rate": "7.0", "valid_from": "2020-01-01"}]});
    world.put("/v1/taxes/press", rates.clone()).await.expect(201);
    world.put("/v1/taxes/spare", rates).await.expect(201);
    for product in ["paper", "spare"] {
        let body = json!({"title": text, "kind": "digital"});
        world.put(&format!("/v1/products/{product}"), body).await.expect(201);
    }
    for (offer, price, period) in [
        ("month", "9.90", "P1M"),
        ("year", "99.00", "P1Y"),
        ("free", "0.00", "P1M"),
        ("spare", "1.00", "P1M"),
    ] {
        let body = json!({
            "title": text, "products": ["paper"], "price": eur(price), "billing_period": period,
            "tags": [if offer == "spare" { "free" } else { offer }], "tax": "press",
        });
        world.put(&format!("/v1/offers/{offer}"), body).await.expect(201);
    }
    let path = |from: &str, to: &str, transition: &str, optional: bool| {
        let mut path = path_of(transition);
        path["internal_title"] = json!(text);
        path["internal_description"] = json!(text);
        path["title"] = json!("{offerTitle}");
        path["description"] = json!("{subscriptionTitle} {offerTitle} {nextPayment}");
        path["source_tags"] = json!([from]);
        path["target_tags"] = json!([to]);
        path["optional"] = json!(optional);
        path["customer_may_switch"] = json!(optional);
        if transition == "immediate" {
            path["proration"] = json!("day");
        }
        path
    };
    for (id, body) in [
        ("up", path("month", "year", "next_booking", true)),
        ("down", path("month", "free", "immediate", false)),
        ("spare", path("year", "free", "immediate", false)),
    ] {
        world.put(&format!("/v1/paths/{id}"), body).await.expect(201);
    }
    let campaign = json!({"title": text, "channels": ["web"], "offered_product": "paper"});
    world.put("/v1/campaigns/spare", campaign).await.expect(201);
    let promotion = json!({
        "title": text, "qualifies": {"net": {"min": "100.00"}}, "reward": {"kind": "free_shipping"},
        "upsells": [{"id": "near", "priority": 1, "when": {"net": {"min": "50.00"}},
            "message": "Spend another {missing}", "suggest": ["paper"]}],
    });
    world.put("/v1/promotions/spare", promotion).await.expect(201);
    let gift_rule = json!({
        "title": text, "buy": {"units": {"of": {"tag": "month"}, "min": 1}},
        "get": [{"product": "paper"}],
    });
    world.put("/v1/gift-rules/spare", gift_rule).await.expect(201);
    let coupon = json!({"title": text, "kind": "percent", "value": "10", "code": "SPARE"});
    world.put("/v1/coupons/spare", coupon).await.expect(201);
    // In the text of a message braces and angles are variables, of which a strange one is refused.
    let said: String = text.chars().filter(|c| !"{}<>".contains(*c)).collect();
    let texts = json!({"en": {"subject": "S", "text": said}});
    let template = json!({"title": text, "texts": texts});
    world.put("/v1/message-templates/spare", template).await.expect(201);
    let texts = json!({"de": {"subject": "S", "text": said}});
    let template = json!({"title": text, "texts": texts});
    world.put("/v1/message-templates/other", template).await.expect(201);
    let endpoint = json!({"url": "https://hooks.example/messages", "events": ["message.send"]});
    world.put("/v1/webhook-endpoints/spare", endpoint).await.expect(201);
    let steps = json!([{"key": "a", "delay": "P1D", "channel": "webhook", "template": "spare"}]);
    let automation = json!({"title": text, "trigger": "first_order_delivered", "steps": steps,
        "attribution_window": "P5D", "quiet_hours": {"from": "21:00", "to": "08:00"}});
    world.put("/v1/automations/spare", automation).await.expect(201);
    // One that is live keeps its endpoint.
    let mailer = json!({"url": "https://mailer.example/send", "events": ["automation.stopped"]});
    world.put("/v1/webhook-endpoints/mailer", mailer).await.expect(201);
    let steps = json!([{"key": "a", "delay": "P0D", "channel": "webhook", "endpoint": "mailer",
        "template": {"subject": "S", "text": said}}]);
    let thanks = json!({"title": text, "trigger": "first_order_delivered", "steps": steps,
        "attribution_window": "P5D"});
    world.put("/v1/automations/thanks", thanks).await.expect(201);
    world.post("/v1/automations/thanks/live", json!({})).await.expect(200);
    // Every invoice repeats it.
    let short: String = text.chars().take(1_000).collect();
    let settings = json!({
        "purchase_on_account": true, "return_origins": ["https://shop.example"],
        "seller": {"name": short, "address": short, "vat_id": short},
    });
    world.put("/v1/settings", settings).await.expect(200);
    for customer in ["ada", "bob", "cyd", "dan", "eve"] {
        let profile = json!({"name": text, "address": text, "group": text, "country": "DE"});
        world.put(&format!("/v1/customers/{customer}"), profile).await.expect(201);
    }
    let mut names = Names::new();
    let text_of = |value: &Value| value.as_str().unwrap().to_owned();
    // Changes at the next booking.
    let bought = world.buy("ada", "month").await;
    names.insert("$changing", text_of(&bought["result"]["subscription"]));
    names.insert("$paid", text_of(&bought["result"]["invoices"][0]));
    let mode = json!({"customer": "ada", "offer": "year", "mode": "replace"});
    let checkout = world.post("/v1/checkouts", mode).await.expect(201);
    let bought = world.post(&complete(&checkout), paid(&checkout)).await.expect(200);
    names.insert("$change", text_of(&bought["result"]["scheduled_change"]));
    // Owes.
    let checkout = world.open("bob", "month").await;
    let bought = world.post(&complete(&checkout), json!({})).await.expect(200);
    names.insert("$owed", text_of(&bought["result"]["invoices"][0]));
    // Will pay more.
    names.insert("$dearer", text_of(&bought["result"]["subscription"]));
    let raise = json!({
        "effective_from": "2026-03-01", "price": eur("10.90"), "subscriptions": "all",
        "notice_days": 0,
    });
    let raise = world.post("/v1/offers/month/price-changes", raise).await.expect(201);
    names.insert("$raise", text_of(&raise["id"]));
    // Leaves.
    let bought = world.buy("cyd", "month").await;
    let cancelled = text_of(&bought["result"]["subscription"]);
    let cancel = format!("/v1/subscriptions/{cancelled}/cancel");
    world.post(&cancel, json!({"when": "end_of_term"})).await.expect(200);
    names.insert("$cancelled", cancelled);
    // Has sent more than is owed.
    let money = json!({"amount": eur("1.00"), "reference": "in-1"});
    let came = world.post("/v1/customers/cyd/payments", money).await.expect(201);
    names.insert("$received", text_of(&came["id"]));
    // Has paid for more than is taken.
    world.buy("dan", "month").await;
    let bought = world.buy("dan", "free").await;
    let credit = text_of(&bought["result"]["credit_notes"][0]);
    let read = world.get(&format!("/v1/credit-notes/{credit}")).await.expect(200);
    names.insert("$paper", text_of(&read["url"]).rsplit('/').next().unwrap().to_owned());
    names.insert("$credit", credit);
    let run = world.post("/v1/billing/runs", json!({})).await.expect(200);
    names.insert("$run", text_of(&run["id"]));
    let label = text.chars().take(200).collect::<String>();
    let key = json!({"role": "read", "label": label});
    names.insert("$key", text_of(&world.post("/v1/keys", key).await.expect(201)["id"]));
    let checkout = json!({
        "customer": "eve", "offer": "month", "return_url": "https://shop.example/?a=<b>\"'",
    });
    let opened = world.post("/v1/checkouts", checkout).await.expect(201);
    let url = text_of(&opened["url"]);
    names.insert("$token", url.rsplit('/').next().unwrap().to_owned());
    let portal = json!({"return_url": "https://shop.example/?a=<b>\"'"});
    let opened = world.post("/v1/customers/ada/portal-sessions", portal).await.expect(201);
    names.insert("$portal", text_of(&opened["url"]).rsplit('/').next().unwrap().to_owned());
    // An order that waits for an answer to what was offered after it.
    let stocked = json!({
        "title": text, "kind": "physical", "stock": 9, "unit_net": eur("4.90"), "brand": text,
    });
    world.put("/v1/products/stocked", stocked).await.expect(201);
    let hats = json!({
        "title": text, "channels": [label], "triggers": ["stocked"], "offered_product": "paper",
    });
    world.put("/v1/campaigns/offered", hats).await.expect(201);
    let order = json!({
        "id": "an-order", "customer": "ada", "channel": label, "currency": "EUR",
        "payment_method": label, "customer_group": label,
        "lines": [{"product": "stocked", "quantity": 2, "unit_net": "4.90"}],
    });
    world.post("/v1/orders", order).await.expect(201);
    world.post("/v1/orders/an-order/upsell", json!({})).await.expect(200);
    for state in ["paid", "delivered"] {
        let order = json!({
            "id": state, "customer": "bob", "channel": label, "currency": "EUR",
            "lines": [{"product": "paper", "quantity": 1, "unit_net": "4.90"}],
        });
        world.post("/v1/orders", order).await.expect(201);
    }
    for event in ["paid/paid", "delivered/paid", "delivered/delivered"] {
        world.post(&format!("/v1/orders/{event}"), json!({})).await.expect(200);
    }
    // Whose first order starts an automation.
    let order = json!({
        "id": "first", "customer": "eve", "channel": label, "currency": "EUR",
        "lines": [{"product": "paper", "quantity": 1, "unit_net": "4.90"}],
    });
    world.post("/v1/orders", order).await.expect(201);
    for event in ["paid", "delivered"] {
        world.post(&format!("/v1/orders/first/{event}"), json!({})).await.expect(200);
    }
    world.app.work_automations().await.expect("a message");
    let messages = world.get("/v1/messages").await.expect(200);
    names.insert("$message", text_of(&messages["data"][0]["id"]));
    for (name, id) in [
        ("$order", "an-order"),
        ("$stocked", "stocked"),
        ("$customer", "ada"),
        ("$rich", "dan"),
        ("$endpoint", "spare"),
        ("$target", "free"),
        ("$path", "spare"),
        ("$campaign", "spare"),
        ("$promotion", "spare"),
        ("$gift_rule", "spare"),
        ("$coupon", "spare"),
        ("$message_template", "spare"),
        ("$automation", "spare"),
        ("$thanks", "thanks"),
        ("$offer", "spare"),
        ("$product", "spare"),
        ("$tag", "spare"),
        ("$tax", "spare"),
    ] {
        names.insert(name, id.to_owned());
    }
    names
}

/// A demo on a book, and what is in it.
pub(crate) async fn furnished(url: &str, text: &str) -> (World, Names) {
    let options = ServerOptions { is_demo: true, ..ServerOptions::default() };
    let start = Some(ClockTarget::Date(START.parse().unwrap()));
    let world = World::serving(opened(url).await, start, "http://localhost:8080", options).await;
    let names = furnish(&world, text).await;
    (world, names)
}

/// A key of each role.
pub(crate) async fn key(world: &World, role: &str) -> String {
    let made = world.post("/v1/keys", json!({"role": role, "label": role})).await.expect(201);
    made["key"].as_str().unwrap().to_owned()
}

/// The book but for the sessions, of which each look may leave a trace.
pub(crate) async fn kept(url: &str) -> Dump {
    let mut book = dump(url).await;
    book.remove("sessions");
    book
}

/// Fails with the first table that differs.
#[track_caller]
pub(crate) fn same(before: &Dump, after: &Dump, what: &str) {
    for (table, rows) in before {
        assert_eq!(rows, &after[table], "{what}: {table}");
    }
}

/// An answer is a page for people, whatever it says.
#[track_caller]
pub(crate) fn is_page(answer: &Answer, what: &str) {
    assert!(answer.header("content-type").starts_with("text/html"), "{what}: {answer:?}");
    assert!(answer.text.contains("<h1"), "{what}: {answer:?}");
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; "), "{what}: {policy}");
    assert_eq!(answer.header("cache-control"), "no-store", "{what}");
}
