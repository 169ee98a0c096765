//! Invoices and credit notes: listed, and shown as they are printed.

use axum::extract::{Path, Query};
use chrono::NaiveDate;
use serde::Deserialize;

use crate::app::addresses;
use crate::app::reads::{Documents, StoredCreditNote, StoredInvoice};
use crate::app::search::SearchHitKind;
use crate::domain::document::{Document, InvoiceStatus, Line, Payment, PaymentKind, Totals};
use crate::domain::fault::Fault;
use crate::domain::ids::{CreditNoteId, CustomerId, InvoiceId, SubscriptionId};
use crate::domain::money::{Currency, Money, Rate};
use crate::domain::party::Party;
use crate::domain::report::Owed;
use crate::pages::backend::answer::Answer;
use crate::pages::backend::filters::{Narrow, SoughtThing, asked, filters};
use crate::pages::backend::lists::{Browse, SortOrder};
use crate::pages::backend::places::{CREDIT_NOTES, EXPORT, INVOICES, PAYMENTS};
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::{people, rows};
use crate::render::backend::documents::{
    DocumentLine, DocumentPage, DocumentRow, DocumentsPage, OverdueRow, PaymentRow, TaxRow,
};
use crate::render::backend::frame::Link;
use crate::render::backend::parts::Tab;
use crate::render::backend::phrase::{Phrase, phrase};
use crate::render::einvoice;

const STATUSES: &[(&str, &str)] =
    &[("", "All"), ("open", "Open"), ("paid", "Paid"), ("cancelled", "Cancelled")];

const OVERDUE: &[(&str, &str)] = &[("", "All"), ("true", "Overdue"), ("false", "Not overdue")];

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct DocumentQuery {
    overdue: Option<String>,
    status: Option<String>,
    customer: Option<String>,
    subscription: Option<String>,
}

impl DocumentQuery {
    fn filter(
        &self,
        customer: &SoughtThing,
        number: Option<String>,
        today: NaiveDate,
    ) -> Documents {
        // What is no number is none's.
        let number = number.map(|text| text.parse::<i64>().unwrap_or(0));
        Documents {
            customer: customer.id.clone().map(CustomerId::stored),
            subscription: asked(self.subscription.as_ref()).map(SubscriptionId::stored),
            status: self.status.as_deref().and_then(InvoiceStatus::parse),
            number,
            overdue: self.overdue.as_deref().and_then(|it| it.parse().ok()).map(|it| (it, today)),
            ..Documents::default()
        }
    }
}

/// Both lists and the export.
pub(super) fn tabs(here: &str) -> Vec<Tab> {
    let all = [
        ("Invoices", INVOICES),
        ("Credit notes", CREDIT_NOTES),
        ("Payments", PAYMENTS),
        ("Export", EXPORT),
    ];
    all.map(|(label, href)| Tab { link: Link::new(label, href), current: href == here }).into()
}

/// Lists invoices.
pub(super) async fn list_invoices(
    session: Session,
    Query(browse): Query<Browse>,
    Query(wanted): Query<DocumentQuery>,
) -> Answer {
    let page = browse.page(SortOrder::NewestFirst);
    let customer = wanted.customer.as_ref();
    let customer = SoughtThing::among(&session, SearchHitKind::Customer, customer).await?;
    let filter = wanted.filter(&customer, browse.searched(), session.today());
    let mut found = session.app.invoices_in_full(&session.merchant, filter, page).await?;
    let narrow = [
        Narrow::choice("status", "Status", wanted.status.as_ref(), STATUSES),
        Narrow::choice("overdue", "Due", wanted.overdue.as_ref(), OVERDUE),
        Narrow::thing("customer", "Customer", &customer),
        Narrow::text("subscription", "Subscription id", wanted.subscription.as_ref()),
    ];
    let (filters, here) = filters(INVOICES, "Search by number", browse.searched(), &narrow);
    let pager =
        browse.pager(&mut found, SortOrder::NewestFirst, &here, |it| it.invoice.id.as_str());
    let mut rows: Vec<_> = found.iter().map(|it| rows::invoice(&session, &it.invoice)).collect();
    people::name(&session, rows.iter_mut().map(|row| &mut row.customer)).await?;
    let owed = session.app.owed(&session.merchant).await?;
    let late = owed.iter().filter(|owed| owed.late > 0);
    let overdue = late.map(|owed| overdue(&session, owed)).collect();
    let (title, tabs) = ("Invoices", tabs(INVOICES));
    let page = DocumentsPage { title, tabs, filters, rows, pager, overdue };
    session.show(PageHead::new("Invoices"), &page)
}

