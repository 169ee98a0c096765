//! JSON in, JSON out: the routes of the API.
//!
//! In reading order: `routes` (the whole route table, and who may do what), one file for each
//! noun, `lists` (what requests share), `describe` (what is told of them).
//! What holds for pages, too, stands in `edge`; what is sent and received in `wire`; how it all is
//! put together in `server`. What things *mean* is left to those who are asked.

mod audit;
pub mod automations;
mod billing;
mod campaigns;
mod carts;
mod changes;
mod checkouts;
mod coupons;
mod customers;
pub mod definitions;
pub(crate) mod describe;
pub mod document;
mod documents;
mod events;
mod exports;
mod gift_rules;
mod keys;
pub mod lists;
mod merchants;
mod messages;
mod orders;
mod paths;
mod payments;
mod portal;
mod price_changes;
mod products;
mod promotions;
mod routes;
mod settings;
mod subscriptions;
mod tags;
mod test_clock;
mod webhooks;

pub use routes::{api, table};
