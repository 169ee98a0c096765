//! Reading invoices. They are stored by [`super::plans`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::documents::{DocumentFilter, LineRow};
use super::query::SqlQuery;
use super::rows::ColumnPlace;
use super::sql::{Arg, PageRows, args, list, row};
use super::{Page, StoreError, Tx};
use crate::domain::document::{Invoice, InvoiceLine, InvoiceStatus, Line, NamedInvoice};
use crate::domain::ids::{CustomerId, InvoiceId, MerchantId, SubscriptionId};
use crate::domain::money::Money;
use crate::domain::party::Party;

/// An invoice with the parties as they were when it was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundInvoice {
    /// With its number.
    pub invoice: Invoice,
    /// Who sold.
    pub seller: Party,
    /// Who bought.
    pub buyer: Party,
    /// By which the customer's page of it is found.
    pub token: String,
    /// In which language it is written; none where an older release issued it.
    pub locale: Option<String>,
}

/// The columns of [`InvoiceRow`], of invoices named `i`.
macro_rules! invoice_columns {
    () => {
        "i.id, i.number, i.customer_id, i.currency, i.issued_on, i.due_on, \
         i.credit_applied_minor, i.amount_due_minor, i.paid_minor, i.given_to_balance_minor, \
         i.status, i.dunned, i.dunning_on, i.seller, i.buyer, i.token, i.locale"
    };
}
pub(super) use invoice_columns;

/// Selects [`InvoiceRow`]s from invoices named `i`, as far as the `where`; those `of` which a query
/// gives the ids; or those `found`, which a `with` has named `k`.
macro_rules! select_invoices {
    (found) => {
        select_invoices!(
            @ "from k cross join invoices i where i.merchant_id = k.merchant_id and i.id = k.id"
        )
    };
    (of $ids:literal) => {
        concat!(
            "with k (merchant_id, id) as materialized (",
            $ids,
            ") ",
            select_invoices!(
                @ "from k join invoices i on i.merchant_id = k.merchant_id and i.id = k.id"
            )
        )
    };
    ($rest:literal) => {
        concat!(select_invoices!(@ "from invoices i "), $rest)
    };
    (@ $from:literal) => {
        concat!("select ", $crate::store::invoices::invoice_columns!(), " ", $from)
    };
}
pub(super) use select_invoices;

/// Selects [`InvoiceLineRow`]s from invoice lines named `l`, as far as the `where`; or those of the
/// invoices `found`.
macro_rules! select_lines {
    (found) => {
        select_lines!(
            "k cross join invoice_lines l where l.merchant_id = k.merchant_id \
             and l.invoice_id = k.id"
        )
    };
    ($from:literal) => {
        concat!(
            "select ",
            $crate::store::documents::columns!(),
            ", l.invoice_id, l.position, l.credited_gross_minor, l.credited_tax_minor, \
             l.cancelled, l.discount_minor, l.legal_advice, l.exemption from ",
            $from
        )
    };
}
pub(super) use select_lines;

/// An invoice.
pub async fn find_invoice(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &InvoiceId,
) -> Result<Option<FoundInvoice>, StoreError> {
    let rows = tx
        .fetch_all(select_invoices!("where i.merchant_id = $1 and i.id = $2"), args![merchant, id])
        .await?;
    let found = with_lines(tx, merchant, rows).await?;
    Ok(found.into_iter().next())
}

/// Those of these invoices that are there.
pub(super) async fn find_invoices(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &BTreeSet<InvoiceId>,
) -> Result<Vec<FoundInvoice>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let text = select_invoices!("where (i.merchant_id, i.id) in pairs($1, $2)");
    let rows = tx.fetch_all(text, args![merchant, list(ids)]).await?;
    with_lines(tx, merchant, rows).await
}

/// How many numbers are looked up in one statement.
const NUMBERS_AT_ONCE: usize = 100;

