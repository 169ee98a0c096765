//! What running subscriptions pay later than they did, told day by day.

use chrono::NaiveDate;

use super::calendar::later;
use super::model::{Fate, Raise, RaisedSub, World};
use super::money::Minor;
use super::steps::Answer;

/// How many days ahead a first booking is looked for.
const DAYS_MAX: u32 = 4_000;

/// What a price change asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reprice {
    /// On which offer.
    pub(crate) offer: String,
    /// The price of a billing period.
    pub(crate) price: Minor,
    /// In how many days at the earliest.
    pub(crate) days: u32,
    /// Whether also within a term.
    pub(crate) all: bool,
    /// Days between telling and booking.
    pub(crate) notice: u32,
}

impl World {
    /// Decides a price change: everybody on the offer is told at once.
    pub(crate) fn reprice(&mut self, asked: &Reprice) -> Answer {
        let is_same = |it: &Raise| it.day == self.today && it.asked == *asked && !it.is_withdrawn;
        if self.raises.iter().any(is_same) {
            return Answer::done();
        }
        let on_it = |at: &usize| {
            let sub = &self.subs[*at];
            let rises = self.raised.iter().any(|it| it.sub == *at && it.fate == Fate::Pending);
            let is_other = sub.deal.price != asked.price || rises;
            sub.is_active() && sub.deal.id == asked.offer && is_other
        };
        let concerned: Vec<usize> = (0..self.subs.len()).filter(on_it).collect();
        if concerned.is_empty() {
            return Answer { status: 422, code: None, body: serde_json::json!({}) };
        }
        let (asked_for, day) = (asked.clone(), self.today);
        self.raises.push(Raise { asked: asked_for, day, is_withdrawn: false });
        let raise = self.raises.len() - 1;
        for sub in concerned {
            self.tell(raise, sub);
        }
        Answer::done()
    }

    /// Tells whoever has a subscription what a price change means for it. Of two that come on one
    /// day the one decided later counts, and whoever leaves before is told once they stay.
    fn tell(&mut self, raise: usize, sub: usize) {
        let Raise { asked, day, .. } = self.raises[raise].clone();
        let mut from = later(day, asked.days).max(later(self.today, asked.notice));
        if !asked.all {
            from = from.max(self.cancelled_to(sub));
        }
        let (price, all) = (asked.price, asked.all);
        let told = RaisedSub { raise, sub, price, from, all, fate: Fate::Pending };
        let first = self.first_at(&told);
        let others: Vec<(usize, NaiveDate)> = (0..self.raised.len())
            .filter(|at| self.raised[*at].sub == sub && self.raised[*at].fate == Fate::Pending)
            .map(|at| (at, self.first_at(&self.raised[at])))
            .collect();
        let is_paid_later =
            |it: &RaisedSub| it.sub == sub && it.raise > raise && it.fate == Fate::Applied;
        let comes_before =
            |(at, on): &(usize, NaiveDate)| self.raised[*at].raise > raise && *on <= first;
        if self.raised.iter().any(is_paid_later) || others.iter().any(comes_before) {
            return;
        }
        let before = others.iter().filter(|(_, on)| *on < first).max_by_key(|(_, on)| *on);
        let pays = before.map_or(self.subs[sub].deal.price, |(at, _)| self.raised[*at].price);
        if pays != price && self.is_gone_by(sub, first) {
            self.missed.push((raise, sub));
            return;
        }
        for (at, on) in others {
            if on >= first && self.raised[at].raise < raise {
                self.raised[at].fate = Fate::Superseded;
            }
        }
        if pays != price {
            self.raised.push(told);
        }
    }

    /// Tells those who were to leave before a new price would have come, and stay.
    pub(crate) fn tell_who_stays(&mut self) {
        let mut missed = std::mem::take(&mut self.missed);
        missed.sort_unstable();
        for (raise, sub) in missed {
            if self.subs[sub].is_active() && !self.raises[raise].is_withdrawn {
                self.tell(raise, sub);
            }
        }
    }

    /// Whether a subscription ends, or is replaced, on a day or before.
    fn is_gone_by(&self, sub: usize, day: NaiveDate) -> bool {
        let replaced = self.pending_replacement(sub).map(|it| self.changes[it].effective_on);
        [self.known_end(sub), replaced].into_iter().flatten().any(|gone| gone <= day)
    }

    /// The first booking at a new price if nothing happens until then, looked for day after day.
    pub(crate) fn first_at(&self, told: &RaisedSub) -> NaiveDate {
        let sub = &self.subs[told.sub];
        let (mut boundary, mut term_end) = (sub.boundary(), sub.term.end);
        let mut opens = sub.period.is_none();
        let mut promised = sub.first_prices.len();
        for days in 0..DAYS_MAX {
            let day = later(self.today, days);
            if day != boundary {
                continue;
            }
            if !opens && term_end == day {
                term_end = sub.deal.renewal.unwrap_or(sub.deal.term).after(day, sub.anchor);
                opens = true;
            }
            if promised == 0 && told.from <= day && (told.all || opens) {
                return day;
            }
            promised = promised.saturating_sub(1);
            boundary = sub.deal.period.after(day, sub.anchor);
            opens = false;
        }
        panic!("nothing is booked in {DAYS_MAX} days");
    }

    /// Takes the new price of a subscription where this booking is the first at it.
    pub(crate) fn take_raised(&mut self, sub: usize, day: NaiveDate) {
        let opens = self.subs[sub].term.start == day;
        if !self.subs[sub].first_prices.is_empty() {
            return;
        }
        let is_it = |told: &&mut RaisedSub| {
            told.sub == sub && told.fate == Fate::Pending && told.from <= day
        };
        if let Some(told) = self.raised.iter_mut().find(is_it)
            && (told.all || opens)
        {
            told.fate = Fate::Applied;
            self.subs[sub].deal.price = told.price;
        }
    }

    /// What waits for a subscription will not come.
    pub(crate) fn close_raised(&mut self, sub: usize, fate: Fate) -> bool {
        let mut closed = false;
        for told in &mut self.raised {
            if told.sub == sub && told.fate == Fate::Pending {
                (told.fate, closed) = (fate, true);
            }
        }
        closed
    }

    /// Withdraws the new price of one subscription.
    pub(crate) fn keep_price(&mut self, number: usize) -> Option<Answer> {
        let sub = self.numbered_sub(number)?;
        let is_done = self.close_raised(sub, Fate::Withdrawn);
        Some(Answer::or_conflict(is_done))
    }

    /// The price change of a number, wrapping around.
    pub(crate) fn numbered_raise(&self, number: usize) -> Option<usize> {
        (!self.raises.is_empty()).then(|| number % self.raises.len())
    }

    /// Withdraws a price change as a whole.
    pub(crate) fn withdraw_raise(&mut self, number: usize) -> Option<Answer> {
        let raise = self.numbered_raise(number)?;
        self.raises[raise].is_withdrawn = true;
        for told in &mut self.raised {
            if told.raise == raise && told.fate == Fate::Pending {
                told.fate = Fate::Withdrawn;
            }
        }
        Some(Answer::done())
    }

    /// How many subscriptions of a price change met a fate.
    pub(crate) fn raised_to(&self, raise: usize, fate: Fate) -> usize {
        self.raised.iter().filter(|told| told.raise == raise && told.fate == fate).count()
    }
}
