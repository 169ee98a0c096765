//! The last piece is sold once, whoever wants it: as a line, as an offer after an order, while
//! orders are cancelled and stock comes in.

use crossgrade::store::Store;
use serde_json::{Value, json};

use super::{at_once, count, post};
use crate::api::checkout_orders::{open, premium};
use crate::api::orders::order_of;
use crate::support::both;
use crate::world::{Answer, World, complete, eur, paid};

/// How many want it.
const CLIENTS: usize = 24;

both! {
    the_last_piece_is_sold_as_one_line,
    the_last_piece_is_sold_as_one_offer,
    one_order_sent_by_many_is_placed_once,
    accepting_declining_and_cancelling_at_once_leave_one_story,
    the_last_gift_is_given_once,
    the_last_premium_is_given_with_one_checkout,
    a_code_is_redeemed_as_often_as_it_can_be,
    checkouts_redeem_a_code_as_often_as_it_can_be,
    holds_and_completions_share_the_last_of_a_code,
    orders_against_restocking_lose_no_piece,
    orders_that_name_the_same_in_another_order_do_not_wait_in_a_circle,
}

/// A shop with so many pins and hats; hats are offered after every order.
async fn shop(store: Store, pins: i64, hats: i64) -> World {
    let world = World::new(store).await;
    for (id, stock) in [("pin", pins), ("hat", hats)] {
        let goods = json!({
            "title": id, "kind": "physical", "stock": stock, "unit_net": eur("1.00"),
        });
        world.put(&format!("/v1/products/{id}"), goods).await.expect(201);
    }
    let offer = json!({"title": "Hats", "channels": ["web"], "offered_product": "hat"});
    world.put("/v1/campaigns/hats", offer).await.expect(201);
    world
}

async fn left(world: &World, product: &str) -> i64 {
    let product = world.get(&format!("/v1/products/{product}")).await.expect(200);
    product["stock"].as_i64().unwrap()
}

/// The book is sound: also what is left is what its moves leave.
async fn is_sound(world: &World) {
    let told = world.get("/v1/audit").await.expect(200);
    assert_eq!(told["ok"], json!(true), "{told}");
}

fn codes(answers: &[Answer]) -> Vec<String> {
    let refused = answers.iter().filter(|answer| answer.status >= 400);
    refused.map(|answer| answer.json["code"].as_str().unwrap().to_owned()).collect()
}

async fn the_last_premium_is_given_with_one_checkout(store: Store) {
    let world = premium(store).await;
    let mut shown = Vec::new();
    for n in 0..CLIENTS {
        shown.push(open(&world, &format!("c-{n}"), "month").await);
    }
    assert!(shown.iter().all(|it| it["gifts"][0]["product"] == "mug"), "all are shown it");
    let completed = shown.iter().enumerate().map(|(n, it)| {
        // Every other one is held first, as an integration does.
        let hold = format!("/v1/checkouts/{}/hold", it["id"].as_str().unwrap());
        let (path, body) = match n % 2 {
            0 => (complete(it), paid(it)),
            _ => (hold, json!({})),
        };
        post(&world, path, body)
    });
    let answers = at_once(completed).await;
    assert_eq!(count(&answers, 200), 1, "{answers:?}");
    assert!(codes(&answers).iter().all(|code| code == "checkout-stale"), "{answers:?}");
    assert_eq!(left(&world, "mug").await, 0);
    is_sound(&world).await;
}

async fn the_last_piece_is_sold_as_one_line(store: Store) {
    let world = shop(store, 1, 0).await;
    let orders = (0..CLIENTS).map(|n| {
        post(&world, "/v1/orders".to_owned(), order_of(&format!("o-{n}"), &[("pin", 1, "1")]))
    });
    let answers = at_once(orders).await;
    assert_eq!(count(&answers, 201), 1);
    assert!(codes(&answers).iter().all(|code| code == "out-of-stock"), "{answers:?}");
    assert_eq!(left(&world, "pin").await, 0);
    is_sound(&world).await;
}

async fn the_last_piece_is_sold_as_one_offer(store: Store) {
    let world = shop(store, 1_000, 1).await;
    for n in 0..CLIENTS {
        let order = order_of(&format!("o-{n}"), &[("pin", 1, "1")]);
        world.post("/v1/orders", order).await.expect(201);
        world.post(&format!("/v1/orders/o-{n}/upsell"), json!({})).await.expect(200);
    }
    let accepted =
        (0..CLIENTS).map(|n| post(&world, format!("/v1/orders/o-{n}/upsell/accept"), json!({})));
    let answers = at_once(accepted).await;
    assert_eq!(count(&answers, 200), 1);
    assert!(codes(&answers).iter().all(|code| code == "offer-gone"), "{answers:?}");
    assert_eq!(left(&world, "hat").await, 0);
    is_sound(&world).await;
}

