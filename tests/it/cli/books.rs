//! Which commands make a book, which bring its tables up to date, and what the others say of a
//! book that is not there, or that another release made.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

use super::workspace::{CATALOGUE, Workspace, one_line};
use crate::support::both_books;
use crate::support::dump::dump;
use crate::upgrade;

both_books!(
    a_mistyped_address_is_never_an_empty_sound_book,
    a_book_of_an_earlier_release_is_left_as_it_is,
    a_book_of_a_later_release_is_refused_by_every_command,
    a_server_that_must_not_migrate_starts_on_a_book_that_is_up_to_date,
    a_server_whose_clock_is_far_ahead_of_the_book_asks_first,
    a_billing_run_whose_clock_is_far_ahead_of_the_book_asks_first_too,
    a_book_is_made_by_an_import,
    a_book_is_made_by_its_first_key,
    a_book_is_made_by_a_migration,
);

/// What only looks, or works on what is there.
const EXISTING: [&[&str]; 7] = [
    &["audit"],
    &["verify"],
    &["bill"],
    &["explain", "--customer", "ada", "--offer", "year"],
    &["export"],
    &["keys", "revoke", "key_a"],
    &["serve", "--no-migrate", "--listen", "127.0.0.1:0"],
];
/// What makes a book, but leaves the tables of one that is there as they are.
const MAKING: [&[&str]; 2] = [&["import", "catalogue.yaml"], &["keys", "create", "--role", "read"]];

pub(super) fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("catalogue.yaml", CATALOGUE);
    workspace
}

/// Runs a command on a book; answers with the line that says why it was refused.
pub(super) fn refused(workspace: &Workspace, url: &str, command: &[&str]) -> String {
    let output = workspace.command(command).env("CROSSGRADE_DATABASE_URL", url).output().unwrap();
    one_line(&output, 1, command)
}

