//! Notes in the book that a server is at work, so that the next one sees whether its clock jumped,
//! and looks whether this program can still work on it.

use crate::app::App;

/// Notes it once.
pub async fn run(app: &App) {
    if let Err(error) = app.note_seen().await {
        tracing::warn!(%error, "the book could not be told that it is seen");
    }
}

/// Looks once; whoever serves is told by the engine.
pub async fn look(app: &App) {
    if let Err(error) = app.check_tables().await {
        tracing::warn!(%error, "the tables of the book could not be looked at");
    }
}