async fn one_order_sent_by_many_is_placed_once(store: Store) {
    let world = shop(store, 100, 100).await;
    let same = (0..CLIENTS)
        .map(|_| post(&world, "/v1/orders".to_owned(), order_of("same", &[("pin", 3, "1")])));
    let answers = at_once(same).await;
    assert_eq!((count(&answers, 201), count(&answers, 200)), (1, CLIENTS - 1), "{answers:?}");
    assert_eq!(left(&world, "pin").await, 97);
    let asked = (0..CLIENTS).map(|_| post(&world, "/v1/orders/same/upsell".to_owned(), json!({})));
    let answers = at_once(asked).await;
    assert!(answers.iter().all(|answer| answer.json == answers[0].json), "{answers:?}");
    is_sound(&world).await;
}

async fn accepting_declining_and_cancelling_at_once_leave_one_story(store: Store) {
    let world = shop(store, 1_000, 1_000).await;
    for round in 0..6 {
        let id = format!("o-{round}");
        world.post("/v1/orders", order_of(&id, &[("pin", 1, "1")])).await.expect(201);
        world.post(&format!("/v1/orders/{id}/upsell"), json!({})).await.expect(200);
        let steps = ["upsell/accept", "upsell/decline", "cancelled", "upsell"];
        let calls = (0..CLIENTS).map(|n| {
            post(&world, format!("/v1/orders/{id}/{}", steps[n % steps.len()]), json!({}))
        });
        let answers = at_once(calls).await;
        assert!(answers.iter().all(|answer| answer.status < 500), "{answers:?}");
        let order = world.get(&format!("/v1/orders/{id}")).await.expect(200);
        let offer = world.get(&format!("/v1/orders/{id}/upsell")).await.expect(200);
        assert_eq!(order["status"], "cancelled");
        let added = order["lines"].as_array().unwrap().len() - 1;
        assert_eq!(added == 1, offer["state"] == "accepted", "{order} {offer}");
    }
    assert_eq!((left(&world, "pin").await, left(&world, "hat").await), (1_000, 1_000));
    is_sound(&world).await;
}

async fn the_last_gift_is_given_once(store: Store) {
    let world = shop(store, 1_000, 1).await;
    for (rule, product, stock) in [("shelf", "hat", 100), ("own", "pin", 1)] {
        let body = json!({
            "title": rule, "buy": {"units": {"of": {"product": "pin"}, "min": 1}},
            "get": [{"product": product, "stock": stock}],
        });
        world.put(&format!("/v1/gift-rules/{rule}"), body).await.expect(201);
    }
    let orders = (0..CLIENTS).map(|n| {
        post(&world, "/v1/orders".to_owned(), order_of(&format!("o-{n}"), &[("pin", 1, "1")]))
    });
    let answers = at_once(orders).await;
    assert_eq!(count(&answers, 201), CLIENTS, "{answers:?}");
    let given = |rule: &str| {
        let gifts = answers.iter().flat_map(|answer| answer.json["gifts"].as_array().unwrap());
        gifts.filter(|gift| gift["rule"] == rule).count()
    };
    assert_eq!((given("shelf"), given("own")), (1, 1));
    assert_eq!(left(&world, "hat").await, 0);
    is_sound(&world).await;
}

async fn orders_against_restocking_lose_no_piece(store: Store) {
    let world = shop(store, 10, 0).await;
    let calls = (0..CLIENTS).map(|n| {
        let (path, body) = match n % 3 {
            0 => ("/v1/products/pin/stock".to_owned(), json!({"add": 2})),
            _ => ("/v1/orders".to_owned(), order_of(&format!("o-{n}"), &[("pin", 2, "1")])),
        };
        post(&world, path, body)
    });
    let answers = at_once(calls).await;
    let added = i64::try_from(CLIENTS / 3).unwrap() * 2;
    let sold = i64::try_from(count(&answers, 201)).unwrap() * 2;
    assert_eq!(left(&world, "pin").await, 10 + added - sold, "{answers:?}");
    is_sound(&world).await;
}

async fn orders_that_name_the_same_in_another_order_do_not_wait_in_a_circle(store: Store) {
    let world = shop(store, 1_000, 1_000).await;
    let goods = |stock: i64| {
        json!({"title": "Hat", "kind": "physical", "stock": stock,
        "unit_net": eur("1.00")})
    };
    let calls: Vec<(String, Value)> = (0..CLIENTS)
        .map(|n| {
            let lines = [("pin", 1, "1"), ("hat", 1, "1")];
            let back = [lines[1], lines[0]];
            let lines = if n % 2 == 0 { &lines } else { &back };
            ("/v1/orders".to_owned(), order_of(&format!("o-{n}"), lines))
        })
        .collect();
    let editing = {
        let world = world.clone();
        tokio::spawn(async move {
            for stock in 0..6 {
                let answer = world.put("/v1/products/hat", goods(1_000 + stock)).await;
                assert_eq!(answer.status, 200, "{answer:?}");
            }
        })
    };
    let answers = at_once(calls.into_iter().map(|(path, body)| post(&world, path, body))).await;
    editing.await.unwrap();
    assert_eq!(count(&answers, 201), CLIENTS, "{answers:?}");
    is_sound(&world).await;
}

