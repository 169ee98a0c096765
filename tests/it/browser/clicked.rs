//! A gift rule and a promotion whose conditions, gifts and upsells are clicked together.

use fantoccini::key::Key;
use serde_json::json;

use super::{Page, journey};
use crate::world::{World, eur};

async fn shop(world: &World) {
    world.put("/v1/tags/sale", json!({"title": "Sale"})).await.expect(201);
    for (id, title) in [("mug", "Mug"), ("cap", "Cap")] {
        let product = json!({"title": title, "kind": "physical", "unit_net": eur("5.00"),
            "brand": "Acme"});
        world.put(&format!("/v1/products/{id}"), product).await.expect(201);
    }
}

/// Presses a button that changes the form.
async fn press(page: &Page, what: &str) {
    page.go(&format!("button[name=change][value='{what}']")).await;
}

/// Adds a condition about this to what stands at a place.
async fn add(page: &Page, place: &str, about: &str) {
    page.pick(&format!("select[name='{place}/add']"), about).await;
    press(page, &format!("add {place}")).await;
}

async fn type_in(page: &Page, name: &str, text: &str) {
    page.fill(&format!("[name='{name}']"), text).await;
}

#[test]
fn a_nested_condition_is_clicked_together_and_saved() {
    journey(async |page: &Page, world: &World| {
        shop(world).await;
        page.sign_in().await;
        page.without_scripts(true).await;
        page.open("/backend/gift-rules/+new").await;
        type_in(page, "/title", "A mug for two").await;
        add(page, "/buy", "units").await;
        assert_eq!(page.value("[name='/title']").await, "A mug for two", "nothing is lost");
        type_in(page, "/buy/units/min", "2").await;
        page.pick("[name='/buy/units/of']", "product: mug").await;
        press(page, "group /buy").await;
        // The browser stands at what was added.
        assert!(page.path().await.ends_with("#f-buy_1_node"), "{}", page.path().await);
        page.pick("select[name='/buy/1/kind']", "any").await;
        add(page, "/buy/1", "country").await;
        type_in(page, "/buy/1/0/country", "DE\nAT").await;
        add(page, "/buy/1", "net").await;
        type_in(page, "/buy/1/1/net/min", "a lot").await;
        page.pick("[name='/get/0/product']", "cap").await;
        // Enter saves, as in any form.
        page.see("[name='/title']").await.send_keys("").await.unwrap();
        page.press_to(&Key::Enter).await;
        page.without_scripts(false).await;
        let told = page.text(".problems li").await;
        assert!(told.contains("Net value of the cart, At least: Write the amount"), "{told}");
        assert_eq!(page.value("[name='/buy/1/1/net/min']").await, "a lot");
        page.is_fine("gift-rule-wrong").await;
        page.see(".problems li a").await.click().await.unwrap();
        let focus = "return document.querySelector(':target').name";
        let focus = page.client.execute(focus, Vec::new()).await.unwrap();
        assert_eq!(focus, json!("/buy/1/1/net/min"), "what is told leads to its field");
        type_in(page, "/buy/1/1/net/min", "50").await;
        press(page, "look /buy").await;
        assert_eq!(
            page.text(".told bdi").await,
            "The cart contains at least 2 of Mug, and (the country is DE or AT, or the net value \
             is at least €50.00).",
        );
        page.is_fine("gift-rule-new").await;
        page.go(".actions button[type=submit]").await;
        assert_eq!(page.text(".flash").await, "The gift rule “A mug for two” is saved.");
        page.is_fine("gift-rule").await;
        let rule = world.get("/v1/gift-rules/a-mug-for-two").await.expect(200);
        let any = json!([{"country": ["DE", "AT"]}, {"net": {"min": "50.00"}}]);
        let buy = json!({"all": [{"units": {"of": {"product": "mug"}, "min": 2}}, {"any": any}]});
        assert_eq!(rule["buy"], buy);
        page.open("/backend/gift-rules").await;
        assert!(page.text("tbody tr").await.contains("The cart contains at least 2 of Mug"));
        page.is_fine("gift-rules").await;
    });
}

#[test]
fn a_promotion_has_its_upsells_as_cards() {
    journey(async |page: &Page, world: &World| {
        shop(world).await;
        page.sign_in().await;
        page.open("/backend/promotions/+new").await;
        page.is_fine("promotion-new").await;
        type_in(page, "/title", "Free shipping").await;
        add(page, "/qualifies", "net").await;
        type_in(page, "/qualifies/net/min", "100").await;
        for (place, message, least) in
            [(0, "Spend another {missing}", "90"), (1, "Shipping costs {shippingCost}", "50")]
        {
            press(page, "add /upsells").await;
            let card = format!("/upsells/{place}");
            type_in(page, &format!("{card}/message"), message).await;
            page.pick(&format!("[name='{card}/suggest/0']"), "brand: Acme").await;
            add(page, &format!("{card}/when"), "net").await;
            type_in(page, &format!("{card}/when/net/min"), least).await;
        }
        press(page, "up /upsells/1").await;
        assert_eq!(page.value("[name='/upsells/0/when/net/min']").await, "50");
        page.is_fine("promotion-cards").await;
        page.go(".actions button[type=submit]").await;
        assert_eq!(page.text(".flash").await, "The promotion “Free shipping” is saved.");
        let stored = world.get("/v1/promotions/free-shipping").await.expect(200);
        let ids = [&stored["upsells"][0]["id"], &stored["upsells"][1]["id"]];
        assert_eq!(ids, [&json!("upsell-2"), &json!("upsell-1")]);
    });
}

#[test]
fn the_deepest_condition_has_room_on_a_phone() {
    journey(async |page: &Page, world: &World| {
        shop(world).await;
        let units = json!({"units": {"of": {"product": "mug"}, "min": 2}});
        let deep = (0..9).fold(units, |inner, place| match place % 3 {
            0 => json!({"all": [inner, {"country": ["DE"]}]}),
            1 => json!({ "not": inner }),
            _ => json!({"any": [{"coupon": true}, inner]}),
        });
        let rule = json!({"title": "Deep", "buy": deep, "get": [{"product": "cap"}]});
        world.put("/v1/gift-rules/deep", rule).await.expect(201);
        page.sign_in().await;
        page.open("/backend/gift-rules/deep").await;
        page.is_fine("gift-rule-deep").await;
    });
}
