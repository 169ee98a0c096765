//! A life, step by step: what each request is answered, and what it changes.

use chrono::{Datelike, NaiveDate};
use serde_json::{Value, json};

use super::billing::Beginning;
use super::calendar::{Span, later};
use super::model::{Arrival, Ask, Fate, Life, Mode, Offer, Path, Step, World};

/// What a request is answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The status; where it is below 300 only the class counts, except for checkouts.
    pub(crate) status: u16,
    /// The code of the problem, where it is fixed.
    pub(crate) code: Option<&'static str>,
    /// The fields that are known.
    pub(crate) body: Value,
}

impl Answer {
    /// All went well.
    pub(crate) fn done() -> Self {
        Self { status: 200, code: None, body: json!({}) }
    }

    /// It did not.
    pub(crate) fn refused(status: u16, code: &'static str) -> Self {
        Self { status, code: Some(code), body: json!({}) }
    }

    /// Done, or a conflict.
    pub(crate) fn or_conflict(is_done: bool) -> Self {
        if is_done { Self::done() } else { Self { status: 409, code: None, body: json!({}) } }
    }
}

/// What is known of an arrival: its periods by the calendar.
pub(crate) struct Times {
    /// Its first day.
    pub(crate) started_on: NaiveDate,
    /// The period that holds today.
    pub(crate) period: Span,
    /// The term that holds today.
    pub(crate) term: Span,
}

impl World {
    /// A merchant before the first step of a life.
    pub(crate) fn new(life: &Life) -> Self {
        let offer = |offer: &Offer| (offer.id.clone(), offer.clone());
        Self {
            today: life.start,
            settings: life.settings.clone(),
            taxes: life.taxes.clone(),
            offers: life.offers.iter().map(offer).collect(),
            paths: life.paths.clone(),
            coupons: life.coupons.clone(),
            redeemed: Vec::new(),
            customers: life.customers.iter().map(|it| (it.clone(), life.start)).collect(),
            subs: Vec::new(),
            changes: Vec::new(),
            raises: Vec::new(),
            raised: Vec::new(),
            missed: Vec::new(),
            docs: Vec::new(),
            balances: std::collections::BTreeMap::new(),
            paid_out: 0,
            free: std::collections::BTreeMap::new(),
            receipts: 0,
            held: None,
        }
    }

    /// Whether somebody is not up to date.
    pub(crate) fn is_behind(&self) -> bool {
        self.customers.values().any(|day| *day < self.today)
    }

    /// The invoice of a number, wrapping around.
    pub(crate) fn listed_invoice(&self, number: usize) -> Option<usize> {
        let is_listed = |at: &usize| self.docs[*at].is_invoice && self.docs[*at].is_listed;
        let listed: Vec<usize> = (0..self.docs.len()).filter(is_listed).collect();
        (!listed.is_empty()).then(|| listed[number % listed.len()])
    }

    /// The subscription of a number, wrapping around.
    pub(crate) fn numbered_sub(&self, number: usize) -> Option<usize> {
        (!self.subs.is_empty()).then(|| number % self.subs.len())
    }

    /// The scheduled change of a number, wrapping around.
    pub(crate) fn numbered_change(&self, number: usize) -> Option<usize> {
        (!self.changes.is_empty()).then(|| number % self.changes.len())
    }

    /// Plays a step: the answers of its requests; none where it says nothing certain.
    pub(crate) fn play(&mut self, step: &Step) -> Option<Vec<Answer>> {
        let answers = self.answers(step);
        if !self.is_behind() {
            self.tell_who_stays();
        }
        answers
    }

    fn answers(&mut self, step: &Step) -> Option<Vec<Answer>> {
        match step {
            Step::Checkout(ask) => return Some(self.check_out(ask)),
            Step::Hold { holder, other } => return self.hold(holder, other),
            Step::HoldOver(_) if self.is_behind() => return None,
            Step::HoldOver(ask) => {
                // Midnight changes nothing about it but the day on which it is issued.
                let (held, before) = (self.today, self.docs.len());
                let answers = self.check_out(ask);
                let counted = later(held, self.settings.payment_days);
                for doc in &mut self.docs[before..] {
                    doc.issued_on = later(held, 1);
                    doc.due_on = doc
                        .due_on
                        .map(|due_on| if due_on == counted { later(counted, 1) } else { due_on });
                }
                self.advance(1);
                return Some(answers);
            }
            Step::Advance { days } => return Some(self.advance(*days)),
            Step::Downtime { days } => {
                self.today = later(self.today, *days);
                return Some(Vec::new());
            }
            Step::Run => {
                let answer = self.counted(World::run);
                return Some(vec![answer]);
            }
            _ => {}
        }
        let mut after = self.clone();
        let answer = after.act(step)?;
        if self.is_behind() && answer.status >= 400 {
            return None;
        }
        if answer.status < 400 {
            *self = after;
        }
        Some(vec![answer])
    }

