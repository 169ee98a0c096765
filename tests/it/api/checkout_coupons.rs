//! Coupons on checkouts: off the first line that books what is bought, once.

use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, complete, eur, offer_of, paid, path_of};

both! {
    a_coupon_is_off_the_first_line_and_later_ones_cost_their_price,
    a_change_that_waits_keeps_its_coupon,
    what_supersedes_a_change_takes_its_coupon_over,
    a_coupon_that_waits_in_a_change_is_for_nothing_beside_it,
    a_hold_reserves_a_coupon,
    a_coupon_used_meanwhile_makes_a_checkout_stale,
    credits_go_by_what_was_paid,
    a_bridge_costs_its_price_and_the_booking_after_it_is_discounted,
    a_change_that_gives_way_gives_its_coupon_back_and_says_so,
    who_leaves_in_the_trial_can_use_the_coupon_again,
    no_coupon_makes_a_change_pay_back_retroactively,
    an_order_and_a_checkout_wait_for_one_coupon,
    the_page_shows_what_a_coupon_takes_off,
    a_coupon_never_turns_what_was_paid_into_credit,
    a_trial_that_is_cancelled_gives_its_coupon_back,
    who_takes_a_cancelled_trial_up_again_pays_the_price_where_the_code_is_gone,
    a_code_whose_last_day_passes_before_it_is_redeemed_is_told_as_expired,
}

async fn a_coupon_never_turns_what_was_paid_into_credit(store: Store) {
    let world = shop(store, coupon("95")).await;
    world.put("/v1/paths/month-to-year", path_of("last_booking")).await.expect(200);
    world.buy("ada", "month").await;
    // 4.95 in place of the 9.90 that are paid.
    let body = json!({"customer": "ada", "offer": "year", "coupon": "ten"});
    let refused = world.post("/v1/checkouts", body.clone()).await;
    assert_eq!(refused.problem(409), "change-not-possible");
    assert_eq!(refused.json["considered"][0]["reason"], "retroactive-refund", "{refused:?}");
    let mut path = path_of("last_booking");
    (path["optional"], path["customer_may_switch"]) = (json!(true), json!(true));
    world.put("/v1/paths/month-to-year", path).await.expect(200);
    let added = world.post("/v1/checkouts", body).await.expect(201);
    assert_eq!(added["modes"], json!(["add"]), "replacing would pay back");
    let plain = world.open("ada", "year").await;
    assert_eq!(plain["modes"].as_array().unwrap().len(), 2, "without it either will do");
    sound(&world).await;
}

async fn a_trial_that_is_cancelled_gives_its_coupon_back(store: Store) {
    let world = shop(store, coupon("50")).await;
    let mut plus = offer_of("plus", "19.90", "P1M");
    plus["tags"] = json!([]);
    plus["trial"] = json!("P14D");
    world.put("/v1/offers/plus", plus).await.expect(201);
    for (customer, when) in [("ada", "now"), ("bob", "end_of_term")] {
        let checkout = open(&world, customer, "plus").await;
        let done = world.post(&complete(&checkout), json!({})).await.expect(200);
        assert_eq!(code(&world, customer).await, "redeemed");
        let id = done["result"]["subscription"].as_str().unwrap();
        let cancel = format!("/v1/subscriptions/{id}/cancel");
        world.post(&cancel, json!({"when": when})).await.expect(200);
        assert_eq!(code(&world, customer).await, Value::Null, "given back");
        if when == "end_of_term" {
            // Whoever thinks again pays what they were promised.
            let uncancel = format!("/v1/subscriptions/{id}/uncancel");
            world.post(&uncancel, json!({})).await.expect(200);
            assert_eq!(code(&world, customer).await, "redeemed", "once more");
        }
    }
    world.advance("2026-02-20").await;
    let invoices = world.get("/v1/invoices?customer=bob").await.expect(200);
    assert_eq!(invoices["data"][0]["gross"], eur("9.95"));
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let back = |it: &&Value| it["type"] == "coupon_code.returned";
    assert_eq!(events["data"].as_array().unwrap().iter().filter(back).count(), 2);
    sound(&world).await;
}

