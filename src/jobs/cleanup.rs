//! Throws away what nobody will ask for any more. How long that is, is for `app`.

use crate::app::{App, AppError};

/// One turn.
pub async fn run(app: &App) {
    tell("old answers to repeated requests", app.forget_requests().await);
    tell("old webhook deliveries", app.forget_deliveries().await);
    tell("sessions that have ended", app.forget_sessions().await);
    tell("abandoned checkouts", app.forget_checkouts().await);
    tell("addresses of portals that have ended", app.forget_portals().await);
}

/// How many of something are gone, where there were any.
fn tell(what: &str, forgotten: Result<u64, AppError>) {
    match forgotten {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "{what} are forgotten"),
        Err(error) => tracing::warn!(%error, "{what} could not be forgotten"),
    }
}
