//! Campaigns in the backend: what has become of their offers lately, and how what is typed would
//! have fared with the last orders.

use crossgrade::store::Store;
use serde_json::json;

use super::forms::{Form, decoded, forms};
use crate::api::backend::Visitor;
use crate::api::orders::{order_of, shop};
use crate::support::both;
use crate::world::{ADMIN_KEY, World, eur};

both! {
    a_list_says_of_each_campaign_what_its_report_says,
    a_campaign_is_tried_on_the_last_orders_and_nothing_is_saved,
}

/// A shop with a campaign that offers a hat after each pin.
async fn offering(store: Store) -> World {
    let world = shop(store).await;
    let hat = json!({"title": "Hat", "kind": "physical", "stock": 9, "unit_net": eur("10.00")});
    world.put("/v1/products/hat", hat).await.expect(201);
    world.put("/v1/campaigns/hats", hats()).await.expect(201);
    world
}

fn hats() -> serde_json::Value {
    json!({
        "title": "Hats", "channels": ["web"], "triggers": ["pin"], "offered_product": "hat",
        "priority": 1,
    })
}

/// The text of each cell of the row of a campaign, in order.
fn cells(html: &str, id: &str) -> Vec<String> {
    let row = html.split("<tr>").find(|row| row.contains(&format!("<code class=\"quiet\">{id}<")));
    let row = row.unwrap_or_else(|| panic!("{id}: {html}"));
    let cells = row.split("<td").skip(1).map(|cell| {
        let text = cell.split_once('>').unwrap().1.split("</td>").next().unwrap();
        let parts = text.split('<').map(|part| part.split_once('>').map_or(part, |(_, it)| it));
        decoded(&parts.collect::<String>()).trim().to_owned()
    });
    cells.collect()
}

async fn a_list_says_of_each_campaign_what_its_report_says(store: Store) {
    let world = offering(store).await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let statements = async || {
        let mut least = u64::MAX;
        for _ in 0..2 {
            let before = world.app.store().statements();
            visitor.get("/backend/campaigns").await;
            least = least.min(world.app.store().statements() - before);
        }
        least
    };
    for id in ["yes", "lost", "no", "open"] {
        world.post("/v1/orders", order_of(id, &[("pin", 1, "4.90")])).await.expect(201);
        world.post(&format!("/v1/orders/{id}/upsell"), json!({})).await.expect(200);
    }
    for (id, answer) in [("yes", "accept"), ("lost", "accept"), ("no", "decline")] {
        world.post(&format!("/v1/orders/{id}/upsell/{answer}"), json!({})).await.expect(200);
    }
    world.post("/v1/orders/lost/cancelled", json!({})).await.expect(200);
    let few = statements().await;
    for n in 0..12 {
        let mut more = hats();
        more["channels"] = json!(["shop"]);
        world.put(&format!("/v1/campaigns/more-{n:02}"), more).await.expect(201);
    }
    let page = visitor.get("/backend/campaigns").await.text;
    let report = world.get("/v1/campaigns/hats/report").await.expect(200);
    assert_eq!((&report["offered"], &report["accepted"]), (&json!(4), &json!(2)));
    let told = cells(&page, "hats");
    assert_eq!(told[4..6], ["4", "2"], "{told:?}");
    let revenue = report["revenue"][0]["amount"].as_str().unwrap();
    assert_eq!(told[6].trim_start_matches(['€', '$']), revenue, "{told:?}");
    assert_eq!(cells(&page, "more-00")[4..], ["0", "0", ""]);
    assert!(statements().await <= few, "none is asked for by itself");
    world.advance("2026-03-20").await;
    let page = visitor.get("/backend/campaigns").await.text;
    assert_eq!(cells(&page, "hats")[4..], ["0", "0", ""], "that is more than 30 days ago");
}

/// Fields of a form by their names, with what is typed into them.
type Fields<'a> = &'a [(&'a str, &'a str)];

/// The form of a campaign, and what it tells when it is tried with these fields.
async fn tried(visitor: &Visitor, place: &str, with: Fields<'_>) -> (u16, String) {
    let address = format!("/backend/campaigns/{place}");
    let html = visitor.get(&address).await.text;
    let is_it = |form: &Form| form.is_post && form.action == address;
    let form = forms(&html).into_iter().find(is_it).unwrap_or_else(|| panic!("{html}"));
    let find = |name: &str| with.iter().find(|(at, _)| *at == name);
    let sent = form.sent(|name| find(name).map(|(_, value)| (*value).to_owned()));
    let answer = visitor.post(&address, &format!("{sent}&try=1"), &[]).await;
    let told = answer.text.split("class=\"flash\" role=\"status\">").nth(1);
    let told = told.and_then(|text| text.split('<').next()).unwrap_or_default();
    (answer.status, told.to_owned())
}

async fn a_campaign_is_tried_on_the_last_orders_and_nothing_is_saved(store: Store) {
    let world = offering(store).await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let stock = " What is left of products is not looked at.";
    let (status, told) = tried(&visitor, "hats", &[]).await;
    assert_eq!((status, told.as_str()), (200, "There is no order yet to try it on."));
    for (id, product) in [("a", "pin"), ("b", "pin"), ("c", "paper"), ("d", "pin")] {
        world.post("/v1/orders", order_of(id, &[(product, 1, "4.90")])).await.expect(201);
    }
    let cases: [(&str, Fields<'_>, &str); 6] = [
        ("hats", &[], "it would have won 3, now 3."),
        ("hats", &[("/triggers", "paper")], "it would have won 3, now 1."),
        ("hats", &[("/triggers", "")], "it would have won 3, now 4."),
        ("hats", &[("/active", "")], "it would have won 3, now 0."),
        ("hats", &[("/min_net", "4.91"), ("/currency", "EUR")], "it would have won 3, now 0."),
        (
            "+new",
            &[
                ("/title", "First"),
                ("/channels", "web"),
                ("/offered_product", "hat"),
                ("/priority", "2"),
            ],
            "it would win 4.",
        ),
    ];
    for (place, with, wanted) in cases {
        let (status, told) = tried(&visitor, place, with).await;
        let wanted = format!("Of the last 4 orders {wanted}{stock}");
        assert_eq!((status, told), (200, wanted), "{place} {with:?}");
    }
    let (status, told) = tried(&visitor, "hats", &[("/triggers", "no such"), ("/title", "")]).await;
    assert_eq!((status, told.as_str()), (422, ""), "what is wrong is told instead");
    let all = world.get("/v1/campaigns").await.expect(200);
    assert_eq!(all["data"].as_array().unwrap().len(), 1, "nothing was saved");
    assert_eq!(all["data"][0]["triggers"], json!(["pin"]));
    // Whoever ranks before it takes its orders.
    let mut better = hats();
    better["priority"] = json!(5);
    world.put("/v1/campaigns/better", better).await.expect(201);
    let (_, told) = tried(&visitor, "hats", &[("/priority", "6")]).await;
    assert!(told.contains("it would have won 0, now 3."), "{told}");
}
