//! Checkouts: opened, shown, held, completed. The page that customers see is for `pages`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::app::App;
use crate::app::checkouts::{CheckoutDraft, Completion};
use crate::domain::checkout::{CheckoutRequest, OrderTerms};
use crate::domain::ids::{CheckoutId, CustomerId, OfferId, PathId, SubscriptionId};
use crate::edge::amounts::Amounts;
use crate::edge::auth::Merchant;
use crate::edge::etag::WithEtag;
use crate::edge::extract::{self, Id};
use crate::edge::idempotent_engine::{Form, IdempotentEngine};
use crate::edge::ports::Principal;
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, PageQuery};
use crate::wire::Nothing;
use crate::wire::checkouts::{Checkout, CheckoutFilter, CompleteBody, HoldBody, NewCheckout};

/// Opens a checkout. It changes nothing but itself.
#[utoipa::path(post, path = "/v1/checkouts", tag = "checkouts", request_body = NewCheckout,
    responses((status = 201, body = Checkout), (status = 409, body = Problem)))]
pub(super) async fn open_checkout(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    extract::Json(new): extract::Json<NewCheckout>,
) -> Result<WithEtag<Checkout>, Problem> {
    let request = CheckoutRequest {
        subscription: new.subscription.map(SubscriptionId::stored),
        path: new.path.map(PathId::stored),
        mode: new.mode.map(Into::into),
        allow_new: new.allow_new,
        coupon: new.coupon,
        order: new.order.map(|order| OrderTerms {
            channel: order.channel,
            payment_method: order.payment_method,
            shipping_country: order.shipping_country,
            customer_group: order.customer_group,
        }),
        ..CheckoutRequest::plain(CustomerId::stored(new.customer), OfferId::stored(new.offer))
    };
    let NewCheckout { locale, metadata, return_url, .. } = new;
    let draft = CheckoutDraft { request, locale, metadata, return_url };
    let app = once.answering(Form::Tagged(StatusCode::CREATED));
    let checkout = app.open_checkout(&merchant, draft).await?;
    Ok(WithEtag(StatusCode::CREATED, checkout))
}

/// Lists checkouts. Of what was `considered`, each shows the first 20.
#[utoipa::path(get, path = "/v1/checkouts", tag = "checkouts",
    params(CheckoutFilter, PageQuery),
    responses((status = 200, body = ListOf<Checkout>)))]
pub(super) async fn list_checkouts(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    principal: Principal,
    list: List<CheckoutFilter>,
) -> Result<Response, Problem> {
    let CheckoutFilter { customer, status } = list.filter;
    let customer = customer.map(CustomerId::stored);
    let rows = app.checkouts(&merchant, customer, status, list.page.wanted()).await?;
    let show = move |row| shown(row, &principal);
    list.page.written((&app, &merchant), rows, |row: &Checkout| row.id.clone(), show).await
}

/// Reads a checkout as it was shown last.
#[utoipa::path(get, path = "/v1/checkouts/{id}", tag = "checkouts",
    params(("id" = String, Path)), responses((status = 200, body = Checkout)))]
pub(super) async fn get_checkout(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    principal: Principal,
    Id(id): Id,
) -> Result<WithEtag<Checkout>, Problem> {
    let checkout = app.checkout(&merchant, &CheckoutId::stored(id)).await?;
    Ok(WithEtag::read(shown(checkout, &principal)))
}

/// A checkout as a key may see it: who knows its page can buy there.
fn shown(checkout: Checkout, principal: &Principal) -> Checkout {
    Checkout { url: checkout.url.filter(|_| principal.may_sell()), ..checkout }
}

/// Holds a checkout for 15 minutes, so that a card can be charged: it cannot go stale, and
/// completes as it was shown. What would change that is refused with `source-held` meanwhile, and
/// billing waits for the customer. One checkout of a customer is held at a time. The hold does not
/// count towards `expires_at`. Holding a held one again answers the same and prolongs nothing.
#[utoipa::path(post, path = "/v1/checkouts/{id}/hold", tag = "checkouts",
    params(("id" = String, Path)), request_body = HoldBody,
    responses((status = 200, body = Checkout), (status = 409, body = Problem),
        (status = 410, body = Problem)))]
pub(super) async fn hold_checkout(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(HoldBody { stamp }): extract::Json<HoldBody>,
) -> Result<WithEtag<Checkout>, Problem> {
    let app = once.answering(Form::Tagged(StatusCode::OK));
    Ok(WithEtag::read(app.hold_checkout(&merchant, &CheckoutId::stored(id), stamp).await?))
}

/// Lets go of a held checkout: it is open again.
#[utoipa::path(post, path = "/v1/checkouts/{id}/release", tag = "checkouts",
    params(("id" = String, Path)), request_body = Nothing,
    responses((status = 200, body = Checkout), (status = 409, body = Problem)))]
pub(super) async fn release_checkout(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(Nothing {}): extract::Json<Nothing>,
) -> Result<WithEtag<Checkout>, Problem> {
    let app = once.answering(Form::Tagged(StatusCode::OK));
    Ok(WithEtag::read(app.release_checkout(&merchant, &CheckoutId::stored(id)).await?))
}

/// Completes a checkout. What is stored is what was shown; completing twice is the same as once.
/// Once it has gone stale (409 `checkout-stale`, with what it has become), it is completed, or
/// held, only with the `stamp` of what it has become.
#[utoipa::path(post, path = "/v1/checkouts/{id}/complete", tag = "checkouts",
    params(("id" = String, Path)), request_body = CompleteBody,
    responses((status = 200, body = Checkout), (status = 402, body = Problem),
        (status = 409, body = Problem), (status = 410, body = Problem)))]
pub(super) async fn complete_checkout(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(body): extract::Json<CompleteBody>,
) -> Result<WithEtag<Checkout>, Problem> {
    let mut amounts = Amounts::default();
    let payment = body.payment.map(|payment| {
        let amount = amounts.read("/payment/amount", &payment.amount);
        amount.map(|amount| (payment.reference, amount))
    });
    amounts.finish()?;
    let completion = Completion { mode: body.mode, payment: payment.flatten(), stamp: body.stamp };
    let id = CheckoutId::stored(id);
    let app = once.answering(Form::Tagged(StatusCode::OK));
    Ok(WithEtag::read(app.complete_checkout(&merchant, &id, completion).await?))
}
