//! What the tests share: a store on either database, and tests that run on both.

pub(crate) mod cluster;
pub(crate) mod postgres;

use crossgrade::store::Store;

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

/// An empty, migrated SQLite file; it goes with the folder.
pub(crate) async fn sqlite() -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("book.db").display());
    let store = Store::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    (store, folder)
}
