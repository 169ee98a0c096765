//! What if: what a checkout would do for somebody on a day, and what would come of it. The
//! question stands in the address, so that it can be sent to a colleague.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;
use chrono::NaiveDate;

use crate::app::reads::Page;
use crate::app::what_if::{WhatIf as Would, WhatIfCustomer, WhatIfQuestion};
use crate::domain::catalogue::Offer;
use crate::domain::ids::{CustomerId, OfferId};
use crate::domain::preview::{Commitment, Ending};
use crate::domain::purchase::Purchase;
use crate::domain::verdict::{Outranked, Verdict};
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::{Answer, SentForm};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::places::{IMPACT, WHAT_IF};
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::timeline;
use crate::render::backend::form::{Form, Kind};
use crate::render::backend::frame::{Link, Tone};
use crate::render::backend::parts::{Badge, Tab};
use crate::render::backend::phrase::{Phrase, phrase};
use crate::render::backend::what_if::{
    Answer as Told, Candidate, Commitment as ToldCommitment, Ending as ToldEnding,
    Outcome as ToldOutcome, WhatIfPage,
};
use crate::render::format;
use crate::rules::checkout::{CheckoutDecision, CheckoutOutcome, RefusalCode};
use crate::rules::matching::{JudgedPair, Reason};

/// Up to how many customers are listed; of more, one is named.
const CUSTOMERS_MAX: usize = 100;
/// How many offers are read at once.
const OFFERS: i64 = 200;

const FIELDS: &[Spec] = &[
    Spec::new("/customer", "Customer", Kind::Text).hint("Leave it empty for somebody invented."),
    Spec::new("/has", "Who has", Kind::Choice).hint("Of an invented customer only."),
    Spec::new("/since", "Since", Kind::Date).hint("A month ago unless given."),
    Spec::new("/offer", "Would buy", Kind::Choice).required(),
    Spec::new("/on", "On", Kind::Date)
        .hint("Today unless given. Until then all is billed and paid."),
];

/// The ways to ask.
pub(super) fn tabs(current: &str) -> Vec<Tab> {
    [("One customer", WHAT_IF), ("A path for everybody", IMPACT)]
        .into_iter()
        .map(|(label, href)| Tab { link: Link::new(label, href), current: href == current })
        .collect()
}

