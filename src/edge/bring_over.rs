//! Running subscriptions that are brought over, as they are sent: over HTTP one at a time, from a
//! file in bulk.

use crate::app::bring_over::{BringOverDraft, BroughtOverInvoice};
use crate::domain::ids::{CustomerId, OfferId, SubscriptionId};
use crate::edge::amounts::Amounts;
use crate::edge::problem::Problem;
use crate::wire::subscriptions::NewSubscription;

/// What was sent, with its amounts read.
///
/// # Errors
/// A 422 with every amount that is none.
pub fn draft_of(new: NewSubscription) -> Result<BringOverDraft, Problem> {
    let mut amounts = Amounts::default();
    let price = new.price.as_ref().map(|price| amounts.read_price("/price", price));
    let invoice = new.brought_over.map(|told| {
        let gross = amounts.read_price("/brought_over/gross", &told.gross);
        gross.map(|gross| BroughtOverInvoice { gross, paid: told.paid, number: told.number })
    });
    amounts.finish()?;
    Ok(BringOverDraft {
        customer: CustomerId::stored(new.customer),
        offer: OfferId::stored(new.offer),
        id: new.id.map(SubscriptionId::stored),
        parent: None,
        price: price.flatten(),
        started_on: new.started_on,
        current_period: new.current_period.map(Into::into),
        current_term: new.current_term.map(Into::into),
        cancel_on: new.cancel_on,
        brought_over: invoice.flatten(),
    })
}
