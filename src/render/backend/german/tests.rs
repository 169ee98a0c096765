//! That nothing the backend says lacks its German.

use std::fs;
use std::path::Path;

use super::*;
use crate::render::backend::TEMPLATES;

/// Whether something is left of a sentence without its values.
fn has_words(sentence: &str) -> bool {
    let mut rest = sentence;
    while let Some((before, value)) = rest.split_once("{{") {
        if before.contains(char::is_alphabetic) {
            return true;
        }
        rest = value.split_once("}}").map_or("", |(_, behind)| behind);
    }
    rest.contains(char::is_alphabetic)
}

#[test]
fn every_sentence_of_every_template_has_its_german() {
    let mut missing = Vec::new();
    for (name, source) in TEMPLATES.iter().filter(|(name, _)| *name != WORDLESS) {
        rewritten(source, &mut |english| {
            if has_words(english) && of(english).is_none() {
                missing.push(format!("{name}: {english}"));
            }
            None
        });
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn a_template_in_which_nothing_is_said_anew_stays_as_it_is() {
    for (name, source) in TEMPLATES {
        assert_eq!(rewritten(source, &mut |_| None), *source, "{name}");
    }
}

#[test]
fn sentences_stand_between_tags_and_blocks_and_in_some_attributes() {
    let source = concat!(
        r#"<p title="a {{b}}" class="c">{{d}} of <code>e</code>"#,
        r#"{{#if f}}g{{/if}}</p>{{> h name="i"}}"#,
    );
    let expected = concat!(
        r#"<p title="[a {{b}}]" class="c">[{{d}} of] <code>e</code>"#,
        r#"{{#if f}}[g]{{/if}}</p>{{> h name="[i]"}}"#,
    );
    let shouted =
        rewritten(source, &mut |english| has_words(english).then(|| format!("[{english}]")));
    assert_eq!(shouted, expected);
}

#[test]
fn the_german_names_the_same_values() {
    let values = |text: &str| {
        let mut values: Vec<String> = text
            .split("{{")
            .skip(1)
            .map(|rest| rest.split("}}").next().unwrap().to_owned())
            .collect();
        values.sort();
        values
    };
    for (english, german) in TABLE.iter() {
        assert_eq!(values(english), values(german), "{english}");
        assert!(!german.is_empty(), "{english}");
    }
}

/// Looks like words, and is none: outlines, policies, what is searched in words and what stands in
/// the log. And the three ways to write an amount, each of which has a sentence of its own.
const NO_WORDS: [&str; 10] = [
    "M-",
    "M0",
    "default-src 'none'; ",
    "did you mean ",
    "vat id",
    "a key has no known role",
    "a claim is left to its lease",
    "by hand after {}",
    "digits ",
    "Write the amount with {how}",
];

/// The texts in quotes of a file, without its tests, its comments and why a lint is expected.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = source.lines().filter(|line| {
        let line = line.trim_start();
        !line.starts_with("//") && !line.starts_with("#[expect") && !line.contains("tracing::")
    });
    let source = lines.collect::<Vec<_>>().join("\n").replace("'\"'", "").replace("'\\\\'", "");
    let (mut found, mut text) = (Vec::new(), None::<String>);
    let mut letters = source.chars();
    while let Some(letter) = letters.next() {
        match (&mut text, letter) {
            (None, '"') => text = Some(String::new()),
            (None, _) => {}
            (Some(_), '"') => found.extend(text.take()),
            (Some(text), '\\') => match letters.next() {
                // A line that goes on with the next.
                Some('\n') => {
                    let rest = letters.as_str();
                    letters = rest.trim_start().chars();
                }
                Some('u') => {
                    let code: String = letters.by_ref().take_while(|it| *it != '}').collect();
                    let code = u32::from_str_radix(code.trim_start_matches('{'), 16);
                    text.extend(code.ok().and_then(char::from_u32));
                }
                escaped => text.extend(escaped),
            },
            (Some(text), letter) => text.push(letter),
        }
    }
    found
}

/// With `{}` for each value that is named in it.
fn unnamed(literal: &str) -> String {
    let mut told = String::new();
    let mut rest = literal;
    while let Some((before, after)) = rest.split_once('{') {
        told.push_str(before);
        let name = after.split_once('}').filter(|(name, _)| {
            name.chars().all(|it| it.is_ascii_lowercase() || it == '_')
                || name.chars().all(|it| it.is_ascii_uppercase() || it == '_')
        });
        if let Some((_, behind)) = name {
            told.push_str("{}");
            rest = behind;
        } else {
            told.push('{');
            rest = after;
        }
    }
    told + rest
}

/// Whether a literal is a sentence or a heading.
fn is_spoken(literal: &str) -> bool {
    let words = unnamed(literal).replace("{}", "");
    let starts = words.chars().next().is_some_and(char::is_uppercase);
    let has_words = words.trim().contains(' ') && words.trim().len() > 3;
    words.chars().filter(|it| it.is_lowercase()).count() > 2
        && !literal.starts_with('/')
        && (starts || has_words)
}

