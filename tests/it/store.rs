//! x
use crate::support::both;
use crossgrade::store::Store;
both!(it_answers);
async fn it_answers(store: Store) { store.ping().await.unwrap(); }
