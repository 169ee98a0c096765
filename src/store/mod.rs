//! SQL for both databases: facts are loaded, plans are stored, nothing is decided here.
//!
//! Reading order: [`sql`] (the one door), [`migrate`] (and what the `planner` is told),
//! [`merchants`], [`keys`], [`sessions`], [`portal`], [`definitions`] and the catalogue ([`plain`]
//! rows, [`tags`], [`taxes`], [`products`] with their [`stock`], [`offers`], gathered in
//! [`catalogue`]), [`paths`], [`customers`], [`accounts`] (what a decision rests on), [`audit`]
//! (whole books), [`plans`] and [`issue`] (what it stores), [`subscriptions`], [`changes`],
//! [`price_changes`] (with [`new_prices`]), [`documents`] (with [`invoices`] and
//! [`credit_notes`]), [`payments`], [`events`], [`checkouts`] (with `previews` and
//! [`kept_facts`]), [`runs`], [`idempotency`], [`webhooks`] with [`deliveries`], [`overview`],
//! [`search`]; [`rows`] and [`query`] are shared by several.
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
pub mod new_prices;
pub mod offers;
pub mod order_books;
mod order_rows;
pub mod orders;
pub mod overview;
mod page;
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

use crate::domain::ids::MerchantId;

pub use error::StoreError;
pub use migrate::Schema;
pub use page::{Gathered, PAGE_BYTES_MAX, PAGE_MAX, Page};
pub use sql::{BoxFuture, ReadyConnection, Store, TransactionEnd, Tx};

/// The most things named that keep something from being removed.
const USES_MAX: i64 = 20;

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
