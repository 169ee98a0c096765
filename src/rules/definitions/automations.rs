//! The draft of an automation.

use std::collections::BTreeSet;

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::automation::{
    Automation, AutomationTerms, Channel, ConversionCountsAs, CouponTerms, Delay, PersonalCoupon,
    QuietHours, Step, StepText, Trigger,
};
use crate::domain::fault::Fault;
use crate::domain::ids::{
    AutomationId, CouponId, EndpointId, MessageTemplateId, OfferId, is_valid_id,
};
use crate::domain::message_template::MessageText;
use crate::domain::promotion::RewardKind;
use crate::domain::shapes::{Amount, Currency, ElapsedTime, Id, TimeOfDay, Title, Url, amount};
use crate::domain::text::MessageVariable;

use super::coupons::{CouponDraft, own_terms, said};
use super::fields::Faults;
use super::fillable::AvailableVariables;
use super::message_templates::{MessageTextDraft, message_text};
use super::{DraftFacts, Drafted};

/// The most steps of an automation.
const STEPS_MAX: usize = 20;
/// The longest wait before a step, in minutes: a year.
const DELAY_MAX: i64 = 365 * 24 * 60;
/// The shortest and the longest time in which a message may bring a purchase about, in minutes.
const WINDOW: (i64, i64) = (60, 90 * 24 * 60);
/// That time, where nothing is said.
const USUAL_WINDOW: &str = "PT120H";
/// The longest link, in characters.
const LINK_LENGTH_MAX: usize = 2_000;

/// An automation to be written: a new version, which those who start from now on go through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationBody)]
pub struct AutomationDraft {
    /// What merchants see.
    #[schema(value_type = Title)]
    pub title: Option<String>,
    /// What makes customers start.
    #[schema(value_type = Trigger)]
    pub trigger: Option<String>,
    /// The coupon of each customer.
    pub coupon: Option<PersonalCouponDraft>,
    /// Its messages in the order in which they are sent.
    #[serde(default)]
    #[schema(required, min_items = 1, max_items = 20)]
    pub steps: Vec<StepDraft>,
    /// When nothing is sent, in the merchant's time zone.
    pub quiet_hours: Option<QuietHoursDraft>,
    /// How long after its delivery a message may bring a purchase about: PT1H to P90D.
    #[serde(default)]
    #[schema(value_type = ElapsedTime, default = "PT120H")]
    pub attribution_window: Option<String>,
    /// As what those count who bought before their last step.
    #[serde(default)]
    #[schema(value_type = ConversionCountsAs, default = "exited")]
    pub conversion_counts_as: Option<String>,
    /// Of 100 who would start, how many are sent nothing, to compare.
    #[serde(default)]
    #[schema(value_type = u32, minimum = 0, maximum = 50, default = 0)]
    pub holdout_percent: i64,
}

/// The coupon of each customer: what a coupon gives, or `kind`, `value`, `currency` and `min_net`
/// of its own. Each customer has a code of theirs, which nobody else redeems.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationCoupon)]
pub struct PersonalCouponDraft {
    /// A coupon by its id: its codes give what it gives when they are made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>, nullable = false)]
    pub coupon: Option<String>,
    /// What it gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<RewardKind>, nullable = false)]
    pub kind: Option<String>,
    /// How much: a percentage, or an amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub value: Option<String>,
    /// The currency of its amounts; the merchant's where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Currency>, nullable = false)]
    pub currency: Option<String>,
    /// The least net value of what is bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub min_net: Option<String>,
    /// For how many days after the one on which its code is made.
    #[serde(default)]
    #[schema(value_type = u32, required, minimum = 1, maximum = 365)]
    pub valid_days: i64,
    /// What its codes begin with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[A-Z0-9]{1,16}$", example = "THANKS", nullable = false)]
    pub prefix: Option<String>,
}

