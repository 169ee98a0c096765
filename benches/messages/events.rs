//! What providers tell of messages, durably, from eight clients.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;

use crate::book::Server;
use crate::engine::{at_once, serve};
use crate::limit::{Link, TOLD};
use crate::row;
use crate::world::{awaiting, opened};

const CLIENTS: usize = 8;
const AIM: u128 = 500;

/// So many messages are told of, each once.
pub(crate) async fn measure(server: &Server, count: usize) {
    sent(server, "told", count).await;
    server.copy("told", "bare").await;
    let mut link = Link::open(&server.url("told"), None).await;
    let ids = link.texts("select id from messages order by id").await;
    drop(link);
    let app = opened(server, "told").await;
    let (client, task) = serve(app.clone()).await;
    let at = app.now().to_rfc3339();
    let statements = app.store().statements();
    let begun = Instant::now();
    at_once(ids.clone(), CLIENTS, move |id| {
        let (client, at) = (client.clone(), at.clone());
        async move {
            let body = json!({"event_id": format!("e-{id}"), "kind": "delivered", "at": at});
            client.call("POST", &format!("/v1/messages/{id}/events"), &body).await;
        }
    })
    .await;
    let took = begun.elapsed();
    eprintln!("  {} statements", app.store().statements() - statements);
    task.abort();
    app.store().close().await;
    server.bring("told", "bare", &["messages", "message_events"]).await;
    let limit = by_hand(server, &ids).await;
    let what = format!("{}: {count} events of providers, {CLIENTS} clients", server.name());
    row(&what, count, (took, limit), AIM);
    for book in ["told", "bare"] {
        server.remove(book).await;
    }
}

/// A book in which so many have been thanked, and nothing is known of it yet.
pub(crate) async fn sent(server: &Server, book: &str, count: usize) {
    awaiting(server, book, count).await;
    let app = opened(server, book).await;
    app.take_steps().await.expect("steps");
    app.store().close().await;
    let texts = [
        "update messages set status = 'sent', attempts = 1, accepted_at = queued_at,
         sent_at = queued_at",
        "update automation_runs set status = 'completed', ended_at = started_at",
        "analyze",
    ];
    server.run(book, &texts).await;
}

async fn by_hand(server: &Server, ids: &[String]) -> Duration {
    let clients = if matches!(server, Server::Sqlite(_)) { 1 } else { CLIENTS };
    let mut links = Vec::new();
    for _ in 0..clients {
        links.push(Link::open(&server.url("bare"), Some(&server.url("told"))).await);
    }
    let (begun, mut tasks) = (Instant::now(), JoinSet::new());
    for (place, mut link) in links.into_iter().enumerate() {
        let share: Vec<String> = ids.iter().skip(place).step_by(clients).cloned().collect();
        tasks.spawn(async move {
            for id in share {
                link.commit(TOLD, &[&id]).await;
            }
        });
    }
    tasks.join_all().await;
    begun.elapsed()
}
