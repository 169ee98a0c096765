//! The five moments of change, as replacement and as addition. Which subscription and path it
//! is about has been decided in `matching`.

use chrono::{Datelike, NaiveDate};

use crate::domain::calendar::DateRange;
use crate::domain::catalogue::Terms;
use crate::domain::change::{ChangeStatus, ScheduledChange};
use crate::domain::coupon::FirstLineDiscount;
use crate::domain::document::{InvoiceLine, Line};
use crate::domain::ids::{ChangeId, PathId, SubscriptionId};
use crate::domain::money::divide_rounded;
use crate::domain::path::{BillingDate, Mode, Proration, Transition};
use crate::domain::subscription::{BridgeCharge, Subscription, inherited_anchor};

use super::ledger::Ledger;
use super::succession::SubscriptionStart;

/// A change that has been decided on.
#[derive(Debug, Clone)]
pub struct DecidedChange {
    /// The source.
    pub source: SubscriptionId,
    /// What is bought.
    pub terms: Terms,
    /// The path that fires.
    pub path: PathId,
    /// Replacement or addition.
    pub mode: Mode,
    /// When the change happens.
    pub transition: Transition,
    /// What becomes of unused days.
    pub proration: Proration,
    /// What becomes of the billing date.
    pub billing_date: BillingDate,
    /// What is taken off the first line that books it.
    pub cut: Option<FirstLineDiscount>,
    /// Whether what is bought begins with the introduction of its terms.
    pub introduced: bool,
}

impl DecidedChange {
    /// Whether what is bought begins with a trial.
    fn has_trial(&self) -> bool {
        self.terms.has_trial(self.introduced)
    }

    /// When it takes effect. A trial is nobody's bridge: the days of the source are given up, or
    /// back, at once.
    pub(super) fn moment(&self) -> Transition {
        match self.transition {
            Transition::ImmediateNextBooking if self.has_trial() => Transition::Immediate,
            Transition::Immediate
            | Transition::ImmediateNextBooking
            | Transition::LastBooking
            | Transition::NextBooking
            | Transition::EndOfTerm => self.transition,
        }
    }

    /// What a period that is not booked yet costs at first, in minor units as the terms have it.
    fn first_price(&self) -> i64 {
        let introduction = Some(&self.terms.introduction).filter(|_| self.introduced);
        let step = introduction.and_then(|it| it.price(it.periods()));
        step.unwrap_or(self.terms.price.minor)
    }
}

/// What making a deal led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeOutcome {
    /// The new subscription starts on this day.
    pub effective_on: NaiveDate,
    /// The new subscription; none while the change waits.
    pub subscription: Option<SubscriptionId>,
    /// The scheduled change, where it waits.
    pub change: Option<ChangeId>,
    /// The pending replacement whose place it took.
    pub supersedes: Option<ChangeId>,
    /// Whether it withdrew a cancellation of the source.
    pub withdraws_cancellation: bool,
    /// Whether what is bought has the introduction of its terms.
    pub introduced: bool,
}

