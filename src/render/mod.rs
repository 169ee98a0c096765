//! Writes what people read: values in their locale.
//! What there is to say is left to `app`, sending it to the edges.
//!
//! [`format`] writes dates, amounts, lists and periods. Its own words are in `templates/i18n`,
//! which this file opens.

pub mod format;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid};

use crate::render::format::Locale;

fluent_templates::static_loader! {
    static WORDS = {
        locales: "./templates/i18n",
        fallback_language: "en",
        // The marks would change amounts byte by byte; a page isolates values with its own markup.
        customise: |bundle| bundle.set_use_isolating(false),
    };
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

/// Our own words under this key, or `None` where there are none in that language nor in English.
fn words<'a>(
    language: &LanguageIdentifier,
    key: &str,
    values: impl IntoIterator<Item = (&'a str, FluentValue<'a>)>,
) -> Option<String> {
    let values = values
        .into_iter()
        .map(|(name, value)| (name.to_owned().into(), value));
    WORDS.try_lookup_with_args(language, key, &values.collect())
}
