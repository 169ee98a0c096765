//! Who may do what, walked through for every operation of the published document, and what is
//! another merchant's. An operation that is new is walked through by itself.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use crossgrade::store::Store;
use serde_json::json;

use crate::document::{Document, Known, Operation};
use crate::oracle::generate::Dice;
use crate::support::dump::{Dump, dump};
use crate::support::{both, both_books, opened};
use crate::world::{Answer, World, complete, eur, paid};

both! {
    every_operation_is_open_to_the_roles_of_its_row_and_to_no_other,
    merchants_are_made_by_the_first_one_only,
    the_page_of_a_checkout_is_told_to_those_who_may_sell,
}

both_books! {
    without_a_key_in_force_no_operation_says_or_does_anything,
    what_belongs_to_another_merchant_is_neither_seen_nor_touched,
}

/// Who may write, by the beginning or the end of a path: the sentences of the contract.
fn writers(method: &str, path: &str) -> &'static [&'static str] {
    let ends = |end: &str| path.ends_with(end);
    let starts = |start: &str| path.starts_with(start);
    match method {
        "GET" => &["admin", "merchant", "checkout", "billing", "read"],
        "POST" if ends("/evaluate") || ends("/preview") => {
            &["admin", "merchant", "checkout", "billing", "read"]
        }
        _ if ends("/pay") || ends("/unpay") || ends("/credit") => &["admin", "billing"],
        _ if ends("/payouts") || ends("/payments") => &["admin", "billing"],
        _ if starts("/v1/price-changes") => &["admin", "billing"],
        _ if ends("/price-changes") || ends("/keep-price") => &["admin", "billing"],
        _ if starts("/v1/billing") || starts("/v1/test-clock") => &["admin", "billing"],
        "POST" if path == "/v1/subscriptions" => &["admin", "billing"],
        _ if ends("/cancel") || ends("/uncancel") || ends("/withdraw") => &["admin", "checkout"],
        _ if starts("/v1/checkouts") || starts("/v1/customers") || starts("/v1/orders") => {
            &["admin", "checkout"]
        }
        _ if starts("/v1/messages") => &["admin", "checkout"],
        _ if starts("/v1/settings") || starts("/v1/keys") || starts("/v1/merchants") => &["admin"],
        _ if starts("/v1/webhook-endpoints") => &["admin"],
        _ => &["admin", "merchant"],
    }
}

/// The things of this merchant have names that nothing else has.
const MARK: &str = "zq-";

async fn ask(world: &World, operation: &Operation, path: &str, body: &str) -> Answer {
    let method: Method = operation.method.parse().unwrap();
    world.call(method, path, &[], Some(body.to_owned())).await
}

async fn key(world: &World, role: &str) -> (String, String) {
    let made = world.post("/v1/keys", json!({"role": role})).await.expect(201);
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    (text("id"), text("key"))
}

async fn every_operation_is_open_to_the_roles_of_its_row_and_to_no_other(store: Store) {
    let world = World::new(store).await;
    let document = Document::of(&world).await;
    for operation in document.operations() {
        let expected: BTreeSet<_> =
            writers(&operation.method, &operation.path).iter().map(|role| (*role).into()).collect();
        assert_eq!(operation.roles, expected, "{} {}", operation.method, operation.path);
    }
    for role in ["admin", "merchant", "checkout", "billing", "read"] {
        let (_, key) = key(&world, role).await;
        let theirs = world.with_key(&key);
        for operation in document.operations() {
            // A body that fits nothing: whoever may come in changes nothing.
            let path = operation.path.replace("{id}", "nope").replace("{delivery}", "nope");
            let answer = ask(&theirs, &operation, &path, "[]").await;
            let line = format!("{role}: {} {path} {answer:?}", operation.method);
            assert_ne!(answer.status, 401, "{line}");
            assert_eq!(answer.status != 403, operation.roles.contains(role), "{line}");
            if answer.status == 403 {
                assert_eq!(answer.problem(403), "forbidden");
            }
        }
    }
}

