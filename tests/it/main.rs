//! The integration tests: the engine from outside, and an oracle to hold it against.
//! What a single module owes is tested beside it.
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]
#![expect(clippy::too_many_lines, reason = "a story is read from top to bottom")]

mod api;
mod audit;
mod automations;
mod backoff;
mod beginnings;
mod browser;
mod cli;
mod crashes;
mod document;
mod doors;
mod engine;
mod faults;
mod fuzz;
mod lives;
mod matrix;
mod oracle;
mod pages;
mod races;
mod reference;
mod regimes;
mod releases;
mod scenarios;
mod selection;
mod snapshots;
mod store;
mod support;
mod told;
mod toolchain;
mod upgrade;
mod verification;
mod walks;
mod webhooks;
mod world;
