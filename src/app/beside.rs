//! What takes more than a moment, done beside the one writer and its locks: a transaction is broken
//! off for it. Decisions, and what rules come to for a cart, are made on what was read in it, and
//! stand where that is still all that they rest on; a merchant's rules are read anew.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use chrono::NaiveDate;

use crate::domain::account::Account;
use crate::domain::calendar::Period;
use crate::domain::catalogue::Terms;
use crate::domain::checkout::CheckoutRequest;
use crate::domain::ids::{Ids, MerchantId};
use crate::domain::preview::Preview;
use crate::rules::checkout::{
    CheckoutDecision, CheckoutFacts, CheckoutRefusal, HeldFacts, RefusalCode, decide_checkout,
    decide_held,
};
use crate::rules::preview::preview;

use super::AppError;
use super::bounds::candidates;
use super::lanes::Lanes;
use super::rule_books::HeldRules;
use super::weighing::{RuleEvaluation, RuleOutcome};

/// What takes more than a moment: so many looks of a candidate at something of the account.
const LOOKS_MAX: usize = 5_000;
/// The same: so many bookings on paper, up to today and up to the next payment.
const BOOKINGS_MAX: u64 = 100;
/// How often a transaction is broken off, before what takes long is decided where it stands: others
/// change what it rests on, and campaigns may ask for several decisions.
const TRIES: u32 = 8;

/// What a checkout comes to, and what it shows.
pub(super) type Decided = Result<(CheckoutDecision, Preview), CheckoutRefusal>;

/// The decisions of one request that take long.
#[derive(Default)]
pub(super) struct Beside(Mutex<Desk>);

#[derive(Default)]
struct Desk {
    wanted: Option<(MerchantId, Wanted)>,
    answered: Vec<(Question, Decided)>,
    weighed: Vec<(RuleEvaluation, RuleOutcome)>,
    /// The rules that were read, and as of which edit they were wanted.
    read: BTreeSet<(HeldRules, i64)>,
    tries: u32,
}

/// What a transaction was broken off for.
pub(super) enum Wanted {
    /// A decision.
    Decision(Box<Question>),
    /// Rules that are not held as they are now.
    Rules(HeldRules),
    /// What rules come to for a cart.
    Outcome(Box<RuleEvaluation>),
}

/// All that a decision rests on.
pub(super) enum Question {
    Open(Box<CheckoutFacts>, CheckoutRequest, NaiveDate),
    Held(Box<HeldFacts>, CheckoutRequest),
}

impl Question {
    pub(super) fn decide(&self, ids: &mut Ids) -> Decided {
        match self {
            Self::Open(facts, request, today) => decided(facts, request, ids, *today),
            Self::Held(facts, request) => {
                let left = || CheckoutRefusal {
                    code: RefusalCode::ChangeNotPossible,
                    considered: Vec::new(),
                    modes: Vec::new(),
                };
                decided_held(facts, request, ids).ok_or_else(left)
            }
        }
    }
}

/// Decides, and says what is shown.
pub(super) fn decided(
    facts: &CheckoutFacts,
    request: &CheckoutRequest,
    ids: &mut Ids,
    today: NaiveDate,
) -> Decided {
    let decision = decide_checkout(facts, request, ids, today)?;
    let shown = preview(&decision, &facts.tariff);
    Ok((decision, shown))
}

/// The same of a checkout that is held; none where the account leaves no room for it.
pub(super) fn decided_held(
    facts: &HeldFacts,
    request: &CheckoutRequest,
    ids: &mut Ids,
) -> Option<(CheckoutDecision, Preview)> {
    let decision = decide_held(facts, request, ids)?;
    let shown = preview(&decision, &facts.tariff);
    Some((decision, shown))
}

/// Whether a decision takes more than a moment.
pub(super) fn takes_long(
    facts: &CheckoutFacts,
    request: &CheckoutRequest,
    today: NaiveDate,
) -> bool {
    let account = &facts.account;
    let things = account.subscriptions.len() + account.invoices.len();
    candidates(facts, request) * things > LOOKS_MAX
        || books_for_long(account, &facts.matching.target.terms, today)
}

