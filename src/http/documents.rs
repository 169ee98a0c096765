//! Invoices and credit notes, and how invoices are paid.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;

use crate::app::App;
use crate::app::payments::PaymentDraft;
use crate::app::reads::Documents;
use crate::domain::document::InvoiceStatus;
use crate::domain::ids::{
    CreditNoteId, CustomerId, InvoiceId, MerchantId, PaymentId, SubscriptionId,
};
use crate::edge::amounts::Amounts;
use crate::edge::auth::Merchant;
use crate::edge::etag::WithEtag;
use crate::edge::extract::{self, Id};
use crate::edge::idempotent_engine::{Form, IdempotentEngine};
use crate::edge::problem::Problem;
use crate::edge::xml::XmlFile;
use crate::http::lists::{List, ListOf, ListQuery, PageQuery};
use crate::rules::credits::CreditItem;
use crate::wire::documents::{
    CreditBody, CreditNoteFilter, Document, DocumentStatus, InvoiceFilter, PayBody, Surplus,
    UnpayBody,
};

/// Lists invoices.
#[utoipa::path(get, path = "/v1/invoices", tag = "documents", params(InvoiceFilter, PageQuery),
    responses((status = 200, body = ListOf<Document>)))]
pub(super) async fn list_invoices(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<InvoiceFilter>,
) -> Result<Response, Problem> {
    let asked = list.filter;
    in_order(asked.issued_from, asked.issued_to)?;
    let status = match asked.status {
        None => None,
        Some(DocumentStatus::Open) => Some(InvoiceStatus::Open),
        Some(DocumentStatus::Paid) => Some(InvoiceStatus::Paid),
        Some(DocumentStatus::Cancelled) => Some(InvoiceStatus::Cancelled),
        // Only credit notes are that.
        Some(DocumentStatus::Issued) => {
            return answer(list.page, (&app, &merchant), Vec::new()).await;
        }
    };
    let filter = Documents {
        customer: asked.customer.map(CustomerId::stored),
        subscription: asked.subscription.map(SubscriptionId::stored),
        status,
        issued_from: asked.issued_from,
        issued_to: asked.issued_to,
        ..Documents::default()
    };
    let rows = app.invoices(&merchant, filter, asked.overdue, list.page.wanted()).await?;
    answer(list.page, (&app, &merchant), rows).await
}

/// Refuses days that run backwards.
fn in_order(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<(), Problem> {
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        return Err(Problem::invalid_field("/issued_to", "must not lie before issued_from"));
    }
    Ok(())
}

/// Reads an invoice.
#[utoipa::path(get, path = "/v1/invoices/{id}", tag = "documents", params(("id" = String, Path)),
    responses((status = 200, body = Document)))]
pub(super) async fn get_invoice(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<WithEtag<Document>, Problem> {
    Ok(WithEtag::read(app.invoice(&merchant, &InvoiceId::stored(id)).await?))
}

/// Reads an invoice as an electronic one by EN 16931: UBL in the profile `XRechnung` 3.0, as it was
/// issued. Where it lacks what that needs, the answer is 409 and names it in `missing`.
#[utoipa::path(get, path = "/v1/invoices/{id}/xml", tag = "documents",
    params(("id" = String, Path)),
    responses((status = 200, body = String, content_type = "text/xml"),
        (status = 409, body = Problem)))]
pub(super) async fn get_invoice_xml(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<XmlFile, Problem> {
    Ok(XmlFile(app.einvoice_of_invoice(&merchant, &InvoiceId::stored(id)).await?))
}

/// Reads a credit note as an electronic one, as an invoice.
#[utoipa::path(get, path = "/v1/credit-notes/{id}/xml", tag = "documents",
    params(("id" = String, Path)),
    responses((status = 200, body = String, content_type = "text/xml"),
        (status = 409, body = Problem)))]
pub(super) async fn get_credit_note_xml(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<XmlFile, Problem> {
    Ok(XmlFile(app.einvoice_of_credit_note(&merchant, &CreditNoteId::stored(id)).await?))
}

/// Lists credit notes. All of them are `issued`: with another status there is none.
#[utoipa::path(get, path = "/v1/credit-notes", tag = "documents",
    params(CreditNoteFilter, PageQuery),
    responses((status = 200, body = ListOf<Document>)))]
