//! Products.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::definitions::{DefinitionWrite, delete_row, stored};
use super::query::SqlQuery;
use super::rows::{ColumnPlace, to_json};
use super::sql::{args, list, row};
use super::stock::{insert_moves, lock_stock};
use super::{DependentThing, Page, StoreError, Tx, USES_MAX};
use crate::domain::catalogue::{Product, ProductOutline};
use crate::domain::definition::Definition;
use crate::domain::ids::{MerchantId, ProductId, TagId};
use crate::domain::money::Money;
use crate::domain::stock::set_stock;

/// The most products that are picked at once.
const PICKED_MAX: i64 = 20_000;

/// Of up to so many products each is asked for by its id whether it is sold out.
const SOLD_OUT_BY_ID: usize = 50;

/// Selects [`ProductRow`]s, as far as the `where`. Their tags stand in rows of their own; no id has
/// a blank in it.
macro_rules! select_products {
    ($rest:literal) => {
        concat!(
            "select id, title, kind, variant_of, brand, unit_net_minor, unit_net_currency, stock, \
             ships_to, texts, (select string_agg(k.tag_id, ' ') from product_tags k \
             where k.merchant_id = products.merchant_id and k.product_id = products.id) as tags \
             from products ",
            $rest
        )
    };
}

macro_rules! select_outlines {
    ($rest:literal) => {
        concat!("select id, title, variant_of, stock, unit_net_minor, texts from products ", $rest)
    };
}

/// Stores a product, with the move that its stock makes by that; whether it is new. Its row is
/// locked, if there is one.
pub async fn save_product(
    tx: &mut Tx,
    merchant: &MerchantId,
    product: &Product,
    DefinitionWrite { edit, now }: DefinitionWrite,
) -> Result<bool, StoreError> {
    let known = lock_stock(tx, merchant, [&product.id]).await?.remove(&product.id);
    let moved = set_stock(&product.id, known.unwrap_or_default(), product.stock);
    let values = args![
        merchant,
        &product.id,
        &product.title,
        product.kind,
        product.variant_of.as_ref(),
        &product.brand,
        product.unit_net.map(|net| net.minor),
        product.unit_net.map(|net| net.currency.code()),
        product.stock,
        to_json(&product.ships_to)?,
        moved.as_ref().map_or(known.map_or(0, |left| left.moves), |moved| moved.sequence),
        to_json(&product.texts)?,
        edit,
    ];
    if known.is_none() {
        tx.execute(
            "insert into products (merchant_id, id, title, kind, variant_of, brand, \
             unit_net_minor, unit_net_currency, stock, ships_to, stock_moves, texts, edit) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            values,
        )
        .await?;
    } else {
        tx.execute(
            "update products set title = $3, kind = $4, variant_of = $5, brand = $6, \
             unit_net_minor = $7, unit_net_currency = $8, stock = $9, ships_to = $10, \
             stock_moves = $11, texts = $12, edit = $13 where merchant_id = $1 and id = $2",
            values,
        )
        .await?;
        tx.execute(
            "delete from product_tags where merchant_id = $1 and product_id = $2",
            args![merchant, &product.id],
        )
        .await?;
    }
    let tags = product.tags.iter().map(|tag| args![merchant, &product.id, tag]).collect();
    tx.insert_rows("product_tags", "merchant_id, product_id, tag_id", tags).await?;
    insert_moves(tx, merchant, now, moved.as_slice()).await?;
    Ok(known.is_none())
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
            select_products!("where (merchant_id, id) in pairs($1, $2)"),
            args![merchant, list(ids)],
        )
        .await?;
    let products = all(rows)?;
    Ok(products.into_iter().map(|p| (p.id.clone(), p)).collect())
}

/// The titles in a locale of those of these products that exist.
pub async fn find_titles(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[ProductId],
    locale: &str,
) -> Result<BTreeMap<ProductId, String>, StoreError> {
    let products = find_products(tx, merchant, ids).await?.into_iter();
    Ok(products.map(|(id, product)| (id, product.title_in(locale).to_owned())).collect())
}

/// Every product, as far as other things of the catalogue need to know of it.
pub async fn outline_products(
    tx: &mut Tx,
    merchant: &MerchantId,
) -> Result<BTreeMap<ProductId, ProductOutline>, StoreError> {
    let text = select_outlines!("where merchant_id = $1");
    outlines(tx.fetch_all(text, args![merchant]).await?)
}

