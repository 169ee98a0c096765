//! Rules about orders in the backend: in their rank, with what each is doing; what is said of one
//! while it is written; its report; and why it does not apply.

use crossgrade::store::Store;
use serde_json::{Value, json};

use super::forms::{Form, decoded, forms};
use crate::api::backend::Visitor;
use crate::api::orders::{order_of, shop};
use crate::support::both;
use crate::world::{ADMIN_KEY, World, eur};

both! {
    campaigns_stand_in_rank_order_with_what_each_is_doing,
    a_long_list_of_campaigns_is_walked_in_rank_order_and_back,
    gift_rules_stand_by_tier_and_are_walked_so_there_and_back,
    the_form_of_a_campaign_warns_as_it_is_typed,
    the_forms_of_gift_rules_and_promotions_warn_as_they_are_typed,
    a_report_says_on_its_page_what_the_api_says,
    a_rule_alone_says_what_became_of_it_for_the_last_orders,
    why_not_is_asked_of_an_order_or_of_a_cart_and_not_of_both,
    a_campaign_that_is_out_of_stock_has_the_reason_of_a_campaign,
    gift_rules_promotions_and_coupons_say_what_they_are_doing,
    whoever_may_only_read_a_gift_rule_is_shown_no_buttons,
    an_order_that_was_cancelled_is_not_called_open_and_amounts_are_written_as_everywhere,
    a_product_lists_its_variants_and_leads_to_its_stock,
}

fn campaign(priority: i64) -> Value {
    json!({"title": "C", "channels": ["web"], "triggers": ["pin"], "offered_product": "hat",
        "priority": priority})
}

fn with(mut body: Value, change: Value) -> Value {
    if let (Some(body), Value::Object(change)) = (body.as_object_mut(), change) {
        body.extend(change);
    }
    body
}

/// A shop with a hat, of which three are left.
async fn selling(store: Store) -> (World, Visitor) {
    let world = shop(store).await;
    let hat = json!({"title": "Hat", "kind": "physical", "stock": 3, "unit_net": eur("10.00")});
    world.put("/v1/products/hat", hat).await.expect(201);
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    (world, visitor)
}

/// The ids in a list, in order.
fn ids(html: &str) -> Vec<&str> {
    let rows = html.split("<tbody>").nth(1).unwrap_or_default().split("<code class=\"quiet\">");
    rows.skip(1).map(|row| row.split('<').next().unwrap()).collect()
}

