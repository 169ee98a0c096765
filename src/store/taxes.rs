//! Tax categories with their dated rates.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::definitions::stored;
use super::query::SqlQuery;
use super::rows::{Place, all, to_json};
use super::sql::{args, row};
use super::{PAGE_MAX, Page, StoreError, Tx, USES_MAX, Use};
use crate::domain::catalogue::Tax;
use crate::domain::ids::{MerchantId, TaxId};
use crate::domain::money::Rate;

/// Stores a tax category; whether it is new.
pub async fn save_tax(tx: &mut Tx, merchant: &MerchantId, tax: &Tax) -> Result<bool, StoreError> {
    let rates: Vec<_> = (tax.rates.iter()).map(|(from, rate)| (*from, rate.to_string())).collect();
    let rates = to_json(&rates)?;
    let exemption = tax.exemption.as_ref().map(to_json).transpose()?;
    let added = tx
        .execute(
            "insert into taxes (merchant_id, id, title, rates, exemption) \
             values ($1, $2, $3, $4, $5) on conflict (merchant_id, id) do nothing",
            args![merchant, &tax.id, &tax.title, &rates, &exemption],
        )
        .await?;
    if added == 0 {
        tx.execute(
            "update taxes set title = $3, rates = $4, exemption = $5 \
             where merchant_id = $1 and id = $2",
            args![merchant, &tax.id, &tax.title, rates, exemption],
        )
        .await?;
    }
    Ok(added == 1)
}

/// A tax category.
pub async fn find_tax(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &TaxId,
) -> Result<Option<Tax>, StoreError> {
    let row: Option<TaxRow> = tx
        .fetch_optional(
            "select id, title, rates, exemption from taxes \
             where merchant_id = $1 and id = $2",
            args![merchant, id],
        )
        .await?;
    row.map(Tax::try_from).transpose()
}

/// Tax categories, by id.
pub async fn list_taxes(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<Tax>, StoreError> {
    let query = "select id, title, rates, exemption from taxes where merchant_id = $1";
    let query = SqlQuery::new(query, args![merchant]).search(
        "(lower(id) like lower($?) escape '!' \
         or lower(title) like lower($?) escape '!')",
        page,
    );
    let (text, args) = query.page("id", page);
    let rows: Vec<TaxRow> = tx.fetch_all(text, args).await?;
    all(rows)
}

/// All tax categories, at most 1,000.
pub async fn load_taxes(
    tx: &mut Tx,
    merchant: &MerchantId,
) -> Result<BTreeMap<TaxId, Tax>, StoreError> {
    let taxes = list_taxes(tx, merchant, &Page::first(PAGE_MAX)).await?;
    Ok(taxes.into_iter().map(|tax| (tax.id.clone(), tax)).collect())
}

/// What keeps a tax category from being removed, as far as the first twenty.
pub async fn tax_uses(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &TaxId,
    _now: DateTime<Utc>,
) -> Result<Vec<Use>, StoreError> {
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

stored!(
    Tax,
    find_tax,
    list_taxes,
    |tx, merchant, tax, _writing| {
        let created = save_tax(tx, merchant, &tax).await?;
        (tax, created)
    },
    uses tax_uses
);

row! {
    struct TaxRow {
        id: String,
        title: Option<String>,
        rates: String,
        exemption: Option<String>,
    }
}

impl TryFrom<TaxRow> for Tax {
    type Error = StoreError;

    fn try_from(row: TaxRow) -> Result<Self, StoreError> {
        let place = Place { table: "taxes", row: &row.id };
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
}
