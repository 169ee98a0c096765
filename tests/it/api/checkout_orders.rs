//! The order that a checkout makes, from outside: the premium for subscribing, shown, kept while a
//! card is charged, let go and given; and what becomes of the order with its subscription.

use axum::http::Method;
use crossgrade::cli::catalogue;
use crossgrade::domain::ids::{MerchantId, OrderId};
use crossgrade::domain::verdict::Outcome;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, complete, eur, offer_of, paid, seen};

both! {
    a_checkout_shows_its_gifts_and_makes_an_order,
    without_an_order_nothing_is_given_and_nothing_placed,
    what_gives_another_premium_by_now_is_stale,
    a_premium_that_costs_something_is_left_out,
    why_not_says_of_a_checkouts_order_what_its_checkout_said,
    a_hold_keeps_the_premium_until_it_ends,
    what_a_hold_keeps_goes_over_to_the_order,
    the_order_of_a_change_waits_for_it,
    the_order_of_a_change_that_never_comes_is_cancelled,
    the_order_of_a_trial_that_is_not_gone_on_with_is_cancelled,
    whoever_thinks_again_gets_the_same_premium_with_the_other_offer,
    an_order_is_paid_with_its_invoice,
    something_is_offered_after_the_order_of_a_checkout,
    what_is_offered_next_comes_with_its_premium_and_leads_back_to_the_shop,
    the_invoice_of_a_subscription_does_not_pay_for_goods_that_were_added,
    the_page_shows_the_premium_and_what_is_offered_next,
    what_is_offered_next_for_less_says_what_it_costs_at_first,
    what_is_not_wanted_is_declined_on_the_page,
    a_file_that_names_no_stock_leaves_it_as_it_is,
}

/// A month and a year, and one mug, which is given for a subscription.
pub(crate) async fn premium(store: Store) -> World {
    let world = World::new(store).await;
    world.catalogue().await;
    let mug = json!({"title": "Mug", "kind": "physical", "stock": 1, "unit_net": eur("8.00")});
    world.put("/v1/products/mug", mug).await.expect(201);
    world.put("/v1/gift-rules/mug", rule("month")).await.expect(201);
    world
}

fn rule(offer: &str) -> Value {
    json!({
        "title": "A mug for you", "buy": {"units": {"of": {"offer": offer}, "min": 1}},
        "get": [{"product": "mug", "stock": 1}],
    })
}

/// Opens a checkout that makes an order.
pub(crate) async fn open(world: &World, customer: &str, offer: &str) -> Value {
    let order = json!({"channel": "web", "shipping_country": "DE"});
    let body = json!({"customer": customer, "offer": offer, "order": order});
    world.post("/v1/checkouts", body).await.expect(201)
}

async fn act(world: &World, checkout: &Value, what: &str) -> Value {
    let path = format!("/v1/checkouts/{}/{what}", checkout["id"].as_str().unwrap());
    world.post(&path, json!({})).await.expect(200)
}

async fn done(world: &World, checkout: &Value) -> Value {
    let done = world.post(&complete(checkout), paid(checkout)).await.expect(200);
    order(world, &done).await
}

async fn order(world: &World, checkout: &Value) -> Value {
    let id = checkout["order"].as_str().unwrap();
    world.get(&format!("/v1/orders/{id}")).await.expect(200)
}

async fn again(world: &World, order: &Value) -> Value {
    world.get(&format!("/v1/orders/{}", order["id"].as_str().unwrap())).await.expect(200)
}

/// How many mugs are left on the shelf, and to the rule.
async fn left(world: &World) -> (i64, i64) {
    let mug = world.get("/v1/products/mug").await.json["stock"].as_i64().unwrap();
    let rule = world.get("/v1/gift-rules/mug").await.json["get"][0]["stock"].as_i64().unwrap();
    (mug, rule)
}

/// Why the stock of mugs has moved.
async fn causes(world: &World) -> Vec<String> {
    let moves = world.get("/v1/products/mug/stock").await.expect(200);
    let cause = |it: &Value| it["cause"].as_str().unwrap().to_owned();
    moves["data"].as_array().unwrap().iter().map(cause).collect()
}

async fn is_sound(world: &World) {
    let told = world.get("/v1/audit").await.expect(200);
    assert_eq!(told["faults"], json!([]), "{told}");
}

