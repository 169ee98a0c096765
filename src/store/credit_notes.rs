//! Reading credit notes. They are stored by [`super::plans`].

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::documents::{DocumentFilter, LineRow, columns, position};
use super::query::SqlQuery;
use super::rows::ColumnPlace;
use super::sql::{PageRows, args, list, row};
use super::{PAGE_MAX, Page, StoreError, Tx};
use crate::domain::document::{CreditLine, CreditNote};
use crate::domain::ids::{CreditNoteId, CustomerId, InvoiceId, MerchantId};
use crate::domain::party::Party;

/// A credit note with the parties as they were when it was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCreditNote {
    /// With its number.
    pub note: CreditNote,
    /// Who sold.
    pub seller: Party,
    /// Who bought.
    pub buyer: Party,
    /// By which the customer's page of it is found.
    pub token: String,
    /// In which language it is written; none where an older release issued it.
    pub locale: Option<String>,
}

/// The columns of [`CreditNoteRow`], of credit notes named `n`.
macro_rules! note_columns {
    () => {
        "n.id, n.number, n.customer_id, n.currency, n.issued_on, n.invoice_id, n.reason, \
         n.seller, n.buyer, n.token, n.locale"
    };
}
pub(super) use note_columns;

/// Selects [`CreditNoteRow`]s from credit notes named `n`, as far as the `where`.
macro_rules! select_credit_notes {
    ($rest:literal) => {
        concat!("select ", note_columns!(), " from credit_notes n ", $rest)
    };
}

/// A credit note.
pub async fn find_credit_note(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CreditNoteId,
) -> Result<Option<FoundCreditNote>, StoreError> {
    let rows = tx
        .fetch_all(
            select_credit_notes!("where n.merchant_id = $1 and n.id = $2"),
            args![merchant, id],
        )
        .await?;
    let found = with_lines(tx, merchant, rows).await?;
    Ok(found.into_iter().next())
}

/// A credit note of any merchant, by the end of its page's address.
pub async fn find_credit_note_by_token(
    tx: &mut Tx,
    token: &str,
) -> Result<Option<(MerchantId, FoundCreditNote)>, StoreError> {
    let text = "select merchant_id, id from credit_notes where token = $1";
    let row: Option<(String, String)> = tx.fetch_optional(text, args![token]).await?;
    let Some((merchant, id)) = row else { return Ok(None) };
    let merchant = MerchantId::stored(merchant);
    let found = find_credit_note(tx, &merchant, &CreditNoteId::stored(id)).await?;
    Ok(found.map(|found| (merchant, found)))
}

/// Credit notes, by id, which is the order of creation.
pub async fn list_credit_notes(
    tx: &mut Tx,
    merchant: &MerchantId,
    filter: &DocumentFilter,
    page: &Page,
) -> Result<Vec<FoundCreditNote>, StoreError> {
    let query = match &filter.subscription {
        None => SqlQuery::new(select_credit_notes!("where n.merchant_id = $1"), args![merchant]),
        Some(subscription) => SqlQuery::new(
            concat!(
                "with k (merchant_id, id) as materialized (\
                 select distinct l.merchant_id, l.credit_note_id from credit_note_lines l \
                 where l.merchant_id = $1 and l.subscription_id = $2) ",
                select_credit_notes!("join k on k.merchant_id = n.merchant_id and k.id = n.id")
            ),
            args![merchant, subscription],
        ),
    };
    let (text, args) = query
        .filter("n.customer_id = $?", filter.customer.as_ref())
        .filter("n.number = $?", filter.number)
        .filter("n.issued_on >= $?", filter.issued_from)
        .filter("n.issued_on <= $?", filter.issued_to)
        .page("n.id", page);
    let (mut rows, mut found) = (PageRows::of((text, args), page), Vec::new());
    while let Some(piece) = rows.next(tx).await? {
        let whole = with_lines(tx, merchant, piece).await?;
        found.extend(rows.fitting(tx, whole, |it| it.note.lines.len()));
    }
    Ok(found)
}

/// The credit notes of an invoice, in order of issue, at most [`PAGE_MAX`].
pub async fn list_credit_notes_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    invoice: &InvoiceId,
) -> Result<Vec<FoundCreditNote>, StoreError> {
    let rows = tx
        .fetch_all(
            select_credit_notes!(
                "where n.merchant_id = $1 and n.invoice_id = $2 order by n.number limit $3"
            ),
            args![merchant, invoice, PAGE_MAX],
        )
        .await?;
    with_lines(tx, merchant, rows).await
}

async fn with_lines(
    tx: &mut Tx,
    merchant: &MerchantId,
    notes: Vec<CreditNoteRow>,
) -> Result<Vec<FoundCreditNote>, StoreError> {
    if notes.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<CreditLineRow> = tx
        .fetch_all(
            concat!(
                "select ",
                columns!(),
                ", l.credit_note_id, l.position, l.line_position from credit_note_lines l \
                 where (l.merchant_id, l.credit_note_id) in pairs($1, $2) \
                 order by l.credit_note_id, l.position"
            ),
            args![merchant, list(notes.iter().map(|row| &row.id))],
        )
        .await?;
    let mut lines = BTreeMap::<String, Vec<CreditLine>>::new();
    for row in rows {
        lines.entry(row.credit_note_id.clone()).or_default().push(row.line()?);
    }
    let found = notes.into_iter().map(|row| {
        let lines = lines.remove(&row.id).unwrap_or_default();
        row.found(lines)
    });
    found.collect()
}

row! {
    /// A row of `credit_notes`.
    pub(super) struct CreditNoteRow {
        pub(super) id: String,
        pub(super) number: i64,
        pub(super) customer_id: String,
        currency: String,
        issued_on: NaiveDate,
        invoice_id: Option<String>,
        reason: Option<String>,
        seller: String,
        buyer: String,
        token: String,
        locale: Option<String>,
    }
}

impl CreditNoteRow {
    /// With its lines and the parties.
    pub(super) fn found(self, lines: Vec<CreditLine>) -> Result<FoundCreditNote, StoreError> {
        let place = ColumnPlace { table: "credit_notes", row: &self.id };
        Ok(FoundCreditNote {
            seller: place.json("seller", &self.seller)?,
            buyer: place.json("buyer", &self.buyer)?,
            token: self.token.clone(),
            locale: self.locale.clone(),
            note: CreditNote {
                currency: place.currency(&self.currency)?,
                number: Some(self.number),
                customer: CustomerId::stored(self.customer_id),
                issued_on: self.issued_on,
                credits: self.invoice_id.map(InvoiceId::stored),
                lines,
                reason: self.reason,
                id: CreditNoteId::stored(self.id),
            },
        })
    }
}

row! {
    /// A row of `credit_note_lines`.
    pub(super) struct CreditLineRow {
        pub(super) credit_note_id: String,
        pub(super) position: i64,
        line_position: Option<i64>,
        line: LineRow,
    }
}

impl CreditLineRow {
    pub(super) fn line(self) -> Result<CreditLine, StoreError> {
        let (table, id) = ("credit_note_lines", &self.credit_note_id);
        let of = self.line_position.map(|at| position(table, id, at));
        Ok(CreditLine { of: of.transpose()?, line: self.line.line(table, id)? })
    }
}