async fn without_a_key_in_force_no_operation_says_or_does_anything(url: String) {
    let world = World::new(opened(&url).await).await;
    let (document, known) = furnish(&world).await;
    let (id, revoked) = key(&world, "admin").await;
    world.delete(&format!("/v1/keys/{id}")).await;
    let before = dump(&url).await;
    let admin = crate::world::ADMIN_KEY;
    let schemes: [(&str, &str); 9] = [
        ("nothing", ""),
        ("an unknown key", "Bearer cg_live_0000000000000000000000000000000000000000"),
        ("a revoked key", &format!("Bearer {revoked}")),
        ("a key without its scheme", admin),
        ("another scheme", &format!("Basic {admin}")),
        ("a key with more", &format!("Bearer {admin} {admin}")),
        ("a key with less", &format!("Bearer {}", &admin[..admin.len() - 1])),
        ("a scheme alone", "Bearer "),
        ("a key in another case", &format!("Bearer {}", admin.to_uppercase())),
    ];
    let mut dice = Dice::new(1);
    for operation in document.operations() {
        let path = filled(&world, &operation).await.0;
        let body = body(&document, &operation, &known, &mut dice);
        for (n, (what, header)) in schemes.iter().enumerate() {
            let headers = [("authorization", *header)];
            let headers = if header.is_empty() { &[][..] } else { &headers[..] };
            let nobody = world.with_key("").from(&format!("203.0.113.{n}"));
            let method: Method = operation.method.parse().unwrap();
            let answer = nobody.call(method, &path, headers, Some(body.clone())).await;
            let line = format!("{what}: {} {path}", operation.method);
            assert_eq!(answer.status, 401, "{line}: {answer:?}");
            assert_eq!(answer.problem(401), "unauthorized", "{line}");
            assert_eq!(answer.header("www-authenticate"), "Bearer", "{line}");
            assert!(!answer.text.contains(MARK), "{line}: {answer:?}");
        }
    }
    assert_eq!(dump(&url).await, before);
}

/// A merchant with one of each kind of thing, and what they are called.
pub(crate) async fn furnish(world: &World) -> (Document, Known) {
    for tag in ["zq-month", "zq-year"] {
        world.put(&format!("/v1/tags/{tag}"), json!({"title": tag})).await.expect(201);
    }
    let tax = json!({"rates": [{"rate": "7.0", "valid_from": "2020-01-01"}]});
    world.put("/v1/taxes/zq-tax", tax).await.expect(201);
    let paper = json!({"title": "zq-paper", "kind": "digital"});
    world.put("/v1/products/zq-paper", paper).await.expect(201);
    for (offer, price, period) in [("zq-month", "9.90", "P1M"), ("zq-year", "99.00", "P1Y")] {
        let body = json!({
            "title": offer, "products": ["zq-paper"], "price": eur(price), "tags": [offer],
            "billing_period": period, "tax": "zq-tax",
        });
        world.put(&format!("/v1/offers/{offer}"), body).await.expect(201);
    }
    let path = |transition: &str| {
        json!({
            "internal_title": "zq-path", "title": "zq-path", "description": "", "proration":
            if transition == "immediate" { "day" } else { "none" },
            "source_tags": ["zq-month"], "target_tags": ["zq-year"], "transition": transition,
        })
    };
    world.put("/v1/paths/zq-path", path("immediate")).await.expect(201);
    // One who has changed, and has a credit note; one whose change waits.
    for customer in ["zq-ada", "zq-bob"] {
        world
            .put(&format!("/v1/customers/{customer}"), json!({"name": "zq-name"}))
            .await
            .expect(201);
        world.buy(customer, "zq-month").await;
    }
    world.buy("zq-ada", "zq-year").await;
    world.put("/v1/paths/zq-path", path("next_booking")).await.expect(200);
    let checkout = world.open("zq-bob", "zq-year").await;
    world.post(&complete(&checkout), paid(&checkout)).await.expect(200);
    world.open("zq-cyd", "zq-month").await;
    world.post("/v1/billing/runs", json!({})).await.expect(200);
    key(world, "read").await;
    let named = |names: &[&str]| names.iter().map(|name| json!(name)).collect::<Vec<_>>();
    let known = Known::from([
        ("customer", named(&["zq-ada", "zq-bob"])),
        ("offer", named(&["zq-month", "zq-year"])),
        ("path", named(&["zq-path"])),
        ("products", vec![json!(["zq-paper"])]),
        ("source_tags", vec![json!(["zq-month"])]),
        ("tags", vec![json!(["zq-month"])]),
        ("target_tags", vec![json!(["zq-year"])]),
        ("amount", vec![eur("1.00")]),
        ("gross", vec![eur("1.00")]),
        ("price", vec![eur("1.00")]),
        ("tax", named(&["zq-tax"])),
        ("started_on", named(&["2026-01-15"])),
        ("effective_from", named(&["2026-03-01"])),
        ("to", named(&["2026-02-01"])),
    ]);
    (Document::of(world).await, known)
}

