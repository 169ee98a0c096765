//! Our own words, in the languages that we speak: those of `templates/i18n`. Which language a page
//! is in is left to `format`. Merchants write in others, too: the few words of ours that stand in
//! their texts are there in more languages.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use handlebars::{
    Context, Handlebars, Helper, HelperDef, RenderContext, RenderErrorReason, ScopedJson,
};
use serde::Serialize;

/// A language that we speak ourselves.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Language {
    /// That of last resort.
    #[default]
    #[serde(rename = "en")]
    English,
    /// That of Germany, Austria and others.
    #[serde(rename = "de")]
    German,
}

impl Language {
    pub(super) const ALL: [Self; 2] = [Self::English, Self::German];

    /// The primary language subtag.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The language with this subtag, where we speak it.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    fn bundle(self) -> &'static Bundle {
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }
}

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| {
    bundle(
        Language::English.code(),
        &[
            include_str!("../../templates/i18n/en/checkout.ftl"),
            include_str!("../../templates/i18n/en/documents.ftl"),
            include_str!("../../templates/i18n/en/formats.ftl"),
            include_str!("../../templates/i18n/en/portal.ftl"),
        ],
    )
});
static GERMAN: LazyLock<Bundle> = LazyLock::new(|| {
    bundle(
        Language::German.code(),
        &[
            include_str!("../../templates/i18n/de/checkout.ftl"),
            include_str!("../../templates/i18n/de/documents.ftl"),
            include_str!("../../templates/i18n/de/formats.ftl"),
            include_str!("../../templates/i18n/de/portal.ftl"),
        ],
    )
});

/// What stands in texts of merchants, by their language: where we have no pages in it.
static TEXTS: LazyLock<BTreeMap<&str, Bundle>> = LazyLock::new(|| {
    let norwegian = include_str!("../../templates/i18n/texts/nb.ftl");
    let all = [
        ("da", include_str!("../../templates/i18n/texts/da.ftl")),
        ("es", include_str!("../../templates/i18n/texts/es.ftl")),
        ("fi", include_str!("../../templates/i18n/texts/fi.ftl")),
        ("fr", include_str!("../../templates/i18n/texts/fr.ftl")),
        ("it", include_str!("../../templates/i18n/texts/it.ftl")),
        ("nb", norwegian),
        ("nl", include_str!("../../templates/i18n/texts/nl.ftl")),
        ("nn", norwegian),
        ("no", norwegian),
        ("pt", include_str!("../../templates/i18n/texts/pt.ftl")),
        ("sv", include_str!("../../templates/i18n/texts/sv.ftl")),
    ];
    all.into_iter().map(|(language, words)| (language, bundle(language, &[words]))).collect()
});

/// Opens our own words. What of them cannot be read is missing, which the tests of the pages see.
fn bundle(language: &str, sources: &[&str]) -> Bundle {
    let mut bundle = Bundle::new_concurrent(language.parse().into_iter().collect());
    // The marks would change amounts byte by byte; a page isolates values with its own markup.
    bundle.set_use_isolating(false);
    for source in sources {
        let (Ok(resource) | Err((resource, _))) = FluentResource::try_new((*source).to_owned());
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// Our own words under this key, or `None` where there are none in that language nor in English.
pub(super) fn words<'a>(
    language: Language,
    key: &str,
    values: impl IntoIterator<Item = (&'a str, FluentValue<'a>)>,
) -> Option<String> {
    let values: FluentArgs<'_> = values.into_iter().collect();
    let all = [language, Language::English];
    all.into_iter().find_map(|language| said(language.bundle(), key, &values))
}

/// The same within a text that is written in this language; `None` where we know none in it.
pub(super) fn words_in_text<'a>(
    language: &str,
    key: &str,
    values: impl IntoIterator<Item = (&'a str, FluentValue<'a>)>,
) -> Option<String> {
    let spoken = Language::of(language).map(Language::bundle);
    said(spoken.or_else(|| TEXTS.get(language))?, key, &values.into_iter().collect())
}

fn said(bundle: &Bundle, key: &str, values: &FluentArgs<'_>) -> Option<String> {
    let pattern = bundle.get_message(key)?.value()?;
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(values), &mut errors);
    errors.is_empty().then(|| text.into_owned())
}

/// `{{t "key" name=value}}`: our own words in the language of the page. Several keys are joined by
/// dashes. What it gives is escaped like any other value.
pub(super) struct Words;

impl HelperDef for Words {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        _: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, handlebars::RenderError> {
        let code = context.data()["language"].as_str();
        let language = code.and_then(Language::of).unwrap_or(Language::English);
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
