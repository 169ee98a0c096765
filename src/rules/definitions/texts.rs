//! Drafts of texts in several languages: those of offers, products and paths beside what their
//! merchant wrote first. Which one a customer reads is for `domain::translation`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::fault::{Fault, pointer_step};
use crate::domain::ids::ProductId;
use crate::domain::path::Path;
use crate::domain::shapes::{Text, Title};
use crate::domain::text::{Text as Template, Vocabulary};
use crate::domain::translation::{LANGUAGES_MAX, OfferText, PathText, ProductText, Wording};

use super::facts::DraftFacts;
use super::fields::{Faults, unknown_language};

/// How many variables a text may show: with each, what a customer reads grows by a title.
const HOLES_MAX: usize = 20;

/// An offer in another language; what is left out is as in the first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = OfferText)]
pub struct OfferTextDraft {
    /// What customers see.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Title, nullable = false)]
    pub title: Option<String>,
    /// What it is, in a few sentences.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Text, nullable = false)]
    pub summary: Option<String>,
    /// What the law wants to be told before it is bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Text, nullable = false)]
    pub legal_advice: Option<String>,
}

/// A product in another language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = ProductText)]
pub struct ProductTextDraft {
    /// What customers see.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Title, nullable = false)]
    pub title: Option<String>,
}

/// A path in another language, with variables as in the first; what is left out is as there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = PathText)]
pub struct PathTextDraft {
    /// What customers see.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Title, nullable = false)]
    pub title: Option<String>,
    /// What customers read when it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Text, nullable = false)]
    pub description: Option<String>,
}

/// What an offer itself says in other languages, without the titles of its products.
pub(super) fn of_offer(wording: &Wording) -> BTreeMap<String, OfferTextDraft> {
    let own = wording.languages.iter().filter(|(_, text)| text.is_own());
    let text = |it: &OfferText| OfferTextDraft {
        title: it.title.clone(),
        summary: it.summary.clone(),
        legal_advice: it.legal_advice.clone(),
    };
    own.map(|(language, it)| (language.clone(), text(it))).collect()
}

/// What a product says in other languages.
pub(super) fn of_product(
    texts: &BTreeMap<String, ProductText>,
) -> BTreeMap<String, ProductTextDraft> {
    let text = |it: &ProductText| ProductTextDraft { title: it.title.clone() };
    texts.iter().map(|(language, it)| (language.clone(), text(it))).collect()
}

/// What a path says in other languages.
pub(super) fn of_path(path: &Path) -> BTreeMap<String, PathTextDraft> {
    let source = |text: &Option<Template>| text.as_ref().map(|text| text.source().to_owned());
    let text = |it: &PathText| PathTextDraft {
        title: source(&it.title),
        description: source(&it.description),
    };
    path.texts.iter().map(|(language, it)| (language.clone(), text(it))).collect()
}

/// What customers read of an offer besides its title; `products` are the titles of its products
/// in other languages.
pub(super) fn wording<'a>(
    faults: &mut Faults,
    (summary, legal_advice): (Option<&str>, Option<&str>),
    drafts: &BTreeMap<String, OfferTextDraft>,
    products: impl Iterator<Item = (&'a ProductId, &'a BTreeMap<String, ProductText>)>,
) -> Wording {
    let mut languages = each(faults, drafts, |faults, at, draft| OfferText {
        title: title(faults, &format!("{at}/title"), draft.title.as_deref()),
        summary: told(faults, &format!("{at}/summary"), draft.summary.as_deref()),
        legal_advice: told(faults, &format!("{at}/legal_advice"), draft.legal_advice.as_deref()),
        products: BTreeMap::new(),
    });
    for (id, texts) in products {
        for (language, text) in texts {
            let Some(title) = &text.title else { continue };
            let of_offer = languages.entry(language.clone()).or_default();
            of_offer.products.insert(id.clone(), title.clone());
        }
    }
    Wording {
        summary: told(faults, "/summary", summary),
        legal_advice: told(faults, "/legal_advice", legal_advice),
        languages,
    }
}

/// A product in other languages.
pub(super) fn product_texts(
    faults: &mut Faults,
    drafts: &BTreeMap<String, ProductTextDraft>,
) -> BTreeMap<String, ProductText> {
    each(faults, drafts, |faults, at, draft| ProductText {
        title: title(faults, &format!("{at}/title"), draft.title.as_deref()),
    })
}

/// A path in other languages; every variable in its texts is known.
pub(super) fn path_texts(
    faults: &mut Faults,
    drafts: &BTreeMap<String, PathTextDraft>,
) -> BTreeMap<String, PathText> {
    each(faults, drafts, |faults, at, draft| {
        let title_at = format!("{at}/title");
        let title = title(faults, &title_at, draft.title.as_deref());
        let text_at = format!("{at}/description");
        let text = faults.text(&text_at, draft.description.as_deref());
        PathText {
            title: title.and_then(|title| template(faults, &title_at, &title)),
            description: text.and_then(|text| template(faults, &text_at, &text)),
        }
    })
}

/// A text with holes, every one of which must be known. Filled, each may be as long as a title.
pub(super) fn template<V: Vocabulary>(
    faults: &mut Faults,
    at: &str,
    text: &str,
) -> Option<Template<V>> {
    let text = match Template::parse(text) {
        Ok(text) => text,
        Err(unknown) => {
            for variable in unknown {
                faults.note(at, variable.to_string());
            }
            return None;
        }
    };
    let holes = text.holes();
    if holes > HOLES_MAX {
        faults.note(at, format!("has {holes} variables; at most {HOLES_MAX} are filled in"));
        return None;
    }
    Some(text)
}

/// The faults of languages of which nothing is known.
///
/// # Errors
/// A fault at each.
pub(super) fn known<T>(texts: &BTreeMap<String, T>, facts: &DraftFacts) -> Result<(), Vec<Fault>> {
    let unknown = texts.keys().filter(|tag| !(facts.is_language)(tag));
    let faults: Vec<Fault> = unknown
        .map(|tag| Fault::new(format!("/texts/{}", pointer_step(tag)), unknown_language(tag)))
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn each<D, T>(
    faults: &mut Faults,
    drafts: &BTreeMap<String, D>,
    text: impl Fn(&mut Faults, &str, &D) -> T,
) -> BTreeMap<String, T> {
    if drafts.len() > LANGUAGES_MAX {
        let many = drafts.len();
        let detail = format!("has {many} languages; at most {LANGUAGES_MAX} are kept");
        faults.note("/texts", detail);
        return BTreeMap::new();
    }
    let texts = drafts.iter().filter_map(|(language, draft)| {
        let at = format!("/texts/{}", pointer_step(language));
        faults.locale(&at, language)?;
        Some((language.clone(), text(faults, &at, draft)))
    });
    texts.collect()
}

/// A title that may be left out, but not be blank.
fn title(faults: &mut Faults, at: &str, text: Option<&str>) -> Option<String> {
    text.and_then(|text| faults.title(at, Some(text)))
}

/// A text that may be left out; a blank one is left out, too.
fn told(faults: &mut Faults, at: &str, text: Option<&str>) -> Option<String> {
    faults.text(at, text).filter(|text| !text.trim().is_empty())
}
