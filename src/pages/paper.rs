//! An invoice or a credit note on a page of its own, for the customer: whoever knows the address
//! may read it.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::app::addresses;
use crate::app::customer_documents::{Paper, RelatedDocument};
use crate::app::{App, AppError};
use crate::domain::calendar::Unit;
use crate::domain::document::{Document, Invoice, InvoiceStatus, Line, Payment, Totals};
use crate::domain::money::{Currency, Money, Rate};
use crate::edge::xml::XmlFile;
use crate::pages::answers::html_of;
use crate::pages::contexts::{days, money, number};
use crate::pages::notices::nowhere;
use crate::pages::tokens::{TokenPath, known};
use crate::render::format::{self, Locale};
use crate::render::links::DocumentKind;
use crate::render::pages::Notice;
use crate::render::paper::{
    InvoiceStanding, PaperExemption, PaperLine, PaperOverdue, PaperPage, PaperPayment, PaperTax,
    RelatedPaper,
};

/// Shows a document.
pub(super) async fn show(State(app): State<App>, token: TokenPath, headers: HeaderMap) -> Response {
    match found(&app, token).await {
        Ok((token, paper)) => {
            let xml_url = paper.is_complete().then(|| addresses::einvoice(&token));
            let page = PaperPage { xml_url, ..page(&paper) };
            let page = app.renderer().paper_page(&paper.locale, &page);
            html_of(&paper.look, None, StatusCode::OK, page)
        }
        Err(error) => nowhere(&app, &headers, error, Notice::NoDocument),
    }
}

/// Sends a document as an electronic invoice; one that lacks what that needs is none.
pub(super) async fn einvoice(
    State(app): State<App>,
    token: TokenPath,
    headers: HeaderMap,
) -> Response {
    let found = found(&app, token).await.and_then(|(_, paper)| paper.einvoice());
    match found {
        Ok(file) => XmlFile(file).into_response(),
        Err(AppError::Refused(_)) => {
            nowhere(&app, &headers, AppError::NotFound("document"), Notice::NoDocument)
        }
        Err(error) => nowhere(&app, &headers, error, Notice::NoDocument),
    }
}

async fn found(app: &App, token: TokenPath) -> Result<(String, Paper), AppError> {
    let token = known(token, "document")?;
    let paper = app.paper(&token).await?;
    Ok((token, paper))
}

fn page(paper: &Paper) -> PaperPage {
    let (locale, currency) = (&paper.locale, currency(&paper.document));
    let amount = |minor| money(locale, Money::new(minor, currency));
    let lines: Vec<&Line> = match &paper.document {
        Document::Invoice(invoice) => invoice.lines.iter().map(|line| &line.line).collect(),
        Document::CreditNote(note) => note.lines.iter().map(|line| &line.line).collect(),
    };
    let totals = Totals::of(lines.iter().copied());
    let tax = |(rate, sum): (&Rate, &Totals)| PaperTax {
        rate: format::percent(locale, &rate.to_string()),
        net: amount(sum.net),
        tax: amount(sum.tax),
    };
    let by_rate = Totals::by_rate(lines.iter().map(|line| line.by_rate()));
    let mut related = paper.related.iter().map(|issued| related(issued, locale));
    let (kind, number) = head(&paper.document);
    let blank = PaperPage {
        seller: paper.seller.name.clone().unwrap_or_default(),
        kind,
        number,
        from: (&paper.seller).into(),
        to: (&paper.buyer).into(),
        issued_on: String::new(),
        due_on: None,
        overdue: None,
        credits: None,
        lines: lines.iter().map(|it| line(it, currency, locale)).collect(),
        net: amount(totals.net),
        taxes: by_rate.iter().map(tax).collect(),
        gross: amount(totals.gross),
        from_balance: None,
        debt: None,
        payments: paper.payments.iter().map(|it| payment(it, locale)).collect(),
        credited: Vec::new(),
        to_balance: None,
        left_debt: None,
        due: None,
        standing: None,
        reason: None,
        exemptions: exemptions(&lines),
        legal_advice: advice(&lines),
        xml_url: None,
        look: paper.look.clone(),
    };
    match &paper.document {
        Document::Invoice(invoice) => of_invoice(invoice, paper, related.collect(), blank),
        Document::CreditNote(note) => PaperPage {
            issued_on: format::date(locale, note.issued_on),
            credits: related.next(),
            reason: note.reason.clone(),
            ..blank
        },
    }
}

