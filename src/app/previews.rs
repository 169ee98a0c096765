//! What a checkout shows: a decision written for the outside, with the path's texts filled in a
//! locale, and the fingerprint by which it is known whether it still holds.

use std::collections::BTreeMap;
use std::fmt::Write;

use chrono::{DateTime, NaiveDate, Utc};
use sha2::{Digest, Sha256};

use crate::domain::checkout::{Checkout, CheckoutStatus, Purchase};
use crate::domain::ids::OfferId;
use crate::domain::money::Money;
use crate::domain::path::Path;
use crate::domain::text::Variable;
use crate::render::format::{self, Locale};
use crate::rules::checkout::{CheckoutDecision, Outcome, TextFacts};
use crate::wire::checkouts as wire;
use crate::wire::from_domain::{Known, previewed};

use super::{App, AppError};

impl App {
    /// A checkout as it was shown last, with its state by the clock.
    pub(super) fn shown(
        &self,
        checkout: &Checkout,
        now: DateTime<Utc>,
    ) -> Result<wire::Checkout, AppError> {
        let preview: Shown = serde_json::from_value(checkout.preview.clone())?;
        let is_held = checkout.is_held(now);
        let status = match checkout.status {
            CheckoutStatus::Completed => wire::CheckoutStatus::Completed,
            _ if is_held => wire::CheckoutStatus::Held,
            _ if now >= checkout.expires_at => wire::CheckoutStatus::Expired,
            _ => wire::CheckoutStatus::Open,
        };
        let result = checkout.result.clone().map(serde_json::from_value).transpose()?;
        let metadata = checkout.metadata.as_object().cloned();
        Ok(wire::Checkout {
            id: checkout.id.to_string(),
            url: Some(format!("{}/checkout/{}", self.public_url(), checkout.token)),
            status,
            expires_at: checkout.expires_at,
            held_until: checkout.held_until.filter(|_| is_held),
            customer: checkout.request.customer.to_string(),
            offer: checkout.request.offer.to_string(),
            mode: preview.mode,
            modes: preview.modes,
            path: preview.path,
            source_subscription: preview.source_subscription,
            transition: preview.picked.transition,
            effective_on: preview.picked.effective_on,
            amount_due: preview.picked.amount_due,
            next_payment_on: preview.picked.next_payment_on,
            documents: preview.picked.documents,
            catch_up: preview.catch_up,
            withdraws: preview.picked.withdraws,
            supersedes: preview.picked.supersedes,
            preview_by_mode: preview.preview_by_mode,
            confirmation: preview.picked.confirmation,
            considered: preview.considered,
            metadata,
            return_url: checkout.return_url.clone(),
            result,
        })
    }
}

/// What is kept of a decision, as it is shown.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Shown {
    mode: wire::CheckoutMode,
    modes: Vec<wire::CheckoutMode>,
    path: Option<String>,
    source_subscription: Option<String>,
    catch_up: Vec<crate::wire::documents::Document>,
    picked: wire::Preview,
    preview_by_mode: BTreeMap<wire::CheckoutMode, wire::Preview>,
    considered: Vec<wire::Candidate>,
}

