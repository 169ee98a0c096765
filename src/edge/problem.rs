//! Errors as the outside sees them: RFC 9457 problems. The only place with error status codes.
//!
//! Which code fits which failure is decided where the failure is known; what a code means to a
//! client stands in the one table here, and a test holds `docs/reference.md` to it.

use std::fmt::Write as _;
use std::future::Future;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::domain::names::names;

/// How long a client should wait before it asks again, where asking again can help.
const RETRY_AFTER_SECONDS: &str = "1";

/// The media type of every problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

macro_rules! codes {
    ($($variant:ident $code:tt $status:ident $title:literal;)+) => {
        names! {
            /// The stable code that ends a problem's `type`: kebab-case, and never changed.
            pub enum Code {
                $(#[doc = $title] $variant = $code,)+
            }
        }

        impl Code {
            /// The HTTP status that goes with the code.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }

            /// What the code means, in one sentence that is the same every time.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }
        }
    };
}

codes! {
    InvalidJson "invalid-json" BAD_REQUEST "The body is not valid JSON";
    Ambiguous "ambiguous" BAD_REQUEST "The request says two things where it must say one";
    Unauthorized "unauthorized" UNAUTHORIZED "A valid API key is needed";
    PaymentRequired "payment-required" PAYMENT_REQUIRED "Something is due and no payment was given";
    Forbidden "forbidden" FORBIDDEN "The role of this key does not allow it";
    NotFound "not-found" NOT_FOUND "There is no such thing";
    MethodNotAllowed "method-not-allowed" METHOD_NOT_ALLOWED "This path does not take this method";
    Conflict "conflict" CONFLICT "It does not fit the current state";
    AlreadySubscribed "already-subscribed" CONFLICT "The customer already has this offer";
    ChangeNotPossible "change-not-possible" CONFLICT "No path can carry out this change now";
    CheckoutStale "checkout-stale" CONFLICT "What the checkout rested on has changed";
    OfferInactive "offer-inactive" CONFLICT "The offer is not sold any more";
    OutOfStock "out-of-stock" CONFLICT "There is not enough left of something";
    CartChanged "cart-changed" CONFLICT "What the cart gets is not what was shown";
    OrderExists "order-exists" CONFLICT "Another order has this id";
    OrderCancelled "order-cancelled" CONFLICT "The order was cancelled";
    NothingOffered "nothing-offered" CONFLICT "Nothing was offered after the order";
    OfferAnswered "offer-answered" CONFLICT "The offer was answered otherwise";
    OfferGone "offer-gone" CONFLICT "What was offered is sold out or removed";
    CouponUsed "coupon-used" CONFLICT "The coupon was redeemed as often as it can be";
    CouponNotYours "coupon-not-yours" CONFLICT "The coupon is somebody else's";
    CouponHeld "coupon-held" CONFLICT "A checkout holds the coupon for a moment";
    CouponNotApplicable "coupon-not-applicable" CONFLICT "The coupon is not for this";
    DocumentIncomplete "document-incomplete" CONFLICT
        "The document lacks what an electronic invoice needs";
    WrongState "wrong-state" CONFLICT "Nothing leads there from where it stands";
    ChannelNotReady "channel-not-ready" CONFLICT "A step cannot be sent";
    Forgotten "forgotten" CONFLICT "The customer's data were deleted";
    UnlimitedStock "unlimited-stock" CONFLICT "There is no limit to the stock of this product";
    StillInUse "still-in-use" CONFLICT "Something that runs depends on it";
    TooManyRules "too-many-rules" CONFLICT
        "There are as many active rules of this kind as may be, or they say as much";
    NotPending "not-pending" CONFLICT "The scheduled change is not pending any more";
    AlreadyPaid "already-paid" CONFLICT "The invoice is paid";
    PaymentUsed "payment-used" CONFLICT "The payment has completed another customer's checkout";
    NotPaid "not-paid" CONFLICT "It is not paid";
    AlreadyBounced "already-bounced" CONFLICT "The payment has bounced already";
    AlreadyCancelled "already-cancelled" CONFLICT "It is cancelled already";
    AlreadyCompleted "already-completed" CONFLICT "The checkout is completed";
    NotHeld "not-held" CONFLICT "The checkout is not held";
    NotCancelled "not-cancelled" CONFLICT "There is no cancellation to take back";
    AlreadyEnded "already-ended" CONFLICT "The subscription has ended";
    SourceHeld "source-held" CONFLICT "A checkout holds the subscription for a moment";
    IdempotencyInProgress "idempotency-in-progress" CONFLICT
        "The first request with this key is still running";
    OfferExpired "offer-expired" GONE "The offer was not answered in time";
    CouponExpired "coupon-expired" GONE "The coupon can be redeemed no more";
    CheckoutExpired "checkout-expired" GONE "The checkout has expired";
    PreconditionFailed "precondition-failed" PRECONDITION_FAILED
        "It has been changed since it was read";
    TooLarge "too-large" PAYLOAD_TOO_LARGE "The body is too large";
    UnsupportedMediaType "unsupported-media-type" UNSUPPORTED_MEDIA_TYPE "The body is not JSON";
    InvalidFields "invalid-fields" UNPROCESSABLE_ENTITY "Some fields are not as they must be";
    IdempotencyKeyReused "idempotency-key-reused" UNPROCESSABLE_ENTITY
        "This key was used for another request";
    ClockBackwards "clock-backwards" UNPROCESSABLE_ENTITY "The clock never goes back";
    TooManyRequests "too-many-requests" TOO_MANY_REQUESTS "There are too many requests";
    Internal "internal" INTERNAL_SERVER_ERROR "Something broke on our side";
    Unavailable "unavailable" SERVICE_UNAVAILABLE "The service cannot answer right now";
    Timeout "timeout" GATEWAY_TIMEOUT "The request took too long";
    OutOfSpace "out-of-space" INSUFFICIENT_STORAGE "The database has no space left";
}

/// One fault of a request: where it is and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// A JSON pointer into the request.
    #[schema(example = "/price/amount")]
    pub pointer: String,
    /// What is wrong, and how to mend it.
    #[schema(example = "must be a decimal amount such as \"9.90\"")]
    pub detail: String,
}

