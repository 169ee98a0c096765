//! Other steps of dunning while those who owe pay, buy and are billed.

use std::collections::BTreeSet;

use crossgrade::store::Store;
use serde_json::{Value, json};

use super::MANY;
use crate::support::both;
use crate::world::{Answer, World, complete};

both! {
    steps_are_saved_while_those_who_owe_are_at_work_and_nobody_is_told_to_come_back,
}

/// How often each does something.
const TIMES: usize = 12;

fn settings(remind: usize) -> Value {
    json!({
        "time_zone": "Europe/Berlin", "locale": "en", "currency": "EUR",
        "purchase_on_account": true,
        "dunning": [{"after_days": remind, "action": "remind"}],
    })
}

/// One who saves other steps each time, or one who buys and is billed.
async fn act(world: World, who: usize) -> Vec<Answer> {
    let mut answers = Vec::new();
    for time in 0..TIMES {
        if who.is_multiple_of(4) {
            answers.push(world.put("/v1/settings", settings(1 + who + time)).await);
            continue;
        }
        let body = json!({"customer": format!("c{who}"), "offer": "month", "allow_new": true});
        let opened = world.post("/v1/checkouts", body).await;
        if opened.status == 201 {
            answers.push(world.post(&complete(&opened.json), json!({})).await);
        }
        answers.push(opened);
    }
    answers
}

async fn steps_are_saved_while_those_who_owe_are_at_work_and_nobody_is_told_to_come_back(
    store: Store,
) {
    let world = World::new(store).await;
    world.put("/v1/settings", settings(500)).await.expect(200);
    world.catalogue().await;
    for who in 0..MANY {
        let body = json!({"customer": format!("c{who}"), "offer": "year"});
        let opened = world.post("/v1/checkouts", body).await.expect(201);
        world.post(&complete(&opened), json!({})).await.expect(200);
    }
    world.advance("2026-03-01").await;
    let overdue = world.get("/v1/invoices?overdue=true").await.expect(200);
    assert_eq!(overdue["data"].as_array().unwrap().len(), MANY);
    for answers in all_at_once(&world).await {
        for answer in answers {
            assert!(matches!(answer.status, 200 | 201 | 409), "{answer:?}");
        }
    }
    // Whatever was saved last holds for all of them from the next day on.
    world.put("/v1/settings", settings(5)).await.expect(200);
    world.advance("2026-03-02").await;
    let mut reminded = BTreeSet::new();
    let mut after = String::new();
    loop {
        let events = world.get(&format!("/v1/events?limit=200{after}")).await.expect(200);
        let data = events["data"].as_array().unwrap();
        let due = data.iter().filter(|event| event["type"] == "invoice.reminder_due");
        reminded.extend(due.filter_map(|event| event["customer"].as_str().map(str::to_owned)));
        match events["next_cursor"].as_str() {
            Some(next) => after = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(reminded.len(), MANY, "{reminded:?}");
    let audit = world.get("/v1/audit").await.expect(200);
    assert_eq!(audit["ok"], true, "{audit}");
}

async fn all_at_once(world: &World) -> Vec<Vec<Answer>> {
    let tasks: Vec<_> = (0..MANY).map(|who| tokio::spawn(act(world.clone(), who))).collect();
    let mut all = Vec::new();
    for task in tasks {
        all.push(task.await.unwrap());
    }
    all
}
