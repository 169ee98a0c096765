//! What a customer can change to. Opening a checkout for it is for [`super::checkouts`].

use crate::domain::checkout::CheckoutRequest;
use crate::domain::ids::{CustomerId, MerchantId};
use crate::rules::preview::preview;
use crate::store::{Page, customers};
use crate::wire::customers::PossibleTransition;

use super::bounds::check_candidates;
use super::facts::reachable;
use super::opening::{decide, locale};
use super::previews::possible;
use super::{App, AppError};

impl App {
    /// The targets that a customer's running subscriptions lead to, by id, each with what its
    /// checkout would do today: a page of them, for each has its texts.
    ///
    /// # Errors
    /// Not found where there is no such customer.
    pub async fn transitions(
        &self,
        merchant: &MerchantId,
        customer: &CustomerId,
        page: Page,
    ) -> Result<Vec<PossibleTransition>, AppError> {
        let (app, merchant, customer) = (self.clone(), merchant.clone(), customer.clone());
        self.read(move |tx| {
            Box::pin(async move {
                let wanted = usize::try_from(page.limit).unwrap_or_default();
                let mut context = app.context(tx, &merchant).await?;
                let missing = || AppError::NotFound("customer");
                customers::find_customer(tx, &merchant, &customer).await?.ok_or_else(missing)?;
                let locale = locale(tx, &context, None, &customer).await?;
                let mut found = Vec::new();
                for facts in reachable(&app, tx, &mut context, &customer).await? {
                    if found.len() == wanted {
                        break;
                    }
                    let target = facts.matching.target.terms.offer.as_str();
                    if page.after.as_deref().is_some_and(|after| target <= after) {
                        continue;
                    }
                    let offer = facts.matching.target.terms.offer.clone();
                    let request = CheckoutRequest::plain(customer.clone(), offer);
                    check_candidates(&facts, &request)?;
                    let decision = decide(&mut context, &facts, &request).ok();
                    let preview = decision.map(|decision| preview(&decision, &facts.tariff));
                    found.extend(preview.and_then(|it| possible(&it, &request.offer, &locale)));
                }
                Ok(found)
            })
        })
        .await
    }
}
