//! All or nothing, alone or in company.

use crossgrade::domain::catalogue::{Offer, Tag};
use crossgrade::domain::event::EventKind;
use crossgrade::domain::new_event::Event;
use crossgrade::store::definitions::Stored;
use crossgrade::store::{Page, Store, StoreError, catalogue, documents, events, plain};

use super::samples::{
    buyers, customer, ids, merchant, now, purchase, read, stock, store, tag, write,
};
use crate::support::both;

both! {
    a_failing_job_leaves_the_others_alone,
    a_panic_goes_on_in_its_caller_only,
    numbers_have_no_gaps_whoever_writes,
    after_a_fault_nothing_is_there_or_everything,
    a_failed_statement_cannot_be_ignored,
    migrating_twice_changes_nothing,
    rows_beyond_one_statement_are_all_stored,
}

async fn tag_ids(book: &Store) -> Vec<String> {
    let tags = read(book, |tx| {
        Box::pin(async move { plain::list::<Tag>(tx, &merchant(), &Page::first(999)).await })
    })
    .await;
    tags.into_iter().map(|tag| tag.id.to_string()).collect()
}

async fn a_failing_job_leaves_the_others_alone(book: Store) {
    stock(&book).await;
    let jobs: Vec<_> = (0..40)
        .map(|n| {
            let book = book.clone();
            tokio::spawn(async move {
                crate::support::written(&book, move |tx| {
                    Box::pin(async move {
                        let id = tag(&format!("t{n:02}"));
                        let title = String::new();
                        plain::save(tx, &merchant(), &Tag { id, title }).await?;
                        match n % 3 {
                            0 => Err(StoreError::Stale { table: "tags" }),
                            _ => Ok(n),
                        }
                    })
                })
                .await
            })
        })
        .collect();
    let mut kept = vec!["basic".to_owned(), "plus".to_owned()];
    for (n, job) in jobs.into_iter().enumerate() {
        match job.await.unwrap() {
            Ok(answer) => {
                assert_eq!(answer, n);
                kept.push(format!("t{n:02}"));
            }
            Err(error) => assert!(n % 3 == 0, "{error}"),
        }
    }
    assert_eq!(tag_ids(&book).await, kept);
}

async fn a_panic_goes_on_in_its_caller_only(book: Store) {
    stock(&book).await;
    let other = book.clone();
    let panicking = tokio::spawn(async move {
        let work: Result<(), StoreError> = crate::support::written(&other, |tx| {
            Box::pin(async move {
                Offer::delete(tx, &merchant(), &super::samples::terms("month").offer).await?;
                panic!("as the test wants it");
            })
        })
        .await;
        work
    });
    assert!(panicking.await.unwrap_err().is_panic());
    let offers =
        write(&book, |tx| Box::pin(async move { catalogue::all_offers(tx, &merchant()).await }))
            .await;
    assert_eq!(offers.len(), 2);
}

async fn numbers_have_no_gaps_whoever_writes(book: Store) {
    stock(&book).await;
    let jobs: Vec<_> = (0..12_u8)
        .map(|n| {
            let book = book.clone();
            tokio::spawn(async move {
                let mut fresh = ids(n);
                let from = usize::from(n) * 10;
                let batch: Vec<_> = (from..from + 3).map(|c| purchase(c, &mut fresh)).collect();
                if n % 4 == 0 {
                    let lost: Result<(), StoreError> = crate::support::written(&book, move |tx| {
                        Box::pin(async move {
                            let mut ids = ids(n + 100);
                            crossgrade::store::plans::store_plans(
                                tx,
                                (&merchant(), None),
                                now(),
                                &batch,
                                &mut ids,
                            )
                            .await?;
                            Err(StoreError::Stale { table: "tags" })
                        })
                    })
                    .await;
                    assert!(lost.is_err());
                } else {
                    store(&book, batch, n + 100).await;
                }
            })
        })
        .collect();
    for job in jobs {
        job.await.unwrap();
    }
    let (mut numbers, sequences) = read(&book, |tx| {
        Box::pin(async move {
            let all = documents::DocumentFilter::default();
            let found = documents::list_invoices(tx, &merchant(), &all, &Page::first(99)).await?;
            let numbers: Vec<_> = found.iter().filter_map(|f| f.invoice.number).collect();
            let events = events::list_events(tx, &merchant(), 0, 999).await?;
            Ok((numbers, events.iter().map(|e| e.sequence).collect::<Vec<_>>()))
        })
    })
    .await;
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=27).collect::<Vec<_>>());
    assert_eq!(sequences, (1..=54).collect::<Vec<_>>());
}