impl FieldError {
    /// A fault at `pointer`.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// An error answer (RFC 9457). Some codes add members of their own, such as `checkout` or
/// `considered`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Problem)]
struct Body {
    /// Ends in a stable code.
    #[serde(rename = "type")]
    #[schema(example = "/problems/invalid-fields")]
    kind: String,
    /// That code.
    #[schema(example = "invalid-fields")]
    code: &'static str,
    /// What the code means.
    #[schema(example = "Some fields are not as they must be")]
    title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// What happened this time.
    #[schema(example = "/price/amount must be a decimal amount such as \"9.90\"")]
    detail: String,
    /// The faults of a request, each at its place; with status 422.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
    /// The `x-request-id` of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    request_id: Option<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    members: Map<String, Value>,
}

/// An error on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What kind of error it is.
    pub code: Code,
    /// What happened this time, in a sentence for people.
    pub detail: String,
    /// The faults of the request, each at its place.
    pub errors: Vec<FieldError>,
    /// Few have any.
    members: Box<Map<String, Value>>,
}

impl Problem {
    /// A problem with this code; `detail` says what happened this time.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), members: Box::default() }
    }

    /// A 404: "there is no tag `x`".
    #[must_use]
    pub fn not_found(noun: &str, id: &str) -> Self {
        Self::new(Code::NotFound, format!("there is no {noun} `{id}`"))
    }

    /// A 422 that lists every fault, in the order of their places.
    #[must_use]
    pub fn invalid(mut errors: Vec<FieldError>) -> Self {
        errors.sort();
        errors.dedup();
        let detail = match errors.as_slice() {
            [] => "the request cannot be used".to_owned(),
            [one] if one.pointer.is_empty() => one.detail.clone(),
            [one] => format!("{} {}", one.pointer, one.detail),
            [one, rest @ ..] => format!("{} {} (and {} more)", one.pointer, one.detail, rest.len()),
        };
        Self { errors, ..Self::new(Code::InvalidFields, detail) }
    }

    /// The same where there is any fault.
    #[must_use]
    pub fn any_invalid(errors: Vec<FieldError>) -> Option<Self> {
        (!errors.is_empty()).then(|| Self::invalid(errors))
    }

    /// A 422 with one fault.
    pub fn invalid_field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(pointer, detail)])
    }

    /// A 500. The cause is for the log, never for the client.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(Code::Internal, "the error has been logged under this request's id")
    }

    /// The same problem with one more member, such as the fresh `checkout` of a stale one.
    #[must_use]
    pub fn with<T: Serialize>(mut self, member: &str, value: &T) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => {
                self.members.insert(member.to_owned(), value);
            }
            Err(error) => tracing::error!(%error, member, "a problem's member is not JSON"),
        }
        self
    }
}

tokio::task_local! {
    /// The id of the request that this task works on.
    static REQUEST_ID: String;
}

/// Runs `work` so that every problem made in it carries this request's id.
pub(crate) async fn within_request<F: Future>(id: String, work: F) -> F::Output {
    REQUEST_ID.scope(id, work).await
}

