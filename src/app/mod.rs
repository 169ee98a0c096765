//! One function for each thing that a person can do: load the facts, ask the rule, store the
//! plan once, answer. No SQL text, no HTTP, no HTML.
//!
//! Reading order: `engine` ([`App`] itself), `transaction`, `context` (what a decision rests on),
//! `storing`, [`error`], [`checkouts`] with `intents`, `decisions` (some `beside`), `opening` and
//! `redecision` (`alone`, or `checkout_groups` with others, who wait in `group_queue`), [`holds`],
//! `abandoned_checkouts`, [`hosted`], [`next_offer`], [`portal`] and [`portal_acts`],
//! `transitions`, [`billing`], [`subscriptions`] (as they stand: `up_to_date`), [`price_changes`]
//! (`price_notices`), [`payments`], [`reconciliation`], `documents`, [`stock`], `gifts`,
//! [`orders`], `checkout_orders`, [`upsells`], [`campaign_trial`], [`promotion_trial`],
//! [`explained`], [`rule_over_orders`], [`definitions`], [`catalogue`] (of an
//! `catalogue_revision`, `revision_cache`),
//! `rule_books`, `rules_ahead`, `assortments`, `bounds`, `path_warnings`, [`graph`], [`expected`],
//! [`catalogue_file`], [`access`], [`sessions`], [`actor`], [`caller`], [`idempotency`]
//! (`idempotent_request`), [`start`], `book_clock`, [`test_clock`], [`reads`], [`overview`],
//! [`search`], [`what_if`], [`impact`], [`audit`], [`verification`], `lanes` (what each may have of
//! what all share), [`tasks`], `outdated`, [`webhooks`] (who is told), [`dispatcher`] (who tells
//! them), [`automations`] with `automation_starts`, [`automation_reports`], [`suppressions`],
//! [`channels`], [`message_texts`], `message_batches`, [`messages`], [`message_history`] and
//! [`message_links`].

mod abandoned_checkouts;
pub mod access;
pub mod actor;
pub mod addresses;
mod alone;
mod assortments;
pub mod audit;
pub mod automation_reports;
mod automation_starts;
pub mod automations;
mod beside;
pub mod billing;
mod book_clock;
mod bounds;
pub mod bring_over;
pub mod caller;
mod campaign_choice;
pub mod campaign_trial;
pub mod catalogue;
pub mod catalogue_file;
mod catalogue_revision;
pub mod channels;
mod checkout_facts;
mod checkout_groups;
mod checkout_orders;
pub mod checkouts;
mod context;
pub mod coupons;
pub mod customer_documents;
mod decisions;
pub mod definitions;
pub mod dispatcher;
mod documents;
mod engine;
pub mod error;
pub mod expected;
pub mod explained;
mod gifts;
pub mod graph;
mod group_queue;
pub mod holds;
pub mod hosted;
pub mod idempotency;
mod idempotent_request;
pub mod impact;
mod intents;
mod lanes;
mod message_attempts;
mod message_batches;
pub mod message_history;
pub mod message_links;
mod message_slots;
pub mod message_texts;
pub mod messages;
pub mod next_offer;
mod opening;
pub mod orders;
mod outdated;
pub mod overview;
mod path_warnings;
pub mod payments;
pub mod portal;
pub mod portal_acts;
mod previews;
pub mod price_changes;
mod price_notices;
pub mod promotion_trial;
pub mod reads;
pub mod reconciliation;
mod redecision;
pub mod reports;
mod revision_cache;
mod rule_books;
pub mod rule_over_orders;
mod rules_ahead;
pub mod search;
pub mod selection;
pub mod sessions;
pub mod spans;
pub mod start;
pub mod stock;
mod storing;
pub mod subscriptions;
pub mod suppressions;
pub mod tasks;
pub mod test_clock;
mod time_zone;
mod transaction;
mod transitions;
mod up_to_date;
pub mod upsells;
pub mod verification;
mod wanted_messages;
pub mod webhooks;
mod weighing;
pub mod what_if;

pub use engine::{App, Busy};
pub use error::{AppError, Refusal};

pub(crate) use context::Context;
