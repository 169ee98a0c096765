//! Rules that are read before somebody asks: a server that starts holds none.

use crate::store::rule_edits::merchants_with_most;

use super::rule_books::HeldRules;
use super::{App, AppError};

/// Of how many merchants.
const MERCHANTS_MAX: i64 = 20;

impl App {
    /// Reads the rules of the merchants who have the most, so that the first to ask after a start
    /// do not wait for it.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn read_rules_ahead(&self) -> Result<(), AppError> {
        let _busy = self.busy();
        let merchants = self
            .read(|mut tx| async move { Ok(merchants_with_most(&mut tx, MERCHANTS_MAX).await?) });
        for merchant in merchants.await? {
            self.read_rules(&merchant, HeldRules::Campaigns).await?;
            self.read_rules(&merchant, HeldRules::OfCarts).await?;
        }
        Ok(())
    }
}
