//! What the days bring: ends, changes, bookings, one customer and one day at a time.

use std::collections::{BTreeMap, VecDeque};

use chrono::{Datelike, NaiveDate};

use super::calendar::{later, on_anchor};
use super::model::{Change, Fate, Line, LineKind, Mode, Offer, Sub, World};
use super::money::Sum;

/// What the beginning of a subscription takes.
pub(crate) struct Beginning<'a> {
    /// Whose it is.
    pub(crate) customer: &'a str,
    /// On what.
    pub(crate) deal: &'a Offer,
    /// The first day of access.
    pub(crate) started_on: NaiveDate,
    /// The first day of its first booked period.
    pub(crate) first: NaiveDate,
    /// The day of the month that its boundaries keep.
    pub(crate) anchor: u32,
    /// Whether it begins as it does for newcomers.
    pub(crate) introduced: bool,
}

/// The anchor of a subscription whose first booked period starts on a day.
pub(crate) fn inherited_anchor(source: &Sub, first: NaiveDate) -> u32 {
    if source.deal.period.follows_anchor() && on_anchor(first, source.anchor) {
        source.anchor
    } else {
        first.day()
    }
}

impl World {
    /// Brings a customer up to today.
    pub(crate) fn bring_up(&mut self, customer: &str) {
        while self.customers[customer] < self.today {
            let day = later(self.customers[customer], 1);
            self.live_through(customer, day);
            self.customers.insert(customer.into(), day);
        }
    }

    /// Brings everybody up to today.
    pub(crate) fn run(&mut self) {
        for customer in self.customers.keys().cloned().collect::<Vec<_>>() {
            self.bring_up(&customer);
        }
    }

    /// One day of one customer.
    fn live_through(&mut self, customer: &str, day: NaiveDate) {
        self.dun(customer, day);
        self.end_what_ends(customer, day);
        for change in 0..self.changes.len() {
            let it = &self.changes[change];
            if it.fate == Fate::Pending && it.customer == customer && it.effective_on == day {
                self.carry_out(change);
            }
        }
        self.book_what_is_due(customer, day);
    }

    /// Says what is to be said of open invoices; some of it ends the contracts on them.
    fn dun(&mut self, customer: &str, day: NaiveDate) {
        for at in 0..self.docs.len() {
            let doc = &self.docs[at];
            let is_open = doc.is_invoice && doc.is_listed && doc.due > 0 && !doc.is_cancelled;
            let Some(due_on) = doc.due_on.filter(|_| is_open && doc.customer == customer) else {
                continue;
            };
            loop {
                let told = self.docs[at].told;
                let step = match told {
                    0 => Some((1, false)),
                    told => self.settings.dunning.get(told - 1).copied(),
                };
                let Some((_, ends)) = step.filter(|(days, _)| later(due_on, *days) <= day) else {
                    break;
                };
                self.docs[at].told += 1;
                if ends {
                    self.end_unpaid(at, day);
                }
            }
        }
    }

    /// Ends the contracts on an invoice.
    fn end_unpaid(&mut self, doc: usize, day: NaiveDate) {
        let lines = self.docs[doc].lines.clone();
        for line in lines.iter().filter(|line| !line.is_void) {
            if !self.subs[line.sub].is_active() {
                continue;
            }
            for change in &mut self.changes {
                if change.fate == Fate::Pending && change.source == line.sub {
                    change.fate = Fate::Withdrawn;
                }
            }
            self.end(line.sub, day);
        }
    }

    /// Whether a customer who takes an offer begins as newcomers do.
    pub(crate) fn is_newcomer(&self, customer: &str, offer: &Offer) -> bool {
        let knows = |sub: &Sub| sub.customer == customer && sub.deal.product == offer.product;
        offer.welcomes_all || !self.subs.iter().any(knows)
    }

    /// The subscriptions of a customer that run.
    pub(crate) fn active(&self, customer: &str) -> Vec<usize> {
        let is_his = |sub: &Sub| sub.is_active() && sub.customer == customer;
        (0..self.subs.len()).filter(|at| is_his(&self.subs[*at])).collect()
    }

    /// The pending replacement of a subscription.
    pub(crate) fn pending_replacement(&self, sub: usize) -> Option<usize> {
        self.changes.iter().position(|change| {
            change.fate == Fate::Pending && change.source == sub && change.mode == Mode::Replace
        })
    }

    /// Ends what ends on a day, until nothing more does.
    pub(crate) fn end_what_ends(&mut self, customer: &str, day: NaiveDate) {
        while let Some(sub) =
            self.active(customer).into_iter().find(|sub| self.ends_today(*sub, day))
        {
            self.end(sub, day);
        }
    }

