//! What a merchant brings over by hand, and the checkouts that were refused.

use serde_json::json;

use super::{Page, journey};
use crate::world::World;

#[test]
fn a_subscription_is_brought_over_by_hand_without_a_script() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        page.sign_in().await;
        page.open("/backend/subscriptions").await;
        page.go(".head .button").await;
        page.is_fine("bring-over").await;
        page.without_scripts(true).await;
        page.fill("#f-customer", "zoe").await;
        page.pick("#f-offer", "month").await;
        page.go("button[name=look]").await;
        page.without_scripts(false).await;
        assert_eq!(page.count(".problems li").await, 1);
        page.is_fine("bring-over-wrong").await;
        assert_eq!(page.value("#f-customer").await, "zoe");
        let day = "document.querySelector('#f-started_on').value = '2026-01-15'";
        page.client.execute(day, Vec::new()).await.unwrap();
        page.fill("#f-id", "old-7").await;
        page.go("button[name=look]").await;
        let facts = page.text("section[aria-labelledby=would] dl").await;
        assert!(facts.contains("€9.90 per month") && facts.contains("Next invoice"), "{facts}");
        page.is_fine("bring-over-looked").await;
        page.go("main button[type=submit]:not([name])").await;
        assert_eq!(page.path().await, "/backend/subscriptions/old-7");
        assert_eq!(page.text(".flash").await, "The subscription is brought over.");
        let wanted = json!({"customer": "zoe", "offer": "month"});
        world.post("/v1/checkouts", wanted).await.expect(409);
        page.open("/backend/checkouts/refused").await;
        assert!(page.text("tbody tr").await.contains("they have it"));
        page.is_fine("refused").await;
    });
}
