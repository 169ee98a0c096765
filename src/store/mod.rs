//! SQL for both databases: facts are loaded, plans are stored, nothing is decided here.
//!
//! Reading order: [`sql`] (the one door), [`migrate`] (and what the `planner` is told),
//! [`merchants`], [`keys`], [`sessions`], [`portal`], [`definitions`] and the catalogue ([`plain`]
//! rows, [`tags`], [`taxes`], [`products`] with their [`stock`], [`offers`], gathered in
//! [`catalogue`]), [`paths`], [`customers`], [`accounts`] (what a decision rests on), [`audit`]
//! (whole books), [`plans`] and [`issue`] (what it stores), [`subscriptions`], [`changes`],
//! [`price_changes`], [`documents`] (with [`invoices`] and [`credit_notes`]), [`payments`],
//! [`events`], [`checkouts`] (with `previews` and [`kept_facts`]), [`runs`], [`idempotency`],
//! [`webhooks`] with [`deliveries`], [`overview`], [`search`]; [`rows`] and [`query`] are shared by
//! several.
//!
//! Lists are in the order of the id, which for things that the engine makes is the order of
//! creation, or in the opposite order; the page after an id starts behind it.

#![expect(
    clippy::missing_errors_doc,
    reason = "all of these functions fail alike: with what the database or a stored row is at"
)]

pub mod accounts;
pub mod audit;
pub mod automation_reports;
pub mod automation_runs;
pub mod automation_starts;
pub mod automations;
pub mod campaign_reports;
pub mod catalogue;
pub mod changes;
pub mod checkout_orders;
pub mod checkouts;
pub mod coupons;
mod credit_notes;
pub mod customers;
pub mod definitions;
pub mod deliveries;
#[cfg(test)]
mod depots;
pub mod documents;
mod error;
pub mod events;
pub mod idempotency;
mod invoices;
mod issue;
pub mod kept_facts;
pub mod keys;
pub mod merchants;
pub mod message_templates;
pub mod messages;
pub mod migrate;
pub mod offers;
pub mod order_books;
pub mod orders;
pub mod overview;
pub mod paths;
pub mod payments;
pub mod plain;
mod planner;
pub mod plans;
pub mod portal;
mod previews;
pub mod price_changes;
pub mod products;
mod query;
mod rows;
pub mod rule_edits;
pub mod rule_reports;
pub mod runs;
pub mod search;
pub mod selection_rules;
pub mod sessions;
pub mod sql;
pub mod stock;
pub mod subscriptions;
pub mod suppressions;
pub mod tags;
pub mod taxes;
pub mod upsells;
pub mod webhooks;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::domain::ids::MerchantId;

pub use error::StoreError;
pub use migrate::Schema;
pub use sql::{BoxFuture, ReadyConnection, Store, TransactionEnd, Tx};

/// The most things that one list answers with.
pub const PAGE_MAX: i64 = 1_000;

/// The most that one page of a list gathers, in bytes as they are stored: what is longer goes on
/// with the next page.
pub const PAGE_BYTES_MAX: usize = 4 << 20;

/// The most things named that keep something from being removed.
const USES_MAX: i64 = 20;

/// A piece of a list: what follows `after`, at most `limit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The id of the last thing already seen.
    pub after: Option<String>,
    /// At most so many, up to [`PAGE_MAX`].
    pub limit: i64,
    /// From the last id to the first, which of what the engine makes is the newest first.
    pub backwards: bool,
    /// Only those with this text somewhere in their id or title, where the list can be searched.
    pub search: Option<String>,
    /// What it gathers, for whoever is told where it ends early; none where all of it is wanted,
    /// however much that is.
    pub gathered: Option<Gathered>,
}

/// How much one page of a list has gathered. A page ends early once that is [`PAGE_BYTES_MAX`],
/// though never without anything on it.
#[derive(Debug, Clone, Default)]
pub struct Gathered(Arc<(AtomicUsize, AtomicBool)>);

impl Gathered {
    /// How many bytes were read for it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.0.load(Ordering::Relaxed)
    }

    /// Whether there is more behind it than its number of things says.
    #[must_use]
    pub fn ended_early(&self) -> bool {
        self.0.1.load(Ordering::Relaxed)
    }

    fn add(&self, bytes: usize) {
        self.0.0.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Ends the page here, although there is more.
    pub fn end_early(&self) {
        self.0.1.store(true, Ordering::Relaxed);
    }
}

impl PartialEq for Gathered {
    /// What was found says nothing of what is asked.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Gathered {}

impl Page {
    /// The first `limit`.
    #[must_use]
    pub fn first(limit: i64) -> Self {
        Self { after: None, limit, backwards: false, search: None, gathered: None }
    }

    /// Those that follow the thing with this id.
    #[must_use]
    pub fn after(id: &str, limit: i64) -> Self {
        Self { after: Some(id.to_owned()), ..Self::first(limit) }
    }

    /// The same page of those that hold this text.
    #[must_use]
    pub fn searched(self, text: Option<String>) -> Self {
        Self { search: text, ..self }
    }

    /// The same page, which ends early where there is much on it; `gathered` is told.
    #[must_use]
    pub fn gathering(self, gathered: &Gathered) -> Self {
        Self { gathered: Some(gathered.clone()), ..self }
    }

    /// The same page of the opposite order.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { backwards: !self.backwards, ..self }
    }

    fn size(&self) -> i64 {
        self.limit.clamp(0, PAGE_MAX)
    }
}

/// Locks a row of a merchant's until the transaction ends, where there is more than one writer; a
/// row that is not there cannot be locked.
pub async fn lock_row(
    tx: &mut Tx,
    table: &'static str,
    merchant: &MerchantId,
    id: &str,
) -> Result<(), StoreError> {
    if tx.locks_rows() {
        let text =
            format!("select id from {table} where merchant_id = $1 and id = $2 for no key update");
        let _locked: Vec<(String,)> = tx.fetch_all(text, sql::args![merchant, id]).await?;
    }
    Ok(())
}

sql::row! {
    /// Something that depends on a thing which is to be removed.
    #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
    pub struct DependentThing {
        /// `offer`, `path`, `product`, `subscription`, `scheduled_change` or `checkout`.
        pub kind: String,
        /// Its id.
        pub id: String,
    }
}
