//! What holds for every route, seen from outside: a small table of routes behind the real edge.
//!
//! The routes of the API are left to the integration tests.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use futures_core::Stream;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower::ServiceExt;
use utoipa::ToSchema;

use super::*;
use crate::app::access::digest;
use crate::edge::auth::{CATALOGUE, READING, SELLING};
use crate::edge::etag::{Preconditions, WithEtag};
use crate::edge::extract::{Id, Json};
use crate::edge::ports::{
    self, BoxFuture, Claim, ClaimOutcome, PortError, Principal, RequestNeeds, Role,
};
use crate::http::describe::allow;
use crate::http::table;

#[derive(Default)]
struct Memory {
    answers: Mutex<BTreeMap<String, (Claim, Option<ports::KeptAnswer>)>>,
    broken: bool,
}

impl KeyLookup for Memory {
    fn authenticate(
        &self,
        sha256: [u8; 32],
    ) -> BoxFuture<'_, Result<Option<Principal>, PortError>> {
        let role = [Role::Admin, Role::Read, Role::Checkout]
            .into_iter()
            .find(|role| digest(role.name()) == sha256);
        let principal = |role: Role| Principal {
            merchant: "default".to_owned(),
            key_id: role.name().to_owned(),
            role,
        };
        Box::pin(async move { Ok(role.map(principal)) })
    }
}

impl Idempotency for Memory {
    fn begin(&self, claim: Claim, _: RequestNeeds) -> BoxFuture<'_, Result<ClaimOutcome, Problem>> {
        let mut answers = self.answers.lock().unwrap();
        let begun = match answers.get(&claim.key) {
            None => {
                answers.insert(claim.key.clone(), (claim, None));
                ClaimOutcome::Fresh
            }
            Some((first, _)) if first.hash != claim.hash => ClaimOutcome::Mismatch,
            Some((_, None)) => ClaimOutcome::Running,
            Some((_, Some(answer))) => ClaimOutcome::Replay(answer.clone()),
        };
        Box::pin(async move { Ok(begun) })
    }

    fn renew(&self, claim: Claim) -> BoxFuture<'_, ()> {
        if claim.key == "linger-1" {
            RENEWALS.fetch_add(1, Ordering::SeqCst);
        }
        Box::pin(async {})
    }

    fn finish(
        &self,
        claim: Claim,
        answer: ports::KeptAnswer,
    ) -> BoxFuture<'_, Result<(), Problem>> {
        self.answers.lock().unwrap().insert(claim.key.clone(), (claim, Some(answer)));
        Box::pin(async { Ok(()) })
    }

    fn release(&self, claim: Claim) -> BoxFuture<'_, ()> {
        self.answers.lock().unwrap().remove(&claim.key);
        Box::pin(async {})
    }
}

impl Readiness for Memory {
    fn check(&self) -> BoxFuture<'_, Result<(), PortError>> {
        let answer = if self.broken { Err(PortError("gone".to_owned())) } else { Ok(()) };
        Box::pin(async move { answer })
    }
}

#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Thing {
    #[schema(min_length = 1)]
    title: String,
}

static CALLS: AtomicU32 = AtomicU32::new(0);
static RENEWALS: AtomicU32 = AtomicU32::new(0);

/// Reads a thing.
#[utoipa::path(get, path = "/v1/things/{id}", responses((status = 200, body = Thing)))]
async fn get_thing(Id(id): Id) -> WithEtag<Thing> {
    WithEtag(StatusCode::OK, Thing { title: id })
}

/// Writes a thing.
#[utoipa::path(put, path = "/v1/things/{id}", request_body = Thing, responses((status = 200)))]
async fn put_thing(
    Id(id): Id,
    conditions: Preconditions,
    Json(thing): Json<Thing>,
) -> Result<WithEtag<Thing>, Problem> {
    conditions.check(Some(&Thing { title: id }))?;
    Ok(WithEtag(StatusCode::OK, thing))
}

/// Counts its calls, and does what the title says.
#[utoipa::path(post, path = "/v1/things", request_body = Thing, responses((status = 201)))]
async fn create_thing(Json(thing): Json<Thing>) -> Response {
    let call = CALLS.fetch_add(1, Ordering::SeqCst);
    match thing.title.as_str() {
        "panic" => panic!("as told"),
        "sleep" => tokio::time::sleep(Duration::from_millis(200)).await,
        "linger" => {
            while RENEWALS.load(Ordering::SeqCst) == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        _ => {}
    }
    (StatusCode::CREATED, axum::Json(json!({ "call": call }))).into_response()
}

/// A body of which nothing ever comes.
struct Silence;

impl Stream for Silence {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Pending
    }
}

