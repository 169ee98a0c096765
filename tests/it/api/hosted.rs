//! The hosted checkout, as a browser sees it.

use axum::http::Method;
use crossgrade::http::{Options, serve_router};
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{Answer, World, complete, offer_of, paid};

both! {
    a_customer_looks_at_a_change_confirms_it_and_sees_it_done,
    a_purchase_needs_its_payment_unless_it_is_on_account,
    what_was_seen_is_what_is_confirmed,
    an_address_that_leads_nowhere_says_so,
    no_page_runs_scripts_or_is_framed,
    only_a_demo_takes_payments,
    an_origin_that_left_the_list_is_not_linked,
}

fn page(checkout: &Value) -> String {
    let url = checkout["url"].as_str().unwrap();
    url.strip_prefix("http://localhost:8080").unwrap().to_owned()
}

/// What a browser sends when the button is clicked.
fn form(html: &str) -> String {
    let value = |name: &str| {
        let mark = format!("name=\"{name}\" value=\"");
        html.split(mark.as_str()).nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    format!("mode={}&stamp={}", value("mode"), value("stamp"))
}

async fn click(world: &World, page: &str, form: String) -> Answer {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    world.with_key("").call(Method::POST, page, &headers, Some(form)).await
}

async fn a_customer_looks_at_a_change_confirms_it_and_sees_it_done(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/settings", json!({"seller": {"name": "The Daily <Planet>"}})).await.expect(200);
    let browser = world.with_key("");
    let table = [
        (
            "ada",
            "en",
            ["The Daily &lt;Planet&gt;", "Confirm", "€9.90 per month", "February 28, 2026"],
        ),
        (
            "bob",
            "de",
            ["The Daily &lt;Planet&gt;", "bestellen", "9,90\u{a0}€ pro Monat", "28. Februar 2026"],
        ),
    ];
    for (customer, locale, words) in table {
        world.buy(customer, "month").await;
        let body = json!({"customer": customer, "offer": "year", "locale": locale});
        let checkout = world.post("/v1/checkouts", body).await.expect(201);
        let page = page(&checkout);
        let seen = browser.get(&page).await;
        assert_eq!((seen.status, seen.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(seen.text.contains(&format!("<html lang=\"{locale}\">")), "{seen:?}");
        for word in &words[2..] {
            let plain = word.replace('\u{a0}', " ");
            let text = seen.text.replace('\u{a0}', " ");
            assert!(text.contains(&plain), "{plain} in {seen:?}");
        }
        assert!(seen.text.contains(words[0]), "{seen:?}");
        let done = click(&world, &page, form(&seen.text)).await;
        assert_eq!((done.status, done.header("location")), (303, page.as_str()), "{done:?}");
        let done = browser.get(&page).await;
        assert_eq!(done.status, 200);
        assert!(!done.text.contains("<form"), "{done:?}");
        // The same click once more leads to the same page.
        let again = click(&world, &page, form(&seen.text)).await;
        assert_eq!(again.status, 303);
        let other = click(&world, &page, "mode=replace&stamp=x".to_owned()).await;
        assert_eq!(other.status, 200);
        let id = checkout["id"].as_str().unwrap();
        assert_eq!(world.get(&format!("/v1/checkouts/{id}")).await.json["status"], "completed");
    }
}

async fn a_purchase_needs_its_payment_unless_it_is_on_account(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let checkout = world.open("ada", "month").await;
    let page = page(&checkout);
    let seen = world.get(&page).await;
    assert!(seen.text.contains("Order with obligation to pay"), "{seen:?}");
    let refused = click(&world, &page, form(&seen.text)).await;
    assert_eq!(refused.status, 402);
    assert!(refused.text.contains("It has to be paid first"), "{refused:?}");
    assert!(refused.text.contains(&format!("href=\"{page}\"")), "{refused:?}");
    world.put("/v1/settings", json!({"purchase_on_account": true})).await.expect(200);
    assert_eq!(click(&world, &page, form(&seen.text)).await.status, 303);
    let done = world.get(&page).await;
    assert!(done.text.contains("€9.90") && done.text.contains("Invoice 1"), "{done:?}");
}

async fn what_was_seen_is_what_is_confirmed(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/settings", json!({"purchase_on_account": true})).await.expect(200);
    let checkout = world.open("ada", "month").await;
    let page = page(&checkout);
    let old = world.get(&page).await;
    world.put("/v1/offers/month", offer_of("month", "8.90", "P1M")).await.expect(200);
    let stale = click(&world, &page, form(&old.text)).await;
    assert_eq!(stale.status, 409);
    assert!(stale.text.contains("Something has changed in the meantime"), "{stale:?}");
    // The old form does not confirm the new figures either.
    assert_eq!(click(&world, &page, form(&old.text)).await.status, 409);
    let fresh = world.get(&page).await;
    assert!(fresh.text.contains("€8.90"), "{fresh:?}");
    for wrong in ["", "mode=replace", "mode=sometimes&stamp=x"] {
        assert_eq!(click(&world, &page, wrong.to_owned()).await.status, 422, "{wrong}");
    }
    assert_eq!(click(&world, &page, form(&fresh.text)).await.status, 303);
    let refused = world.open("bob", "month").await;
    let page = self::page(&refused);
    let seen = world.get(&page).await;
    let other = world.open("bob", "month").await;
    world.post(&complete(&other), paid(&other)).await.expect(200);
    let answer = click(&world, &page, form(&seen.text)).await;
    assert_eq!(answer.status, 409);
    assert!(answer.text.contains("You already have this subscription"), "{answer:?}");
}

async fn an_address_that_leads_nowhere_says_so(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let checkout = world.open("ada", "month").await;
    let page = page(&checkout);
    world.advance("2026-02-01").await;
    let expired = world.get(&page).await;
    assert_eq!(expired.status, 410);
    assert!(expired.text.contains("This checkout has expired"), "{expired:?}");
    assert_eq!(click(&world, &page, "mode=new&stamp=x".to_owned()).await.status, 410);
    let german = [("accept-language", "de-AT,de;q=0.9")];
    let nowhere = world.call(Method::GET, "/checkout/nope", &german, None).await;
    assert_eq!(nowhere.status, 404);
    assert!(nowhere.text.contains("<html lang=\"de\">"), "{nowhere:?}");
    assert_eq!(click(&world, "/checkout/nope", "mode=new&stamp=x".to_owned()).await.status, 404);
}

async fn no_page_runs_scripts_or_is_framed(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let checkout = world.open("ada", "month").await;
    for path in [page(&checkout), "/checkout/nope".to_owned()] {
        let answer = world.with_key("").get(&path).await;
        let policy = answer.header("content-security-policy");
        for rule in [
            "default-src 'none'",
            "style-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(rule), "{path}: {policy}");
        }
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
    }
    let shown = world.get(&page(&checkout)).await.text;
    let address = shown.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let style = world.get(address).await;
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
    assert_eq!(style.header("cache-control"), "public, max-age=31536000, immutable");
    let known = [("if-none-match", style.header("etag"))];
    assert_eq!(world.call(Method::GET, address, &known, None).await.status, 304);
    assert_eq!(world.get("/static/checkout.css").await.problem(404), "not-found");
}

async fn only_a_demo_takes_payments(store: Store) {
    let plain = World::new(store).await;
    plain.catalogue().await;
    let checkout = plain.open("ada", "month").await;
    let page = page(&checkout);
    let payment = format!("{page}/payment");
    for path in ["/demo", &format!("{payment}?mode=new")] {
        assert_eq!(plain.with_key("").get(path).await.status, 404, "{path}");
    }
    let mut demo = plain.with_key("");
    let options = Options { is_demo: true, ..Options::default() };
    demo.router = serve_router(plain.app.clone(), options);
    let form = form(&demo.get(&page).await.text);
    let unheld = demo.get(&format!("{payment}?mode=new")).await;
    assert_eq!(unheld.status, 409, "{unheld:?}");
    for _ in 0..2 {
        let held = click(&demo, &page, form.clone()).await;
        assert_eq!((held.status, held.header("location")), (303, &*format!("{payment}?mode=new")));
    }
    for (query, status) in [("?mode=new", 200), ("?mode=replace", 303), ("", 303)] {
        assert_eq!(demo.get(&format!("{payment}{query}")).await.status, status, "{query}");
    }
    let wrong = click(&demo, &payment, "mode=new&stamp=x&outcome=maybe".to_owned()).await;
    assert_eq!(wrong.status, 422, "{wrong:?}");
    let other = click(&demo, &payment, "mode=new&stamp=x&outcome=paid".to_owned()).await;
    assert_eq!(other.status, 409, "it pays for what was seen: {other:?}");
    let declined = click(&demo, &payment, format!("{form}&outcome=declined")).await;
    assert_eq!(declined.header("location"), format!("{page}?payment=declined"));
    let again = click(&demo, &payment, format!("{form}&outcome=paid")).await;
    assert!(again.status == 409 && again.text.contains("The time for the payment"), "{again:?}");
    let invoices = plain.get("/v1/invoices").await.expect(200);
    assert_eq!(invoices["data"], json!([]), "nothing has changed");
    assert_eq!(click(&demo, &page, form.clone()).await.status, 303);
    for _ in 0..2 {
        let paid = click(&demo, &payment, format!("{form}&outcome=paid")).await;
        assert_eq!((paid.status, paid.header("location")), (303, page.as_str()), "{paid:?}");
    }
    let over = click(&demo, &page, form).await;
    assert_eq!((over.status, over.header("location")), (303, page.as_str()), "{over:?}");
    let invoices = plain.get("/v1/invoices").await.expect(200);
    assert_eq!(invoices["data"].as_array().unwrap().len(), 1);
    assert_eq!(invoices["data"][0]["status"], "paid");
}

async fn an_origin_that_left_the_list_is_not_linked(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let list = |origins: Value| json!({"return_origins": origins});
    world.put("/v1/settings", list(json!(["https://shop.example.org"]))).await.expect(200);
    let body = json!({
        "customer": "ada", "offer": "month", "return_url": "https://shop.example.org/basket",
    });
    let checkout = world.post("/v1/checkouts", body).await.expect(201);
    let link = "href=\"https://shop.example.org/basket\"";
    let seen = world.get(&page(&checkout)).await;
    assert!(seen.text.contains(link), "{seen:?}");
    world.put("/v1/settings", list(json!([]))).await.expect(200);
    let seen = world.get(&page(&checkout)).await;
    assert!(!seen.text.contains(link), "{seen:?}");
}
