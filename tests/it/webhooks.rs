//! Webhooks from outside, on both databases: what is told, in which order, how often, and to whom
//! it is not.

mod binary;
mod crowds;
mod deliveries;
mod endpoints;
mod events;
mod faults;
pub(crate) mod fixture;
pub(crate) mod schemas;
