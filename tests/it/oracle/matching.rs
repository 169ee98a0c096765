//! Which path fires for a checkout: candidates, reasons in the order of the table, the rank.

use std::cmp::Reverse;

use super::coupons::Coupon;
use super::model::{Ask, Fate, LineKind, Mode, Offer, Path, Sub, Transition, World};
use super::money::Minor;
use super::transitions::{first_booking, first_paid, first_price};

/// What became of one candidate.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    /// Its path.
    pub(crate) path: String,
    /// Its subscription.
    pub(crate) sub: usize,
    /// Chosen, outranked or rejected.
    pub(crate) outcome: &'static str,
    /// Why it was rejected.
    pub(crate) reason: Option<&'static str>,
}

/// What a checkout is going to do.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    /// The path and its source; none in an ordinary new purchase.
    pub(crate) change: Option<(Path, usize)>,
    /// What the customer may pick, the default first.
    pub(crate) modes: Vec<Mode>,
    /// What is taken off.
    pub(crate) cut: Option<Coupon>,
}

/// A choice or a refusal, and how it came to it.
pub(crate) type Decision = (Result<Choice, &'static str>, Vec<Verdict>);

impl World {
    /// Decides what a checkout does, perhaps for one source; the customer is up to date.
    pub(crate) fn decide(&self, ask: &Ask, pin: Option<usize>, cut: Option<&Coupon>) -> Decision {
        let target = &self.offers[&ask.offer];
        let mut accepted = Vec::new();
        let mut verdicts = Vec::new();
        for (at, path) in self.paths.iter().enumerate() {
            for sub in self.active(&ask.customer) {
                let is_pinned = pin.is_none_or(|pin| pin == sub);
                if !is_pinned || !self.is_candidate(path, sub, target, ask) {
                    continue;
                }
                match self.modes(path, sub, target, cut) {
                    Ok(modes) => accepted.push((at, sub, modes)),
                    Err(reason) => verdicts.push(Verdict {
                        path: path.id.clone(),
                        sub,
                        outcome: "rejected",
                        reason: Some(reason),
                    }),
                }
            }
        }
        accepted.sort_by_key(|(at, sub, _)| {
            let it = &self.subs[*sub];
            Reverse((self.paths[*at].priority, *at, it.started_on, it.id.clone(), *sub))
        });
        for (place, (at, sub, _)) in accepted.iter().enumerate() {
            let outcome = if place == 0 { "chosen" } else { "outranked" };
            let path = self.paths[*at].id.clone();
            verdicts.push(Verdict { path, sub: *sub, outcome, reason: None });
        }
        let winner = accepted.into_iter().next();
        let winner = winner.map(|(at, sub, modes)| ((self.paths[at].clone(), sub), modes));
        let is_pinned = pin.is_some() || ask.pin_path.is_some();
        let concluded = self.conclude(ask, is_pinned, winner, &verdicts);
        (concluded.map(|choice| Choice { cut: cut.cloned(), ..choice }), verdicts)
    }

    /// From the winner, if there is one, to the choice.
    fn conclude(
        &self,
        ask: &Ask,
        is_pinned: bool,
        winner: Option<((Path, usize), Vec<Mode>)>,
        verdicts: &[Verdict],
    ) -> Result<Choice, &'static str> {
        if !ask.allow_new && self.runs_or_awaits(&ask.customer, &ask.offer) {
            return Err("already-subscribed");
        }
        if let Some((change, modes)) = winner {
            return Ok(Choice { change: Some(change), modes, cut: None });
        }
        let is_rule = |verdict: &Verdict| verdict.reason.is_some_and(|it| it.starts_with("path-"));
        if is_pinned || !(ask.allow_new || verdicts.iter().all(is_rule)) {
            return Err("change-not-possible");
        }
        Ok(Choice { change: None, modes: vec![Mode::New], cut: None })
    }

    /// Whether a customer runs an offer or waits for it.
    fn runs_or_awaits(&self, customer: &str, offer: &str) -> bool {
        let runs = self.active(customer).into_iter().any(|sub| self.subs[sub].deal.id == offer);
        let awaits = self.changes.iter().any(|change| {
            change.fate == Fate::Pending && change.customer == customer && change.target.id == offer
        });
        runs || awaits
    }

    /// Whether the tags of today, and a pinned path, make a pair of a path and a subscription.
    fn is_candidate(&self, path: &Path, sub: usize, target: &Offer, ask: &Ask) -> bool {
        let source = &self.offers[&self.subs[sub].deal.id];
        path.target_tags.iter().any(|tag| target.tags.contains(tag))
            && path.source_tags.iter().any(|tag| source.tags.contains(tag))
            && ask.pin_path.as_ref().is_none_or(|pin| *pin == path.id)
    }

    /// A customer's subscription by number, wrapping around.
    pub(crate) fn own_sub(&self, customer: &str, number: usize) -> Option<usize> {
        let is_own = |at: &usize| self.subs[*at].customer == customer;
        let own: Vec<usize> = (0..self.subs.len()).filter(is_own).collect();
        (!own.is_empty()).then(|| own[number % own.len()])
    }

    /// The modes of a candidate, or the first reason against it.
    fn modes(
        &self,
        path: &Path,
        at: usize,
        target: &Offer,
        cut: Option<&Coupon>,
    ) -> Result<Vec<Mode>, &'static str> {
        let sub = &self.subs[at];
        self.path_holds(path)?;
        if sub.deal.id == target.id {
            return Err("same-offer");
        }
        if sub.deal.currency != target.currency {
            return Err("currency-mismatch");
        }
        if sub.period.is_none() && !sub.is_in_trial() {
            return Err("still-in-bridge");
        }
        if self.held == Some(at) {
            return Err("source-held");
        }
        if !path.allow_unpaid && (self.is_unpaid(at) || self.owes_current(path, at)) {
            return Err("source-unpaid");
        }
        if path.keeps_date && !sub.deal.period.is_like(target.period) {
            return Err("billing-period-differs");
        }
        if path.transition == Transition::LastBooking {
            if sub.period.is_none() {
                return Err("nothing-to-cancel");
            }
            if Self::first_period_ends_early(sub, target) {
                return Err("target-period-shorter");
            }
            if self.current_line(at).is_none() {
                return Err("nothing-to-cancel");
            }
        }
        self.modes_left(path, at, target, cut)
    }

    /// Whether the merchant's rule holds today.
    fn path_holds(&self, path: &Path) -> Result<(), &'static str> {
        if !path.is_active {
            return Err("path-inactive");
        }
        if path.valid_from.is_some_and(|day| self.today < day) {
            return Err("path-not-yet-valid");
        }
        if path.valid_until.is_some_and(|day| self.today > day) {
            return Err("path-expired");
        }
        Ok(())
    }

    /// Whether a bridge would rest on an invoice that is not paid.
    fn owes_current(&self, path: &Path, at: usize) -> bool {
        path.transition == Transition::ImmediateNextBooking
            && self.current_line(at).is_some_and(|(doc, _)| self.docs[doc].due > 0)
    }

    /// Whether the target's period from the source's period start ends before the source's.
    fn first_period_ends_early(sub: &Sub, target: &Offer) -> bool {
        let period = sub.period.expect("it is booked");
        let anchor = super::billing::inherited_anchor(sub, period.start);
        target.period.after(period.start, anchor) < period.end
    }

    /// The modes that a path offers and the state of the source leaves.
    fn modes_left(
        &self,
        path: &Path,
        at: usize,
        target: &Offer,
        cut: Option<&Coupon>,
    ) -> Result<Vec<Mode>, &'static str> {
        let mut modes = match (path.is_optional, path.may_switch) {
            (false, _) => vec![Mode::Replace],
            (true, false) => vec![Mode::Add],
            (true, true) => vec![Mode::Add, Mode::Replace],
        };
        let mut reason = None;
        if modes.contains(&Mode::Replace)
            && path.transition == Transition::LastBooking
            && self.would_refund(path, at, target, cut)
        {
            modes.retain(|mode| *mode != Mode::Replace);
            reason = reason.or(Some("retroactive-refund"));
        }
        let waits = matches!(path.transition, Transition::NextBooking | Transition::EndOfTerm);
        let is_gone = waits && {
            let on = first_booking(&self.subs[at], path.transition, self.today);
            self.end_with_parent(at).is_some_and(|end| end < on)
        };
        if modes.contains(&Mode::Replace) && is_gone {
            modes.retain(|mode| *mode != Mode::Replace);
            reason = reason.or(Some("source-ends"));
        }
        let lacks_parent = |mode: &Mode| {
            let parent = if *mode == Mode::Add { Some(at) } else { self.subs[at].parent };
            let introduced = self.introduces(path, at, *mode, target);
            let first = first_paid(&self.subs[at], path, target, introduced, self.today);
            parent.is_some_and(|parent| {
                let is_over = !self.subs[parent].is_active();
                is_over || self.line_end(parent).is_some_and(|end| end <= first)
            })
        };
        if target.requires_parent && modes.iter().any(lacks_parent) {
            modes.retain(|mode| !lacks_parent(mode));
            reason = reason.or(Some("parent-ends"));
        }
        if modes.is_empty() { Err(reason.expect("something left it out")) } else { Ok(modes) }
    }

    /// Whether the new invoice of a retroactive replacement is lower than the one it cancels.
    fn would_refund(&self, path: &Path, at: usize, target: &Offer, cut: Option<&Coupon>) -> bool {
        let (doc, _) = self.current_line(at).expect("there is something to cancel");
        let start = self.subs[at].period.expect("it is booked").start;
        let mut cancelled: Minor = 0;
        let introduced = self.introduces(path, at, Mode::Replace, target);
        let is_tried = introduced && target.after_trial(start) > self.today;
        let first = if introduced { target.after_trial(start) } else { start };
        let price = first_price(target, introduced);
        let own = self.price_on(&Offer { price, ..target.clone() }, first).gross;
        let own = own - cut.map_or(0, |coupon| coupon.off.of(own));
        let mut issued: Minor = if is_tried { 0 } else { own };
        for (place, line) in self.docs[doc].lines.iter().enumerate() {
            let left = self.left_of(doc, place).gross;
            cancelled += left;
            if line.sub != at || line.kind == LineKind::Bridge {
                issued += left;
            }
        }
        issued < cancelled
    }
}
