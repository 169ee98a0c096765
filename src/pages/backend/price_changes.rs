//! What running subscriptions on an offer are to pay: looked at, decided, withdrawn for everybody
//! or for one. Each withdrawal asks once more.

use std::time::Duration;

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use serde::Deserialize;

use crate::app::price_changes::{CountedPriceChange, PriceChanges, previewed, shown};
use crate::domain::calendar::Period;
use crate::domain::catalogue::Offer;
use crate::domain::ids::{OfferId, PriceChangeId, SubscriptionId};
use crate::domain::money::Money;
use crate::domain::price_change::{PriceChange, PriceChangeStatus, PriceScope, Unaffected};
use crate::edge::price_changes::{carry_out, draft_of};
use crate::edge::problem::Problem;
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::confirm::{answerable, ask, kindly};
use crate::pages::backend::definitions::{find, status, wrong};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::lists::{Browse, SortOrder};
use crate::pages::backend::places::{OFFERS, SUBSCRIPTIONS};
use crate::pages::backend::query::encode;
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::{people, rows};
use crate::render::backend::confirm::{ConfirmPage, Fact};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::Tone;
use crate::render::backend::parts::Badge;
use crate::render::backend::phrase::phrase;
use crate::render::backend::price_changes::{PriceAnswer, PriceChangeRow, PricesPage};
use crate::render::backend::subscriptions::ComingPrice;
use crate::render::format;
use crate::rules::price_change::{PriceChangeDraft, PriceReach};
use crate::wire::price_changes::NewPriceChange;

const FIELDS: &[Spec] = &[
    Spec::new("/effective_from", "From", Kind::Date)
        .hint("No booking before this day is at the new price.")
        .required(),
    Spec::new("/price", "New price for each billing period", Kind::Money)
        .hint("Left empty, it is what the offer costs by now, for who bought an older version."),
    Spec::new("/subscriptions", "Who pays it when", Kind::Choice).required(),
    Spec::new("/notice_days", "Days of notice", Kind::Number)
        .hint("How many days lie at least between telling a customer and the first booking.")
        .right("Write a whole number of days from 0 to 365.")
        .required(),
];

const SCOPES: [(&str, &str); 2] = [
    ("no_longer_bound", "from the first term that they can still cancel"),
    ("all", "also within a term that they are bound to"),
];

/// How long whoever presses waits for everybody to be told.
const PATIENCE: Duration = Duration::from_secs(5);

const WITHDRAWN: &str = "The price change is withdrawn: nobody pays it who did not by now.";

/// Where the prices of an offer stand.
pub(super) fn address(offer: &str) -> String {
    format!("{OFFERS}/{offer}/prices")
}

fn blank(session: &Session, offer: &Offer) -> FormValues {
    FormValues::default()
        .by(session.notation())
        .with("/price/currency", offer.terms.price.currency.code())
        .with("/subscriptions", PriceScope::default().name())
        .with("/notice_days", "30")
}

/// Shows the form, and what was decided.
pub(super) async fn show(
    session: Session,
    Path(id): Path<String>,
    Query(browse): Query<Browse>,
) -> Answer {
    let offer = find::<Offer>(&session, &id).await?;
    let values = blank(&session, &offer);
    page(&session, &offer, &browse, (&values, None), None).await
}

/// Shows what a price change would mean.
pub(super) async fn look(session: Session, Path(id): Path<String>, sent: SentForm) -> Answer {
    let offer = find::<Offer>(&session, &id).await?;
    let values = session.values(sent);
    let (problem, answer) = match looked(&session, &offer, &values).await? {
        Ok(answer) => (None, Some(answer)),
        Err(problem) => (Some(problem), None),
    };
    page(&session, &offer, &Browse::default(), (&values, problem.as_ref()), answer).await
}

/// Decides a price change; sent twice it is the same one.
pub(super) async fn decide(session: Session, Path(id): Path<String>, sent: SentForm) -> Answer {
    let offer = find::<Offer>(&session, &id).await?;
    let values = session.values(sent);
    match decided(&session, &offer, &values).await? {
        None => {
            session.go(&address(&id), "The price is changed, and the customers are being told.")
        }
        Some(problem) => {
            page(&session, &offer, &Browse::default(), (&values, Some(&problem)), None).await
        }
    }
}

fn draft(values: &FormValues) -> Result<PriceChangeDraft, Problem> {
    let judged = values.draft::<NewPriceChange>(FIELDS)?.judged(|_| Ok(()))?;
    draft_of(&judged)
}

async fn looked(
    session: &Session,
    offer: &Offer,
    values: &FormValues,
) -> Result<Result<PriceAnswer, Problem>, Failure> {
    let draft = match draft(values) {
        Ok(draft) => draft,
        Err(problem) => return Ok(Err(wrong(problem)?)),
    };
    let id = &offer.terms.offer;
    match session.app.preview_price_change(&session.merchant, id, draft).await {
        Ok((change, reach)) => Ok(Ok(answer(session, &change, &reach))),
        Err(error) => Ok(Err(answerable(error)?)),
    }
}

