//! `crossgrade audit`: the whole book of every merchant, with one line for each fault.

use std::process::ExitCode;

use crate::app::App;

use super::args::Common;
use super::book::Access;
use super::error::CliError;
use super::{book, say::say};

/// What a look at a whole book came to.
pub(super) struct BookAudit {
    /// How many merchants it has.
    merchants: usize,
    /// How many things were looked at.
    checked: u64,
    /// A line for each fault.
    pub(super) faults: Vec<String>,
    /// For how many customers billing has something to do.
    waiting: u64,
}

pub(super) async fn run(common: &Common) -> Result<ExitCode, CliError> {
    let app = book::open(common, Access::Look).await?;
    let audited = every_merchant(&app).await;
    app.store().close().await;
    let audited = audited?;
    audited.faults.iter().for_each(say);
    if !audited.faults.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    say(audited.sound());
    Ok(ExitCode::SUCCESS)
}

/// Checks the book of every merchant.
pub(super) async fn every_merchant(app: &App) -> Result<BookAudit, CliError> {
    let merchants = app.every_merchant().await?;
    let mut all =
        BookAudit { merchants: merchants.len(), checked: 0, faults: Vec::new(), waiting: 0 };
    for merchant in &merchants {
        let audited = app.audit(merchant).await?;
        all.checked += audited.checked;
        all.faults.extend(audited.faults.iter().map(|fault| {
            format!("{merchant}: {} {}: {}", fault.code.name(), fault.subject, fault.detail)
        }));
        all.waiting += app.count_due(merchant, None).await?;
    }
    Ok(all)
}

impl BookAudit {
    /// That nothing is wrong, and of how much.
    pub(super) fn sound(&self) -> String {
        // A run that is due is work, not a fault: what it will book is not owed before.
        let due = match self.waiting {
            0 => String::new(),
            many => format!("; billing has something to do for {many} customers"),
        };
        let Self { merchants, checked, .. } = self;
        format!("sound: {checked} things of {merchants} merchants checked, no fault{due}")
    }
}
