//! Completed checkouts decided again: a book of every kind comes to the same, on both databases;
//! what was altered is named, and what was not kept is counted.

use crossgrade::app::App;
use crossgrade::app::start::Start;
use crossgrade::domain::ids::{CheckoutId, MerchantId};
use crossgrade::domain::webhook::EndpointReach;
use crossgrade::rules::verification::{Undecided, VerificationOutcome};
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::audit;
use crate::cli::books::execute;
use crate::cli::workspace::Workspace;
use crate::scenarios;
use crate::support::{both, both_books, opened, postgres};
use crate::world::{World, complete, offer_of, paid, path_of, seen};

both! {
    every_kind_of_change_comes_to_the_same,
    what_was_held_or_went_stale_comes_to_the_same,
    an_account_with_much_in_it_is_not_kept,
    statements_grow_with_the_pages_and_not_with_the_book,
}
both_books!(what_is_altered_is_named);

fn merchant() -> MerchantId {
    MerchantId::parse("default").unwrap()
}

/// What becomes of every completed checkout of the merchant.
async fn verified(app: &App) -> Vec<(CheckoutId, VerificationOutcome)> {
    let mut all: Vec<(CheckoutId, VerificationOutcome)> = Vec::new();
    loop {
        let after = all.last().map(|(id, _)| id.clone());
        let page = app.verify(&merchant(), after.as_ref()).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// Each completed checkout of a book comes to the same again; how many there are.
pub(crate) async fn comes_to_the_same(app: &App) -> usize {
    let all = verified(app).await;
    for (id, verified) in &all {
        assert_eq!(*verified, VerificationOutcome::Same, "{id}");
    }
    all.len()
}

/// The same of a book that somebody else works on.
pub(crate) async fn book_comes_to_the_same(store: &Store) -> usize {
    let start = Start {
        test_clock: None,
        seed: [99; 32],
        public_url: String::new(),
        reach: EndpointReach::Public,
    };
    comes_to_the_same(&App::start(store.clone(), start).await.unwrap()).await
}

async fn every_kind_of_change_comes_to_the_same(store: Store) {
    let world = audit::book(store).await;
    assert_eq!(comes_to_the_same(&world.app).await, 19);
    // Whatever becomes of all that they rested on.
    world.put("/v1/settings", json!({"payment_days": 3, "dunning": []})).await.expect(200);
    for path in ["month-to-year", "now", "beside"] {
        world.delete(&format!("/v1/paths/{path}")).await.expect(204);
    }
    let mut dearer = offer_of("month", "12.00", "P1M");
    dearer["active"] = json!(false);
    world.put("/v1/offers/month", dearer).await.expect(200);
    world.advance("2026-06-30").await;
    assert_eq!(comes_to_the_same(&world.app).await, 19);
}

async fn what_was_held_or_went_stale_comes_to_the_same(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    world.buy("bob", "month").await;
    world.advance("2026-02-10").await;
    let held = world.open("ada", "year").await;
    let path = format!("/v1/checkouts/{}/hold", held["id"].as_str().unwrap());
    world.post(&path, json!({})).await.expect(200);
    world.put("/v1/offers/year", offer_of("year", "109.00", "P1Y")).await.expect(200);
    world.post(&complete(&held), seen(&held)).await.expect(200);
    let stale = world.open("bob", "year").await;
    world.put("/v1/offers/year", offer_of("year", "119.00", "P1Y")).await.expect(200);
    let refused = world.post(&complete(&stale), paid(&stale)).await;
    assert_eq!(refused.problem(409), "checkout-stale");
    world.post(&complete(&stale), seen(&refused.json["checkout"])).await.expect(200);
    // A path that is rejected only by the time of the completion.
    world.buy("cyd", "month").await;
    let shown = world.open("cyd", "year").await;
    let mut off = path_of("next_booking");
    off["active"] = json!(false);
    world.put("/v1/paths/aside", off).await.expect(201);
    world.post(&complete(&shown), paid(&shown)).await.expect(200);
    assert_eq!(comes_to_the_same(&world.app).await, 6);
}

async fn an_account_with_much_in_it_is_not_kept(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/settings", json!({"purchase_on_account": true})).await.expect(200);
    let again = json!({"customer": "ada", "offer": "month", "allow_new": true, "path": null});
    for _ in 0..2 {
        let opened = world.post("/v1/checkouts", again.clone()).await.expect(201);
        world.post(&complete(&opened), json!({})).await.expect(200);
    }
    assert_eq!(comes_to_the_same(&world.app).await, 2);
    for _ in 0..120 {
        let body = json!({"customer": "ada", "offer": "month", "started_on": "2026-01-01"});
        world.post("/v1/subscriptions", body).await.expect(201);
    }
    let opened = world.post("/v1/checkouts", again).await.expect(201);
    world.post(&complete(&opened), json!({})).await.expect(200);
    let all = verified(&world.app).await;
    let left: Vec<_> = all.iter().filter(|(_, it)| *it != VerificationOutcome::Same).collect();
    assert!(
        matches!(left[..], [(_, VerificationOutcome::Undecided(Undecided::TooLarge))]),
        "{left:?}"
    );
}

async fn statements_grow_with_the_pages_and_not_with_the_book(store: Store) {
    let world = World::new(store.clone()).await;
    world.catalogue().await;
    let mut spent = Vec::new();
    let mut sold = 0;
    for upto in [10, 90, 110, 190] {
        for customer in sold..upto {
            world.buy(&format!("c{customer}"), "month").await;
        }
        sold = upto;
        let before = store.statements();
        assert_eq!(comes_to_the_same(&world.app).await, upto);
        spent.push(store.statements() - before);
    }
    assert_eq!(spent[0], spent[1], "{spent:?}");
    assert_eq!(spent[2], spent[3], "{spent:?}");
    assert!(spent[2] - spent[1] <= 3, "{spent:?}");
}

/// Plays a scenario in an empty book, and decides again; how many checkouts there were.
async fn decided_in(name: &str, text: &str, url: &str) -> usize {
    scenarios::went_in(text, url).await.unwrap_or_else(|trouble| panic!("{name}: {trouble}"));
    let store = opened(url).await;
    let decided = book_comes_to_the_same(&store).await;
    store.close().await;
    decided
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_comes_to_the_same_on_sqlite() {
    let (files, mut decided) = (scenarios::files(), 0);
    for (name, text) in &files {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("book.db").display());
        decided += decided_in(name, text, &url).await;
    }
    assert!(decided > files.len(), "only {decided} checkouts in {} scenarios", files.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_scenario_comes_to_the_same_on_postgres() {
    for (name, text) in scenarios::files() {
        let Some((store, database)) = postgres::fresh().await else { return };
        store.close().await;
        decided_in(&name, &text, &postgres::url_of(&database)).await;
    }
}

async fn what_is_altered_is_named(url: String) {
    let store = opened(&url).await;
    let world = World::new(store.clone()).await;
    world.catalogue().await;
    let bought = world.buy("ada", "month").await;
    world.advance("2026-02-10").await;
    let changed = world.buy("ada", "year").await;
    for customer in ["bob", "cyd", "dan"] {
        world.buy(customer, "month").await;
    }
    assert_eq!(comes_to_the_same(&world.app).await, 5);
    store.close().await;
    let id = |checkout: &Value| checkout["id"].as_str().unwrap().to_owned();
    let replaced = |column: &str, from: &str, to: &str, checkout: &Value| {
        let set = format!("{column} = replace({column}, '{from}', '{to}')");
        format!("update checkouts set {set} where id = '{}'", id(checkout))
    };
    let of = |customer: &str, set: &str| {
        format!("update checkouts set {set} where customer_id = '{customer}'")
    };
    for alteration in [
        replaced("preview", "\"minor\":990", "\"minor\":880", &bought),
        replaced("facts", "next_booking", "end_of_term", &changed),
        of("bob", "facts = null"),
        of("cyd", "facts = '{\"facts\":7}'"),
    ] {
        execute(&url, &alteration).await;
    }
    let workspace = Workspace::new();
    let output = workspace.run(&["verify", "--database-url", &url]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 4, "{told}");
    let altered =
        format!("default: {}: by_mode/0/amount_due/minor was 880, now 990; ", id(&bought));
    assert!(lines[0].starts_with(&altered), "{told}");
    let other = format!("default: {}: ", id(&changed));
    assert!(lines[1].starts_with(&other), "{told}");
    assert!(lines[1].contains("path/transition was next_booking, now end_of_term"), "{told}");
    assert!(lines[2].ends_with(": unreadable"), "{told}");
    assert_eq!(
        lines[3],
        "3 decided again: 1 the same, 2 different; 2 that cannot be: 1 not-kept, 1 unreadable"
    );
    let output = workspace.run(&["verify", "--json", "--database-url", &url]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected = json!({"field": "by_mode/0/amount_due/minor", "was": 880, "now": 990});
    assert_eq!(lines[0]["differences"][0], expected);
    assert_eq!((&lines[0]["merchant"], &lines[0]["checkout"]), (&json!("default"), &bought["id"]));
    let counts = json!({
        "decided": 3, "same": 1, "different": 2,
        "not_decided": {"not-kept": 1, "unreadable": 1},
    });
    assert_eq!(lines[3], counts);
}

#[test]
fn the_command_exits_0_where_nothing_differs_and_asks_for_a_merchant_that_is_there() {
    let workspace = Workspace::new();
    workspace.write("catalogue.yaml", crate::cli::CATALOGUE);
    workspace.done(&["import", "catalogue.yaml"]);
    let nothing = "0 decided again: 0 the same, 0 different\n";
    assert_eq!(workspace.done(&["verify"]), nothing);
    assert_eq!(workspace.done(&["verify", "--merchant", "default"]), nothing);
    let counts: Value = serde_json::from_str(&workspace.done(&["verify", "--json"])).unwrap();
    assert_eq!(counts["not_decided"], json!({}));
    let said = workspace.refused(1, &["verify", "--merchant", "other"]);
    assert!(said.contains("no merchant 'other' in this book, but default"), "{said}");
    assert!(workspace.refused(2, &["verify", "--merchant", "a b"]).contains("--merchant"));
}
