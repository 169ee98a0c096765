//! Lists in pages: `limit` and `cursor` in, `data` and `next_cursor` out.
//!
//! What a list is sorted by, and so what its keys are, is left to those who load it.

use std::marker::PhantomData;

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, ToSchema};

use crate::app::reads::{self, Gathered, PAGE_BYTES_MAX};
use crate::app::{App, AppError};
use crate::domain::ids::MerchantId;
use crate::edge::extract::{deserialized, query_members};
use crate::edge::problem::Problem;

/// How many things a page has when nobody says.
const LIMIT_DEFAULT: u16 = 50;
/// How many things a page has at most.
const LIMIT_MAX: u16 = 200;
/// How much of the digest guards a cursor: enough to catch typing and mixing up, no secret.
const GUARD_BYTES: usize = 4;

/// Where a list starts and how long it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    limit: u16,
    /// The sort key of the last thing on the page before; the first page has none.
    pub after: Option<String>,
    /// Which list it is: a cursor fits only the list that it came from.
    list: String,
    /// What has been read for it.
    gathered: Gathered,
}

impl ListQuery {
    /// How many rows to load: one more than is shown tells whether there is a next page.
    #[must_use]
    pub const fn rows(&self) -> u16 {
        self.limit + 1
    }

    /// The rows to load, as `app` is asked for them.
    #[must_use]
    pub fn wanted(&self) -> reads::Page {
        let page = reads::Page::first(i64::from(self.rows()));
        reads::Page { after: self.after.clone(), ..page.gathering(&self.gathered) }
    }

    /// The page made of the loaded rows, written: it ends as soon as it is as large as a page may
    /// be. `key` gives the sort key of a row.
    ///
    /// # Errors
    /// Busy where the merchant's turn to have it written does not come.
    pub async fn written<R, T>(
        self,
        (app, merchant): (&App, &MerchantId),
        rows: Vec<R>,
        key: impl Fn(&R) -> String + Send + 'static,
        show: impl FnMut(R) -> T + Send + 'static,
    ) -> Result<Response, Problem>
    where
        R: Send + 'static,
        T: Serialize,
    {
        let bytes = self.gathered.bytes();
        let written = app.compute_much(merchant, bytes, move || self.write(rows, key, show));
        let body = written.await?.map_err(AppError::from)?;
        Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
    }

