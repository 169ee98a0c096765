//! What a checkout shows before it is completed, and what it answers afterwards.

use chrono::Datelike;
use serde_json::{Map, Value, json};

use super::billing::inherited_anchor;
use super::book::{Known, change_name, sorted, span_text, sub_name};
use super::calendar::Span;
use super::matching::{Choice, Verdict};
use super::model::{Ask, Fate, Mode, Offer, Sub, World};
use super::money::{self, Minor};
use super::steps::Answer;
use super::transitions::Done;

/// A checkout that can be completed.
pub(crate) struct Plan {
    /// What it does.
    pub(crate) choice: Choice,
    /// As which of its modes.
    pub(crate) mode: Mode,
    /// What is to be paid.
    pub(crate) amount_due: Minor,
}

impl World {
    /// Opens a checkout; nothing is stored.
    pub(crate) fn open(&self, ask: &Ask) -> (Answer, Option<Plan>) {
        let mut paper = self.clone();
        paper.bring_up(&ask.customer);
        let pin = ask.pin_sub.and_then(|number| self.own_sub(&ask.customer, number));
        // What is still to be billed has given nothing back yet.
        let (cut, waits) = match self.cut(ask) {
            Ok(cut) => cut.unzip(),
            Err(code) => return (Answer::refused(409, code), None),
        };
        let (decision, verdicts) = paper.decide(ask, pin, cut.as_ref());
        let considered = Self::considered(&verdicts, self.known());
        let mut choice = match decision {
            Ok(choice) => choice,
            Err("change-not-possible") => {
                let body = json!({ "considered": considered });
                return (Answer { status: 409, code: Some("change-not-possible"), body }, None);
            }
            Err(code) => return (Answer::refused(409, code), None),
        };
        if let Some(waits) = waits.flatten() {
            // The code goes on with what takes the place of the change, and with nothing else.
            let waits = &paper.changes[waits];
            let is_its = choice.change.as_ref().is_some_and(|(_, source)| *source == waits.source);
            let is_free = is_its && waits.fate == Fate::Pending && waits.mode == Mode::Replace;
            choice.modes.retain(|mode| is_free && *mode == Mode::Replace);
            if choice.modes.is_empty() {
                return (Answer::refused(409, "coupon-used"), None);
            }
        }
        let mode = ask.mode.unwrap_or(choice.modes[0]);
        if !choice.modes.contains(&mode) {
            return (Answer { status: 422, code: None, body: json!({}) }, None);
        }
        let (mut body, amount_due) = self.shown(&paper, ask, &choice, mode);
        self.show_choice(&paper, ask, &choice, &mut body);
        body.insert("mode".into(), json!(mode.text()));
        body.insert("coupon".into(), json!(cut.map(|coupon| coupon.code)));
        body.insert("considered".into(), considered);
        body.insert("status".into(), json!("open"));
        let answer = Answer { status: 201, code: None, body: Value::Object(body) };
        let plan = Plan { choice, mode, amount_due };
        (answer, Some(plan))
    }

    /// The fields of a preview that are the same for every mode.
    fn show_choice(
        &self,
        paper: &World,
        ask: &Ask,
        choice: &Choice,
        body: &mut Map<String, Value>,
    ) {
        let by_mode = choice.modes.iter().map(|mode| {
            let mut shown = self.shown(paper, ask, choice, *mode).0;
            shown.remove("effective_on");
            (mode.text().to_owned(), Value::Object(shown))
        });
        body.insert("preview_by_mode".into(), Value::Object(by_mode.collect()));
        let modes = choice.modes.iter().map(|mode| json!(mode.text())).collect();
        body.insert("modes".into(), sorted(modes));
        let path = choice.change.as_ref().map(|(path, _)| path);
        body.insert("path".into(), json!(path.map(|path| &path.id)));
        let transition = path.map(|path| path.transition.text());
        body.insert("transition".into(), json!(transition));
        let source = choice.change.as_ref().map(|(_, source)| *source);
        let source = source.map(|source| Self::known_sub(source, self.known()));
        body.insert("source_subscription".into(), json!(source));
        let caught_up = self.docs.len()..paper.docs.len();
        let catch_up = caught_up.map(|at| paper.doc_value(at, self.known()));
        body.insert("catch_up".into(), sorted(catch_up.collect()));
    }

    /// The verdicts, in an order of their own.
    fn considered(verdicts: &[Verdict], known: Known) -> Value {
        let value = |verdict: &Verdict| {
            let mut value = json!({
                "path": verdict.path,
                "subscription": Self::known_sub(verdict.sub, known),
                "verdict": verdict.outcome,
            });
            // By what a candidate was outranked is not stated here.
            if let Some(reason) = verdict.reason {
                value["reason"] = json!(reason);
            }
            value
        };
        sorted(verdicts.iter().map(value).collect())
    }