/// The same of those of these products that exist, and of a variant of `own` where it has any.
pub async fn outline_named(
    tx: &mut Tx,
    merchant: &MerchantId,
    named: &BTreeSet<ProductId>,
    own: &ProductId,
) -> Result<BTreeMap<ProductId, ProductOutline>, StoreError> {
    let text = select_outlines!("where (merchant_id, id) in pairs($1, $2)");
    let mut rows: Vec<OutlineRow> = tx.fetch_all(text, args![merchant, list(named)]).await?;
    let text = select_outlines!("where merchant_id = $1 and variant_of = $2 order by id limit 1");
    let variant: Vec<OutlineRow> = tx.fetch_all(text, args![merchant, own]).await?;
    rows.extend(variant);
    outlines(rows)
}

fn outlines(rows: Vec<OutlineRow>) -> Result<BTreeMap<ProductId, ProductOutline>, StoreError> {
    let outline = |row: OutlineRow| {
        let place = ColumnPlace { table: "products", row: &row.id };
        let outline = ProductOutline {
            texts: place.json("texts", &row.texts)?,
            title: row.title,
            variant_of: row.variant_of.map(ProductId::stored),
            stock: row.stock,
            is_priced: row.unit_net_minor.is_some(),
        };
        Ok((ProductId::stored(row.id), outline))
    };
    rows.into_iter().map(outline).collect()
}

row! {
    struct OutlineRow {
        id: String,
        title: String,
        variant_of: Option<String>,
        stock: Option<i64>,
        unit_net_minor: Option<i64>,
        texts: String,
    }
}

/// What picks products.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductPick {
    /// Products with their variants.
    pub families: BTreeSet<ProductId>,
    /// Brands.
    pub brands: BTreeSet<String>,
    /// Tags.
    pub tags: BTreeSet<TagId>,
    /// Everything.
    pub all: bool,
}

impl ProductPick {
    /// These products, too.
    #[must_use]
    pub fn with(mut self, products: impl IntoIterator<Item = ProductId>) -> Self {
        self.families.extend(products);
        self
    }

