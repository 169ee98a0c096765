//! Tells webhook endpoints what has happened. How one is told is for `app`; here stands when:
//! each endpoint has a task of its own while there is something to tell it, so that a slow one
//! keeps nobody waiting but itself. There are so many slots for all; they are given in turn, to
//! the merchant first that has the fewest, and those who did not take the last event have no more
//! than a part of them.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::AppError;
use crate::app::dispatcher::{Dispatcher, DueEndpoint, EndpointKey};
use crate::domain::ids::MerchantId;

/// How many endpoints are called at a time. With [`crate::app::dispatcher::BATCH`] this bounds the
/// files that are open.
pub const ENDPOINTS_MAX: usize = 48;
/// Of these, how many may be one merchant's.
const OF_ONE_MERCHANT_MAX: usize = 16;
/// Of these, how many may be failing ones.
const FAILING_MAX: usize = 16;
/// An endpoint for which there is ever more to do gives its slot back after so long.
const TURN_MAX: Duration = Duration::from_secs(5);
/// How often what waits is counted.
const COUNT_EVERY: Duration = Duration::from_secs(10);

const DELIVERIES: &str = "crossgrade_webhook_deliveries_total";
const BACKLOG: &str = "crossgrade_webhook_backlog";

/// What an endpoint takes while it is called.
struct Slot {
    is_failing: bool,
    task: JoinHandle<()>,
}

/// The worker between two turns.
pub struct Outbox {
    dispatcher: Dispatcher,
    stop: watch::Receiver<bool>,
    /// The endpoints that are being called.
    busy: BTreeMap<EndpointKey, Slot>,
    /// The one that had a slot last.
    last: Option<EndpointKey>,
    counted: Option<tokio::time::Instant>,
}

impl Outbox {
    /// A worker that begins nothing more once it is told to stop.
    #[must_use]
    pub fn new(dispatcher: Dispatcher, stop: watch::Receiver<bool>) -> Self {
        metrics::describe_counter!(DELIVERIES, "Attempts to tell a webhook endpoint, by outcome.");
        metrics::describe_gauge!(BACKLOG, "Deliveries to webhook endpoints that wait.");
        Self { dispatcher, stop, busy: BTreeMap::new(), last: None, counted: None }
    }

    /// One turn: makes the deliveries of new events, and sees that somebody carries them out.
    pub async fn run(&mut self) {
        if let Err(error) = self.turn().await {
            tracing::warn!(%error, "the webhook worker could not see what is due");
        }
    }

    async fn turn(&mut self) -> Result<(), AppError> {
        while self.dispatcher.fan_out().await? > 0 && !*self.stop.borrow() {
            self.call_the_due().await?;
        }
        self.call_the_due().await?;
        if self.counted.is_none_or(|counted| counted.elapsed() >= COUNT_EVERY) {
            let backlog = self.dispatcher.backlog().await?;
            metrics::gauge!(BACKLOG).set(u32::try_from(backlog).unwrap_or(u32::MAX));
            self.counted = Some(tokio::time::Instant::now());
        }
        Ok(())
    }

    async fn call_the_due(&mut self) -> Result<(), AppError> {
        self.busy.retain(|_, slot| !slot.task.is_finished());
        let due = self.dispatcher.due(self.last.clone()).await?;
        let taken = self.busy.iter().map(|(key, slot)| (key, slot.is_failing)).collect();
        for DueEndpoint { key, is_failing } in next_up(due, &taken) {
            let task = deliver(self.dispatcher.clone(), self.stop.clone(), key.clone());
            self.last = Some(key.clone());
            self.busy.insert(key, Slot { is_failing, task: tokio::spawn(task) });
        }
        Ok(())
    }

    /// Waits for what is in flight, which ends in a bounded time.
    pub async fn end(self) {
        for (_, slot) in self.busy {
            if let Err(error) = slot.task.await {
                tracing::error!(%error, "a webhook call stumbled");
            }
        }
    }
}

