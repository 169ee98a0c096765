//! What a merchant sees at a glance: what comes in each month, what is owed, how far checkouts got;
//! and what can be begun for a customer by hand.

use crossgrade::store::Store;
use serde_json::json;

use super::forms::forms;
use crate::api::backend::Visitor;
use crate::support::both;
use crate::world::{ADMIN_KEY, Answer, World, complete, paid, path_of};

both! {
    the_overview_tells_what_comes_in_and_what_changed_it,
    a_checkout_is_opened_for_a_customer_and_found_with_its_link,
    what_was_given_up_is_seen_and_sent_once_more,
    a_webhook_endpoint_is_added_and_its_secret_shown_once,
}

/// The text of an element that begins with `from`, without its tags.
pub(super) fn between(html: &str, from: &str, until: &str) -> String {
    let (_, rest) = html.split_once(from).unwrap_or_else(|| panic!("{from}: {html}"));
    let part = rest.split(until).next().unwrap_or_default();
    let mut text = String::new();
    let mut is_tag = false;
    for letter in part.chars() {
        match letter {
            '<' => is_tag = true,
            '>' => {
                is_tag = false;
                text.push(' ');
            }
            letter if !is_tag => text.push(letter),
            _ => {}
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Sends a form of a page as it stands there, but for these fields.
pub(super) async fn filled(
    visitor: &Visitor,
    page: &str,
    action: &str,
    with: &[(&str, &str)],
) -> Answer {
    let html = visitor.get(page).await.text;
    let form = forms(&html).into_iter().find(|form| form.is_post && form.action == action);
    let form = form.unwrap_or_else(|| panic!("{page}: {html}"));
    let find = |name: &str| with.iter().find(|(at, _)| *at == name);
    let sent = form.sent(|name| find(name).map(|(_, value)| (*value).to_owned()));
    visitor.post(action, &sent, &[]).await
}

async fn the_overview_tells_what_comes_in_and_what_changed_it(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let mut path = path_of("immediate");
    path["proration"] = json!("day");
    world.put("/v1/paths/month-to-year", path).await.expect(200);
    for customer in ["ada", "bob", "cyd"] {
        world.buy(customer, "month").await;
    }
    // Ada steps over to the year, which comes to less by the month; Bob leaves.
    world.buy("ada", "year").await;
    let listed = world.get("/v1/subscriptions?customer=bob").await.expect(200);
    let id = listed["data"][0]["id"].as_str().unwrap().to_owned();
    let now = json!({"when": "now"});
    world.post(&format!("/v1/subscriptions/{id}/cancel"), now).await.expect(200);
    // Two look at the change, and one of them takes it.
    world.open("cyd", "year").await;
    world.put("/v1/settings", json!({"purchase_on_account": true})).await.expect(200);
    let owing = world.open("dan", "month").await;
    world.post(&complete(&owing), json!({})).await.expect(200);
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let html = visitor.get("/backend?days=7").await.text;
    // 9.90 of Cyd, 9.90 of Dan and 99.00 ÷ 12 of Ada.
    let money = between(&html, "<h2 id=\"money\">", "</section>");
    let wanted = "€28.05 €39.60 €0.00 -€1.65 -€9.90";
    assert!(money.contains(wanted), "{money}");
    assert!(money.contains("€9.90 €0.00 0"), "nothing is overdue yet: {money}");
    let paths = between(&html, "<h2 id=\"paths\">", "</section>");
    assert!(paths.contains("2 1"), "opened twice, completed once: {paths}");
    assert!(!html.contains("role=\"alert\""), "no run has failed");
    world.advance("2026-02-20").await;
    let html = visitor.get("/backend?days=7").await.text;
    let money = between(&html, "<h2 id=\"money\">", "</section>");
    assert!(money.contains("€9.90 €9.90 1"), "Dan has not paid: {money}");
    assert!(money.contains("€28.05 €0.00 €0.00 €0.00 €0.00"), "all of it is long ago: {money}");
    let html = visitor.get("/backend?days=90").await.text;
    assert!(between(&html, "<h2 id=\"money\">", "</section>").contains(wanted));
}

async fn a_checkout_is_opened_for_a_customer_and_found_with_its_link(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let fill = async |page: &str, with: &[(&str, &str)]| filled(&visitor, page, page, with).await;
    let made = fill("/backend/customers/+new", &[("/id", "zoe"), ("/name", "Zoe")]).await;
    assert_eq!((made.status, made.header("location")), (303, "/backend/customers/zoe"));
    let again = fill("/backend/customers/+new", &[("/id", "zoe"), ("/name", "Other")]).await;
    assert_eq!(again.status, 422, "{again:?}");
    assert_eq!(world.get("/v1/customers/zoe").await.expect(200)["name"], "Zoe");
    let none = fill("/backend/customers/zoe/checkout", &[("/offer", "")]).await;
    assert_eq!(none.status, 422, "{none:?}");
    let opened = fill("/backend/customers/zoe/checkout", &[("/offer", "month")]).await;
    assert_eq!(opened.status, 303, "{opened:?}");
    let listed = world.get("/v1/checkouts?customer=zoe").await.expect(200);
    let url = listed["data"][0]["url"].as_str().unwrap().to_owned();
    let page = visitor.get("/backend/customers/zoe").await.text;
    assert!(page.contains(&format!("href=\"{url}\"")), "{page}");
    // A balance that a change leaves is paid out, and no more than that.
    let checkout = listed["data"][0].clone();
    world.post(&complete(&checkout), paid(&checkout)).await.expect(200);
    let id = world.get("/v1/subscriptions?customer=zoe").await.expect(200);
    let id = id["data"][0]["id"].as_str().unwrap().to_owned();
    let all = json!({"when": "now", "credit": "all"});
    world.post(&format!("/v1/subscriptions/{id}/cancel"), all).await.expect(200);
    let back = [("/reference", "back-1"), ("/amount/amount", "9.91")];
    let more = fill("/backend/customers/zoe/payout", &back).await;
    assert_eq!(more.status, 422, "{more:?}");
    let paid = fill("/backend/customers/zoe/payout", &[("/reference", "back-1")]).await;
    assert_eq!(paid.status, 303, "all of it stands there already: {paid:?}");
    let zoe = world.get("/v1/customers/zoe").await.expect(200);
    assert_eq!(zoe["credit_balance"], json!([]));
}

async fn what_was_given_up_is_seen_and_sent_once_more(store: Store) {
    let world = World::new(store).await;
    let endpoint = json!({"url": "https://hooks.example/", "events": ["*"]});
    world.put("/v1/webhook-endpoints/shop", endpoint).await.expect(201);
    world.post("/v1/webhook-endpoints/shop/test", json!({})).await.expect(201);
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let list = visitor.get("/backend/settings/webhooks").await.text;
    assert!(list.contains("href=\"/backend/settings/webhooks/shop\""), "{list}");
    let page = visitor.get("/backend/settings/webhooks/shop/deliveries").await.text;
    let sent = between(&page, "<h2 id=\"deliveries\">", "</section>");
    assert!(sent.contains("Webhook endpoint tested") && sent.contains("waits"), "{sent}");
    assert!(!page.contains("whsec_"), "{page}");
    assert_eq!(visitor.get("/backend/settings/webhooks/none/deliveries").await.status, 404);
}

async fn a_webhook_endpoint_is_added_and_its_secret_shown_once(store: Store) {
    let world = World::new(store).await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let list = "/backend/settings/webhooks";
    assert!(visitor.get(list).await.text.contains(&format!("href=\"{list}/+new\"")));
    let fill = async |page: &str, action: &str, with: &[(&str, &str)]| {
        filled(&visitor, page, action, with).await
    };
    let new = format!("{list}/+new");
    let none = fill(&new, &new, &[("/url", "shop")]).await;
    assert_eq!(none.status, 422, "{none:?}");
    assert!(none.text.contains("absolute http or https URL"), "{none:?}");
    let url = [("/url", "https://hooks.example/shop")];
    let made = fill(&new, &new, &url).await;
    assert_eq!((made.status, made.header("cache-control")), (200, "no-store"), "{made:?}");
    let told = |page: &str| {
        let rest = page.split("id=\"secret\">").nth(1).unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    let first = told(&made.text);
    assert!(first.starts_with("whsec_"), "{first}");
    let stored = world.get("/v1/webhook-endpoints/hooks-example-shop").await.expect(200);
    assert_eq!((&stored["url"], &stored["events"]), (&json!(url[0].1), &json!(["*"])));
    let here = format!("{list}/hooks-example-shop");
    for page in [list.to_owned(), here.clone(), format!("{here}/deliveries")] {
        let page = visitor.get(&page).await;
        assert!(page.status == 200 && !page.text.contains("whsec_"), "{page:?}");
    }
    let again = fill(&new, &new, &url).await;
    assert!(again.status == 422 && again.text.contains("Is taken"), "{again:?}");
    // A test, and another secret.
    let deliveries = format!("{here}/deliveries");
    let tested = fill(&deliveries, &format!("{here}/test"), &[]).await;
    assert_eq!((tested.status, tested.header("location")), (303, deliveries.as_str()));
    let page = visitor.get(&deliveries).await.text;
    assert!(page.contains("Webhook endpoint tested") && page.contains("waits"), "{page}");
    let secret = format!("{here}/secret");
    let rotated = fill(&secret, &secret, &[]).await;
    assert!(rotated.status == 200 && told(&rotated.text) != first, "{rotated:?}");
    // Saving it keeps the secret, and shows none.
    let saved = fill(&here, &here, &[("/events", "invoice.*")]).await;
    assert_eq!((saved.status, saved.header("location")), (303, here.as_str()), "{saved:?}");
    let stored = world.get("/v1/webhook-endpoints/hooks-example-shop").await.expect(200);
    assert_eq!(stored["events"], json!(["invoice.*"]));
    let delete = format!("{here}/delete");
    assert_eq!(fill(&delete, &delete, &[]).await.status, 303);
    assert_eq!(visitor.get(&here).await.status, 404);
    // Who edits the catalogue looks, and may not.
    let key = world.post("/v1/keys", json!({"role": "merchant"})).await.expect(201);
    let other = Visitor::sign_in(&world, key["key"].as_str().unwrap()).await;
    let page = other.get(&new).await.text;
    assert!(page.contains("A key with role admin may change this."), "{page}");
    assert_eq!(other.post(&new, "%2Furl=https%3A%2F%2Fhooks.example", &[]).await.status, 403);
}
