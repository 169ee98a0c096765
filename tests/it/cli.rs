//! The binary as people and scripts start it: what it prints, where, and how it exits.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const ADMIN_KEY: &str = "cg_test_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with a book in it, and the program that works on it.
struct Desk {
    folder: TempDir,
}

/// A server that is stopped when it goes.
struct Server {
    child: Child,
    address: String,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crossgrade"));
        let url = format!("sqlite:{}", self.folder.path().join("book.db").display());
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("CROSSGRADE_DATABASE_URL", url);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs what has to work; answers with what it printed.
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {:?} {said}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs what has to fail; answers with the one line that says why.
    fn refused(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        one_line(&output, code, arguments)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn serve(&self, arguments: &[&str]) -> Server {
        let arguments: Vec<&str> =
            ["serve", "--listen", "127.0.0.1:0"].iter().chain(arguments).copied().collect();
        let mut command = self.command(&arguments);
        let command = command.env("CROSSGRADE_ADMIN_KEY", ADMIN_KEY);
        Server::start(command)
    }
}

fn one_line(output: &Output, code: i32, what: &[&str]) -> String {
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{what:?}: {said}");
    assert_eq!(said.lines().count(), 1, "{what:?}: {said}");
    assert!(said.starts_with("crossgrade: "), "{what:?}: {said}");
    assert!(output.stdout.is_empty(), "{what:?} printed on standard output");
    said.trim_end().to_owned()
}

impl Server {
    fn start(command: &mut Command) -> Self {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map(Result::unwrap)
            .find_map(|line| Some(line.split_once("listens on http://")?.1.to_owned()));
        let address = address.expect("it says where it listens");
        // The pipe stays open for as long as the server has something to say.
        std::thread::spawn(move || lines.for_each(drop));
        let server = Self { child, address };
        let begun = Instant::now();
        while server.get("/health/ready").0 != 200 {
            assert!(begun.elapsed() < PATIENCE, "it is never ready");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// One request over a connection of its own.
    fn call(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let (address, length) = (&self.address, body.len());
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             authorization: Bearer {ADMIN_KEY}\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.expect("a status"), answer)
    }

    fn get(&self, path: &str) -> (u16, String) {
        self.call("GET", path, "")
    }

    fn put(&self, path: &str, body: &str) {
        let (status, answer) = self.call("PUT", path, body);
        assert!(status < 300, "{path}: {answer}");
    }

    /// Tells it to stop, as a supervisor does, and answers with the exit code.
    fn terminate(mut self) -> Option<i32> {
        let told = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(told.success());
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(begun.elapsed() < PATIENCE, "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }
}

const CATALOGUE: &str = r#"
settings: {payment_days: 30, seller: {name: The Daily Publishing Company}}
tags:
  - {id: month, title: Month}
  - {id: year, title: Year}
taxes:
  press: {title: Press, rates: [{rate: "7.0", valid_from: 2020-01-01}]}
products:
  paper: {title: The Paper, kind: digital}
offers:
  - id: month
    title: Month
    products: [paper]
    price: {amount: "9.90", currency: EUR}
    billing_period: P1M
    tags: [month]
    tax: press
  - id: year
    title: Year
    products: [paper]
    price: {amount: "99.00", currency: EUR}
    billing_period: P1Y
    renewal_term: P1Y
    tags: [year]
paths:
  later: {internal_title: Later, title: "To {offerTitle}", description: "", source_tags: [month], target_tags: [year], transition: next_booking}
  earlier: {internal_title: Earlier, title: To, description: "At {nextPayment}.\nSee you.", source_tags: [month], target_tags: [year], transition: immediate, proration: day, valid_until: 2030-12-31}
"#;

#[test]
fn wrong_options_are_one_line_and_exit_2() {
    let desk = Desk::new();
    let table: [(&[&str], &str); 7] = [
        (&[], "requires a subcommand"),
        (&["serv"], "'serve'"),
        (&["serve", "--listen", "here"], "--listen"),
        (&["serve", "--test-clock", "soon"], "such as 2026-02-28"),
        (&["bill", "--as-of", "today"], "--as-of"),
        (&["migrate", "--database-url", "mysql://x"], "sqlite:PATH"),
        (&["migrate", "--log", "crossgrade=loud"], "--log"),
    ];
    for (arguments, told) in table {
        let said = desk.refused(2, arguments);
        assert!(said.contains(told), "{arguments:?}: {said}");
    }
    let said = desk.command(&["migrate"]).env("CROSSGRADE_DATABSE_URL", "x").output().unwrap();
    let said = one_line(&said, 2, &["an unknown variable"]);
    assert!(said.contains("did you mean `CROSSGRADE_DATABASE_URL`?"), "{said}");
}

#[test]
fn what_cannot_be_reached_is_one_line_and_exits_1() {
    let desk = Desk::new();
    let nowhere = "sqlite:/nowhere/at/all/book.db";
    let closed = "postgres://127.0.0.1:1/book";
    let table: [&[&str]; 5] = [
        &["migrate", "--database-url", nowhere],
        &["serve", "--database-url", nowhere],
        &["bill", "--database-url", closed],
        &["import", "missing.yaml"],
        &["explain", "--customer", "ada", "--offer", "year"],
    ];
    for arguments in table {
        desk.refused(1, arguments);
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = desk.refused(1, &["serve", "--listen", &address]);
    assert!(said.contains(&format!("cannot listen on {address}")), "{said}");
}

#[test]
fn help_and_version_are_answers() {
    let desk = Desk::new();
    assert!(desk.done(&["--help"]).contains("Usage: crossgrade"));
    assert!(desk.done(&["--version"]).starts_with("crossgrade "));
}

#[test]
fn a_server_that_is_told_to_stop_exits_0() {
    let desk = Desk::new();
    let server = desk.serve(&[]);
    assert_eq!(server.get("/v1/settings").0, 200);
    assert_eq!(server.get("/v1/test-clock").0, 404);
    assert_eq!(server.get("/metrics").0, 200);
    // Somebody who has said nothing yet does not keep it from stopping.
    let idle = TcpStream::connect(&server.address).unwrap();
    assert_eq!(server.terminate(), Some(0));
    drop(idle);
}

#[test]
fn metrics_can_have_an_address_of_their_own() {
    let desk = Desk::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let server = desk.serve(&["--metrics-listen", &address]);
    assert_eq!(server.get("/metrics").0, 404);
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("http_requests_total"), "{answer}");
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn keys_are_made_shown_once_and_revoked() {
    let desk = Desk::new();
    let output = desk.run(&["keys", "create", "--role", "read"]);
    assert!(output.status.success());
    let key = String::from_utf8(output.stdout).unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(key.starts_with("cg_") && key.lines().count() == 1, "{key}");
    let id = told.split_whitespace().next().unwrap();
    assert!(id.starts_with("key_"), "{told}");
    assert!(desk.refused(2, &["keys", "create", "--role", "boss"]).contains("admin"));
    desk.done(&["keys", "revoke", id]);
    assert!(desk.refused(1, &["keys", "revoke", id]).contains("no key"));
    assert!(desk.refused(1, &["keys", "revoke", "key_x"]).contains("key_x"));
}

#[test]
fn the_first_admin_key_opens_a_book_that_was_only_imported_into() {
    let desk = Desk::new();
    desk.write("catalogue.yaml", CATALOGUE);
    desk.done(&["import", "catalogue.yaml"]);
    let server = desk.serve(&[]);
    assert_eq!(server.get("/v1/offers/month").0, 200);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn what_is_exported_imports_to_the_same_catalogue() {
    let (desk, other) = (Desk::new(), Desk::new());
    desk.write("catalogue.yaml", CATALOGUE);
    let told = desk.done(&["import", "catalogue.yaml", "--dry-run"]);
    assert!(told.contains("created offer year\n"), "{told}");
    assert!(desk.refused(1, &["explain", "--customer", "a", "--offer", "year"]).contains("year"));
    let told = desk.done(&["import", "catalogue.yaml"]);
    assert_eq!(told, "8 created, 1 replaced, 0 unchanged\n");
    let told = desk.done(&["import", "catalogue.yaml"]);
    assert_eq!(told, "0 created, 0 replaced, 9 unchanged\n");
    let exported = desk.done(&["export"]);
    other.write("exported.yaml", &exported);
    other.done(&["import", "exported.yaml"]);
    assert_eq!(other.done(&["export"]), exported);
    desk.write("exported.yaml", &exported);
    let told = desk.done(&["import", "exported.yaml"]);
    assert_eq!(told, "0 created, 0 replaced, 9 unchanged\n");
    let changed = CATALOGUE.replace("99.00", "109.00");
    desk.write("changed.yaml", &changed);
    let told = desk.done(&["import", "--dry-run", "changed.yaml"]);
    assert!(told.contains("replaced offer year\n") && told.contains("1 replaced"), "{told}");
}

#[test]
fn json_is_a_catalogue_too() {
    let desk = Desk::new();
    desk.write("catalogue.json", "{\n\t\"tags\": {\"month\": {\"title\": \"Month\"}}\n}");
    assert_eq!(desk.done(&["import", "catalogue.json"]), "1 created, 0 replaced, 0 unchanged\n");
}

#[test]
fn every_fault_of_a_catalogue_is_told_and_nothing_is_stored() {
    let desk = Desk::new();
    let faulty = CATALOGUE
        .replace("\"99.00\"", "99.001")
        .replace("target_tags: [year]", "target_tags: [yaer]")
        .replace("id: year,", "id: year, colour: red,")
        .replace("At {nextPayment}", "At {nextPaymnt}")
        .replace("taxes:", "texes:");
    desk.write("faulty.yaml", &faulty);
    let output = desk.run(&["import", "faulty.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    for told in [
        "faulty.yaml: /offers/1/price/amount must be a decimal amount in a string",
        "faulty.yaml: /paths/later/target_tags/0 unknown tag 'yaer': did you mean 'year'?",
        "faulty.yaml: /paths/earlier/description ",
        "faulty.yaml: /tags/1/colour unknown field",
        "faulty.yaml: /texes unknown section `texes`: did you mean `taxes`?",
        "faulty.yaml: /offers/0/tax unknown tax category 'press'",
        "faults, nothing was stored",
    ] {
        assert!(said.contains(told), "{told}\n{said}");
    }
    assert!(desk.done(&["export"]).contains("offers: []"));
    desk.write("twice.yaml", "tags: [{id: a, title: A}, {id: a, title: B}, {title: C}]");
    let said = String::from_utf8(desk.run(&["import", "twice.yaml"]).stderr).unwrap();
    assert!(said.contains("/tags/1/id 'a' stands there twice"), "{said}");
    assert!(said.contains("/tags/2/id is missing"), "{said}");
}

#[test]
fn ten_thousand_offers_are_imported_in_seconds() {
    use std::fmt::Write as _;
    let desk = Desk::new();
    let mut text = String::from("tags: {t: {title: T}}\nproducts: {p: {title: P, kind: digital}}\noffers:\n");
    for offer in 0..10_000 {
        writeln!(text, "  o{offer}: {{title: O, products: [p], price: {{amount: \"1.00\", currency: EUR}}, billing_period: P1M, tags: [t]}}").unwrap();
    }
    desk.write("large.yaml", &text);
    let begun = Instant::now();
    assert!(desk.done(&["import", "large.yaml"]).starts_with("10002 created"));
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}

#[test]
fn check_exits_0_where_all_is_well_and_1_where_anything_differs() {
    let desk = Desk::new();
    let scenarios = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/");
    let good = format!("{scenarios}example_1_next_booking.yaml");
    let told = desk.done(&["check", &good]);
    assert!(told.contains("A month becomes a year") && told.contains("1 of 1"), "{told}");
    let text = std::fs::read_to_string(&good).unwrap();
    desk.write("bad.yaml", &text.replace("gross: \"99.00\"", "gross: \"98.00\""));
    desk.write("unknown.yaml", &text.replace("effective_on: 2026-02-28\n", "efective_on: 2026-02-28\n"));
    let output = desk.run(&["check", &good, "bad.yaml", "unknown.yaml", "missing.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).unwrap();
    for line in [
        "bad.yaml: step 4, advance 2026-02-28: documents/0/gross",
        "expected 98.00",
        "got      99.00 EUR",
        "steps[1].expect.efective_on: unknown key: did you mean `effective_on`?",
        "FAIL  missing.yaml: ",
        "3 of 4 scenarios did not go as expected",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
}

/// Where the test clock of a server stands.
fn today(server: &Server) -> String {
    let (status, answer) = server.get("/v1/test-clock");
    assert_eq!(status, 200, "{answer}");
    let (_, rest) = answer.split_once("\"today\":\"").unwrap();
    rest[..10].to_owned()
}

#[test]
fn a_test_clock_is_kept_in_the_book_and_only_moves_forward() {
    let desk = Desk::new();
    desk.write("catalogue.yaml", CATALOGUE);
    let server = desk.serve(&["--test-clock", "2026-01-31"]);
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
        let server = desk.serve(arguments);
        assert_eq!(today(&server), on, "{arguments:?}");
        assert_eq!(server.terminate(), Some(0));
    }
    assert!(desk.done(&["bill"]).contains("up to 2026-03-02"));
}

#[test]
fn downtime_bills_nothing_until_somebody_asks() {
    let desk = Desk::new();
    desk.write("catalogue.yaml", &format!("{CATALOGUE}customers: {{ada: {{}}}}\n"));
    let server = desk.serve(&["--test-clock", "2026-01-31"]);
    assert_eq!(server.terminate(), Some(0));
    desk.done(&["import", "catalogue.yaml"]);
    let server = desk.serve(&[]);
    let body = r#"{"customer":"ada","offer":"month","started_on":"2026-01-31"}"#;
    assert_eq!(server.call("POST", "/v1/subscriptions", body).0, 201);
    assert_eq!(server.terminate(), Some(0));
    let server = desk.serve(&["--test-clock", "2026-04-01"]);
    assert!(server.get("/v1/invoices").1.contains("\"data\":[]"));
    assert_eq!(server.terminate(), Some(0));
    let told = desk.done(&["explain", "--customer", "ada", "--offer", "year"]);
    for text in ["on 2026-04-01", "earlier  sub_", "  chosen", "later ", "edited-earlier", "Billing is behind"] {
        assert!(told.contains(text), "{text}\n{told}");
    }
    let told = desk.done(&["bill", "--as-of", "2026-02-28", "--workers", "2"]);
    assert!(told.starts_with("default: up to 2026-02-28: 1 booked, 1 invoices"), "{told}");
    let told = desk.done(&["bill"]);
    assert!(told.starts_with("default: up to 2026-04-01: 1 booked, 1 invoices"), "{told}");
    let output = desk.run(&["bill", "--as-of", "2026-04-02"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("must not lie after today, 2026-04-01"), "{said}");
}

#[test]
fn a_book_with_customers_on_the_real_clock_never_gets_a_test_clock() {
    let desk = Desk::new();
    desk.write("customers.yaml", "customers: [{id: ada}]");
    desk.done(&["import", "customers.yaml"]);
    let said = desk.refused(1, &["serve", "--listen", "127.0.0.1:0", "--test-clock", "2026-01-31"]);
    assert!(said.contains("a test clock needs a fresh book"), "{said}");
    let server = desk.serve(&[]);
    assert_eq!(server.get("/v1/test-clock").0, 404);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn the_worker_bills_what_is_due_on_the_real_clock() {
    let desk = Desk::new();
    desk.write("catalogue.yaml", CATALOGUE);
    desk.done(&["import", "catalogue.yaml"]);
    let server = desk.serve(&["--billing-interval-seconds", "1"]);
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

#[test]
fn the_demo_shows_checkouts_that_can_be_opened() {
    let desk = Desk::new();
    let mut child = desk
        .command(&["demo", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .env("TMPDIR", desk.folder.path())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let told: Vec<String> = lines.take_while(|line| !line.contains("Ctrl-C")).collect();
    let address = told[0].split_once("http://").unwrap().1.to_owned();
    let key = told.iter().find_map(|line| line.split_once("admin key")).unwrap().1.trim();
    assert_eq!(told.iter().filter(|line| line.contains("/checkout/")).count(), 4, "{told:#?}");
    let mut stream = TcpStream::connect(&address).unwrap();
    let request = format!(
        "GET /v1/customers/ada/transitions HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         authorization: Bearer {key}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("month-to-year"), "{answer}");
    let server = Server { child, address };
    assert_eq!(server.terminate(), Some(0));
    let left = std::fs::read_dir(desk.folder.path()).unwrap().count();
    assert_eq!(left, 0, "it leaves nothing behind");
}
