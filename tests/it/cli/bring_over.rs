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
    ];
    book.workspace.write("book.ndjson", &lines.join("\n"));
    let (said, complaints) = book.fails(&["bring-over", "book.ndjson"]);
    assert_eq!(said, "2 would be brought over, 0 there already, 9 faults; nothing was stored\n");
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
    ];
    assert_eq!(complaints.len(), places.len(), "{complaints:?}");
    for (complaint, place) in complaints.iter().zip(places) {
        assert!(complaint.starts_with(place), "{complaint} at {place}");
    }
    let (said, _) = book.fails(&["bring-over", "book.ndjson", "--partial"]);
    assert_eq!(said, "2 brought over, 0 there already, 9 faults\n");
    let other = r#"{"id":"k-1","customer":"liz","offer":"month","started_on":"2026-01-31"}"#;
    book.workspace.write("other.ndjson", other);
    let (_, complaints) = book.fails(&["bring-over", "other.ndjson"]);
    assert!(complaints[0].contains("another subscription 'k-1' already, of customer 'kim'"));
    book.workspace.write("head.csv", "customer,ofer,started_on\nada,month,2026-01-31\n");
    let (_, complaints) = book.fails(&["bring-over", "head.csv"]);
    assert!(
        complaints[0].contains("unknown column `ofer`: did you mean `offer`?"),
        "{complaints:?}"
    );
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

fn an_attempt_that_was_cut_off_is_gone_on_with(book: &Book) {
    const MANY: usize = 6_000;
    let mut file = "customer,name,offer,started_on\n".to_owned();
    for number in 0..MANY {
        writeln!(file, "c{},Reader {number},month,2026-02-{:02}", number / 2, 1 + number % 28)
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
    an_attempt_that_was_cut_off_is_gone_on_with(&Book::new(None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_book_comes_over_to_postgres() {
    for story in [
        a_book_is_brought_over_once_however_often_the_file_is_read,
        what_is_wrong_is_told_with_its_line_and_field_and_nothing_is_stored_unless_asked_for,
        the_exports_of_other_systems_come_over_as_they_are,
        an_attempt_that_was_cut_off_is_gone_on_with,
    ] {
        let Some(database) = postgres::empty().await else { return };
        let url = postgres::url_of(&database);
        tokio::task::spawn_blocking(move || story(&Book::new(Some(url)))).await.unwrap();
    }
}
