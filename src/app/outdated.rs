//! A later release that has changed the tables so that this program cannot work on them: it is seen
//! at the next decision, at the next statement that fails, or by looking now and then. What to do
//! then is for whoever serves.

use crate::store::{Schema, StoreError};

use super::{App, AppError};

impl App {
    /// Waits until this program cannot work on the book any more.
    pub async fn outdated(&self) {
        // The sender is ours: waiting cannot fail.
        self.inner.outdated.subscribe().wait_for(|outdated| *outdated).await.ok();
    }

    /// Looks whether it still can.
    ///
    /// # Errors
    /// Unavailable where it cannot, or where the database is away.
    pub async fn check_tables(&self) -> Result<(), AppError> {
        match self.inner.store.schema().await? {
            Schema::Absent | Schema::Older | Schema::Current | Schema::Extended => Ok(()),
            Schema::Newer => {
                self.inner.outdated.send_replace(true);
                Err(StoreError::Newer.into())
            }
        }
    }

    /// What came of a transaction. A statement that failed may have named what is not there any
    /// more: then nothing is broken, and another server answers.
    pub(super) async fn unless_outdated(&self, done: Result<(), AppError>) -> Result<(), AppError> {
        match &done {
            Err(AppError::Unavailable(StoreError::Newer)) => {
                self.inner.outdated.send_replace(true);
            }
            Err(AppError::Broken(error)) if is_of_a_statement(error.as_ref()) => {
                if let Err(newer @ AppError::Unavailable(StoreError::Newer)) =
                    self.check_tables().await
                {
                    return Err(newer);
                }
            }
            _ => {}
        }
        done
    }
}

fn is_of_a_statement(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(StoreError::Sql(_)))
}
