//! `crossgrade import`: a catalogue from a file, all or nothing.

use std::collections::BTreeMap;
use std::path::Path;

use crate::app::catalogue_file::{ImportOutcome, Imported};
use crate::app::{App, AppError};
use crate::domain::fault::Fault;

use super::args::{Common, Import};
use super::book::Access;
use super::catalogue::{self, CatalogueFile};
use super::error::CliError;
use super::say::{FAULTS_TOLD, say};
use super::{book, progress};

pub(super) async fn run(common: &Common, import: &Import) -> Result<(), CliError> {
    let path = &import.file;
    let text = std::fs::read_to_string(path).map_err(CliError::io(path.display().to_string()))?;
    let file = catalogue::read(&text).map_err(|error| in_file(path, &error))?;
    let app = book::open(common, Access::Make).await?;
    app.bootstrap(None).await?;
    let done = carry_out(&app, file, import).await;
    app.store().close().await;
    match done? {
        Ok(done) => {
            tell(&done, import.dry_run);
            Ok(())
        }
        Err(faults) => Err(refuse(path, &faults)),
    }
}

fn in_file(path: &Path, error: &CliError) -> CliError {
    CliError::Failed(format!("{}: {}", path.display(), error.line()))
}

/// Stores the file, or only judges it; faults of shape and of meaning are told together.
async fn carry_out(
    app: &App,
    file: CatalogueFile,
    import: &Import,
) -> Result<Result<Vec<Imported>, Vec<Fault>>, CliError> {
    let merchant = book::known_merchant(app, &import.whose).await?;
    let bar = progress::bar(u64::try_from(file.draft.len()).unwrap_or(0), "things");
    let CatalogueFile { draft, mut faults } = file;
    let done = if import.dry_run || !faults.is_empty() {
        app.judge_import(&merchant, draft).await
    } else {
        let bar = bar.clone();
        let grow = move |things| bar.inc(u64::try_from(things).unwrap_or(0));
        app.import(&merchant, draft, grow).await
    };
    bar.finish_and_clear();
    match done {
        Ok(done) if faults.is_empty() => Ok(Ok(done)),
        Ok(_) => Ok(Err(faults)),
        Err(AppError::Invalid(more)) => {
            faults.extend(more);
            Ok(Err(faults))
        }
        Err(error) => Err(error.into()),
    }
}

fn refuse(path: &Path, faults: &[Fault]) -> CliError {
    for fault in faults.iter().take(FAULTS_TOLD) {
        eprintln!("{}: {} {}", path.display(), fault.pointer, fault.detail);
    }
    let count = faults.len();
    let faults = if count == 1 { "one fault".to_owned() } else { format!("{count} faults") };
    CliError::Failed(format!("{}: {faults}, nothing was stored", path.display()))
}

/// What became of the things: by name in a dry run, else counted.
fn tell(done: &[Imported], dry_run: bool) {
    if dry_run {
        for thing in done {
            say(format!("{} {} {}", thing.fate.name(), thing.kind, thing.id));
        }
    }
    let mut counts: BTreeMap<ImportOutcome, usize> = BTreeMap::new();
    for thing in done {
        *counts.entry(thing.fate).or_default() += 1;
    }
    let count = |fate| counts.get(&fate).copied().unwrap_or(0);
    let (created, replaced) = (count(ImportOutcome::Created), count(ImportOutcome::Replaced));
    let unchanged = count(ImportOutcome::Unchanged);
    let dry = if dry_run { "; nothing was stored, for this was a dry run" } else { "" };
    say(format!("{created} created, {replaced} replaced, {unchanged} unchanged{dry}"));
}
