//! What handlers take from a request: a body, a query or an id that has been found to fit its
//! published schema, or a problem that lists every fault.
//!
//! What fits is for `schema`; whether what is named exists is for the handlers.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::Segment;
use utoipa::{IntoParams, ToSchema};

use crate::domain::fault::pointer_step;
use crate::domain::ids::is_valid_id;
use crate::edge::problem::{Code, FieldError, Problem};
use crate::edge::schema::BodySchema;
use crate::edge::unambiguous;

/// What an id of the caller's choice is, in words.
const ID_WORDS: &str =
    "must be an id of 1 to 128 of the characters A-Z a-z 0-9 . _ : - and not dots alone";

/// A JSON body that fits the schema of `T`. An empty body counts as `{}` where that fits.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<S, T> FromRequest<S> for Json<T>
where
    S: Send + Sync,
    T: DeserializeOwned + ToSchema + 'static,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let leniency = content_type(request.headers())?;
        let bytes = read_body(request, state).await?;
        parse(&bytes, leniency).map(Self)
    }
}

/// Reads a whole body, within the limit that the router sets.
///
/// # Errors
/// A 413 when the body is longer, a 400 when it breaks off.
pub async fn read_body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            Problem::new(Code::TooLarge, "the body is longer than this server takes")
        }
        other if is_late(&other) => {
            Problem::new(Code::Timeout, "the body did not come in time: send it at once")
        }
        _ => Problem::new(Code::InvalidJson, "the body broke off"),
    })
}

/// Whether a body was cut because it took too long.
fn is_late(error: &(dyn std::error::Error + 'static)) -> bool {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let mut io = causes.filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.any(|cause| cause.kind() == std::io::ErrorKind::TimedOut)
}

/// Keeps out what no database takes and no honest client sends: the character U+0000, here in an
/// address; schemas refuse it elsewhere in `/v1`, and name the parameter. For the routes of data:
/// what pages are asked they read in their own ways.
pub(crate) async fn refuse_nul(request: Request, next: Next) -> Response {
    let uri = request.uri();
    let has_nul = |text: &str| text.contains("%00");
    if has_nul(uri.path()) {
        return Problem::new(Code::NotFound, "there is nothing at this path").into_response();
    }
    if !uri.path().starts_with("/v1/") && uri.query().is_some_and(has_nul) {
        return Problem::invalid_field("", "must not contain the character U+0000").into_response();
    }
    next.run(request).await
}

/// What to say of a body that is not JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DeclaredType {
    /// Nothing, or JSON: it was meant to be JSON.
    Json,
    /// A form, which `curl -d` claims of everything: tolerated if it is JSON in truth.
    Form,
}

fn content_type(headers: &HeaderMap) -> Result<DeclaredType, Problem> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok(DeclaredType::Json);
    };
    let text = value.to_str().unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/json" | "text/json" => Ok(DeclaredType::Json),
        other if other.starts_with("application/") && other.ends_with("+json") => {
            Ok(DeclaredType::Json)
        }
        "application/x-www-form-urlencoded" => Ok(DeclaredType::Form),
        other => Err(unsupported(other)),
    }
}

fn unsupported(essence: &str) -> Problem {
    let detail = format!("the content-type must be application/json, not `{essence}`");
    Problem::new(Code::UnsupportedMediaType, detail)
}

fn parse<T>(bytes: &[u8], declared: DeclaredType) -> Result<T, Problem>
where
    T: DeserializeOwned + ToSchema + 'static,
{
    match parse_with_faults::<T>(bytes, declared)? {
        (value, faults) if faults.is_empty() => deserialized(value),
        (_, faults) => Err(Problem::invalid(faults)),
    }
}

/// The JSON of a body, and every fault that the schema of `T` finds in it.
fn parse_with_faults<T>(
    bytes: &[u8],
    declared: DeclaredType,
) -> Result<(Value, Vec<FieldError>), Problem>
where
    T: ToSchema + 'static,
{
    let schema = BodySchema::of_body::<T>()?;
    let nothing = Value::Object(Map::new());
    let may_be_empty = || schema.faults(&nothing).is_empty();
    let value = match read_json(bytes, declared) {
        Err(_) if bytes.iter().all(u8::is_ascii_whitespace) && may_be_empty() => nothing,
        read => read?,
    };
    let faults = schema.faults(&value);
    Ok((value, faults))
}

