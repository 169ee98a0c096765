//! Why not, as a merchant asks it of an order, of a rule, and of a cart typed in by hand.

use serde_json::json;

use super::paths::insight_says;
use super::{Page, journey};
use crate::world::{World, eur};

async fn shop(world: &World) {
    for (id, price) in [("bike", "240.00"), ("mug", "8.00"), ("pen", "2.00")] {
        let body = json!({"title": id, "kind": "physical", "unit_net": eur(price)});
        world.put(&format!("/v1/products/{id}"), body).await.expect(201);
    }
    let campaign = json!({"title": "Mugs", "channels": ["web"], "triggers": ["bike"],
        "min_net": "500.00", "offered_product": "mug", "priority": 7});
    world.put("/v1/campaigns/mugs", campaign).await.expect(201);
    let rule = json!({"title": "A pen", "buy": {"units": {"of": {"product": "bike"}, "min": 1}},
        "get": [{"product": "pen"}], "counts_for_other_rules": true});
    world.put("/v1/gift-rules/pen", rule).await.expect(201);
    let rule = json!({"title": "A mug", "priority": 1,
        "buy": {"all": [{"units": {"of": {"product": "pen"}, "min": 1}}]},
        "get": [{"product": "mug"}]});
    world.put("/v1/gift-rules/mug", rule).await.expect(201);
    let promotion = json!({"title": "Free", "qualifies": {"country": ["SE"]},
        "reward": {"kind": "free_shipping"}, "upsells": []});
    world.put("/v1/promotions/free", promotion).await.expect(201);
}

#[test]
fn a_merchant_sees_why_a_rule_does_not_apply() {
    journey(async |page: &Page, world: &World| {
        shop(world).await;
        let order = json!({"id": "o-1", "channel": "web", "currency": "EUR",
            "lines": [{"product": "bike", "quantity": 1, "unit_net": "240.00"}]});
        world.post("/v1/orders", order).await.expect(201);
        page.sign_in().await;
        page.open("/backend/orders/o-1").await;
        page.go("a[href=\"/backend/why-not?%2Forder=o-1\"]").await;
        let rules = page.text("section[aria-labelledby=rules]").await;
        for part in ["mugs", "below-min-net", "out-of-reach", "/qualifies", "chosen"] {
            assert!(rules.contains(part), "{part} in {rules}");
        }
        // The pen brings the mug about.
        let rounds = page.text("section[aria-labelledby=rounds] tbody").await;
        assert!(rounds.contains("1 × pen") && rounds.contains("1 × mug"), "{rounds}");
        assert_eq!(page.count("svg.rounds rect").await, 2, "each in a round of its own");
        page.is_fine("why-not-order").await;
        page.open("/backend/campaigns/mugs").await;
        page.go("a[href=\"/backend/why-not?%2Frule=mugs\"]").await;
        assert_eq!(page.count("section[aria-labelledby=rules]").await, 0, "of no order");
        let alone = page.text("section[aria-labelledby=alone-0]").await;
        assert!(alone.contains("For the only order") && alone.contains("below-min-net"), "{alone}");
        page.is_fine("why-not-rule").await;
        page.fill("#f-channel", "web").await;
        page.fill("#f-lines", "mug, 2").await;
        page.go("main form button").await;
        assert!(page.text("#f-lines-wrong").await.contains("Line 1"));
        page.is_fine("why-not-wrong").await;
        page.fill("#f-lines", "bike, 3, 240.00").await;
        page.go("main form button").await;
        let rules = page.text("section[aria-labelledby=rules] tbody").await;
        assert!(rules.contains("mugs") && rules.contains("chosen"), "{rules}");
        assert_eq!(page.count("section[aria-labelledby=rules] tbody tr").await, 1, "it alone");
        page.is_fine("why-not-cart").await;
        page.open("/backend/why-not?%2Forder=nothing").await;
        page.see("#f-order-wrong").await;
    });
}

#[test]
fn a_merchant_is_warned_while_a_campaign_is_written_and_sees_what_became_of_it() {
    journey(async |page: &Page, world: &World| {
        shop(world).await;
        let first = json!({"title": "All", "channels": ["web"], "offered_product": "pen",
            "priority": 5});
        world.put("/v1/campaigns/all", first).await.expect(201);
        for (id, pieces) in [("o-1", 3), ("o-2", 4)] {
            let order = json!({"id": id, "channel": "web", "currency": "EUR",
                "lines": [{"product": "bike", "quantity": pieces, "unit_net": "240.00"}]});
            world.post("/v1/orders", order).await.expect(201);
            world.post(&format!("/v1/orders/{id}/upsell"), json!({})).await.expect(200);
        }
        world.post("/v1/orders/o-1/upsell/accept", json!({})).await.expect(200);
        page.sign_in().await;
        page.open("/backend/campaigns").await;
        page.is_fine("campaigns-ranked").await;
        page.open("/backend/campaigns/mugs").await;
        insight_says(page, "[aria-labelledby=warnings]", "Nothing looks doubtful.").await;
        page.fill("#f-priority", "4").await;
        insight_says(page, ".warnings", "shadowed").await;
        page.fill("#f-channels", "").await;
        insight_says(page, ".warnings", "no channel").await;
        page.is_fine("campaign-warned").await;
        page.open("/backend/promotions/free").await;
        page.fill("#f-sample", "pen, 1, 2.00").await;
        insight_says(page, "[aria-labelledby=told]", "This cart is told nothing.").await;
        page.is_fine("promotion-told").await;
        page.open("/backend/campaigns/mugs").await;
        page.go("a[href=\"/backend/campaigns/mugs/report\"]").await;
        assert!(page.text(".figures").await.contains("Accepted"), "the figures");
        assert_eq!(page.count(".days svg").await, 3);
        page.is_fine("campaign-report").await;
        page.open("/backend/gift-rules/pen/report").await;
        assert!(page.text("#rows").await.contains("What was given"));
        page.is_fine("gift-rule-report").await;
        page.open("/backend/promotions/free/report").await;
        page.is_fine("promotion-report").await;
    });
}
