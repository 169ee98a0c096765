//! People who hang up, at any moment and on every kind of request, beside a shop that sells: they
//! hurt nobody. `CROSSGRADE_HANG_UPS` says how many there are.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::http::Method;
use crossgrade::app::AppError;
use crossgrade::app::caller::{self, Caller};
use crossgrade::domain::ids::MerchantId;
use crossgrade::store::Page;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::api::backend::Visitor;
use crate::api::roles::{body, filled, furnish};
use crate::oracle::generate::Dice;
use crate::pages::table::ROUTES;
use crate::support::{both_books, opened};
use crate::world::{World, complete, offer_of, paid};

/// How many hang up, unless told otherwise.
const HANG_UPS: i64 = 10_000;
/// How many are about at a time.
const PEOPLE: u64 = 4;
/// The longest time that anybody waits.
const PATIENCE_MICROS: u64 = 12_000;

both_books! {
    who_hangs_up_hurts_nobody,
    who_has_hung_up_is_read_for_no_more,
}

fn hang_ups() -> i64 {
    let told = std::env::var_os("CROSSGRADE_HANG_UPS");
    let number = |told: std::ffi::OsString| told.to_str().and_then(|told| told.parse().ok());
    told.map_or(HANG_UPS, |told| number(told).expect("a number of hang-ups"))
}

/// What somebody asks for before they hang up.
#[derive(Clone)]
struct Request {
    who: World,
    method: Method,
    path: String,
    cookie: String,
    body: Option<String>,
}

/// What is asked about a checkout of the shop that sells: reading, writing, buying, and its page.
fn of_the_shop(world: &World, checkout: &Value) -> Vec<Request> {
    let customer = checkout["customer"].as_str().unwrap();
    let buy = json!({"customer": customer, "offer": "month", "allow_new": true});
    let url = checkout["url"].as_str().unwrap();
    let page = url.trim_start_matches("http://localhost:8080").to_owned();
    let act = |what: &str| format!("/v1/checkouts/{}/{what}", checkout["id"].as_str().unwrap());
    let get = |path: &str| (Method::GET, path.to_owned(), None);
    let all = [
        get("/health/ready"),
        get("/v1/offers"),
        get("/v1/checkouts"),
        get("/v1/invoices"),
        get(&format!("/v1/customers/{customer}/transitions")),
        get(&page),
        (Method::PUT, "/v1/offers/year".to_owned(), Some(offer_of("year", "99.00", "P1Y"))),
        (Method::PUT, format!("/v1/customers/{customer}"), Some(json!({"name": "Ada"}))),
        (Method::POST, "/v1/checkouts".to_owned(), Some(buy)),
        (Method::POST, act("hold"), Some(json!({}))),
        (Method::POST, act("release"), Some(json!({}))),
        (Method::POST, complete(checkout), Some(paid(checkout))),
    ];
    let request = |(method, path, body): (Method, String, Option<Value>)| Request {
        who: world.clone(),
        method,
        path,
        cookie: String::new(),
        body: body.map(|body| body.to_string()),
    };
    all.map(request).to_vec()
}

/// Every operation of the document, and every page that is no page of one thing, of another
/// merchant, whose things may go meanwhile.
async fn of_another(world: &World) -> Vec<Request> {
    let made = world.post("/v1/merchants", json!({"id": "zoe", "name": "Zoe"})).await.expect(201);
    let key = made["key"].as_str().unwrap();
    let zoe = world.with_key(key);
    let (document, known) = furnish(&zoe).await;
    let mut dice = Dice::new(3);
    let mut all = Vec::new();
    for operation in document.operations() {
        let (path, _) = filled(&zoe, &operation).await;
        // It is the key that all of them ask with.
        if operation.method == "DELETE" && path.starts_with("/v1/keys/") {
            continue;
        }
        let text = body(&document, &operation, &known, &mut dice);
        let method = operation.method.parse().unwrap();
        let body = Some(text).filter(|text| !text.is_empty());
        all.push(Request { who: zoe.clone(), method, path, cookie: String::new(), body });
    }
    assert!(all.len() > 100, "{}", all.len());
    let cookie = Visitor::sign_in(&zoe, key).await.cookie;
    let pages = ROUTES.iter().filter(|it| it.method == "GET" && !it.path.contains('{'));
    all.extend(pages.map(|page| Request {
        who: world.with_key(""),
        method: Method::GET,
        path: format!("{}?{}", page.path, if page.form.contains('$') { "" } else { page.form }),
        cookie: cookie.clone(),
        body: None,
    }));
    all
}