async fn a_checkout_shows_its_gifts_and_makes_an_order(store: Store) {
    let world = premium(store).await;
    let shown = open(&world, "ada", "month").await;
    let gifts =
        json!([{"rule": "mug", "times": 1, "product": "mug", "quantity": 1, "price": "0.00"}]);
    assert_eq!((&shown["gifts"], &shown["order"]), (&gifts, &json!(null)));
    assert_eq!(left(&world).await, (1, 1), "looking takes nothing");
    let order = done(&world, &shown).await;
    let line = json!({"offer": "month", "quantity": 1, "unit_net": "9.90", "campaign": null});
    assert_eq!((&order["lines"], &order["gifts"]), (&json!([line]), &gifts));
    assert_eq!((&order["total"], &order["paid"]), (&json!("9.90"), &json!("9.90")));
    let said = ["customer", "channel", "shipping_country", "currency"].map(|name| &order[name]);
    assert_eq!(said, [&json!("ada"), &json!("web"), &json!("DE"), &json!("EUR")]);
    assert_eq!(order["delivered_at"], json!(null), "a mug has to be sent");
    assert_eq!(
        (left(&world).await, causes(&world).await),
        ((0, 0), vec!["set".into(), "gift".into()])
    );
    let path = format!("/v1/orders/{}/delivered", order["id"].as_str().unwrap());
    assert_ne!(world.post(&path, json!({})).await.expect(200)["delivered_at"], json!(null));
    let second = open(&world, "bob", "month").await;
    assert_eq!(second["gifts"], json!([]), "there was one");
    let order = done(&world, &second).await;
    assert_ne!(order["delivered_at"], json!(null), "all of it is digital");
    is_sound(&world).await;
}

async fn without_an_order_nothing_is_given_and_nothing_placed(store: Store) {
    let world = premium(store).await;
    let done = world.buy("ada", "month").await;
    assert_eq!((&done["gifts"], &done["order"]), (&json!([]), &json!(null)));
    assert_eq!(world.get("/v1/orders").await.json["data"], json!([]));
    assert_eq!(left(&world).await, (1, 1));
    let body = json!({"customer": "bob", "offer": "month", "order": null, "coupon": null});
    let unsaid = world.post("/v1/checkouts", body).await.expect(201);
    assert_eq!((&unsaid["gifts"], &unsaid["order"]), (&json!([]), &json!(null)));
}

async fn what_gives_another_premium_by_now_is_stale(store: Store) {
    let world = premium(store).await;
    let (ada, bob) = (open(&world, "ada", "month").await, open(&world, "bob", "month").await);
    done(&world, &ada).await;
    let late = world.post(&complete(&bob), paid(&bob)).await;
    assert_eq!(late.problem(409), "checkout-stale");
    let fresh = &late.json["checkout"];
    assert_eq!((&fresh["gifts"], &fresh["amount_due"]), (&json!([]), &bob["amount_due"]));
    let bought = world.post(&complete(fresh), seen(fresh)).await.expect(200);
    assert_eq!(order(&world, &bought).await["gifts"], json!([]));
    is_sound(&world).await;
}

async fn a_hold_keeps_the_premium_until_it_ends(store: Store) {
    let world = premium(store).await;
    let shown = open(&world, "ada", "month").await;
    act(&world, &shown, "hold").await;
    assert_eq!(left(&world).await, (0, 0));
    assert_eq!(open(&world, "bob", "month").await["gifts"], json!([]));
    act(&world, &shown, "release").await;
    assert_eq!(left(&world).await, (1, 1), "let go");
    act(&world, &shown, "hold").await;
    world.advance("2026-01-31T00:14:59+01:00").await;
    assert_eq!(left(&world).await, (0, 0));
    world.advance("2026-01-31T00:16:00+01:00").await;
    assert_eq!(left(&world).await, (1, 1), "lapsed");
    assert_eq!(causes(&world).await, ["set", "hold", "hold", "hold", "hold"]);
    let order = done(&world, &shown).await;
    assert_eq!((order["gifts"][0]["quantity"].as_i64(), left(&world).await), (Some(1), (0, 0)));
    is_sound(&world).await;
}