    /// A checkout, opened and perhaps completed.
    fn check_out(&mut self, ask: &Ask) -> Vec<Answer> {
        let (opened, plan) = self.open(ask);
        let mut answers = vec![opened];
        if let Some(plan) = plan.filter(|_| ask.complete) {
            answers.push(self.close(ask, &plan));
        }
        answers
    }

    /// A checkout that is held while another is opened and its source cancelled, then released.
    fn hold(&self, holder: &Ask, other: &Ask) -> Option<Vec<Answer>> {
        if self.is_behind() {
            return None;
        }
        let (opened, plan) = self.open(holder);
        let mut answers = vec![opened];
        if let Some((_, source)) = plan.and_then(|plan| plan.choice.change) {
            let mut held = self.clone();
            held.held = Some(source);
            let status = json!({ "status": "held" });
            answers.push(Answer { body: status, ..Answer::done() });
            answers.push(held.open(other).0);
            answers.push(Answer::or_conflict(false));
            answers.push(Answer::done());
        }
        Some(answers)
    }

    /// Some days with the worker on; who was behind is brought up first.
    fn advance(&mut self, days: u32) -> Vec<Answer> {
        let mut answers = Vec::new();
        if self.is_behind() {
            answers.push(self.counted(World::run));
            self.tell_who_stays();
        }
        answers.push(self.counted(|world| {
            for _ in 0..days {
                world.today = later(world.today, 1);
                world.run();
                world.tell_who_stays();
            }
        }));
        answers
    }

    /// What a run answers: how much it did.
    fn counted(&mut self, run: impl FnOnce(&mut World)) -> Answer {
        let count = |world: &World| {
            let invoices = world.docs.iter().filter(|doc| doc.is_invoice && doc.is_listed).count();
            let credits = world.docs.iter().filter(|doc| !doc.is_invoice).count();
            let applied = world.changes.iter().filter(|it| it.fate == Fate::Applied).count();
            [invoices, credits, applied]
        };
        let before = count(self);
        run(self);
        let after = count(self);
        let body = json!({
            "invoices": after[0] - before[0],
            "credit_notes": after[1] - before[1],
            "changes_applied": after[2] - before[2],
            "failures": [],
        });
        Answer { status: 200, code: None, body }
    }

    /// A step of one request.
    fn act(&mut self, step: &Step) -> Option<Answer> {
        match step {
            Step::PutOffer(offer) => {
                self.offers.insert(offer.id.clone(), offer.clone());
                Some(Answer::done())
            }
            Step::PutPath(path) => {
                self.put_path(path);
                Some(Answer::done())
            }
            Step::Cancel { sub, now } => self.cancel(*sub, *now),
            Step::Quit { sub, all } => self.quit(*sub, *all),
            Step::Uncancel { sub } => self.uncancel(*sub),
            Step::Withdraw { change } => self.withdraw(*change),
            _ if self.is_behind() => None,
            Step::Pay { invoice } => {
                let doc = self.listed_invoice(*invoice)?;
                Some(Answer::or_conflict(self.pay(doc)))
            }
            Step::PayPart { invoice, quarters } => {
                let (doc, amount) = self.part_due(*invoice, *quarters)?;
                self.settle(&[(doc, amount)]);
                Some(Answer::done())
            }
            Step::Unpay { invoice } => {
                let doc = self.listed_invoice(*invoice)?;
                Some(Answer::or_conflict(self.bounce(doc)))
            }
            Step::Receive { customer, amount, currency } => {
                self.receive(customer, *amount, currency);
                Some(Answer::done())
            }
            Step::Return { customer } => Some(Answer::or_conflict(self.send_back(customer))),
            Step::Credit { invoice, line } => {
                let doc = self.listed_invoice(*invoice)?;
                Some(Answer::or_conflict(self.credit_by_hand(doc, *line)?))
            }
            Step::Reprice(asked) => Some(self.reprice(asked)),
            Step::KeepPrice { sub } => self.keep_price(*sub),
            Step::WithdrawRaise { raise } => self.withdraw_raise(*raise),
            Step::BringOver(arrival) => self.bring_over(arrival),
            Step::Payout { customer, amount, currency } => {
                let is_done = self.pay_out(customer, *amount, currency);
                let refused = Answer { status: 422, code: None, body: json!({}) };
                Some(if is_done { Answer::done() } else { refused })
            }
            _ => unreachable!("played elsewhere"),
        }
    }

    /// Saves a path, which makes it the one edited last.
    fn put_path(&mut self, path: &Path) {
        self.paths.retain(|it| it.id != path.id);
        self.paths.push(path.clone());
    }

