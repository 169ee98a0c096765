//! Invoices and credit notes on pages of their own, as customers read them.

use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, complete, eur, offer_of, path_of};

both! {
    a_customer_reads_an_invoice_in_their_language_at_an_address_that_nobody_guesses,
    a_document_says_how_it_stands,
    an_overdue_invoice_says_since_when,
    an_invoice_says_what_a_coupon_took_off,
    what_is_told_of_a_document_leads_to_its_page,
    what_is_no_address_of_a_document_leads_nowhere,
}

fn page(document: &Value) -> String {
    let url = document["url"].as_str().unwrap();
    url.strip_prefix("http://localhost:8080").unwrap().to_owned()
}

fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

/// A merchant who sells on account, with a month at 7 % and a seller.
async fn merchant(store: Store) -> World {
    let world = World::new(store).await;
    let settings = json!({
        "time_zone": "Europe/Berlin", "purchase_on_account": true,
        "seller": {"name": "The Daily <Planet>", "address": "1 Main Street\nMetropolis",
                   "vat_id": "DE123456789"},
    });
    world.put("/v1/settings", settings).await.expect(200);
    world.catalogue().await;
    let tax = json!({"rates": [{"rate": "7.0", "valid_from": "2020-01-01"}]});
    world.put("/v1/taxes/press", tax).await.expect(201);
    for (offer, price, period) in [("month", "9.90", "P1M"), ("year", "99.00", "P1Y")] {
        let mut offer_body = offer_of(offer, price, period);
        offer_body["tax"] = json!("press");
        world.put(&format!("/v1/offers/{offer}"), offer_body).await.expect(200);
    }
    world
}

async fn owe(world: &World, customer: &str) -> Value {
    let opened = world.open(customer, "month").await;
    let done = world.post(&complete(&opened), json!({})).await.expect(200);
    let invoice = done["result"]["invoices"][0].as_str().unwrap().to_owned();
    world.get(&format!("/v1/invoices/{invoice}")).await.expect(200)
}

async fn a_customer_reads_an_invoice_in_their_language_at_an_address_that_nobody_guesses(
    store: Store,
) {
    let world = merchant(store).await;
    let stranger = world.with_key("");
    let table = [
        (
            "ada",
            "en-US",
            [
                "<html lang=\"en\">",
                "Invoice 1",
                "January 31, 2026 – February 27, 2026",
                "7.0% tax on €9.25",
                "€0.65",
                "Please pay by",
            ],
        ),
        (
            "bob",
            "de",
            [
                "<html lang=\"de\">",
                "Rechnung 2",
                "31. Januar 2026 – 27. Februar 2026",
                "7,0 % Steuer auf 9,25 €",
                "0,65 €",
                "Bitte zahlen bis",
            ],
        ),
        // A language that we do not speak: one language for all of the page.
        (
            "cyd",
            "fr",
            [
                "<html lang=\"en\">",
                "Invoice 3",
                "January 31, 2026 – February 27, 2026",
                "7.0% tax on €9.25",
                "€0.65",
                "Please pay by",
            ],
        ),
    ];
    for (customer, locale, words) in table {
        let profile = json!({"name": "Ada <b>", "address": "2 Side Street", "locale": locale});
        world.put(&format!("/v1/customers/{customer}"), profile).await.expect(201);
        let invoice = owe(&world, customer).await;
        let address = page(&invoice);
        let token = address.strip_prefix("/documents/").unwrap();
        assert_eq!(token.len(), 32, "160 bits");
        let seen = stranger.get(&address).await;
        assert_eq!(seen.status, 200, "{seen:?}");
        let text = plain(&seen.text);
        for word in words {
            assert!(text.contains(word), "{word} in {text}");
        }
        for word in ["The Daily &lt;Planet&gt;", "Metropolis", "DE123456789", "Ada &lt;b&gt;"] {
            assert!(text.contains(word), "{word} in {text}");
        }
        let listed = world.get(&format!("/v1/invoices?customer={customer}")).await.expect(200);
        assert_eq!(listed["data"][0]["url"], invoice["url"], "it stays the same");
    }
}

