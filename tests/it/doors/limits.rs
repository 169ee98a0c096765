//! Too many requests: with one key, and with keys or links that open nothing.

use axum::http::Method;
use crossgrade::edge::limits::Limits;
use crossgrade::server::ServerOptions;
use serde_json::json;

use crate::support::sqlite;
use crate::world::{Answer, World};

async fn world(limits: Limits) -> (World, tempfile::TempDir) {
    let (store, folder) = sqlite().await;
    let options = ServerOptions { limits, ..ServerOptions::default() };
    (World::serving(store, None, "http://localhost:8080", options).await, folder)
}

/// The seconds after which to come again.
#[track_caller]
fn too_many(answer: &Answer) -> u64 {
    assert_eq!(answer.problem(429), "too-many-requests");
    answer.header("retry-after").parse().unwrap()
}

#[tokio::test]
async fn a_key_that_sends_too_many_requests_is_told_to_wait_and_others_are_not() {
    let limits = Limits { requests_per_second: 3, ..Limits::default() };
    let (world, _folder) = world(limits).await;
    let made = world.post("/v1/keys", json!({"role": "read"})).await;
    assert_eq!(made.header("ratelimit-policy"), "\"key\";q=3;w=1");
    let other = world.with_key(made.json["key"].as_str().unwrap());
    let mut left = vec![made.header("ratelimit").to_owned()];
    let refused = loop {
        let answer = world.get("/v1/tags").await;
        left.push(answer.header("ratelimit").to_owned());
        if answer.status != 200 {
            break answer;
        }
        // A slow machine may get some back meanwhile, but not for ever.
        assert!(left.len() < 100, "{left:?}");
    };
    assert_eq!(too_many(&refused), 1);
    assert_eq!(left[0], "\"key\";r=2;t=1");
    assert_eq!(left.last().unwrap(), "\"key\";r=0;t=1");
    assert_eq!(other.get("/v1/tags").await.status, 200);
    assert_eq!(world.with_key("").get("/health/ready").await.status, 200);
}

#[tokio::test]
async fn without_a_limit_nothing_is_said_of_one() {
    let (world, _folder) = world(Limits { requests_per_second: 0, ..Limits::default() }).await;
    for _ in 0..20 {
        let answer = world.get("/v1/tags").await;
        assert_eq!((answer.status, answer.header("ratelimit")), (200, ""));
    }
}

#[tokio::test]
async fn guessing_keys_is_slowed_down_and_a_key_in_force_passes_all_the_same() {
    let (world, _folder) = world(Limits { failures_per_minute: 10, ..Limits::default() }).await;
    let guess = world.from("203.0.113.9");
    let mut guessed = 0;
    let refused = loop {
        let answer = guess.with_key(&format!("cg_guess{guessed}")).get("/v1/tags").await;
        if answer.status == 429 {
            break answer;
        }
        assert_eq!(answer.problem(401), "unauthorized");
        guessed += 1;
        assert!(guessed < 100);
    };
    assert!(guessed >= 10, "{guessed}");
    assert!((1..=6).contains(&too_many(&refused)));
    assert_eq!(guess.get("/v1/tags").await.status, 200);
    // One who says nothing tries nothing.
    assert_eq!(guess.with_key("").get("/v1/tags").await.problem(401), "unauthorized");
    let elsewhere = world.from("203.0.113.10").with_key("cg_x").get("/v1/tags").await;
    assert_eq!(elsewhere.problem(401), "unauthorized");
}

#[tokio::test]
async fn guessing_keys_at_the_door_of_the_backend_is_slowed_down_as_well() {
    let (world, _folder) = world(Limits { failures_per_minute: 10, ..Limits::default() }).await;
    let guess = world.from("203.0.113.9").with_key("");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let mut guessed = 0;
    let refused = loop {
        let key = format!("%2Fkey=cg_guess{guessed}");
        let answer = guess.call(Method::POST, "/backend/sign-in", &form, Some(key)).await;
        if answer.status == 429 {
            break answer;
        }
        assert_eq!(answer.status, 401, "{answer:?}");
        guessed += 1;
        assert!(guessed < 100);
    };
    assert!(guessed >= 10, "{guessed}");
    assert!((1..=6).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
    assert!(refused.text.contains("oo many keys and links that open nothing"), "{refused:?}");
    let key = format!("%2Fkey={}", crate::world::ADMIN_KEY);
    let known = guess.call(Method::POST, "/backend/sign-in", &form, Some(key)).await;
    assert_eq!(known.status, 303, "a key in force passes all the same: {known:?}");
}

#[tokio::test]
async fn guessing_links_of_customers_is_slowed_down_and_a_right_one_leads_on_all_the_same() {
    let (world, _folder) = world(Limits { failures_per_minute: 10, ..Limits::default() }).await;
    world.catalogue().await;
    let url = world.open("ada", "month").await["url"].as_str().unwrap().to_owned();
    let right = url.strip_prefix("http://localhost:8080").unwrap();
    let pages = [
        (Method::GET, "/links/"),
        (Method::GET, "/unsubscribe/"),
        (Method::POST, "/unsubscribe/"),
        (Method::GET, "/checkout/"),
        (Method::POST, "/checkout/"),
        (Method::GET, "/documents/"),
        (Method::GET, "/portal/"),
    ];
    for (n, (method, page)) in pages.into_iter().enumerate() {
        let guess = world.from(&format!("203.0.113.{n}")).with_key("");
        let mut guessed = 0;
        let refused = loop {
            let form = [("content-type", "application/x-www-form-urlencoded")];
            let at = format!("{page}guess{guessed}");
            let answer = guess.call(method.clone(), &at, &form, Some(String::new())).await;
            if answer.status == 429 {
                break answer;
            }
            assert_eq!(answer.status, 404, "{method} {page}: {answer:?}");
            guessed += 1;
            assert!(guessed < 100, "{method} {page}");
        };
        assert!(guessed >= 10, "{method} {page}: {guessed}");
        assert!((1..=6).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
        assert!(refused.text.contains("Too many links that lead nowhere"), "{refused:?}");
        assert_eq!(guess.get(right).await.status, 200, "{method} {page}");
    }
}

#[tokio::test]
async fn whoever_moves_within_their_network_or_makes_up_addresses_stays_the_same() {
    let (world, _folder) = world(Limits { failures_per_minute: 10, ..Limits::default() }).await;
    let mut statuses = Vec::new();
    for n in 0..40 {
        let guess = world.from(&format!("2001:db8::{n:x}")).with_key("cg_x");
        let forwarded = format!("198.51.100.{n}");
        let headers = [("x-forwarded-for", forwarded.as_str())];
        let answer = guess.call(Method::GET, "/v1/tags", &headers, None).await;
        statuses.push(answer.status);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[tokio::test]
async fn behind_a_trusted_proxy_each_client_is_counted_alone() {
    let limits = Limits { failures_per_minute: 10, ..Limits::default() };
    let (world, _folder) = world(Limits { proxies: "10.0.0.0/8".parse().unwrap(), ..limits }).await;
    let proxy = world.from("10.0.0.1").with_key("cg_x");
    for n in 0..40 {
        let forwarded = format!("6.6.6.6, 198.51.100.{n}");
        let headers = [("x-forwarded-for", forwarded.as_str())];
        let answer = proxy.call(Method::GET, "/v1/tags", &headers, None).await;
        assert_eq!(answer.problem(401), "unauthorized");
    }
}
