//! What one merchant asks for costs nobody else: heavy reading, large graphs, and what is refused
//! because it would cost everybody, with the number.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::Method;
use crossgrade::store::Store;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};

use crate::api::backend::Visitor;
use crate::api::orders::order_of;
use crate::support::{both, opened, postgres};
use crate::world::{ADMIN_KEY, World, complete, eur, offer_of, paid, path_of};

both! {
    forty_audits_keep_nobody_else_waiting,
    a_large_graph_does_not_keep_the_health_waiting_and_has_a_bound,
    what_would_cost_everybody_is_refused_with_the_number,
    a_customer_with_too_many_candidates_is_told_how_many,
    what_takes_long_to_decide_keeps_no_other_merchant_waiting,
    who_is_booked_daily_and_buys_for_years_keeps_no_other_merchant_waiting,
    campaigns_that_take_long_to_decide_keep_no_other_merchant_waiting,
    a_what_if_that_takes_long_keeps_no_thread_from_answering,
    what_a_customer_can_change_to_comes_in_pages,
}

/// How long anything else may take meanwhile; the machine may be busy.
const SOON: Duration = Duration::from_secs(8);

async fn forty_audits_keep_nobody_else_waiting(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    for customer in 0..20 {
        world.buy(&format!("c{customer}"), "month").await;
    }
    let made = world.post("/v1/keys", json!({"role": "read"})).await.expect(201);
    let reader = world.with_key(made["key"].as_str().unwrap());
    let audits: Vec<_> = (0..40)
        .map(|_| {
            let reader = reader.clone();
            tokio::spawn(async move { reader.get("/v1/audit").await.status })
        })
        .collect();
    for turn in 0..5 {
        let started = Instant::now();
        assert_eq!(world.get("/health/ready").await.status, 200);
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let key = Some(format!("%2Fkey={ADMIN_KEY}"));
        let nobody = world.with_key("");
        let entered = nobody.call(Method::POST, "/backend/sign-in", &form, key).await;
        assert_eq!(entered.status, 303, "{entered:?}");
        let checkout = world.open(&format!("d{turn}"), "month").await;
        let id = checkout["id"].as_str().unwrap();
        world.post(&format!("/v1/checkouts/{id}/complete"), paid(&checkout)).await.expect(200);
        assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    }
    let mut done = Vec::new();
    for audit in audits {
        done.push(audit.await.unwrap());
    }
    assert!(done.iter().all(|status| [200, 503].contains(status)), "{done:?}");
    assert!(done.contains(&200));
}

/// What a key has of the connections, and how many requests it sends.
const OF_A_KEY: i64 = 10;
const FLOOD: usize = 40;

