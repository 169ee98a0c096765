//! What an audit looks at: whole books of customers, page by page, in the same few queries
//! however many customers a page has; and the numbers of a merchant. Reads only; what is wrong
//! with it is not judged here, but a row that cannot be read is told instead of its book.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::credit_notes::{CreditLineRow, CreditNoteRow, note_columns};
use super::documents::columns;
use super::invoices::{InvoiceLineRow, InvoiceRow, invoice_columns};
use super::new_prices::{NewPriceRow, select_new_prices};
use super::payments::{PaymentRow, select_payments};
use super::rows::{ChangeRow, ColumnPlace, SubscriptionRow, select_changes, select_subscriptions};
use super::sql::{Arg, Column, Fetch, args};
use super::{StoreError, Tx};
use crate::domain::book::{CustomerBook, NumberSequence, WrittenDocument};
use crate::domain::change::ScheduledChange;
use crate::domain::checkout::CheckoutStatus;
use crate::domain::document::{CreditNote, Invoice, Payment, Totals};
use crate::domain::ids::{CheckoutId, CustomerId, MerchantId, SubscriptionId};
use crate::domain::price_change::NewPrice;
use crate::domain::subscription::Subscription;

/// A page of customers.
#[derive(Debug, Default)]
pub struct BookPage {
    /// Those that can be read.
    pub books: Vec<CustomerBook>,
    /// Those of whom a row is damaged, and what is.
    pub damaged: Vec<(CustomerId, StoreError)>,
}

/// The ids of customers, in their order, behind `after`.
pub async fn list_customer_ids(
    tx: &mut Tx,
    merchant: &MerchantId,
    after: Option<&CustomerId>,
    limit: i64,
) -> Result<Vec<CustomerId>, StoreError> {
    let after = after.map_or("", CustomerId::as_str);
    let rows: Vec<(String,)> = tx
        .fetch_all(
            "select id from customers where merchant_id = $1 and id > $2 order by id limit $3",
            args![merchant, after, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId::stored(id)).collect())
}

/// The books of all customers from `first` to `last`, both included. Twelve queries.
///
/// # Errors
/// [`StoreError::Unreadable`] where a value is not of its column's type: then no row of that
/// table is there to be told from the others.
pub async fn load_books(
    tx: &mut Tx,
    merchant: &MerchantId,
    first: &CustomerId,
    last: &CustomerId,
) -> Result<BookPage, StoreError> {
    let mut pages = Pages { tx, range: args![merchant, first, last], books: BTreeMap::new() };
    pages.customers().await?;
    pages.subscriptions().await?;
    pages.invoices().await?;
    pages.credit_notes().await?;
    pages.money().await?;
    pages.holds().await?;
    pages.redemptions().await?;
    let mut page = BookPage::default();
    for (id, open) in pages.books {
        match open {
            Ok(book) => page.books.push(book),
            Err(error) => page.damaged.push((CustomerId::stored(id), error)),
        }
    }
    Ok(page)
}

/// Where a page is put together: by customer the book, or the first row that is damaged.
struct Pages<'t> {
    tx: &'t mut Tx,
    range: Vec<Arg>,
    books: BTreeMap<String, Result<CustomerBook, StoreError>>,
}

