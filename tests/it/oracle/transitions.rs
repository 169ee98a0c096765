//! What a completed checkout does, one function for each moment of change.

use chrono::{Datelike, NaiveDate};

use super::billing::{Beginning, inherited_anchor};
use super::calendar::{Span, earlier, on_anchor};
use super::coupons::{Coupon, Holder, Redeemed};
use super::matching::Choice;
use super::model::{
    Bridge, Change, Fate, Line, LineKind, Mode, Offer, Path, Sub, Transition, World,
};
use super::money::{Minor, Sum, round};

/// What is bought, whether it begins as it does for newcomers, and what is taken off.
struct Wanted<'a> {
    offer: &'a Offer,
    introduced: bool,
    cut: Option<&'a Coupon>,
}

/// What came of a completion.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    /// The subscription begun.
    pub(crate) sub: Option<usize>,
    /// The change scheduled.
    pub(crate) change: Option<usize>,
    /// The first day of the new subscription.
    pub(crate) effective_on: NaiveDate,
}

/// The day on which a change happens, as far as bookings are concerned: a bridge leads to the next.
pub(crate) fn first_booking(source: &Sub, moment: Transition, today: NaiveDate) -> NaiveDate {
    match moment {
        Transition::Immediate => today,
        Transition::ImmediateNextBooking | Transition::NextBooking => source.boundary(),
        Transition::LastBooking => source.period.expect("it is booked").start,
        Transition::EndOfTerm => source.term.end,
    }
}

/// The first day that the target is paid for; newcomers have it for nothing before.
pub(crate) fn first_paid(
    source: &Sub,
    path: &Path,
    target: &Offer,
    introduced: bool,
    today: NaiveDate,
) -> NaiveDate {
    let on = first_booking(source, moment(path, target, introduced), today);
    if introduced { target.after_trial(on) } else { on }
}

/// When a path changes: a trial needs no bridge, it begins at once.
fn moment(path: &Path, target: &Offer, introduced: bool) -> Transition {
    let has_trial = introduced && target.trial.is_some();
    match path.transition {
        Transition::ImmediateNextBooking if has_trial => Transition::Immediate,
        other => other,
    }
}

/// What the first period of the target costs.
pub(crate) fn first_price(target: &Offer, introduced: bool) -> Minor {
    let first = target.first_prices().front().copied();
    first.filter(|_| introduced).unwrap_or(target.price)
}

/// Walks the days of a bridge: how many whole periods of the target they fill, how many days are
/// left, and how many days the period has in which these lie.
fn periods_in(target: &Offer, bridge: Span) -> (Minor, Minor, Minor) {
    let anchor = bridge.start.day();
    let mut running = target.period.span(bridge.start, anchor);
    let (mut whole, mut left) = (0, 0);
    for _ in bridge.start.iter_days().take_while(|day| *day < bridge.end) {
        left += 1;
        if left == running.days() {
            (whole, left) = (whole + 1, 0);
            running = target.period.span(running.end, anchor);
        }
    }
    (whole, left, running.days())
}

impl World {
    /// Stores what a checkout decided.
    pub(crate) fn complete(
        &mut self,
        customer: &str,
        choice: &Choice,
        mode: Mode,
        target: &Offer,
    ) -> Done {
        let done = self.do_it(customer, choice, mode, target);
        if let Some(coupon) = &choice.cut {
            let by = done.sub.map(Holder::Sub).or(done.change.map(Holder::Change));
            let (coupon, customer) = (coupon.code.clone(), customer.to_owned());
            self.redeemed.push(Redeemed { coupon, customer, by: by.expect("one of both") });
        }
        done
    }

    fn do_it(&mut self, customer: &str, choice: &Choice, mode: Mode, target: &Offer) -> Done {
        let cut = choice.cut.as_ref();
        let Some((path, source)) = &choice.change else {
            let introduced = self.is_newcomer(customer, target);
            return self.buy(customer, &Wanted { offer: target, introduced, cut });
        };
        let introduced = self.introduces(path, *source, mode, target);
        let withdrew = if mode == Mode::Replace { self.take_over(*source) } else { None };
        let target = &Wanted { offer: target, introduced, cut };
        let sub = match moment(path, target.offer, introduced) {
            Transition::Immediate => self.change_at_once(path, *source, mode, target),
            Transition::ImmediateNextBooking => self.bridge(path, *source, mode, target),
            Transition::LastBooking => self.change_back(*source, mode, target),
            Transition::NextBooking | Transition::EndOfTerm => {
                return self.schedule(path, *source, mode, target, withdrew);
            }
        };
        let effective_on = self.subs[sub].started_on;
        Done { sub: Some(sub), change: None, effective_on }
    }

    /// Whether what a path leads to begins as it does for newcomers.
    pub(crate) fn introduces(
        &self,
        path: &Path,
        source: usize,
        mode: Mode,
        target: &Offer,
    ) -> bool {
        let is_meant = mode == Mode::Add || path.introduces;
        is_meant && self.is_newcomer(&self.subs[source].customer, target)
    }

