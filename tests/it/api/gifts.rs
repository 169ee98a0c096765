//! Gifts and promotions on orders, from outside: given with the order, taken from the rule and
//! from the shelf, and given back with it.

use crossgrade::store::Store;
use serde_json::{Value, json};

use super::orders::{order_of, shop};
use crate::support::both;
use crate::world::{World, eur};

both! {
    what_a_rule_gives_is_taken_from_it_and_from_the_shelf,
    what_cannot_be_given_is_left_out_and_named,
    an_order_stores_what_the_cart_showed_or_is_refused,
    an_order_keeps_what_it_has_earned,
    a_gift_comes_back_where_its_rule_was_not_written_since,
}

fn rule(quantity: i64, stock: i64) -> Value {
    json!({
        "title": "A hat for two pins",
        "buy": {"units": {"of": {"product": "pin"}, "min": 2}},
        "get": [{"product": "hat", "quantity": quantity, "price": "1.00", "stock": stock}],
    })
}

/// The shop with three hats, of which one is given for two pins.
async fn giving(store: Store) -> World {
    let world = shop(store).await;
    let hat = json!({"title": "Hat", "kind": "physical", "stock": 3, "unit_net": eur("10.00")});
    world.put("/v1/products/hat", hat).await.expect(201);
    world.put("/v1/gift-rules/hats", rule(1, 2)).await.expect(201);
    world
}

async fn left(world: &World) -> (Value, Value) {
    let hat = world.get("/v1/products/hat").await.json["stock"].clone();
    let rule = world.get("/v1/gift-rules/hats").await.json["get"][0]["stock"].clone();
    (hat, rule)
}

async fn what_a_rule_gives_is_taken_from_it_and_from_the_shelf(store: Store) {
    let world = giving(store).await;
    let made = world.post("/v1/orders", order_of("o", &[("pin", 2, "4.90")])).await.expect(201);
    let gift =
        json!({"rule": "hats", "times": 1, "product": "hat", "quantity": 1, "price": "1.00"});
    assert_eq!(made["gifts"], json!([gift]));
    assert_eq!((&made["net"], &made["total"]), (&json!("9.80"), &json!("10.80")));
    assert_eq!(left(&world).await, (json!(2), json!(1)));
    let few = world.post("/v1/orders", order_of("few", &[("pin", 1, "4.90")])).await.expect(201);
    assert_eq!(few["gifts"], json!([]));
    let mut old = order_of("old", &[("pin", 2, "4.90")]);
    old["brought_over"] = json!(true);
    assert_eq!(world.post("/v1/orders", old).await.expect(201)["gifts"], json!([]));
    assert_eq!(left(&world).await, (json!(2), json!(1)));
}

async fn what_cannot_be_given_is_left_out_and_named(store: Store) {
    let world = giving(store).await;
    world.put("/v1/gift-rules/hats", rule(5, 4)).await.expect(200);
    let made = world.post("/v1/orders", order_of("o", &[("pin", 2, "4.90")])).await.expect(201);
    assert_eq!(made["gifts"][0]["quantity"], 3, "as many as are on the shelf");
    let out = json!([{"rule": "hats", "product": "hat", "quantity": 2}]);
    assert_eq!(made["gifts_left_out"], out);
    assert_eq!(left(&world).await, (json!(0), json!(1)));
    let next = world.post("/v1/orders", order_of("p", &[("pin", 2, "4.90")])).await.expect(201);
    assert_eq!((&next["gifts"], &next["total"]), (&json!([]), &json!("9.80")));
}

async fn an_order_stores_what_the_cart_showed_or_is_refused(store: Store) {
    let world = giving(store).await;
    let mut cart = order_of("", &[("pin", 2, "4.90")]);
    cart.as_object_mut().unwrap().remove("id");
    let shown = world.post("/v1/carts/evaluate", cart).await.expect(200);
    let mut order = order_of("o", &[("pin", 2, "4.90")]);
    order["expects"] = shown["stamp"].clone();
    world.put("/v1/gift-rules/hats", rule(2, 2)).await.expect(200);
    let refused = world.post("/v1/orders", order.clone()).await;
    assert_eq!(refused.problem(409), "cart-changed");
    assert_eq!(refused.json["cart"]["gifts"][0]["items"][0]["quantity"], 2);
    assert_eq!(left(&world).await, (json!(3), json!(2)), "nothing is taken");
    order["expects"] = refused.json["cart"]["stamp"].clone();
    let made = world.post("/v1/orders", order).await.expect(201);
    assert_eq!(made["gifts"][0]["quantity"], 2);
}

async fn an_order_keeps_what_it_has_earned(store: Store) {
    let world = giving(store).await;
    let ship = json!({
        "title": "Free shipping", "qualifies": {"net": {"min": "9.00"}},
        "reward": {"kind": "free_shipping"}, "upsells": [],
    });
    world.put("/v1/promotions/ship", ship).await.expect(201);
    let made = world.post("/v1/orders", order_of("o", &[("pin", 2, "4.90")])).await.expect(201);
    let earned = json!({
        "promotion": "ship", "title": "Free shipping", "reward": {"kind": "free_shipping"},
    });
    assert_eq!(made["promotions"], json!([earned]));
    let less = world.post("/v1/orders", order_of("p", &[("pin", 1, "4.90")])).await.expect(201);
    assert_eq!(less["promotions"], json!([]));
    world.delete("/v1/promotions/ship").await.expect(204);
    assert_eq!(world.get("/v1/orders/o").await.json["promotions"], json!([earned]));
}

async fn a_gift_comes_back_where_its_rule_was_not_written_since(store: Store) {
    let world = giving(store).await;
    for id in ["a", "b"] {
        world.post("/v1/orders", order_of(id, &[("pin", 2, "4.90")])).await.expect(201);
    }
    assert_eq!(left(&world).await, (json!(1), json!(0)));
    world.post("/v1/orders/a/cancelled", json!({})).await.expect(200);
    assert_eq!(left(&world).await, (json!(2), json!(1)));
    world.put("/v1/gift-rules/hats", rule(1, 7)).await.expect(200);
    world.post("/v1/orders/b/cancelled", json!({})).await.expect(200);
    assert_eq!(left(&world).await, (json!(3), json!(7)));
    let told = world.get("/v1/audit").await.expect(200);
    assert_eq!(told["ok"], json!(true), "{told}");
}