    /// The fields of a preview that depend on the mode, and what is to be paid.
    fn shown(
        &self,
        paper: &World,
        ask: &Ask,
        choice: &Choice,
        mode: Mode,
    ) -> (Map<String, Value>, Minor) {
        let target = &paper.offers[&ask.offer];
        let mut after = paper.clone();
        let done = after.complete(&ask.customer, choice, mode, target);
        let issued = paper.docs.len()..after.docs.len();
        let amount_due: Minor = issued.clone().map(|at| after.docs[at].due).sum();
        let documents = issued.map(|at| after.doc_value(at, self.known())).collect();
        let next = after.next_payment(choice, &done);
        let mut shown = Map::new();
        shown.insert("effective_on".into(), json!(done.effective_on.to_string()));
        shown.insert("amount_due".into(), json!(money::text(amount_due, &target.currency)));
        shown.insert("next_payment_on".into(), json!(next));
        shown.insert("documents".into(), sorted(documents));
        let introduced = match &choice.change {
            Some((path, source)) => paper.introduces(path, *source, mode, target),
            None => paper.is_newcomer(&ask.customer, target),
        };
        let begins = introduced.then(|| after.introduction(&done, target));
        shown.insert("introduction".into(), json!(begins.flatten()));
        self.show_losses(paper, choice, mode, &mut shown);
        (shown, amount_due)
    }

    /// How it begins for a newcomer, with its days; none where that is as for everybody.
    fn introduction(&self, done: &Done, target: &Offer) -> Option<Value> {
        if target.trial.is_none() && target.steps.is_empty() {
            return None;
        }
        let trial = Span { start: done.effective_on, end: target.after_trial(done.effective_on) };
        let (mut days, anchor) = if let Some(sub) = done.sub {
            let sub = &self.subs[sub];
            let first =
                sub.period.unwrap_or_else(|| target.period.span(sub.boundary(), sub.anchor));
            (first, sub.anchor)
        } else {
            let change = &self.changes[done.change?];
            let anchor = match target.trial {
                Some(_) => trial.end.day(),
                None => inherited_anchor(&self.subs[change.source], trial.end),
            };
            (target.period.span(trial.end, anchor), anchor)
        };
        let mut steps = Vec::new();
        for (price, periods) in &target.steps {
            let start = days.start;
            for _ in 0..*periods {
                days = target.period.span(days.end, anchor);
            }
            steps.push(json!({
                "price": money::text(*price, &target.currency),
                "periods": periods,
                "period": span_text(Span { start, end: days.start }),
            }));
        }
        Some(json!({
            "trial": target.trial.map(|_| span_text(trial)),
            "steps": steps,
            "then_from": days.start.to_string(),
        }))
    }

    /// What a replacement withdraws and supersedes.
    fn show_losses(
        &self,
        paper: &World,
        choice: &Choice,
        mode: Mode,
        shown: &mut Map<String, Value>,
    ) {
        let source = choice.change.as_ref().map(|(_, source)| *source);
        let source = source.filter(|_| mode == Mode::Replace);
        let older = source.and_then(|source| paper.pending_replacement(source));
        shown.insert("supersedes".into(), json!(older.map(change_name)));
        let is_cancelled = |sub: &Sub| sub.cancel_on.is_some();
        let cancelled = source.filter(|source| is_cancelled(&paper.subs[*source]));
        let withdraws = cancelled.map(
            |source| json!({ "kind": "cancellation", "id": Self::known_sub(source, self.known()) }),
        );
        if older.is_none_or(|older| paper.changes[older].withdrew.is_none()) {
            let withdraws = withdraws.into_iter().collect::<Vec<_>>();
            shown.insert("withdraws".into(), json!(withdraws));
        }
    }

    /// The earliest day after today on which the source, its successor or the addition is booked.
    fn next_payment(&self, choice: &Choice, done: &Done) -> Option<String> {
        let mut days = Vec::new();
        if let Some(sub) = done.sub {
            days.extend(self.next_booking(sub));
        }
        if let Some(change) = done.change {
            days.push(self.changes[change].first_booking());
        }
        if let Some((_, source)) = &choice.change
            && self.subs[*source].is_active()
        {
            days.extend(self.next_booking(*source));
            let replacement = self.pending_replacement(*source);
            days.extend(replacement.map(|change| self.changes[change].first_booking()));
        }
        let next = days.into_iter().filter(|day| *day > self.today).min();
        next.map(|day| day.to_string())
    }

    /// Completes a checkout that was opened: the answer, and everything stored.
    pub(crate) fn close(&mut self, ask: &Ask, plan: &Plan) -> Answer {
        let pays = ask.pay && plan.amount_due > 0;
        if plan.amount_due > 0 && !pays && !self.settings.on_account {
            return Answer::refused(402, "payment-required");
        }
        self.bring_up(&ask.customer);
        let target = self.offers[&ask.offer].clone();
        let before = self.docs.len();
        let done = self.complete(&ask.customer, &plan.choice, plan.mode, &target);
        let issued = before..self.docs.len();
        let names = |is_invoice: bool| {
            let alike = issued.clone().filter(|at| self.docs[*at].is_invoice == is_invoice);
            sorted(alike.map(|at| json!(self.doc_name(at))).collect())
        };
        let result = json!({
            "subscription": done.sub.map(sub_name),
            "invoices": names(true),
            "credit_notes": names(false),
            "scheduled_change": done.change.map(change_name),
        });
        if pays {
            let open = issued.filter(|at| self.docs[*at].is_invoice && self.docs[*at].due > 0);
            let open: Vec<_> = open.map(|at| (at, self.docs[at].due)).collect();
            self.settle(&open);
        }
        let body = json!({ "status": "completed", "mode": plan.mode.text(), "result": result });
        Answer { status: 200, code: None, body }
    }
}