    /// An ordinary new purchase.
    fn buy(&mut self, customer: &str, target: &Wanted<'_>) -> Done {
        let sub = self.begin_today(customer, target);
        self.book_at_once(sub);
        Done { sub: Some(sub), change: None, effective_on: self.today }
    }

    /// Begins a subscription today with an anchor of its own.
    fn begin_today(&mut self, customer: &str, target: &Wanted<'_>) -> usize {
        let today = self.today;
        let new = self.begin(&Beginning {
            customer,
            deal: target.offer,
            started_on: today,
            first: today,
            anchor: today.day(),
            introduced: target.introduced,
        });
        self.subs[new].cut = target.cut.cloned();
        new
    }

    /// Books the first period of a subscription that began today, unless it is in its trial.
    fn book_at_once(&mut self, sub: usize) {
        if !self.subs[sub].is_in_trial() {
            let (customer, lines) = (self.subs[sub].customer.clone(), self.book_period(sub));
            self.issue(&customer, lines, None);
        }
    }

    /// Supersedes a pending replacement and withdraws a cancellation: the date of the latter.
    fn take_over(&mut self, source: usize) -> Option<NaiveDate> {
        let mut withdrew = self.subs[source].cancel_on.take();
        if let Some(older) = self.pending_replacement(source) {
            self.changes[older].fate = Fate::Superseded;
            withdrew = withdrew.or(self.changes[older].withdrew);
        }
        withdrew
    }

    /// Makes a new subscription the successor or the child of its source.
    fn relate(&mut self, source: usize, new: usize, mode: Mode, ended_on: NaiveDate) {
        if mode == Mode::Replace {
            self.succeed(source, new, ended_on);
        } else {
            self.subs[new].parent = Some(source);
        }
    }

    /// `immediate`.
    fn change_at_once(
        &mut self,
        path: &Path,
        source: usize,
        mode: Mode,
        target: &Wanted<'_>,
    ) -> usize {
        let customer = self.subs[source].customer.clone();
        if mode == Mode::Replace && path.by_day {
            self.credit_unused(source);
        }
        let has_trial = target.introduced && target.offer.trial.is_some();
        if path.keeps_date && !has_trial {
            return self.fall_into_step(source, mode, target);
        }
        let new = self.begin_today(&customer, target);
        self.relate(source, new, mode, self.today);
        self.book_at_once(new);
        new
    }

    /// `immediate` where the billing date is kept: the target costs its share of the days up to
    /// the source's next booking, of all days of that period.
    fn fall_into_step(&mut self, source: usize, mode: Mode, wanted: &Wanted<'_>) -> usize {
        let target = wanted.offer;
        let (customer, anchor) = (self.subs[source].customer.clone(), self.subs[source].anchor);
        let rest = Span { start: self.today, end: self.subs[source].boundary() };
        // The day back from which one period leads to the next booking.
        let first = (0..40_000)
            .map(|days| earlier(rest.end, days))
            .find(|day| {
                let is_boundary = !target.period.follows_anchor() || on_anchor(*day, anchor);
                *day < rest.end && is_boundary && target.period.after(*day, anchor) == rest.end
            })
            .expect("a period ends there");
        let whole = Span { start: first, end: rest.end };
        let new = self.begin(&Beginning {
            customer: &customer,
            deal: target,
            started_on: rest.start,
            first,
            anchor,
            introduced: wanted.introduced,
        });
        self.subs[new].period = Some(rest);
        self.subs[new].cut = wanted.cut.cloned();
        self.relate(source, new, mode, rest.start);
        // These days are the first that a newcomer pays for.
        let price = self.subs[new].first_prices.pop_front().unwrap_or(target.price);
        let price = self.price_on(&Offer { price, ..target.clone() }, rest.start).gross;
        let gross = round(price * rest.days(), whole.days());
        let sum = Sum::of_gross(gross, self.rate_on(target, rest.start));
        let line = self.line(new, LineKind::Period, rest, sum);
        let line = self.first_line(new, line);
        self.issue(&customer, vec![line], None);
        new
    }

    /// Credits the days of the current period from today on.
    pub(crate) fn credit_unused(&mut self, source: usize) {
        let Some((doc, place)) = self.current_line(source) else {
            return;
        };
        let period = self.subs[source].period.expect("it is booked");
        let unused = Span { start: self.today, end: period.end };
        let line = self.docs[doc].lines[place].sum.gross;
        let share = round(line * unused.days(), period.days());
        let gross = share.min(self.left_of(doc, place).gross);
        if gross > 0 {
            self.credit(doc, &[(place, gross, unused)]);
        }
    }