async fn who_takes_a_cancelled_trial_up_again_pays_the_price_where_the_code_is_gone(store: Store) {
    let mut one = coupon("50");
    one["redemptions_max"] = json!(1);
    let world = shop(store, one).await;
    let mut plus = offer_of("plus", "19.90", "P1M");
    (plus["tags"], plus["trial"]) = (json!([]), json!("P14D"));
    world.put("/v1/offers/plus", plus).await.expect(201);
    let seen = open(&world, "ada", "plus").await;
    let done = world.post(&complete(&seen), json!({})).await.expect(200);
    let path = format!("/v1/subscriptions/{}", done["result"]["subscription"].as_str().unwrap());
    let cancel = format!("{path}/cancel");
    world.post(&cancel, json!({"when": "end_of_term"})).await.expect(200);
    let theirs = open(&world, "bob", "plus").await;
    world.post(&complete(&theirs), json!({})).await.expect(200);
    world.post(&format!("{path}/uncancel"), json!({})).await.expect(200);
    assert_eq!(code(&world, "ada").await, Value::Null, "another has it now");
    world.advance("2026-02-20").await;
    for (customer, gross) in [("ada", "19.90"), ("bob", "9.95")] {
        let invoices = world.get(&format!("/v1/invoices?customer={customer}")).await.expect(200);
        assert_eq!(invoices["data"][0]["gross"], eur(gross), "{customer}");
    }
    sound(&world).await;
}

async fn a_code_whose_last_day_passes_before_it_is_redeemed_is_told_as_expired(store: Store) {
    let mut today = coupon("50");
    today["valid_until"] = json!("2026-01-31");
    let world = shop(store, today).await;
    world.advance("2026-01-31T22:50:00Z").await;
    let seen = open(&world, "ada", "month").await;
    world.advance("2026-01-31T23:10:00Z").await;
    let expired = world.post(&complete(&seen), paid(&seen)).await;
    assert_eq!(expired.problem(410), "coupon-expired");
    sound(&world).await;
}

async fn shop(store: Store, coupon: Value) -> World {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/coupons/c", coupon).await.expect(201);
    world
}

fn coupon(value: &str) -> Value {
    json!({"title": "C", "kind": "percent", "value": value, "code": "Ten"})
}

async fn open(world: &World, customer: &str, offer: &str) -> Value {
    let body = json!({"customer": customer, "offer": offer, "coupon": "ten"});
    world.post("/v1/checkouts", body).await.expect(201)
}

async fn code(world: &World, customer: &str) -> Value {
    let listed = world.get(&format!("/v1/coupon-codes?customer={customer}")).await.expect(200);
    listed["data"][0]["status"].clone()
}

async fn sound(world: &World) {
    let told = world.get("/v1/audit").await.expect(200);
    assert_eq!(told["ok"], json!(true), "{told}");
}

async fn a_coupon_is_off_the_first_line_and_later_ones_cost_their_price(store: Store) {
    let world = shop(store, coupon("15")).await;
    let seen = open(&world, "ada", "month").await;
    assert_eq!((&seen["coupon"], &seen["amount_due"]), (&json!("Ten"), &eur("8.41")));
    let line = &seen["documents"][0]["lines"][0];
    assert_eq!((&line["discount"], &line["gross"]), (&eur("1.49"), &eur("8.41")));
    assert_eq!(seen["next_payment"]["amount_due"], eur("9.90"));
    assert_eq!(code(&world, "ada").await, Value::Null, "nothing is taken by looking");
    let done = world.post(&complete(&seen), paid(&seen)).await.expect(200);
    assert_eq!(code(&world, "ada").await, "redeemed");
    let invoice = done["result"]["invoices"][0].as_str().unwrap();
    let invoice = world.get(&format!("/v1/invoices/{invoice}")).await.expect(200);
    assert_eq!(invoice["lines"][0]["discount"], eur("1.49"));
    assert_eq!(invoice["gross"], eur("8.41"));
    world.advance("2026-03-05").await;
    let invoices = world.get("/v1/invoices?customer=ada").await.expect(200);
    assert_eq!(invoices["data"][1]["gross"], eur("9.90"));
    assert_eq!(invoices["data"][1]["lines"][0].get("discount"), None);
    let again = json!({"customer": "ada", "offer": "year", "coupon": "TEN", "allow_new": true});
    assert_eq!(world.post("/v1/checkouts", again).await.problem(409), "coupon-used");
    let unknown = json!({"customer": "bob", "offer": "month", "coupon": "NONE"});
    assert_eq!(world.post("/v1/checkouts", unknown).await.pointers(), ["/coupon"]);
    let free = json!({"title": "Free", "kind": "free_shipping", "code": "SHIP"});
    world.put("/v1/coupons/free", free).await.expect(201);
    let free = json!({"customer": "bob", "offer": "month", "coupon": "SHIP"});
    assert_eq!(world.post("/v1/checkouts", free).await.problem(409), "coupon-not-applicable");
    sound(&world).await;
}

