//! The German of the backend: `templates/i18n/de/backend.po`, in the format of gettext, so that the
//! tools of translators read it. The English is the key, of phrases as of the sentences that stand
//! in templates.
//!
//! A template is translated as a whole, before it is compiled: it holds its English sentences
//! plainly, and the German one is the same with each of them replaced ([`template`]).

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Attributes that hold words.
const SPOKEN: [&str; 4] = ["data-label=\"", "aria-label=\"", "title=\"", "placeholder=\""];
/// What partials are given as words.
const GIVEN: [&str; 3] = ["name=\"", "text=\"", "of=\""];

type Table = BTreeMap<String, String>;

static TABLE: LazyLock<Table> =
    LazyLock::new(|| read(include_str!("../../../templates/i18n/de/backend.po")));

/// Sentences with places for values, those that say most first.
static PATTERNS: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let mut all: Vec<(&str, &str)> = TABLE
        .iter()
        .map(|(english, german)| (english.as_str(), german.as_str()))
        .filter(|(english, _)| is_telling(english))
        .collect();
    all.sort_by_key(|(english, _)| std::cmp::Reverse(english.len()));
    all
});

/// The German for an English phrase; none where there is none.
pub(super) fn of(english: &str) -> Option<&'static str> {
    TABLE.get(english).map(String::as_str)
}

/// The German for a sentence that holds its values already, with or without a capital and a full
/// stop; none where it is none of ours.
pub(super) fn recognised(sentence: &str) -> Option<String> {
    // What begins with a value is like too much: such a pattern comes last.
    [Begins::WithWords, Begins::Anyhow]
        .into_iter()
        .find_map(|begins| clause_of(sentence, begins).or_else(|| like(sentence, begins)))
}

/// How a pattern may begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begins {
    WithWords,
    Anyhow,
}

/// The German for a sentence of which the small letter and the rest up to the full stop are ours.
fn clause_of(sentence: &str, begins: Begins) -> Option<String> {
    let mut letters = sentence.strip_suffix('.')?.chars();
    let small: String = letters.next()?.to_lowercase().chain(letters).collect();
    let german = of(&small).map(str::to_owned).or_else(|| like(&small, begins))?;
    let mut letters = german.chars();
    let capital: String = letters.next()?.to_uppercase().chain(letters).collect();
    Some(capital + ".")
}

/// Whether a pattern holds enough words of its own that it is not like everything.
fn is_telling(english: &str) -> bool {
    let own = english.replace("{}", "");
    let least = if english.starts_with("{}") { 10 } else { 7 };
    own.len() < english.len() && own.len() >= least
}

fn like(sentence: &str, begins: Begins) -> Option<String> {
    let fits = |english: &str| begins == Begins::Anyhow || !english.starts_with("{}");
    PATTERNS.iter().filter(|(english, _)| fits(english)).find_map(|(english, german)| {
        let values = values_of(english, sentence)?;
        let told = values.iter().zip(english.split("{}")).map(|(value, before)| {
            // What stands in quotes was written by somebody.
            let is_quoted = before.ends_with(['\'', '`', '“']);
            if is_quoted { value.clone() } else { value_in_german(value) }
        });
        Some(filled(german, &told.collect::<Vec<_>>()))
    })
}

/// The German for a value within a sentence, which may be a sentence or a list of names itself.
fn value_in_german(value: &str) -> String {
    let known = of(value).map(str::to_owned);
    let listed = || connected(value).filter(|_| value.starts_with('\''));
    let known = known.or_else(listed).or_else(|| like(value, Begins::Anyhow));
    known.or_else(|| connected(value)).unwrap_or_else(|| value.to_owned())
}

/// What stands between names in quotes, where several of them are listed.
const BETWEEN_NAMES: [(&str, &str); 9] = [
    ("add", "dazu"),
    ("and", "und"),
    ("beside", "neben"),
    ("change", "Wechsel"),
    ("from", "von"),
    ("more", "weitere"),
    ("on", "am"),
    ("path", "Wechselpfad"),
    ("to", "zu"),
];

/// A list of names in quotes, with German between them; none where there are no quotes, or words
/// that are not known.
fn connected(list: &str) -> Option<String> {
    let (mut told, mut rest, mut has_names, mut is_id) = (String::new(), list, false, false);
    while let Some(first) = rest.chars().next() {
        let opens = first == '\'' && told.chars().next_back().is_none_or(|it| " (".contains(it));
        let piece = if opens {
            has_names = true;
            name_in_quotes(rest)
        } else if first.is_alphanumeric() {
            let is_word = |letter: char| letter.is_alphanumeric() || "-_.:".contains(letter);
            &rest[..rest.find(|letter| !is_word(letter)).unwrap_or(rest.len())]
        } else {
            &rest[..first.len_utf8()]
        };
        rest = &rest[piece.len()..];
        if !first.is_alphanumeric() {
            told.push_str(piece);
            continue;
        }
        // Dates, currencies, periods and numbers are no words; nor is the id of a path.
        let german = BETWEEN_NAMES.iter().find(|(english, _)| *english == piece && !is_id);
        let is_spoken = piece.chars().all(char::is_lowercase) && !is_id;
        if is_spoken && german.is_none() {
            return None;
        }
        told.push_str(german.map_or(piece, |(_, german)| german));
        is_id = piece == "path" && !is_id;
    }
    has_names.then_some(told)
}

/// A name with the quotes around it: the last is followed by no letter.
fn name_in_quotes(text: &str) -> &str {
    let ends = text.char_indices().skip(1).filter(|(_, letter)| *letter == '\'');
    let mut ends = ends.map(|(place, _)| place + 1);
    let is_last = |end: &usize| text[*end..].chars().next().is_none_or(|it| " ,);:".contains(it));
    ends.find(is_last).map_or(text, |end| &text[..end])
}

