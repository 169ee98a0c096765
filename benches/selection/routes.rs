//! What a shop waits for: routes of the server on an SQLite book, asked for through the router.

use std::path::Path;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use chrono::{DateTime, Utc};
use crossgrade::app::App;
use crossgrade::clock::Clock;
use crossgrade::domain::webhook::EndpointReach;
use crossgrade::server::{ServerOptions, serve_router};
use crossgrade::store::Store;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use tower::ServiceExt;

use crate::world::{self, Dice};
use crate::{WARM_UP, is_wanted, option, print};

const KEY: &str = "cg_bench_0123456789012345678901234567890123456789";
const NOW: &str = "2026-02-10T09:00:00Z";
const ASKED: usize = 2_000;
const RULES: u64 = 1_000;
const CAMPAIGNS: u64 = 100_000;

struct Shop {
    app: App,
    router: axum::Router,
}

impl Shop {
    async fn open(url: &str) -> Self {
        let store = Store::open(url).await.expect("a store");
        store.migrate().await.expect("tables");
        let now: DateTime<Utc> = NOW.parse().expect("an instant");
        let clock = Clock::simulated(now);
        let app =
            App::new(store, clock, [7; 32], "http://localhost".to_owned(), EndpointReach::Public);
        let app = app.expect("an app");
        app.bootstrap(Some(KEY)).await.expect("a merchant");
        let router = serve_router(app.clone(), ServerOptions::default());
        Self { app, router }
    }

    /// Sends a request; how long the answer took.
    async fn call(&self, method: &str, path: &str, body: &Value) -> Duration {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("authorization", format!("Bearer {KEY}"));
        let request = request.header("content-type", "application/json");
        let request = request.body(Body::from(body.to_string())).expect("a request");
        let begun = Instant::now();
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 64 << 20).await.expect("a body");
        let took = begun.elapsed();
        assert!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&bytes));
        took
    }

    async fn asked(&self, what: &str, path: &str, bodies: &[Value]) {
        let mut times = Vec::with_capacity(bodies.len());
        for (place, body) in bodies.iter().take(WARM_UP).chain(bodies).enumerate() {
            let took = self.call("POST", path, body).await;
            if place >= WARM_UP.min(bodies.len()) {
                times.push(took);
            }
        }
        print(what, &mut times);
    }
}

/// Fills a book past the engine: products, and campaigns as the engine writes them.
async fn fill(file: &Path, campaigns: u64) {
    let url = format!("sqlite:{}", file.display());
    let mut book = SqliteConnection::connect(&url).await.expect("a book");
    let mut tx = book.begin().await.expect("a transaction");
    for number in 0..world::PRODUCTS {
        let stock = world::is_sold_out(number).then_some(0_i64);
        sqlx::query(
            "insert into products (merchant_id, id, title, kind, brand, unit_net_minor, \
             unit_net_currency, stock) values ('default', $1, $1, 'physical', $2, $3, 'USD', $4)",
        )
        .bind(world::product(number).to_string())
        .bind(format!("brand-{}", number % 400))
        .bind(i64::try_from(200 + number % 5_000).unwrap_or(0))
        .bind(stock)
        .execute(&mut *tx)
        .await
        .expect("a product");
    }
    for campaign in world::campaigns(campaigns, 5) {
        sqlx::query(
            "insert into campaigns (merchant_id, id, edit, active, title, terms) \
             values ('default', $1, $2, $3, $4, $5)",
        )
        .bind(campaign.id.to_string())
        .bind(campaign.edit)
        .bind(campaign.validity.active)
        .bind(campaign.title.clone())
        .bind(serde_json::to_string(&campaign).expect("JSON"))
        .execute(&mut *tx)
        .await
        .expect("a campaign");
    }
    let edit = format!("update merchants set edit = {} where id = 'default'", CAMPAIGNS * 2);
    sqlx::query(AssertSqlSafe(edit)).execute(&mut *tx).await.expect("an edit");
    tx.commit().await.expect("a commit");
    sqlx::query("analyze").execute(&mut book).await.expect("statistics");
}

/// What has to be bought: a net value, a brand or a product, and for whom.
fn condition(dice: &mut Dice) -> Value {
    let need = match dice.below(3) {
        0 => json!({"net": {"min": format!("{}.00", 50 + dice.below(2_000))}}),
        1 => json!({"units": {"of": {"brand": format!("brand-{}", dice.below(400))},
            "min": 1 + dice.below(4)}}),
        _ => json!({"units": {"of": {"product": world::product(dice.popular())}, "min": 1}}),
    };
    let channel = json!({"channel": [format!("channel-{}", dice.below(world::CHANNELS))]});
    json!({"all": [channel, need]})
}

