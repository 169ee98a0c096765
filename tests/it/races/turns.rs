//! One writer for several merchants: a merchant who floods it makes nobody wait for their whole
//! queue. What counts is the order of service, not the time. On PostgreSQL each transaction has a
//! connection, and the shares of those stand in `doors`.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use axum::http::Method;
use crossgrade::domain::ids::MerchantId;
use crossgrade::store::{Store, StoreError};
use serde_json::json;
use tokio::sync::oneshot;

use crate::support;
use crate::world::World;

/// How many clients the one has who floods.
const CLIENTS: usize = 64;
/// How many of theirs are committed together while somebody else is there.
const SHARE: usize = 8;
/// What the engine does by itself is no merchant's.
const ENGINE: &str = "";
const SOON: Duration = Duration::from_millis(10);

type Log = Arc<Mutex<Vec<String>>>;
type Work = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>;
type Working = tokio::task::JoinHandle<Result<(), StoreError>>;

fn merchant(name: &str) -> Option<MerchantId> {
    MerchantId::parse(name).ok()
}

fn note(log: &Log, what: &str) {
    log.lock().unwrap().push(what.to_owned());
}

/// Work that takes a while, and notes when it is done.
fn work(store: &Store, whose: &str, takes: Duration, log: &Log) -> Work {
    let (store, log, name) = (store.clone(), Arc::clone(log), whose.to_owned());
    Box::pin(async move {
        let done = Arc::clone(&log);
        let (tx, _) = store.write(merchant(&name)).await?;
        tokio::time::sleep(takes).await;
        note(&done, &name);
        let answer = tx.commit().await;
        note(&log, &format!("{name} is answered"));
        answer
    })
}

/// Hands work over, without waiting for it.
async fn hand_over(work: &mut Work) {
    std::future::poll_fn(|context| {
        assert!(work.as_mut().poll(context).is_pending(), "the writer is at something else");
        Poll::Ready(())
    })
    .await;
}

/// Something is at work until the answer is told to go on, and all of the flood waits behind it.
async fn flood(
    store: &Store,
    whose: &'static str,
    takes: Duration,
    log: &Log,
) -> (Vec<Working>, oneshot::Sender<()>) {
    let (go_on, waits) = oneshot::channel::<()>();
    let (begun, has_begun) = oneshot::channel::<()>();
    let first = store.clone();
    tokio::spawn(async move {
        let (tx, _) = first.write(merchant(whose)).await.unwrap();
        begun.send(()).ok();
        waits.await.ok();
        tx.commit().await.unwrap();
    });
    has_begun.await.unwrap();
    let mut flood: Vec<Work> = (0..CLIENTS).map(|_| work(store, whose, takes, log)).collect();
    for one in &mut flood {
        hand_over(one).await;
    }
    // Whoever is lent the connection goes on with it, whatever the test waits for.
    (flood.into_iter().map(tokio::spawn).collect(), go_on)
}

/// How many of the flood were done before this was noted.
fn before(log: &Log, whose: &str, what: &str) -> usize {
    let seen = log.lock().unwrap();
    assert!(seen.iter().any(|it| it == what), "{seen:?}");
    seen.iter().take_while(|it| *it != what).filter(|it| *it == whose).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_floods_the_writer_does_not_make_another_wait_for_their_queue() {
    let (store, _folder) = support::sqlite().await;
    let log = Log::default();
    let (flood, go_on) = flood(&store, "many", Duration::ZERO, &log).await;
    // The other comes last.
    let mut other = work(&store, "one", Duration::ZERO, &log);
    hand_over(&mut other).await;
    go_on.send(()).unwrap();
    other.await.unwrap();
    let (turn, answer) = (before(&log, "many", "one"), before(&log, "many", "one is answered"));
    assert!(turn <= 1, "{turn} of theirs come before its turn");
    assert!(answer <= SHARE, "{answer} of theirs came before its answer");
    for one in flood {
        one.await.unwrap().unwrap();
    }
    store.close().await;
}

/// Whose turn it is follows from the key, also where a request brings an `Idempotency-Key` and so
/// goes on in a task of its own: it is none of the engine's, who floods here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_has_its_merchants_turn_however_it_is_sent() {
    let (store, _folder) = support::sqlite().await;
    let world = World::new(store.clone()).await;
    world.catalogue().await;
    // Whatever is made ready at the first request.
    world.buy("bea", "month").await;
    let json = ("content-type", "application/json");
    let table: [&[(&str, &str)]; 2] = [&[json], &[json, ("idempotency-key", "one")]];
    for headers in table {
        let log = Log::default();
        let (flood, go_on) = flood(&store, ENGINE, 2 * SOON, &log).await;
        let asked = store.statements();
        let request = async {
            let body = json!({"customer": "ada", "offer": "month"}).to_string();
            let answer = world.call(Method::POST, "/v1/checkouts", headers, Some(body)).await;
            note(&log, "answered");
            answer.expect(201);
        };
        let rest = async {
            // Once its key has been looked up it hands its work over in an instant.
            while store.statements() == asked {
                tokio::time::sleep(SOON).await;
            }
            tokio::time::sleep(50 * SOON).await;
            go_on.send(()).unwrap();
            for one in flood {
                one.await.unwrap().unwrap();
            }
        };
        tokio::join!(request, rest);
        let before = before(&log, ENGINE, "answered");
        // A few transactions one after the other, each of which waits for no more than a share.
        assert!(before <= 4 * SHARE, "{before} of the others' came before its answer");
    }
    store.close().await;
}
