//! One checkout: bring the customer up to date, match a path, make the deal on paper, for each
//! mode that the customer may pick. Preview shows the decision; completion stores its plan.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use crate::domain::account::Account;
use crate::domain::catalogue::{Offer, Terms};
use crate::domain::change::ScheduledChange;
use crate::domain::checkout::CheckoutRequest;
use crate::domain::coupon::{FirstLineDiscount, folded};
use crate::domain::document::{Document, Invoice, InvoiceLine, InvoiceStatus, LineKind};
use crate::domain::ids::{ChangeId, CheckoutId, Ids, InvoiceId, OfferId, PathId, SubscriptionId};
use crate::domain::money::Money;
use crate::domain::names::names;
use crate::domain::path::{Mode, Path, Transition};
use crate::domain::plan::Plan;
use crate::domain::preview::{Ending, LostIntroduction, TextFacts};
use crate::domain::purchase::Purchase;
use crate::domain::subscription::Subscription;
use crate::domain::verdict::Verdict;

use super::introductions::SubscriptionOpening;
use super::ledger::{Ledger, Tariff};
use super::matching::{FiringPair, JudgedPair, MatchFacts, Reason, deal, select_path};
use super::payments::{IncomingPayment, settle};
use super::subscriptions::is_full;
use super::transitions::{ChangeOutcome, DecidedChange};

/// All that a checkout rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckoutFacts {
    /// The customer, as stored.
    pub account: Account,
    /// Taxes and terms of payment.
    pub tariff: Tariff,
    /// The target, the paths to it, and what the customer has.
    pub matching: MatchFacts,
    /// What a coupon takes off.
    pub cut: Option<FirstLineDiscount>,
}

names! {
    /// Why there is no checkout.
    pub enum RefusalCode {
        /// The merchant does not sell the offer any more.
        OfferInactive = "offer-inactive",
        /// The customer runs or awaits the offer.
        AlreadySubscribed = "already-subscribed",
        /// Paths lead there, but not in the customer's state; or the pin fits nothing.
        ChangeNotPossible = "change-not-possible",
        /// The mode is none that the customer may pick.
        ModeNotOffered = "mode-not-offered",
        /// The customer runs as many subscriptions as one may.
        TooManySubscriptions = "too-many-subscriptions",
        /// A change of theirs keeps the coupon, and would go on waiting.
        CouponUsed = "coupon-used",
    }
}

/// A business no, with every candidate that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckoutRefusal {
    /// The reason, as a code.
    pub code: RefusalCode,
    /// Every candidate and its verdict.
    pub considered: Vec<JudgedPair>,
    /// What the customer may pick, where the mode is the matter.
    pub modes: Vec<Purchase>,
}

/// What a checkout does in one mode.
#[derive(Debug, Clone)]
pub struct CheckoutOutcome {
    /// The mode.
    pub mode: Purchase,
    /// The day on which the target starts.
    pub effective_on: NaiveDate,
    /// What is to be paid now for `documents`.
    pub amount_due: Money,
    /// The earliest later date on which the source, its successor or the addition is booked.
    pub next_payment_on: Option<NaiveDate>,
    /// The documents issued on completion, in order.
    pub documents: Vec<Document>,
    /// The subscription whose cancellation is withdrawn.
    pub withdraws_cancellation: Option<SubscriptionId>,
    /// The pending replacement whose place is taken.
    pub supersedes: Option<ChangeId>,
    /// Whether what is bought has the introduction of its terms.
    pub introduced: bool,
    /// What ends by it that would not have ended on that day.
    pub ends: Vec<Ending>,
    /// The new subscription; none while the change waits.
    pub subscription: Option<SubscriptionId>,
    /// The scheduled change, where it waits.
    pub change: Option<ChangeId>,
    /// What the path's texts are filled with; none in an ordinary purchase.
    pub text: Option<TextFacts>,
    /// The account afterwards.
    pub account: Account,
}

