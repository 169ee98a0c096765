//! The engine at work: completions over HTTP, and a billing run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossgrade::app::App;
use crossgrade::server::{ServerOptions, serve_router};
use serde_json::{Value, json};

use crate::book::Server;
use crate::seed::{KEY, open, seed};

/// When everything happens.
const NOW: &str = "2026-02-10T09:00:00Z";

/// What a run left behind.
pub(crate) struct Run {
    pub(crate) took: Duration,
    /// Whose rows it wrote, in order.
    pub(crate) customers: Vec<String>,
    /// The book as it was before.
    pub(crate) before: String,
    /// The book as it is now.
    pub(crate) after: String,
}

/// Somebody who asks over HTTP.
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
}

impl Client {
    pub(crate) async fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let method = method.parse().expect("a method");
        let request = self.http.request(method, format!("{}{path}", self.base)).json(body);
        let response = request.bearer_auth(KEY).send().await.expect("an answer");
        let status = response.status();
        let answer: Value = response.json().await.expect("JSON");
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }
}

pub(crate) async fn serve(app: App) -> (Arc<Client>, tokio::task::JoinHandle<()>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let router = serve_router(app, ServerOptions::default());
    let server = tokio::spawn(async move {
        axum::serve(listener, router).await.expect("a server");
    });
    crossgrade::gateway::choose_cryptography();
    (Arc::new(Client { http: reqwest::Client::new(), base }), server)
}

fn eur(amount: &str) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

async fn catalogue(client: &Client) {
    for tag in ["month", "year"] {
        client.call("PUT", &format!("/v1/tags/{tag}"), &json!({"title": tag})).await;
    }
    let rates = json!({"rates": [{"rate": "7.0", "valid_from": "2020-01-01"}]});
    client.call("PUT", "/v1/taxes/press", &rates).await;
    client.call("PUT", "/v1/products/paper", &json!({"title": "Paper", "kind": "digital"})).await;
    for (offer, price, period) in [("month", "9.90", "P1M"), ("year", "99.00", "P1Y")] {
        let body = json!({"title": offer, "products": ["paper"], "price": eur(price),
            "billing_period": period, "tags": [offer], "tax": "press"});
        client.call("PUT", &format!("/v1/offers/{offer}"), &body).await;
    }
    let path = json!({"internal_title": "up", "title": "To {offerTitle}",
        "description": "Next payment {nextPayment}", "source_tags": ["month"],
        "target_tags": ["year"], "transition": "immediate", "proration": "day"});
    client.call("PUT", "/v1/paths/up", &path).await;
    for (id, stock) in [("shirt", Value::Null), ("socks", json!(1_000_000))] {
        let body = json!({"title": id, "kind": "physical", "unit_net": eur("5.00"),
            "stock": stock});
        client.call("PUT", &format!("/v1/products/{id}"), &body).await;
    }
    let campaign = json!({"title": "Socks", "channels": ["web"], "triggers": ["shirt"],
        "offered_product": "socks"});
    client.call("PUT", "/v1/campaigns/socks", &campaign).await;
}

pub(crate) async fn open_checkout(client: &Client, customer: &str, offer: &str) -> (String, Value) {
    let body = json!({"customer": customer, "offer": offer});
    let opened = client.call("POST", "/v1/checkouts", &body).await;
    (opened["id"].as_str().expect("an id").to_owned(), opened["amount_due"].clone())
}

pub(crate) async fn complete_checkout(client: &Client, id: &str, due: &Value) {
    let body = json!({"payment": {"reference": id, "amount": due}});
    client.call("POST", &format!("/v1/checkouts/{id}/complete"), &body).await;
}

