//! The verbs: `decide_*`, from facts and a date to a plan or a refusal. No I/O, no clock.
//!
//! Reading order: [`definitions`] (drafts become domain values), [`ledger`] (the account on paper,
//! and how documents are issued), `booking` and `succession` (how a subscription goes on, ends,
//! begins), [`transitions`] (the five moments of change), [`billing`] (up to date first),
//! [`matching`] (which path fires), [`checkout`] (all of that for one checkout), [`preview`] (what
//! of it is told) and [`fingerprint`] (whether that still holds), [`rehearsal`] (the same for a
//! sample customer), [`subscriptions`] (in the [`portal`] by the customer), [`payments`] and
//! [`credits`] (what else can be done to a subscription and its money), [`price_change`] (what
//! running ones pay later), [`taxes`] (whether every offer has a rate), [`webhooks`] (who is told,
//! and how often), [`day_ledger`] (who pays for each day), [`scenario`] (what an offer is to a
//! customer), [`what_if`] (what would be), [`impact`] (for everybody), [`reconciliation`] (what a
//! bank's lines pay), [`recurring`] (what comes in each month), [`audit`] (what must hold of a
//! book, told once more), [`verification`] (whether a completed checkout would be decided so
//! again).
#![deny(clippy::wildcard_enum_match_arm)]

pub mod arbitrage;
pub mod audit;
pub mod automation_reports;
pub mod automations;
mod bank_text;
pub mod billing;
mod booking;
pub mod campaign_warnings;
pub mod checkout;
pub mod checkout_orders;
pub mod coupons;
pub mod credits;
mod daily_price;
pub mod day_ledger;
pub mod definitions;
mod dunning;
#[cfg(test)]
mod examples;
pub mod fingerprint;
pub mod graph;
pub mod impact;
pub mod introductions;
mod kept_billing_date;
pub mod ledger;
pub mod lint;
pub mod matching;
pub mod messages;
mod new_prices;
pub mod orders;
pub mod payments;
pub mod portal;
pub mod preview;
pub mod price_change;
#[cfg(test)]
mod promises;
pub mod reconciliation;
pub mod recurring;
mod refunds;
pub mod rehearsal;
pub mod reports;
pub mod rule_warnings;
#[cfg(test)]
pub(crate) mod samples;
pub mod scenario;
pub mod stock;
pub mod subscriptions;
mod succession;
pub mod taxes;
pub mod transitions;
pub mod upsells;
pub mod verification;
pub mod webhooks;
pub mod what_if;
