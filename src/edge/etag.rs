//! Versions of things: a strong `ETag` on what is read, `If-Match` before it is changed.
//!
//! The check and the change must see the same version: what was checked is handed on as
//! [`Expected`], and compared once more in the transaction that writes.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::app::expected::Expected;
use crate::domain::hex::hex;
use crate::edge::errors::found;
use crate::edge::problem::{Code, Problem};

/// How much of the digest makes a version: more than chance ever meets.
const TAG_BYTES: usize = 16;

/// One thing, answered with its `ETag`.
#[derive(Clone, Debug)]
pub struct WithEtag<T>(pub StatusCode, pub T);

impl<T> WithEtag<T> {
    /// A thing that was read.
    pub const fn read(thing: T) -> Self {
        Self(StatusCode::OK, thing)
    }

    /// A thing that was written: created, or replaced.
    pub const fn written(created: bool, thing: T) -> Self {
        let status = if created { StatusCode::CREATED } else { StatusCode::OK };
        Self(status, thing)
    }
}

impl<T: Serialize> WithEtag<T> {
    /// The answer with the tag of the thing, but another body: with what is shown this once.
    pub fn showing<B: Serialize>(&self, body: &B) -> Response {
        let Self(status, thing) = self;
        match (version(thing), json(body)) {
            (Some((_, tag)), Some(text)) => tagged(*status, &tag, text),
            _ => Problem::internal().into_response(),
        }
    }
}

impl<T: Serialize> IntoResponse for WithEtag<T> {
    fn into_response(self) -> Response {
        let Self(status, thing) = self;
        match version(&thing) {
            Some((text, tag)) => tagged(status, &tag, text),
            None => Problem::internal().into_response(),
        }
    }
}

/// An answer that is written already, as JSON.
#[derive(Debug, Clone)]
pub struct WrittenJson(pub String);

impl IntoResponse for WrittenJson {
    fn into_response(self) -> Response {
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        ([kind], self.0).into_response()
    }
}

/// An answer with its tag.
fn tagged(status: StatusCode, tag: &str, text: String) -> Response {
    let tag = HeaderValue::from_str(tag).unwrap_or(HeaderValue::from_static("\"\""));
    (status, [(header::ETAG, tag)], WrittenJson(text)).into_response()
}

/// The JSON of a thing.
fn json<T: Serialize>(thing: &T) -> Option<String> {
    serde_json::to_string(thing)
        .inspect_err(|error| tracing::error!(%error, "an answer is not JSON"))
        .ok()
}

/// The JSON of a thing and the tag of this version of it.
fn version<T: Serialize>(thing: &T) -> Option<(String, String)> {
    let text = json(thing)?;
    let tag = tag_of(&text);
    Some((text, tag))
}

/// The version of a thing, for those who show it elsewhere than in an answer of the API; empty
/// for what cannot be shown at all.
pub fn version_of<T: Serialize>(thing: &T) -> String {
    version(thing).map_or_else(String::new, |(_, tag)| tag)
}

/// The tag of a thing whose JSON this is.
pub(crate) fn tag_of(json: &str) -> String {
    format!("\"{}\"", hex(&Sha256::digest(json)[..TAG_BYTES]))
}

/// What a request says about the version that it wants to change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preconditions {
    if_match: Option<Vec<String>>,
    if_none_match: Option<Vec<String>>,
}

impl Preconditions {
    /// That the thing is still as it was seen, by its [`version_of`]; that it is not there, where
    /// none was.
    #[must_use]
    pub fn as_seen(version: &str) -> Self {
        let tags = |tag: &str| Some(vec![tag.to_owned()]);
        match version {
            "" => Self { if_match: None, if_none_match: tags("*") },
            version => Self { if_match: tags(version), if_none_match: None },
        }
    }

    /// Whether the request sets any: if not, nobody need load the current version.
    #[must_use]
    pub const fn any(&self) -> bool {
        self.if_match.is_some() || self.if_none_match.is_some()
    }

    /// Reads the thing with what is shown of it, and holds the conditions against it, if there
    /// are any: what must still be there when it is written.
    ///
    /// # Errors
    /// A 412 as of [`check`](Self::check), or why it cannot be read.
    pub async fn hold<T, S: Serialize>(
        &self,
        read: impl Future<Output = Result<(T, S), Problem>>,
    ) -> Result<Expected<T>, Problem> {
        if !self.any() {
            return Ok(Expected::Anything);
        }
        if let Some((thing, shown)) = found(read.await)? {
            self.check(Some(&shown))?;
            return Ok(Expected::This(thing));
        }
        self.check::<S>(None)?;
        Ok(Expected::Nothing)
    }

