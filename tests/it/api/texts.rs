//! Texts in several languages, and pages that look as their merchant's settings say.

use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, complete, offer_of, paid, path_of};

both! {
    a_page_in_a_language_that_we_do_not_speak_has_one_notation,
    a_checkout_speaks_its_locale_and_its_documents_keep_what_was_said,
    what_comes_later_speaks_the_customers_language,
    what_was_told_in_german_is_booked_and_read_in_german,
    a_document_stays_in_the_language_in_which_it_was_issued,
    a_customer_is_told_their_offers_in_the_locale_that_is_asked_for,
    a_text_that_cannot_be_said_is_refused_at_its_language,
    an_untouched_offer_keeps_its_version_and_another_word_makes_a_new_one,
    a_page_has_the_links_the_logo_and_the_colour_of_the_settings,
}

const ADVICE: &str = "You may withdraw within 14 days.";
const RAT: &str = "Sie können binnen 14 Tagen widerrufen.";

fn year() -> Value {
    let mut year = offer_of("year", "99.00", "P1Y");
    year["title"] = json!("Year");
    year["summary"] = json!("All of it for a year.");
    year["legal_advice"] = json!(ADVICE);
    year["texts"] = json!({
        "de": {"title": "Jahr", "summary": "Ein Jahr lang alles.", "legal_advice": RAT},
        "de-AT": {"title": "Johr"},
    });
    year
}

async fn shop(store: Store) -> World {
    let world = World::new(store).await;
    world.catalogue().await;
    let listed = world.get("/v1/products").await.expect(200);
    for product in listed["data"].as_array().unwrap() {
        let mut product = product.clone();
        product["texts"] = json!({"de": {"title": "Die Zeitung"}});
        let id = product["id"].as_str().unwrap().to_owned();
        world.put(&format!("/v1/products/{id}"), product).await.expect(200);
    }
    // Offers take the titles of their products when they are saved.
    let month = world.get("/v1/offers/month").await.expect(200);
    world.put("/v1/offers/month", month).await.expect(200);
    world.put("/v1/offers/year", year()).await.expect(200);
    let mut path = path_of("immediate");
    path["title"] = json!("To {offerTitle}");
    path["description"] = json!("Instead of {subscriptionTitle}.");
    path["texts"] = json!({"de": {
        "title": "Zu {offerTitle}", "description": "Statt {subscriptionTitle}.",
    }});
    world.put("/v1/paths/month-to-year", path).await.expect(200);
    world
}

async fn open_in(world: &World, customer: &str, locale: &str) -> Value {
    let body = json!({"customer": customer, "offer": "year", "locale": locale});
    world.post("/v1/checkouts", body).await.expect(201)
}

async fn a_checkout_speaks_its_locale_and_its_documents_keep_what_was_said(store: Store) {
    let world = shop(store).await;
    for (customer, locale, title, advice, heading, text) in [
        ("ada", "en", "Year", ADVICE, "To Year", "Instead of"),
        ("ben", "de", "Jahr", RAT, "Zu Jahr", "Statt Die Zeitung."),
        ("cem", "de-AT", "Johr", RAT, "Zu Johr", "Statt Die Zeitung."),
        ("dan", "de-CH", "Jahr", RAT, "Zu Jahr", "Statt Die Zeitung."),
        ("eve", "fr", "Year", ADVICE, "To Year", "Instead of"),
    ] {
        world.buy(customer, "month").await;
        let checkout = open_in(&world, customer, locale).await;
        assert_eq!(checkout["legal_advice"], advice, "{locale}");
        assert_eq!(checkout["confirmation"]["title"], heading, "{locale}");
        let said = checkout["confirmation"]["text"].as_str().unwrap();
        assert!(said.starts_with(text), "{locale}: {said}");
        let documents = checkout["documents"].as_array().unwrap();
        let invoice = documents.iter().find(|it| it["kind"] == "invoice").unwrap();
        assert_eq!(invoice["lines"][0]["description"], title, "{locale}");
        assert_eq!(invoice["lines"][0]["legal_advice"], advice, "{locale}");
        let url = checkout["url"].as_str().unwrap().strip_prefix("http://localhost:8080").unwrap();
        let page = world.get(url).await.text;
        let before_button = page.split("<button").next().unwrap();
        assert!(before_button.contains(advice) && before_button.contains(title), "{page}");
        // What a merchant writes afterwards changes nothing of what was held.
        let id = checkout["id"].as_str().unwrap();
        world.post(&format!("/v1/checkouts/{id}/hold"), json!({})).await.expect(200);
        let mut other = year();
        other["title"] = json!("Another");
        other["texts"] = json!({"de": {"title": "Anders", "legal_advice": "Neu."}});
        world.put("/v1/offers/year", other).await.expect(200);
        let done = world.post(&complete(&checkout), paid(&checkout)).await.expect(200);
        let id = done["result"]["invoices"][0].as_str().unwrap();
        let invoice = world.get(&format!("/v1/invoices/{id}")).await.expect(200);
        let line = &invoice["lines"][0];
        assert_eq!((&line["description"], &line["legal_advice"]), (&json!(title), &json!(advice)));
        let paper = invoice["url"].as_str().unwrap();
        let paper = world.get(paper.strip_prefix("http://localhost:8080").unwrap()).await.text;
        assert!(paper.contains(title) && paper.contains(advice), "{paper}");
        assert!(world.get(url).await.text.contains(advice), "the confirmation says it, too");
        world.put("/v1/offers/year", year()).await.expect(200);
    }
}

