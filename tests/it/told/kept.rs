//! What was shown is kept as values: it holds while the server is replaced by one that says it in
//! other words, and what an older one kept can still be read, held and completed.

use std::sync::Arc;

use crossgrade::app::App;
use crossgrade::domain::webhook::EndpointReach;
use crossgrade::render::renderer::Renderer;
use crossgrade::store::Store;
use serde_json::{Map, Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, Row};

use crate::support::{both, both_books, opened, postgres};
use crate::world::{World, complete, paid, path_of, seen};

both_books! {
    another_release_with_other_words_completes_what_was_shown,
    a_changed_template_completes_what_the_page_before_has_shown,
    what_was_opened_and_held_under_0_3_0_goes_on,
}

both! {
    an_edited_text_of_the_path_was_shown_and_makes_stale,
}

/// Runs a statement on a book behind the engine's back.
async fn run(url: &str, text: String) {
    let text = AssertSqlSafe(text);
    if url.starts_with("sqlite:") {
        sqlx::SqliteConnection::connect(url).await.unwrap().execute(text).await.unwrap();
    } else {
        sqlx::PgConnection::connect(url).await.unwrap().execute(text).await.unwrap();
    }
}

/// The text that a statement selects.
async fn text(url: &str, text: String) -> String {
    let text = AssertSqlSafe(text);
    if url.starts_with("sqlite:") {
        let mut book = sqlx::SqliteConnection::connect(url).await.unwrap();
        book.fetch_one(text).await.unwrap().get(0)
    } else {
        let mut book = sqlx::PgConnection::connect(url).await.unwrap();
        book.fetch_one(text).await.unwrap().get(0)
    }
}

async fn hold(world: &World, checkout: &Value) -> Value {
    let path = format!("/v1/checkouts/{}/hold", checkout["id"].as_str().unwrap());
    world.post(&path, json!({})).await.expect(200)
}

fn quoted(value: &Value) -> String {
    value.to_string().replace('\'', "''")
}

async fn ready(url: &str) -> World {
    let world = World::new(opened(url).await).await;
    world.catalogue().await;
    world.put("/v1/paths/month-to-year", path_of("immediate")).await.expect(200);
    for customer in ["ada", "bob"] {
        world.buy(customer, "month").await;
    }
    world.advance("2026-02-10").await;
    world
}

async fn another_release_with_other_words_completes_what_was_shown(url: String) {
    let world = ready(&url).await;
    let open = world.open("ada", "year").await;
    let held = hold(&world, &world.open("bob", "year").await).await;
    // Every word, date and amount is written otherwise from now on, and something is kept that
    // this release does not know.
    run(&url, "update checkouts set locale = 'de'".to_owned()).await;
    for checkout in [&open, &held] {
        let id = checkout["id"].as_str().unwrap();
        let kept = text(&url, format!("select preview from checkouts where id = '{id}'")).await;
        let mut kept: Value = serde_json::from_str(&kept).unwrap();
        kept["of_a_later_release"] = json!({"new": true});
        let kept = quoted(&kept);
        run(&url, format!("update checkouts set preview = '{kept}' where id = '{id}'")).await;
    }
    let world = World::new(Store::open(&url).await.unwrap()).await;
    for checkout in [&open, &held] {
        let id = checkout["id"].as_str().unwrap();
        let now = world.get(&format!("/v1/checkouts/{id}")).await.expect(200);
        assert_ne!(now["confirmation"], checkout["confirmation"]);
        assert_eq!(now["stamp"], checkout["stamp"]);
        let done = world.post(&complete(checkout), seen(checkout)).await.expect(200);
        for member in ["documents", "amount_due", "next_payment", "commitment", "ends"] {
            assert_eq!(done[member], checkout[member], "{member}");
        }
    }
}

async fn a_changed_template_completes_what_the_page_before_has_shown(url: String) {
    let world = ready(&url).await;
    let open = world.open("ada", "year").await;
    let held = hold(&world, &world.open("bob", "year").await).await;
    let pages = Renderer::new().unwrap();
    let pages = pages.with("checkout/preview", "{{#> layout}}<p>Said otherwise.</p>{{/layout}}");
    let pages = pages.unwrap().with("checkout/done", "{{#> layout}}<p>So be it.</p>{{/layout}}");
    let store = Store::open(&url).await.unwrap();
    let (clock, reach) = (world.app.clock().clone(), EndpointReach::Public);
    let here = ("http://localhost:8080".to_owned(), reach);
    let later = App::with_pages(store, clock, [99; 32], here, Arc::new(pages.unwrap()));
    let later = World::behind(later);
    for checkout in [&open, &held] {
        let page = checkout["url"].as_str().unwrap().strip_prefix("http://localhost:8080").unwrap();
        let browser = later.with_key("");
        let seen = browser.get(page).await;
        let before = world.with_key("").get(page).await;
        assert!(seen.text.contains("Said otherwise.") && !before.text.contains("Said otherwise."));
        let id = checkout["id"].as_str().unwrap();
        let now = later.get(&format!("/v1/checkouts/{id}")).await.expect(200);
        assert_eq!(now["stamp"], checkout["stamp"]);
        let done = later.post(&complete(checkout), paid(checkout)).await.expect(200);
        assert_eq!(done["documents"], checkout["documents"]);
        assert!(browser.get(page).await.text.contains("So be it."));
    }
}

