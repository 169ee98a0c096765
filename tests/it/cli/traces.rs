//! Traces for an OpenTelemetry collector, from the outside: what it is sent is read by a listener
//! of our own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use super::workspace::{ADMIN_KEY, PATIENCE, Workspace};

/// A trace of somebody who calls us.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Takes what is posted: each path with its body.
fn collector() -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (told, taken) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap());
            let (mut first, mut length) = (String::new(), 0);
            lines.read_line(&mut first).unwrap();
            loop {
                let mut line = String::new();
                lines.read_line(&mut line).unwrap();
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            lines.read_exact(&mut body).unwrap();
            let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\
                          Content-Length: 2\r\nConnection: close\r\n\r\n{}";
            stream.write_all(answer.as_bytes()).unwrap();
            let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
            if told.send((path, serde_json::from_slice(&body).unwrap())).is_err() {
                return;
            }
        }
    });
    (address, taken)
}

#[test]
fn a_collector_is_sent_each_request_with_its_transactions_as_a_part_of_the_callers_trace() {
    let (address, taken) = collector();
    let workspace = Workspace::new();
    let server = workspace.serve(&["--otlp-url", &address]);
    let caller = format!("traceparent: 00-{TRACE}-00f067aa0ba902b7-01");
    let key = format!("authorization: Bearer {ADMIN_KEY}");
    assert_eq!(server.send("GET", "/v1/offers", &[&key, &caller], "").0, 200);
    // What is left is handed over when it stops.
    assert_eq!(server.terminate(), Some(0));
    let mut spans: Vec<Value> = Vec::new();
    while let Ok((path, body)) = taken.recv_timeout(PATIENCE / 4) {
        assert_eq!(path, "/v1/traces");
        let resource = &body["resourceSpans"][0];
        assert!(resource["resource"].to_string().contains("\"crossgrade\""), "{body}");
        for scope in resource["scopeSpans"].as_array().unwrap() {
            spans.extend(scope["spans"].as_array().unwrap().iter().cloned());
        }
        if spans.iter().any(|span| span["name"] == "GET /v1/offers") {
            break;
        }
    }
    let find = |name: &str| spans.iter().find(|it| it["name"] == name && it["traceId"] == TRACE);
    let request = find("GET /v1/offers").unwrap_or_else(|| panic!("{spans:#?}"));
    assert_eq!(request["parentSpanId"], "00f067aa0ba902b7", "{request:#}");
    assert!(request.to_string().contains("http.response.status_code"), "{request:#}");
    let read = find("read").unwrap_or_else(|| panic!("{spans:#?}"));
    assert_eq!(read["traceId"], TRACE);
}

#[test]
fn a_collector_at_no_address_is_told_at_once() {
    let workspace = Workspace::new();
    for (url, why) in [("collector:4318", "http or https"), ("http://", "--otlp-url")] {
        let said = workspace.refused(2, &["migrate", "--otlp-url", url]);
        assert!(said.contains(why), "{url}: {said}");
    }
}
