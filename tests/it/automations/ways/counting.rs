//! The report, counted from what happened: as of any moment, of all versions or of one; and why
//! somebody did not start.

use serde_json::{Value, json};

use super::model::{
    Bought, Cause, Code, Message, Minute, Order, Payment, Purchase, Run, Shop, Stands, State,
    Subscription, Trigger, Version,
};

/// A part of a whole in percent.
fn percent(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "—".to_owned();
    }
    // Half up, without a fraction in between.
    let tenths = (2_000 * part + whole) / (2 * whole);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Euros.
pub(crate) fn euros(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn by(moment: Option<Minute>, as_of: Minute) -> bool {
    moment.is_some_and(|at| at <= as_of)
}

impl Order {
    fn is_cancelled(&self, as_of: Minute) -> bool {
        by(self.cancelled, as_of)
    }

    /// What was paid, and paid back.
    fn money(&self, as_of: Minute) -> (i64, i64) {
        let paid = if by(self.paid, as_of) { self.total } else { 0 };
        let back = self.refunds.values().filter(|(at, _)| *at <= as_of);
        (paid, back.map(|(_, amount)| amount).sum::<i64>().min(paid))
    }
}

impl Subscription {
    /// What was paid for its first line, and came back.
    fn money(&self, as_of: Minute) -> (i64, i64) {
        let moves = self.payments.iter().filter(|(at, _)| *at <= as_of);
        let moves: Vec<Payment> = moves.map(|(_, payment)| *payment).collect();
        if self.tried_until.is_some() {
            return (0, 0);
        }
        let is_credited = moves.contains(&Payment::Credited);
        let is_back = is_credited || moves.last() == Some(&Payment::Bounced);
        (self.gross, if is_back { self.gross } else { 0 })
    }
}

impl Shop {
    fn code_of(&self, purchase: &Purchase) -> Option<Code> {
        match purchase.what {
            Bought::Order(order) => self.orders[order].code,
            Bought::Subscription(begun) => self.subscriptions[begun].code,
            Bought::Back(_) => None,
        }
    }

    /// Whether a purchase had happened, and had not been taken back.
    pub(super) fn counts(&self, purchase: &Purchase, as_of: Minute) -> bool {
        let is_gone = match purchase.what {
            Bought::Order(order) => self.orders[order].is_cancelled(as_of),
            Bought::Subscription(_) | Bought::Back(_) => false,
        };
        purchase.at <= as_of && !is_gone
    }

    /// The message that a purchase is put down to.
    fn credited(&self, purchase: &Purchase, as_of: Minute) -> Option<&Message> {
        if let Some(Code::OfRun(run)) = self.code_of(purchase) {
            let shows = |it: &&Message| it.run == run && it.shows_code && by(it.sent(), as_of);
            let first = self.messages.iter().filter(shows).min_by_key(|it| it.sent());
            if first.is_some() {
                return first;
            }
        }
        let may_be = |it: &&Message| {
            let run = &self.runs[it.run];
            let window = self.version_of(run).window;
            let (Some(delivered), Some(read)) = (it.delivered(), it.read()) else { return false };
            let is_in_time =
                delivered <= read && read <= purchase.at && purchase.at <= delivered + window;
            is_in_time && self.ends(purchase, run)
        };
        // Of several at once the last, which is the later one.
        self.messages.iter().filter(may_be).max_by_key(|it| it.delivered())
    }

    fn money(&self, purchase: &Purchase, as_of: Minute) -> (i64, i64) {
        match purchase.what {
            Bought::Order(order) => self.orders[order].money(as_of),
            Bought::Subscription(begun) => self.subscriptions[begun].money(as_of),
            Bought::Back(_) => (0, 0),
        }
    }

    fn has_bought(&self, run: &Run, as_of: Minute) -> bool {
        let until = run.started + self.version_of(run).horizon();
        let counts =
            |it: &&Purchase| self.ends(it, run) && it.at <= until && self.counts(it, as_of);
        self.purchases.iter().any(|it| counts(&it))
    }

    fn first_purchases(&self, trigger: Trigger, as_of: Minute) -> usize {
        let has = |customer: usize| match trigger {
            Trigger::Delivered => self.orders.iter().any(|it| {
                it.customer == customer
                    && by(it.paid, as_of)
                    && by(it.delivered, as_of)
                    && !it.is_cancelled(as_of)
            }),
            Trigger::Started => {
                self.subscriptions.iter().any(|it| it.customer == customer && it.began <= as_of)
            }
            Trigger::Cancelled => self
                .subscriptions
                .iter()
                .any(|it| it.customer == customer && it.cancelled.iter().any(|at| *at <= as_of)),
        };
        (0..self.customers.len()).filter(|customer| has(*customer)).count()
    }

    /// The report of an automation.
    pub(crate) fn report(&self, place: usize, as_of: Minute, version: Option<usize>) -> Value {
        let automation = &self.automations[place];
        let is_asked = |run: &Run| {
            run.automation == place
                && run.started <= as_of
                && version.is_none_or(|version| version == run.version)
        };
        let asked: Vec<usize> =
            (0..self.runs.len()).filter(|run| is_asked(&self.runs[*run])).collect();
        let (held, began): (Vec<usize>, Vec<usize>) =
            asked.iter().partition(|run| self.runs[**run].stands == Stands::HeldOut);
        let had = |stands: fn(Stands) -> bool| {
            let runs = began.iter().filter(|run| stands(self.runs[**run].stands));
            runs.copied().filter(|run| by(self.runs[*run].ended, as_of)).collect::<Vec<usize>>()
        };
        let left = had(|it| matches!(it, Stands::Exited(_)));
        let (mut exited, mut completed) = (left.len(), had(|it| it == Stands::Completed).len());
        let bought = |runs: &[usize]| {
            runs.iter().filter(|run| self.has_bought(&self.runs[**run], as_of)).count()
        };
        // What is put down to these runs: the run, the step, and the money.
        let purchases = self.purchases.iter().filter(|it| self.counts(it, as_of));
        let put_down = purchases.filter_map(|it| Some((self.credited(it, as_of)?, it)));
        let put_down: Vec<(&Message, (i64, i64))> = put_down
            .filter(|(message, _)| began.contains(&message.run))
            .map(|(message, it)| (message, self.money(it, as_of)))
            .collect();
        let mut buyers: Vec<usize> = put_down.iter().map(|(message, _)| message.run).collect();
        buyers.sort_unstable();
        buyers.dedup();
        if automation.newest().buyers_complete {
            let early = left.iter().filter(|run| {
                self.runs[**run].stands == Stands::Exited("purchased") && buyers.contains(run)
            });
            let early = early.count();
            (exited, completed) = (exited - early, completed + early);
        }
        let started = began.len();
        let sum = |of: fn(&(i64, i64)) -> i64| put_down.iter().map(|(_, it)| of(it)).sum::<i64>();
        let first_purchases = self.first_purchases(automation.newest().trigger, as_of);
        let holdout = (!held.is_empty()).then(
            || json!({"started": held.len(), "bought_pct": percent(bought(&held), held.len())}),
        );
        json!({
            "trigger": {"first_purchases": first_purchases, "started": started},
            "started": started, "active": started - exited - completed, "exited": exited,
            "completed": completed, "exited_pct": percent(exited, started),
            "completed_pct": percent(completed, started),
            "purchased_pct": percent(buyers.len(), started),
            "bought_pct": percent(bought(&began), started),
            "revenue": euros(sum(|it| it.0)), "refunded": euros(sum(|it| it.1)),
            "other_currencies": [], "holdout": holdout,
            "steps": self.steps(place, (as_of, version), &began, &put_down),
        })
    }

    /// The steps of the newest version that is asked for, and then those of others that are called
    /// otherwise.
    fn steps(
        &self,
        place: usize,
        (as_of, version): (Minute, Option<usize>),
        began: &[usize],
        put_down: &[(&Message, (i64, i64))],
    ) -> Vec<Value> {
        let versions = self.automations[place].versions.iter().enumerate();
        let asked = versions.filter(|(at, _)| version.is_none_or(|version| version == *at));
        let asked: Vec<&Version> = asked.map(|(_, version)| version).collect();
        let mut keys: Vec<&str> = Vec::new();
        for step in asked.iter().rev().flat_map(|version| &version.steps) {
            if !keys.contains(&step.key.as_str()) {
                keys.push(&step.key);
            }
        }
        let key_at = |run: &Run, step: usize| {
            self.version_of(run).steps.get(step).map(|step| step.key.as_str())
        };
        let count = |key: &str| {
            let messages = self.messages.iter().filter(|it| {
                let is_asked = began.contains(&it.run) && it.queued <= as_of;
                is_asked && key_at(&self.runs[it.run], it.step) == Some(key)
            });
            let messages: Vec<&Message> = messages.collect();
            let of = |moment: fn(&Message) -> Option<Minute>| {
                messages.iter().filter(|it| by(moment(it), as_of)).count()
            };
            // Who came to a step: the first at the start, the next as the one before went on.
            let entered = began.iter().filter(|run| {
                let run_at = &self.runs[**run];
                let steps = &self.version_of(run_at).steps;
                match steps.iter().position(|step| step.key == key) {
                    Some(0) => true,
                    Some(at) => self
                        .messages
                        .iter()
                        .any(|it| it.run == **run && it.step + 1 == at && it.queued <= as_of),
                    None => false,
                }
            });
            let exited_here = began.iter().map(|run| &self.runs[*run]).filter(|run| {
                let has_left = matches!(run.stands, Stands::Exited(_)) && by(run.ended, as_of);
                has_left && key_at(run, run.step) == Some(key)
            });
            let (entered, exited_here) = (entered.count(), exited_here.count());
            let failed =
                messages.iter().filter(|it| by(it.given_up, as_of) && !by(it.sent(), as_of));
            let bounced =
                messages.iter().filter(|it| by(it.bounced(), as_of) && !by(it.delivered(), as_of));
            let bought = put_down
                .iter()
                .filter(|(message, _)| key_at(&self.runs[message.run], message.step) == Some(key));
            let revenue: Vec<i64> = bought.map(|(_, money)| money.0).collect();
            json!({
                "key": key, "entered": entered,
                "waiting": entered - messages.len() - exited_here,
                "progressed": messages.len(), "exited_here": exited_here,
                "sent": of(Message::sent), "failed": failed.count(),
                "delivered": of(Message::delivered), "bounced": bounced.count(),
                "read": of(Message::read), "replied": of(Message::replied),
                "clicked": of(Message::clicked), "attributed_orders": revenue.len(),
                "attributed_revenue": euros(revenue.iter().sum()),
            })
        };
        keys.into_iter().map(count).collect()
    }

    /// Why somebody has not started, by how things stand: the first that is missing; none where
    /// they have, or where nothing is missing any more.
    pub(crate) fn why_not(&self, place: usize, customer: usize) -> Option<&'static str> {
        let automation = &self.automations[place];
        let here = |run: &Run| run.automation == place && run.customer == customer;
        if self.runs.iter().any(here) {
            return None;
        }
        if automation.state != State::Live {
            return Some("not-live");
        }
        let (moments, is_first, brought_over) = match automation.newest().trigger {
            Trigger::Delivered => {
                let orders = self.orders.iter().enumerate();
                let theirs = orders.filter(|(_, it)| it.customer == customer);
                let telling = theirs.max_by_key(|(at, it)| (it.delivered, it.placed, *at));
                let Some((at, order)) = telling else { return Some("nothing-bought") };
                let paid = order.paid.filter(|_| !order.is_paid_back());
                let Some(paid) = paid else { return Some("not-paid") };
                let Some(delivered) = order.delivered else { return Some("not-delivered") };
                let is_first = self.is_only(at) && order.cancelled.is_none();
                (vec![paid, delivered], is_first, order.brought_over)
            }
            Trigger::Started => {
                let begun = self.subscriptions.iter().filter(|it| it.customer == customer);
                let begun: Vec<&Subscription> = begun.collect();
                let Some(last) = begun.last() else { return Some("nothing-bought") };
                let mut orders = self.orders.iter();
                let is_first = begun.len() == 1
                    && !orders.any(|it| {
                        it.customer == customer && it.cancelled.is_none() && it.placed <= last.began
                    });
                (vec![last.began], is_first, false)
            }
            Trigger::Cancelled => {
                let theirs = self.subscriptions.iter().filter(|it| it.customer == customer);
                let last = theirs.flat_map(|it| &it.cancelled).max();
                let Some(last) = last else { return Some("nothing-bought") };
                (vec![*last], true, false)
            }
        };
        if !moments.into_iter().all(|at| automation.was_live(at)) {
            Some("not-live-then")
        } else if !is_first {
            Some("not-the-first")
        } else if brought_over {
            Some("brought-over")
        } else {
            self.is_silent(customer).then_some("suppressed")
        }
    }

    /// Whether an order is its customer's only one, with no subscription before it.
    pub(crate) fn is_only(&self, place: usize) -> bool {
        let order = &self.orders[place];
        let mut others = self.orders.iter().enumerate();
        let has_other = others
            .any(|(at, it)| at != place && it.customer == order.customer && it.cancelled.is_none());
        let mut begun = self.subscriptions.iter();
        !has_other && !begun.any(|it| it.customer == order.customer && it.began < order.placed)
    }

    /// The run of an automation and a customer.
    pub(crate) fn run_of(&self, automation: usize, customer: usize) -> Option<usize> {
        self.runs.iter().position(|it| it.automation == automation && it.customer == customer)
    }

    /// What started a run, as it is told.
    pub(crate) fn order_of(&self, run: &Run) -> Option<&str> {
        match run.cause {
            Cause::Order(order) => Some(&self.orders[order].id),
            Cause::Subscription(_) => None,
        }
    }
}