impl Pages<'_> {
    async fn fetch<T: Fetch>(
        &mut self,
        table: &'static str,
        sql: &'static str,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.tx.fetch_all(sql, self.range.clone()).await;
        rows.map_err(|error| error.reading(table))
    }

    /// Adds to a customer's book, unless that is damaged, now or before.
    fn add<T>(
        &mut self,
        customer: &str,
        read: Result<T, StoreError>,
        put: impl FnOnce(&mut CustomerBook, T),
    ) {
        let Some(open) = self.books.get_mut(customer) else { return };
        let Ok(book) = open else { return };
        match read {
            Ok(value) => put(book, value),
            Err(error) => *open = Err(error),
        }
    }

    async fn customers(&mut self) -> Result<(), StoreError> {
        let rows: Vec<(String, i64, Option<NaiveDate>)> = self
            .fetch(
                "customers",
                "select id, sequence, due_on from customers \
                 where merchant_id = $1 and id between $2 and $3",
            )
            .await?;
        for (id, sequence, due_on) in rows {
            let customer = CustomerId::stored(id.clone());
            let book = CustomerBook { sequence, due_on, ..CustomerBook::empty(customer) };
            self.books.insert(id, Ok(book));
        }
        Ok(())
    }

    async fn subscriptions(&mut self) -> Result<(), StoreError> {
        let rows: Vec<SubscriptionRow> = self
            .fetch(
                "subscriptions",
                concat!(
                    "with s as materialized (select * from subscriptions \
                     where merchant_id = $1 and customer_id between $2 and $3) ",
                    select_subscriptions!(found)
                ),
            )
            .await?;
        for row in rows {
            let (customer, next) = (row.customer_id.clone(), row.next_booking_on);
            self.add(&customer, Subscription::try_from(row), |book, row| {
                book.subscriptions.insert(row.id.clone(), (row, next));
            });
        }
        let rows: Vec<ChangeRow> = self
            .fetch(
                "scheduled_changes",
                concat!(
                    "with c as materialized (select * from scheduled_changes \
                     where merchant_id = $1 and customer_id between $2 and $3) ",
                    select_changes!(found)
                ),
            )
            .await?;
        for row in rows {
            let customer = row.customer_id.clone();
            self.add(&customer, ScheduledChange::try_from(row), |book, row| {
                book.changes.push(row);
            });
        }
        let rows: Vec<NewPriceRow> = self
            .fetch(
                "new_prices",
                select_new_prices!(
                    "where n.merchant_id = $1 and n.customer_id between $2 and $3 \
                     and n.status <> 'left_out' order by n.change_id, n.subscription_id"
                ),
            )
            .await?;
        for row in rows {
            let customer = row.customer_id.clone();
            self.add(&customer, NewPrice::try_from(row), |book, row| {
                book.new_prices.push(row);
            });
        }
        Ok(())
    }

    async fn invoices(&mut self) -> Result<(), StoreError> {
        let rows: Vec<WithSums<InvoiceRow>> = self
            .fetch(
                "invoices",
                concat!(
                    "select ",
                    invoice_columns!(),
                    ", i.net_minor, i.tax_minor, i.gross_minor from invoices i \
                     where i.merchant_id = $1 and i.customer_id between $2 and $3"
                ),
            )
            .await?;
        let lines: Vec<InvoiceLineRow> = self
            .fetch(
                "invoice_lines",
                concat!(
                    "with k as materialized (select i.merchant_id, i.id from invoices i \
                     where i.merchant_id = $1 and i.customer_id between $2 and $3) select ",
                    columns!(),
                    ", l.invoice_id, l.position, l.credited_gross_minor, l.credited_tax_minor, \
                     l.cancelled, l.discount_minor, l.legal_advice, l.exemption \
                     from k join invoice_lines l on l.merchant_id = k.merchant_id \
                     and l.invoice_id = k.id order by l.invoice_id, l.position"
                ),
            )
            .await?;
        let mut by_invoice: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for row in lines {
            let place = row.position;
            by_invoice.entry(row.invoice_id.clone()).or_default().push((place, row.line()));
        }
        let mut rows = rows;
        rows.sort_by_key(|row| row.head.number);
        for WithSums { head, net_minor, tax_minor, gross_minor } in rows {
            let customer = head.customer_id.clone();
            let written = split(by_invoice.remove(&head.id)).and_then(|(places, lines)| {
                let totals = Totals { net: net_minor, tax: tax_minor, gross: gross_minor };
                let document: Invoice = head.found(lines)?.invoice;
                Ok(WrittenDocument { document, totals, places })
            });
            self.add(&customer, written, |book, invoice| book.invoices.push(invoice));
        }
        Ok(())
    }

    async fn credit_notes(&mut self) -> Result<(), StoreError> {
        let rows: Vec<WithSums<CreditNoteRow>> = self
            .fetch(
                "credit_notes",
                concat!(
                    "select ",
                    note_columns!(),
                    ", n.net_minor, n.tax_minor, n.gross_minor from credit_notes n \
                     where n.merchant_id = $1 and n.customer_id between $2 and $3"
                ),
            )
            .await?;
        let lines: Vec<CreditLineRow> = self
            .fetch(
                "credit_note_lines",
                concat!(
                    "with k as materialized (select n.merchant_id, n.id from credit_notes n \
                     where n.merchant_id = $1 and n.customer_id between $2 and $3) select ",
                    columns!(),
                    ", l.credit_note_id, l.position, l.line_position \
                     from k join credit_note_lines l on l.merchant_id = k.merchant_id \
                     and l.credit_note_id = k.id order by l.credit_note_id, l.position"
                ),
            )
            .await?;
        let mut by_note: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for row in lines {
            let place = row.position;
            by_note.entry(row.credit_note_id.clone()).or_default().push((place, row.line()));
        }
        let mut rows = rows;
        rows.sort_by_key(|row| row.head.number);
        for WithSums { head, net_minor, tax_minor, gross_minor } in rows {
            let customer = head.customer_id.clone();
            let written = split(by_note.remove(&head.id)).and_then(|(places, lines)| {
                let totals = Totals { net: net_minor, tax: tax_minor, gross: gross_minor };
                let document: CreditNote = head.found(lines)?.note;
                Ok(WrittenDocument { document, totals, places })
            });
            self.add(&customer, written, |book, note| book.credit_notes.push(note));
        }
        Ok(())
    }

    async fn money(&mut self) -> Result<(), StoreError> {
        let rows: Vec<PaymentRow> = self
            .fetch(
                "payments",
                select_payments!("where merchant_id = $1 and customer_id between $2 and $3"),
            )
            .await?;
        for row in rows {
            let customer = row.customer_id.clone();
            self.add(&customer, Payment::try_from(row), |book, row| book.payments.push(row));
        }
        let rows: Vec<(String, String, i64)> = self
            .fetch(
                "balances",
                "select customer_id, currency, minor from balances \
                 where merchant_id = $1 and customer_id between $2 and $3",
            )
            .await?;
        for (customer, code, minor) in rows {
            let currency = ColumnPlace { table: "balances", row: &customer }.currency(&code);
            self.add(&customer, currency, |book, currency| {
                book.balances.insert(currency, minor);
            });
        }
        Ok(())
    }

    async fn holds(&mut self) -> Result<(), StoreError> {
        let rows: Vec<(String, String, String)> = self
            .fetch(
                "checkouts",
                "select customer_id, id, source_id from checkouts \
                 where merchant_id = $1 and customer_id between $2 and $3 \
                 and status = 'held' and source_id is not null",
            )
            .await?;
        for (customer, id, source) in rows {
            let held = (CheckoutId::stored(id), SubscriptionId::stored(source));
            self.add(&customer, Ok(held), |book, held| book.held.push(held));
        }
        Ok(())
    }

    async fn redemptions(&mut self) -> Result<(), StoreError> {
        let rows: Vec<(String, String, String, Option<String>)> = self
            .fetch(
                "coupon_codes",
                "select k.customer_id, k.code, k.checkout_id, c.status \
                 from coupon_codes k left join checkouts c \
                 on c.merchant_id = k.merchant_id and c.id = k.checkout_id \
                 where k.merchant_id = $1 and k.customer_id between $2 and $3 \
                 and k.checkout_id is not null and k.held_until is null",
            )
            .await?;
        for (customer, code, checkout, status) in rows {
            let is_completed = status.as_deref() == Some(CheckoutStatus::Completed.name());
            let redeemed = (code, CheckoutId::stored(checkout), is_completed);
            self.add(&customer, Ok(redeemed), |book, redeemed| book.redeemed.push(redeemed));
        }
        Ok(())
    }
}