    /// Cancels to the end of the term, or at once.
    fn cancel(&mut self, number: usize, now: bool) -> Option<Answer> {
        let at = self.numbered_sub(number)?;
        let customer = self.subs[at].customer.clone();
        self.bring_up(&customer);
        if !self.subs[at].is_active() {
            return Some(Answer::or_conflict(false));
        }
        if !now && self.subs[at].cancel_on.is_some() {
            return None;
        }
        for change in &mut self.changes {
            let is_concerned = now || change.mode == Mode::Replace;
            if change.fate == Fate::Pending && change.source == at && is_concerned {
                change.fate = Fate::Withdrawn;
            }
        }
        if now {
            self.end(at, self.today);
            self.end_what_ends(&customer, self.today);
        } else {
            self.subs[at].cancel_on = Some(self.cancelled_to(at));
            if self.subs[at].is_in_trial() {
                self.subs[at].cut = None;
            }
        }
        Some(Answer::done())
    }

    /// Ends at once; what is left of the current period is credited, or all of it.
    fn quit(&mut self, number: usize, all: bool) -> Option<Answer> {
        let at = self.numbered_sub(number)?;
        let customer = self.subs[at].customer.clone();
        self.bring_up(&customer);
        if self.subs[at].is_active() {
            if all {
                self.credit_everything(at);
            } else {
                self.credit_unused(at);
            }
        }
        self.cancel(number, true)
    }

    /// The end of the first term that a cancellation of today still reaches.
    pub(crate) fn cancelled_to(&self, at: usize) -> NaiveDate {
        let sub = &self.subs[at];
        if sub.is_in_trial() {
            return sub.boundary();
        }
        let mut ends = vec![sub.term.end];
        if sub.deal.auto_renew {
            let length = sub.deal.renewal.unwrap_or(sub.deal.term);
            ends.extend((0..1_000).scan(sub.term.end, |end, _| {
                *end = length.after(*end, sub.anchor);
                Some(*end)
            }));
        }
        let is_in_time = |end: &NaiveDate| self.today <= Self::cancel_by(&sub.deal, *end);
        ends.into_iter().find(is_in_time).unwrap_or(sub.term.end)
    }

    /// The last day on which a term that ends on a day can be cancelled.
    pub(crate) fn cancel_by(deal: &Offer, end: NaiveDate) -> NaiveDate {
        match deal.notice {
            Some(notice) if deal.auto_renew => notice.ago(end),
            _ => end - chrono::Days::new(1),
        }
    }

    /// Takes a cancellation back.
    fn uncancel(&mut self, number: usize) -> Option<Answer> {
        let at = self.numbered_sub(number)?;
        let customer = self.subs[at].customer.clone();
        self.bring_up(&customer);
        if !self.subs[at].is_active() {
            return Some(Answer::or_conflict(false));
        }
        self.subs[at].cancel_on.take()?;
        if self.subs[at].is_in_trial() {
            self.promise_again(at);
        }
        Some(Answer::done())
    }

    /// Withdraws a change, which brings back the cancellation that it had withdrawn.
    fn withdraw(&mut self, number: usize) -> Option<Answer> {
        let at = self.numbered_change(number)?;
        let customer = self.changes[at].customer.clone();
        self.bring_up(&customer);
        if self.changes[at].fate != Fate::Pending {
            return Some(Answer::or_conflict(false));
        }
        self.changes[at].fate = Fate::Withdrawn;
        if self.changes[at].mode == Mode::Replace {
            let (source, withdrew) = (self.changes[at].source, self.changes[at].withdrew);
            self.subs[source].cancel_on = withdrew;
        }
        Some(Answer::done())
    }

    /// The times of an arrival; none where its term was the last and is over.
    pub(crate) fn times(&self, arrival: &Arrival) -> Option<Times> {
        let deal = &self.offers[&arrival.offer];
        let started_on = self.today - chrono::Days::new(u64::from(arrival.started_days_ago));
        let anchor = started_on.day();
        let mut term = deal.term.span(started_on, anchor);
        while term.end <= self.today {
            if !deal.auto_renew {
                return None;
            }
            term = deal.renewal.unwrap_or(deal.term).span(term.end, anchor);
        }
        let mut period = deal.period.span(term.start, anchor);
        while period.end <= self.today {
            period = deal.period.span(period.end, anchor);
        }
        Some(Times { started_on, period, term })
    }

    /// Brings a running subscription over from elsewhere.
    fn bring_over(&mut self, arrival: &Arrival) -> Option<Answer> {
        let times = self.times(arrival)?;
        let mut deal = self.offers[&arrival.offer].clone();
        deal.price = arrival.price.unwrap_or(deal.price);
        let at = self.begin(&Beginning {
            customer: &arrival.customer,
            deal: &deal,
            started_on: times.started_on,
            first: times.started_on,
            anchor: times.started_on.day(),
            introduced: false,
        });
        self.subs[at].period = Some(times.period);
        self.subs[at].term = times.term;
        self.subs[at].cancel_on = arrival.is_cancelled.then_some(times.term.end);
        if let Some((gross, is_paid)) = arrival.invoice {
            self.note_elsewhere(at, gross, is_paid);
        }
        Some(Answer::done())
    }
}
