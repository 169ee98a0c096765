//! The report of an automation, as of any moment, while providers tell of its messages.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use crossgrade::app::messages::MessageNews;
use crossgrade::domain::ids::{AutomationId, MerchantId, MessageId};
use crossgrade::domain::message::MessageEventKind;

use crate::book::Server;
use crate::events::sent;
use crate::limit::Link;
use crate::world::{THANKS, multiply, opened};

/// How often the report is asked for.
const ASKED: usize = 100;
/// How long there is from one event to the next: 200 come in a second.
const PACE: Duration = Duration::from_millis(5);
/// Over how many days the messages are spread.
const DAYS: i64 = 90;
/// What 95 of 100 reports are to take at most.
const AIM: Duration = Duration::from_millis(50);

/// The report of so many messages.
pub(crate) async fn measure(server: &Server, count: usize) {
    spread(server, count).await;
    let app = opened(server, "reported").await;
    let merchant = MerchantId::stored("default".to_owned());
    let mut link = Link::open(&server.url("reported"), None).await;
    let ids = link.texts("select id from messages order by id limit 100000").await;
    let (teller, whose) = (app.clone(), merchant.clone());
    let telling = tokio::spawn(async move {
        let mut ticks = tokio::time::interval(PACE);
        for (place, id) in ids.iter().cycle().enumerate() {
            ticks.tick().await;
            let told = MessageNews {
                event: format!("e-{place}"),
                kind: MessageEventKind::Read,
                at: teller.now(),
                bot: false,
            };
            let id = MessageId::stored(id.clone());
            teller.message_told(&whose, &id, told).await.expect("an answer");
        }
    });
    let automation = AutomationId::stored(THANKS.to_owned());
    let mut times = Vec::new();
    for place in 0..ASKED {
        // Spread over the whole time, in no order.
        let hours = i64::try_from(place * 37 % ASKED).unwrap_or(0) * DAYS * 24 / 100;
        let as_of = Some(app.now() - TimeDelta::hours(hours));
        let begun = Instant::now();
        let asked = app.automation_report(&merchant, &automation, (as_of, None));
        asked.await.expect("a report");
        times.push(begun.elapsed());
    }
    telling.abort();
    app.store().close().await;
    times.sort();
    let millis = |percent: usize| times[(times.len() * percent / 100).min(ASKED - 1)].as_millis();
    let what = format!("{}: report of {count} messages, p50 and p95", server.name());
    println!("| {what} | {}, {} ms | | | < {} ms |", millis(50), millis(95), AIM.as_millis());
    server.remove("reported").await;
}

/// A book whose messages were sent over the last days: nearly all arrived, and some were read.
async fn spread(server: &Server, count: usize) {
    sent(server, "reported", 1).await;
    let minutes = DAYS * 24 * 60;
    let ago = |more: i64| match server {
        Server::Sqlite(_) => format!(
            "strftime('%Y-%m-%d %H:%M:%S+00:00', 'now', '-' || (i % {minutes} + {}) || ' minutes')",
            60 - more
        ),
        Server::Postgres(_) => {
            format!("now() - (i % {minutes} + {}) * interval '1 minute'", 60 - more)
        }
    };
    let when = |of_100: i64, more: i64| {
        format!("case when (i * 7919) % 100 < {of_100} then {} end", ago(more))
    };
    let (customer, run, id) = ("'c' || i", "'arn_' || n", "'msg_' || n");
    let begun = ago(0);
    let of_run = [
        ("id", run),
        ("customer_id", customer),
        ("started_at", &begun),
        ("ended_at", &begun),
        ("horizon_at", &begun),
    ];
    multiply(server, "reported", ("automation_runs", "t.customer_id = 'c0'"), &of_run, count).await;
    let (arrived, read, clicked, replied) = (when(97, 1), when(40, 20), when(9, 25), when(1, 30));
    let of_message = [
        ("id", id),
        ("customer_id", customer),
        ("run_id", run),
        ("link_token", "'l' || n"),
        ("unsubscribe_token", "'u' || n"),
        ("queued_at", &begun),
        ("sent_at", &begun),
        ("accepted_at", &begun),
        ("delivered_at", &arrived),
        ("read_at", &read),
        ("clicked_at", &clicked),
        ("replied_at", &replied),
    ];
    let which = ("messages", "t.customer_id = 'c0'");
    multiply(server, "reported", which, &of_message, count).await;
    server.run("reported", &["analyze"]).await;
}
