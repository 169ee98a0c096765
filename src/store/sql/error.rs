//! What can go wrong in the store. Which of it a caller may try again is said here, what is told
//! to the outside is not.

/// Why the store did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address is none of a database that we can use.
    #[error("'{0}' is no database URL; give sqlite:PATH, sqlite::memory: or postgres://HOST/NAME")]
    Url(String),
    /// The database cannot be reached, or refuses all service.
    #[error("the database is unreachable: {0}")]
    Unreachable(#[source] sqlx::Error),
    /// Somebody else holds what was needed for too long.
    #[error("the database is busy: {0}")]
    Busy(#[source] sqlx::Error),
    /// A statement failed.
    #[error("a statement failed: {0}")]
    Sql(#[source] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("the migration failed: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The commit failed: nothing of the transaction is there.
    #[error("the commit failed: {0}")]
    Commit(String),
    /// A statement had failed and the caller went on; nothing is stored.
    #[error("a transaction with a failed statement cannot be committed")]
    Aborted,
    /// What was to be new is there already, or what was to be changed is gone.
    #[error("a row of {table} is not as it was when loaded")]
    Stale {
        /// The table.
        table: &'static str,
    },
    /// A stored value is none that we could have stored.
    #[error("{table}.{column} of {row} is corrupt")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's id.
        row: String,
    },
    /// A stored value is not even of its column's type.
    #[error("{table}.{column} cannot be read")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// The column.
        column: String,
    },
    /// A column of a multi-row statement has values of several types.
    #[error("{0:?} is of another type than the values above it")]
    Mixed(super::Arg),
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// A fault that a test asked for.
    #[error("injected fault")]
    Injected,
}

impl StoreError {
    /// Whether trying again later may help: the database is away, overloaded or out of space.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        matches!(
            self,
            Self::Unreachable(_) | Self::Busy(_) | Self::Commit(_) | Self::Closed | Self::Injected
        )
    }

    /// Whether it is about a row that holds what nothing stores.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Corrupt { .. } | Self::Unreadable { .. })
    }

    /// The same, with the table named where a value of one of its rows could not be decoded.
    #[must_use]
    pub fn reading(self, table: &'static str) -> Self {
        match self {
            Self::Sql(sqlx::Error::ColumnDecode { index, .. }) => {
                Self::Unreadable { table, column: index.trim_matches('"').to_owned() }
            }
            other => other,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        let told = error.as_database_error();
        let code = told.and_then(sqlx::error::DatabaseError::code);
        let code = code.unwrap_or_default().into_owned();
        match &error {
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => {
                Self::Unreachable(error)
            }
            E::Database(_) => match code.as_str() {
                // SQLite: busy, locked and their extended codes; PostgreSQL: serialization
                // failure, deadlock, lock timeout.
                "5" | "6" | "261" | "262" | "517" | "773" | "40001" | "40P01" | "55P03" => {
                    Self::Busy(error)
                }
                // SQLite: input/output, full, cannot open.
                "10" | "13" | "14" => Self::Unreachable(error),
                code if code.len() == 5 && is_outage(code) => Self::Unreachable(error),
                _ => Self::Sql(error),
            },
            _ => Self::Sql(error),
        }
    }
}

/// Whether an SQLSTATE says that the server, not the statement, is in trouble: connection
/// failures (08), no resources (53), shutdown or start-up (57P), refused log-in (28, 3D).
fn is_outage(state: &str) -> bool {
    ["08", "53", "57P", "28", "3D"].iter().any(|class| state.starts_with(class))
}
