//! What is done in a shop, and what comes of it: who starts, who leaves, what is refused.

use chrono::Days;

use super::model::{
    Bought, Cause, Code, Customer, Fate, Hold, Minute, News, Order, Payment, Purchase, Refusal,
    Run, Shop, Silence, Stands, State, Subscription, Trigger, Version,
};

/// Something that is done. Things are meant by a number far larger than there are things.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// An order, placed so long ago.
    Place {
        customer: usize,
        total: i64,
        ago: Minute,
        code: Option<Code>,
        brought_over: bool,
    },
    Paid {
        order: usize,
        ago: Minute,
    },
    Delivered {
        order: usize,
        ago: Minute,
    },
    Cancelled {
        order: usize,
    },
    /// Some of it, or the rest, under this name.
    Refunded {
        order: usize,
        amount: Option<i64>,
        name: String,
    },
    /// A checkout that is completed and paid: of an offer at this price.
    Checkout {
        customer: usize,
        price: i64,
        code: Option<Code>,
    },
    /// A checkout with a code that is held, and no more.
    Hold {
        customer: usize,
        price: i64,
        code: Code,
    },
    /// Something happens to the first invoice of a subscription.
    Invoice {
        subscription: usize,
        payment: Payment,
    },
    CancelAtEnd {
        subscription: usize,
    },
    Uncancel {
        subscription: usize,
    },
    /// A provider tells, of so long ago.
    Tell {
        message: usize,
        news: News,
        ago: Minute,
        bot: bool,
        name: String,
    },
    /// The link of a message by which its customer wants no more.
    Unsubscribe {
        message: usize,
    },
    /// The tracked link of a message is followed, by a person or not.
    Follow {
        message: usize,
        bot: bool,
    },
    Suppress {
        customer: usize,
    },
    Lift {
        customer: usize,
    },
    Profile {
        customer: usize,
        email: Option<String>,
        wants: Option<bool>,
    },
    /// How what is handed over for somebody is answered from now on.
    Answer {
        customer: usize,
        refusal: Option<Refusal>,
    },
    Turn {
        automation: usize,
        to: State,
    },
    Edit {
        automation: usize,
        version: Version,
    },
    Advance {
        minutes: Minute,
    },
}

