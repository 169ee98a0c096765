//! Mails: what is sent, and what becomes of what a mail server does not take.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use crossgrade::gateway::Mailer;
use crossgrade::gateway::mail::{self, Smtp, sender};
use crossgrade::store::Store;
use mail_parser::{MessageParser, MimeHeaders};
use serde_json::{Value, json};

use super::mail_server::MailServer;
use super::{advance, automation, delivered, first_run, messages, shop};
use crate::support::both;
use crate::webhooks::fixture::{Post, text};

both! {
    a_mail_is_what_its_template_says_and_how_to_get_no_more,
    what_a_mail_server_refuses_is_told_apart_by_whom_it_is_about,
    nothing_is_said_in_the_open_where_that_was_ruled_out,
    who_has_no_mail_address_is_sent_none,
}

pub(crate) fn mailer(url: &str) -> Arc<dyn Mailer> {
    let server = mail::MailServer::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
    Arc::new(Smtp::new(server, sender("Zeitung <shop@shop.example>").unwrap()).unwrap())
}

/// Two mails, an hour apart; live.
pub(super) async fn by_mail(post: &Post) {
    let steps = json!({"steps": [
        {"key": "thanks", "delay": "PT1H", "channel": "email", "template": "thanks"},
        {"key": "more", "delay": "PT1H", "channel": "email", "link": "https://shop.example/more",
            "template": {"subject": "Mehr für {customerName}", "text": ".\nSee {link}",
                "html": "<p><a href=\"{link}\">See</a></p>"}},
    ]});
    let path = "/v1/automations/thanks";
    post.world.put(path, automation(&steps)).await.expect(201);
    post.world.post(&format!("{path}/live"), json!({})).await.expect(200);
}

/// A shop that sends mails through a server.
pub(super) async fn mailing(store: Store, who: &str) -> (Post, MailServer) {
    let (post, server) = (shop(store).await, MailServer::start().await);
    post.world.app.mail_through(mailer(&server.url(who)));
    by_mail(&post).await;
    (post, server)
}