/// A page without its tags.
fn text(html: &str) -> String {
    let main = html.split("<main").nth(1).unwrap_or(html);
    let parts = main.split('<').map(|part| part.split_once('>').map_or("", |(_, text)| text));
    decoded(&parts.collect::<Vec<_>>().join(" ")).split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn campaigns_stand_in_rank_order_with_what_each_is_doing(store: Store) {
    let (world, visitor) = selling(store).await;
    let whole = json!({"triggers": []});
    for (id, body) in [
        ("live", campaign(9)),
        ("empty", with(campaign(8), json!({"quantity": 4}))),
        ("whole", with(campaign(5), whole)),
        ("below", campaign(4)),
        ("later", with(campaign(3), json!({"valid_from": "2027-01-01"}))),
        ("ended", with(campaign(7), json!({"valid_until": "2020-01-01"}))),
        ("nowhere", with(campaign(2), json!({"channels": []}))),
        ("off", with(campaign(6), json!({"active": false}))),
        ("again", campaign(9)),
    ] {
        world.put(&format!("/v1/campaigns/{id}"), body).await.expect(201);
    }
    let html = visitor.get("/backend/campaigns").await.text;
    let ranked = ["again", "live", "empty", "ended", "off", "whole", "below", "later", "nowhere"];
    assert_eq!(ids(&html), ranked, "of two with one priority the one edited last comes first");
    let rows = html.split("<tr>").skip(2).map(|row| text(&format!("<main>{row}")));
    let doing: Vec<String> = rows.collect();
    for (place, word) in [
        "live",
        "live",
        "sold out",
        "over",
        "inactive",
        "live",
        "shadowed",
        "planned from",
        "on no channel",
    ]
    .into_iter()
    .enumerate()
    {
        assert!(doing[place].contains(word), "{word} in {}", doing[place]);
    }
}

async fn a_long_list_of_campaigns_is_walked_in_rank_order_and_back(store: Store) {
    let (world, visitor) = selling(store).await;
    for number in 0..60 {
        let body = campaign(i64::from(number / 10));
        world.put(&format!("/v1/campaigns/c-{number:02}"), body).await.expect(201);
    }
    let first = visitor.get("/backend/campaigns").await.text;
    let all: Vec<String> = (0..60).rev().map(|number| format!("c-{number:02}")).collect();
    assert_eq!(ids(&first), all[..50]);
    let next = visitor.get("/backend/campaigns?after=c-10").await.text;
    assert_eq!(ids(&next), all[50..]);
    assert!(next.contains("?before&#x3D;c-09"), "{next}");
    let back = visitor.get("/backend/campaigns?before=c-09").await.text;
    assert_eq!(ids(&back), all[..50]);
    let gone = visitor.get("/backend/campaigns?after=nothing").await.text;
    assert_eq!(ids(&gone), all[..50], "what was removed meanwhile is no end");
    let found = visitor.get("/backend/campaigns?q=c-0").await.text;
    assert_eq!(ids(&found), all[50..]);
}

async fn gift_rules_stand_by_tier_and_are_walked_so_there_and_back(store: Store) {
    let (world, visitor) = selling(store).await;
    let rule = |priority: i64| {
        json!({"title": "G", "priority": priority, "buy": {"coupon": true},
            "get": [{"product": "hat"}]})
    };
    // Saved in another order than they stand in.
    let tiers = [7, 0, 3, 1, 0, 2].map(i64::from);
    let mut saved: Vec<(i64, usize)> = Vec::new();
    for number in 0..60 {
        let tier = tiers[number % tiers.len()];
        saved.push((tier, number));
        let path = format!("/v1/gift-rules/g-{number:02}");
        world.put(&path, rule(tier)).await.expect(201);
    }
    saved.sort_by_key(|(tier, number)| (*tier, std::cmp::Reverse(*number)));
    let mut all: Vec<String> =
        saved.into_iter().map(|(_, number)| format!("g-{number:02}")).collect();
    let look = async |query: &str| {
        let html = visitor.get(&format!("/backend/gift-rules{query}")).await.text;
        ids(&html).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(look("").await, all[..50], "0 is always, then 1 comes first");
    assert_eq!(look(&format!("?after={}", all[49])).await, all[50..]);
    assert_eq!(look(&format!("?before={}", all[50])).await, all[..50]);
    // One that is saved again comes first in its tier; in another tier, there.
    let again = all.iter().position(|id| id == "g-01").unwrap();
    let again = all.remove(again);
    world.put(&format!("/v1/gift-rules/{again}"), rule(0)).await.expect(200);
    all.insert(0, again);
    let last = all.pop().unwrap();
    world.put(&format!("/v1/gift-rules/{last}"), rule(1)).await.expect(200);
    let first = all.iter().position(|id| id == "g-57").unwrap();
    all.insert(first, last);
    assert_eq!(look("").await, all[..50]);
    let considered = world.post(
        "/v1/carts/evaluate?explain=all",
        json!({
            "channel": "web", "currency": "EUR", "lines": [],
        }),
    );
    let considered = considered.await.expect(200);
    let told = considered["considered"].as_array().unwrap().iter();
    let told: Vec<&str> = told.filter_map(|it| it["rule"].as_str()).collect();
    assert_eq!(told, all, "as the rules take their turns");
}

/// What is said of a rule as it stands in its form with these fields, as the script asks.
async fn said(visitor: &Visitor, address: &str, with: &[(&str, &str)]) -> String {
    let html = visitor.get(address).await.text;
    assert!(html.contains(&format!("data-check=\"{address}/check\"")), "{html}");
    let is_it = |form: &Form| form.is_post && form.action == address;
    let form = forms(&html).into_iter().find(is_it).unwrap_or_else(|| panic!("{html}"));
    let find = |name: &str| with.iter().find(|(at, _)| *at == name);
    let sent = form.sent(|name| find(name).map(|(_, value)| (*value).to_owned()));
    let part =
        visitor.post(&format!("{address}/check"), &format!("{sent}&part=insight"), &[]).await;
    assert_eq!(part.status, 200, "{}", part.text);
    text(&format!("<main>{}", part.text))
}

async fn the_form_of_a_campaign_warns_as_it_is_typed(store: Store) {
    let (world, visitor) = selling(store).await;
    world.put("/v1/campaigns/first", with(campaign(5), json!({"triggers": []}))).await.expect(201);
    let hats = world.put("/v1/campaigns/hats", campaign(9)).await.expect(201);
    assert_eq!(hats["warnings"], json!([]));
    let place = "/backend/campaigns/hats";
    let page = text(&visitor.get(place).await.text);
    assert!(page.contains("Nothing looks doubtful."), "{page}");
    for (typed, told) in [
        (&[("/priority", "4")][..], "shadowed 'first' comes before it on all its channels"),
        (&[("/quantity", "4")], "sold out It offers 4 of a product of which 3 are left."),
        (&[("/valid_until", "2020-01-01")], "over Its last day, 2020-01-01, has passed."),
        (&[("/channels", "")], "no channel It runs on no channel"),
        (&[("/priority", "5")], "same priority 'first'"),
        (&[("/quantity", "nothing")], "Fill in what is missing"),
    ] {
        let said = said(&visitor, place, typed).await;
        assert!(said.contains(told), "{told} in {said}");
    }
    let stored = world.get("/v1/campaigns/hats").await.expect(200);
    assert_eq!(stored, hats, "looking saves nothing");
    // What is saved says on its form what the API says.
    world.put("/v1/campaigns/later", campaign(9)).await.expect(201);
    let api = world.get("/v1/campaigns/hats").await.expect(200);
    assert_eq!(api["warnings"][0]["code"], "same_priority");
    let page = text(&visitor.get(place).await.text);
    assert!(page.contains("same priority 'later'"), "{page}");
    let fresh = said(&visitor, "/backend/campaigns/+new", &[]).await;
    assert!(fresh.contains("Fill in what is missing"), "{fresh}");
}

async fn the_forms_of_gift_rules_and_promotions_warn_as_they_are_typed(store: Store) {
    let (world, visitor) = selling(store).await;
    let rule = json!({"title": "G", "buy": {"coupon": true}, "get": [{"product": "hat"}]});
    world.put("/v1/gift-rules/g", rule).await.expect(201);
    let place = "/backend/gift-rules/g";
    assert!(said(&visitor, place, &[]).await.contains("Nothing looks doubtful."));
    let told = said(&visitor, place, &[("/get/0/stock", "0")]).await;
    assert!(told.contains("sold out None of its gifts is left"), "{told}");
    let ship = json!({"title": "P", "qualifies": {"net": {"min": "50.00"}},
        "reward": {"kind": "free_shipping"}, "upsells": [{"id": "u", "priority": 1,
            "when": {"coupon": false}, "message": "Another {missing}"}]});
    world.put("/v1/promotions/p", ship).await.expect(201);
    let place = "/backend/promotions/p";
    let told = said(&visitor, place, &[("/sample", "pin, 2, 4.90")]).await;
    assert!(told.contains("This cart is told: “Another €40.20”"), "{told}");
    let told = said(&visitor, place, &[("/valid_until", "2020-01-01")]).await;
    assert!(told.contains("over Its last day"), "{told}");
}

async fn a_report_says_on_its_page_what_the_api_says(store: Store) {
    let (world, visitor) = selling(store).await;
    world.put("/v1/campaigns/hats", campaign(1)).await.expect(201);
    let rule = json!({"title": "G", "buy": {"units": {"of": {"product": "pin"}, "min": 1}},
        "get": [{"product": "paper", "quantity": 2, "stock": 3}]});
    world.put("/v1/gift-rules/g", rule).await.expect(201);
    let ship = json!({"title": "P", "qualifies": {"net": {"min": "9.00"}},
        "reward": {"kind": "free_shipping"}, "upsells": [{"id": "u", "priority": 1,
            "when": {"coupon": false}, "message": "Another {missing}"}]});
    world.put("/v1/promotions/p", ship).await.expect(201);
    for (id, pieces) in [("a", 1), ("b", 2), ("c", 1)] {
        world.post("/v1/orders", order_of(id, &[("pin", pieces, "4.90")])).await.expect(201);
        world.post(&format!("/v1/orders/{id}/upsell"), json!({})).await.expect(200);
    }
    world.post("/v1/orders/a/upsell/accept", json!({})).await.expect(200);
    world.post("/v1/orders/b/upsell/decline", json!({})).await.expect(200);
    let page = visitor.get("/backend/campaigns/hats/report").await;
    let told = text(&page.text);
    for part in
        ["Offered 3", "Accepted 1", "Accepted of a hundred 33.3", "Declined 1", "Revenue €10.00"]
    {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert_eq!(page.text.matches("<svg viewBox=\"0 0 270 48\"").count(), 3, "thirty days each");
    let told = text(&visitor.get("/backend/gift-rules/g/report").await.text);
    for part in ["Orders 2", "Left out 1", "Gift Given Left", " 3 0"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let told = text(&visitor.get("/backend/promotions/p/report").await.text);
    for part in ["Earned or near 3", "Earned 1", "u 2"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let early = "/backend/campaigns/hats/report?from=2020-01-01&to=2020-01-05";
    let told = text(&visitor.get(early).await.text);
    assert!(told.contains("Offered 0") && told.contains("Nothing on any of these days"), "{told}");
    assert_eq!(visitor.get("/backend/campaigns/nothing/report").await.status, 404);
}

async fn a_rule_alone_says_what_became_of_it_for_the_last_orders(store: Store) {
    let (world, visitor) = selling(store).await;
    world.put("/v1/campaigns/hats", campaign(1)).await.expect(201);
    let rule = json!({"title": "G", "buy": {"units": {"of": {"product": "pin"}, "min": 2}},
        "get": [{"product": "paper"}]});
    world.put("/v1/gift-rules/g", rule).await.expect(201);
    let alone =
        async |id: &str| text(&visitor.get(&format!("/backend/why-not?%2Frule={id}")).await.text);
    assert!(alone("g").await.contains("There is no order yet"));
    for (id, product, pieces) in [("a", "pin", 1), ("b", "paper", 1), ("c", "pin", 2)] {
        world.post("/v1/orders", order_of(id, &[(product, pieces, "4.90")])).await.expect(201);
    }
    let told = alone("hats").await;
    for part in
        ["For the last 3 orders", "chosen 2 c", "rejected None of its triggers", "trigger 1 b"]
    {
        assert!(told.contains(part), "{part} in {told}");
    }
    let told = alone("g").await;
    for part in ["buy /buy 2 b", "chosen 1 c"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    // Of what a campaign offers nobody looks how many are left; of gifts it is looked at.
    let said = "What is left of what is offered is not looked at";
    assert!(alone("hats").await.contains(said));
    assert!(!told.contains(said), "{told}");
    let unknown = visitor.get("/backend/why-not?%2Frule=nothing").await;
    assert_eq!(unknown.status, 422);
    assert!(text(&unknown.text).contains("There is no such rule"), "{}", unknown.text);
}

async fn a_campaign_that_is_out_of_stock_has_the_reason_of_a_campaign(store: Store) {
    let (world, visitor) = selling(store).await;
    world.put("/v1/campaigns/hats", with(campaign(1), json!({"quantity": 4}))).await.expect(201);
    world.post("/v1/orders", order_of("o", &[("pin", 1, "4.90")])).await.expect(201);
    let told = text(&visitor.get("/backend/why-not?%2Forder=o").await.text);
    assert!(told.contains("Less of the product is left than it offers out-of-stock"), "{told}");
    assert!(!told.contains("None of its gifts is left"), "{told}");
}

async fn why_not_is_asked_of_an_order_or_of_a_cart_and_not_of_both(store: Store) {
    let (world, visitor) = selling(store).await;
    world.post("/v1/orders", order_of("o", &[("pin", 1, "4.90")])).await.expect(201);
    let place = "/backend/why-not?%2Forder=o&%2Fcurrency=EUR&%2Frule=";
    assert_eq!(visitor.get(place).await.status, 200, "what stands in the form anyway");
    for field in ["lines=pin,1,4.90", "channel=web", "coupon=ten", "customer=ada"] {
        let told = visitor.get(&format!("{place}&%2F{field}")).await;
        assert_eq!(told.status, 422, "{field}");
        assert!(told.text.contains("be empty where an order is named"), "{}", told.text);
    }
}

async fn gift_rules_promotions_and_coupons_say_what_they_are_doing(store: Store) {
    let (world, visitor) = selling(store).await;
    let days = [
        ("live", json!({}), "active"),
        ("later", json!({"valid_from": "2027-01-01"}), "planned from"),
        ("ended", json!({"valid_until": "2020-01-01"}), "over"),
        ("off", json!({"active": false, "valid_until": "2020-01-01"}), "inactive"),
    ];
    let rule = |stock: i64| {
        let gift = json!({"product": "hat", "stock": stock});
        json!({"title": "G", "buy": {"coupon": true}, "get": [gift]})
    };
    let promotion = json!({"title": "P", "qualifies": {"coupon": true},
        "reward": {"kind": "free_shipping"}, "upsells": []});
    let coupon = json!({"title": "C", "kind": "percent", "value": "10"});
    world.put("/v1/gift-rules/none", rule(0)).await.expect(201);
    for (id, change, _) in &days {
        for (kind, body) in [
            ("gift-rules", rule(1)),
            ("promotions", promotion.clone()),
            ("coupons", coupon.clone()),
        ] {
            let mut body = with(body, change.clone());
            if kind == "coupons" {
                body["code"] = json!(format!("code-{id}"));
            }
            world.put(&format!("/v1/{kind}/{id}"), body).await.expect(201);
        }
    }
    for kind in ["gift-rules", "promotions", "coupons"] {
        let html = visitor.get(&format!("/backend/{kind}")).await.text;
        let row = |id: &str| {
            let place = ids(&html).iter().position(|it| *it == id).unwrap();
            text(&format!("<main>{}", html.split("<tr>").nth(place + 2).unwrap()))
        };
        for (id, _, word) in &days {
            assert!(row(id).contains(word), "{word} in {}", row(id));
        }
        if kind == "gift-rules" {
            assert!(row("none").contains("sold out"), "{}", row("none"));
        }
    }
}

async fn whoever_may_only_read_a_gift_rule_is_shown_no_buttons(store: Store) {
    let (world, visitor) = selling(store).await;
    let rule = json!({"title": "G", "buy": {"all": [{"coupon": true}, {"net": {"min": "1.00"}}]},
        "get": [{"product": "hat"}, {"product": "pin"}]});
    world.put("/v1/gift-rules/g", rule).await.expect(201);
    let key = json!({"role": "read", "label": "looks"});
    let key = world.post("/v1/keys", key).await.expect(201)["key"].as_str().unwrap().to_owned();
    let reader = Visitor::sign_in(&world, &key).await;
    let buttons = async |who: &Visitor| {
        let html = who.get("/backend/gift-rules/g").await.text;
        html.matches("name=\"change\"").count()
    };
    assert!(buttons(&visitor).await > 5);
    assert_eq!(buttons(&reader).await, 0);
}

async fn an_order_that_was_cancelled_is_not_called_open_and_amounts_are_written_as_everywhere(
    store: Store,
) {
    let (world, visitor) = selling(store).await;
    world.put("/v1/campaigns/hats", campaign(1)).await.expect(201);
    world.post("/v1/orders", order_of("o", &[("pin", 1, "4.90")])).await.expect(201);
    world.post("/v1/orders/o/upsell", json!({})).await.expect(200);
    let told = text(&visitor.get("/backend/orders/o").await.text);
    assert!(told.contains("Order o open"), "{told}");
    assert!(told.contains("1 × hat at €10.00"), "{told}");
    world.post("/v1/orders/o/cancelled", json!({})).await.expect(200);
    let told = text(&visitor.get("/backend/orders/o").await.text);
    assert!(told.contains("Order o cancelled"), "{told}");
    assert!(!told.contains("cancelled open"), "{told}");
}

async fn a_product_lists_its_variants_and_leads_to_its_stock(store: Store) {
    let (world, visitor) = selling(store).await;
    let small = json!({"title": "Small hat", "kind": "physical", "variant_of": "hat"});
    world.put("/v1/products/small", small).await.expect(201);
    let hat = visitor.get("/backend/products/hat").await.text;
    assert!(hat.contains("href=\"/backend/products/small\""), "{hat}");
    assert!(hat.contains("href=\"/backend/products/hat/stock\""), "{hat}");
    let small = visitor.get("/backend/products/small").await.text;
    assert!(!small.contains("Variants"), "{small}");
}
