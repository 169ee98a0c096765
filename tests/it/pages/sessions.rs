//! Sessions: what a token is and what is kept of it, what ends it, and where neither tokens nor
//! keys may ever stand.

use std::collections::BTreeSet;
use std::fs::File;
use std::process::Stdio;

use crossgrade::app::access::digest;
use crossgrade::server::ServerOptions;
use serde_json::json;

use super::book::{furnished, is_page};
use super::table::Route;
use crate::api::backend::{Visitor, send};
use crate::cli::workspace::{Server, Workspace};
use crate::support::dump::dump;
use crate::support::{both_books, opened, sqlite};
use crate::world::{ADMIN_KEY, World};

both_books! {
    a_token_cannot_be_guessed_and_only_its_digest_is_kept,
    a_session_ends_with_its_key_and_with_signing_out_in_every_process,
    what_a_role_may_is_asked_anew_each_time,
}

fn key_form(key: &str) -> String {
    format!("%2Fkey={key}")
}

async fn a_token_cannot_be_guessed_and_only_its_digest_is_kept(url: String) {
    let world = World::new(opened(&url).await).await.with_key("");
    let (mut tokens, mut letters) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..20 {
        let answer = send(&world, "/backend/sign-in", &[], key_form(ADMIN_KEY)).await;
        let cookie = answer.header("set-cookie").to_owned();
        let rest = cookie.strip_prefix("cg_session=").unwrap();
        let (token, attributes) = rest.split_once(';').unwrap();
        assert_eq!(attributes, " HttpOnly; SameSite=Lax; Path=/; Max-Age=43200");
        assert_eq!(token.len(), 32, "of 32 letters: 160 bits");
        letters.extend(token.chars());
        tokens.insert(token.to_owned());
    }
    assert_eq!((tokens.len(), letters.len()), (20, 32), "another at each sign-in");
    let book = dump(&url).await;
    assert_eq!(book["sessions"].len(), 20);
    let rows: Vec<&String> = book.values().flatten().collect();
    for token in &tokens {
        assert!(!rows.iter().any(|row| row.contains(token)), "{token} is kept");
        let hash = digest(token).map(|byte| format!("{byte:02x}")).concat();
        assert!(book["sessions"].iter().any(|row| row.to_lowercase().contains(&hash)));
    }
    // What stands in the book opens nothing.
    let hash = digest(tokens.first().unwrap()).map(|byte| format!("{byte:02x}")).concat();
    for forged in [hash.as_str(), "", "0", "%00", "cg_session="] {
        let cookie = format!("cg_session={forged}");
        let headers = [("cookie", cookie.as_str())];
        let answer = world.call(axum::http::Method::GET, "/backend", &headers, None).await;
        assert_eq!(answer.status, 303, "{forged}: {answer:?}");
    }
}

#[tokio::test]
async fn over_tls_the_cookies_are_bound_to_the_host_and_kept_from_anything_else() {
    let (store, _folder) = sqlite().await;
    let world =
        World::serving(store, None, "https://sell.example.org", ServerOptions::default()).await;
    let world = world.with_key("");
    let answer = send(&world, "/backend/sign-in", &[], key_form(ADMIN_KEY)).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-cg_session="), "{cookie}");
    assert!(
        cookie.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=43200"),
        "{cookie}"
    );
    // One that was set without TLS, by whomever, is none.
    let plain = cookie.split(';').next().unwrap().replace("__Host-", "");
    let headers = [("cookie", plain.as_str())];
    let looked = world.call(axum::http::Method::GET, "/backend", &headers, None).await;
    assert_eq!(looked.status, 303, "{looked:?}");
}

