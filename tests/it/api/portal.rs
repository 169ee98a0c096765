//! The portal of a customer, as a browser sees it: what stands there, what they do by themselves,
//! and every way of getting at what is not theirs.

use axum::http::Method;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::dump::dump;
use crate::support::{both, both_books, opened};
use crate::world::{Answer, World, complete, eur, paid};

both! {
    a_customer_cancels_and_takes_it_back_and_the_record_says_that_they_did,
    what_is_pressed_twice_at_once_is_done_once,
    a_change_that_waits_is_shown_and_withdrawn,
    what_is_added_later_is_the_next_payment_where_it_is_booked_first,
    what_a_path_leads_to_is_opened_as_a_checkout_that_leads_back,
    what_is_switched_off_is_neither_shown_nor_done,
    a_page_that_no_longer_holds_says_so,
    an_address_is_for_an_hour_one_customer_and_one_merchant,
    what_is_asked_for_wrongly_is_refused_at_its_field,
    a_cancellation_says_what_is_lost_with_it,
    documents_are_linked_and_say_what_is_owed,
    the_answer_that_holds_the_address_is_not_kept,
    whose_data_are_deleted_has_no_portal_any_more,
}

both_books! {
    looking_at_a_portal_writes_nothing,
    the_address_is_nowhere_in_the_book,
}

/// The path of a portal that is opened for a customer.
async fn open(world: &World, customer: &str, body: Value) -> String {
    let path = format!("/v1/customers/{customer}/portal-sessions");
    let session = world.post(&path, body).await.expect(201);
    let url = session["url"].as_str().unwrap();
    let page = url.strip_prefix("http://localhost:8080").unwrap().to_owned();
    assert_eq!(page.strip_prefix("/portal/").unwrap().len(), 32, "160 bits");
    page
}

async fn send(world: &World, page: &str, form: &str) -> Answer {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    world.with_key("").call(Method::POST, page, &headers, Some(form.to_owned())).await
}

/// What the form on a page sends to an action.
fn form(html: &str, action: &str) -> String {
    let mark = format!("action=\"{action}\"");
    let form = html.split(mark.as_str()).nth(1).unwrap_or_else(|| panic!("{action} in {html}"));
    let form = form.split("</form>").next().unwrap();
    let fields = form.split("type=\"hidden\" name=\"").skip(1).map(|field| {
        let (name, rest) = field.split_once("\" value=\"").unwrap();
        format!("{name}={}", rest.split('"').next().unwrap())
    });
    fields.collect::<Vec<_>>().join("&")
}

fn text(answer: &Answer) -> String {
    answer.text.replace(['\u{a0}', '\u{202f}'], " ")
}

async fn subscription(world: &World, customer: &str, offer: &str) -> String {
    let bought = world.buy(customer, offer).await;
    bought["result"]["subscription"].as_str().unwrap().to_owned()
}

async fn last_event(world: &World, kind: &str) -> Value {
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let events = events["data"].as_array().unwrap();
    events.iter().rfind(|event| event["type"] == kind).cloned().unwrap_or_default()
}

/// A merchant whom Ada has a month of, and her portal in English.
async fn portal(store: Store) -> (World, String, String) {
    let world = World::new(store).await;
    let settings = json!({
        "seller": {"name": "The Daily <Planet>"}, "return_origins": ["https://shop.example"],
    });
    world.put("/v1/settings", settings).await.expect(200);
    world.catalogue().await;
    let id = subscription(&world, "ada", "month").await;
    let page = open(&world, "ada", json!({"return_url": "https://shop.example/me"})).await;
    (world, id, page)
}

