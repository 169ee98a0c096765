//! What time brings: minute by minute, whose step is due, what holds it, what is handed over, and
//! what becomes of that.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeDelta};

use super::model::{Fate, Message, Minute, Refusal, Run, Shop, Silence, Stands};

/// How long to wait after each attempt that failed; then always as long as after the last.
const WAITS: [Minute; 7] = [1, 5, 30, 120, 300, 600, 720];
/// For how long it is tried.
const TRIED: Minute = 3 * 24 * 60;

impl Shop {
    /// Time goes by, to a moment.
    pub(crate) fn pass(&mut self, to: Minute) {
        for minute in self.now..=to {
            self.now = minute;
            // What was sent may be followed at once by what is next.
            while self.steps_are_due() | self.messages_are_due() {}
        }
    }

    /// The wall clock at a moment.
    fn wall(&self, at: Minute) -> NaiveDateTime {
        let utc = DateTime::from_timestamp(at * 60, 0).expect("a moment");
        utc.with_timezone(&self.zone).naive_local()
    }

    pub(crate) fn day(&self, at: Minute) -> NaiveDate {
        self.wall(at).date()
    }

    /// The first moment at which the wall clock shows a time of a day, or more where that is
    /// skipped.
    fn when_it_shows(&self, day: NaiveDate, minute: u32) -> Minute {
        let midnight = day.and_hms_opt(0, 0, 0).expect("a midnight");
        let shown = midnight + TimeDelta::minutes(i64::from(minute));
        // Nowhere are clocks off by more than 15 hours.
        let around = shown.and_utc().timestamp() / 60;
        let mut tried = around - 15 * 60..=around + 15 * 60;
        tried.find(|at| self.wall(*at) >= shown).expect("there is one")
    }

    /// Until when it is quiet, if it is.
    fn quiet_until(&self, quiet: (u32, u32), at: Minute) -> Option<Minute> {
        let today = self.day(at);
        [today - Days::new(1), today].into_iter().find_map(|day| {
            let wraps = quiet.1 < quiet.0;
            let last = if wraps { day + Days::new(1) } else { day };
            let (from, to) = (self.when_it_shows(day, quiet.0), self.when_it_shows(last, quiet.1));
            (from <= at && at < to).then_some(to)
        })
    }

    /// The first moment from now on when a message may go to somebody who had their last one then.
    fn free_from(&self, quiet: Option<(u32, u32)>, last: Option<Minute>) -> Minute {
        let mut at = self.now;
        if let Some(last) = last.filter(|_| self.gap > 0) {
            at = at.max(last + self.gap);
        }
        quiet.and_then(|quiet| self.quiet_until(quiet, at)).unwrap_or(at)
    }

