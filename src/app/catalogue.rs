//! The catalogue as a value: the offers, paths and taxes of a merchant as of an edit, held in
//! memory for all who decide at that edit.
//!
//! Every save of anything in the catalogue raises the merchant's edit in its own transaction. A
//! decision reads the edit in the transaction that it decides in; only where it is the one that is
//! held does it use what is held. So a catalogue is never stale, on any process.
//!
//! What is held was read by a look at what has been committed, never by a transaction that writes:
//! an edit whose transaction is rolled back leaves no trace, and its number is given out again.

use std::sync::Arc;

use crate::domain::ids::MerchantId;
use crate::rules::graph::Catalogue;
use crate::store::offers::{OFFERS_MAX, all_offers};
use crate::store::paths::{PATHS_MAX, all_paths};
use crate::store::{Tx, merchants, taxes};

use super::{App, AppError};

pub use super::catalogue_revision::CatalogueRevision;

impl App {
    /// The catalogue of an edit, where it is held. Nobody waits for it to be read: where it is not
    /// held, whoever asks goes on without, and it is read beside for those who come next.
    pub(super) fn held_catalogue(
        &self,
        merchant: &MerchantId,
        edit: i64,
    ) -> Option<Arc<CatalogueRevision>> {
        let held = self.inner.catalogues.find(merchant, edit);
        if held.is_none() {
            self.read_catalogue_beside(merchant, edit);
        }
        held
    }

    /// Reads a catalogue in a task of its own: one at a time, whosever it is. Whom that leaves out
    /// asks again with the next decision. One that is too large to be held is read once an edit.
    fn read_catalogue_beside(&self, merchant: &MerchantId, edit: i64) {
        let turn = Arc::clone(&self.inner.too_large).try_lock_owned();
        let Ok(mut too_large) = turn else { return };
        if too_large.get(merchant) == Some(&edit) {
            return;
        }
        let (app, merchant, busy) = (self.clone(), merchant.clone(), self.busy());
        tokio::spawn(async move {
            let read = app
                .read(|tx| async { app.committed_catalogue(&mut tx.unwatched(), &merchant).await });
            match read.await {
                Err(error) => tracing::debug!(%error, "the catalogue was not read ahead"),
                Ok(read) if app.inner.catalogues.find(&merchant, read.edit).is_none() => {
                    too_large.insert(merchant, read.edit);
                }
                Ok(_) => drop(too_large.remove(&merchant)),
            }
            drop((too_large, busy));
        });
    }

    /// The catalogue as it has been committed.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn catalogue(
        &self,
        merchant: &MerchantId,
    ) -> Result<Arc<CatalogueRevision>, AppError> {
        self.read(|mut tx| async move { self.committed_catalogue(&mut tx, merchant).await }).await
    }

    /// The catalogue as a look sees it. Never to be asked in a transaction that writes.
    pub(super) async fn committed_catalogue(
        &self,
        tx: &mut Tx,
        merchant: &MerchantId,
    ) -> Result<Arc<CatalogueRevision>, AppError> {
        let edit = merchants::get_edit(tx, merchant).await?;
        if let Some(held) = self.inner.catalogues.find(merchant, edit) {
            return Ok(held);
        }
        let edition = Arc::new(load(tx, merchant, edit).await?);
        if is_whole(&edition) {
            self.inner.catalogues.hold(merchant, edition.clone());
        }
        Ok(edition)
    }
}

async fn load(
    tx: &mut Tx,
    merchant: &MerchantId,
    edit: i64,
) -> Result<CatalogueRevision, AppError> {
    let taxes = taxes::load_taxes(tx, merchant).await?;
    let offers = all_offers(tx, merchant).await?;
    let paths = all_paths(tx, merchant).await?;
    Ok(CatalogueRevision { edit, taxes, catalogue: Catalogue::new(offers, paths) })
}

/// Whether nothing was left out for its number: decisions must not rest on a part.
fn is_whole(edition: &CatalogueRevision) -> bool {
    let fewer = |count: usize, most: i64| i64::try_from(count).is_ok_and(|count| count < most);
    let catalogue = &edition.catalogue;
    fewer(catalogue.offers().len(), OFFERS_MAX) && fewer(catalogue.paths().len(), PATHS_MAX)
}