async fn a_customer_cancels_and_takes_it_back_and_the_record_says_that_they_did(store: Store) {
    let (world, id, page) = portal(store).await;
    let browser = world.with_key("");
    let seen = browser.get(&page).await;
    assert_eq!((seen.status, seen.header("content-type")), (200, "text/html; charset=utf-8"));
    for words in [
        "The Daily &lt;Planet&gt;",
        "Month",
        "€9.90 per month",
        "€9.90 on February 28, 2026",
        "Bound until",
        "Cancel by",
        "href=\"https://shop.example/me\"",
    ] {
        assert!(text(&seen).contains(words), "{words} in {seen:?}");
    }
    let ask = format!("{page}/cancel?subscription={id}");
    assert!(seen.text.contains(&format!("href=\"{ask}\"")), "{seen:?}");
    let asked = browser.get(&ask).await;
    assert!(text(&asked).contains("Ends on") && text(&asked).contains("February 28, 2026"));
    let (action, sent) = (format!("{page}/cancel"), form(&asked.text, &format!("{page}/cancel")));
    // A double click is done once.
    for _ in 0..2 {
        let done = send(&world, &action, &sent).await;
        assert_eq!(done.status, 303, "{done:?}");
        assert_eq!(done.header("location"), format!("{page}?done=cancel"));
    }
    let read = world.get(&format!("/v1/subscriptions/{id}")).await.expect(200);
    assert_eq!(read["cancel_on"], "2026-02-28");
    let event = last_event(&world, "subscription.cancelled").await;
    assert_eq!((&event["actor"], &event["customer"]), (&json!("portal"), &json!("ada")));
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let events = events["data"].as_array().unwrap();
    let count = events.iter().filter(|it| it["type"] == "subscription.cancelled").count();
    assert_eq!(count, 1);
    let bought = events.iter().find(|it| it["type"] == "subscription.started").unwrap();
    assert_eq!(bought["actor"], "key");
    let seen = browser.get(&format!("{page}?done=cancel")).await;
    assert!(text(&seen).contains("It is cancelled."), "{seen:?}");
    assert!(!seen.text.contains(&ask), "{seen:?}");
    let back = form(&seen.text, &format!("{page}/uncancel"));
    for _ in 0..2 {
        let done = send(&world, &format!("{page}/uncancel"), &back).await;
        assert_eq!(done.status, 303, "{done:?}");
    }
    let read = world.get(&format!("/v1/subscriptions/{id}")).await.expect(200);
    assert_eq!(read["cancel_on"], Value::Null);
    assert_eq!(last_event(&world, "subscription.uncancelled").await["actor"], "portal");
    let audit = world.get("/v1/audit").await.expect(200);
    assert_eq!(audit["faults"], json!([]));
}

async fn what_is_pressed_twice_at_once_is_done_once(store: Store) {
    let (world, id, page) = portal(store).await;
    let browser = world.with_key("");
    let change = format!("{page}/change");
    let both = tokio::join!(
        send(&world, &change, "offer=year"),
        send(&world, &change, "offer=year"),
        send(&world, &change, "offer=year")
    );
    let first = both.0.header("location").to_owned();
    assert!(first.starts_with("/checkout/"), "{both:?}");
    assert_eq!((both.1.header("location"), both.2.header("location")), (&*first, &*first));
    let asked = browser.get(&format!("{page}/cancel?subscription={id}")).await;
    let (action, sent) = (format!("{page}/cancel"), form(&asked.text, &format!("{page}/cancel")));
    let both = tokio::join!(send(&world, &action, &sent), send(&world, &action, &sent));
    assert_eq!((both.0.status, both.1.status), (303, 303), "{both:?}");
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let events = events["data"].as_array().unwrap();
    let count = events.iter().filter(|it| it["type"] == "subscription.cancelled").count();
    assert_eq!(count, 1);
}

