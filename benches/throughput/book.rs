//! Books to measure on, and copies of them as they were before.

use std::path::PathBuf;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

use crate::cluster::Cluster;

/// Where books are kept.
pub(crate) enum Server {
    /// Files in a folder.
    Sqlite(PathBuf),
    /// Databases of a cluster that is as durable as a real one.
    Postgres(Cluster),
}

impl Server {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// The address of a book.
    pub(crate) fn url(&self, name: &str) -> String {
        match self {
            Self::Sqlite(folder) => format!("sqlite:{}/{name}.db", folder.display()),
            Self::Postgres(cluster) => cluster.url(name),
        }
    }

    /// Makes an empty book.
    pub(crate) async fn create(&self, name: &str) {
        if let Self::Postgres(_) = self {
            self.admin(&format!("create database {name}")).await;
        }
    }

    /// Copies a book on which nobody works.
    pub(crate) async fn copy(&self, from: &str, to: &str) {
        match self {
            Self::Sqlite(folder) => {
                let file = |name: &str| folder.join(format!("{name}.db"));
                std::fs::copy(file(from), file(to)).expect("a copy");
            }
            Self::Postgres(_) => {
                self.admin(&format!("create database {to} template {from}")).await;
            }
        }
    }

    pub(crate) async fn remove(&self, name: &str) {
        match self {
            Self::Sqlite(folder) => {
                for suffix in ["", "-wal", "-shm"] {
                    let _ = std::fs::remove_file(folder.join(format!("{name}.db{suffix}")));
                }
            }
            Self::Postgres(_) => self.admin(&format!("drop database {name} with (force)")).await,
        }
    }

    /// Runs statements on a book, past the engine.
    pub(crate) async fn run(&self, book: &str, statements: &[&str]) {
        match self {
            Self::Sqlite(_) => {
                let mut book = SqliteConnection::connect(&self.url(book)).await.expect("a book");
                for text in statements {
                    book.execute(AssertSqlSafe((*text).to_owned())).await.expect(text);
                }
                book.execute("pragma wal_checkpoint(truncate)").await.expect("a checkpoint");
            }
            Self::Postgres(_) => {
                let mut book = PgConnection::connect(&self.url(book)).await.expect("a book");
                for text in statements {
                    book.execute(AssertSqlSafe((*text).to_owned())).await.expect(text);
                }
            }
        }
    }

    async fn admin(&self, statement: &str) {
        let mut admin = PgConnection::connect(&self.url("postgres")).await.expect("a connection");
        admin.execute(AssertSqlSafe(statement.to_owned())).await.expect(statement);
    }
}