/// A path with the ids of things that are there, each the first of its list; whether all are.
pub(crate) async fn filled(world: &World, operation: &Operation) -> (String, bool) {
    let mut path = String::new();
    let mut is_whole = true;
    for step in operation.path.split('/').skip(1) {
        if step.starts_with('{') {
            let list = world.get(&path).await;
            let id = list.json["data"][0]["id"].as_str().map(str::to_owned);
            is_whole &= id.is_some();
            path = format!("{path}/{}", id.unwrap_or_else(|| "zq-none".to_owned()));
        } else {
            path = format!("{path}/{step}");
        }
    }
    (path, is_whole)
}

pub(crate) fn body(
    document: &Document,
    operation: &Operation,
    known: &Known,
    dice: &mut Dice,
) -> String {
    let body = operation.body.as_ref().map(|schema| document.sample(schema, known, dice));
    body.map_or_else(String::new, |body| body.to_string())
}

/// The rows of one merchant.
fn rows_of(book: &Dump, merchant: &str) -> BTreeMap<String, Vec<String>> {
    let own = |row: &&String| row.contains(merchant);
    let tables = book.iter().map(|(name, rows)| (name.clone(), rows.iter().filter(own).cloned()));
    tables.map(|(name, rows)| (name, rows.collect())).collect()
}

async fn what_belongs_to_another_merchant_is_neither_seen_nor_touched(url: String) {
    let world = World::new(opened(&url).await).await;
    let (document, known) = furnish(&world).await;
    let other = json!({"id": "other", "name": "Other"});
    let made = world.post("/v1/merchants", other).await.expect(201);
    let other = world.with_key(made["key"].as_str().unwrap());
    let ids = ids(&world, &document).await;
    let before = rows_of(&dump(&url).await, "default");
    let mut dice = Dice::new(2);
    let mut walked = BTreeSet::new();
    // A PUT makes a thing of one's own; before, there is none of that name.
    let mut operations = document.operations();
    operations.sort_by_key(|operation| operation.method == "PUT");
    for operation in operations {
        let (path, is_whole) = filled(&world, &operation).await;
        let line = format!("{} {path}", operation.method);
        let body = body(&document, &operation, &known, &mut dice);
        let answer = ask(&other, &operation, &path, &body).await;
        let seen = ids.iter().find(|id| answer.text.contains(&format!("\"{id}\"")));
        let is_list = operation.method == "GET" && !operation.path.contains('{');
        if is_list {
            assert!(answer.status < 300, "{line}: {answer:?}");
            assert_eq!(seen, None, "{line}: {answer:?}");
        } else if operation.path.contains('{') && operation.method != "PUT" {
            assert_eq!(answer.problem(404), "not-found", "{line} {body}");
        } else {
            // The others name things that are not there.
            let names_a_customer = operation.path.starts_with("/v1/suppressions/");
            let fits = matches!(answer.status, 200..=201 | 403 | 409 | 422)
                || names_a_customer && answer.status == 404;
            assert!(fits, "{line}: {answer:?}");
        }
        if is_whole && operation.path.contains('{') {
            walked.insert(operation.path.split('/').nth(2).unwrap().to_owned());
        }
    }
    for kind in [
        "tags",
        "customers",
        "subscriptions",
        "scheduled-changes",
        "invoices",
        "credit-notes",
        "checkouts",
        "billing",
        "keys",
        "paths",
    ] {
        assert!(walked.contains(kind), "{kind} is missing in {walked:?}");
    }
    let after = rows_of(&dump(&url).await, "default");
    for (table, rows) in before {
        assert_eq!(after[&table], rows, "{table}");
    }
}

