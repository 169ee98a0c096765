//! Keeping the billing date, from the path that says so to what is booked by it.

use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, complete, eur, offer_of, paid, path_of};

both! {
    a_billing_date_is_kept_only_where_days_are_credited_at_once,
    what_keeps_the_billing_date_is_paid_up_to_it_and_booked_there,
    a_path_that_keeps_it_between_unlike_periods_is_warned_of,
}

/// A path at once and by the day, which keeps the billing date.
fn keeping(target: &str) -> Value {
    let mut path = path_of("immediate");
    (path["proration"], path["billing_date"]) = (json!("day"), json!("keep"));
    (path["target_tags"], path["description"]) = (json!([target]), json!("Done."));
    path
}

/// A shop that also sells a dearer month.
async fn shop(store: Store) -> World {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/tags/premium", json!({"title": "premium"})).await.expect(201);
    let mut premium = offer_of("premium", "14.90", "P1M");
    premium["tags"] = json!(["premium"]);
    world.put("/v1/offers/premium", premium).await.expect(201);
    world
}

async fn a_billing_date_is_kept_only_where_days_are_credited_at_once(store: Store) {
    let world = shop(store).await;
    let plain = world.put("/v1/paths/plain", path_of("immediate")).await.expect(201);
    assert_eq!(plain["billing_date"], "reset");
    for (field, other, places) in [
        ("transition", "immediate_next_booking", &["/billing_date"][..]),
        ("transition", "next_booking", &["/billing_date", "/proration"]),
        ("proration", "none", &["/billing_date"]),
        ("billing_date", "kept", &["/billing_date"]),
    ] {
        let mut wrong = keeping("premium");
        wrong[field] = json!(other);
        let refused = world.put("/v1/paths/up", wrong).await;
        assert_eq!(refused.pointers(), places, "{field} {other}");
    }
    world.put("/v1/paths/up", keeping("premium")).await.expect(201);
    let read = world.get("/v1/paths/up").await.expect(200);
    assert_eq!(read["billing_date"], "keep");
    world.put("/v1/paths/up", read).await.expect(200);
}

async fn what_keeps_the_billing_date_is_paid_up_to_it_and_booked_there(store: Store) {
    let world = shop(store).await;
    world.put("/v1/paths/up", keeping("premium")).await.expect(201);
    world.buy("ada", "month").await;
    world.advance("2026-02-10").await;
    let reachable = world.get("/v1/customers/ada/transitions").await.expect(200);
    let reachable = reachable["data"].as_array().unwrap();
    let premium = reachable.iter().find(|it| it["path"] == "up");
    assert_eq!(premium.map(|it| &it["amount_due"]), Some(&eur("3.22")), "{reachable:?}");
    let shown = world.open("ada", "premium").await;
    assert_eq!(shown["amount_due"], eur("3.22"));
    let next = &shown["next_payment"];
    assert_eq!((&next["on"], &next["amount_due"]), (&json!("2026-02-28"), &eur("14.90")));
    let commitment = &shown["commitment"];
    assert_eq!(
        (&commitment["starts_on"], &commitment["ends_on"], &commitment["total"]),
        (&json!("2026-01-31"), &json!("2026-02-27"), &eur("9.58"))
    );
    let done = world.post(&complete(&shown), paid(&shown)).await.expect(200);
    let id = done["result"]["subscription"].as_str().unwrap();
    let running = world.get(&format!("/v1/subscriptions/{id}")).await.expect(200);
    assert_eq!(running["current_period"], json!({"start": "2026-02-10", "end": "2026-02-28"}));
    assert_eq!(running["current_term"], json!({"start": "2026-01-31", "end": "2026-02-28"}));
    assert_eq!(
        (&running["anchor_day"], &running["next_booking_on"]),
        (&json!(31), &json!("2026-02-28"))
    );
    world.advance("2026-03-31").await;
    let days = format!("/v1/subscriptions/{id}/days?from=2026-02-01&to=2026-04-30");
    let days = world.get(&days).await.expect(200);
    let periods: Vec<&Value> =
        days["data"].as_array().unwrap().iter().map(|run| &run["period"]).collect();
    let expected =
        [("2026-02-10", "2026-02-28"), ("2026-02-28", "2026-03-31"), ("2026-03-31", "2026-04-30")];
    assert_eq!(
        periods,
        expected.map(|(start, end)| json!({"start": start, "end": end})).each_ref()
    );
    assert_eq!(world.get("/v1/audit").await.expect(200)["ok"], true);
}

async fn a_path_that_keeps_it_between_unlike_periods_is_warned_of(store: Store) {
    let world = shop(store).await;
    let warnings = |path: &Value| {
        let warnings = path["warnings"].as_array().unwrap().iter();
        warnings.map(|it| it["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let unlike = world.put("/v1/paths/up", keeping("year")).await.expect(201);
    assert!(warnings(&unlike).contains(&"billing_period_differs".to_owned()), "{unlike}");
    let alike = world.put("/v1/paths/up", keeping("premium")).await.expect(200);
    assert_eq!(warnings(&alike), Vec::<String>::new());
}