/// The JSON of a body that must be there.
///
/// # Errors
/// Where there is none, or it is not JSON, or too long.
pub(crate) async fn body_value<S: Send + Sync>(
    request: Request,
    state: &S,
) -> Result<Value, Problem> {
    let declared = content_type(request.headers())?;
    read_json(&read_body(request, state).await?, declared)
}

fn read_json(bytes: &[u8], declared: DeclaredType) -> Result<Value, Problem> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::new(Code::InvalidJson, "the body is empty"));
    }
    unambiguous::read(bytes).map_err(|error| match declared {
        DeclaredType::Json => Problem::new(Code::InvalidJson, error.to_string()),
        DeclaredType::Form => unsupported("application/x-www-form-urlencoded"),
    })
}

/// A value that fits its schema as `T`; what serde still refuses is told at the root.
pub(crate) fn deserialized<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let steps = error.path().iter().filter_map(|step| match step {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", pointer_step(key))),
            Segment::Enum { .. } | Segment::Unknown => None,
        });
        let pointer: String = steps.collect();
        let said = error.inner().to_string();
        // The schema has judged all but how a whole number is written: as `1.0`, or too long.
        let is_number = said.starts_with("invalid type: floating point");
        let detail = if is_number { "must be a whole number without a point".into() } else { said };
        Problem::invalid_field(pointer, detail)
    })
}

/// A query that has the parameters of `T` and no others.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Send + Sync,
    T: DeserializeOwned + IntoParams + 'static,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let members = query_members::<T>(&parts.uri)?;
        deserialized(Value::Object(members)).map(Self)
    }
}

/// The parameters of a query that fits the schema of `T`.
pub(crate) fn query_members<T>(uri: &Uri) -> Result<Map<String, Value>, Problem>
where
    T: IntoParams + 'static,
{
    let schema = BodySchema::of_query::<T>()?;
    let members = Value::Object(query_pairs(uri, &schema)?);
    let faults = schema.faults(&members);
    match members {
        Value::Object(members) if faults.is_empty() => Ok(members),
        _ => Err(Problem::invalid(faults)),
    }
}

/// The pairs of a query as JSON, with numbers and booleans where the schema wants them.
fn query_pairs(uri: &Uri, schema: &BodySchema) -> Result<Map<String, Value>, Problem> {
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|rejection| Problem::invalid_field("", rejection.body_text()))?;
    let mut members = Map::new();
    let mut twice = Vec::new();
    for (name, text) in pairs.0 {
        let value = match (schema.type_of(&name), text.parse::<i64>(), text.as_str()) {
            (Some("integer"), Ok(number), _) => Value::from(number),
            (Some("boolean"), _, "true") => Value::Bool(true),
            (Some("boolean"), _, "false") => Value::Bool(false),
            _ => Value::String(text),
        };
        if members.insert(name.clone(), value).is_some() {
            let pointer = format!("/{}", pointer_step(&name));
            twice.push(FieldError::new(pointer, "is given more than once"));
        }
    }
    if twice.is_empty() { Ok(members) } else { Err(Problem::invalid(twice)) }
}

/// The `{id}` of the path. One that cannot exist is a 404, or, where it is to be written, a 422.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let refused = |method: &Method| {
            if *method == Method::PUT {
                Problem::invalid_field("/id", ID_WORDS)
            } else {
                Problem::new(Code::NotFound, "there is nothing with this id")
            }
        };
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(id)) if is_valid_id(&id) => Ok(Self(id)),
            _ => Err(refused(&parts.method)),
        }
    }
}

/// The two ids of a path, of a thing and of one that belongs to it. Where one cannot exist it is
/// a 404.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdPair(pub String, pub String);

