//! Billing runs that somebody starts, by a request or on a page: work that outlives whoever asked.

use chrono::NaiveDate;
use tokio::task::JoinHandle;
use tracing::Instrument;

use crate::app::actor::carry;
use crate::app::billing::Retry;
use crate::app::{App, AppError};
use crate::domain::ids::MerchantId;
use crate::domain::run::Run;

/// How many pages of customers are billed at the same time, where the database can.
const WORKERS: usize = 4;

/// A run at work.
pub type RunHandle = JoinHandle<Result<Run, AppError>>;

/// Opens a run and does it in a task of its own: a caller that hangs up must not leave it half
/// done, nor must the end of the server.
///
/// # Errors
/// Invalid where `as_of` lies after today.
pub async fn begin(
    app: &App,
    merchant: &MerchantId,
    as_of: Option<NaiveDate>,
) -> Result<(Run, RunHandle), AppError> {
    let run = app.open_run(merchant, as_of, Retry::All).await?;
    let (app, merchant, opened) = (app.clone(), merchant.clone(), run.clone());
    let busy = app.busy();
    let work = async move {
        let _busy = busy;
        app.carry_out_run(&merchant, run, Retry::All, WORKERS, |_| ()).await
    };
    Ok((opened, tokio::spawn(carry(work.in_current_span()))))
}

/// Nobody waits for this run: what breaks it is at least in the log.
pub fn leave(work: RunHandle) {
    let report = async move {
        if let Err(error) = work.await.map_err(AppError::broken).flatten() {
            tracing::error!(%error, "a billing run broke");
        }
    };
    tokio::spawn(report.in_current_span());
}