impl CheckoutOutcome {
    /// How what is bought under some terms begins.
    pub(super) fn beginning<'a>(
        &self,
        terms: &'a Terms,
        source: Option<&Subscription>,
    ) -> SubscriptionOpening<'a> {
        let new = self.subscription.as_ref();
        let new = new.and_then(|id| self.account.subscriptions.get(id));
        SubscriptionOpening::of(terms, (self.effective_on, self.introduced), new, source)
    }
}

/// What a checkout would do.
#[derive(Debug, Clone)]
pub struct CheckoutDecision {
    /// The day of the decision.
    pub on: NaiveDate,
    /// What is sold.
    pub target: Terms,
    /// The account as stored, before anything.
    pub before: Account,
    /// What billing would issue anyway up to today.
    pub catch_up: Vec<Document>,
    /// What a coupon takes off.
    pub cut: Option<FirstLineDiscount>,
    /// The path that fires; none in an ordinary purchase.
    pub path: Option<Path>,
    /// The source, as it is once up to date.
    pub source: Option<Subscription>,
    /// Whether the customer is granted the introduction of the target.
    pub is_granted: bool,
    /// Every candidate and its verdict.
    pub considered: Vec<JudgedPair>,
    /// What happens in each mode that the customer may pick, the default first.
    pub by_mode: Vec<CheckoutOutcome>,
    /// The place in `by_mode` of the mode asked for, else of the default.
    pub picked: usize,
}

impl CheckoutDecision {
    /// What happens in the mode asked for.
    #[must_use]
    pub fn outcome(&self) -> &CheckoutOutcome {
        &self.by_mode[self.picked]
    }

    /// When the change takes effect; none in an ordinary purchase.
    #[must_use]
    pub fn transition(&self) -> Option<Transition> {
        self.path.as_ref().map(|path| path.transition)
    }

    /// The id of the path that fires.
    #[must_use]
    pub fn path_id(&self) -> Option<&PathId> {
        self.path.as_ref().map(|path| &path.id)
    }

    /// The plan to store, paid with a reference where something is due and was paid, for a stored
    /// checkout if there is one. What is completed on a later day than it was decided on, because
    /// it was held, is issued on that day; all else is as it was decided.
    #[must_use]
    pub fn plan(
        &self,
        paid_with: Option<&str>,
        checkout: Option<&CheckoutId>,
        ids: &mut Ids,
        today: NaiveDate,
    ) -> Plan {
        let mut account = self.outcome().account.clone();
        if today > self.on {
            self.issue_on(today, &mut account);
        }
        if let Some(reference) = paid_with {
            let received = IncomingPayment { reference, paid_on: today, checkout };
            settle(&mut account, &self.open_invoices(), &received, ids);
        }
        let mut plan = Plan::between(&self.before, &account);
        if let Some(code) = self.code_taken_over() {
            // It goes on from the change that is superseded.
            plan.returned.retain(|it| it.code != folded(code));
        }
        plan
    }

    /// The code that a change kept which is superseded, and that is redeemed in its place.
    #[must_use]
    pub fn code_taken_over(&self) -> Option<&str> {
        let code = self.cut.as_ref().and_then(FirstLineDiscount::code)?;
        let change = self.before.change_with(code)?;
        (self.outcome().supersedes.as_ref() == Some(&change.id)).then_some(code)
    }

    /// Dates what is new in an account by the day on which it is issued. By when it is to be paid
    /// counts from that day, unless it is by when a cancelled invoice was.
    fn issue_on(&self, today: NaiveDate, account: &mut Account) {
        account.see(today);
        let (mut invoices, later) = (BTreeMap::new(), today - self.on);
        for document in &mut account.issued {
            match document {
                Document::CreditNote(note) => note.issued_on = today,
                Document::Invoice(invoice) => {
                    let due_on = invoice.due_on;
                    let due_on = if self.keeps_day(invoice) { due_on } else { due_on + later };
                    let dunning_on = due_on.max(today).succ_opt();
                    invoices.insert(invoice.id.clone(), (due_on, dunning_on));
                    (invoice.issued_on, invoice.due_on) = (today, due_on);
                    invoice.dunning_on = dunning_on;
                }
            }
        }
        for (id, (due_on, dunning_on)) in invoices {
            if let Some(invoice) = account.invoices.get_mut(&id) {
                (invoice.issued_on, invoice.due_on) = (today, due_on);
                invoice.dunning_on = dunning_on;
            }
        }
    }