/// Places and lines of a document, unless one of them is damaged.
fn split<L>(
    lines: Option<Vec<(i64, Result<L, StoreError>)>>,
) -> Result<(Vec<i64>, Vec<L>), StoreError> {
    let lines = lines.unwrap_or_default().into_iter();
    lines.map(|(place, line)| Ok((place, line?))).collect()
}

/// A row with the sums that stand beside it.
struct WithSums<T> {
    head: T,
    net_minor: i64,
    tax_minor: i64,
    gross_minor: i64,
}

impl<R: sqlx::Row, T: Column<R>> sqlx::FromRow<'_, R> for WithSums<T>
where
    i64: Column<R>,
{
    fn from_row(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            head: T::read(row, "head")?,
            net_minor: Column::read(row, "net_minor")?,
            tax_minor: Column::read(row, "tax_minor")?,
            gross_minor: Column::read(row, "gross_minor")?,
        })
    }
}

/// How the numbers of a merchant stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AllNumbers {
    /// Of invoices.
    pub invoices: NumberSequence,
    /// Of credit notes.
    pub credit_notes: NumberSequence,
    /// Of events.
    pub events: NumberSequence,
}

/// What is asked of one sequence of numbers: how many and the highest, then the lowest missing.
struct Sequence {
    count: &'static str,
    missing: &'static str,
}

