//! Each request is answered in a task of its own. A client may hang up between any two bytes, and a
//! time limit may end: what has begun to write is done to its end all the same, no connection to
//! the database is left in the middle of something, and who sends the request again finds it done.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use crate::app::caller::{self, Caller};
use crate::app::tasks::joined;
use crate::edge::problem::{self, Problem};

/// Answers a request in a task of its own; one that only reads ends early where nobody waits, and
/// one that has not begun to write does not begin.
pub(crate) async fn answer(request: Request, next: Next) -> Response {
    let id = problem::request_id().unwrap_or_default();
    let only_reads = request.method().is_safe();
    let answering = problem::within_request(id, next.run(request)).in_current_span();
    let caller = Caller::new();
    let task = if only_reads {
        tokio::spawn(caller::waiting(&caller, answering))
    } else {
        tokio::spawn(caller::writing(&caller, answering))
    };
    joined(task).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the task of a request broke");
        Problem::internal().into_response()
    })
}
