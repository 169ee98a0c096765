//! Texts of a merchant in other languages than that in which they wrote first. Which locale
//! somebody reads is for who decides about them; what is said nowhere in it is said as the merchant
//! wrote first.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use super::ids::ProductId;
use super::text::{Text, Variable};

/// In how many other languages a thing may be written.
pub const LANGUAGES_MAX: usize = 50;

/// What a text says in a locale: the words of just this one, else of the wider one (`de` for
/// `de-AT`); none where there are none.
pub fn said_in<'a, T, V: ?Sized>(
    texts: &'a BTreeMap<String, T>,
    locale: &str,
    part: impl Fn(&'a T) -> Option<&'a V>,
) -> Option<&'a V> {
    let mut tag = locale;
    loop {
        let known = texts.iter().find(|(language, _)| language.eq_ignore_ascii_case(tag));
        if let Some(said) = known.and_then(|(_, text)| part(text)) {
            return Some(said);
        }
        tag = tag.rsplit_once('-')?.0;
    }
}

/// The same said in several languages (BCP 47), each once, in the order in which they were written:
/// the first stands in for those that are missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByLanguage<T>(Vec<(String, T)>);

impl<T> Default for ByLanguage<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ByLanguage<T> {
    /// In how many languages.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each language with what is said in it.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &T)> {
        self.0.iter().map(|(language, said)| (language, said))
    }

    /// The languages.
    pub fn languages(&self) -> impl Iterator<Item = &String> {
        self.0.iter().map(|(language, _)| language)
    }
}

impl<T> FromIterator<(String, T)> for ByLanguage<T> {
    /// Of two of one language the first is taken.
    fn from_iter<I: IntoIterator<Item = (String, T)>>(said: I) -> Self {
        let mut all: Vec<(String, T)> = Vec::new();
        for (language, said) in said {
            if all.iter().all(|(known, _)| *known != language) {
                all.push((language, said));
            }
        }
        Self(all)
    }
}

impl<T: Serialize> Serialize for ByLanguage<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ByLanguage<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Languages(PhantomData))
    }
}

struct Languages<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Languages<T> {
    type Value = ByLanguage<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a member for each language")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<ByLanguage<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(member) = members.next_entry()? {
            all.push(member);
        }
        Ok(all.into_iter().collect())
    }
}

/// What customers read of an offer besides its title, and all of it in other languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wording {
    /// What it is, in a few sentences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What the law wants to be told before it is bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_advice: Option<String>,
    /// The same by language (BCP 47).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub languages: BTreeMap<String, OfferText>,
}

/// An offer in another language: what is not said is as in the first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OfferText {
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What the law wants to be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_advice: Option<String>,
    /// The titles of its products when sold, where they have one in this language.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub products: BTreeMap<ProductId, String>,
}

impl Wording {
    /// The titles of a product when sold, by language.
    #[must_use]
    pub fn product_titles(&self, id: &ProductId) -> BTreeMap<String, String> {
        let titles = self.languages.iter();
        titles.filter_map(|(tag, it)| Some((tag.clone(), it.products.get(id)?.clone()))).collect()
    }
}

/// A title, with the same in other languages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TranslatedTitle {
    /// As the merchant wrote it first.
    pub title: String,
    /// By language (BCP 47).
    pub languages: BTreeMap<String, String>,
}

impl TranslatedTitle {
    /// That of a product, or else of an offer.
    #[must_use]
    pub fn of(
        title: String,
        product: Option<BTreeMap<String, ProductText>>,
        offer: Option<&Wording>,
    ) -> Self {
        let product = product.into_iter().flatten();
        let product = product.filter_map(|(tag, it)| Some((tag, it.title?)));
        let offer = offer.into_iter().flat_map(|wording| &wording.languages);
        let offer = offer.filter_map(|(tag, it)| Some((tag.clone(), it.title.clone()?)));
        Self { title, languages: product.chain(offer).collect() }
    }

    /// In a locale, else as the merchant wrote it first.
    #[must_use]
    pub fn said_in(&self, locale: &str) -> &str {
        said_in(&self.languages, locale, |title| Some(title.as_str())).unwrap_or(&self.title)
    }
}

impl OfferText {
    /// Whether the offer itself says something in this language.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.title.is_some() || self.summary.is_some() || self.legal_advice.is_some()
    }
}

/// A product in another language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProductText {
    /// Its title.
    pub title: Option<String>,
}

/// A path in another language: what is not said is as in the first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PathText {
    /// Public title.
    pub title: Option<Text>,
    /// Public text.
    pub description: Option<Text>,
}

impl PathText {
    /// Whether one of its texts shows a variable.
    #[must_use]
    pub fn uses(&self, variable: Variable) -> bool {
        self.title.iter().chain(&self.description).any(|text| text.uses(variable))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_keep_the_order_in_which_they_were_written() {
        let said = r#"{"pt":"ol\u00e1","de":"hallo","en":"hello"}"#;
        let read: ByLanguage<String> = serde_json::from_str(said).unwrap();
        assert_eq!(read.languages().collect::<Vec<_>>(), ["pt", "de", "en"]);
        let value: serde_json::Value = serde_json::from_str(said).unwrap();
        assert_eq!(serde_json::from_value::<ByLanguage<String>>(value).unwrap(), read);
        assert_eq!(serde_json::to_string(&read).unwrap(), said.replace("\\u00e1", "á"));
        let other: ByLanguage<String> =
            read.iter().map(|(tag, it)| (tag.clone(), it.clone())).collect();
        assert_eq!(other, read);
    }

    #[test]
    fn a_text_is_said_in_the_locale_else_in_its_language_else_not() {
        let text = |title: Option<&str>| ProductText { title: title.map(str::to_owned) };
        let texts = BTreeMap::from([
            ("de".to_owned(), text(Some("Jahr"))),
            ("de-AT".to_owned(), text(None)),
            ("de-CH".to_owned(), text(Some("Johr"))),
            ("pt-BR".to_owned(), text(Some("Ano"))),
        ]);
        for (locale, said) in [
            ("de", Some("Jahr")),
            ("DE-ch", Some("Johr")),
            ("de-AT", Some("Jahr")),
            ("de-Latn-CH", Some("Jahr")),
            ("pt", None),
            ("pt-BR", Some("Ano")),
            ("en", None),
            ("", None),
        ] {
            assert_eq!(said_in(&texts, locale, |it| it.title.as_deref()), said, "{locale}");
        }
    }
}
