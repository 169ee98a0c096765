//! In which language a message speaks, and what one would say: with what is known of a customer, or
//! with samples.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use crate::domain::automation::{AutomationTerms, Channel, PersonalCoupon, Step, StepText};
use crate::domain::ids::{AutomationId, CustomerId, MerchantId, MessageTemplateId};
use crate::domain::message_template::{MessageTemplate, MessageText};
use crate::domain::translation::{ByLanguage, TranslatedTitle};
use crate::render::format::Locale;
use crate::render::message::{MessageValues, filled};
use crate::store::automation_runs::{RunFilter, addressees, list_runs, next_bookings, started_by};
use crate::store::coupons::find_codes;
use crate::store::definitions::Stored;
use crate::store::{Page, Tx};
use crate::wire::messages as wire;

use super::addresses;
use super::automations::automation;
use super::{App, AppError, Context};

/// Whose name a preview shows where it is for nobody.
const SAMPLE_NAME: &str = "Ada Lovelace";
/// What was bought, there.
const SAMPLE_TITLE: &str = "Paper";
/// By what links of a preview are found: they lead nowhere.
const SAMPLE_TOKEN: &str = "sample";
/// The end of a code, there.
const SAMPLE_CODE: &str = "0000000000";

/// For whom and in which language a preview is.
#[derive(Debug, Clone, Default)]
pub struct PreviewFor {
    /// The customer; nobody where left out.
    pub customer: Option<CustomerId>,
    /// The language; that of the customer or the merchant where left out.
    pub locale: Option<String>,
}

impl App {
    /// What the message of a step would say now.
    ///
    /// # Errors
    /// Not found; invalid where there is no such step or customer.
    pub async fn preview_message(
        &self,
        merchant: &MerchantId,
        id: &AutomationId,
        step: String,
        whom: PreviewFor,
    ) -> Result<wire::PreviewedMessage, AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let found = automation(&mut tx, merchant, id).await?;
            let step = found.terms.steps.iter().find(|it| it.key == step);
            let step = step.ok_or_else(|| AppError::invalid("/step", "is no step of it"))?;
            let mut templates = BTreeMap::new();
            if let StepText::Named(id) = &step.says {
                let template = MessageTemplate::find(&mut tx, merchant, id).await?;
                templates.extend(template.map(|it| (it.id.clone(), it)));
            }
            let of = AutomationPreview { app: self, terms: &found.terms };
            let (mut values, mut theirs) = (SampleValues::of(&found.terms, context.today), None);
            if let Some(customer) = &whom.customer {
                theirs = values.become_of(&mut tx, merchant, id, customer).await?;
            }
            let spoken =
                [whom.locale.as_deref(), theirs.as_deref(), Some(&context.settings.locale)];
            let spoken: Vec<&str> = spoken.into_iter().flatten().collect();
            of.says(step, &templates, &values, &spoken)
        })
        .await
    }

    /// What the messages of all steps would say to a sample customer: each in every language that
    /// its template has, the merchant's first.
    ///
    /// # Errors
    /// Not found.
    pub async fn preview_steps(
        &self,
        merchant: &MerchantId,
        id: &AutomationId,
    ) -> Result<Vec<PreviewedStep>, AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let found = automation(&mut tx, merchant, id).await?;
            let mut templates = BTreeMap::new();
            for step in &found.terms.steps {
                if let StepText::Named(id) = &step.says {
                    let template = MessageTemplate::find(&mut tx, merchant, id).await?;
                    templates.extend(template.map(|it| (it.id.clone(), it)));
                }
            }
            let of = AutomationPreview { app: self, terms: &found.terms };
            let steps = found.terms.steps.iter();
            steps.map(|step| of.in_all_languages(step, &templates, &context)).collect()
        })
        .await
    }
}

/// What the message of a step would say, by language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewedStep {
    /// The key of the step.
    pub key: String,
    /// Each language with what it says in it.
    pub languages: Vec<(String, wire::PreviewedMessage)>,
}

/// With what a preview is filled.
struct SampleValues {
    name: Option<String>,
    products: Vec<TranslatedTitle>,
    coupon: Option<(String, NaiveDate)>,
    next_payment: Option<NaiveDate>,
}

impl SampleValues {
    /// Those of nobody.
    fn of(terms: &AutomationTerms, today: NaiveDate) -> Self {
        Self {
            name: Some(SAMPLE_NAME.to_owned()),
            products: vec![TranslatedTitle::of(SAMPLE_TITLE.to_owned(), None, None)],
            coupon: terms.coupon.as_ref().map(|it| sample(it, today)),
            next_payment: Some(today),
        }
    }

