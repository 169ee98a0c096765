//! Opens the book that a command works on: the database, migrated, with the engine on its clock.

use rand::TryRng;
use rand::rngs::SysRng;

use crate::app::access::DEFAULT_MERCHANT;
use crate::app::start::Start;
use crate::app::test_clock::Moment;
use crate::app::{App, AppError};
use crate::domain::ids::MerchantId;
use crate::domain::webhook::Reach;
use crate::store::Store;

use super::args::Common;
use super::error::CliError;

/// The database of the command line, brought up to date.
pub(super) async fn open_store(common: &Common) -> Result<Store, CliError> {
    let store = Store::open(&common.database_url).await?;
    store.migrate().await?;
    Ok(store)
}

/// The engine on a database, with the randomness of this machine.
pub(super) async fn start(
    store: Store,
    test_clock: Option<&str>,
    public_url: String,
    reach: Reach,
) -> Result<App, CliError> {
    let test_clock = test_clock.map(moment).transpose()?;
    let start = Start { test_clock, seed: seed()?, public_url, reach };
    Ok(App::start(store, start).await?)
}

/// The engine for a command that serves nobody.
pub(super) async fn open(common: &Common) -> Result<App, CliError> {
    start(open_store(common).await?, None, String::new(), Reach::Public).await
}

/// The merchant that commands work for.
pub(super) fn merchant() -> Result<MerchantId, CliError> {
    Ok(MerchantId::parse(DEFAULT_MERCHANT).map_err(AppError::from)?)
}

/// The same where it must be there already.
pub(super) async fn known_merchant(app: &App) -> Result<MerchantId, CliError> {
    let merchant = merchant()?;
    if app.every_merchant().await?.contains(&merchant) {
        return Ok(merchant);
    }
    let said = "this book is empty: `crossgrade serve` with an admin key, `crossgrade keys create` \
                or `crossgrade import` fills it";
    Err(CliError::Failed(said.to_owned()))
}

fn moment(text: &str) -> Result<Moment, CliError> {
    let wrong = || CliError::Wrong(format!("'{text}' is neither a date nor an instant"));
    Moment::parse(text).ok_or_else(wrong)
}

fn seed() -> Result<[u8; 32], CliError> {
    let mut seed = [0; 32];
    SysRng
        .try_fill_bytes(&mut seed)
        .map_err(|error| CliError::Failed(format!("this machine has no randomness: {error}")))?;
    Ok(seed)
}
