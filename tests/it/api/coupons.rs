//! Coupons with public codes: what one says, and what it takes off orders.

use crossgrade::app::AppError;
use crossgrade::cli::catalogue;
use crossgrade::domain::ids::MerchantId;
use crossgrade::store::Store;
use serde_json::{Value, json};

use super::orders::{order_of, shop};
use crate::support::both;
use crate::world::World;

both! {
    a_coupon_is_saved_as_it_is_read,
    every_fault_of_a_coupon_is_told_at_its_place,
    an_order_redeems_a_code_once_and_gives_it_back,
    what_a_code_gives_is_fixed_when_it_is_redeemed,
    a_code_is_refused_for_its_reason,
    a_cart_is_told_what_its_coupon_comes_to,
    codes_are_listed_with_who_redeemed_them,
    coupons_of_a_file_may_change_their_codes,
}

fn percent(value: &str, code: &str) -> Value {
    json!({"title": "C", "kind": "percent", "value": value, "code": code})
}

fn with(mut body: Value, change: &Value) -> Value {
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// An order of a paper at this price, which redeems a code.
fn order(id: &str, customer: &str, unit_net: &str, code: &str) -> Value {
    let body = order_of(id, &[("paper", 1, unit_net)]);
    with(body, &json!({"customer": customer, "coupon": code}))
}

async fn place(world: &World, body: Value) -> Value {
    world.post("/v1/orders", body).await.expect(201)
}

async fn a_coupon_is_saved_as_it_is_read(store: Store) {
    let world = World::new(store).await;
    let made = json!({
        "id": "ten", "title": "C", "active": true, "kind": "percent", "value": "12.5",
        "currency": "EUR", "min_net": "5.00", "valid_from": "2026-01-01",
        "valid_until": "2026-12-31", "code": "Ten-Off", "redemptions_max": 3,
    });
    let body = json!({
        "title": "C", "kind": "percent", "value": "12.5", "min_net": "5.00", "code": "Ten-Off",
        "valid_from": "2026-01-01", "valid_until": "2026-12-31", "redemptions_max": 3,
    });
    assert_eq!(world.put("/v1/coupons/ten", body).await.expect(201), made);
    assert_eq!(world.get("/v1/coupons/ten").await.expect(200), made);
    let mut again = made.clone();
    again.as_object_mut().unwrap().remove("id");
    assert_eq!(world.put("/v1/coupons/ten", again).await.expect(200), made);
    let free = json!({"title": "Free", "kind": "free_shipping"});
    let free = world.put("/v1/coupons/free", free).await.expect(201);
    assert_eq!((&free["value"], &free["code"]), (&Value::Null, &Value::Null));
    let listed = world.get("/v1/coupons").await.expect(200);
    assert_eq!(listed["data"], json!([free, made]));
    world.delete("/v1/coupons/ten").await.expect(204);
    assert_eq!(world.get("/v1/coupons/ten").await.problem(404), "not-found");
    assert_eq!(world.get("/v1/coupon-codes/ten-off").await.problem(404), "not-found");
}

async fn every_fault_of_a_coupon_is_told_at_its_place(store: Store) {
    let world = World::new(store).await;
    world.put("/v1/coupons/first", percent("10", "SUMMER")).await.expect(201);
    let taken = world.put("/v1/coupons/second", percent("10", "summer")).await;
    assert!(taken.text.contains("coupon 'first'"), "{taken:?}");
    let base = percent("10", "OTHER");
    #[rustfmt::skip]
    let table = [
        (json!({"code": "Summer"}), "/code"),
        (json!({"code": "a b"}), "/code"),
        (json!({"title": " "}), "/title"),
        (json!({"kind": "gift"}), "/kind"),
        (json!({"value": "0"}), "/value"),
        (json!({"value": "0.000"}), "/value"),
        (json!({"value": "100.1"}), "/value"),
        (json!({"value": "-1"}), "/value"),
        (json!({"value": null}), "/value"),
        (json!({"kind": "amount", "value": "0.00"}), "/value"),
        (json!({"kind": "amount", "value": "1.001"}), "/value"),
        (json!({"kind": "amount", "value": "1.5", "currency": "JPY"}), "/value"),
        (json!({"kind": "free_shipping"}), "/value"),
        (json!({"currency": "eur"}), "/currency"),
        (json!({"min_net": "-1.00"}), "/min_net"),
        (json!({"valid_from": "2026-03-01", "valid_until": "2026-02-01"}), "/valid_until"),
        (json!({"redemptions_max": 0}), "/redemptions_max"),
        (json!({"code": null, "redemptions_max": 1}), "/redemptions_max"),
        (json!({"surprise": 1}), "/surprise"),
    ];
    for (change, pointer) in table {
        let answer = world.put("/v1/coupons/second", with(base.clone(), &change)).await;
        assert_eq!(answer.pointers(), [pointer], "{change}");
    }
    world.put("/v1/coupons/first", percent("100", "summer")).await.expect(200);
}

async fn an_order_redeems_a_code_once_and_gives_it_back(store: Store) {
    let world = shop(store).await;
    world.put("/v1/coupons/ten", percent("10", "TEN")).await.expect(201);
    let told = place(&world, order("o-1", "ada", "9.95", "ten")).await;
    let amounts = ["net", "discount", "total", "coupon"].map(|name| told[name].clone());
    assert_eq!(amounts, ["9.95", "1.00", "8.95", "ten"], "halves are rounded up");
    let again = world.post("/v1/orders", order("o-1", "ada", "9.95", "ten")).await;
    assert_eq!(again.expect(200), told);
    let louder = world.post("/v1/orders", order("o-1", "ada", "9.95", "TEN")).await;
    assert_eq!(louder.expect(200), told, "codes are read without case");
    let used = world.post("/v1/orders", order("o-2", "ada", "9.95", "TEN")).await;
    assert_eq!(used.problem(409), "coupon-used");
    place(&world, order("o-3", "bob", "9.95", "Ten")).await;
    let paid = world.post("/v1/orders/o-1/paid", json!({})).await.expect(200);
    assert_eq!(paid["paid"], "8.95");
    world.post("/v1/orders/o-1/delivered", json!({})).await.expect(200);
    for _ in 0..2 {
        let gone = world.post("/v1/orders/o-1/cancelled", json!({})).await.expect(200);
        assert_eq!(gone["discount"], "1.00");
    }
    place(&world, order("o-2", "ada", "9.95", "TEN")).await;
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let events = events["data"].as_array().unwrap().iter();
    let of_codes: Vec<_> = events
        .filter(|event| event["type"].as_str().unwrap().starts_with("coupon_code."))
        .map(|event| (event["type"].clone(), event["customer"].clone(), event["data"].clone()))
        .collect();
    let told = |kind: &str, customer: &str, order: &str| {
        let data = json!({"coupon": "ten", "order": order, "checkout": null});
        (json!(format!("coupon_code.{kind}")), json!(customer), data)
    };
    let wanted = [
        told("redeemed", "ada", "o-1"),
        told("redeemed", "bob", "o-3"),
        told("returned", "ada", "o-1"),
        told("redeemed", "ada", "o-2"),
    ];
    assert_eq!(of_codes, wanted);
    assert_eq!(world.get("/v1/audit").await.expect(200)["ok"], json!(true));
}

async fn what_a_code_gives_is_fixed_when_it_is_redeemed(store: Store) {
    let world = shop(store).await;
    let five = json!({"title": "C", "kind": "amount", "value": "5.00", "code": "FIVE"});
    world.put("/v1/coupons/five", five.clone()).await.expect(201);
    let less = place(&world, order("o-1", "ada", "3.00", "FIVE")).await;
    assert_eq!((&less["discount"], &less["total"]), (&json!("3.00"), &json!("0.00")));
    world.put("/v1/coupons/five", with(five, &json!({"value": "1.00"}))).await.expect(200);
    assert_eq!(world.get("/v1/orders/o-1").await.expect(200)["discount"], "3.00");
    let free = json!({"title": "Free", "kind": "free_shipping", "code": "SHIP"});
    world.put("/v1/coupons/ship", free).await.expect(201);
    let told = place(&world, order("o-2", "ada", "3.00", "SHIP")).await;
    assert_eq!((&told["discount"], &told["free_shipping"]), (&json!("0.00"), &json!(true)));
    world.delete("/v1/coupons/ship").await.expect(204);
    assert_eq!(world.get("/v1/orders/o-2").await.expect(200)["free_shipping"], true);
    world.post("/v1/orders/o-2/cancelled", json!({})).await.expect(200);
    assert_eq!(world.get("/v1/audit").await.expect(200)["ok"], json!(true));
}

async fn a_code_is_refused_for_its_reason(store: Store) {
    let world = shop(store).await;
    let min = json!({"min_net": "5.00", "redemptions_max": 1, "valid_until": "2026-02-05"});
    world.put("/v1/coupons/ten", with(percent("10", "TEN"), &min)).await.expect(201);
    let off = json!({"active": false});
    world.put("/v1/coupons/off", with(percent("10", "OFF"), &off)).await.expect(201);
    let later = json!({"valid_from": "2026-02-03"});
    world.put("/v1/coupons/later", with(percent("10", "LATER"), &later)).await.expect(201);
    let amount = json!({"title": "C", "kind": "amount", "value": "1.00", "code": "DOLLAR",
        "currency": "USD"});
    world.put("/v1/coupons/dollar", amount).await.expect(201);
    let unknown = world.post("/v1/orders", order("o-1", "ada", "9.00", "NONE")).await;
    assert_eq!(unknown.pointers(), ["/coupon"]);
    let before = with(order("o-1", "ada", "9.00", "TEN"), &json!({"brought_over": true}));
    assert_eq!(world.post("/v1/orders", before).await.pointers(), ["/coupon"]);
    let refused = async |body: Value, status: u16| {
        let answer = world.post("/v1/orders", body).await;
        answer.problem(status).to_owned()
    };
    let not = "coupon-not-applicable";
    assert_eq!(refused(order("o-1", "ada", "4.99", "TEN"), 409).await, not);
    let nobody = with(order("o-1", "ada", "9.00", "TEN"), &json!({"customer": null}));
    assert_eq!(refused(nobody, 409).await, not);
    for code in ["OFF", "LATER", "DOLLAR"] {
        assert_eq!(refused(order("o-1", "ada", "9.00", code), 409).await, not, "{code}");
    }
    place(&world, order("o-1", "ada", "5.00", "TEN")).await;
    assert_eq!(refused(order("o-2", "bob", "9.00", "TEN"), 409).await, "coupon-used");
    let more = json!({"min_net": "5.00", "redemptions_max": 2, "valid_until": "2026-02-05"});
    world.put("/v1/coupons/ten", with(percent("10", "TEN"), &more)).await.expect(200);
    world.advance("2026-02-06").await;
    assert_eq!(refused(order("o-2", "bob", "9.00", "TEN"), 410).await, "coupon-expired");
    place(&world, order("o-3", "bob", "9.00", "LATER")).await;
    let orders = world.get("/v1/orders").await.expect(200);
    assert_eq!(orders["data"].as_array().unwrap().len(), 2, "what was refused left nothing");
}

async fn a_cart_is_told_what_its_coupon_comes_to(store: Store) {
    let world = shop(store).await;
    let min = json!({"min_net": "5.00"});
    world.put("/v1/coupons/ten", with(percent("10", "TEN"), &min)).await.expect(201);
    let gift = json!({"title": "G", "buy": {"coupon": true}, "get": [{"product": "pin"}]});
    world.put("/v1/gift-rules/g", gift).await.expect(201);
    let ask = async |unit_net: &str| {
        let mut cart = order("o-1", "ada", unit_net, "ten");
        cart.as_object_mut().unwrap().remove("id");
        world.post("/v1/carts/evaluate", cart).await.expect(200)
    };
    let told = ask("9.95").await;
    let wanted = json!({"code": "ten", "valid": true, "reason": null, "discount": "1.00",
        "free_shipping": false});
    assert_eq!(told["coupon"], wanted);
    assert_eq!(told["gifts"][0]["rule"], "g", "rules see the coupon");
    let small = ask("4.99").await;
    let wanted = json!({"code": "ten", "valid": false, "reason": "coupon-not-applicable",
        "discount": "0.00", "free_shipping": false});
    assert_eq!(small["coupon"], wanted);
    assert_eq!(small["gifts"], json!([]), "one that is not redeemed is none");
    let stamp = json!({"expects": told["stamp"]});
    world.put("/v1/coupons/ten", with(percent("5", "TEN"), &min)).await.expect(200);
    let less = world.post("/v1/orders", with(order("o-1", "ada", "9.95", "ten"), &stamp)).await;
    assert_eq!(less.problem(409), "cart-changed", "0.50 are not the 1.00 that were shown");
    assert_eq!(less.json["cart"]["coupon"]["discount"], "0.50");
    let mut without = order("o-1", "ada", "9.95", "ten");
    without["coupon"] = Value::Null;
    let without = world.post("/v1/orders", with(without, &stamp)).await;
    assert_eq!(without.problem(409), "cart-changed");
    world.put("/v1/coupons/ten", with(percent("10", "TEN"), &min)).await.expect(200);
    let placed = place(&world, with(order("o-1", "ada", "9.95", "ten"), &stamp)).await;
    assert_eq!((&placed["gifts"][0]["rule"], &placed["total"]), (&json!("g"), &json!("8.95")));
    assert_eq!(ask("9.95").await["coupon"]["reason"], "coupon-used");
}

async fn codes_are_listed_with_who_redeemed_them(store: Store) {
    let world = shop(store).await;
    let until = json!({"valid_until": "2026-02-05"});
    world.put("/v1/coupons/ten", with(percent("10", "Ten"), &until)).await.expect(201);
    world.put("/v1/coupons/two", percent("2", "TWO")).await.expect(201);
    place(&world, order("o-1", "ada", "9.00", "ten")).await;
    place(&world, order("o-2", "bob", "9.00", "ten")).await;
    let code = |code: &str, coupon: &str, until: Value, customer: Value, order: Value| {
        let status = if customer.is_null() { "open" } else { "redeemed" };
        json!({"code": code, "coupon": coupon, "customer": customer, "automation": null,
            "status": status, "valid_until": until, "order": order, "checkout": null})
    };
    let (open, none) = (json!("2026-02-05"), Value::Null);
    let ten = code("Ten", "ten", open.clone(), none.clone(), none.clone());
    let ada = code("Ten", "ten", open.clone(), json!("ada"), json!("o-1"));
    let bob = code("Ten", "ten", open.clone(), json!("bob"), json!("o-2"));
    let two = code("TWO", "two", none.clone(), none.clone(), none);
    let list = async |query: &str| {
        let listed = world.get(&format!("/v1/coupon-codes{query}")).await.expect(200);
        listed["data"].clone()
    };
    assert_eq!(list("").await, json!([ten, ada, bob, two]));
    assert_eq!(list("?coupon=ten&status=redeemed").await, json!([ada, bob]));
    assert_eq!(list("?customer=bob").await, json!([bob]));
    assert_eq!(list("?status=open").await, json!([ten, two]));
    for query in ["?status=held", "?status=expired", "?automation=none"] {
        assert_eq!(list(query).await, json!([]), "{query}");
    }
    let first = world.get("/v1/coupon-codes?limit=3").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(list(&format!("?limit=3&cursor={cursor}")).await, json!([two]));
    assert_eq!(world.get("/v1/coupon-codes/tEN").await.expect(200), ten);
    world.advance("2026-02-06").await;
    assert_eq!(world.get("/v1/coupon-codes/TEN").await.expect(200)["status"], "expired");
    assert_eq!(list("?status=expired").await.as_array().unwrap().len(), 1);
    assert_eq!(list("?status=open").await, json!([two]));
}

async fn coupons_of_a_file_may_change_their_codes(store: Store) {
    let world = shop(store).await;
    world.put("/v1/coupons/a", percent("10", "ONE")).await.expect(201);
    world.put("/v1/coupons/b", percent("20", "TWO")).await.expect(201);
    let merchant = MerchantId::stored("default".to_owned());
    let file = |one: &str, other: &str| {
        let coupon = |id: &str, code: &str| with(percent("10", code), &json!({"id": id}));
        json!({"coupons": [coupon("a", one), coupon("b", other)]}).to_string()
    };
    let draft = |text: &str| {
        let read = catalogue::read(text).unwrap();
        assert!(read.faults.is_empty(), "{:?}", read.faults);
        read.draft
    };
    world.app.import(&merchant, draft(&file("two", "one")), |_| ()).await.unwrap();
    for (code, coupon) in [("ONE", "b"), ("TWO", "a")] {
        let found = world.get(&format!("/v1/coupon-codes/{code}")).await.expect(200);
        assert_eq!(found["coupon"], coupon);
    }
    let twice = world.app.import(&merchant, draft(&file("x", "X")), |_| ()).await;
    let faults = match twice {
        Err(AppError::Invalid(faults)) => faults,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        faults.iter().map(|it| it.pointer.as_str()).collect::<Vec<_>>(),
        ["/coupons/1/code"]
    );
    let written = world.app.written_catalogue(&merchant).await.unwrap();
    let written = serde_json::to_value(&written).unwrap();
    assert_eq!(written["coupons"][0]["code"], "two");
    let again = draft(&json!({"coupons": written["coupons"]}).to_string());
    let told = world.app.import(&merchant, again, |_| ()).await.unwrap();
    assert!(told.iter().all(|it| it.fate.name() == "unchanged"), "{told:?}");
}