async fn a_change_that_waits_is_shown_and_withdrawn(store: Store) {
    let (world, _, page) = portal(store).await;
    let opened = world.open("ada", "year").await;
    let done = world.post(&complete(&opened), paid(&opened)).await.expect(200);
    let change = done["result"]["scheduled_change"].as_str().unwrap();
    let seen = world.with_key("").get(&page).await;
    for words in ["What will change", "In place of Month", "February 28, 2026"] {
        assert!(text(&seen).contains(words), "{words} in {seen:?}");
    }
    let asked = world.with_key("").get(&format!("{page}/withdraw?change={change}")).await;
    assert_eq!(asked.status, 200, "{asked:?}");
    let action = format!("{page}/withdraw");
    let sent = form(&asked.text, &action);
    for _ in 0..2 {
        assert_eq!(send(&world, &action, &sent).await.status, 303);
    }
    let read = world.get(&format!("/v1/scheduled-changes/{change}")).await.expect(200);
    assert_eq!(read["status"], "withdrawn");
    assert_eq!(last_event(&world, "scheduled_change.withdrawn").await["actor"], "portal");
    let seen = world.with_key("").get(&page).await;
    assert!(!text(&seen).contains("What will change"), "{seen:?}");
}

async fn what_is_added_later_is_the_next_payment_where_it_is_booked_first(store: Store) {
    let (world, id, _) = portal(store).await;
    world.archive_beside_month().await;
    world.advance("2026-02-10").await;
    let cancel = json!({"when": "end_of_term"});
    world.post(&format!("/v1/subscriptions/{id}/cancel"), cancel).await.expect(200);
    world.buy("ada", "archive").await;
    // The address of before led there for an hour.
    let page = open(&world, "ada", json!({})).await;
    let seen = world.with_key("").get(&page).await;
    assert!(text(&seen).contains("€4.00 on February 28, 2026"), "{seen:?}");
    let (_, changes) = seen.text.split_once("What will change").unwrap();
    assert!(changes.contains("Next payment"), "{seen:?}");
    assert!(changes.contains("February 28, 2026"), "{seen:?}");
    world.advance("2026-02-28").await;
    let booked = world.get("/v1/invoices?customer=ada").await.expect(200);
    let booked = booked["data"].as_array().unwrap().last().unwrap();
    assert_eq!((&booked["issued_on"], &booked["gross"]), (&json!("2026-02-28"), &eur("4.00")));
}

async fn what_a_path_leads_to_is_opened_as_a_checkout_that_leads_back(store: Store) {
    let (world, _, page) = portal(store).await;
    let seen = world.with_key("").get(&page).await;
    let action = format!("{page}/change");
    let sent = form(&seen.text, &action);
    assert_eq!(sent, "offer=year");
    let opened = send(&world, &action, &sent).await;
    assert_eq!(opened.status, 303, "{opened:?}");
    let checkout = opened.header("location").to_owned();
    assert!(checkout.starts_with("/checkout/"), "{opened:?}");
    // The second click finds what the first has opened.
    let again = send(&world, &action, &sent).await;
    assert_eq!(again.header("location"), checkout);
    let cookie = opened.header("set-cookie").to_owned();
    let end = format!("; HttpOnly; SameSite=Lax; Path={checkout}; Max-Age=3600");
    assert!(cookie.ends_with(&end), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    let browser = world.with_key("");
    let with = async |cookie: &str| {
        let headers = [("cookie", cookie)];
        browser.call(Method::GET, &checkout, &headers, None).await.text
    };
    let back = format!("href=\"{page}\"");
    assert!(with(pair).await.contains(&back));
    // Nobody else's portal is linked, and none that is closed.
    world.buy("bob", "month").await;
    let other = open(&world, "bob", json!({})).await;
    for wrong in [other.strip_prefix("/portal/").unwrap(), "nothing", "%00"] {
        let html = with(&format!("cg_portal={wrong}")).await;
        assert!(!html.contains("/portal/"), "{wrong}: {html}");
        assert!(html.contains("https://shop.example/me"), "{wrong}: {html}");
    }
    let listed = world.get("/v1/checkouts?customer=ada").await.expect(200);
    let waiting = &listed["data"].as_array().unwrap()[1..];
    assert_eq!(waiting.len(), 1, "{listed:#}");
    assert_eq!(waiting[0]["return_url"], "https://shop.example/me");
    // What no path leads to is bought in the shop.
    world.put("/v1/offers/other", crate::world::offer_of("month", "1.00", "P1M")).await;
    for offer in ["other", "nothing", "", "%00", "month"] {
        let refused = send(&world, &action, &format!("offer={offer}")).await;
        assert!([404, 409].contains(&refused.status), "{offer}: {refused:?}");
        assert!(refused.text.contains("Nothing was changed."), "{offer}: {refused:?}");
    }
    let listed = world.get("/v1/checkouts?customer=ada").await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 2, "{listed:#}");
    world.advance("2026-02-01T12:00:00Z").await;
    assert!(!with(pair).await.contains(&back), "the portal is closed");
}

