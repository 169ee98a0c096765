//! `crossgrade migrate`: brings the database up to date.

use super::args::Common;
use super::book::Access;
use super::error::CliError;
use super::{book, say::say};

pub(super) async fn run(common: &Common) -> Result<(), CliError> {
    let store = book::open_store(common, Access::Upgrade).await?;
    store.close().await;
    say("the database is up to date");
    Ok(())
}
