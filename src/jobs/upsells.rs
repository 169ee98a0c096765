//! Ends offers after orders that nobody has answered in time, also where nobody looks.

use crate::app::App;

/// One turn.
pub async fn run(app: &App) {
    match app.end_overdue_upsells().await {
        Ok(0) => {}
        Ok(offers) => tracing::debug!(offers, "offers after orders have ended"),
        Err(error) => tracing::warn!(%error, "offers after orders could not be ended"),
    }
}