async fn a_change_that_waits_keeps_its_coupon(store: Store) {
    let world = shop(store, coupon("10")).await;
    world.buy("ada", "month").await;
    world.advance("2026-02-10").await;
    let seen = open(&world, "ada", "year").await;
    assert_eq!((&seen["transition"], &seen["amount_due"]), (&json!("next_booking"), &eur("0.00")));
    assert_eq!(seen["next_payment"]["document"]["lines"][0]["discount"], eur("9.90"));
    let done = world.post(&complete(&seen), json!({})).await.expect(200);
    let change = done["result"]["scheduled_change"].as_str().unwrap();
    assert_eq!(code(&world, "ada").await, "redeemed");
    world.put("/v1/coupons/c", coupon("50")).await.expect(200);
    world.post(&format!("/v1/scheduled-changes/{change}/withdraw"), json!({})).await.expect(200);
    assert_eq!(code(&world, "ada").await, Value::Null, "it is given back");
    world.put("/v1/coupons/c", coupon("10")).await.expect(200);
    let seen = open(&world, "ada", "year").await;
    world.post(&complete(&seen), json!({})).await.expect(200);
    world.put("/v1/coupons/c", coupon("50")).await.expect(200);
    world.advance("2026-03-05").await;
    let invoices = world.get("/v1/invoices?customer=ada").await.expect(200);
    let line = &invoices["data"][1]["lines"][0];
    let amounts = (&line["offer"], &line["gross"], &line["discount"]);
    assert_eq!(amounts, (&json!("year"), &eur("89.10"), &eur("9.90")));
    assert_eq!(code(&world, "ada").await, "redeemed");
    sound(&world).await;
}

/// A shop with a third offer, which a month leads to; ada's month is to become a year with her
/// coupon.
async fn with_a_coupon_that_waits(store: Store) -> (World, Value) {
    let mut once = coupon("10");
    once["redemptions_max"] = json!(1);
    let world = shop(store, once).await;
    world.put("/v1/tags/plus", json!({"title": "plus"})).await.expect(201);
    world.put("/v1/offers/plus", offer_of("plus", "19.90", "P1M")).await.expect(201);
    let mut more = path_of("next_booking");
    (more["source_tags"], more["target_tags"]) = (json!(["month"]), json!(["plus"]));
    (more["optional"], more["customer_may_switch"]) = (json!(true), json!(true));
    world.put("/v1/paths/month-to-plus", more).await.expect(201);
    world.buy("ada", "month").await;
    world.advance("2026-02-10").await;
    let year = open(&world, "ada", "year").await;
    let done = world.post(&complete(&year), json!({})).await.expect(200);
    (world, done["result"]["scheduled_change"].clone())
}

async fn what_supersedes_a_change_takes_its_coupon_over(store: Store) {
    let (world, change) = with_a_coupon_that_waits(store).await;
    let seen = open(&world, "ada", "plus").await;
    assert_eq!((&seen["supersedes"], &seen["modes"]), (&change, &json!(["replace"])));
    assert_eq!(seen["next_payment"]["document"]["lines"][0]["discount"], eur("1.99"));
    // While it is held, and where it is let go, the change keeps the code.
    for step in ["hold", "release"] {
        let path = format!("/v1/checkouts/{}/{step}", seen["id"].as_str().unwrap());
        world.post(&path, json!({})).await.expect(200);
        assert_eq!(code(&world, "ada").await, "redeemed", "{step}");
    }
    let hold = format!("/v1/checkouts/{}/hold", seen["id"].as_str().unwrap());
    world.post(&hold, json!({})).await.expect(200);
    let done = world.post(&complete(&seen), json!({})).await.expect(200);
    assert_eq!(code(&world, "ada").await, "redeemed");
    sound(&world).await;
    let next = done["result"]["scheduled_change"].as_str().unwrap();
    world.post(&format!("/v1/scheduled-changes/{next}/withdraw"), json!({})).await.expect(200);
    assert_eq!(code(&world, "ada").await, Value::Null, "it is given back once");
    let again = open(&world, "ada", "plus").await;
    world.post(&complete(&again), json!({"mode": "replace"})).await.expect(200);
    world.advance("2026-03-05").await;
    let invoices = world.get("/v1/invoices?customer=ada").await.expect(200);
    assert_eq!(invoices["data"][1]["lines"][0]["discount"], eur("1.99"));
    assert_eq!(code(&world, "ada").await, "redeemed");
    sound(&world).await;
}

