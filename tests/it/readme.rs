//! The README's tables are those of the code. `UPDATE_GOLDEN=1` rewrites what is generated.

use std::fs;
use std::path::Path;

use crossgrade::http::problem::markdown_table;
use crossgrade::rules::matching::Reason;

const BEGIN: &str = "<!-- problems: begin -->\n";
const END: &str = "<!-- problems: end -->";

fn readme() -> (std::path::PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(&path).expect("a README");
    (path, text)
}

#[test]
fn every_error_code_stands_in_the_readme() {
    let (path, text) = readme();
    let (head, rest) = text.split_once(BEGIN).expect("the mark before the table");
    let (_, tail) = rest.split_once(END).expect("the mark after the table");
    let wanted = format!("{head}{BEGIN}{}{END}{tail}", markdown_table());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(path, &wanted).expect("the README is writable");
        return;
    }
    assert!(text == wanted, "the table of errors is not that of the code: UPDATE_GOLDEN=1");
}

#[test]
fn every_rejection_reason_stands_in_the_readme() {
    let (_, text) = readme();
    for reason in Reason::ALL {
        let code = format!("`{}`", reason.code());
        assert!(text.contains(&code), "{code} is not explained");
    }
}