fn overdue(session: &Session, owed: &Owed) -> OverdueRow {
    let money = |minor| session.money(Money::new(minor, owed.open.currency));
    OverdueRow {
        currency: owed.open.currency.code(),
        by_age: owed.by_age.iter().map(|minor| money(*minor)).collect(),
        sum: money(owed.overdue()),
        late: owed.late,
    }
}

/// Lists credit notes.
pub(super) async fn list_credit_notes(
    session: Session,
    Query(browse): Query<Browse>,
    Query(wanted): Query<DocumentQuery>,
) -> Answer {
    let page = browse.page(SortOrder::NewestFirst);
    let customer = wanted.customer.as_ref();
    let customer = SoughtThing::among(&session, SearchHitKind::Customer, customer).await?;
    let filter = wanted.filter(&customer, browse.searched(), session.today());
    let mut found = session.app.credit_notes_in_full(&session.merchant, filter, page).await?;
    let narrow = [
        Narrow::thing("customer", "Customer", &customer),
        Narrow::text("subscription", "Subscription id", wanted.subscription.as_ref()),
    ];
    let (filters, here) = filters(CREDIT_NOTES, "Search by number", browse.searched(), &narrow);
    let pager = browse.pager(&mut found, SortOrder::NewestFirst, &here, |it| it.note.id.as_str());
    let mut rows: Vec<_> = found.iter().map(|it| rows::credit_note(&session, &it.note)).collect();
    people::name(&session, rows.iter_mut().map(|row| &mut row.customer)).await?;
    let title = "Credit notes";
    let (tabs, overdue) = (tabs(CREDIT_NOTES), Vec::new());
    let page = DocumentsPage { title, tabs, filters, rows, pager, overdue };
    session.show(PageHead::new(title).below("Documents", INVOICES), &page)
}

/// Shows an invoice as it is printed.
pub(super) async fn show_invoice(session: Session, Path(id): Path<String>) -> Answer {
    let id = InvoiceId::stored(id);
    let StoredInvoice { invoice, seller, buyer, token, .. } =
        session.app.invoice_in_full(&session.merchant, &id).await?;
    let seller = session.app.named_seller(&session.merchant, seller).await?;
    let notes = session.app.credit_notes_of(&session.merchant, &id).await?;
    let paid = session.app.payments_of(&session.merchant, &id).await?;
    let related = notes.iter().map(|StoredCreditNote { note, .. }| {
        let row = rows::credit_note(&session, note);
        Link::new(phrase!("{} over {}", row.title, row.gross), row.href)
    });
    let money = |minor| session.money(Money::new(minor, invoice.currency));
    let lines: Vec<&Line> = invoice.lines.iter().map(|line| &line.line).collect();
    let paper = Paper { seller: &seller, buyer: &buyer, lines: &lines, currency: invoice.currency };
    let mut row = rows::invoice(&session, &invoice);
    people::name(&session, [&mut row.customer]).await?;
    let page = DocumentPage {
        applied: Some(invoice.credit_applied).filter(|minor| *minor != 0).map(|it| money(-it)),
        due: Some(money(invoice.amount_due)),
        payments: paid.iter().map(|payment| payment_row(&session, payment)).collect(),
        related: related.collect(),
        can_pay: invoice.status == InvoiceStatus::Open && invoice.amount_due > 0,
        can_credit: invoice.status != InvoiceStatus::Cancelled,
        can_bounce: invoice.paid > 0,
        as_sent: addresses::document(&token),
        as_xml: addresses::einvoice(&token),
        lacking: lacking(&Document::Invoice(invoice.clone()), &seller, &buyer),
        ..paper.page(&session, id.to_string(), row)
    };
    session.show(PageHead::new(page.title.clone()).below("Invoices", INVOICES), &page)
}

