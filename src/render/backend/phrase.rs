//! What the backend says, in words of its own. The English sentence names it, as in gettext; what
//! stands in its places comes with it, so that another language may put them elsewhere. Contexts
//! hold phrases, and [`read_in`] turns all of a page into the language of who reads it.
//!
//! A `&'static str` is a phrase of ours, a `String` is what somebody wrote: that stays as it is.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::Value;

use crate::render::backend::german;
use crate::render::words::Language;

/// The field by which a phrase is known among the values of a page.
const MARK: &str = "\u{2020}phrase";
/// The field of what stands in its places.
const VALUES: &str = "values";
/// Names words that stand as a sentence of their own, in whichever language.
const SENTENCE: &str = "\u{2020}sentence";

/// Words, in whichever language they will be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phrase {
    /// Of ours, by their English; `{}` or `{0}` is the place of a value.
    Ours(Cow<'static, str>, Vec<Phrase>),
    /// Somebody else's, or no words at all.
    Plain(String),
}

/// `phrase!("{} of {}", part, whole)`: words with what stands in their places.
macro_rules! phrase {
    ($english:literal $(, $value:expr)* $(,)?) => {
        $crate::render::backend::phrase::Phrase::Ours(
            std::borrow::Cow::Borrowed($english),
            vec![$($crate::render::backend::phrase::Phrase::from($value)),*],
        )
    };
}
pub(crate) use phrase;

impl Phrase {
    /// What others have said in our English, such as a problem of the API.
    pub fn told(english: impl Into<Cow<'static, str>>) -> Self {
        Self::Ours(english.into(), Vec::new())
    }

    /// Phrases one after another; `pair` says how two of them stand together, such as `{}, {}`.
    pub fn joined(parts: impl IntoIterator<Item = Self>, pair: &'static str) -> Self {
        let both = |told, next| Self::Ours(Cow::Borrowed(pair), vec![told, next]);
        parts.into_iter().reduce(both).unwrap_or_default()
    }

    /// The same with a capital and a full stop.
    #[must_use]
    pub fn as_sentence(self) -> Self {
        Self::Ours(Cow::Borrowed(SENTENCE), vec![self])
    }

    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Ours(text, _) => text.is_empty(),
            Self::Plain(text) => text.is_empty(),
        }
    }

    /// As much as has room of what somebody wrote.
    #[must_use]
    pub fn shortened(self, letters: usize) -> Self {
        match self {
            Self::Plain(text) => Self::Plain(short(&text, letters)),
            ours @ Self::Ours(..) => ours,
        }
    }

    /// It, as it is read in a language.
    #[must_use]
    pub fn read_in(&self, language: Language) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Ours(english, values) => {
                let values: Vec<_> = values.iter().map(|value| value.read_in(language)).collect();
                said(language, english, &values)
            }
        }
    }
}

impl Default for Phrase {
    fn default() -> Self {
        Self::Plain(String::new())
    }
}

impl From<&'static str> for Phrase {
    fn from(english: &'static str) -> Self {
        Self::Ours(Cow::Borrowed(english), Vec::new())
    }
}

impl From<String> for Phrase {
    fn from(text: String) -> Self {
        Self::Plain(text)
    }
}

impl From<&String> for Phrase {
    fn from(text: &String) -> Self {
        Self::Plain(text.clone())
    }
}

macro_rules! numbers {
    ($($number:ty),+) => {
        $(impl From<$number> for Phrase {
            fn from(number: $number) -> Self {
                Self::Plain(number.to_string())
            }
        })+
    };
}
numbers!(i64, u32, u64, usize);

impl PartialEq<str> for Phrase {
    fn eq(&self, english: &str) -> bool {
        self.read_in(Language::English) == english
    }
}

impl PartialEq<&str> for Phrase {
    fn eq(&self, english: &&str) -> bool {
        *self == **english
    }
}

impl Serialize for Phrase {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(text) => text.serialize(serializer),
            Self::Ours(english, _) if english.is_empty() => "".serialize(serializer),
            Self::Ours(english, values) => {
                let mut said = serializer.serialize_struct("Phrase", 2)?;
                said.serialize_field(MARK, english)?;
                said.serialize_field(VALUES, values)?;
                said.end()
            }
        }
    }
}

/// With a capital and a full stop.
#[must_use]
pub fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map_or_else(String::new, |first| first.to_uppercase().collect());
    let end = if words.ends_with(['.', '?', '!', '…']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// As much of a text as has room.
#[must_use]
pub fn short(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(letters.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// Writes words of ours that a context holds as they are.
pub(super) fn ours<S: Serializer>(
    english: &&'static str,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    Phrase::from(*english).serialize(serializer)
}

/// All that a page says, in a language.
pub(super) fn read_in(language: Language, value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(|value| read_in(language, value)).collect(),
        Value::Object(fields) if fields.contains_key(MARK) => {
            let values = fields.get(VALUES).and_then(Value::as_array).into_iter().flatten();
            let values = values.map(|value| read_in(language, value.clone()));
            let values: Vec<_> =
                values.map(|value| value.as_str().unwrap_or_default().to_owned()).collect();
            let english = fields.get(MARK).and_then(Value::as_str).unwrap_or_default();
            said(language, english, &values).into()
        }
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, read_in(language, value))).collect()
        }
        plain => plain,
    }
}

fn said(language: Language, english: &str, values: &[String]) -> String {
    if english == SENTENCE {
        return values.first().map(|words| sentence(words)).unwrap_or_default();
    }
    match language {
        Language::English => german::filled(english, values),
        Language::German => german::of(english).map_or_else(
            || german::recognised(english).unwrap_or_else(|| german::filled(english, values)),
            |german| german::filled(german, values),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_somebody_wrote_is_never_translated() {
        let theirs = Phrase::from("Settings".to_owned());
        let page = json!({"ours": Phrase::from("Settings"), "theirs": theirs});
        let german = read_in(Language::German, page);
        assert_eq!(german, json!({"ours": "Einstellungen", "theirs": "Settings"}));
    }

    #[test]
    fn words_become_a_sentence_in_whichever_language() {
        let told = phrase!("{}, and {}", "éa".to_owned(), "b".to_owned()).as_sentence();
        assert_eq!(told.read_in(Language::English), "Éa, and b.");
        let page = read_in(Language::German, json!({ "told": told }));
        assert_eq!(page, json!({"told": "Éa und b."}));
    }

    #[test]
    fn what_the_api_says_is_recognised_by_its_sentence() {
        let told = Phrase::told("unknown tag 'year'").read_in(Language::German);
        assert!(told.contains("„year“") || told.contains("'year'"), "{told}");
        assert_eq!(Phrase::told("no such sentence").read_in(Language::German), "no such sentence");
    }
}
