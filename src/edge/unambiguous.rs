//! Judges whether JSON says everything once. What it says is left to others.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Reads JSON in which no object has a member twice: who signs or checks it may take the first of
/// the two, we would take the last.
///
/// # Errors
/// Where one has, or where it is no JSON.
pub(crate) fn read(text: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice::<Unambiguous>(text)?;
    serde_json::from_slice(text)
}

/// Some JSON in which no object has a member twice.
struct Unambiguous;

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DuplicateCheck)
    }
}

struct DuplicateCheck;

impl<'de> Visitor<'de> for DuplicateCheck {
    type Value = Unambiguous;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Unambiguous, A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            let _: Unambiguous = members.next_value()?;
            if let Some(twice) = seen.replace(name) {
                return Err(Error::custom(format_args!("the member `{twice}` is there twice")));
            }
        }
        Ok(Unambiguous)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Unambiguous, A::Error> {
        while elements.next_element::<Unambiguous>()?.is_some() {}
        Ok(Unambiguous)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Unambiguous, E> {
        IgnoredAny.visit_bool(value).map(|_| Unambiguous)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Unambiguous, E> {
        IgnoredAny.visit_i64(value).map(|_| Unambiguous)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Unambiguous, E> {
        IgnoredAny.visit_u64(value).map(|_| Unambiguous)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Unambiguous, E> {
        IgnoredAny.visit_f64(value).map(|_| Unambiguous)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Unambiguous, E> {
        IgnoredAny.visit_str(value).map(|_| Unambiguous)
    }

    fn visit_unit<E: Error>(self) -> Result<Unambiguous, E> {
        Ok(Unambiguous)
    }
}
