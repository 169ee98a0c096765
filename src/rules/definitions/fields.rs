//! Single fields of a draft: each check answers with the value or notes a fault at its pointer.
//! Which fields a draft has is for its neighbours.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use chrono::NaiveDate;

use crate::domain::fault::{Fault, nearest};
use crate::domain::ids::TagId;
use crate::domain::money::{Currency, Money, MoneyError};
use crate::domain::names::Named;
use crate::domain::shapes::MoneyText;

use super::{CatalogueFacts, LIST_MAX};

/// The longest title, in characters.
const TITLE_LENGTH_MAX: usize = 10_000;

/// The longest other text, in characters.
const TEXT_LENGTH_MAX: usize = 10_000;

/// The longest text of one line, in characters.
const SHORT_LENGTH_MAX: usize = 255;

/// Looking for near names takes time; a request full of unknown names gets this many hints.
const HINTS_MAX: usize = 20;

/// The greatest whole number that every client of JSON keeps as it is.
pub(super) const WHOLE_MAX: i64 = 9_007_199_254_740_991;

/// A part of an amount; what is empty was not said.
fn said_part(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn is_mail_address(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    let full = |part: &str| !part.is_empty();
    parts.is_some_and(|(user, host)| full(user) && full(host))
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        // What would make more of it where a list of names and addresses is read.
        && !text.contains(['<', '>', '(', ')', '[', ']', ',', ';', ':', '\\', '"'])
}

/// Ids as they are written.
pub(super) fn texts<T: ToString>(ids: impl IntoIterator<Item = T>) -> Vec<String> {
    ids.into_iter().map(|id| id.to_string()).collect()
}

/// Faults collected so far.
pub(super) struct Faults {
    found: Vec<Fault>,
    hints_left: usize,
}

impl Faults {
    pub(super) fn new() -> Self {
        Self { found: Vec::new(), hints_left: HINTS_MAX }
    }

    pub(super) fn note(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.found.push(Fault::new(pointer, detail));
    }

    /// The value, unless anything was found. A part that is missing has left its fault.
    pub(super) fn answer<T>(self, value: Option<T>) -> Result<T, Vec<Fault>> {
        match value {
            Some(value) if self.found.is_empty() => Ok(value),
            Some(_) | None => Err(self.found),
        }
    }

    /// A field that must be there.
    pub(super) fn required<'a>(&mut self, at: &str, text: Option<&'a str>) -> Option<&'a str> {
        if text.is_none() {
            self.note(at, "is missing");
        }
        text
    }

    /// A title: there, not blank, of a bearable length.
    pub(super) fn title(&mut self, at: &str, text: Option<&str>) -> Option<String> {
        let text = self.required(at, text)?;
        if text.trim().is_empty() {
            self.note(at, "must not be blank");
            return None;
        }
        self.bounded(at, text, TITLE_LENGTH_MAX)
    }

    /// A text that may be left out, and may be blank.
    pub(super) fn text(&mut self, at: &str, text: Option<&str>) -> Option<String> {
        self.bounded(at, text?, TEXT_LENGTH_MAX)
    }

    /// A text that may be left out, of a bound of its own.
    pub(super) fn within(&mut self, at: &str, text: Option<&str>, most: usize) -> Option<String> {
        self.bounded(at, text?, most)
    }

    /// A text of one line that may be left out, but is not blank.
    pub(super) fn short_text(&mut self, at: &str, text: Option<&str>) -> Option<String> {
        let text = text?;
        if text.trim().is_empty() {
            self.note(at, "must not be blank; leave it out instead");
            return None;
        }
        if text.contains(char::is_control) {
            self.note(at, "must be one line, without control characters");
            return None;
        }
        self.bounded(at, text, SHORT_LENGTH_MAX)
    }

    /// A mail address that may be left out.
    pub(super) fn email(&mut self, at: &str, text: Option<&str>) -> Option<String> {
        let text = self.text(at, text)?;
        if !is_mail_address(&text) {
            let detail = format!("'{text}' is no mail address such as ada@example.org");
            self.note(at, detail);
        }
        Some(text)
    }

    fn bounded(&mut self, at: &str, text: &str, length_max: usize) -> Option<String> {
        let length = text.chars().count();
        if length > length_max {
            let detail = format!("has {length} characters; at most {length_max} are kept");
            self.note(at, detail);
            return None;
        }
        // PostgreSQL keeps every character but this one.
        if text.contains('\0') {
            self.note(at, "must not contain the character U+0000");
            return None;
        }
        Some(text.to_owned())
    }

    pub(super) fn number(
        &mut self,
        at: &str,
        number: i64,
        range: RangeInclusive<i64>,
    ) -> Option<i64> {
        if range.contains(&number) {
            return Some(number);
        }
        let (from, to) = (range.start(), range.end());
        self.note(at, format!("is {number}; must be {from} to {to}"));
        None
    }

    /// The same for a number that counts something.
    pub(super) fn count(
        &mut self,
        at: &str,
        number: i64,
        range: RangeInclusive<u32>,
    ) -> Option<u32> {
        let wide = i64::from(*range.start())..=i64::from(*range.end());
        u32::try_from(self.number(at, number, wide)?).ok()
    }

    /// A date as `2026-02-28` and in no other spelling.
    pub(super) fn date(&mut self, at: &str, text: &str) -> Option<NaiveDate> {
        let date = text.parse::<NaiveDate>().ok();
        let date = date.filter(|date| text.len() == 10 && date.to_string() == text);
        if date.is_none() {
            self.note(at, format!("'{text}' is no date such as 2026-02-28"));
        }
        date
    }

    /// One of a few names.
    pub(super) fn named<T: Named>(&mut self, at: &str, text: &str) -> Option<T> {
        let value = T::parse(text);
        if value.is_none() {
            let names: Vec<_> = T::ALL.iter().map(|value| value.name()).collect();
            let known = names.join(", ");
            let hint = self.hint(text, names.iter().copied());
            self.note(at, format!("'{text}' is none of {known}{hint}"));
        }
        value
    }

    /// One of a few names, or the one that is meant where none is said.
    pub(super) fn named_or_default<T: Named + Default>(
        &mut self,
        at: &str,
        text: Option<&str>,
    ) -> Option<T> {
        text.map_or_else(|| Some(T::default()), |text| self.named(at, text))
    }

    /// A locale by its form; whether it is spoken here is for who renders.
    pub(super) fn locale(&mut self, at: &str, text: &str) -> Option<String> {
        if is_locale(text) {
            return Some(text.to_owned());
        }
        let remedy = text.replace('_', "-");
        let detail = if is_locale(&remedy) {
            format!("'{text}' is no BCP 47 locale: did you mean '{remedy}'?")
        } else {
            format!("'{text}' is no BCP 47 locale such as en or de-AT")
        };
        self.note(at, detail);
        None
    }

    /// Notes a name that the catalogue does not know, with the known one nearest to it.
    pub(super) fn unknown<'a>(
        &mut self,
        at: &str,
        noun: &str,
        text: &str,
        known: impl Iterator<Item = &'a str>,
    ) {
        let hint = self.hint(text, known);
        let remedy = if hint.is_empty() { "; create it first" } else { &hint };
        self.note(at, format!("unknown {noun} '{text}'{remedy}"));
    }

    /// The tags named, each of which must exist. Naming one twice is harmless.
    pub(super) fn tags(
        &mut self,
        at: &str,
        named: &[String],
        facts: &CatalogueFacts,
    ) -> BTreeSet<TagId> {
        let mut tags = BTreeSet::new();
        if !self.is_short(at, named.len()) {
            return tags;
        }
        for (place, text) in named.iter().enumerate() {
            if let Some(tag) = TagId::parse(text).ok().filter(|tag| facts.tags.contains(tag)) {
                tags.insert(tag);
            } else {
                let known = facts.tags.iter().map(TagId::as_str);
                self.unknown(&format!("{at}/{place}"), "tag", text, known);
            }
        }
        tags
    }

    /// What one thing costs, which is not negative.
    pub(super) fn price(&mut self, at: &str, said: &MoneyText) -> Option<Money> {
        let amount_at = format!("{at}/amount");
        let amount = self.required(&amount_at, said_part(&said.amount));
        let currency_at = format!("{at}/currency");
        let code = self.required(&currency_at, said_part(&said.currency));
        let currency = code.and_then(|code| {
            let parsed = Currency::parse(code);
            parsed.map_err(|error| self.note(&currency_at, error.to_string())).ok()
        });
        let money = match (amount?, currency) {
            (amount, Some(currency)) => Money::parse_price(amount, currency),
            // Without a currency only the form of the amount can be judged.
            (amount, None) => match Money::parse_price(amount, Currency::parse("KWD").ok()?) {
                Err(
                    error @ (MoneyError::NotANumber(_)
                    | MoneyError::TooLarge(_)
                    | MoneyError::TooDear(_)),
                ) => Err(error),
                _ => return None,
            },
        };
        match money {
            Err(error) => {
                self.note(amount_at, error.to_string());
                None
            }
            Ok(money) if money.minor < 0 => {
                self.note(amount_at, format!("{} must not be negative", money.amount()));
                None
            }
            Ok(money) => Some(money),
        }
    }

    /// A country by its two letters.
    pub(super) fn country(&mut self, at: &str, text: &str) -> Option<String> {
        let is_country =
            |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
        if is_country(text) {
            return Some(text.to_owned());
        }
        let upper = text.to_uppercase();
        let detail = if is_country(&upper) {
            format!("'{text}' must be in upper case: '{upper}'")
        } else {
            format!("'{text}' is no ISO 3166 country of two letters such as DE")
        };
        self.note(at, detail);
        None
    }

    /// Whether a list has a bearable length.
    pub(super) fn is_short(&mut self, at: &str, length: usize) -> bool {
        if length > LIST_MAX {
            let detail = format!("has {length} elements; at most {LIST_MAX} are kept");
            self.note(at, detail);
        }
        length <= LIST_MAX
    }

    /// `: did you mean '…'?`, or nothing where no name is near.
    pub(super) fn hint<'a>(&mut self, text: &str, known: impl Iterator<Item = &'a str>) -> String {
        let wanted = self.hints_left > 0;
        self.hints_left = self.hints_left.saturating_sub(1);
        let nearest = wanted.then(|| nearest(text, known)).flatten();
        nearest.map_or_else(String::new, |name| format!(": did you mean '{name}'?"))
    }
}

