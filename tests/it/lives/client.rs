//! Requests to a router, in process. What they mean is known elsewhere.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, header};
use serde_json::Value;
use tower::ServiceExt;

/// The most pages of a list that are read.
const PAGES_MAX: usize = 100;

/// A router and the key that opens it.
pub(crate) struct Client {
    /// The engine.
    pub(crate) router: Router,
    /// An admin key.
    pub(crate) key: String,
}

impl Client {
    /// Reads.
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, Body::empty()).await
    }

    /// Writes under a name.
    pub(crate) async fn put(&self, path: &str, body: &Value) -> (u16, Value) {
        self.call(Method::PUT, path, Body::from(body.to_string())).await
    }

    /// Does.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.call(Method::POST, path, Body::from(body.to_string())).await
    }

    /// Reads a list to its end.
    pub(crate) async fn list(&self, path: &str) -> Result<Vec<Value>, String> {
        let mut data = Vec::new();
        let mut uri = format!("{path}?limit=200");
        for _ in 0..PAGES_MAX {
            let (status, answer) = self.get(&uri).await;
            let page = answer["data"].as_array().ok_or_else(|| format!("{status} {answer}"))?;
            data.extend(page.iter().cloned());
            let Some(cursor) = answer["next_cursor"].as_str() else {
                return Ok(data);
            };
            uri = format!("{path}?limit=200&cursor={cursor}");
        }
        Err(format!("{path} never ends"))
    }

    /// One request and its answer; a body that is not JSON is read as a string.
    async fn call(&self, method: Method, path: &str, body: Body) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)
            .expect("a request");
        let response = match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::String(text)))
    }
}
