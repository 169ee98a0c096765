//! crossgrade: the open engine for up- and down-selling in subscription checkouts.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod http;
pub mod render;
pub mod rules;
pub mod store;
pub mod wire;
