//! Orders from outside: placed once, with stock or not at all, and what becomes of them.

use axum::http::Method;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, eur};

both! {
    an_order_says_what_was_said_and_what_it_comes_to,
    the_same_order_again_is_the_same_order,
    a_short_line_takes_nothing,
    an_order_is_paid_delivered_cancelled_and_paid_back,
    a_purchase_of_before_takes_nothing,
    every_fault_of_an_order_is_told_at_its_place,
    orders_keep_what_they_say_and_hinder_nothing,
    orders_are_listed_by_customer_and_status,
}

/// A shop with five pins at 4.90 and a paper of which there is no end.
pub(crate) async fn shop(store: Store) -> World {
    let world = World::new(store).await;
    let pin = json!({
        "title": "Pin", "kind": "physical", "stock": 5, "unit_net": eur("4.90"), "brand": "X",
    });
    world.put("/v1/products/pin", pin).await.expect(201);
    let paper = json!({"title": "Paper", "kind": "digital"});
    world.put("/v1/products/paper", paper).await.expect(201);
    world
}

/// An order of these lines: product, quantity and price.
pub(crate) fn order_of(id: &str, lines: &[(&str, i64, &str)]) -> Value {
    let line = |(product, quantity, unit_net): &(&str, i64, &str)| {
        json!({"product": product,
        "quantity": quantity, "unit_net": unit_net})
    };
    let lines: Vec<Value> = lines.iter().map(line).collect();
    json!({"id": id, "customer": "ada", "channel": "web", "currency": "EUR", "lines": lines})
}

async fn left(world: &World) -> Value {
    world.get("/v1/products/pin").await.json["stock"].clone()
}

async fn an_order_says_what_was_said_and_what_it_comes_to(store: Store) {
    let world = shop(store).await;
    let mut body = order_of("o-1", &[("pin", 2, "4.90"), ("paper", 1, "10.00")]);
    body["shipping_country"] = json!("DE");
    body["payment_method"] = json!("card");
    body["shipping_cost"] = json!("3.50");
    body["customer_group"] = json!("press");
    let answer = world.post("/v1/orders", body).await;
    let tag = answer.header("etag").to_owned();
    let made = answer.expect(201);
    let wanted = json!({
        "id": "o-1", "status": "open", "customer": "ada", "customer_group": "press",
        "locale": null, "channel": "web", "currency": "EUR", "shipping_country": "DE",
        "payment_method": "card", "shipping_cost": "3.50", "coupon": null, "picks": {},
        "expects": null, "brought_over": false,
        "lines": [
            {"product": "pin", "quantity": 2, "unit_net": "4.90", "campaign": null},
            {"product": "paper", "quantity": 1, "unit_net": "10.00", "campaign": null},
        ],
        "gifts": [], "gifts_left_out": [], "promotions": [],
        "net": "19.80", "discount": "0.00", "free_shipping": false, "total": "19.80",
        "paid": "0.00", "refunded": "0.00",
        "placed_at": made["placed_at"], "paid_at": null, "delivered_at": null,
        "cancelled_at": null,
    });
    assert_eq!(made, wanted);
    let read = world.get("/v1/orders/o-1").await;
    assert_eq!((read.header("etag"), &read.json), (tag.as_str(), &made));
    assert_eq!(left(&world).await, 3);
    assert_eq!(world.get("/v1/customers/ada").await.status, 200, "an unknown customer is made");
    let mut bare = order_of("", &[("paper", 1, "0")]);
    for field in ["id", "customer"] {
        bare.as_object_mut().unwrap().remove(field);
    }
    let made = world.post("/v1/orders", bare).await.expect(201);
    assert!(made["id"].as_str().unwrap().starts_with("ord_"), "{made}");
    assert_eq!(world.get("/v1/orders/nope").await.problem(404), "not-found");
}

