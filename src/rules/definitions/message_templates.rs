//! The draft of a message template, and of a text of a message.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::fault::{Fault, pointer_step};
use crate::domain::ids::MessageTemplateId;
use crate::domain::message_template::{MessageTemplate, MessageText};
use crate::domain::shapes::{self, Title};
use crate::domain::text::MessageVariable;
use crate::domain::translation::ByLanguage;

use super::fields::{Faults, unknown_language};
use super::fillable::lacking;
use super::texts::template;
use super::{DraftFacts, Drafted};

/// In how many languages a template may speak.
const LANGUAGES_MAX: usize = 50;

/// A template of messages to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MessageTemplateBody)]
pub struct MessageTemplateDraft {
    /// What merchants see.
    #[schema(value_type = Title)]
    pub title: Option<String>,
    /// What it says, by language: 1 to 50 of them. The first stands in for those that are missing.
    #[serde(default)]
    #[schema(required, value_type = std::collections::BTreeMap<String, MessageTextDraft>)]
    pub texts: ByLanguage<MessageTextDraft>,
}

/// What a message says in one language, with variables such as {customerName}, {productTitle},
/// {couponCode}, {couponValidUntil}, {link}, {unsubscribeLink}; after what befell a subscription
/// also {subscriptionTitle} and {nextPayment}.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MessageText)]
pub struct MessageTextDraft {
    /// One line.
    #[schema(value_type = Title)]
    pub subject: Option<String>,
    /// The message as plain text.
    #[schema(value_type = Title)]
    pub text: Option<String>,
    /// The message as HTML.
    #[schema(value_type = Option<shapes::Text>)]
    pub html: Option<String>,
}

impl From<&MessageTemplate> for MessageTemplateDraft {
    fn from(it: &MessageTemplate) -> Self {
        let texts = it.texts.iter().map(|(language, text)| (language.clone(), text.into()));
        Self { title: Some(it.title.clone()), texts: texts.collect() }
    }
}

impl From<&MessageText> for MessageTextDraft {
    fn from(it: &MessageText) -> Self {
        Self {
            subject: Some(it.subject.source().to_owned()),
            text: Some(it.text.source().to_owned()),
            html: it.html.as_ref().map(|html| html.source().to_owned()),
        }
    }
}

impl Drafted for MessageTemplate {
    type Draft = MessageTemplateDraft;

    fn decide(
        id: MessageTemplateId,
        draft: &MessageTemplateDraft,
        facts: &DraftFacts,
    ) -> Result<Self, Vec<Fault>> {
        decide_message_template(id, draft, facts)
    }
}

fn decide_message_template(
    id: MessageTemplateId,
    draft: &MessageTemplateDraft,
    facts: &DraftFacts,
) -> Result<MessageTemplate, Vec<Fault>> {
    let mut faults = Faults::new();
    let title = faults.title("/title", draft.title.as_deref());
    if draft.texts.is_empty() || draft.texts.len() > LANGUAGES_MAX {
        faults.note("/texts", format!("must hold 1 to {LANGUAGES_MAX} languages"));
    }
    let mut texts = Vec::new();
    for (language, draft) in draft.texts.iter().take(LANGUAGES_MAX) {
        let at = format!("/texts/{}", pointer_step(language));
        if let Some(tag) = faults.locale(&at, language).filter(|tag| !(facts.is_language)(tag)) {
            faults.note(&at, unknown_language(&tag));
        }
        if let Some(text) = message_text(&mut faults, &at, draft) {
            judge_senders(&mut faults, &at, (&id, &text), facts);
            texts.push((language.clone(), text));
        }
    }
    let texts = texts.into_iter().collect();
    let template = title.map(|title| MessageTemplate { id, title, texts });
    faults.answer(template)
}

/// Refuses variables that an automation which sends the template cannot fill.
fn judge_senders(
    faults: &mut Faults,
    at: &str,
    (id, text): (&MessageTemplateId, &MessageText),
    facts: &DraftFacts,
) {
    for (part, text) in text.parts() {
        for variable in MessageVariable::ALL.into_iter().filter(|it| text.uses(*it)) {
            let mut senders = facts.messages.automations.iter();
            let lacking =
                senders.find_map(|(sender, terms)| Some((sender, lacking(terms, id, variable)?)));
            if let Some((automation, why)) = lacking {
                let name = variable.name();
                let detail = format!("automation '{automation}' cannot show {{{name}}}: {why}");
                faults.note(format!("{at}/{part}"), detail);
            }
        }
    }
}