    /// The same for what is judged before it is stored: what is wrong with what was sent is told
    /// before what is wrong with its version.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub async fn expect<T, S: Serialize>(
        &self,
        read: impl Future<Output = Result<(T, S), Problem>>,
    ) -> Result<Expected<T>, Problem> {
        match self.hold(read).await {
            Err(problem) if problem.code == Code::PreconditionFailed => {
                Ok(Expected::Other(problem.detail))
            }
            held => held,
        }
    }

    /// Holds the conditions against the thing as it stands, `None` where there is none.
    ///
    /// # Errors
    /// A 412 when it has been changed since it was read, or is there and must not be.
    pub fn check<T: Serialize>(&self, current: Option<&T>) -> Result<(), Problem> {
        if !self.any() {
            return Ok(());
        }
        let tag = match current.map(version) {
            Some(None) => return Err(Problem::internal()),
            Some(Some((_, tag))) => Some(tag),
            None => None,
        };
        let named = |tags: &[String]| {
            tag.as_ref().is_some_and(|tag| tags.iter().any(|named| named == "*" || named == tag))
        };
        if self.if_match.as_deref().is_some_and(|tags| !named(tags)) {
            let detail = "`If-Match` names another version: read it again";
            return Err(Problem::new(Code::PreconditionFailed, detail));
        }
        if self.if_none_match.as_deref().is_some_and(named) {
            let detail = "`If-None-Match` names the version that is there";
            return Err(Problem::new(Code::PreconditionFailed, detail));
        }
        Ok(())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Preconditions {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self {
            if_match: tags(&parts.headers, &header::IF_MATCH),
            if_none_match: tags(&parts.headers, &header::IF_NONE_MATCH),
        })
    }
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<String>> {
    headers.contains_key(name).then(|| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).map(|tag| tag.trim().to_owned()).collect()
    })
}

/// Answers 304 to a read whose `If-None-Match` names the version that would be sent.
pub(crate) async fn not_modified(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let known = if reads { tags(request.headers(), &header::IF_NONE_MATCH) } else { None };
    let response = next.run(request).await;
    let Some(known) = known else { return response };
    let tag = response.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok());
    // A read compares weakly (RFC 9110, section 13.1.2).
    let same = |tag: &str| known.iter().any(|k| k == "*" || k.trim_start_matches("W/") == tag);
    match tag {
        Some(tag) if response.status() == StatusCode::OK && same(tag) => {
            let tag = [(header::ETAG, tag.to_owned())];
            (StatusCode::NOT_MODIFIED, tag).into_response()
        }
        _ => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn conditions(name: HeaderName, value: &str) -> Preconditions {
        let request = Request::builder().header(name, value).body(()).unwrap();
        match Preconditions::from_request_parts(&mut request.into_parts().0, &()).await {
            Ok(conditions) => conditions,
        }
    }

    #[tokio::test]
    async fn conditions_compare_versions() {
        let (old, new) = ("old", "new");
        let (_, tag) = version(&old).unwrap();
        let both = format!("\"x\", {tag}");
        let weak = format!("W/{tag}");
        // The header, its value, what is there, whether the change may go on.
        let table = [
            (header::IF_MATCH, tag.as_str(), Some(&old), true),
            (header::IF_MATCH, both.as_str(), Some(&old), true),
            (header::IF_MATCH, "*", Some(&old), true),
            (header::IF_MATCH, tag.as_str(), Some(&new), false),
            (header::IF_MATCH, weak.as_str(), Some(&old), false),
            (header::IF_MATCH, tag.as_str(), None, false),
            (header::IF_MATCH, "*", None, false),
            (header::IF_NONE_MATCH, "*", None, true),
            (header::IF_NONE_MATCH, "*", Some(&old), false),
            (header::IF_NONE_MATCH, tag.as_str(), Some(&new), true),
        ];
        for (name, value, current, fits) in table {
            let conditions = conditions(name.clone(), value).await;
            assert_eq!(conditions.check(current).is_ok(), fits, "{name}: {value}, {current:?}");
        }
        assert!(Preconditions::default().check::<&str>(None).is_ok());
        let seen = Preconditions::as_seen(&version_of(&old));
        assert!(seen.check(Some(&old)).is_ok() && seen.check(Some(&new)).is_err());
        assert!(seen.check::<&str>(None).is_err(), "it is gone");
        let unseen = Preconditions::as_seen("");
        assert!(unseen.check::<&str>(None).is_ok() && unseen.check(Some(&old)).is_err());
    }

    #[test]
    fn the_tag_of_an_answer_is_the_tag_that_is_checked() {
        let response = WithEtag(StatusCode::OK, "old").into_response();
        assert_eq!(response.headers()["etag"], version(&"old").unwrap().1);
        assert_eq!(response.headers()["content-type"], "application/json");
    }
}
