//! `crossgrade export`: the catalogue as YAML that `import` reads.

use yaml_serde::Value;

use super::args::{Common, Export};
use super::book::{self, Access};
use super::error::CliError;

pub(super) async fn run(common: &Common, export: &Export) -> Result<(), CliError> {
    let app = book::open(common, Access::Look).await?;
    let merchant = book::known_merchant(&app, &export.whose).await?;
    let catalogue = app.written_catalogue(&merchant).await?;
    app.store().close().await;
    let broken = |error: yaml_serde::Error| CliError::Failed(error.to_string());
    let mut value = yaml_serde::to_value(&catalogue).map_err(broken)?;
    leave_out_nulls(&mut value);
    super::say::say(written(value).map_err(broken)?.trim_end());
    Ok(())
}

/// Words that are texts to YAML 1.2, but truth values to readers of 1.1, such as the country `NO`.
const OLD_WORDS: [&str; 8] = ["y", "n", "yes", "no", "on", "off", "true", "false"];

/// Stands before such a word while it is written, so that it is written in quotes.
const IN_QUOTES: char = '\u{1}';

/// The text of a catalogue, which readers of YAML 1.1 and 1.2 read alike.
fn written(mut value: Value) -> Result<String, yaml_serde::Error> {
    mark_old_words(&mut value);
    let mut text = yaml_serde::to_string(&value)?;
    let marked = yaml_serde::to_string(&IN_QUOTES.to_string())?;
    let marked = marked.trim_end().trim_end_matches('"').to_owned();
    for word in OLD_WORDS {
        for word in spellings(word) {
            text = text.replace(&format!("{marked}{word}\""), &format!("\"{word}\""));
        }
    }
    Ok(text)
}

/// A word as YAML 1.1 knows it: small, with a capital, in capitals.
fn spellings(word: &str) -> [String; 3] {
    let (first, rest) = word.split_at(1);
    [word.to_owned(), first.to_uppercase() + rest, word.to_uppercase()]
}

fn mark_old_words(value: &mut Value) {
    match value {
        Value::String(text) => {
            if OLD_WORDS.iter().any(|word| spellings(word).contains(text)) {
                text.insert(0, IN_QUOTES);
            }
        }
        Value::Mapping(fields) => {
            let marked = std::mem::take(fields).into_iter().map(|(mut name, mut value)| {
                mark_old_words(&mut name);
                mark_old_words(&mut value);
                (name, value)
            });
            *fields = marked.collect();
        }
        Value::Sequence(items) => items.iter_mut().for_each(mark_old_words),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Tagged(_) => {}
    }
}

/// What is null is as good as left out, and reads better so.
fn leave_out_nulls(value: &mut Value) {
    match value {
        Value::Mapping(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(leave_out_nulls);
        }
        Value::Sequence(items) => items.iter_mut().for_each(leave_out_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Tagged(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norway_is_a_country_to_every_reader_of_the_file() {
        let text = "countries:\n- NO\n- DE\ngroups:\n- yes\n- 'Off'\n- nobody\n\
                    texts:\n  'no':\n    title: On\n    more: on top\nactive: true\n";
        let value: Value = yaml_serde::from_str(text).unwrap();
        let out = written(value.clone()).unwrap();
        let quoted = ["\"NO\"", "\"yes\"", "\"Off\"", "\"no\":", "title: \"On\""];
        for part in quoted {
            assert!(out.contains(part), "{part} in {out}");
        }
        for part in ["- DE", "- nobody", "more: on top", "active: true"] {
            assert!(out.contains(part), "{part} in {out}");
        }
        assert_eq!(yaml_serde::from_str::<Value>(&out).unwrap(), value, "{out}");
    }
}