async fn decided(
    session: &Session,
    offer: &Offer,
    values: &FormValues,
) -> Result<Option<Problem>, Failure> {
    let draft = match draft(values) {
        Ok(draft) => draft,
        Err(problem) => return Ok(Some(wrong(problem)?)),
    };
    let (app, merchant) = (&session.app, &session.merchant);
    let id = match app.open_price_change(merchant, &offer.terms.offer, draft).await {
        Ok(id) => id,
        Err(error) => return Ok(Some(answerable(error)?)),
    };
    told(session, &id).await?;
    Ok(None)
}

/// Goes on with a price change, and waits for a while until that is done.
async fn told(session: &Session, id: &PriceChangeId) -> Result<(), Failure> {
    let work = carry_out(&session.app, &session.merchant, id, true);
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => Ok(done?),
        Err(_) => Ok(()),
    }
}

async fn page(
    session: &Session,
    offer: &Offer,
    browse: &Browse,
    (values, problem): (&FormValues, Option<&Problem>),
    answer: Option<PriceAnswer>,
) -> Answer {
    let id = offer.terms.offer.to_string();
    let filter = PriceChanges { offer: Some(OfferId::stored(id.clone())) };
    let wanted = browse.page(SortOrder::NewestFirst);
    let mut found = session.app.price_changes(&session.merchant, filter, wanted).await?;
    let here = browse.address(&address(&id));
    let pager = browse.pager(&mut found, SortOrder::NewestFirst, &here, |it| it.change.id.as_str());
    let is_field = |problem: &&Problem| problem.code.status() == StatusCode::UNPROCESSABLE_ENTITY;
    let form = form(FIELDS, values, problem.filter(is_field)).with_options("subscriptions", SCOPES);
    let page = PricesPage {
        title: offer.terms.title.clone(),
        price: per(session, offer.terms.price, offer.terms.billing_period),
        action: address(&id),
        look: format!("{}/look", address(&id)),
        refused: problem.filter(|problem| !is_field(problem)).map(kindly),
        form,
        answer,
        rows: found.iter().map(|it| row(session, it)).collect(),
        pager,
        id,
    };
    let head =
        PageHead::new(phrase!("Prices of {}", offer.terms.title.clone())).below("Offers", OFFERS);
    session.show_as(status(problem), head, &page)
}

fn answer(session: &Session, change: &PriceChange, reach: &PriceReach) -> PriceAnswer {
    let shown = previewed(change, reach);
    let money = |minor| session.money(Money::new(minor, change.terms.price.currency));
    let left = |it: &crate::wire::price_changes::LeftOutCount| {
        phrase!("{}: {}", it.subscriptions, why(it.reason))
    };
    PriceAnswer {
        told: reach.told,
        supersedes: reach.supersedes,
        left_out: shown.left_out.iter().map(left).collect(),
        price: price(session, change),
        before: money(reach.monthly_before),
        after: money(reach.monthly_after),
        change: money(reach.monthly_after.saturating_sub(reach.monthly_before)),
        first: reach.first_on.map(|on| session.day(on)),
        last: reach.last_on.map(|on| session.day(on)),
    }
}

/// Why a subscription is left as it is, in words.
fn why(reason: Unaffected) -> &'static str {
    match reason {
        Unaffected::SamePrice => "pay that already",
        Unaffected::NewestVersion => "bought the offer as it is by now",
        Unaffected::OtherCurrency => "pay in another currency",
        Unaffected::OtherPeriod => "are booked for another period",
        Unaffected::OtherTax => "pay a price with tax where this has none, or the other way round",
        Unaffected::EndsFirst => "end, or are replaced, before",
        Unaffected::Overtaken => "pay what was decided later",
        Unaffected::NotBegun => "begin later, at the price that was promised",
        Unaffected::Ended => "have ended",
        Unaffected::Broken => "could not be read: look at the log",
    }
}

fn price(session: &Session, change: &PriceChange) -> String {
    per(session, change.price(), change.terms.billing_period)
}

fn per(session: &Session, price: Money, Period { count, unit }: Period) -> String {
    format::price_per(session.locale(), &session.money(price), count, unit)
}

fn row(session: &Session, counted: &CountedPriceChange) -> PriceChangeRow {
    let (change, it) = (&counted.change, shown(counted));
    let status = match change.status {
        PriceChangeStatus::Telling => Badge::new(Tone::Warn, "customers are being told"),
        PriceChangeStatus::Told => Badge::new(Tone::Good, "told"),
        PriceChangeStatus::Withdrawing => Badge::new(Tone::Warn, "being withdrawn"),
        PriceChangeStatus::Withdrawn => Badge::new(Tone::Plain, "withdrawn"),
    };
    let money = |minor| session.money(Money::new(minor, change.terms.price.currency));
    let (before, after) = counted.monthly();
    PriceChangeRow {
        id: it.id,
        price: price(session, change),
        from: session.day(change.effective_from),
        scope: match change.scope {
            PriceScope::NoLongerBound => "who is no longer bound",
            PriceScope::All => "everybody",
        },
        status,
        pending: it.counts.pending,
        applied: it.counts.applied,
        kept: it.counts.withdrawn + it.counts.superseded + it.counts.dropped,
        left_out: it.left_out.iter().map(|left| left.subscriptions).sum(),
        before: money(before),
        after: money(after),
        is_open: matches!(change.status, PriceChangeStatus::Telling | PriceChangeStatus::Told),
    }
}

