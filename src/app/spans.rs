//! The steps of what is done, for who collects traces: each transaction, and each call of others.
//! Nothing is told, and nothing spent, where nobody collects them.

use tracing::{Span, debug_span};

/// What steps are called for filters: collectors of traces take it, logs do not.
pub const TARGET: &str = "crossgrade::traces";

/// A transaction that writes.
pub(super) fn write() -> Span {
    debug_span!(target: TARGET, "write")
}

/// A transaction that reads.
pub(super) fn read() -> Span {
    debug_span!(target: TARGET, "read")
}

/// A call of a webhook endpoint or a mail server.
pub(super) fn call(whom: &'static str) -> Span {
    debug_span!(target: TARGET, "call", otel.kind = "client", peer.service = whom)
}
