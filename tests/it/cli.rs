//! The binary as people and scripts start it: what it prints, where, and how it exits. Its clock
//! stands in `clock`, which commands make a book in `books`, two releases on one in `rolling`,
//! backups in `backup`, what a collector is sent in `traces`, the fixture in `workspace`.

mod backup;
pub(crate) mod books;
mod bring_over;
mod clock;
mod rolling;
mod traces;
pub(crate) mod workspace;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::Instant;

pub(crate) use workspace::CATALOGUE;
use workspace::{PATIENCE, Server, Workspace, one_line};

#[test]
fn wrong_options_are_one_line_and_exit_2() {
    let workspace = Workspace::new();
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
        let said = workspace.refused(2, arguments);
        assert!(said.contains(told), "{arguments:?}: {said}");
    }
    let said = workspace.command(&["migrate"]).env("CROSSGRADE_DATABSE_URL", "x").output().unwrap();
    let said = one_line(&said, 2, &["an unknown variable"]);
    assert!(said.contains("did you mean `CROSSGRADE_DATABASE_URL`?"), "{said}");
}

#[test]
fn what_cannot_be_reached_is_one_line_and_exits_1() {
    let workspace = Workspace::new();
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
        workspace.refused(1, arguments);
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = workspace.refused(1, &["serve", "--listen", &address]);
    assert!(said.contains(&format!("cannot listen on {address}")), "{said}");
}

#[test]
fn help_and_version_are_answers() {
    let workspace = Workspace::new();
    assert!(workspace.done(&["--help"]).contains("Usage: crossgrade"));
    assert!(workspace.done(&["--version"]).starts_with("crossgrade "));
}

#[test]
fn a_server_that_is_told_to_stop_exits_0() {
    let workspace = Workspace::new();
    let server = workspace.serve(&[]);
    assert_eq!(server.get("/v1/settings").0, 200);
    assert_eq!(server.get("/v1/test-clock").0, 404);
    assert_eq!(server.get("/metrics").0, 200);
    // Somebody who has said nothing yet does not keep it from stopping.
    let idle = TcpStream::connect(&server.address).unwrap();
    assert_eq!(server.terminate(), Some(0));
    drop(idle);
}

