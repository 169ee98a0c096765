//! Single files: how long, how wide, which words, and what is public that nobody else names.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{File, code, without_tests};

/// The longest file.
pub(crate) const LINES_MAX: usize = 600;
/// The longest line, comments too.
pub(crate) const COLUMNS_MAX: usize = 100;

/// Words that must not stand in the sources, with the files that may hold them.
pub(crate) const BANNED: [(&str, &[&str], &str); 6] = [
    ("Utc::now", &["src/clock.rs"], "ask the clock"),
    ("SystemTime::now", &[], "ask the clock"),
    ("HashMap", &[], "BTreeMap keeps decisions repeatable"),
    ("anyhow", &[], "one error enum a module"),
    ("todo!", &[], "finish it"),
    ("FIXME", &[], "finish it"),
];

/// What a doc comment may not be all of.
const QUESTIONS: [&str; 13] = [
    "Whose",
    "Who",
    "When",
    "Since when",
    "Until when",
    "What",
    "Why",
    "Which",
    "Where",
    "How",
    "How many",
    "How much",
    "How often",
];

/// Files that are too long, and those that do not say what they own.
pub(crate) fn long_or_silent(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, text) in files {
        let lines = without_tests(text).lines().count();
        if lines > LINES_MAX {
            faults.push(format!("{name}: {lines} lines, {LINES_MAX} at most"));
        }
        if !text.starts_with("//!") {
            faults.push(format!("{name}: begin with //! and what the file owns"));
        }
    }
    faults
}

/// Lines that are too wide.
pub(crate) fn wide(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, text) in files {
        for (at, line) in text.lines().enumerate() {
            let columns = line.chars().count();
            if columns > COLUMNS_MAX {
                faults.push(format!("{name}:{}: {columns} columns", at + 1));
            }
        }
    }
    faults
}

/// What is too wide beyond what is owed; and what is owed too much.
pub(crate) fn more_than_owed(faults: Vec<String>, owed: &[(&str, usize)]) -> Vec<String> {
    let mut left = faults;
    let mut gone = Vec::new();
    for (name, count) in owed {
        let of_file = |fault: &String| fault.split(':').next() == Some(*name);
        match left.iter().filter(|fault| of_file(fault)).count() {
            found if found == *count => left.retain(|fault| !of_file(fault)),
            found if found < *count => gone.push(format!("{name}: owes {found}, not {count}")),
            _ => {}
        }
    }
    left.extend(gone);
    left
}

/// Words that must not be there.
pub(crate) fn banned(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, text) in files {
        let (code, text) = (code(without_tests(text), true), without_tests(text));
        for (word, allowed, remedy) in BANNED {
            // A note to finish something stands in a comment.
            let holds = code.contains(word) || word == "FIXME" && text.contains(word);
            if holds && !allowed.contains(&name.as_str()) {
                faults.push(format!("{name}: {word}: {remedy}"));
            }
        }
    }
    faults
}

/// Doc comments of a question word alone, which say nothing to who does not know the answer.
pub(crate) fn riddles(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, text) in files {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let is_doc = |at: usize| lines.get(at).is_some_and(|line| line.starts_with("///"));
        for (at, line) in lines.iter().enumerate() {
            let said = line.strip_prefix("/// ").and_then(|line| line.strip_suffix('.'));
            let is_alone = !is_doc(at + 1) && (at == 0 || !is_doc(at - 1));
            if is_alone && said.is_some_and(|said| QUESTIONS.contains(&said)) {
                faults.push(format!("{name}:{}: say what it is: {line}", at + 1));
            }
        }
    }
    faults
}

/// Who asks which database it is, but for the one door that knows.
pub(crate) fn dialects(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, text) in files {
        let is_door = name.starts_with("src/store/sql") || name == "src/store/migrate.rs";
        if !is_door && code(without_tests(text), true).contains("Dialect::") {
            faults.push(format!("{name}: asks for the dialect"));
        }
    }
    faults
}

/// Crates of the manifest that have no row in the table of the page.
pub(crate) fn unexplained(manifest: &str, page: &str) -> Vec<String> {
    let (_, table) = page.split_once("## Crates").unwrap_or_default();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.split('|').next());
    let told: BTreeSet<&str> = rows.flat_map(|row| row.split(", ")).map(str::trim).collect();
    let mut is_asked = false;
    let mut faults = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_asked = line.ends_with("dependencies]");
        }
        let Some((name, _)) = line.split_once(" = ").filter(|_| is_asked) else { continue };
        if !told.contains(name) {
            faults.push(format!("{name}: say in docs/architecture.md what for, and why"));
        }
    }
    faults
}

/// What one database has, and the other has not.
pub(crate) fn unpaired(sqlite: &[String], postgres: &[String]) -> Vec<String> {
    let lacks = |names: &[String], others: &[String], whom: &str| {
        let missing = names.iter().filter(|name| !others.contains(name));
        missing.map(|name| format!("{whom} lacks {name}")).collect::<Vec<_>>()
    };
    [lacks(sqlite, postgres, "postgres"), lacks(postgres, sqlite, "sqlite")].concat()
}

