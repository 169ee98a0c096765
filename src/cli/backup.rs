//! `crossgrade backup`: a copy of an SQLite book as of one moment, taken while it is in use and
//! checked before it stands under its name. Of PostgreSQL's books its own tools make backups.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::store::Store;
use crate::store::sql::make_private;

use super::args::{Backup, Common};
use super::audit::{self, BookAudit};
use super::book::Access;
use super::error::CliError;
use super::{book, say::say};

pub(super) async fn run(common: &Common, backup: &Backup) -> Result<ExitCode, CliError> {
    if !common.database_url.starts_with("sqlite:") {
        let said = "a book on PostgreSQL is backed up by `pg_dump --format=custom --file=FILE \
                    --dbname=URL`, and restored by `pg_restore`";
        return Err(CliError::Failed(said.to_owned()));
    }
    let store = book::open_store(common, Access::Existing).await?;
    let copied = copy(&store, &backup.file).await;
    store.close().await;
    let audited = copied?;
    audited.faults.iter().for_each(say);
    let file = backup.file.display();
    if !audited.faults.is_empty() {
        let said = format!("{file} is a true copy, but of a book with faults");
        return Err(CliError::Failed(said));
    }
    say(format!("{file}: {}", audited.sound()));
    Ok(ExitCode::SUCCESS)
}

/// Writes the copy under another name, checks it there, and gives it its name only when it is
/// whole and on disk: what stands under the name is never half a backup.
async fn copy(store: &Store, file: &Path) -> Result<BookAudit, CliError> {
    let part = beside(file);
    // Takes the name, so that nothing that stands there is ever replaced, by nobody.
    make(file)?;
    let copied = match make(&part) {
        Ok(()) => {
            let copied = checked(store, &part).await.and_then(|audited| {
                finish(&part, file)?;
                Ok(audited)
            });
            if copied.is_err() {
                remove(&part);
            }
            copied
        }
        Err(error) => Err(error),
    };
    if copied.is_err() {
        remove(file);
    }
    copied
}

/// The name of what is not finished yet, in the same folder.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

fn make(file: &Path) -> Result<(), CliError> {
    make_private(file).map_err(CliError::io(format!("making {}", file.display())))
}

async fn checked(store: &Store, part: &Path) -> Result<BookAudit, CliError> {
    let name = part
        .to_str()
        .ok_or_else(|| CliError::Failed(format!("{}: the name must be UTF-8", part.display())))?;
    store.copy_to(name).await?;
    let app = book::engine(Store::open_copy(name).await?).await?;
    let audited = audit::every_merchant(&app).await;
    app.store().close().await;
    audited
}

/// What is written is on disk before it has its name, and the name before anybody is told.
fn finish(part: &Path, file: &Path) -> Result<(), CliError> {
    let what = || format!("writing {}", file.display());
    File::open(part).and_then(|part| part.sync_all()).map_err(CliError::io(what()))?;
    std::fs::rename(part, file).map_err(CliError::io(what()))?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or(Path::new(".")));
    folder.and_then(|folder| folder.sync_all()).map_err(CliError::io(what()))
}

/// Takes away what is of no use; that it stays is worth a line, not another failure.
fn remove(file: &Path) {
    if let Err(error) = std::fs::remove_file(file) {
        tracing::warn!(%error, "{} could not be removed", file.display());
    }
}
