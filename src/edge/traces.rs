//! Traces in the words of OpenTelemetry: what a span of a request says beside its log lines, and of
//! which trace of a caller it is a part. They are only told where somebody collects them.

use axum::http::HeaderMap;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::app::spans::TARGET;

/// The header in which a caller names its trace, as the W3C's Trace Context has it.
const TRACEPARENT: &str = "traceparent";

/// Whether anybody collects traces.
pub(super) fn are_collected() -> bool {
    tracing::enabled!(target: TARGET, tracing::Level::DEBUG)
}

/// Says what a request is, and makes it a part of the caller's trace where it names one.
pub(super) fn begin(span: &Span, (method, route): (&str, &str), headers: &HeaderMap) {
    span.record("otel.name", format!("{method} {route}"));
    span.record("otel.kind", "server");
    span.set_attribute("http.request.method", method.to_owned());
    if headers.contains_key(TRACEPARENT) {
        let caller = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
        if let Err(error) = span.set_parent(caller) {
            tracing::debug!(%error, "the caller's trace is not gone on with");
        }
    }
}

/// Says what came of it: that the server failed is an error, that the client did is none.
pub(super) fn end(span: &Span, status: u16) {
    span.set_attribute("http.response.status_code", i64::from(status));
    if status >= 500 {
        span.set_status(opentelemetry::trace::Status::error(""));
    }
}
