//! Storing what was decided about a customer.

use crate::domain::plan::Plan;
use crate::store::{Tx, plans};

use super::{AppError, Context, checkout_orders, holds};

impl Context {
    /// Stores a plan, unless that would change what a held checkout has shown.
    pub(crate) async fn store(&mut self, tx: &mut Tx, plan: Plan) -> Result<(), AppError> {
        if plan.is_empty() {
            return Ok(());
        }
        let held = self.held.take();
        if let Some(held) = &held
            && held.source.as_ref().is_some_and(|source| holds::touches(&plan, source))
        {
            return Err(holds::source_held(held, self.now));
        }
        let plans = [plan];
        let followed = checkout_orders::follow(tx, &self.merchant, self.now, &plans).await?;
        let Self { merchant, settings, now, ids, .. } = self;
        let by = (&*merchant, settings.seller.as_ref());
        plans::store_plans(tx, by, *now, &plans, ids).await?;
        checkout_orders::keep_followed(tx, self, &followed).await?;
        match held {
            Some(held) => holds::refuse_disturbed(tx, self, &held).await,
            None => Ok(()),
        }
    }
}
