//! What the tests share: a store on either database, and tests that run on both.

pub(crate) mod cluster;
pub(crate) mod dump;
pub(crate) mod postgres;
pub(crate) mod recorded;

use crossgrade::store::{BoxFuture, Store, StoreError, Tx};

/// Makes two tests, `NAME::sqlite` and `NAME::postgres`, of each `async fn NAME(store: Store)`.
macro_rules! both {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let (store, _folder) = crate::support::sqlite().await;
                super::$name(store).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some((store, _database)) = crate::support::postgres::fresh().await {
                    super::$name(store.clone()).await;
                    store.close().await;
                }
            }
        }
    )*};
}
pub(crate) use both;

/// The same of each `async fn NAME(url: String)`, which opens the book itself, or several times.
macro_rules! both_books {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("book.db");
                super::$name(format!("sqlite:{}", path.display())).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(database) = crate::support::postgres::empty().await {
                    super::$name(crate::support::postgres::url_of(&database)).await;
                }
            }
        }
    )*};
}
pub(crate) use both_books;

/// Opens a book and brings it up to date.
pub(crate) async fn opened(url: &str) -> Store {
    recorded::listen();
    let store = Store::open(url).await.unwrap();
    store.migrate().await.unwrap();
    store
}

/// An empty, migrated SQLite file; it goes with the folder.
pub(crate) async fn sqlite() -> (Store, tempfile::TempDir) {
    recorded::listen();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("book.db").display());
    let store = Store::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    (store, folder)
}

/// Does something in a transaction, which stays where it answers `Ok`.
pub(crate) async fn written<T>(
    store: &Store,
    work: impl for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let (mut tx, end) = store.write(None).await?;
    match work(&mut tx).await {
        Ok(done) => tx.commit().await.map(|()| done),
        Err(error) => {
            drop(tx);
            end.reached().await.and(Err(error))
        }
    }
}
