//! The integration tests: the engine from outside, and an oracle to hold it against.
//! What a single module owes is tested beside it.

mod engine;
mod api;
mod lives;
mod matrix;
mod oracle;
mod readme;
mod store;
mod support;
mod upgrade;
mod world;