async fn what_is_switched_off_is_neither_shown_nor_done(store: Store) {
    let (world, id, page) = portal(store).await;
    let opened = world.open("ada", "year").await;
    let done = world.post(&complete(&opened), paid(&opened)).await.expect(200);
    let change = done["result"]["scheduled_change"].as_str().unwrap().to_owned();
    let leaver = subscription(&world, "bob", "month").await;
    world.post(&format!("/v1/subscriptions/{leaver}/cancel"), json!({})).await.expect(200);
    let theirs = open(&world, "bob", json!({})).await;
    let browser = world.with_key("");
    let asked = browser.get(&format!("{page}/cancel?subscription={id}")).await;
    let cancel = form(&asked.text, &format!("{page}/cancel"));
    let asked = browser.get(&format!("{page}/withdraw?change={change}")).await;
    let withdraw = form(&asked.text, &format!("{page}/withdraw"));
    let seen = browser.get(&theirs).await;
    let uncancel = form(&seen.text, &format!("{theirs}/uncancel"));
    let off = json!({"portal": {"cancel": false, "withdraw": false, "documents": false}});
    world.put("/v1/settings", off).await.expect(200);
    for (page, form) in [
        (format!("{page}/cancel"), &cancel),
        (format!("{page}/withdraw"), &withdraw),
        (format!("{theirs}/uncancel"), &uncancel),
    ] {
        let refused = send(&world, &page, form).await;
        assert_eq!(refused.status, 403, "{page}: {refused:?}");
        assert!(refused.text.contains("Please ask the seller"), "{refused:?}");
    }
    for ask in
        [format!("{page}/cancel?subscription={id}"), format!("{page}/withdraw?change={change}")]
    {
        assert_eq!(browser.get(&ask).await.status, 403, "{ask}");
    }
    for page in [&page, &theirs] {
        let seen = browser.get(page).await;
        for gone in ["/cancel", "/uncancel", "/withdraw", "/documents/"] {
            assert!(!seen.text.contains(gone), "{gone} in {seen:?}");
        }
    }
    let read = world.get(&format!("/v1/subscriptions/{id}")).await.expect(200);
    assert_eq!(read["cancel_on"], Value::Null);
    let read = world.get(&format!("/v1/scheduled-changes/{change}")).await.expect(200);
    assert_eq!(read["status"], "pending");
    let read = world.get(&format!("/v1/subscriptions/{leaver}")).await.expect(200);
    assert_eq!(read["cancel_on"], "2026-02-28");
}

async fn a_page_that_no_longer_holds_says_so(store: Store) {
    let (world, id, page) = portal(store).await;
    let browser = world.with_key("");
    let cancel = format!("{page}/cancel");
    let asked = browser.get(&format!("{cancel}?subscription={id}")).await;
    let sent = form(&asked.text, &cancel);
    // A change was decided meanwhile, which the cancellation would withdraw.
    let opened = world.open("ada", "year").await;
    let done = world.post(&complete(&opened), paid(&opened)).await.expect(200);
    let change = done["result"]["scheduled_change"].as_str().unwrap().to_owned();
    let stale = async |sent: &str| {
        let stale = send(&world, &cancel, sent).await;
        assert_eq!(stale.status, 409, "{stale:?}");
        assert!(stale.text.contains("Something has changed meanwhile"), "{stale:?}");
        assert!(stale.text.contains(&format!("href=\"{page}\"")), "{stale:?}");
    };
    stale(&sent).await;
    // Nor does a stamp of somebody's choice do.
    for stamp in ["", "x", "2026-02-28", "2026-02-28.", "%00"] {
        stale(&format!("subscription={id}&stamp={stamp}")).await;
    }
    let withdraw = format!("{page}/withdraw");
    let asked = browser.get(&format!("{withdraw}?change={change}")).await;
    let meant = form(&asked.text, &withdraw);
    // Nothing was done.
    let read = world.get(&format!("/v1/scheduled-changes/{change}")).await.expect(200);
    assert_eq!(read["status"], "pending");
    // The day of the change has come.
    world.advance("2026-02-28").await;
    let page = open(&world, "ada", json!({})).await;
    let late = send(&world, &format!("{page}/withdraw"), &meant).await;
    assert_eq!(late.status, 409, "{late:?}");
    let ended = send(&world, &format!("{page}/cancel"), &sent).await;
    assert_eq!(ended.status, 409, "{ended:?}");
}