pub(super) fn done(workspace: &Workspace, url: &str, command: &[&str]) -> String {
    let output = workspace.command(command).env("CROSSGRADE_DATABASE_URL", url).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

pub(crate) async fn execute(url: &str, text: &str) {
    let text = AssertSqlSafe(text.to_owned());
    if url.starts_with("sqlite:") {
        let mut book = SqliteConnection::connect(url).await.unwrap();
        book.execute(text).await.unwrap();
        book.close().await.unwrap();
    } else {
        let mut book = PgConnection::connect(url).await.unwrap();
        book.execute(text).await.unwrap();
        book.close().await.unwrap();
    }
}

async fn a_mistyped_address_is_never_an_empty_sound_book(url: String) {
    let workspace = workspace();
    for command in EXISTING {
        let said = refused(&workspace, &url, command);
        assert!(said.contains("no book") && said.contains("`crossgrade serve`"), "{said}");
    }
    match url.strip_prefix("sqlite:") {
        Some(path) => assert!(!std::path::Path::new(path).exists(), "a file was made"),
        None => assert_eq!(dump(&url).await.len(), 0, "a table was made"),
    }
}

async fn a_book_is_made_by_an_import(url: String) {
    let workspace = workspace();
    assert!(done(&workspace, &url, MAKING[0]).contains("8 created"));
    assert!(done(&workspace, &url, &["audit"]).starts_with("sound: "));
}

async fn a_book_is_made_by_its_first_key(url: String) {
    let workspace = workspace();
    assert!(done(&workspace, &url, MAKING[1]).starts_with("cg_"));
    assert!(done(&workspace, &url, &["audit"]).starts_with("sound: "));
}

async fn a_book_is_made_by_a_migration(url: String) {
    let workspace = workspace();
    assert_eq!(done(&workspace, &url, &["migrate"]), "the database is up to date\n");
    assert!(done(&workspace, &url, &["audit"]).starts_with("sound: 0 things of 0 merchants"));
}

async fn a_book_of_an_earlier_release_is_left_as_it_is(url: String) {
    let workspace = workspace();
    upgrade::load_first_release(&url).await;
    let before = dump(&url).await;
    for command in EXISTING.iter().chain(&MAKING) {
        let said = refused(&workspace, &url, command);
        assert!(said.contains("earlier release"), "{said}");
        assert!(said.contains("`crossgrade migrate`"), "{said}");
    }
    assert_eq!(dump(&url).await, before);
    done(&workspace, &url, &["migrate"]);
    assert!(done(&workspace, &url, &["audit"]).starts_with("sound: "));
}

async fn a_book_of_a_later_release_is_refused_by_every_command(url: String) {
    let workspace = workspace();
    done(&workspace, &url, &["migrate"]);
    let later = "insert into _sqlx_migrations select 999999, description, installed_on, success, \
                 checksum, execution_time from _sqlx_migrations where version = 1";
    execute(&url, later).await;
    execute(&url, "update compatibility set works_from = 999999").await;
    let before = dump(&url).await;
    let migrating: [&[&str]; 2] = [&["migrate"], &["serve", "--listen", "127.0.0.1:0"]];
    for command in EXISTING.iter().chain(&MAKING).chain(&migrating) {
        let said = refused(&workspace, &url, command);
        assert!(said.contains("a later release than this crossgrade"), "{said}");
        assert!(said.contains("restore the backup"), "{said}");
    }
    assert_eq!(dump(&url).await, before);
}

async fn a_server_that_must_not_migrate_starts_on_a_book_that_is_up_to_date(url: String) {
    let workspace = workspace();
    done(&workspace, &url, &["migrate"]);
    let server = workspace.serve(&["--no-migrate", "--database-url", &url]);
    assert_eq!(server.get("/v1/settings").0, 200);
    assert_eq!(server.terminate(), Some(0));
}

/// Has somebody been at work on the book so many minutes ago, and not since.
fn seen(ago: i64) -> String {
    let at = crossgrade::clock::Clock::System.now() - chrono::TimeDelta::minutes(ago);
    format!("update book set seen_at = '{}'", at.format("%Y-%m-%dT%H:%M:%S%.6f+00:00"))
}

async fn a_billing_run_whose_clock_is_far_ahead_of_the_book_asks_first_too(url: String) {
    let workspace = workspace();
    done(&workspace, &url, &["import", "catalogue.yaml"]);
    done(&workspace, &url, &["bill"]);
    // It is noted that it was at work, so the next one sees when.
    execute(&url, &seen(5 * 24 * 60)).await;
    let said = refused(&workspace, &url, &["bill"]);
    assert!(said.contains("nobody was at work on this book since"), "{said}");
    assert!(said.contains("--accept-clock"), "{said}");
    refused(&workspace, &url, &["bill", "--as-of", "2026-01-31"]);
    let told = done(&workspace, &url, &["bill", "--accept-clock"]);
    assert!(told.contains("0 booked"), "{told}");
    // Once is enough, for a server as well.
    done(&workspace, &url, &["bill"]);
    let server = workspace.serve(&["--database-url", &url]);
    assert_eq!(server.terminate(), Some(0));
}

async fn a_server_whose_clock_is_far_ahead_of_the_book_asks_first(url: String) {
    let workspace = workspace();
    let server = workspace.serve(&["--database-url", &url]);
    assert_eq!(server.get("/v1/settings").0, 200);
    assert_eq!(server.terminate(), Some(0));
    // Two days: over a weekend nobody is asked.
    execute(&url, &seen(2 * 24 * 60 - 5)).await;
    let server = workspace.serve(&["--database-url", &url]);
    assert_eq!(server.terminate(), Some(0));
    execute(&url, &seen(5 * 24 * 60)).await;
    let said = refused(&workspace, &url, &["serve", "--listen", "127.0.0.1:0"]);
    assert!(said.contains("nobody was at work on this book since"), "{said}");
    assert!(said.contains("--accept-clock"), "{said}");
    let server = workspace.serve(&["--accept-clock", "--database-url", &url]);
    assert_eq!(server.get("/v1/settings").0, 200);
    assert_eq!(server.terminate(), Some(0));
    // Once is enough.
    let server = workspace.serve(&["--database-url", &url]);
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn an_empty_file_is_no_book_and_stays_as_empty_as_it_is() {
    let workspace = workspace();
    let file = workspace.folder.path().join("empty.db");
    std::fs::write(&file, "").unwrap();
    let url = format!("sqlite:{}", file.display());
    for command in EXISTING {
        let said = refused(&workspace, &url, command);
        assert!(said.contains("no book") && said.contains("`crossgrade serve`"), "{said}");
        assert_eq!(file.metadata().unwrap().len(), 0, "{command:?}");
    }
    assert!(done(&workspace, &url, MAKING[0]).contains("8 created"));
}

/// As somebody who is neither its owner nor root.
#[cfg(unix)]
#[test]
fn a_book_that_may_only_be_read_is_looked_at_and_nothing_else() {
    use std::fs::{OpenOptions, Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::process::CommandExt as _;
    let workspace = workspace();
    let folder = workspace.folder.path();
    let file = folder.join("book.db");
    let url = format!("sqlite:{}", file.display());
    done(&workspace, &url, &["import", "catalogue.yaml"]);
    set_permissions(&file, Permissions::from_mode(0o444)).unwrap();
    set_permissions(folder, Permissions::from_mode(0o555)).unwrap();
    // Nothing is kept from root, who can be another one.
    let is_root = OpenOptions::new().write(true).open(&file).is_ok();
    let run = |command: &[&str]| {
        let mut command = workspace.command(command);
        command.env("CROSSGRADE_DATABASE_URL", &url);
        if is_root {
            command.uid(65_534).gid(65_534);
        }
        command.output()
    };
    let looked: Vec<_> = [&["audit"][..], &["verify"], &["export"]]
        .into_iter()
        .map(|command| (command, run(command)))
        .collect();
    let (billed, beside) = (run(&["bill"]), folder.join("book.db-wal").exists());
    set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    for (command, output) in looked {
        // Where that one may not even start the program, there is nothing to see.
        let Ok(output) = output else { return };
        assert!(output.status.success(), "{command:?}: {output:?}");
        assert!(!output.stdout.is_empty(), "{command:?}");
    }
    assert!(!beside, "nothing is made beside it");
    let said = one_line(&billed.unwrap(), 1, &["bill"]);
    assert!(said.contains("cannot be written to by the user who runs this"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_new_book_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let workspace = Workspace::new();
    let server = workspace.serve(&[]);
    assert_eq!(server.get("/v1/settings").0, 200);
    let mut seen = 0;
    for entry in std::fs::read_dir(workspace.folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        seen += 1;
    }
    assert_eq!(seen, 3, "the book, its log and the log's index");
    assert_eq!(server.terminate(), Some(0));
}
