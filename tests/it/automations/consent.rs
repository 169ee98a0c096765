//! Who wants no messages, and who has said that they do.

use chrono::TimeDelta;
use crossgrade::store::Store;
use serde_json::{Value, json};

use super::{advance, delivered, first_run, live, messages, shop};
use crate::support::both;
use crate::webhooks::fixture::{event, text};

both! {
    nobody_is_sent_anything_who_wants_none,
    who_says_no_leaves_and_by_consent_only_who_says_yes_is_written_to,
    what_came_back_is_known_whatever_a_profile_says,
}

async fn nobody_is_sent_anything_who_wants_none(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &json!({})).await;
    delivered(world, "o-1", "ada").await;
    let put = world.put("/v1/suppressions/ada", json!({})).await.expect(200);
    assert_eq!((&put["customer"], &put["reason"]), (&json!("ada"), &json!("merchant")));
    assert_eq!(world.put("/v1/suppressions/ada", json!({})).await.expect(200), put);
    assert_eq!(first_run(world).await, "exited unsubscribed ");
    assert_eq!(world.put("/v1/suppressions/nobody", json!({})).await.status, 404);
    advance(&post, TimeDelta::days(9)).await;
    assert_eq!(post.memory.take().len(), 0);
    world.delete("/v1/suppressions/ada").await.expect(204);
    assert_eq!(world.delete("/v1/suppressions/ada").await.status, 404);
}

async fn who_says_no_leaves_and_by_consent_only_who_says_yes_is_written_to(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &json!({})).await;
    delivered(world, "o-1", "ada").await;
    let say = async |customer: &str, wanted: Value| {
        let profile = json!({"name": customer, "phone": "+4930123456", "messages": wanted});
        let saved = world.put(&format!("/v1/customers/{customer}"), profile).await;
        assert_eq!(saved.json["messages"], wanted, "{saved:?}");
    };
    say("ada", json!(true)).await;
    assert_eq!(first_run(world).await, "active  thanks");
    say("ada", json!(false)).await;
    assert_eq!(first_run(world).await, "exited unsubscribed ");
    world.put("/v1/settings", json!({"messages_by_consent": true})).await.expect(200);
    for (customer, wanted, starts) in
        [("bob", json!(null), false), ("cleo", json!(true), true), ("dora", json!(false), false)]
    {
        say(customer, wanted).await;
        delivered(world, &format!("o-{customer}"), customer).await;
        let path = format!("/v1/automations/thanks/explain?customer={customer}");
        let told = world.get(&path).await.expect(200);
        assert_eq!(told["started"], json!(starts), "{customer}");
        assert_eq!(told["reason"], if starts { json!(null) } else { json!("suppressed") });
    }
    advance(&post, TimeDelta::hours(24)).await;
    let calls = post.memory.take();
    assert_eq!(event(&calls[0])["data"]["to"], json!({"email": null, "phone": "+4930123456"}));
    assert_eq!(calls.len(), 1);
    let wrong = world.put("/v1/customers/eve", json!({"phone": "030 123456"})).await;
    assert_eq!(wrong.pointers(), ["/phone"]);
}

async fn what_came_back_is_known_whatever_a_profile_says(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &json!({})).await;
    delivered(world, "o-1", "ada").await;
    advance(&post, TimeDelta::hours(24)).await;
    let say = async |email: &str, wanted: Value| {
        let profile = json!({"name": "Ada", "email": email, "messages": wanted});
        world.put("/v1/customers/ada", profile).await.expect(200);
    };
    let silenced = async || {
        let listed = world.get("/v1/suppressions").await.expect(200);
        text(&listed["data"][0]["reason"])
    };
    say("ada@example.com", json!(false)).await;
    assert_eq!(silenced().await, "profile");
    // The mail of before comes back late.
    let id = text(&messages(world).await[0]["id"]);
    let told = json!({"event_id": "1", "kind": "bounced", "at": world.app.now()});
    world.post(&format!("/v1/messages/{id}/events"), told).await.expect(200);
    say("ada@example.com", json!(true)).await;
    assert_eq!(silenced().await, "bounced", "nothing reaches her there");
    say("new@example.com", json!(true)).await;
    assert_eq!(silenced().await, "");
}
