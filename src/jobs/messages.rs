//! Queues the messages of steps that are due, and sends what is to be sent: whoever is slow to take
//! a message keeps no step waiting.

use crate::app::App;

/// One turn: the steps.
pub async fn take_steps(app: &App) {
    match app.take_steps().await {
        Ok(0) => {}
        Ok(done) => tracing::debug!(done, "steps of automations are done"),
        Err(error) => tracing::warn!(%error, "steps of automations could not be done"),
    }
}

/// One turn: the messages, for a few seconds; the next turn goes on at once.
pub async fn send(app: &App) {
    match app.send_messages().await {
        Ok(0) => {}
        Ok(done) => tracing::debug!(done, "messages of automations are done"),
        Err(error) => tracing::warn!(%error, "messages of automations could not be sent"),
    }
}
