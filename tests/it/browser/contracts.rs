//! The merchant backend: customers, their contracts and documents, billing, and the test clock.

use serde_json::json;

use super::{Page, journey};
use crate::world::{World, offer_of, path_of};

/// Three customers by the month; Ada's change to the year waits.
async fn book(world: &World) {
    world.catalogue().await;
    for (customer, name) in
        [("ada", "Ada Lovelace"), ("bob", "=Bob \"B\" <script>"), ("eve", "Eve")]
    {
        let body = json!({"name": name, "email": format!("{customer}@example.org"),
            "address": "Main St 1\nTown"});
        world.put(&format!("/v1/customers/{customer}"), body).await.expect(201);
        world.buy(customer, "month").await;
    }
    world.advance("2026-02-10").await;
    world.buy("ada", "year").await;
}

/// The id of the only subscription of a customer.
async fn subscription_of(world: &World, customer: &str) -> String {
    let found = world.get(&format!("/v1/subscriptions?customer={customer}")).await.expect(200);
    found["data"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_customer_is_found_seen_whole_and_renamed() {
    journey(async |page: &Page, world: &World| {
        book(world).await;
        page.sign_in().await;
        page.open("/backend/customers").await;
        page.is_fine("customers").await;
        page.fill("main input[name=q]", "LOVE").await;
        page.go(".filters button").await;
        assert_eq!(page.path().await, "/backend/customers?q=LOVE");
        assert_eq!(page.count("tbody tr").await, 1);
        page.go("tbody a").await;
        assert_eq!(page.text("h1").await, "Ada Lovelace");
        let waiting = page.text("section[aria-labelledby=waiting] tbody").await;
        assert!(waiting.contains("Year") && waiting.contains("Feb 28, 2026"), "{waiting}");
        assert!(page.text("section[aria-labelledby=documents]").await.contains("€9.90"));
        page.is_fine("customer").await;
        page.go(".head .actions a[href$=edit]").await;
        page.fill("#f-name", "Ada King").await;
        page.fill("#f-email", "no address").await;
        page.go("main form button").await;
        page.see("#f-email-wrong").await;
        assert_eq!(page.value("#f-name").await, "Ada King");
        page.is_fine("profile-wrong").await;
        page.fill("#f-email", "ada@example.org").await;
        page.go("main form button").await;
        assert_eq!(page.text("h1").await, "Ada King");
        page.open("/backend/customers/bob").await;
        assert_eq!(page.text("h1").await, "=Bob \"B\" <script>", "a name is a name");
        page.open("/backend/customers/nobody").await;
        assert_eq!(page.text("h1").await, "There is no such thing");
        page.is_fine("nowhere").await;
    });
}

#[test]
fn a_subscription_is_cancelled_taken_back_and_ended_after_asking() {
    journey(async |page: &Page, world: &World| {
        book(world).await;
        let id = subscription_of(world, "ada").await;
        let eve = subscription_of(world, "eve").await;
        page.sign_in().await;
        page.open("/backend/subscriptions?status=active&offer=month").await;
        assert_eq!(page.count("tbody tr").await, 3);
        page.is_fine("subscriptions").await;
        page.open(&format!("/backend/subscriptions/{id}")).await;
        page.see("svg.timeline rect.booked").await;
        assert!(page.text("section[aria-labelledby=days] tbody").await.contains("28 invoiced"));
        page.is_fine("subscription").await;
        page.go("a[href$=withdraw]").await;
        page.is_fine("withdraw").await;
        page.go("button.danger").await;
        assert!(page.text(".flash").await.contains("withdrawn"));
        page.go("a[href$='/cancel']").await;
        page.is_fine("cancel").await;
        page.go("button.danger").await;
        assert!(page.text(".flash").await.contains("is cancelled on Feb 28, 2026"));
        page.open(&format!("/backend/subscriptions/{id}/cancel")).await;
        page.go("button.danger").await;
        assert!(page.text(".flash.bad").await.contains("cancelled already"), "told kindly");
        page.is_fine("cancel-refused").await;
        page.open(&format!("/backend/subscriptions/{id}")).await;
        page.go("a[href$='/uncancel']").await;
        page.is_fine("uncancel").await;
        page.go("main form button").await;
        assert!(page.text(".flash").await.contains("runs on"));
        page.open(&format!("/backend/subscriptions/{eve}/end")).await;
        page.is_fine("end").await;
        page.go("button.danger").await;
        assert!(page.text(".flash").await.contains("has ended on Feb 10, 2026"));
        let ended = world.get(&format!("/v1/subscriptions/{eve}")).await.expect(200);
        assert_eq!(ended["status"], "ended");
        page.open("/backend/changes").await;
        assert!(page.text("tbody").await.contains("withdrawn"));
        page.is_fine("changes").await;
    });
}

#[test]
fn an_invoice_is_seen_as_printed_paid_and_bounced() {
    journey(async |page: &Page, world: &World| {
        book(world).await;
        world.advance("2026-03-01").await;
        page.sign_in().await;
        page.open("/backend/invoices?status=open").await;
        page.is_fine("invoices").await;
        page.go("tbody tr:first-child a").await;
        let paper = page.text(".paper").await;
        assert!(paper.contains("To be paid") && paper.contains("Main St 1"), "{paper}");
        page.is_fine("invoice").await;
        page.is_fine_on_paper("invoice").await;
        page.go("a[href$='/pay']").await;
        page.go("main .card button").await;
        page.see("#f-reference-wrong").await;
        page.is_fine("pay-wrong").await;
        page.fill("#f-reference", "statement 7").await;
        page.go("main .card button").await;
        assert!(page.text(".flash").await.contains("paid"));
        page.go("a[href$='/bounce']").await;
        page.fill("#f-reason", "account closed").await;
        page.is_fine("bounce").await;
        page.go("button.danger").await;
        assert!(page.text(".flash").await.contains("bounced"));
        page.open("/backend/credit-notes").await;
        page.is_fine("credit-notes").await;
        page.open("/backend/export").await;
        page.is_fine("export").await;
    });
}

#[test]
fn a_run_is_started_and_watched_and_the_book_is_in_order() {
    journey(async |page: &Page, world: &World| {
        book(world).await;
        page.sign_in().await;
        page.open("/backend/billing").await;
        page.is_fine("billing").await;
        page.fill("#f-as_of", "12312026").await;
        page.go("section[aria-labelledby=start] button").await;
        assert!(page.text("#f-as_of-wrong").await.contains("ust not lie after today"));
        page.fill("#f-as_of", "02102026").await;
        page.go("section[aria-labelledby=start] button").await;
        assert!(page.text(".flash").await.contains("has begun"));
        page.see("main .badge.good").await;
        page.is_fine("run").await;
        page.open("/backend/billing/audit").await;
        page.go("main form button").await;
        assert_eq!(page.text("#found").await, "Nothing is wrong");
        page.is_fine("audit").await;
    });
}

#[test]
fn the_test_clock_is_moved_from_any_page() {
    journey(async |page: &Page, world: &World| {
        book(world).await;
        page.sign_in().await;
        page.open("/backend/customers/ada").await;
        page.fill(".clock input[type=date]", "03012026").await;
        page.go(".clock button").await;
        assert_eq!(page.path().await, "/backend/customers/ada");
        let told = page.text(".flash").await;
        assert!(told.contains("1 change carried out"), "{told}");
        assert_eq!(world.get("/v1/test-clock").await.expect(200)["today"], "2026-03-01");
        page.open("/backend/subscriptions").await;
        page.is_fine("clock").await;
    });
}

#[test]
fn a_long_life_and_a_long_chain_are_seen_in_one_picture() {
    journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        world.buy("ada", "month").await;
        let transitions =
            ["immediate", "immediate_next_booking", "next_booking", "immediate_next_booking"];
        for (at, transition) in transitions.into_iter().enumerate() {
            let (from, to) = (["month", "b", "c", "d"][at], ["b", "c", "d", "e"][at]);
            world.put(&format!("/v1/tags/{to}"), json!({"title": to})).await.expect(201);
            let offer = offer_of(to, "14.50", "P1M");
            world.put(&format!("/v1/offers/{to}"), offer).await.expect(201);
            let mut path = path_of(transition);
            path["source_tags"] = json!([from]);
            path["target_tags"] = json!([to]);
            if transition == "immediate" {
                path["proration"] = json!("day");
            }
            world.put(&format!("/v1/paths/{to}"), path).await.expect(201);
        }
        world.buy("eve", "month").await;
        let days = ["2026-02-10", "2026-04-20", "2026-06-05", "2026-08-11"];
        for (day, offer) in days.into_iter().zip(["b", "c", "d", "e"]) {
            world.advance(day).await;
            let open = world.get("/v1/invoices?customer=ada&status=open").await.expect(200);
            for invoice in open["data"].as_array().unwrap() {
                let pay = format!("/v1/invoices/{}/pay", invoice["id"].as_str().unwrap());
                world.post(&pay, json!({"reference": "bank"})).await.expect(200);
            }
            world.buy("ada", offer).await;
        }
        let chain = world.get("/v1/subscriptions?customer=ada").await.expect(200);
        let second = chain["data"][1]["id"].as_str().unwrap().to_owned();
        page.sign_in().await;
        page.open(&format!("/backend/subscriptions/{second}")).await;
        let keys = page.text(".timeline-keys").await;
        for key in ["Invoiced", "Credited", "Bridge", "Credit note", "End", "Today, Aug 11, 2026"] {
            assert!(keys.contains(key), "{key} in {keys}");
        }
        page.is_fine("life-chain").await;
        page.open("/backend/customers/ada").await;
        page.see("main summary").await.click().await.unwrap();
        let told = page.text("main details tbody").await;
        assert!(told.contains("covered by what was paid before"), "{told}");
        assert!(page.count("main details tbody a[href^='/backend/credit-notes/']").await == 1);
        page.is_fine("customer-chain").await;
        page.go("main details tbody a[href^='/backend/credit-notes/']").await;
        page.is_fine("credit-note").await;
        for year in 2027..=2031 {
            world.advance(&format!("{year}-01-31")).await;
        }
        let eve = subscription_of(world, "eve").await;
        page.open(&format!("/backend/subscriptions/{eve}")).await;
        page.see("svg.timeline").await;
        assert_eq!(page.count("svg.timeline rect.booked").await, 61);
        page.is_fine("life-60").await;
    });
}