/// What 0.3.0 kept of a checkout: what it answered.
fn answered(checkout: &Value) -> Value {
    let known = [
        "transition",
        "effective_on",
        "amount_due",
        "next_payment_on",
        "documents",
        "withdraws",
        "supersedes",
        "confirmation",
    ];
    let only = |preview: &Value| -> Map<String, Value> {
        known.iter().map(|name| ((*name).to_owned(), preview[*name].clone())).collect()
    };
    let by_mode = checkout["preview_by_mode"].as_object().unwrap();
    let by_mode: Map<String, Value> =
        by_mode.iter().map(|(mode, shown)| (mode.clone(), Value::Object(only(shown)))).collect();
    let mut kept = json!({"picked": only(checkout), "preview_by_mode": by_mode});
    for name in ["mode", "modes", "path", "source_subscription", "catch_up", "considered"] {
        kept[name] = checkout[name].clone();
    }
    kept
}

async fn what_was_opened_and_held_under_0_3_0_goes_on(url: String) {
    let world = ready(&url).await;
    let open = world.open("ada", "year").await;
    let held = hold(&world, &world.open("bob", "year").await).await;
    let done = world.buy("cy", "month").await;
    for checkout in [&open, &held, &done] {
        let (id, kept) = (checkout["id"].as_str().unwrap(), quoted(&answered(checkout)));
        let text = format!(
            "update checkouts set preview = '{kept}', stamp = 'of-0-3-0' where id = '{id}'"
        );
        run(&url, text).await;
    }
    for checkout in [&open, &held, &done] {
        let id = checkout["id"].as_str().unwrap();
        let now = world.get(&format!("/v1/checkouts/{id}")).await.expect(200);
        for member in ["mode", "amount_due", "documents", "confirmation", "considered"] {
            assert_eq!(now[member], checkout[member], "{member}");
        }
        assert_eq!(now["commitment"], Value::Null, "nobody had told");
        let page = now["url"].as_str().unwrap().strip_prefix("http://localhost:8080").unwrap();
        assert_eq!(world.with_key("").get(page).await.status, 200);
    }
    let kept = world.post(&complete(&held), paid(&held)).await.expect(200);
    assert_eq!((&kept["status"], &kept["documents"]), (&json!("completed"), &held["documents"]));
    let stale = world.post(&complete(&open), paid(&open)).await;
    assert_eq!(stale.problem(409), "checkout-stale", "an open one may be, once");
    world.post(&complete(&open), seen(&stale.json["checkout"])).await.expect(200);
}

async fn an_edited_text_of_the_path_was_shown_and_makes_stale(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    let shown = world.open("ada", "year").await;
    // An edit of what nobody was shown leaves it as it was.
    let mut path = path_of("next_booking");
    path["internal_title"] = json!("Another name for it");
    world.put("/v1/paths/month-to-year", path.clone()).await.expect(200);
    let again = world.open("ada", "year").await;
    assert_eq!(again["stamp"], shown["stamp"], "the same is shown");
    path["description"] = json!("Something else.");
    world.put("/v1/paths/month-to-year", path).await.expect(200);
    let stale = world.post(&complete(&shown), json!({})).await;
    assert_eq!(stale.problem(409), "checkout-stale");
    assert_eq!(stale.json["checkout"]["confirmation"]["text"], "Something else.");
}

/// While somebody decides about a customer, an opening waits, and then looks at what has become.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_opening_looks_at_one_moment() {
    let Some(database) = postgres::empty().await else { return };
    let url = postgres::url_of(&database);
    let world = World::new(opened(&url).await).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    let mut other = sqlx::PgConnection::connect(&url).await.unwrap();
    let mut deciding = other.begin().await.unwrap();
    let lock = "select id from customers where id = 'ada' for update";
    deciding.execute(lock).await.unwrap();
    let opening = tokio::spawn({
        let world = world.clone();
        async move {
            let body = json!({"customer": "ada", "offer": "month"});
            world.post("/v1/checkouts", body).await
        }
    });
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert!(!opening.is_finished(), "it looks while another decides");
    let end = "update subscriptions set status = 'ended', ended_on = '2026-01-31'";
    deciding.execute(end).await.unwrap();
    deciding.commit().await.unwrap();
    let opened = opening.await.unwrap();
    assert_eq!(opened.status, 201, "the month is over by then: {opened:?}");
}
