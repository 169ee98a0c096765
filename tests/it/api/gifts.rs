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
    a_report_counts_what_was_given_with_orders_that_count,
    a_report_counts_who_earned_and_who_was_near,
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

/// The shop in Auckland, where the day of the 31st begins at eleven in the morning of the 30th.
async fn far_east(store: Store) -> World {
    let world = giving(store).await;
    let mut settings = world.get("/v1/settings").await.json;
    settings["time_zone"] = json!("Pacific/Auckland");
    world.put("/v1/settings", settings).await.expect(200);
    world
}

async fn placed(world: &World, id: &str, pins: i64, at: &str) {
    let mut order = order_of(id, &[("pin", pins, "4.90")]);
    order["placed_at"] = json!(at);
    world.post("/v1/orders", order).await.expect(201);
}

async fn a_report_counts_what_was_given_with_orders_that_count(store: Store) {
    let world = far_east(store).await;
    let report = async |query: &str| {
        world.get(&format!("/v1/gift-rules/hats/report{query}")).await.expect(200)
    };
    let pin = json!({"title": "Pin", "kind": "physical", "stock": 50, "unit_net": eur("4.90")});
    world.put("/v1/products/pin", pin).await.expect(200);
    let paper = json!({"product": "paper", "stock": 9});
    let mut both = rule(1, 9);
    both["applications"] = json!("unlimited");
    both["get"].as_array_mut().unwrap().push(paper);
    world.put("/v1/gift-rules/hats", both).await.expect(200);
    placed(&world, "one", 2, "2026-01-30T10:59:59Z").await;
    placed(&world, "three", 6, "2026-01-30T11:00:00Z").await;
    placed(&world, "none", 1, "2026-01-30T11:00:00Z").await;
    placed(&world, "lost", 2, "2026-01-30T11:00:00Z").await;
    world.post("/v1/orders/lost/cancelled", json!({})).await.expect(200);
    world.post("/v1/carts/evaluate", order_of("", &[("pin", 2, "1")])).await;
    let wanted = json!({
        "orders": 2, "times": 4, "left_out": 1,
        "given": [
            {"product": "hat", "quantity": 3, "left": 6},
            {"product": "paper", "quantity": 4, "left": 5},
        ],
    });
    assert_eq!(report("").await, wanted);
    placed(&world, "ancient", 2, "1905-01-01T00:00:00Z").await;
    assert_eq!(report("").await["orders"], 3, "without a first day nothing is too old");
    world.post("/v1/orders/ancient/cancelled", json!({})).await.expect(200);
    for (query, orders, times) in [
        ("?from=2026-01-30&to=2026-01-30", 1, 1),
        ("?from=2026-01-31&to=2026-01-31", 1, 3),
        ("?to=2026-01-30", 1, 1),
        ("?from=2026-02-01", 0, 0),
    ] {
        let told = report(query).await;
        assert_eq!((&told["orders"], &told["times"]), (&json!(orders), &json!(times)), "{query}");
    }
    world.put("/v1/gift-rules/hats", rule(1, 7)).await.expect(200);
    let paper = json!({"product": "paper", "quantity": 4, "left": null});
    assert_eq!(report("").await["given"][1], paper, "what it gives no more was given");
    let wrong = world.get("/v1/gift-rules/hats/report?from=2026-02-02&to=2026-02-01").await;
    assert_eq!(wrong.pointers(), ["/to"]);
    world.delete("/v1/gift-rules/hats").await.expect(204);
    assert_eq!(world.get("/v1/gift-rules/hats/report").await.problem(404), "not-found");
}

async fn a_report_counts_who_earned_and_who_was_near(store: Store) {
    let world = far_east(store).await;
    let upsell = |id: &str, min: &str| {
        json!({
            "id": id, "priority": 1, "when": {"net": {"min": min}}, "message": "{missing}",
            "suggest": [],
        })
    };
    let ship = json!({
        "title": "Free shipping", "qualifies": {"net": {"min": "14.00"}},
        "reward": {"kind": "free_shipping"}, "upsells": [upsell("a", "9.00"), upsell("b", "4.00")],
    });
    world.put("/v1/promotions/ship", ship.clone()).await.expect(201);
    let pin = json!({"title": "Pin", "kind": "physical", "unit_net": eur("4.90")});
    world.put("/v1/products/pin", pin).await.expect(200);
    placed(&world, "earned", 3, "2026-01-30T11:00:00Z").await;
    placed(&world, "near", 2, "2026-01-30T10:59:59Z").await;
    placed(&world, "further", 1, "2026-01-30T11:00:00Z").await;
    placed(&world, "lost", 1, "2026-01-30T11:00:00Z").await;
    world.post("/v1/orders/lost/cancelled", json!({})).await.expect(200);
    let report = async |query: &str| {
        world.get(&format!("/v1/promotions/ship/report{query}")).await.expect(200)
    };
    let near = |a: i64, b: i64| json!([{"upsell": "a", "orders": a}, {"upsell": "b", "orders": b}]);
    assert_eq!(report("").await, json!({"orders": 3, "earned": 1, "near": near(1, 2)}));
    let second = report("?from=2026-01-31&to=2026-01-31").await;
    assert_eq!(second, json!({"orders": 2, "earned": 1, "near": near(0, 1)}));
    let mut other = ship;
    other["upsells"] = json!([upsell("b", "4.00")]);
    world.put("/v1/promotions/ship", other).await.expect(200);
    let turned = json!([{"upsell": "b", "orders": 2}, {"upsell": "a", "orders": 1}]);
    assert_eq!(report("").await["near"], turned, "what it has no more was told");
}
