//! Notes in the book that a server is at work, so that the next one sees whether its clock jumped.

use crate::app::App;

/// Notes it once.
pub async fn run(app: &App) {
    if let Err(error) = app.note_seen().await {
        tracing::warn!(%error, "the book could not be told that it is seen");
    }
}
