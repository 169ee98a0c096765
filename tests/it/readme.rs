//! The README's tables are those of the code. `UPDATE_GOLDEN=1` rewrites what is generated.

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crossgrade::domain::event;
use crossgrade::edge::problem;
use crossgrade::rules::audit::FaultCode;
use crossgrade::rules::matching::Reason;

fn readme() -> (std::path::PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(&path).expect("a README");
    (path, text)
}

/// Holds the table between two marks against the one of the code, or writes it there.
fn hold(what: &str, table: &str) {
    // Two tests may rewrite the file.
    static WRITING: Mutex<()> = Mutex::new(());
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let (begin, end) = (format!("<!-- {what}: begin -->\n"), format!("<!-- {what}: end -->"));
    let (path, text) = readme();
    let (head, rest) = text.split_once(&begin).expect("the mark before the table");
    let (_, tail) = rest.split_once(&end).expect("the mark after the table");
    let wanted = format!("{head}{begin}{table}{end}{tail}");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(path, &wanted).expect("the README is writable");
        return;
    }
    assert!(text == wanted, "the table of {what} is not that of the code: UPDATE_GOLDEN=1");
}

#[test]
fn every_error_code_stands_in_the_readme() {
    hold("problems", &problem::markdown_table());
}

#[test]
fn every_event_stands_in_the_readme() {
    hold("events", &event::markdown_table());
}

#[test]
fn every_fault_of_the_audit_stands_in_the_readme() {
    let rows =
        FaultCode::ALL.iter().map(|code| format!("| `{}` | {} |\n", code.code(), code.means()));
    let rows: String = rows.collect();
    hold("faults", &format!("| code | means |\n|---|---|\n{rows}"));
}

#[test]
fn every_rejection_reason_stands_in_the_readme() {
    let (_, text) = readme();
    for reason in Reason::ALL {
        let code = format!("`{}`", reason.code());
        assert!(text.contains(&code), "{code} is not explained");
    }
}
