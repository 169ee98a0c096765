//! `Idempotency-Key`: the same request sent twice is done once and answered twice.
//!
//! What was answered is remembered behind [`Idempotency`]. What a handler does in one transaction
//! is kept with its answer in that transaction (`idempotent_engine`); here stands what holds for
//! the others.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::domain::ids::{KeyId, MerchantId};
use crate::edge::extract::read_body;
use crate::edge::ports::{
    Claim, ClaimOutcome, Idempotency, KeptAnswer, LEASE, Principal, RequestNeeds,
};
use crate::edge::problem::{Code, Problem};

/// The header that names a request.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header that marks an answer which was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

const KEY_CHARS_MAX: usize = 255;
/// No answer to a POST is nearly as long.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// The headers that are part of an answer; the others belong to its transport.
const KEPT: [HeaderName; 3] = [header::CONTENT_TYPE, header::LOCATION, header::ETAG];

/// A claim on its way to the handler, and whether the answer has been kept there.
#[derive(Clone, Debug)]
pub(crate) struct ClaimedRequest {
    pub(crate) claim: Claim,
    /// Whether the key is held while the request is worked on.
    pub(crate) is_noted: bool,
    pub(crate) kept: Arc<AtomicBool>,
}

impl ClaimedRequest {
    fn of(claim: Claim, is_noted: bool) -> Self {
        Self { claim, is_noted, kept: Arc::default() }
    }
}

/// Does a POST with an `Idempotency-Key` once.
pub(crate) async fn once(request: Request, next: Next) -> Response {
    if *request.method() != Method::POST || !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    claimed(request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn claimed(request: Request, next: Next) -> Result<Response, Problem> {
    let extensions = request.extensions();
    let (Some(memory), Some(principal)) =
        (extensions.get::<Arc<dyn Idempotency>>().cloned(), extensions.get::<Principal>().cloned())
    else {
        tracing::error!("a route takes idempotency keys, but nothing remembers them");
        return Err(Problem::internal());
    };
    let key = key(request.headers())?;
    let (parts, body) = request.into_parts();
    let body = read_body(Request::from_parts(parts.clone(), body), &()).await?;
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let fingerprint = fingerprint(&parts.method, target, &body);
    let claim = Claim {
        merchant: MerchantId::stored(principal.merchant),
        api_key: KeyId::stored(principal.key_id),
        key,
        hash: fingerprint,
        attempt: format!("{:032x}", rand::random::<u128>()),
    };
    // Its route says so where it takes more.
    let takes = parts.extensions.get().copied().unwrap_or(RequestNeeds::OneTransaction);
    let begun = memory.begin(claim.clone(), takes).await?;
    let is_noted = begun == ClaimOutcome::Fresh;
    match begun {
        ClaimOutcome::Free | ClaimOutcome::Fresh => {
            let request = Request::from_parts(parts, Body::from(body));
            Ok(work(memory, ClaimedRequest::of(claim, is_noted), request, next).await)
        }
        ClaimOutcome::Replay(answer) => Ok(replay(answer)),
        ClaimOutcome::Mismatch => Err(Problem::new(
            Code::IdempotencyKeyReused,
            "this `Idempotency-Key` was sent with another request: take a new one",
        )),
        ClaimOutcome::Running => Err(Problem::new(
            Code::IdempotencyInProgress,
            "the first request with this `Idempotency-Key` is still running: ask again",
        )),
    }
}

/// Does the work, and keeps its answer.
async fn work(
    memory: Arc<dyn Idempotency>,
    claimed: ClaimedRequest,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(claimed.clone());
    let ClaimedRequest { claim, is_noted, kept } = claimed;
    let renewing = is_noted.then(|| renew(Arc::clone(&memory), claim.clone()));
    let renewing = tokio::task::JoinSet::from_iter(renewing);
    let response = next.run(request).await;
    drop(renewing);
    if kept.load(Ordering::Acquire) {
        return response;
    }
    // Of two attempts at once one is refused, and by now knows how the other was answered.
    if !is_noted
        && response.status() == StatusCode::CONFLICT
        && let Ok(ClaimOutcome::Replay(answer)) =
            memory.begin(claim.clone(), RequestNeeds::OneTransaction).await
    {
        return replay(answer);
    }
    settle(memory.as_ref(), (claim, is_noted), response).await
}

/// Holds the key for as long as it is polled.
async fn renew(memory: Arc<dyn Idempotency>, claim: Claim) {
    loop {
        tokio::time::sleep(LEASE / 4).await;
        memory.renew(claim.clone()).await;
    }
}

/// Keeps the answer, or frees the key where the answer says that nothing was done.
async fn settle(
    memory: &dyn Idempotency,
    (claim, is_noted): (Claim, bool),
    response: Response,
) -> Response {
    let status = response.status();
    let passing = status.is_server_error() || status == StatusCode::PAYLOAD_TOO_LARGE;
    let (parts, body) = response.into_parts();
    let body = match to_bytes(body, ANSWER_BYTES_MAX).await {
        Ok(body) => body,
        Err(error) => {
            tracing::error!(%error, "an answer cannot be kept");
            return Problem::internal().into_response();
        }
    };
    let settled = match String::from_utf8(body.to_vec()) {
        Ok(text) if !passing => {
            let status = status.as_u16();
            let answer = KeptAnswer { status, headers: headers_of(&parts.headers), body: text };
            memory.finish(claim, answer).await
        }
        // Of what was not noted nothing is there.
        _ if !is_noted => Ok(()),
        _ => {
            memory.release(claim).await;
            Ok(())
        }
    };
    if settled.is_err() {
        tracing::warn!("the answer to an idempotency key could not be kept: its lease will end");
    }
    Response::from_parts(parts, Body::from(body))
}

fn headers_of(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |name: &HeaderName| headers.get(name)?.to_str().ok().map(str::to_owned);
    KEPT.iter().filter_map(|name| Some((name.to_string(), text(name)?))).collect()
}

fn replay(answer: KeptAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            headers.insert(name, value);
        }
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn key(headers: &HeaderMap) -> Result<String, Problem> {
    if headers.get_all(KEY).iter().nth(1).is_some() {
        let detail = "there are two headers `Idempotency-Key`: send the one that is meant";
        return Err(Problem::new(Code::Ambiguous, detail));
    }
    let value = headers.get(KEY).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let usable = |value: &str| {
        (1..=KEY_CHARS_MAX).contains(&value.len()) && value.bytes().all(|c| c.is_ascii_graphic())
    };
    if usable(value) {
        return Ok(value.to_owned());
    }
    let detail = "the header `Idempotency-Key` must be 1 to 255 visible ASCII characters";
    Err(Problem::invalid_field("", detail))
}

/// What a request is: its method, target, and the value of its body where that is JSON, in which
/// spaces and the order of fields say nothing.
fn fingerprint(method: &Method, target: &str, body: &Bytes) -> [u8; 32] {
    let sorted = |mut value: serde_json::Value| {
        value.sort_all_objects();
        value.to_string().into_bytes()
    };
    let body = serde_json::from_slice(body).map_or_else(|_| body.to_vec(), sorted);
    let digest = Sha256::new()
        .chain_update(method.as_str())
        .chain_update([0])
        .chain_update(target)
        .chain_update([0])
        .chain_update(body);
    digest.finalize().into()
}
