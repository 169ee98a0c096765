//! What every checkout begins with: its decision, and itself, opened in a transaction of whoever
//! wants one.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::domain::account::Account;
use crate::domain::checkout::{Checkout, CheckoutRequest, CheckoutStatus};
use crate::domain::event::EventKind;
use crate::domain::event_data::RefusalData;
use crate::domain::ids::CheckoutId;
use crate::domain::merchant::{Profile, Settings};
use crate::domain::new_event::Event;
use crate::domain::plan::Plan;
use crate::domain::preview::Preview;
use crate::render::format::Locale;
use crate::rules::checkout::{CheckoutDecision, CheckoutRefusal, RefusalCode};
use crate::rules::fingerprint::fingerprint;
use crate::rules::subscriptions::SUBSCRIPTIONS_MAX;
use crate::store::{Tx, checkouts, events};
use crate::wire::checkouts as wire;

use super::bounds::check_metadata;
use super::checkout_facts::facts_of;
use super::checkout_orders::shown_gifts;
use super::coupons::shown_cut;
use super::definitions::event_of;

use super::intents::CheckoutDraft;
use super::previews::known_locale;
use super::{App, AppError, Context};

/// How many of what was looked at an event of a refusal tells: it is kept, and sent to endpoints.
const CANDIDATES_TOLD: usize = 100;

/// Opens a checkout: decides and shows, stores nothing but itself. A refusal is told, too.
pub(super) async fn open(
    app: &App,
    tx: &mut Tx,
    context: &mut Context,
    draft: CheckoutDraft,
) -> Result<Result<Checkout, AppError>, AppError> {
    check_metadata(draft.metadata.as_ref())?;
    check_return_url(&context.settings, draft.return_url.as_deref())?;
    let customer = &draft.request.customer;
    // Locked, so that what it looks at was all true at one moment.
    let mut account = context.new_account(tx, customer).await?;
    let locale = locale(context, draft.locale.as_deref(), account.locale.as_deref())?;
    account.locale = Some(locale.to_string());
    let mut facts = facts_of(tx, context, &draft.request, account).await?;
    facts.cut = shown_cut(tx, context, &draft.request, &facts).await?;
    match app.decide_within(context, &facts, &draft.request).await? {
        Ok((decision, mut preview)) => {
            let tag = locale.to_string();
            preview.gifts =
                shown_gifts(tx, context, &draft.request, &tag, &decision.target).await?;
            let checkout = opened(app, context, draft, preview, &decision, &locale);
            checkouts::insert_checkout(tx, &context.merchant, &checkout).await?;
            Ok(Ok(checkout))
        }
        Err(refusal) => {
            let event = refused_event(&draft.request, &refusal);
            let Context { merchant, now, ids, .. } = context;
            events::insert_events(tx, merchant, *now, &[event], ids).await?;
            Ok(Err(refused(&refusal)))
        }
    }
}

pub(super) fn opened(
    app: &App,
    context: &mut Context,
    draft: CheckoutDraft,
    preview: Preview,
    decision: &CheckoutDecision,
    locale: &Locale,
) -> Checkout {
    let minutes = TimeDelta::minutes(i64::from(context.settings.checkout_minutes));
    Checkout {
        id: CheckoutId::fresh(&mut context.ids),
        token: app.ids().token(),
        request: draft.request,
        locale: locale.to_string(),
        metadata: draft.metadata.map_or(Value::Null, Value::Object),
        return_url: draft.return_url,
        status: CheckoutStatus::Open,
        source: preview.source.clone(),
        created_at: context.now,
        expires_at: context.now + minutes,
        held_until: None,
        held: None,
        stamp: fingerprint(&preview, &decision.target),
        preview,
        went_stale: false,
        result: None,
        keeps_gifts: false,
        order: None,
    }
}