async fn a_mail_is_what_its_template_says_and_how_to_get_no_more(store: Store) {
    let (post, server) = mailing(store, "us%40er:p%C3%A4ss@").await;
    delivered(&post.world, "o-1", "ada").await;
    advance(&post, TimeDelta::hours(3)).await;
    let said = server.commands();
    let auth = said.iter().find(|line| line.starts_with("AUTH PLAIN ")).unwrap();
    // `\0us@er\0päss`
    assert_eq!(auth, "AUTH PLAIN AHVzQGVyAHDDpHNz");
    assert!(said.contains(&"MAIL FROM:<shop@shop.example>".to_owned()), "{said:?}");
    assert!(said.contains(&"RCPT TO:<ada@example.com>".to_owned()), "{said:?}");
    assert_eq!(server.connections(), 1, "it is kept");
    let raw = server.mails();
    let parse = |raw: &Vec<u8>| MessageParser::default().parse(raw).unwrap().into_owned();
    let mails: Vec<_> = raw.iter().map(parse).collect();
    assert_eq!(mails.len(), 2);
    let listed = messages(&post.world).await;
    for (mail, message) in mails.iter().zip(&listed) {
        assert_eq!(message["status"], "sent");
        let id = format!("{}@shop.example", text(&message["id"]));
        assert_eq!(mail.message_id(), Some(id.as_str()));
        let from = mail.from().unwrap().first().unwrap();
        assert_eq!((from.name(), from.address()), (Some("Zeitung"), Some("shop@shop.example")));
        let to = mail.to().unwrap().first().unwrap();
        assert_eq!((to.name(), to.address()), (Some("Ada"), Some("ada@example.com")));
        assert!(mail.date().is_some());
        assert_eq!(mail.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
        let one_click = mail.header_raw("List-Unsubscribe-Post").map(str::trim);
        assert_eq!(one_click, Some("List-Unsubscribe=One-Click"));
        let link = mail.header_raw("List-Unsubscribe").unwrap().trim();
        let link = link.trim_matches(['<', '>']);
        assert!(link.starts_with("http://localhost:8080/unsubscribe/"), "{link}");
        let says = mail.body_text(0).unwrap();
        assert!(says.trim_end().ends_with(&format!("Unsubscribe: {link}")), "{says}");
        assert!(mail.is_content_type("multipart", "alternative"));
    }
    assert_eq!(mails[0].subject(), Some("Thank you, Ada"));
    let says = mails[0].body_text(0).unwrap().replace("\r\n", "\n");
    assert!(says.starts_with("Enjoy Paper.\n\n"), "{says}");
    assert_eq!(mails[1].subject(), Some("Mehr für Ada"));
    let says = mails[1].body_text(0).unwrap().replace("\r\n", "\n");
    assert!(says.starts_with(".\nSee http://localhost:8080/links/"), "{says}");
    let html = mails[1].body_html(0).unwrap();
    assert!(html.contains("<a href=\"http://localhost:8080/links/"), "{html}");
    assert!(html.contains("/unsubscribe/"), "{html}");
}

async fn what_a_mail_server_refuses_is_told_apart_by_whom_it_is_about(store: Store) {
    let (post, server) = mailing(store, "user:wrong@").await;
    let one = json!({"steps": [
        {"key": "thanks", "delay": "PT1H", "channel": "email", "template": "thanks"},
    ]});
    post.world.put("/v1/automations/thanks", automation(&one)).await.expect(200);
    // Where it says no, what, and whether that is the recipient's.
    let table = [
        ("AUTH", "535 5.7.8 wrong password", false),
        ("EHLO", "421 4.3.2 not now", false),
        ("MAIL", "550 5.1.0 who are you", false),
        ("RCPT", "450 4.2.0 come back later", false),
        ("RCPT", "550 5.7.1 we do not like you", false),
        ("RCPT", "530 sign in first", false),
        ("DATA", "554 no", false),
        ("BODY", "552 5.3.4 too big", false),
        ("RCPT", "550 5.1.1 nobody of that name", true),
        ("RCPT", "501 5.1.3 no address", true),
        ("RCPT", "554 5.6.7 no such letters here", true),
        ("RCPT", "550 nobody (see 5.7.1 of our rules)", true),
    ];
    for (place, (command, answer, is_theirs)) in table.into_iter().enumerate() {
        let customer = format!("c-{place}");
        let profile = json!({"email": format!("{customer}@example.com")});
        post.world.put(&format!("/v1/customers/{customer}"), profile).await.expect(201);
        // What was kept has rested too long: it connects again.
        server.answer(&[("NOOP", "421 4.4.2 bye"), (command, answer)]);
        delivered(&post.world, &format!("o-{place}"), &customer).await;
        advance(&post, TimeDelta::minutes(62)).await;
        let path = format!("/v1/messages?customer={customer}");
        let message = post.world.get(&path).await.expect(200)["data"][0].clone();
        let path = format!("/v1/automations/thanks/runs?customer={customer}");
        let run = post.world.get(&path).await.expect(200)["data"][0].clone();
        let (status, reason) =
            if is_theirs { ("failed", json!("undeliverable")) } else { ("queued", Value::Null) };
        assert_eq!(
            (&message["status"], &run["exit_reason"]),
            (&json!(status), &reason),
            "{answer}"
        );
        let said = text(&message["error"]);
        assert!(said.contains(&answer[4..]) && said.contains(&answer[..3]), "{said}");
        let ids: Vec<_> = server
            .mails()
            .iter()
            .map(|raw| MessageParser::default().parse(raw).unwrap().message_id().map(str::to_owned))
            .collect();
        let own = Some(format!("{}@shop.example", text(&message["id"])));
        assert!(ids.iter().all(|id| *id == own), "under one id: {ids:?}");
        assert_eq!(ids.len() > 1, command == "BODY", "{ids:?}");
        // What could not be sent yet arrives where the server comes round.
        server.answer(&[]);
        advance(&post, TimeDelta::minutes(40)).await;
        let path = format!("/v1/messages?customer={customer}");
        let message = post.world.get(&path).await.expect(200)["data"][0].clone();
        assert_eq!(message["status"], if is_theirs { "failed" } else { "sent" }, "{answer}");
        server.mails();
    }
    let suppressed = post.world.get("/v1/suppressions").await.expect(200);
    let rows = suppressed["data"].as_array().unwrap();
    let whose: BTreeSet<&str> = rows.iter().map(|row| row["customer"].as_str().unwrap()).collect();
    assert_eq!(whose, BTreeSet::from(["c-10", "c-11", "c-8", "c-9"]), "{rows:?}");
    assert!(rows.iter().all(|row| row["reason"] == "bounced"), "{rows:?}");
    // Another address, and they are reached again.
    let moved = json!({"email": "moved@example.com"});
    post.world.put("/v1/customers/c-8", moved).await.expect(200);
    let left = post.world.get("/v1/suppressions").await.expect(200);
    assert_eq!(left["data"].as_array().unwrap().len(), rows.len() - 1);
}

async fn nothing_is_said_in_the_open_where_that_was_ruled_out(store: Store) {
    let (post, server) = (shop(store).await, MailServer::start().await);
    let url = format!("{}?tls=required", server.url("user:secret@"));
    post.world.app.mail_through(mailer(&url));
    by_mail(&post).await;
    delivered(&post.world, "o-1", "ada").await;
    advance(&post, TimeDelta::hours(1)).await;
    let message = messages(&post.world).await.remove(0);
    assert_eq!(message["status"], "queued");
    assert!(text(&message["error"]).contains("STARTTLS"), "{message}");
    let said = server.commands();
    assert!(said.iter().all(|line| line.starts_with("EHLO") || line == "QUIT"), "{said:?}");
}

async fn who_has_no_mail_address_is_sent_none(store: Store) {
    let (post, server) = mailing(store, "").await;
    post.world.put("/v1/customers/ada", json!({"name": "Ada"})).await.expect(200);
    delivered(&post.world, "o-1", "ada").await;
    advance(&post, TimeDelta::hours(2)).await;
    assert_eq!(first_run(&post.world).await, "exited undeliverable ");
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_mail_server_is_named_by_its_address() {
    for good in [
        "smtp://mail.example",
        "smtp://u:p@mail.example:25",
        "smtps://u%40x:p@mail.example",
        "smtp://[::1]:2525?tls=required",
    ] {
        assert!(mail::MailServer::parse(good).is_ok(), "{good}");
    }
    for wrong in [
        "",
        "mail.example:25",
        "http://mail.example",
        "smtp://",
        "smtp://u@mail.example",
        "smtp://mail.example/x",
        "smtp://mail.example?tls=never",
        "smtps://mail.example?tls=required",
    ] {
        assert!(mail::MailServer::parse(wrong).is_err(), "{wrong}");
    }
    assert!(sender("shop@example.com").is_ok() && sender("Shop").is_err());
}
