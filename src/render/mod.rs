//! Writes what people read: values in their locale, then the pages that show them.
//! What there is to say is left to `app`, sending it to the edges.
//!
//! In reading order: [`format`] writes dates, amounts, lists and periods; [`pages`] fills the
//! templates of the hosted checkout, both with words of their own from `templates/i18n`, which
//! this file opens; [`demo`] is the demo's shop; [`backend`] fills those of the merchant
//! backend; [`assets`] are the style
//! sheets and scripts that pages link.

pub mod assets;
pub mod backend;
pub mod demo;
pub mod format;
pub mod pages;
#[cfg(test)]
mod tests;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid};
use handlebars::{
    Context, Handlebars, Helper, HelperDef, RenderContext, RenderErrorReason, ScopedJson,
};

use crate::render::format::Locale;

use loaded::WORDS;

#[expect(clippy::disallowed_types, reason = "the macro's own")]
mod loaded {
    fluent_templates::static_loader! {
        pub(super) static WORDS = {
            locales: "./templates/i18n",
            fallback_language: "en",
            // The marks would change amounts byte by byte; a page isolates values with its own
            // markup.
            customise: |bundle| bundle.set_use_isolating(false),
        };
    }
}

static ENGLISH: LanguageIdentifier = langid!("en");
static GERMAN: LanguageIdentifier = langid!("de");

/// The language of our own words for a locale: its own, or English where we do not speak it.
fn language_of(locale: &Locale) -> &'static LanguageIdentifier {
    match locale.language() {
        "de" => &GERMAN,
        _ => &ENGLISH,
    }
}

/// Whether there are words of our own in the language of a locale.
#[must_use]
pub fn is_spoken(locale: &Locale) -> bool {
    [&ENGLISH, &GERMAN].iter().any(|ours| ours.language.as_str() == locale.language())
}

/// Our own words under this key, or `None` where there are none in that language nor in English.
fn words<'a>(
    language: &LanguageIdentifier,
    key: &str,
    values: impl IntoIterator<Item = (&'a str, FluentValue<'a>)>,
) -> Option<String> {
    let values = values.into_iter().map(|(name, value)| (name.to_owned().into(), value));
    WORDS.try_lookup_with_args(language, key, &values.collect())
}

/// `{{t "key" name=value}}`: our own words in the language of the page. Several keys are joined by
/// dashes. What it gives is escaped like any other value.
struct Words;

impl HelperDef for Words {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, handlebars::RenderError> {
        let language: &LanguageIdentifier = match context.data()["language"].as_str() {
            Some("de") => &GERMAN,
            _ => &ENGLISH,
        };
        let keys: Vec<&str> =
            helper.params().iter().filter_map(|key| key.value().as_str()).collect();
        let key = keys.join("-");
        let values = helper
            .hash()
            .iter()
            .filter_map(|(name, value)| Some((*name, FluentValue::from(value.value().as_str()?))));
        words(language, &key, values)
            .map(|words| ScopedJson::Derived(words.into()))
            .ok_or_else(|| RenderErrorReason::Other(format!("no words for {key}")).into())
    }
}

/// A page that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template that is none.
    #[error("template cannot be read: {0}")]
    Template(#[from] Box<handlebars::TemplateError>),
    /// A template that asks for what is not there.
    #[error("page cannot be filled: {0}")]
    Page(#[from] Box<handlebars::RenderError>),
    /// A context that is no tree of values.
    #[error("page context cannot be read: {0}")]
    Context(#[from] serde_json::Error),
    /// Words that are in no language.
    #[error("no words for {0}")]
    NoWords(&'static str),
    /// A page that begins with a choice it does not offer.
    #[error("mode {0:?} is not among the choices of the page")]
    NotAmongChoices(crate::domain::checkout::Purchase),
}