    /// Whether an invoice is to be paid by the day of the cancelled one in whose place it stands,
    /// for other lines of that are on it.
    fn keeps_day(&self, invoice: &Invoice) -> bool {
        let (source, new) = (self.source.as_ref().map(|it| &it.id), &self.outcome().subscription);
        let is_other = |line: &InvoiceLine| {
            let of = Some(&line.line.subscription);
            of != new.as_ref() && (of != source || line.line.kind != LineKind::Period)
        };
        let is_of_it = |document: &Document| match document {
            Document::Invoice(it) => it.id == invoice.id,
            Document::CreditNote(_) => false,
        };
        self.transition() == Some(Transition::LastBooking)
            && self.outcome().documents.iter().any(is_of_it)
            && invoice.lines.iter().any(is_other)
            && self.before.invoices.values().any(|it| it.due_on == invoice.due_on)
    }

    fn open_invoices(&self) -> Vec<InvoiceId> {
        let documents = self.outcome().documents.iter();
        documents
            .filter_map(|document| match document {
                Document::Invoice(invoice) if invoice.status == InvoiceStatus::Open => {
                    Some(invoice.id.clone())
                }
                Document::Invoice(_) | Document::CreditNote(_) => None,
            })
            .collect()
    }
}

/// Decides what a checkout does today.
///
/// # Errors
/// [`CheckoutRefusal`] where the customer cannot have the offer in this way.
pub fn decide_checkout(
    facts: &CheckoutFacts,
    request: &CheckoutRequest,
    ids: &mut Ids,
    today: NaiveDate,
) -> Result<CheckoutDecision, CheckoutRefusal> {
    let (tariff, target) = (&facts.tariff, &facts.matching.target);
    let mut ledger = Ledger::up_to_date(&facts.account, tariff, today, ids);
    let (mut chosen, considered) =
        select_path(&ledger, &facts.matching, facts.cut.as_ref(), request);
    let refuse = |code, modes| Err(CheckoutRefusal { code, considered: considered.clone(), modes });
    if !target.active {
        return refuse(RefusalCode::OfferInactive, Vec::new());
    }
    if !request.allow_new && runs_or_awaits(&ledger.account, &target.terms.offer) {
        return refuse(RefusalCode::AlreadySubscribed, Vec::new());
    }
    if chosen.is_none() && !is_new_purchase(request, &considered) {
        return refuse(RefusalCode::ChangeNotPossible, Vec::new());
    }
    if let Some(id) = keeps_code(&facts.account, facts.cut.as_ref())
        && !takes_over(ledger.account.changes.get(id), chosen.as_mut())
    {
        return refuse(RefusalCode::CouponUsed, Vec::new());
    }
    let modes: Vec<Purchase> = match &chosen {
        None => vec![Purchase::New],
        Some(chosen) => chosen.modes.iter().map(|mode| Purchase::from(*mode)).collect(),
    };
    let asked = request.mode.map_or(Some(0), |mode| modes.iter().position(|m| *m == mode));
    let Some(picked) = asked else {
        return refuse(RefusalCode::ModeNotOffered, modes);
    };
    if modes[picked] != Purchase::Replace && is_full(&ledger.account) {
        return refuse(RefusalCode::TooManySubscriptions, Vec::new());
    }
    let is_granted = facts.matching.grants(&ledger.account);
    let sold = SoldOffer { target, cut: facts.cut.as_ref(), is_granted };
    let (catch_up, by_mode) = outcomes(&mut ledger, sold, chosen.as_ref());
    Ok(CheckoutDecision {
        is_granted,
        on: today,
        target: target.terms.clone(),
        before: facts.account.clone(),
        catch_up,
        cut: facts.cut.clone(),
        path: chosen.as_ref().map(|chosen| chosen.path.clone()),
        source: chosen.map(|chosen| chosen.source),
        considered,
        by_mode,
        picked,
    })
}

