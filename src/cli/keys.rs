//! `crossgrade keys`: makes and revokes API keys of a merchant.

use crate::app::App;
use crate::domain::ids::{KeyId, MerchantId};
use crate::domain::role::Role;

use super::args::{Common, Keys};
use super::book::Access;
use super::error::CliError;
use super::{book, say::say};

pub(super) async fn run(common: &Common, keys: &Keys) -> Result<(), CliError> {
    // A fresh book can be given its first key, but has none that could be revoked.
    let access = match keys {
        Keys::Create { .. } => Access::Make,
        Keys::Revoke { .. } => Access::Existing,
    };
    let app = book::open(common, access).await?;
    match keys {
        Keys::Create { role, whose } => {
            // A fresh book has nobody whom the key could belong to.
            app.bootstrap(None).await?;
            let merchant = book::known_merchant(&app, whose).await?;
            create(&app, &merchant, *role).await?;
        }
        Keys::Revoke { id, whose } => {
            let merchant = book::known_merchant(&app, whose).await?;
            let known =
                KeyId::parse(id).map_err(|bad| CliError::Failed(format!("'{id}' {bad}")))?;
            app.revoke_key(&merchant, &known).await.map_err(|error| match error {
                crate::app::AppError::NotFound(_) => {
                    CliError::Failed(format!("there is no key '{id}' in force"))
                }
                other => other.into(),
            })?;
            say(format!("revoked {id}"));
        }
    }
    app.store().close().await;
    Ok(())
}

/// The key alone stands on standard output, so that a script can take it.
async fn create(app: &App, merchant: &MerchantId, role: Role) -> Result<(), CliError> {
    let label = Some("command line".to_owned());
    let (row, key) = app.create_key(merchant, role.name(), label).await?;
    eprintln!("{} ({}): this key is shown this once", row.id, role.name());
    say(key);
    Ok(())
}