async fn a_code_is_redeemed_as_often_as_it_can_be(store: Store) {
    let world = shop(store, 1_000, 0).await;
    let three = json!({
        "title": "Three", "kind": "amount", "value": "1.00", "code": "THREE", "redemptions_max": 3,
    });
    world.put("/v1/coupons/three", three).await.expect(201);
    let order = |n: usize| {
        let mut order = order_of(&format!("o-{n}"), &[("pin", 1, "5.00")]);
        order["customer"] = json!(format!("c-{n}"));
        order["coupon"] = json!(if n.is_multiple_of(2) { "three" } else { "THREE" });
        order
    };
    let orders = (0..CLIENTS).map(|n| post(&world, "/v1/orders".to_owned(), order(n)));
    let answers = at_once(orders).await;
    assert_eq!(count(&answers, 201), 3, "{answers:?}");
    assert!(codes(&answers).iter().all(|code| code == "coupon-used"), "{answers:?}");
    assert_eq!(left(&world, "pin").await, 997, "what was refused took nothing");
    let redeemed = world.get("/v1/coupon-codes?coupon=three&status=redeemed").await.expect(200);
    let redeemed = redeemed["data"].as_array().unwrap().clone();
    assert_eq!(redeemed.len(), 3);
    is_sound(&world).await;
    // Each that is given back can be redeemed by another, once.
    let given_back = redeemed[0]["order"].as_str().unwrap();
    world.post(&format!("/v1/orders/{given_back}/cancelled"), json!({})).await.expect(200);
    let again = (0..CLIENTS).map(|n| post(&world, "/v1/orders".to_owned(), order(n + 100)));
    assert_eq!(count(&at_once(again).await, 201), 1);
    is_sound(&world).await;
}

/// Two dozen checkouts, of a customer each, opened with a code that three can redeem.
async fn with_a_code(store: Store) -> (World, Vec<Value>) {
    let world = World::new(store).await;
    world.catalogue().await;
    let code = json!({
        "title": "C", "kind": "percent", "value": "10", "code": "TEN", "redemptions_max": 3,
    });
    world.put("/v1/coupons/ten", code).await.expect(201);
    let mut shown = Vec::new();
    for n in 0..CLIENTS {
        let body = json!({"customer": format!("c-{n}"), "offer": "month", "coupon": "TEN"});
        shown.push(world.post("/v1/checkouts", body).await.expect(201));
    }
    (world, shown)
}

async fn uses(world: &World) -> (usize, usize) {
    let of = async |status: &str| {
        let path = format!("/v1/coupon-codes?coupon=ten&status={status}");
        world.get(&path).await.expect(200)["data"].as_array().unwrap().len()
    };
    (of("redeemed").await, of("held").await)
}

async fn checkouts_redeem_a_code_as_often_as_it_can_be(store: Store) {
    let (world, shown) = with_a_code(store).await;
    let completed = shown.iter().map(|it| post(&world, complete(it), paid(it)));
    let answers = at_once(completed).await;
    assert_eq!(count(&answers, 200), 3, "{answers:?}");
    assert!(codes(&answers).iter().all(|code| code == "checkout-stale"), "{answers:?}");
    assert_eq!(uses(&world).await, (3, 0));
    is_sound(&world).await;
}

async fn holds_and_completions_share_the_last_of_a_code(store: Store) {
    let (world, shown) = with_a_code(store).await;
    let stepped = shown.iter().enumerate().map(|(n, it)| {
        let hold = format!("/v1/checkouts/{}/hold", it["id"].as_str().unwrap());
        let (path, body) = match n % 2 {
            0 => (complete(it), paid(it)),
            _ => (hold, json!({})),
        };
        post(&world, path, body)
    });
    let answers = at_once(stepped).await;
    assert_eq!(count(&answers, 200), 3, "{answers:?}");
    let refused = ["checkout-stale", "coupon-held"];
    assert!(codes(&answers).iter().all(|code| refused.contains(&code.as_str())), "{answers:?}");
    let (redeemed, held) = uses(&world).await;
    assert_eq!(redeemed + held, 3);
    let held: Vec<_> = (answers.iter().zip(&shown))
        .filter(|(answer, _)| answer.json["status"] == "held")
        .map(|(_, it)| post(&world, complete(it), paid(it)))
        .collect();
    let answers = at_once(held).await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    assert_eq!(uses(&world).await, (3, 0));
    is_sound(&world).await;
}
