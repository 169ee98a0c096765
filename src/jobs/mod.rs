//! The worker: what is due on the real clock is done without being asked. A book with a simulated
//! clock is not billed by it, for moving that clock does the same; webhooks are sent all the same,
//! and offers and gifts that were kept are over where the clock begins later than they lasted.
//!
//! Reading order: [`billing`], [`upsells`], [`messages`], [`price_changes`], [`outbox`],
//! [`cleanup`], [`heartbeat`]; here stands what holds for every job: it comes again after a while,
//! it survives its own failures, and it stops when the server does.

pub mod billing;
pub mod cleanup;
pub mod heartbeat;
pub mod messages;
pub mod outbox;
pub mod price_changes;
pub mod upsells;

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior};

use crate::app::App;
use crate::app::dispatcher::Dispatcher;

use outbox::Outbox;

/// How often the book is told that a server is at work.
const HEARTBEAT_EVERY: Duration = Duration::from_mins(1);

/// How often somebody looks whether a later release has changed the tables.
const TABLES_EVERY: Duration = Duration::from_secs(5);

/// How often answers that nobody asks for any more are looked for.
const CLEANUP_EVERY: Duration = Duration::from_hours(1);

/// How often offers are looked for that nobody has answered in time.
const UPSELLS_EVERY: Duration = Duration::from_secs(5);

/// How often steps of automations are looked for that are due.
const MESSAGES_EVERY: Duration = Duration::from_secs(1);

/// How often somebody looks whether a price change was left half told.
const PRICE_CHANGES_EVERY: Duration = Duration::from_secs(5);

/// How often somebody looks whether there is something to tell.
const OUTBOX_EVERY: Duration = Duration::from_secs(1);

/// How the worker works.
#[derive(Debug, Clone, Copy)]
pub struct WorkerOptions {
    /// How often it looks for customers to bill.
    pub billing_every: Duration,
    /// How many customers are billed at a time.
    pub workers: usize,
}

/// Works until `stop` says so, then ends what is in hand.
pub async fn run(
    app: App,
    dispatcher: Dispatcher,
    options: WorkerOptions,
    stop: watch::Receiver<bool>,
) {
    let mut jobs = Jobs { set: JoinSet::new(), stop: stop.clone() };
    if app.clock().as_simulated().is_none() {
        billing::describe();
        let workers = options.workers;
        jobs.every(HEARTBEAT_EVERY, "the heartbeat", &app, |app| async move {
            heartbeat::run(&app).await;
        });
        jobs.every(options.billing_every, "the billing worker", &app, move |app| async move {
            billing::run(&app, workers).await;
        });
        jobs.every(UPSELLS_EVERY, "the end of offers", &app, |app| async move {
            upsells::run(&app).await;
        });
        jobs.every(PRICE_CHANGES_EVERY, "price changes", &app, |app| async move {
            price_changes::run(&app).await;
        });
        jobs.every(MESSAGES_EVERY, "the steps of automations", &app, |app| async move {
            messages::take_steps(&app).await;
        });
        jobs.every(MESSAGES_EVERY, "the messages of automations", &app, |app| async move {
            messages::send(&app).await;
        });
    } else {
        // What ended before the instant at which it begins: from then on, moving the clock does it.
        upsells::run(&app).await;
    }
    jobs.every(TABLES_EVERY, "the look at the tables", &app, |app| async move {
        heartbeat::look(&app).await;
    });
    jobs.set.spawn(tell(dispatcher, stop));
    jobs.every(CLEANUP_EVERY, "the cleanup", &app, |app| async move { cleanup::run(&app).await });
    while let Some(ended) = jobs.set.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "a job ended early");
        }
    }
}

/// The jobs that run until they are told to stop.
struct Jobs {
    set: JoinSet<()>,
    stop: watch::Receiver<bool>,
}

impl Jobs {
    /// Does something at once and again after each while. A panic of one turn ends that turn alone.
    fn every<T, F>(&mut self, pause: Duration, what: &'static str, app: &App, turn: T)
    where
        T: Fn(App) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let (app, stop) = (app.clone(), self.stop.clone());
        self.set.spawn(async move {
            let mut ticks = ticks(pause);
            while next(&mut ticks, &stop).await {
                if let Err(error) = tokio::spawn(turn(app.clone())).await {
                    tracing::error!(%error, "{what} stumbled");
                }
            }
        });
    }
}

/// Runs on the real clock whichever one the book has: receivers live on it.
async fn tell(dispatcher: Dispatcher, stop: watch::Receiver<bool>) {
    let mut outbox = Outbox::new(dispatcher, stop.clone());
    let mut ticks = ticks(OUTBOX_EVERY);
    while next(&mut ticks, &stop).await {
        outbox.run().await;
    }
    outbox.end().await;
}

fn ticks(every: Duration) -> Interval {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Waits for the next turn, the first of which is now; false once told to stop.
async fn next(ticks: &mut Interval, stop: &watch::Receiver<bool>) -> bool {
    let mut stop = stop.clone();
    tokio::select! {
        biased;
        // An error means that whoever could tell us is gone.
        _ = stop.wait_for(|stop| *stop) => false,
        _ = ticks.tick() => true,
    }
}
