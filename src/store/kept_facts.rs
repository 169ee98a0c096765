//! Completed checkouts with what their decisions rested on, page by page, and what else the book
//! says of that. They are written with the checkout, by [`super::checkouts`].

use std::collections::BTreeSet;

use serde_json::Value;

use super::checkouts::{CheckoutRow, checkout_columns};
use super::invoices::{FoundInvoice, find_invoices};
use super::offers::find_versions;
use super::rows::ColumnPlace;
use super::sql::{args, row};
use super::{StoreError, Tx};
use crate::domain::checkout::Checkout;
use crate::domain::ids::{CheckoutId, InvoiceId, MerchantId};
use crate::domain::kept_facts::{KeptFactsState, PermanentFacts, TermsKey};

/// A completed checkout as it is to be decided again.
#[derive(Debug)]
pub struct CompletedCheckout {
    /// Itself.
    pub checkout: Checkout,
    /// Its preview as it stands in the book.
    pub preview: Value,
    /// What its decision rested on; none where an older release completed it.
    pub kept: Option<KeptFactsState>,
}

/// Completed checkouts behind an id, by id, each with its id and, where it can be read, itself.
pub async fn list_completed(
    tx: &mut Tx,
    merchant: &MerchantId,
    after: Option<&CheckoutId>,
    limit: i64,
) -> Result<Vec<(CheckoutId, Result<CompletedCheckout, StoreError>)>, StoreError> {
    let after = after.map_or("", CheckoutId::as_str);
    let rows: Vec<CompletedRow> = tx
        .fetch_all(
            concat!(
                "select ",
                checkout_columns!(),
                ", facts from checkouts where merchant_id = $1 and status = 'completed' \
                 and id > $2 order by id limit $3"
            ),
            args![merchant, after, limit],
        )
        .await?;
    let named = |row: CompletedRow| (CheckoutId::stored(row.checkout.id.clone()), row.try_into());
    Ok(rows.into_iter().map(named).collect())
}

/// These versions of terms and these invoices with their lines, as far as they are there and can
/// be read.
pub async fn load_unchanging(
    tx: &mut Tx,
    merchant: &MerchantId,
    terms: &BTreeSet<TermsKey>,
    invoices: &BTreeSet<InvoiceId>,
) -> Result<PermanentFacts, StoreError> {
    let mut found = PermanentFacts::default();
    match readable(find_versions(tx, merchant, terms).await)? {
        Some(read) => found.terms = read,
        // One by one, so that only the damaged one is left out.
        None => {
            for version in terms {
                let read = readable(find_versions(tx, merchant, &[version.clone()].into()).await)?;
                found.terms.extend(read.unwrap_or_default());
            }
        }
    }
    let add = |found: &mut PermanentFacts, read: Vec<FoundInvoice>| {
        let by_id = read.into_iter().map(|it| (it.invoice.id.clone(), it.invoice));
        found.invoices.extend(by_id);
    };
    match readable(find_invoices(tx, merchant, invoices).await)? {
        Some(read) => add(&mut found, read),
        None => {
            for id in invoices {
                let read = readable(find_invoices(tx, merchant, &[id.clone()].into()).await)?;
                add(&mut found, read.unwrap_or_default());
            }
        }
    }
    Ok(found)
}

/// What was read; none where it is damaged.
fn readable<T>(read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.is_damage() => Ok(None),
        Err(error) => Err(error),
    }
}

row! {
    struct CompletedRow {
        checkout: CheckoutRow,
        facts: Option<String>,
    }
}

impl TryFrom<CompletedRow> for CompletedCheckout {
    type Error = StoreError;

    fn try_from(row: CompletedRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "checkouts", row: &row.checkout.id };
        Ok(Self {
            preview: place.json("preview", &row.checkout.preview)?,
            kept: row.facts.as_deref().map(|text| place.json("facts", text)).transpose()?,
            checkout: row.checkout.try_into()?,
        })
    }
}