/// What a held checkout rests on: the choice of path and source was made when it was held, and
/// is not judged again.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldFacts {
    /// The customer, as stored.
    pub account: Account,
    /// Taxes and terms of payment, as they were.
    pub tariff: Tariff,
    /// The target, with the terms that were shown.
    pub target: Offer,
    /// Path, source and modes; none in an ordinary purchase.
    pub change: Option<(Path, SubscriptionId, Vec<Mode>)>,
    /// What a coupon takes off, as it was.
    pub cut: Option<FirstLineDiscount>,
    /// Whether the customer was granted the introduction of the target.
    pub is_granted: bool,
    /// The day of the decision.
    pub decided_on: NaiveDate,
}

/// Decides once more what a held checkout does, as of the day of its hold: what it comes to in
/// the customer's account of now. None where the account leaves no room for it; nothing may be
/// stored that leads there while it is held.
#[must_use]
pub fn decide_held(
    facts: &HeldFacts,
    request: &CheckoutRequest,
    ids: &mut Ids,
) -> Option<CheckoutDecision> {
    let (account, target) = (facts.account.clone(), &facts.target);
    let mut ledger = Ledger { account, tariff: &facts.tariff, today: facts.decided_on, ids };
    ledger.bring_up_to_date();
    if !request.allow_new && runs_or_awaits(&ledger.account, &target.terms.offer) {
        return None;
    }
    let chosen = match &facts.change {
        None => None,
        Some((path, source, modes)) => {
            let source = ledger.account.subscriptions.get(source).filter(|s| s.is_active())?;
            Some(FiringPair { path: path.clone(), source: source.clone(), modes: modes.clone() })
        }
    };
    let is_granted = facts.is_granted;
    let sold = SoldOffer { target, cut: facts.cut.as_ref(), is_granted };
    let (catch_up, by_mode) = outcomes(&mut ledger, sold, chosen.as_ref());
    let asked = |outcome: &CheckoutOutcome| request.mode.is_none_or(|mode| mode == outcome.mode);
    Some(CheckoutDecision {
        is_granted,
        on: facts.decided_on,
        target: target.terms.clone(),
        picked: by_mode.iter().position(asked)?,
        before: facts.account.clone(),
        catch_up,
        cut: facts.cut.clone(),
        path: chosen.as_ref().map(|chosen| chosen.path.clone()),
        source: chosen.map(|chosen| chosen.source),
        considered: Vec::new(),
        by_mode,
    })
}

fn runs_or_awaits(account: &Account, target: &OfferId) -> bool {
    account.active().iter().any(|subscription| subscription.terms.offer == *target)
        || account.pending().iter().any(|change| change.terms.offer == *target)
}

/// The change that keeps the code of what is taken off, as stored.
fn keeps_code<'a>(account: &'a Account, cut: Option<&FirstLineDiscount>) -> Option<&'a ChangeId> {
    account.change_with(cut?.code()?).map(|change| &change.id)
}

/// Whether a change that keeps the code still waits, and is superseded by what fires, which takes
/// it over; another mode is left out.
fn takes_over(change: Option<&ScheduledChange>, chosen: Option<&mut FiringPair>) -> bool {
    let Some((change, chosen)) = change.filter(|it| it.is_pending_replacement()).zip(chosen) else {
        return false;
    };
    let is_its_source = change.subscription == chosen.source.id;
    chosen.modes.retain(|mode| is_its_source && *mode == Mode::Replace);
    !chosen.modes.is_empty()
}

/// Whether, with no path left to fire, this is an ordinary purchase.
fn is_new_purchase(request: &CheckoutRequest, considered: &[JudgedPair]) -> bool {
    let is_pinned = request.path.is_some() || request.subscription.is_some();
    let only_the_paths = considered.iter().all(|candidate| match candidate.verdict {
        Verdict::Rejected(reason) | Verdict::Unavailable(reason) => Reason::is_the_paths(reason),
        Verdict::Chosen | Verdict::Outranked(_) => false,
    });
    !is_pinned && (request.allow_new || only_the_paths)
}

