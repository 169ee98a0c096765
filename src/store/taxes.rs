//! Tax categories with their dated rates.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::definitions::stored;
use super::plain::{self, PlainRow};
use super::rows::{ColumnPlace, to_json};
use super::sql::{Arg, args, row};
use super::{DependentThing, PAGE_MAX, Page, StoreError, Tx, USES_MAX};
use crate::domain::catalogue::Tax;
use crate::domain::ids::{MerchantId, TaxId};
use crate::domain::money::Rate;

/// All tax categories, at most 1,000.
pub async fn load_taxes(
    tx: &mut Tx,
    merchant: &MerchantId,
) -> Result<BTreeMap<TaxId, Tax>, StoreError> {
    let taxes: Vec<Tax> = plain::list(tx, merchant, &Page::first(PAGE_MAX)).await?;
    Ok(taxes.into_iter().map(|tax| (tax.id.clone(), tax)).collect())
}

/// What keeps a tax category from being removed, as far as the first twenty.
pub async fn tax_uses(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &TaxId,
    _now: DateTime<Utc>,
) -> Result<Vec<DependentThing>, StoreError> {
    tx.fetch_all(
        "select 'offer' as kind, o.id as id from offer_versions v \
         join offers o on o.merchant_id = v.merchant_id and o.id = v.offer_id \
         and o.version = v.version where v.merchant_id = $1 and v.tax_id = $2 union all \
         select 'subscription' as kind, s.id as id from offer_versions v \
         join subscriptions s on s.merchant_id = v.merchant_id and s.offer_id = v.offer_id \
         and s.offer_version = v.version and s.status = 'active' \
         where v.merchant_id = $1 and v.tax_id = $2 union all \
         select 'scheduled_change' as kind, c.id as id from offer_versions v \
         join scheduled_changes c on c.merchant_id = v.merchant_id and c.offer_id = v.offer_id \
         and c.offer_version = v.version and c.status = 'pending' \
         where v.merchant_id = $1 and v.tax_id = $2 limit $3",
        args![merchant, id, USES_MAX],
    )
    .await
}

stored!(Tax as row, uses tax_uses);

row! {
    json
    /// A row of `taxes`.
    pub struct TaxRow {
        id: String,
        title: Option<String>,
        rates: String,
        exemption: Option<String>,
    }
}

impl PlainRow for Tax {
    type Row = TaxRow;

    fn of_row(row: TaxRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "taxes", row: &row.id };
        let rates: Vec<(NaiveDate, String)> = place.json("rates", &row.rates)?;
        let rates: Option<_> =
            (rates.iter()).map(|(from, rate)| Some((*from, Rate::parse(rate)?))).collect();
        let exemption = row.exemption.as_deref().map(|text| place.json("exemption", text));
        Ok(Self {
            rates: place.need("rates", rates)?,
            exemption: exemption.transpose()?,
            title: row.title,
            id: TaxId::stored(row.id),
        })
    }
    fn values(&self) -> Result<Vec<Arg>, StoreError> {
        let rates = self.rates.iter().map(|(from, rate)| (*from, rate.to_string()));
        let rates = to_json(&rates.collect::<Vec<_>>())?;
        let exemption = self.exemption.as_ref().map(to_json).transpose()?;
        Ok(args![&self.id, &self.title, rates, exemption])
    }
}
