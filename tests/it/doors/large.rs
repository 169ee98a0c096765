//! Much that one merchant has, and many who ask for it or are stuck at once: nobody else waits.

use std::time::{Duration, Instant};

use axum::http::Method;
use crossgrade::store::{PAGE_BYTES_MAX, Store};
use serde_json::{Map, Value, json};
use sqlx::{Connection, Executor, PgConnection};

use crate::support::{both, opened, postgres};
use crate::world::World;

both! {
    a_list_of_large_checkouts_comes_in_pages_that_are_not,
    a_list_of_large_templates_comes_in_pages_that_are_not,
    what_is_large_only_in_all_is_refused_with_the_number,
}

/// The ids of a list, page by page, and how many pages there were. None is empty, and none is much
/// larger than a page may be.
async fn walked(world: &World, list: &str) -> (Vec<String>, usize) {
    let (mut seen, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let page = world.get(&format!("{list}?limit=200&cursor={cursor}")).await.expect(200);
        let size = page.to_string().len();
        assert!(size < PAGE_BYTES_MAX * 5 / 4, "{size}");
        let data = page["data"].as_array().unwrap();
        assert!(!data.is_empty());
        seen.extend(data.iter().map(|it| it["id"].as_str().unwrap().to_owned()));
        pages += 1;
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return (seen, pages),
        }
    }
}

async fn a_list_of_large_checkouts_comes_in_pages_that_are_not(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let note = "\u{1f600}".repeat(500);
    let metadata: Map<String, Value> = (0..50).map(|n| (n.to_string(), json!(note))).collect();
    let mut opened = Vec::new();
    for n in 0..50 {
        let body = json!({"customer": format!("c{n}"), "offer": "month", "metadata": metadata});
        let checkout = world.post("/v1/checkouts", body).await.expect(201);
        opened.push(checkout["id"].as_str().unwrap().to_owned());
    }
    opened.sort();
    let (seen, pages) = walked(&world, "/v1/checkouts").await;
    assert_eq!((seen, pages), (opened, 2));
}

fn template(languages: &[&str]) -> Value {
    let said = "\u{1f600}".repeat(9_000);
    let text = json!({"subject": "s", "text": said, "html": said});
    let texts: Map<String, Value> =
        languages.iter().map(|tag| ((*tag).to_owned(), text.clone())).collect();
    json!({"title": "T", "texts": texts})
}

const LANGUAGES: [&str; 12] =
    ["da", "de", "en", "es", "fr", "it", "nl", "no", "pl", "pt", "sv", "tr"];

async fn a_list_of_large_templates_comes_in_pages_that_are_not(store: Store) {
    let world = World::new(store).await;
    let template = template(&LANGUAGES[..10]);
    let ids: Vec<String> = (0..8).map(|n| format!("t{n}")).collect();
    for id in &ids {
        world.put(&format!("/v1/message-templates/{id}"), template.clone()).await.expect(201);
    }
    let (seen, pages) = walked(&world, "/v1/message-templates").await;
    assert_eq!((seen, pages), (ids, 2));
}

async fn what_is_large_only_in_all_is_refused_with_the_number(store: Store) {
    let world = World::new(store).await;
    let names = |sign: &str, count: usize| -> Vec<String> {
        (0..count).map(|n| format!("{n}{}", sign.repeat(120))).collect()
    };
    let campaign = json!({
        "title": "C", "channels": names("c", 900), "customer_groups": names("g", 800),
        "payment_methods": names("p", 800), "offered_product": "p",
    });
    let seller = |field: &str| json!({"seller": {"name": "S", field: "x".repeat(1_001)}});
    let table = [
        ("/v1/message-templates/t", template(&LANGUAGES), "/texts", "200000"),
        ("/v1/campaigns/c", campaign, "/channels", "200000"),
        ("/v1/settings", seller("name"), "/seller/name", "1000"),
        ("/v1/settings", seller("address"), "/seller/address", "1000"),
    ];
    for (path, body, pointer, number) in table {
        let refused = world.put(path, body).await;
        let pointers = refused.pointers();
        let place = pointers.iter().position(|it| *it == pointer);
        let place = place.unwrap_or_else(|| panic!("{path}: {pointers:?}"));
        let detail = refused.json["errors"][place]["detail"].as_str().unwrap();
        assert!(detail.contains(number), "{path}: {detail}");
    }
}

/// How many sessions of this database wait for a lock.
async fn stuck(other: &mut PgConnection) -> i64 {
    let text = "select count(*) from pg_stat_activity where datname = current_database() \
                and wait_event_type = 'Lock'";
    sqlx::query_scalar(text).fetch_one(other).await.unwrap()
}

