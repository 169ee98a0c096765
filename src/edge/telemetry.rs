//! What is known of every request from outside its handler: an id, a span, a log line, numbers,
//! a time limit, and an answer even when something panics.
//!
//! Where logs go is for the command line; what is logged within is for those who do it.

use std::any::Any;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use axum::body::{Body, BodyDataStream, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{BoxError, Extension};
use futures_core::Stream;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::time::Sleep;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::app::caller;
use crate::edge::problem::{self, Code, Problem};
use crate::edge::traces;

/// The header that names a request in answers and logs.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const REQUESTS: &str = "http_requests_total";
const CONNECTIONS: &str = "crossgrade_database_connections";
const DURATION: &str = "http_request_duration_seconds";
/// A caller's own id longer than this is replaced.
const REQUEST_ID_CHARS_MAX: usize = 128;
/// What stands for the status of a request whose client did not wait for the answer: nobody's
/// failure, least of all the server's.
const HUNG_UP: u16 = 499;

/// Names, times, counts and logs every request; the outermost of all layers.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let method = method(request.method());
    let route = route(&request).unwrap_or("unmatched").to_owned();
    let span = tracing::info_span!("request", request.id = %id, http.method = %method,
        http.route = %route, otel.name = Empty, otel.kind = Empty);
    let is_traced = traces::are_collected();
    if is_traced {
        traces::begin(&span, (method, &route), request.headers());
    }
    let (started, within) = (Instant::now(), span.clone());
    let mut observed = Observed { span, method, route, started, is_traced, status: HUNG_UP };
    let mut response =
        problem::within_request(id.clone(), next.run(request)).instrument(within).await;
    observed.status = response.status().as_u16();
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// A request that is told of when it ends: with its answer, or with whoever waited for it.
struct Observed {
    span: Span,
    method: &'static str,
    route: String,
    started: Instant,
    is_traced: bool,
    status: u16,
}

impl Drop for Observed {
    fn drop(&mut self) {
        let Self { method, route, status, .. } = &*self;
        let taken = self.started.elapsed();
        if self.is_traced {
            traces::end(&self.span, *status);
        }
        let labels = [("method", (*method).to_owned()), ("route", route.clone())];
        if *status != HUNG_UP {
            metrics::histogram!(DURATION, &labels).record(taken);
        }
        let [of_method, of_route] = labels;
        metrics::counter!(REQUESTS, &[of_method, of_route, ("status", status.to_string())])
            .increment(1);
        let micros = u64::try_from(taken.as_micros()).unwrap_or(u64::MAX);
        self.span.in_scope(|| {
            if route.starts_with("/v1") || *status >= 500 {
                tracing::info!(
                    http.status = status,
                    latency_us = micros,
                    "{method} {route} {status}"
                );
            } else {
                tracing::debug!(
                    http.status = status,
                    latency_us = micros,
                    "{method} {route} {status}"
                );
            }
        });
    }
}

/// The name of a method as labels and logs have it: one of those that there are, or `other`, for a
/// client may send any word of any length.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::PUT => "PUT",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

fn route(request: &Request) -> Option<&str> {
    request.extensions().get::<MatchedPath>().map(MatchedPath::as_str)
}

/// The caller's id for the request where it is fit for logs, or a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let usable = |id: &&str| {
        (1..=REQUEST_ID_CHARS_MAX).contains(&id.len()) && id.bytes().all(|c| c.is_ascii_graphic())
    };
    given
        .filter(usable)
        .map_or_else(|| format!("req_{:032x}", rand::random::<u128>()), str::to_owned)
}

/// The longest time that a request may take, until its route lifts that.
#[derive(Clone)]
pub(crate) struct TimeLimit {
    is_lifted: Arc<AtomicBool>,
}

/// How much later a body breaks off: first it is said that the time is over.
const BODY_GRACE: Duration = Duration::from_secs(1);

/// Gives up on a request that takes too long, except where its route takes
/// [`as_long_as_it_takes`]. Its body has to have come by then in any case: who still reads it is
/// told that it broke off, and lets go of it, so that the connection ends.
pub(crate) async fn limit_time(
    State(limit): State<Duration>,
    mut request: Request,
    next: Next,
) -> Response {
    let is_lifted = Arc::<AtomicBool>::default();
    request.extensions_mut().insert(TimeLimit { is_lifted: Arc::clone(&is_lifted) });
    if !request.body().is_end_stream() {
        request = request.map(|body| TimelyBody::body(body, limit + BODY_GRACE));
    }
    let mut answer = std::pin::pin!(next.run(request));
    match tokio::time::timeout(limit, &mut answer).await {
        Ok(answer) => answer,
        Err(_) if is_lifted.load(Ordering::Relaxed) => answer.await,
        Err(_) => {
            let detail = format!("there was no answer within {} seconds", limit.as_secs());
            Problem::new(Code::Timeout, detail).into_response()
        }
    }
}

