//! Products.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::definitions::stored;
use super::query::Query;
use super::rows::{Place, all};
use super::sql::{args, list, row};
use super::{Page, StoreError, Tx, USES_MAX, Use};
use crate::domain::catalogue::{Product, ProductKind};
use crate::domain::ids::{MerchantId, ProductId};

/// Stores a product; whether it is new.
pub async fn save_product(
    tx: &mut Tx,
    merchant: &MerchantId,
    product: &Product,
) -> Result<bool, StoreError> {
    let kind = match product.kind {
        ProductKind::Digital => "digital",
        ProductKind::Physical => "physical",
    };
    let added = tx
        .execute(
            "insert into products (merchant_id, id, title, kind) values ($1, $2, $3, $4) \
             on conflict (merchant_id, id) do nothing",
            args![merchant, &product.id, &product.title, kind],
        )
        .await?;
    if added == 0 {
        tx.execute(
            "update products set title = $3, kind = $4 where merchant_id = $1 and id = $2",
            args![merchant, &product.id, &product.title, kind],
        )
        .await?;
    }
    Ok(added == 1)
}

/// A product.
pub async fn find_product(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &ProductId,
) -> Result<Option<Product>, StoreError> {
    let found = find_products(tx, merchant, std::slice::from_ref(id)).await?;
    Ok(found.into_values().next())
}

/// Those of these products that exist.
pub async fn find_products(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[ProductId],
) -> Result<BTreeMap<ProductId, Product>, StoreError> {
    let rows: Vec<ProductRow> = tx
        .fetch_all(
            "select id, title, kind from products where (merchant_id, id) in pairs($1, $2)",
            args![merchant, list(ids)],
        )
        .await?;
    let products: Vec<Product> = all(rows)?;
    Ok(products.into_iter().map(|p| (p.id.clone(), p)).collect())
}

/// The titles of those of these products that exist.
pub async fn find_titles(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[ProductId],
) -> Result<BTreeMap<ProductId, String>, StoreError> {
    let products = find_products(tx, merchant, ids).await?;
    Ok(products.into_iter().map(|(id, p)| (id, p.title)).collect())
}

/// Products, by id.
pub async fn list_products(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<Product>, StoreError> {
    let query = "select id, title, kind from products where merchant_id = $1";
    let query = Query::new(query, args![merchant]).search(
        "(lower(id) like lower($?) escape '!' \
         or lower(title) like lower($?) escape '!')",
        page,
    );
    let (text, args) = query.page("id", page);
    let rows: Vec<ProductRow> = tx.fetch_all(text, args).await?;
    all(rows)
}

/// What keeps a product from being removed, as far as the first twenty.
pub async fn product_uses(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &ProductId,
    _now: DateTime<Utc>,
) -> Result<Vec<Use>, StoreError> {
    tx.fetch_all(
        "select 'offer' as kind, o.id as id from offer_products p \
         join offers o on o.merchant_id = p.merchant_id and o.id = p.offer_id \
         and o.version = p.version where p.merchant_id = $1 and p.product_id = $2 union all \
         select 'subscription' as kind, s.id as id from offer_products p \
         join subscriptions s on s.merchant_id = p.merchant_id and s.offer_id = p.offer_id \
         and s.offer_version = p.version and s.status = 'active' \
         where p.merchant_id = $1 and p.product_id = $2 union all \
         select 'scheduled_change' as kind, c.id as id from offer_products p \
         join scheduled_changes c on c.merchant_id = p.merchant_id and c.offer_id = p.offer_id \
         and c.offer_version = p.version and c.status = 'pending' \
         where p.merchant_id = $1 and p.product_id = $2 limit $3",
        args![merchant, id, USES_MAX],
    )
    .await
}

stored!(
    Product,
    find_product,
    list_products,
    |tx, merchant, product, _writing| {
        let created = save_product(tx, merchant, &product).await?;
        (product, created)
    },
    uses product_uses
);

row! {
    struct ProductRow {
        id: String,
        title: String,
        kind: String,
    }
}

impl TryFrom<ProductRow> for Product {
    type Error = StoreError;

    fn try_from(row: ProductRow) -> Result<Self, StoreError> {
        let place = Place { table: "products", row: &row.id };
        let kind = match row.kind.as_str() {
            "digital" => Some(ProductKind::Digital),
            "physical" => Some(ProductKind::Physical),
            _ => None,
        };
        Ok(Self {
            kind: place.need("kind", kind)?,
            title: row.title,
            id: ProductId::stored(row.id),
        })
    }
}