async fn a_coupon_that_waits_in_a_change_is_for_nothing_beside_it(store: Store) {
    let (world, change) = with_a_coupon_that_waits(store).await;
    let body = |offer: &str| json!({"customer": "ada", "offer": offer, "coupon": "TEN"});
    let mut added = body("plus");
    added["mode"] = json!("add");
    assert_eq!(world.post("/v1/checkouts", added).await.pointers(), ["/mode"]);
    let mut beside = offer_of("beside", "1.00", "P1M");
    beside["tags"] = json!([]);
    world.put("/v1/offers/beside", beside).await.expect(201);
    assert_eq!(world.post("/v1/checkouts", body("beside")).await.problem(409), "coupon-used");
    let other = json!({"customer": "bob", "offer": "beside", "coupon": "TEN"});
    assert_eq!(world.post("/v1/checkouts", other).await.problem(409), "coupon-used");
    // Opened to take it over, and completed once the change is carried out.
    let seen = open(&world, "ada", "plus").await;
    assert_eq!(seen["supersedes"], change);
    world.advance("2026-02-28").await;
    let late = world.post(&complete(&seen), json!({})).await;
    assert_ne!(late.status, 200, "{late:?}");
    assert_eq!(code(&world, "ada").await, "redeemed");
    sound(&world).await;
}

async fn a_hold_reserves_a_coupon(store: Store) {
    let mut once = coupon("10");
    once["redemptions_max"] = json!(1);
    let world = shop(store, once).await;
    let ada = open(&world, "ada", "month").await;
    let bob = open(&world, "bob", "month").await;
    let step = async |checkout: &Value, step: &str| {
        let path = format!("/v1/checkouts/{}/{step}", checkout["id"].as_str().unwrap());
        world.post(&path, json!({})).await
    };
    step(&ada, "hold").await.expect(200);
    assert_eq!(code(&world, "ada").await, "held");
    assert_eq!(step(&bob, "hold").await.problem(409), "coupon-held");
    assert_eq!(world.post(&complete(&bob), paid(&bob)).await.problem(409), "coupon-held");
    assert_eq!(world.delete("/v1/coupons/c").await.problem(409), "still-in-use");
    step(&ada, "release").await.expect(200);
    assert_eq!(code(&world, "ada").await, Value::Null);
    step(&bob, "hold").await.expect(200);
    world.put("/v1/coupons/c", coupon("90")).await.expect(200);
    let done = world.post(&complete(&bob), paid(&bob)).await.expect(200);
    assert_eq!(done["amount_due"], eur("8.91"), "a hold keeps what was shown");
    assert_eq!(code(&world, "bob").await, "redeemed");
    sound(&world).await;
}

async fn a_coupon_used_meanwhile_makes_a_checkout_stale(store: Store) {
    let mut once = coupon("10");
    once["redemptions_max"] = json!(1);
    let world = shop(store, once).await;
    let ada = open(&world, "ada", "month").await;
    let bob = open(&world, "bob", "month").await;
    world.post(&complete(&ada), paid(&ada)).await.expect(200);
    let stale = world.post(&complete(&bob), paid(&bob)).await;
    assert_eq!(stale.problem(409), "checkout-stale");
    let fresh = &stale.json["checkout"];
    assert_eq!((&fresh["coupon"], &fresh["amount_due"]), (&Value::Null, &eur("9.90")));
    let mut body = paid(fresh);
    body["stamp"] = fresh["stamp"].clone();
    world.post(&complete(&bob), body).await.expect(200);
    sound(&world).await;
}

