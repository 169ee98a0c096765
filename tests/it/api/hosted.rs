//! The hosted checkout, as a browser sees it.

use axum::http::Method;
use crossgrade::server::{ServerOptions, serve_router};
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::dump::dump;
use crate::support::{both, both_books, opened};
use crate::world::{Answer, World, complete, offer_of, paid, path_of};

both! {
    a_customer_looks_at_a_change_confirms_it_and_sees_it_done,
    a_purchase_needs_its_payment_unless_it_is_on_account,
    what_was_seen_is_what_is_confirmed,
    an_address_that_leads_nowhere_says_so,
    no_page_runs_scripts_or_is_framed,
    only_a_demo_takes_payments,
    an_origin_that_left_the_list_is_not_linked,
    what_the_shop_is_paid_for_is_held_meanwhile,
    a_double_press_orders_once,
    a_double_payment_pays_once,
    two_windows_change_a_subscription_once,
    what_went_stale_says_so_and_shows_what_holds_now,
    every_page_of_a_checkout_is_for_its_customer_alone,
    what_is_paid_afterwards_is_what_is_billed_afterwards,
}

both_books! {
    a_payment_that_fails_leaves_the_book_as_it_was,
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
    // Where nobody takes the money, that is said at once, and there is nothing to press.
    assert!(seen.text.contains("This has to be paid before it begins"), "{seen:?}");
    assert!(!seen.text.contains("<button"), "{seen:?}");
    let refused = click(&world, &page, form(&seen.text)).await;
    assert_eq!(refused.status, 402);
    assert!(refused.text.contains("It has to be paid first"), "{refused:?}");
    assert!(refused.text.contains(&format!("href=\"{page}\"")), "{refused:?}");
    world.put("/v1/settings", json!({"purchase_on_account": true})).await.expect(200);
    let seen = world.get(&page).await;
    assert!(seen.text.contains("Order with obligation to pay"), "{seen:?}");
    assert!(seen.text.contains("Please pay it by February 14, 2026"), "{seen:?}");
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
    let options = ServerOptions { is_demo: true, ..ServerOptions::default() };
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

/// A server that sends customers to pay at the shop, whose basket they come from.
async fn from_a_shop(world: &World, customer: &str) -> Value {
    let settings = json!({"return_origins": ["https://shop.example.org"]});
    world.put("/v1/settings", settings).await.expect(200);
    let body = json!({
        "customer": customer, "offer": "month",
        "return_url": "https://shop.example.org/basket?lang=en#pay",
    });
    world.post("/v1/checkouts", body).await.expect(201)
}

async fn what_the_shop_is_paid_for_is_held_meanwhile(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let checkout = from_a_shop(&world, "ada").await;
    let (page, id) = (page(&checkout), checkout["id"].as_str().unwrap());
    let shown = world.get(&page).await;
    let policy = shown.header("content-security-policy");
    assert!(policy.contains("form-action 'self' https://shop.example.org;"), "{policy}");
    let form = form(&shown.text);
    for _ in 0..2 {
        let held = click(&world, &page, form.clone()).await;
        assert_eq!(held.status, 303, "{held:?}");
        let address = format!("https://shop.example.org/basket?lang=en&checkout={id}&mode=new#pay");
        assert_eq!(held.header("location"), address, "without one more page");
        assert_eq!(world.get(&format!("/v1/checkouts/{id}")).await.json["status"], "held");
    }
    assert!(world.get(&page).await.text.contains("A payment for this has begun"));
    world.post(&complete(&checkout), paid(&checkout)).await.expect(200);
    let done = click(&world, &page, form).await;
    assert_eq!((done.status, done.header("location")), (303, page.as_str()), "{done:?}");
}

/// How many invoices and subscriptions there are.
async fn count(world: &World) -> (usize, usize) {
    let listed = async |kind: &str| {
        let listed = world.get(&format!("/v1/{kind}")).await.expect(200);
        listed["data"].as_array().unwrap().len()
    };
    (listed("invoices").await, listed("subscriptions").await)
}

async fn a_double_press_orders_once(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/settings", json!({"purchase_on_account": true})).await.expect(200);
    let page = page(&world.open("ada", "month").await);
    let form = form(&world.get(&page).await.text);
    let press = || click(&world, &page, form.clone());
    let (one, two, three) = tokio::join!(press(), press(), press());
    for answer in [one, two, three] {
        assert_eq!((answer.status, answer.header("location")), (303, page.as_str()), "{answer:?}");
    }
    assert_eq!(count(&world).await, (1, 1));
    // The back button shows the form once more; it leads to what was done.
    assert_eq!(press().await.status, 303);
    assert_eq!(count(&world).await, (1, 1));
}

async fn a_double_payment_pays_once(store: Store) {
    let mut world = World::new(store).await;
    world.catalogue().await;
    let options = ServerOptions { is_demo: true, ..ServerOptions::default() };
    world.router = serve_router(world.app.clone(), options);
    let page = page(&world.open("ada", "month").await);
    let payment = format!("{page}/payment");
    let form = form(&world.get(&page).await.text);
    let press = || click(&world, &page, form.clone());
    let (one, two) = tokio::join!(press(), press());
    assert_eq!((one.status, two.status), (303, 303), "{one:?} {two:?}");
    let pay = || click(&world, &payment, format!("{form}&outcome=paid"));
    let (one, two) = tokio::join!(pay(), pay());
    assert_eq!((one.status, two.status), (303, 303), "{one:?} {two:?}");
    assert_eq!(count(&world).await, (1, 1));
    let declined = click(&world, &payment, format!("{form}&outcome=declined")).await;
    assert_eq!(declined.header("location"), page, "it is paid: {declined:?}");
    let invoices = world.get("/v1/invoices").await.expect(200);
    assert_eq!(invoices["data"][0]["status"], "paid");
}

async fn two_windows_change_a_subscription_once(store: Store) {
    let mut world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/paths/month-to-year", path_of("immediate")).await.expect(200);
    let options = ServerOptions { is_demo: true, ..ServerOptions::default() };
    world.router = serve_router(world.app.clone(), options);
    world.buy("ada", "month").await;
    let table = [
        ("en", "Another checkout for the same subscription is under way", "You already have"),
        ("de", "l\u{e4}uft gerade eine andere Bestellung", "Sie haben dieses Abonnement bereits"),
    ];
    let mut windows = Vec::new();
    for (locale, ..) in table {
        let body = json!({"customer": "ada", "offer": "year", "locale": locale});
        let page = page(&world.post("/v1/checkouts", body).await.expect(201));
        let form = form(&world.get(&page).await.text);
        windows.push((page, form));
    }
    let first = page(&world.open("ada", "year").await);
    let first_form = form(&world.get(&first).await.text);
    assert_eq!(click(&world, &first, first_form.clone()).await.status, 303, "it is held");
    for ((page, form), (_, busy, _)) in windows.iter().zip(table) {
        let answer = click(&world, page, form.clone()).await;
        assert!(answer.status == 409 && answer.text.contains(busy), "{answer:?}");
    }
    let payment = format!("{first}/payment");
    let paid = click(&world, &payment, format!("{first_form}&outcome=paid")).await;
    assert_eq!(paid.status, 303, "{paid:?}");
    for ((page, form), (_, _, over)) in windows.iter().zip(table) {
        let answer = click(&world, page, form.clone()).await;
        assert!(answer.status == 409 && answer.text.contains(over), "{answer:?}");
    }
    assert_eq!(count(&world).await, (2, 2), "the month, and the year in its place");
}

async fn what_went_stale_says_so_and_shows_what_holds_now(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let said = [("en", "Something has changed"), ("de", "Inzwischen hat sich etwas ge\u{e4}ndert")];
    for (locale, heading) in said {
        for what in ["path", "offer", "contract"] {
            let customer = format!("{what}-{locale}");
            world.buy(&customer, "month").await;
            let body = json!({"customer": customer, "offer": "year", "locale": locale});
            let page = page(&world.post("/v1/checkouts", body).await.expect(201));
            let old = world.get(&page).await;
            match what {
                "path" => {
                    let mut path = path_of("next_booking");
                    path["description"] = json!(format!("Edited, {locale}."));
                    world.put("/v1/paths/month-to-year", path).await.expect(200);
                }
                "offer" => {
                    let price = if locale == "en" { "98.00" } else { "97.00" };
                    world.put("/v1/offers/year", offer_of("year", price, "P1Y")).await.expect(200);
                }
                _ => {
                    let list = format!("/v1/subscriptions?customer={customer}");
                    let listed = world.get(&list).await.expect(200);
                    let id = listed["data"][0]["id"].as_str().unwrap().to_owned();
                    let body = json!({"when": "end_of_term"});
                    let cancel = format!("/v1/subscriptions/{id}/cancel");
                    world.post(&cancel, body).await.expect(200);
                }
            }
            let stale = click(&world, &page, form(&old.text)).await;
            assert!(stale.status == 409 && stale.text.contains(heading), "{what}: {stale:?}");
            assert!(stale.text.contains(&format!("href=\"{page}\"")), "{what}: {stale:?}");
            let fresh = world.get(&page).await;
            assert_ne!(fresh.text, old.text, "{what}");
            assert_eq!(click(&world, &page, form(&fresh.text)).await.status, 303, "{what}");
        }
    }
}

async fn every_page_of_a_checkout_is_for_its_customer_alone(store: Store) {
    let mut world = World::new(store).await;
    world.catalogue().await;
    let options = ServerOptions { is_demo: true, ..ServerOptions::default() };
    world.router = serve_router(world.app.clone(), options);
    let world = world.with_key("");
    let page = page(&world.with_key(crate::world::ADMIN_KEY).open("ada", "month").await);
    assert_eq!(page.strip_prefix("/checkout/").map(str::len), Some(32), "160 bits");
    let payment = format!("{page}/payment?mode=new");
    let mut nowhere = Vec::new();
    for (path, status) in [
        (page.as_str(), 200),
        (payment.as_str(), 409),
        ("/checkout/nope", 404),
        ("/checkout/00000000000000000000000000000000", 404),
        ("/demo", 200),
    ] {
        let answer = world.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert!(!answer.header("content-security-policy").contains("unsafe"), "{path}");
        assert!(!answer.text.contains("<script") && !answer.text.contains("name=\"referrer\""));
        if status == 404 {
            assert!(answer.text.contains("This link leads to no checkout"), "{answer:?}");
            nowhere.push(answer.text);
        }
    }
    assert_eq!(nowhere[0], nowhere[1], "what is not there tells nothing");
}

/// A payment that fails leaves no trace but in the record of events.
async fn a_payment_that_fails_leaves_the_book_as_it_was(url: String) {
    let mut world = World::new(opened(&url).await).await;
    world.catalogue().await;
    world.put("/v1/paths/month-to-year", path_of("immediate")).await.expect(200);
    world.buy("ada", "month").await;
    let options = ServerOptions { is_demo: true, ..ServerOptions::default() };
    world.router = serve_router(world.app.clone(), options);
    let page = page(&world.open("ada", "year").await);
    let form = form(&world.get(&page).await.text);
    let before = dump(&url).await;
    assert_eq!(click(&world, &page, form.clone()).await.status, 303);
    let declined = format!("{form}&outcome=declined");
    let declined = click(&world, &format!("{page}/payment"), declined).await;
    assert_eq!(declined.header("location"), format!("{page}?payment=declined"));
    let after = dump(&url).await;
    let changed: Vec<&String> =
        before.keys().filter(|table| before[*table] != after[*table]).collect();
    // The counters count the events, the customer's row how often they were held in a row.
    assert_eq!(changed, ["counters", "customers", "events"]);
    let said = world.get(&format!("{page}?payment=declined")).await;
    assert!(said.text.contains("nothing has changed"), "{said:?}");
}

async fn what_is_paid_afterwards_is_what_is_billed_afterwards(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.archive_beside_month().await;
    world.buy("ada", "month").await;
    let mut stepped = offer_of("month", "9.90", "P1M");
    stepped["steps"] = json!([{"price": {"amount": "1.00", "currency": "EUR"}, "periods": 3}]);
    world.put("/v1/offers/month", stepped).await.expect(200);
    world.buy("bob", "month").await;
    let shown = async |customer: &str| {
        let checkout = world.open(customer, "archive").await;
        let text = world.with_key("").get(&page(&checkout)).await.text;
        text.replace(['\u{a0}', '\u{202f}', '\u{2060}'], " ")
    };
    let text = shown("ada").await;
    assert!(text.contains("€9.90 per month + €4.00 per month"), "{text}");
    let text = shown("bob").await;
    let steps = "€9.90 per month from April 30, 2026 + €4.00 per month";
    assert!(text.contains(steps), "two months more at 1.00: {text}");
    world.put("/v1/offers/month", offer_of("month", "12.00", "P1M")).await.expect(200);
    let told = json!({"effective_from": "2026-03-01", "subscriptions": "all", "notice_days": 1});
    world.post("/v1/offers/month/price-changes", told).await.expect(201);
    let text = shown("ada").await;
    let risen = "€12.00 per month from March 31, 2026 + €4.00 per month";
    assert!(text.contains(risen), "{text}");
    world.advance("2026-02-28").await;
    let text = shown("ada").await;
    assert!(text.contains("€12.00 per month + €4.00 per month"), "{text}");
}
