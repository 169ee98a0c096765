//! The tables of `docs/reference.md` are those of the code, and pages lead to what is there.
//! `UPDATE_GOLDEN=1` rewrites what is generated.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crossgrade::domain::event;
use crossgrade::domain::verdict::Reasoned;
use crossgrade::edge::problem;
use crossgrade::rules::audit::FaultCode;
use crossgrade::rules::matching::Reason;
use crossgrade::selection::{campaigns, gifts, promotions};

const REFERENCE: &str = "docs/reference.md";
/// The longest README that a stranger reads.
const README_LINES_MAX: usize = 150;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(file(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The text before, between and behind two marks of the reference.
fn parts<'t>(text: &'t str, what: &str) -> (&'t str, &'t str, &'t str) {
    let (begin, end) = (format!("<!-- {what}: begin -->\n"), format!("<!-- {what}: end -->"));
    let (head, rest) = text.split_once(&begin).expect("the mark before the table");
    let (table, tail) = rest.split_once(&end).expect("the mark after the table");
    (head, table, tail)
}

/// Holds a table of the reference.
fn hold(what: &str, table: &str) {
    hold_in(REFERENCE, what, table);
}

/// Holds what stands between two marks of a page against what the code says, or writes it there.
fn hold_in(page: &str, what: &str, table: &str) {
    // Two tests may rewrite the file.
    static WRITING: Mutex<()> = Mutex::new(());
    let _writing = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let text = text(page);
    let (head, written, tail) = parts(&text, what);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let wanted = format!("{head}<!-- {what}: begin -->\n{table}<!-- {what}: end -->{tail}");
        fs::write(file(page), wanted).expect("the page is writable");
        return;
    }
    assert!(written == table, "the table of {what} is not that of the code: UPDATE_GOLDEN=1");
}

/// The variants of an enumeration in a source file, each with its doc comment as one line.
fn variants(source: &str, name: &str) -> Vec<(String, String)> {
    let (_, body) = source.split_once(&format!("enum {name} {{\n")).expect("the enumeration");
    let (body, _) = body.split_once("\n}").expect("its end");
    let (mut found, mut doc) = (Vec::new(), Vec::new());
    for line in body.lines().map(str::trim) {
        if let Some(said) = line.strip_prefix("///") {
            doc.push(said.trim());
        } else if line.starts_with(|first: char| first.is_ascii_uppercase()) {
            let variant: String = line.chars().take_while(char::is_ascii_alphanumeric).collect();
            found.push((variant, doc.join(" ").trim_end_matches('.').to_owned()));
            doc.clear();
        }
    }
    found
}

/// `SameOffer` as `same-offer`.
fn kebab(name: &str) -> String {
    let mut written = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !written.is_empty() {
            written.push('-');
        }
        written.push(letter.to_ascii_lowercase());
    }
    written
}

#[test]
fn every_error_code_stands_in_the_reference() {
    hold("problems", &problem::markdown_table());
}

/// What each means stands in the reference; a newcomer finds its name here.
#[test]
fn every_error_code_is_named_in_the_readme() {
    let table = problem::markdown_table();
    let codes = table.lines().skip(2).map(|row| row.split('`').nth(1).expect("a code"));
    let list: Vec<String> = codes.map(|code| format!("`{code}`")).collect();
    hold_in("README.md", "codes", &format!("{}.\n", list.join(", ")));
}

#[test]
fn every_event_stands_in_the_reference() {
    hold("events", &event::markdown_table());
}

#[test]
fn every_fault_of_the_audit_stands_in_the_reference() {
    let rows =
        FaultCode::ALL.iter().map(|code| format!("| `{}` | {} |\n", code.name(), code.means()));
    let rows: String = rows.collect();
    hold("faults", &format!("| code | means |\n|---|---|\n{rows}"));
}

