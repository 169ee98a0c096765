//! crossgrade: the open engine for up- and down-selling in subscription checkouts.

pub mod domain;
pub mod render;
pub mod rules;
pub mod store;
