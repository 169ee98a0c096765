//! Writes documents, payments and what changes of an invoice afterwards, as part of storing
//! plans. In which order, and under which numbers, is for [`super::plans`].

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::rows::to_json;
use super::sql::{Arg, Write, args};
use super::{StoreError, Tx};
use crate::domain::document::{CreditNote, Invoice, InvoiceLine, Line, Totals};
use crate::domain::ids::{CreditNoteId, CustomerId, Ids, InvoiceId, MerchantId};
use crate::domain::party::Party;
use crate::domain::plan::Plan;

/// The numbers that new documents were given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IssuedNumbers {
    /// Of new invoices.
    pub invoices: BTreeMap<InvoiceId, i64>,
    /// Of new credit notes.
    pub credit_notes: BTreeMap<CreditNoteId, i64>,
}

/// What all documents of a batch are issued with.
pub(super) struct Issuing<'p> {
    pub(super) merchant: &'p MerchantId,
    pub(super) now: DateTime<Utc>,
    pub(super) parties: Parties,
    pub(super) stored: &'p IssuedNumbers,
}

/// Seller and buyers as JSON, as they are now, and in which language each buyer is written to.
#[derive(Default)]
pub(super) struct Parties {
    seller: String,
    buyers: BTreeMap<CustomerId, (String, Option<String>)>,
}

impl Parties {
    /// Those of the new documents of plans.
    pub(super) fn of(seller: Option<&Party>, plans: &[Plan]) -> Result<Self, StoreError> {
        let seller = seller.map_or_else(|| Ok("{}".to_owned()), to_json)?;
        let issues = |plan: &&Plan| {
            !plan.credit_notes.is_empty() || plan.invoices.iter().any(|saved| saved.is_new)
        };
        let buyers = (plans.iter().filter(issues)).map(|plan| {
            let buyer = (to_json(&plan.buyer)?, plan.locale.clone());
            Ok((plan.customer.clone(), buyer))
        });
        Ok(Self { seller, buyers: buyers.collect::<Result<_, StoreError>>()? })
    }

    fn buyer(&self, id: &CustomerId) -> (&str, Option<&str>) {
        let buyer = self.buyers.get(id);
        buyer.map_or(("{}", None), |(buyer, locale)| (buyer, locale.as_deref()))
    }
}

/// What is owed, paid and credited of invoices issued before.
pub(super) fn changed_invoices(merchant: &MerchantId, changed: &[&Invoice]) -> [Write; 2] {
    let rows = (changed.iter())
        .map(|invoice| {
            args![
                merchant,
                &invoice.id,
                invoice.credit_applied,
                invoice.amount_due,
                invoice.paid,
                invoice.given_to_balance,
                invoice.status,
                invoice.dunned,
                invoice.dunning_on,
            ]
        })
        .collect();
    let columns = "merchant_id, id, credit_applied_minor, amount_due_minor, paid_minor, \
         given_to_balance_minor, status, dunned, dunning_on";
    let invoices = Write::update("invoices", columns, 2, rows);
    let rows: Vec<_> = (changed.iter())
        .flat_map(|invoice| invoice.lines.iter().zip(0_i64..).map(move |l| (invoice, l)))
        .map(|(invoice, (line, position))| {
            args![
                merchant,
                &invoice.id,
                position,
                line.credited_gross,
                line.credited_tax,
                line.cancelled,
            ]
        })
        .collect();
    let columns = "merchant_id, invoice_id, position, credited_gross_minor, credited_tax_minor, \
         cancelled";
    [invoices, Write::update("invoice_lines", columns, 3, rows)]
}