    /// Whether nothing is picked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The products of these heads' families, by id.
pub async fn list_families(
    tx: &mut Tx,
    merchant: &MerchantId,
    heads: &BTreeSet<ProductId>,
) -> Result<Vec<Product>, StoreError> {
    let text = select_products!(
        "where merchant_id = $1 and id in ( \
         select h.id from products h where (h.merchant_id, h.id) in pairs($1, $2) \
         union all select v.id from products v where v.variant_of is not null \
         and (v.merchant_id, v.variant_of) in pairs($1, $2)) order by id limit $3"
    );
    let rows: Vec<ProductRow> =
        tx.fetch_all(text, args![merchant, list(heads), PICKED_MAX]).await?;
    all(rows)
}

/// The products that are picked, by id, at most [`PICKED_MAX`].
pub async fn list_picked(
    tx: &mut Tx,
    merchant: &MerchantId,
    picked: &ProductPick,
) -> Result<Vec<Product>, StoreError> {
    let rows: Vec<ProductRow> = if picked.all {
        let text = select_products!("where merchant_id = $1 order by id limit $2");
        tx.fetch_all(text, args![merchant, PICKED_MAX]).await?
    } else {
        let text = select_products!(
            "where merchant_id = $1 and id in ( \
             select h.id from products h where (h.merchant_id, h.id) in pairs($1, $2) \
             union all select v.id from products v where v.variant_of is not null \
             and (v.merchant_id, v.variant_of) in pairs($1, $2) \
             union all select b.id from products b where b.brand is not null \
             and (b.merchant_id, b.brand) in pairs($1, $3) \
             union all select t.product_id from product_tags t \
             where (t.merchant_id, t.tag_id) in pairs($1, $4)) order by id limit $5"
        );
        let ProductPick { families, brands, tags, .. } = picked;
        let values = args![merchant, list(families), list(brands), list(tags), PICKED_MAX];
        tx.fetch_all(text, values).await?
    };
    all(rows)
}

/// The products that were saved by a later edit than this, with what is left of them now; none
/// where they are more than `most`.
pub async fn saved_since(
    tx: &mut Tx,
    merchant: &MerchantId,
    edit: i64,
    most: i64,
) -> Result<Option<Vec<Product>>, StoreError> {
    let text = select_products!("where merchant_id = $1 and edit > $2 order by edit, id limit $3");
    let rows: Vec<ProductRow> = tx.fetch_all(text, args![merchant, edit, most + 1]).await?;
    if i64::try_from(rows.len()).is_ok_and(|count| count > most) {
        return Ok(None);
    }
    all(rows).map(Some)
}

/// The ids of the products that were removed by a later edit than this; some may be there again.
pub async fn removed_since(
    tx: &mut Tx,
    merchant: &MerchantId,
    edit: i64,
) -> Result<Vec<ProductId>, StoreError> {
    let text = "select product_id from removed_products where merchant_id = $1 and edit > $2";
    let rows: Vec<(String,)> = tx.fetch_all(text, args![merchant, edit]).await?;
    Ok(rows.into_iter().map(|(id,)| ProductId::stored(id)).collect())
}

/// The products of which nothing is left: of these, or all where these are many.
pub async fn sold_out(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[ProductId],
) -> Result<BTreeSet<ProductId>, StoreError> {
    if ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    // No id has a blank in it.
    let (found,): (Option<String>,) = if ids.len() <= SOLD_OUT_BY_ID {
        let text = "select string_agg(id, ' ') as ids from products \
                    where (merchant_id, id) in pairs($1, $2) and stock = 0";
        tx.fetch_one(text, args![merchant, list(ids)]).await?
    } else {
        let text = "select string_agg(id, ' ') as ids from products \
                    where merchant_id = $1 and stock = 0";
        tx.fetch_one(text, args![merchant]).await?
    };
    let found = found.unwrap_or_default();
    Ok(found.split_whitespace().map(|id| ProductId::stored(id.to_owned())).collect())
}

/// Removes a product; whether it was there.
async fn delete_product(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &ProductId,
) -> Result<bool, StoreError> {
    let was_there = delete_row(tx, merchant, Product::KIND.table, id.as_str()).await?;
    if was_there {
        tx.execute(
            "insert into removed_products (merchant_id, product_id, edit) \
             select id, $2, edit from merchants where id = $1 \
             on conflict (merchant_id, product_id) do update set edit = excluded.edit",
            args![merchant, id],
        )
        .await?;
    }
    Ok(was_there)
}

/// Products, by id.
pub async fn list_products(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<Product>, StoreError> {
    let query = select_products!("where merchant_id = $1");
    let query = SqlQuery::new(query, args![merchant]).search(
        "(lower(id) like lower($?) escape '!' \
         or lower(title) like lower($?) escape '!')",
        page,
    );
    let (text, args) = query.page("id", page);
    let rows: Vec<ProductRow> = tx.fetch_page((text, args), page).await?;
    all(rows)
}

/// What keeps a product from being removed, as far as the first twenty.
pub async fn product_uses(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &ProductId,
    _now: DateTime<Utc>,
) -> Result<Vec<DependentThing>, StoreError> {
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
         where p.merchant_id = $1 and p.product_id = $2 union all \
         select kind, rule_id as id from rule_names \
         where merchant_id = $1 and noun = 'product' and name = $2 union all \
         select 'product' as kind, id from products \
         where merchant_id = $1 and variant_of = $2 limit $3",
        args![merchant, id, USES_MAX],
    )
    .await
}

stored!(
    Product,
    find_product,
    list_products,
    |tx, merchant, product, writing| {
        let created = save_product(tx, merchant, &product, writing).await?;
        (product, created)
    },
    uses product_uses,
    delete delete_product
);

fn all(rows: Vec<ProductRow>) -> Result<Vec<Product>, StoreError> {
    rows.into_iter().map(Product::try_from).collect()
}

row! {
    struct ProductRow {
        id: String,
        title: String,
        kind: String,
        variant_of: Option<String>,
        brand: Option<String>,
        unit_net_minor: Option<i64>,
        unit_net_currency: Option<String>,
        stock: Option<i64>,
        ships_to: String,
        texts: String,
        tags: Option<String>,
    }
}

impl TryFrom<ProductRow> for Product {
    type Error = StoreError;

    fn try_from(row: ProductRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "products", row: &row.id };
        let unit_net = match (row.unit_net_minor, &row.unit_net_currency) {
            (Some(minor), Some(code)) => Some(Money::new(minor, place.currency(code)?)),
            (None, None) => None,
            _ => place.need("unit_net_currency", None)?,
        };
        let tags = row.tags.as_deref().unwrap_or_default().split_whitespace();
        Ok(Self {
            tags: tags.map(|tag| TagId::stored(tag.to_owned())).collect(),
            kind: place.named("kind", &row.kind)?,
            ships_to: place.json("ships_to", &row.ships_to)?,
            texts: place.json("texts", &row.texts)?,
            unit_net,
            variant_of: row.variant_of.map(ProductId::stored),
            title: row.title,
            brand: row.brand,
            stock: row.stock,
            id: ProductId::stored(row.id),
        })
    }
}