async fn what_is_told_of_a_document_leads_to_its_page(store: Store) {
    let world = merchant(store).await;
    let invoice = owe(&world, "ada").await;
    let credit = format!("/v1/invoices/{}/credit", invoice["id"].as_str().unwrap());
    world.post(&credit, json!({"reason": "goodwill"})).await.expect(201);
    let notes = world.get("/v1/credit-notes?customer=ada").await.expect(200);
    let note = &notes["data"][0];
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let told = |kind: &str| {
        let mut events = events["data"].as_array().unwrap().iter();
        let event = events.find(|event| event["type"] == kind);
        event.unwrap_or_else(|| panic!("{kind} in {events:#?}")).clone()
    };
    for (kind, document) in [
        ("invoice.issued", &invoice),
        ("invoice.cancelled", &invoice),
        ("credit_note.issued", note),
    ] {
        let event = told(kind);
        assert_eq!(event["subject"], document["id"], "{kind}");
        assert_eq!(event["data"]["url"], document["url"], "{kind}");
    }
    assert_eq!(told("subscription.started")["data"].get("url"), None);
}

async fn a_document_says_how_it_stands(store: Store) {
    let world = merchant(store).await;
    let mut path = path_of("immediate");
    path["proration"] = json!("day");
    path["unpaid_source"] = json!("allow");
    world.put("/v1/paths/month-to-year", path).await.expect(200);
    let invoice = owe(&world, "ada").await;
    let id = invoice["id"].as_str().unwrap();
    let read = async |address: &str| plain(&world.with_key("").get(address).await.text);
    let text = read(&page(&invoice)).await;
    assert!(text.contains("To be paid") && !text.contains("is paid"), "{text}");
    let part = json!({"reference": "BANK-1", "amount": eur("4.00")});
    world.post(&format!("/v1/invoices/{id}/pay"), part).await.expect(200);
    let text = read(&page(&invoice)).await;
    for word in ["Paid on January 31, 2026", "BANK-1", "-€4.00", "€5.90"] {
        assert!(text.contains(word), "{word} in {text}");
    }
    let rest = json!({"reference": "BANK-2"});
    world.post(&format!("/v1/invoices/{id}/pay"), rest).await.expect(200);
    let text = read(&page(&invoice)).await;
    assert!(text.contains("This invoice is paid. Thank you."), "{text}");
    // A change with money back: the credit note names its invoice, and the other way round.
    world.advance("2026-02-10").await;
    let opened = world.open("ada", "year").await;
    let done = world.post(&complete(&opened), json!({})).await.expect(200);
    let note = done["result"]["credit_notes"][0].as_str().unwrap().to_owned();
    let note = world.get(&format!("/v1/credit-notes/{note}")).await.expect(200);
    let text = read(&page(&note)).await;
    let link = format!("<a href=\"{}\">Invoice 1</a>", page(&invoice));
    assert!(text.contains("Credit note 1") && text.contains(&link), "{text}");
    let text = read(&page(&invoice)).await;
    let link = format!("<a href=\"{}\">Credit note 1</a>", page(&note));
    assert!(text.contains(&link) && text.contains("-€6.36"), "{text}");
    let kept = "<dt>Added to your credit balance</dt><dd>€6.36</dd>";
    assert!(text.contains(kept), "{kept} in {text}");
    // What the checkout's own page leads to.
    let shown = world.with_key("").get(&page(&opened)).await;
    assert!(shown.text.contains(&page(&note)), "{shown:?}");
    // What is drawn from the balance.
    let bought = done["result"]["invoices"][0].as_str().unwrap().to_owned();
    let bought = world.get(&format!("/v1/invoices/{bought}")).await.expect(200);
    let text = read(&page(&bought)).await;
    for word in ["From your credit balance", "-€6.36", "€92.64"] {
        assert!(text.contains(word), "{word} in {text}");
    }
    let credit = format!("/v1/invoices/{}/credit", bought["id"].as_str().unwrap());
    let credited = world.post(&credit, json!({"reason": "Goodwill"})).await.expect(201);
    let text = read(&page(&credited)).await;
    assert!(text.contains("Credited for: Goodwill"), "{text}");
    let text = read(&page(&bought)).await;
    assert!(text.contains("This invoice was cancelled"), "{text}");
}

