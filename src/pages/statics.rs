//! Static files, under names that hold the hash of their content: a browser may keep them for
//! good. Which there are is for `render::assets`.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::edge::problem::{Code, Problem};
use crate::render::assets;

/// A year, and no asking in between: another content has another name.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

/// A file by its name with the hash.
pub(super) async fn file(Path(name): Path<String>, asked: HeaderMap) -> Response {
    let Some(asset) = assets::find(&name) else {
        return Problem::new(Code::NotFound, "there is no file of this name").into_response();
    };
    let tag = format!("\"{name}\"");
    let known = asked.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let is_known = known.is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static(FOR_GOOD)),
        (header::ETAG, HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\""))),
    ];
    if is_known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, asset.text).into_response()
}
