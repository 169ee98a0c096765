//! What can go wrong in the store. Which of it a caller may try again is said here, what is told
//! to the outside is not.

/// What is said of tables that a later release has changed beyond what this program can work on.
const NEWER: &str = concat!(
    "this book was brought up to date by a later release than this crossgrade ",
    env!("CARGO_PKG_VERSION"),
    ", which cannot work on its tables any more: use that release, or restore the backup from \
     before the upgrade"
);

/// Why the store did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address is none of a database that we can use.
    #[error("'{0}' is no database URL; give sqlite:PATH, sqlite::memory: or postgres://HOST/NAME")]
    Url(String),
    /// The database cannot be reached, or refuses all service.
    #[error("the database is unreachable: {0}")]
    Unreachable(#[source] sqlx::Error),
    /// There is no file of this name.
    #[error("there is no file {0}")]
    Missing(String),
    /// Whoever runs this may not write to the file.
    #[error(
        "the book {0} cannot be written to by the user who runs this: run it as its owner (what \
         only looks needs no more than to read it)"
    )]
    NotWritable(String),
    /// The database has no room for more.
    #[error("the database has no space left: {0}")]
    Full(#[source] sqlx::Error),
    /// Somebody else holds what was needed for too long.
    #[error("the database is busy: {0}")]
    Busy(#[source] sqlx::Error),
    /// The database has taken the transaction back for the sake of another one: a deadlock, or
    /// two that cannot both be true.
    #[error("another transaction was in the way: {0}")]
    Collision(#[source] sqlx::Error),
    /// A statement failed.
    #[error("a statement failed: {0}")]
    Sql(#[source] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("the migration failed: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The tables are those of a later release, on which this program cannot work.
    #[error("{NEWER}")]
    Newer,
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
    #[error("{0} is of another type than the values above it")]
    Mixed(String),
    /// Whoever waited for what is read is gone.
    #[error("nobody waits for what is read")]
    Unawaited,
    /// The store is shutting down.
    #[error("the store is closed")]
    Closed,
    /// A fault that a test asked for.
    #[error("injected fault")]
    Injected,
}

impl StoreError {
    /// That there was no connection in time.
    #[must_use]
    pub fn no_connection() -> Self {
        Self::Unreachable(sqlx::Error::PoolTimedOut)
    }

    /// Whether trying again later may help: the database is away or overloaded, or another release
    /// goes on in our place.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.is_collision()
            || matches!(
                self,
                Self::Unreachable(_)
                    | Self::Busy(_)
                    | Self::Commit(_)
                    | Self::Closed
                    | Self::Newer
                    | Self::Injected
            )
    }

    /// Whether nothing was stored because of others who were at it at the same time: deciding
    /// again, on what they left, may come through at once.
    #[must_use]
    pub fn is_collision(&self) -> bool {
        matches!(self, Self::Collision(_) | Self::Stale { .. })
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

    /// Whether a row was to be new that the table has already.
    #[must_use]
    pub fn is_taken(&self, table: &str) -> bool {
        let Self::Sql(sqlx::Error::Database(told)) = self else { return false };
        // SQLite names the table in its message alone.
        told.is_unique_violation()
            && (told.table() == Some(table) || told.message().contains(&format!(": {table}.")))
    }

    /// Whether it is room that is missing.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// The same failure, of a commit.
    pub(super) fn at_commit(self) -> Self {
        match self {
            kept @ (Self::Full(_) | Self::Collision(_)) => kept,
            other => Self::Commit(other.to_string()),
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
            E::Database(_) => match trouble(&code) {
                DatabaseTrouble::Full => Self::Full(error),
                DatabaseTrouble::Busy => Self::Busy(error),
                DatabaseTrouble::Collision => Self::Collision(error),
                DatabaseTrouble::Outage => Self::Unreachable(error),
                DatabaseTrouble::Statement => Self::Sql(error),
            },
            _ => Self::Sql(error),
        }
    }
}

/// What a database's code says is in trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DatabaseTrouble {
    Full,
    Busy,
    Collision,
    Outage,
    Statement,
}

/// SQLite's codes have at most four digits, of which the lowest byte is the kind; an SQLSTATE
/// has five characters.
fn trouble(code: &str) -> DatabaseTrouble {
    match (code.len(), code.parse::<u32>()) {
        // Full; and writing or growing a file that failed, which is how some disks say so.
        (..5, Ok(13 | 778 | 4874)) => DatabaseTrouble::Full,
        (..5, Ok(code)) => match code & 0xff {
            // Its snapshot is older than what others have committed since.
            5 if code == 517 => DatabaseTrouble::Collision,
            // Busy, locked.
            5 | 6 => DatabaseTrouble::Busy,
            // Input and output, cannot open.
            10 | 14 => DatabaseTrouble::Outage,
            _ => DatabaseTrouble::Statement,
        },
        _ => sqlstate(code),
    }
}

fn sqlstate(state: &str) -> DatabaseTrouble {
    match state {
        "53100" => DatabaseTrouble::Full,
        // Serialization failure, deadlock.
        "40001" | "40P01" => DatabaseTrouble::Collision,
        // Too long for a lock; too long in all; idle in a transaction for too long.
        "55P03" | "57014" | "25P03" => DatabaseTrouble::Busy,
        // Connection failures (08), no resources (53), shutdown or start-up (57P), refused log-in
        // (28, 3D).
        _ if ["08", "53", "57P", "28", "3D"].iter().any(|class| state.starts_with(class)) => {
            DatabaseTrouble::Outage
        }
        _ => DatabaseTrouble::Statement,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_says_whose_trouble_it_is() {
        let table = [
            (DatabaseTrouble::Full, &["13", "778", "4874", "53100"][..]),
            (DatabaseTrouble::Busy, &["5", "6", "261", "262", "773", "55P03", "57014", "25P03"]),
            (DatabaseTrouble::Collision, &["517", "40001", "40P01"]),
            (
                DatabaseTrouble::Outage,
                &["10", "14", "1034", "08006", "53300", "57P01", "28P01", "3D000"],
            ),
            (DatabaseTrouble::Statement, &["1", "1555", "2067", "23505", "42P01", ""]),
        ];
        for (wanted, codes) in table {
            for code in codes {
                assert_eq!(trouble(code), wanted, "{code}");
            }
        }
        let full = StoreError::Full(sqlx::Error::RowNotFound).at_commit();
        assert!(full.is_full() && !full.is_unavailable());
        assert!(StoreError::Closed.at_commit().is_unavailable());
        let collided = StoreError::Collision(sqlx::Error::RowNotFound).at_commit();
        assert!(collided.is_collision() && collided.is_unavailable());
    }
}
