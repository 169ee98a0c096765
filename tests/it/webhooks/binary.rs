//! The whole way: the program as it is started, and a receiver behind a real connection.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use crossgrade::domain::webhook::{Attempt, EndpointReach};
use crossgrade::gateway::webhook::HttpGateway;
use crossgrade::gateway::{Call, Gateway};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::fixture::text;
use crate::cli::workspace::{PATIENCE, Server, Workspace};

type Seen = mpsc::UnboundedReceiver<(HeaderMap, Bytes)>;

/// A receiver on a port of its own, what reaches it, and what it answers.
async fn receiver(answer: fn() -> Response) -> (String, Seen) {
    let (sender, seen) = mpsc::unbounded_channel();
    let hook = async move |headers: HeaderMap, body: Bytes| {
        sender.send((headers, body)).ok();
        answer()
    };
    let router = Router::new().route("/hook", post(hook.clone())).route("/other", post(hook));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router).into_future());
    (url, seen)
}

fn json_of(answer: &(u16, String), status: u16) -> Value {
    assert_eq!(answer.0, status, "{}", answer.1);
    let body = answer.1.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    serde_json::from_str(body).unwrap_or(Value::Null)
}

async fn next(seen: &mut Seen) -> (HeaderMap, Bytes) {
    tokio::time::timeout(PATIENCE, seen.recv()).await.expect("in time").expect("a call")
}

/// Asks until an answer has this in it.
async fn until(server: &Server, path: &str, wanted: &str) -> String {
    let asked = async {
        loop {
            let (_, answer) = server.get(path);
            if answer.contains(wanted) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.expect("in time")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_travels_from_a_request_to_a_receiver() {
    let (url, mut seen) = receiver(|| StatusCode::NO_CONTENT.into_response()).await;
    let workspace = Workspace::new();
    // On a simulated clock, too, whoever is called lives in the real time.
    let server = workspace.serve(&["--webhook-allow-private", "--test-clock", "2026-01-31"]);
    let body = json!({"url": url}).to_string();
    let made = json_of(&server.call("PUT", "/v1/webhook-endpoints/shop", &body), 201);
    server.put("/v1/tags/month", r#"{"title":"Month"}"#);
    let (headers, body) = next(&mut seen).await;
    Webhook::new(&text(&made["secret"])).unwrap().verify(&body, &headers).unwrap();
    assert_eq!(headers["content-type"], "application/json");
    let event: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&event["type"], &event["subject"]), (&json!("tag.saved"), &json!("month")));
    assert_eq!(headers["webhook-id"], event["id"].as_str().unwrap());
    let listed = json_of(&server.get("/v1/events?after=1"), 200);
    assert_eq!(listed["data"][0], event);
    let deliveries = "/v1/webhook-endpoints/shop/deliveries";
    until(&server, deliveries, "\"delivered\"").await;
    let metrics = until(&server, "/metrics", "crossgrade_webhook_deliveries_total").await;
    assert!(metrics.contains("{outcome=\"delivered\"} 1"), "{metrics}");
    assert!(metrics.contains("crossgrade_webhook_backlog"), "{metrics}");
    assert_eq!(server.terminate(), Some(0));
    assert!(seen.try_recv().is_err(), "once is enough");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_leave_nothing_around_the_server_is_called() {
    let (url, mut seen) = receiver(|| StatusCode::NO_CONTENT.into_response()).await;
    let workspace = Workspace::new();
    let body = json!({"url": url}).to_string();
    let mut command = workspace.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("CROSSGRADE_ADMIN_KEY", "cg_test_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    command.env("CROSSGRADE_WEBHOOK_ALLOW_PRIVATE", "1");
    let server = Server::start(&mut command);
    json_of(&server.call("PUT", "/v1/webhook-endpoints/shop", &body), 201);
    assert_eq!(server.terminate(), Some(0));
    // An endpoint from more generous times is not called any more.
    let server = workspace.serve(&[]);
    let refused = server.call("PUT", "/v1/webhook-endpoints/other", &body);
    let refused = json_of(&refused, 422);
    assert_eq!(refused["errors"][0]["pointer"], "/url");
    assert!(text(&refused["detail"]).contains("CROSSGRADE_WEBHOOK_ALLOW_PRIVATE=1"));
    server.put("/v1/tags/month", r#"{"title":"Month"}"#);
    let deliveries = "/v1/webhook-endpoints/shop/deliveries";
    until(&server, deliveries, "not on the public internet").await;
    assert_eq!(server.terminate(), Some(0));
    assert!(seen.try_recv().is_err());
}

fn call(url: &str) -> Call {
    Call {
        url: url.to_owned(),
        id: "evt_1".to_owned(),
        at: crossgrade::clock::Clock::System.now(),
        signature: "v1,x".to_owned(),
        body: "{}".to_owned(),
    }
}

#[tokio::test]
async fn redirects_are_answers_and_are_not_followed() {
    let (url, mut seen) = receiver(|| Redirect::temporary("/other").into_response()).await;
    let web = HttpGateway::new(EndpointReach::Anywhere).unwrap();
    assert_eq!(web.call(call(&url)).await, Attempt::Answered(307, None));
    assert!(seen.try_recv().is_ok() && seen.try_recv().is_err(), "one call, and no other");
}

#[tokio::test]
async fn an_answer_is_read_with_its_wish_and_no_further_than_it_matters() {
    let busy = || (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "7")]).into_response();
    let (url, _seen) = receiver(busy).await;
    let web = HttpGateway::new(EndpointReach::Anywhere).unwrap();
    let answered = Attempt::Answered(503, Some("7".to_owned()));
    assert_eq!(web.call(call(&url)).await, answered);
    let endless = || vec![b'x'; 50 << 20].into_response();
    let (url, _seen) = receiver(endless).await;
    assert_eq!(web.call(call(&url)).await, Attempt::Answered(200, None));
}

#[tokio::test]
async fn who_is_not_there_or_may_not_be_called_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let why = async |reach, url: &str| match HttpGateway::new(reach).unwrap().call(call(url)).await
    {
        Attempt::Unanswered(why) => why,
        answered @ Attempt::Answered(..) => panic!("{answered:?}"),
    };
    let gone = why(EndpointReach::Anywhere, &format!("http://{address}/hook?key=secret")).await;
    assert!(gone.starts_with("no connection: ") && !gone.contains("secret"), "{gone}");
    let unknown = why(EndpointReach::Anywhere, "http://name.invalid/").await;
    assert!(unknown.starts_with("no connection: "), "{unknown}");
    for host in ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "0x7f.1"] {
        let refused =
            why(EndpointReach::Public, &format!("http://{host}:{}/", address.port())).await;
        assert!(refused.contains("not on the public internet"), "{host}: {refused}");
    }
}
