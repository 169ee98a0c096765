//! Storing what was decided about a customer: nothing that a held checkout rests on.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::domain::checkout::Checkout;
use crate::domain::ids::SubscriptionId;
use crate::domain::order_plan::OrderPlan;
use crate::domain::plan::Plan;
use crate::rules::checkout::decide_held;
use crate::rules::preview::deal;
use crate::store::{Tx, plans};

use super::redecision::held_facts;
use super::{AppError, Context, checkout_orders};

impl Context {
    /// Stores a plan, unless that would change what a held checkout has shown.
    pub(crate) async fn store(&mut self, tx: &mut Tx, plan: Plan) -> Result<(), AppError> {
        self.store_followed(tx, plan).await.map(drop)
    }

    /// The same; what has become of orders by it, which is stored as well.
    pub(super) async fn store_followed(
        &mut self,
        tx: &mut Tx,
        plan: Plan,
    ) -> Result<Vec<OrderPlan>, AppError> {
        if plan.is_empty() {
            return Ok(Vec::new());
        }
        let held = self.held.take();
        if let Some(held) = &held
            && held.source.as_ref().is_some_and(|source| touches(&plan, source))
        {
            return Err(source_held(held, self.now));
        }
        let plans = [plan];
        let followed = checkout_orders::follow(tx, &self.merchant, self.now, &plans).await?;
        let Self { merchant, settings, now, ids, .. } = self;
        let by = (&*merchant, settings.seller.as_ref());
        plans::store_plans(tx, by, *now, &plans, ids).await?;
        checkout_orders::keep_followed(tx, self, &followed).await?;
        if let Some(held) = held {
            refuse_disturbed(tx, self, &held).await?;
        }
        Ok(followed)
    }
}

/// What a plan does to a source.
fn touches(plan: &Plan, source: &SubscriptionId) -> bool {
    plan.subscriptions.iter().any(|saved| saved.row.0.id == *source)
        || plan.changes.iter().any(|saved| saved.row.subscription == *source)
}

/// Refuses what has just been written, so that nothing of it stays, where a held checkout would
/// not come to what it showed any more.
async fn refuse_disturbed(
    tx: &mut Tx,
    context: &mut Context,
    held: &Checkout,
) -> Result<(), AppError> {
    let basis = held.held.clone().ok_or_else(|| AppError::broken("a hold rests on nothing"))?;
    let account = context.look_at(tx, &held.request.customer).await?;
    let facts = held_facts(tx, context, account, held, &basis).await?;
    let decision = decide_held(&facts, &held.request, &mut context.ids);
    let is_as_shown = |it| deal(&it, &facts.tariff).is_same_deal(&held.preview);
    if decision.is_some_and(is_as_shown) {
        return Ok(());
    }
    Err(source_held(held, context.now))
}

/// The refusal of what must wait until a checkout is completed, released, or its hold lapses.
pub(super) fn source_held(held: &Checkout, now: DateTime<Utc>) -> AppError {
    let until = held.held_until.unwrap_or(now);
    let detail = format!(
        "checkout '{}' holds what this would change until {}: complete it, release it or try \
         again then",
        held.id,
        until.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
    );
    let seconds = (until - now).num_seconds() + 1;
    let extra = [("held_by", json!(held.id)), ("retry_after", json!(seconds))];
    AppError::refused_with("source-held", detail, extra)
}

/// Refuses to touch a subscription that a checkout holds.
pub(super) fn refuse_held(context: &Context, id: &SubscriptionId) -> Result<(), AppError> {
    match context.held.as_ref().filter(|held| held.source.as_ref() == Some(id)) {
        Some(held) => Err(source_held(held, context.now)),
        None => Ok(()),
    }
}