macro_rules! sequence {
    ($table:literal, $number:literal) => {
        Sequence {
            count: concat!(
                "select count(*), coalesce(max(",
                $number,
                "), 0) from ",
                $table,
                " where merchant_id = $1"
            ),
            missing: concat!(
                "select a.",
                $number,
                " + 1 from ",
                $table,
                " a where a.merchant_id = $1 \
                 and not exists (select 1 from ",
                $table,
                " b \
                 where b.merchant_id = a.merchant_id and b.",
                $number,
                " = a.",
                $number,
                " + 1) \
                 and exists (select 1 from ",
                $table,
                " c \
                 where c.merchant_id = a.merchant_id and c.",
                $number,
                " = 1) \
                 order by a.",
                $number,
                " limit 1"
            ),
        }
    };
}

const INVOICES: Sequence = sequence!("invoices", "number");
const CREDIT_NOTES: Sequence = sequence!("credit_notes", "number");
const EVENTS: Sequence = sequence!("events", "sequence");

/// The counters of a merchant, and what of them is in use.
pub async fn load_numbers(tx: &mut Tx, merchant: &MerchantId) -> Result<AllNumbers, StoreError> {
    let (invoice, credit_note, event): (i64, i64, i64) = tx
        .fetch_one(
            "select invoice_number, credit_note_number, event_sequence from counters \
             where merchant_id = $1",
            args![merchant],
        )
        .await?;
    Ok(AllNumbers {
        invoices: numbers(tx, merchant, &INVOICES, invoice).await?,
        credit_notes: numbers(tx, merchant, &CREDIT_NOTES, credit_note).await?,
        events: numbers(tx, merchant, &EVENTS, event).await?,
    })
}

async fn numbers(
    tx: &mut Tx,
    merchant: &MerchantId,
    sequence: &Sequence,
    counter: i64,
) -> Result<NumberSequence, StoreError> {
    let (count, highest): (i64, i64) = tx.fetch_one(sequence.count, args![merchant]).await?;
    let missing = if count == highest {
        // No number is below 1, and none there twice.
        highest + 1
    } else {
        let row: Option<(i64,)> = tx.fetch_optional(sequence.missing, args![merchant]).await?;
        row.map_or(1, |(missing,)| missing)
    };
    Ok(NumberSequence { counter, count, highest, missing })
}
