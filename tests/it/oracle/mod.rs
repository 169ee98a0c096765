//! A slow and plain second telling of the whole domain, to hold the engine against.
//! It shares nothing with the engine: it walks through every day of a life, one by one.
//!
//! To read: `model` (nouns), `calendar`, `money`, `ledger` (documents), `billing` (what a day
//! brings), `matching` (which path fires), `transitions` (what it does), `prices` (what it comes to
//! cost), `coupons` (what is taken off), `preview` (what is shown), `steps` (a life), `book` (what
//! can be listed), `samples` and `generate` (lives), `examples` and `rules` (tests).

pub(crate) mod billing;
pub(crate) mod book;
pub(crate) mod calendar;
pub(crate) mod coupons;
mod examples;
pub(crate) mod generate;
mod ledger;
mod matching;
pub(crate) mod model;
pub(crate) mod money;
pub(crate) mod preview;
pub(crate) mod prices;
mod rules;
pub(crate) mod samples;
pub(crate) mod steps;
mod transitions;
