//! Automations, as a merchant sets them up, watches them and reads what they sent; and the demo, in
//! which a customer follows the link of a mail.

use std::sync::Arc;

use crossgrade::domain::webhook::Attempt;
use crossgrade::gateway::memory::Memory;
use serde_json::{Value, json};

use super::{Page, demo_as_started, journey};
use crate::world::World;

const LIST: &str = "/backend/automations";

/// A shop that can send mails, with what is to be said prepared in two languages.
async fn shop(world: &World) {
    world.app.keep_mails();
    world.app.send_through(Arc::new(Memory::answering(|_| Attempt::Answered(200, None))));
    let paper = json!({"title": "Paper", "kind": "digital"});
    world.put("/v1/products/paper", paper).await.expect(201);
    for (id, en, de) in [
        ("thank-you", "Thank you for {productTitle}.", "Danke für {productTitle}."),
        ("offer", "{couponCode} is yours until {couponValidUntil}.", "{couponCode}, nur für Sie."),
        ("reminder", "{couponCode} is still there.", "{couponCode} wartet noch."),
    ] {
        let text = |text: &str| json!({"subject": "For {customerName}", "text": text});
        let template = json!({"title": id, "texts": {"en": text(en), "de": text(de)}});
        world.put(&format!("/v1/message-templates/{id}"), template).await.expect(201);
    }
}

/// An order that is paid and delivered.
async fn delivered(world: &World, customer: &str) {
    let profile = json!({"name": customer, "email": format!("{customer}@example.com")});
    world.put(&format!("/v1/customers/{customer}"), profile).await.expect(201);
    let line = json!({"product": "paper", "quantity": 1, "unit_net": "10.00"});
    let order = json!({"id": customer, "customer": customer, "channel": "web", "currency": "EUR",
        "lines": [line]});
    world.post("/v1/orders", order).await.expect(201);
    for step in ["paid", "delivered"] {
        world.post(&format!("/v1/orders/{customer}/{step}"), json!({})).await.expect(200);
    }
}

/// A message that is sent as a mail.
fn step(key: &str, delay: &str, template: &str) -> Value {
    json!({"key": key, "delay": delay, "channel": "email", "template": template})
}

/// Fills in the card of a message, and saves it.
async fn set_up(page: &Page, wait: &str, template: &str) {
    page.fill("#f-wait", wait).await;
    page.pick("#f-template", template).await;
    page.go("#step button[type=submit]").await;
    assert_eq!(page.text(".flash").await, "The message is saved.");
}

#[test]
fn now_that_your_automation_is_all_set_click_set_live_to_launch() {
    journey(async |page: &Page, world: &World| {
        shop(world).await;
        page.sign_in().await;
        // Go to automations, and click on setup in the Post Purchase upsell box.
        page.open(LIST).await;
        assert_eq!(page.text("#set-up").await, "Post-purchase upsell");
        page.is_fine("automations-empty").await;
        page.go("section[aria-labelledby=set-up] .button").await;
        // You will be asked to create the coupon that will be used in the automation.
        let offers = page.text(".offers").await;
        for offer in ["10 %", "€5.00", "Free shipping"] {
            assert!(offers.contains(offer), "{offers}");
        }
        assert!(page.text("main .actions").await.contains("Skip"));
        page.is_fine("automation-coupon").await;
        // Customize your own by clicking Create Custom Coupon, then click save & continue.
        page.go("a[href$='?custom=yes']").await;
        page.fill("#f-title", "Fifteen").await;
        page.fill("#f-value", "15").await;
        page.fill("#f-valid_days", "400").await;
        page.go("main form button").await;
        assert!(page.text("#f-valid_days-wrong").await.contains("365"));
        page.is_fine("automation-coupon-wrong").await;
        page.fill("#f-valid_days", "14").await;
        page.go("main form button").await;
        // First thing we have here is the trigger, and the message template card.
        let cards = page.text(".funnel").await;
        assert!(cards.contains("Trigger") && cards.contains("First message"), "{cards}");
        assert!(cards.contains("“fifteen”"), "{cards}");
        page.is_fine("automation-begun").await;
        // To set them up we need to press on click to set up.
        page.go(".funnel a.button").await;
        page.go("#step button[type=submit]").await;
        assert!(page.text("#f-template-wrong").await.contains("ick one"));
        page.is_fine("automation-step-wrong").await;
        // Lets select our thank you message. Then save.
        set_up(page, "1", "thank-you").await;
        let card = page.text(".letter-card").await;
        assert!(card.contains("Thank you for Paper.") && card.contains("Preview: de"), "{card}");
        // To add the second message containing the coupon, click on the add button.
        page.go(".plus").await;
        set_up(page, "2", "offer").await;
        // Add a third message to remind your customers who haven't made a purchase yet.
        page.go(".plus").await;
        set_up(page, "3", "reminder").await;
        assert_eq!(page.count(".funnel .step").await, 3);
        assert_eq!(page.count(".letter[lang=de]").await, 3, "a preview in each language");
        page.is_fine("automation-set-up").await;
        // A card is set up anew.
        page.go(".step:nth-of-type(4) .card-head a").await;
        assert_eq!(page.value("#f-wait").await, "2");
        page.is_fine("automation-step").await;
        page.pick("#f-unit", "hours").await;
        set_up(page, "36", "offer").await;
        assert!(page.text(".step:nth-of-type(4) .wait").await.contains("1 day, 12 hours"));
        let automation = world.get("/v1/automations/post-purchase-upsell").await.expect(200);
        assert_eq!(automation["coupon"], json!({"coupon": "fifteen", "valid_days": 14}));
        let delays: Vec<_> =
            automation["steps"].as_array().unwrap().iter().map(|it| &it["delay"]).collect();
        assert_eq!(delays, ["P1D", "PT36H", "P3D"]);
        // Click set live to launch.
        page.go(".head form button").await;
        assert_eq!(page.text(".flash").await, "The automation is live.");
        assert_eq!(page.text("h1 .badge").await, "live");
        page.is_fine("automation-report-empty").await;
        page.open(LIST).await;
        page.is_fine("automations").await;
    });
}

