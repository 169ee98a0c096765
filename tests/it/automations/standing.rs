//! What an automation that is live stands on, who is shown as sent nothing, and what was true when
//! somebody did not start.

use chrono::TimeDelta;
use crossgrade::domain::ids::MerchantId;
use crossgrade::store::Store;
use serde_json::{Value, json};

use super::{advance, automation, delivered, first_run, live, messages, order, sent, shop};
use crate::support::both;
use crate::webhooks::fixture::text;
use crate::world::World;

both! {
    a_live_automation_keeps_the_way_by_which_it_sends,
    who_did_not_start_is_told_what_was_true_then,
    a_profile_that_wants_no_messages_is_shown_among_those_who_are_sent_none,
    a_message_and_a_code_have_their_version,
    the_first_language_of_a_template_stands_in_for_one_that_is_missing,
}

async fn a_live_automation_keeps_the_way_by_which_it_sends(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &json!({})).await;
    let endpoint = |id: &str, events: Value| {
        (id.to_owned(), json!({"url": format!("https://{id}.example/hook"), "events": events}))
    };
    let put = async |(id, body): (String, Value)| {
        world.put(&format!("/v1/webhook-endpoints/{id}"), body).await
    };
    let deaf = || endpoint("shop", json!(["invoice.paid"]));
    let another = || endpoint("other", json!(["*"]));
    let mail = automation(&json!({"steps": [
        {"key": "mail", "delay": "P1D", "channel": "email", "template": "thanks"},
    ]}));
    let refused = [
        ("gone", world.delete("/v1/webhook-endpoints/shop").await),
        ("deaf", put(deaf()).await),
        ("one of two", put(another()).await),
        ("mails", world.put("/v1/automations/thanks", mail.clone()).await),
    ];
    for (what, answer) in refused {
        assert_eq!(answer.problem(409), "channel-not-ready", "{what}");
        assert_eq!(answer.json["automation"], "thanks", "{what}");
    }
    assert_eq!(world.get("/v1/automations/thanks").await.expect(200)["version"], 1);
    assert_eq!(world.get("/v1/webhook-endpoints/other").await.status, 404);
    // What does not take the way away is as it was.
    put(endpoint("shop", json!(["message.send", "invoice.paid"]))).await.expect(200);
    put(endpoint("other", json!(["invoice.paid"]))).await.expect(201);
    world.delete("/v1/webhook-endpoints/other").await.expect(204);
    world.post("/v1/automations/thanks/stop", json!({})).await.expect(200);
    put(deaf()).await.expect(200);
    put(another()).await.expect(201);
    world.put("/v1/automations/thanks", mail).await.expect(200);
}

async fn who_did_not_start_is_told_what_was_true_then(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &json!({})).await;
    let why = async |customer: &str| {
        let path = format!("/v1/automations/thanks/explain?customer={customer}");
        text(&world.get(&path).await.expect(200)["reason"])
    };
    let say = async |customer: &str, wanted: bool| {
        let path = format!("/v1/customers/{customer}");
        let saved = world.put(&path, json!({"messages": wanted})).await;
        assert!(saved.status < 300, "{saved:?}");
    };
    // All of it while the clock stands.
    say("bob", false).await;
    delivered(world, "b-1", "bob").await;
    say("bob", true).await;
    assert_eq!(why("bob").await, "suppressed");
    say("cleo", true).await;
    world.put("/v1/suppressions/cleo", json!({})).await.expect(200);
    delivered(world, "c-1", "cleo").await;
    world.delete("/v1/suppressions/cleo").await.expect(204);
    assert_eq!(why("cleo").await, "suppressed");
    order(world, "d-1", "dora").await;
    order(world, "d-2", "dora").await;
    for step in ["paid", "delivered"] {
        world.post(&format!("/v1/orders/d-1/{step}"), json!({})).await.expect(200);
    }
    world.post("/v1/orders/d-2/cancelled", json!({})).await.expect(200);
    assert_eq!(why("dora").await, "not-the-first");
    // It went on only after that was told.
    world.post("/v1/automations/thanks/pause", json!({})).await.expect(200);
    delivered(world, "e-1", "eve").await;
    world.post("/v1/automations/thanks/resume", json!({})).await.expect(200);
    assert_eq!(why("eve").await, "not-live-then");
}

async fn suppressed(world: &World) -> Vec<(String, String)> {
    let listed = world.get("/v1/suppressions").await.expect(200);
    let row = |it: &Value| (text(&it["customer"]), text(&it["reason"]));
    listed["data"].as_array().unwrap().iter().map(row).collect()
}

