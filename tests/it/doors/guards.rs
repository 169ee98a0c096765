//! The headers that guard every answer, and what must not be said anywhere: keys, addresses of
//! hosted pages, who a customer is.

use std::fs::File;
use std::process::Stdio;

use axum::http::Method;
use crossgrade::server::ServerOptions;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::cli::workspace::{Server, Workspace};
use crate::support::{both, sqlite};
use crate::world::World;

both! {
    every_answer_is_guarded,
    nobody_is_sent_anywhere_but_to_a_listed_site,
}

fn page_of(checkout: &Value) -> String {
    let url = checkout["url"].as_str().unwrap();
    url.split_once("8080").unwrap().1.to_owned()
}

async fn every_answer_is_guarded(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let page = page_of(&world.open("ada", "month").await);
    let pages = [page.as_str(), "/checkout/nope", "/docs"];
    let others = [
        "/static/checkout.css",
        "/openapi.json",
        "/health/ready",
        "/nowhere",
        "/v1/customers",
        "/v1/customers/nope",
        "/v1/nowhere",
        "/checkout/a/b",
    ];
    for path in pages.iter().chain(&others) {
        for world in [&world, &world.with_key("")] {
            let answer = world.get(path).await;
            let policy = answer.header("content-security-policy");
            assert!(policy.starts_with("default-src 'none';"), "{path}: {policy}");
            assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
            assert!(!policy.contains("unsafe"), "{path}: {policy}");
            for (name, value) in [
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("referrer-policy", "no-referrer"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"),
            ] {
                assert_eq!(answer.header(name), value, "{path} {name}");
            }
            assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
            assert_eq!(answer.header("strict-transport-security"), "", "{path}");
            let caching = answer.header("cache-control");
            let is_personal = path.starts_with("/v1") || path.starts_with("/checkout");
            assert_eq!(
                caching == "no-store",
                is_personal || answer.status != 200 || path.starts_with("/health"),
                "{path} {caching}"
            );
        }
    }
    // What a page's policy forbids, the page does without.
    for path in pages {
        let html = world.get(path).await.text;
        for inline in ["<style", "style=", "<script>", "onclick", "javascript:"] {
            assert!(!html.contains(inline), "{path} {inline}");
        }
        let sheet = html.split("rel=\"stylesheet\" href=\"").nth(1).unwrap();
        let sheet = world.get(sheet.split('"').next().unwrap()).await;
        assert_eq!((sheet.status, sheet.header("content-type")), (200, "text/css; charset=utf-8"));
    }
}

#[tokio::test]
async fn only_where_customers_come_over_tls_browsers_are_told_to_stay_there() {
    let (store, _folder) = sqlite().await;
    let options = ServerOptions::default();
    let world = World::serving(store, None, "https://pay.example.org", options).await;
    for path in ["/checkout/nope", "/v1/tags", "/docs"] {
        let said = world.get(path).await.header("strict-transport-security").to_owned();
        assert!(said.starts_with("max-age="), "{path}: {said}");
    }
}

async fn nobody_is_sent_anywhere_but_to_a_listed_site(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let origins = json!({"return_origins": ["https://shop.example"]});
    world.put("/v1/settings", origins).await.expect(200);
    for bad in ["javascript:alert(1)", "https://*", "data:text/html,x", "https://a.example/path"] {
        let answer = world.put("/v1/settings", json!({"return_origins": [bad]})).await;
        assert_eq!(answer.pointers(), ["/return_origins/0"], "{bad}");
    }
    for bad in [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "\u{1}javascript:alert(1)",
        "data:text/html,<script>",
        "//evil.example",
        "/relative",
        "https://evil.example",
        "https://shop.example.evil.example/",
        "https://shop.example@evil.example/",
        "https://shop.example:444/",
        "https://shop.example\\@evil.example",
        "http://shop.example/",
        "https://shop.example/\r\nset-cookie: a=b",
        " https://shop.example/",
    ] {
        let body = json!({"customer": "ada", "offer": "month", "return_url": bad});
        let answer = world.post("/v1/checkouts", body).await;
        assert_eq!(answer.pointers(), ["/return_url"], "{bad}");
    }
    for good in
        ["https://shop.example", "https://shop.example/thanks?a=<b>", "https://shop.example/\"x"]
    {
        let body = json!({"customer": "ada", "offer": "month", "return_url": good});
        let checkout = world.post("/v1/checkouts", body).await.expect(201);
        let html = world.get(&page_of(&checkout)).await.text;
        assert!(!html.contains("a=<b>") && !html.contains("/\"x"), "{html}");
    }
}

#[test]
fn logs_hold_no_key_no_address_of_a_page_and_no_mail_address() {
    let workspace = Workspace::new();
    let path = workspace.folder.path().join("serve.log");
    let logs = File::create(&path).unwrap();
    let key = "cg_test_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--log", "trace"];
    let mut command = workspace.command(&arguments);
    let command = command.env("CROSSGRADE_ADMIN_KEY", key);
    let server = Server::start_logging(command, Stdio::from(logs));
    let email = "ada.lovelace@example.org";
    server.put("/v1/customers/ada", &format!("{{\"email\":\"{email}\",\"name\":\"Lovelace\"}}"));
    server.put("/v1/products/p", r#"{"title":"P","kind":"digital"}"#);
    let offer = r#"{"title":"O","products":["p"],"billing_period":"P1M",
        "price":{"amount":"9.90","currency":"EUR"}}"#;
    server.put("/v1/offers/o", offer);
    let json = |answer: &str| -> Value {
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    };
    let (status, made) = server.call("POST", "/v1/keys", r#"{"role":"read"}"#);
    assert_eq!(status, 201);
    let second = json(&made)["key"].as_str().unwrap().to_owned();
    let body = r#"{"customer":"ada","offer":"o"}"#;
    let (status, opened) = server.call("POST", "/v1/checkouts", body);
    assert_eq!(status, 201);
    let url = json(&opened)["url"].as_str().unwrap().to_owned();
    let token = url.rsplit('/').next().unwrap().to_owned();
    assert_eq!(server.get(&format!("/checkout/{token}")).0, 200);
    assert_eq!(server.call(Method::POST.as_str(), &format!("/checkout/{token}"), "mode=x").0, 422);
    let (status, opened) = server.call("POST", "/v1/customers/ada/portal-sessions", "{}");
    assert_eq!(status, 201);
    let url = json(&opened)["url"].as_str().unwrap().to_owned();
    let portal = url.rsplit('/').next().unwrap().to_owned();
    for page in [format!("/portal/{portal}"), format!("/portal/{portal}/cancel?subscription=x")] {
        assert!(matches!(server.get(&page).0, 200 | 404), "{page}");
    }
    assert_eq!(server.put_status("/v1/customers/ada", &format!("{{\"email\":\"{email} \"}}")), 422);
    assert_eq!(server.get("/v1/customers/ada").0, 200);
    assert_eq!(server.terminate(), Some(0));
    let logged = std::fs::read_to_string(path).unwrap();
    assert!(logged.contains("POST /v1/checkouts 201"), "{logged}");
    for secret in [key, &second, &token, &portal, email, "Lovelace"] {
        let line = logged.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}
