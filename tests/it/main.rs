//! The integration tests: the engine from outside, and an oracle to hold it against.
//! What a single module owes is tested beside it.

mod api;
mod cli;
mod engine;
mod lives;
mod matrix;
mod oracle;
mod readme;
mod scenarios;
mod store;
mod support;
mod upgrade;
mod world;
