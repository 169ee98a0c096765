//! Two servers send the messages of one book, of which one is killed three times, and the mail
//! server takes nothing for a while: no message is lost, and twice goes out only what a killed one
//! had handed over without hearing an answer. `CROSSGRADE_TEST_MESSAGES` says how many messages
//! there are.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::{Duration, Instant};

use mail_parser::MessageParser;
use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};

use super::host::{Host, House};
use crate::automations::mail_server::MailServer;
use crate::automations::mails::mailer;
use crate::faults::ground::Side;
use crate::support::{opened, postgres};
use crate::world::World;

/// So many buy as everybody does; whoever comes after them is written into the book as one of them.
const BUYERS: usize = 100;
/// How often a server is killed.
const KILLS: usize = 3;
/// How many connections to the mail server each of them has.
const CONNECTIONS: usize = 8;
/// How long the mail server thinks before it says that it has taken a mail.
const THINKS: Duration = Duration::from_millis(60);
/// For how long it takes nothing.
const REFUSES: Duration = Duration::from_millis(300);

fn wanted() -> usize {
    let told = std::env::var_os("CROSSGRADE_TEST_MESSAGES");
    let told = told.map_or(300, |many| many.to_str().unwrap().parse().expect("a number"));
    told.max(BUYERS)
}

/// Everybody has just had their first order, and is to be thanked at once.
async fn everybody_waits(url: &str, server: &MailServer, many: usize) -> World {
    let world = World::on(opened(url).await, None).await;
    world.app.mail_through(mailer(&server.url("")));
    let paper = json!({"title": "Paper", "kind": "digital"});
    world.put("/v1/products/paper", paper).await.expect(201);
    let says = json!({"subject": "Thank you", "text": "Enjoy {productTitle}."});
    let thanks = json!({"title": "Thanks", "trigger": "first_order_delivered", "steps": [
        {"key": "thanks", "delay": "PT0M", "channel": "email", "template": says},
    ]});
    world.put("/v1/automations/thanks", thanks).await.expect(201);
    world.post("/v1/automations/thanks/live", json!({})).await.expect(200);
    for n in 0..BUYERS {
        let profile = json!({"name": "Ada", "email": format!("c-{n}@example.com")});
        world.put(&format!("/v1/customers/c-{n}"), profile).await.expect(201);
        let line = json!({"product": "paper", "quantity": 1, "unit_net": "10.00"});
        let order = json!({"id": format!("o-{n}"), "customer": format!("c-{n}"),
            "channel": "web", "currency": "EUR", "lines": [line]});
        world.post("/v1/orders", order).await.expect(201);
        for step in ["paid", "delivered"] {
            world.post(&format!("/v1/orders/o-{n}/{step}"), json!({})).await.expect(200);
        }
    }
    let mut book = PgConnectOptions::from_str(url).unwrap().connect().await.unwrap();
    for (table, one, other) in [
        ("customers", "t.id = 'c-0'", "'id', 'd-' || n, 'email', 'd-' || n || '@example.com'"),
        ("automation_runs", "t.customer_id = 'c-0'", "'id', 'arn_' || n, 'customer_id', 'd-' || n"),
    ] {
        let copied = format!(
            "insert into {table} select r.* from {table} t, generate_series(1, {}) n, \
             jsonb_populate_record(t, jsonb_build_object({other})) r where {one}",
            many - BUYERS
        );
        book.execute(AssertSqlSafe(copied)).await.unwrap();
    }
    world
}

/// How many messages have been sent.
async fn sent(side: &mut Side) -> usize {
    let count = "select cast(count(*) as text) from messages where status = 'sent'";
    side.texts(count).await[0].parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_killed_servers_had_in_hand_is_sent_by_others_and_counts_once() {
    let Some(database) = postgres::empty().await else { return };
    let (url, many) = (postgres::url_of(&database), wanted());
    let server = MailServer::start().await;
    server.think(THINKS);
    let world = everybody_waits(&url, &server, many).await;
    let house = House { url: url.clone(), folder: tempfile::tempdir().unwrap() };
    let smtp = server.url("");
    let arguments = ["--smtp-url", &smtp, "--mail-from", "shop@shop.example"];
    let serve = || tokio::task::block_in_place(|| house.serve("", &arguments));
    let (lasting, mut mortal): (Host, Host) = (serve(), serve());
    let (mut side, begun) = (Side::open(&url).await, Instant::now());
    // What is in hand of a server that dies is its own for a minute.
    let patience =
        Duration::from_mins(5) + Duration::from_millis(20) * u32::try_from(many).unwrap();
    for kill in 1..=KILLS {
        while sent(&mut side).await < kill * many / (KILLS + 2) {
            assert!(begun.elapsed() < patience, "nothing is sent: {}", said(&house));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::task::block_in_place(|| mortal.kill());
        if kill == 2 {
            server.answer(&[("RCPT", "450 4.2.0 come back later")]);
        }
        mortal = serve();
        if kill == 2 {
            tokio::time::sleep(REFUSES).await;
            server.answer(&[]);
        }
    }
    while sent(&mut side).await < many {
        assert!(begun.elapsed() < patience, "some are never sent: {}", said(&house));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let mut copies = BTreeMap::<String, usize>::new();
    for mail in server.mails() {
        let mail = MessageParser::default().parse(&mail).unwrap();
        let id = mail.message_id().unwrap().split_once('@').unwrap().0;
        *copies.entry(id.to_owned()).or_default() += 1;
    }
    let ids = side.texts("select id from messages").await;
    assert_eq!(ids.len(), many, "each step has one message");
    let lost = ids.iter().filter(|id| !copies.contains_key(*id)).count();
    assert_eq!((lost, copies.len()), (0, many), "what counts as sent was sent");
    let more = copies.values().sum::<usize>() - many;
    assert!(more <= KILLS * CONNECTIONS, "{more} went out once too often");
    // Whatever went out twice was tried twice.
    for row in side.texts("select id || ' ' || attempts from messages").await {
        let (id, attempts) = row.split_once(' ').unwrap();
        assert!(attempts.parse::<usize>().unwrap() >= copies[id], "{row}: {}", copies[id]);
    }
    let report = world.get("/v1/automations/thanks/report").await.expect(200);
    let step: &Value = &report["steps"][0];
    assert_eq!((&step["progressed"], &step["sent"]), (&json!(many), &json!(many)), "{report}");
    assert_eq!((&report["completed"], &step["failed"]), (&json!(many), &json!(0)), "{report}");
    println!("{many} messages in {:?}, {more} of them twice", begun.elapsed());
    tokio::task::block_in_place(|| (lasting.kill(), mortal.kill()));
}

fn said(house: &House) -> String {
    std::fs::read_to_string(house.log()).unwrap_or_default()
}
