//! Opens the book that a command works on, as far as the command may make it or bring its tables
//! up to date, with the engine on its clock.

use rand::TryRng;
use rand::rngs::SysRng;

use crate::app::App;
use crate::app::start::Start;
use crate::app::test_clock::ClockTarget;
use crate::domain::ids::MerchantId;
use crate::domain::webhook::EndpointReach;
use crate::store::{Schema, Store, StoreError};

use super::args::{Common, MerchantOption};
use super::error::CliError;

/// What a command may do where there is no book, or one whose tables are of another release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Make the book, and bring its tables up to date.
    Upgrade,
    /// Make the book; one that is there has to be up to date.
    Make,
    /// Neither: a mistyped address is never an empty, sound book.
    Existing,
    /// Neither, and nothing is written: a book that may only be read will do.
    Look,
}

/// The database of the command line, with tables that this program knows.
pub(super) async fn open_store(common: &Common, access: Access) -> Result<Store, CliError> {
    let url = &common.database_url;
    let store = match access {
        Access::Upgrade | Access::Make => Store::open(url).await?,
        Access::Existing => Store::open_existing(url).await.map_err(missing)?,
        Access::Look => Store::open_to_look(url).await.map_err(missing)?,
    };
    match fit(&store, access).await {
        Ok(()) => Ok(store),
        Err(error) => {
            store.close().await;
            Err(error)
        }
    }
}

fn missing(error: StoreError) -> CliError {
    match error {
        StoreError::Missing(path) => {
            CliError::Failed(format!("there is no book at {path}: {MADE_BY}"))
        }
        other => other.into(),
    }
}

/// More merchants than these are not named.
const MERCHANTS_NAMED: usize = 20;

const MADE_BY: &str =
    "`crossgrade serve`, `migrate`, `import`, `bring-over` or `keys create` makes one";

async fn fit(store: &Store, access: Access) -> Result<(), CliError> {
    let said = match (store.schema().await?, access) {
        (Schema::Current | Schema::Extended, _) => return Ok(()),
        (Schema::Newer, _) => return Err(StoreError::Newer.into()),
        (Schema::Absent | Schema::Older, Access::Upgrade) | (Schema::Absent, Access::Make) => {
            store.migrate().await?;
            // A later release may have done it at the same time.
            return match store.schema().await? {
                Schema::Newer => Err(StoreError::Newer.into()),
                _ => Ok(()),
            };
        }
        (Schema::Absent, Access::Existing | Access::Look) => {
            format!("this database holds no book: {MADE_BY}")
        }
        (Schema::Older, Access::Make | Access::Existing | Access::Look) => {
            "this book was made by an earlier release: make a backup, then `crossgrade migrate` \
             (or `serve`) brings it up to date"
                .to_owned()
        }
    };
    Err(CliError::Failed(said))
}

/// The engine on a database, with the randomness of this machine.
pub(super) async fn start(
    store: Store,
    test_clock: Option<&str>,
    public_url: String,
    reach: EndpointReach,
) -> Result<App, CliError> {
    let test_clock = test_clock.map(moment).transpose()?;
    let start = Start { test_clock, seed: seed()?, public_url, reach };
    Ok(App::start(store, start).await?)
}

/// The engine for a command that serves nobody.
pub(super) async fn open(common: &Common, access: Access) -> Result<App, CliError> {
    engine(open_store(common, access).await?).await
}

/// The same on a database that is open.
pub(super) async fn engine(store: Store) -> Result<App, CliError> {
    start(store, None, String::new(), EndpointReach::Public).await
}

/// The merchant that a command is about, who must be there already.
pub(super) async fn known_merchant(
    app: &App,
    whose: &MerchantOption,
) -> Result<MerchantId, CliError> {
    let (merchant, known) = (&whose.merchant, app.every_merchant().await?);
    if known.contains(merchant) {
        return Ok(merchant.clone());
    }
    Err(CliError::Failed(if known.is_empty() {
        "this book is empty: `crossgrade serve` with an admin key, `crossgrade keys create` or \
         `crossgrade import` fills it"
            .to_owned()
    } else {
        let names: Vec<&str> = known.iter().map(MerchantId::as_str).take(MERCHANTS_NAMED).collect();
        format!("there is no merchant '{merchant}' in this book, but {}", names.join(", "))
    }))
}

fn moment(text: &str) -> Result<ClockTarget, CliError> {
    let wrong = || CliError::Wrong(format!("'{text}' is neither a date nor an instant"));
    ClockTarget::parse(text).ok_or_else(wrong)
}

fn seed() -> Result<[u8; 32], CliError> {
    let mut seed = [0; 32];
    SysRng
        .try_fill_bytes(&mut seed)
        .map_err(|error| CliError::Failed(format!("this machine has no randomness: {error}")))?;
    Ok(seed)
}
