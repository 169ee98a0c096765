//! Mails to servers that encrypt: by an authority that the operator trusts, and by no other.

use std::path::Path;
use std::time::{Duration, Instant};

use mail_parser::MessageParser;
use serde_json::json;

use super::mail_server::{Encrypts, MailServer};
use super::{automation, delivered};
use crate::crashes::host::{House, PATIENCE, done};
use crate::support::opened;
use crate::webhooks::fixture::text;
use crate::world::World;

/// What is said at most to a server before it is known who it is.
const HARMLESS: [&str; 3] = ["EHLO", "STARTTLS", "QUIT"];

/// A shop whose first customer is to be thanked at once, by a program that trusts whoever is named
/// in this file: the status of the message, and why it was not sent.
async fn sends(server: &MailServer, more: &str, trusted: &str) -> (String, String) {
    let house = House::on_sqlite();
    let store = opened(&house.url).await;
    let world = World::on(store.clone(), None).await;
    world.app.mail_through(super::mails::mailer(&server.url("")));
    world.put("/v1/products/paper", json!({"title": "Paper", "kind": "digital"})).await.expect(201);
    let ada = json!({"name": "Ada", "email": "ada@example.com"});
    world.put("/v1/customers/ada", ada).await.expect(201);
    let says = json!({"subject": "Thank you", "text": "Enjoy {productTitle}."});
    let steps = json!([{"key": "thanks", "delay": "PT0M", "channel": "email", "template": says}]);
    let path = "/v1/automations/thanks";
    world.put(path, automation(&json!({"steps": steps}))).await.expect(201);
    world.post(&format!("{path}/live"), json!({})).await.expect(200);
    delivered(&world, "o-1", "ada").await;
    store.close().await;
    let authority = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/automations/tls");
    let trusts = format!("export SSL_CERT_FILE='{}'", authority.join(trusted).display());
    let smtp = format!("{}{more}", server.url("user:secret@"));
    tokio::task::block_in_place(|| {
        let arguments = ["--smtp-url", &smtp, "--mail-from", "shop@shop.example"];
        let host = house.serve(&trusts, &arguments);
        let begun = Instant::now();
        loop {
            let listed = done(&host.address, "GET /v1/messages", "");
            let first = &listed["data"][0];
            if first["status"] == "sent" || first["error"].is_string() {
                host.kill();
                return (text(&first["status"]), first["error"].as_str().unwrap_or("").to_owned());
            }
            assert!(begun.elapsed() < PATIENCE, "nothing is tried: {listed}");
            std::thread::sleep(Duration::from_millis(50));
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_worth_hearing_is_said_encrypted_to_a_server_that_is_known() {
    for (encrypts, more, greets) in [
        (Encrypts::Asked, "", true),
        (Encrypts::Asked, "?tls=required", true),
        (Encrypts::FromTheStart, "", false),
    ] {
        let server = MailServer::encrypting(encrypts).await;
        let outcome = sends(&server, more, "authority.pem").await;
        assert_eq!(outcome, ("sent".to_owned(), String::new()), "{}{more}", server.url(""));
        let mails = server.mails();
        let mail = MessageParser::default().parse(&mails[0]).unwrap();
        assert_eq!((mails.len(), mail.subject()), (1, Some("Thank you")));
        let commands = server.commands();
        for wanted in ["AUTH", "MAIL", "RCPT TO:<ada@example.com>", "DATA"] {
            assert!(commands.iter().any(|line| line.starts_with(wanted)), "{wanted}: {commands:?}");
        }
        let open = server.in_the_open();
        assert_eq!(open.iter().any(|line| line == "STARTTLS"), greets, "{open:?}");
        let is_harmless = |line: &String| HARMLESS.iter().any(|it| line.starts_with(it));
        assert!(open.iter().all(is_harmless), "in the open: {open:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_nobody_vouches_for_is_told_nothing() {
    for encrypts in [Encrypts::Asked, Encrypts::FromTheStart] {
        let server = MailServer::encrypting(encrypts).await;
        // Its own certificate is no authority's.
        let (status, error) = sends(&server, "", "server.pem").await;
        assert_eq!(status, "queued", "{error}");
        assert!(error.contains("certificate"), "{error}");
        let is_harmless = |line: &String| HARMLESS.iter().any(|it| line.starts_with(it));
        let said = server.commands();
        assert!(said.iter().all(is_harmless) && server.mails().is_empty(), "{said:?}");
    }
}
