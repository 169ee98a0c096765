//! One search through all that a merchant has.

use crate::domain::ids::MerchantId;
use crate::store::search;

use super::{App, AppError};

pub use crate::store::search::{SearchHit, SearchHitKind};

impl App {
    /// Up to `limit` things of each kind whose id, title, name, mail address, number or reference
    /// is what is searched, or begins with it; see [`SearchHitKind`]. They come by kind and id.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn search(
        &self,
        merchant: &MerchantId,
        text: String,
        limit: i64,
    ) -> Result<Vec<SearchHit>, AppError> {
        self.read(
            |mut tx| async move { Ok(search::search(&mut tx, merchant, &text, limit).await?) },
        )
        .await
    }
}
