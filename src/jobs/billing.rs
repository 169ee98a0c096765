//! Bills every merchant for whom something is due. What is owed, and when a customer who could
//! not be billed is tried again, is decided in `app`.

use crate::app::App;
use crate::domain::ids::MerchantId;

const RUNS: &str = "crossgrade_billing_runs_total";
const COMPLETED: &str = "completed";
const WITH_FAILURES: &str = "with_failures";
const BROKEN_OFF: &str = "broken_off";
const LAST: &str = "crossgrade_billing_last_run_timestamp_seconds";
const FAILURES: &str = "crossgrade_billing_failures";
const DUE: &str = "crossgrade_billing_due_customers";
const OVERDUE: &str = "crossgrade_invoices_overdue";

/// Says what the metrics of billing are.
pub(super) fn describe() {
    metrics::describe_counter!(RUNS, "Billing runs, by outcome.");
    // An alarm on what is counted from 1 on only misses the first.
    for outcome in [COMPLETED, WITH_FAILURES, BROKEN_OFF] {
        metrics::counter!(RUNS, "outcome" => outcome).increment(0);
    }
    metrics::describe_gauge!(LAST, "When the worker last looked for who is due and billed them.");
    metrics::describe_gauge!(FAILURES, "Customers whom the last turn could not bill.");
    metrics::describe_gauge!(DUE, "Customers for whom billing has something to do.");
    metrics::describe_gauge!(OVERDUE, "Open invoices past the day by which they were to be paid.");
}

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
    let mut failures = 0;
    for merchant in due {
        failures += bill(app, &merchant, workers).await;
    }
    metrics::gauge!(FAILURES).set(u32::try_from(failures).unwrap_or(u32::MAX));
    metrics::gauge!(LAST).set(u32::try_from(app.now().timestamp()).unwrap_or(u32::MAX));
    match app.due_and_overdue().await {
        Ok((due, overdue)) => {
            metrics::gauge!(DUE).set(u32::try_from(due).unwrap_or(u32::MAX));
            metrics::gauge!(OVERDUE).set(u32::try_from(overdue).unwrap_or(u32::MAX));
        }
        Err(error) => tracing::warn!(%error, "what is due could not be counted"),
    }
}

/// One billing run; how many customers it could not bill.
async fn bill(app: &App, merchant: &MerchantId, workers: usize) -> usize {
    let run = match app.bill_ripe(merchant, workers).await {
        Ok(run) => run,
        Err(error) => {
            metrics::counter!(RUNS, "outcome" => BROKEN_OFF).increment(1);
            tracing::error!(merchant.id = %merchant, %error, "billing broke off");
            return 0;
        }
    };
    tracing::info!(
        merchant.id = %merchant, run.id = %run.id, run.booked = run.counts.booked,
        run.invoices = run.counts.invoices, run.failures = run.failures.len(),
        "billed up to {}", run.as_of
    );
    let outcome = if run.failures.is_empty() { COMPLETED } else { WITH_FAILURES };
    metrics::counter!(RUNS, "outcome" => outcome).increment(1);
    run.failures.len()
}
