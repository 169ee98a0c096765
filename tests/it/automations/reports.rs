//! What an automation has come to, as of any moment; and what a message would say.

use chrono::{DateTime, TimeDelta, Utc};
use crossgrade::store::Store;
use serde_json::{Value, json};

use super::{advance, automation, delivered, live, messages, order, shop};
use crate::support::both;
use crate::webhooks::fixture::text;
use crate::world::World;

both! {
    a_report_is_what_a_recount_gives,
    a_preview_says_what_would_be_sent,
}

/// The report as of a moment.
async fn report(world: &World, as_of: DateTime<Utc>) -> Value {
    let at = as_of.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    world.get(&format!("/v1/automations/thanks/report?as_of={at}")).await.expect(200)
}

/// What always holds of a report.
fn adds_up(report: &Value) {
    let number = |value: &Value, name: &str| value[name].as_i64().unwrap();
    let of = |name: &str| number(report, name);
    assert_eq!(of("started"), of("active") + of("exited") + of("completed"), "{report}");
    let mut entered = of("started");
    for step in report["steps"].as_array().unwrap() {
        let of = |name: &str| number(step, name);
        assert_eq!(of("entered"), entered, "{step}");
        assert_eq!(entered, of("waiting") + of("progressed") + of("exited_here"), "{step}");
        assert!(of("sent") >= of("delivered") + of("bounced"), "{step}");
        assert!(of("delivered") >= of("read"), "{step}");
        assert!(of("read") >= of("replied").max(of("clicked")), "{step}");
        entered = of("progressed");
    }
}

async fn a_report_is_what_a_recount_gives(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &json!({})).await;
    let nothing = report(world, world.app.now()).await;
    assert_eq!(nothing["exited_pct"], "—");
    assert_eq!(nothing["holdout"], Value::Null);
    for n in 0..6 {
        delivered(world, &format!("o-{n}"), &format!("c-{n}")).await;
    }
    order(world, "unpaid", "nobody").await;
    let begun = world.app.now();
    advance(&post, TimeDelta::hours(25)).await;
    // The first three read it, the first follows its link, the last gets nothing.
    let kinds = ["clicked", "read", "read", "delivered", "sent", "bounced"];
    for (message, kind) in messages(world).await.iter().zip(kinds) {
        let path = format!("/v1/messages/{}/events", text(&message["id"]));
        let body = json!({"event_id": "e", "kind": kind, "at": world.app.now()});
        world.post(&path, body).await.expect(200);
    }
    // Two buy before the reminder, one of whom has read; one takes it back.
    advance(&post, TimeDelta::hours(1)).await;
    let buyers: Vec<String> =
        messages(world).await.iter().map(|it| text(&it["customer"])).collect();
    for (place, id) in [(0, "again"), (3, "unread"), (1, "back")] {
        delivered(world, id, &buyers[place]).await;
    }
    let part = json!({"amount": {"amount": "4.00", "currency": "EUR"}, "event_id": "r"});
    world.post("/v1/orders/again/refunded", part).await.expect(200);
    let bought = world.app.now();
    advance(&post, TimeDelta::hours(1)).await;
    world.post("/v1/orders/back/cancelled", json!({})).await.expect(200);
    advance(&post, TimeDelta::days(5)).await;
    let told = report(world, world.app.now()).await;
    adds_up(&told);
    assert_eq!(told["trigger"], json!({"first_purchases": 6, "started": 6}));
    assert_eq!((&told["exited"], &told["completed"]), (&json!(4), &json!(2)), "{told}");
    assert_eq!((&told["exited_pct"], &told["completed_pct"]), (&json!("66.7"), &json!("33.3")));
    assert_eq!((&told["purchased_pct"], &told["bought_pct"]), (&json!("16.7"), &json!("33.3")));
    assert_eq!((&told["revenue"], &told["refunded"]), (&json!("10.00"), &json!("4.00")));
    let first = &told["steps"][0];
    let wanted = json!({
        "key": "thanks", "entered": 6, "waiting": 0, "progressed": 6, "exited_here": 0, "sent": 6,
        "failed": 0, "delivered": 4, "bounced": 1, "read": 3, "replied": 0, "clicked": 1,
        "attributed_orders": 1, "attributed_revenue": "10.00",
    });
    assert_eq!(*first, wanted);
    let second = &told["steps"][1];
    assert_eq!((&second["entered"], &second["exited_here"]), (&json!(6), &json!(4)), "{told}");
    // As it was then, as known now.
    let then = report(world, bought).await;
    adds_up(&then);
    assert_eq!(then["purchased_pct"], "33.3", "it had not been taken back yet");
    assert_eq!(then["revenue"], "20.00");
    for hours in 0..40 {
        adds_up(&report(world, begun + TimeDelta::hours(hours)).await);
    }
    let at_first = report(world, begun).await;
    assert_eq!((&at_first["active"], &at_first["steps"][0]["waiting"]), (&json!(6), &json!(6)));
    let late = (world.app.now() + TimeDelta::hours(1)).to_rfc3339();
    let late = late.replace('+', "%2B");
    let path = format!("/v1/automations/thanks/report?as_of={late}");
    assert_eq!(world.get(&path).await.pointers(), ["/as_of"]);
    let path = "/v1/automations/thanks/report?version=2";
    assert_eq!(world.get(path).await.pointers(), ["/version"]);
}

async fn a_preview_says_what_would_be_sent(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    world.put("/v1/automations/thanks", automation(&json!({}))).await.expect(201);
    let preview = async |body: Value| {
        let shown = world.post("/v1/automations/thanks/preview", body).await.expect(200);
        text(&shown["subject"])
    };
    assert_eq!(preview(json!({"step": "thanks"})).await, "Thank you, Ada Lovelace");
    assert_eq!(preview(json!({"step": "thanks", "customer": "ada"})).await, "Thank you, Ada");
    let german = json!({"step": "thanks", "customer": "ada", "locale": "de-AT"});
    assert_eq!(preview(german).await, "Danke, Ada");
    let path = "/v1/automations/thanks/preview";
    for (body, at) in [
        (json!({"step": "nothing"}), "/step"),
        (json!({"step": "thanks", "customer": "nobody"}), "/customer"),
    ] {
        assert_eq!(world.post(path, body).await.pointers(), [at]);
    }
}
