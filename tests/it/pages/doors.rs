//! Who comes through which door: without a session, with each role, from another site, for
//! another merchant.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::json;

use super::book::{furnished, is_page, kept, key, same};
use super::forms::attribute;
use super::table::{ROLES, ROUTES, Route};
use crate::api::backend::{Visitor, send};
use crate::support::both_books;
use crate::world::ADMIN_KEY;

both_books! {
    without_a_session_there_is_only_the_door,
    each_role_is_let_in_where_it_may_and_is_offered_just_that,
    a_form_without_its_proof_or_from_elsewhere_does_nothing,
    looking_at_every_page_writes_nothing,
    another_merchant_in_the_book_sees_and_touches_nothing,
}

async fn without_a_session_there_is_only_the_door(url: String) {
    let (world, names) = furnished(&url, "Secret title").await;
    let world = world.with_key("");
    let before = kept(&url).await;
    for route in Route::inside() {
        let (name, path) = (route.name(), route.target(&names));
        for path in [path, route.with_id("%00")] {
            let answer = if route.is_get() {
                world.get(&path).await
            } else {
                send(&world, &path, &[], route.filled(&names)).await
            };
            assert!(!answer.text.contains("Secret"), "{name}: {answer:?}");
            if route.is_get() || route.path == "/backend/sign-out" {
                assert_eq!(answer.status, 303, "{name}: {answer:?}");
                assert!(answer.header("location").starts_with("/backend/sign-in"), "{answer:?}");
            } else {
                assert_eq!(answer.status, 401, "{name}: {answer:?}");
                is_page(&answer, &name);
                assert!(answer.text.contains("nothing was done"), "{name}: {answer:?}");
            }
        }
    }
    same(&before, &kept(&url).await, "nobody was there");
}

async fn each_role_is_let_in_where_it_may_and_is_offered_just_that(url: String) {
    let (world, names) = furnished(&url, "Title").await;
    for role in ROLES {
        let visitor = Visitor::sign_in(&world, &key(&world, role).await).await;
        let mut offered = BTreeSet::new();
        for route in Route::inside().filter(|route| route.is_get()) {
            let what = format!("{role}: {}", route.name());
            let answer = visitor.get(&route.target(&names)).await;
            if route.is_open_to(role) {
                assert!(answer.status < 400, "{what}: {answer:?}");
                offered.extend(offers(&answer.text, &what, role));
            } else {
                assert_eq!(answer.status, 403, "{what}: {answer:?}");
                is_page(&answer, &what);
                assert!(answer.text.contains("Sign out"), "they are still inside: {what}");
            }
        }
        // What can be done depends on how things stand.
        for page in [
            "subscriptions/$cancelled",
            "subscriptions/$dearer",
            "invoices/$paid",
            "orders/paid",
            "orders/delivered",
            "tags/+new",
            "paths/+new",
        ] {
            let place = names.iter().fold(page.to_owned(), |page, (n, id)| page.replace(n, id));
            let answer = visitor.get(&format!("/backend/{place}")).await;
            assert_eq!(answer.status, 200, "{role}: {page}: {answer:?}");
            offered.extend(offers(&answer.text, page, role));
        }
        for route in Route::inside() {
            // Looked at by a script, and reached by no click.
            let by_script = ["/progress", "/check"].iter().any(|end| route.path.ends_with(end));
            let is_aside = by_script || route.path == "/backend/";
            let is_offered = offered.contains(&route.name()) || is_aside && route.is_open_to(role);
            assert_eq!(is_offered, route.is_open_to(role), "{role}: {}", route.name());
        }
    }
    // What is written comes last: it changes what is offered.
    for role in ROLES.into_iter().rev() {
        let visitor = Visitor::sign_in(&world, &key(&world, role).await).await;
        for route in Route::inside().filter(|route| !route.is_get()) {
            let what = format!("{role}: {}", route.name());
            let answer = visitor.post(&route.address(&names), &route.filled(&names), &[]).await;
            assert_eq!(answer.status == 403, !route.is_open_to(role), "{what}: {answer:?}");
            assert!(answer.status < 500, "{what}: {answer:?}");
            if answer.status != 303 && !answer.text.contains("<h2") {
                is_page(&answer, &what);
            }
        }
    }
}

/// The names of the routes that a page leads to, each of which must be open to the role.
fn offers(html: &str, what: &str, role: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut lead = |method: &str, address: &str| {
        if !address.starts_with("/backend") {
            return;
        }
        let route = Route::of(method, address);
        let route = route.unwrap_or_else(|| panic!("{what} leads to {method} {address}"));
        assert!(route.is_open_to(role), "{what} offers {}", route.name());
        found.insert(route.name());
    };
    for link in html.split("<a ").skip(1).filter_map(|link| link.split('>').next()) {
        lead("GET", &attribute(link, "href").unwrap_or_default());
    }
    for form in html.split("<form ").skip(1) {
        let (head, body) = form.split_once('>').unwrap();
        let body = body.split("</form>").next().unwrap();
        // One that cannot be sent is only read.
        if body.contains("<fieldset disabled") || !body.contains("<button") {
            assert!(!body.contains("type=\"submit\">Save"), "{what}: {body}");
            continue;
        }
        let is_post = attribute(head, "method").as_deref() == Some("post");
        lead(if is_post { "POST" } else { "GET" }, &attribute(head, "action").unwrap());
        for button in body.split("<button").skip(1).filter_map(|it| it.split('>').next()) {
            if let Some(action) = attribute(button, "formaction") {
                lead("POST", &action);
            }
        }
    }
    found
}

