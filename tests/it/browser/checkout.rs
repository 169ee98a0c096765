//! The hosted checkout, as a customer clicks through it.

use serde_json::json;

use super::{Page, demo_as_started, demo_journey, journey};
use crate::world::{World, offer_of, path_of};

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
            page.is_fine(&format!("checkout-change-{locale}")).await;
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

/// How many there are of a kind of document.
async fn count(world: &World, kind: &str) -> usize {
    let listed = world.get(&format!("/v1/{kind}")).await.expect(200);
    listed["data"].as_array().unwrap().len()
}

#[test]
fn a_payment_that_fails_changes_nothing_and_one_that_comes_completes_the_checkout() {
    demo_journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        let settings = json!({"return_origins": ["http://localhost:8080"]});
        world.put("/v1/settings", settings).await.expect(200);
        world.buy("ada", "month").await;
        page.open("/demo").await;
        page.is_fine("demo").await;
        page.go("li:has(input[value=hugo]) button").await;
        let checkout = page.path().await;
        assert_eq!(page.text("button").await, "Order with obligation to pay");
        page.is_fine("checkout-purchase").await;
        page.go("button").await;
        assert_eq!(page.path().await, format!("{checkout}/payment?mode=new"));
        assert!(page.text("dl").await.contains("\u{20ac}9.90"));
        page.is_fine("checkout-payment").await;
        // Going back and on again holds nothing twice.
        page.open(&checkout).await;
        assert!(page.text(".note").await.contains("A payment for this has begun"));
        page.go("button").await;
        page.go("button[value=declined]").await;
        assert!(page.text(".note").await.contains("nothing has changed"));
        page.is_fine("checkout-declined").await;
        assert_eq!(count(world, "invoices").await, 1, "ada's alone");
        page.go("button").await;
        page.go("button[value=paid]").await;
        assert_eq!(page.path().await, checkout);
        assert_eq!(page.text("h1").await, "Thank you");
        assert_eq!(page.count(".due").await, 0, "nothing is left to pay");
        page.is_fine("checkout-done").await;
        assert_eq!(count(world, "invoices?status=paid").await, 2);
        page.open(&format!("{checkout}/payment?mode=new")).await;
        assert_eq!(page.path().await, checkout, "it is paid");
        page.open("/demo").await;
        page.go("li:has(input[value=hugo]) button").await;
        assert!(page.text(".note").await.contains("has that offer already"));
    });
}

#[test]
fn a_customer_keeps_both_or_switches_and_the_button_says_what_that_means() {
    demo_journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        world.put("/v1/tags/archive", json!({"title": "Archive"})).await.expect(201);
        world.put("/v1/offers/archive", offer_of("archive", "4.00", "P1M")).await.expect(201);
        let mut path = path_of("immediate");
        path["target_tags"] = json!(["archive"]);
        path["optional"] = json!(true);
        path["customer_may_switch"] = json!(true);
        path["proration"] = json!("day");
        world.put("/v1/paths/archive", path).await.expect(201);
        world.buy("ada", "month").await;
        world.advance("2026-02-10").await;
        let body = json!({"customer": "ada", "offer": "archive", "locale": "de"});
        let opened = world.post("/v1/checkouts", body).await.expect(201);
        let url = opened["url"].as_str().unwrap();
        page.open(url.strip_prefix("http://localhost:8080").unwrap()).await;
        let (order, confirm) = (page.see(".order button").await, page.see(".confirm button").await);
        assert_eq!(order.text().await.unwrap(), "Zahlungspflichtig bestellen");
        assert!(order.is_displayed().await.unwrap() && !confirm.is_displayed().await.unwrap());
        page.is_fine("checkout-choice").await;
        page.see("input[value=replace]").await.click().await.unwrap();
        assert_eq!(confirm.text().await.unwrap(), "\u{c4}nderung best\u{e4}tigen");
        assert!(!order.is_displayed().await.unwrap() && confirm.is_displayed().await.unwrap());
        page.is_fine("checkout-choice-switched").await;
        page.go(".confirm button").await;
        assert_eq!(page.count("button").await, 0, "it is done");
        let active = world.get("/v1/subscriptions?customer=ada&status=active").await.expect(200);
        assert_eq!(active["data"].as_array().unwrap().len(), 1);
        assert_eq!(active["data"][0]["offer"], "archive");
    });
}