/// The invoices of these numbers, with what is still to be paid on them.
pub async fn find_by_number(
    tx: &mut Tx,
    merchant: &MerchantId,
    numbers: &[i64],
) -> Result<BTreeMap<i64, NamedInvoice>, StoreError> {
    let places: Vec<String> = (2..NUMBERS_AT_ONCE + 2).map(|place| format!("${place}")).collect();
    let text = format!(
        "select number, id, customer_id, currency, amount_due_minor, issued_on from invoices \
         where merchant_id = $1 and number in ({})",
        places.join(", ")
    );
    let mut found = BTreeMap::new();
    for numbers in numbers.chunks(NUMBERS_AT_ONCE) {
        // One text, however many there are: no invoice has the number 0.
        let numbers = numbers.iter().copied().chain(std::iter::repeat(0)).take(NUMBERS_AT_ONCE);
        let mut args = args![merchant];
        args.extend(numbers.map(Arg::from));
        let rows: Vec<(i64, String, String, String, i64, NaiveDate)> =
            tx.fetch_all(text.clone(), args).await?;
        for (number, id, customer, currency, minor, issued_on) in rows {
            let place = ColumnPlace { table: "invoices", row: &id };
            let due = Money::new(minor, place.currency(&currency)?);
            let customer = CustomerId::stored(customer);
            let id = InvoiceId::stored(id);
            found.insert(number, NamedInvoice { id, customer, due, issued_on });
        }
    }
    Ok(found)
}

/// The numbers of these invoices.
pub async fn numbers_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    invoices: &[InvoiceId],
) -> Result<BTreeMap<InvoiceId, i64>, StoreError> {
    let rows: Vec<(String, i64)> = tx
        .fetch_all(
            "select id, number from invoices where (merchant_id, id) in pairs($1, $2)",
            args![merchant, list(invoices)],
        )
        .await?;
    Ok(rows.into_iter().map(|(id, number)| (InvoiceId::stored(id), number)).collect())
}

/// An invoice of any merchant, by the end of its page's address.
pub async fn find_invoice_by_token(
    tx: &mut Tx,
    token: &str,
) -> Result<Option<(MerchantId, FoundInvoice)>, StoreError> {
    let text = "select merchant_id, id from invoices where token = $1";
    let row: Option<(String, String)> = tx.fetch_optional(text, args![token]).await?;
    let Some((merchant, id)) = row else { return Ok(None) };
    let merchant = MerchantId::stored(merchant);
    let found = find_invoice(tx, &merchant, &InvoiceId::stored(id)).await?;
    Ok(found.map(|found| (merchant, found)))
}

/// Invoices, by id, which is the order of creation.
pub async fn list_invoices(
    tx: &mut Tx,
    merchant: &MerchantId,
    filter: &DocumentFilter,
    page: &Page,
) -> Result<Vec<FoundInvoice>, StoreError> {
    let query = match &filter.subscription {
        None => SqlQuery::new(select_invoices!("where i.merchant_id = $1"), args![merchant]),
        Some(subscription) => SqlQuery::new(
            select_invoices!(of
                "select distinct l.merchant_id, l.invoice_id from invoice_lines l \
                 where l.merchant_id = $1 and l.subscription_id = $2"
            ),
            args![merchant, subscription],
        ),
    };
    let (text, args) = query
        .filter("i.customer_id = $?", filter.customer.as_ref())
        .filter("i.number = $?", filter.number)
        .filter("i.issued_on >= $?", filter.issued_from)
        .filter("i.issued_on <= $?", filter.issued_to)
        .filter("i.status = 'open' and i.due_on < $?", overdue(filter, true))
        .filter("not (i.status = 'open' and i.due_on < $?)", overdue(filter, false))
        .only(filter.status.map(|status| match status {
            InvoiceStatus::Open => "i.status = 'open'",
            InvoiceStatus::Paid => "i.status = 'paid'",
            InvoiceStatus::Cancelled => "i.status = 'cancelled'",
        }))
        .page("i.id", page);
    let (mut rows, mut found) = (PageRows::of((text, args), page), Vec::new());
    while let Some(piece) = rows.next(tx).await? {
        let whole = with_lines(tx, merchant, piece).await?;
        found.extend(rows.fitting(tx, whole, |it| it.invoice.lines.len()));
    }
    Ok(found)
}

/// The invoices with a line for the bridge of a subscription, by id.
pub async fn list_bridge_invoices(
    tx: &mut Tx,
    merchant: &MerchantId,
    subscription: &SubscriptionId,
) -> Result<Vec<Invoice>, StoreError> {
    let rows = tx
        .fetch_all(
            select_invoices!(of
                "select distinct l.merchant_id, l.invoice_id from invoice_lines l \
                 where l.merchant_id = $1 and l.subscription_id = $2 and l.kind = 'bridge'"
            ),
            args![merchant, subscription],
        )
        .await?;
    let mut found: Vec<Invoice> =
        with_lines(tx, merchant, rows).await?.into_iter().map(|found| found.invoice).collect();
    found.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(found)
}

/// The day on which invoices are to be overdue, or not to be, where that is asked.
fn overdue(filter: &DocumentFilter, wanted: bool) -> Option<NaiveDate> {
    filter.overdue.filter(|(is_overdue, _)| *is_overdue == wanted).map(|(_, today)| today)
}

