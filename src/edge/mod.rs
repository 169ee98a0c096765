//! What the doors of JSON and of HTML share.
//!
//! In reading order: `problem` and `errors` (the only status codes), `schema`, `extract` and
//! `drafts`, `amounts`, `arrivals` and `price_changes` (what a request may say), `etag`, `auth`,
//! `idempotency` and `once` (what holds for every route), `runs`, `connections`, `clients`,
//! `limits` and `headers` (what guards it), `exports`, `sheet`, `xml` and `bank` (files), `observe`
//! and `process`, `ports` (what the edge asks of the rest) and `gates` (how `app` answers it).
//! Which routes there are is left to `http` and `pages`, how they are put together to `server`.

pub mod amounts;
pub mod arrivals;
pub mod auth;
pub mod bank;
pub mod clients;
pub mod connections;
pub mod drafts;
pub(crate) mod errors;
pub mod etag;
pub mod exports;
pub mod extract;
pub mod gates;
pub mod headers;
pub mod idempotency;
pub mod limits;
pub mod observe;
pub mod once;
pub mod ports;
pub mod price_changes;
pub mod problem;
pub mod process;
pub mod runs;
pub mod schema;
pub mod shares;
mod sheet;
mod traces;
pub(crate) mod unambiguous;
pub mod write_timeout;
pub mod xml;