async fn an_address_is_for_an_hour_one_customer_and_one_merchant(store: Store) {
    let (world, id, page) = portal(store).await;
    let other = subscription(&world, "bob", "month").await;
    let opened = world.open("bob", "year").await;
    let done = world.post(&complete(&opened), paid(&opened)).await.expect(200);
    let change = done["result"]["scheduled_change"].as_str().unwrap().to_owned();
    let theirs = open(&world, "bob", json!({})).await;
    let browser = world.with_key("");
    let asked = browser.get(&format!("{theirs}/cancel?subscription={other}")).await;
    let cancel = form(&asked.text, &format!("{theirs}/cancel"));
    let asked = browser.get(&format!("{theirs}/withdraw?change={change}")).await;
    let withdraw = form(&asked.text, &format!("{theirs}/withdraw"));
    // With the form of somebody else, at one's own address.
    for (step, form) in [("cancel", &cancel), ("uncancel", &cancel), ("withdraw", &withdraw)] {
        let refused = send(&world, &format!("{page}/{step}"), form).await;
        assert_eq!(refused.status, 404, "{step}: {refused:?}");
        assert!(refused.text.contains("This is not yours"), "{step}: {refused:?}");
    }
    for ask in [format!("cancel?subscription={other}"), format!("withdraw?change={change}")] {
        assert_eq!(browser.get(&format!("{page}/{ask}")).await.status, 404, "{ask}");
    }
    for wrong in ["", "nothing", "%00", "a%20b", "../ada"] {
        for (step, field) in
            [("cancel", "subscription"), ("uncancel", "subscription"), ("withdraw", "change")]
        {
            let refused =
                send(&world, &format!("{page}/{step}"), &format!("{field}={wrong}")).await;
            assert_eq!(refused.status, 404, "{step} {wrong}: {refused:?}");
        }
    }
    // The same customer of another merchant.
    let made = world.post("/v1/merchants", json!({"id": "rival", "name": "Rival"})).await;
    let rival = world.with_key(made.expect(201)["key"].as_str().unwrap());
    rival.put("/v1/customers/ada", json!({"name": "Ada"})).await.expect(201);
    let elsewhere = open(&rival, "ada", json!({})).await;
    let seen = browser.get(&elsewhere).await;
    assert!(seen.text.contains("You have no subscription"), "{seen:?}");
    let asked = browser.get(&format!("{page}/cancel?subscription={id}")).await;
    let own = form(&asked.text, &format!("{page}/cancel"));
    assert_eq!(send(&world, &format!("{elsewhere}/cancel"), &own).await.status, 404);
    // Guessed, altered, too old.
    let upper = page.to_uppercase().replace("/PORTAL/", "/portal/");
    for wrong in ["/portal/nothing", "/portal/%00", &format!("{page}x"), &upper] {
        closed(&world, wrong, &own).await;
    }
    let invoice = world.get("/v1/invoices?customer=ada").await.expect(200);
    let token = invoice["data"][0]["url"].as_str().unwrap().rsplit('/').next().unwrap();
    closed(&world, &format!("/portal/{token}"), &own).await;
    let session = world.post("/v1/customers/ada/portal-sessions", json!({})).await.expect(201);
    let end: DateTime<Utc> = session["expires_at"].as_str().unwrap().parse().unwrap();
    let at = |moment: DateTime<Utc>| moment.to_rfc3339_opts(SecondsFormat::Secs, true);
    world.advance(&at(end - TimeDelta::seconds(1))).await;
    assert_eq!(browser.get(&page).await.status, 200);
    world.advance(&at(end)).await;
    closed(&world, &page, &own).await;
    let read = world.get(&format!("/v1/subscriptions/{id}")).await.expect(200);
    assert_eq!(read["cancel_on"], Value::Null);
}

