//! What no two runs share, by names that all of them share: ids, tokens, versions and hashes that
//! the engine draws, and the time that something took.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::DateTime;
use serde_json::Value;

use crate::pages::table::Names;

/// From how many characters on a word of letters and digits is one that nobody wrote.
const DRAWN: usize = 16;

/// Gives what was drawn the name that it has in the book, or else a number in the order of its
/// appearance: `sub_~1`.
pub(crate) fn masked(text: &str, names: &Names) -> String {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in names {
        let word = value.rsplit('_').next().unwrap();
        if is_drawn(word) {
            // What a change begins is called after it.
            known.entry(word.to_owned()).or_insert_with(|| (*name).to_owned());
        }
    }
    let mut done = String::with_capacity(text.len());
    let mut count = 0;
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
        let (before, from) = rest.split_at(start);
        done.push_str(before);
        let end = from.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        if is_drawn(word) {
            let name = known.entry(word.to_owned()).or_insert_with(|| {
                count += 1;
                format!("~{count}")
            });
            done.push_str(name);
        } else {
            done.push_str(word);
        }
        rest = after;
    }
    done.push_str(rest);
    done
}

/// Whether a word was drawn: a long one of digits and letters.
fn is_drawn(word: &str) -> bool {
    word.len() >= DRAWN
        && word.bytes().any(|byte| byte.is_ascii_digit())
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// Takes out of an answer in JSON what this machine's time has put there, and secrets.
pub(crate) fn settled(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match name.as_str() {
                    "duration_ms" => *member = Value::from(0),
                    "secret" => *member = Value::from("whsec_~"),
                    _ => settled(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(settled),
        Value::String(text) if is_of_this_machine(text) => "(now)".clone_into(text),
        _ => {}
    }
}

/// The clock of the book stands at whole seconds; an instant with a fraction is by another clock.
fn is_of_this_machine(text: &str) -> bool {
    text.contains('.') && DateTime::parse_from_rfc3339(text).is_ok()
}

/// How many choices of a field are all shown.
const CHOICES_MAX: usize = 40;

/// Hidden fields of forms that hold what was drawn for this session, or this form.
const HIDDEN: [&str; 2] = ["csrf", "once"];

/// One element a line, so that a difference is short, and without what was drawn into its forms.
pub(crate) fn lines(html: &str) -> String {
    let mut broken = html.replace("><", ">\n<").replace(">\n</option>", "></option>");
    for name in HIDDEN {
        let mark = format!("name=\"{name}\" value=\"");
        let mut parts = broken.split(mark.as_str());
        let mut done = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            write!(done, "{mark}~{}", &part[part.find('"').unwrap()..]).unwrap();
        }
        broken = done;
    }
    // The last characters of a key, and the secret of a webhook endpoint.
    for mark in ["<code>…", ">whsec_"] {
        let mut parts = broken.split(mark);
        let mut done = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            write!(done, "{mark}~{}", &part[part.find('<').unwrap()..]).unwrap();
        }
        broken = done;
    }
    let lines: Vec<_> = broken.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let is_choice = |line: &&str| line.starts_with("<option");
    lines.chunk_by(|one, next| is_choice(one) == is_choice(next)).fold(
        String::new(),
        |text, run| {
            let is_long = is_choice(&run[0]) && run.len() > CHOICES_MAX;
            let told = |(at, line): (usize, &&str)| {
                let is_told =
                    !is_long || at < 2 || at + 1 == run.len() || line.contains(" selected");
                is_told.then(|| (*line).to_owned() + "\n")
            };
            let count =
                if is_long { format!("<!-- {} choices -->\n", run.len()) } else { String::new() };
            text + &count + &run.iter().enumerate().filter_map(told).collect::<String>()
        },
    )
}

/// What stands on every page of the backend around what is its own: once is enough.
pub(crate) fn without_frame(page: &str) -> String {
    let parts = (page.split_once("<head>\n"), page.split_once("<main "));
    let (Some((before, _)), Some((frame, main))) = parts else { return page.to_owned() };
    let kept = |line: &&str| line.starts_with("<title>") || line.contains("aria-current");
    let frame: BTreeSet<_> = frame.lines().filter(kept).collect();
    let frame: Vec<_> = frame.into_iter().collect();
    format!("{before}{}\n<main {main}", frame.join("\n"))
}

#[test]
fn what_was_drawn_has_a_name_and_what_was_written_stays() {
    let names = Names::from([("$owed", "inv_01kgabcdefghjkmnpqrst0000".to_owned())]);
    let table = [
        ("inv_01kgabcdefghjkmnpqrst0000 is owed", "inv_$owed is owed"),
        ("sub_01aaaaaaaaaaaaaaaaaaaaaaa, sub_02aaaaaaaaaaaaaaaaaaaaaaa", "sub_~1, sub_~2"),
        ("sub_01aaaaaaaaaaaaaaaaaaaaaaa, sch_01aaaaaaaaaaaaaaaaaaaaaaa", "sub_~1, sch_~1"),
        ("2026-01-31T00:00:00Z psp-1 Donaudampfschifffahrt", ""),
        ("€9.90 – 12345678901234567890", ""),
    ];
    for (text, wanted) in table {
        assert_eq!(masked(text, &names), if wanted.is_empty() { text } else { wanted });
    }
}

#[test]
fn times_of_this_machine_and_secrets_are_taken_out_and_those_of_the_book_stay() {
    let mut value = serde_json::json!([
        {"duration_ms": 7, "secret": "whsec_a/b"}, "2026-01-31T00:00:00.123456Z",
        "2026-01-31T00:00:00Z", "9.90",
    ]);
    settled(&mut value);
    let wanted = serde_json::json!([
        {"duration_ms": 0, "secret": "whsec_~"}, "(now)", "2026-01-31T00:00:00Z", "9.90",
    ]);
    assert_eq!(value, wanted);
}

#[test]
fn a_page_has_one_element_a_line_and_no_token_of_its_session() {
    let html = "  <p><input name=\"csrf\" value=\"_a-b\"></p>\n\n<b>x</b>";
    assert_eq!(lines(html), "<p>\n<input name=\"csrf\" value=\"~\">\n</p>\n<b>x</b>\n");
}

#[test]
fn what_is_around_every_page_and_long_lists_of_choices_are_told_in_short() {
    let page = "x\n<head>\n<title>T</title>\n</head>\n<a href=\"/\" aria-current=\"page\">\n<a>\n\
                <main id=\"main\">\n";
    let wanted = "x\n<a href=\"/\" aria-current=\"page\">\n<title>T</title>\n<main id=\"main\">\n";
    assert_eq!(without_frame(page), wanted);
    assert_eq!(without_frame("x"), "x");
    let choices = "<option>a</option>".repeat(CHOICES_MAX) + "<option selected>b</option>";
    let told = lines(&(choices + "<option>c</option>"));
    assert_eq!(told.lines().count(), 5, "{told}");
    assert!(told.contains("42 choices") && told.contains("selected>b"), "{told}");
}