/// Asks and answers.
pub(super) async fn show(
    session: Session,
    asked: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Answer {
    let pairs = asked.map(|Query(pairs)| pairs).unwrap_or_default();
    let is_asked = pairs.iter().any(|(name, _)| name == "/offer");
    let values = FormValues::sent(SentForm(pairs));
    let mut wrong = None;
    let mut told = None;
    if is_asked {
        match ask(&session, &values).await {
            Ok(answer) => told = Some(answer),
            Err(problem) if problem.code.status() == StatusCode::UNPROCESSABLE_ENTITY => {
                wrong = Some(problem);
            }
            Err(problem) => return Err(problem.into()),
        }
    }
    let status = wrong.as_ref().map_or(StatusCode::OK, |problem| problem.code.status());
    let form = with_options(&session, form(FIELDS, &values, wrong.as_ref())).await?;
    session.show_as(
        status,
        PageHead::new("What if"),
        &WhatIfPage { tabs: tabs(WHAT_IF), form, answer: told },
    )
}

async fn with_options(session: &Session, form: Form) -> Result<Form, Problem> {
    let mut offers = vec![];
    let mut page = Page::first(OFFERS);
    loop {
        let found = session.app.list::<Offer>(&session.merchant, page.clone()).await?;
        let Some(last) = found.last() else { break };
        page = Page::after(last.terms.offer.as_str(), OFFERS);
        offers.extend(found.into_iter().map(|offer| {
            let id = offer.terms.offer.to_string();
            let label = if offer.active {
                Phrase::from(offer.terms.title)
            } else {
                phrase!("{} (not sold)", &id)
            };
            (id, label)
        }));
    }
    let nothing = [(String::new(), Phrase::from("nothing"))];
    let none = [(String::new(), Phrase::from("pick an offer"))];
    let mut form = form
        .with_options("has", nothing.into_iter().chain(offers.iter().cloned()))
        .with_options("offer", none.into_iter().chain(offers));
    let limit = i64::try_from(CUSTOMERS_MAX + 1).unwrap_or(i64::MAX);
    let customers = session.app.customers(&session.merchant, Page::first(limit)).await?;
    if customers.len() > CUSTOMERS_MAX {
        return Ok(form);
    }
    if let Some(field) = form.fields.get_mut("customer") {
        field.kind = Kind::Choice;
        field.hint = "";
    }
    let invented = [(String::new(), Phrase::from("somebody invented"))];
    let known = customers.into_iter().map(|(customer, _)| {
        let id = customer.id.to_string();
        let label =
            customer.profile.name.map_or_else(|| id.clone(), |name| format!("{name} ({id})"));
        (id, label.into())
    });
    Ok(form.with_options("customer", invented.into_iter().chain(known)))
}

async fn ask(session: &Session, values: &FormValues) -> Result<Told, Problem> {
    let today = session.settings.time_zone.date(session.app.now());
    let mut errors = Vec::new();
    let mut date = |at: &str, otherwise: NaiveDate| match values.text(at).trim() {
        "" => otherwise,
        text => text.parse().unwrap_or_else(|_| {
            errors.push(FieldError::new(at, "must be a date such as 2026-02-28"));
            otherwise
        }),
    };
    let on = date("/on", today);
    let month_before = on.checked_sub_months(chrono::Months::new(1)).unwrap_or(on);
    let since = date("/since", month_before);
    let offer = OfferId::parse(values.text("/offer").trim());
    if offer.is_err() {
        errors.push(FieldError::new("/offer", "is missing: pick what they would buy"));
    }
    let who = match (values.text("/customer").trim(), values.text("/has").trim()) {
        ("", "") => Some(WhatIfCustomer::Invented(None)),
        ("", has) => {
            OfferId::parse(has).ok().map(|has| WhatIfCustomer::Invented(Some((has, since))))
        }
        (customer, _) => CustomerId::parse(customer).ok().map(WhatIfCustomer::Customer),
    };
    if who.is_none() {
        errors.push(FieldError::new("/customer", "is no id of a customer"));
    }
    let (Ok(offer), Some(who), []) = (offer, who, errors.as_slice()) else {
        return Err(Problem::invalid(errors));
    };
    let would = session.app.what_if(&session.merchant, WhatIfQuestion { who, offer, on }).await?;
    Ok(told(session, on, &would))
}

fn told(session: &Session, on: NaiveDate, would: &Would) -> Told {
    let (told, verdict, considered) = match &would.decided {
        Ok(decision) => {
            (sentence(decision), Badge::new(Tone::Good, "possible"), &decision.considered)
        }
        Err(refusal) => {
            (refused(refusal.code).into(), Badge::new(Tone::Bad, "refused"), &refusal.considered)
        }
    };
    let outcomes = would.decided.iter().flat_map(|decision| &decision.by_mode);
    Told {
        told,
        verdict,
        candidates: considered.iter().map(|it| candidate(would, it)).collect(),
        choices: outcomes.map(|outcome| choice(session, on, would, outcome)).collect(),
        without: timeline::imagined(
            session,
            on,
            would,
            &would.without,
            "What comes without the checkout".into(),
        ),
    }
}

fn sentence(decision: &CheckoutDecision) -> Phrase {
    match (&decision.path, &decision.source) {
        (Some(path), Some(source)) => phrase!(
            "The path “{}” fires from {}: {}.",
            &path.internal_title,
            &source.terms.title,
            Phrase::told(path.transition.name().replace('_', " ")),
        ),
        _ => "No path fires: it is an ordinary purchase.".into(),
    }
}

fn refused(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::OfferInactive => "The offer is not sold any more.",
        RefusalCode::AlreadySubscribed => "The customer has the offer already, or awaits it.",
        RefusalCode::ChangeNotPossible => "Paths lead there, but not as things stand then.",
        RefusalCode::ModeNotOffered => "The customer may not pick that.",
        RefusalCode::TooManySubscriptions => {
            "The customer has as many subscriptions as one may have."
        }
        RefusalCode::CouponUsed => "A change that waits keeps the coupon, and would go on waiting.",
    }
}

fn candidate(would: &Would, considered: &JudgedPair) -> Candidate {
    let (verdict, reason) = match considered.verdict {
        Verdict::Chosen => (Badge::new(Tone::Good, "chosen"), ""),
        Verdict::Outranked(by) => (Badge::new(Tone::Plain, "outranked"), outranked(by)),
        Verdict::Rejected(reason) | Verdict::Unavailable(reason) => {
            (Badge::new(Tone::Bad, "rejected"), rejected(reason))
        }
    };
    let id = &considered.subscription;
    let subscription = would.without.account.subscriptions.get(id);
    let path = would.paths.get(&considered.path).map(|path| path.internal_title.clone());
    Candidate {
        path: path.unwrap_or_else(|| considered.path.to_string()),
        subscription: subscription
            .map_or_else(|| id.to_string(), |it| it.terms.title.clone())
            .into(),
        verdict,
        reason,
    }
}

fn outranked(by: Outranked) -> &'static str {
    match by {
        Outranked::Priority => "another has a higher priority",
        Outranked::Edit => "another path was edited later",
        Outranked::Start => "another subscription started later",
        Outranked::Id | Outranked::Tier => "another has the higher id",
    }
}

