//! The portal, as a customer clicks through it.

use serde_json::json;

use super::{Page, demo_as_started, journey};
use crate::world::{World, complete, paid};

/// The path of a portal that is opened for a customer.
async fn portal(world: &World, customer: &str, locale: &str) -> String {
    let path = format!("/v1/customers/{customer}/portal-sessions");
    let session = world.post(&path, json!({"locale": locale})).await.expect(201);
    let url = session["url"].as_str().unwrap();
    url.strip_prefix("http://localhost:8080").unwrap().to_owned()
}

#[test]
fn a_customer_looks_after_what_they_have_on_their_phone_and_without_a_script() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        let settings = json!({
            "purchase_on_account": true, "seller": {"name": "The Daily Planet"},
            "color": "#0b57d0", "links": {"terms": "https://shop.example/terms"},
        });
        world.put("/v1/settings", settings).await.expect(200);
        for (customer, locale, title) in
            [("ada", "en", "Your subscriptions"), ("bob", "de", "Ihre Abonnements")]
        {
            world.buy(customer, "month").await;
            let here = portal(world, customer, locale).await;
            page.open(&here).await;
            assert_eq!(page.text("h1").await, title);
            page.is_fine(&format!("portal-{locale}")).await;
            // Into a checkout, and back.
            page.go("form[action$='/change'] button").await;
            assert!(page.path().await.starts_with("/checkout/"));
            page.is_fine(&format!("portal-checkout-{locale}")).await;
            page.go(&format!("a[href='{here}']")).await;
            assert_eq!(page.path().await, here);
            page.go("form[action$='/change'] button").await;
            page.go("main form button").await;
            page.go(&format!("a[href='{here}']")).await;
            page.is_fine(&format!("portal-waiting-{locale}")).await;
            // The change is withdrawn, and what is left cancelled; that is taken back.
            page.go("a[href*='/withdraw?']").await;
            page.is_fine(&format!("portal-withdraw-{locale}")).await;
            page.go("main form button").await;
            assert_eq!(page.count("a[href*='/withdraw?']").await, 0);
            page.go("a[href*='/cancel?']").await;
            page.is_fine(&format!("portal-cancel-{locale}")).await;
            page.go("main form button").await;
            assert_eq!(page.count(".note").await, 1);
            page.is_fine(&format!("portal-cancelled-{locale}")).await;
            page.go("form[action$='/uncancel'] button").await;
            assert_eq!(page.count("form[action$='/uncancel']").await, 0);
            page.go("a[href^='/documents/']").await;
            page.is_fine(&format!("portal-document-{locale}")).await;
            let around = ["header p", "footer", ".screen"];
            page.is_printed_without(&around, &format!("portal-document-{locale}")).await;
        }
        // The same button where nothing runs.
        let here = portal(world, "ada", "en").await;
        page.without_scripts(true).await;
        page.open(&here).await;
        page.go("a[href*='/cancel?']").await;
        page.go("main form button").await;
        let note = page.text(".note").await;
        page.without_scripts(false).await;
        assert!(note.contains("It is cancelled."), "{note}");
        let waiting = world.get("/v1/scheduled-changes?status=pending").await.expect(200);
        assert_eq!(waiting["data"], json!([]));
    });
}

#[test]
fn what_has_changed_in_another_window_is_said() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        world.buy("ada", "month").await;
        let here = portal(world, "ada", "en").await;
        page.open(&here).await;
        page.go("a[href*='/cancel?']").await;
        let opened = world.open("ada", "year").await;
        world.post(&complete(&opened), paid(&opened)).await.expect(200);
        page.go("main form button").await;
        assert_eq!(page.text("h1").await, "Something has changed meanwhile");
        page.is_fine("portal-stale").await;
        page.go("main a.button").await;
        assert_eq!(page.path().await, here);
        world.advance("2026-02-01T12:00:00Z").await;
        page.open(&here).await;
        assert_eq!(page.text("h1").await, "This page is not open");
        page.is_fine("portal-closed").await;
    });
}

#[test]
fn the_demo_leads_to_an_account_from_the_shop_and_from_the_backend() {
    demo_as_started(async |page: &Page| {
        page.open("/demo").await;
        page.go("form[action='/demo/account'] button").await;
        assert_eq!(page.text("h1").await, "Your subscriptions");
        page.is_fine("portal-demo").await;
        page.open("/demo").await;
        page.go("form[action='/demo/backend'] button").await;
        page.open("/backend/customers/ada").await;
        page.is_fine("customer-with-portal").await;
        page.go("form[action$='/portal'] button").await;
        assert_eq!(page.text("h1").await, "Your subscriptions");
    });
}
