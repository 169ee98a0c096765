//! Backups: taken while a shop sells, restored, and gone on with.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::workspace::{CATALOGUE, Server, Workspace};
use crate::support::cluster;
use crate::support::postgres;
use crate::upgrade;

/// Somebody new buys the month.
fn sell(server: &Server, number: usize) {
    let body = format!(r#"{{"customer":"customer-{number}","offer":"month"}}"#);
    let (status, answer) = server.call("POST", "/v1/checkouts", &body);
    assert_eq!(status, 201, "{answer}");
    let (_, id) = answer.split_once(r#""id":"chk_"#).unwrap();
    let (id, _) = id.split_once('"').unwrap();
    let body = format!(
        r#"{{"payment":{{"reference":"psp-{number}",
            "amount":{{"amount":"9.90","currency":"EUR"}}}}}}"#
    );
    let path = format!("/v1/checkouts/chk_{id}/complete");
    let (status, answer) = server.call("POST", &path, &body);
    assert_eq!(status, 200, "{answer}");
}

/// How many invoices a book has.
fn invoices(workspace: &Workspace, file: &str) -> usize {
    let text = "select count(*) from invoices";
    let output = sqlite(&workspace.folder.path().join(file), text);
    usize::try_from(output).unwrap()
}

fn sqlite(file: &std::path::Path, text: &'static str) -> i64 {
    let read = async {
        use sqlx::Connection;
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(file)
            .read_only(true)
            .immutable(true);
        let mut book = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let (count,): (i64,) = sqlx::query_as(text).fetch_one(&mut book).await.unwrap();
        book.close().await.unwrap();
        count
    };
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(read)
}

#[test]
fn a_backup_taken_while_a_shop_sells_is_restored_and_sells_on() {
    let workspace = Workspace::new();
    workspace.write("catalogue.yaml", CATALOGUE);
    workspace.done(&["import", "catalogue.yaml"]);
    let server = workspace.serve(&[]);
    let sold = AtomicUsize::new(0);
    let ended = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::SeqCst) {
                sell(&server, sold.load(Ordering::SeqCst));
                sold.fetch_add(1, Ordering::SeqCst);
            }
        });
        for number in 0..3 {
            let file = format!("backup-{number}.db");
            let begun = sold.load(Ordering::SeqCst);
            while sold.load(Ordering::SeqCst) < begun + 3 {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            let before = sold.load(Ordering::SeqCst);
            let told = workspace.done(&["backup", &file]);
            let after = sold.load(Ordering::SeqCst);
            assert!(told.starts_with(&format!("{file}: sound: ")), "{told}");
            assert!(told.ends_with("no fault\n"), "{told}");
            // What was acknowledged before is in it; one sale may be under way.
            let kept = invoices(&workspace, &file);
            assert!((before..=after + 1).contains(&kept), "{before} {kept} {after}");
        }
        ended.store(true, Ordering::SeqCst);
    });
    assert_eq!(server.terminate(), Some(0));

    let backup = workspace.folder.path().join("backup-2.db");
    let mode = std::fs::metadata(&backup).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let names: Vec<_> = std::fs::read_dir(workspace.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("backup"))
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");

    let restored = Workspace::new();
    std::fs::copy(&backup, restored.folder.path().join("book.db")).unwrap();
    assert!(restored.done(&["audit"]).starts_with("sound: "));
    let before = invoices(&restored, "book.db");
    let server = restored.serve(&[]);
    sell(&server, 1_000_000);
    assert_eq!(server.terminate(), Some(0));
    assert!(restored.done(&["audit"]).starts_with("sound: "));
    assert_eq!(invoices(&restored, "book.db"), before + 1);
}

#[test]
fn a_backup_never_replaces_what_is_there_and_leaves_nothing_half_done() {
    let workspace = Workspace::new();
    workspace.write("catalogue.yaml", CATALOGUE);
    workspace.done(&["import", "catalogue.yaml"]);
    workspace.write("kept.db", "precious");
    let said = workspace.refused(1, &["backup", "kept.db"]);
    assert!(said.contains("making kept.db") && said.contains("exists"), "{said}");
    assert_eq!(
        std::fs::read_to_string(workspace.folder.path().join("kept.db")).unwrap(),
        "precious"
    );
    // Somebody else's half of a backup stands in the way: neither is touched.
    workspace.write("other.db.part", "half");
    workspace.refused(1, &["backup", "other.db"]);
    assert!(!workspace.folder.path().join("other.db").exists());
    assert!(workspace.folder.path().join("other.db.part").exists());
    assert!(workspace.refused(1, &["backup", "nowhere/at/all.db"]).contains("nowhere"));
    assert!(workspace.refused(1, &["backup", "book.db"]).contains("exists"));
    assert!(workspace.refused(2, &["backup"]).contains("FILE"));
    assert!(workspace.done(&["audit"]).starts_with("sound: "));
}

#[test]
fn a_backup_of_a_damaged_book_is_kept_and_says_what_is_wrong() {
    let workspace = Workspace::new();
    workspace.write("catalogue.yaml", CATALOGUE);
    workspace.done(&["import", "catalogue.yaml"]);
    let server = workspace.serve(&[]);
    sell(&server, 1);
    assert_eq!(server.terminate(), Some(0));
    let damage = async {
        use sqlx::{Connection, Executor};
        let file = workspace.folder.path().join("book.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
        let mut book = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let text = "delete from payments";
        book.execute(text).await.unwrap();
        book.close().await.unwrap();
    };
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(damage);
    let output = workspace.run(&["backup", "kept.db"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("default: paid-wrong inv_"), "{told}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("kept.db is a true copy, but of a book with faults"), "{said}");
    let faults = workspace.run(&["audit", "--database-url", "sqlite:kept.db"]);
    assert_eq!(String::from_utf8(faults.stdout).unwrap(), told);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_book_on_postgres_is_dumped_restored_and_sound() {
    let (Some(from), Some(to)) = (postgres::empty().await, postgres::empty().await) else { return };
    let (from, to) = (postgres::url_of(&from), postgres::url_of(&to));
    let workspace = Workspace::new();
    let said = workspace.refused(1, &["backup", "book.dump", "--database-url", &from]);
    assert!(said.contains("pg_dump --format=custom"), "{said}");
    upgrade::load_first_release(&from).await;
    workspace.done(&["migrate", "--database-url", &from]);
    let sound = workspace.done(&["audit", "--database-url", &from]);
    let file = workspace.folder.path().join("book.dump");
    let file = file.to_str().unwrap();
    run("pg_dump", &["--format=custom", &format!("--file={file}"), &format!("--dbname={from}")]);
    run("pg_restore", &["--exit-on-error", &format!("--dbname={to}"), file]);
    assert!(sound.starts_with("sound: "), "{sound}");
    assert_eq!(workspace.done(&["audit", "--database-url", &to]), sound);
}

fn run(tool: &str, arguments: &[&str]) {
    let tool = cluster::tool(tool);
    let output = Command::new(&tool).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}: {:?}", tool.display(), output);
}
