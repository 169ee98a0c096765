//! Customers, what they could change to, and what is paid out to them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::app::App;
use crate::domain::ids::{CustomerId, MerchantId};
use crate::domain::merchant::Customer as Stored;
use crate::edge::amounts::Amounts;
use crate::edge::auth::Merchant;
use crate::edge::extract::{self, Id};
use crate::edge::idempotent_engine::{Form, IdempotentEngine};
use crate::edge::problem::Problem;
use crate::http::definitions::Resource;
use crate::http::lists::{List, ListOf, PageQuery};
use crate::wire::customers::{
    CustomerBalances, CustomerOffer, NewPayout, Payout, SpokenIn, Transitions,
};
use crate::wire::definitions::Answer;

impl Resource for Stored {
    type Made = Answer<Self>;

    async fn show(
        app: &App,
        merchant: &MerchantId,
        customers: Vec<Self>,
    ) -> Result<Vec<Answer<Self>>, Problem> {
        let ids: Vec<CustomerId> = customers.iter().map(|it| it.id.clone()).collect();
        let mut owed = app.balances_of(merchant, ids).await?;
        let show = |customer: &Self| {
            let owed = owed.remove(&customer.id).unwrap_or_default();
            let credit_balance = owed.into_iter().map(Into::into).collect();
            Answer::with(customer, CustomerBalances { credit_balance })
        };
        Ok(customers.iter().map(show).collect())
    }
}

/// Lists the offers that the customer's running subscriptions lead to: those that a checkout for
/// them would bring today, with what it would do, and those that are refused, with the reasons.
#[utoipa::path(get, path = "/v1/customers/{id}/transitions", tag = "customers",
    params(("id" = String, Path), SpokenIn, PageQuery),
    responses((status = 200, body = Transitions)))]
pub(super) async fn list_transitions(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    list: List<SpokenIn>,
) -> Result<Json<Transitions>, Problem> {
    let id = CustomerId::stored(id);
    let rows = app.transitions(&merchant, &id, list.filter.locale.as_deref(), list.page.wanted());
    let rows = rows.await?;
    let page = list.page.answer(rows, |it| it.offer().to_owned(), |it| it);
    Ok(Json(Transitions::of(page.data, page.next_cursor)))
}

/// Lists every active offer with what a shop's button says of it to the customer.
#[utoipa::path(get, path = "/v1/customers/{id}/offers", tag = "customers",
    params(("id" = String, Path), SpokenIn, PageQuery),
    responses((status = 200, body = ListOf<CustomerOffer>)))]
pub(super) async fn list_customer_offers(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    list: List<SpokenIn>,
) -> Result<Response, Problem> {
    let id = CustomerId::stored(id);
    let rows =
        app.customer_offers(&merchant, &id, list.filter.locale.as_deref(), list.page.wanted());
    let rows = rows.await?;
    let key = |row: &CustomerOffer| row.offer.clone();
    list.page.written((&app, &merchant), rows, key, |row| row).await
}

/// Pays credit balance out.
#[utoipa::path(post, path = "/v1/customers/{id}/payouts", tag = "customers",
    params(("id" = String, Path)), request_body = NewPayout,
    responses((status = 201, body = Payout)))]
pub(super) async fn pay_out(
    once: IdempotentEngine,
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
