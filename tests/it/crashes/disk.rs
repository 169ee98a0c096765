//! A full disk, as the size to which the server's files may grow.

use std::process::Command;

use serde_json::{Value, json};

use super::host::{House, Told, call, done};
use crate::faults::ground::Side;

/// In blocks of 512 bytes: enough to begin with.
const FULL: &str = "trap '' XFSZ; ulimit -S -f 2048";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_full_disk_writing_is_refused_and_reading_goes_on() {
    let house = House::on_sqlite();
    house.run(&["migrate"]);
    let host = house.serve(FULL, &["--test-clock", "2026-01-31"]);
    let note = "x".repeat(900);
    let put = |n: usize, id: &str| {
        let body = json!({"name": format!("Customer {n}"), "address": note}).to_string();
        let request = format!("PUT /v1/customers/c{n}");
        call(&host.address, &request, &[("x-request-id", id)], &body).expect("an answer")
    };
    let is_full = |(told, head): &(Told, String)| {
        assert_eq!(told.0, 507, "{told:?}");
        assert!(head.contains("retry-after: 1"), "{head}");
        let problem: Value = serde_json::from_str(&told.1).unwrap();
        assert!(problem["type"].as_str().unwrap().ends_with("/out-of-space"), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains("make room"), "{problem}");
    };
    let mut stored = 0;
    let first = loop {
        let answer = put(stored, &format!("fill-{stored}"));
        if answer.0.0 != 201 {
            break answer;
        }
        stored += 1;
        assert!(stored < 2_000, "it is never full");
    };
    is_full(&first);
    for n in 0..5 {
        is_full(&put(stored, &format!("full-{n}")));
        let last = done(&host.address, &format!("GET /v1/customers/c{}", stored - 1), "");
        assert_eq!(last["address"], note);
        let missing = call(&host.address, &format!("GET /v1/customers/c{stored}"), &[], "");
        assert_eq!(missing.unwrap().0.0, 404);
    }
    assert_eq!(call(&host.address, "GET /health/ready", &[], "").unwrap().0.0, 200);
    // The refused request has told the log once, under its id.
    let log = std::fs::read_to_string(house.log()).unwrap();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("\"full-3\"")).collect();
    let faults = lines.iter().filter(|line| !line.contains("\"level\":\"INFO\"")).count();
    assert_eq!((lines.len(), faults), (2, 1), "{lines:#?}");
    // There is room again.
    let freed = Command::new("prlimit")
        .args(["--pid", &host.pid.to_string(), "--fsize=unlimited"])
        .status()
        .unwrap();
    assert!(freed.success());
    for n in stored..stored + 20 {
        assert_eq!(put(n, "again").0.0, 201);
    }
    host.kill();
    let mut side = Side::open(&house.url).await;
    assert_eq!(side.texts("pragma integrity_check").await, ["ok"]);
    let customers = side.texts("select cast(count(*) as text) from customers").await;
    assert_eq!(customers, [(stored + 20).to_string()]);
}
