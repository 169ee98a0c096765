//! How much rules may say, give and tell: whoever writes more is told before, and whoever asks is
//! answered at once, and in bounds.

use crossgrade::domain::ids::MerchantId;
use crossgrade::store::Store;
use serde_json::{Map, Value, json};

use crate::support::both;
use crate::world::{World, eur};

both! {
    a_text_shows_twenty_variables_at_most,
    what_promotions_tell_of_one_cart_is_bounded,
    what_active_rules_say_together_is_bounded,
    rules_that_feed_each_other_keep_nobody_waiting,
}

fn cart(product: &str) -> Value {
    json!({"channel": "web", "currency": "EUR",
        "lines": [{"product": product, "quantity": 1, "unit_net": "10.00"}]})
}

fn promotion(upsells: &[Value]) -> Value {
    json!({"title": "Free shipping", "reward": {"kind": "free_shipping"},
        "qualifies": {"net": {"min": "100.00"}}, "upsells": upsells})
}

fn upsell(id: usize, message: &str) -> Value {
    json!({"id": format!("u{id}"), "priority": 1, "when": {"net": {"min": "1.00"}},
        "message": message, "suggest": [{"any": true}]})
}

async fn import(world: &World, kind: &str, things: Map<String, Value>) {
    let read = crossgrade::cli::catalogue::read(&json!({kind: things}).to_string()).unwrap();
    assert!(read.faults.is_empty(), "{:?}", read.faults);
    let merchant = MerchantId::parse("default").unwrap();
    world.app.import(&merchant, read.draft, |_| {}).await.unwrap();
}

async fn a_text_shows_twenty_variables_at_most(store: Store) {
    let world = World::new(store).await;
    let holes = |count: usize| "{missing} ".repeat(count);
    let of = |count: usize| promotion(&[upsell(1, &holes(count))]);
    let refused = world.put("/v1/promotions/p", of(21)).await;
    assert_eq!(refused.pointers(), ["/upsells/0/message"]);
    world.put("/v1/promotions/p", of(20)).await.expect(201);
    let template = |html: String| {
        let text = json!({"subject": "s", "text": "t", "html": html});
        json!({"title": "T", "texts": {"en": text}})
    };
    let refused = world.put("/v1/message-templates/t", template("{link} ".repeat(21))).await;
    assert_eq!(refused.pointers(), ["/texts/en/html"]);
    world.put("/v1/message-templates/t", template("{link} ".repeat(20))).await.expect(201);
}

async fn what_promotions_tell_of_one_cart_is_bounded(store: Store) {
    let world = World::new(store).await;
    let article = |at: usize| {
        let title = format!("{at}{}", "x".repeat(9_000));
        (format!("a{at}"), json!({"title": title, "kind": "physical", "unit_net": eur("5.00")}))
    };
    import(&world, "products", (0..20).map(article).collect()).await;
    let of = |upsells: usize| {
        let message = "{products} ".repeat(20);
        let upsells: Vec<Value> = (0..upsells).map(|at| upsell(at, &message)).collect();
        promotion(&upsells)
    };
    world.put("/v1/promotions/p", of(10)).await.expect(201);
    let told = world.post("/v1/carts/evaluate", cart("a0")).await.expect(200);
    let message = told["promotions"][0]["upsells"][0]["message"].as_str().unwrap();
    assert!(message.ends_with(" and … "), "{}", &message[message.len() - 20..]);
    assert!(message.len() < 20 * 10_100, "each list is cut: {}", message.len());
    world.put("/v1/promotions/p", of(90)).await.expect(200);
    let refused = world.post("/v1/carts/evaluate", cart("a0")).await;
    assert_eq!(refused.problem(409), "too-many-rules");
    let detail = refused.json["detail"].as_str().unwrap();
    assert!(detail.contains("shorten their messages"), "{detail}");
    let order = json!({"id": "o", "channel": "web", "currency": "EUR",
        "lines": [{"product": "a0", "quantity": 1, "unit_net": "10.00"}]});
    world.post("/v1/orders", order).await.expect(201);
}

async fn what_active_rules_say_together_is_bounded(store: Store) {
    let world = World::new(store).await;
    let message = "x".repeat(10_000);
    let upsells: Vec<Value> = (0..19).map(|at| upsell(at, &message)).collect();
    let long = promotion(&upsells);
    // Each says some 193,000 characters: of 10,000,000, 51 leave less than one more says.
    let list = (0..51).map(|place| (format!("p{place}"), long.clone()));
    import(&world, "promotions", list.collect()).await;
    let refused = world.put("/v1/promotions/more", long.clone()).await;
    assert_eq!(refused.problem(409), "too-many-rules");
    let detail = refused.json["detail"].as_str().unwrap();
    assert!(detail.contains("more than 10000000 characters"), "{detail}");
    assert_eq!(world.get("/v1/promotions/more").await.problem(404), "not-found");
    let mut off = long;
    off["active"] = json!(false);
    world.put("/v1/promotions/more", off).await.expect(201);
    world.put("/v1/promotions/short", promotion(&[])).await.expect(201);
}

/// 300 rules, each of which asks for what all the others give, in one tier after the other.
async fn rules_that_feed_each_other_keep_nobody_waiting(store: Store) {
    let world = World::new(store).await;
    let product = |at: usize| {
        (format!("g{at}"), json!({"title": "G", "kind": "physical", "unit_net": eur("5.00")}))
    };
    import(&world, "products", (0..=300).map(product).collect()).await;
    let rule = |at: usize| {
        let bought = format!("g{at}");
        let clauses: Vec<Value> = (0..96)
            .map(|more| json!({"units": {"of": {"any": true}, "min": 1 + more % (at + 1)}}))
            .chain([json!({"units": {"of": {"product": bought}, "min": 1}})])
            .collect();
        (
            format!("r{at}"),
            json!({"title": "R", "priority": 0, "buy": {"all": clauses},
                "counts_for_other_rules": true,
                "get": [{"product": format!("g{}", at + 1), "price": "0.00",
                    "stock": if at == 299 { 1 } else { 9 }}]}),
        )
    };
    import(&world, "gift_rules", (0..300).map(rule).collect()).await;
    let told = world.post("/v1/carts/evaluate", cart("g0")).await.expect(200);
    assert_eq!(told["gifts"].as_array().unwrap().len(), 300, "one round each");
    let mut order = cart("g0");
    order["id"] = json!("o");
    order["expects"] = json!("another cart");
    assert_eq!(world.post("/v1/orders", order.clone()).await.problem(409), "cart-changed");
    order["expects"] = told["stamp"].clone();
    let placed = world.post("/v1/orders", order.clone()).await.expect(201);
    assert_eq!(placed["gifts"].as_array().unwrap().len(), 300);
    // The last one has nothing left to give, which is not what was shown.
    order["id"] = json!("p");
    assert_eq!(world.post("/v1/orders", order.clone()).await.problem(409), "cart-changed");
    order["expects"] = Value::Null;
    let placed = world.post("/v1/orders", order).await.expect(201);
    assert_eq!(placed["gifts"].as_array().unwrap().len(), 299);
    assert_eq!(world.get("/v1/audit").await.expect(200)["ok"], true);
}