/// Asks and hangs up, until there were enough of them.
async fn hang_up(world: World, others: Arc<Vec<Request>>, seed: u64, left: Arc<AtomicI64>) {
    let mut dice = StdRng::seed_from_u64(seed);
    let checkout = world.open(&format!("visitor-{seed}"), "month").await;
    let own = of_the_shop(&world, &checkout);
    let stranger = world.with_key("cg_test_unknown");
    while left.fetch_sub(1, Ordering::Relaxed) > 0 {
        let from = if dice.random_ratio(1, 4) { &own } else { &*others };
        let Request { who, method, path, cookie, body } =
            from[dice.random_range(0..from.len())].clone();
        let who = if dice.random_ratio(1, 4) { &stranger } else { &who };
        let key = format!("{}", dice.random_range(0..100));
        let mut headers = vec![("content-type", "application/json")];
        if !cookie.is_empty() {
            headers.push(("cookie", &cookie));
        } else if dice.random() {
            headers.push(("idempotency-key", &key));
        }
        let asked = who.call(method, &path, &headers, body);
        let patience = Duration::from_micros(dice.random_range(0..PATIENCE_MICROS));
        if let Ok(answer) = tokio::time::timeout(patience, asked).await {
            assert!(answer.status < 500, "{path}: {answer:?}");
        }
    }
}

/// Sessions that are idle within a transaction.
async fn left_open(url: &str) -> i64 {
    let mut conn = PgConnection::connect(url).await.unwrap();
    let text = "select count(*) from pg_stat_activity where datname = current_database() \
                and state like 'idle in transaction%'";
    let count = sqlx::query_scalar(text).fetch_one(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    count
}

async fn who_hangs_up_hurts_nobody(url: String) {
    let world = World::new(opened(&url).await).await;
    world.catalogue().await;
    let left = Arc::new(AtomicI64::new(hang_ups()));
    let others = Arc::new(of_another(&world).await);
    let people: Vec<_> = (0..PEOPLE)
        .map(|n| {
            let (world, others, left) = (world.clone(), Arc::clone(&others), Arc::clone(&left));
            tokio::spawn(hang_up(world, others, n, left))
        })
        .collect();
    let mut sold = 0;
    while left.load(Ordering::Relaxed) > 0 {
        // Each of these is answered with 2xx.
        world.buy(&format!("buyer-{sold}"), "month").await;
        sold += 1;
    }
    for person in people {
        person.await.unwrap();
    }
    assert!(sold > 0, "{sold}");
    if url.starts_with("postgres") {
        // What was begun is still being ended.
        let ended = async {
            while left_open(&url).await > 0 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(5), ended).await;
        assert!(waited.is_ok(), "a session is left within a transaction");
    }
    let audit = world.get("/v1/audit").await.expect(200);
    assert_eq!(audit["ok"], json!(true), "{audit}");
    world.app.store().close().await;
}

/// It is none of the failures that a database has, of which logs and metrics would tell.
async fn who_has_hung_up_is_read_for_no_more(url: String) {
    let store = opened(&url).await;
    let app = World::new(store.clone()).await.app;
    let merchant = MerchantId::parse("default").unwrap();
    let someone = Caller::new();
    let reading = caller::waiting(&someone, app.customers(&merchant, Page::first(1)));
    assert!(reading.await.is_ok());
    let reading = caller::waiting(&someone, app.customers(&merchant, Page::first(1)));
    drop(someone);
    let ended = reading.await;
    assert!(matches!(ended, Err(AppError::Unawaited)), "{ended:?}");
    store.close().await;
}
