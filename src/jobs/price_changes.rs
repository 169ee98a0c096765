//! Goes on with price changes that are not done: whoever decided on one may be gone.

use crate::app::App;

/// One turn.
pub async fn run(app: &App) {
    match app.work_price_changes().await {
        Ok(0) => {}
        Ok(open) => tracing::debug!(open, "price changes were gone on with"),
        Err(error) => tracing::warn!(%error, "price changes are gone on with later"),
    }
}