async fn credits_go_by_what_was_paid(store: Store) {
    let world = shop(store, coupon("10")).await;
    let seen = open(&world, "ada", "month").await;
    world.post(&complete(&seen), paid(&seen)).await.expect(200);
    let mut path = path_of("last_booking");
    path["proration"] = json!("none");
    world.put("/v1/paths/month-to-year", path).await;
    world.advance("2026-02-10").await;
    let year = world.open("ada", "year").await;
    assert_eq!(year["documents"][0]["gross"], eur("8.91"), "the credit is what was paid");
    assert_eq!(year["amount_due"], eur("90.09"));
    sound(&world).await;
}

async fn a_bridge_costs_its_price_and_the_booking_after_it_is_discounted(store: Store) {
    let world = shop(store, coupon("10")).await;
    let mut path = path_of("immediate_next_booking");
    path["proration"] = json!("day");
    world.put("/v1/paths/month-to-year", path).await.expect(200);
    world.buy("ada", "month").await;
    world.advance("2026-02-10").await;
    let seen = open(&world, "ada", "year").await;
    assert_eq!((&seen["amount_due"], &seen["coupon"]), (&eur("0.00"), &json!("Ten")));
    let lines = &seen["next_payment"]["document"]["lines"];
    assert_eq!((&lines[0]["kind"], &lines[0]["gross"]), (&json!("period"), &eur("89.10")));
    assert_eq!((&lines[0]["discount"], &lines[1].get("discount")), (&eur("9.90"), &None));
    assert_eq!(seen["commitment"]["total"], eur("89.10"));
    world.post(&complete(&seen), json!({})).await.expect(200);
    sound(&world).await;
    world.put("/v1/coupons/c", coupon("50")).await.expect(200);
    world.advance("2026-03-05").await;
    let invoices = world.get("/v1/invoices?customer=ada").await.expect(200);
    assert_eq!(&invoices["data"][1]["lines"][0], &with_ids(&invoices["data"][1], &lines[0]));
    sound(&world).await;
}

/// A line as it was shown, of what is stored by now.
fn with_ids(invoice: &Value, line: &Value) -> Value {
    let mut line = line.clone();
    line["subscription"] = invoice["lines"][0]["subscription"].clone();
    line
}

async fn a_change_that_gives_way_gives_its_coupon_back_and_says_so(store: Store) {
    let world = shop(store, coupon("10")).await;
    world.put("/v1/offers/decade", offer_of("year", "500.00", "P1Y")).await;
    world.buy("ada", "month").await;
    let seen = open(&world, "ada", "year").await;
    world.post(&complete(&seen), json!({})).await.expect(200);
    let plain = world.open("ada", "decade").await;
    assert_eq!(plain["returns_coupon"], "Ten");
    let page = world.get(plain["url"].as_str().unwrap().split_at(21).1).await;
    assert!(page.text.contains("can be used again"), "{}", page.text);
    world.post(&complete(&plain), json!({})).await.expect(200);
    assert_eq!(code(&world, "ada").await, Value::Null);
    let told = world.get("/v1/events?limit=200").await.expect(200);
    let told = told["data"].as_array().unwrap();
    let kinds = ["coupon_code.redeemed", "coupon_code.returned"];
    let of_code: Vec<_> = (told.iter())
        .filter(|it| kinds.contains(&it["type"].as_str().unwrap()))
        .map(|it| (it["type"].as_str().unwrap(), &it["data"]["checkout"]))
        .collect();
    assert_eq!(of_code, [(kinds[0], &seen["id"]), (kinds[1], &seen["id"])]);
    sound(&world).await;
}