/// Asks before a price change is withdrawn as a whole.
pub(super) async fn ask_withdraw(session: Session, Path(id): Path<String>) -> Answer {
    withdraw_question(&session, &PriceChangeId::stored(id)).await
}

/// Withdraws a price change as a whole.
pub(super) async fn withdraw(session: Session, Path(id): Path<String>) -> Answer {
    let id = PriceChangeId::stored(id);
    session.app.open_withdrawal(&session.merchant, &id).await?;
    told(&session, &id).await?;
    let change = session.app.price_change(&session.merchant, &id).await?.change;
    session.go(&address(change.terms.offer.as_str()), WITHDRAWN)
}

async fn withdraw_question(session: &Session, id: &PriceChangeId) -> Answer {
    let counted = session.app.price_change(&session.merchant, id).await?;
    let (row, offer) = (row(session, &counted), counted.change.terms.offer.to_string());
    let page = ConfirmPage {
        lead: "Who waits for their first booking at the new price goes on paying what they pay. \
               Who pays the new price already goes on paying it.",
        facts: vec![
            Fact::new("Offer", counted.change.terms.title.clone()),
            Fact::new("New price", row.price),
            Fact::new("From", row.from.text),
            Fact::new("Wait for it", row.pending.to_string()),
            Fact::new("Pay it", row.applied.to_string()),
            Fact::new("Status", row.status.text),
        ],
        action: format!("/backend/price-changes/{id}/withdraw"),
        button: "Withdraw the price change",
        is_danger: true,
        keep: "Let it stand",
        back: address(&offer),
        ..ConfirmPage::default()
    };
    let head = PageHead::new("Withdraw this price change?").below("Offers", OFFERS);
    ask(session, head, page, None)
}

/// Which of the new prices that wait for a subscription is meant; unless given, all of them.
#[derive(Debug, Default, Deserialize)]
pub(super) struct KeptPrice {
    price_change: Option<String>,
}

/// Asks before a new price of one subscription is withdrawn.
pub(super) async fn ask_keep(
    session: Session,
    Path(id): Path<String>,
    Query(of): Query<KeptPrice>,
) -> Answer {
    keep_question(&session, &SubscriptionId::stored(id), of, None).await
}

/// Withdraws a new price of one subscription.
pub(super) async fn keep(
    session: Session,
    Path(id): Path<String>,
    Query(of): Query<KeptPrice>,
) -> Answer {
    let id = SubscriptionId::stored(id);
    let change = of.price_change.clone().map(PriceChangeId::stored);
    match session.app.keep_price(&session.merchant, &id, change.as_ref()).await {
        Ok(_) => session.go(&format!("{SUBSCRIPTIONS}/{id}"), "The new price is withdrawn."),
        Err(error) => keep_question(&session, &id, of, Some(&answerable(error)?)).await,
    }
}

async fn keep_question(
    session: &Session,
    id: &SubscriptionId,
    of: KeptPrice,
    refused: Option<&Problem>,
) -> Answer {
    let found = session.app.subscription(&session.merchant, id).await?;
    let row = rows::subscription(session, &found);
    let customer = people::person(session, &found.subscription.customer).await?;
    let mut facts = vec![
        Fact::new("Subscription", row.title),
        Fact::new("Customer", customer.name),
        Fact::new("Price", row.price),
    ];
    let is_meant = |it: &ComingPrice| of.price_change.as_ref().is_none_or(|of| *of == it.change);
    let meant = rows::new_prices(session, &found).into_iter().filter(is_meant);
    facts.extend(meant.map(|it| Fact::new("New price", it.text)));
    let query = of.price_change.map(|of| format!("?price_change={}", encode(&of)));
    let page = ConfirmPage {
        lead: "The customer will not pay it. Others who were told of the new price are not \
               touched.",
        facts,
        action: format!("{SUBSCRIPTIONS}/{id}/keep-price{}", query.unwrap_or_default()),
        button: "Withdraw the new price",
        is_danger: true,
        keep: "Let it wait",
        back: format!("{SUBSCRIPTIONS}/{id}"),
        ..ConfirmPage::default()
    };
    let head = PageHead::new("Withdraw this new price?").below("Subscriptions", SUBSCRIPTIONS);
    let title = found.subscription.terms.title.clone();
    ask(session, head.below(title, format!("{SUBSCRIPTIONS}/{id}")), page, refused)
}