/// The words of a text.
fn words(text: &str) -> BTreeSet<&str> {
    let split = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    split.filter(|word| !word.is_empty()).collect()
}

/// A public item: how it is declared, and its name.
fn declared(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim_start().strip_prefix("pub ")?;
    let mut words =
        rest.split([' ', '(', '<', ':', ';', '=', '{', '!']).filter(|it| !it.is_empty());
    let mut kind = words.next()?;
    while matches!(kind, "async" | "unsafe") || kind == "const" && rest.contains("const fn") {
        kind = words.next()?;
    }
    let is_item = matches!(kind, "fn" | "struct" | "enum" | "trait" | "const" | "static" | "type");
    // Those that a macro names are those of its arguments.
    let name = words.next().filter(|name| !name.starts_with('$'))?;
    is_item.then_some((kind, name))
}

/// Public items of `files` that no other file names, in them or in `others`. A type that a public
/// declaration of its own file shows must be public, whoever names it.
pub(crate) fn dead(files: &[File], others: &[File]) -> Vec<String> {
    let all: Vec<(&str, String)> =
        files.iter().chain(others).map(|(name, text)| (name.as_str(), code(text, false))).collect();
    let mut naming: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, text) in &all {
        for word in words(text) {
            *naming.entry(word).or_default() += 1;
        }
    }
    let mut faults = Vec::new();
    for (name, text) in &all[..files.len()] {
        for (at, line) in without_tests(text).lines().enumerate() {
            let Some((kind, item)) = declared(line) else { continue };
            let is_type = matches!(kind, "struct" | "enum" | "trait" | "type");
            if naming.get(item).is_some_and(|files| *files > 1)
                || is_type && is_shown(text, at, item)
            {
                continue;
            }
            faults.push(format!("{name}:{}: nobody else names `{item}`", at + 1));
        }
    }
    faults
}

/// What nobody names and is not owed; and what is owed and gone.
pub(crate) fn not_owed(faults: Vec<String>, owed: &[&str]) -> Vec<String> {
    let item = |fault: &String| fault.split('`').nth(1).unwrap_or_default().to_owned();
    let found: BTreeSet<String> = faults.iter().map(item).collect();
    let gone = owed.iter().filter(|item| !found.contains(**item));
    let gone: Vec<_> = gone.map(|item| format!("`{item}` is owed no more: strike it")).collect();
    let new = faults.into_iter().filter(|fault| !owed.contains(&item(fault).as_str()));
    new.chain(gone).collect()
}

/// Whether a type stands in another public declaration, in what an enumeration or a trait holds,
/// or is what a trait asks for.
fn is_shown(text: &str, own: usize, item: &str) -> bool {
    let mut is_open = false;
    for (at, line) in text.lines().enumerate() {
        let start = line.trim_start();
        if start.starts_with("pub ")
            || start.starts_with("type ")
            || start.starts_with("impl ") && start.contains(" for ")
        {
            is_open = true;
        }
        if is_open && at != own && words(line).contains(item) && !is_own_impl(start, item) {
            return true;
        }
        let is_body = ["pub enum", "pub trait"].iter().any(|word| start.starts_with(word));
        if line.ends_with([';', ',']) && start.starts_with("pub ")
            || line.ends_with('{') && !is_body
            || line.ends_with('}')
        {
            is_open = false;
        }
    }
    false
}

/// `impl Display for Item`.
fn is_own_impl(line: &str, item: &str) -> bool {
    line.split_once(" for ").is_some_and(|(trait_of, on)| {
        line.starts_with("impl") && words(on).contains(item) && !words(trait_of).contains(item)
    })
}

/// Types of one name: outside of their own module one could be taken for the other. What `wire` and
/// `render` show goes by the name of what it shows, and through its module.
pub(crate) fn twins(files: &[File]) -> Vec<String> {
    let mut places: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let is_shape = |name: &str| ["src/wire", "src/render"].iter().any(|it| name.starts_with(it));
    for (name, text) in files.iter().filter(|(name, _)| !is_shape(name)) {
        for line in code(without_tests(text), true).lines() {
            let Some(rest) = line.trim_start().strip_prefix("pub") else { continue };
            let after = if rest.starts_with('(') { rest.split_once(')') } else { Some(("", rest)) };
            let mut words = after.map_or("", |(_, after)| after).split_whitespace();
            if words.next().is_some_and(|word| ["struct", "enum", "trait", "type"].contains(&word))
            {
                let own = words.next().unwrap_or_default();
                let end = own.find(|c: char| !c.is_alphanumeric()).unwrap_or(own.len());
                // What a macro names is named where it is called.
                if end > 0 {
                    places.entry(own[..end].to_owned()).or_default().insert(name);
                }
            }
        }
    }
    let twins = places.into_iter().filter(|(_, places)| places.len() > 1);
    let told = twins.map(|(name, places)| {
        let places: Vec<&str> = places.into_iter().collect();
        format!("{name} is a type of {}: give one another name", places.join(" and of "))
    });
    told.collect()
}
