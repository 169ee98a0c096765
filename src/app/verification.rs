//! Completed checkouts decided again, a page at a time: nothing is kept from one to the next, and
//! nothing is written.

use std::collections::BTreeSet;

use crate::domain::ids::{CheckoutId, MerchantId};
use crate::domain::kept_facts::{KeptFactsState, PermanentFacts};
use crate::rules::verification::{Undecided, VerificationOutcome, verify};
use crate::store::kept_facts::{CompletedCheckout, list_completed, load_unchanging};
use crate::store::{StoreError, Tx};

use super::{App, AppError};

/// How many checkouts are loaded at a time.
const PAGE: i64 = 100;

/// Checkouts with their ids, as far as they can be read.
type LoadedCheckouts = Vec<(CheckoutId, Result<CompletedCheckout, StoreError>)>;

impl App {
    /// Decides completed checkouts of a merchant again: a page of those that come after an id, by
    /// id, which is by opening, each with what becomes of it. Empty where none is left.
    ///
    /// # Errors
    /// Only where the engine or its database fails: what would be decided otherwise is an answer.
    pub async fn verify(
        &self,
        merchant: &MerchantId,
        after: Option<&CheckoutId>,
    ) -> Result<Vec<(CheckoutId, VerificationOutcome)>, AppError> {
        let of = merchant;
        let after = after.cloned();
        let (listed, known) =
            self.read_heavily(of, |mut tx| async move {
                Ok(load(&mut tx, merchant, after.as_ref()).await?)
            })
            .await?;
        let mut verified = Vec::new();
        for (id, found) in listed {
            // One takes a moment, and others want to go on meanwhile.
            tokio::task::yield_now().await;
            let what = match found {
                Ok(completed) => judge(&completed, &known),
                Err(error) if error.is_damage() => {
                    VerificationOutcome::Undecided(Undecided::Unreadable)
                }
                Err(error) => return Err(error.into()),
            };
            verified.push((id, what));
        }
        Ok(verified)
    }
}

async fn load(
    tx: &mut Tx,
    merchant: &MerchantId,
    after: Option<&CheckoutId>,
) -> Result<(LoadedCheckouts, PermanentFacts), StoreError> {
    let listed = list_completed(tx, merchant, after, PAGE).await?;
    let (mut terms, mut invoices) = (BTreeSet::new(), BTreeSet::new());
    for completed in listed.iter().filter_map(|(_, found)| found.as_ref().ok()) {
        if let Some(KeptFactsState::Facts(facts)) = &completed.kept {
            terms.insert((completed.checkout.request.offer.clone(), facts.version));
            terms.extend(facts.account.terms().cloned());
            invoices.extend(facts.account.invoices().cloned());
        }
    }
    let known = load_unchanging(tx, merchant, &terms, &invoices).await?;
    Ok((listed, known))
}

fn judge(completed: &CompletedCheckout, known: &PermanentFacts) -> VerificationOutcome {
    match &completed.kept {
        None => VerificationOutcome::Undecided(Undecided::NotKept),
        Some(KeptFactsState::TooLarge) => VerificationOutcome::Undecided(Undecided::TooLarge),
        Some(KeptFactsState::Facts(facts)) => {
            verify(&completed.checkout, facts, &completed.preview, known)
        }
    }
}