async fn a_page_in_a_language_that_we_do_not_speak_has_one_notation(store: Store) {
    let world = shop(store).await;
    let mut path = path_of("next_booking");
    path["title"] = json!("To {offerTitle} on {effectiveDate}");
    path["description"] =
        json!("At {nextPayment}, for {targetPrice} instead of {subscriptionPrice}.");
    path["texts"] = json!({"pt": {"description": "Em {nextPayment}."}});
    world.put("/v1/paths/month-to-year", path).await.expect(200);
    for (customer, locale) in [("ada", "fr"), ("ben", "ja"), ("cyd", "ar")] {
        world.buy(customer, "month").await;
        let checkout = open_in(&world, customer, locale).await;
        let url = checkout["url"].as_str().unwrap().strip_prefix("http://localhost:8080").unwrap();
        let page = world.get(url).await.text.replace('\u{a0}', " ");
        for words in [
            "To Year on February 28, 2026",
            "At February 28, 2026, for €99.00 per year instead of €9.90.",
        ] {
            assert!(page.contains(words), "{locale}: {words} in {page}");
        }
        for other in ["février", "9,90", "月28日", "فبراير"] {
            assert!(!page.contains(other), "{locale}: {other} in {page}");
        }
    }
    // What the merchant has written in a language keeps the notation of that.
    world.buy("dan", "month").await;
    let checkout = open_in(&world, "dan", "pt-BR").await;
    let url = checkout["url"].as_str().unwrap().strip_prefix("http://localhost:8080").unwrap();
    let page = world.get(url).await.text;
    assert!(page.contains("Em 28 de fevereiro de 2026."), "{page}");
    assert!(page.contains("February 28, 2026"), "the rest is in one language: {page}");
    assert_eq!(checkout["confirmation"]["text"], "Em 28 de fevereiro de 2026.");
}

async fn what_comes_later_speaks_the_customers_language(store: Store) {
    let world = shop(store).await;
    world.put("/v1/settings", json!({"purchase_on_account": true})).await.expect(200);
    let mut month = offer_of("month", "9.90", "P1M");
    month["title"] = json!("Month");
    month["texts"] = json!({"de": {"title": "Monat"}});
    world.put("/v1/offers/month", month).await.expect(200);
    world.put("/v1/customers/ben", json!({"locale": "de"})).await.expect(201);
    for (customer, title) in [("ada", "Month"), ("ben", "Monat")] {
        let checkout = world.open(customer, "month").await;
        world.post(&complete(&checkout), json!({})).await.expect(200);
        world.advance(if customer == "ada" { "2026-02-28" } else { "2026-03-31" }).await;
        let list = format!("/v1/invoices?customer={customer}");
        let invoices = world.get(&list).await.expect(200);
        let all = invoices["data"].as_array().unwrap();
        assert!(all.len() > 1, "{all:?}");
        for invoice in all {
            assert_eq!(invoice["lines"][0]["description"], title);
        }
    }
    // Who has no language of their own is told everything in the merchant's.
    let settings = json!({"purchase_on_account": true, "locale": "de"});
    world.put("/v1/settings", settings).await.expect(200);
    world.advance("2026-04-30").await;
    let invoices = world.get("/v1/invoices?customer=ada&issued_from=2026-04-01").await.expect(200);
    assert_eq!(invoices["data"][0]["lines"][0]["description"], "Monat");
}