/// Runs `work` for every item with so many clients at once.
pub(crate) async fn at_once<T, F, Fut, R>(items: Vec<T>, clients: usize, work: F) -> Vec<R>
where
    T: Clone + Send + 'static,
    R: Send + 'static,
    F: Fn(T) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = R> + Send,
{
    let mut tasks = tokio::task::JoinSet::new();
    for client in 0..clients {
        let share: Vec<T> = items.iter().skip(client).step_by(clients).cloned().collect();
        let work = work.clone();
        tasks.spawn(async move {
            let mut done = Vec::with_capacity(share.len());
            for item in share {
                done.push(work(item).await);
            }
            done
        });
    }
    let mut all = Vec::new();
    while let Some(done) = tasks.join_next().await {
        all.extend(done.expect("a client"));
    }
    all
}

/// Sells the year to those who have the month, at once and prorated by day: a checkout, credit
/// note, invoice and payment each. The month is bought before; opening and completing are timed.
pub(crate) async fn sell(server: &Server, customers: usize, clients: usize) -> Run {
    let books = (format!("engine{clients}"), format!("bare{clients}"));
    timed(server, books, customers, clients, |client, customer, is_before| async move {
        let offer = if is_before { "month" } else { "year" };
        let (id, due) = open_checkout(&client, &customer, offer).await;
        complete_checkout(&client, &id, &due).await;
    })
    .await
}

/// Orders, each with the offer that follows it, which is accepted.
pub(crate) async fn upsell(server: &Server, customers: usize, clients: usize) -> Run {
    let books = ("engineu".to_owned(), "bareu".to_owned());
    timed(server, books, customers, clients, |client, customer, is_before| async move {
        if is_before {
            return;
        }
        let line = json!({"product": "shirt", "quantity": 1, "unit_net": "20.00"});
        let order = json!({"id": format!("o-{customer}"), "customer": customer, "channel": "web",
            "currency": "EUR", "lines": [line]});
        client.call("POST", "/v1/orders", &order).await;
        let path = format!("/v1/orders/o-{customer}/upsell");
        let offered = client.call("POST", &path, &json!({})).await;
        assert_eq!(offered["state"], "pending", "{offered}");
        client.call("POST", &format!("{path}/accept"), &json!({})).await;
    })
    .await
}

/// Does something for each customer, first what was before, then what is timed.
pub(crate) async fn timed<F, Fut>(
    server: &Server,
    (after, before): (String, String),
    count: usize,
    clients: usize,
    work: F,
) -> Run
where
    F: Fn(Arc<Client>, String, bool) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = ()> + Send,
{
    server.create(&after).await;
    let app = open(server, &after, NOW).await;
    let (client, task) = serve(app.clone()).await;
    catalogue(&client).await;
    let customers: Vec<String> = (0..count).map(|n| format!("c{n:07}")).collect();
    let first = work.clone();
    at_once(customers.clone(), 8, move |customer| first(client.clone(), customer, true)).await;
    task.abort();
    app.store().close().await;
    server.copy(&after, &before).await;
    let app = open(server, &after, NOW).await;
    let (client, task) = serve(app.clone()).await;
    let started = Instant::now();
    at_once(customers.clone(), clients, move |customer| work(client.clone(), customer, false))
        .await;
    let took = started.elapsed();
    task.abort();
    app.store().close().await;
    Run { took, customers, before, after }
}

/// Bills so many monthly subscriptions that fall due on one day.
pub(crate) async fn bill(server: &Server, count: usize) -> Run {
    let (after, before) = ("engineb".to_owned(), "bareb".to_owned());
    server.create(&after).await;
    let app = open(server, &after, NOW).await;
    let (client, task) = serve(app.clone()).await;
    catalogue(&client).await;
    task.abort();
    app.store().close().await;
    seed(server, &after, count, "'month'").await;
    server.copy(&after, &before).await;
    let app = open(server, &after, NOW).await;
    let merchant = crossgrade::domain::ids::MerchantId::stored("default".to_owned());
    let started = Instant::now();
    let run = app.bill(&merchant, None, 1, |_| ()).await.expect("a run");
    let took = started.elapsed();
    assert_eq!(usize::try_from(run.counts.booked).expect("a count"), count);
    app.store().close().await;
    let customers = (0..count).map(|n| format!("c{n:07}")).collect();
    Run { took, customers, before, after }
}
