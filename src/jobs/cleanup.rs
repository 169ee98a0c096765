//! Throws away what nobody will ask for any more. How long that is, is for `app`.

use crate::app::App;

/// One turn.
pub async fn run(app: &App) {
    match app.forget_requests().await {
        Ok(0) => {}
        Ok(answers) => tracing::info!(answers, "old answers to repeated requests are forgotten"),
        Err(error) => tracing::warn!(%error, "old answers could not be forgotten"),
    }
    match app.forget_deliveries().await {
        Ok(0) => {}
        Ok(deliveries) => tracing::info!(deliveries, "old webhook deliveries are forgotten"),
        Err(error) => tracing::warn!(%error, "old webhook deliveries could not be forgotten"),
    }
    match app.forget_sessions().await {
        Ok(0) => {}
        Ok(sessions) => tracing::info!(sessions, "sessions that have ended are forgotten"),
        Err(error) => tracing::warn!(%error, "ended sessions could not be forgotten"),
    }
    match app.forget_checkouts().await {
        Ok(0) => {}
        Ok(checkouts) => tracing::info!(checkouts, "abandoned checkouts are forgotten"),
        Err(error) => tracing::warn!(%error, "abandoned checkouts could not be forgotten"),
    }
    match app.forget_portals().await {
        Ok(0) => {}
        Ok(portals) => tracing::info!(portals, "addresses of portals are forgotten"),
        Err(error) => tracing::warn!(%error, "ended addresses of portals could not be forgotten"),
    }
}