/// One message of an automation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AutomationStep)]
pub struct StepDraft {
    /// Its name, once in an automation.
    #[schema(value_type = Id)]
    pub key: Option<String>,
    /// How long it waits after the message before it was sent; the first, after the start. At most
    /// P365D.
    #[schema(value_type = ElapsedTime)]
    pub delay: Option<String>,
    /// By which way it is sent.
    #[schema(value_type = Channel)]
    pub channel: Option<String>,
    /// The endpoint that is called; where none is named, the only one that wants `message.send`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>, nullable = false)]
    pub endpoint: Option<String>,
    /// Where {link} leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Url>, nullable = false)]
    pub link: Option<String>,
    /// The offer whose hosted checkout {link} opens, instead: for that customer, with their coupon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Id>, nullable = false)]
    pub checkout: Option<String>,
    /// What it says: a template by its id, which is read when a message is queued, or a text.
    #[schema(value_type = StepTextDraft)]
    pub template: Option<StepTextDraft>,
}

/// The id of a template, or a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = AutomationText)]
pub enum StepTextDraft {
    /// The id of a template.
    Named(String),
    /// A text of its own.
    Own(MessageTextDraft),
}

/// When nothing is sent, by the clock on the wall: over midnight where it begins later than it
/// ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuietHours)]
pub struct QuietHoursDraft {
    /// When they begin (inclusive).
    #[schema(value_type = TimeOfDay)]
    pub from: Option<String>,
    /// When they are over (exclusive).
    #[schema(value_type = TimeOfDay)]
    pub to: Option<String>,
}

impl From<&Automation> for AutomationDraft {
    fn from(it: &Automation) -> Self {
        let terms = &it.terms;
        let time = |time: NaiveTime| Some(time.format("%H:%M").to_string());
        Self {
            title: Some(terms.title.clone()),
            trigger: Some(terms.trigger.to_string()),
            coupon: terms.coupon.as_ref().map(Into::into),
            steps: terms.steps.iter().map(Into::into).collect(),
            quiet_hours: (terms.quiet_hours)
                .map(|quiet| QuietHoursDraft { from: time(quiet.from), to: time(quiet.to) }),
            attribution_window: Some(terms.attribution_window.to_string()),
            conversion_counts_as: Some(terms.conversion_counts_as.to_string()),
            holdout_percent: i64::from(terms.holdout_percent),
        }
    }
}

impl From<&PersonalCoupon> for PersonalCouponDraft {
    fn from(it: &PersonalCoupon) -> Self {
        let bare = Self {
            coupon: None,
            kind: None,
            value: None,
            currency: None,
            min_net: None,
            valid_days: i64::from(it.valid_days),
            prefix: Some(it.prefix.clone()).filter(|prefix| !prefix.is_empty()),
        };
        match &it.gives {
            CouponTerms::Named { coupon } => Self { coupon: Some(coupon.to_string()), ..bare },
            CouponTerms::Own { gives, currency, min_net } => {
                let (kind, value) = said(*gives, *currency);
                Self {
                    kind: Some(kind.to_string()),
                    value,
                    currency: Some(currency.code().to_owned()),
                    min_net: min_net.map(|minor| amount(minor, *currency)),
                    ..bare
                }
            }
        }
    }
}

impl From<&Step> for StepDraft {
    fn from(it: &Step) -> Self {
        Self {
            key: Some(it.key.clone()),
            delay: Some(it.delay.to_string()),
            channel: Some(it.channel.to_string()),
            endpoint: it.endpoint.as_ref().map(ToString::to_string),
            link: it.link.clone(),
            checkout: it.checkout.as_ref().map(ToString::to_string),
            template: Some(match &it.says {
                StepText::Named(id) => StepTextDraft::Named(id.to_string()),
                StepText::Own(text) => StepTextDraft::Own(text.into()),
            }),
        }
    }
}

impl Drafted for Automation {
    type Draft = AutomationDraft;

    fn decide(
        id: AutomationId,
        draft: &AutomationDraft,
        facts: &DraftFacts,
    ) -> Result<Self, Vec<Fault>> {
        decide_automation(id, draft, facts)
    }
}

