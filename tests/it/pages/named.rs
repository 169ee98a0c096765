//! How things are called in the backend: by their titles and numbers, in lists as in what narrows
//! those down, and by one word wherever they stand.

use crossgrade::store::Store;
use serde_json::{Value, json};

use super::glance::between;
use crate::api::backend::Visitor;
use crate::support::both;
use crate::world::{ADMIN_KEY, World, complete, offer_of, path_of};

both! {
    changes_are_listed_by_the_day_on_which_they_take_effect,
    payments_name_their_invoice_by_its_number,
    customers_are_called_by_their_names_and_offers_by_their_titles_wherever_they_stand,
    a_list_is_narrowed_down_by_a_name_a_title_or_a_number,
    a_contract_and_a_checkout_say_what_they_are_for,
    a_change_is_called_the_same_wherever_it_stands,
    an_invoice_without_a_seller_is_from_the_merchant,
}

/// A merchant with their backend.
async fn shop(store: Store) -> (World, Visitor) {
    let world = World::new(store).await;
    world.catalogue().await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    (world, visitor)
}

/// Who is listed, from the first row on.
fn listed(html: &str) -> Vec<String> {
    let links = html.split("<tbody>").nth(1).unwrap_or_default().split("/backend/customers/");
    links.skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

async fn changes_are_listed_by_the_day_on_which_they_take_effect(store: Store) {
    let (world, visitor) = shop(store).await;
    for (customer, day) in [("ben", "2026-01-31"), ("ada", "2026-02-10"), ("cyd", "2026-02-12")] {
        if day != "2026-01-31" {
            world.advance(day).await;
        }
        world.buy(customer, "month").await;
    }
    // Made in another order than that of their days: March 10, March 12, February 28.
    for customer in ["ada", "cyd", "ben"] {
        world.buy(customer, "year").await;
    }
    let waiting = visitor.get("/backend/changes?status=pending").await.text;
    assert_eq!(listed(&waiting), ["ben", "ada", "cyd"], "the next is the first");
    let all = visitor.get("/backend/changes").await.text;
    assert_eq!(listed(&all), ["cyd", "ada", "ben"], "the latest is the first");
    let api = world.get("/v1/scheduled-changes").await.expect(200);
    let ids: Vec<&str> =
        api["data"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    // Through its pages: behind the one of March 10.
    for (query, rest) in [
        (format!("status=pending&after={}", ids[0]), vec!["cyd"]),
        (format!("status=pending&before={}", ids[0]), vec!["ben"]),
        (format!("after={}", ids[0]), vec!["ben"]),
        (format!("before={}", ids[0]), vec!["cyd"]),
    ] {
        let page = visitor.get(&format!("/backend/changes?{query}")).await.text;
        assert_eq!(listed(&page), rest, "{query}");
    }
}

async fn payments_name_their_invoice_by_its_number(store: Store) {
    let (world, visitor) = shop(store).await;
    let done = world.buy("ada", "month").await;
    let invoice = done["result"]["invoices"][0].as_str().unwrap();
    let page = visitor.get("/backend/payments").await.text;
    let row = between(&page, "<tbody>", "</tbody>");
    assert!(row.contains("Invoice 1") && !row.contains("inv_"), "{row}");
    assert!(page.contains(&format!("href=\"/backend/invoices/{invoice}\"")), "{page}");
}

async fn customers_are_called_by_their_names_and_offers_by_their_titles_wherever_they_stand(
    store: Store,
) {
    let (world, visitor) = shop(store).await;
    world.put("/v1/customers/k-5", json!({"name": "Eva Jahr"})).await.expect(201);
    world.put("/v1/customers/k-6", json!({"email": "fay@example.org"})).await.expect(201);
    for id in ["k-6", "k-7"] {
        world.buy(id, "month").await;
    }
    let done = world.buy("k-5", "month").await;
    let invoice = format!("/backend/invoices/{}", done["result"]["invoices"][0].as_str().unwrap());
    let id = done["result"]["subscription"].as_str().unwrap();
    let subscription = format!("/backend/subscriptions/{id}");
    let again = world.post("/v1/checkouts", json!({"customer": "k-5", "offer": "month"})).await;
    assert_eq!(again.status, 409, "{again:?}");
    let change = world.buy("k-5", "year").await;
    let change = change["result"]["scheduled_change"].as_str().unwrap();
    for address in [
        "/backend",
        "/backend/today",
        "/backend/subscriptions",
        "/backend/changes",
        "/backend/invoices",
        "/backend/payments",
        "/backend/checkouts/refused",
        &format!("/backend/search?q={id}"),
        &invoice,
        &subscription,
        &format!("{subscription}/cancel"),
        &format!("/backend/changes/{change}/withdraw"),
        "/backend/customers/k-5/payout",
    ] {
        let page = visitor.get(address).await;
        assert_eq!(page.status, 200, "{address}");
        assert!(page.text.contains("Eva Jahr"), "{address}: {}", page.text);
        assert!(!page.text.contains(">k-5<"), "{address}: {}", page.text);
    }
    let list = visitor.get("/backend/subscriptions").await.text;
    assert!(list.contains(">fay@example.org<") && list.contains(">k-7<"), "{list}");
    let today = visitor.get("/backend/today").await.text;
    assert!(today.contains(">Year<") && !today.contains(">year<"), "{today}");
}

async fn a_list_is_narrowed_down_by_a_name_a_title_or_a_number(store: Store) {
    let (world, visitor) = shop(store).await;
    for (id, name) in [("c-1", "Ada Lovelace"), ("c-2", "Adam Smith"), ("c-3", "Grace Hopper")] {
        world.put(&format!("/v1/customers/{id}"), json!({"name": name})).await.expect(201);
        world.buy(id, "month").await;
    }
    world.buy("c-3", "year").await;
    // One whose title begins as another's, and one who is called as another begins.
    let mut plus = offer_of("month", "12.90", "P1M");
    plus["title"] = json!("Month plus");
    world.put("/v1/offers/plus", plus).await.expect(201);
    world.put("/v1/customers/c-4", json!({"name": "Grace Hopper-Murray"})).await.expect(201);
    for (address, found) in [
        ("subscriptions?customer=c-2", vec!["c-2"]),
        ("subscriptions?offer=Year", vec![]),
        ("subscriptions?offer=MONTH", vec!["c-3", "c-2", "c-1"]),
        ("subscriptions?offer=month", vec!["c-3", "c-2", "c-1"]),
        ("subscriptions?offer=month+plus", vec![]),
        ("subscriptions?customer=grace+hopper", vec!["c-3"]),
        ("invoices?customer=Ada+L", vec!["c-1"]),
        ("changes?customer=grace+hopper", vec!["c-3"]),
        ("payments?invoice=2", vec!["c-2"]),
        ("payments?customer=adam", vec!["c-2"]),
        ("checkouts/refused?customer=nobody", vec![]),
    ] {
        let page = visitor.get(&format!("/backend/{address}")).await;
        assert_eq!(page.status, 200, "{address}");
        assert_eq!(listed(&page.text), found, "{address}: {}", page.text);
        assert!(!page.text.contains("Several fit"), "{address}");
    }
    let page = visitor.get("/backend/subscriptions?customer=ada&status=active").await.text;
    assert_eq!(listed(&page), [""; 0], "one of the two is meant");
    let several = between(&page, "Several fit:", "</p>");
    assert_eq!(several, "Ada Lovelace (c-1) , Adam Smith (c-2)");
    let link = "/backend/subscriptions?status=active&amp;customer=c-1";
    assert!(page.replace("&#x3D;", "=").contains(link), "{page}");
}

async fn a_contract_and_a_checkout_say_what_they_are_for(store: Store) {
    let (world, visitor) = shop(store).await;
    let done = world.buy("ada", "month").await;
    let id = done["result"]["subscription"].as_str().unwrap();
    world.open("ada", "year").await;
    let page = visitor.get(&format!("/backend/subscriptions/{id}")).await.text;
    let terms = between(&page, "<h2 id=\"terms\">", "</dl>");
    assert!(terms.contains("Offer Month month"), "{terms}");
    assert!(terms.contains("Ends if cancelled today Feb 28, 2026"), "{terms}");
    let page = visitor.get("/backend/customers/ada").await.text;
    let open = between(&page, "<h2 id=\"open\">", "</section>");
    assert!(open.contains("Year year"), "{open}");
    let possible = between(&page, "<h2 id=\"possible\">", "</section>");
    assert!(possible.contains("Year year replaces"), "{possible}");
}

async fn a_change_is_called_the_same_wherever_it_stands(store: Store) {
    let (world, visitor) = shop(store).await;
    world.put("/v1/tags/half", json!({"title": "half"})).await.expect(201);
    world.put("/v1/offers/half", offer_of("half", "59.40", "P6M")).await.expect(201);
    let mut path = path_of("immediate");
    (path["source_tags"], path["target_tags"]) = (json!(["month"]), json!(["half"]));
    world.put("/v1/paths/month-to-half", path).await.expect(201);
    world.buy("ada", "month").await;
    let offers = world.get("/v1/customers/ada/offers").await.expect(200);
    let said = |id: &str| -> Value {
        let all = offers["data"].as_array().unwrap();
        all.iter().find(|it| it["offer"] == id).unwrap()["scenario"].clone()
    };
    // A day of the year costs less than one of the month, and one of the half as much.
    assert_eq!([said("year"), said("half")], ["down", "side"]);
    for (path, word) in [("month-to-year", "down"), ("month-to-half", "side")] {
        let page = visitor.get(&format!("/backend/paths/{path}")).await.text;
        let joins = between(&page, "<h2 id=\"edges\">", "</section>");
        assert!(joins.contains(word), "{path}: {joins}");
        assert!(!joins.split_whitespace().any(|it| it == "up"), "{path}: {joins}");
    }
    let legend = visitor.get("/backend/graph").await.text;
    assert!(legend.contains("Up: costs more by the day"), "{legend}");
}

async fn an_invoice_without_a_seller_is_from_the_merchant(store: Store) {
    let (world, visitor) = shop(store).await;
    let overview = visitor.get("/backend").await.text;
    let first = between(&overview, "<h2 id=\"first\">", "</section>");
    assert!(first.contains("Say who sells Name, address"), "{first}");
    let checkout = world.open("ada", "month").await;
    let settings = json!({"purchase_on_account": true});
    world.put("/v1/settings", settings).await.expect(200);
    let done = world.post(&complete(&checkout), json!({})).await.expect(200);
    let page = format!("/backend/invoices/{}", done["result"]["invoices"][0].as_str().unwrap());
    let paper = visitor.get(&page).await.text;
    let from = between(&paper, "<span class=\"quiet\">From</span>", "</strong>");
    assert_eq!(from, "Default");
    let seller = json!({"purchase_on_account": true, "seller": {"name": "The Daily Planet"}});
    world.put("/v1/settings", seller).await.expect(200);
    let overview = visitor.get("/backend").await.text;
    assert!(!overview.contains("Say who sells"), "{overview}");
}
