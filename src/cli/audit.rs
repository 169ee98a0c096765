//! `crossgrade audit`: the whole book of every merchant, with one line for each fault.

use std::process::ExitCode;

use super::args::Common;
use super::error::CliError;
use super::{book, say};

pub(super) async fn run(common: &Common) -> Result<ExitCode, CliError> {
    let app = book::open(common).await?;
    let merchants = app.every_merchant().await?;
    let (mut checked, mut faults, mut waiting) = (0, 0, 0);
    for merchant in &merchants {
        let audited = app.audit(merchant).await?;
        checked += audited.checked;
        faults += audited.faults.len();
        for fault in &audited.faults {
            say(format!("{merchant}: {} {}: {}", fault.code.code(), fault.subject, fault.detail));
        }
        waiting += app.count_due(merchant, None).await?;
    }
    app.store().close().await;
    if faults > 0 {
        return Ok(ExitCode::FAILURE);
    }
    // A run that is due is work, not a fault: what it will book is not owed before.
    let due = match waiting {
        0 => String::new(),
        many => format!("; billing has something to do for {many} customers"),
    };
    let merchants = merchants.len();
    say(format!("sound: {checked} things of {merchants} merchants checked, no fault{due}"));
    Ok(ExitCode::SUCCESS)
}