    /// Those of a customer, whose language it gives: their name, and where they are or were on the
    /// way, what they bought, when that is booked next, and their code if it is made. The rest
    /// stays as it is.
    async fn become_of(
        &mut self,
        tx: &mut Tx,
        merchant: &MerchantId,
        automation: &AutomationId,
        customer: &CustomerId,
    ) -> Result<Option<String>, AppError> {
        let known = addressees(tx, merchant, std::slice::from_ref(customer)).await?;
        let known = known.into_values().next();
        let known = known.ok_or_else(|| AppError::invalid("/customer", "is no customer"))?;
        self.name = known.name;
        let filter = RunFilter { customer: Some(customer.clone()), ..RunFilter::default() };
        let runs = list_runs(tx, merchant, automation, &filter, &Page::first(1)).await?;
        if let Some(run) = runs.first() {
            let titles = started_by(tx, merchant, &[&run.id]).await?;
            self.products = titles.into_values().next().unwrap_or_default();
            let subscription: Vec<_> = run.subscription.iter().collect();
            let bookings = next_bookings(tx, merchant, &subscription).await?;
            self.next_payment = bookings.into_values().next();
            let code: Vec<_> = run.coupon.iter().collect();
            let made = find_codes(tx, merchant, &code).await?.into_iter().next();
            let made = made.and_then(|it| Some((it.code, it.valid_until?)));
            self.coupon = made.or(self.coupon.take());
        }
        Ok(known.locale)
    }
}

/// An automation whose messages are looked at before they are sent.
struct AutomationPreview<'a> {
    app: &'a App,
    terms: &'a AutomationTerms,
}

impl AutomationPreview<'_> {
    /// What a step would say with these values, in the first of these languages.
    fn says(
        &self,
        step: &Step,
        templates: &BTreeMap<MessageTemplateId, MessageTemplate>,
        sample: &SampleValues,
        spoken: &[&str],
    ) -> Result<wire::PreviewedMessage, AppError> {
        let (locale, text) = spoken_text(step, templates, spoken).map_err(AppError::broken)?;
        let (app, tag) = (self.app, locale.to_string());
        let values = MessageValues {
            customer: sample.name.clone(),
            products: sample.products.iter().map(|it| it.said_in(&tag).to_owned()).collect(),
            link: step.has_link().then(|| app.url_of(&addresses::link(SAMPLE_TOKEN))),
            unsubscribe: Some(app.url_of(&addresses::unsubscribing(SAMPLE_TOKEN))),
            ends_with_unsubscribe: step.channel == Channel::Email,
            coupon: sample.coupon.clone(),
            next_payment: sample.next_payment,
        };
        let says = filled(text, &locale, &values)?;
        let (subject, text, html) = (says.subject, says.text, says.html);
        Ok(wire::PreviewedMessage { subject, text, html })
    }

    fn in_all_languages(
        &self,
        step: &Step,
        templates: &BTreeMap<MessageTemplateId, MessageTemplate>,
        context: &Context,
    ) -> Result<PreviewedStep, AppError> {
        let named = match &step.says {
            StepText::Named(id) => templates.get(id),
            StepText::Own(_) => None,
        };
        let own = &context.settings.locale;
        let mut languages: Vec<String> = named.map_or_else(
            || vec![own.clone()],
            |template| template.texts.languages().cloned().collect(),
        );
        // The merchant's own first.
        languages.sort_by_key(|language| language != own);
        let values = SampleValues::of(self.terms, context.today);
        let preview = |language: String| {
            let says = self.says(step, templates, &values, &[&language])?;
            Ok((language, says))
        };
        let languages: Result<_, AppError> = languages.into_iter().map(preview).collect();
        Ok(PreviewedStep { key: step.key.clone(), languages: languages? })
    }
}

/// A code as it could be.
fn sample(coupon: &PersonalCoupon, today: NaiveDate) -> (String, NaiveDate) {
    let until = today.checked_add_days(Days::new(u64::from(coupon.valid_days)));
    (format!("{}{SAMPLE_CODE}", coupon.prefix), until.unwrap_or(today))
}

/// What a step says in the first of these languages that there is, with the language.
///
/// # Errors
/// That its template is gone.
pub(super) fn spoken_text<'t>(
    step: &'t Step,
    templates: &'t BTreeMap<MessageTemplateId, MessageTemplate>,
    spoken: &[&str],
) -> Result<(Locale, &'t MessageText), String> {
    let (language, text) = match &step.says {
        StepText::Own(text) => (spoken.first().map(ToString::to_string), text),
        StepText::Named(id) => {
            let said = templates.get(id).and_then(|it| chosen(&it.texts, spoken));
            let (language, text) = said.ok_or_else(|| format!("the template '{id}' is gone"))?;
            (Some(language), text)
        }
    };
    Ok((language.as_deref().and_then(Locale::parse).unwrap_or_default(), text))
}

/// The text in the first of these languages that there is, with its language; else the first.
fn chosen<'t>(
    texts: &'t ByLanguage<MessageText>,
    spoken: &[&str],
) -> Option<(String, &'t MessageText)> {
    let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let find = |tag: &&str| {
        let exact = texts.iter().find(|(known, _)| known.eq_ignore_ascii_case(tag));
        exact.or_else(|| texts.iter().find(|(known, _)| language(known) == language(tag)))
    };
    let found = spoken.iter().find_map(find).or_else(|| texts.iter().next());
    found.map(|(tag, text)| (tag.clone(), text))
}