async fn a_profile_that_wants_no_messages_is_shown_among_those_who_are_sent_none(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &json!({})).await;
    delivered(world, "o-1", "ada").await;
    let path = "/v1/customers/ada";
    let of_profile = || vec![("ada".to_owned(), "profile".to_owned())];
    world.put(path, json!({"messages": false})).await.expect(200);
    assert_eq!(suppressed(world).await, of_profile());
    assert_eq!(first_run(world).await, "exited unsubscribed ");
    world.put(path, json!({"messages": false, "name": "Ada"})).await.expect(200);
    world.put(path, json!({"messages": true})).await.expect(200);
    assert_eq!(suppressed(world).await, []);
    world.put(path, json!({"messages": false})).await.expect(200);
    world.delete("/v1/suppressions/ada").await.expect(204);
    assert_eq!(suppressed(world).await, []);
    assert_eq!(world.get(path).await.expect(200)["messages"], Value::Null, "it says so no more");
    // What the merchant says by hand stays, whatever a profile says.
    world.put("/v1/suppressions/ada", json!({})).await.expect(200);
    world.put(path, json!({"messages": true})).await.expect(200);
    assert_eq!(suppressed(world).await, [("ada".to_owned(), "merchant".to_owned())]);
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let told = events["data"].as_array().unwrap().iter().map(|it| text(&it["type"]));
    let told: Vec<String> = told.filter(|it| it.contains("suppressed")).collect();
    let (begun, ended) = ("customer.suppressed", "customer.unsuppressed");
    assert_eq!(told, [begun, ended, begun, ended, begun]);
}

async fn a_message_and_a_code_have_their_version(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    let steps = json!([{"key": "offer", "delay": "PT1H", "channel": "webhook",
        "template": {"subject": "s", "text": "{couponCode}"}}]);
    let coupon = json!({"kind": "percent", "value": "10", "valid_days": 30});
    live(&post, &json!({"steps": steps, "coupon": coupon})).await;
    delivered(world, "o-1", "ada").await;
    advance(&post, chrono::TimeDelta::hours(1)).await;
    let id = text(&messages(world).await[0]["id"]);
    let code = world.get("/v1/coupon-codes?customer=ada").await.expect(200);
    let code = text(&code["data"][0]["code"]);
    for path in [format!("/v1/messages/{id}"), format!("/v1/coupon-codes/{code}")] {
        let answer = world.get(&path).await;
        assert_eq!(answer.status, 200);
        let tag = answer.headers.get("etag").and_then(|tag| tag.to_str().ok());
        assert!(tag.is_some_and(|tag| tag.starts_with('"')), "{path}: {tag:?}");
    }
}

async fn the_first_language_of_a_template_stands_in_for_one_that_is_missing(store: Store) {
    let post = shop(store).await;
    let path = "/v1/message-templates/thanks";
    let texts: Vec<(&str, &str)> = vec![("pt", "Obrigado"), ("fr", "Merci"), ("de", "Danke")];
    let body = |texts: &[(&str, &str)]| {
        let said = texts.iter().map(|(language, subject)| {
            (String::from(*language), json!({"subject": subject, "text": "{productTitle}"}))
        });
        json!({"title": "Thanks", "texts": said.collect::<serde_json::Map<_, _>>()})
    };
    let languages = |saved: &Value| -> Vec<String> {
        saved["texts"].as_object().unwrap().keys().cloned().collect()
    };
    let saved = post.world.put(path, body(&texts)).await.expect(200);
    assert_eq!(languages(&saved), ["pt", "fr", "de"]);
    live(&post, &json!({})).await;
    for (customer, locale) in [("ada", "it"), ("bob", "de-AT"), ("cleo", "ja")] {
        let profile = json!({"name": customer, "locale": locale});
        let saved = post.world.put(&format!("/v1/customers/{customer}"), profile).await;
        assert!(saved.status == 200 || saved.status == 201, "{saved:?}");
        delivered(&post.world, &format!("o-{customer}"), customer).await;
    }
    advance(&post, TimeDelta::hours(25)).await;
    let calls = post.memory.take();
    let mut told = sent(&calls);
    told.sort();
    assert_eq!(told, ["thanks Danke", "thanks Obrigado", "thanks Obrigado"]);
    // Another order is another template, and a file keeps it.
    let turned: Vec<(&str, &str)> = texts.into_iter().rev().collect();
    post.world.put(path, body(&turned)).await.expect(200);
    let merchant = MerchantId::stored("default".to_owned());
    let written = post.world.app.written_catalogue(&merchant).await.unwrap();
    let written = serde_json::to_value(&written).unwrap();
    assert_eq!(languages(&written["message_templates"][0]), ["de", "fr", "pt"]);
    assert_eq!(languages(&post.world.get(path).await.expect(200)), ["de", "fr", "pt"]);
}