/// One key sends more than there are connections, and all of it is stuck: with an
/// `Idempotency-Key` and without. On SQLite nobody holds a lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_whose_requests_are_stuck_leaves_connections_to_the_others() {
    let Some(database) = postgres::empty().await else { return };
    let url = postgres::url_of(&database);
    let world = World::new(opened(&url).await).await;
    world.catalogue().await;
    let made = world.post("/v1/merchants", json!({"id": "zoe", "name": "Zoe"})).await.expect(201);
    let zoe = world.with_key(made["key"].as_str().unwrap());
    zoe.catalogue().await;
    zoe.put("/v1/customers/zora", json!({"name": "Zora"})).await.expect(201);
    let mut other = PgConnection::connect(&url).await.unwrap();
    for keyed in [false, true] {
        other.execute("begin").await.unwrap();
        other.execute("select 1 from customers where id = 'zora' for update").await.unwrap();
        let stuck: Vec<_> = (0..FLOOD)
            .map(|n| {
                let zoe = zoe.clone();
                tokio::spawn(async move {
                    let key = format!("{keyed}-{n}");
                    let headers = [("content-type", "application/json"), ("idempotency-key", &key)];
                    let headers = &headers[..=usize::from(keyed)];
                    let (method, path, body) = if keyed {
                        let body = json!({"amount": eur("1.00"), "reference": key});
                        (Method::POST, "/v1/customers/zora/payouts", body)
                    } else {
                        let body = json!({"name": format!("Zora {n}")});
                        (Method::PUT, "/v1/customers/zora", body)
                    };
                    zoe.call(method, path, headers, Some(body.to_string())).await.status
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(500)).await;
        let text = "select count(*) from pg_stat_activity where datname = current_database() \
                    and wait_event_type = 'Lock'";
        let waiting: i64 = sqlx::query_scalar(text).fetch_one(&mut other).await.unwrap();
        assert!((1..=OF_A_KEY).contains(&waiting), "{waiting} with a key: {keyed}");
        let begun = Instant::now();
        for turn in 0..3 {
            world.buy(&format!("buyer-{keyed}-{turn}"), "month").await;
        }
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
        other.execute("rollback").await.unwrap();
        for one in stuck {
            one.await.unwrap();
        }
    }
    world.app.store().close().await;
}

async fn a_large_graph_does_not_keep_the_health_waiting_and_has_a_bound(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    for tag in ["one", "two"] {
        world.put(&format!("/v1/tags/{tag}"), json!({"title": tag})).await.expect(201);
    }
    let mut path = path_of("next_booking");
    (path["source_tags"], path["target_tags"]) = (json!(["one"]), json!(["two"]));
    world.put("/v1/paths/all", path).await.expect(201);
    let mut offer = offer_of("o", "9.90", "P1M");
    offer["tags"] = json!(["one", "two"]);
    for n in 0..316 {
        world.put(&format!("/v1/offers/o{n:03}"), offer.clone()).await.expect(201);
    }
    // With what the catalogue had before.
    let refused = world.put("/v1/offers/one-more", offer).await;
    assert_eq!(refused.problem(409), "conflict");
    let detail = refused.json["detail"].as_str().unwrap();
    assert!(detail.contains("100490") && detail.contains("100000"), "{detail}");

    let reader = world.clone();
    let started = Instant::now();
    let graph = tokio::spawn(async move { reader.get("/v1/graph").await });
    let (mut longest, mut last) = (Duration::ZERO, Instant::now());
    while !graph.is_finished() {
        assert_eq!(world.get("/health/live").await.status, 200);
        tokio::task::yield_now().await;
        longest = longest.max(last.elapsed());
        last = Instant::now();
    }
    let took = started.elapsed();
    let graph = graph.await.unwrap().expect(200);
    assert_eq!(graph["edges"].as_array().unwrap().len(), 316 * 315 + 1);
    assert!(longest * 2 < took, "{longest:?} of {took:?}");
}

async fn what_would_cost_everybody_is_refused_with_the_number(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let mut offer = offer_of("month", "9.90", "P1M");
    offer["products"] = (0..101).map(|n| json!(format!("p{n}"))).collect();
    let mut path = path_of("next_booking");
    path["title"] = json!("{subscriptionTitle}".repeat(21));
    let many: Value =
        (0..51).map(|n| (n.to_string(), json!(""))).collect::<serde_json::Map<_, _>>().into();
    let checkout =
        |metadata: Value| json!({"customer": "ada", "offer": "month", "metadata": metadata});
    let long = json!({"note": "x".repeat(501)});
    let table = [
        (Method::PUT, "/v1/offers/many", offer, "/products", "100"),
        (Method::PUT, "/v1/paths/many", path, "/title", "20"),
        (Method::PUT, "/v1/tags/many", json!({"title": "x".repeat(10_001)}), "/title", "10000"),
        (Method::POST, "/v1/checkouts", checkout(many), "/metadata", "50"),
        (Method::POST, "/v1/checkouts", checkout(long), "/metadata/note", "500"),
    ];
    for (method, path, body, pointer, number) in table {
        let refused = world.call(method, path, &[], Some(body.to_string())).await;
        assert_eq!(refused.pointers(), [pointer], "{path}");
        let detail = refused.json["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains(number), "{path}: {detail}");
    }
}

async fn a_customer_with_too_many_candidates_is_told_how_many(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    for n in 0..41 {
        world.put(&format!("/v1/paths/p{n:02}"), path_of("next_booking")).await.expect(201);
    }
    let mut last = Value::Null;
    for _ in 0..49 {
        let body = json!({"customer": "ada", "offer": "month", "allow_new": true});
        let checkout = world.post("/v1/checkouts", body).await.expect(201);
        let id = checkout["id"].as_str().unwrap();
        let done = format!("/v1/checkouts/{id}/complete");
        last =
            world.post(&done, paid(&checkout)).await.expect(200)["result"]["subscription"].clone();
    }
    let refused = world.post("/v1/checkouts", json!({"customer": "ada", "offer": "year"})).await;
    assert_eq!(refused.pointers(), ["/offer"]);
    let detail = refused.json["errors"][0]["detail"].as_str().unwrap();
    assert!(
        detail.contains("49 subscriptions and 42 paths") && detail.contains("2000"),
        "{detail}"
    );
    let pinned = json!({"customer": "ada", "offer": "year", "subscription": last});
    world.post("/v1/checkouts", pinned).await.expect(201);
}

/// Another merchant, of whose customer `ada` all that she has and all paths are weighed.
async fn with_many_candidates(world: &World) -> (World, String) {
    let made = world.post("/v1/merchants", json!({"id": "zoe", "name": "Zoe"})).await.expect(201);
    let key = made["key"].as_str().unwrap().to_owned();
    let zoe = world.with_key(&key);
    zoe.catalogue().await;
    for n in 0..39 {
        zoe.put(&format!("/v1/paths/p{n:02}"), path_of("last_booking")).await.expect(201);
    }
    for _ in 0..49 {
        let body = json!({"customer": "ada", "offer": "month", "allow_new": true});
        let checkout = zoe.post("/v1/checkouts", body).await.expect(201);
        let done = format!("/v1/checkouts/{}/complete", checkout["id"].as_str().unwrap());
        zoe.post(&done, paid(&checkout)).await.expect(200);
    }
    (zoe, key)
}

async fn what_takes_long_to_decide_keeps_no_other_merchant_waiting(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let (zoe, _) = with_many_candidates(&world).await;
    let checkout = zoe.open("ada", "year").await;
    assert_eq!(checkout["considered"].as_array().unwrap().len(), 49 * 40);
    let listed = zoe.get("/v1/checkouts?status=open").await.expect(200);
    let listed = listed["data"][0]["considered"].as_array().unwrap().clone();
    assert_eq!((listed.len(), &listed[0]), (20, &checkout["considered"][0]));
    let whole = zoe.get(&format!("/v1/checkouts/{}", checkout["id"].as_str().unwrap())).await;
    assert_eq!(whole.expect(200)["considered"], checkout["considered"]);
    let opening = async move {
        let checkout = zoe.open("ada", "year").await;
        zoe.post(&complete(&checkout), paid(&checkout)).await.expect(200)
    };
    let (completed, sold) = sold_meanwhile(&world, opening).await;
    assert_eq!(completed["status"], "completed");
    // Within the one writer, each of its decisions would have let one sale pass.
    assert!(sold >= 5, "only {sold} were sold meanwhile");
}

/// What somebody's work comes to, and how much is sold to others while it lasts.
async fn sold_meanwhile(
    world: &World,
    work: impl Future<Output = Value> + Send + 'static,
) -> (Value, usize) {
    let work = tokio::spawn(work);
    let mut sold = 0;
    while !work.is_finished() {
        world.buy(&format!("buyer-{sold}"), "month").await;
        sold += 1;
    }
    (work.await.unwrap(), sold)
}

/// What is paid next for four years is told with all that is booked daily up to then.
async fn who_is_booked_daily_and_buys_for_years_keeps_no_other_merchant_waiting(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let made = world.post("/v1/merchants", json!({"id": "zoe", "name": "Zoe"})).await.expect(201);
    let zoe = world.with_key(made["key"].as_str().unwrap());
    zoe.catalogue().await;
    for (id, price, period) in [("day", "0.10", "P1D"), ("years", "400.00", "P4Y")] {
        zoe.put(&format!("/v1/tags/{id}"), json!({"title": id})).await.expect(201);
        zoe.put(&format!("/v1/offers/{id}"), offer_of(id, price, period)).await.expect(201);
    }
    zoe.buy("ada", "day").await;
    let buying = async move {
        let checkout = zoe.open("ada", "years").await;
        let at = format!("/v1/checkouts/{}", checkout["id"].as_str().unwrap());
        zoe.post(&format!("{at}/hold"), json!({})).await.expect(200);
        zoe.post(&format!("{at}/complete"), paid(&checkout)).await.expect(200)
    };
    let (completed, sold) = sold_meanwhile(&world, buying).await;
    assert_eq!(completed["next_payment"]["on"], "2030-01-31", "{completed}");
    assert!(sold >= 10, "only {sold} were sold meanwhile");
}

async fn campaigns_that_take_long_to_decide_keep_no_other_merchant_waiting(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let (zoe, _) = with_many_candidates(&world).await;
    let mut longer = offer_of("years", "190.00", "P2Y");
    longer["tags"] = json!(["year"]);
    zoe.put("/v1/offers/years", longer).await.expect(201);
    // She has that already, which is found out after all candidates were weighed.
    zoe.buy("ada", "year").await;
    for (rank, offer) in (0..).zip(["year", "years"]) {
        let campaign = json!({
            "title": offer, "channels": ["web"], "triggers": ["paper"], "offered_offer": offer,
            "priority": 1 - rank,
        });
        zoe.put(&format!("/v1/campaigns/{offer}"), campaign).await.expect(201);
    }
    let order = order_of("o", &[("paper", 1, "1")]);
    zoe.post("/v1/orders", order).await.expect(201);
    let asking = async move { zoe.post("/v1/orders/o/upsell", json!({})).await.expect(200) };
    let (asked, sold) = sold_meanwhile(&world, asking).await;
    assert_eq!(asked["offer"]["offer"], "years", "{asked}");
    assert!(sold >= 5, "only {sold} were sold meanwhile");
}

async fn a_what_if_that_takes_long_keeps_no_thread_from_answering(store: Store) {
    let world = World::new(store).await;
    let (zoe, key) = with_many_candidates(&world).await;
    let visitor = Arc::new(Visitor::sign_in(&zoe, &key).await);
    let what_if = async move {
        // The time before the other one is lived through, too.
        let asked = ["", "&%2Fon=2027-01-31"].map(|on| {
            let visitor = Arc::clone(&visitor);
            let page = format!("/backend/what-if?%2Fcustomer=ada&%2Foffer=year{on}");
            tokio::spawn(async move { visitor.get(&page).await })
        });
        for page in asked {
            let page = page.await.unwrap();
            let is_told = page.status == 200 && page.text.contains("outranked");
            assert!(is_told || page.status == 503, "{}", page.status);
        }
    };
    let what_if = tokio::spawn(what_if);
    // On those very threads.
    let answered = tokio::spawn(async move {
        let mut answered = 0;
        while !what_if.is_finished() {
            assert_eq!(world.get("/health/live").await.status, 200);
            answered += 1;
        }
        what_if.await.unwrap();
        answered
    });
    let answered = answered.await.unwrap();
    assert!(answered > 30, "only {answered} were answered meanwhile");
}

async fn what_a_customer_can_change_to_comes_in_pages(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let mut offer = offer_of("year", "99.00", "P1Y");
    for id in ["a-year", "z-year"] {
        offer["title"] = json!(id);
        world.put(&format!("/v1/offers/{id}"), offer.clone()).await.expect(201);
    }
    world.buy("ada", "month").await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/customers/ada/transitions?limit=2&cursor={cursor}");
        let page = world.get(&path).await.expect(200);
        let data = page["data"].as_array().unwrap();
        assert!((1..=2).contains(&data.len()));
        seen.extend(data.iter().map(|it| it["target_offer"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(seen, ["a-year", "year", "z-year"]);
}

/// The database ends every session, as a restart or a failover does: whoever comes next is served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_died_while_it_lay_idle_costs_nobody_a_sale() {
    let Some(database) = postgres::empty().await else { return };
    let url = postgres::url_of(&database);
    let world = World::new(opened(&url).await).await;
    world.catalogue().await;
    let crowd: Vec<_> = (0..12)
        .map(|n| {
            let world = world.clone();
            tokio::spawn(async move { world.buy(&format!("early-{n}"), "month").await })
        })
        .collect();
    for one in crowd {
        one.await.unwrap();
    }
    let mut other = PgConnection::connect(&url).await.unwrap();
    let text = "select count(pg_terminate_backend(pid)) from pg_stat_activity \
                where datname = current_database() and pid <> pg_backend_pid()";
    let ended: i64 = sqlx::query_scalar(text).fetch_one(&mut other).await.unwrap();
    assert!(ended > 1, "{ended} sessions");
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    for turn in 0..10 {
        world.buy(&format!("late-{turn}"), "month").await;
    }
}