#[test]
fn every_sentence_in_the_code_of_the_pages_has_its_german() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut missing = Vec::new();
    for folder in ["pages/backend", "render/backend", "rules/audit"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let own =
                ["german.rs", "phrase.rs", "tests.rs"].iter().any(|name| path.ends_with(name));
            if own || path.extension().is_none_or(|it| it != "rs") {
                continue;
            }
            let said = literals(&fs::read_to_string(&path).unwrap());
            let spoken = said.into_iter().filter(|literal| is_spoken(literal));
            let known = |literal: &String| {
                let literal = literal.replace("{:?}", "{}");
                of(&literal).is_some()
                    || of(&unnamed(&literal)).is_some()
                    || NO_WORDS.iter().any(|it| literal.starts_with(it))
            };
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            missing.extend(spoken.filter(|it| !known(it)).map(|it| format!("{name}: {it}")));
        }
    }
    missing.sort();
    missing.dedup();
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn what_was_said_with_its_values_is_recognised_and_quotes_stay() {
    for (english, german) in [
        (
            "unknown tag 'paid'; create it first",
            "unbekannt (Schlagwort): 'paid'; legen Sie es zuerst an",
        ),
        ("Unknown tag 'paid'.", "Unbekannt (Schlagwort): 'paid'."),
        ("must be from 0 to 365", "muss von 0 bis 365 sein"),
        (
            "a change never happens between currencies, as from 'A' to 'B' and 'C' to 'D'",
            "zwischen Währungen wird nie gewechselt, etwa von 'A' zu 'B' und 'C' zu 'D'",
        ),
        (
            "The path never fires, for another one always comes first: path to-plus from 'Month' \
             to 'Plus'.",
            "Der Wechselpfad greift nie, denn ein anderer kommt immer zuerst: Wechselpfad to-plus \
             von 'Month' zu 'Plus'.",
        ),
        (
            "Until the next booking a dearer offer costs nothing more, as from 'Kid's club' to \
             'Back to Back', and what is added costs nothing, as 'A and B' beside 'Month'; \
             proration by the day would charge for these days.",
            "Bis zur nächsten Buchung: ein teureres Angebot kostet nichts mehr, etwa von 'Kid's \
             club' zu 'Back to Back', und was hinzukommt, kostet nichts, etwa 'A and B' neben \
             'Month'; tagesgenau würden diese Tage berechnet.",
        ),
        (
            "What cannot be without what it was added to costs nothing where that ends before the \
             next booking, and it with that, as 'A' beside 'B'.",
            "Was nicht ohne das sein kann, zu dem es hinzukam, kostet nichts, wo dieses vor der \
             nächsten Buchung endet und es selbst mit ihm, etwa 'A' neben 'B'.",
        ),
        (
            "A change never happens between currencies, as from 'A' to 'B' (EUR to USD), 'A' to \
             'C' (EUR to GBP), 'A' to 'D' (EUR to CHF) and 2 more.",
            "Zwischen Währungen wird nie gewechselt, etwa von 'A' zu 'B' (EUR zu USD), 'A' zu \
             'C' (EUR zu GBP), 'A' zu 'D' (EUR zu CHF) und 2 weitere.",
        ),
        (
            "Buy 'Month' on 2026-01-31, change to 'Year' on 2026-02-03 (path on-to), then cancel: \
             3 days of Year are served and 0 of them paid for; all that is served is worth \
             10.00 EUR, for 1.00 EUR paid.",
            "Kaufen: 'Month' am 2026-01-31, Wechsel zu 'Year' am 2026-02-03 (Wechselpfad on-to), \
             dann kündigen: 3 Tage von Year werden geliefert und 0 davon bezahlt; alles \
             Gelieferte ist 10.00 EUR wert, bezahlt sind 1.00 EUR.",
        ),
        (
            "line 1 of inv_1 and the trial both pay for 2026-01-31 up to and without 2026-02-28",
            "Position 1 von inv_1 und die Probezeit bezahlen beide 2026-01-31 bis ausschließlich \
             2026-02-28",
        ),
        (
            "its line 0 credits inv_1, which the customer does not have",
            "ihre Position 0 schreibt inv_1 gut, was der Kunde nicht hat",
        ),
        (
            "no date is stored, 2026-02-28 is right",
            "gespeichert ist kein Tag, richtig ist 2026-02-28",
        ),
    ] {
        assert_eq!(recognised(english).as_deref(), Some(german), "{english}");
    }
    assert_eq!(recognised("a title of somebody"), None);
}

#[test]
fn each_language_puts_values_where_it_needs_them() {
    let values = ["a".to_owned(), "b".to_owned()];
    for (sentence, told) in [
        ("{} of {}", "a of b"),
        ("{1} von {0}", "b von a"),
        ("{ {x} {}", "{ {x} a"),
        ("nothing", "nothing"),
        ("{} {} {}", "a b {}"),
    ] {
        assert_eq!(filled(sentence, &values), told, "{sentence}");
    }
}
