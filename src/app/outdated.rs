//! A later release that has changed the tables so that this program cannot work on them: it is seen
//! at the next decision, at the next statement that fails, or by looking now and then. What to do
//! then is for whoever serves.

use tokio::sync::watch;

use crate::store::{Schema, Store, StoreError};

use super::AppError;

/// Whether a later release has changed the tables, so that this program must stop.
#[derive(Default)]
pub(super) struct Outdated(watch::Sender<bool>);

impl Outdated {
    /// Waits until it must.
    pub(super) async fn wait(&self) {
        // The sender is ours: waiting cannot fail.
        self.0.subscribe().wait_for(|outdated| *outdated).await.ok();
    }

    /// Looks whether it can still work on the book.
    pub(super) async fn check(&self, store: &Store) -> Result<(), AppError> {
        match store.schema().await? {
            Schema::Absent | Schema::Older | Schema::Current | Schema::Extended => Ok(()),
            Schema::Newer => {
                self.0.send_replace(true);
                Err(StoreError::Newer.into())
            }
        }
    }

    /// Why a transaction failed. A statement may have named what is not there any more: then
    /// nothing is broken, and another server answers.
    pub(super) async fn judge(&self, store: &Store, error: AppError) -> AppError {
        match &error {
            AppError::Unavailable(StoreError::Newer) => {
                self.0.send_replace(true);
            }
            AppError::Broken(broken) if is_of_a_statement(broken.as_ref()) => {
                if let Err(newer @ AppError::Unavailable(StoreError::Newer)) =
                    self.check(store).await
                {
                    return newer;
                }
            }
            _ => {}
        }
        error
    }
}

fn is_of_a_statement(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(StoreError::Sql(_)))
}
