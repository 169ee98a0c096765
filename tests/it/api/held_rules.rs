//! Rules are held in memory, and are never stale: what was saved or removed by one server counts
//! from its answer on, on another one, too.

use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::oracle::generate::Dice;
use crate::support::both;
use crate::world::{World, eur};

both! {
    what_one_server_saves_or_removes_counts_at_once_on_another,
    what_is_suggested_follows_every_product_on_every_server,
}

/// What is offered after an order, given with it, and earned by it.
async fn told(world: &World) -> (Value, Value, Value) {
    let cart = json!({"channel": "web", "currency": "EUR",
        "lines": [{"product": "bike", "quantity": 1, "unit_net": "240.00"}]});
    let offered = world.post("/v1/upsells/evaluate", cart.clone()).await.expect(200);
    let cart = world.post("/v1/carts/evaluate", cart).await.expect(200);
    let names = |list: &str, name: &str| -> Value {
        cart[list].as_array().unwrap().iter().map(|it| it[name].clone()).collect()
    };
    (offered["offer"]["campaign"].clone(), names("gifts", "rule"), names("promotions", "promotion"))
}

async fn what_one_server_saves_or_removes_counts_at_once_on_another(store: Store) {
    let worlds = [World::new(store.clone()).await, World::new(store).await];
    for id in ["bike", "mug"] {
        let body = json!({"title": id, "kind": "physical", "unit_net": eur("8.00")});
        worlds[0].put(&format!("/v1/products/{id}"), body).await.expect(201);
    }
    let mut dice = Dice::new(3);
    // What is there, by id: the priority of a campaign, whether another rule is switched on.
    let mut there = [const { [None; 4] }; 3];
    let mut changes = [0; 2];
    for _ in 0..60 {
        let world = &worlds[usize::try_from(dice.below(2)).unwrap()];
        let (kind, id) = (dice.below(3), dice.below(4));
        let (kind, id) = (usize::try_from(kind).unwrap(), usize::try_from(id).unwrap());
        let priority = i64::try_from(dice.below(50) * 4).unwrap() + i64::try_from(id).unwrap();
        let active = !dice.one_in(3);
        let (noun, own) = [
            (
                "campaigns",
                json!({"channels": ["web"], "triggers": ["bike"],
                "offered_product": "mug", "priority": priority}),
            ),
            ("gift-rules", json!({"buy": {"net": {"min": "1.00"}}, "get": [{"product": "mug"}]})),
            (
                "promotions",
                json!({"qualifies": {"net": {"min": "1.00"}},
                "reward": {"kind": "free_shipping"}, "upsells": []}),
            ),
        ][kind]
            .clone();
        let path = format!("/v1/{noun}/r{id}");
        if there[kind][id].is_some() && dice.one_in(3) {
            world.delete(&path).await.expect(204);
            there[kind][id] = None;
            changes[0] += 1;
        } else {
            let mut body = own;
            body["title"] = json!("A rule");
            body["active"] = json!(active);
            let saved = world.put(&path, body).await;
            assert!([200, 201].contains(&saved.status), "{}", saved.text);
            there[kind][id] = Some((active, priority));
            changes[1] += 1;
        }
        let on = |kind: usize| {
            let rules = there[kind].iter().enumerate();
            rules.filter_map(|(id, it)| it.filter(|it| it.0).map(|it| (it.1, format!("r{id}"))))
        };
        let offered = on(0).max().map(|(_, id)| id);
        let mut given: Vec<String> = on(1).map(|(_, id)| id).collect();
        let earned: Vec<String> = on(2).map(|(_, id)| id).collect();
        for world in &worlds {
            let (campaign, mut gifts, promotions) = told(world).await;
            let gifts = gifts.as_array_mut().unwrap();
            gifts.sort_by_key(ToString::to_string);
            given.sort();
            let expected = (json!(offered), json!(given), json!(earned));
            assert_eq!((campaign, json!(gifts), promotions), expected);
        }
    }
    assert!(changes[0] > 5 && changes[1] > 20, "{changes:?}");
}