/// How something is answered: the status, and the code of a refusal.
pub(crate) type Answered = (u16, &'static str);

const DONE: Answered = (200, "");

/// What an offer costs that begins with a trial, and how many days that takes.
pub(crate) const TRIED: (i64, u64) = (1_500, 5);
/// For how long a checkout is held.
const HELD: Minute = 15;

impl Shop {
    /// Does something, and says how that is answered.
    pub(crate) fn act(&mut self, action: &Action) -> Answered {
        match action.clone() {
            Action::Place { customer, total, ago, code, brought_over } => {
                self.place((customer, total, ago), code, brought_over)
            }
            Action::Paid { order, ago } => self.happens(order, ago, |it, at| {
                it.paid.get_or_insert(at);
            }),
            Action::Delivered { order, ago } => self.happens(order, ago, |it, at| {
                it.delivered.get_or_insert(at);
            }),
            Action::Cancelled { order } => {
                let now = self.now;
                self.orders[order].cancelled.get_or_insert(now);
                self.taken_back(order);
                DONE
            }
            Action::Refunded { order, amount, name } => self.refund(order, amount, &name),
            Action::Checkout { customer, price, code } => self.check_out(customer, price, code),
            Action::Hold { customer, code, .. } => {
                if let Some(refused) = self.refuses(code, customer) {
                    return refused;
                }
                self.holds.push(Hold { customer, code, until: self.now + HELD });
                DONE
            }
            Action::Invoice { subscription, payment } => {
                let now = self.now;
                self.subscriptions[subscription].payments.push((now, payment));
                DONE
            }
            Action::CancelAtEnd { subscription } => self.cancel(subscription),
            Action::Uncancel { subscription } => self.uncancel(subscription),
            Action::Tell { message, news, ago, bot, name } => {
                self.tell(message, (news, self.now - ago, bot), name)
            }
            Action::Unsubscribe { message } => {
                self.silence(self.whose(message), Silence::Unsubscribed);
                DONE
            }
            Action::Follow { message, bot } => {
                let (now, message) = (self.now, &mut self.messages[message]);
                // What is still on its way stays so.
                if !bot && message.clicked().is_none() {
                    message.news.push((News::Clicked, now));
                }
                (303, "")
            }
            Action::Suppress { customer } => {
                self.silence(customer, Silence::Merchant);
                DONE
            }
            Action::Lift { customer } => self.lift(customer),
            Action::Profile { customer, email, wants } => self.profile(customer, email, wants),
            Action::Answer { customer, refusal } => {
                self.refusals.remove(&customer);
                self.refusals.extend(refusal.map(|refusal| (customer, refusal)));
                DONE
            }
            Action::Turn { automation, to } => self.turn(automation, to),
            Action::Edit { automation, version } => {
                let versions = &mut self.automations[automation].versions;
                if versions.last() != Some(&version) {
                    versions.push(version);
                }
                DONE
            }
            Action::Advance { minutes } => {
                self.pass(self.now + minutes);
                DONE
            }
        }
    }

    /// Why a code is not redeemed by somebody.
    fn refuses(&self, code: Code, customer: usize) -> Option<Answered> {
        let (users, holders) = (self.users(code), self.holders(code));
        match code {
            Code::Public => {
                let most = self.public.0;
                if users.contains(&customer) || users.len() >= most {
                    Some((409, "coupon-used"))
                } else if holders.contains(&customer) || users.len() + holders.len() >= most {
                    Some((409, "coupon-held"))
                } else {
                    None
                }
            }
            Code::OfRun(run) => {
                let run = &self.runs[run];
                if !users.is_empty() {
                    Some((409, "coupon-used"))
                } else if run.customer != customer {
                    Some((409, "coupon-not-yours"))
                } else if !holders.is_empty() {
                    Some((409, "coupon-held"))
                } else if run.code_until.is_some_and(|until| until < self.day(self.now)) {
                    Some((410, "coupon-expired"))
                } else {
                    None
                }
            }
        }
    }

    /// What a code takes off, half up.
    fn off(&self, code: Option<Code>, price: i64) -> i64 {
        let percent = match code {
            None => 0,
            Some(Code::Public) => self.public.1,
            Some(Code::OfRun(run)) => self.version_with_code(run).coupon.0,
        };
        (price * percent + 50) / 100
    }

    fn version_with_code(&self, run: usize) -> &Version {
        self.version_of(&self.runs[run])
    }

    fn place(
        &mut self,
        (customer, net, ago): (usize, i64, Minute),
        code: Option<Code>,
        brought_over: bool,
    ) -> Answered {
        if let Some(refused) = code.and_then(|code| self.refuses(code, customer)) {
            return refused;
        }
        let (id, placed) = (format!("o-{}", self.orders.len()), self.now - ago);
        let total = net - self.off(code, net);
        let (paid, delivered, cancelled, refunds) = (None, None, None, [].into());
        self.orders.push(Order {
            id,
            customer,
            total,
            placed,
            paid,
            delivered,
            cancelled,
            refunds,
            brought_over,
            code,
        });
        if !brought_over {
            self.buys(customer, placed, Bought::Order(self.orders.len() - 1));
        }
        (201, "")
    }

    /// Somebody buys: every way of theirs that began before ends.
    fn buys(&mut self, customer: usize, at: Minute, what: Bought) {
        self.purchases.push(Purchase { customer, at, what });
        for run in 0..self.runs.len() {
            if self.ends(&self.purchases[self.purchases.len() - 1], &self.runs[run]) {
                self.leave(run, "purchased");
            }
        }
    }

    /// Whether something is a purchase to a run: bought by its customer after its start.
    pub(crate) fn ends(&self, purchase: &Purchase, run: &Run) -> bool {
        let is_another = match purchase.what {
            Bought::Order(order) => run.cause != Cause::Order(order),
            Bought::Subscription(begun) => run.cause != Cause::Subscription(begun),
            Bought::Back(back) => {
                let trigger = self.version_of(run).trigger;
                trigger == Trigger::Cancelled && run.cause == Cause::Subscription(back)
            }
        };
        is_another && purchase.customer == run.customer && purchase.at >= run.started
    }

    fn happens(
        &mut self,
        place: usize,
        ago: Minute,
        change: impl Fn(&mut Order, Minute),
    ) -> Answered {
        let before = self.orders[place].clone();
        let order = &mut self.orders[place];
        let at = (self.now - ago).max(order.placed);
        change(order, at);
        let is_new = (before.paid, before.delivered) != (order.paid, order.delivered);
        if is_new && order.cancelled.is_some() {
            self.orders[place] = before;
            return (409, "order-cancelled");
        }
        let order = self.orders[place].clone();
        if let (true, Some(paid), Some(delivered)) = (is_new, order.paid, order.delivered)
            && self.is_only(place)
            && !order.is_paid_back()
            && !order.brought_over
        {
            let moments = [paid.min(delivered), paid.max(delivered)];
            self.start(Trigger::Delivered, order.customer, moments, Cause::Order(place));
        }
        DONE
    }

    /// Lets somebody begin what is live now and was at these moments, the last of which is the
    /// start.
    fn start(&mut self, trigger: Trigger, customer: usize, at: [Minute; 2], cause: Cause) {
        for place in 0..self.automations.len() {
            let automation = &self.automations[place];
            let was_here = |it: &Run| it.automation == place && it.customer == customer;
            let is_live =
                automation.state == State::Live && at.into_iter().all(|at| automation.was_live(at));
            let starts = automation.newest().trigger == trigger
                && is_live
                && !self.is_silent(customer)
                && !self.runs.iter().any(was_here);
            if starts {
                let is_held = self.held_out.contains(&(place, customer));
                let first = automation.newest().steps[0].delay;
                self.runs.push(Run {
                    automation: place,
                    customer,
                    version: automation.versions.len() - 1,
                    cause,
                    started: at[1],
                    stands: if is_held { Stands::HeldOut } else { Stands::Active },
                    step: 0,
                    due: (!is_held).then_some(at[1] + first),
                    ended: None,
                    code_until: None,
                });
                let run = &self.runs[self.runs.len() - 1];
                // What was told late of may have been followed by a purchase.
                let mut bought = self.purchases.iter();
                if bought.any(|it| self.ends(it, run) && self.counts(it, self.now)) {
                    self.leave(self.runs.len() - 1, "purchased");
                }
            }
        }
    }

    /// A run that is under way ends, and what was to be sent for it is not.
    pub(crate) fn leave(&mut self, place: usize, reason: &'static str) {
        let run = &mut self.runs[place];
        if run.stands == Stands::Active {
            (run.stands, run.ended, run.due) = (Stands::Exited(reason), Some(self.now), None);
            for message in &mut self.messages {
                if message.run == place && message.fate == Fate::Queued {
                    message.fate = Fate::Dropped;
                }
            }
        }
    }

    fn leave_all(&mut self, whose: impl Fn(&Run) -> bool, reason: &'static str) {
        for run in 0..self.runs.len() {
            if whose(&self.runs[run]) {
                self.leave(run, reason);
            }
        }
    }

    fn taken_back(&mut self, order: usize) {
        self.leave_all(|run| run.cause == Cause::Order(order), "order_cancelled");
    }

    fn refund(&mut self, place: usize, amount: Option<i64>, name: &str) -> Answered {
        let now = self.now;
        let order = &mut self.orders[place];
        if order.refunds.contains_key(name) {
            return DONE;
        }
        if order.paid.is_none() {
            return (409, "not-paid");
        }
        let rest = order.total - order.refunded();
        if amount.is_some_and(|amount| amount > rest) {
            return (422, "invalid-fields");
        }
        order.refunds.insert(name.to_owned(), (now, amount.unwrap_or(rest)));
        if order.is_paid_back() {
            self.taken_back(place);
        }
        DONE
    }

    fn check_out(&mut self, customer: usize, price: i64, code: Option<Code>) -> Answered {
        if let Some(refused) = code.and_then(|code| self.refuses(code, customer)) {
            return refused;
        }
        let mut orders = self.orders.iter();
        let has_bought = orders.any(|it| it.customer == customer && it.cancelled.is_none())
            || self.subscriptions.iter().any(|it| it.customer == customer);
        let (began, gross) = (self.now, price - self.off(code, price));
        let tried_until = (price == TRIED.0).then(|| self.day(began) + Days::new(TRIED.1));
        let payments = if tried_until.is_some() { vec![] } else { vec![(began, Payment::Paid)] };
        self.subscriptions.push(Subscription {
            customer,
            began,
            price,
            gross,
            code,
            is_code_back: false,
            tried_until,
            payments,
            ends: false,
            cancelled: Vec::new(),
        });
        let place = self.subscriptions.len() - 1;
        self.buys(customer, began, Bought::Subscription(place));
        if !has_bought {
            self.start(Trigger::Started, customer, [began; 2], Cause::Subscription(place));
        }
        DONE
    }

    fn cancel(&mut self, place: usize) -> Answered {
        let (now, is_tried) = (self.now, self.is_tried(place));
        let subscription = &mut self.subscriptions[place];
        if subscription.ends {
            return (409, "already-cancelled");
        }
        subscription.ends = true;
        subscription.is_code_back = is_tried;
        subscription.cancelled.push(now);
        let customer = subscription.customer;
        self.start(Trigger::Cancelled, customer, [now; 2], Cause::Subscription(place));
        DONE
    }

    fn uncancel(&mut self, place: usize) -> Answered {
        let subscription = &mut self.subscriptions[place];
        if !subscription.ends {
            return (409, "not-cancelled");
        }
        subscription.ends = false;
        let customer = subscription.customer;
        self.buys(customer, self.now, Bought::Back(place));
        DONE
    }

    fn tell(
        &mut self,
        place: usize,
        (news, at, bot): (News, Minute, bool),
        name: String,
    ) -> Answered {
        let message = &mut self.messages[place];
        let is_persons = matches!(news, News::Read | News::Replied | News::Clicked);
        if !message.names.insert(name) {
            return DONE;
        }
        let was_queued = message.fate == Fate::Queued;
        if !(bot && is_persons) {
            let handed_over = message.accepted.unwrap_or(message.queued);
            message.news.push((news, at.max(handed_over)));
            message.fate = Fate::Sent;
        }
        if was_queued && message.fate == Fate::Sent {
            self.go_on(place);
        }
        if news == News::Bounced {
            self.bounce(place);
        }
        DONE
    }

    /// Somebody is sent nothing any more.
    pub(crate) fn silence(&mut self, customer: usize, why: Silence) {
        let is_bounce = matches!(why, Silence::Bounced(_));
        self.customers[customer].silences.insert(why);
        let reason = if is_bounce { "undeliverable" } else { "unsubscribed" };
        self.leave_all(|run| run.customer == customer, reason);
    }

    /// Why the ways of somebody end who is sent nothing.
    pub(crate) fn reason_of_silence(&self, customer: usize) -> &'static str {
        let silences = &self.customers[customer].silences;
        let is_bounce = |it: &Silence| matches!(it, Silence::Bounced(_));
        if !silences.is_empty() && silences.iter().all(is_bounce) {
            "undeliverable"
        } else {
            "unsubscribed"
        }
    }

    fn lift(&mut self, customer: usize) -> Answered {
        let customer = &mut self.customers[customer];
        if customer.silences.is_empty() {
            return (404, "");
        }
        customer.silences.clear();
        if customer.wants == Some(false) {
            customer.wants = None;
        }
        (204, "")
    }

    fn profile(&mut self, place: usize, email: Option<String>, wants: Option<bool>) -> Answered {
        let customer: &mut Customer = &mut self.customers[place];
        customer.silences.retain(|why| match why {
            Silence::Profile => false,
            Silence::Bounced(address) => *address == email,
            Silence::Unsubscribed | Silence::Merchant => true,
        });
        (customer.email, customer.wants) = (email, wants);
        if wants == Some(false) {
            self.silence(place, Silence::Profile);
        } else if self.is_silent(place) {
            let reason = self.reason_of_silence(place);
            self.leave_all(|run| run.customer == place, reason);
        }
        DONE
    }

    fn turn(&mut self, place: usize, to: State) -> Answered {
        let now = self.now;
        let automation = &mut self.automations[place];
        let from = automation.state;
        let leads = match to {
            State::Draft => false,
            // `/live` and `/resume` both lead there: which is sent follows from where it stands.
            State::Live => true,
            State::Paused => from == State::Live,
            State::Stopped => matches!(from, State::Live | State::Paused),
        };
        if from == to {
            return DONE;
        }
        if !leads {
            return (409, "wrong-state");
        }
        automation.state = to;
        if let Some((_, until @ None)) = automation.live.last_mut() {
            *until = Some(now);
        }
        if to == State::Live {
            automation.live.push((now, None));
        }
        if to == State::Stopped {
            self.leave_all(|run| run.automation == place, "stopped");
        }
        DONE
    }
}