async fn promotions(shop: &Shop) {
    let mut dice = Dice::new(21);
    for number in 0..RULES {
        let brand = json!({"brand": format!("brand-{}", dice.below(400))});
        let body = json!({
            "title": format!("Promotion {number}"), "currency": "USD",
            "qualifies": condition(&mut dice), "reward": {"kind": "free_shipping"},
            "upsells": [{"id": "more", "priority": 1, "when": {"net": {"min": "1.00"}},
                "message": "{missing} more", "suggest": [brand]}],
        });
        shop.call("PUT", &format!("/v1/promotions/promotion-{number:04}"), &body).await;
    }
}

/// Gift rules; each that feeds others gives what the next one asks for.
async fn gift_rules(shop: &Shop, feeding: bool) {
    let mut dice = Dice::new(22);
    for number in 0..RULES {
        let gift = world::product(if feeding { number + 1 } else { dice.below(world::PRODUCTS) });
        let buy = if feeding {
            json!({"units": {"of": {"product": world::product(number)}, "min": 1}})
        } else {
            condition(&mut dice)
        };
        let body = json!({
            "title": format!("Gift {number}"), "currency": "USD",
            "priority": if feeding { 0 } else { number % 7 },
            "buy": buy, "get": [{"product": gift, "quantity": 1}],
            "counts_for_other_rules": feeding,
        });
        shop.call("PUT", &format!("/v1/gift-rules/rule-{number:04}"), &body).await;
    }
}

/// What an order is offered, before and after a save, and what the first question costs.
async fn upsells(url: &str, count: usize) {
    let shop = Shop::open(url).await;
    let orders = world::orders(count as u64, 12);
    let first = shop.call("POST", "/v1/upsells/evaluate", &orders[0]).await;
    println!("the first evaluation reads and compiles all: {} ms", first.as_millis());
    let path = "/v1/upsells/evaluate";
    shop.asked("POST /v1/upsells/evaluate, 100,000 campaigns", path, &orders).await;
    let mut times = Vec::new();
    for (number, order) in orders.iter().take(300).enumerate() {
        let body = json!({"title": "Edited", "currency": "USD", "channels": ["channel-0"],
            "triggers": [world::product(1)], "offered_product": world::product(2), "priority": 5});
        let id = format!("/v1/campaigns/campaign-{:06}", 1 + number * 7);
        shop.call("PUT", &id, &body).await;
        // Saving shows warnings, and so takes its edit in: another edit does not.
        let body = json!({"title": "Brand new", "kind": "digital"});
        shop.call("PUT", "/v1/products/new", &body).await;
        times.push(shop.call("POST", path, order).await);
    }
    print("  the next one after a PUT", &mut times);
    shop.app.store().close().await;
}

/// What carts come to.
async fn carts(url: &str, count: usize) {
    let shop = Shop::open(url).await;
    promotions(&shop).await;
    gift_rules(&shop, false).await;
    let mut dice = Dice::new(13);
    let mut carts = |count: usize, lines: u64| -> Vec<Value> {
        (0..count).map(|_| world::order(&mut dice, lines)).collect()
    };
    let what = "POST /v1/carts/evaluate, 20 lines, 1,000 gift rules and promotions";
    let path = "/v1/carts/evaluate";
    shop.asked(what, path, &carts(count, 20)).await;
    gift_rules(&shop, true).await;
    let what = "  200 lines, 1,000 gift rules that feed each other";
    shop.asked(what, path, &carts(count / 20, 200)).await;
    shop.app.store().close().await;
}

/// Measures the routes one after the other, on one book.
pub(crate) async fn measure() {
    let (with_upsells, with_carts) = (is_wanted("upsells"), is_wanted("carts"));
    if !with_upsells && !with_carts {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("shop.db");
    let url = format!("sqlite:{}", file.display());
    Shop::open(&url).await.app.store().close().await;
    fill(&file, if with_upsells { CAMPAIGNS } else { 0 }).await;
    let count = option("--asked", ASKED);
    if with_upsells {
        upsells(&url, count).await;
    }
    if with_carts {
        carts(&url, count).await;
    }
}
