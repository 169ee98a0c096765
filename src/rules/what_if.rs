//! What would be: an account lived through on paper from day to day, as if billing ran every day
//! and whatever is issued were paid at once. Nothing of it is stored.

use chrono::NaiveDate;

use crate::domain::account::Account;
use crate::domain::catalogue::Offer;
use crate::domain::document::{Document, InvoiceStatus};
use crate::domain::ids::{CustomerId, Ids, InvoiceId};

use super::checkout::buy;
use super::ledger::{Ledger, Tariff};
use super::payments::{IncomingPayment, settle};

/// What the payments on paper are called.
const REFERENCE: &str = "on-paper";

/// An account on a day, and what was issued on the way there, in order.
#[derive(Debug, Clone)]
pub struct Projection {
    /// The account; nothing stands on it as issued or paid on paper.
    pub account: Account,
    /// As they were issued.
    pub documents: Vec<Document>,
}

impl Projection {
    /// The same account with nothing behind it.
    #[must_use]
    pub fn begin(account: Account) -> Self {
        Self { account, documents: Vec::new() }
    }

    /// Somebody who bought an offer on a day, paid, and has nothing else.
    #[must_use]
    pub fn invent(
        customer: CustomerId,
        offer: &Offer,
        since: NaiveDate,
        tariff: &Tariff,
        ids: &mut Ids,
    ) -> Self {
        let account = Account::empty(customer);
        let mut ledger = Ledger { account, tariff, today: since, ids };
        buy(&mut ledger, offer, None, false);
        let account = ledger.account;
        Self::begin(account).settled(since, ids)
    }

    /// The same, lived through every day up to `until`.
    #[must_use]
    pub fn lived(mut self, tariff: &Tariff, until: NaiveDate, ids: &mut Ids) -> Self {
        while let Some(date) = self.account.due_on().filter(|date| *date <= until) {
            let account = self.account;
            let mut ledger = Ledger { account, tariff, today: date, ids: &mut *ids };
            ledger.bring_up_to(date);
            self.account = ledger.account;
            self = self.settled(date, ids);
        }
        self
    }

    /// The same, with what was just issued paid and kept with the rest.
    #[must_use]
    pub fn settled(mut self, on: NaiveDate, ids: &mut Ids) -> Self {
        let issued = std::mem::take(&mut self.account.issued);
        let open: Vec<InvoiceId> = issued
            .iter()
            .filter_map(|document| match document {
                Document::Invoice(invoice) => Some(invoice.id.clone()),
                Document::CreditNote(_) => None,
            })
            .filter(|id| {
                let now = self.account.invoices.get(id);
                now.is_some_and(|invoice| invoice.status == InvoiceStatus::Open)
            })
            .collect();
        let received = IncomingPayment { reference: REFERENCE, paid_on: on, checkout: None };
        settle(&mut self.account, &open, &received, ids);
        self.account.payments.clear();
        self.documents.extend(issued);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::samples::offer;
    use std::collections::BTreeMap;

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn an_invented_customer_is_booked_and_pays_month_by_month() {
        let mut ids = Ids::new(chrono::DateTime::UNIX_EPOCH, [1; 32]);
        let tariff = Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() };
        let month = offer("month", 990, "P1M", "P1M");
        let who = CustomerId::parse("somebody").unwrap();
        let projection = Projection::invent(who, &month, on("2026-01-31"), &tariff, &mut ids);
        let projection = projection.lived(&tariff, on("2026-04-29"), &mut ids);
        let days: Vec<NaiveDate> = projection
            .documents
            .iter()
            .map(|document| match document {
                Document::Invoice(invoice) => invoice.issued_on,
                Document::CreditNote(note) => note.issued_on,
            })
            .collect();
        assert_eq!(days, [on("2026-01-31"), on("2026-02-28"), on("2026-03-31")]);
        let account = projection.account;
        assert!(account.invoices.values().all(|invoice| invoice.amount_due == 0));
        assert!(account.issued.is_empty() && account.payments.is_empty());
        assert_eq!(account.due_on(), Some(on("2026-04-30")));
    }
}