/// The layer of routes that do as much as there is to do: the work may take as long as it takes,
/// saying what is wanted may not.
pub(crate) async fn as_long_as_it_takes(
    Extension(TimeLimit { is_lifted }): Extension<TimeLimit>,
    request: Request,
    next: Next,
) -> Response {
    is_lifted.store(true, Ordering::Relaxed);
    caller::take_long();
    next.run(request).await
}

/// A body that has to have come by a certain moment.
struct TimelyBody {
    parts: BodyDataStream,
    end: Pin<Box<Sleep>>,
}

impl TimelyBody {
    fn body(body: Body, limit: Duration) -> Body {
        let end = Box::pin(tokio::time::sleep(limit));
        Body::from_stream(Self { parts: body.into_data_stream(), end })
    }
}

impl Stream for TimelyBody {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.end.as_mut().poll(context).is_ready() {
            let late = io::Error::new(io::ErrorKind::TimedOut, "the body took too long");
            return Poll::Ready(Some(Err(late.into())));
        }
        let part = ready!(Pin::new(&mut self.parts).poll_next(context));
        Poll::Ready(part.map(|part| part.map_err(Into::into)))
    }
}

/// The answer in place of the one that panicked.
#[expect(clippy::needless_pass_by_value, reason = "the layer's signature")]
pub fn panicked(cause: Box<dyn Any + Send + 'static>) -> Response {
    let text = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    tracing::error!(panic = text, "a handler panicked");
    Problem::internal().into_response()
}

/// Takes how many connections to the database work and how many rest, as they are now.
pub fn note_connections((at_work, at_rest): (u32, u32)) {
    metrics::gauge!(CONNECTIONS, "state" => "at_work").set(at_work);
    metrics::gauge!(CONNECTIONS, "state" => "at_rest").set(at_rest);
}

/// Installs the recorder of all metrics of this process; its handle renders them.
///
/// # Errors
/// When one is installed already.
pub fn install_metrics() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(
            Matcher::Suffix("_seconds".to_owned()),
            &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0],
        )?
        .install_recorder()?;
    super::process::describe();
    metrics::describe_gauge!(CONNECTIONS, "Connections to the database, by whether they work.");
    metrics::describe_counter!(REQUESTS, "Requests by method, route and status.");
    metrics::describe_histogram!(
        DURATION,
        metrics::Unit::Seconds,
        "Time to the answer by method and route."
    );
    Ok(handle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_of_a_closed_set_whatever_method_is_sent() {
        let long = "X".repeat(60_000);
        let table = [("GET", "GET"), ("PATCH", "PATCH"), ("get", "other"), ("BREW", "other")];
        for (sent, label) in table.into_iter().chain([(long.as_str(), "other")]) {
            assert_eq!(method(&sent.parse().unwrap()), label, "{sent:.10}");
        }
    }

    #[tokio::test]
    async fn a_body_that_trickles_is_waited_for_no_longer_than_allowed() {
        struct SlowBody(Pin<Box<Sleep>>);
        impl Stream for SlowBody {
            type Item = Result<Bytes, BoxError>;
            fn poll_next(
                mut self: Pin<&mut Self>,
                context: &mut Context<'_>,
            ) -> Poll<Option<Self::Item>> {
                ready!(self.0.as_mut().poll(context));
                self.0 = Box::pin(tokio::time::sleep(Duration::from_millis(20)));
                Poll::Ready(Some(Ok(Bytes::from_static(b" "))))
            }
        }
        let trickle = SlowBody(Box::pin(tokio::time::sleep(Duration::ZERO)));
        let body = TimelyBody::body(Body::from_stream(trickle), Duration::from_millis(200));
        let begun = tokio::time::Instant::now();
        let request = Request::builder().body(body).unwrap();
        let problem = crate::edge::extract::read_body(request, &()).await.unwrap_err();
        assert_eq!(problem.code, Code::Timeout);
        assert!(begun.elapsed() >= Duration::from_millis(200), "{:?}", begun.elapsed());
    }

    #[test]
    fn a_callers_request_id_is_kept_when_it_is_fit_for_logs() {
        let mut headers = HeaderMap::new();
        assert!(request_id(&headers).starts_with("req_"));
        for (given, kept) in [("abc-1", true), ("a b", false), ("", false)] {
            headers.insert(REQUEST_ID, given.parse().unwrap());
            assert_eq!(request_id(&headers) == given, kept, "{given}");
        }
        headers.insert(REQUEST_ID, "x".repeat(129).parse().unwrap());
        assert!(request_id(&headers).starts_with("req_"));
    }
}