/// Nothing is found at an address, or done there.
async fn closed(world: &World, page: &str, form: &str) {
    let browser = world.with_key("");
    for path in [page.to_owned(), format!("{page}/cancel"), format!("{page}/withdraw")] {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, 404, "{path}: {answer:?}");
        assert!(answer.text.contains("This page is not open"), "{path}: {answer:?}");
        assert!(!answer.text.contains("Planet"), "{path}: {answer:?}");
    }
    for step in ["cancel", "uncancel", "withdraw", "change"] {
        let answer = send(world, &format!("{page}/{step}"), form).await;
        assert_eq!(answer.status, 404, "{page} {step}: {answer:?}");
    }
}

async fn what_is_asked_for_wrongly_is_refused_at_its_field(store: Store) {
    let (world, ..) = portal(store).await;
    let path = "/v1/customers/ada/portal-sessions";
    for (body, pointer) in [
        (json!({"return_url": "https://evil.example/"}), "/return_url"),
        (json!({"return_url": "https://shop.example.evil.example/"}), "/return_url"),
        (json!({"return_url": "javascript:alert(1)"}), "/return_url"),
        (json!({"locale": "klingon-x-y"}), "/locale"),
        (json!({"hours": 9}), "/hours"),
    ] {
        let answer = world.post(path, body.clone()).await;
        assert_eq!(answer.status, 422, "{body}: {answer:?}");
        assert_eq!(answer.pointers(), [pointer], "{body}");
    }
    let answer = world.post("/v1/customers/nobody/portal-sessions", json!({})).await;
    assert_eq!(answer.problem(404), "not-found");
    // In the language that is asked for, else the customer's, else the merchant's.
    world.put("/v1/customers/ada", json!({"locale": "de"})).await.expect(200);
    let browser = world.with_key("");
    for (body, lang) in [
        (json!({}), "de"),
        (json!({"locale": "en-GB"}), "en"),
        (json!({"locale": "de-AT"}), "de"),
        (json!({"locale": "fr"}), "en"),
    ] {
        let seen = browser.get(&open(&world, "ada", body).await).await;
        assert!(seen.text.contains(&format!("<html lang=\"{lang}\">")), "{seen:?}");
    }
    // An origin that left the list is not linked.
    let page = open(&world, "ada", json!({"return_url": "https://shop.example/me"})).await;
    world.put("/v1/settings", json!({})).await.expect(200);
    assert!(!browser.get(&page).await.text.contains("shop.example"));
    let change = send(&world, &format!("{page}/change"), "offer=year").await;
    assert_eq!(change.status, 303, "{change:?}");
}

async fn a_cancellation_says_what_is_lost_with_it(store: Store) {
    let (world, id, page) = portal(store).await;
    world.put("/v1/tags/extra", json!({"title": "Extra"})).await.expect(201);
    let mut archive = crate::world::offer_of("extra", "4.00", "P1M");
    archive["title"] = json!("Archive");
    archive["requires_parent"] = json!(true);
    world.put("/v1/offers/archive", archive).await.expect(201);
    let mut more = crate::world::path_of("immediate");
    more["target_tags"] = json!(["extra"]);
    more["optional"] = json!(true);
    world.put("/v1/paths/more", more).await.expect(201);
    world.buy("ada", "archive").await;
    let opened = world.open("ada", "year").await;
    world.post(&complete(&opened), paid(&opened)).await.expect(200);
    let asked = world.with_key("").get(&format!("{page}/cancel?subscription={id}")).await;
    assert_eq!(asked.status, 200, "{asked:?}");
    for words in ["Archive ends on February 28, 2026", "The change to Year, which waits,"] {
        assert!(text(&asked).contains(words), "{words} in {asked:?}");
    }
}