async fn what_a_hold_keeps_goes_over_to_the_order(store: Store) {
    let world = premium(store).await;
    let shown = open(&world, "ada", "month").await;
    act(&world, &shown, "hold").await;
    world.put("/v1/gift-rules/mug", rule("year")).await.expect(200);
    let order = done(&world, &shown).await;
    assert_eq!(order["gifts"], shown["gifts"], "as it was shown, whatever was edited");
    assert_eq!(left(&world).await, (0, 1), "the rule was written since");
    assert_eq!(causes(&world).await, ["set", "hold", "hold", "gift"]);
    is_sound(&world).await;
}

async fn the_order_of_a_change_waits_for_it(store: Store) {
    let world = premium(store).await;
    world.buy("ada", "month").await;
    let made = done(&world, &open(&world, "ada", "year").await).await;
    assert_eq!((&made["total"], &made["paid_at"]), (&json!("99.00"), &json!(null)));
    assert_eq!(made["delivered_at"], json!(null));
    world.advance("2026-02-28").await;
    let begun = again(&world, &made).await;
    assert_eq!(begun["paid_at"], json!(null), "its invoice is open");
    assert_ne!(begun["delivered_at"], json!(null), "it is digital and has begun");
    let invoices = world.get("/v1/invoices?customer=ada").await.expect(200);
    let last = invoices["data"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap();
    let pay = json!({"reference": "bank-1"});
    world.post(&format!("/v1/invoices/{last}/pay"), pay).await.expect(200);
    assert_eq!(again(&world, &made).await["paid"], "99.00");
    is_sound(&world).await;
}

async fn the_order_of_a_change_that_never_comes_is_cancelled(store: Store) {
    let world = premium(store).await;
    world.put("/v1/gift-rules/mug", rule("year")).await.expect(200);
    let mut half = offer_of("half", "55.00", "P6M");
    half["tags"] = json!(["year"]);
    world.put("/v1/offers/half", half).await.expect(201);
    world.buy("ada", "month").await;
    let shown = open(&world, "ada", "year").await;
    let completed = world.post(&complete(&shown), paid(&shown)).await.expect(200);
    let first = order(&world, &completed).await;
    assert_eq!(left(&world).await, (0, 0));
    let change = completed["result"]["scheduled_change"].as_str().unwrap();
    let path = format!("/v1/scheduled-changes/{change}/withdraw");
    world.post(&path, json!({})).await.expect(200);
    assert_eq!(again(&world, &first).await["status"], "cancelled");
    assert_eq!(
        (left(&world).await, causes(&world).await.last().unwrap().as_str()),
        ((1, 1), "cancelled")
    );
    let second = done(&world, &open(&world, "ada", "year").await).await;
    let other = open(&world, "ada", "half").await;
    done(&world, &other).await;
    assert_eq!(again(&world, &second).await["status"], "cancelled", "superseded");
    assert_eq!(left(&world).await, (1, 1));
    is_sound(&world).await;
}

async fn the_order_of_a_trial_that_is_not_gone_on_with_is_cancelled(store: Store) {
    let world = premium(store).await;
    let mut trying = offer_of("trying", "9.90", "P1M");
    (trying["trial"], trying["tags"]) = (json!("P14D"), json!([]));
    world.put("/v1/offers/trying", trying).await.expect(201);
    world.put("/v1/gift-rules/mug", rule("trying")).await.expect(200);
    for (customer, when) in [("ada", "now"), ("bob", "end_of_term")] {
        let made = done(&world, &open(&world, customer, "trying").await).await;
        assert_eq!((left(&world).await, &made["paid_at"]), ((0, 0), &json!(null)));
        let mine = format!("/v1/subscriptions?customer={customer}");
        let mine = world.get(&mine).await.expect(200)["data"][0]["id"].clone();
        let path = format!("/v1/subscriptions/{}/cancel", mine.as_str().unwrap());
        world.post(&path, json!({"when": when})).await.expect(200);
        if when == "end_of_term" {
            assert_eq!(again(&world, &made).await["status"], "open", "it may be taken back");
            world.advance("2026-02-14").await;
        }
        assert_eq!(again(&world, &made).await["status"], "cancelled", "nobody will pay for it");
        assert_eq!(left(&world).await, (1, 1), "{when}");
        is_sound(&world).await;
    }
}

/// A change takes the place of another one whose order has the same premium, whether it is held or
/// not: the first gives its own back, so there still is one more.
async fn whoever_thinks_again_gets_the_same_premium_with_the_other_offer(store: Store) {
    let world = premium(store).await;
    let mut half = offer_of("half", "55.00", "P6M");
    half["tags"] = json!(["year"]);
    world.put("/v1/offers/half", half).await.expect(201);
    let long = json!([
        {"units": {"of": {"offer": "half"}, "min": 1}},
        {"units": {"of": {"offer": "year"}, "min": 1}},
    ]);
    let mut both = rule("year");
    both["buy"] = json!({"any": long});
    for (customer, holds, stock) in [("ada", false, 2), ("bob", true, 3)] {
        let mug = json!({"title": "Mug", "kind": "physical", "stock": stock});
        world.put("/v1/products/mug", mug).await.expect(200);
        both["get"][0]["stock"] = json!(stock);
        world.put("/v1/gift-rules/mug", both.clone()).await.expect(200);
        world.buy(customer, "month").await;
        let first = done(&world, &open(&world, customer, "year").await).await;
        assert_eq!(first["gifts"][0]["product"], "mug", "{first}");
        let other = open(&world, customer, "half").await;
        if holds {
            act(&world, &other, "hold").await;
        }
        let second = done(&world, &other).await;
        assert_eq!(second["gifts"], other["gifts"], "as it was shown");
        assert_eq!(again(&world, &first).await["status"], "cancelled", "superseded");
        assert_eq!(left(&world).await, (stock - 1, stock - 1), "{customer} has one mug");
    }
    let told = causes(&world).await;
    let (ada, bob) = ("gift cancelled gift", "gift hold cancelled hold gift");
    assert_eq!(told.join(" "), format!("set set {ada} set {bob}"));
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let sold_out = |it: &&Value| it["type"].as_str().unwrap().ends_with(".sold_out");
    let told = events["data"].as_array().unwrap().iter().filter(sold_out);
    assert_eq!(told.map(|it| it["type"].clone()).collect::<Vec<_>>(), [] as [Value; 0]);
    is_sound(&world).await;
}

async fn an_order_is_paid_with_its_invoice(store: Store) {
    let world = premium(store).await;
    let mut settings = world.get("/v1/settings").await.json;
    settings["purchase_on_account"] = json!(true);
    world.put("/v1/settings", settings).await.expect(200);
    let shown = open(&world, "ada", "month").await;
    let completed = world.post(&complete(&shown), json!({})).await.expect(200);
    let made = order(&world, &completed).await;
    assert_eq!((&made["status"], &made["paid_at"]), (&json!("open"), &json!(null)));
    let invoice = completed["result"]["invoices"][0].as_str().unwrap();
    let pay = json!({"reference": "bank-1"});
    world.post(&format!("/v1/invoices/{invoice}/pay"), pay).await.expect(200);
    assert_eq!(again(&world, &made).await["paid"], "9.90");
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let told = events["data"].as_array().unwrap().iter().filter(|it| it["subject"] == made["id"]);
    let told: Vec<_> = told.map(|it| it["type"].as_str().unwrap()).collect();
    assert_eq!(told, ["order.placed", "order.paid"]);
}

/// Offers a year after a month, and gives where the page of a completed checkout is.
async fn offering(world: &World) -> String {
    let year = json!({
        "title": "Year", "channels": ["web"], "triggers": [{"offer": "month"}],
        "offered_offer": "year",
    });
    world.put("/v1/campaigns/year", year).await.expect(201);
    let shown = open(world, "ada", "month").await;
    let page = shown["url"].as_str().unwrap().replace("http://localhost:8080", "");
    let seen = world.get(&page).await;
    assert!(seen.text.contains("What you get with it"), "{seen:?}");
    assert!(seen.text.contains(">Mug</dt>"), "{seen:?}");
    done(world, &shown).await;
    page
}

async fn answer(world: &World, page: &str, answer: &str) -> (u16, String) {
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = Some(format!("answer={answer}"));
    let got = world.call(Method::POST, &format!("{page}/offer"), &form, body).await;
    (got.status, got.header("location").to_owned())
}

async fn the_page_shows_the_premium_and_what_is_offered_next(store: Store) {
    let world = premium(store).await;
    let page = offering(&world).await;
    let seen = world.get(&page).await;
    for text in ["What you get with it", ">Mug</dt>", "One more offer for you", ">Year</dt>"] {
        assert!(seen.text.contains(text), "{text}: {seen:?}");
    }
    let (status, next) = answer(&world, &page, "accept").await;
    assert_eq!((status, next.starts_with("/checkout/")), (303, true), "{next}");
    assert_ne!(next, page);
    assert!(world.get(&next).await.text.contains("Year"));
    let again = world.get(&page).await;
    assert!(again.text.contains(&format!("href=\"{next}\"")), "{again:?}");
    assert_eq!(answer(&world, &page, "accept").await, (303, next), "the same again");
    assert_eq!(answer(&world, &page, "decline").await.0, 409, "it was accepted");
    assert_eq!(answer(&world, &page, "perhaps").await.0, 422);
}

/// The year begins with the next booking, so nothing is due now that would show the discount.
async fn what_is_offered_next_for_less_says_what_it_costs_at_first(store: Store) {
    let world = premium(store).await;
    let year = json!({
        "title": "Year", "channels": ["web"], "triggers": [{"offer": "month"}],
        "offered_offer": "year", "discount": {"percent": "10"},
    });
    world.put("/v1/campaigns/year", year).await.expect(201);
    let shown = open(&world, "ada", "month").await;
    done(&world, &shown).await;
    let page = shown["url"].as_str().unwrap().replace("http://localhost:8080", "");
    let seen = world.get(&page).await.text;
    for text in ["No, thank you", "At the beginning", "€89.10", "€9.90", "€99.00"] {
        assert!(seen.contains(text), "{text}: {seen}");
    }
}

async fn what_is_not_wanted_is_declined_on_the_page(store: Store) {
    let world = premium(store).await;
    let page = offering(&world).await;
    world.get(&page).await;
    assert_eq!(answer(&world, &page, "decline").await, (303, page.clone()));
    let seen = world.get(&page).await;
    assert!(!seen.text.contains("One more offer for you"), "{seen:?}");
    let other = world.buy("bob", "month").await;
    let page = other["url"].as_str().unwrap().replace("http://localhost:8080", "");
    assert_eq!(answer(&world, &page, "accept").await.0, 409, "nothing was offered");
}

async fn a_file_that_names_no_stock_leaves_it_as_it_is(store: Store) {
    let world = premium(store).await;
    done(&world, &open(&world, "ada", "month").await).await;
    let file = json!({"gift_rules": [{
        "id": "mug", "title": "Another title",
        "buy": {"units": {"of": {"offer": "month"}, "min": 1}},
        "get": [{"product": "mug"}, {"product": "paper"}],
    }]});
    let read = catalogue::read(&file.to_string()).unwrap();
    let merchant = MerchantId::parse("default").unwrap();
    world.app.import(&merchant, read.draft, |_| ()).await.unwrap();
    let rule = world.get("/v1/gift-rules/mug").await.json;
    let left = |place: usize| rule["get"][place]["stock"].clone();
    assert_eq!((&rule["title"], left(0)), (&json!("Another title"), json!(0)));
    assert_eq!(left(1), 100, "one that is new has a hundred");
    is_sound(&world).await;
}

async fn something_is_offered_after_the_order_of_a_checkout(store: Store) {
    let world = premium(store).await;
    let year = json!({
        "title": "Year", "channels": ["web"], "triggers": [{"offer": "month"}],
        "offered_offer": "year",
    });
    world.put("/v1/campaigns/year", year).await.expect(201);
    let made = done(&world, &open(&world, "ada", "month").await).await;
    let path = format!("/v1/orders/{}/upsell", made["id"].as_str().unwrap());
    let asked = world.post(&path, json!({})).await.expect(200);
    assert_eq!((&asked["state"], &asked["offer"]["offer"]), (&json!("pending"), &json!("year")));
    let accepted = world.post(&format!("{path}/accept"), json!({})).await.expect(200);
    let next = accepted["checkout"]["id"].as_str().unwrap();
    let next = world.get(&format!("/v1/checkouts/{next}")).await.expect(200);
    assert_eq!((&next["customer"], &next["mode"]), (&json!("ada"), &json!("replace")));
}

async fn what_is_offered_next_comes_with_its_premium_and_leads_back_to_the_shop(store: Store) {
    let world = premium(store).await;
    let mut settings = world.get("/v1/settings").await.json;
    settings["return_origins"] = json!(["https://shop.example"]);
    world.put("/v1/settings", settings).await.expect(200);
    let mug = json!({"title": "Mug", "kind": "physical", "stock": 1});
    world.put("/v1/products/mug", mug).await.expect(200);
    world.put("/v1/gift-rules/mug", rule("year")).await.expect(200);
    let year = json!({
        "title": "Year", "channels": ["web"], "triggers": [{"offer": "month"}],
        "offered_offer": "year",
    });
    world.put("/v1/campaigns/year", year).await.expect(201);
    let body = json!({
        "customer": "ada", "offer": "month", "return_url": "https://shop.example/thanks",
        "order": {"channel": "web", "shipping_country": "DE"},
    });
    let shown = world.post("/v1/checkouts", body).await.expect(201);
    let made = done(&world, &shown).await;
    let path = format!("/v1/orders/{}/upsell", made["id"].as_str().unwrap());
    world.post(&path, json!({})).await.expect(200);
    let accepted = world.post(&format!("{path}/accept"), json!({})).await.expect(200);
    let next = accepted["checkout"]["id"].as_str().unwrap();
    let next = world.get(&format!("/v1/checkouts/{next}")).await.expect(200);
    assert_eq!(next["return_url"], "https://shop.example/thanks");
    assert_eq!(next["gifts"][0]["product"], "mug", "{next}");
    let second = done(&world, &next).await;
    let said = ["channel", "shipping_country", "customer"].map(|name| &second[name]);
    assert_eq!(said, [&json!("web"), &json!("DE"), &json!("ada")]);
    assert_eq!(second["gifts"][0]["product"], "mug", "{second}");
    let page = shown["url"].as_str().unwrap().replace("http://localhost:8080", "");
    let seen = world.get(&page).await;
    assert!(!seen.text.contains("One more offer for you"), "it was bought: {seen:?}");
    is_sound(&world).await;
}

async fn the_invoice_of_a_subscription_does_not_pay_for_goods_that_were_added(store: Store) {
    let world = premium(store).await;
    let mut settings = world.get("/v1/settings").await.json;
    settings["purchase_on_account"] = json!(true);
    world.put("/v1/settings", settings).await.expect(200);
    let lamp = json!({"title": "Lamp", "kind": "physical", "unit_net": eur("20.00")});
    world.put("/v1/products/lamp", lamp).await.expect(201);
    let lamp = json!({
        "title": "Lamp", "channels": ["web"], "triggers": [{"offer": "month"}],
        "offered_product": "lamp",
    });
    world.put("/v1/campaigns/lamp", lamp).await.expect(201);
    let shown = open(&world, "ada", "month").await;
    let completed = world.post(&complete(&shown), json!({})).await.expect(200);
    let made = order(&world, &completed).await;
    let path = format!("/v1/orders/{}/upsell", made["id"].as_str().unwrap());
    world.post(&path, json!({})).await.expect(200);
    world.post(&format!("{path}/accept"), json!({})).await.expect(200);
    let invoice = completed["result"]["invoices"][0].as_str().unwrap();
    let pay = json!({"reference": "bank-1"});
    world.post(&format!("/v1/invoices/{invoice}/pay"), pay).await.expect(200);
    let paid = again(&world, &made).await;
    assert_eq!((&paid["total"], &paid["paid"]), (&json!("29.90"), &json!("9.90")));
}

/// The order says what the first booking came to and no coupon; its rules looked at the price of
/// the offer, and at the coupon.
async fn why_not_says_of_a_checkouts_order_what_its_checkout_said(store: Store) {
    let world = premium(store).await;
    let coupon = json!({"title": "Half", "kind": "percent", "value": "50", "code": "HALF"});
    world.put("/v1/coupons/half", coupon).await.expect(201);
    let mut mug = rule("month");
    mug["buy"] = json!({"all": [{"net": {"min": "9.90"}}, {"coupon": true}]});
    mug["get"][0]["stock"] = json!(9);
    world.put("/v1/gift-rules/mug", mug).await.expect(200);
    let shelf = json!({"title": "Mug", "kind": "physical", "stock": 9});
    world.put("/v1/products/mug", shelf).await.expect(200);
    let body = json!({
        "customer": "ada", "offer": "month", "coupon": "half", "order": {"channel": "web"},
    });
    let shown = world.post("/v1/checkouts", body).await.expect(201);
    let made = done(&world, &shown).await;
    assert_eq!((&made["gifts"][0]["product"], &made["total"]), (&json!("mug"), &json!("4.95")));
    let (merchant, id) = (MerchantId::parse("default").unwrap(), made["id"].as_str().unwrap());
    let order = OrderId::parse(id).unwrap();
    let told = world.app.explain_order(&merchant, &order).await.unwrap().cart;
    let verdict = told.considered.iter().find(|it| it.rule.as_deref() == Some("mug"));
    assert_eq!(verdict.map(|it| it.verdict), Some(Outcome::Chosen), "{told:?}");
    let alone = world.app.rules_over_orders(&merchant, "mug").await.unwrap().remove(0);
    assert_eq!((alone.told[0].verdict, alone.orders), (Outcome::Chosen, 1), "{alone:?}");
}

async fn a_premium_that_costs_something_is_left_out(store: Store) {
    let world = premium(store).await;
    let mut dear = rule("month");
    dear["get"] = json!([{"product": "mug", "stock": 1, "price": "1.00"}]);
    world.put("/v1/gift-rules/mug", dear).await.expect(200);
    let shown = open(&world, "ada", "month").await;
    assert_eq!(shown["gifts"], json!([]), "nobody would be asked for its price");
    let order = done(&world, &shown).await;
    assert_eq!((&order["gifts"], &order["total"]), (&json!([]), &order["net"]));
    let left_out = json!([{"rule": "mug", "product": "mug", "quantity": 1}]);
    assert_eq!(order["gifts_left_out"], left_out, "it is named");
    assert_eq!(left(&world).await, (1, 1));
    // Its rule applies all the same, and so blocks the tiers above it; what is not given counts
    // for no other.
    let pen = json!({"title": "Pen", "kind": "physical", "stock": 9, "unit_net": eur("1.00")});
    world.put("/v1/products/pen", pen).await.expect(201);
    let mut dear = rule("month");
    (dear["priority"], dear["counts_for_other_rules"]) = (json!(1), json!(true));
    dear["get"] = json!([{"product": "pen", "stock": 9, "price": "1.00"}]);
    world.put("/v1/gift-rules/pen", dear).await.expect(201);
    let mut free = rule("month");
    free["priority"] = json!(2);
    world.put("/v1/gift-rules/mug", free).await.expect(200);
    let dearer = json!({
        "title": "Two more", "buy": {"net": {"min": "10.50"}}, "priority": 0,
        "get": [{"product": "pen", "stock": 2}],
    });
    world.put("/v1/gift-rules/more", dearer).await.expect(201);
    let shown = open(&world, "bob", "month").await;
    assert_eq!(shown["gifts"], json!([]), "the lower tier holds");
    let order = done(&world, &shown).await;
    assert_eq!(order["gifts_left_out"][0]["rule"], "pen", "{order}");
    assert_eq!(order["gifts_left_out"][1], json!(null), "{order}");
    // A popup applies, and blocks, though nobody can pick.
    let mut popup = rule("month");
    (popup["priority"], popup["popup"]) = (json!(1), json!(true));
    popup["get"] = json!([{"product": "pen", "stock": 9}]);
    world.put("/v1/gift-rules/pen", popup).await.expect(200);
    let shown = open(&world, "cleo", "month").await;
    assert_eq!(shown["gifts"], json!([]), "{shown}");
    let cart = json!({"channel": "web", "currency": "EUR", "lines": [{"offer": "month"}]});
    let told = world.post("/v1/carts/evaluate", cart).await.expect(200);
    let verdict = |rule: &str| {
        let all = told["considered"].as_array().unwrap();
        all.iter().find(|it| it["rule"] == rule).unwrap()["verdict"].clone()
    };
    let told = ["pen", "mug"].map(verdict);
    assert_eq!(told, ["chosen", "outranked"], "a cart says the same");
}
