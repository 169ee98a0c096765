//! Looking without touching: what is stored, by id and as lists.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::change::ScheduledChange;
use crate::domain::event::RecordedEvent;
use crate::domain::ids::{ChangeId, CreditNoteId, CustomerId, EventId, InvoiceId, MerchantId};
use crate::domain::ids::{PaymentId, RunId, SubscriptionId, TagId};
use crate::domain::merchant::Settings;
use crate::domain::money::Money;
use crate::domain::run::Run;
use crate::store::changes::{self, ChangeFilter};
use crate::store::customers;
use crate::store::documents::{self, DocumentFilter, FoundCreditNote, FoundInvoice};
use crate::store::events;
use crate::store::merchants;
use crate::store::payments::{self, FoundPayment, PaymentFilter};
use crate::store::runs;
use crate::store::subscriptions;
use crate::store::tags::{self, TagUsers};

use crate::wire::events as wire;

use super::{App, AppError, addresses};

pub use crate::store::{
    Gathered, PAGE_BYTES_MAX, Page, changes::ChangeFilter as Changes, customers::StoredCustomer,
    documents::DocumentFilter as Documents, documents::FoundCreditNote as StoredCreditNote,
    documents::FoundInvoice as StoredInvoice, keys::KeyRow as StoredKey,
    merchants::MerchantRecord as StoredMerchant, payments::FoundPayment as StoredPayment,
    payments::PaymentFilter as Payments, subscriptions::FoundSubscription as StoredSubscription,
    subscriptions::SubscriptionFilter as Subscriptions,
};

