//! Books whose customers have had their first order, so many of them as one has.

use std::sync::Arc;

use crossgrade::app::App;
use crossgrade::clock::Clock;
use crossgrade::gateway::Mailer;
use crossgrade::gateway::mail::{self, Smtp, sender};
use serde_json::json;

use crate::book::Server;
use crate::engine::serve;
use crate::limit::Link;
use crate::seed::open;

/// The automation by which they are thanked.
pub(crate) const THANKS: &str = "thanks";

/// Sends mails through a server of this machine.
pub(crate) fn mailer(port: u16) -> Arc<dyn Mailer> {
    let server = mail::MailServer::parse(&format!("smtp://127.0.0.1:{port}")).expect("an address");
    Arc::new(Smtp::new(server, sender("shop@shop.example").expect("a sender")).expect("roots"))
}

/// The engine on a book, as of now.
pub(crate) async fn opened(server: &Server, book: &str) -> App {
    let app = open(server, book, &Clock::System.now().to_rfc3339()).await;
    app.mail_through(mailer(1));
    app
}

/// A book in which so many are to be thanked now.
pub(crate) async fn awaiting(server: &Server, book: &str, count: usize) {
    server.create(book).await;
    let app = opened(server, book).await;
    let (client, task) = serve(app.clone()).await;
    let says = json!({"subject": "Thank you, {customerName}",
        "text": "Enjoy {productTitle}, and come back to see us soon: {link}"});
    let steps = json!([{"key": "thanks", "delay": "PT0M", "channel": "email",
        "link": "https://shop.example/more", "template": says}]);
    let thanks = json!({"title": "Thanks", "trigger": "first_order_delivered", "steps": steps});
    client.call("PUT", "/v1/products/paper", &json!({"title": "Paper", "kind": "digital"})).await;
    client.call("PUT", &format!("/v1/automations/{THANKS}"), &thanks).await;
    client.call("POST", &format!("/v1/automations/{THANKS}/live"), &json!({})).await;
    let ada = json!({"name": "Ada", "email": "c0@mail.example"});
    client.call("PUT", "/v1/customers/c0", &ada).await;
    let line = json!({"product": "paper", "quantity": 1, "unit_net": "10.00"});
    let order = json!({"id": "o", "customer": "c0", "channel": "web", "currency": "EUR",
        "lines": [line]});
    client.call("POST", "/v1/orders", &order).await;
    for step in ["paid", "delivered"] {
        client.call("POST", &format!("/v1/orders/o/{step}"), &json!({})).await;
    }
    task.abort();
    app.store().close().await;
    let customer = [("id", "'c' || i"), ("email", "'c' || i || '@mail.example'")];
    multiply(server, book, ("customers", "t.id = 'c0'"), &customer, count).await;
    let run = [("id", "'arn_' || n"), ("customer_id", "'c' || i")];
    multiply(server, book, ("automation_runs", "t.customer_id = 'c0'"), &run, count).await;
    server.run(book, &["analyze"]).await;
}

/// Writes rows like one of a table until there are so many: `i` is their number, `n` the same with
/// seven digits.
pub(crate) async fn multiply(
    server: &Server,
    book: &str,
    (table, which): (&str, &str),
    changes: &[(&str, &str)],
    count: usize,
) {
    let mut link = Link::open(&server.url(book), None).await;
    let (columns, numbers) = match server {
        Server::Sqlite(_) => (
            format!("select name from pragma_table_info('{table}')"),
            format!(
                "with recursive k(i) as (select 1 union all select i + 1 from k where i + 1 < \
                 {count}), n as (select i, printf('%07d', i) as n from k)"
            ),
        ),
        Server::Postgres(_) => (
            format!(
                "select cast(column_name as text) from information_schema.columns \
                 where table_name = '{table}' and table_schema = 'public' order by ordinal_position"
            ),
            format!(
                "with n as (select i, lpad(cast(i as text), 7, '0') as n \
                 from generate_series(1, {count} - 1) i)"
            ),
        ),
    };
    let columns = link.texts(&columns).await;
    let value = |column: &String| {
        let own = changes.iter().find(|(name, _)| name == column);
        own.map_or(format!("t.{column}"), |(_, value)| (*value).to_owned())
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let text = format!(
        "insert into {table} ({}) {numbers} select {} from n, {table} t where {which} and i > 0",
        columns.join(", "),
        values.join(", ")
    );
    if count > 1 {
        link.run(&text, &[]).await;
    }
}