impl<S: Send + Sync> FromRequestParts<S> for IdPair {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<(String, String)>::from_request_parts(parts, state).await {
            Ok(Path((one, other))) if is_valid_id(&one) && is_valid_id(&other) => {
                Ok(Self(one, other))
            }
            _ => Err(Problem::new(Code::NotFound, "there is nothing with this id")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    /// An ISO 8601 period.
    ///
    /// From one day to a hundred years.
    #[derive(ToSchema)]
    #[schema(pattern = "^P([1-9][0-9]?|100)[DWMY]$", example = "P1M", max_length = 5)]
    struct Period(#[expect(dead_code, reason = "only its schema is used")] String);

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        Digital,
        Physical,
    }

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read from requests")]
    struct Price {
        #[schema(pattern = "^[0-9]+$", example = "9")]
        amount: String,
        currency: String,
    }

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read from requests")]
    struct Thing {
        #[schema(min_length = 1, max_length = 5)]
        title: String,
        price: Price,
        list_price: Option<Price>,
        #[schema(value_type = Option<Period>)]
        term: Option<String>,
        kind: Option<Kind>,
        #[schema(value_type = Option<Vec<Period>>, min_items = 1)]
        periods: Option<Vec<String>>,
        #[schema(minimum = 1, maximum = 9)]
        count: Option<u32>,
        #[serde(default)]
        #[schema(default = false)]
        active: bool,
    }

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    struct Nothing {}

    /// The faults of a body, one a line; the members that every thing needs are added to it.
    fn faults(body: &str) -> String {
        let whole = match body {
            "" => r#"{"title":"T","price":{"amount":"1","currency":"EUR"}}"#.to_owned(),
            _ => format!(r#"{{"title":"T","price":{{"amount":"1","currency":"EUR"}},{body}}}"#),
        };
        raw_faults(&whole)
    }

    fn raw_faults(body: &str) -> String {
        match parse::<Thing>(body.as_bytes(), DeclaredType::Json) {
            Ok(_) => "fits".to_owned(),
            Err(problem) if problem.errors.is_empty() => problem.code.name().to_owned(),
            Err(problem) => {
                let line = |error: &FieldError| format!("{} {}", error.pointer, error.detail);
                problem.errors.iter().map(line).collect::<Vec<_>>().join("\n")
            }
        }
    }

    #[test]
    fn every_fault_is_found_and_told_in_words() {
        let known = "known fields are `active`, `count`, `kind`, `list_price`, `periods`, \
                     `price`, `term`, `title`";
        let far = format!("/zzz unknown field `zzz`: {known}");
        let table = [
            ("", "fits"),
            (r#""term":null,"kind":null"#, "fits"),
            (r#""term":"P2Y","kind":"digital","periods":["P1M"],"count":9"#, "fits"),
            (r#""tittle":"x""#, "/tittle unknown field `tittle`: did you mean `title`?"),
            (r#""zzz":1"#, far.as_str()),
            (r#""term":"1M""#, "/term must be an ISO 8601 period such as \"P1M\""),
            (r#""term":1"#, "/term must be an ISO 8601 period such as \"P1M\""),
            (r#""kind":"x""#, "/kind must be one of `digital`, `physical`"),
            (r#""kind":3"#, "/kind must be one of `digital`, `physical`"),
            (r#""active":null"#, "/active must be true or false"),
            (r#""periods":[]"#, "/periods must not be empty"),
            (r#""periods":["P1M",1]"#, "/periods/1 must be an ISO 8601 period such as \"P1M\""),
            (r#""count":10"#, "/count must be at most 9"),
            (r#""count":0"#, "/count must be at least 1"),
            (r#""count":"1""#, "/count must be a whole number"),
            (r#""list_price":{"amount":"1"}"#, "/list_price/currency is missing"),
            (r#""list_price":7"#, "/list_price must be an object"),
            (
                r#""list_price":{"amount":"1","currency":"EUR","a/b":1}"#,
                "/list_price/a~1b unknown field `a/b`: known fields are `amount`, `currency`",
            ),
        ];
        for (body, expected) in table {
            assert_eq!(faults(body), expected, "{body}");
        }
    }

    #[test]
    fn bodies_that_lack_or_break_everything() {
        let table = [
            ("", "invalid-json"),
            ("   ", "invalid-json"),
            ("{", "invalid-json"),
            (r#"{"title":"a","title":"b"}"#, "invalid-json"),
            (r#"{"title":"a","price":{"amount":"1","amount":"2"}}"#, "invalid-json"),
            ("{}", "/price is missing\n/title is missing"),
            ("[]", " must be an object"),
            ("null", " must be an object"),
            (
                r#"{"title":"","price":{"amount":"x","currency":1}}"#,
                "/price/amount \"x\" does not match \"^[0-9]+$\"\n\
                 /price/currency must be a string\n/title must not be empty",
            ),
            (
                r#"{"title":"123456","price":3}"#,
                "/price must be an object\n/title must have at most 5 characters",
            ),
            (
                r#"{"title":"a\u0000","price":{"amount":"1","currency":"EUR"}}"#,
                "/title must not contain the character U+0000",
            ),
            (
                r#"{"title":"T","price":{"amount":"1","currency":"EUR"},"count":1.0}"#,
                "/count must be a whole number without a point",
            ),
        ];
        for (body, expected) in table {
            assert_eq!(raw_faults(body), expected, "{body}");
        }
    }

    #[test]
    fn an_empty_body_is_an_empty_object_where_that_fits() {
        assert!(parse::<Nothing>(b"", DeclaredType::Json).is_ok());
        let problem = parse::<Nothing>(b"{\"a\":1}", DeclaredType::Json).unwrap_err();
        assert_eq!(problem.errors[0].detail, "unknown field `a`: no fields are known here");
    }

    #[test]
    fn content_types_are_judged_by_what_they_claim() {
        let table = [
            (None, Ok(DeclaredType::Json)),
            (Some("application/json; charset=utf-8"), Ok(DeclaredType::Json)),
            (Some("APPLICATION/JSON"), Ok(DeclaredType::Json)),
            (Some("application/merge-patch+json"), Ok(DeclaredType::Json)),
            (Some("application/x-www-form-urlencoded"), Ok(DeclaredType::Form)),
            (Some("text/plain"), Err(Code::UnsupportedMediaType)),
            (Some("multipart/form-data; boundary=x"), Err(Code::UnsupportedMediaType)),
        ];
        for (value, expected) in table {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(header::CONTENT_TYPE, value.parse().unwrap());
            }
            assert_eq!(
                content_type(&headers).map_err(|problem| problem.code),
                expected,
                "{value:?}"
            );
        }
        let form = parse::<Nothing>(b"a=1", DeclaredType::Form).unwrap_err();
        assert_eq!(form.code, Code::UnsupportedMediaType);
        assert!(parse::<Nothing>(b"{}", DeclaredType::Form).is_ok());
    }

    #[derive(Debug, Deserialize, IntoParams)]
    #[into_params(parameter_in = Query)]
    #[expect(dead_code, reason = "only read from requests")]
    struct Filter {
        customer: Option<String>,
        #[param(inline)]
        kind: Option<Kind>,
        #[param(minimum = 1)]
        count: Option<u32>,
        dry: Option<bool>,
    }

    async fn query_faults(query: &str) -> String {
        let uri = format!("/v1/things{query}");
        let (mut parts, ()) =
            axum::http::Request::builder().uri(uri).body(()).unwrap().into_parts();
        match Query::<Filter>::from_request_parts(&mut parts, &()).await {
            Ok(_) => "fits".to_owned(),
            Err(problem) => problem.detail,
        }
    }

    #[tokio::test]
    async fn queries_are_as_strict_as_bodies() {
        let table = [
            ("", "fits"),
            ("?customer=ada&kind=digital&count=3&dry=true", "fits"),
            ("?customer=%00", "/customer must not contain the character U+0000"),
            ("?count=x", "/count must be a whole number"),
            ("?count=0", "/count must be at least 1"),
            ("?dry=maybe", "/dry must be true or false"),
            ("?kind=x", "/kind must be one of `digital`, `physical`"),
            ("?custmer=ada", "/custmer unknown parameter `custmer`: did you mean `customer`?"),
            ("?dry=true&dry=true", "/dry is given more than once"),
        ];
        for (query, expected) in table {
            assert_eq!(query_faults(query).await, expected, "{query}");
        }
    }

    #[test]
    fn ids_are_short_and_plain() {
        for good in ["a", "A.b_c:d-9", &"x".repeat(128)] {
            assert!(is_valid_id(good), "{good}");
        }
        for bad in ["", "a b", "ä", "a/b", "a\n", ".", "..", &"x".repeat(129)] {
            assert!(!is_valid_id(bad), "{bad}");
        }
    }
}