/// A merchant with a customer, `zora`, whose row a session of another program has locked; on SQLite
/// nobody can.
async fn with_a_stuck_customer() -> Option<(World, World, PgConnection)> {
    let database = postgres::empty().await?;
    let url = postgres::url_of(&database);
    let world = World::new(opened(&url).await).await;
    world.catalogue().await;
    let made = world.post("/v1/merchants", json!({"id": "zoe", "name": "Zoe"})).await.expect(201);
    let zoe = world.with_key(made["key"].as_str().unwrap());
    zoe.catalogue().await;
    zoe.put("/v1/settings", json!({"purchase_on_account": true})).await.expect(200);
    zoe.put("/v1/customers/zora", json!({"name": "Zora"})).await.expect(201);
    let mut other = PgConnection::connect(&url).await.unwrap();
    other.execute("set idle_in_transaction_session_timeout = 0").await.unwrap();
    Some((world, zoe, other))
}

async fn lock_zora(other: &mut PgConnection) {
    other.execute("begin").await.unwrap();
    other.execute("select 1 from customers where id = 'zora' for update").await.unwrap();
}

/// Nobody needs a key to press a button again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hosted_page_that_is_stuck_takes_two_connections_and_no_more() {
    let Some((world, zoe, mut other)) = with_a_stuck_customer().await else { return };
    let checkout = zoe.open("zora", "month").await;
    let page = checkout["url"].as_str().unwrap();
    let page = page.trim_start_matches("http://localhost:8080").to_owned();
    let form = format!("mode=new&stamp={}", checkout["stamp"].as_str().unwrap());
    lock_zora(&mut other).await;
    let nobody = world.with_key("");
    let pressing: Vec<_> = (0..24)
        .map(|_| {
            let (nobody, page, form) = (nobody.clone(), page.clone(), form.clone());
            let headers = [("content-type", "application/x-www-form-urlencoded")];
            tokio::spawn(async move {
                nobody.call(Method::POST, &page, &headers, Some(form)).await.status
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(700)).await;
    let waiting = stuck(&mut other).await;
    assert!((1..=2).contains(&waiting), "{waiting}");
    let begun = Instant::now();
    for turn in 0..3 {
        world.buy(&format!("buyer-{turn}"), "month").await;
        zoe.buy(&format!("buyer-{turn}"), "month").await;
        assert_eq!(world.get("/health/ready").await.status, 200);
    }
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    other.execute("rollback").await.unwrap();
    for one in pressing {
        let status = one.await.unwrap();
        assert!([200, 303, 503].contains(&status), "{status}");
    }
    let read = zoe.get(&format!("/v1/checkouts/{}", checkout["id"].as_str().unwrap())).await;
    assert_eq!(read.expect(200)["status"], "completed");
    world.app.store().close().await;
}

/// Each thing that is waited for takes of the same ten seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_for_a_turn_and_for_a_lock_is_told_before_long() {
    let Some((world, zoe, mut other)) = with_a_stuck_customer().await else { return };
    lock_zora(&mut other).await;
    let begun = Instant::now();
    let waiting: Vec<_> = (0..30)
        .map(|n| {
            let zoe = zoe.clone();
            tokio::spawn(async move {
                let name = json!({"name": format!("Zora {n}")});
                zoe.put("/v1/customers/zora", name).await.status
            })
        })
        .collect();
    for one in waiting {
        assert_eq!(one.await.unwrap(), 503);
    }
    assert!(begun.elapsed() < Duration::from_secs(12), "{:?}", begun.elapsed());
    other.execute("rollback").await.unwrap();
    world.app.store().close().await;
}

/// What nobody waits for any more does not begin to write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sales_that_were_given_up_do_not_pile_up_before_the_next() {
    let Some((world, zoe, mut other)) = with_a_stuck_customer().await else { return };
    lock_zora(&mut other).await;
    let given_up: Vec<_> = (0..120)
        .map(|_| {
            let zoe = zoe.clone();
            tokio::spawn(async move {
                let body = json!({"customer": "zora", "offer": "month"});
                let asked = zoe.post("/v1/checkouts", body);
                let patience = Duration::from_millis(400);
                assert!(tokio::time::timeout(patience, asked).await.is_err(), "it is stuck");
            })
        })
        .collect();
    for one in given_up {
        one.await.unwrap();
    }
    other.execute("rollback").await.unwrap();
    let begun = Instant::now();
    zoe.buy("buyer", "month").await;
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    let found = zoe.get("/v1/checkouts?customer=zora&limit=200").await.expect(200);
    let found = found["data"].as_array().unwrap().len();
    // Those that had a connection.
    assert!(found <= 12, "{found}");
    world.app.store().close().await;
}