/// A month with a German title, from which one changes at the next booking.
async fn bilingual(store: Store) -> World {
    let world = shop(store).await;
    let mut month = offer_of("month", "9.90", "P1M");
    month["title"] = json!("Month");
    month["texts"] = json!({"de": {"title": "Monat"}});
    world.put("/v1/offers/month", month).await.expect(200);
    world.put("/v1/paths/month-to-year", path_of("next_booking")).await.expect(200);
    world
}

/// The page of a document.
async fn page_of(world: &World, document: &Value) -> String {
    let url = document["url"].as_str().unwrap().strip_prefix("http://localhost:8080").unwrap();
    world.get(url).await.text
}

async fn buy_in(world: &World, customer: &str, offer: &str, locale: &str) -> Value {
    let body = json!({"customer": customer, "offer": offer, "locale": locale});
    let checkout = world.post("/v1/checkouts", body).await.expect(201);
    world.post(&complete(&checkout), paid(&checkout)).await.expect(200)
}

async fn what_was_told_in_german_is_booked_and_read_in_german(store: Store) {
    let world = bilingual(store).await;
    let done = buy_in(&world, "ada", "month", "de").await;
    let id = done["result"]["invoices"][0].as_str().unwrap();
    let invoice = world.get(&format!("/v1/invoices/{id}")).await.expect(200);
    assert_eq!(invoice["lines"][0]["description"], "Monat");
    let page = page_of(&world, &invoice).await;
    assert!(page.contains("<html lang=\"de\"") && page.contains("Monat"), "{page}");
    assert_eq!(world.get("/v1/customers/ada").await.expect(200)["locale"], "de");
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let told = events["data"].as_array().unwrap().iter();
    let saved: Vec<_> = told.filter(|it| it["type"] == "customer.saved").collect();
    assert_eq!(saved.len(), 1, "{saved:?}");
    // Without a word about the language, it is the one in which they have bought.
    let change = world.open("ada", "year").await;
    let next = &change["next_payment"];
    assert_eq!(next["document"]["lines"][0]["description"], "Jahr");
    world.post(&complete(&change), json!({})).await.expect(200);
    world.advance("2026-02-28").await;
    let issued = world.get("/v1/invoices?customer=ada&issued_from=2026-02-28").await.expect(200);
    let issued = &issued["data"][0];
    assert_eq!(issued["lines"][0]["description"], "Jahr");
    assert!(page_of(&world, issued).await.contains("<html lang=\"de\""));
    // In the merchant's language nobody has said anything.
    buy_in(&world, "bob", "month", "en").await;
    assert_eq!(world.get("/v1/customers/bob").await.expect(200)["locale"], json!(null));
}

async fn a_document_stays_in_the_language_in_which_it_was_issued(store: Store) {
    let world = bilingual(store).await;
    world.put("/v1/customers/ada", json!({"locale": "en"})).await.expect(201);
    let done = buy_in(&world, "ada", "month", "de").await;
    assert_eq!(world.get("/v1/customers/ada").await.expect(200)["locale"], "en");
    let id = done["result"]["invoices"][0].as_str().unwrap();
    let invoice = world.get(&format!("/v1/invoices/{id}")).await.expect(200);
    world.put("/v1/customers/ada", json!({"locale": "fr"})).await.expect(200);
    let page = page_of(&world, &invoice).await;
    assert!(page.contains("<html lang=\"de\"") && page.contains("Monat"), "{page}");
    let reason = json!({"reason": "Kulanz"});
    let note = world.post(&format!("/v1/invoices/{id}/credit"), reason).await.expect(201);
    assert!(page_of(&world, &note).await.contains("<html lang=\"en\""), "it is of today");
}