async fn with_lines(
    tx: &mut Tx,
    merchant: &MerchantId,
    rows: Vec<InvoiceRow>,
) -> Result<Vec<FoundInvoice>, StoreError> {
    let mut lines = lines_of(tx, merchant, &rows).await?;
    let found = rows.into_iter().map(|row| {
        let lines = lines.remove(&row.id).unwrap_or_default();
        row.found(lines)
    });
    found.collect()
}

/// The lines of each of these invoices, in their order.
async fn lines_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    invoices: &[InvoiceRow],
) -> Result<BTreeMap<String, Vec<InvoiceLine>>, StoreError> {
    if invoices.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<InvoiceLineRow> = tx
        .fetch_all(
            select_lines!("invoice_lines l where (l.merchant_id, l.invoice_id) in pairs($1, $2)"),
            args![merchant, list(invoices.iter().map(|row| &row.id))],
        )
        .await?;
    lines_by_invoice(rows)
}

/// The lines of each invoice, in their order.
pub(super) fn lines_by_invoice(
    mut rows: Vec<InvoiceLineRow>,
) -> Result<BTreeMap<String, Vec<InvoiceLine>>, StoreError> {
    rows.sort_by_key(|row| row.position);
    let mut lines = BTreeMap::<String, Vec<InvoiceLine>>::new();
    for row in rows {
        lines.entry(row.invoice_id.clone()).or_default().push(row.line()?);
    }
    Ok(lines)
}

row! {
    json
    /// A row of `invoices`.
    pub(super) struct InvoiceRow {
        pub(super) id: String,
        pub(super) number: i64,
        pub(super) customer_id: String,
        currency: String,
        issued_on: NaiveDate,
        due_on: NaiveDate,
        credit_applied_minor: i64,
        amount_due_minor: i64,
        paid_minor: i64,
        given_to_balance_minor: i64,
        status: String,
        dunned: i64,
        dunning_on: Option<NaiveDate>,
        seller: String,
        buyer: String,
        token: String,
        locale: Option<String>,
    }
}

impl InvoiceRow {
    /// With its lines and the parties.
    pub(super) fn found(self, lines: Vec<InvoiceLine>) -> Result<FoundInvoice, StoreError> {
        let place = ColumnPlace { table: "invoices", row: &self.id };
        let seller = place.json("seller", &self.seller)?;
        let buyer = place.json("buyer", &self.buyer)?;
        let (token, locale) = (self.token.clone(), self.locale.clone());
        Ok(FoundInvoice { invoice: self.invoice(lines)?, seller, buyer, token, locale })
    }

    /// With its lines.
    pub(super) fn invoice(self, lines: Vec<InvoiceLine>) -> Result<Invoice, StoreError> {
        let place = ColumnPlace { table: "invoices", row: &self.id };
        Ok(Invoice {
            currency: place.currency(&self.currency)?,
            status: place.named("status", &self.status)?,
            number: Some(self.number),
            customer: CustomerId::stored(self.customer_id),
            issued_on: self.issued_on,
            due_on: self.due_on,
            lines,
            credit_applied: self.credit_applied_minor,
            amount_due: self.amount_due_minor,
            paid: self.paid_minor,
            given_to_balance: self.given_to_balance_minor,
            dunned: place.need("dunned", u32::try_from(self.dunned).ok())?,
            dunning_on: self.dunning_on,
            id: InvoiceId::stored(self.id),
        })
    }
}

row! {
    json
    /// A row of `invoice_lines`.
    pub(super) struct InvoiceLineRow {
        pub(super) invoice_id: String,
        pub(super) position: i64,
        credited_gross_minor: i64,
        credited_tax_minor: i64,
        cancelled: bool,
        discount_minor: i64,
        legal_advice: Option<String>,
        exemption: Option<String>,
        line: LineRow,
    }
}

impl InvoiceLineRow {
    pub(super) fn line(self) -> Result<InvoiceLine, StoreError> {
        let place = ColumnPlace { table: "invoice_lines", row: &self.invoice_id };
        let exemption = self.exemption.as_deref().map(|text| place.json("exemption", text));
        Ok(InvoiceLine {
            line: Line {
                exemption: exemption.transpose()?,
                discount: self.discount_minor,
                legal_advice: self.legal_advice,
                ..self.line.line("invoice_lines", &self.invoice_id)?
            },
            credited_gross: self.credited_gross_minor,
            credited_tax: self.credited_tax_minor,
            cancelled: self.cancelled,
        })
    }
}