#[test]
fn every_rejection_reason_stands_in_the_reference() {
    let told = variants(&text("src/rules/matching.rs"), "Reason");
    assert_eq!(told.len(), Reason::ALL.len());
    let rows = Reason::ALL.iter().map(|reason| {
        let told = told.iter().find(|(variant, _)| kebab(variant) == reason.name());
        let (_, when) = told.expect("a reason is named after its variant");
        assert!(!when.is_empty(), "{}: says when", reason.name());
        format!("| `{}` | {when} |\n", reason.name())
    });
    let rows: String = rows.collect();
    hold("reasons", &format!("| reason | when |\n|---|---|\n{rows}"));
}

/// The rows of the reasons of a kind of rules.
fn rows<R: Reasoned>(kind: &str, reasons: &[R], meaning: fn(R) -> &'static str) -> String {
    let row = |reason: &R| format!("| {kind} | `{}` | {} |\n", reason.code(), meaning(*reason));
    reasons.iter().map(row).collect()
}

#[test]
fn every_reason_against_a_rule_stands_in_the_reference() {
    let rows = [
        rows("campaign", campaigns::Unfit::ALL, campaigns::Unfit::meaning),
        rows("campaign", campaigns::Unavailable::ALL, campaigns::Unavailable::meaning),
        rows("promotion", promotions::Unfit::ALL, promotions::Unfit::meaning),
        rows("gift rule", gifts::Unfit::ALL, gifts::Unfit::meaning),
    ];
    hold("rule-reasons", &format!("| of a | reason | when |\n|---|---|---|\n{}", rows.concat()));
}

#[test]
fn every_warning_about_a_campaign_stands_in_the_reference_in_its_order() {
    let source = text("src/rules/campaign_warnings.rs");
    let rows = source.lines().filter(|line| line.trim().starts_with("(\""));
    let codes: Vec<&str> = rows.map(|line| line.split('"').nth(1).expect("a code")).collect();
    assert_eq!(codes.len(), 6, "{codes:?}");
    let text = text(REFERENCE);
    let (_, table, _) = parts(&text, "campaign-warnings");
    let rows = table.lines().skip(2);
    let written: Vec<&str> = rows.map(|line| line.split('`').nth(1).expect("a code")).collect();
    assert_eq!(written, codes);
}

#[test]
fn every_warning_stands_in_the_reference_in_its_order() {
    let source = text("src/rules/lint.rs");
    let (source, _) = source.split_once("#[cfg(test)]\nmod tests").expect("tests at its end");
    // Each is a row of its code and the function that finds it.
    let rows = source.lines().filter(|line| line.contains("\", facts."));
    let codes: Vec<&str> = rows.map(|line| line.split('"').nth(1).expect("a code")).collect();
    assert!(codes.len() >= 10, "{codes:?}");
    let text = text(REFERENCE);
    let (_, table, _) = parts(&text, "warnings");
    let rows = table.lines().skip(2);
    let written: Vec<&str> = rows.map(|line| line.split('`').nth(1).expect("a code")).collect();
    assert_eq!(written, codes);
}

#[test]
fn the_readme_is_short_and_opens_with_two_commands() {
    let readme = text("README.md");
    assert!(readme.lines().count() <= README_LINES_MAX, "{} lines", readme.lines().count());
    let (_, block) = readme.split_once("```sh\n").expect("a block");
    let (block, _) = block.split_once("```").expect("its end");
    let commands: Vec<&str> = block.lines().map(|line| line.split("  #").next().unwrap()).collect();
    assert!(commands.len() == 2 && commands.iter().all(|line| line.starts_with("cargo ")));
}

