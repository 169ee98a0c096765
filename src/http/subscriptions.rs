//! Subscriptions: shown, brought over, cancelled. What they are booked is for `billing`.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;

use crate::app::App;
use crate::app::reads::Subscriptions;
use crate::app::subscriptions::shown;
use crate::domain::ids::{CustomerId, OfferId, SubscriptionId};
use crate::edge::auth::Merchant;
use crate::edge::bring_over::sent_of;
use crate::edge::etag::WithEtag;
use crate::edge::extract::{self, Id, body_value};
use crate::edge::idempotent_engine::{Form, IdempotentEngine};
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, PageQuery};
use crate::rules::subscriptions::Cancellation;
use crate::wire::Nothing;
use crate::wire::subscriptions::{
    CancelBody, CancelledSubscription, DayRun, DaysQuery, NewSubscription, Subscription,
    SubscriptionFilter,
};

/// Lists subscriptions, each as of today, whether or not billing has run.
#[utoipa::path(get, path = "/v1/subscriptions", tag = "subscriptions",
    params(SubscriptionFilter, PageQuery),
    responses((status = 200, body = ListOf<Subscription>)))]
pub(super) async fn list_subscriptions(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<SubscriptionFilter>,
) -> Result<Json<ListOf<Subscription>>, Problem> {
    let filter = Subscriptions {
        customer: list.filter.customer.map(CustomerId::stored),
        status: list.filter.status,
        offer: list.filter.offer.map(OfferId::stored),
    };
    let rows = app.subscriptions(&merchant, filter, list.page.wanted()).await?;
    Ok(Json(list.page.answer(rows, |row| row.subscription.id.to_string(), |row| shown(&row))))
}

/// Reads a subscription as of today, whether or not billing has run.
#[utoipa::path(get, path = "/v1/subscriptions/{id}", tag = "subscriptions",
    params(("id" = String, Path)), responses((status = 200, body = Subscription)))]
pub(super) async fn get_subscription(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<WithEtag<Subscription>, Problem> {
    let found = app.subscription(&merchant, &SubscriptionId::stored(id)).await?;
    Ok(WithEtag::read(shown(&found)))
}

/// Says of every day of a subscription which document line pays for it, or why none does: in the
/// `bridge` before its first booking, `brought-over` from elsewhere, or `credited`.
#[utoipa::path(get, path = "/v1/subscriptions/{id}/days", tag = "subscriptions",
    params(("id" = String, Path), DaysQuery),
    responses((status = 200, body = ListOf<DayRun>)))]
pub(super) async fn list_days(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Query(days): extract::Query<DaysQuery>,
) -> Result<Json<ListOf<DayRun>>, Problem> {
    let runs = app.days(&merchant, &SubscriptionId::stored(id), days.from, days.to).await?;
    Ok(Json(ListOf { data: runs.into_iter().map(Into::into).collect(), next_cursor: None }))
}

/// Brings a running subscription over from elsewhere.
#[utoipa::path(post, path = "/v1/subscriptions", tag = "subscriptions",
    request_body = NewSubscription,
    responses((status = 201, body = Subscription), (status = 409, body = Problem)))]
pub(super) async fn bring_over(
    once: IdempotentEngine,
    State(app): State<App>,
    Merchant(merchant): Merchant,
    request: Request,
) -> Result<WithEtag<Subscription>, Problem> {
    let sent = sent_of(body_value(request, &app).await?)?;
    let app = once.answering(Form::Tagged(StatusCode::CREATED));
    Ok(WithEtag(StatusCode::CREATED, app.bring_over(&merchant, sent).await?))
}

/// Cancels a subscription: to the end of the first term that leaves its notice, or at once, with
/// or without money back.
#[utoipa::path(post, path = "/v1/subscriptions/{id}/cancel", tag = "subscriptions",
    params(("id" = String, Path)), request_body = CancelBody,
    responses((status = 200, body = CancelledSubscription), (status = 409, body = Problem)))]
pub(super) async fn cancel(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(body): extract::Json<CancelBody>,
) -> Result<Json<CancelledSubscription>, Problem> {
    let (id, how) =
        (SubscriptionId::stored(id), Cancellation { when: body.when, credit: body.credit });
    let app = once.answering(Form::Plain(StatusCode::OK));
    Ok(Json(app.cancel_subscription(&merchant, &id, how).await?))
}

/// Takes a cancellation back.
#[utoipa::path(post, path = "/v1/subscriptions/{id}/uncancel", tag = "subscriptions",
    params(("id" = String, Path)), request_body = Nothing,
    responses((status = 200, body = Subscription), (status = 409, body = Problem)))]
pub(super) async fn uncancel(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(Nothing {}): extract::Json<Nothing>,
) -> Result<Json<Subscription>, Problem> {
    let app = once.answering(Form::Plain(StatusCode::OK));
    Ok(Json(app.uncancel_subscription(&merchant, &SubscriptionId::stored(id)).await?))
}
