//! Steps that are due, and the mails that they queue.

use std::time::{Duration, Instant};

use crate::book::Server;
use crate::limit::{Link, STEPS};
use crate::row;
use crate::smtp::MailServer;
use crate::worker::{Sent, Worker};
use crate::world::{awaiting, opened};

/// What the engine writes while it sends.
const TABLES: [&str; 3] = ["messages", "automation_runs", "events"];
/// How many runs are moved in one transaction, by the engine as by hand.
const AT_ONCE: usize = 200;
/// How near steps and mails are to come to their limit, and what a second worker is to bring.
const AIM: u128 = 500;
const AIM_OF_TWO: u128 = 1_400;
/// The most memory that sending may take, in kilobytes.
const PEAK_MAX: usize = 150_000;

/// Steps taken, and with `mails` sent, for so many customers.
pub(crate) async fn measure(server: &Server, count: usize, mails: bool) {
    awaiting(server, "due", count).await;
    server.copy("due", "queued").await;
    let app = opened(server, "queued").await;
    let (before, begun) = (app.store().statements(), Instant::now());
    assert_eq!(app.take_steps().await.expect("steps"), count);
    let took = begun.elapsed();
    eprintln!("  {} statements", app.store().statements() - before);
    app.store().close().await;
    let limit = steps_by_hand(server).await;
    row(&format!("{}: steps of {count} runs queued", server.name()), count, (took, limit), AIM);
    if mails {
        send(server, count).await;
    }
    for book in ["due", "queued"] {
        server.remove(book).await;
    }
}

async fn steps_by_hand(server: &Server) -> Duration {
    server.copy("due", "bare").await;
    server.bring("queued", "bare", &TABLES).await;
    let mut link = Link::open(&server.url("bare"), Some(&server.url("queued"))).await;
    let ids = link.texts("select id from automation_runs order by id").await;
    let begun = Instant::now();
    for batch in ids.chunks(AT_ONCE) {
        link.commit(STEPS, &[&batch[0], &batch[batch.len() - 1]]).await;
    }
    let took = begun.elapsed();
    drop(link);
    server.remove("bare").await;
    took
}

async fn send(server: &Server, count: usize) {
    let mails = MailServer::start().await;
    let sqlite = matches!(server, Server::Sqlite(_));
    let (mut one, mut all) = (Duration::ZERO, Vec::new());
    for workers in 1..=if sqlite { 1 } else { 2 } {
        let book = format!("sent{workers}");
        server.copy("queued", &book).await;
        let sent = run(server, &book, (&mails, workers, None)).await;
        assert_eq!(mails.taken(), count);
        if workers == 1 {
            one = sent.took;
        }
        all.push((workers, sent));
    }
    server.copy("queued", "bare").await;
    server.bring("sent1", "bare", &TABLES).await;
    let source = server.url("sent1");
    let bare = run(server, "bare", (&mails, 1, Some(&source))).await;
    assert_eq!(mails.taken(), count);
    for (workers, sent) in all {
        let what = format!("{}: {count} mails, {workers} worker(s)", server.name());
        let busy = format!("{what} ({} s busy, {} KB)", sent.busy.as_secs(), sent.peak);
        row(&busy, count, (sent.took, bare.took), AIM);
        if workers == 2 {
            row(&format!("{what} beside one"), count, (sent.took, one), AIM_OF_TWO);
        }
        server.remove(&format!("sent{workers}")).await;
    }
    server.remove("bare").await;
}

/// Lets processes work on a book: of several, the longest, and the largest.
async fn run(
    server: &Server,
    book: &str,
    (mails, workers, source): (&MailServer, usize, Option<&str>),
) -> Sent {
    let (url, port) = (server.url(book), mails.port);
    let source = source.map(str::to_owned);
    let all = tokio::task::spawn_blocking(move || {
        let start = |_| Worker::start(&url, port, source.as_deref());
        let mut all: Vec<Worker> = (0..workers).map(start).collect();
        all.iter_mut().for_each(Worker::go);
        all.into_iter().map(Worker::done).collect::<Vec<Sent>>()
    });
    all.await.expect("workers").into_iter().fold(Sent::default(), |sum, it| Sent {
        took: sum.took.max(it.took),
        busy: sum.busy + it.busy,
        peak: sum.peak.max(it.peak),
    })
}

/// The peak of memory of whoever takes the steps of so many customers and sends their mails, and of
/// a tenth of them.
pub(crate) async fn measure_memory(server: &Server, most: usize) {
    let mails = MailServer::start().await;
    for count in [most / 10, most] {
        awaiting(server, "due", count).await;
        let sent = run(server, "due", (&mails, 1, None)).await;
        assert_eq!(mails.taken(), count);
        let what = format!("{}: peak of memory, {count} runs", server.name());
        println!("| {what} | {} KB | {PEAK_MAX} KB | | less |", sent.peak);
        server.remove("due").await;
    }
}