async fn a_session_ends_with_its_key_and_with_signing_out_in_every_process(url: String) {
    let (world, names) = furnished(&url, "Title").await;
    let address = "http://localhost:8080";
    let second = World::serving(opened(&url).await, None, address, ServerOptions::default()).await;
    let made = world.post("/v1/keys", json!({"role": "admin"})).await.expect(201);
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    let first = Visitor::sign_in(&world, key).await;
    let elsewhere = first.at(&second);
    assert_eq!(elsewhere.get("/backend").await.status, 200, "a session is one of the book");
    let other = Visitor::sign_in(&second, ADMIN_KEY).await;
    let revoke = format!("/backend/settings/keys/{id}/revoke");
    assert_eq!(other.post(&revoke, "", &[]).await.status, 303);
    for visitor in [&first, &elsewhere] {
        for route in Route::inside().filter(|route| route.path != "/backend/sign-out") {
            let answer = if route.is_get() {
                visitor.get(&route.target(&names)).await
            } else {
                visitor.post(&route.address(&names), &route.filled(&names), &[]).await
            };
            let wanted = if route.is_get() { 303 } else { 401 };
            assert_eq!(answer.status, wanted, "{}: {answer:?}", route.name());
        }
    }
    let copy = other.at(&world);
    let out = other.post("/backend/sign-out", "", &[]).await;
    let gone = out.header("set-cookie");
    assert!(gone.starts_with("cg_session=; ") && gone.ends_with("; Path=/; Max-Age=0"), "{out:?}");
    assert_eq!(copy.get("/backend").await.status, 303, "whoever has copied the cookie is out, too");
    let late = copy.post("/backend/sign-out", "", &[]).await;
    assert_eq!((late.status, late.header("location")), (303, "/backend/sign-in"), "{late:?}");
}

async fn what_a_role_may_is_asked_anew_each_time(url: String) {
    let (world, _) = furnished(&url, "Title").await;
    let made = world.post("/v1/keys", json!({"role": "admin"})).await.expect(201);
    let visitor = Visitor::sign_in(&world, made["key"].as_str().unwrap()).await;
    let form = "%2Frole=read";
    assert_eq!(visitor.post("/backend/settings/keys", form, &[]).await.status, 200);
    let id = made["id"].as_str().unwrap();
    crate::faults::ground::Side::open(&url)
        .await
        .texts(format!("update api_keys set role = 'read' where id = '{id}' returning id"))
        .await;
    let answer = visitor.post("/backend/settings/keys", form, &[]).await;
    assert_eq!(answer.status, 403, "{answer:?}");
    is_page(&answer, "no more an admin");
}

#[test]
fn logs_hold_no_key_no_session_and_no_proof_of_a_form() {
    let workspace = Workspace::new();
    let path = workspace.folder.path().join("serve.log");
    let logs = File::create(&path).unwrap();
    let key = "cg_test_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let mut command = workspace.command(&["serve", "--listen", "127.0.0.1:0", "--log", "trace"]);
    let command = command.env("CROSSGRADE_ADMIN_KEY", key);
    let server = Server::start_logging(command, Stdio::from(logs));
    let form = |cookie: &str, path: &str, body: &str| {
        let cookie = format!("cookie: {cookie}");
        let kind = "content-type: application/x-www-form-urlencoded";
        server.send("POST", path, &[&cookie, kind], body)
    };
    let (status, wrong) = form("", "/backend/sign-in", "%2Fkey=cg_mistyped_by_somebody");
    assert_eq!(status, 401, "{wrong}");
    let (status, signed_in) = form("", "/backend/sign-in", &key_form(key));
    assert_eq!(status, 303, "{signed_in}");
    let cookie = signed_in.split("set-cookie: ").nth(1).unwrap().split(';').next().unwrap();
    let token = cookie.split_once('=').unwrap().1.to_owned();
    let header = format!("cookie: {cookie}");
    let (_, page) = server.send("GET", "/backend/settings/keys", &[&header], "");
    let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let body = format!("csrf={csrf}&%2Frole=read&%2Flabel=shop");
    let (status, made) = form(cookie, "/backend/settings/keys", &body);
    assert_eq!(status, 200, "{made}");
    let secret = made.split("id=\"secret\">").nth(1).unwrap().split('<').next().unwrap();
    assert!(secret.starts_with("cg_"), "{secret}");
    assert_eq!(form(cookie, "/backend/settings/keys", "csrf=wrong&%2Frole=x").0, 403);
    assert_eq!(form(cookie, "/backend/sign-out", &format!("csrf={csrf}")).0, 303);
    assert_eq!(server.terminate(), Some(0));
    let logged = std::fs::read_to_string(path).unwrap();
    assert!(logged.contains("POST /backend/settings/keys 200"), "{logged}");
    for hidden in [key, "cg_mistyped", &token, csrf, secret] {
        let line = logged.lines().find(|line| line.contains(hidden));
        assert_eq!(line, None, "{hidden}");
    }
}