/// What a cart is suggested, as product and price.
async fn suggested(world: &World) -> Vec<(String, String)> {
    let cart = json!({"channel": "web", "currency": "EUR",
        "lines": [{"product": "bike", "quantity": 1, "unit_net": "240.00"}]});
    let cart = world.post("/v1/carts/evaluate", cart).await.expect(200);
    let upsells = cart["promotions"].as_array().unwrap().iter().flat_map(|it| {
        it["upsells"].as_array().unwrap().iter().flat_map(|it| it["products"].as_array().unwrap())
    });
    let text = |it: &Value| it.as_str().unwrap_or("none").to_owned();
    upsells.map(|it| (text(&it["product"]), text(&it["unit_net"]))).collect()
}

async fn what_is_suggested_follows_every_product_on_every_server(store: Store) {
    let worlds = [World::new(store.clone()).await, World::new(store).await];
    let [one, two] = &worlds;
    one.put("/v1/tags/small", json!({"title": "Small"})).await.expect(201);
    let product = |brand: &str, price: &str, stock: Value| {
        json!({"title": "A thing", "kind": "physical", "unit_net": eur(price), "brand": brand,
            "stock": stock})
    };
    one.put("/v1/products/bike", product("bikes", "240.00", Value::Null)).await.expect(201);
    one.put("/v1/products/hat", product("Acme", "9.00", json!(2))).await.expect(201);
    let promotion = |suggest: Value| {
        json!({"title": "Free shipping", "qualifies": {"net": {"min": "1000.00"}},
            "reward": {"kind": "free_shipping"}, "upsells": [{"id": "more", "priority": 1,
            "when": {"net": {"min": "1.00"}}, "message": "More", "suggest": suggest}]})
    };
    let acme = json!([{"brand": "Acme"}]);
    one.put("/v1/promotions/free", promotion(acme.clone())).await.expect(201);
    let is = async |what: &str, wanted: &[(&str, &str)]| {
        let wanted: Vec<(String, String)> =
            wanted.iter().map(|(id, price)| ((*id).to_owned(), (*price).to_owned())).collect();
        for world in &worlds {
            assert_eq!(suggested(world).await, wanted, "{what}");
        }
    };
    is("as it was made", &[("hat", "9.00")]).await;
    one.put("/v1/products/hat", product("Acme", "7.00", json!(2))).await.expect(200);
    is("another price", &[("hat", "7.00")]).await;
    two.put("/v1/products/cap", product("Acme", "5.00", Value::Null)).await.expect(201);
    is("a new one", &[("cap", "5.00"), ("hat", "7.00")]).await;
    let all = json!({"channel": "web", "currency": "EUR",
        "lines": [{"product": "hat", "quantity": 2, "unit_net": "7.00"}]});
    let order = two.post("/v1/orders", all).await.expect(201);
    is("sold out by an order", &[("cap", "5.00")]).await;
    let id = order["id"].as_str().unwrap();
    one.post(&format!("/v1/orders/{id}/cancelled"), json!({})).await.expect(200);
    is("back on the shelf", &[("cap", "5.00"), ("hat", "7.00")]).await;
    two.put("/v1/products/cap", product("Other", "5.00", Value::Null)).await.expect(200);
    is("of another brand now", &[("hat", "7.00")]).await;
    two.put("/v1/products/cap", product("Acme", "5.00", Value::Null)).await.expect(200);
    one.delete("/v1/products/cap").await.expect(204);
    is("removed", &[("hat", "7.00")]).await;
    one.put("/v1/products/cap", product("Acme", "8.00", Value::Null)).await.expect(201);
    is("there again", &[("hat", "7.00"), ("cap", "8.00")]).await;
    let mut tagged = product("Third", "1.00", Value::Null);
    tagged["tags"] = json!(["small"]);
    one.put("/v1/products/pin", tagged).await.expect(201);
    let small = json!([{"tag": "small"}, {"brand": "Acme"}]);
    two.put("/v1/promotions/free", promotion(small)).await.expect(200);
    is("by a tag, too", &[("pin", "1.00"), ("hat", "7.00"), ("cap", "8.00")]).await;
    two.put("/v1/promotions/free", promotion(acme)).await.expect(200);
    is("and by it no more", &[("hat", "7.00"), ("cap", "8.00")]).await;
}
