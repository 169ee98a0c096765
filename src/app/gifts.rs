//! What the merchant's rules give with a checkout: which rules may give something is known before
//! what they look at is locked, what they give is decided under the locks.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::cart::Cart;
use crate::domain::ids::ProductId;
use crate::domain::stock::StockLevel;
use crate::store::{Tx, selection_rules, stock};

use super::selection::{Scope, weigh};
use super::weighing::{GrantedRewards, RuleOutcome};
use super::{AppError, Context};

/// What the cart of a checkout gets of the rules, with what that takes locked: products, then
/// rules.
pub(super) async fn earned_under_locks(
    tx: &mut Tx,
    context: &Context,
    cart: &Cart,
) -> Result<(GrantedRewards, BTreeMap<ProductId, StockLevel>), AppError> {
    let weighing = weigh(tx, context, cart.clone(), Scope::Checkout).await?;
    let RuleOutcome { could_give: locked, rewards, .. } = context.outcome(weighing)?;
    if locked.values().all(BTreeSet::is_empty) {
        // Nothing is given, and so nothing has to stay as it is.
        return Ok((rewards, BTreeMap::new()));
    }
    let wanted: BTreeSet<&ProductId> = locked.values().flatten().collect();
    let left = stock::lock_stock(tx, &context.merchant, wanted).await?;
    selection_rules::lock_gift_rules(tx, &context.merchant, locked.keys()).await?;
    let weighing = weigh(tx, context, cart.clone(), Scope::Checkout).await?;
    let given = context.outcome(weighing)?;
    given.refuse_unlocked(&locked)?;
    Ok((given.rewards, left))
}
