//! The hosted checkout, as a customer clicks through it.

use serde_json::json;

use super::{Page, journey};
use crate::world::World;

/// A subscriber by the month whose checkout for the year is open; answers with its path.
async fn checkout(world: &World, customer: &str, locale: &str) -> String {
    let body = json!({"customer": customer, "offer": "year", "locale": locale});
    let opened = world.post("/v1/checkouts", body).await;
    let url = opened.json["url"].as_str().unwrap().to_owned();
    url.strip_prefix("http://localhost:8080").unwrap().to_owned()
}

#[test]
fn a_customer_confirms_a_change_and_reads_when_it_happens() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        world.buy("ada", "month").await;
        world.buy("bob", "month").await;
        world.advance("2026-02-10").await;
        for (customer, locale, button, date) in [
            ("ada", "en", "Confirm change", "February 28, 2026"),
            ("bob", "de", "Änderung bestätigen", "28. Februar 2026"),
        ] {
            page.open(&checkout(world, customer, locale).await).await;
            assert_eq!(page.text("button[type=submit]").await, button);
            page.go("button[type=submit]").await;
            let seen = page.text("main > .text").await;
            assert!(seen.contains(date), "{seen}");
            assert_eq!(page.count("button[type=submit]").await, 0, "it is done");
        }
        let waiting = world.get("/v1/scheduled-changes?status=pending").await;
        assert_eq!(waiting.json["data"].as_array().unwrap().len(), 2, "and stored");
    });
}
