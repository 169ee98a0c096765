//! Bills every merchant for whom something is due. What is owed is decided in `app`; here stands
//! when it is tried, and again.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::app::App;
use crate::domain::ids::MerchantId;

/// How long a merchant waits whose last run got nothing done: a damaged customer stays due, and
/// is not to fill the log.
const PAUSE: Duration = Duration::from_secs(15 * 60);

/// The billing worker between two turns.
#[derive(Debug, Clone)]
pub struct Billing {
    workers: usize,
    /// Merchants that are left alone for a while.
    paused: BTreeMap<MerchantId, Instant>,
}

impl Billing {
    /// A worker that bills this many customers at a time.
    #[must_use]
    pub fn new(workers: usize) -> Self {
        Self { workers, paused: BTreeMap::new() }
    }

    /// One turn: a billing run for each merchant for whom something is due.
    pub async fn run(&mut self, app: &App) {
        let due = match app.merchants_due().await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(%error, "the billing worker could not see what is due");
                return;
            }
        };
        let now = Instant::now();
        self.paused.retain(|_, until| *until > now);
        for merchant in due {
            if !self.paused.contains_key(&merchant) {
                self.bill(app, merchant).await;
            }
        }
    }

    async fn bill(&mut self, app: &App, merchant: MerchantId) {
        let run = match app.bill(&merchant, None, self.workers, |_| ()).await {
            Ok(run) => run,
            Err(error) => {
                tracing::error!(merchant.id = %merchant, %error, "billing broke off");
                self.paused.insert(merchant, Instant::now() + PAUSE);
                return;
            }
        };
        for failure in &run.failures {
            tracing::error!(
                merchant.id = %merchant, customer.id = %failure.customer, reason = failure.reason,
                "a customer could not be billed"
            );
        }
        tracing::info!(
            merchant.id = %merchant, run.id = %run.id, run.booked = run.booked,
            run.invoices = run.invoices, run.failures = run.failures.len(),
            "billed up to {}", run.as_of
        );
        if !run.failures.is_empty() && run.booked + run.subscriptions_ended == 0 {
            self.paused.insert(merchant, Instant::now() + PAUSE);
        }
    }
}