/// Whether a text has the form of a BCP 47 locale: a language of two or three letters, then
/// subtags of letters and digits.
#[must_use]
pub fn is_locale(text: &str) -> bool {
    let mut subtags = text.split('-');
    let is_language = |tag: &str| {
        (2..=3).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    let is_subtag = |tag: &str| {
        (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let ends_well = text.rsplit('-').next().is_some_and(|last| last.len() > 1);
    text.len() <= 100
        && ends_well
        && subtags.next().is_some_and(is_language)
        && subtags.all(is_subtag)
}

/// What is said of a language that nothing is known of.
#[must_use]
pub fn unknown_language(tag: &str) -> String {
    format!("'{tag}' is no known language tag such as en or de-AT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_form_of_a_locale_is_judged() {
        for good in ["en", "de-AT", "zh-Hant-TW", "gsw", "de-u-nu-latn", "EN"] {
            assert!(is_locale(good), "{good}");
        }
        for bad in [
            "",
            "e",
            "english",
            "en_US",
            "en-",
            "-en",
            "en--US",
            "d1",
            "en-x",
            "en-ä",
            "en-abcdefghi",
        ] {
            assert!(!is_locale(bad), "{bad}");
        }
    }

    #[test]
    fn a_near_name_is_offered_and_a_far_one_is_not() {
        let names = ["churn", "winback", "month", "montt"];
        for (text, want) in [
            ("chrun", Some("churn")),
            ("Churn", Some("churn")),
            ("win-back", Some("winback")),
            ("monts", Some("month")),
            ("year", None),
            ("", None),
        ] {
            assert_eq!(nearest(text, names.into_iter()), want, "{text}");
        }
    }
}
