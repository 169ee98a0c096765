//! What a customer can change to. Opening a checkout for it is for [`super::checkouts`].

use std::collections::BTreeSet;

use crate::domain::checkout::CheckoutRequest;
use crate::domain::ids::{CustomerId, MerchantId, TagId};
use crate::domain::path::Path;
use crate::rules::checkout::CheckoutFacts;
use crate::rules::matching::MatchFacts;
use crate::rules::preview::preview;
use crate::store::{Page, Tx, customers, offers, paths};
use crate::wire::customers::PossibleTransition;

use super::bounds::check_candidates;
use super::checkouts::{decide, had, locale};
use super::previews::possible;
use super::{App, AppError, Context};

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
                for facts in reachable(tx, &mut context, &customer).await? {
                    if found.len() == wanted {
                        break;
                    }
                    let target = facts.matching.target.terms.offer.as_str();
                    if page.after.as_deref().is_some_and(|after| target <= after) {
                        continue;
                    }
                    let request = CheckoutRequest {
                        customer: customer.clone(),
                        offer: facts.matching.target.terms.offer.clone(),
                        subscription: None,
                        path: None,
                        mode: None,
                        allow_new: false,
                    };
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

/// The facts about each offer that the customer's running subscriptions lead to along paths of
/// today, by id: those that opening a checkout would load, but all at once.
async fn reachable(
    tx: &mut Tx,
    context: &mut Context,
    customer: &CustomerId,
) -> Result<Vec<CheckoutFacts>, AppError> {
    let account = context.look_at(tx, customer).await?;
    let tags = offers::tags_of(tx, &context.merchant, &had(&account)).await?;
    let carried: BTreeSet<&TagId> = tags.values().flatten().collect();
    let leads = |path: &Path| path.source_tags.iter().any(|tag| carried.contains(tag));
    let paths = paths::all_paths(tx, &context.merchant).await?;
    let leading = paths.iter().filter(|path| leads(path));
    let targets: BTreeSet<_> = leading.flat_map(|path| path.target_tags.clone()).collect();
    let offers = offers::list_offers_with_tags(tx, &context.merchant, &targets).await?;
    let held: BTreeSet<_> = context.held.iter().filter_map(|held| held.source.clone()).collect();
    let facts = offers.into_iter().filter(|offer| offer.active).map(|target| {
        let to = paths.iter().filter(|path| !path.target_tags.is_disjoint(&target.tags));
        let paths = to.cloned().collect();
        let matching = MatchFacts { target, paths, tags: tags.clone(), held: held.clone() };
        CheckoutFacts { account: account.clone(), tariff: context.tariff.clone(), matching }
    });
    Ok(facts.collect())
}