/// Shows a credit note as it is printed.
pub(super) async fn show_credit_note(session: Session, Path(id): Path<String>) -> Answer {
    let id = CreditNoteId::stored(id);
    let StoredCreditNote { note, seller, buyer, token, .. } =
        session.app.credit_note_in_full(&session.merchant, &id).await?;
    let seller = session.app.named_seller(&session.merchant, seller).await?;
    let mut related = Vec::new();
    if let Some(credits) = &note.credits {
        let found = session.app.invoice_in_full(&session.merchant, credits).await?;
        let row = rows::invoice(&session, &found.invoice);
        related.push(Link::new(row.title, row.href));
    }
    let lines: Vec<&Line> = note.lines.iter().map(|line| &line.line).collect();
    let paper = Paper { seller: &seller, buyer: &buyer, lines: &lines, currency: note.currency };
    let mut row = rows::credit_note(&session, &note);
    people::name(&session, [&mut row.customer]).await?;
    let page = DocumentPage {
        reason: note.reason.clone(),
        related,
        as_sent: addresses::document(&token),
        as_xml: addresses::einvoice(&token),
        lacking: lacking(&Document::CreditNote(note.clone()), &seller, &buyer),
        ..paper.page(&session, id.to_string(), row)
    };
    session.show(PageHead::new(page.title.clone()).below("Credit notes", CREDIT_NOTES), &page)
}

/// What both kinds have on paper.
struct Paper<'a> {
    seller: &'a Party,
    buyer: &'a Party,
    lines: &'a [&'a Line],
    currency: Currency,
}

impl Paper<'_> {
    fn page(&self, session: &Session, id: String, row: DocumentRow) -> DocumentPage {
        let money = |minor| session.money(Money::new(minor, self.currency));
        let by_rate = Totals::by_rate(self.lines.iter().map(|line| line.by_rate()));
        let totals = Totals::of(self.lines.iter().copied());
        let line = |line: &&Line| DocumentLine {
            description: line.description.clone(),
            days: rows::days(session, line.period),
            subscription: line.subscription.to_string(),
            discount: (line.discount != 0).then(|| money(-line.discount)),
            rate: session.percent(&line.rate.to_string()),
            net: money(line.net),
            gross: money(line.gross),
        };
        let tax = |(rate, sum): (&Rate, &Totals)| TaxRow {
            rate: session.percent(&rate.to_string()),
            net: money(sum.net),
            tax: money(sum.tax),
        };
        DocumentPage {
            title: row.title.clone(),
            id,
            seller: self.seller.into(),
            buyer: self.buyer.into(),
            lines: self.lines.iter().map(line).collect(),
            taxes: by_rate.iter().map(tax).collect(),
            net: money(totals.net),
            tax: money(totals.tax),
            gross: money(totals.gross),
            applied: None,
            due: None,
            reason: None,
            payments: Vec::new(),
            related: Vec::new(),
            can_pay: false,
            can_credit: false,
            can_bounce: false,
            as_sent: String::new(),
            as_xml: String::new(),
            lacking: Vec::new(),
            row,
        }
    }
}

/// What a document lacks to be an electronic invoice, in words.
fn lacking(document: &Document, seller: &Party, buyer: &Party) -> Vec<Phrase> {
    let lacking = einvoice::lacking(document, seller, buyer);
    let word = |fault: Fault| {
        let place = fault.pointer.trim_start_matches('/').replace(['/', '_'], " ");
        let place = place.replace("vat id", "VAT number");
        let what = fault.detail.split_once(';').map_or(&*fault.detail, |(what, _)| what).to_owned();
        phrase!("{} {}", Phrase::told(place), Phrase::told(what))
    };
    lacking.into_iter().map(word).collect()
}

fn payment_row(session: &Session, payment: &Payment) -> PaymentRow {
    PaymentRow {
        on: session.day(payment.paid_on),
        what: match payment.kind {
            PaymentKind::Payment => "paid",
            PaymentKind::Bounce => "bounced",
            PaymentKind::Payout => "paid out",
        },
        reference: payment.reference.clone(),
        amount: session.money(Money::new(payment.amount.abs(), payment.currency)),
        reason: payment.reason.clone(),
    }
}
