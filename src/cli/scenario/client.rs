//! Asks the server's own routes, in process.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, header};
use serde_json::Value;
use tower::ServiceExt;

/// The most pages of a list that are read.
const PAGES_MAX: usize = 1_000;

/// The server and the key that opens it.
pub(super) struct Client {
    router: Router,
    key: &'static str,
}

/// An answer of the server.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Reply {
    pub(super) fn is_fine(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl Client {
    pub(super) fn new(router: Router, key: &'static str) -> Self {
        Self { router, key }
    }

    pub(super) async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, Body::empty()).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.call(Method::POST, path, Body::from(body.to_string())).await
    }

    /// A list to its end; an answer that is none is an empty one.
    pub(super) async fn list(&self, path: &str, filter: &str) -> Vec<Value> {
        let mut found = Vec::new();
        let first = format!("{path}?limit=200{filter}");
        let mut uri = first.clone();
        for _ in 0..PAGES_MAX {
            let mut answer = self.get(&uri).await.body;
            if let Some(page) = answer["data"].as_array_mut() {
                found.append(page);
            }
            let Some(cursor) = answer["next_cursor"].as_str() else {
                break;
            };
            uri = format!("{first}&cursor={cursor}");
        }
        found
    }

    async fn call(&self, method: Method, path: &str, body: Body) -> Reply {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body);
        let request = match request {
            Ok(request) => request,
            Err(error) => return broken(&format!("{path} cannot be asked: {error}")),
        };
        let response = match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let status = response.status().as_u16();
        let bytes = match to_bytes(response.into_body(), usize::MAX).await {
            Ok(bytes) => bytes,
            Err(error) => return broken(&format!("{path} was not answered: {error}")),
        };
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        Reply { status, body: serde_json::from_slice(&bytes).unwrap_or_else(|_| text()) }
    }
}

fn broken(said: &str) -> Reply {
    Reply { status: 599, body: Value::String(said.to_owned()) }
}
