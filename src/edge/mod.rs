//! What the doors of JSON and of HTML share.
//!
//! In reading order: `problem` and `errors` (the only status codes), `schema`, `extract` and
//! `drafts`, `amounts`, `bring_over` and `price_changes` (what a request may say), `etag`, `auth`,
//! `request_task`, `idempotency` and `idempotent_engine` (what holds for every route), `runs`,
//! `connections`, `seats`, `lobby`, `clients`, `limits` and `headers` (what guards it), `exports`,
//! `csv_rows`, `xml` and `bank` (files), `telemetry` and `process`, `ports` (what the edge asks of
//! the rest) and `adapters` (how `app` answers it). Which routes there are is left to `http` and
//! `pages`, how they are put together to `server`.

pub mod adapters;
pub mod amounts;
pub mod auth;
pub mod bank;
pub mod bring_over;
pub mod clients;
pub mod connections;
mod csv_rows;
pub mod drafts;
pub(crate) mod errors;
pub mod etag;
pub mod exports;
pub mod extract;
pub mod headers;
pub mod idempotency;
pub mod idempotent_engine;
pub mod limits;
mod lobby;
pub mod ports;
pub mod price_changes;
pub mod problem;
pub mod process;
pub(crate) mod request_task;
pub mod runs;
pub mod schema;
mod seats;
pub mod shares;
pub mod telemetry;
mod traces;
pub(crate) mod unambiguous;
pub mod write_timeout;
pub mod xml;
