//! Work that goes on in a task of its own, whoever waits for it.

use tokio::task::{JoinError, JoinHandle};

/// What a task came to. Where it panicked, whoever waits for it does.
///
/// # Errors
/// That it was ended from outside.
pub async fn joined<T>(task: JoinHandle<T>) -> Result<T, JoinError> {
    match task.await {
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        done => done,
    }
}
