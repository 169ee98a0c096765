//! Invoices and credit notes, and how invoices are paid.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::app::reads::Documents;
use crate::domain::document::{Document as Stored, InvoiceStatus};
use crate::domain::ids::{CreditNoteId, CustomerId, InvoiceId, SubscriptionId};
use crate::edge::auth::Merchant;
use crate::edge::etag::Tagged;
use crate::edge::extract::{self, Id};
use crate::edge::once::{Form, Once};
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, Page, PageQuery};
use crate::wire::documents::{Document, DocumentFilter, DocumentStatus, PayBody, UnpayBody};

/// Lists invoices.
#[utoipa::path(get, path = "/v1/invoices", tag = "documents", params(DocumentFilter, PageQuery),
    responses((status = 200, body = ListOf<Document>)))]
pub(super) async fn list_invoices(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<DocumentFilter>,
) -> Result<Json<ListOf<Document>>, Problem> {
    let status = match list.filter.status {
        None => None,
        Some(DocumentStatus::Open) => Some(InvoiceStatus::Open),
        Some(DocumentStatus::Paid) => Some(InvoiceStatus::Paid),
        Some(DocumentStatus::Cancelled) => Some(InvoiceStatus::Cancelled),
        // Only credit notes are that.
        Some(DocumentStatus::Issued) => return Ok(answer(&list.page, Vec::new())),
    };
    let filter = filter(list.filter, status);
    let rows = app.invoices(&merchant, filter, list.page.wanted()).await?;
    Ok(answer(&list.page, rows))
}

/// Reads an invoice.
#[utoipa::path(get, path = "/v1/invoices/{id}", tag = "documents", params(("id" = String, Path)),
    responses((status = 200, body = Document)))]
pub(super) async fn get_invoice(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<Tagged<Document>, Problem> {
    let invoice = app.invoice(&merchant, &InvoiceId::stored(id)).await?;
    Ok(Tagged::read((&invoice).into()))
}

/// Lists credit notes. All of them are `issued`: with another status there is none.
#[utoipa::path(get, path = "/v1/credit-notes", tag = "documents",
    params(DocumentFilter, PageQuery),
    responses((status = 200, body = ListOf<Document>)))]
pub(super) async fn list_credit_notes(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<DocumentFilter>,
) -> Result<Json<ListOf<Document>>, Problem> {
    if list.filter.status.is_some_and(|status| status != DocumentStatus::Issued) {
        return Ok(answer(&list.page, Vec::new()));
    }
    let rows = app.credit_notes(&merchant, filter(list.filter, None), list.page.wanted()).await?;
    Ok(answer(&list.page, rows))
}

/// Reads a credit note.
#[utoipa::path(get, path = "/v1/credit-notes/{id}", tag = "documents",
    params(("id" = String, Path)), responses((status = 200, body = Document)))]
pub(super) async fn get_credit_note(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<Tagged<Document>, Problem> {
    let note = app.credit_note(&merchant, &CreditNoteId::stored(id)).await?;
    Ok(Tagged::read((&note).into()))
}

/// Records that an invoice was paid.
#[utoipa::path(post, path = "/v1/invoices/{id}/pay", tag = "documents",
    params(("id" = String, Path)), request_body = PayBody,
    responses((status = 200, body = Document), (status = 409, body = Problem)))]
pub(super) async fn pay(
    once: Once,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(body): extract::Json<PayBody>,
) -> Result<Json<Document>, Problem> {
    let id = InvoiceId::stored(id);
    let app = once.answering(Form::Plain(StatusCode::OK));
    Ok(Json(app.pay_invoice(&merchant, &id, body.reference, body.paid_on).await?))
}

/// Records that a payment bounced.
#[utoipa::path(post, path = "/v1/invoices/{id}/unpay", tag = "documents",
    params(("id" = String, Path)), request_body = UnpayBody,
    responses((status = 200, body = Document), (status = 409, body = Problem)))]
pub(super) async fn unpay(
    once: Once,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(body): extract::Json<UnpayBody>,
) -> Result<Json<Document>, Problem> {
    let id = InvoiceId::stored(id);
    let app = once.answering(Form::Plain(StatusCode::OK));
    Ok(Json(app.unpay_invoice(&merchant, &id, body.reference, body.reason).await?))
}

fn filter(asked: DocumentFilter, status: Option<InvoiceStatus>) -> Documents {
    Documents {
        customer: asked.customer.map(CustomerId::stored),
        subscription: asked.subscription.map(SubscriptionId::stored),
        status,
        ..Documents::default()
    }
}

fn answer(page: &Page, rows: Vec<Stored>) -> Json<ListOf<Document>> {
    let id = |row: &Stored| match row {
        Stored::Invoice(invoice) => invoice.id.to_string(),
        Stored::CreditNote(note) => note.id.to_string(),
    };
    Json(page.answer(rows, id, |row| (&row).into()))
}
