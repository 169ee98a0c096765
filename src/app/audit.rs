//! The audit of a whole book: page by page through one consistent look, judged by `rules::audit`.
//! Memory is flat in the size of the book. And the ledger of days of one subscription.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::calendar::DateRange;
use crate::domain::ids::{CustomerId, MerchantId, SubscriptionId};
use crate::domain::stock::StockLevel;
use crate::rules::audit::shop::{GiftAudit, StockAudit, audit_order};
use crate::rules::audit::{AuditFault, FaultCode, NumbersOf, audit_customer, audit_numbers};
use crate::rules::day_ledger::{DaySpan, day_ledger};
use crate::store::audit::{list_customer_ids, load_books, load_numbers};
use crate::store::order_books::list_order_books;
use crate::store::selection_rules::{list_gift_moves, list_gifts_left};
use crate::store::stock::{list_all_moves, list_left};
use crate::store::{Page, StoreError, Tx, documents, subscriptions};

use super::{App, AppError};

/// How many customers are loaded at a time.
const PAGE: i64 = 250;

/// How many moves of stock are loaded at a time.
const MOVES: i64 = 5_000;

/// The most faults that are listed; how many more there are is the last one then.
pub const FAULTS_MAX: usize = 1_000;

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audited {
    /// How many things were judged.
    pub checked: u64,
    /// What is wrong, at most [`FAULTS_MAX`] and one.
    pub faults: Vec<AuditFault>,
    /// How many faults are not listed.
    more: u64,
}

impl Audited {
    fn extend(&mut self, faults: impl IntoIterator<Item = AuditFault>) {
        for fault in faults {
            if self.faults.len() < FAULTS_MAX {
                self.faults.push(fault);
            } else {
                self.more += 1;
            }
        }
    }

    /// The same of what belongs to no customer.
    fn unreadable(
        &mut self,
        merchant: &MerchantId,
        done: Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        match done {
            Err(StoreError::Corrupt { table, column, row }) => {
                let detail = format!("{table}.{column} holds a value that nothing stores");
                self.extend([AuditFault::new(FaultCode::Unreadable, &row, detail)]);
                Ok(())
            }
            Err(error) if error.is_damage() => {
                let detail = error.to_string();
                self.extend([AuditFault::new(FaultCode::Unreadable, merchant, detail)]);
                Ok(())
            }
            done => done,
        }
    }

    /// A row that cannot be read is a fault; anything else is a breakage.
    fn damaged(&mut self, customer: &CustomerId, error: StoreError) -> Result<(), StoreError> {
        if !error.is_damage() {
            return Err(error);
        }
        let detail = format!("{error}, in the book of customer {customer}");
        self.extend([AuditFault::new(FaultCode::Unreadable, &subject(error, customer), detail)]);
        Ok(())
    }
}

/// The damaged row where it has a name, else its customer.
fn subject(error: StoreError, customer: &CustomerId) -> String {
    match error {
        StoreError::Corrupt { row, .. } => row,
        _ => customer.to_string(),
    }
}

impl App {
    /// Checks the whole book of a merchant, as it stands at this moment.
    ///
    /// # Errors
    /// Only where the engine or its database fails: a book that is wrong is an answer.
    pub async fn audit(&self, merchant: &MerchantId) -> Result<Audited, AppError> {
        let of = merchant;
        self.read_heavily(of, |mut tx| async move {
            let mut audited = Audited::default();
            let numbers = load_numbers(&mut tx, merchant).await?;
            for (of, numbers) in [
                (NumbersOf::Invoices, numbers.invoices),
                (NumbersOf::CreditNotes, numbers.credit_notes),
                (NumbersOf::Events, numbers.events),
            ] {
                audited.extend(audit_numbers(of, merchant.as_str(), numbers));
            }
            let mut after = None;
            loop {
                let ids = list_customer_ids(&mut tx, merchant, after.as_ref(), PAGE).await?;
                audit_page(&mut tx, merchant, &ids, &mut audited).await?;
                match ids.into_iter().last() {
                    Some(last) => after = Some(last),
                    None => break,
                }
            }
            let orders = audit_orders(&mut tx, merchant, &mut audited).await;
            audited.unreadable(merchant, orders)?;
            let stock = audit_stock(&mut tx, merchant, &mut audited).await;
            audited.unreadable(merchant, stock)?;
            let gifts = audit_gifts(&mut tx, merchant, &mut audited).await;
            audited.unreadable(merchant, gifts)?;
            if audited.more > 0 {
                let detail = format!("{} more are not listed", audited.more);
                let more = AuditFault::new(FaultCode::MoreFaults, merchant, detail);
                audited.faults.push(more);
            }
            Ok(audited)
        })
        .await
    }