/// A fingerprint of all that is shown, the day on which it holds, and the version of the offer,
/// whose price and term may be of later days only. Which other candidates there were is not part
/// of it: they change nothing.
pub(super) fn stamp(
    today: NaiveDate,
    version: i64,
    decision: &CheckoutDecision,
    locale: &Locale,
) -> Result<String, AppError> {
    let mut shown = preview(decision, locale);
    shown.considered.clear();
    let text = serde_json::to_string(&(today, version, shown))?;
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    Ok(digest.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// A decision as it is shown.
pub(super) fn preview(decision: &CheckoutDecision, locale: &Locale) -> Shown {
    let known = known(decision);
    Shown {
        mode: decision.outcome().mode.into(),
        modes: decision.by_mode.iter().map(|outcome| outcome.mode.into()).collect(),
        path: decision.path_id().map(ToString::to_string),
        source_subscription: decision.source.as_ref().map(|source| source.id.to_string()),
        catch_up: decision.catch_up.iter().map(|document| previewed(document, &known)).collect(),
        picked: preview_of(decision, decision.outcome(), &known, locale),
        preview_by_mode: preview_by_mode(decision, locale),
        considered: decision.considered.iter().map(Into::into).collect(),
    }
}

/// What depends on the mode, for each that may be picked.
pub(super) fn preview_by_mode(
    decision: &CheckoutDecision,
    locale: &Locale,
) -> BTreeMap<wire::CheckoutMode, wire::Preview> {
    let known = known(decision);
    let outcomes = decision.by_mode.iter();
    outcomes
        .map(|outcome| (outcome.mode.into(), preview_of(decision, outcome, &known, locale)))
        .collect()
}

/// What there was before.
fn known(decision: &CheckoutDecision) -> Known {
    Known {
        subscriptions: decision.before.subscriptions.keys().cloned().collect(),
        invoices: decision.before.invoices.keys().cloned().collect(),
    }
}

/// A completed decision as it is kept: with the candidates that were considered when it was made.
pub(super) fn kept_preview(
    decision: &CheckoutDecision,
    checkout: &Checkout,
) -> Result<serde_json::Value, AppError> {
    let before: Shown = serde_json::from_value(checkout.preview.clone())?;
    let mut shown = preview(decision, &known_locale(&checkout.locale));
    if shown.considered.is_empty() {
        shown.considered = before.considered;
    }
    Ok(serde_json::to_value(shown)?)
}

fn preview_of(
    decision: &CheckoutDecision,
    outcome: &Outcome,
    known: &Known,
    locale: &Locale,
) -> wire::Preview {
    let cancellation = outcome.withdraws_cancellation.iter().map(|id| wire::Withdrawal {
        kind: wire::WithdrawalKind::Cancellation,
        id: id.to_string(),
    });
    wire::Preview {
        transition: decision.transition().map(Into::into),
        effective_on: outcome.effective_on,
        amount_due: outcome.amount_due.into(),
        next_payment_on: outcome.next_payment_on,
        documents: outcome.documents.iter().map(|document| previewed(document, known)).collect(),
        withdraws: cancellation.collect(),
        supersedes: outcome.supersedes.as_ref().map(ToString::to_string),
        confirmation: confirmation(decision, outcome, locale),
    }
}

/// The path's texts, filled in the locale of the checkout.
fn confirmation(
    decision: &CheckoutDecision,
    outcome: &Outcome,
    locale: &Locale,
) -> Option<wire::Confirmation> {
    Some(filled(decision.path.as_ref()?, outcome.text.as_ref()?, locale))
}

/// A path's texts, filled.
pub(super) fn filled(path: &Path, facts: &TextFacts, locale: &Locale) -> wire::Confirmation {
    wire::Confirmation {
        title: path.title.fill(|variable| value(variable, facts, locale)),
        text: path.description.fill(|variable| value(variable, facts, locale)),
    }
}

fn value(variable: Variable, facts: &TextFacts, locale: &Locale) -> String {
    let money = |money: Money| {
        format::money(locale, money.minor, money.currency.exponent(), money.currency.code())
    };
    match variable {
        Variable::OfferTitle => facts.offer_title.clone(),
        Variable::NextPayment => facts
            .next_payment
            .map_or_else(|| format::MISSING.to_owned(), |date| format::date(locale, date)),
        Variable::SubscriptionId => facts.subscription_id.to_string(),
        Variable::SubscriptionTitle => format::list(locale, &facts.subscription_titles),
        Variable::SubscriptionPrice => money(facts.subscription_price),
        Variable::EffectiveDate => format::date(locale, facts.effective_date),
        Variable::TargetPrice => {
            let period = facts.target_period;
            format::price_per(locale, &money(facts.target_price), period.count, period.unit)
        }
        Variable::AmountDue => money(facts.amount_due),
    }
}

/// A target that can be reached, with what its checkout would do.
pub(super) fn possible(
    decision: &CheckoutDecision,
    target: &OfferId,
    locale: &Locale,
) -> Option<crate::wire::customers::PossibleTransition> {
    let (path, source) = (decision.path.as_ref()?, decision.source.as_ref()?);
    let outcome = decision.outcome();
    Some(crate::wire::customers::PossibleTransition {
        source_subscription: source.id.to_string(),
        target_offer: target.to_string(),
        path: path.id.to_string(),
        mode: match outcome.mode {
            Purchase::Add => wire::Mode::Add,
            Purchase::Replace | Purchase::New => wire::Mode::Replace,
        },
        transition: path.transition.into(),
        effective_on: outcome.effective_on,
        amount_due: outcome.amount_due.into(),
        next_payment_on: outcome.next_payment_on,
        confirmation: confirmation(decision, outcome, locale)?,
    })
}

/// The locale of a tag that was judged before.
pub(super) fn known_locale(tag: &str) -> Locale {
    Locale::parse(tag).unwrap_or_default()
}
