//! Queues the messages of steps that are due, and sends what is to be sent.

use crate::app::App;

/// One turn.
pub async fn run(app: &App) {
    match app.work_automations().await {
        Ok(0) => {}
        Ok(done) => tracing::debug!(done, "steps and messages of automations are done"),
        Err(error) => tracing::warn!(%error, "messages of automations could not be sent"),
    }
}