/// Whether so much is booked on paper, until an account is up to date and then until the next
/// payment for what is bought, that this takes more than a moment.
pub(super) fn books_for_long(account: &Account, target: &Terms, today: NaiveDate) -> bool {
    let running = || account.active().into_iter().map(|it| it.terms.billing_period.about_days());
    let bought = target.introduction.trial.into_iter().chain([target.billing_period]);
    let ahead = bought.map(Period::about_days).chain(running()).max().unwrap_or(0);
    let behind = account.due_on().map_or(0, |due| (today - due).num_days().max(0));
    let days = ahead + behind.unsigned_abs();
    running().map(|period| days / period.max(1)).sum::<u64>() > BOOKINGS_MAX
}

impl Beside {
    /// The decision, where it was made on just this.
    ///
    /// # Errors
    /// To be decided beside, where it was not.
    pub(super) fn decided(
        &self,
        merchant: &MerchantId,
        ids: &mut Ids,
        is_this: impl Fn(&Question) -> bool,
        question: impl FnOnce() -> Question,
    ) -> Result<Decided, AppError> {
        let mut desk = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = desk.answered.iter().position(|(of, _)| is_this(of)) {
            // Whoever is refused may ask for something else, and again for this after that.
            return Ok(match &desk.answered[place].1 {
                Err(refusal) => Err(refusal.clone()),
                Ok(_) => desk.answered.swap_remove(place).1,
            });
        }
        if desk.tries == TRIES {
            return Ok(question().decide(ids));
        }
        desk.tries += 1;
        desk.wanted = Some((merchant.clone(), Wanted::Decision(Box::new(question()))));
        Err(AppError::Beside)
    }

    /// Breaks a transaction off whose rules are not held.
    ///
    /// # Errors
    /// To be read beside, unless that was done and they cannot be held, or others edit them all the
    /// time: then they are read where it stands.
    pub(super) fn want_rules(
        &self,
        merchant: &MerchantId,
        (kind, edit): (HeldRules, i64),
    ) -> Result<(), AppError> {
        let mut desk = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if desk.tries == TRIES || !desk.read.insert((kind, edit)) {
            return Ok(());
        }
        desk.tries += 1;
        desk.wanted = Some((merchant.clone(), Wanted::Rules(kind)));
        Err(AppError::Beside)
    }

    /// What rules come to for a cart, where that was worked out for just this.
    ///
    /// # Errors
    /// To be worked out beside, where it was not.
    pub(super) fn outcome(
        &self,
        merchant: &MerchantId,
        weighing: RuleEvaluation,
    ) -> Result<RuleOutcome, AppError> {
        let mut desk = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = desk.weighed.iter().find(|(of, _)| of.is_same(&weighing));
        if let Some((_, outcome)) = known {
            return Ok(outcome.clone());
        }
        if desk.tries == TRIES {
            return Ok(RuleOutcome::of(&weighing));
        }
        desk.tries += 1;
        desk.wanted = Some((merchant.clone(), Wanted::Outcome(Box::new(weighing))));
        Err(AppError::Beside)
    }

    /// Works out what was asked for of rules, in a turn of the merchant's.
    ///
    /// # Errors
    /// Busy where that does not come.
    pub(super) async fn weigh(
        &self,
        lanes: &Lanes,
        (merchant, weighing): (MerchantId, Box<RuleEvaluation>),
    ) -> Result<(), AppError> {
        let work = move || {
            let outcome = RuleOutcome::of(&weighing);
            (*weighing, outcome)
        };
        let weighed = lanes.compute(&merchant, work).await?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).weighed.push(weighed);
        Ok(())
    }

    /// What a transaction was broken off for, if it is not done yet.
    pub(super) fn wanted(&self) -> Option<(MerchantId, Wanted)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).wanted.take()
    }

    /// Decides what was asked for, in a turn of the merchant's.
    ///
    /// # Errors
    /// Busy where that does not come.
    pub(super) async fn decide(
        &self,
        lanes: &Lanes,
        mut ids: Ids,
        (merchant, question): (MerchantId, Box<Question>),
    ) -> Result<(), AppError> {
        let work = move || {
            let decided = question.decide(&mut ids);
            (*question, decided)
        };
        let answered = lanes.compute(&merchant, work).await?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).answered.push(answered);
        Ok(())
    }
}