/// Why a candidate would not do, in words.
pub(super) fn rejected(reason: Reason) -> &'static str {
    match reason {
        Reason::PathInactive => "the path is switched off",
        Reason::PathNotYetValid => "the path holds from a later day on",
        Reason::PathExpired => "the path\u{2019}s last day has passed",
        Reason::SameOffer => "it is the very offer that they have",
        Reason::CurrencyMismatch => "the two are priced in different currencies",
        Reason::StillInBridge => "the subscription has not been booked yet",
        Reason::SourceHeld => "another checkout holds the subscription",
        Reason::SourceUnpaid => "something is unpaid",
        Reason::BillingPeriodDiffers => "the billing date stays, and the billing periods differ",
        Reason::TargetPeriodShorter => "the new period would end before the one that is paid",
        Reason::NothingToCancel => "no invoice of the current period could be cancelled",
        Reason::RetroactiveRefund => "the new invoice would be lower than the one it cancels",
        Reason::SourceEnds => "the subscription ends with another before that day",
        Reason::ParentEnds => "it needs a subscription that ends before it would begin",
    }
}

fn choice(
    session: &Session,
    on: NaiveDate,
    would: &Would,
    outcome: &CheckoutOutcome,
) -> ToldOutcome {
    let (id, heading, label) = match outcome.mode {
        Purchase::New => ("new", "an ordinary purchase", "What comes with the purchase"),
        Purchase::Add => ("add", "in addition", "What comes with the addition"),
        Purchase::Replace => ("replace", "in its place", "What comes with the replacement"),
    };
    let shown = would.preview.as_ref().and_then(|preview| preview.mode(outcome.mode));
    let confirmation = would.texts.get(&outcome.mode);
    let timeline = would.with.iter().find(|(mode, _)| *mode == outcome.mode);
    let timeline = timeline.map_or(&would.without, |(_, timeline)| timeline);
    let withdraws = outcome.withdraws_cancellation.iter().map(|_| "It withdraws the cancellation.");
    let supersedes =
        outcome.supersedes.iter().map(|_| "It takes the place of a change that waits.");
    ToldOutcome {
        id,
        heading,
        effective_on: session.day(outcome.effective_on),
        amount_due: session.money(outcome.amount_due),
        next_payment: outcome.next_payment_on.map(|day| session.day(day)),
        next_amount: shown
            .and_then(|shown| shown.next_payment.as_ref())
            .map(|next| session.money(next.amount_due)),
        balance: shown
            .and_then(|shown| shown.balance_after)
            .filter(|balance| balance.minor != 0)
            .map(|balance| session.money(balance).into()),
        still_owed: shown
            .and_then(|shown| shown.still_owed)
            .filter(|owed| owed.minor > 0)
            .map(|owed| session.money(owed)),
        commitment: shown.and_then(|shown| shown.commitment).map(|it| commitment(session, &it)),
        ends: shown
            .into_iter()
            .flat_map(|shown| &shown.ends)
            .map(|it| ending(session, would, it))
            .collect(),
        consequences: withdraws.chain(supersedes).map(Phrase::from).collect(),
        title: confirmation.map(|it| it.title.clone()),
        text: confirmation.map(|it| it.text.clone()),
        timeline: timeline::imagined(session, on, would, timeline, label.into()),
    }
}

fn commitment(session: &Session, binds: &Commitment) -> ToldCommitment {
    ToldCommitment {
        from: session.day(binds.starts_on),
        to: session.day(binds.ends_on),
        total: session.money(binds.total),
        renews: binds
            .renews
            .map(|period| format::extension(&session.spoken(), period.count, period.unit)),
        cancel_by: session.day(binds.cancel_by),
        cancellable_to: binds.cancellable_to.map(|on| session.day(on)),
    }
}

fn ending(session: &Session, would: &Would, ending: &Ending) -> ToldEnding {
    let id = &ending.subscription;
    let found = would.without.account.subscriptions.get(id);
    let introduction = ending.lost_introduction;
    let (days, trial) = (ending.lost_days, introduction.map_or(0, |it| it.trial_days));
    let periods = introduction.map_or(0, |it| it.periods);
    let mut lost = Vec::new();
    if days > 0 {
        lost.push(phrase!("booked days that are lost: {}", days));
    }
    if trial > 0 {
        lost.push(phrase!("days of its trial that are lost: {}", trial));
    }
    if periods > 0 {
        lost.push(phrase!("bookings at a first price that are lost: {}", periods));
    }
    ToldEnding {
        title: found.map_or_else(|| id.to_string(), |it| it.terms.title.clone()),
        on: session.day(ending.on),
        lost,
    }
}