/// Does as much as there is to do, once it knows what.
#[utoipa::path(post, path = "/v1/works", request_body = Thing, responses((status = 201)))]
async fn work(Json(thing): Json<Thing>) -> StatusCode {
    drop(thing);
    tokio::time::sleep(Duration::from_millis(200)).await;
    StatusCode::CREATED
}

fn server() -> Router {
    static SERVER: OnceLock<Router> = OnceLock::new();
    SERVER.get_or_init(|| server_on(Memory::default())).clone()
}

fn server_on(memory: Memory) -> Router {
    let memory = Arc::new(memory);
    let edge = EdgeParts {
        keys: memory.clone(),
        idempotency: memory.clone(),
        readiness: memory,
        metrics: None,
        limits: Limits::default(),
        over_tls: false,
        body_bytes_max: 1000,
        request_time_max: Duration::from_millis(100),
    };
    let api = table()
        .merge(allow(READING, OpenApiRouter::new().routes(routes!(get_thing))))
        .merge(allow(CATALOGUE, OpenApiRouter::new().routes(routes!(put_thing))))
        .merge(allow(SELLING, OpenApiRouter::new().routes(routes!(create_thing))))
        .merge(
            allow(SELLING, OpenApiRouter::new().routes(routes!(work)))
                .route_layer(from_fn(telemetry::as_long_as_it_takes)),
        );
    router(edge, api, Router::new())
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }

    fn code(&self) -> String {
        let json = self.json();
        assert_eq!(json["request_id"], self.headers["x-request-id"].to_str().unwrap());
        json["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned()
    }
}