/// New invoices with their lines; each is given the token of its page.
pub(super) fn new_invoices(
    issuing: &Issuing<'_>,
    invoices: &[&Invoice],
    ids: &mut Ids,
) -> Result<[Write; 2], StoreError> {
    let (mut rows, mut lines) = (Vec::new(), Vec::new());
    for invoice in invoices {
        let mut row = args![
            invoice.due_on,
            invoice.credit_applied,
            invoice.amount_due,
            invoice.paid,
            invoice.given_to_balance,
            invoice.status,
            invoice.dunned,
            invoice.dunning_on,
            invoice.id.as_str(),
            issuing.stored.invoices.get(&invoice.id).copied(),
            ids.token(),
            invoice.currency,
            invoice.issued_on,
        ];
        row.extend(head(issuing, &invoice.customer, invoice.totals()));
        rows.push(row);
        for (line, position) in invoice.lines.iter().zip(0_i64..) {
            let InvoiceLine { line, credited_gross, credited_tax, cancelled } = line;
            let mut row = args![
                &invoice.id,
                *credited_gross,
                *credited_tax,
                *cancelled,
                line.discount,
                &line.legal_advice,
                line.exemption.as_ref().map(to_json).transpose()?,
            ];
            row.extend(values(issuing.merchant, position, line));
            lines.push(row);
        }
    }
    let columns = format!(
        "due_on, credit_applied_minor, amount_due_minor, paid_minor, given_to_balance_minor, \
         status, dunned, dunning_on, id, number, token, currency, issued_on, {HEAD}"
    );
    let of_lines = format!(
        "invoice_id, credited_gross_minor, credited_tax_minor, cancelled, discount_minor, \
         legal_advice, exemption, {LINE}"
    );
    let invoices = Write::insert("invoices", columns, rows);
    Ok([invoices, Write::insert("invoice_lines", of_lines, lines)])
}

/// New credit notes with their lines; each is given the token of its page.
pub(super) fn new_credit_notes(
    issuing: &Issuing<'_>,
    notes: &[&CreditNote],
    ids: &mut Ids,
) -> [Write; 2] {
    let (mut rows, mut lines) = (Vec::new(), Vec::new());
    for note in notes {
        let mut row = args![
            note.id.as_str(),
            issuing.stored.credit_notes.get(&note.id).copied(),
            ids.token(),
            note.currency,
            note.issued_on,
            note.credits.as_ref(),
            &note.reason,
        ];
        row.extend(head(issuing, &note.customer, note.totals()));
        rows.push(row);
        for (line, position) in note.lines.iter().zip(0_i64..) {
            let of = line.of.and_then(|place| i64::try_from(place).ok());
            let mut row = args![&note.id, of];
            row.extend(values(issuing.merchant, position, &line.line));
            lines.push(row);
        }
    }
    let columns = format!("id, number, token, currency, issued_on, invoice_id, reason, {HEAD}");
    let of_lines = format!("credit_note_id, line_position, {LINE}");
    let notes = Write::insert("credit_notes", columns, rows);
    [notes, Write::insert("credit_note_lines", of_lines, lines)]
}

/// What invoices and credit notes have in common.
const HEAD: &str = "merchant_id, customer_id, net_minor, tax_minor, gross_minor, seller, buyer, \
                    locale, created_at";

/// The values of [`HEAD`].
fn head(issuing: &Issuing<'_>, customer: &CustomerId, totals: Totals) -> Vec<Arg> {
    let (buyer, locale) = issuing.parties.buyer(customer);
    args![
        issuing.merchant,
        customer,
        totals.net,
        totals.tax,
        totals.gross,
        &issuing.parties.seller,
        buyer,
        locale,
        issuing.now,
    ]
}

/// What the lines of invoices and credit notes have in common.
const LINE: &str = "merchant_id, position, subscription_id, offer_id, kind, description, \
                    period_start, period_end, net_minor, tax_minor, gross_minor, rate";

/// The values of [`LINE`].
fn values(merchant: &MerchantId, position: i64, line: &Line) -> Vec<Arg> {
    args![
        merchant,
        position,
        &line.subscription,
        &line.offer,
        line.kind,
        &line.description,
        line.period.start,
        line.period.end,
        line.net,
        line.tax,
        line.gross,
        line.rate.to_string(),
    ]
}

/// Inserts the payments and payouts of plans.
pub(super) async fn insert_payments(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    plans: &[Plan],
) -> Result<(), StoreError> {
    let payments =
        (plans.iter()).flat_map(|plan| plan.payments.iter().map(move |payment| (plan, payment)));
    let rows = payments
        .map(|(plan, payment)| {
            args![
                merchant,
                &payment.id,
                payment.kind.name(),
                &payment.receipt,
                &plan.customer,
                payment.invoice.as_ref(),
                payment.checkout.as_ref(),
                payment.amount,
                payment.currency,
                &payment.reference,
                &payment.reason,
                payment.paid_on,
                now,
            ]
        })
        .collect();
    let columns = "merchant_id, id, kind, receipt_id, customer_id, invoice_id, checkout_id, \
                   amount_minor, currency, reference, reason, paid_on, created_at";
    tx.insert_rows("payments", columns, rows).await
}
