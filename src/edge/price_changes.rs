//! Price changes as they are sent, over HTTP or from a form, and carried out: work that outlives
//! whoever asked.

use tracing::Instrument;

use crate::app::actor::carry;
use crate::app::tasks::joined;
use crate::app::{App, AppError};
use crate::domain::ids::{MerchantId, PriceChangeId};
use crate::edge::amounts::Amounts;
use crate::edge::problem::Problem;
use crate::rules::price_change::PriceChangeDraft;
use crate::wire::price_changes::NewPriceChange;

/// What was sent, with its amount read.
///
/// # Errors
/// A 422 where the amount is none.
pub fn draft_of(new: &NewPriceChange) -> Result<PriceChangeDraft, Problem> {
    let mut amounts = Amounts::default();
    let price = new.price.as_ref().map(|price| amounts.read_price("/price", price));
    amounts.finish()?;
    Ok(PriceChangeDraft {
        effective_from: new.effective_from,
        price: price.flatten(),
        scope: new.subscriptions,
        notice_days: new.notice_days,
    })
}

/// Goes on with a price change in a task of its own: a caller that hangs up must not leave it half
/// told, nor must the end of the server. Waits for that where it is to.
///
/// # Errors
/// Only where the engine or its database fails, where it is waited for.
pub async fn carry_out(
    app: &App,
    merchant: &MerchantId,
    id: &PriceChangeId,
    wait: bool,
) -> Result<(), AppError> {
    let (app, merchant, id) = (app.clone(), merchant.clone(), id.clone());
    let busy = app.busy();
    let work = async move {
        let _busy = busy;
        let done = app.work_price_change(&merchant, &id).await;
        if let Err(error) = &done {
            tracing::warn!(price_change.id = %id, %error, "the worker goes on with it");
        }
        done
    };
    let task = tokio::spawn(carry(work.in_current_span()));
    if wait { joined(task).await.map_err(AppError::broken)? } else { Ok(()) }
}