    /// The messages to somebody.
    fn messages_to(&self, customer: usize) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(move |it| self.runs[it.run].customer == customer)
    }

    /// When somebody was last sent something.
    fn last_sent(&self, customer: usize) -> Option<Minute> {
        let sent = self.messages_to(customer).filter(|it| it.fate == Fate::Sent);
        sent.filter_map(|it| it.accepted.or(it.sent())).max()
    }

    /// The same, where what is to be sent counts from when it was queued.
    fn last_message(&self, customer: usize) -> Option<Minute> {
        let queued = self.messages_to(customer).filter(|it| it.fate == Fate::Queued);
        queued.map(|it| it.sent().unwrap_or(it.queued)).chain(self.last_sent(customer)).max()
    }

    /// Decides all steps that are due; whether there was one.
    fn steps_are_due(&mut self) -> bool {
        let is_due = |run: &Run| {
            let is_live = self.automations[run.automation].live.last();
            let is_live = is_live.is_some_and(|(_, to)| to.is_none());
            is_live && run.stands == Stands::Active && run.due.is_some_and(|due| due <= self.now)
        };
        let due = self.runs.iter().enumerate().filter(|(_, run)| is_due(run));
        let mut due: Vec<usize> = due.map(|(at, _)| at).collect();
        due.sort_by_key(|run| (self.runs[*run].due, *run));
        for run in &due {
            self.step_is_due(*run);
        }
        !due.is_empty()
    }

    fn step_is_due(&mut self, place: usize) {
        let run = self.runs[place].clone();
        let version = self.version_of(&run).clone();
        let step = &version.steps[run.step];
        if self.is_silent(run.customer) {
            return self.leave(place, self.reason_of_silence(run.customer));
        }
        let email = self.customers[run.customer].email.clone();
        if step.by_mail && email.is_none() {
            return self.leave(place, "undeliverable");
        }
        let free = self.free_from(version.quiet, self.last_message(run.customer));
        if free > self.now {
            self.runs[place].due = Some(free);
            return;
        }
        if step.shows_code && run.code_until.is_none() {
            let until = self.day(self.now) + Days::new(version.coupon.1);
            self.runs[place].code_until = Some(until);
        }
        self.messages.push(Message {
            run: place,
            step: run.step,
            email,
            fate: Fate::Queued,
            attempts: 0,
            queued: self.now,
            next: self.now,
            accepted: None,
            given_up: None,
            news: Vec::new(),
            names: std::iter::empty().collect(),
            shows_code: step.shows_code,
        });
        (self.runs[place].step, self.runs[place].due) = (run.step + 1, None);
    }

    /// Hands over what is to be tried; whether anything was to be.
    fn messages_are_due(&mut self) -> bool {
        let is_due = |it: &Message| it.fate == Fate::Queued && it.next <= self.now;
        let due = self.messages.iter().enumerate().filter(|(_, it)| is_due(it));
        let mut due: Vec<usize> = due.map(|(at, _)| at).collect();
        due.sort_by_key(|at| (!self.is_mail(*at), self.messages[*at].next, *at));
        let mut in_hand: Vec<usize> = Vec::new();
        for at in &due {
            let message = &self.messages[*at];
            let customer = self.runs[message.run].customer;
            let quiet = self.version_of(&self.runs[message.run]).quiet;
            let free = self.free_from(quiet, self.last_sent(customer));
            if free > message.queued + TRIED {
                self.give_up(*at);
            } else if free > self.now {
                self.messages[*at].next = free;
            } else if self.gap == 0 || in_hand.iter().all(|it| self.whose(*it) != customer) {
                in_hand.push(*at);
            }
        }
        for at in &in_hand {
            self.handed_over.push(*at);
            self.messages[*at].attempts += 1;
        }
        for at in in_hand {
            self.attempt(at);
        }
        !due.is_empty()
    }

    pub(crate) fn is_mail(&self, message: usize) -> bool {
        let Message { run, step, .. } = self.messages[message];
        self.version_of(&self.runs[run]).steps[step].by_mail
    }

    pub(crate) fn whose(&self, message: usize) -> usize {
        self.runs[self.messages[message].run].customer
    }

    /// What comes of handing a message over.
    fn attempt(&mut self, at: usize) {
        let customer = self.whose(at);
        let Some(refusal) = self.refusals.get(&customer) else {
            let now = self.now;
            let message = &mut self.messages[at];
            (message.accepted, message.fate) = (Some(now), Fate::Sent);
            return self.go_on(at);
        };
        let message = &self.messages[at];
        if message.fate != Fate::Queued {
            return;
        }
        if *refusal == Refusal::Nobody && self.is_mail(at) {
            if message.email == self.customers[customer].email {
                let message = &mut self.messages[at];
                (message.fate, message.given_up) = (Fate::Failed, Some(self.now));
                return self.bounce(at);
            }
            return self.give_up(at);
        }
        let wait = WAITS[message.attempts.min(WAITS.len()) - 1];
        if self.now + wait > message.queued + TRIED {
            return self.give_up(at);
        }
        self.messages[at].next = self.now + wait;
    }

    fn give_up(&mut self, at: usize) {
        let message = &mut self.messages[at];
        (message.fate, message.given_up) = (Fate::Failed, Some(self.now));
        self.go_on(at);
    }

    /// The run whose message was sent or given up waits for its next step, or is at its end.
    pub(crate) fn go_on(&mut self, at: usize) {
        let message = self.messages[at].clone();
        let run = self.runs[message.run].clone();
        if run.stands != Stands::Active || run.due.is_some() || run.step != message.step + 1 {
            return;
        }
        let since = message.sent().unwrap_or(self.now);
        let next = self.version_of(&run).steps.get(run.step).map(|step| since + step.delay);
        let run = &mut self.runs[message.run];
        run.due = next;
        if next.is_none() {
            (run.stands, run.ended) = (Stands::Completed, Some(since));
        }
    }

    /// A message came back for good.
    pub(crate) fn bounce(&mut self, at: usize) {
        let customer = self.whose(at);
        if self.messages[at].email == self.customers[customer].email {
            let silence = Silence::Bounced(self.messages[at].email.clone());
            self.silence(customer, silence);
        }
    }
}
