//! Payments, read again; and money of a customer that fits no invoice.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::app::reads::Payments;
use crate::domain::ids::{CustomerId, InvoiceId, PaymentId};
use crate::edge::amounts::Amounts;
use crate::edge::auth::Merchant;
use crate::edge::extract::{self, Id};
use crate::edge::idempotent_engine::{Form, IdempotentEngine};
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, PageQuery};
use crate::wire::payments::{
    BounceBody, NewPayment, Payment, PaymentFilter, ReceivedPayment, ReturnedPayment,
};

/// Lists payments, bounced payments and payouts.
#[utoipa::path(get, path = "/v1/payments", tag = "documents", params(PaymentFilter, PageQuery),
    responses((status = 200, body = ListOf<Payment>)))]
pub(super) async fn list_payments(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<PaymentFilter>,
) -> Result<Json<ListOf<Payment>>, Problem> {
    let asked = list.filter;
    if asked.from.zip(asked.to).is_some_and(|(from, to)| to < from) {
        return Err(Problem::invalid_field("/to", "must not lie before from"));
    }
    let filter = Payments {
        customer: asked.customer.map(CustomerId::stored),
        invoice: asked.invoice.map(InvoiceId::stored),
        reference: asked.reference,
        from: asked.from,
        to: asked.to,
    };
    let rows = app.payments(&merchant, filter, list.page.wanted()).await?;
    let show =
        |found: &crate::app::reads::StoredPayment| Payment::of(&found.customer, &found.payment);
    Ok(Json(list.page.answer(rows, |row| row.payment.id.to_string(), |row| show(&row))))
}

/// Takes money of a customer that fits no open invoice: it settles a debt, then pays open
/// invoices by due day and number, then goes to the credit balance.
#[utoipa::path(post, path = "/v1/customers/{id}/payments", tag = "customers",
    params(("id" = String, Path)), request_body = NewPayment,
    responses((status = 201, body = ReceivedPayment)))]
pub(super) async fn receive_payment(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(new): extract::Json<NewPayment>,
) -> Result<(StatusCode, Json<ReceivedPayment>), Problem> {
    let mut amounts = Amounts::default();
    let amount = amounts.read("/amount", &new.amount);
    amounts.finish()?;
    let amount = amount.ok_or_else(Problem::internal)?;
    let app = once.answering(Form::Plain(StatusCode::CREATED));
    let id = CustomerId::stored(id);
    let received = app.receive_payment(&merchant, &id, amount, new.reference, new.paid_on).await?;
    Ok((StatusCode::CREATED, Json(received)))
}

/// Records that money bounced, whatever it was for, with all that came in together with it. What
/// it had given to the credit balance is taken back, which may so fall below zero; invoices that
/// it paid are open again.
#[utoipa::path(post, path = "/v1/payments/{id}/unpay", tag = "documents",
    params(("id" = String, Path)), request_body = BounceBody,
    responses((status = 200, body = ReturnedPayment), (status = 409, body = Problem)))]
pub(super) async fn unpay_payment(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(body): extract::Json<BounceBody>,
) -> Result<Json<ReturnedPayment>, Problem> {
    let app = once.answering(Form::Plain(StatusCode::OK));
    Ok(Json(app.unpay_payment(&merchant, &PaymentId::stored(id), body.reason).await?))
}
