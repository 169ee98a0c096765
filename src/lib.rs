//! crossgrade: the open engine for up- and down-selling in subscription checkouts.

pub mod cli;
pub mod clock;
pub mod config;
pub mod http;