#[test]
fn you_can_also_track_the_stages_of_the_campaign_and_the_statistics_of_each_level_separately() {
    journey(async |page: &Page, world: &World| {
        shop(world).await;
        let automation = json!({
            "title": "After the first order", "trigger": "first_order_delivered",
            "coupon": {"kind": "percent", "value": "10", "valid_days": 14},
            "steps": [step("thanks", "P1D", "thank-you"), step("offer", "P2D", "offer")],
            "attribution_window": "PT120H", "holdout_percent": 0,
        });
        world.put("/v1/automations/first", automation).await.expect(201);
        world.post("/v1/automations/first/live", json!({})).await.expect(200);
        for customer in ["ada", "bob", "cyd", "dan"] {
            delivered(world, customer).await;
        }
        world.advance("2026-02-03").await;
        let messages = world.get("/v1/messages").await.expect(200);
        let messages = messages["data"].as_array().unwrap();
        for (message, kind) in messages.iter().zip(["clicked", "read"]) {
            let told = json!({"event_id": "e", "kind": kind, "at": world.app.now()});
            let path = format!("/v1/messages/{}/events", message["id"].as_str().unwrap());
            world.post(&path, told).await.expect(200);
        }
        page.sign_in().await;
        page.without_scripts(true).await;
        page.open("/backend/automations/first/report").await;
        let header = page.text("dl.figures").await;
        for figure in ["Started", "Exited", "Completed", "Purchased", "Revenue"] {
            assert!(header.contains(figure), "{header}");
        }
        let cards = page.text(".funnel").await;
        let told = ["First purchases", "Waiting", "Progressed", "Sent", "Delivered", "Read"];
        for figure in told.into_iter().chain(["Replied", "Bounced", "Clicked", "Completed"]) {
            assert!(cards.contains(figure), "{figure}: {cards}");
        }
        page.without_scripts(false).await;
        page.is_fine("automation-report").await;
        // A figure leads to its messages, one of them to what became of it.
        page.go(".step a[href$='state=clicked']").await;
        assert_eq!(page.count("tbody tr").await, 1);
        page.is_fine("messages").await;
        page.go("tbody th a").await;
        let events = page.text("section[aria-labelledby=events]").await;
        assert!(events.contains("Handed over") && events.contains("Link followed"), "{events}");
        assert!(page.text(".letter").await.contains("Thank you for Paper."));
        page.is_fine("message").await;
        // And to whoever is on their way.
        page.go("section[aria-labelledby=whom] a[href*='/runs?']").await;
        assert_eq!(page.count("tbody tr").await, 1);
        page.is_fine("automation-runs").await;
        // As it was, and why somebody is not on their way.
        page.open("/backend/automations/first/report?as_of=2026-02-01").await;
        assert!(page.text(".step .wait").await.contains('4'), "all of them waited");
        page.open("/backend/automations/first/report").await;
        page.fill("#customer", "nobody").await;
        page.go("section[aria-labelledby=why] button").await;
        let why = page.text("section[aria-labelledby=why] [role=status]").await;
        assert!(why.contains("nothing-bought"), "{why}");
        page.is_fine("automation-why").await;
    });
}

/// Opens the newest mail of the demo's mailbox, and follows its link.
async fn follow_the_newest_mail(page: &Page, subject: &str) {
    page.open("/demo/mailbox").await;
    assert!(page.text(".letters li").await.contains(subject));
    page.go(".letters a").await;
    page.is_fine("demo-mail").await;
    page.go("[data-letter] a[href^='/links/']").await;
    assert!(page.path().await.starts_with("/checkout/"));
}

#[test]
fn in_the_demo_the_link_of_a_mail_opens_the_checkout_that_makes_the_change() {
    demo_as_started(async |page: &Page| {
        page.open("/demo").await;
        page.go("a[href='/demo/mailbox']").await;
        page.is_fine("demo-mailbox-empty").await;
        page.open("/demo").await;
        page.go("li:has(input[value=hugo]) button").await;
        page.go(".order button").await;
        page.go("button[value=paid]").await;
        page.open("/demo/mailbox").await;
        page.go("main form button").await;
        assert!(page.text(".letters").await.contains("Thank you, Hugo Ball"));
        for _ in 0..2 {
            page.go("main form button").await;
        }
        page.is_fine("demo-mailbox").await;
        // The year, at the next booking, with ten of a hundred off.
        follow_the_newest_mail(page, "The year for less").await;
        let offered = page.text("main").await;
        assert!(offered.contains("Year") && offered.contains("9.90"), "{offered}");
        page.is_fine("demo-checkout-by-mail").await;
        page.go(".confirm button").await;
        let confirmed = page.text("main").await;
        assert!(confirmed.contains("March 10, 2026"), "{confirmed}");
    });
}

#[test]
fn in_the_demo_who_cancels_is_won_back_by_a_mail() {
    demo_as_started(async |page: &Page| {
        page.open("/demo").await;
        page.go("form[action='/demo/account'] button").await;
        page.go("a[href*='/cancel?']").await;
        page.go("main form button").await;
        page.open("/demo/mailbox").await;
        page.go("main form button").await;
        follow_the_newest_mail(page, "Stay with us for less").await;
        assert!(page.text("main").await.contains("Year Churn"));
        page.is_fine("demo-won-back-by-mail").await;
    });
}