/// Where it stands is for the store.
fn decide_automation(
    id: AutomationId,
    draft: &AutomationDraft,
    facts: &DraftFacts,
) -> Result<Automation, Vec<Fault>> {
    let mut faults = Faults::new();
    let title = faults.title("/title", draft.title.as_deref());
    let trigger = faults.required("/trigger", draft.trigger.as_deref());
    let trigger: Option<Trigger> = trigger.and_then(|text| faults.named("/trigger", text));
    let coupon = match &draft.coupon {
        None => None,
        Some(draft) => personal(&mut faults, draft, facts),
    };
    let steps = steps(&mut faults, draft, trigger, facts);
    let quiet_hours = draft.quiet_hours.as_ref().and_then(|draft| quiet(&mut faults, draft));
    let window = draft.attribution_window.as_deref().unwrap_or(USUAL_WINDOW);
    let window = delay(&mut faults, "/attribution_window", window, WINDOW);
    let counts_as = draft.conversion_counts_as.as_deref();
    let conversion_counts_as = faults.named_or_default("/conversion_counts_as", counts_as);
    let holdout = faults.count("/holdout_percent", draft.holdout_percent, 0..=50);
    let terms = || {
        Some(AutomationTerms {
            title: title?,
            trigger: trigger?,
            coupon,
            steps,
            quiet_hours,
            attribution_window: window?,
            conversion_counts_as: conversion_counts_as?,
            holdout_percent: holdout?,
        })
    };
    let terms = terms();
    faults.answer(terms).map(|terms| Automation::draft(id, terms))
}

/// The coupon of each customer: a coupon's terms, or its own.
fn personal(
    faults: &mut Faults,
    draft: &PersonalCouponDraft,
    facts: &DraftFacts,
) -> Option<PersonalCoupon> {
    let valid_days = faults.count("/coupon/valid_days", draft.valid_days, 1..=365);
    let prefix = draft.prefix.clone().unwrap_or_default();
    let is_plain = prefix.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if !is_plain || prefix.len() > 16 || draft.prefix.as_deref() == Some("") {
        faults.note("/coupon/prefix", format!("'{prefix}' is not 1 to 16 of A-Z, 0-9"));
    }
    let Some(named) = draft.coupon.as_deref() else {
        let terms = CouponDraft {
            kind: draft.kind.clone(),
            value: draft.value.clone(),
            currency: draft.currency.clone(),
            min_net: draft.min_net.clone(),
            ..CouponDraft::default()
        };
        let (gives, currency, min_net) = own_terms(faults, "/coupon", &terms, facts)?;
        let gives = CouponTerms::Own { gives, currency, min_net };
        return Some(PersonalCoupon { gives, valid_days: valid_days?, prefix });
    };
    let own = [&draft.kind, &draft.value, &draft.currency, &draft.min_net];
    if own.into_iter().any(Option::is_some) {
        faults.note("/coupon/coupon", "says what it gives: leave out kind, value and the like");
    }
    let known = &facts.messages.coupons;
    let id = CouponId::parse(named).ok().filter(|id| known.contains(id));
    if id.is_none() {
        faults.unknown("/coupon/coupon", "coupon", named, known.iter().map(CouponId::as_str));
    }
    let gives = CouponTerms::Named { coupon: id? };
    Some(PersonalCoupon { gives, valid_days: valid_days?, prefix })
}

fn steps(
    faults: &mut Faults,
    draft: &AutomationDraft,
    trigger: Option<Trigger>,
    facts: &DraftFacts,
) -> Vec<Step> {
    if draft.steps.is_empty() || draft.steps.len() > STEPS_MAX {
        faults.note("/steps", format!("must hold 1 to {STEPS_MAX} steps"));
    }
    let mut keys = BTreeSet::new();
    let draft_has_coupon = draft.coupon.is_some();
    let drafts = draft.steps.iter().take(STEPS_MAX).enumerate();
    let steps = drafts.filter_map(|(place, draft)| {
        let at = format!("/steps/{place}");
        let key = faults.required(&format!("{at}/key"), draft.key.as_deref());
        if let Some(key) = key {
            let key_at = format!("{at}/key");
            if !is_valid_id(key) {
                faults.note(key_at, format!("'{key}' is no key of 1 to 128 of A-Z, a-z, 0-9, …"));
            } else if !keys.insert(key) {
                faults.note(key_at, format!("'{key}' is the key of another step already"));
            }
        }
        let step = step(faults, &at, draft, facts);
        if let (Some(step), Some(trigger)) = (&step, trigger) {
            let can = AvailableVariables { trigger, has_coupon: draft_has_coupon };
            judge_variables(faults, &format!("{at}/template"), step, can, facts);
        }
        step
    });
    steps.collect()
}

