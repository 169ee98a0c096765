//! Ends offers after orders that nobody has answered in time, and gives back the gifts of holds
//! that have lapsed, also where nobody looks.

use crate::app::App;

/// One turn.
pub async fn run(app: &App) {
    match app.end_overdue_upsells().await {
        Ok(0) => {}
        Ok(offers) => tracing::debug!(offers, "offers after orders have ended"),
        Err(error) => tracing::warn!(%error, "offers after orders could not be ended"),
    }
    match app.release_lapsed_gifts().await {
        Ok(0) => {}
        Ok(holds) => tracing::debug!(holds, "gifts of lapsed holds are back"),
        Err(error) => tracing::warn!(%error, "gifts of lapsed holds could not be given back"),
    }
}