    /// `immediate_next_booking`.
    fn bridge(&mut self, path: &Path, source: usize, mode: Mode, wanted: &Wanted<'_>) -> usize {
        let target = wanted.offer;
        let priced = Offer { price: first_price(target, wanted.introduced), ..target.clone() };
        let today = self.today;
        let customer = self.subs[source].customer.clone();
        let first = self.subs[source].boundary();
        let span = Span { start: today, end: first };
        let promise = path.by_day.then(|| Bridge {
            span,
            gross: self.bridge_gross(source, mode, &priced, span),
            replaced: (mode == Mode::Replace).then_some(source),
        });
        let new = self.begin(&Beginning {
            customer: &customer,
            deal: target,
            started_on: today,
            first,
            anchor: inherited_anchor(&self.subs[source], first),
            introduced: wanted.introduced,
        });
        self.subs[new].bridge = promise;
        self.subs[new].cut = wanted.cut.cloned();
        self.relate(source, new, mode, today);
        new
    }

    /// What the target costs on the days of a bridge, less the source's share of them where it
    /// was replaced.
    fn bridge_gross(&self, source: usize, mode: Mode, target: &Offer, bridge: Span) -> Minor {
        let price = self.price_on(target, self.today).gross;
        let (whole, left, days) = periods_in(target, bridge);
        let cost = price * (whole * days + left);
        let Some(period) = self.subs[source].period.filter(|_| mode == Mode::Replace) else {
            // Beside it, or in the place of what costs nothing yet.
            return round(cost, days);
        };
        let paid = match self.current_line(source) {
            Some((doc, place)) => self.docs[doc].lines[place].sum.gross,
            None => self.price_of_period(source),
        };
        round(cost * period.days() - paid * bridge.days() * days, days * period.days())
    }

    /// What the current period of a subscription costs by its price: of one that is only the rest
    /// of a period, the share of its days.
    fn price_of_period(&self, at: usize) -> Minor {
        let sub = &self.subs[at];
        let period = sub.period.expect("it is booked");
        let gross = self.price_on(&sub.deal, period.start).gross;
        let is_boundary = !sub.deal.period.follows_anchor() || on_anchor(period.start, sub.anchor);
        if is_boundary && sub.deal.period.after(period.start, sub.anchor) == period.end {
            return gross;
        }
        let mut whole = sub.deal.period.span(sub.term.start, sub.anchor);
        while whole.end < period.end {
            whole = sub.deal.period.span(whole.end, sub.anchor);
        }
        round(gross * period.days(), whole.days())
    }

    /// `last_booking`.
    fn change_back(&mut self, source: usize, mode: Mode, wanted: &Wanted<'_>) -> usize {
        let target = wanted.offer;
        let customer = self.subs[source].customer.clone();
        let start = self.subs[source].period.expect("it is booked").start;
        let (doc, _) = self.current_line(source).expect("there is something to cancel");
        let old = self.docs[doc].lines.clone();
        let open: Vec<usize> = (0..old.len()).filter(|at| !old[*at].is_void).collect();
        let mut parts = Vec::new();
        let mut carried = Vec::new();
        let mut carries_others = false;
        for place in open {
            let line = &old[place];
            let left = self.left_of(doc, place);
            parts.push((place, left.gross, line.period));
            let is_own = line.sub == source && line.kind == LineKind::Period;
            carries_others |= !is_own;
            if !is_own || mode == Mode::Add {
                carried.push(Line { sum: left, credited: Sum::default(), ..line.clone() });
            }
        }
        self.credit(doc, &parts);
        let new = self.begin(&Beginning {
            customer: &customer,
            deal: target,
            started_on: start,
            first: start,
            anchor: inherited_anchor(&self.subs[source], start),
            introduced: wanted.introduced,
        });
        self.subs[new].cut = wanted.cut.cloned();
        self.relate(source, new, mode, start);
        let is_anew = self.subs[new].boundary() > self.today;
        if !is_anew {
            carried.extend(self.book_period(new));
        }
        // What is written once more keeps its day; what is new beside it never is late at once.
        let today = self.today;
        let kept = self.docs[doc].due_on.filter(|kept| is_anew || *kept >= today);
        let due_on = kept.filter(|_| carries_others);
        if !carried.is_empty() {
            self.issue(&customer, carried, due_on);
        }
        new
    }

    /// `next_booking` and `end_of_term`.
    fn schedule(
        &mut self,
        path: &Path,
        source: usize,
        mode: Mode,
        target: &Wanted<'_>,
        withdrew: Option<NaiveDate>,
    ) -> Done {
        let effective_on = first_booking(&self.subs[source], path.transition, self.today);
        self.changes.push(Change {
            customer: self.subs[source].customer.clone(),
            source,
            target: target.offer.clone(),
            path: path.id.clone(),
            mode,
            transition: path.transition,
            effective_on,
            fate: Fate::Pending,
            reason: None,
            result: None,
            withdrew,
            introduced: target.introduced,
            cut: target.cut.cloned(),
        });
        Done { sub: None, change: Some(self.changes.len() - 1), effective_on }
    }
}
