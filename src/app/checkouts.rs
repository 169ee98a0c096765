//! Checkouts: opened, completed (`checkout_groups` with others, or `alone`), and looked at.

use crate::domain::checkout::{CheckoutRequest, CheckoutStatus};
use crate::domain::ids::{CheckoutId, CustomerId, MerchantId};
use crate::domain::preview::Preview;
use crate::rules::checkout::{CheckoutDecision, CheckoutRefusal};
use crate::store::{Page, checkouts};
use crate::wire::checkouts as wire;

use super::checkout_facts::facts;
use super::intents::CheckoutIntent;
use super::{App, AppError};

pub use super::intents::{CheckoutDraft, Completion};

/// How much of what was considered a checkout shows in a list; the chosen one stands first.
const LISTED_MAX: usize = 20;

impl App {
    /// Opens a checkout: decides and shows, stores nothing but itself.
    ///
    /// # Errors
    /// Invalid fields; refused where the customer cannot have the offer in this way.
    pub async fn open_checkout(
        &self,
        merchant: &MerchantId,
        draft: CheckoutDraft,
    ) -> Result<wire::Checkout, AppError> {
        self.together(merchant, CheckoutIntent::Open(Box::new(draft))).await
    }

    /// What a checkout would do, without opening one: the decision itself, and what it shows.
    ///
    /// # Errors
    /// Invalid where the offer is unknown.
    pub async fn explain(
        &self,
        merchant: &MerchantId,
        request: CheckoutRequest,
    ) -> Result<Result<(CheckoutDecision, Preview), CheckoutRefusal>, AppError> {
        self.read(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let facts = facts(&mut tx, &mut context, &request).await?;
            self.decide_within(&mut context, &facts, &request).await
        })
        .await
    }

    /// Completes a checkout: what is stored is what was shown.
    ///
    /// # Errors
    /// Not found; refused where it expired, went stale, became impossible, or is not paid;
    /// invalid where mode or payment do not fit.
    pub async fn complete_checkout(
        &self,
        merchant: &MerchantId,
        id: &CheckoutId,
        completion: Completion,
    ) -> Result<wire::Checkout, AppError> {
        self.together(merchant, CheckoutIntent::Complete(id.clone(), completion)).await
    }

    /// A checkout as it was shown last.
    ///
    /// # Errors
    /// Not found.
    pub async fn checkout(
        &self,
        merchant: &MerchantId,
        id: &CheckoutId,
    ) -> Result<wire::Checkout, AppError> {
        self.read(|mut tx| async move {
            let now = self.now_in(&mut tx).await?;
            let found = checkouts::find_checkout(&mut tx, merchant, id).await?;
            self.shown(&found.ok_or(AppError::NotFound("checkout"))?, now)
        })
        .await
    }

    /// Checkouts, by id, which is by creation; those of a customer or all, as they stand now. Of
    /// what was considered, each shows the first twenty.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn checkouts(
        &self,
        merchant: &MerchantId,
        customer: Option<CustomerId>,
        status: Option<CheckoutStatus>,
        page: Page,
    ) -> Result<Vec<wire::Checkout>, AppError> {
        let (gathered, app) = (page.gathered.clone(), self.clone());
        let looked = self.read(|mut tx| async move {
            let now = self.now_in(&mut tx).await?;
            let filter = checkouts::ListedCheckouts { customer, status, now };
            let found = checkouts::list_checkouts(&mut tx, merchant, &filter, &page).await?;
            Ok((now, found))
        });
        let (now, unread) = looked.await?;
        let read = move || {
            let found = unread.read()?;
            found.iter().map(|checkout| app.shown(checkout, now).map(in_list)).collect()
        };
        let bytes = gathered.map_or(0, |gathered| gathered.bytes());
        self.compute_much(merchant, bytes, read).await?
    }
}

/// A checkout among others: by far the most of a large one is what was considered.
fn in_list(mut checkout: wire::Checkout) -> wire::Checkout {
    checkout.considered.truncate(LISTED_MAX);
    checkout
}
