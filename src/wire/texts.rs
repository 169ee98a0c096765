//! Texts in other languages than that in which a merchant wrote first. Which one somebody reads is
//! left to the domain.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::path::Path;
use crate::domain::translation as domain;
use crate::wire::{Text, Title};

/// An offer in another language; what is left out is as in the first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferText {
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductText {
    /// What customers see.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Title, nullable = false)]
    pub title: Option<String>,
}

/// A path in another language, with variables as in the first; what is left out is as there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PathText {
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
pub(super) fn of_offer(wording: &domain::Wording) -> BTreeMap<String, OfferText> {
    let own = wording.languages.iter().filter(|(_, text)| text.is_own());
    let text = |it: &domain::OfferText| OfferText {
        title: it.title.clone(),
        summary: it.summary.clone(),
        legal_advice: it.legal_advice.clone(),
    };
    own.map(|(language, it)| (language.clone(), text(it))).collect()
}

/// A product in other languages.
pub(super) fn of_product(
    texts: &BTreeMap<String, domain::ProductText>,
) -> BTreeMap<String, ProductText> {
    let text = |it: &domain::ProductText| ProductText { title: it.title.clone() };
    texts.iter().map(|(language, it)| (language.clone(), text(it))).collect()
}

/// A path in other languages.
pub(super) fn of_path(path: &Path) -> BTreeMap<String, PathText> {
    let source = |text: &Option<crate::domain::text::Text>| {
        text.as_ref().map(|text| text.source().to_owned())
    };
    let text = |it: &domain::PathText| PathText {
        title: source(&it.title),
        description: source(&it.description),
    };
    path.texts.iter().map(|(language, it)| (language.clone(), text(it))).collect()
}
