//! The clock of a book, and the worker on the real one.

use std::time::{Duration, Instant};

use super::workspace::{CATALOGUE, PATIENCE, Server, Workspace};

/// Where the test clock of a server stands.
fn today(server: &Server) -> String {
    let (status, answer) = server.get("/v1/test-clock");
    assert_eq!(status, 200, "{answer}");
    let (_, rest) = answer.split_once("\"today\":\"").unwrap();
    rest[..10].to_owned()
}

#[test]
fn a_test_clock_is_kept_in_the_book_and_only_moves_forward() {
    let workspace = Workspace::new();
    workspace.write("catalogue.yaml", CATALOGUE);
    let server = workspace.serve(&["--test-clock", "2026-01-31"]);
    // A date means its start in the merchant's time zone, as set until there is a customer.
    assert!(server.get("/v1/test-clock").1.contains("2026-01-30T23:00:00Z"));
    server.put("/v1/settings", r#"{"time_zone":"America/New_York"}"#);
    assert!(server.get("/v1/test-clock").1.contains("2026-01-31T05:00:00Z"));
    server.put("/v1/settings", r#"{"time_zone":"Europe/Berlin"}"#);
    assert!(server.get("/v1/test-clock").1.contains("2026-01-31T05:00:00Z"));
    let (status, _) = server.call("POST", "/v1/test-clock/advance", r#"{"to":"2026-02-10"}"#);
    assert_eq!(status, 200);
    assert_eq!(server.terminate(), Some(0));
    for (arguments, on) in [
        (&[][..], "2026-02-10"),
        (&["--test-clock", "2026-01-31"], "2026-02-10"),
        (&["--test-clock", "2026-03-01"], "2026-03-01"),
        (&["--test-clock", "2026-03-01T23:30:00Z"], "2026-03-02"),
    ] {
        let server = workspace.serve(arguments);
        assert_eq!(today(&server), on, "{arguments:?}");
        assert_eq!(server.terminate(), Some(0));
    }
    assert!(workspace.done(&["bill"]).contains("up to 2026-03-02"));
}

#[test]
fn downtime_bills_nothing_until_somebody_asks() {
    let workspace = Workspace::new();
    workspace.write("catalogue.yaml", &format!("{CATALOGUE}customers: {{ada: {{}}}}\n"));
    let server = workspace.serve(&["--test-clock", "2026-01-31"]);
    assert_eq!(server.terminate(), Some(0));
    workspace.done(&["import", "catalogue.yaml"]);
    let server = workspace.serve(&[]);
    let body = r#"{"customer":"ada","offer":"month","started_on":"2026-01-31"}"#;
    assert_eq!(server.call("POST", "/v1/subscriptions", body).0, 201);
    assert_eq!(server.terminate(), Some(0));
    let server = workspace.serve(&["--test-clock", "2026-04-01"]);
    assert!(server.get("/v1/invoices").1.contains("\"data\":[]"));
    assert_eq!(server.terminate(), Some(0));
    let told = workspace.done(&["explain", "--customer", "ada", "--offer", "year"]);
    for text in [
        "on 2026-04-01",
        "earlier  sub_",
        "  chosen",
        "later ",
        "edited-earlier",
        "Billing is behind",
    ] {
        assert!(told.contains(text), "{text}\n{told}");
    }
    let told = workspace.done(&["bill", "--as-of", "2026-02-28", "--workers", "2"]);
    assert!(told.starts_with("default: up to 2026-02-28: 1 booked, 1 invoices"), "{told}");
    let told = workspace.done(&["bill"]);
    assert!(told.starts_with("default: up to 2026-04-01: 1 booked, 1 invoices"), "{told}");
    let output = workspace.run(&["bill", "--as-of", "2026-04-02"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("must not lie after today, 2026-04-01"), "{said}");
}

#[test]
fn a_book_with_customers_on_the_real_clock_never_gets_a_test_clock() {
    let workspace = Workspace::new();
    workspace.write("customers.yaml", "customers: [{id: ada}]");
    workspace.done(&["import", "customers.yaml"]);
    let said =
        workspace.refused(1, &["serve", "--listen", "127.0.0.1:0", "--test-clock", "2026-01-31"]);
    assert!(said.contains("a test clock needs a fresh book"), "{said}");
    let server = workspace.serve(&[]);
    assert_eq!(server.get("/v1/test-clock").0, 404);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn the_worker_bills_what_is_due_on_the_real_clock() {
    let workspace = Workspace::new();
    workspace.write("catalogue.yaml", CATALOGUE);
    workspace.done(&["import", "catalogue.yaml"]);
    let server = workspace.serve(&["--billing-interval-seconds", "1"]);
    // Booked elsewhere for a month that is over: the next one is due.
    let body = r#"{"customer":"ada","offer":"month","started_on":"2020-01-31",
        "current_period":{"start":"2020-01-31","end":"2020-02-29"}}"#;
    let (status, answer) = server.call("POST", "/v1/subscriptions", body);
    assert_eq!(status, 201, "{answer}");
    let begun = Instant::now();
    while server.get("/v1/invoices").1.contains("\"data\":[]") {
        assert!(begun.elapsed() < PATIENCE, "nothing is billed");
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(server.terminate(), Some(0));
}