/// What is called by an id in this merchant's lists.
async fn ids(world: &World, document: &Document) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    for operation in document.operations() {
        if operation.method == "GET" && !operation.path.contains('{') {
            let list = world.get(&operation.path).await.json;
            for it in list["data"].as_array().into_iter().flatten() {
                ids.extend(it["id"].as_str().map(str::to_owned));
            }
        }
    }
    ids.remove("other");
    assert!(ids.len() > 20, "{ids:?}");
    ids
}

async fn merchants_are_made_by_the_first_one_only(store: Store) {
    let world = World::new(store).await;
    let made =
        world.post("/v1/merchants", json!({"id": "other", "name": "Other"})).await.expect(201);
    let other = world.with_key(made["key"].as_str().unwrap());
    let twice = world.post("/v1/merchants", json!({"id": "other", "name": "Other"})).await;
    assert_eq!(twice.problem(409), "conflict");
    let refused = other.post("/v1/merchants", json!({"id": "third", "name": "Third"})).await;
    assert_eq!(refused.problem(403), "forbidden");
    let own = other.get("/v1/merchants").await.expect(200);
    assert_eq!(own["data"], json!([{"id": "other", "name": "Other"}]));
}

async fn the_page_of_a_checkout_is_told_to_those_who_may_sell(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let checkout = world.open("ada", "month").await;
    let url = checkout["url"].as_str().unwrap();
    let token = url.rsplit('/').next().unwrap();
    let one = format!("/v1/checkouts/{}", checkout["id"].as_str().unwrap());
    // And of the one that an accepted offer has led to.
    let year = json!({
        "title": "Year", "channels": ["web"], "triggers": ["paper"], "offered_offer": "year",
    });
    world.put("/v1/campaigns/year", year).await.expect(201);
    let order = json!({
        "id": "o", "channel": "web", "customer": "ada", "currency": "EUR",
        "lines": [{"product": "paper", "quantity": 1, "unit_net": "1.00"}],
    });
    world.post("/v1/orders", order).await.expect(201);
    world.post("/v1/orders/o/upsell", json!({})).await.expect(200);
    let accepted = world.post("/v1/orders/o/upsell/accept", json!({})).await.expect(200);
    let next = accepted["checkout"]["url"].as_str().unwrap();
    for role in ["admin", "merchant", "checkout", "billing", "read"] {
        let made = world.post("/v1/keys", json!({"role": role})).await.expect(201);
        let key = world.with_key(made["key"].as_str().unwrap());
        let may_sell = ["admin", "checkout"].contains(&role);
        let told = if may_sell { json!(url) } else { json!(null) };
        assert_eq!(key.get(&one).await.expect(200)["url"], told, "{role}");
        let listed = key.get("/v1/checkouts").await.expect(200);
        assert_eq!(listed["data"][0]["url"], told, "{role}");
        let upsell = key.get("/v1/orders/o/upsell").await.expect(200);
        let told = if may_sell { json!(next) } else { json!(null) };
        assert_eq!(upsell["checkout"]["url"], told, "{role}");
        for path in ["/v1/events", "/v1/customers/ada", "/v1/orders", "/v1/audit"] {
            assert!(!key.get(path).await.text.contains(token), "{role} {path}");
        }
    }
}