    /// Whether a subscription ends on a day.
    fn ends_today(&self, at: usize, day: NaiveDate) -> bool {
        let sub = &self.subs[at];
        if sub.cancel_on == Some(day) {
            return true;
        }
        let replacement = self.pending_replacement(at);
        if replacement.is_some_and(|change| self.changes[change].effective_on == day) {
            return false;
        }
        let is_over = sub.period.is_some() && sub.term.end == day && !sub.deal.auto_renew;
        let is_orphan = sub.deal.requires_parent
            && sub.parent.is_some_and(|parent| !self.subs[parent].is_active())
            && (sub.period.is_none() || sub.boundary() == day);
        is_over || is_orphan
    }

    /// Ends a subscription without a successor; additions that need it fail, replacements too.
    pub(crate) fn end(&mut self, sub: usize, day: NaiveDate) {
        self.subs[sub].ended_on = Some(day);
        self.close_raised(sub, Fate::Failed);
        for change in &mut self.changes {
            let is_lost = change.mode == Mode::Replace || change.target.requires_parent;
            if change.fate == Fate::Pending && change.source == sub && is_lost {
                change.fate = Fate::Failed;
                change.reason = (change.mode == Mode::Add).then_some("parent-ended");
            }
        }
    }

    /// When a subscription ends, as things stand.
    pub(crate) fn known_end(&self, at: usize) -> Option<NaiveDate> {
        let sub = &self.subs[at];
        if sub.ended_on.is_some() {
            return sub.ended_on;
        }
        let own = if sub.deal.auto_renew { None } else { Some(sub.term.end) };
        let end = [sub.cancel_on, own, self.end_with_parent(at)].into_iter().flatten().min()?;
        let replacement = self.pending_replacement(at);
        let is_replaced =
            replacement.is_some_and(|change| self.changes[change].effective_on <= end);
        (!is_replaced).then_some(end)
    }

    /// The day on which an addition ends that cannot be without its parent.
    pub(crate) fn end_with_parent(&self, at: usize) -> Option<NaiveDate> {
        let sub = &self.subs[at];
        let parent = sub.parent.filter(|_| sub.deal.requires_parent)?;
        self.line_end(parent).map(|end| Self::boundary_from(sub, end))
    }

    /// The day on which neither a subscription nor what is to replace it goes on.
    pub(crate) fn line_end(&self, at: usize) -> Option<NaiveDate> {
        if let Some(end) = self.known_end(at) {
            return Some(end);
        }
        let next = &self.changes[self.pending_replacement(at)?];
        let (sub, deal, first) = (&self.subs[at], &next.target, next.first_booking());
        let is_tried = first > next.effective_on;
        let anchor = if is_tried { first.day() } else { inherited_anchor(sub, first) };
        let own = (!deal.auto_renew).then(|| deal.term.after(first, anchor));
        let parent = sub.parent.filter(|_| deal.requires_parent);
        let with_parent = parent.and_then(|parent| self.line_end(parent)).map(|end| {
            if is_tried && end <= first {
                // In its trial it goes with its parent.
                return end.max(next.effective_on);
            }
            let mut boundary = first;
            while boundary < end {
                boundary = deal.period.after(boundary, anchor);
            }
            boundary
        });
        own.into_iter().chain(with_parent).min()
    }

    /// The day on which an addition ends whose parent ends on a day.
    fn boundary_from(sub: &Sub, day: NaiveDate) -> NaiveDate {
        let mut boundary = sub.boundary();
        if sub.period.is_none() && day <= boundary {
            return day.max(sub.started_on);
        }
        while boundary < day {
            boundary = sub.deal.period.after(boundary, sub.anchor);
        }
        boundary
    }

    /// The day on which a subscription is booked next, as things stand.
    pub(crate) fn next_booking(&self, at: usize) -> Option<NaiveDate> {
        let boundary = self.subs[at].boundary();
        let is_over = self.known_end(at).is_some_and(|end| end <= boundary);
        let is_replaced = self
            .pending_replacement(at)
            .is_some_and(|change| self.changes[change].effective_on <= boundary);
        (!is_over && !is_replaced).then_some(boundary)
    }

    /// Begins a subscription that is not booked yet.
    pub(crate) fn begin(&mut self, new: &Beginning<'_>) -> usize {
        let at = self.subs.len();
        let trial = new.deal.trial.filter(|_| new.introduced);
        let trial_until = trial.map(|_| new.deal.after_trial(new.started_on));
        let first = trial_until.unwrap_or(new.first);
        let anchor = trial_until.map_or(new.anchor, |first| first.day());
        let first_prices =
            if new.introduced { new.deal.first_prices() } else { VecDeque::default() };
        self.subs.push(Sub {
            id: None,
            customer: new.customer.into(),
            deal: new.deal.clone(),
            started_on: new.started_on,
            ended_on: None,
            anchor,
            period: None,
            term: new.deal.term.span(first, anchor),
            cancel_on: None,
            bridge: None,
            trial_until,
            first_prices,
            cut: None,
            precursor: None,
            successor: None,
            parent: None,
            chain: at,
        });
        at
    }

