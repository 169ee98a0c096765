//! crossgrade: the open engine for up- and down-selling in subscription checkouts.

pub mod app;
pub mod clock;
pub mod domain;
pub mod render;
pub mod rules;
pub mod store;
pub mod wire;
