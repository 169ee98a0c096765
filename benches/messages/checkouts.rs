//! What automations cost whoever has none of the kind: checkouts of a merchant who has one that is
//! live, of another trigger, beside those of one who never had any.

use std::time::Duration;

use serde_json::json;

use crate::book::Server;
use crate::engine::{Client, complete_checkout, open_checkout, timed};
use crate::row;

const CLIENTS: usize = 8;
/// Each is measured so often, in turns.
const TURNS: usize = 3;
const AIM: u128 = 950;

/// So many checkouts opened and completed.
pub(crate) async fn measure(server: &Server, count: usize) {
    let (mut with, mut without) = (Duration::ZERO, Duration::ZERO);
    for turn in 0..TURNS {
        // Whoever comes second finds everything warmed up, in turns.
        for automated in [turn % 2 == 0, turn % 2 != 0] {
            let took = sell(server, count, automated).await;
            *(if automated { &mut with } else { &mut without }) += took;
        }
    }
    let what = format!("{}: {count} checkouts beside a live automation", server.name());
    row(&what, count * TURNS, (with, without), AIM);
}

async fn sell(server: &Server, count: usize, automated: bool) -> Duration {
    let books = ("with".to_owned(), "before".to_owned());
    let run = timed(server, books, count, CLIENTS, move |client, customer, is_before| async move {
        if is_before && automated && customer.ends_with("0000000") {
            go_live(&client).await;
        }
        let offer = if is_before { "month" } else { "year" };
        let (id, due) = open_checkout(&client, &customer, offer).await;
        complete_checkout(&client, &id, &due).await;
    })
    .await;
    for book in [&run.before, &run.after] {
        server.remove(book).await;
    }
    run.took
}

async fn go_live(client: &Client) {
    let endpoint = json!({"url": "https://shop.example/hook", "events": ["message.send"]});
    client.call("PUT", "/v1/webhook-endpoints/shop", &endpoint).await;
    let steps = json!([{"key": "thanks", "delay": "P1D", "channel": "webhook",
        "template": {"subject": "Thank you", "text": "Enjoy."}}]);
    let thanks = json!({"title": "Thanks", "trigger": "first_order_delivered", "steps": steps});
    client.call("PUT", "/v1/automations/thanks", &thanks).await;
    client.call("POST", "/v1/automations/thanks/live", &json!({})).await;
}
