//! What if, as a merchant asks it.

use serde_json::{Value, json};

use super::{Page, journey};
use crate::world::{World, offer_of, path_of};

/// All that is kept of customers, contracts and documents.
async fn book(world: &World) -> Vec<Value> {
    let mut book = Vec::new();
    for kind in ["customers", "subscriptions", "checkouts", "invoices", "credit-notes", "events"] {
        book.push(world.get(&format!("/v1/{kind}?limit=200")).await.expect(200));
    }
    book
}

/// A path from the month to the archive, beside it or in its place, at once.
async fn archive(world: &World) {
    world.put("/v1/tags/archive", json!({"title": "Archive"})).await.expect(201);
    world.put("/v1/offers/archive", offer_of("archive", "4.00", "P1M")).await.expect(201);
    let mut path = path_of("immediate");
    path["internal_title"] = json!("Archive");
    path["target_tags"] = json!(["archive"]);
    path["optional"] = json!(true);
    path["customer_may_switch"] = json!(true);
    path["proration"] = json!("day");
    world.put("/v1/paths/archive", path).await.expect(201);
}

#[test]
fn a_merchant_sees_what_would_be_for_a_customer_and_for_somebody_invented() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        archive(world).await;
        world.buy("ada", "month").await;
        world.advance("2026-02-10").await;
        let before = book(world).await;
        page.sign_in().await;
        page.open("/backend/what-if").await;
        page.is_fine("what-if-question").await;
        page.pick("#f-customer", "ada").await;
        page.pick("#f-offer", "year").await;
        page.go("main form button").await;
        let verdict = page.text("section[aria-labelledby=verdict]").await;
        assert!(verdict.contains("possible") && verdict.contains("Month to year"), "{verdict}");
        let change = page.text("section[aria-labelledby=with-replace]").await;
        for part in ["Feb 28, 2026", "\u{20ac}0.00", "Change to Year", "February 28, 2026"] {
            assert!(change.contains(part), "{part} in {change}");
        }
        // One month and one year, against a month booked fourteen times.
        assert!(change.contains("\u{20ac}108.90"), "{change}");
        assert!(page.count("section[aria-labelledby=without] .booked").await >= 12);
        assert_eq!(page.count("section[aria-labelledby=with-replace] .booked").await, 2);
        page.see("section[aria-labelledby=with-replace] summary").await.click().await.unwrap();
        let told = page.text("section[aria-labelledby=with-replace] tbody").await;
        assert!(told.contains("Month ends") && told.contains("Year invoiced"), "{told}");
        page.is_fine("what-if-customer").await;
        // The next booking is past by then.
        page.open(
            "/backend/what-if?%2Fhas=month&%2Fsince=2026-01-31&%2Foffer=archive&%2Fon=2026-03-10",
        )
        .await;
        let added = page.text("section[aria-labelledby=with-add]").await;
        assert!(added.contains("Mar 10, 2026") && added.contains("\u{20ac}4.00"), "{added}");
        assert!(page.count("section[aria-labelledby=with-replace] .credited").await == 1);
        page.is_fine("what-if-invented").await;
        page.open("/backend/what-if?%2Fcustomer=ada&%2Foffer=month&%2Fon=2025-01-01").await;
        assert!(page.text("#f-on-wrong").await.contains("2026-02-10"));
        page.is_fine("what-if-wrong").await;
        page.open("/backend/what-if?%2Foffer=month&%2Fon=-262143-01-01").await;
        page.see("#f-on-wrong").await;
        page.open("/backend/what-if?%2Fcustomer=ada&%2Foffer=month").await;
        let verdict = page.text("section[aria-labelledby=verdict]").await;
        assert!(verdict.contains("has the offer already"), "{verdict}");
        assert_eq!(book(world).await, before, "nothing is stored");
    });
}

#[test]
fn a_merchant_sees_what_an_edited_path_would_mean_for_everybody() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        archive(world).await;
        for customer in ["ada", "ben"] {
            world.buy(customer, "month").await;
        }
        world.buy("carla", "year").await;
        world.advance("2026-02-10").await;
        world.buy("ben", "year").await;
        let before = book(world).await;
        page.sign_in().await;
        page.open("/backend/what-if/path").await;
        page.pick("#f-path", "month-to-year").await;
        page.go("main form button").await;
        // Ben awaits it already. Two months and a year, which is 8.25 a month, become one and two.
        assert_eq!(
            page.text("tbody tr").await,
            "Year\n2 1 1: they have it already, or await it \u{20ac}0.00 \u{20ac}28.05 \
                \u{20ac}26.40 -\u{20ac}1.65"
        );
        page.is_fine("impact").await;
        page.go("main .actions a").await;
        assert_eq!(page.path().await, "/backend/paths/month-to-year");
        page.pick("#f-transition", "immediate").await;
        page.fill("#f-title", "Typed, not saved").await;
        page.pick("#f-proration", "day").await;
        page.go("button[formaction$=everybody]").await;
        // 99.00 less 18 of 28 days of 9.90.
        assert!(page.text("tbody tr").await.contains("\u{20ac}92.64"));
        page.is_fine("everybody").await;
        page.go("button[formaction$=check]").await;
        assert_eq!(page.value("#f-title").await, "Typed, not saved");
        assert_eq!(page.value("#f-transition").await, "immediate");
        page.pick("#f-transition", "next_booking").await;
        page.go("button[formaction$=everybody]").await;
        assert!(page.text("#f-proration-wrong").await.contains("Immediately"));
        let focused = "return document.activeElement.id";
        let focused = page.client.execute(focused, Vec::new()).await.unwrap();
        assert_eq!(focused, json!("f-proration"), "the first thing that is wrong");
        assert_eq!(book(world).await, before, "nothing is stored");
    });
}