async fn a_customer_is_told_their_offers_in_the_locale_that_is_asked_for(store: Store) {
    let world = shop(store).await;
    world.buy("ada", "month").await;
    for (query, title, advice) in
        [("", "To Year", ADVICE), ("?locale=de", "Zu Jahr", RAT), ("?locale=fr", "To Year", ADVICE)]
    {
        let told = world.get(&format!("/v1/customers/ada/transitions{query}")).await.expect(200);
        assert_eq!(told["data"][0]["confirmation"]["title"], title, "{query}");
        let offers = world.get(&format!("/v1/customers/ada/offers{query}")).await.expect(200);
        let offers = offers["data"].as_array().unwrap();
        let year = offers.iter().find(|it| it["offer"] == "year").unwrap();
        assert_eq!(year["legal_advice"], advice, "{query}");
    }
    let wrong = world.get("/v1/customers/ada/offers?locale=xx-YY").await;
    assert_eq!(wrong.pointers(), ["/locale"], "{wrong:?}");
}

async fn a_text_that_cannot_be_said_is_refused_at_its_language(store: Store) {
    let world = shop(store).await;
    for (texts, pointer) in [
        (json!({"de_AT": {"title": "Jahr"}}), "/texts/de_AT"),
        (json!({"xx": {"title": "Jahr"}}), "/texts/xx"),
        (json!({"de": {"title": " "}}), "/texts/de/title"),
        (json!({"de": {"titel": "Jahr"}}), "/texts/de/titel"),
    ] {
        let mut offer = year();
        offer["texts"] = texts.clone();
        let refused = world.put("/v1/offers/year", offer).await;
        assert_eq!(refused.pointers(), [pointer], "{refused:?}");
        let product = json!({"title": "P", "kind": "digital", "texts": texts});
        let refused = world.put("/v1/products/p", product).await;
        assert_eq!(refused.pointers(), [pointer], "{refused:?}");
    }
    let mut path = path_of("immediate");
    path["texts"] = json!({"de": {"description": "Am {nextPaymet}."}});
    let refused = world.put("/v1/paths/month-to-year", path).await;
    assert_eq!(refused.pointers(), ["/texts/de/description"]);
    assert!(refused.text.contains("did you mean {nextPayment}?"), "{refused:?}");
}

async fn an_untouched_offer_keeps_its_version_and_another_word_makes_a_new_one(store: Store) {
    let world = shop(store).await;
    let checkout = open_in(&world, "ada", "de").await;
    let read = world.get("/v1/offers/year").await.expect(200);
    assert_eq!(read["texts"], year()["texts"]);
    world.put("/v1/offers/year", read).await.expect(200);
    world.post(&complete(&checkout), paid(&checkout)).await.expect(200);
    let checkout = open_in(&world, "ben", "de").await;
    let mut other = year();
    other["texts"]["de"]["legal_advice"] = json!("Etwas anderes.");
    world.put("/v1/offers/year", other).await.expect(200);
    let stale = world.post(&complete(&checkout), paid(&checkout)).await;
    assert_eq!(stale.problem(409), "checkout-stale");
    assert_eq!(stale.json["checkout"]["legal_advice"], "Etwas anderes.");
}

async fn a_page_has_the_links_the_logo_and_the_colour_of_the_settings(store: Store) {
    let world = shop(store).await;
    let settings = json!({
        "links": {"terms": "https://a.example/agb?x=1&y=2", "imprint": "https://a.example/imprint"},
        "logo": "https://cdn.example/logo.svg", "color": "#8A6D00",
    });
    let saved = world.put("/v1/settings", settings).await.expect(200);
    assert_eq!(saved["color"], "#8a6d00");
    assert_eq!(saved["links"]["withdrawal"], Value::Null);
    let checkout = open_in(&world, "ada", "de").await;
    let url = checkout["url"].as_str().unwrap().strip_prefix("http://localhost:8080").unwrap();
    let page = world.get(url).await;
    let text = page.text.replace("&amp;", "&").replace("&#x3D;", "=");
    for part in [
        ">AGB</a>",
        "href=\"https://a.example/agb?x=1&y=2\"",
        ">Impressum</a>",
        "src=\"https://cdn.example/logo.svg\"",
        "<style>:root{--brand:#8a6d00;--on-brand:#fff}</style>",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("Datenschutz"), "what has no address is not there");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("img-src https://cdn.example;"), "{policy}");
    assert!(policy.contains("style-src 'self' 'sha256-"), "{policy}");
    let wrong = json!({"color": "#ffcc00", "logo": "javascript:x", "links": {"terms": "agb"}});
    let refused = world.put("/v1/settings", wrong).await;
    assert_eq!(refused.pointers(), ["/color", "/links/terms", "/logo"]);
    assert!(refused.text.contains("darken it, for example to #"), "{refused:?}");
}