    fn write<R, T: Serialize>(
        &self,
        mut rows: Vec<R>,
        key: impl Fn(&R) -> String,
        mut show: impl FnMut(R) -> T,
    ) -> Result<Vec<u8>, serde_json::Error> {
        let limit = usize::from(self.limit);
        let mut is_more = rows.len() > limit || self.gathered.ended_early();
        rows.truncate(limit);
        let (mut body, mut last) = (br#"{"data":["#.to_vec(), None);
        for row in rows {
            if body.len() >= PAGE_BYTES_MAX {
                is_more = true;
                break;
            }
            if last.is_some() {
                body.push(b',');
            }
            last = Some(key(&row));
            serde_json::to_writer(&mut body, &show(row))?;
        }
        let next = last.filter(|_| is_more).map(|last| self.cursor(&last));
        body.extend_from_slice(br#"],"next_cursor":"#);
        serde_json::to_writer(&mut body, &next)?;
        body.push(b'}');
        Ok(body)
    }

    /// The page made of the loaded rows; `key` gives the sort key of a row.
    pub fn answer<R, T>(
        &self,
        mut rows: Vec<R>,
        key: impl Fn(&R) -> String,
        show: impl FnMut(R) -> T,
    ) -> ListOf<T> {
        let more = rows.len() > usize::from(self.limit) || self.gathered.ended_early();
        rows.truncate(usize::from(self.limit));
        let next_cursor = rows.last().filter(|_| more).map(|last| self.cursor(&key(last)));
        ListOf { data: rows.into_iter().map(show).collect(), next_cursor }
    }

    fn cursor(&self, key: &str) -> String {
        let mut bytes = guard(&self.list, key).to_vec();
        bytes.extend_from_slice(key.as_bytes());
        URL_SAFE_NO_PAD.encode(&bytes)
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ListOf<T> {
    /// The things on this page.
    pub data: Vec<T>,
    /// The `cursor` of the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// The parameters that every list takes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents the parameters; `List` reads them by name")]
pub struct PageQuery {
    /// How many things at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// The `next_cursor` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// The filter of a list that has none.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
pub struct NoFilter {}

/// A page of a list that is filtered by `F`.
#[derive(Clone, Debug)]
pub struct List<F> {
    /// Which of the things are wanted.
    pub filter: F,
    /// Which part of them.
    pub page: ListQuery,
}

/// A filter together with the page: either alone would not know the other's names.
struct FilterAndPage<F>(PhantomData<F>);

impl<F: IntoParams> IntoParams for FilterAndPage<F> {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = F::into_params(&place);
        parameters.extend(PageQuery::into_params(place));
        parameters
    }
}

impl<S, F> FromRequestParts<S> for List<F>
where
    S: Send + Sync,
    F: DeserializeOwned + IntoParams + 'static,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut members = query_members::<FilterAndPage<F>>(&parts.uri)?;
        let limit = members.remove("limit");
        let cursor = members.remove("cursor");
        let list = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
        let after = match cursor.as_ref().and_then(Value::as_str) {
            None | Some("") => None,
            Some(cursor) => Some(read_cursor(&list, cursor)?),
        };
        let limit = limit.as_ref().and_then(Value::as_u64).and_then(|limit| limit.try_into().ok());
        let limit = limit.unwrap_or(LIMIT_DEFAULT).min(LIMIT_MAX);
        let page = ListQuery { limit, after, list, gathered: Gathered::default() };
        Ok(Self { filter: deserialized(Value::Object(members))?, page })
    }
}

fn read_cursor(list: &str, cursor: &str) -> Result<String, Problem> {
    let read = || {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (found, key) = bytes.split_at_checked(GUARD_BYTES)?;
        let key = String::from_utf8(key.to_vec()).ok()?;
        (guard(list, &key) == found).then_some(key)
    };
    let refusal = "is not a cursor of this list: pass on `next_cursor` as it came";
    read().ok_or_else(|| Problem::invalid_field("/cursor", refusal))
}

fn guard(list: &str, key: &str) -> [u8; GUARD_BYTES] {
    let digest = Sha256::new().chain_update(list).chain_update([0]).chain_update(key).finalize();
    let mut guard = [0; GUARD_BYTES];
    for (to, from) in guard.iter_mut().zip(digest) {
        *to = from;
    }
    guard
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, IntoParams)]
    #[into_params(parameter_in = Query)]
    struct ByCustomer {
        customer: Option<String>,
    }

    async fn list(query: &str) -> Result<List<ByCustomer>, Problem> {
        let uri = format!("/v1/things{query}");
        let request = axum::http::Request::builder().uri(uri).body(()).unwrap();
        List::from_request_parts(&mut request.into_parts().0, &()).await
    }

    #[tokio::test]
    async fn pages_follow_each_other() {
        let first = list("?customer=ada&limit=2").await.unwrap();
        assert_eq!(first.filter.customer.as_deref(), Some("ada"));
        assert_eq!((first.page.rows(), first.page.after.as_deref()), (3, None));
        let answer = first.page.answer(vec![1, 2, 3], ToString::to_string, |row| row * 10);
        assert_eq!(answer.data, [10, 20]);
        let cursor = answer.next_cursor.unwrap();
        let next = list(&format!("?limit=2&cursor={cursor}")).await.unwrap();
        assert_eq!(next.page.after.as_deref(), Some("2"));
        let last = next.page.answer(vec![3, 4], ToString::to_string, |row| row);
        assert_eq!((last.data, last.next_cursor), (vec![3, 4], None));
    }

    #[tokio::test]
    async fn a_page_ends_once_it_is_large_and_the_next_goes_on_behind_it() {
        let page = list("?limit=9").await.unwrap().page;
        let written = |page: &ListQuery, rows: Vec<usize>| {
            let row = |row: usize| format!("{row}{}", "x".repeat(3 << 20));
            let body = page.write(rows, ToString::to_string, row).unwrap();
            serde_json::from_slice::<ListOf<String>>(&body).unwrap()
        };
        let first = written(&page, vec![1, 2, 3]);
        assert_eq!(first.data.len(), 2);
        let cursor = first.next_cursor.unwrap();
        let next = list(&format!("?cursor={cursor}")).await.unwrap().page;
        assert_eq!(next.after.as_deref(), Some("2"));
        let last = written(&next, vec![3]);
        assert_eq!((last.data.len(), last.next_cursor), (1, None));
        assert_eq!(written(&next, Vec::new()), ListOf { data: Vec::new(), next_cursor: None });
    }

    #[tokio::test]
    async fn bad_pages_are_refused_at_their_parameter() {
        let of_other = |page| ListQuery { list: "other".to_owned(), ..page };
        let foreign = of_other(list("").await.unwrap().page).cursor("2");
        let table = [
            ("?limit=0".to_owned(), "/limit"),
            ("?limit=201".to_owned(), "/limit"),
            ("?limit=ten".to_owned(), "/limit"),
            ("?cursor=x".to_owned(), "/cursor"),
            (format!("?cursor={foreign}"), "/cursor"),
            ("?limt=1".to_owned(), "/limt"),
        ];
        for (query, pointer) in table {
            let problem = list(&query).await.unwrap_err();
            assert_eq!(problem.errors[0].pointer, pointer, "{query}");
        }
        assert_eq!(list("?cursor=").await.unwrap().page.after, None);
    }
}
