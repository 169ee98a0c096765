//! Who waits to be taken together with others. What is done with them is for
//! [`super::checkout_groups`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::Span;

use crate::domain::actor::Actor;
use crate::domain::ids::MerchantId;
use crate::wire::checkouts as wire;

use super::AppError;
use super::caller::AskedFor;
use super::idempotent_request::IdempotentRequest;
use super::intents::CheckoutIntent;

/// How many are taken together at most.
const TOGETHER_MAX: usize = 16;

/// What somebody waits for.
pub(super) type CheckoutReply = Result<wire::Checkout, AppError>;

/// An intent that waits for its turn.
pub(super) struct WaitingIntent {
    /// The request that it came by, where that came with an `Idempotency-Key`.
    pub(super) once: Option<Arc<IdempotentRequest>>,
    pub(super) intent: CheckoutIntent,
    pub(super) reply: oneshot::Sender<CheckoutReply>,
    pub(super) span: Span,
    /// The request that it came by.
    pub(super) asked: Option<AskedFor>,
    /// Since when it waits.
    pub(super) since: Instant,
    /// The end of the address that it came by.
    pub(super) page: Option<Arc<str>>,
}

/// Whose intents are taken together: those of one merchant that came on behalf of the same.
pub(super) type QueueKey = (MerchantId, Option<Actor>);

/// The intents of all merchants; who has none at work or waiting does not stand here.
#[derive(Default)]
pub(super) struct Groups(Mutex<BTreeMap<QueueKey, Queue>>);

#[derive(Default)]
struct Queue {
    waiting: Vec<WaitingIntent>,
    /// How many take from it.
    at_work: usize,
}

impl Groups {
    /// Adds an intent; whether it needs one more to take from its queue.
    pub(super) fn join(&self, whose: &QueueKey, waiting: WaitingIntent, most: usize) -> bool {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queues.entry(whose.clone()).or_default();
        queue.waiting.push(waiting);
        let is_needed = queue.at_work < most;
        queue.at_work += usize::from(is_needed);
        is_needed
    }

    /// The next that are taken together, at most one about each thing; none where nobody waits, and
    /// then whoever asked takes no more.
    pub(super) fn take(&self, whose: &QueueKey) -> Option<Vec<WaitingIntent>> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queues.get_mut(whose)?;
        let (mut taken, mut left) = (Vec::new(), Vec::new());
        let mut about = BTreeSet::new();
        for waiting in queue.waiting.drain(..).filter(|it| !it.reply.is_closed()) {
            if waiting.asked.as_ref().is_some_and(AskedFor::is_deserted) {
                drop(waiting.reply.send(Err(AppError::Unawaited)));
                continue;
            }
            let fits = taken.len() < TOGETHER_MAX;
            if fits && about.insert(waiting.intent.about().to_owned()) {
                taken.push(waiting);
            } else {
                left.push(waiting);
            }
        }
        queue.waiting = left;
        if taken.is_empty() {
            leave(&mut queues, whose);
            return None;
        }
        Some(taken)
    }

    /// One that took from a queue takes no more.
    pub(super) fn leave(&self, whose: &QueueKey) {
        leave(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner), whose);
    }
}

/// One takes no more. Under the very lock under which it has found that nobody waits: who comes
/// after that must find that somebody is needed.
fn leave(queues: &mut BTreeMap<QueueKey, Queue>, whose: &QueueKey) {
    if let Some(queue) = queues.get_mut(whose) {
        queue.at_work -= 1;
        if queue.at_work == 0 {
            queues.remove(whose);
        }
    }
}
