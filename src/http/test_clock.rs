//! The simulated clock of a book, where it has one.

use axum::Json;
use axum::extract::State;
use tracing::Instrument;

use crate::app::test_clock::ClockTarget;
use crate::app::{App, AppError};
use crate::edge::auth::Merchant;
use crate::edge::extract;
use crate::edge::problem::Problem;
use crate::http::billing::show;
use crate::wire::test_clock::{AdvanceBody, Advanced, TestClock};

/// Shows where the simulated clock stands.
#[utoipa::path(get, path = "/v1/test-clock", tag = "test clock",
    responses((status = 200, body = TestClock), (status = 404, body = Problem)))]
pub(super) async fn get_clock(
    State(app): State<App>,
    Merchant(merchant): Merchant,
) -> Result<Json<TestClock>, Problem> {
    let (now, today) = app.test_clock(&merchant).await?;
    Ok(Json(TestClock { now, today }))
}

/// Moves the simulated clock of the whole book forward, and does what falls due on the way, for
/// every merchant; with a key of the merchant `default`.
#[utoipa::path(post, path = "/v1/test-clock/advance", tag = "test clock",
    request_body = AdvanceBody,
    responses((status = 200, body = Advanced), (status = 404, body = Problem)))]
pub(super) async fn advance(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    extract::Json(body): extract::Json<AdvanceBody>,
) -> Result<Json<Advanced>, Problem> {
    app.test_clock(&merchant).await?;
    let wrong = || Problem::invalid_field("/to", ClockTarget::WORDS);
    let to = ClockTarget::parse(&body.to).ok_or_else(wrong)?;
    // In a task of its own: a caller that hangs up must not leave the clock half way.
    let moving = app.clone();
    let owner = merchant.clone();
    let work = async move { moving.advance(&owner, to).await };
    let run = tokio::spawn(work.in_current_span()).await.map_err(AppError::broken)??;
    let (now, today) = app.test_clock(&merchant).await?;
    Ok(Json(Advanced { run: show(&run), now, today }))
}
