//! Sources as the checks read them: what is code, which module a file is, and what it names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::methods::Methods;

/// A file: its name from the root on, and its text.
pub(crate) type File = (String, String);

/// Every Rust file of a folder.
pub(crate) fn sources(folder: &str) -> Vec<File> {
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
pub(crate) fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

/// Code alone: comments, and with `strings` also texts, are blank; the lines stay.
pub(crate) fn code(text: &str, strings: bool) -> String {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, is_blank) = match first {
            '/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), true),
            '/' if rest.starts_with("/*") => {
                (rest.find("*/").map_or(rest.len(), |at| at + 2), true)
            }
            '"' => (quoted(rest), strings),
            'r' if raw(rest).is_some() && !ends_in_word(&done) => (raw(rest).unwrap_or(1), strings),
            '\'' => (letter(rest), strings),
            other => (other.len_utf8(), false),
        };
        let (part, after) = rest.split_at(length);
        if is_blank {
            done.extend(part.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        } else {
            done.push_str(part);
        }
        rest = after;
    }
    done
}

fn ends_in_word(text: &str) -> bool {
    text.ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// The length of a text in quotes.
fn quoted(rest: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a raw text.
fn raw(rest: &str) -> Option<usize> {
    let marks = rest[1..].chars().take_while(|c| *c == '#').count();
    rest[1 + marks..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(marks));
    let start = marks + 2;
    Some(rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len()))
}

/// The length of a character in quotes, or of the mark of a lifetime.
fn letter(rest: &str) -> usize {
    let inside = rest[1..].chars().next().unwrap_or(' ');
    if inside == '\\' {
        return rest[2..].find('\'').map_or(rest.len(), |at| (at + 3).max(4));
    }
    let end = 1 + inside.len_utf8();
    if rest[end..].starts_with('\'') { end + 1 } else { 1 }
}

/// Words, `::` and signs, each with its line.
fn tokens(code: &str) -> Vec<(&str, usize)> {
    let mut found = Vec::new();
    for (at, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let length = if is_word(first) {
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            found.push((&rest[..length], at + 1));
            rest = rest[length..].trim_start();
        }
    }
    found
}

/// Where a file stands among the modules: `src/app/holds.rs` is `app::holds`.
pub(crate) fn module(name: &str) -> Vec<String> {
    let below = name.trim_start_matches("src/").trim_end_matches(".rs");
    let mut path: Vec<String> = below.split('/').map(str::to_owned).collect();
    if path.last().is_some_and(|last| last == "mod") || path == ["lib"] {
        path.pop();
    }
    path
}

/// Something of the crate that a file names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Where it stands, from the root of the crate on.
    pub(crate) path: Vec<String>,
    /// The line that names it.
    pub(crate) line: usize,
    /// Whether it is only given on to others, `pub use`.
    pub(crate) is_passed_on: bool,
}

/// All modules of the crate: what a path leads to.
pub(crate) struct Modules {
    files: BTreeMap<Vec<String>, Vec<Named>>,
    names: BTreeMap<Vec<String>, String>,
}

impl Modules {
    /// Of the sources of a crate, but for what is compiled for tests alone.
    pub(crate) fn of(files: &[File]) -> Self {
        let all: BTreeSet<Vec<String>> = files.iter().map(|(name, _)| module(name)).collect();
        let tests: BTreeSet<Vec<String>> = files.iter().flat_map(only_for_tests).collect();
        let is_for_tests =
            |path: &[String]| (1..=path.len()).any(|length| tests.contains(&path[..length]));
        let codes: Vec<(&String, Vec<String>, String)> = files
            .iter()
            .map(|(name, text)| (name, module(name), code(without_tests(text), true)))
            .filter(|(_, path, _)| !is_for_tests(path))
            .collect();
        let read: Vec<_> = codes.iter().map(|(_, path, code)| (path, tokens(code))).collect();
        let mut methods = Methods::default();
        for (path, tokens) in &read {
            methods.learn(path, tokens);
        }
        let mut found = Self { files: BTreeMap::new(), names: BTreeMap::new() };
        for (path, tokens) in read {
            let called = methods.called(path, &tokens).into_iter();
            let mut named = named(path, &tokens, &all);
            named.extend(called.map(|(path, line)| Named { path, line, is_passed_on: false }));
            named.retain(|named| !is_for_tests(&named.path));
            found.files.insert(path.clone(), named);
        }
        found.names = codes.into_iter().map(|(name, path, _)| (path, name.clone())).collect();
        found
    }