/// The pages for people, and the folder of each.
fn pages() -> Vec<(String, String)> {
    let in_folder = |folder: &str| {
        let entries = fs::read_dir(file(folder)).expect("a folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let pages = paths.filter(|path| path.extension().is_some_and(|kind| kind == "md"));
        let names = pages.filter_map(|page| Some(page.file_name()?.to_str()?.to_owned()));
        names.collect::<Vec<String>>()
    };
    let root = in_folder(".").into_iter().map(|name| (String::new(), name));
    let docs = in_folder("docs").into_iter().map(|name| ("docs/".to_owned(), name));
    root.chain(docs).collect()
}

/// What can be led to within a page, as forges name its headings.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter_map(|line| line.trim_start_matches('#').strip_prefix(' '));
    let named = |heading: &str| {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    headings.map(named).collect()
}

#[test]
fn every_page_leads_only_to_what_is_there() {
    let mut wrong = Vec::new();
    for (folder, name) in pages() {
        let page = text(&format!("{folder}{name}"));
        for link in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") || link.contains(char::is_whitespace) {
                continue;
            }
            let (target, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if target.is_empty() { name.as_str() } else { target };
            let target = format!("{folder}{target}");
            let there = file(&target).exists();
            if !there || (!anchor.is_empty() && !anchors(&text(&target)).contains(anchor)) {
                wrong.push(format!("{folder}{name}: {link}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The tests that the promises name, as `tests/…` or `src/…`, are there.
#[test]
fn every_file_that_a_page_names_is_there() {
    let mut wrong = Vec::new();
    for (folder, name) in pages() {
        let page = text(&format!("{folder}{name}"));
        let quoted = page.split('`').skip(1).step_by(2);
        let named = quoted.filter(|text| {
            ["tests/", "src/", "docs/", "benches/", "migrations/", "templates/", ".ci/"]
                .iter()
                .any(|folder| text.starts_with(folder))
        });
        for path in named.filter(|path| !path.contains([' ', '{', '*', '…', '<'])) {
            let path = path.split("::").next().unwrap_or(path);
            if !file(path).exists() && name != "CHANGELOG.md" {
                wrong.push(format!("{folder}{name}: {path}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rows of a page's tables, without their heads.
fn table_rows(page: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = page.lines().collect();
    let is_head = |place: usize| lines.get(place + 1).is_some_and(|next| next.starts_with("|---"));
    let rows = lines.iter().enumerate().filter(|(place, line)| {
        line.starts_with('|') && !line.starts_with("|---") && !is_head(*place)
    });
    rows.map(|(_, row)| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

#[test]
fn each_promise_names_a_test_that_shows_it() {
    let page = text("docs/promises.md");
    let rows = table_rows(&page);
    let shows = |row: &&Vec<&str>| row.last().is_some_and(|shown| shown.contains("`tests/"));
    let without: Vec<_> = rows.iter().filter(|row| !shows(row)).map(|row| row[0]).collect();
    assert!(rows.len() > 30 && without.is_empty(), "{} rows, {without:?}", rows.len());
}

/// The numbers that a cell names: `2.1.1, 2.1.2` or `6.2.1 to 6.2.5`.
fn points(cell: &str) -> Vec<[u32; 3]> {
    let number = |text: &str| -> [u32; 3] {
        let parts: Vec<u32> = text.trim().split('.').map(|part| part.parse().unwrap()).collect();
        parts.try_into().unwrap()
    };
    let all = cell.split(',').flat_map(|part| {
        let (first, last) = part.split_once(" to ").unwrap_or((part, part));
        let ([chapter, section, first], [.., last]) = (number(first), number(last));
        (first..=last).map(move |point| [chapter, section, point])
    });
    all.collect()
}

/// How many points levels 1 and 2 of ASVS 5.0.0 have, by chapter.
const POINTS: [(u32, usize); 14] = [
    (1, 27),
    (2, 11),
    (3, 19),
    (4, 10),
    (5, 9),
    (6, 35),
    (7, 18),
    (8, 7),
    (11, 14),
    (12, 9),
    (13, 13),
    (14, 9),
    (15, 13),
    (16, 16),
];

#[test]
fn every_point_of_the_standard_is_answered_once() {
    let page = text("docs/asvs.md");
    let (mut seen, mut counts) = (BTreeSet::new(), BTreeMap::new());
    for row in table_rows(&page) {
        let [which, stands, why] = row[..] else { panic!("{row:?}") };
        assert!(["met", "not met", "not ours"].contains(&stands) && !why.is_empty(), "{row:?}");
        for point in points(which) {
            assert!(seen.insert(point), "{point:?} twice");
            *counts.entry(point[0]).or_default() += 1;
        }
    }
    assert_eq!(counts, BTreeMap::from(POINTS));
    for chapter in ["V9", "V10", "V17"] {
        assert!(page.contains(&format!("{chapter} ")), "{chapter} is not ours as a whole");
    }
}
