//! Servers of two releases on one book, and the way back. The later release is its migrations: a
//! made-up one that adds, which servers of this one do not mind, and a made-up one that takes away,
//! before which they stop.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::books::{done, execute, refused, workspace};
use super::workspace::{ADMIN_KEY, PATIENCE, Server, Workspace};
use crate::support::both_books;
use crate::support::dump::dump;

both_books!(
    servers_sell_on_a_book_to_which_a_later_release_has_added,
    every_command_works_on_a_book_to_which_a_later_release_has_added,
    a_server_whose_tables_are_taken_away_sells_no_more_and_ends,
    a_server_that_must_decide_nothing_more_decides_nothing_more,
    a_server_that_nobody_asks_sees_it_by_itself,
);

/// A later release adds a column and a table.
const ADDING: [&str; 3] = [
    "alter table customers add column made_up text",
    "create table made_up (id text primary key)",
    "insert into _sqlx_migrations select 999998, 'made up', installed_on, success, checksum, \
     execution_time from _sqlx_migrations where version = 1",
];
/// The one after it says that who does not know that must stop.
const SAYING: [&str; 2] = [
    "update compatibility set works_from = 999998",
    "insert into _sqlx_migrations select 999999, 'made up too', installed_on, success, checksum, \
     execution_time from _sqlx_migrations where version = 1",
];
/// And takes away what this one names in every sale.
const TAKING: &str = "alter table invoices rename to old_invoices";

async fn apply(url: &str, statements: &[&str]) {
    for statement in statements {
        execute(url, statement).await;
    }
}

fn served(workspace: &Workspace, url: &str) -> Server {
    workspace.serve(&["--database-url", url])
}

fn ready(url: &str) -> Workspace {
    let workspace = workspace();
    done(&workspace, url, &["import", "catalogue.yaml"]);
    workspace
}

/// An answer's status and body; none where nobody listens any more.
fn ask(server: &Server, method: &str, path: &str, body: &str) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(&server.address).ok()?;
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
         authorization: Bearer {ADMIN_KEY}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        server.address,
        body.len()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    Some((status, serde_json::from_str(body).unwrap_or_default()))
}

/// The status of a sale: that of the first request which is not answered as it should be.
fn sell(server: &Server, customer: &str) -> Option<u16> {
    let body = json!({"customer": customer, "offer": "month", "allow_new": true}).to_string();
    let (status, checkout) = ask(server, "POST", "/v1/checkouts", &body)?;
    if status != 201 {
        return Some(status);
    }
    let payment = json!({"payment": {
        "reference": checkout["id"], "amount": checkout["amount_due"]
    }});
    let path = format!("/v1/checkouts/{}/complete", checkout["id"].as_str()?);
    ask(server, "POST", &path, &payment.to_string()).map(|(status, _)| status)
}

/// Waits until a server ends by itself; its exit code.
fn ended(server: &mut Server) -> Option<i32> {
    let begun = Instant::now();
    loop {
        if let Some(status) = server.child.try_wait().unwrap() {
            return status.code();
        }
        assert!(begun.elapsed() < PATIENCE, "it does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
}

async fn servers_sell_on_a_book_to_which_a_later_release_has_added(url: String) {
    let workspace = ready(&url);
    let server = served(&workspace, &url);
    assert_eq!(sell(&server, "ada"), Some(200));
    // The later release comes while it sells.
    let selling = std::thread::scope(|scope| {
        let selling = scope.spawn(|| {
            (0..20).map(|n| sell(&server, &format!("meanwhile-{n}"))).collect::<Vec<_>>()
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let url = &url;
        scope.spawn(move || runtime.block_on(apply(url, &ADDING)));
        selling.join().unwrap()
    });
    assert_eq!(selling, [Some(200); 20]);
    // Somebody goes back: one of this release starts on those tables, and both sell.
    let back = served(&workspace, &url);
    let sold = std::thread::scope(|scope| {
        let selling = [(&server, "before"), (&back, "back")].map(|(one, name)| {
            scope.spawn(move || (0..10).map(|n| sell(one, &format!("{name}-{n}"))).collect())
        });
        selling.map(|selling| selling.join().unwrap())
    });
    let sold: [Vec<Option<u16>>; 2] = sold;
    assert_eq!(sold, [[Some(200); 10], [Some(200); 10]]);
    assert_eq!((server.terminate(), back.terminate()), (Some(0), Some(0)));
    done(&workspace, &url, &["audit"]);
}

async fn every_command_works_on_a_book_to_which_a_later_release_has_added(url: String) {
    let workspace = ready(&url);
    apply(&url, &ADDING).await;
    let server = workspace.serve(&["--no-migrate", "--database-url", &url]);
    assert_eq!(sell(&server, "ada"), Some(200));
    assert_eq!(server.terminate(), Some(0));
    let commands: [&[&str]; 7] = [
        &["migrate"],
        &["import", "catalogue.yaml"],
        &["keys", "create", "--role", "read"],
        &["export"],
        &["bill"],
        &["explain", "--customer", "ada", "--offer", "year"],
        &["audit"],
    ];
    for command in commands {
        done(&workspace, &url, command);
    }
}

async fn a_server_whose_tables_are_taken_away_sells_no_more_and_ends(url: String) {
    let workspace = ready(&url);
    apply(&url, &ADDING).await;
    let mut server = served(&workspace, &url);
    assert_eq!(sell(&server, "ada"), Some(200));
    execute(&url, &format!("{}; {}; {TAKING}", SAYING[0], SAYING[1])).await;
    // Nothing is broken: another server answers. It may have seen it by itself, and have gone.
    let listed = ask(&server, "GET", "/v1/invoices", "").map(|(status, _)| status);
    assert!([Some(503), None].contains(&listed), "{listed:?}");
    assert_eq!(ended(&mut server), Some(1));
    let said = refused(&workspace, &url, &["serve", "--listen", "127.0.0.1:0"]);
    assert!(said.contains("a later release") && said.contains("use that release"), "{said}");
}

async fn a_server_that_must_decide_nothing_more_decides_nothing_more(url: String) {
    let workspace = ready(&url);
    apply(&url, &ADDING).await;
    let mut server = served(&workspace, &url);
    assert_eq!(sell(&server, "ada"), Some(200));
    // Every statement would still do.
    apply(&url, &SAYING).await;
    let before = dump(&url).await;
    let sold = sell(&server, "bob");
    assert!([Some(503), None].contains(&sold), "{sold:?}");
    assert_eq!(ended(&mut server), Some(1));
    let after = dump(&url).await;
    for table in ["checkouts", "customers", "invoices", "events"] {
        assert_eq!(before[table], after[table], "{table}");
    }
}

async fn a_server_that_nobody_asks_sees_it_by_itself(url: String) {
    let workspace = ready(&url);
    apply(&url, &ADDING).await;
    let folder = workspace.folder.path().join("log");
    let mut command = workspace.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("CROSSGRADE_DATABASE_URL", &url).env("CROSSGRADE_ADMIN_KEY", ADMIN_KEY);
    let log = std::fs::File::create(&folder).unwrap();
    let mut server = Server::start_logging(&mut command, log.into());
    apply(&url, &SAYING).await;
    assert_eq!(ended(&mut server), Some(1));
    let said = std::fs::read_to_string(folder).unwrap();
    assert!(said.lines().last().unwrap().starts_with("crossgrade: this book was"), "{said}");
}
