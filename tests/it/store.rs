//! The store on both databases: what goes in comes out, all of it or nothing.

mod catalogue;
mod checkouts;
mod contracts;
mod plans;
pub(crate) mod samples;
mod transactions;