impl Ledger<'_> {
    /// Makes a deal today: carries it out, or schedules it. The account is up to date.
    pub fn make(&mut self, deal: &DecidedChange) -> Option<ChangeOutcome> {
        let source = self.account.subscriptions.get(&deal.source)?.clone();
        let (boundary, today) = (source.boundary(), self.today);
        let mut made = ChangeOutcome {
            effective_on: today,
            subscription: None,
            change: None,
            supersedes: None,
            withdraws_cancellation: false,
            introduced: deal.introduced,
        };
        let withdrew = match deal.mode {
            Mode::Replace => self.clear_the_way(&source, &mut made),
            Mode::Add => None,
        };
        match deal.moment() {
            Transition::Immediate => {
                if deal.mode == Mode::Replace && deal.proration == Proration::Day {
                    self.credit_unused(&source.id);
                }
                made.subscription = match deal.billing_date {
                    BillingDate::Keep if !deal.has_trial() => {
                        let begin = self.beginning(deal, today, today, None);
                        self.keep_date(&source, &deal.terms, &begin)
                    }
                    BillingDate::Keep | BillingDate::Reset => {
                        let new = self.switch(&source, deal, today, today, None);
                        self.book(today);
                        Some(new)
                    }
                };
            }
            Transition::ImmediateNextBooking => {
                let charge =
                    (deal.proration == Proration::Day).then(|| self.bridge_charge(&source, deal));
                made.subscription = Some(self.switch(&source, deal, today, boundary, charge));
            }
            Transition::LastBooking => {
                made.effective_on = source.current_period?.start;
                made.subscription = Some(self.rewrite(&source, deal, made.effective_on));
            }
            Transition::NextBooking => {
                made.effective_on = boundary;
                made.change = Some(self.schedule(&source, deal, boundary, withdrew));
            }
            Transition::EndOfTerm => {
                made.effective_on = source.current_term.end;
                made.change = Some(self.schedule(&source, deal, made.effective_on, withdrew));
            }
        }
        // What requires a parent that has ended already cannot even begin its bridge.
        self.end_due(today);
        Some(made)
    }

    /// A replacement supersedes the pending one of its source and takes over the cancellation
    /// that it had withdrawn; it withdraws a cancellation of the source itself.
    fn clear_the_way(
        &mut self,
        source: &Subscription,
        made: &mut ChangeOutcome,
    ) -> Option<NaiveDate> {
        let pending = self.account.replacement_of(&source.id).map(|change| change.id.clone());
        let mut withdrew = None;
        if let Some(change) = pending.as_ref().and_then(|id| self.account.changes.get_mut(id)) {
            change.status = ChangeStatus::Superseded;
            withdrew = change.withdrew_cancel_on;
        }
        made.supersedes = pending;
        made.withdraws_cancellation = source.cancel_on.is_some();
        if let Some(source) = self.account.subscriptions.get_mut(&source.id) {
            withdrew = source.cancel_on.take().or(withdrew);
        }
        withdrew
    }

    /// What the days before the first booking cost at the target's price (whole periods of it,
    /// then what is left by the day), less the source's daily share for each of them where it is
    /// replaced; rounded once.
    fn bridge_charge(&self, source: &Subscription, deal: &DecidedChange) -> BridgeCharge {
        let today = self.today;
        let bridge = DateRange { start: today, end: source.boundary() };
        let parts = deal.terms.billing_period.parts_of(bridge);
        let price = self.tariff.gross(&deal.terms, deal.first_price(), today);
        let days = i128::from(bridge.days());
        // The price of the bridge, times the days of the period in which its last days lie.
        let of = i128::from(parts.of);
        let target = i128::from(price) * i128::from(parts.whole * parts.of + parts.days);
        let gross = match (deal.mode, source.current_period) {
            (Mode::Replace, Some(period)) => {
                let own = self.current_gross(source).unwrap_or_else(|| {
                    let whole = source.whole(period);
                    self.tariff.share(&source.terms, source.price.minor, period, whole)
                });
                let (own, own_days) = (i128::from(own), i128::from(period.days()));
                divide_rounded(target * own_days - own * days * of, of * own_days)
            }
            (Mode::Replace, None) | (Mode::Add, _) => divide_rounded(target, of),
        };
        BridgeCharge { gross }
    }

    fn beginning(
        &mut self,
        deal: &DecidedChange,
        starts_on: NaiveDate,
        first_booking: NaiveDate,
        bridge_charge: Option<BridgeCharge>,
    ) -> SubscriptionStart {
        let id = SubscriptionId::fresh(self.ids);
        let (mode, cut, introduced) = (deal.mode, deal.cut.clone(), deal.introduced);
        SubscriptionStart { id, starts_on, first_booking, mode, bridge_charge, cut, introduced }
    }

    /// Begins the target on `starts_on`, in the place of the source or beside it.
    fn switch(
        &mut self,
        source: &Subscription,
        deal: &DecidedChange,
        starts_on: NaiveDate,
        first_booking: NaiveDate,
        bridge_charge: Option<BridgeCharge>,
    ) -> SubscriptionId {
        let begin = self.beginning(deal, starts_on, first_booking, bridge_charge);
        let anchor = if deal.transition == Transition::Immediate {
            first_booking.day()
        } else {
            inherited_anchor(source, first_booking)
        };
        self.begin(source, &deal.terms, anchor, &begin)
    }

    /// `last_booking`: the invoice of the source's current period is cancelled in full; a new
    /// one carries the target's line from the start of that period, the source's again if it
    /// stays, and what is left of the others. The target's line is on it unless it is in its
    /// trial. The others keep the day by which they are to be paid, unless that has passed and
    /// something new stands beside them.
    fn rewrite(
        &mut self,
        source: &Subscription,
        deal: &DecidedChange,
        start: NaiveDate,
    ) -> SubscriptionId {
        let (again, others, due_on) = self.retract(source);
        let id = self.switch(source, deal, start, start, None);
        let mut lines = match deal.mode {
            Mode::Add => again,
            Mode::Replace => Vec::new(),
        };
        let first = self.account.subscriptions.get(&id).map(Subscription::boundary);
        let mut is_new = false;
        if first.is_some_and(|first| first <= self.today) {
            let booked = self.begin_period(&id).into_iter().flat_map(|(_, booked)| booked);
            let before = lines.len();
            lines.extend(booked);
            is_new = lines.len() > before;
        }
        let counted = self.due_on();
        let due_on = match due_on.filter(|_| !others.is_empty()) {
            Some(kept) if is_new && kept < self.today => counted,
            kept => kept.unwrap_or(counted),
        };
        lines.extend(others);
        if !lines.is_empty() {
            self.issue_invoice(source.price.currency, lines, due_on);
        }
        id
    }

    /// Cancels the invoice of the source's current period. Answers with the source's line, the
    /// other lines (as far as they were not credited), and the day by which it was to be paid.
    fn retract(&mut self, source: &Subscription) -> (Vec<Line>, Vec<Line>, Option<NaiveDate>) {
        if let Some((id, own)) = self.account.current_line(source) {
            let invoice = &self.account.invoices[&id];
            let due_on = invoice.due_on;
            let left = invoice.lines.iter().enumerate().filter(|(_, line)| !line.cancelled);
            let (again, others): (Vec<_>, Vec<_>) = left.partition(|(place, _)| *place == own);
            let rest = |lines: Vec<(usize, &InvoiceLine)>| {
                lines.into_iter().map(|(_, line)| line.rest()).collect()
            };
            let (again, others) = (rest(again), rest(others));
            self.cancel_invoice(&id);
            return (again, others, Some(due_on));
        }
        let Some((line, _)) = self.brought_over_line(&source.id) else {
            return (Vec::new(), Vec::new(), None);
        };
        let (rest, period) = (line.rest(), line.line.period);
        self.credit_brought_over(&source.id, rest.gross, period);
        (vec![rest], Vec::new(), None)
    }

    fn schedule(
        &mut self,
        source: &Subscription,
        deal: &DecidedChange,
        effective_on: NaiveDate,
        withdrew_cancel_on: Option<NaiveDate>,
    ) -> ChangeId {
        let change = ScheduledChange {
            id: ChangeId::fresh(self.ids),
            sequence: self.account.next_sequence(),
            customer: self.account.customer.clone(),
            subscription: source.id.clone(),
            terms: deal.terms.clone(),
            path: deal.path.clone(),
            mode: deal.mode,
            transition: deal.transition,
            effective_on,
            status: ChangeStatus::Pending,
            reason: None,
            result_subscription: None,
            withdrew_cancel_on,
            cut: deal.cut.clone(),
            introduced: deal.introduced,
        };
        let id = change.id.clone();
        self.account.changes.insert(id.clone(), change);
        id
    }

    /// Carries out a scheduled change on its date; the booking that follows on the same date
    /// invoices what it began. What cannot be carried out fails with a reason.
    pub fn carry_out(&mut self, id: &ChangeId) {
        let Some(change) = self.account.changes.get(id).filter(|c| c.is_pending()).cloned() else {
            return;
        };
        let outcome = self.carry_out_on(&change);
        if let Some(change) = self.account.changes.get_mut(id) {
            match outcome {
                Ok(subscription) => {
                    change.status = ChangeStatus::Applied;
                    change.result_subscription = Some(subscription);
                }
                Err(reason) => {
                    change.status = ChangeStatus::Failed;
                    change.reason = Some(reason.to_owned());
                }
            }
        }
    }

    fn carry_out_on(&mut self, change: &ScheduledChange) -> Result<SubscriptionId, &'static str> {
        let date = change.effective_on;
        let source = self.account.subscriptions.get(&change.subscription).cloned();
        let source = source.ok_or("source-ended")?;
        let parent = match change.mode {
            Mode::Replace if !source.is_active() => return Err("source-ended"),
            Mode::Replace => {
                source.parent_id.as_ref().and_then(|id| self.account.subscriptions.get(id))
            }
            Mode::Add => Some(&source),
        };
        if change.terms.requires_parent && parent.is_some_and(|parent| !parent.is_active()) {
            return Err("parent-ended");
        }
        let begin = SubscriptionStart {
            id: SubscriptionId::of_change(&change.id),
            starts_on: date,
            first_booking: date,
            mode: change.mode,
            bridge_charge: None,
            cut: change.cut.clone(),
            introduced: change.introduced,
        };
        Ok(self.begin(&source, &change.terms, inherited_anchor(&source, date), &begin))
    }
}