async fn after_a_fault_nothing_is_there_or_everything(book: Store) {
    stock(&book).await;
    buyers(&book, 1).await;
    for n in 1.. {
        assert!(n < 30, "the fault never stopped coming");
        let before = book.injected();
        book.fail_at(n);
        let result = crate::support::written(&book, |tx| {
            Box::pin(async move {
                let plan = purchase(0, &mut ids(1));
                let mut ids = ids(2);
                let by = (&merchant(), None);
                crossgrade::store::plans::store_plans(tx, by, now(), &[plan], &mut ids).await
            })
        })
        .await;
        book.fail_at(0);
        let was_injected = book.injected() > before;
        assert_eq!(result.is_err(), was_injected, "{n}: {result:?}");
        let found = read(&book, |tx| {
            Box::pin(async move {
                let events = events::list_events(tx, &merchant(), 0, 9).await?;
                let filter = crossgrade::store::subscriptions::SubscriptionFilter::default();
                let subscriptions = crossgrade::store::subscriptions::list_subscriptions(
                    tx,
                    &merchant(),
                    &filter,
                    &Page::first(9),
                )
                .await?;
                Ok((events.len(), subscriptions.len()))
            })
        })
        .await;
        assert_eq!(found, if was_injected { (0, 0) } else { (2, 1) }, "{n}");
        if !was_injected {
            assert!(n > 2, "{n}");
            return;
        }
    }
}

async fn a_failed_statement_cannot_be_ignored(book: Store) {
    stock(&book).await;
    let result: Result<(), StoreError> = crate::support::written(&book, |tx| {
        Box::pin(async move {
            let title = String::new();
            let id = tag("ignored");
            plain::save(tx, &merchant(), &Tag { id, title }).await?;
            // Unknown tags cannot be carried.
            let offer = super::samples::offer("month", &["unknown"]);
            catalogue::save_offer(tx, &merchant(), &offer).await?;
            // What was gathered is written before anything is asked.
            assert!(catalogue::find_offer(tx, &merchant(), &offer.terms.offer).await.is_err());
            Ok(())
        })
    })
    .await;
    assert!(matches!(result, Err(StoreError::Aborted)), "{result:?}");
    assert_eq!(tag_ids(&book).await, ["basic", "plus"]);
}

async fn migrating_twice_changes_nothing(book: Store) {
    stock(&book).await;
    book.migrate().await.unwrap();
    book.ping().await.unwrap();
    assert_eq!(tag_ids(&book).await.len(), 2);
}

async fn rows_beyond_one_statement_are_all_stored(book: Store) {
    stock(&book).await;
    let recorded = write(&book, |tx| {
        Box::pin(async move {
            let many: Vec<_> = (0..12_000)
                .map(|n| Event {
                    customer: (n % 2 == 0).then(|| customer(n)),
                    ..Event::plain(EventKind::TagSaved, &format!("s{n}"))
                })
                .collect();
            events::insert_events(tx, &merchant(), now(), &many, &mut ids(1)).await?;
            events::list_events(tx, &merchant(), 11_998, 9).await
        })
    })
    .await;
    let subjects: Vec<_> = recorded.iter().map(|event| event.subject.as_str()).collect();
    assert_eq!(subjects, ["s11998", "s11999"]);
    assert_eq!(recorded[1].customer, None);
}

#[tokio::test]
async fn a_book_in_memory_is_read_and_written() {
    let book = Store::open("sqlite::memory:").await.unwrap();
    book.migrate().await.unwrap();
    stock(&book).await;
    assert_eq!(tag_ids(&book).await, ["basic", "plus"]);
    book.close().await;
    let closed = book.ping().await;
    assert!(matches!(closed, Err(StoreError::Closed)), "{closed:?}");
}

#[tokio::test]
async fn what_is_no_database_is_refused_in_one_line() {
    for (url, is_url) in [
        ("mysql://u:secret@h/d", true),
        ("", true),
        ("sqlite:", true),
        ("book.db", true),
        ("postgres:nothing", true),
        ("postgres://nobody@127.0.0.1:1/none", false),
        ("sqlite:/nowhere/at/all/book.db", false),
    ] {
        let error = Store::open(url).await.unwrap_err();
        assert_eq!(matches!(error, StoreError::Url(_)), is_url, "{url}: {error}");
        let message = error.to_string();
        assert!(!message.contains("secret") && !message.contains('\n'), "{message}");
    }
}
