//! The house rules, executable: which folder may look at which, how long a file may be, what
//! must not stand in it. The README's tour shows the same table to people.

use std::fs;
use std::path::{Path, PathBuf};

/// Folder or top-level file of `src` → what it may name as `crate::…`.
const ARROWS: [(&str, &[&str]); 16] = [
    ("domain", &["domain"]),
    ("rules", &["domain", "rules"]),
    ("store", &["domain", "store"]),
    ("render", &["domain", "render"]),
    ("gateway", &["domain", "gateway"]),
    ("wire", &["domain", "rules", "wire"]),
    ("clock", &["clock"]),
    ("config", &["cli", "config", "domain"]),
    ("app", &["app", "clock", "domain", "gateway", "render", "rules", "store", "wire"]),
    ("http", &["app", "domain", "http", "pages", "rules", "wire"]),
    ("pages", &["app", "domain", "http", "pages", "render", "rules", "wire"]),
    ("jobs", &["app", "domain", "jobs"]),
    (
        "cli",
        &[
            "app", "cli", "clock", "config", "domain", "gateway", "http", "jobs", "pages",
            "render", "rules", "store", "wire",
        ],
    ),
    ("main", &["cli", "config"]),
    ("lib", &[]),
    ("bin", &[]),
];

const LINES_MAX: usize = 600;

/// Words that must not stand in the sources, with the files that may hold them.
const BANNED: [(&str, &[&str], &str); 6] = [
    ("Utc::now", &["src/clock.rs"], "ask the clock"),
    ("SystemTime::now", &[], "ask the clock"),
    ("HashMap", &[], "BTreeMap keeps decisions repeatable"),
    ("anyhow", &[], "one error enum a module"),
    ("todo!", &[], "finish it"),
    ("FIXME", &[], "finish it"),
];

fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).expect("below the root");
                let text = fs::read_to_string(&path).expect("UTF-8");
                found.push((name.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    found.sort();
    found
}

/// The part of a file that is not its tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

fn folder_of(name: &str) -> &str {
    let below = name.trim_start_matches("src/");
    below.split(['/', '.']).next().unwrap_or(below)
}

#[test]
fn every_arrow_points_the_way_of_the_table() {
    let mut wrong = Vec::new();
    let files = sources("src").into_iter().filter(|(name, _)| !name.ends_with("/tests.rs"));
    for (name, text) in files {
        let folder = folder_of(&name);
        let Some((_, may)) = ARROWS.iter().find(|(from, _)| *from == folder) else {
            wrong.push(format!("{name}: {folder} is not in the table"));
            continue;
        };
        for (at, line) in without_tests(&text).lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            for target in code.split("crate::").skip(1) {
                let target: String =
                    target.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if !may.contains(&target.as_str()) {
                    wrong.push(format!("{name}:{}: {folder} may not see {target}", at + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_longer_than_a_reader_bears_and_each_says_what_it_owns() {
    let mut wrong = Vec::new();
    for (name, text) in sources("src").into_iter().chain(sources("tests")) {
        let lines = without_tests(&text).lines().count();
        if lines > LINES_MAX {
            wrong.push(format!("{name}: {lines} lines, {LINES_MAX} at most"));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{name}: begin with //! and what the file owns"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn banned_words_stay_out() {
    let mut wrong = Vec::new();
    for (name, text) in sources("src") {
        for (word, allowed, remedy) in BANNED {
            let holds = without_tests(&text)
                .lines()
                .any(|line| line.contains(word) && !line.trim_start().starts_with("//"));
            if holds && !allowed.contains(&name.as_str()) {
                wrong.push(format!("{name}: {word}: {remedy}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_one_door_knows_the_dialect() {
    let mut wrong = Vec::new();
    for (name, text) in sources("src") {
        let is_door = name.starts_with("src/store/sql") || name == "src/store/migrate.rs";
        let asks = without_tests(&text).lines().any(|line| line.contains("Dialect::"));
        if asks && !is_door {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "the dialect is matched on in {}", wrong.join(", "));
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |folder: &str| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
        let mut names: Vec<String> = fs::read_dir(root)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}
