//! Decisions that take more than a moment, made beside the one writer and its locks. Whoever comes
//! to one within a transaction breaks that off, has it made on what was read, and begins again:
//! where that is still all that it rests on, the decision stands.

use std::sync::{Mutex, PoisonError};

use chrono::NaiveDate;

use crate::domain::checkout::CheckoutRequest;
use crate::domain::ids::{Ids, MerchantId};
use crate::rules::checkout::{CheckoutDecision, CheckoutFacts, CheckoutRefusal, decide_checkout};

use super::AppError;
use super::bounds::candidates;
use super::lanes::Lanes;

/// What takes more than a moment: so many looks of a candidate at something of the account.
const LOOKS_MAX: usize = 5_000;
/// How often it is decided beside, before it is where it stands: others change what it rests on.
const TRIES: u32 = 3;

/// What a checkout comes to.
pub(super) type Decided = Result<CheckoutDecision, CheckoutRefusal>;

/// The decision of one request, if it takes long.
#[derive(Default)]
pub(super) struct Beside(Mutex<Desk>);

#[derive(Default)]
struct Desk {
    asked: Option<(MerchantId, Question)>,
    answered: Option<(Question, Decided)>,
    tries: u32,
}

/// All that a decision rests on.
#[derive(Clone, PartialEq)]
struct Question {
    facts: CheckoutFacts,
    request: CheckoutRequest,
    today: NaiveDate,
}

impl Question {
    fn decide(&self, ids: &mut Ids) -> Decided {
        decide_checkout(&self.facts, &self.request, ids, self.today)
    }
}

/// Whether a decision takes more than a moment.
pub(super) fn takes_long(facts: &CheckoutFacts, request: &CheckoutRequest) -> bool {
    let account = &facts.account;
    let things = account.subscriptions.len() + account.invoices.len();
    candidates(facts, request) * things > LOOKS_MAX
}

impl Beside {
    /// The decision, where it was made on just this.
    ///
    /// # Errors
    /// To be decided beside, where it was not.
    pub(super) fn decided(
        &self,
        merchant: &MerchantId,
        (facts, request, today): (&CheckoutFacts, &CheckoutRequest, NaiveDate),
        ids: &mut Ids,
    ) -> Result<Decided, AppError> {
        let question = Question { facts: facts.clone(), request: request.clone(), today };
        let mut desk = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, decided)) = desk.answered.take().filter(|(of, _)| *of == question) {
            drop(of);
            return Ok(decided);
        }
        if desk.tries == TRIES {
            return Ok(question.decide(ids));
        }
        desk.tries += 1;
        desk.asked = Some((merchant.clone(), question));
        Err(AppError::Beside)
    }

    /// Decides what was asked for, in a turn of the merchant's.
    ///
    /// # Errors
    /// Busy where that does not come.
    pub(super) async fn decide(&self, lanes: &Lanes, mut ids: Ids) -> Result<(), AppError> {
        let asked = self.0.lock().unwrap_or_else(PoisonError::into_inner).asked.take();
        let Some((merchant, question)) = asked else { return Ok(()) };
        let work = move || {
            let decided = question.decide(&mut ids);
            (question, decided)
        };
        let answered = Some(lanes.compute(&merchant, work).await?);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).answered = answered;
        Ok(())
    }
}