fn step(faults: &mut Faults, at: &str, draft: &StepDraft, facts: &DraftFacts) -> Option<Step> {
    let delay_at = format!("{at}/delay");
    let wait = faults.required(&delay_at, draft.delay.as_deref());
    let wait = wait.and_then(|text| delay(faults, &delay_at, text, (0, DELAY_MAX)));
    let channel_at = format!("{at}/channel");
    let channel = faults.required(&channel_at, draft.channel.as_deref());
    let channel: Option<Channel> = channel.and_then(|text| faults.named(&channel_at, text));
    let endpoint = draft.endpoint.as_deref().and_then(|text| {
        let at = format!("{at}/endpoint");
        if channel == Some(Channel::Email) {
            faults.note(&at, "goes with channel: webhook only");
        }
        let known = &facts.messages.endpoints;
        let id = EndpointId::parse(text).ok().filter(|id| known.contains(id));
        if id.is_none() {
            let known = known.iter().map(EndpointId::as_str);
            faults.unknown(&at, "webhook endpoint", text, known);
        }
        id
    });
    let link = match draft.link.as_deref() {
        Some(text) => Some(link(faults, &format!("{at}/link"), text)?),
        None => None,
    };
    let checkout = draft.checkout.as_deref().and_then(|text| {
        let at = format!("{at}/checkout");
        if draft.link.is_some() {
            faults.note(&at, "does not go with a link: the message has one of them");
        }
        let known = &facts.catalogue.offers;
        let id = OfferId::parse(text).ok().filter(|id| known.contains(id));
        if id.is_none() {
            faults.unknown(&at, "offer", text, known.iter().map(OfferId::as_str));
        }
        id
    });
    let text_at = format!("{at}/template");
    if draft.template.is_none() {
        faults.note(&text_at, "is missing");
    }
    let text = match draft.template.as_ref()? {
        StepTextDraft::Own(draft) => message_text(faults, &text_at, draft).map(StepText::Own),
        StepTextDraft::Named(text) => {
            let known = &facts.messages.templates;
            let id = MessageTemplateId::parse(text).ok().filter(|id| known.contains_key(id));
            if id.is_none() {
                let known = known.keys().map(MessageTemplateId::as_str);
                faults.unknown(&text_at, "message template", text, known);
            }
            id.map(StepText::Named)
        }
    };
    let key = draft.key.clone()?;
    let (delay, channel) = (wait?, channel?);
    Some(Step { key, delay, channel, endpoint, link, checkout, says: text? })
}

/// Refuses variables that the automation cannot fill.
fn judge_variables(
    faults: &mut Faults,
    at: &str,
    step: &Step,
    can: AvailableVariables,
    facts: &DraftFacts,
) {
    let texts: Vec<(String, &MessageText)> = match &step.says {
        StepText::Own(text) => vec![(at.to_owned(), text)],
        StepText::Named(id) => {
            let template = facts.messages.templates.get(id);
            let texts = template
                .into_iter()
                .flat_map(|template| template.texts.iter().map(|(_, text)| text));
            texts.map(|text| (String::new(), text)).collect()
        }
    };
    let mut told = BTreeSet::new();
    for (own, text) in texts {
        for (part, text) in text.parts() {
            for variable in MessageVariable::ALL.into_iter().filter(|it| text.uses(*it)) {
                let Some(why) = can.lacks(variable, step) else { continue };
                let at = if own.is_empty() { at.to_owned() } else { format!("{own}/{part}") };
                if told.insert((at.clone(), variable)) {
                    faults.note(at, format!("cannot show {{{}}}: {why}", variable.name()));
                }
            }
        }
    }
}

fn delay(faults: &mut Faults, at: &str, text: &str, (from, to): (i64, i64)) -> Option<Delay> {
    let Some(delay) = Delay::parse(text) else {
        faults.note(at, format!("'{text}' is no elapsed time such as P1D or PT36H"));
        return None;
    };
    if (from..=to).contains(&delay.minutes()) {
        return Some(delay);
    }
    let day = 24 * 60;
    let least = if from == 0 { String::new() } else { format!("PT{}H to ", from / 60) };
    let least = if least.is_empty() { "at most ".to_owned() } else { least };
    faults.note(at, format!("'{text}' must be {least}P{}D", to / day));
    None
}

