//! How the answer to a POST is written into the transaction that does its work: the same request
//! sent again finds it there, whatever became of the first answer.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};

use crate::app::idempotency::{self, KeptAnswer};
use crate::app::{App, AppError};
use crate::edge::etag;
use crate::edge::idempotency::ClaimedRequest;
use crate::edge::problem::{self, Code, Problem};

/// The engine for one request. It is used as [`IdempotentEngine::answering`] gives it.
pub(crate) struct IdempotentEngine {
    app: App,
    claimed: Option<ClaimedRequest>,
}

/// How what was done is answered; the handler answers alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As JSON, with this status.
    Plain(StatusCode),
    /// As JSON with its `ETag`.
    Tagged(StatusCode),
    /// With a secret, which must be kept nowhere: a repetition is answered with 409.
    Secret,
}

impl FromRequestParts<App> for IdempotentEngine {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self { app: app.clone(), claimed: parts.extensions.get().cloned() })
    }
}

impl IdempotentEngine {
    /// The engine, which keeps an answer of this form with what it does, if the request came with
    /// an `Idempotency-Key`.
    pub(crate) fn answering(self, form: Form) -> App {
        let Some(ClaimedRequest { claim, is_noted, kept }) = self.claimed else {
            return self.app;
        };
        let id = problem::request_id().unwrap_or_default();
        let render = move |outcome: Result<&str, &AppError>| {
            problem::naming(id.clone(), || match outcome {
                Ok(json) => form.answer(json),
                Err(refusal) => refused(&Problem::told(refusal)),
            })
        };
        let render = Arc::new(render);
        self.app.for_request(idempotency::IdempotentRequest { claim, is_noted, render, kept })
    }
}

impl Form {
    fn answer(self, json: &str) -> KeptAnswer {
        let content_type = (header::CONTENT_TYPE.to_string(), "application/json".to_owned());
        let (status, headers) = match self {
            Self::Plain(status) => (status, vec![content_type]),
            Self::Tagged(status) => {
                (status, vec![content_type, (header::ETAG.to_string(), etag::tag_of(json))])
            }
            Self::Secret => return refused(&secret()),
        };
        KeptAnswer { status: status.as_u16(), headers, body: json.to_owned() }
    }
}

/// What is replayed of an answer that held a secret: that it was done, not what it held.
fn secret() -> Problem {
    let detail = "this was done before, and its answer held a secret that is kept nowhere: \
                  where it got lost, make another (a new key and revoke that one, or rotate again)";
    Problem::new(Code::Conflict, detail)
}

fn refused(problem: &Problem) -> KeptAnswer {
    KeptAnswer {
        status: problem.code.status().as_u16(),
        headers: vec![(header::CONTENT_TYPE.to_string(), problem::MEDIA_TYPE.to_owned())],
        body: problem.to_json(),
    }
}
