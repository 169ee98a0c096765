//! The pages of an automation: every figure leads to a list of just as many, and its cards are set
//! up one by one.

use chrono::TimeDelta;
use crossgrade::store::Store;
use serde_json::json;

use super::{advance, delivered, live, messages, order, shop};
use crate::api::backend::Visitor;
use crate::support::both;
use crate::webhooks::fixture::text;
use crate::world::ADMIN_KEY;

both! {
    every_figure_leads_to_a_list_of_just_as_many,
    a_message_tells_what_became_of_it,
    a_card_that_somebody_else_has_changed_is_shown_again,
}

/// Attributes as they are meant.
fn plain(text: &str) -> String {
    text.replace("&amp;", "&").replace("&#x3D;", "=").replace("&quot;", "\"")
}

/// The figures of a page that lead somewhere: what is counted, how many, and where to.
fn figures(page: &str) -> Vec<(String, usize, String)> {
    let figure = |part: &str| {
        let (label, rest) = part.split_once("</dt><dd><a href=\"")?;
        let (href, rest) = rest.split_once("\">")?;
        let count = rest.split('<').next()?.parse().ok()?;
        Some((label.to_owned(), count, plain(href)))
    };
    page.split("<dt>").filter_map(figure).collect()
}

async fn every_figure_leads_to_a_list_of_just_as_many(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &json!({"holdout_percent": 20})).await;
    for n in 0..20 {
        delivered(world, &format!("o-{n}"), &format!("c-{n}")).await;
    }
    advance(&post, TimeDelta::hours(25)).await;
    let kinds = ["clicked", "replied", "read", "delivered", "sent", "bounced", "bounced"];
    for (message, kind) in messages(world).await.iter().zip(kinds) {
        let path = format!("/v1/messages/{}/events", text(&message["id"]));
        let body = json!({"event_id": "e", "kind": kind, "at": world.app.now()});
        world.post(&path, body).await.expect(200);
    }
    order(world, "again", &text(&messages(world).await[0]["customer"])).await;
    let before = (world.app.now() - TimeDelta::minutes(1)).to_rfc3339();
    // Another version, whose step stands elsewhere.
    let moved = super::automation(&json!({"steps": [
        {"key": "more", "delay": "P1D", "channel": "webhook", "template": "thanks"},
    ]}));
    world.put("/v1/automations/thanks", moved).await.expect(200);
    for n in 20..24 {
        delivered(world, &format!("o-{n}"), &format!("c-{n}")).await;
    }
    advance(&post, TimeDelta::hours(20)).await;
    let visitor = Visitor::sign_in(world, ADMIN_KEY).await;
    let before = before.replace('+', "%2B");
    for (query, least) in [(String::new(), 22), (format!("?as_of={before}"), 12)] {
        let report = format!("/backend/automations/thanks/report{query}");
        let page = visitor.get(&report).await;
        assert_eq!(page.status, 200, "{page:?}");
        let figures = figures(&page.text);
        assert!(figures.len() >= least, "{figures:#?}");
        for (label, count, href) in figures {
            let list = visitor.get(&href).await;
            assert_eq!(list.status, 200, "{href}: {list:?}");
            let rows = list.text.matches("<th scope=\"row\">").count();
            assert_eq!(rows, count, "{label} at {href}");
        }
    }
}

async fn a_message_tells_what_became_of_it(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &json!({})).await;
    delivered(world, "o", "ada").await;
    advance(&post, TimeDelta::hours(25)).await;
    let id = text(&messages(world).await[0]["id"]);
    let told = json!({"event_id": "by-robot", "kind": "read", "at": world.app.now(), "bot": true});
    world.post(&format!("/v1/messages/{id}/events"), told).await.expect(200);
    let visitor = Visitor::sign_in(world, ADMIN_KEY).await;
    let page = visitor.get(&format!("/backend/messages/{id}")).await.text;
    for part in ["Thank you, Ada", "Enjoy Paper.", "by-robot: no person did it", "order o", "sent"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let listed = visitor.get("/backend/messages?customer=ada&state=read").await.text;
    assert!(listed.contains("No message fits"), "a robot reads nothing: {listed}");
    assert_eq!(visitor.get("/backend/messages/msg_nothing").await.status, 404);
}

async fn a_card_that_somebody_else_has_changed_is_shown_again(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &json!({})).await;
    let visitor = Visitor::sign_in(world, ADMIN_KEY).await;
    let cards = "/backend/automations/thanks/flow";
    let version = |page: &str| {
        let rest = page.split("name=\"version\" value=\"").nth(1).unwrap();
        rest.split('"').next().unwrap().replace("&quot;", "%22")
    };
    let form = "step=thanks&%2Funit=days&%2Ftemplate=thanks&%2Fchannel=webhook";
    let page = visitor.get(&format!("{cards}?edit=thanks")).await.text;
    let seen = version(&page);
    let send = async |wait: &str, version: &str| {
        visitor.post(cards, &format!("{form}&%2Fwait={wait}&version={version}"), &[]).await
    };
    assert_eq!(send("2", &seen).await.status, 303);
    assert_eq!(send("2", &seen).await.status, 303, "sent twice it is done once");
    let refused = send("3", &seen).await;
    assert_eq!(refused.status, 412);
    assert!(refused.text.contains("Somebody has changed this"), "{refused:?}");
    assert_eq!(send("3", &version(&refused.text)).await.status, 303);
    let page = visitor.get(&format!("{cards}?edit=thanks")).await.text;
    let wrong = send("400", &version(&page)).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("id=\"f-wait-wrong\""), "{wrong:?}");
    let saved = world.get("/v1/automations/thanks").await.expect(200);
    assert_eq!((&saved["steps"][0]["delay"], &saved["version"]), (&json!("P3D"), &json!(3)));
    // What the form does not know stays.
    let form =
        "step=more&%2Fwait=36&%2Funit=hours&%2Fchannel=webhook&%2Flink=https%3A%2F%2Fa.example";
    assert_eq!(visitor.post(cards, form, &[]).await.status, 303);
    let saved = world.get("/v1/automations/thanks").await.expect(200);
    assert_eq!(saved["steps"][1]["template"]["subject"], "More");
    let out = format!("step=more&remove=yes&version={}", "");
    assert_eq!(visitor.post(cards, &out, &[]).await.status, 303);
    let saved = world.get("/v1/automations/thanks").await.expect(200);
    assert_eq!(saved["steps"].as_array().unwrap().len(), 1);
}