/// A text of a message: its subject is one line, and every variable in it is known.
pub(super) fn message_text(
    faults: &mut Faults,
    at: &str,
    draft: &MessageTextDraft,
) -> Option<MessageText> {
    let subject_at = format!("{at}/subject");
    let subject = faults.title(&subject_at, draft.subject.as_deref());
    if subject.as_deref().is_some_and(|text| text.contains(char::is_control)) {
        faults.note(&subject_at, "must be one line");
    }
    let subject = subject.and_then(|text| template(faults, &subject_at, &text));
    let text_at = format!("{at}/text");
    let text = faults.title(&text_at, draft.text.as_deref());
    let text = text.and_then(|text| template(faults, &text_at, &text));
    let html_at = format!("{at}/html");
    let html = faults.text(&html_at, draft.html.as_deref());
    let html = html.and_then(|text| template(faults, &html_at, &text));
    Some(MessageText { subject: subject?, text: text?, html })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::rules::definitions::decide_whole;
    use crate::rules::definitions::samples::facts;

    fn judge(draft: Value) -> Result<MessageTemplate, Vec<Fault>> {
        let draft = serde_json::from_value(draft).unwrap();
        decide_message_template(MessageTemplateId::stored("t".to_owned()), &draft, &facts())
    }

    #[test]
    fn a_template_says_the_same_in_several_languages() {
        let template = judge(json!({"title": "Thanks", "texts": {
            "en": {"subject": "Thank you, {customerName}", "text": "For {productTitle}.",
                "html": "<p>For <b>{productTitle}</b>: <a href=\"{link}\">more</a></p>"},
            "de-AT": {"subject": "Danke", "text": "{unsubscribeLink}"},
        }}));
        let template = template.unwrap();
        assert_eq!(template.texts.languages().collect::<Vec<_>>(), ["en", "de-AT"]);
        let (_, first) = template.texts.iter().next().unwrap();
        let html = first.html.as_ref().unwrap();
        assert!(html.uses(MessageVariable::Link) && !html.uses(MessageVariable::CouponCode));
    }

    #[test]
    fn a_template_in_many_languages_is_bounded_as_a_whole() {
        let judge = |languages: &[&str]| {
            let text = json!({"subject": "s", "text": "\u{1f600}".repeat(9_000),
                "html": "\u{1f600}".repeat(9_000)});
            let texts: serde_json::Map<_, _> =
                languages.iter().map(|tag| ((*tag).to_owned(), text.clone())).collect();
            let draft = serde_json::from_value(json!({"title": "T", "texts": texts})).unwrap();
            let id = MessageTemplateId::stored("t".to_owned());
            decide_whole::<MessageTemplate>(id, &draft, &facts())
        };
        let languages = [
            "de", "de-AT", "de-BE", "de-CH", "de-LI", "de-LU", "en", "en-AU", "en-CA", "en-GB",
            "en-IE", "en-US",
        ];
        assert_eq!(judge(&languages[..11]).err(), None);
        let faults = judge(&languages).unwrap_err();
        assert_eq!((faults.len(), faults[0].pointer.as_str()), (1, "/texts"));
        assert!(faults[0].detail.ends_with("at most 200000 are kept"), "{}", faults[0].detail);
    }

    #[test]
    fn every_fault_of_a_template_has_its_pointer() {
        let text = |subject: &str, text: &str| json!({"subject": subject, "text": text});
        #[rustfmt::skip]
        let table = [
            (json!({"texts": {"en": text("s", "t")}}), "/title", "is missing"),
            (json!({"title": "T", "texts": {"en": text("s", &"{link} ".repeat(21))}}),
                "/texts/en/text", "has 21 variables; at most 20 are filled in"),
            (json!({"title": "T"}), "/texts", "must hold 1 to 50 languages"),
            (json!({"title": "T", "texts": {"en": {"text": "t"}}}), "/texts/en/subject", "missing"),
            (json!({"title": "T", "texts": {"en": {"subject": "t"}}}), "/texts/en/text", "missing"),
            (json!({"title": "T", "texts": {"en": text("a\nBcc: b", "t")}}), "/texts/en/subject",
                "must be one line"),
            (json!({"title": "T", "texts": {"en": text("s", " ")}}), "/texts/en/text", "blank"),
            (json!({"title": "T", "texts": {"e_n": text("s", "t")}}), "/texts/e_n", "BCP 47"),
            (json!({"title": "T", "texts": {"en": text("{custommerName}", "t")}}),
                "/texts/en/subject", "did you mean {customerName}?"),
            (json!({"title": "T", "texts": {"en": text("s", "{coupon}")}}), "/texts/en/text",
                "did you mean {couponCode}?"),
            (json!({"title": "T", "texts": {"en": {"subject": "s", "text": "t",
                "html": "<a href=\"{lnk}\">x</a>"}}}), "/texts/en/html", "did you mean {link}?"),
        ];
        for (draft, pointer, detail) in table {
            let faults = judge(draft.clone()).unwrap_err();
            assert_eq!(faults.len(), 1, "{draft}: {faults:?}");
            assert_eq!(faults[0].pointer, pointer);
            assert!(faults[0].detail.contains(detail), "{}", faults[0].detail);
        }
    }
}
