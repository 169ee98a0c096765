//! What is brought over by hand, and the checkouts that were refused, however long ago.

use crossgrade::store::Store;
use serde_json::json;

use super::forms::{attribute, forms};
use crate::api::backend::Visitor;
use crate::support::both;
use crate::world::{ADMIN_KEY, Answer, World, offer_of};

both! {
    a_subscription_is_looked_at_first_and_then_brought_over,
    what_is_wrong_with_it_is_told_at_its_field_and_kept,
    refused_checkouts_are_listed_with_why_on_any_day,
}

const NEW: &str = "/backend/subscriptions/+new";

/// Fills the form in and presses a button of it.
async fn press(visitor: &Visitor, look: bool, with: &[(&str, &str)]) -> Answer {
    let html = visitor.get(NEW).await.text;
    let form = forms(&html).into_iter().find(|form| form.is_post && form.action == NEW);
    let find = |name: &str| with.iter().find(|(at, _)| *at == name);
    let sent = form.unwrap().sent(|name| find(name).map(|(_, value)| (*value).to_owned()));
    let pressed = if look { "&look=1" } else { "" };
    visitor.post(NEW, &format!("{sent}{pressed}"), &[]).await
}

async fn a_subscription_is_looked_at_first_and_then_brought_over(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let told = [
        ("/customer", "zoe"),
        ("/offer", "month"),
        ("/started_on", "2025-11-15"),
        ("/id", "old-7"),
        ("/price/amount", "8.50"),
        ("/current_period/start", "2026-01-15"),
        ("/current_period/end", "2026-02-15"),
        ("/brought_over/gross/amount", "8.50"),
        ("/brought_over/paid", "true"),
        ("/brought_over/number", "OLD-99"),
    ];
    let looked = press(&visitor, true, &told).await;
    assert_eq!(looked.status, 200, "{looked:?}");
    for words in ["What would come of it", "€8.50 per month", "Feb 15, 2026", "value=\"OLD-99\""]
    {
        assert!(looked.text.contains(words), "{words}: {}", looked.text);
    }
    let stored = world.get("/v1/subscriptions").await.expect(200);
    assert_eq!(stored["data"], json!([]), "looking stores nothing");
    assert_eq!(world.get("/v1/customers/zoe").await.status, 404);
    let done = press(&visitor, false, &told).await;
    let location = (done.status, done.header("location"));
    assert_eq!(location, (303, "/backend/subscriptions/old-7"), "{done:?}");
    let made = world.get("/v1/subscriptions/old-7").await.expect(200);
    assert_eq!(made["customer"], "zoe");
    assert_eq!(made["price"]["amount"], "8.50");
    assert_eq!(made["next_booking_on"], "2026-02-15");
    let again = press(&visitor, false, &told).await;
    assert_eq!(again.status, 422, "{again:?}");
    assert!(again.text.contains("id=\"f-id-wrong\""), "at its field: {}", again.text);
    // The API makes the same of the same.
    let other = json!({
        "customer": "yan", "offer": "month", "started_on": "2025-11-15", "id": "old-8",
        "price": {"amount": "8.50", "currency": "EUR"},
        "current_period": {"start": "2026-01-15", "end": "2026-02-15"},
        "brought_over": {"gross": {"amount": "8.50", "currency": "EUR"}, "paid": true,
            "number": "OLD-99"},
    });
    let other = world.post("/v1/subscriptions", other).await.expect(201);
    for field in ["current_period", "current_term", "next_booking_on", "price", "started_on"] {
        assert_eq!(made[field], other[field], "{field}");
    }
}

async fn what_is_wrong_with_it_is_told_at_its_field_and_kept(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let right = [("/customer", "zoe"), ("/offer", "month"), ("/started_on", "2026-01-15")];
    let long = "x".repeat(10_000);
    let cases: [(&str, &str, &str); 10] = [
        ("/customer", "", "customer"),
        ("/customer", "no such id", "customer"),
        ("/customer", &long, "customer"),
        ("/offer", "", "offer"),
        ("/offer", "gone", "offer"),
        ("/started_on", "2036-01-15", "started_on"),
        ("/started_on", "soon", "started_on"),
        ("/price/amount", "much", "price"),
        ("/brought_over/paid", "true", "brought_over_gross"),
        ("/current_period/start", "2026-01-15", "current_period_end"),
    ];
    for look in [true, false] {
        for (at, value, field) in cases {
            let others = right.iter().filter(|(name, _)| *name != at).copied();
            let with: Vec<_> = others.chain([(at, value)]).collect();
            let answer = press(&visitor, look, &with).await;
            assert_eq!(answer.status, 422, "{at} {value:.20}: {answer:?}");
            let mark = format!("id=\"f-{field}-wrong\"");
            assert!(answer.text.contains(&mark), "{at} {value:.20}: {}", answer.text);
        }
    }
    assert_eq!(world.get("/v1/subscriptions").await.expect(200)["data"], json!([]));
    let plain = press(&visitor, false, &right).await;
    assert_eq!(plain.status, 303, "a box that is not ticked is no invoice: {plain:?}");
}

async fn refused_checkouts_are_listed_with_why_on_any_day(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    let mut gone = offer_of("year", "99.00", "P1Y");
    gone["title"] = json!("A whole year");
    gone["active"] = json!(false);
    world.put("/v1/offers/year", gone).await.expect(200);
    let wanted = json!({"customer": "ada", "offer": "year"});
    world.post("/v1/checkouts", wanted).await.expect(409);
    world.buy("bob", "month").await;
    let wanted = json!({"customer": "bob", "offer": "month"});
    world.post("/v1/checkouts", wanted).await.expect(409);
    world.advance("2026-02-20").await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let page = visitor.get("/backend/checkouts/refused").await;
    assert_eq!(page.status, 200, "{page:?}");
    let rows: Vec<&str> = page.text.split("<tr>").skip(2).collect();
    assert_eq!(rows.len(), 2, "{}", page.text);
    assert!(rows[0].contains("bob") && rows[0].contains("they have it"), "{}", rows[0]);
    assert!(rows[1].contains("A whole year") && rows[1].contains("not sold any more"));
    let links = rows[1].split("<a ").skip(1).filter_map(|link| attribute(link, "href"));
    for link in links {
        assert_eq!(visitor.get(&link).await.status, 200, "{link}");
    }
    let hers = visitor.get("/backend/checkouts/refused?customer=ada").await.text;
    assert!(hers.contains("A whole year") && !hers.contains("they have it"), "{hers}");
    let none = visitor.get("/backend/checkouts/refused?customer=nobody").await.text;
    assert!(none.contains("None was refused to them."), "{none}");
}