async fn a_form_without_its_proof_or_from_elsewhere_does_nothing(url: String) {
    let (world, names) = furnished(&url, "Title").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let other = Visitor::sign_in(&world, ADMIN_KEY).await;
    let before = kept(&url).await;
    let proofs = ["csrf=".to_owned(), "csrf=0000".to_owned(), format!("csrf={}", other.csrf)];
    let elsewhere: [&[(&str, &str)]; 4] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example"), ("host", "localhost:8080")],
        &[("origin", "null"), ("host", "localhost:8080")],
    ];
    for route in Route::inside().filter(|route| !route.is_get()) {
        let (name, path, form) = (route.name(), route.address(&names), route.filled(&names));
        for proof in &proofs {
            let answer = visitor.post(&path, &format!("{proof}&{form}"), &[]).await;
            assert_eq!(answer.status, 403, "{name} {proof}: {answer:?}");
            is_page(&answer, &name);
        }
        for headers in elsewhere {
            let answer = visitor.post(&path, &form, headers).await;
            assert_eq!(answer.status, 403, "{name} {headers:?}: {answer:?}");
        }
        let json = [("cookie", visitor.cookie.as_str()), ("content-type", "application/json")];
        let body = json!({"csrf": visitor.csrf}).to_string();
        let nobody = world.with_key("");
        let answer = nobody.call(Method::POST, &path, &json, Some(body)).await;
        assert_eq!(answer.status, 415, "{name}: {answer:?}");
        is_page(&answer, &name);
    }
    same(&before, &kept(&url).await, "every form was refused");
}

async fn looking_at_every_page_writes_nothing(url: String) {
    let (world, names) = furnished(&url, "Title").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let before = kept(&url).await;
    for route in ROUTES.iter().filter(|route| route.is_get()) {
        visitor.get(&route.target(&names)).await;
        same(&before, &kept(&url).await, &route.name());
    }
    let form = ROUTES.iter().find(|route| route.path.ends_with("/check")).unwrap();
    let looked = visitor.post(&form.address(&names), &form.filled(&names), &[]).await;
    assert_eq!(looked.status, 200, "{looked:?}");
    same(&before, &kept(&url).await, "a path is looked at before it is saved");
}

/// To save under an id of one's own choice makes something of one's own.
const MAKES: [&str; 12] = [
    "/backend/offers/{id}",
    "/backend/products/{id}",
    "/backend/tags/{id}",
    "/backend/taxes/{id}",
    "/backend/paths/{id}",
    "/backend/campaigns/{id}",
    "/backend/promotions/{id}",
    "/backend/gift-rules/{id}",
    "/backend/coupons/{id}",
    "/backend/message-templates/{id}",
    "/backend/automations/{id}",
    "/backend/settings/webhooks/{id}",
];

async fn another_merchant_in_the_book_sees_and_touches_nothing(url: String) {
    let (world, names) = furnished(&url, "Secret title").await;
    let made = world.post("/v1/merchants", json!({"id": "other", "name": "Other"})).await;
    let made = made.expect(201);
    let visitor = Visitor::sign_in(&world, made["key"].as_str().unwrap()).await;
    let before = kept(&url).await;
    let ids: Vec<&String> = ["$changing", "$change", "$owed", "$credit", "$run", "$key"]
        .iter()
        .map(|name| &names[name])
        .collect();
    for route in Route::inside().filter(|route| route.path != "/backend/sign-out") {
        let (name, address) = (route.name(), route.address(&names));
        let makes = !route.is_get() && MAKES.contains(&route.path);
        let answer = if route.is_get() {
            visitor.get(&route.target(&names)).await
        } else if route.has_id() && !makes {
            visitor.post(&address, &route.filled(&names), &[]).await
        } else {
            continue;
        };
        let is_check = ["/check", "/everybody"].iter().any(|end| route.path.ends_with(end));
        if route.has_id() && !is_check {
            assert_eq!(answer.status, 404, "{name}: {answer:?}");
            is_page(&answer, &name);
        } else {
            assert!(answer.status < 500, "{name}: {answer:?}");
        }
        let known = route.target(&names);
        for id in &ids {
            assert!(!answer.text.contains(*id) || known.contains(*id), "{name}: {answer:?}");
        }
        for secret in ["Secret", "9.90"] {
            assert!(!answer.text.contains(secret) || known.contains(secret), "{name}: {answer:?}");
        }
    }
    same(&before, &kept(&url).await, "nothing was touched");
    // What is saved under the same id is another thing.
    for route in Route::inside().filter(|it| MAKES.contains(&it.path) && !it.is_get()) {
        visitor.post(&route.address(&names), &route.filled(&names), &[]).await;
    }
    let after = kept(&url).await;
    // But for the edit of the other's catalogue, and the counter of their events.
    let moves = ["counters", "merchants"];
    for (table, rows) in before.iter().filter(|(table, _)| !moves.contains(&table.as_str())) {
        let lost = rows.iter().find(|row| !after[table].contains(row));
        assert_eq!(lost, None, "{table}");
    }
}