    /// Of the days of a subscription from `from` up to and without `to`, or as far as it is
    /// booked: the document line that pays for each, or why none does.
    ///
    /// # Errors
    /// Not found; invalid where `to` does not lie after `from`.
    pub async fn days(
        &self,
        merchant: &MerchantId,
        id: &SubscriptionId,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    ) -> Result<Vec<DaySpan>, AppError> {
        if let (Some(from), Some(to)) = (from, to)
            && to <= from
        {
            return Err(AppError::invalid("/to", format!("must lie after from, {from}")));
        }
        self.read(|mut tx| async move {
            let found = subscriptions::find_subscription(&mut tx, merchant, id).await?;
            let subscription = found.ok_or(AppError::NotFound("subscription"))?.subscription;
            let booked = subscription.booked();
            let start = from.map_or(booked.start, |from| from.max(booked.start));
            let end = to.map_or(booked.end, |to| to.min(booked.end));
            let days = DateRange { start, end };
            let lines = documents::list_service_lines(&mut tx, merchant, id, days).await?;
            let credits = documents::list_service_credits(&mut tx, merchant, id, days).await?;
            Ok(day_ledger(&subscription, &lines, &credits).within(days))
        })
        .await
    }
}

/// Judges every order; a row that cannot be read ends that.
async fn audit_orders(
    tx: &mut Tx,
    merchant: &MerchantId,
    audited: &mut Audited,
) -> Result<(), StoreError> {
    let mut page = Page::first(PAGE);
    loop {
        let books = list_order_books(tx, merchant, &page).await?;
        let Some(last) = books.last() else { return Ok(()) };
        page = Page::after(last.order.id.as_str(), PAGE);
        for book in &books {
            audited.checked += 1;
            audited.extend(audit_order(book));
        }
    }
}

/// Judges every stock by its moves.
async fn audit_stock(
    tx: &mut Tx,
    merchant: &MerchantId,
    audited: &mut Audited,
) -> Result<(), StoreError> {
    let (mut seen, mut after) = (StockAudit::default(), None);
    let mut last = BTreeMap::new();
    loop {
        let moves = list_all_moves(tx, merchant, after.as_ref(), MOVES).await?;
        for it in &moves {
            audited.checked += 1;
            audited.extend(seen.see(it));
            last.insert(it.product.clone(), StockLevel { stock: it.left, moves: it.sequence });
        }
        match moves.into_iter().last() {
            Some(it) => after = Some(it),
            None => break,
        }
    }
    for (product, left) in list_left(tx, merchant).await? {
        audited.checked += 1;
        audited.extend(StockAudit::left(&product, left, last.remove(&product)));
    }
    Ok(())
}

/// Judges what each gift rule has left by the moves of its gifts.
async fn audit_gifts(
    tx: &mut Tx,
    merchant: &MerchantId,
    audited: &mut Audited,
) -> Result<(), StoreError> {
    let (mut seen, mut after) = (GiftAudit::default(), None);
    let mut last = BTreeMap::new();
    loop {
        let moves = list_gift_moves(tx, merchant, after.as_ref(), MOVES).await?;
        for it in &moves {
            audited.checked += 1;
            audited.extend(seen.see(it));
            last.insert((it.rule.clone(), it.product.clone()), it.left);
        }
        match moves.into_iter().last() {
            Some(it) => after = Some(it),
            None => break,
        }
    }
    for (gift, left) in list_gifts_left(tx, merchant).await? {
        audited.checked += 1;
        let moved = last.remove(&gift);
        audited.extend(GiftAudit::left((&gift.0, &gift.1), left, moved));
    }
    Ok(())
}

/// Judges a page of customers; where a value of it cannot even be decoded, one by one, so that
/// only the damaged one is left out.
async fn audit_page(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[CustomerId],
    audited: &mut Audited,
) -> Result<(), StoreError> {
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return Ok(()) };
    match load_books(tx, merchant, first, last).await {
        Ok(page) => {
            for book in &page.books {
                // One book takes a moment, and others want to go on meanwhile.
                tokio::task::yield_now().await;
                audited.checked += u64::try_from(book.things()).unwrap_or(0);
                audited.extend(audit_customer(book));
            }
            for (customer, error) in page.damaged {
                audited.damaged(&customer, error)?;
            }
            Ok(())
        }
        Err(error) if error.is_damage() && first == last => audited.damaged(first, error),
        Err(error) if error.is_damage() => {
            for id in ids {
                Box::pin(audit_page(tx, merchant, std::slice::from_ref(id), audited)).await?;
            }
            Ok(())
        }
        Err(error) => Err(error),
    }
}