/// What is sold, and what is taken off it.
#[derive(Clone, Copy)]
struct SoldOffer<'a> {
    target: &'a Offer,
    cut: Option<&'a FirstLineDiscount>,
    is_granted: bool,
}

/// What billing issues anyway to bring the account up to date, which it is, and what comes of
/// each mode.
fn outcomes(
    ledger: &mut Ledger<'_>,
    sold: SoldOffer<'_>,
    chosen: Option<&FiringPair>,
) -> (Vec<Document>, Vec<CheckoutOutcome>) {
    let base = ledger.account.clone();
    let SoldOffer { target, cut, is_granted } = sold;
    let Some(chosen) = chosen else {
        return (base.issued, vec![buy(ledger, target, cut, is_granted)]);
    };
    let mut outcomes = Vec::new();
    for mode in &chosen.modes {
        ledger.account = base.clone();
        let deal = deal(&chosen.path, &chosen.source, target, *mode, is_granted);
        let deal = DecidedChange { cut: cut.cloned(), ..deal };
        if let Some(made) = ledger.make(&deal) {
            let mut outcome = outcome(ledger, target, &made, (*mode).into(), base.issued.len());
            outcome.next_payment_on = next_payment(ledger, &chosen.source.id, &made);
            outcome.withdraws_cancellation =
                made.withdraws_cancellation.then(|| chosen.source.id.clone());
            let trial = outcome.introduced && target.terms.introduction.trial.is_some();
            // What is bought runs on the days that its source leaves, or the source is credited
            // whole; a trial takes their place.
            let leaves_days = match chosen.path.transition {
                Transition::Immediate => true,
                Transition::ImmediateNextBooking => trial,
                Transition::LastBooking | Transition::NextBooking | Transition::EndOfTerm => false,
            };
            outcome.ends = endings(&base, &outcome.account, leaves_days);
            outcome.text = Some(text_facts(chosen, target, &outcome));
            outcomes.push(outcome);
        }
    }
    (base.issued, outcomes)
}

/// An ordinary purchase: the subscription starts today and, unless it has a trial, its first
/// period is invoiced.
pub(super) fn buy(
    ledger: &mut Ledger<'_>,
    target: &Offer,
    cut: Option<&FirstLineDiscount>,
    introduced: bool,
) -> CheckoutOutcome {
    let (today, issued) = (ledger.today, ledger.account.issued.len());
    let id = SubscriptionId::fresh(ledger.ids);
    let mut new = ledger.fresh(id.clone(), &target.terms, today, today, today.day());
    new.cut = cut.cloned();
    if introduced {
        new.introduce();
    }
    ledger.account.subscriptions.insert(id.clone(), new);
    ledger.book(today);
    let made = ChangeOutcome {
        effective_on: today,
        subscription: Some(id.clone()),
        change: None,
        supersedes: None,
        withdraws_cancellation: false,
        introduced,
    };
    let mut outcome = outcome(ledger, target, &made, Purchase::New, issued);
    outcome.next_payment_on = next_payment(ledger, &id, &made);
    outcome
}

fn outcome(
    ledger: &Ledger<'_>,
    target: &Offer,
    made: &ChangeOutcome,
    purchase: Purchase,
    issued_before: usize,
) -> CheckoutOutcome {
    let documents: Vec<Document> = ledger.account.issued[issued_before..].to_vec();
    let amount_due = documents
        .iter()
        .map(|document| match document {
            Document::Invoice(invoice) => invoice.amount_due,
            Document::CreditNote(_) => 0,
        })
        .sum();
    CheckoutOutcome {
        mode: purchase,
        effective_on: made.effective_on,
        amount_due: Money::new(amount_due, target.terms.price.currency),
        next_payment_on: None,
        documents,
        withdraws_cancellation: None,
        supersedes: made.supersedes.clone(),
        introduced: made.introduced,
        ends: Vec::new(),
        subscription: made.subscription.clone(),
        change: made.change.clone(),
        text: None,
        account: ledger.account.clone(),
    }
}