/// `METHOD /path`, headers as `name: value`, a body.
async fn call_on(server: Router, line: &str, headers: &[&str], body: &str) -> Answer {
    let (method, path) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    for header in headers {
        let (name, value) = header.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let (head, body) = server.oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    Answer { status: head.status.as_u16(), headers: head.headers, body }
}

/// The answer as it comes, whatever its body is.
async fn raw(line: &str, headers: &[&str]) -> Response {
    let (method, path) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers.iter().map(|header| header.split_once(": ").unwrap()) {
        request = request.header(name, value);
    }
    server().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn call(line: &str, headers: &[&str], body: &str) -> Answer {
    call_on(server(), line, headers, body).await
}

const ADMIN: &str = "authorization: Bearer admin";
const READ: &str = "authorization: Bearer read";

#[tokio::test]
async fn every_refusal_is_a_problem_with_its_code() {
    let long = format!("{{\"title\":\"{}\"}}", "x".repeat(2000));
    let table: [(&str, &[&str], &str, u16, &str); 19] = [
        ("GET /v1/things/a", &[ADMIN, READ], "", 400, "ambiguous"),
        ("PUT /v1/things/a", &[ADMIN], r#"{"title":"a","title":"b"}"#, 400, "invalid-json"),
        ("GET /v1/things/a%00", &[ADMIN], "", 404, "not-found"),
        ("GET /openapi.json?x=%00", &[], "", 422, "invalid-fields"),
        ("GET /v1/things/a", &[], "", 401, "unauthorized"),
        ("GET /v1/things/a", &["authorization: Bearer wrong"], "", 401, "unauthorized"),
        ("GET /v1/nowhere", &[], "", 401, "unauthorized"),
        ("GET /v1/nowhere", &[ADMIN], "", 404, "not-found"),
        ("GET /nowhere", &[], "", 404, "not-found"),
        ("GET /v1/things/a%20b", &[ADMIN], "", 404, "not-found"),
        ("PUT /v1/things/a%20b", &[ADMIN], "{\"title\":\"T\"}", 422, "invalid-fields"),
        ("DELETE /v1/things/a", &[ADMIN], "", 405, "method-not-allowed"),
        ("POST /health/live", &[], "", 405, "method-not-allowed"),
        ("PUT /v1/things/a", &[READ], "{\"title\":\"T\"}", 403, "forbidden"),
        ("PUT /v1/things/a", &[ADMIN], "{", 400, "invalid-json"),
        ("PUT /v1/things/a", &[ADMIN], "{}", 422, "invalid-fields"),
        ("PUT /v1/things/a", &[ADMIN], &long, 413, "too-large"),
        (
            "PUT /v1/things/a",
            &[ADMIN, "content-type: text/xml"],
            "<a/>",
            415,
            "unsupported-media-type",
        ),
        ("POST /v1/things", &[ADMIN], "{\"title\":\"panic\"}", 500, "internal"),
    ];
    for (line, headers, body, status, code) in table {
        let answer = call(line, headers, body).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{line} {body:.20}");
    }
    let answer = call("DELETE /v1/things/a", &[ADMIN], "").await;
    let allowed = answer.headers["allow"].to_str().unwrap();
    assert!(allowed.contains("GET") && allowed.contains("PUT"), "{allowed}");
}

#[tokio::test]
async fn every_answer_carries_a_request_id() {
    let answer = call("GET /health/live", &["x-request-id: mine-1"], "").await;
    assert_eq!((answer.status, answer.headers["x-request-id"].to_str().unwrap()), (200, "mine-1"));
    assert!(call("GET /nowhere", &[], "").await.headers.contains_key("x-request-id"));
}

#[tokio::test]
async fn readiness_follows_the_database() {
    assert_eq!(call("GET /health/ready", &[], "").await.status, 200);
    let broken = server_on(Memory { broken: true, ..Memory::default() });
    let answer = call_on(broken, "GET /health/ready", &[], "").await;
    assert_eq!((answer.status, answer.code().as_str()), (503, "unavailable"));
    assert_eq!(answer.headers["retry-after"], "1");
}

#[tokio::test]
async fn a_stale_version_is_not_overwritten() {
    let read = call("GET /v1/things/a", &[READ], "").await;
    let tag = read.headers["etag"].to_str().unwrap();
    let body = "{\"title\":\"b\"}";
    let fits = format!("if-match: {tag}");
    assert_eq!(call("PUT /v1/things/a", &[ADMIN, &fits], body).await.status, 200);
    let stale = call("PUT /v1/things/b", &[ADMIN, &fits], body).await;
    assert_eq!((stale.status, stale.code().as_str()), (412, "precondition-failed"));
    let known = format!("if-none-match: {tag}");
    let same = call("GET /v1/things/a", &[READ, &known], "").await;
    assert_eq!((same.status, same.body.as_str()), (304, ""));
}

#[tokio::test]
async fn the_same_key_does_it_once() {
    let key = &[ADMIN, "idempotency-key: once-1"];
    let first = call("POST /v1/things", key, "{\"title\":\"a\"}").await;
    let again = call("POST /v1/things", key, "{\"title\":\"a\"}").await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.body, again.body);
    assert_eq!(again.headers["content-type"], "application/json");
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert!(!first.headers.contains_key("idempotent-replayed"));
    let other = call("POST /v1/things", key, "{\"title\":\"b\"}").await;
    assert_eq!((other.status, other.code().as_str()), (422, "idempotency-key-reused"));
    let elsewhere = call("POST /v1/things?x=1", key, "{\"title\":\"a\"}").await;
    assert_eq!(elsewhere.code(), "idempotency-key-reused");
    let without = call("POST /v1/things", &[ADMIN], "{\"title\":\"a\"}").await;
    assert_ne!(without.body, first.body);
}

#[tokio::test]
async fn two_keys_of_one_request_are_ambiguous_and_nothing_is_done() {
    for (one, other) in [("pair-1", "pair-2"), ("pair-1", "pair-1")] {
        let (one, other) = (format!("idempotency-key: {one}"), format!("idempotency-key: {other}"));
        let answer = call("POST /v1/things", &[ADMIN, &one, &other], "{\"title\":\"a\"}").await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "ambiguous"));
        assert!(answer.body.contains("Idempotency-Key"), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_refusal_is_replayed_and_a_breakage_is_tried_again() {
    let key = &[ADMIN, "idempotency-key: refused-1"];
    let first = call("POST /v1/things", key, "{}").await;
    let again = call("POST /v1/things", key, "{}").await;
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_eq!(again.headers["content-type"], problem::MEDIA_TYPE);
    let key = &[ADMIN, "idempotency-key: broken-1"];
    for _ in 0..2 {
        let broken = call("POST /v1/things", key, "{\"title\":\"panic\"}").await;
        assert_eq!(broken.status, 500);
        assert!(!broken.headers.contains_key("idempotent-replayed"));
    }
    let bad = call("POST /v1/things", &[ADMIN, "idempotency-key: a b"], "{}").await;
    assert_eq!((bad.status, bad.code().as_str()), (422, "invalid-fields"));
}

#[tokio::test]
async fn a_route_that_says_so_may_work_longer_than_others_and_its_caller_talk_no_longer() {
    let body = "{\"title\":\"sleep\"}";
    assert_eq!(call("POST /v1/works", &[ADMIN], body).await.status, 201);
    let (name, value) = ADMIN.split_once(": ").unwrap();
    let request = Request::builder().method("POST").uri("/v1/works").header(name, value);
    let request = request
        .header("content-type", "application/json")
        .body(Body::from_stream(Silence))
        .unwrap();
    let answer = server().oneshot(request);
    let answer = tokio::time::timeout(Duration::from_secs(5), answer).await.expect("an answer");
    assert_eq!(answer.unwrap().status(), StatusCode::GATEWAY_TIMEOUT);
}

#[tokio::test]
async fn a_slow_request_ends_in_time_and_its_key_finds_the_answer_later() {
    let key = &[ADMIN, "idempotency-key: slow-1"];
    let body = "{\"title\":\"sleep\"}";
    let slow = call("POST /v1/things", key, body).await;
    assert_eq!((slow.status, slow.code().as_str()), (504, "timeout"));
    let running = call("POST /v1/things", key, body).await;
    assert_eq!((running.status, running.code().as_str()), (409, "idempotency-in-progress"));
    tokio::time::sleep(Duration::from_millis(200)).await;
    let done = call("POST /v1/things", key, body).await;
    assert_eq!(done.status, 201);
    assert_eq!(done.headers["idempotent-replayed"], "true");
}

#[tokio::test]
async fn who_hangs_up_is_counted_once_and_as_nobodys_failure() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let told = recorder.handle();
    let _counts = metrics::set_default_local_recorder(&recorder);
    let asked = call("POST /v1/things", &[ADMIN], "{\"title\":\"sleep\"}");
    assert!(tokio::time::timeout(Duration::from_millis(20), asked).await.is_err(), "it waits");
    // What was begun goes on, and tells nobody of its end.
    tokio::time::sleep(Duration::from_millis(300)).await;
    call("GET /v1/things/a", &[READ], "").await;
    let told = told.render();
    let lines = told.lines().filter(|it| it.starts_with("http_requests_total{"));
    let mut lines: Vec<&str> = lines.collect();
    lines.sort_unstable();
    let [read, left] = lines[..] else { panic!("{told}") };
    assert!(read.contains("GET") && read.contains("200") && read.ends_with(" 1"), "{read}");
    assert!(left.contains("POST") && left.contains("\"499\"") && left.ends_with(" 1"), "{left}");
}

#[tokio::test]
async fn whoever_works_on_a_request_holds_its_key_as_long_as_it_takes() {
    let key = &[ADMIN, "idempotency-key: linger-1"];
    let body = "{\"title\":\"linger\"}";
    let mut answer = call("POST /v1/things", key, body).await;
    assert_eq!(answer.status, 504);
    // It is done once its lease has been renewed, and not before.
    while answer.status != 201 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        answer = call("POST /v1/things", key, body).await;
        assert!(matches!(answer.status, 201 | 409), "{}", answer.body);
    }
    assert_eq!(RENEWALS.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_is_text_is_compressed_for_those_who_can_read_it() {
    for encoding in ["gzip", "br"] {
        let accepts = format!("accept-encoding: {encoding}");
        let answer = raw("GET /openapi.json", &[&accepts]).await;
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-encoding"), encoding);
        assert!(header("vary").contains("accept-encoding"));
    }
    let plain = call("GET /openapi.json", &[], "").await;
    assert!(!plain.headers.contains_key("content-encoding"));
    let known = format!("if-none-match: {}", plain.headers["etag"].to_str().unwrap());
    assert_eq!(call("GET /openapi.json", &[&known], "").await.status, 304);
}

#[tokio::test]
async fn the_document_names_routes_roles_and_schemas() {
    let document = call("GET /openapi.json", &[], "").await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let put = &document["paths"]["/v1/things/{id}"]["put"];
    assert_eq!(put["security"], json!([{"key": ["admin", "merchant"]}]));
    assert_eq!(put["description"], "Keys with role admin or merchant may do this.");
    let thing = &document["components"]["schemas"]["Thing"];
    assert_eq!(thing["additionalProperties"], false);
    assert_eq!(document["components"]["securitySchemes"]["key"]["scheme"], "bearer");
}