async fn the_same_order_again_is_the_same_order(store: Store) {
    let world = shop(store).await;
    let body = order_of("o-1", &[("pin", 2, "4.90")]);
    let made = world.post("/v1/orders", body.clone()).await.expect(201);
    assert_eq!(world.post("/v1/orders", body.clone()).await.expect(200), made);
    assert_eq!(left(&world).await, 3, "taken once");
    let other = order_of("o-1", &[("pin", 1, "4.90")]);
    assert_eq!(world.post("/v1/orders", other).await.problem(409), "order-exists");
    world.post("/v1/orders/o-1/paid", json!({})).await.expect(200);
    let again = world.post("/v1/orders", body.clone()).await.expect(200);
    assert_eq!(again["paid"], "9.80", "as it stands now");
    let key = [("idempotency-key", "order-2")];
    let mut two = body;
    two["id"] = json!("o-2");
    let sent = Some(two.to_string());
    let first = world.call(Method::POST, "/v1/orders", &key, sent.clone()).await;
    let second = world.call(Method::POST, "/v1/orders", &key, sent).await;
    assert_eq!((first.status, second.status), (201, 201));
    assert_eq!((second.header("idempotent-replayed"), &second.json), ("true", &first.json));
    assert_eq!(left(&world).await, 1);
}

async fn a_short_line_takes_nothing(store: Store) {
    let world = shop(store).await;
    let lines = [("paper", 1, "1"), ("pin", 3, "4.90"), ("pin", 3, "4.00")];
    let answer = world.post("/v1/orders", order_of("o-1", &lines)).await;
    assert_eq!(answer.problem(409), "out-of-stock");
    let line = |place: u32| json!({"line": place, "product": "pin", "wanted": 6, "left": 5});
    assert_eq!(answer.json["lines"], json!([line(1), line(2)]));
    assert_eq!(left(&world).await, 5);
    assert_eq!(world.get("/v1/orders/o-1").await.status, 404);
    assert_eq!(world.get("/v1/customers/ada").await.status, 404);
    world.post("/v1/orders", order_of("o-1", &lines[..2])).await.expect(201);
}

async fn an_order_is_paid_delivered_cancelled_and_paid_back(store: Store) {
    let world = shop(store).await;
    let step = |id: &'static str, step: &'static str, body: Value| {
        let world = world.clone();
        async move { world.post(&format!("/v1/orders/{id}/{step}"), body).await }
    };
    for id in ["kept", "lost"] {
        world.post("/v1/orders", order_of(id, &[("pin", 2, "4.90")])).await.expect(201);
    }
    assert_eq!(step("kept", "refunded", json!({})).await.problem(409), "not-paid");
    let later = json!({"at": "2030-01-01T00:00:00Z"});
    assert_eq!(step("kept", "paid", later).await.pointers(), ["/at"]);
    let early = json!({"at": "2020-01-01T00:00:00Z", "amount": eur("9.00"), "event_id": "e-1"});
    let paid = step("kept", "paid", early).await.expect(200);
    assert_eq!((&paid["paid"], &paid["paid_at"]), (&json!("9.00"), &paid["placed_at"]));
    assert_eq!(step("kept", "paid", json!({})).await.expect(200), paid, "once");
    let dollars = json!({"amount": {"amount": "1.00", "currency": "USD"}});
    assert_eq!(step("kept", "refunded", dollars).await.pointers(), ["/amount/currency"]);
    let some = json!({"amount": eur("4.00"), "event_id": "r-1"});
    for _ in 0..2 {
        let done = step("kept", "refunded", some.clone()).await.expect(200);
        assert_eq!(done["refunded"], "4.00", "one for each event");
    }
    let much = json!({"amount": eur("5.01"), "event_id": "r-2"});
    assert_eq!(step("kept", "refunded", much).await.pointers(), ["/amount/amount"]);
    assert_eq!(step("kept", "refunded", json!({})).await.expect(200)["refunded"], "9.00");
    step("kept", "delivered", json!({})).await.expect(200);
    let cancelled = step("kept", "cancelled", json!({})).await.expect(200);
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(left(&world).await, 1, "what was delivered does not come back");
    step("lost", "cancelled", json!({})).await.expect(200);
    step("lost", "cancelled", json!({})).await.expect(200);
    assert_eq!(left(&world).await, 3, "what was not does, once");
    for late in ["paid", "delivered"] {
        assert_eq!(step("lost", late, json!({})).await.problem(409), "order-cancelled");
    }
    assert_eq!(step("nope", "paid", json!({})).await.problem(404), "not-found");
    let moves = world.get("/v1/products/pin/stock").await.json;
    let told = |it: &Value| json!([it["cause"], it["change"], it["subject"]]);
    let told: Vec<Value> = moves["data"].as_array().unwrap().iter().map(told).collect();
    let wanted = json!([
        ["set", null, null],
        ["order", -2, "kept"],
        ["order", -2, "lost"],
        ["cancelled", 2, "lost"],
    ]);
    assert_eq!(json!(told), wanted);
}

