//! `crossgrade bill`: one billing run for every merchant, with what it came to.

use std::process::ExitCode;

use crate::app::App;
use crate::domain::ids::MerchantId;
use crate::domain::run::Run;

use super::args::{Bill, Common};
use super::book::Access;
use super::error::CliError;
use super::{book, progress, say::say};

pub(super) async fn run(common: &Common, bill: &Bill) -> Result<ExitCode, CliError> {
    let app = book::open(common, Access::Existing).await?;
    let done = every_merchant(&app, bill).await;
    app.store().close().await;
    done
}

async fn every_merchant(app: &App, bill: &Bill) -> Result<ExitCode, CliError> {
    app.check_clock(bill.accept_clock).await?;
    let mut failed = false;
    for merchant in app.every_merchant().await? {
        match bill_merchant(app, &merchant, bill).await {
            Ok(run) => {
                failed |= !run.failures.is_empty();
                tell(&merchant, &run);
            }
            Err(error) => {
                // The other merchants are not to wait for this one.
                failed = true;
                eprintln!("{merchant}: {}", error.line());
            }
        }
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn bill_merchant(app: &App, merchant: &MerchantId, bill: &Bill) -> Result<Run, CliError> {
    let due = app.count_due(merchant, bill.as_of).await?;
    let bar = progress::bar(due, "customers");
    let grow = {
        let bar = bar.clone();
        move |customers| bar.inc(u64::try_from(customers).unwrap_or(0))
    };
    let run = app.bill(merchant, bill.as_of, usize::from(bill.workers), grow).await;
    bar.finish_and_clear();
    Ok(run?)
}

fn tell(merchant: &MerchantId, run: &Run) {
    say(format!(
        "{merchant}: up to {}: {} booked, {} invoices, {} credit notes, {} changes applied, \
         {} changes failed, {} subscriptions ended, {} customers failed, {} ms",
        run.as_of,
        run.counts.booked,
        run.counts.invoices,
        run.counts.credit_notes,
        run.counts.changes_applied,
        run.counts.changes_failed,
        run.counts.subscriptions_ended,
        run.failures.len(),
        run.duration_ms,
    ));
    for failure in &run.failures {
        eprintln!("{merchant}: customer {}: {}", failure.customer, failure.reason);
    }
}