async fn who_leaves_in_the_trial_can_use_the_coupon_again(store: Store) {
    let world = shop(store, coupon("10")).await;
    let mut tried = offer_of("tried", "9.90", "P1M");
    (tried["trial"], tried["introduction"]) = (json!("P2W"), json!("always"));
    tried["tags"] = json!(["month"]);
    world.put("/v1/offers/tried", tried).await.expect(201);
    world.put("/v1/paths/month-to-year", path_of("immediate")).await.expect(200);
    let begun = async |customer: &str| {
        let seen = open(&world, customer, "tried").await;
        let done = world.post(&complete(&seen), json!({})).await.expect(200);
        assert_eq!(code(&world, customer).await, "redeemed");
        done["result"]["subscription"].as_str().unwrap().to_owned()
    };
    let cancel = async |id: &str, when: &str| {
        let path = format!("/v1/subscriptions/{id}/cancel");
        world.post(&path, json!({"when": when})).await.expect(200);
    };
    cancel(&begun("ada").await, "end_of_term").await;
    assert_eq!(code(&world, "ada").await, Value::Null, "nothing is to be booked");
    cancel(&begun("bob").await, "now").await;
    assert_eq!(code(&world, "bob").await, Value::Null);
    begun("cyd").await;
    let year = world.open("cyd", "year").await;
    assert_eq!(year["returns_coupon"], "Ten");
    world.post(&complete(&year), paid(&year)).await.expect(200);
    assert_eq!(code(&world, "cyd").await, Value::Null);
    let dan = begun("dan").await;
    world.advance("2026-02-20").await;
    assert_eq!(code(&world, "ada").await, Value::Null);
    assert_eq!(code(&world, "dan").await, "redeemed");
    cancel(&dan, "now").await;
    assert_eq!(code(&world, "dan").await, "redeemed", "it was booked");
    let returned = world.get("/v1/events?limit=200").await.expect(200);
    let returned = returned["data"].as_array().unwrap().iter();
    assert_eq!(returned.filter(|it| it["type"] == "coupon_code.returned").count(), 3);
    sound(&world).await;
    begun("ada").await;
    sound(&world).await;
}

async fn no_coupon_makes_a_change_pay_back_retroactively(store: Store) {
    let world = shop(store, coupon("50")).await;
    world.put("/v1/offers/year", offer_of("year", "10.90", "P1M")).await.expect(200);
    world.put("/v1/paths/month-to-year", path_of("last_booking")).await.expect(200);
    world.buy("ada", "month").await;
    world.advance("2026-02-10").await;
    assert_eq!(world.open("ada", "year").await["amount_due"], eur("1.00"));
    let body = json!({"customer": "ada", "offer": "year", "coupon": "ten"});
    let refused = world.post("/v1/checkouts", body.clone()).await;
    assert_eq!(refused.problem(409), "change-not-possible");
    assert_eq!(refused.json["considered"][0]["reason"], "retroactive-refund");
    world.put("/v1/coupons/c", coupon("5")).await.expect(200);
    let seen = world.post("/v1/checkouts", body).await.expect(201);
    assert_eq!(seen["amount_due"], eur("0.45"));
}

async fn an_order_and_a_checkout_wait_for_one_coupon(store: Store) {
    let mut once = coupon("10");
    once["redemptions_max"] = json!(1);
    let world = shop(store, once).await;
    let ada = open(&world, "ada", "month").await;
    world.post(&format!("/v1/checkouts/{}/hold", ada["id"].as_str().unwrap()), json!({})).await;
    let line = json!({"product": "paper", "quantity": 1, "unit_net": "20.00"});
    let order = |customer: &str| {
        json!({"customer": customer, "channel": "web", "currency": "EUR", "coupon": "TEN",
               "lines": [line]})
    };
    for customer in ["ada", "bob"] {
        let refused = world.post("/v1/orders", order(customer)).await;
        assert_eq!(refused.problem(409), "coupon-held", "{customer}");
    }
    world.advance("2026-02-01").await;
    world.post("/v1/orders", order("bob")).await.expect(201);
    let stale = world.post(&complete(&ada), paid(&ada)).await;
    assert!(["checkout-stale", "checkout-expired"].contains(&stale.json["code"].as_str().unwrap()));
    sound(&world).await;
}

async fn the_page_shows_what_a_coupon_takes_off(store: Store) {
    let world = shop(store, coupon("15")).await;
    for (customer, locale, label) in [("ada", "en", "Discount:"), ("bob", "de", "Rabatt:")] {
        let body = json!({
            "customer": customer, "offer": "month", "coupon": "ten", "locale": locale,
        });
        let seen = world.post("/v1/checkouts", body).await.expect(201);
        let page = world.get(seen["url"].as_str().unwrap().split_at(21).1).await;
        assert!(page.text.contains(label), "{}", page.text);
        assert!(page.text.contains("8.41") || page.text.contains("8,41"), "{}", page.text);
    }
}
