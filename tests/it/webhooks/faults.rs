//! What a fault leaves behind: nothing told that did not happen, nothing that happened untold.

use crossgrade::app::dispatcher::CLAIM;
use crossgrade::store::Store;
use serde_json::json;

use super::fixture::{Post, fine, told};
use crate::support::both;

both! {
    a_cause_that_is_rolled_back_tells_nobody,
    deliveries_are_made_once_whatever_fails,
    what_was_told_and_not_written_down_is_told_again,
}

async fn a_cause_that_is_rolled_back_tells_nobody(store: Store) {
    let (post, _) = Post::with_shop(store.clone()).await;
    post.world.catalogue().await;
    let checkout = post.world.open("ada", "month").await;
    post.work().await;
    let path = crate::world::complete(&checkout);
    for n in 1.. {
        let before = store.injected();
        store.fail_at(n);
        let answer = post.world.post(&path, crate::world::paid(&checkout)).await;
        store.fail_at(0);
        let told = told(&post.work().await);
        if store.injected() == before {
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_eq!(told.len(), 5, "{told:?}");
            return;
        }
        assert!(answer.status >= 500, "{answer:?}");
        assert!(told.is_empty(), "{n}: {told:?}");
    }
}

async fn deliveries_are_made_once_whatever_fails(store: Store) {
    let (post, _) = Post::with_shop(store.clone()).await;
    post.tag("a").await;
    for n in 1.. {
        let before = store.injected();
        store.fail_at(n);
        let made = post.dispatcher.fan_out().await;
        store.fail_at(0);
        if store.injected() == before {
            assert_eq!(made.unwrap(), 1);
            break;
        }
        assert!(made.is_err(), "{n}: {made:?}");
    }
    assert_eq!(told(&post.work().await), ["tag.saved a"]);
}

async fn what_was_told_and_not_written_down_is_told_again(store: Store) {
    let (post, _) = Post::with_shop(store.clone()).await;
    post.tag("a").await;
    while post.dispatcher.fan_out().await.unwrap() > 0 {}
    let key = post.dispatcher.due(None).await.unwrap().remove(0).key;
    // The database goes away between the call and its record.
    let book = store.clone();
    post.memory.answer(move |call| {
        book.fail_at(1);
        fine(call)
    });
    assert!(post.dispatcher.deliver(&key).await.is_err());
    let first = post.memory.take();
    // The dispatcher dies while it calls.
    post.memory.answer(|_| panic!("as told"));
    post.pass(CLAIM);
    assert!(post.dispatcher.deliver(&key).await.is_err());
    post.memory.answer(fine);
    assert!(post.work().await.is_empty(), "until the claim runs out it is nobody else's");
    post.pass(CLAIM);
    let again = post.work().await;
    assert_eq!((first.len(), again.len()), (1, 1));
    assert_eq!((&first[0].id, &first[0].body), (&again[0].id, &again[0].body));
    let delivery = post.deliveries().await.remove(0);
    assert_eq!((&delivery["status"], &delivery["attempts"]), (&json!("delivered"), &json!(3)));
}