async fn a_purchase_of_before_takes_nothing(store: Store) {
    let world = shop(store).await;
    let mut body = order_of("old", &[("pin", 9, "4.90")]);
    body["brought_over"] = json!(true);
    body["placed_at"] = json!("2024-05-01T10:00:00Z");
    let made = world.post("/v1/orders", body.clone()).await.expect(201);
    assert_eq!(made["placed_at"], "2024-05-01T10:00:00Z");
    assert_eq!(left(&world).await, 5);
    world.post("/v1/orders/old/cancelled", json!({})).await.expect(200);
    assert_eq!(left(&world).await, 5, "nor does it give anything back");
    body["id"] = json!("new");
    body["placed_at"] = json!("2030-01-01T00:00:00Z");
    assert_eq!(world.post("/v1/orders", body).await.pointers(), ["/placed_at"]);
}

async fn every_fault_of_an_order_is_told_at_its_place(store: Store) {
    let world = shop(store).await;
    let wrong = json!({
        "id": "a b", "channel": "", "currency": "EUR", "coupon": "SUMMER", "nonsense": 1,
        "shipping_country": "Germany", "lines": [
            {"product": "pin", "quantity": 0, "unit_net": "1.001"},
            {"product": "nothing", "quantity": 1, "unit_net": "-1"},
            {"offer": "month"},
        ],
    });
    let places = [
        "/channel",
        "/coupon",
        "/id",
        "/lines/0/quantity",
        "/lines/0/unit_net",
        "/lines/1/product",
        "/lines/1/unit_net",
        "/lines/2/offer",
        "/nonsense",
        "/shipping_country",
    ];
    assert_eq!(world.post("/v1/orders", wrong).await.pointers(), places);
    let many = vec![("paper", 1, "1"); 201];
    for lines in [&many[..], &[]] {
        let answer = world.post("/v1/orders", order_of("o", lines)).await;
        assert_eq!(answer.pointers(), ["/lines"], "{}", lines.len());
    }
    world.post("/v1/orders", order_of("o", &many[..200])).await.expect(201);
    let dear = [("paper", 1, "9999999999999.99"), ("paper", 1, "0.02")];
    let answer = world.post("/v1/orders", order_of("dear", &dear)).await;
    assert_eq!(answer.pointers(), ["/lines"]);
    assert_eq!(world.post("/v1/orders", json!("x")).await.status, 422);
}

async fn orders_keep_what_they_say_and_hinder_nothing(store: Store) {
    let world = shop(store).await;
    let body = order_of("o-1", &[("pin", 1, "4.90")]);
    let made = world.post("/v1/orders", body.clone()).await.expect(201);
    assert_eq!(world.delete("/v1/products/pin").await.status, 204);
    assert_eq!(world.get("/v1/orders/o-1").await.json, made);
    assert_eq!(world.post("/v1/orders", body).await.expect(200), made);
    world.post("/v1/orders/o-1/cancelled", json!({})).await.expect(200);
}

async fn orders_are_listed_by_customer_and_status(store: Store) {
    let world = shop(store).await;
    for (id, customer) in [("a", "ada"), ("b", "bob"), ("c", "ada")] {
        let mut body = order_of(id, &[("paper", 1, "1")]);
        body["customer"] = json!(customer);
        world.post("/v1/orders", body).await.expect(201);
    }
    world.post("/v1/orders/c/cancelled", json!({})).await.expect(200);
    for (query, wanted) in [
        ("", json!(["a", "b", "c"])),
        ("?customer=ada", json!(["a", "c"])),
        ("?customer=ada&status=open", json!(["a"])),
        ("?status=cancelled", json!(["c"])),
        ("?customer=eve", json!([])),
    ] {
        let list = world.get(&format!("/v1/orders{query}")).await.expect(200);
        let ids: Vec<&Value> =
            list["data"].as_array().unwrap().iter().map(|it| &it["id"]).collect();
        assert_eq!(json!(ids), wanted, "{query}");
    }
}