async fn documents_are_linked_and_say_what_is_owed(store: Store) {
    let (world, _, page) = portal(store).await;
    let settings = json!({"purchase_on_account": true});
    world.put("/v1/settings", settings).await.expect(200);
    let opened = world.open("bob", "month").await;
    world.post(&complete(&opened), json!({})).await.expect(200);
    let theirs = open(&world, "bob", json!({"locale": "de"})).await;
    let seen = world.with_key("").get(&theirs).await;
    for words in ["Noch zu zahlen", "9,90 € zu zahlen", "Rechnung 2"] {
        assert!(text(&seen).contains(words), "{words} in {seen:?}");
    }
    let invoice = world.get("/v1/invoices?customer=bob").await.expect(200);
    let url = invoice["data"][0]["url"].as_str().unwrap();
    let path = url.strip_prefix("http://localhost:8080").unwrap();
    assert!(seen.text.contains(&format!("href=\"{path}\"")), "{seen:?}");
    let own = world.with_key("").get(&page).await;
    assert!(text(&own).contains("Invoice 1") && !text(&own).contains("to pay"), "{own:?}");
    assert_eq!(invoice["data"][0]["amount_due"], eur("9.90"));
}

async fn the_answer_that_holds_the_address_is_not_kept(store: Store) {
    let (world, ..) = portal(store).await;
    let path = "/v1/customers/ada/portal-sessions";
    let headers = [("idempotency-key", "once"), ("content-type", "application/json")];
    let body = || Some("{}".to_owned());
    let first = world.call(Method::POST, path, &headers, body()).await;
    assert_eq!(first.status, 201, "{first:?}");
    let again = world.call(Method::POST, path, &headers, body()).await;
    assert_eq!((again.status, &again.json["code"]), (409, &json!("conflict")), "{again:?}");
    assert!(!again.text.contains("/portal/"), "{again:?}");
}

async fn whose_data_are_deleted_has_no_portal_any_more(store: Store) {
    let (world, ..) = portal(store).await;
    world.put("/v1/customers/zoe", json!({"name": "Zoe"})).await.expect(201);
    let page = open(&world, "zoe", json!({})).await;
    assert!(world.with_key("").get(&page).await.text.contains("Zoe"));
    assert_eq!(world.delete("/v1/customers/zoe").await.status, 204);
    assert_eq!(world.with_key("").get(&page).await.status, 404);
}

async fn looking_at_a_portal_writes_nothing(url: String) {
    let (world, id, page) = portal(opened(&url).await).await;
    let before = dump(&url).await;
    let browser = world.with_key("");
    for method in [Method::GET, Method::HEAD] {
        for (path, status) in [
            (page.clone(), 200),
            (format!("{page}?done=cancel"), 200),
            (format!("{page}/cancel?subscription={id}"), 200),
            (format!("{page}/withdraw?change=nothing"), 404),
            (format!("{page}/uncancel?subscription={id}"), 405),
            (format!("{page}/change?offer=year"), 405),
        ] {
            let answer = browser.call(method.clone(), &path, &[], None).await;
            assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
            assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
            let policy = answer.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none'; "), "{path}: {policy}");
            assert!(!policy.contains("script"), "{path}: {policy}");
        }
    }
    assert_eq!(before, dump(&url).await);
}

async fn the_address_is_nowhere_in_the_book(url: String) {
    let (world, _, page) = portal(opened(&url).await).await;
    let opened = send(&world, &format!("{page}/change"), "offer=year").await;
    assert_eq!(opened.status, 303, "{opened:?}");
    let token = page.strip_prefix("/portal/").unwrap();
    let book = format!("{:?}", dump(&url).await);
    assert!(book.contains("portal_sessions") && !book.contains(token));
}