/// The page of an invoice: what an invoice alone says, on a page that says the rest.
fn of_invoice(
    invoice: &Invoice,
    paper: &Paper,
    credited: Vec<RelatedPaper>,
    blank: PaperPage,
) -> PaperPage {
    let locale = &paper.locale;
    let amount = |minor| money(locale, Money::new(minor, invoice.currency));
    let (applied, moved) = (invoice.credit_applied, moved_to_balance(invoice));
    PaperPage {
        issued_on: format::date(locale, invoice.issued_on),
        due_on: (invoice.amount_due > 0).then(|| format::date(locale, invoice.due_on)),
        overdue: overdue(invoice, paper),
        from_balance: (applied > 0).then(|| amount(-applied)),
        debt: (applied < 0).then(|| amount(-applied)),
        credited,
        to_balance: (moved > 0).then(|| amount(moved)),
        left_debt: (moved < 0).then(|| amount(moved)),
        due: Some(amount(invoice.amount_due)),
        standing: match invoice.status {
            InvoiceStatus::Open => None,
            InvoiceStatus::Paid => Some(InvoiceStanding::Paid),
            InvoiceStatus::Cancelled => Some(InvoiceStanding::Cancelled),
        },
        ..blank
    }
}

/// What an invoice has moved to the balance: a credit of what was paid, or more money than was
/// due. Below zero it is a debt that it had taken up and that goes on without it.
fn moved_to_balance(invoice: &Invoice) -> i64 {
    let credited: i64 = invoice.lines.iter().map(|line| line.credited_gross).sum();
    let owed = invoice.totals().gross - invoice.credit_applied;
    invoice.amount_due - (owed - invoice.paid - credited)
}

fn overdue(invoice: &Invoice, paper: &Paper) -> Option<PaperOverdue> {
    let since = invoice.due_on.succ_opt().filter(|_| invoice.is_overdue(paper.today))?;
    let days = u32::try_from((paper.today - invoice.due_on).num_days()).ok()?;
    Some(PaperOverdue {
        since: format::date(&paper.locale, since),
        days: format::length(&paper.locale, days, Unit::Day),
    })
}

/// Why there is no tax on the lines, each thing once, in their order.
fn exemptions(lines: &[&Line]) -> Vec<PaperExemption> {
    let mut told: Vec<PaperExemption> = Vec::new();
    for exemption in lines.iter().filter_map(|line| line.exemption.as_ref()) {
        let it = PaperExemption { kind: exemption.kind, reason: exemption.reason.clone() };
        if !told.contains(&it) {
            told.push(it);
        }
    }
    told
}

/// What the law wanted to be told of the lines, each thing once, in their order.
fn advice(lines: &[&Line]) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for advice in lines.iter().filter_map(|line| line.legal_advice.as_ref()) {
        if !told.contains(advice) {
            told.push(advice.clone());
        }
    }
    told
}

fn currency(document: &Document) -> Currency {
    match document {
        Document::Invoice(invoice) => invoice.currency,
        Document::CreditNote(note) => note.currency,
    }
}

fn head(document: &Document) -> (DocumentKind, String) {
    match document {
        Document::Invoice(invoice) => (DocumentKind::Invoice, number(invoice.number)),
        Document::CreditNote(note) => (DocumentKind::CreditNote, number(note.number)),
    }
}

fn line(line: &Line, currency: Currency, locale: &Locale) -> PaperLine {
    PaperLine {
        description: line.description.clone(),
        days: days(locale, line.period),
        discount: (line.discount != 0).then(|| money(locale, Money::new(-line.discount, currency))),
        rate: format::percent(locale, &line.rate.to_string()),
        net: money(locale, Money::new(line.net, currency)),
        gross: money(locale, Money::new(line.gross, currency)),
    }
}

/// What came in is taken off what is due; what went back is added again.
fn payment(payment: &Payment, locale: &Locale) -> PaperPayment {
    PaperPayment {
        kind: payment.kind.name(),
        on: format::date(locale, payment.paid_on),
        reference: payment.reference.clone(),
        amount: money(locale, Money::new(-payment.amount, payment.currency)),
    }
}

fn related(issued: &RelatedDocument, locale: &Locale) -> RelatedPaper {
    let (kind, number) = head(&issued.document);
    let gross = match &issued.document {
        Document::Invoice(invoice) => invoice.totals().gross,
        Document::CreditNote(note) => -note.totals().gross,
    };
    let amount = money(locale, Money::new(gross, currency(&issued.document)));
    RelatedPaper { kind, number, href: addresses::document(&issued.token), amount }
}