pub(super) async fn list_credit_notes(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<CreditNoteFilter>,
) -> Result<Response, Problem> {
    let asked = list.filter;
    in_order(asked.issued_from, asked.issued_to)?;
    if asked.status.is_some_and(|status| status != DocumentStatus::Issued) {
        return answer(list.page, (&app, &merchant), Vec::new()).await;
    }
    let filter = Documents {
        customer: asked.customer.map(CustomerId::stored),
        subscription: asked.subscription.map(SubscriptionId::stored),
        issued_from: asked.issued_from,
        issued_to: asked.issued_to,
        ..Documents::default()
    };
    let rows = app.credit_notes(&merchant, filter, list.page.wanted()).await?;
    answer(list.page, (&app, &merchant), rows).await
}

/// Reads a credit note.
#[utoipa::path(get, path = "/v1/credit-notes/{id}", tag = "documents",
    params(("id" = String, Path)), responses((status = 200, body = Document)))]
pub(super) async fn get_credit_note(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<WithEtag<Document>, Problem> {
    Ok(WithEtag::read(app.credit_note(&merchant, &CreditNoteId::stored(id)).await?))
}

/// Records that an invoice was paid, all of it or part.
#[utoipa::path(post, path = "/v1/invoices/{id}/pay", tag = "documents",
    params(("id" = String, Path)), request_body = PayBody,
    responses((status = 200, body = Document), (status = 409, body = Problem)))]
pub(super) async fn pay(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(body): extract::Json<PayBody>,
) -> Result<Json<Document>, Problem> {
    let mut amounts = Amounts::default();
    let amount = body.amount.as_ref().map(|amount| amounts.read("/amount", amount));
    amounts.finish()?;
    let draft = PaymentDraft {
        reference: body.reference,
        paid_on: body.paid_on,
        amount: amount.flatten(),
        surplus_to_balance: body.surplus == Some(Surplus::Balance),
    };
    let app = once.answering(Form::Plain(StatusCode::OK));
    Ok(Json(app.pay_invoice(&merchant, &InvoiceId::stored(id), draft).await?))
}

/// Records that a payment of this reference bounced, with all that came in together with it. Where
/// several of this reference stand on the invoice, one is to be named.
#[utoipa::path(post, path = "/v1/invoices/{id}/unpay", tag = "documents",
    params(("id" = String, Path)), request_body = UnpayBody,
    responses((status = 200, body = Document), (status = 409, body = Problem)))]
pub(super) async fn unpay(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(body): extract::Json<UnpayBody>,
) -> Result<Json<Document>, Problem> {
    let id = InvoiceId::stored(id);
    let UnpayBody { reference, payment, reason } = body;
    let payment = payment.map(PaymentId::stored);
    let app = once.answering(Form::Plain(StatusCode::OK));
    Ok(Json(app.unpay_invoice(&merchant, &id, reference, payment, reason).await?))
}

/// Credits an invoice by hand: some of its lines, or all that is left of it. Answers with the
/// credit note, which changes no days.
#[utoipa::path(post, path = "/v1/invoices/{id}/credit", tag = "documents",
    params(("id" = String, Path)), request_body = CreditBody,
    responses((status = 201, body = Document), (status = 409, body = Problem)))]
pub(super) async fn credit(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(body): extract::Json<CreditBody>,
) -> Result<(StatusCode, Json<Document>), Problem> {
    let mut amounts = Amounts::default();
    let mut items = Vec::new();
    for (place, line) in body.lines.into_iter().flatten().enumerate() {
        let at = format!("/lines/{place}/gross");
        let gross = line.gross.as_ref().and_then(|gross| amounts.read(&at, gross));
        items.push(CreditItem { line: usize::try_from(line.line).unwrap_or(usize::MAX), gross });
    }
    amounts.finish()?;
    let app = once.answering(Form::Plain(StatusCode::CREATED));
    let id = InvoiceId::stored(id);
    let note = app.credit_invoice(&merchant, &id, items, body.reason).await?;
    Ok((StatusCode::CREATED, Json(note)))
}

async fn answer(
    page: ListQuery,
    whose: (&App, &MerchantId),
    rows: Vec<Document>,
) -> Result<Response, Problem> {
    page.written(whose, rows, |row: &Document| row.id.clone().unwrap_or_default(), |row| row).await
}