    /// Every file with what it names.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&str, &[String], &[Named])> {
        self.files
            .iter()
            .map(|(path, named)| (self.names[path].as_str(), path.as_slice(), named.as_slice()))
    }

    /// Below which modules there are others: the folders.
    pub(crate) fn folders(&self) -> BTreeSet<Vec<String>> {
        let above = |path: &Vec<String>| {
            (0..path.len()).map(|length| path[..length].to_vec()).collect::<Vec<_>>()
        };
        self.files.keys().flat_map(above).collect()
    }

    /// The room of a folder that a path leads to, `mod` where that is the folder's own file.
    pub(crate) fn room(&self, folder: &[String], path: &[String]) -> String {
        let Some(next) = path.get(folder.len()) else { return OWN.to_owned() };
        let mut place = folder.to_vec();
        place.push(next.clone());
        let is_module = |place: &[String]| self.files.keys().any(|path| path.starts_with(place));
        if is_module(&place) {
            return next.clone();
        }
        // What the folder's own file gives on belongs to where it comes from.
        let own = self.files.get(folder).into_iter().flatten();
        let mut given = own.filter(|named| named.is_passed_on);
        let from = given.find(|named| {
            named.path.last() == Some(next)
                && named.path.len() > folder.len() + 1
                && named.path.starts_with(folder)
        });
        from.map_or_else(|| OWN.to_owned(), |named| named.path[folder.len()].clone())
    }
}

/// The file that is a folder's own.
pub(crate) const OWN: &str = "mod";

/// The modules that a file declares for tests alone.
fn only_for_tests((name, text): &File) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for after in text.split("#[cfg(test)]\n").skip(1) {
        let line = after.lines().next().unwrap_or_default();
        let Some((_, declared)) = line.split_once("mod ") else { continue };
        if let Some(child) = declared.strip_suffix(';') {
            let mut path = module(name);
            path.push(child.to_owned());
            found.push(path);
        }
    }
    found
}

/// What of the crate a file names, in lists as well as one by one.
fn named(own: &[String], tokens: &[(&str, usize)], all: &BTreeSet<Vec<String>>) -> Vec<Named> {
    let mut found = Vec::new();
    let mut used_until = 0;
    let mut is_passed_on = false;
    for (at, (token, _)) in tokens.iter().enumerate() {
        if *token == "use" {
            let length = tokens[at..].iter().position(|(token, _)| *token == ";").unwrap_or(0);
            used_until = at + length;
            is_passed_on = at > 0 && matches!(tokens[at - 1].0, "pub" | ")");
        }
        let before = at.checked_sub(1).map_or("", |before| tokens[before].0);
        // For whom something is visible is no look at them: `pub(in crate::pages)`.
        let is_visibility = before == "in" && at > 1 && tokens[at - 2].0 == "(";
        let is_start = !is_visibility
            && before != "::"
            && before != "."
            && tokens.get(at + 1).map(|it| it.0) == Some("::");
        if !is_start {
            continue;
        }
        let mut child = own.to_vec();
        child.push((*token).to_owned());
        let base = match *token {
            "crate" | "crossgrade" => Vec::new(),
            "self" => own.to_vec(),
            "super" => own.split_last().map(|(_, above)| above.to_vec()).unwrap_or_default(),
            _ if all.contains(&child) => child,
            _ => continue,
        };
        let is_use = at < used_until;
        let mut paths = Vec::new();
        follow(tokens, at + 2, base, &mut paths);
        let is_passed_on = is_use && is_passed_on;
        found.extend(paths.into_iter().map(|(path, line)| Named { path, line, is_passed_on }));
    }
    found
}

/// Follows a path from after a `::`, into every branch of a list; where it ends.
fn follow(
    tokens: &[(&str, usize)],
    mut at: usize,
    mut path: Vec<String>,
    found: &mut Vec<(Vec<String>, usize)>,
) -> usize {
    loop {
        let Some((token, line)) = tokens.get(at).copied() else { return at };
        match token {
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|(token, _)| *token != "}") {
                    at = follow(tokens, at, path.clone(), found);
                    while tokens.get(at).is_some_and(|(token, _)| !matches!(*token, "," | "}")) {
                        at += 1;
                    }
                    at += usize::from(tokens.get(at).is_some_and(|(token, _)| *token == ","));
                }
                return at + 1;
            }
            "super" => drop(path.pop()),
            "self" | "*" => {}
            word if word.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                path.push(word.to_owned());
            }
            // `::<T>`.
            _ => {
                found.push((path, line));
                return at;
            }
        }
        if tokens.get(at + 1).map(|it| it.0) != Some("::") {
            found.push((path, line));
            return at + 1;
        }
        at += 2;
    }
}