#[test]
fn a_checkout_that_is_over_says_so_kindly() {
    demo_journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        let settings = json!({"return_origins": ["https://shop.example.org"]});
        world.put("/v1/settings", settings).await.expect(200);
        let opened = world.open("ada", "month").await;
        let url = opened["url"].as_str().unwrap().strip_prefix("http://localhost:8080").unwrap();
        page.open(url).await;
        page.go("button").await;
        world.advance("2026-01-30T23:16:00Z").await;
        page.go("button[value=paid]").await;
        assert_eq!(page.text("h1").await, "The time for the payment has run out");
        page.is_fine("checkout-lapsed").await;
        assert_eq!(count(world, "invoices").await, 0);
        world.advance("2026-02-01").await;
        page.open(url).await;
        assert_eq!(page.text("h1").await, "This checkout has expired");
        page.is_fine("checkout-expired").await;
    });
}

#[test]
fn a_newcomer_sees_the_whole_journey() {
    demo_as_started(async |page: &Page| {
        page.open("/demo").await;
        page.is_fine("demo-shop").await;
        // A payment that fails, then one that comes.
        page.go("li:has(input[value=hugo]) button").await;
        page.go(".order button").await;
        page.go("button[value=declined]").await;
        assert!(page.text(".note").await.contains("nothing has changed"));
        page.go(".order button").await;
        page.go("button[value=paid]").await;
        assert_eq!(page.text("h1").await, "Thank you");
        page.see("button[value=accept]").await;
        assert!(page.text("main").await.contains("Year"), "the year is offered to him");
        page.go(".onward a").await;
        assert_eq!(page.path().await, "/demo");
        // More at once: what is left of the month is credited.
        page.go("li:has(input[value=ina]) button").await;
        assert!(page.text("details[open]").await.contains("Credit note"));
        page.is_fine("demo-immediate").await;
        page.go(".order button").await;
        page.is_fine("demo-payment").await;
        page.go("button[value=paid]").await;
        assert!(page.text(".text").await.contains("Premium begins at once"));
        page.is_fine("demo-done").await;
        page.go(".onward a").await;
        // Beside the month, or in its place.
        page.go("li:has(input[value=jon]) button").await;
        page.see("input[value=replace]").await.click().await.unwrap();
        page.see("input[value=replace]:checked").await;
        page.is_fine("demo-choice").await;
        page.open("/demo").await;
        // A change that waits for its day, from another customer's cancellation.
        page.go("li:has(input[value=carla]) button").await;
        assert!(page.text(".have").await.contains("Ends on: February 28, 2026"));
        page.is_fine("demo-won-back").await;
        page.open("/demo").await;
        page.go("li:has(input[value=ada]) button").await;
        page.go(".confirm button").await;
        assert!(page.text(".text").await.contains("February 28, 2026"));
        page.is_fine("demo-done-later").await;
        page.go(".onward a").await;
        // The other side: one click signs in.
        page.go("form[action='/demo/backend'] button").await;
        assert_eq!(page.path().await, "/backend");
        page.open("/backend/subscriptions?customer=ada&status=active").await;
        assert!(page.text("main tbody").await.contains("Month"));
        page.open("/backend/changes?customer=ada").await;
        let waits = page.text("main tbody").await;
        assert!(waits.contains("Feb 28, 2026"), "{waits}");
        page.fill(".clock input[type=date]", "02282026").await;
        page.go(".clock button").await;
        page.open("/backend/subscriptions?customer=ada&status=active").await;
        let changed = page.text("main tbody").await;
        assert!(changed.contains("Year") && !changed.contains("Month"), "{changed}");
    });
}

