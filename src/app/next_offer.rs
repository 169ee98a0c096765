//! The subscription that is offered on the page which confirms a checkout, where that has made an
//! order. Offered goods are for the shop.

use crate::domain::catalogue::Terms;
use crate::domain::checkout::CheckoutStatus;
use crate::domain::ids::OrderId;
use crate::domain::money::Money;
use crate::domain::upsell::{DiscountedLine, ShownUpsell, UpsellState};
use crate::store::{checkouts, offers, upsells};

use super::hosted::Hosted;
use super::{App, AppError};

/// A subscription that is offered after an order, while it can be answered and once it is
/// accepted.
#[derive(Debug, Clone)]
pub struct NextOffer {
    /// What is offered.
    pub terms: Terms,
    /// What is due at once.
    pub amount_due: Money,
    /// The line from which something is taken off, if anything is.
    pub first_line: Option<DiscountedLine>,
    /// The unguessable end of the address of its checkout, once it is accepted.
    pub token: Option<String>,
}

impl App {
    /// Asks what is offered after the order of a completed checkout; none where that made no
    /// order, where no subscription is offered, or where it was bought.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn next_offer(&self, hosted: &Hosted) -> Result<Option<NextOffer>, AppError> {
        let Some(order) = hosted.checkout.order.clone().map(OrderId::stored) else {
            return Ok(None);
        };
        self.ask_upsell(&hosted.merchant, &order, false).await?;
        let merchant = &hosted.merchant;
        self.read(|mut tx| async move {
            let found = upsells::find_upsell(&mut tx, merchant, &order).await?;
            let Some(upsell) = found else { return Ok(None) };
            let stands = upsell.state_at(self.now_in(&mut tx).await?);
            let ShownUpsell::Offer { offer, amount_due, first_line, .. } = upsell.shown else {
                return Ok(None);
            };
            if !matches!(stands, UpsellState::Pending | UpsellState::Accepted) {
                return Ok(None);
            }
            let Some(offer) = offers::find_offer(&mut tx, merchant, &offer).await? else {
                return Ok(None);
            };
            let opened = match &upsell.checkout {
                Some(id) => checkouts::find_checkout(&mut tx, merchant, id).await?,
                None => None,
            };
            if opened.as_ref().is_some_and(|it| it.status == CheckoutStatus::Completed) {
                return Ok(None);
            }
            let token = opened.map(|checkout| checkout.token);
            Ok(Some(NextOffer { terms: offer.terms, amount_due, first_line, token }))
        })
        .await
    }
}
