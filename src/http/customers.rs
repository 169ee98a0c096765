//! Customers, what they could change to, and what is paid out to them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::domain::ids::{CustomerId, MerchantId};
use crate::domain::merchant::Profile;
use crate::edge::auth::Merchant;
use crate::edge::drafts::Draft;
use crate::edge::etag::{Conditions, Tagged};
use crate::edge::extract::{self, Id};
use crate::edge::once::{Form, Once};
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, NoFilter, PageQuery};
use crate::http::money::Amounts;
use crate::rules::definitions::merchants::{CustomerDraft, decide_customer};
use crate::wire::customers::{Customer, CustomerBody, NewPayout, Payout, PossibleTransition};
use crate::wire::from_catalog;

/// Lists customers.
#[utoipa::path(get, path = "/v1/customers", tag = "customers", params(PageQuery),
    responses((status = 200, body = ListOf<Customer>)))]
pub(super) async fn list_customers(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<NoFilter>,
) -> Result<Json<ListOf<Customer>>, Problem> {
    let rows = app.customers(&merchant, list.page.wanted()).await?;
    let answer = list.page.answer(
        rows,
        |(row, _)| row.id.to_string(),
        |(row, owed)| from_catalog::customer(&row.id, &row.profile, &owed),
    );
    Ok(Json(answer))
}

/// Reads a customer.
#[utoipa::path(get, path = "/v1/customers/{id}", tag = "customers", params(("id" = String, Path)),
    responses((status = 200, body = Customer)))]
pub(super) async fn get_customer(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<Tagged<Customer>, Problem> {
    Ok(Tagged::read(read(&app, &merchant, &CustomerId::stored(id)).await?.1))
}

/// Writes a customer.
#[utoipa::path(put, path = "/v1/customers/{id}", tag = "customers", params(("id" = String, Path)),
    request_body = CustomerBody,
    responses((status = 200, body = Customer), (status = 201, body = Customer)))]
pub(super) async fn put_customer(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    conditions: Conditions,
    draft: Draft<CustomerBody, CustomerDraft>,
) -> Result<Tagged<Customer>, Problem> {
    let id = CustomerId::stored(id);
    let draft = draft.judged(decide_customer)?;
    let expected = conditions.hold(read(&app, &merchant, &id)).await?;
    let created = app.put_customer(&merchant, id.clone(), &draft, expected).await?;
    Ok(Tagged::written(created, read(&app, &merchant, &id).await?.1))
}

/// Shows every offer that the customer's running subscriptions lead to, with what a checkout for
/// it would do today.
#[utoipa::path(get, path = "/v1/customers/{id}/transitions", tag = "customers",
    params(("id" = String, Path)),
    responses((status = 200, body = ListOf<PossibleTransition>)))]
pub(super) async fn list_transitions(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<Json<ListOf<PossibleTransition>>, Problem> {
    let data = app.transitions(&merchant, &CustomerId::stored(id)).await?;
    Ok(Json(ListOf { data, next_cursor: None }))
}

/// Pays credit balance out.
#[utoipa::path(post, path = "/v1/customers/{id}/payouts", tag = "customers",
    params(("id" = String, Path)), request_body = NewPayout,
    responses((status = 201, body = Payout)))]
pub(super) async fn pay_out(
    once: Once,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(new): extract::Json<NewPayout>,
) -> Result<(StatusCode, Json<Payout>), Problem> {
    let mut amounts = Amounts::default();
    let amount = amounts.read("/amount", &new.amount);
    amounts.finish()?;
    let amount = amount.ok_or_else(Problem::internal)?;
    let id = CustomerId::stored(id);
    let app = once.answering(Form::Plain(StatusCode::CREATED));
    let payout = app.pay_out(&merchant, &id, amount, new.reference).await?;
    Ok((StatusCode::CREATED, Json(payout)))
}

async fn read(
    app: &App,
    merchant: &MerchantId,
    id: &CustomerId,
) -> Result<(Profile, Customer), Problem> {
    let (customer, balances) = app.customer(merchant, id).await?;
    let shown = from_catalog::customer(&customer.id, &customer.profile, &balances);
    Ok((customer.profile, shown))
}