/// The checkout's locale, else the customer's, else the merchant's, else English.
pub(super) fn locale(
    context: &Context,
    asked: Option<&str>,
    theirs: Option<&str>,
) -> Result<Locale, AppError> {
    if let Some(asked) = asked {
        let unknown =
            || AppError::invalid("/locale", format!("'{asked}' is no known language tag"));
        return Locale::parse(asked).ok_or_else(unknown);
    }
    let known = theirs.and_then(Locale::parse);
    Ok(known.unwrap_or_else(|| known_locale(&context.settings.locale)))
}

/// What a completed checkout tells of its customer: a language, where they have said none and it is
/// not the merchant's. What is booked later is then written as it was shown.
pub(super) fn learned(
    context: &Context,
    account: &Account,
    checkout: &Checkout,
) -> Option<Profile> {
    let is_new = !account.has_locale && checkout.locale != context.settings.locale;
    is_new.then(|| Profile { locale: Some(checkout.locale.clone()), ..Profile::default() })
}

/// Stores with a plan what was [`learned`].
pub(super) fn keep_learned(plan: &mut Plan, learned: Option<Profile>) {
    if learned.is_some() {
        plan.events.push(event_of(EventKind::CustomerSaved, plan.customer.as_str()));
        plan.profile = learned;
    }
}

pub(super) fn check_return_url(settings: &Settings, url: Option<&str>) -> Result<(), AppError> {
    if url.is_none_or(|url| is_return_url(settings, url)) {
        return Ok(());
    }
    let detail = "its origin is not among the merchant's return_origins: list it in the settings";
    Err(AppError::invalid("/return_url", detail))
}

/// Whether an address is below one of the merchant's origins.
pub(super) fn is_return_url(settings: &Settings, url: &str) -> bool {
    settings.return_origins.iter().any(|origin| {
        let rest = url.strip_prefix(origin.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
    })
}

pub(super) fn mode_not_offered(modes: &[&str]) -> AppError {
    AppError::invalid("/mode", format!("is not offered here: pick one of {}", modes.join(", ")))
}

pub(super) fn refused(refusal: &CheckoutRefusal) -> AppError {
    let considered: Vec<wire::Candidate> = refusal.considered.iter().map(Into::into).collect();
    let extra = [("considered", json!(considered))];
    let code = refusal.code;
    let detail = match code {
        RefusalCode::OfferInactive => "the offer is not sold any more",
        RefusalCode::AlreadySubscribed => {
            "the customer runs or awaits this offer: allow_new buys it once more"
        }
        RefusalCode::ChangeNotPossible if considered.is_empty() => {
            "no path leads to this offer from what the customer has, as the pinned path, \
             subscription or mode would need: leave the pin out to buy it anew"
        }
        RefusalCode::ChangeNotPossible => {
            "paths lead to this offer, but not as things stand: see considered"
        }
        RefusalCode::ModeNotOffered => {
            let modes: Vec<&str> = refusal.modes.iter().map(|mode| mode.name()).collect();
            return mode_not_offered(&modes);
        }
        RefusalCode::CouponUsed => {
            "the coupon is not redeemed: a change that waits keeps it, and would not be superseded"
        }
        RefusalCode::TooManySubscriptions => {
            let detail = format!(
                "has {SUBSCRIPTIONS_MAX} subscriptions, as many as one may have: replace one of \
                 them, or end some"
            );
            return AppError::invalid("/customer", detail);
        }
    };
    AppError::refused_with(code.name(), detail, extra)
}

pub(super) fn refused_event(request: &CheckoutRequest, refusal: &CheckoutRefusal) -> Event {
    let data = RefusalData {
        offer: request.offer.clone(),
        code: refusal.code.name().to_owned(),
        considered: refusal.considered.iter().take(CANDIDATES_TOLD).map(Into::into).collect(),
    };
    let customer = &request.customer;
    Event::of(EventKind::CheckoutRefused, customer.as_str(), Some(customer), data)
}
