//! A whole book of running subscriptions, brought over from a file.

use std::fmt::Write as _;
use std::process::{Command, Output};
use std::time::Duration;

use super::workspace::{CATALOGUE, Workspace};
use crate::support::postgres;

const HEAD: &str = "id,parent,customer,customer.name,customer.email,locale,offer,started_on,\
                    price.amount,price.currency,current_period.start,current_period.end,cancel_on,\
                    brought_over.gross.amount,brought_over.gross.currency,brought_over.paid,\
                    brought_over.number";

/// A folder with a catalogue and the file, and the database that the commands work on.
struct Book {
    workspace: Workspace,
    url: String,
}

impl Book {
    fn new(url: Option<String>) -> Self {
        let workspace = Workspace::new();
        workspace.write("catalogue.yaml", CATALOGUE);
        let url = url.unwrap_or_else(|| {
            format!("sqlite:{}", workspace.folder.path().join("book.db").display())
        });
        let book = Self { workspace, url };
        let migrated = book.command(&["migrate"]).output().unwrap();
        assert!(migrated.status.success(), "{migrated:?}");
        // The book lives on 5 March 2026.
        let mut serve = book.command(&["serve", "--listen", "127.0.0.1:0"]);
        serve.args(["--test-clock", "2026-03-05"]);
        super::workspace::Server::start(&mut serve).terminate();
        book.done(&["import", "catalogue.yaml"]);
        book
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.workspace.command(arguments);
        command.env("CROSSGRADE_DATABASE_URL", &self.url);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command that fails says, and what it complains of.
    fn fails(&self, arguments: &[&str]) -> (String, Vec<String>) {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        let said = String::from_utf8(output.stdout).unwrap();
        let complaints = String::from_utf8(output.stderr).unwrap();
        (said, complaints.lines().map(str::to_owned).collect())
    }

    fn audit(&self) {
        let said = self.done(&["audit"]);
        assert!(said.contains("sound"), "{said}");
    }
}

fn a_book_is_brought_over_once_however_often_the_file_is_read(book: &Book) {
    let file = format!(
        "\u{feff}{HEAD}\n\
         a-1,,ada,\"Ada, Ltd\",ada@example.com,de,month,2026-01-31,8.90,EUR,2026-02-28,\
         2026-03-31,,8.90,EUR,yes,R-1\n\
         ,a-1,ada,,,,month,2026-02-28,,,2026-02-28,2026-03-31,,,,,\n\
         ,,bob,Bob,,,year,2025-06-10,,,,,2026-06-10,99.00,EUR,false,R-2\n"
    );
    book.workspace.write("book.csv", &file);
    let told = book.done(&["bring-over", "book.csv", "--dry-run"]);
    assert_eq!(
        told,
        "3 would be brought over, 0 there already, nothing wrong; nothing was stored\n"
    );
    let told = book.done(&["bring-over", "book.csv"]);
    assert_eq!(told, "3 brought over, 0 there already, nothing wrong\n");
    let told = book.done(&["bring-over", "book.csv"]);
    assert_eq!(told, "0 brought over, 3 there already, nothing wrong\n");
    book.audit();
    let mut serve = book.command(&["serve", "--listen", "127.0.0.1:0"]);
    serve.env("CROSSGRADE_ADMIN_KEY", super::workspace::ADMIN_KEY);
    let server = super::workspace::Server::start(&mut serve);
    let (_, ada) = server.get("/v1/customers/ada");
    for said in ["\"name\":\"Ada, Ltd\"", "\"email\":\"ada@example.com\"", "\"locale\":\"de\""] {
        assert!(ada.contains(said), "{ada}");
    }
    let (_, first) = server.get("/v1/subscriptions/a-1");
    for said in ["\"amount\":\"8.90\"", "\"next_booking_on\":\"2026-03-31\"", "\"anchor_day\":31"] {
        assert!(first.contains(said), "{first}");
    }
    let (_, all) = server.get("/v1/subscriptions?customer=ada");
    assert!(all.contains("\"parent_id\":\"a-1\""), "{all}");
    let (_, bob) = server.get("/v1/subscriptions?customer=bob");
    assert!(bob.contains("\"cancel_on\":\"2026-06-10\""), "{bob}");
    let (_, events) = server.get("/v1/events?limit=200");
    assert_eq!(events.matches("subscription.brought_over").count(), 3, "{events}");
    assert_eq!(events.matches("subscription.started").count(), 0, "{events}");
    server.terminate();
}

fn what_is_wrong_is_told_with_its_line_and_field_and_nothing_is_stored_unless_asked_for(
    book: &Book,
) {
    let month = |customer: &str, more: &str| {
        format!(r#"{{"customer":{customer},"offer":"month","started_on":"2026-01-31"{more}}}"#)
    };
    let price = |amount: &str, currency: &str| {
        format!(r#","price":{{"amount":"{amount}","currency":"{currency}"}}"#)
    };
    let lines = [
        month(r#""ada""#, ""),
        String::new(),
        month(r#""bob""#, "").replace("month", "months"),
        month(r#""cyd""#, "").replace("01-31", "03-06"),
        month(r#""dan""#, r#","current_period":{"start":"2026-02-28","end":"2026-04-15"}"#),
        month(r#""eve""#, r#","parent":"nobody""#),
        month(r#""fay""#, &price("9.999", "EUR")),
        month(r#""gil""#, &price("9.90", "USD")),
        month(r#"{"id":"hal","country":"Germany"}"#, ""),
        month(r#""ada""#, ""),
        r#"{"customer":"ian""#.to_owned(),
        month(r#""kim""#, r#","id":"k-1""#),
        // One attempt tells all that is wrong with a line.
        month(r#"{"id":"lea","country":"Germany"}"#, &price("9.999", "EUR"))
            .replace("month", "months"),
    ];
    book.workspace.write("book.ndjson", &lines.join("\n"));
    let (said, complaints) = book.fails(&["bring-over", "book.ndjson"]);
    assert_eq!(said, "2 would be brought over, 0 there already, 12 faults; nothing was stored\n");
    let places = [
        "book.ndjson:3: offer ",
        "book.ndjson:4: started_on ",
        "book.ndjson:5: current_period.end ",
        "book.ndjson:6: parent ",
        "book.ndjson:7: price.amount ",
        "book.ndjson:8: price.currency ",
        "book.ndjson:9: country ",
        "book.ndjson:10: id stands on line 1, too",
        "book.ndjson:11: is not JSON",
        "book.ndjson:13: country ",
        "book.ndjson:13: price.amount ",
        "book.ndjson:13: offer ",
    ];
    assert_eq!(complaints.len(), places.len(), "{complaints:?}");
    for (complaint, place) in complaints.iter().zip(places) {
        assert!(complaint.starts_with(place), "{complaint} at {place}");
    }
    let (said, _) = book.fails(&["bring-over", "book.ndjson", "--partial"]);
    assert_eq!(said, "2 brought over, 0 there already, 12 faults\n");
    let other = r#"{"id":"k-1","customer":"liz","offer":"month","started_on":"2026-01-31"}"#;
    book.workspace.write("other.ndjson", other);
    let (_, complaints) = book.fails(&["bring-over", "other.ndjson"]);
    assert!(complaints[0].contains("another subscription 'k-1' already, of customer 'kim'"));
    book.workspace.write("twice.csv", "customer,offer,customer.id\nada,month,ada\n");
    let (_, complaints) = book.fails(&["bring-over", "twice.csv"]);
    assert!(
        complaints[0].contains("twice.csv:1: `customer` and `customer.id` are one and the same"),
        "{complaints:?}"
    );
    book.workspace.write("head.csv", "customer,ofer,started_on\nada,month,2026-01-31\n");
    let (_, complaints) = book.fails(&["bring-over", "head.csv"]);
    assert!(
        complaints[0].contains("unknown column `ofer`: did you mean `offer`?"),
        "{complaints:?}"
    );
    book.audit();
}

fn a_file_that_is_cut_or_empty_is_refused_and_one_of_a_spreadsheet_read(book: &Book) {
    let head = "customer,name,offer,started_on\n";
    book.workspace.write("cut.csv", &format!("{head}ada,Ada,month,2026-01-31\nbob,\"Bob B"));
    for how in [&["bring-over", "cut.csv"][..], &["bring-over", "cut.csv", "--partial"]] {
        let (said, complaints) = book.fails(how);
        assert_eq!(said, "");
        assert!(
            complaints[0].contains("cut.csv:3: a quote begins here that nothing closes"),
            "{complaints:?}"
        );
    }
    for name in ["empty.csv", "empty.ndjson"] {
        book.workspace.write(name, "");
        let (_, complaints) = book.fails(&["bring-over", name, "--dry-run"]);
        assert!(complaints[0].contains(&format!("{name}:1: the file is empty")), "{complaints:?}");
    }
    let sheet = "customer;name;offer;started_on\nada;\"Ada; Ltd\";month;2026-01-31\n";
    book.workspace.write("sheet.csv", sheet);
    let told = book.done(&["bring-over", "sheet.csv"]);
    assert_eq!(told, "1 brought over, 0 there already, nothing wrong\n");
    book.audit();
}

/// What is documented for each system, tried as it stands there.
fn the_exports_of_other_systems_come_over_as_they_are(book: &Book) {
    for (system, sample, offers) in [
        ("stripe", "stripe.csv", ["price_month=month", "price_year=year"]),
        ("chargebee", "chargebee.csv", ["month-eur=month", "year-eur=year"]),
        ("woocommerce", "woocommerce.csv", ["12=month", "13=year"]),
    ] {
        let path = format!("{}/docs/samples/{sample}", env!("CARGO_MANIFEST_DIR"));
        let [month, year] = offers;
        let bring = ["bring-over", &path, "--from", system, "--offer", month, "--offer", year];
        let dry = [&bring[..], &["--dry-run"]].concat();
        let would = "2 would be brought over, 0 there already, nothing wrong; nothing was stored\n";
        assert_eq!(book.done(&dry), would, "{system}");
        let told = book.done(&bring);
        assert_eq!(told, "2 brought over, 0 there already, nothing wrong\n", "{system}");
        let told = book.done(&bring);
        assert_eq!(told, "0 brought over, 2 there already, nothing wrong\n", "{system}");
        let (_, complaints) = book.fails(&["bring-over", &path, "--from", system]);
        assert!(complaints[0].contains(":2: offer "), "{system}: {complaints:?}");
    }
    let path = format!("{}/docs/samples/stripe.csv", env!("CARGO_MANIFEST_DIR"));
    let (_, complaints) = book.fails(&["bring-over", &path, "--from", "woocommerce"]);
    assert!(complaints[0].contains("has no column such as `subscription_id`"), "{complaints:?}");
    book.audit();
}

/// Somebody corrects a file after it was brought over, and runs it again.
fn a_corrected_file_is_told_where_the_book_says_otherwise_and_makes_no_second_contract(
    book: &Book,
) {
    let file = |lines: &[&str]| {
        let head = "id,parent,customer,offer,started_on,price.amount,price.currency,\
                    current_period.start,current_period.end";
        let text = format!("{head}\n{}\n", lines.join("\n"));
        book.workspace.write("book.csv", &text);
    };
    let ada = "a-1,,ada,month,2026-01-31,8.90,EUR,2026-02-28,2026-03-31";
    let more = "a-2,a-1,ada,month,2026-02-28,8.90,EUR,2026-02-28,2026-03-31";
    let bob = ",,bob,month,2026-01-31,8.90,EUR,2026-02-28,2026-03-31";
    let bring = ["bring-over", "book.csv"];
    file(&[ada, more, bob]);
    assert_eq!(book.done(&bring), "3 brought over, 0 there already, nothing wrong\n");
    file(&[
        &ada.replace("8.90", "7.90"),
        &more.replace("a-2,a-1", "a-2,").replace("2026-02-28,2026-03-31", "2026-03-05,2026-04-05"),
        &bob.replace("8.90", "7.90"),
    ]);
    let (said, complaints) = book.fails(&bring);
    assert_eq!(said, "0 would be brought over, 0 there already, 4 faults; nothing was stored\n");
    let places = [
        "book.csv:2: price the subscription is there already, and costs 8.90 EUR",
        "book.csv:3: current_period the subscription is there already, and is booked from 2026-02",
        "book.csv:3: parent the subscription is there already, and was added to 'a-1'",
        "book.csv:4: offer the customer runs 'sub_",
    ];
    for (complaint, place) in complaints.iter().zip(places) {
        assert!(complaint.starts_with(place), "{complaint} at {place}");
    }
    let (said, _) = book.fails(&["bring-over", "book.csv", "--partial"]);
    assert_eq!(said, "0 brought over, 0 there already, 4 faults\n");
    // Whoever means a second one says so.
    file(&[ada, more, bob, &format!("b-2{bob}"), &format!("b-3{bob}")]);
    assert_eq!(book.done(&bring), "2 brought over, 3 there already, nothing wrong\n");
    assert_eq!(book.done(&bring), "0 brought over, 5 there already, nothing wrong\n");
    // Also where they stand far from each other.
    let mut lines = vec![",,cyd,year,2026-01-31,,,,".to_owned()];
    lines.extend((0..2_000).map(|number| format!(",,d{number},month,2026-01-31,,,,")));
    lines.push(",,cyd,year,2026-02-01,,,,".to_owned());
    file(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    let (said, complaints) = book.fails(&bring);
    assert_eq!(
        said,
        "2001 would be brought over, 0 there already, one fault; nothing was stored\n"
    );
    assert!(complaints[0].starts_with("book.csv:2003: offer is that of line 2"), "{complaints:?}");
    book.audit();
}

/// Until when it was paid elsewhere is over: what has begun since is invoiced on the spot.
fn what_is_invoiced_at_once_is_told_before_and_after(book: &Book) {
    let line = |customer: &str, start: &str, end: &str| {
        format!("{customer},month,2025-12-31,{start},{end}\n")
    };
    let text = [
        "customer,offer,started_on,current_period.start,current_period.end\n".to_owned(),
        line("ada", "2026-01-31", "2026-02-28"),
        line("bob", "2026-02-28", "2026-03-31"),
    ];
    book.workspace.write("book.csv", &text.concat());
    let at_once = "at once, for periods that have begun since";
    assert_eq!(
        book.done(&["bring-over", "book.csv", "--dry-run"]),
        format!(
            "2 would be brought over, 0 there already, nothing wrong; one invoice would be issued \
             {at_once}; nothing was stored\n"
        )
    );
    assert_eq!(
        book.done(&["bring-over", "book.csv"]),
        format!("2 brought over, 0 there already, nothing wrong; one invoice issued {at_once}\n")
    );
    let told = book.done(&["bring-over", "book.csv"]);
    assert_eq!(told, "0 brought over, 2 there already, nothing wrong\n");
}

/// Whoever paid 8.90 there pays 8.90 here, whatever the offer's price is.
fn a_price_of_another_system_comes_over_with_its_tax_or_without_as_the_offer_has_it(book: &Book) {
    let offer = |id: &str, included: bool| {
        format!(
            "  - {{id: {id}, title: {id}, products: [paper], tags: [month], tax: press, \
             price: {{amount: \"9.90\", currency: EUR}}, billing_period: P1M, \
             tax_included: {included}}}\n"
        )
    };
    let more = format!("offers:\n{}{}", offer("net", false), offer("gross", true));
    book.workspace.write("more.yaml", &more);
    book.done(&["import", "more.yaml"]);
    let ada = |sample: &str| -> String {
        let path = format!("{}/docs/samples/{sample}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        text.split_inclusive('\n').take(2).collect()
    };
    let (stripe, woo) = (ada("stripe.csv"), ada("woocommerce.csv"));
    let on_top = stripe.replacen(",8.90,", ",8.32,", 1).replacen(",false,\n", ",false,7.0\n", 1);
    let without_item = woo.replacen("|tax:0.58", "", 1);
    let taxed = without_item.replacen("order_total", "order_tax,order_total", 1);
    let taxed = taxed.replacen(",8.90,", ",0.58,8.90,", 1);
    let table = [
        ("stripe", &on_top, "gross", "8.90"),
        ("stripe", &on_top, "net", "8.32"),
        ("stripe", &stripe, "gross", "8.90"),
        ("woocommerce", &woo, "gross", "8.90"),
        ("woocommerce", &woo, "net", "8.32"),
        ("woocommerce", &taxed, "net", "8.32"),
        ("woocommerce", &without_item, "gross", "8.90"),
        ("woocommerce", &without_item, "net", ""),
    ];
    for (number, (system, text, offer, price)) in table.iter().enumerate() {
        let text = text.replace("sub_1Ada,cus_ada", &format!("s-{number},c-{number}"));
        let text = text.replace("101,wc-active,7", &format!("s-{number},wc-active,c-{number}"));
        book.workspace.write("book.csv", &text);
        let theirs = if *system == "stripe" { "price_month" } else { "12" };
        let named = format!("{theirs}={offer}");
        let bring = ["bring-over", "book.csv", "--from", system, "--offer", &named];
        if price.is_empty() {
            let (_, complaints) = book.fails(&bring);
            let said = "book.csv:2: price is told with tax, and the price of offer 'net' is one \
                        without tax";
            assert!(complaints[0].starts_with(said), "{complaints:?}");
        } else {
            let told = book.done(&bring);
            assert_eq!(told, "1 brought over, 0 there already, nothing wrong\n", "{number}");
        }
    }
    let mut serve = book.command(&["serve", "--listen", "127.0.0.1:0"]);
    serve.env("CROSSGRADE_ADMIN_KEY", super::workspace::ADMIN_KEY);
    let server = super::workspace::Server::start(&mut serve);
    for (number, (system, _, offer, price)) in table.iter().enumerate() {
        let (status, text) = server.get(&format!("/v1/subscriptions/s-{number}"));
        assert_eq!(status, if price.is_empty() { 404 } else { 200 }, "{text}");
        let body = text.split_once("\r\n\r\n").unwrap().1;
        let told: serde_json::Value = serde_json::from_str(body).unwrap();
        if !price.is_empty() {
            assert_eq!(told["price"]["amount"], *price, "{system} {offer}: {told}");
        }
    }
    server.terminate();
    book.audit();
}

fn an_attempt_that_was_cut_off_is_gone_on_with(book: &Book) {
    const MANY: usize = 6_000;
    let mut file = "customer,name,offer,started_on\n".to_owned();
    for number in 0..MANY {
        let offer = ["month", "year"][number % 2];
        writeln!(file, "c{},Reader {number},{offer},2026-02-{:02}", number / 2, 1 + number % 28)
            .unwrap();
    }
    book.workspace.write("book.csv", &file);
    let mut child = book.command(&["bring-over", "book.csv"]).spawn().unwrap();
    // Somewhere in the middle, or before, or after it: each is to come out right.
    std::thread::sleep(Duration::from_millis(1_500));
    child.kill().unwrap();
    child.wait().unwrap();
    let told = book.done(&["bring-over", "book.csv"]);
    let numbers: Vec<usize> = told.split(' ').filter_map(|word| word.parse().ok()).collect();
    assert_eq!(numbers[0] + numbers[1], MANY, "{told}");
    let told = book.done(&["bring-over", "book.csv"]);
    assert_eq!(told, format!("0 brought over, {MANY} there already, nothing wrong\n"));
    book.audit();
}

#[test]
fn a_book_comes_over_to_sqlite() {
    a_book_is_brought_over_once_however_often_the_file_is_read(&Book::new(None));
    what_is_wrong_is_told_with_its_line_and_field_and_nothing_is_stored_unless_asked_for(
        &Book::new(None),
    );
    the_exports_of_other_systems_come_over_as_they_are(&Book::new(None));
    a_corrected_file_is_told_where_the_book_says_otherwise_and_makes_no_second_contract(
        &Book::new(None),
    );
    what_is_invoiced_at_once_is_told_before_and_after(&Book::new(None));
    a_price_of_another_system_comes_over_with_its_tax_or_without_as_the_offer_has_it(&Book::new(
        None,
    ));
    an_attempt_that_was_cut_off_is_gone_on_with(&Book::new(None));
    a_file_that_is_cut_or_empty_is_refused_and_one_of_a_spreadsheet_read(&Book::new(None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_book_comes_over_to_postgres() {
    for story in [
        a_book_is_brought_over_once_however_often_the_file_is_read,
        what_is_wrong_is_told_with_its_line_and_field_and_nothing_is_stored_unless_asked_for,
        the_exports_of_other_systems_come_over_as_they_are,
        a_corrected_file_is_told_where_the_book_says_otherwise_and_makes_no_second_contract,
        what_is_invoiced_at_once_is_told_before_and_after,
        a_price_of_another_system_comes_over_with_its_tax_or_without_as_the_offer_has_it,
        an_attempt_that_was_cut_off_is_gone_on_with,
        a_file_that_is_cut_or_empty_is_refused_and_one_of_a_spreadsheet_read,
    ] {
        let Some(database) = postgres::empty().await else { return };
        let url = postgres::url_of(&database);
        tokio::task::spawn_blocking(move || story(&Book::new(Some(url)))).await.unwrap();
    }
}
