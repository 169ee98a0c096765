//! Rules are held in memory, and are never stale: what was saved or removed by one server counts
//! from its answer on, on another one, too.

use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::oracle::generate::Dice;
use crate::support::both;
use crate::world::{World, eur};

both! {
    what_one_server_saves_or_removes_counts_at_once_on_another,
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
