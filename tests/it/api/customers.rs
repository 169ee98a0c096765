//! Customers as files bring them, who want to be forgotten, and what hinders it.

use crossgrade::cli::catalogue;
use crossgrade::domain::ids::MerchantId;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::World;

both! {
    who_a_customer_is_is_taken_away_for_good,
    whoever_runs_waits_or_owes_is_not_forgotten,
    whoever_follows_a_customer_sees_them_imported_too,
}

async fn known(world: &World, customer: &str) -> Value {
    let profile = json!({
        "name": "Ada Zq", "email": "zq@example.com", "address": "Zq Street 1", "group": "zq",
        "locale": "de", "country": "DE",
    });
    world.put(&format!("/v1/customers/{customer}"), profile).await.expect(201)
}

async fn who_a_customer_is_is_taken_away_for_good(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    known(&world, "ada").await;
    let bought = world.buy("ada", "month").await;
    let subscription = bought["result"]["subscription"].as_str().unwrap().to_owned();
    let end = format!("/v1/subscriptions/{subscription}/cancel");
    world.post(&end, json!({"when": "now"})).await.expect(200);
    assert_eq!(world.delete("/v1/customers/ada").await.status, 204);
    let left = world.get("/v1/customers/ada").await.expect(200);
    for field in ["name", "email", "address", "group", "locale", "country"] {
        assert_eq!(left[field], Value::Null, "{field}: {left}");
    }
    // Their id, what they had and what the law wants kept stay.
    let invoice = bought["result"]["invoices"][0].as_str().unwrap();
    let invoice = world.get(&format!("/v1/invoices/{invoice}")).await.expect(200);
    assert_eq!(
        (&invoice["customer"], &invoice["buyer"]["name"]),
        (&json!("ada"), &json!("Ada Zq"))
    );
    assert_eq!(world.get("/v1/audit").await.expect(200)["faults"], json!([]));
    assert_eq!(world.delete("/v1/customers/ada").await.status, 204, "once more changes nothing");
    assert_eq!(world.delete("/v1/customers/nobody").await.problem(404), "not-found");
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let told = |event: &&Value| event["type"] == "customer.deleted" && event["subject"] == "ada";
    assert_eq!(events["data"].as_array().unwrap().iter().filter(told).count(), 2);
    assert!(!events.to_string().contains("zq@example.com"), "no event tells what was taken away");
}

async fn whoever_runs_waits_or_owes_is_not_forgotten(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let settings = json!({"purchase_on_account": true});
    world.put("/v1/settings", settings).await.expect(200);
    known(&world, "ada").await;
    let checkout = world.open("ada", "month").await;
    let hold = format!("/v1/checkouts/{}/hold", checkout["id"].as_str().unwrap());
    world.post(&hold, json!({})).await.expect(200);
    let refused = world.delete("/v1/customers/ada").await;
    assert_eq!(refused.problem(409), "still-in-use");
    assert!(refused.text.contains("checkout"), "{refused:?}");
    let complete = crate::world::complete(&checkout);
    let bought = world.post(&complete, json!({})).await.expect(200);
    let refused = world.delete("/v1/customers/ada").await;
    assert_eq!(refused.problem(409), "still-in-use");
    assert!(refused.text.contains(" and 1 more"), "it runs, and its invoice is open: {refused:?}");
    let subscription = bought["result"]["subscription"].as_str().unwrap();
    let end = format!("/v1/subscriptions/{subscription}/cancel");
    world.post(&end, json!({"when": "now"})).await.expect(200);
    // The invoice is still open.
    let refused = world.delete("/v1/customers/ada").await;
    assert_eq!(refused.problem(409), "still-in-use");
    assert!(refused.text.contains("invoice"), "{refused:?}");
    let invoice = bought["result"]["invoices"][0].as_str().unwrap();
    let pay = format!("/v1/invoices/{invoice}/pay");
    world.post(&pay, json!({"reference": "bank-1"})).await.expect(200);
    assert_eq!(world.delete("/v1/customers/ada").await.status, 204);
}

async fn whoever_follows_a_customer_sees_them_imported_too(store: Store) {
    let world = World::new(store).await;
    let merchant = MerchantId::stored("default".to_owned());
    let file = json!({"customers": [{"id": "ada", "name": "Ada"}, {"id": "bob"}], "tags": [
        {"id": "news", "title": "News"},
    ]});
    let read = catalogue::read(&file.to_string()).unwrap();
    assert!(read.faults.is_empty(), "{:?}", read.faults);
    world.app.import(&merchant, read.draft, |_| ()).await.unwrap();
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let of = |kind: &str, field: &str| -> Vec<Value> {
        let all = events["data"].as_array().unwrap().iter();
        all.filter(|event| event["type"] == kind).map(|event| event[field].clone()).collect()
    };
    assert_eq!(of("customer.saved", "customer"), [json!("ada"), json!("bob")]);
    assert_eq!(of("tag.saved", "customer"), [Value::Null]);
}
