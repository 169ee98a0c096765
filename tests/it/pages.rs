//! The pages, as somebody tries them who wants to break in, to break something, or just clicks
//! twice: every route with every role, strange addresses, and texts that are no texts.
//!
//! `table` is every route of the backend, the hosted checkout and the demo; `book` a merchant with
//! something of everything.

mod bank;
pub(crate) mod book;
mod by_hand;
mod campaigns;
mod clicked;
mod doors;
pub(crate) mod forms;
mod german;
mod glance;
pub(crate) mod hostile;
mod money;
mod named;
mod odd;
mod rules;
mod search;
mod sessions;
pub(crate) mod table;
mod twice;
mod untouched;
