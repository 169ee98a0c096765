//! What is left of products, and every change of that. Whoever takes stock locks it first, in the
//! order of the products' ids, before the merchant's row.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::query::SqlQuery;
use super::rows::{ColumnPlace, all};
use super::sql::{Write, args, list, row};
use super::{Page, StoreError, Tx};
use crate::domain::ids::{MerchantId, ProductId};
use crate::domain::stock::{RecordedMove, StockLevel, StockMove};

/// Locks these products, and gives what is left of those that there are.
pub async fn lock_stock(
    tx: &mut Tx,
    merchant: &MerchantId,
    products: impl IntoIterator<Item = &ProductId> + Send,
) -> Result<BTreeMap<ProductId, StockLevel>, StoreError> {
    let mut text = "select id, stock, stock_moves from products \
                    where (merchant_id, id) in pairs($1, $2) order by id"
        .to_owned();
    if tx.locks_rows() {
        text.push_str(" for no key update");
    }
    let rows: Vec<LeftRow> = tx.fetch_all(text, args![merchant, list(products)]).await?;
    Ok(rows.into_iter().map(LeftRow::read).collect())
}

/// Stores moves of products that are locked, each product's in their order.
pub async fn save_moves(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    moves: &[StockMove],
) -> Result<(), StoreError> {
    let last: BTreeMap<_, _> = moves.iter().map(|it| (&it.product, it)).collect();
    let rows = (last.into_iter())
        .map(|(product, it)| args![merchant, product, it.left, it.sequence])
        .collect();
    let columns = "merchant_id, id, stock, stock_moves";
    tx.gather([Write::update("products", columns, 2, rows)]).await?;
    insert_moves(tx, merchant, now, moves).await
}

/// Records moves of products whose rows say them already.
pub(super) async fn insert_moves(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    moves: &[StockMove],
) -> Result<(), StoreError> {
    let rows = moves.iter().map(|it| {
        let StockMove { product, sequence, cause, change, left, subject } = it;
        args![merchant, product, *sequence, *cause, *change, *left, subject, now]
    });
    let columns =
        "merchant_id, product_id, sequence, cause, change, stock_left, subject, created_at";
    tx.insert_rows("stock_moves", columns, rows.collect()).await?;
    Ok(())
}

/// The moves that were for an order or a checkout.
pub async fn list_moves_for(
    tx: &mut Tx,
    merchant: &MerchantId,
    subject: &str,
) -> Result<Vec<StockMove>, StoreError> {
    let rows: Vec<MoveRow> = tx
        .fetch_all(
            "select product_id, sequence, cause, change, stock_left, subject, created_at \
             from stock_moves where merchant_id = $1 and subject = $2 \
             order by product_id, sequence",
            args![merchant, subject],
        )
        .await?;
    rows.into_iter().map(|row| Ok(RecordedMove::try_from(row)?.what)).collect()
}

/// What is left of every product.
pub async fn list_left(
    tx: &mut Tx,
    merchant: &MerchantId,
) -> Result<BTreeMap<ProductId, StockLevel>, StoreError> {
    let rows: Vec<LeftRow> = tx
        .fetch_all(
            "select id, stock, stock_moves from products where merchant_id = $1",
            args![merchant],
        )
        .await?;
    Ok(rows.into_iter().map(LeftRow::read).collect())
}

/// The moves of all products by product and number, at most `limit` behind one of them.
pub async fn list_all_moves(
    tx: &mut Tx,
    merchant: &MerchantId,
    after: Option<&StockMove>,
    limit: i64,
) -> Result<Vec<StockMove>, StoreError> {
    let (product, sequence) = after.map_or(("", 0), |it| (it.product.as_str(), it.sequence));
    let rows: Vec<MoveRow> = tx
        .fetch_all(
            "select product_id, sequence, cause, change, stock_left, subject, created_at \
             from stock_moves where merchant_id = $1 and (product_id > $2 \
             or (product_id = $2 and sequence > $3)) order by product_id, sequence limit $4",
            args![merchant, product, sequence, limit],
        )
        .await?;
    rows.into_iter().map(|row| Ok(RecordedMove::try_from(row)?.what)).collect()
}

/// The moves of a product's stock in their order, or in the opposite order. A page goes on behind
/// the number of the move that was seen last.
pub async fn list_moves(
    tx: &mut Tx,
    merchant: &MerchantId,
    product: &ProductId,
    page: &Page,
) -> Result<Vec<RecordedMove>, StoreError> {
    let query = "select product_id, sequence, cause, change, stock_left, subject, created_at \
                 from stock_moves where merchant_id = $1 and product_id = $2";
    let (text, args) =
        SqlQuery::new(query, args![merchant, product]).page_by_number("sequence", page);
    let rows: Vec<MoveRow> = tx.fetch_page((text, args), page).await?;
    all(rows)
}

row! {
    struct LeftRow {
        id: String,
        stock: Option<i64>,
        stock_moves: i64,
    }
}

impl LeftRow {
    fn read(self) -> (ProductId, StockLevel) {
        (ProductId::stored(self.id), StockLevel { stock: self.stock, moves: self.stock_moves })
    }
}

row! {
    struct MoveRow {
        product_id: String,
        sequence: i64,
        cause: String,
        change: Option<i64>,
        stock_left: Option<i64>,
        subject: Option<String>,
        created_at: DateTime<Utc>,
    }
}

impl TryFrom<MoveRow> for RecordedMove {
    type Error = StoreError;

    fn try_from(row: MoveRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "stock_moves", row: &row.product_id };
        let cause = place.named("cause", &row.cause)?;
        let what = StockMove {
            product: ProductId::stored(row.product_id),
            sequence: row.sequence,
            cause,
            change: row.change,
            left: row.stock_left,
            subject: row.subject,
        };
        Ok(Self { what, at: row.created_at })
    }
}