/// One function that finds a thing by its id.
macro_rules! find {
    ($($(#[$doc:meta])* $name:ident($id:ty) -> $found:ty, $what:literal, $call:path;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// Not found.
        pub async fn $name(
            &self,
            merchant: &MerchantId,
            id: &$id,
        ) -> Result<$found, AppError> {
            self.read(|mut tx| async move {
                    $call(&mut tx, merchant, id).await?.ok_or(AppError::NotFound($what))
                })
            .await
        }
    )*};
}

/// One function that lists things, with a filter where there is one.
macro_rules! list {
    ($($(#[$doc:meta])* $name:ident($($filter:ty)?) -> $found:ty, $call:path;)*) => {$(
        list!(@one $(#[$doc])* $name($($filter)?) -> $found, $call);
    )*};
    (@one $(#[$doc:meta])* $name:ident() -> $found:ty, $call:path) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// Only where the engine or its database fails.
        pub async fn $name(
            &self,
            merchant: &MerchantId,
            page: Page,
        ) -> Result<Vec<$found>, AppError> {
            self.read(|mut tx| async move { Ok($call(&mut tx, merchant, &page).await?) })
            .await
        }
    };
    (@one $(#[$doc:meta])* $name:ident($filter:ty) -> $found:ty, $call:path) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// Only where the engine or its database fails.
        pub async fn $name(
            &self,
            merchant: &MerchantId,
            filter: $filter,
            page: Page,
        ) -> Result<Vec<$found>, AppError> {
            self.read(|mut tx| async move { Ok($call(&mut tx, merchant, &filter, &page).await?) })
            .await
        }
    };
}

impl App {
    /// The titles of those of these subscriptions that are there.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn titles_of(
        &self,
        merchant: &MerchantId,
        ids: BTreeSet<SubscriptionId>,
    ) -> Result<BTreeMap<SubscriptionId, String>, AppError> {
        self.read(|mut tx| async move {
            let ids = ids.iter().collect();
            Ok(subscriptions::titles_of_subscriptions(&mut tx, merchant, &ids, "").await?)
        })
        .await
    }

    /// What these customers are called, of those that are there: by their name, or else by their
    /// mail address. Who has neither is left out.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn names_of(
        &self,
        merchant: &MerchantId,
        ids: BTreeSet<CustomerId>,
    ) -> Result<BTreeMap<CustomerId, String>, AppError> {
        self.read(|mut tx| async move {
            Ok(customers::names_of_customers(&mut tx, merchant, &ids).await?)
        })
        .await
    }

    /// The numbers of these invoices.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn numbers_of(
        &self,
        merchant: &MerchantId,
        invoices: Vec<InvoiceId>,
    ) -> Result<BTreeMap<InvoiceId, i64>, AppError> {
        self.read(
            |mut tx| async move { Ok(documents::numbers_of(&mut tx, merchant, &invoices).await?) },
        )
        .await
    }

    /// Which of these receipts have bounced.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn bounced_receipts(
        &self,
        merchant: &MerchantId,
        receipts: Vec<PaymentId>,
    ) -> Result<BTreeSet<PaymentId>, AppError> {
        self.read(|mut tx| async move {
            Ok(payments::bounced_receipts(&mut tx, merchant, &receipts).await?)
        })
        .await
    }

    find! {
        /// A scheduled change.
        scheduled_change(ChangeId) -> ScheduledChange, "scheduled change", changes::find_change;
        /// An invoice with the parties as they were when it was issued.
        invoice_in_full(InvoiceId) -> FoundInvoice, "invoice", documents::find_invoice;
        /// A credit note with the parties as they were when it was issued.
        credit_note_in_full(CreditNoteId) -> FoundCreditNote, "credit note",
            documents::find_credit_note;
        /// A payment, bounced payment or payout.
        payment(PaymentId) -> FoundPayment, "payment", payments::find_payment;
        /// A billing run.
        run(RunId) -> Run, "billing run", runs::find_run;
    }

    list! {
        /// Scheduled changes, by id.
        scheduled_changes(ChangeFilter) -> ScheduledChange, changes::list_changes;
        /// Scheduled changes, by their day.
        scheduled_changes_by_day(ChangeFilter) -> ScheduledChange, changes::list_changes_by_day;
        /// Invoices with the parties as they were when they were issued, by id.
        invoices_in_full(DocumentFilter) -> FoundInvoice, documents::list_invoices;
        /// Credit notes with the parties as they were when they were issued, by id.
        credit_notes_in_full(DocumentFilter) -> FoundCreditNote, documents::list_credit_notes;
        /// Payments, bounced payments and payouts, by id.
        payments(PaymentFilter) -> FoundPayment, payments::list_payments;
        /// Checkouts that were refused, of a customer or of all, by id.
        refused_checkouts(Option<CustomerId>) -> RecordedEvent, events::list_refusals;
        /// Billing runs, by id.
        runs() -> Run, runs::list_runs;
    }

    /// The settings.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn settings(&self, merchant: &MerchantId) -> Result<Settings, AppError> {
        self.read(|mut tx| async move { Ok(merchants::get_settings(&mut tx, merchant).await?) })
            .await
    }

    /// Who uses each of some tags.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn tag_users(
        &self,
        merchant: &MerchantId,
        ids: Vec<TagId>,
    ) -> Result<std::collections::BTreeMap<TagId, TagUsers>, AppError> {
        self.read(|mut tx| async move { Ok(tags::list_tag_users(&mut tx, merchant, &ids).await?) })
            .await
    }

    /// A customer with the credit balances.
    ///
    /// # Errors
    /// Not found.
    pub async fn customer(
        &self,
        merchant: &MerchantId,
        id: &CustomerId,
    ) -> Result<(StoredCustomer, Vec<Money>), AppError> {
        self.read(|mut tx| async move {
            let found = customers::find_customer(&mut tx, merchant, id).await?;
            let found = found.ok_or(AppError::NotFound("customer"))?;
            Ok((found, customers::balances(&mut tx, merchant, id).await?))
        })
        .await
    }

    /// Customers with their credit balances, by id. Searched are their ids, names and mail
    /// addresses.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn customers(
        &self,
        merchant: &MerchantId,
        page: Page,
    ) -> Result<Vec<(StoredCustomer, Vec<Money>)>, AppError> {
        self.read(|mut tx| async move {
            let found = customers::list_customers(&mut tx, merchant, &page).await?;
            let ids: Vec<_> = found.iter().map(|customer| customer.id.clone()).collect();
            let mut owed = customers::balances_of(&mut tx, merchant, &ids).await?;
            let with_balances = |customer: StoredCustomer| {
                let owed = owed.remove(&customer.id).unwrap_or_default();
                let owed = owed.into_iter();
                let owed = owed.map(|(currency, minor)| Money::new(minor, currency));
                (customer, owed.collect())
            };
            Ok(found.into_iter().map(with_balances).collect())
        })
        .await
    }

    /// What each of these customers is owed, by currency; those who are owed nothing are left out.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn balances_of(
        &self,
        merchant: &MerchantId,
        ids: Vec<CustomerId>,
    ) -> Result<BTreeMap<CustomerId, Vec<Money>>, AppError> {
        self.read(|mut tx| async move {
            let found = customers::balances_of(&mut tx, merchant, &ids).await?;
            let owed = |balances: BTreeMap<_, _>| {
                balances.into_iter().map(|(code, minor)| Money::new(minor, code)).collect()
            };
            Ok(found.into_iter().map(|(id, balances)| (id, owed(balances))).collect())
        })
        .await
    }

    /// The credit notes of an invoice, in order of issue.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn credit_notes_of(
        &self,
        merchant: &MerchantId,
        invoice: &InvoiceId,
    ) -> Result<Vec<FoundCreditNote>, AppError> {
        self.read(|mut tx| async move {
            Ok(documents::list_credit_notes_of(&mut tx, merchant, invoice).await?)
        })
        .await
    }

    /// The sequence number of an event.
    ///
    /// # Errors
    /// Not found.
    pub async fn event_sequence(
        &self,
        merchant: &MerchantId,
        id: &EventId,
    ) -> Result<i64, AppError> {
        self.read(|mut tx| async move {
            let found = events::find_event(&mut tx, merchant, id).await?;
            Ok(found.ok_or(AppError::NotFound("event"))?.sequence)
        })
        .await
    }

    /// An event as it is told, with the page of the document that it is about.
    #[must_use]
    pub fn event_as_told(&self, event: &RecordedEvent) -> wire::Event {
        let page = event.document.as_deref().map(|token| self.url_of(&addresses::document(token)));
        wire::Event::told(event, page)
    }

    /// Events after a sequence number, in order.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn events(
        &self,
        merchant: &MerchantId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<RecordedEvent>, AppError> {
        self.read(|mut tx| async move {
            Ok(events::list_events(&mut tx, merchant, after, limit).await?)
        })
        .await
    }
}