/// Makes problems that carry this request's id, where the request's own task is another.
pub(crate) fn naming<T>(id: String, make: impl FnOnce() -> T) -> T {
    REQUEST_ID.sync_scope(id, make)
}

/// The id of the request that is being worked on, if there is one.
#[must_use]
pub fn request_id() -> Option<String> {
    REQUEST_ID.try_with(Clone::clone).ok()
}

impl Problem {
    /// The problem as it is sent.
    pub(crate) fn to_json(&self) -> String {
        let body = Body {
            kind: format!("/problems/{}", self.code.name()),
            code: self.code.name(),
            title: self.code.title().to_owned(),
            status: self.code.status().as_u16(),
            detail: self.detail.clone(),
            errors: self.errors.clone(),
            request_id: request_id(),
            members: (*self.members).clone(),
        };
        serde_json::to_string(&body).unwrap_or_default()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let text = self.to_json();
        let retry_after = self.members.get("retry_after").and_then(Value::as_i64);
        let mut response = (self.code.status(), text).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        match self.code {
            Code::Unauthorized => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Code::Unavailable | Code::OutOfSpace | Code::IdempotencyInProgress => {
                let seconds = HeaderValue::from_static(RETRY_AFTER_SECONDS);
                headers.insert(header::RETRY_AFTER, seconds);
            }
            Code::SourceHeld => {
                headers.extend(retry_after.map(|seconds| (header::RETRY_AFTER, seconds.into())));
            }
            _ => {}
        }
        response
    }
}

impl ToSchema for Problem {
    fn name() -> std::borrow::Cow<'static, str> {
        <Body as ToSchema>::name()
    }

    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
        <Body as ToSchema>::schemas(schemas);
    }
}

impl utoipa::PartialSchema for Problem {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        <Body as utoipa::PartialSchema>::schema()
    }
}

/// The table of all codes, as `docs/reference.md` shows it.
#[must_use]
pub fn markdown_table() -> String {
    let mut table = String::from("| code | status | means |\n|---|---|---|\n");
    for code in Code::ALL {
        let (name, status) = (code.name(), code.status().as_u16());
        // Writing to a string cannot fail.
        let _ = writeln!(table, "| `{name}` | {status} | {} |", code.title());
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    async fn parts(problem: Problem) -> (Response, Value) {
        let response = problem.into_response();
        let (head, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, 10_000).await.unwrap();
        (
            Response::from_parts(head, axum::body::Body::empty()),
            serde_json::from_slice(&bytes).unwrap(),
        )
    }

    #[test]
    fn codes_are_unique_kebab_case_and_ordered_by_status() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for name in names {
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
        }
        assert!(Code::ALL.is_sorted_by_key(|code| code.status()));
        assert!(Code::ALL.iter().all(|code| code.status().as_u16() >= 400));
    }

    #[test]
    fn the_table_has_one_row_per_code() {
        let table = markdown_table();
        assert_eq!(table.lines().count(), Code::ALL.len() + 2);
        assert!(table.contains("| `checkout-expired` | 410 | The checkout has expired |"));
    }

    #[tokio::test]
    async fn a_problem_says_what_and_where() {
        let problem = Problem::invalid(vec![
            FieldError::new("/title", "is missing"),
            FieldError::new("/price", "is missing"),
            FieldError::new("/title", "is missing"),
        ]);
        let (response, body) = parts(problem).await;
        assert_eq!(response.status().as_u16(), 422);
        assert_eq!(response.headers()["content-type"], MEDIA_TYPE);
        assert_eq!(body["type"], "/problems/invalid-fields");
        assert_eq!(body["code"], "invalid-fields");
        assert_eq!(body["status"], 422);
        assert_eq!(body["detail"], "/price is missing (and 1 more)");
        assert_eq!(body["errors"][1]["pointer"], "/title");
        assert!(body.get("request_id").is_none());
    }

    #[tokio::test]
    async fn a_problem_carries_its_request_and_members() {
        let problem = Problem::new(Code::CheckoutStale, "the price has changed")
            .with("checkout", &serde_json::json!({"id": "chk_1"}));
        let (response, body) = within_request("r-1".to_owned(), parts(problem)).await;
        assert_eq!(response.status().as_u16(), 409);
        assert_eq!(body["checkout"]["id"], "chk_1");
        assert_eq!(body["request_id"], "r-1");
    }

    #[tokio::test]
    async fn headers_go_with_their_code() {
        let (response, _) = parts(Problem::new(Code::Unavailable, "busy")).await;
        assert_eq!(response.headers()["retry-after"], "1");
        let (response, _) = parts(Problem::new(Code::Unauthorized, "no key")).await;
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
    }
}