fn quiet(faults: &mut Faults, draft: &QuietHoursDraft) -> Option<QuietHours> {
    let mut time = |at: &str, text: Option<&str>| {
        let text = faults.required(at, text)?;
        let time = NaiveTime::parse_from_str(text, "%H:%M").ok().filter(|_| text.len() == 5);
        if time.is_none() {
            faults.note(at, format!("'{text}' is no time of day such as 21:00"));
        }
        time
    };
    let from = time("/quiet_hours/from", draft.from.as_deref());
    let to = time("/quiet_hours/to", draft.to.as_deref());
    let (from, to) = (from?, to?);
    if from == to {
        faults.note("/quiet_hours/to", "must differ from `from`: else they would never end");
    }
    Some(QuietHours { from, to })
}

/// An absolute address of the web.
fn link(faults: &mut Faults, at: &str, text: &str) -> Option<String> {
    let url = reqwest::Url::parse(text).ok();
    let is_web = url.is_some_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty()
    });
    let plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    if is_web && plain && text.chars().count() <= LINK_LENGTH_MAX {
        return Some(text.to_owned());
    }
    faults
        .note(at, format!("must be an http or https URL of at most {LINK_LENGTH_MAX} characters"));
    None
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::message_template::MessageTemplate;
    use crate::rules::definitions::samples::facts;

    fn judge(change: (&str, Value)) -> Result<Automation, Vec<Fault>> {
        let mut draft = json!({
            "title": "Thanks", "trigger": "first_order_delivered", "attribution_window": "PT120H",
            "steps": [
                {"key": "thanks", "delay": "P1D", "channel": "webhook", "endpoint": "shop",
                    "template": "thanks"},
                {"key": "offer", "delay": "PT36H", "channel": "email", "link": "https://a.example/",
                    "template": {"subject": "More", "text": "{link}"}},
            ],
        });
        *draft.pointer_mut(change.0).unwrap_or(&mut Value::Null) = change.1.clone();
        if draft.pointer(change.0).is_none() {
            let (parent, last) = change.0.rsplit_once('/').unwrap();
            draft.pointer_mut(parent).unwrap()[last] = change.1;
        }
        let mut facts = facts();
        facts.catalogue.offers.insert(OfferId::stored("month".to_owned()));
        facts.messages.coupons.insert(CouponId::stored("ten".to_owned()));
        facts.messages.endpoints.insert(EndpointId::stored("shop".to_owned()));
        let texts = json!({"en": {"subject": "s", "text": "{nextPayment}", "html": null}});
        for (id, texts) in [("thanks", json!({})), ("dear", texts)] {
            let id = MessageTemplateId::stored(id.to_owned());
            let texts = serde_json::from_value(texts).unwrap();
            let template = MessageTemplate { id: id.clone(), title: String::new(), texts };
            facts.messages.templates.insert(id, template);
        }
        let draft = serde_json::from_value(draft).unwrap();
        decide_automation(AutomationId::stored("a".to_owned()), &draft, &facts)
    }

    #[test]
    fn an_automation_is_what_was_said_with_the_defaults_of_the_page() {
        let automation = judge(("/title", json!("Thanks"))).unwrap();
        let terms = &automation.terms;
        assert_eq!((automation.version, terms.holdout_percent), (1, 0));
        assert_eq!(terms.conversion_counts_as, ConversionCountsAs::Exited);
        assert_eq!(terms.horizon().num_hours(), 24 + 36 + 120);
        let quiet = judge(("/quiet_hours", json!({"from": "21:00", "to": "08:00"}))).unwrap();
        assert_eq!(quiet.terms.quiet_hours.unwrap().to.to_string(), "08:00:00");
        let about_subscriptions = judge(("/trigger", json!("subscription_started"))).unwrap();
        assert_eq!(about_subscriptions.terms.trigger, Trigger::SubscriptionStarted);
    }

    #[test]
    fn every_fault_of_an_automation_has_its_pointer() {
        let step = |key: &str| {
            let channel = "email";
            json!({"key": key, "delay": "P1D", "channel": channel, "template": "thanks"})
        };
        let many: Vec<Value> = (0..21).map(|n| step(&n.to_string())).collect();
        let text = |text: &str| json!({"subject": "s", "text": text});
        #[rustfmt::skip]
        let table = [
            ("/title", json!(" "), "/title", "must not be blank"),
            ("/trigger", json!("first_order"), "/trigger", "is none of first_order_delivered"),
            ("/coupon", json!({"coupon": "ten"}), "/coupon/valid_days", "1 to 365"),
            ("/coupon", json!({"valid_days": 9}), "/coupon/kind", "is missing"),
            ("/coupon", json!({"valid_days": 9, "kind": "percent"}), "/coupon/value", "is missing"),
            ("/coupon", json!({"valid_days": 9, "coupon": "tan"}), "/coupon/coupon", "unknown"),
            ("/coupon", json!({"valid_days": 9, "coupon": "ten", "value": "5"}), "/coupon/coupon",
                "leave out kind"),
            ("/coupon", json!({"valid_days": 9, "coupon": "ten", "prefix": "thx"}),
                "/coupon/prefix", "1 to 16 of A-Z"),
            ("/steps/1/checkout", json!("month"), "/steps/1/checkout", "does not go with a link"),
            ("/steps/0/checkout", json!("mouth"), "/steps/0/checkout", "unknown offer"),
            ("/steps", json!([]), "/steps", "must hold 1 to 20 steps"),
            ("/steps", json!(many), "/steps", "must hold 1 to 20 steps"),
            ("/steps", json!([step("a"), step("a")]), "/steps/1/key", "of another step already"),
            ("/steps/0/key", json!("a b"), "/steps/0/key", "is no key"),
            ("/steps/0/delay", json!("P400D"), "/steps/0/delay", "must be at most P365D"),
            ("/steps/0/delay", json!("1 day"), "/steps/0/delay", "such as P1D or PT36H"),
            ("/steps/0/channel", json!("mail"), "/steps/0/channel", "did you mean 'email'?"),
            ("/steps/0/endpoint", json!("shp"), "/steps/0/endpoint", "did you mean 'shop'?"),
            ("/steps/1/endpoint", json!("shop"), "/steps/1/endpoint", "channel: webhook"),
            ("/steps/0/template", json!("thank"), "/steps/0/template", "did you mean 'thanks'?"),
            ("/steps/0/template", json!("dear"), "/steps/0/template", "cannot show {nextPayment}"),
            ("/steps/0/template", text("{link}"), "/steps/0/template/text", "has no link"),
            ("/steps/0/template", text("{lnk}"), "/steps/0/template/text", "mean {link}?"),
            ("/steps/1/template", text("{couponCode}"), "/steps/1/template/text", "no coupon"),
            ("/steps/1/link", json!("javascript:1"), "/steps/1/link", "http or https URL"),
            ("/steps/1/link", json!("https://a.example/\n"), "/steps/1/link", "http or https"),
            ("/quiet_hours", json!({"from": "21:00", "to": "21:00"}), "/quiet_hours/to",
                "never end"),
            ("/quiet_hours", json!({"from": "9:00", "to": "21:00"}), "/quiet_hours/from",
                "time of day"),
            ("/attribution_window", json!("PT59M"), "/attribution_window", "PT1H to P90D"),
            ("/attribution_window", json!("P91D"), "/attribution_window", "PT1H to P90D"),
            ("/conversion_counts_as", json!("bought"), "/conversion_counts_as", "none of exited"),
            ("/holdout_percent", json!(51), "/holdout_percent", "must be 0 to 50"),
        ];
        for (at, value, pointer, detail) in table {
            let faults = judge((at, value.clone())).unwrap_err();
            assert_eq!(faults.len(), 1, "{at} {value}: {faults:?}");
            assert_eq!(faults[0].pointer, pointer, "{faults:?}");
            assert!(faults[0].detail.contains(detail), "{}", faults[0].detail);
        }
    }
}
