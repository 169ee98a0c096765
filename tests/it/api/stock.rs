//! Products with a stock: families, what is left and every move of it, from outside.

use axum::http::Method;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, eur};

both! {
    a_product_says_what_it_was_told_and_what_is_left,
    a_stock_moves_by_a_difference_and_every_move_is_kept,
    what_was_read_can_be_written_back_and_changes_nothing,
    families_have_two_generations,
    what_a_variant_or_a_product_names_stays,
}

/// The moves of a product's stock: cause, change and what is left.
async fn moves(world: &World, product: &str) -> Vec<Value> {
    let list = world.get(&format!("/v1/products/{product}/stock")).await.expect(200);
    let told = |it: &Value| json!([it["cause"], it["change"], it["left"]]);
    list["data"].as_array().unwrap().iter().map(told).collect()
}

async fn a_product_says_what_it_was_told_and_what_is_left(store: Store) {
    let world = World::new(store).await;
    world.put("/v1/tags/summer", json!({"title": "Summer"})).await.expect(201);
    let plain = json!({"title": "Shirt", "kind": "physical"});
    let made = world.put("/v1/products/shirt", plain).await.expect(201);
    let nothing = json!({
        "id": "shirt", "title": "Shirt", "kind": "physical", "variant_of": null, "brand": null,
        "tags": [], "unit_net": null, "stock": null, "ships_to": [], "texts": {},
    });
    assert_eq!(made, nothing);
    let red = json!({
        "title": "Red shirt", "kind": "physical", "variant_of": "shirt", "brand": "X",
        "tags": ["summer"], "unit_net": eur("19.90"), "stock": 3, "ships_to": ["AT", "DE"],
        "texts": {},
    });
    let mut said = world.put("/v1/products/red", red.clone()).await.expect(201);
    assert_eq!(world.get("/v1/products/red").await.json, said);
    assert_eq!(said.as_object_mut().unwrap().remove("id"), Some(json!("red")));
    assert_eq!(said, red);
    let wrong = json!({
        "title": "A", "kind": "physical", "variant_of": "red", "brand": "", "tags": ["no"],
        "unit_net": {"amount": "1.999", "currency": "EUR"}, "stock": -1, "ships_to": ["DE", "de"],
    });
    let answer = world.put("/v1/products/a", wrong).await;
    let places = ["/brand", "/ships_to/1", "/stock", "/tags/0", "/unit_net/amount", "/variant_of"];
    assert_eq!(answer.pointers(), places);
}

async fn a_stock_moves_by_a_difference_and_every_move_is_kept(store: Store) {
    let world = World::new(store).await;
    let pin = |stock: Value| json!({"title": "Pin", "kind": "physical", "stock": stock});
    world.put("/v1/products/pin", pin(json!(null))).await.expect(201);
    let add = |n: Value| world.post("/v1/products/pin/stock", json!({"add": n}));
    assert_eq!(add(json!(1)).await.problem(409), "unlimited-stock");
    world.put("/v1/products/pin", pin(json!(5))).await.expect(200);
    assert_eq!(add(json!(3)).await.expect(200)["stock"], 8);
    assert_eq!(add(json!(-8)).await.expect(200)["stock"], 0);
    assert_eq!(add(json!(-1)).await.problem(409), "out-of-stock");
    assert_eq!(add(json!(0)).await.pointers(), ["/add"]);
    assert_eq!(add(json!("1")).await.pointers(), ["/add"]);
    assert_eq!(world.post("/v1/products/no/stock", json!({"add": 1})).await.status, 404);
    let first = world.get("/v1/products/pin/stock?limit=2").await.expect(200);
    let path = format!("/v1/products/pin/stock?cursor={}", first["next_cursor"].as_str().unwrap());
    let rest = world.get(&path).await.expect(200);
    assert_eq!((&rest["data"][0]["sequence"], &rest["next_cursor"]), (&json!(3), &json!(null)));
    let wanted = [json!(["set", null, 5]), json!(["add", 3, 8]), json!(["add", -8, 0])];
    assert_eq!(moves(&world, "pin").await, wanted);
    let body = Some(json!({"add": 2}).to_string());
    let once = [("idempotency-key", "restock-1")];
    for _ in 0..2 {
        let done = world
            .call(Method::POST, "/v1/products/pin/stock", &once, body.clone())
            .await
            .expect(200);
        assert_eq!(done["stock"], 2, "the same delivery comes in once");
    }
}

async fn what_was_read_can_be_written_back_and_changes_nothing(store: Store) {
    let world = World::new(store).await;
    let pin = json!({"title": "Pin", "kind": "physical", "stock": 5});
    let made = world.put("/v1/products/pin", pin).await;
    let tag = made.header("etag").to_owned();
    world.post("/v1/products/pin/stock", json!({"add": -1})).await.expect(200);
    let read = world.get("/v1/products/pin").await;
    assert_ne!(read.header("etag"), tag, "the version is one of the stock, too");
    let write = |tag: String, body: Value| {
        let world = world.clone();
        async move {
            let tags = [("if-match", tag.as_str())];
            world.call(Method::PUT, "/v1/products/pin", &tags, Some(body.to_string())).await
        }
    };
    assert_eq!(write(tag, read.json.clone()).await.problem(412), "precondition-failed");
    write(read.header("etag").to_owned(), read.json.clone()).await.expect(200);
    assert_eq!(world.get("/v1/products/pin").await.json, read.json);
    assert_eq!(moves(&world, "pin").await.len(), 2, "no third one");
}

async fn families_have_two_generations(store: Store) {
    let world = World::new(store).await;
    let product = |parent: Value| json!({"title": "A", "kind": "physical", "variant_of": parent});
    for (id, parent, status) in [
        ("shirt", json!(null), 201),
        ("red", json!("shirt"), 201),
        ("hat", json!(null), 201),
        ("dark-red", json!("red"), 422),
        ("shirt", json!("hat"), 422),
        ("hat", json!("hat"), 422),
        ("hat", json!("nothing"), 422),
        ("red", json!("hat"), 200),
        ("shirt", json!("hat"), 200),
    ] {
        let answer = world.put(&format!("/v1/products/{id}"), product(parent.clone())).await;
        assert_eq!(answer.status, status, "{id} {parent} {answer:?}");
        if status == 422 {
            assert_eq!(answer.pointers(), ["/variant_of"]);
        }
    }
}

async fn what_a_variant_or_a_product_names_stays(store: Store) {
    let world = World::new(store).await;
    world.put("/v1/tags/summer", json!({"title": "Summer"})).await.expect(201);
    world.put("/v1/products/shirt", json!({"title": "S", "kind": "physical"})).await.expect(201);
    let red = json!({
        "title": "R", "kind": "physical", "variant_of": "shirt", "tags": ["summer"], "stock": 1,
    });
    world.put("/v1/products/red", red).await.expect(201);
    for used in ["products/shirt", "tags/summer"] {
        let answer = world.delete(&format!("/v1/{used}")).await;
        assert_eq!(answer.problem(409), "still-in-use", "{used}");
    }
    for free in ["products/red", "products/shirt", "tags/summer"] {
        assert_eq!(world.delete(&format!("/v1/{free}")).await.status, 204, "{free}");
    }
}
