//! The stock of products: moved by the merchant, and every move of it to be looked at. What orders
//! take stands with them.

use std::collections::BTreeSet;

use crate::domain::catalogue::Product;
use crate::domain::ids::{MerchantId, ProductId};
use crate::domain::stock::RecordedMove;
use crate::rules::stock::{StockRefusal, decide_restock};
use crate::store::definitions::Stored;
use crate::store::products::list_families;
use crate::store::{Page, stock};
use crate::wire;

use super::{App, AppError};

impl App {
    /// Adds so many to what is left of a product, or takes them away; answers with the product.
    ///
    /// # Errors
    /// Not found; 0; refused where less than nothing would be left, or where there is no limit.
    pub async fn move_stock(
        &self,
        merchant: &MerchantId,
        id: &ProductId,
        add: i64,
    ) -> Result<wire::products::Product, AppError> {
        if add == 0 {
            return Err(AppError::invalid("/add", "must not be 0: that changes nothing"));
        }
        self.write(|mut tx| async move {
            let missing = || AppError::NotFound("product");
            let left = stock::lock_stock(&mut tx, merchant, [id]).await?.remove(id);
            let moves = decide_restock(id, left.ok_or_else(missing)?, add)
                .map_err(|why| refusal(id, why))?;
            stock::save_moves(&mut tx, merchant, self.now(), &moves).await?;
            let product = Product::find(&mut tx, merchant, id).await?;
            tx.answer((&product.ok_or_else(missing)?).into()).await
        })
        .await
    }

    /// The variants of a product, by id.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn variants(
        &self,
        merchant: &MerchantId,
        id: &ProductId,
    ) -> Result<Vec<Product>, AppError> {
        let heads = BTreeSet::from([id.clone()]);
        let family =
            self.read(|mut tx| async move { Ok(list_families(&mut tx, merchant, &heads).await?) });
        let family = family.await?.into_iter();
        Ok(family.filter(|product| product.variant_of.as_ref() == Some(id)).collect())
    }

    /// The moves of a product's stock, in their order.
    ///
    /// # Errors
    /// Not found.
    pub async fn stock_moves(
        &self,
        merchant: &MerchantId,
        id: &ProductId,
        page: Page,
    ) -> Result<Vec<RecordedMove>, AppError> {
        self.read(|mut tx| async move {
            let product = Product::find(&mut tx, merchant, id).await?;
            product.ok_or(AppError::NotFound("product"))?;
            Ok(stock::list_moves(&mut tx, merchant, id, &page).await?)
        })
        .await
    }
}

fn refusal(id: &ProductId, refusal: StockRefusal) -> AppError {
    match refusal {
        StockRefusal::Unlimited => {
            let detail = format!("there is no limit to '{id}' that could be moved: set one first");
            AppError::refused("unlimited-stock", detail)
        }
        StockRefusal::Short(left) => {
            AppError::refused("out-of-stock", format!("only {left} of '{id}' are left"))
        }
        StockRefusal::TooMany => {
            AppError::invalid("/add", "makes more of it than can be in stock (10^12)")
        }
    }
}
