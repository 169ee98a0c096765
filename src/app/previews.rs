//! What a checkout shows, written for the outside: with the path's texts filled in a locale, and
//! its state by the clock. What there is to show is decided in `rules::preview`.

use chrono::{DateTime, Utc};

use crate::domain::calendar::DateRange;
use crate::domain::checkout::{Checkout, CheckoutStatus};
use crate::domain::ids::OfferId;
use crate::domain::money::Money;
use crate::domain::preview::{ModeShown, PathShown, Preview, TextFacts};
use crate::domain::text::{Text, Variable};
use crate::render::format::{self, Locale};
use crate::wire::checkouts as wire;
use crate::wire::customers::{CustomerOffer, PossibleTransition};
use crate::wire::from_preview::withdrawals;
use crate::wire::orders::OrderGift;

use super::addresses;
use super::{App, AppError};

impl App {
    /// A checkout as it was shown last, with its state by the clock.
    pub(super) fn shown(
        &self,
        checkout: &Checkout,
        now: DateTime<Utc>,
    ) -> Result<wire::Checkout, AppError> {
        let (preview, locale) = (&checkout.preview, known_locale(&checkout.locale));
        let is_held = checkout.is_held(now);
        let status = checkout.status_at(now);
        let can_complete = matches!(status, CheckoutStatus::Open | CheckoutStatus::Held);
        let result = checkout.result.clone();
        let picked = preview.mode(preview.picked);
        let picked = picked.ok_or_else(|| AppError::broken("a checkout shows no mode"))?;
        let picked = written(preview, picked, &locale);
        let modes = preview.by_mode.iter();
        Ok(wire::Checkout {
            id: checkout.id.to_string(),
            url: Some(self.url_of(&addresses::checkout(&checkout.token))),
            status,
            expires_at: checkout.expires_at,
            held_until: checkout.held_until.filter(|_| is_held),
            customer: checkout.request.customer.to_string(),
            offer: checkout.request.offer.to_string(),
            mode: preview.picked,
            modes: modes.clone().map(|shown| shown.mode).collect(),
            coupon: preview.coupon.clone(),
            path: preview.path.as_ref().map(|path| path.id.to_string()),
            source_subscription: preview.source.as_ref().map(ToString::to_string),
            transition: picked.transition,
            effective_on: picked.effective_on,
            amount_due: picked.amount_due,
            next_payment_on: picked.next_payment_on,
            next_payment: picked.next_payment,
            balance_after: picked.balance_after,
            still_owed: picked.still_owed,
            commitment: picked.commitment,
            introduction: picked.introduction,
            ends: picked.ends,
            documents: picked.documents,
            legal_advice: preview.legal_advice.clone(),
            catch_up: preview.catch_up.iter().map(Into::into).collect(),
            withdraws: picked.withdraws,
            supersedes: picked.supersedes,
            returns_coupon: picked.returns_coupon,
            gifts: gifts(preview),
            order: checkout.order.as_ref().map(ToString::to_string),
            preview_by_mode: modes
                .map(|shown| (shown.mode, written(preview, shown, &locale)))
                .collect(),
            confirmation: picked.confirmation,
            considered: preview.considered.clone(),
            metadata: checkout.metadata.as_object().cloned(),
            return_url: checkout.return_url.clone(),
            result,
            stamp: can_complete.then(|| checkout.stamp.clone()),
        })
    }
}

/// What is given with it, for the outside.
fn gifts(preview: &Preview) -> Vec<OrderGift> {
    let Some(shown) = preview.mode(preview.picked) else { return Vec::new() };
    let currency = shown.amount_due.currency;
    preview.gifts.iter().filter_map(|gift| OrderGift::of(gift, currency)).collect()
}

/// What depends on the mode, for the outside.
fn written(preview: &Preview, shown: &ModeShown, locale: &Locale) -> wire::Preview {
    wire::Preview {
        transition: preview.path.as_ref().map(|path| path.transition),
        effective_on: shown.effective_on,
        amount_due: shown.amount_due.into(),
        next_payment_on: shown.next_payment_on,
        next_payment: shown.next_payment.as_ref().map(Into::into),
        balance_after: shown.balance_after.map(Into::into),
        still_owed: shown.still_owed.map(Into::into),
        commitment: shown.commitment.as_ref().map(Into::into),
        introduction: shown.introduction.as_ref().map(Into::into),
        ends: shown.ends.iter().map(Into::into).collect(),
        documents: shown.documents.iter().map(Into::into).collect(),
        withdraws: withdrawals(shown),
        supersedes: shown.supersedes.as_ref().map(ToString::to_string),
        returns_coupon: shown.returns_coupon.clone(),
        confirmation: confirmation(preview.path.as_ref(), shown, locale),
    }
}

/// The path's texts, filled in a locale; those of an older release as it filled them.
pub(super) fn confirmation(
    path: Option<&PathShown>,
    shown: &ModeShown,
    locale: &Locale,
) -> Option<wire::Confirmation> {
    written_as(path, shown, locale, str::to_owned)
}