/// The earliest date after today on which the source, its successor or the added subscription is
/// booked once this is completed.
fn next_payment(
    ledger: &Ledger<'_>,
    source: &SubscriptionId,
    made: &ChangeOutcome,
) -> Option<NaiveDate> {
    let account = &ledger.account;
    let runs = [Some(source), made.subscription.as_ref()]
        .into_iter()
        .flatten()
        .filter_map(|id| account.next_payment_on(account.subscriptions.get(id)?));
    let waits = made.change.as_ref().and_then(|id| account.changes.get(id));
    runs.chain(waits.map(ScheduledChange::booked_from)).filter(|date| *date > ledger.today).min()
}

/// What ends afterwards on a day on which it would not have ended before, or in another way: what
/// was cancelled and is replaced instead ends on that day, too.
fn endings(before: &Account, after: &Account, leaves_days: bool) -> Vec<Ending> {
    let end = |account: &Account, id: &SubscriptionId| {
        let subscription = account.subscriptions.get(id)?;
        let replaced_on = account.replacement_of(id).map(|change| change.effective_on);
        account.ends_on(subscription).into_iter().chain(replaced_on).min()
    };
    let running = before.active().into_iter().map(|subscription| &subscription.id);
    let ends = running.filter_map(|id| {
        let by = |account: &Account| account.replacement_of(id).map(|change| change.id.clone());
        let is_news = end(before, id) != end(after, id) || by(before) != by(after);
        let on = end(after, id).filter(|_| is_news)?;
        let lost_days = if leaves_days { lost_days(before, after, id, on) } else { 0 };
        let lost_introduction = lost_introduction(before, id, on, leaves_days);
        Some(Ending { subscription: id.clone(), on, lost_days, lost_introduction })
    });
    ends.collect()
}

/// How many booked days a subscription leaves that ends on a day, where none of them is credited.
fn lost_days(before: &Account, after: &Account, id: &SubscriptionId, on: NaiveDate) -> i64 {
    let Some(was) = before.subscriptions.get(id).filter(|was| was.price.minor > 0) else {
        return 0;
    };
    let credited = after.issued[before.issued.len()..].iter().any(|document| match document {
        Document::CreditNote(note) => note.lines.iter().any(|it| it.line.subscription == *id),
        Document::Invoice(_) => false,
    });
    let left = was.current_period.map_or(0, |period| (period.end - on).num_days());
    if credited { 0 } else { left.max(0) }
}

/// What a subscription that ends on a day would still have had of its introduction: the rest of
/// its trial, unless what is bought goes on with that, and the bookings at the price of a step.
fn lost_introduction(
    before: &Account,
    id: &SubscriptionId,
    on: NaiveDate,
    leaves_days: bool,
) -> Option<LostIntroduction> {
    let was = before.subscriptions.get(id)?;
    let trial = was.trial_until.filter(|_| was.is_in_trial() && leaves_days);
    let trial_days = trial.map_or(0, |until| (until - on).num_days().max(0));
    let (ends, mut day, mut periods) = (before.ends_on(was), was.boundary(), 0);
    for _ in 0..was.steps_left {
        if day >= on && ends.is_none_or(|end| day < end) {
            periods += 1;
        }
        day = was.terms.billing_period.after(day, was.anchor_day);
    }
    (trial_days > 0 || periods > 0).then_some(LostIntroduction { trial_days, periods })
}

fn text_facts(chosen: &FiringPair, target: &Offer, outcome: &CheckoutOutcome) -> TextFacts {
    let (source, target) = (&chosen.source, &target.terms);
    let locale = outcome.account.locale.as_deref().unwrap_or_default();
    let monthly = source.terms.billing_period.monthly(source.price.minor);
    TextFacts {
        offer_title: target.title_in(locale).to_owned(),
        next_payment: outcome.next_payment_on,
        subscription_id: source.id.clone(),
        subscription_titles: source.terms.product_titles_in(locale),
        subscription_price: Money::new(monthly, source.price.currency),
        effective_date: outcome.effective_on,
        target_price: target.price,
        target_period: target.billing_period,
        amount_due: outcome.amount_due,
        introduction: outcome.beginning(target, Some(source)).introduction(),
    }
}