#[test]
fn a_server_counts_its_billing_runs_from_0() {
    let workspace = Workspace::new();
    let server = workspace.serve(&[]);
    let begun = std::time::Instant::now();
    for outcome in ["completed", "with_failures", "broken_off"] {
        let name = format!("crossgrade_billing_runs_total{{outcome=\"{outcome}\"}} 0");
        while !server.get("/metrics").1.contains(&name) {
            assert!(begun.elapsed().as_secs() < 10, "{name}: {}", server.get("/metrics").1);
        }
    }
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_server_that_drains_says_first_that_it_is_not_ready() {
    let workspace = Workspace::new();
    let server = workspace.serve(&["--drain-seconds", "3"]);
    assert_eq!(server.get("/health/ready").0, 200);
    let metrics = server.get("/metrics").1;
    for name in ["process_open_fds", "crossgrade_database_connections{state=\"at_work\"}"] {
        assert!(metrics.contains(name), "{name}: {metrics}");
    }
    server.tell_to_stop();
    let begun = std::time::Instant::now();
    while server.get("/health/ready").0 != 503 {
        assert!(begun.elapsed().as_secs() < 2, "it says nothing before it goes");
    }
    assert_eq!(server.get("/v1/settings").0, 200, "and serves meanwhile");
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn metrics_can_have_an_address_of_their_own() {
    let workspace = Workspace::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let server = workspace.serve(&["--metrics-listen", &address]);
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
    let workspace = Workspace::new();
    let output = workspace.run(&["keys", "create", "--role", "read"]);
    assert!(output.status.success());
    let key = String::from_utf8(output.stdout).unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(key.starts_with("cg_") && key.lines().count() == 1, "{key}");
    let id = told.split_whitespace().next().unwrap();
    assert!(id.starts_with("key_"), "{told}");
    assert!(workspace.refused(2, &["keys", "create", "--role", "boss"]).contains("admin"));
    workspace.done(&["keys", "revoke", id]);
    assert!(workspace.refused(1, &["keys", "revoke", id]).contains("no key"));
    assert!(workspace.refused(1, &["keys", "revoke", "key_x"]).contains("key_x"));
    // Of another merchant, where there is one.
    let other = ["keys", "create", "--role", "read", "--merchant", "other"];
    assert!(workspace.refused(1, &other).contains("no merchant 'other' in this book, but default"));
    let server = workspace.serve(&[]);
    let made = server.call("POST", "/v1/merchants", r#"{"id":"other","name":"Other"}"#);
    assert_eq!(made.0, 201, "{made:?}");
    assert!(workspace.done(&other).starts_with("cg_"));
    assert!(workspace.done(&["export", "--merchant", "other"]).contains("tags"));
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_shell_completes_the_commands() {
    let workspace = Workspace::new();
    for (shell, sign) in [("bash", "complete -F"), ("zsh", "#compdef"), ("fish", "complete -c")] {
        let written = workspace.done(&["completions", shell]);
        assert!(written.contains(sign) && written.contains("explain"));
    }
    assert!(workspace.refused(2, &["completions", "tcsh"]).contains("bash"));
}

#[test]
fn the_first_admin_key_opens_a_book_that_was_only_imported_into() {
    let workspace = Workspace::new();
    workspace.write("catalogue.yaml", CATALOGUE);
    workspace.done(&["import", "catalogue.yaml"]);
    let server = workspace.serve(&[]);
    assert_eq!(server.get("/v1/offers/month").0, 200);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn every_rule_is_explained_for_a_cart_and_for_an_order() {
    let workspace = Workspace::new();
    let rules = r#"
products: {shirt: {title: Shirt, kind: physical}, mug: {title: Mug, kind: physical}}
gift_rules:
  mug: {title: A mug, buy: {units: {of: {product: shirt}, min: 1}}, get: [{product: mug}]}
  many:
    title: Many
    buy: {all: [{units: {of: {product: shirt}, min: 1}}, {net: {min: "50.00"}}]}
    get: [{product: mug}]
campaigns: {mugs: {title: Mugs, channels: [phone], offered_product: mug}}
"#;
    let cart =
        "channel: web\ncurrency: EUR\nlines: [{product: shirt, quantity: 1, unit_net: '9.00'}]";
    workspace.write("catalogue.yaml", rules);
    workspace.write("cart.yaml", cart);
    workspace.done(&["import", "catalogue.yaml"]);
    let told = workspace.done(&["explain", "--cart", "cart.yaml"]);
    for text in [
        "gift rule  mug   chosen",
        "gift rule  many  rejected  buy      /buy/all/1",
        "campaign   mugs  rejected  channel",
        "Gift rule mug gives 1 of mug at 0.00 each.",
        "No campaign offers anything.",
    ] {
        assert!(told.contains(text), "{text}\n{told}");
    }
    let server = workspace.serve(&[]);
    let order = r#"{"id":"o-1","channel":"web","currency":"EUR",
        "lines":[{"product":"shirt","quantity":1,"unit_net":"60.00"}]}"#;
    assert_eq!(server.call("POST", "/v1/orders", order).0, 201);
    assert_eq!(server.terminate(), Some(0));
    let told = workspace.done(&["explain", "--order", "o-1"]);
    assert!(told.contains("gift rule  many  chosen"), "{told}");
    assert!(workspace.refused(1, &["explain", "--order", "o-2"]).contains("no order"));
    workspace.refused(2, &["explain"]);
    workspace.refused(2, &["explain", "--order", "o-1", "--cart", "cart.yaml"]);
}

#[test]
fn what_is_exported_imports_to_the_same_catalogue() {
    let (workspace, other) = (Workspace::new(), Workspace::new());
    workspace.write("catalogue.yaml", CATALOGUE);
    let told = workspace.done(&["import", "catalogue.yaml", "--dry-run"]);
    assert!(told.contains("created offer year\n"), "{told}");
    assert!(
        workspace.refused(1, &["explain", "--customer", "a", "--offer", "year"]).contains("year")
    );
    let told = workspace.done(&["import", "catalogue.yaml"]);
    assert_eq!(told, "8 created, 1 replaced, 0 unchanged\n");
    let told = workspace.done(&["import", "catalogue.yaml"]);
    assert_eq!(told, "0 created, 0 replaced, 9 unchanged\n");
    let exported = workspace.done(&["export"]);
    other.write("exported.yaml", &exported);
    other.done(&["import", "exported.yaml"]);
    assert_eq!(other.done(&["export"]), exported);
    workspace.write("exported.yaml", &exported);
    let told = workspace.done(&["import", "exported.yaml"]);
    assert_eq!(told, "0 created, 0 replaced, 9 unchanged\n");
    let changed = CATALOGUE.replace("99.00", "109.00");
    workspace.write("changed.yaml", &changed);
    let told = workspace.done(&["import", "--dry-run", "changed.yaml"]);
    assert!(told.contains("replaced offer year\n") && told.contains("1 replaced"), "{told}");
}

#[test]
fn json_is_a_catalogue_too() {
    let workspace = Workspace::new();
    workspace.write("catalogue.json", "{\n\t\"tags\": {\"month\": {\"title\": \"Month\"}}\n}");
    assert_eq!(
        workspace.done(&["import", "catalogue.json"]),
        "1 created, 0 replaced, 0 unchanged\n"
    );
}

#[test]
fn every_fault_of_a_catalogue_is_told_and_nothing_is_stored() {
    let workspace = Workspace::new();
    let faulty = CATALOGUE
        .replace("\"99.00\"", "99.001")
        .replace("target_tags: [year]", "target_tags: [yaer]")
        .replace("id: year,", "id: year, colour: red,")
        .replace("At {nextPayment}", "At {nextPaymnt}")
        .replace("taxes:", "texes:");
    workspace.write("faulty.yaml", &faulty);
    let output = workspace.run(&["import", "faulty.yaml"]);
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
    assert!(workspace.done(&["export"]).contains("offers: []"));
    workspace.write("twice.yaml", "tags: [{id: a, title: A}, {id: a, title: B}, {title: C}]");
    let said = String::from_utf8(workspace.run(&["import", "twice.yaml"]).stderr).unwrap();
    assert!(said.contains("/tags/1/id 'a' stands there twice"), "{said}");
    assert!(said.contains("/tags/2/id is missing"), "{said}");
}

#[test]
fn ten_thousand_offers_are_imported_in_seconds() {
    use std::fmt::Write as _;
    let workspace = Workspace::new();
    let mut text =
        String::from("tags: {t: {title: T}}\nproducts: {p: {title: P, kind: digital}}\noffers:\n");
    for offer in 0..10_000 {
        writeln!(
            text,
            "  o{offer}: {{title: O, products: [p], price: {{amount: \"1.00\", \
            currency: EUR}}, billing_period: P1M, tags: [t]}}"
        )
        .unwrap();
    }
    workspace.write("large.yaml", &text);
    let begun = Instant::now();
    assert!(workspace.done(&["import", "large.yaml"]).starts_with("10002 created"));
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
}

#[test]
fn check_exits_0_where_all_is_well_and_1_where_anything_differs() {
    let workspace = Workspace::new();
    let scenarios = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/");
    let good = format!("{scenarios}example_1_next_booking.yaml");
    let told = workspace.done(&["check", &good]);
    assert!(told.contains("A month becomes a year") && told.contains("1 of 1"), "{told}");
    let text = std::fs::read_to_string(&good).unwrap();
    workspace.write("bad.yaml", &text.replace("gross: \"99.00\"", "gross: \"98.00\""));
    workspace.write(
        "unknown.yaml",
        &text.replace("effective_on: 2026-02-28\n", "efective_on: 2026-02-28\n"),
    );
    let output = workspace.run(&["check", &good, "bad.yaml", "unknown.yaml", "missing.yaml"]);
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

#[test]
fn the_demo_shows_checkouts_that_can_be_opened() {
    let workspace = Workspace::new();
    let mut child = workspace
        .command(&["demo", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .env("TMPDIR", workspace.folder.path())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let told: Vec<String> = lines.take_while(|line| !line.contains("Ctrl-C")).collect();
    let address = told[0].split_once("http://").unwrap().1.to_owned();
    let key = told.iter().find_map(|line| line.split_once("admin key")).unwrap().1.trim();
    assert_eq!(told.iter().filter(|line| line.contains("/checkout/")).count(), 6, "{told:#?}");
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
    let left = std::fs::read_dir(workspace.folder.path()).unwrap().count();
    assert_eq!(left, 0, "it leaves nothing behind");
}