async fn an_overdue_invoice_says_since_when(store: Store) {
    let world = merchant(store).await;
    let said = |english: &str, german: &str| [english.to_owned(), german.to_owned()];
    for (customer, locale) in [("ada", "en"), ("bob", "de")] {
        let profile = json!({"locale": locale});
        world.put(&format!("/v1/customers/{customer}"), profile).await.expect(201);
    }
    let invoices = [owe(&world, "ada").await, owe(&world, "bob").await];
    let read = async |address: &str| plain(&world.with_key("").get(address).await.text);
    let table = [
        ("2026-02-14", None),
        (
            "2026-02-15",
            Some(said(
                "This invoice has been overdue since February 15, 2026 (one day).",
                "Diese Rechnung ist überfällig seit dem 15. Februar 2026 (ein Tag).",
            )),
        ),
        (
            "2026-02-20",
            Some(said(
                "This invoice has been overdue since February 15, 2026 (6 days).",
                "Diese Rechnung ist überfällig seit dem 15. Februar 2026 (6 Tage).",
            )),
        ),
    ];
    for (day, words) in table {
        world.advance(day).await;
        for (place, invoice) in invoices.iter().enumerate() {
            let text = read(&page(invoice)).await;
            match &words {
                None => assert!(!text.contains("overdue") && !text.contains("überfällig")),
                Some(words) => assert!(text.contains(&words[place]), "{text}"),
            }
        }
    }
    let id = invoices[0]["id"].as_str().unwrap();
    world.post(&format!("/v1/invoices/{id}/pay"), json!({"reference": "late"})).await.expect(200);
    assert!(!read(&page(&invoices[0])).await.contains("overdue"), "it is paid");
}

async fn an_invoice_says_what_a_coupon_took_off(store: Store) {
    let world = merchant(store).await;
    let coupon = json!({"title": "Ten off", "kind": "percent", "value": "10", "code": "ten"});
    world.put("/v1/coupons/ten", coupon).await.expect(201);
    let body = json!({"customer": "ada", "offer": "month", "coupon": "ten"});
    let opened = world.post("/v1/checkouts", body).await.expect(201);
    let done = world.post(&complete(&opened), json!({})).await.expect(200);
    let invoice = done["result"]["invoices"][0].as_str().unwrap();
    let invoice = world.get(&format!("/v1/invoices/{invoice}")).await.expect(200);
    let text = plain(&world.with_key("").get(&page(&invoice)).await.text);
    for word in ["<small>Discount: -€0.99</small>", "€8.91"] {
        assert!(text.contains(word), "{word} in {text}");
    }
}

async fn what_is_no_address_of_a_document_leads_nowhere(store: Store) {
    let world = merchant(store).await;
    let invoice = owe(&world, "ada").await;
    let address = page(&invoice);
    let shorter = &address[..address.len() - 1];
    let id = invoice["id"].as_str().unwrap();
    let by_id = format!("/documents/{id}");
    for wrong in [shorter, "/documents/x", "/documents/%00", "/documents/%ff", by_id.as_str()] {
        let seen = world.with_key("").get(wrong).await;
        assert_eq!(seen.status, 404, "{wrong}: {seen:?}");
        assert!(seen.text.contains("This link leads to no document"), "{wrong}: {seen:?}");
        assert!(!seen.text.contains("Planet"), "{wrong}");
    }
}