    /// Ends a subscription in favour of another, which takes over its place in the family.
    pub(crate) fn succeed(&mut self, source: usize, new: usize, ended_on: NaiveDate) {
        self.subs[source].ended_on = Some(ended_on);
        self.subs[source].successor = Some(new);
        self.close_raised(source, Fate::Failed);
        self.subs[new].precursor = Some(source);
        self.subs[new].chain = self.subs[source].chain;
        self.subs[new].parent = self.subs[source].parent;
        for sub in &mut self.subs {
            if sub.parent == Some(source) && sub.is_active() {
                sub.parent = Some(new);
            }
        }
        for change in &mut self.changes {
            let is_addition = change.fate == Fate::Pending && change.mode == Mode::Add;
            if is_addition && change.source == source {
                change.source = new;
            }
        }
    }

    /// Carries out a scheduled change on its date; the booking follows.
    fn carry_out(&mut self, at: usize) {
        let change = self.changes[at].clone();
        let Change { source, target, effective_on, customer, mode, introduced, cut, .. } = change;
        let parent = if mode == Mode::Replace { self.subs[source].parent } else { Some(source) };
        if target.requires_parent && parent.is_some_and(|parent| !self.subs[parent].is_active()) {
            self.changes[at].fate = Fate::Failed;
            self.changes[at].reason = Some("parent-ended");
            return;
        }
        let new = self.begin(&Beginning {
            customer: &customer,
            deal: &target,
            started_on: effective_on,
            first: effective_on,
            anchor: inherited_anchor(&self.subs[source], effective_on),
            introduced,
        });
        self.subs[new].cut = cut;
        self.changes[at].fate = Fate::Applied;
        self.changes[at].result = Some(new);
        if mode == Mode::Replace {
            self.succeed(source, new, effective_on);
        } else {
            self.subs[new].parent = Some(source);
        }
    }

    /// Books one period of one subscription: the lines of it.
    pub(crate) fn book_period(&mut self, at: usize) -> Vec<Line> {
        let sub = &mut self.subs[at];
        let day = sub.boundary();
        if sub.period.is_some() && sub.term.end == day {
            let length = sub.deal.renewal.unwrap_or(sub.deal.term);
            sub.term = length.span(day, sub.anchor);
        }
        let period = sub.deal.period.span(day, sub.anchor);
        sub.period = Some(period);
        self.take_raised(at, day);
        let sub = &mut self.subs[at];
        let mut deal = sub.deal.clone();
        deal.price = sub.first_prices.pop_front().unwrap_or(deal.price);
        let bridge = sub.bridge.take();
        let mut lines = Vec::new();
        if let Some(bridge) = bridge.filter(|bridge| bridge.gross >= 0) {
            let rate = self.rate_on(&deal, bridge.span.start);
            let sum = Sum::of_gross(bridge.gross, rate);
            lines.push(self.line(at, LineKind::Bridge, bridge.span, sum));
        }
        let line = self.line(at, LineKind::Period, period, self.price_on(&deal, day));
        lines.push(self.first_line(at, line));
        lines
    }

    /// Credits the bridge of a cheaper offer, as far as the replaced line goes.
    fn settle_bridge(&mut self, at: usize) {
        let Some(bridge) = self.subs[at].bridge.clone().filter(|bridge| bridge.gross < 0) else {
            return;
        };
        let line = bridge.replaced.and_then(|replaced| self.current_line(replaced));
        let Some((doc, place)) = line else { return };
        let gross = self.left_of(doc, place).gross.min(-bridge.gross);
        if gross > 0 {
            self.credit(doc, &[(place, gross, bridge.span)]);
        }
    }

    /// Books all that a customer is booked for on a day, one invoice for each currency.
    fn book_what_is_due(&mut self, customer: &str, day: NaiveDate) {
        let mut due = self.active(customer);
        due.retain(|sub| self.subs[*sub].boundary() == day);
        for sub in &due {
            self.settle_bridge(*sub);
        }
        let mut invoices: BTreeMap<String, Vec<Line>> = BTreeMap::new();
        for sub in due {
            let currency = self.subs[sub].deal.currency.clone();
            let lines = self.book_period(sub);
            invoices.entry(currency).or_default().extend(lines);
        }
        for lines in invoices.into_values() {
            self.issue(customer, lines, None);
        }
    }
}
