//! The store on both databases: what goes in comes out, all of it or nothing.

mod catalogue;
mod contracts;
mod desk;
pub(crate) mod samples;
mod transactions;
