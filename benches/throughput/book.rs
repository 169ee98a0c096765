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

    /// Copies tables of a book into the schema `src` of another, on PostgreSQL; SQLite reads them
    /// where they are, attached under that name.
    pub(crate) async fn bring(&self, from: &str, to: &str, tables: &[&str]) {
        let Self::Postgres(_) = self else { return };
        let mut from = PgConnection::connect(&self.url(from)).await.expect("a book");
        let mut to = PgConnection::connect(&self.url(to)).await.expect("a book");
        to.execute("create schema src").await.expect("a schema");
        for table in tables {
            let text = format!("create table src.{table} (like public.{table} including all)");
            to.execute(AssertSqlSafe(text)).await.expect("a table");
            let mut out =
                from.copy_out_raw(&format!("copy {table} to stdout")).await.expect("rows");
            let copy = format!("copy src.{table} from stdin");
            let mut into = to.copy_in_raw(&copy).await.expect("a copy");
            while let Some(bytes) = futures_next(&mut out).await {
                into.send(bytes.as_slice()).await.expect("rows");
            }
            into.finish().await.expect("rows");
        }
    }

    async fn admin(&self, statement: &str) {
        let mut admin = PgConnection::connect(&self.url("postgres")).await.expect("a connection");
        admin.execute(AssertSqlSafe(statement.to_owned())).await.expect(statement);
    }
}

async fn futures_next<S, B, E>(stream: &mut S) -> Option<Vec<u8>>
where
    S: futures_core::Stream<Item = Result<B, E>> + Unpin,
    B: AsRef<[u8]>,
    E: std::fmt::Debug,
{
    let next = std::future::poll_fn(|cx| std::pin::Pin::new(&mut *stream).poll_next(cx)).await;
    next.map(|bytes| bytes.expect("rows").as_ref().to_vec())
}