/// Who of those due gets the free slots.
fn next_up(due: Vec<DueEndpoint>, taken: &BTreeMap<&EndpointKey, bool>) -> Vec<DueEndpoint> {
    let mut of_merchant: BTreeMap<MerchantId, usize> = BTreeMap::new();
    for key in taken.keys() {
        *of_merchant.entry(key.merchant.clone()).or_default() += 1;
    }
    let mut failing = taken.values().filter(|is_failing| **is_failing).count();
    let mut waiting: Vec<DueEndpoint> =
        due.into_iter().filter(|due| !taken.contains_key(&due.key)).collect();
    let mut chosen = Vec::new();
    while taken.len() + chosen.len() < ENDPOINTS_MAX {
        let slots =
            |due: &DueEndpoint| of_merchant.get(&due.key.merchant).copied().unwrap_or_default();
        let may = |due: &DueEndpoint| {
            slots(due) < OF_ONE_MERCHANT_MAX && (!due.is_failing || failing < FAILING_MAX)
        };
        let fewest = waiting.iter().enumerate().filter(|(_, due)| may(due));
        let Some((place, _)) = fewest.min_by_key(|(_, due)| slots(due)) else { break };
        let due = waiting.remove(place);
        failing += usize::from(due.is_failing);
        *of_merchant.entry(due.key.merchant.clone()).or_default() += 1;
        chosen.push(due);
    }
    chosen
}

/// Tells one endpoint all that is due, unless the server stops or its turn is over.
async fn deliver(dispatcher: Dispatcher, stop: watch::Receiver<bool>, key: EndpointKey) {
    let begun = tokio::time::Instant::now();
    while !*stop.borrow() && begun.elapsed() < TURN_MAX {
        match dispatcher.deliver(&key).await {
            Ok(outcomes) if outcomes.is_empty() => return,
            Ok(outcomes) => {
                for outcome in outcomes {
                    metrics::counter!(DELIVERIES, "outcome" => outcome.name()).increment(1);
                }
            }
            Err(error) => {
                tracing::error!(
                    merchant.id = %key.merchant, endpoint.id = %key.endpoint, %error,
                    "webhooks could not be carried out"
                );
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::EndpointId;

    fn key(merchant: &str, number: usize) -> EndpointKey {
        EndpointKey {
            merchant: MerchantId::stored(merchant.to_owned()),
            endpoint: EndpointId::stored(format!("{number:03}")),
        }
    }

    fn due(merchant: &str, count: usize, is_failing: bool) -> Vec<DueEndpoint> {
        (0..count).map(|number| DueEndpoint { key: key(merchant, number), is_failing }).collect()
    }

    fn slots(chosen: &[DueEndpoint], merchant: &str) -> usize {
        chosen.iter().filter(|due| due.key.merchant.as_str() == merchant).count()
    }

    #[test]
    fn slots_are_shared_by_merchant() {
        /// Who is due, how many, and whether they are failing; and the slots of each.
        type Case<'c> = (&'c [(&'c str, usize, bool)], &'c [usize]);
        let table: &[Case<'_>] = &[
            (&[("a", 66, false)], &[16]),
            (&[("a", 66, false), ("b", 1, false)], &[16, 1]),
            (&[("a", 66, true), ("b", 66, true), ("c", 2, false)], &[8, 8, 2]),
            (
                &[("a", 99, false), ("b", 99, false), ("c", 99, false), ("d", 3, false)],
                &[15, 15, 15, 3],
            ),
        ];
        for (merchants, wanted) in table {
            let all =
                merchants.iter().flat_map(|(name, count, failing)| due(name, *count, *failing));
            let chosen = next_up(all.collect(), &BTreeMap::new());
            let got: Vec<_> = merchants.iter().map(|(name, ..)| slots(&chosen, name)).collect();
            assert_eq!(&got, wanted, "{merchants:?}");
        }
    }

    #[test]
    fn who_is_called_already_counts_and_is_not_called_twice() {
        let busy: Vec<_> = (0..16).map(|number| key("a", number)).collect();
        let taken = busy.iter().map(|key| (key, true)).collect();
        let all = [due("a", 40, false), due("b", 20, true), due("b", 2, false)].concat();
        let chosen = next_up(all, &taken);
        assert_eq!((slots(&chosen, "a"), slots(&chosen, "b")), (0, 2), "{chosen:?}");
        assert!(chosen.iter().all(|due| !due.is_failing), "{chosen:?}");
    }
}
