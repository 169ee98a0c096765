//! What a checkout comes to, decided within a transaction. What takes more than a moment is decided
//! [`beside`](super::beside) it: one that writes is broken off for that, one that looks waits.

use crate::domain::checkout::CheckoutRequest;
use crate::domain::preview::Preview;
use crate::rules::checkout::{CheckoutDecision, CheckoutFacts, HeldFacts};

use super::beside::{Decided, Question, books_for_long, decided, decided_held, takes_long};
use super::{App, AppError, Context};

/// What a checkout comes to, decided here and now.
pub(super) fn decide(
    context: &mut Context,
    facts: &CheckoutFacts,
    request: &CheckoutRequest,
) -> Decided {
    decided(facts, request, &mut context.ids, context.today)
}

/// The same of one that is held; none where the account leaves no room for it.
pub(super) fn decide_held_now(
    context: &mut Context,
    facts: &HeldFacts,
    request: &CheckoutRequest,
) -> Option<(CheckoutDecision, Preview)> {
    decided_held(facts, request, &mut context.ids)
}

impl App {
    /// What a checkout comes to, within a transaction.
    ///
    /// # Errors
    /// To be decided beside, where it takes long; busy where the turn for it does not come.
    pub(super) async fn decide_within(
        &self,
        context: &mut Context,
        facts: &CheckoutFacts,
        request: &CheckoutRequest,
    ) -> Result<Decided, AppError> {
        let today = context.today;
        if !takes_long(facts, request, today) {
            return Ok(decide(context, facts, request));
        }
        let is_this = |asked: &Question| match asked {
            Question::Open(of, by, on) => **of == *facts && by == request && *on == today,
            Question::Held(..) => false,
        };
        let question = || Question::Open(Box::new(facts.clone()), request.clone(), today);
        self.decide_beside(context, is_this, question).await
    }

    /// The same of one that is held; none where the account leaves no room for it.
    ///
    /// # Errors
    /// As [`App::decide_within`].
    pub(super) async fn decide_held_within(
        &self,
        context: &mut Context,
        facts: &HeldFacts,
        request: &CheckoutRequest,
    ) -> Result<Option<(CheckoutDecision, Preview)>, AppError> {
        if !books_for_long(&facts.account, &facts.target.terms, context.today) {
            return Ok(decide_held_now(context, facts, request));
        }
        let is_this = |asked: &Question| match asked {
            Question::Held(of, by) => **of == *facts && by == request,
            Question::Open(..) => false,
        };
        let question = || Question::Held(Box::new(facts.clone()), request.clone());
        Ok(self.decide_beside(context, is_this, question).await?.ok())
    }

    async fn decide_beside(
        &self,
        context: &mut Context,
        is_this: impl Fn(&Question) -> bool,
        question: impl FnOnce() -> Question,
    ) -> Result<Decided, AppError> {
        let Context { merchant, ids, .. } = context;
        if let Some(beside) = &self.beside {
            return beside.decided(merchant, ids, is_this, question);
        }
        let (question, mut ids) = (question(), self.ids());
        self.compute(merchant, move || question.decide(&mut ids)).await
    }
}
