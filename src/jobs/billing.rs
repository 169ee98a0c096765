//! Bills every merchant for whom something is due. What is owed, and when a customer who could
//! not be billed is tried again, is decided in `app`.

use crate::app::App;
use crate::domain::ids::MerchantId;

/// One turn: a billing run for each merchant for whom something is due, of `workers` customers
/// at a time.
pub async fn run(app: &App, workers: usize) {
    match app.close_lost_runs().await {
        Ok(0) => {}
        Ok(lost) => tracing::warn!("{lost} billing runs were cut off; what they left is due"),
        Err(error) => tracing::warn!(%error, "cut-off billing runs could not be looked for"),
    }
    let due = match app.merchants_due().await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(%error, "the billing worker could not see what is due");
            return;
        }
    };
    for merchant in due {
        bill(app, &merchant, workers).await;
    }
}

async fn bill(app: &App, merchant: &MerchantId, workers: usize) {
    let run = match app.bill_ripe(merchant, workers).await {
        Ok(run) => run,
        Err(error) => {
            tracing::error!(merchant.id = %merchant, %error, "billing broke off");
            return;
        }
    };
    tracing::info!(
        merchant.id = %merchant, run.id = %run.id, run.booked = run.counts.booked,
        run.invoices = run.counts.invoices, run.failures = run.failures.len(),
        "billed up to {}", run.as_of
    );
}