#[test]
fn a_cart_of_goods_gets_gifts_free_shipping_and_one_thing_more() {
    demo_as_started(async |page: &Page| {
        page.open("/demo").await;
        page.go("a[href='/demo/shelf']").await;
        page.is_fine("demo-shelf").await;
        let cart = "section[aria-labelledby=cart]";
        assert_eq!(page.count(cart).await, 0, "nothing is in it");
        page.open("/demo/shelf?of-mug=1&of-tote=1").await;
        let told = page.text(cart).await;
        let near = "Spend another \u{20ac}19.00, and the shipping of \u{20ac}4.90 is free.";
        for text in [near, "Sheet of stickers as a gift", "\u{20ac}25.90"] {
            assert!(told.contains(text), "{text}: {told}");
        }
        page.open("/demo/shelf?of-mug=2&of-tote=2").await;
        assert!(page.text(cart).await.contains("Earned: Free shipping"));
        page.see("input[value=pencil]").await.click().await.unwrap();
        page.go("fieldset button").await;
        let told = page.text(cart).await;
        assert!(told.contains("pencil as a gift") && told.contains("\u{20ac}42.00"), "{told}");
        page.is_fine("demo-cart").await;
        page.go("form[method=post] button").await;
        assert_eq!(page.text("h1").await, "Thank you");
        let offered = page.text("section[aria-labelledby=offer]").await;
        assert!(offered.contains("\u{20ac}24.00 \u{20ac}18.00"), "{offered}");
        page.is_fine("demo-ordered").await;
        page.go("button[value=accept]").await;
        assert!(page.text(".note").await.contains("added to the order"));
        let bought = page.text("section[aria-labelledby=bought]").await;
        assert!(bought.contains("Linocut") && bought.contains("\u{20ac}60.00"), "{bought}");
        page.is_fine("demo-ordered-more").await;
        page.open("/demo/shelf?of-print=99").await;
        page.go("form[method=post] button").await;
        assert!(page.text(".note").await.contains("there is not enough left"));
    });
}

#[test]
fn hostile_and_endless_texts_do_a_checkout_no_harm() {
    demo_journey(async |page: &Page, world: &World| {
        world.catalogue().await;
        let word = "W".repeat(9_000);
        let script = "<script>document.title='evil'</script>\"'><img src=x onerror=alert(1)>";
        let seller = format!("{script} \u{202e}\u{5d0}\u{5d1} {}", &word[..400]);
        let settings = json!({"seller": {"name": seller}, "return_origins": ["https://a.example"]});
        world.put("/v1/settings", settings).await.expect(200);
        world.buy("ada", "month").await;
        for (offer, title) in [
            ("year", format!("{script}{word}")),
            ("month", format!("\u{202e}\u{5e9}\u{5dc}\u{5d5}\u{5dd} {word}")),
        ] {
            let period = if offer == "year" { "P1Y" } else { "P1M" };
            let mut body = offer_of(offer, "99999999999.99", period);
            body["title"] = json!(title);
            world.put(&format!("/v1/offers/{offer}"), body).await.expect(200);
        }
        let mut path = path_of("immediate");
        path["title"] = json!(format!("{{offerTitle}} {}", &word[..900]));
        path["description"] = json!(format!("{script}\n\u{202b}{word}"));
        path["proration"] = json!("day");
        path["optional"] = json!(true);
        path["customer_may_switch"] = json!(true);
        world.put("/v1/paths/month-to-year", path).await.expect(200);
        for customer in ["ada", "bob"] {
            if customer == "bob" {
                world.buy("bob", "month").await;
            }
            let body = json!({
                "customer": customer, "offer": "year", "locale": "de",
                "return_url": format!("https://a.example/{}", &word[..500]),
            });
            let opened = world.post("/v1/checkouts", body).await.expect(201);
            let url = opened["url"].as_str().unwrap();
            page.open(url.strip_prefix("http://localhost:8080").unwrap()).await;
            page.is_fine(&format!("hostile-{customer}")).await;
            let title: String = page.client.title().await.unwrap();
            assert!(title != "evil" && page.count("img, main script").await == 0);
            page.go(".order button").await;
            page.is_fine("hostile-payment").await;
            page.go("button[value=paid]").await;
            page.is_fine("hostile-done").await;
        }
        page.open("/demo").await;
        page.is_fine("hostile-demo").await;
    });
}
