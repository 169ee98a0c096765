//! Static files, under names that hold the hash of their content: a browser may keep them for
//! good. Which there are is for `render::assets`.

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::edge::problem::{Code, Problem};
use crate::render::assets::{self, Coding};

/// A year, and no asking in between: another content has another name.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

/// Below this, what is saved by compressing is lost again by saying so.
const SHORT: usize = 512;

/// The address of one of our files.
pub(super) fn link(name: &str) -> String {
    assets::address(name).unwrap_or_default()
}

/// A file by its name with the hash.
pub(super) async fn file(Path(name): Path<String>, asked: HeaderMap) -> Response {
    let Some(asset) = assets::find(&name) else {
        return Problem::new(Code::NotFound, "there is no file of this name").into_response();
    };
    let coding = coding(&asked).filter(|_| asset.content.text.len() > SHORT);
    let tag = match coding {
        Some(coding) => format!("\"{name}-{}\"", token(coding)),
        None => format!("\"{name}\""),
    };
    let known = asked.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let is_known = known.is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static(FOR_GOOD)),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
        (header::ETAG, HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\""))),
    ];
    if is_known {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let Some(coding) = coding else { return (headers, asset.content.text).into_response() };
    let coded = [(header::CONTENT_ENCODING, token(coding))];
    (headers, coded, Bytes::from_static(asset.compressed(coding))).into_response()
}

/// The name of a coding in headers.
const fn token(coding: Coding) -> &'static str {
    match coding {
        Coding::Brotli => "br",
        Coding::Gzip => "gzip",
    }
}

/// The smallest that the client takes, if any.
fn coding(asked: &HeaderMap) -> Option<Coding> {
    let lines = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|it| it.to_str().ok());
    let named: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let takes = |coding: &Coding| {
        let mut parts = named.iter().filter_map(|it| {
            let (name, weight) = it.split_once(';').unwrap_or((it, ""));
            (name.trim() == token(*coding)).then_some(weight.trim())
        });
        // A weight of nothing is a refusal.
        parts
            .next_back()
            .is_some_and(|weight| !matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    };
    [Coding::Brotli, Coding::Gzip].into_iter().find(takes)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn sent(accepts: &str, known: &str) -> Response {
        let address = link("swagger-ui.css");
        let mut asked = HeaderMap::new();
        asked.insert(header::ACCEPT_ENCODING, accepts.parse().unwrap());
        asked.insert(header::IF_NONE_MATCH, known.parse().unwrap());
        file(Path(address.rsplit('/').next().unwrap().to_owned()), asked).await
    }

    #[tokio::test]
    async fn a_file_comes_as_its_reader_takes_it() {
        let table = [
            ("", ""),
            ("gzip, deflate, br, zstd", "br"),
            ("gzip;q=1.0, br;q=0", "gzip"),
            ("gzip", "gzip"),
            ("zstd", ""),
            ("br;q=0.5", "br"),
        ];
        for (accepts, coding) in table {
            let answer = sent(accepts, "").await;
            let header = |name| answer.headers().get(name).map_or("", |it| it.to_str().unwrap());
            assert_eq!(header(header::CONTENT_ENCODING), coding, "{accepts}");
            assert_eq!(header(header::VARY), "accept-encoding");
            let tag = header(header::ETAG).to_owned();
            assert_eq!(sent(accepts, &tag).await.status(), 304, "{accepts}");
        }
        let (plain, small) = (sent("", "").await, sent("br", "").await);
        assert_ne!(plain.headers()[header::ETAG], small.headers()[header::ETAG]);
        let size = async |it: Response| axum::body::to_bytes(it.into_body(), 1 << 20).await;
        assert!(size(small).await.unwrap().len() * 4 < size(plain).await.unwrap().len());
    }
}
