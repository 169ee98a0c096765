//! Who may do what, walked through for every route, and what is another merchant's.

use axum::http::Method;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::World;

both! {
    every_route_is_open_to_the_roles_of_its_row_and_to_no_other,
    what_belongs_to_another_merchant_is_not_there,
}

/// Who may write, by the beginning or the end of a path.
fn writers(method: &str, path: &str) -> &'static [&'static str] {
    let ends = |end: &str| path.ends_with(end);
    let starts = |start: &str| path.starts_with(start);
    match method {
        "GET" => &["admin", "merchant", "checkout", "billing", "read"],
        _ if ends("/pay") || ends("/unpay") || ends("/payouts") => &["admin", "billing"],
        _ if starts("/v1/billing") || starts("/v1/test-clock") => &["admin", "billing"],
        "POST" if path == "/v1/subscriptions" => &["admin", "billing"],
        _ if ends("/cancel") || ends("/uncancel") || ends("/withdraw") => &["admin", "checkout"],
        _ if starts("/v1/checkouts") || starts("/v1/customers") => &["admin", "checkout"],
        _ if starts("/v1/settings") || starts("/v1/keys") || starts("/v1/merchants") => &["admin"],
        _ if starts("/v1/webhook-endpoints") => &["admin"],
        _ => &["admin", "merchant"],
    }
}

async fn every_route_is_open_to_the_roles_of_its_row_and_to_no_other(store: Store) {
    let world = World::new(store).await;
    let document = world.get("/openapi.json").await.expect(200);
    for role in ["admin", "merchant", "checkout", "billing", "read"] {
        let key = world.post("/v1/keys", json!({"role": role})).await.expect(201);
        let theirs = world.with_key(key["key"].as_str().unwrap());
        for (path, item) in document["paths"].as_object().unwrap() {
            if !path.starts_with("/v1") {
                continue;
            }
            for (method, _) in item.as_object().unwrap().iter().filter(|(_, it)| it.is_object()) {
                let method = method.to_uppercase();
                let parsed: Method = method.parse().unwrap();
                let id = path.replace("{id}", "nope").replace("{delivery}", "nope");
                // A body that fits nothing: whoever may come in changes nothing.
                let answer = theirs.call(parsed, &id, &[], Some("[]".to_owned())).await;
                let may = writers(&method, path).contains(&role);
                if may {
                    assert_ne!(answer.status, 403, "{role}: {method} {path} {answer:?}");
                } else {
                    assert_eq!(answer.problem(403), "forbidden", "{role}: {method} {path}");
                }
            }
        }
    }
}

async fn what_belongs_to_another_merchant_is_not_there(store: Store) {
    let world = World::new(store).await;
    let made =
        world.post("/v1/merchants", json!({"id": "other", "name": "Other"})).await.expect(201);
    let other = world.with_key(made["key"].as_str().unwrap());
    let twice = world.post("/v1/merchants", json!({"id": "other", "name": "Other"})).await;
    assert_eq!(twice.problem(409), "conflict");
    let refused = other.post("/v1/merchants", json!({"id": "third", "name": "Third"})).await;
    assert_eq!(refused.problem(403), "forbidden");
    let own = other.get("/v1/merchants").await.expect(200);
    assert_eq!(own["data"], json!([{"id": "other", "name": "Other"}]));
    world.catalogue().await;
    let done = world.buy("ada", "month").await;
    let run = world.post("/v1/billing/runs", json!({})).await.expect(200);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let subscription = text(&done["result"]["subscription"]);
    let invoice = text(&done["result"]["invoices"][0]);
    let (checkout, run) = (text(&done["id"]), text(&run["id"]));
    for path in [
        "tags/month".to_owned(),
        "products/paper".to_owned(),
        "offers/month".to_owned(),
        "paths/month-to-year".to_owned(),
        "paths/month-to-year/edges".to_owned(),
        "customers/ada".to_owned(),
        "customers/ada/transitions".to_owned(),
        format!("subscriptions/{subscription}"),
        format!("invoices/{invoice}"),
        format!("checkouts/{checkout}"),
        format!("billing/runs/{run}"),
    ] {
        assert_eq!(world.get(&format!("/v1/{path}")).await.status, 200, "{path}");
        assert_eq!(other.get(&format!("/v1/{path}")).await.problem(404), "not-found", "{path}");
    }
    for (path, body) in [
        (format!("subscriptions/{subscription}/cancel"), json!({})),
        (format!("invoices/{invoice}/pay"), json!({"reference": "x"})),
        (format!("checkouts/{checkout}/complete"), json!({})),
        (
            "customers/ada/payouts".to_owned(),
            json!({"reference": "x", "amount": {"amount": "1.00", "currency": "EUR"}}),
        ),
    ] {
        let answer = other.post(&format!("/v1/{path}"), body).await;
        assert_eq!(answer.problem(404), "not-found", "{path}");
    }
    for list in ["tags", "offers", "paths", "customers", "subscriptions", "invoices", "checkouts"] {
        let listed = other.get(&format!("/v1/{list}")).await.expect(200);
        assert_eq!(listed, json!({"data": [], "next_cursor": null}), "{list}");
    }
}