/// A sentence with its values: `{}` is the next one, `{1}` the second.
pub(super) fn filled(sentence: &str, values: &[String]) -> String {
    if values.is_empty() {
        return sentence.to_owned();
    }
    let mut next = values.iter();
    let mut told = String::new();
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        told.push_str(before);
        let place = after.split_once('}');
        let value = place.and_then(|(place, _)| match place {
            "" => next.next(),
            place => place.parse::<usize>().ok().and_then(|place| values.get(place)),
        });
        if let (Some(value), Some((_, behind))) = (value, place) {
            told.push_str(value);
            rest = behind;
        } else {
            told.push('{');
            rest = after;
        }
    }
    told + rest
}

/// What stands in the places of a pattern, if a sentence is like it.
fn values_of(pattern: &str, sentence: &str) -> Option<Vec<String>> {
    let mut parts = pattern.split("{}");
    let mut rest = sentence.strip_prefix(parts.next()?)?;
    let mut values = Vec::new();
    let parts: Vec<&str> = parts.collect();
    for (place, part) in parts.iter().enumerate() {
        let is_last = place + 1 == parts.len();
        let (value, behind) = match (is_last, part.is_empty()) {
            (true, true) => (rest, ""),
            (true, false) => (rest.strip_suffix(part)?, ""),
            (false, _) => rest.split_once(part)?,
        };
        values.push(value.to_owned());
        rest = behind;
    }
    Some(values)
}

/// Reads pairs of `msgid "…"` and `msgstr "…"`, each on one line.
fn read(source: &str) -> Table {
    let mut table = Table::new();
    let mut english = String::new();
    for line in source.lines() {
        if let Some(quoted) = line.strip_prefix("msgid ") {
            english = unquoted(quoted);
        } else if let Some(quoted) = line.strip_prefix("msgstr ") {
            table.insert(std::mem::take(&mut english), unquoted(quoted));
        }
    }
    table.remove("");
    table
}

fn unquoted(quoted: &str) -> String {
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or_default().replace("\\\"", "\"").replace("\\\\", "\\")
}

/// Holds attributes outside of any tag, and no words.
const WORDLESS: &str = "backend/parts/about";

/// A template with its sentences in German; what has no German stays English.
pub(in crate::render) fn template(name: &str, source: &str) -> String {
    if name == WORDLESS {
        return source.to_owned();
    }
    rewritten(source, &mut |english| of(english).map(str::to_owned))
}

/// A template with each sentence as `say` has it. A sentence is what stands between tags and
/// blocks, the values within it included; so are words in attributes and for partials. What is
/// `<code>` is none.
fn rewritten(source: &str, say: &mut dyn FnMut(&str) -> Option<String>) -> String {
    let (mut written, mut sentence, mut rest) = (String::new(), String::new(), source);
    while let Some(first) = rest.chars().next() {
        let piece = match first {
            '{' if rest.starts_with("{{") => through(rest, "}}"),
            '<' if rest.starts_with("<code>") => through(rest, "</code>"),
            '<' => tag(rest),
            letter => &rest[..letter.len_utf8()],
        };
        rest = &rest[piece.len()..];
        let is_block = ["{{#", "{{/", "{{>", "{{^", "{{!", "{{else"]
            .iter()
            .any(|opening| piece.starts_with(opening));
        if !(first == '<' || is_block) {
            sentence.push_str(piece);
            continue;
        }
        written.push_str(&spoken(&std::mem::take(&mut sentence), say));
        match first {
            '<' if !piece.starts_with("<code>") => written.push_str(&quoted(piece, &SPOKEN, say)),
            '{' if piece.starts_with("{{>") => written.push_str(&quoted(piece, &GIVEN, say)),
            _ => written.push_str(piece),
        }
    }
    written.push_str(&spoken(&sentence, say));
    written
}

/// A text up to this, and with it.
fn through<'a>(text: &'a str, end: &str) -> &'a str {
    text.find(end).map_or(text, |place| &text[..place + end.len()])
}

/// A tag, in whose attributes there may be values.
fn tag(text: &str) -> &str {
    let (mut depth, mut before) = (0_usize, ' ');
    for (place, letter) in text.char_indices() {
        match (before, letter) {
            ('{', '{') => depth += 1,
            ('}', '}') => depth = depth.saturating_sub(1),
            (_, '>') if depth == 0 => return &text[..=place],
            _ => {}
        }
        before = letter;
    }
    text
}

/// A piece with the words of these attributes said.
fn quoted(piece: &str, attributes: &[&str], say: &mut dyn FnMut(&str) -> Option<String>) -> String {
    let (mut written, mut rest) = (String::new(), piece);
    loop {
        let places = attributes.iter().filter_map(|name| {
            let place = rest.find(&format!(" {name}"))?;
            Some((place, place + 1 + name.len()))
        });
        let Some((_, begin)) = places.min() else {
            return written + rest;
        };
        written.push_str(&rest[..begin]);
        let mut end = begin;
        while let Some(letter) = rest[end..].chars().next().filter(|letter| *letter != '"') {
            let is_value = rest[end..].starts_with("{{");
            end += if is_value { through(&rest[end..], "}}").len() } else { letter.len_utf8() };
        }
        written.push_str(&spoken(&rest[begin..end], say));
        rest = &rest[end..];
    }
}

/// A sentence as `say` has it, with the room around it; what holds no word stays.
fn spoken(sentence: &str, say: &mut dyn FnMut(&str) -> Option<String>) -> String {
    let words = sentence.trim();
    if words.is_empty() {
        return sentence.to_owned();
    }
    say(words).map_or_else(|| sentence.to_owned(), |said| sentence.replacen(words, &said, 1))
}

#[cfg(test)]
mod tests;