/// The same for a page, where no amount is broken before its sign. Dates and amounts are written as
/// on the rest of the page, unless the merchant has written the texts in the checkout's language.
pub(super) fn confirmation_on_page(
    path: Option<&PathShown>,
    shown: &ModeShown,
    locale: &Locale,
) -> Option<wire::Confirmation> {
    let is_translated = path.is_some_and(|path| path.is_translated);
    let locale = if is_translated { locale.clone() } else { page_locale(locale.clone()) };
    written_as(path, shown, &locale, format::unbroken)
}

fn written_as(
    path: Option<&PathShown>,
    shown: &ModeShown,
    locale: &Locale,
    amount: fn(&str) -> String,
) -> Option<wire::Confirmation> {
    if let Some(written) = &shown.written {
        let (title, text) = (written.title.clone(), written.text.clone());
        return Some(wire::Confirmation { title, text });
    }
    let (path, facts) = (path?, shown.text.as_ref()?);
    Some(filled_as(&path.title, &path.description, facts, locale, amount))
}

/// A path's texts, filled.
pub(super) fn filled(
    title: &Text,
    description: &Text,
    facts: &TextFacts,
    locale: &Locale,
) -> wire::Confirmation {
    filled_as(title, description, facts, locale, str::to_owned)
}

fn filled_as(
    title: &Text,
    description: &Text,
    facts: &TextFacts,
    locale: &Locale,
    amount: fn(&str) -> String,
) -> wire::Confirmation {
    let fill = |text: &Text| text.fill(|variable| value(variable, facts, locale, amount));
    wire::Confirmation { title: fill(title), text: fill(description) }
}

fn value(
    variable: Variable,
    facts: &TextFacts,
    locale: &Locale,
    amount: fn(&str) -> String,
) -> String {
    let money = |money: Money| {
        let (exponent, code) = (money.currency.exponent(), money.currency.code());
        amount(&format::money(locale, money.minor, exponent, code))
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
        Variable::Introduction => {
            let period = facts.target_period;
            let per = |price| format::price_per(locale, &money(price), period.count, period.unit);
            let Some(shown) = &facts.introduction else { return format::MISSING.to_owned() };
            let steps = shown.steps.iter().map(|step| (per(step.price), step.days.last()));
            let free = shown.trial.map(DateRange::last);
            format::introduction(locale, free, steps).join(", ")
        }
    }
}

/// A target that can be reached, with what its checkout would do; none in an ordinary purchase.
pub(super) fn possible(
    preview: &Preview,
    target: &OfferId,
    locale: &Locale,
) -> Option<PossibleTransition> {
    let (path, source) = (preview.path.as_ref()?, preview.source.as_ref()?);
    let shown = preview.mode(preview.picked)?;
    Some(PossibleTransition {
        source_subscription: source.to_string(),
        target_offer: target.to_string(),
        path: path.id.to_string(),
        mode: shown.mode.mode()?,
        transition: path.transition,
        effective_on: shown.effective_on,
        amount_due: shown.amount_due.into(),
        next_payment_on: shown.next_payment_on,
        next_payment: shown.next_payment.as_ref().map(Into::into),
        balance_after: shown.balance_after?.into(),
        still_owed: shown.still_owed?.into(),
        commitment: shown.commitment.as_ref()?.into(),
        introduction: shown.introduction.as_ref().map(Into::into),
        ends: shown.ends.iter().map(Into::into).collect(),
        confirmation: confirmation(Some(path), shown, locale)?,
    })
}

/// An offer with what its checkout would do.
pub(super) fn offered(preview: &Preview, plain: CustomerOffer, locale: &Locale) -> CustomerOffer {
    let Some(shown) = preview.mode(preview.picked) else { return plain };
    CustomerOffer {
        source_subscription: preview.source.as_ref().map(ToString::to_string),
        path: preview.path.as_ref().map(|path| path.id.to_string()),
        mode: Some(shown.mode),
        transition: preview.path.as_ref().map(|path| path.transition),
        effective_on: Some(shown.effective_on),
        amount_due: Some(shown.amount_due.into()),
        next_payment_on: shown.next_payment_on,
        next_payment: shown.next_payment.as_ref().map(Into::into),
        balance_after: shown.balance_after.map(Into::into),
        still_owed: shown.still_owed.map(Into::into),
        commitment: shown.commitment.as_ref().map(Into::into),
        introduction: shown.introduction.as_ref().map(Into::into),
        ends: shown.ends.iter().map(Into::into).collect(),
        confirmation: confirmation(preview.path.as_ref(), shown, locale),
        ..plain
    }
}

/// The locale of a tag that was judged before.
pub(super) fn known_locale(tag: &str) -> Locale {
    Locale::parse(tag).unwrap_or_default()
}

/// How a page is written: our words and its dates and amounts in one language.
pub(super) fn page_locale(locale: Locale) -> Locale {
    if locale.is_spoken() { locale } else { Locale::default() }
}
