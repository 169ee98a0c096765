//! The book as values to compare: every thing under the number of its creation.

use serde_json::{Value, json};

use super::calendar::Span;
use super::model::{Change, Doc, Fate, Line, LineKind, RaisedSub, Sub, World};
use super::money::{self, Minor};

/// The name of a subscription.
pub(crate) fn sub_name(at: usize) -> String {
    format!("sub#{at}")
}

/// The name of a scheduled change.
pub(crate) fn change_name(at: usize) -> String {
    format!("change#{at}")
}

/// The name of a price change.
pub(crate) fn raise_name(at: usize) -> String {
    format!("raise#{at}")
}

/// A span as text.
pub(crate) fn span_text(span: Span) -> String {
    format!("{}/{}", span.start, span.end)
}

/// Puts values in an order of their own.
pub(crate) fn sorted(mut values: Vec<Value>) -> Value {
    values.sort_by_key(ToString::to_string);
    Value::Array(values)
}

/// How much of the book a reader knows; the rest has no name yet.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    /// So many subscriptions.
    pub(crate) subs: usize,
    /// So many documents.
    pub(crate) docs: usize,
}

impl World {
    /// How much is known by now.
    pub(crate) fn known(&self) -> Known {
        Known { subs: self.subs.len(), docs: self.docs.len() }
    }

    /// The name of a document, none where it was written elsewhere.
    pub(crate) fn doc_name(&self, at: usize) -> Option<String> {
        let doc = &self.docs[at];
        let is_alike = |it: &&Doc| it.is_listed && it.is_invoice == doc.is_invoice;
        let number = self.docs[..at].iter().filter(is_alike).count();
        let kind = if doc.is_invoice { "invoice" } else { "credit" };
        doc.is_listed.then(|| format!("{kind}#{number}"))
    }

    /// The name of a subscription, if it is known.
    pub(crate) fn known_sub(at: usize, known: Known) -> Value {
        if at < known.subs { json!(sub_name(at)) } else { Value::Null }
    }

    /// The line of a document.
    fn line_value(line: &Line, currency: &str, known: Known) -> Value {
        let kind = match line.kind {
            LineKind::Period => "period",
            LineKind::Bridge => "bridge",
            LineKind::Credit => "credit",
        };
        json!({
            "subscription": Self::known_sub(line.sub, known),
            "offer": line.offer,
            "kind": kind,
            "period": span_text(line.period),
            "net": money::text(line.sum.net, currency),
            "tax": money::text(line.sum.tax, currency),
            "gross": money::text(line.sum.gross, currency),
            "tax_rate": line.rate.to_string(),
            "discount": (line.discount != 0).then(|| money::text(line.discount, currency)),
        })
    }

    /// A document, as a preview shows it and a list as well.
    pub(crate) fn doc_value(&self, at: usize, known: Known) -> Value {
        let doc = &self.docs[at];
        let text = |minor: Minor| money::text(minor, &doc.currency);
        let lines =
            doc.lines.iter().map(|line| Self::line_value(line, &doc.currency, known)).collect();
        let sum = doc.sum();
        let mut value = json!({
            "kind": if doc.is_invoice { "invoice" } else { "credit_note" },
            "customer": doc.customer,
            "issued_on": doc.issued_on.to_string(),
            "lines": sorted(lines),
            "net": text(sum.net),
            "tax": text(sum.tax),
            "gross": text(sum.gross),
        });
        if doc.is_invoice {
            let status = match (doc.is_cancelled, doc.due) {
                (true, _) => "cancelled",
                (false, 0) => "paid",
                (false, _) => "open",
            };
            value["status"] = json!(status);
            value["due_on"] = json!(doc.due_on.map(|day| day.to_string()));
            value["credit_applied"] = json!(text(doc.applied));
            value["amount_due"] = json!(text(doc.due));
        } else {
            let credited = doc.credits.filter(|credited| *credited < known.docs);
            value["credits"] = json!(credited.and_then(|credited| self.doc_name(credited)));
        }
        value
    }

    /// A subscription.
    fn sub_value(&self, at: usize, known: Known) -> Value {
        let sub: &Sub = &self.subs[at];
        let mut value = json!({
            "customer": sub.customer,
            "offer": sub.deal.id,
            "price": money::text(sub.deal.price, &sub.deal.currency),
            "billing_period": sub.deal.period.text(),
            "term": sub.deal.term.text(),
            "status": if sub.is_active() { "active" } else { "ended" },
            "started_on": sub.started_on.to_string(),
            "ended_on": sub.ended_on.map(|day| day.to_string()),
            "anchor_day": sub.anchor,
            "precursor_id": sub.precursor.map(sub_name),
            "successor_id": sub.successor.map(|next| Self::known_sub(next, known)),
            "chain_id": sub_name(sub.chain),
        });
        if sub.is_active() {
            value["parent_id"] = json!(sub.parent.map(sub_name));
            value["current_period"] = json!(sub.period.map(span_text));
            value["current_term"] = json!(span_text(sub.term));
            value["cancel_on"] = json!(sub.cancel_on.map(|day| day.to_string()));
            let cancel_by = match sub.trial_until.filter(|_| sub.is_in_trial()) {
                Some(until) => until - chrono::Days::new(1),
                None => World::cancel_by(&sub.deal, sub.term.end),
            };
            value["cancel_by"] = json!(cancel_by.to_string());
            let open = sub.cancel_on.is_none().then(|| self.cancelled_to(at).to_string());
            value["cancellable_to"] = json!(open);
            value["trial_until"] = json!(sub.trial_until.map(|day| day.to_string()));
            value["steps_left"] = json!(sub.first_prices.len());
        }
        let waits = self.raised.iter().filter(|it| it.sub == at && it.fate == Fate::Pending);
        let mut waits: Vec<_> = waits.map(|it| (self.first_at(it), it)).collect();
        waits.sort_by_key(|(first, _)| *first);
        let waiting = |(_, it): &(chrono::NaiveDate, &RaisedSub)| {
            json!({
                "price": money::text(it.price, &sub.deal.currency),
                "from": it.from.to_string(),
            })
        };
        value["new_price"] = json!(waits.first().map(waiting));
        value["new_prices"] = waits.iter().map(waiting).collect();
        let next = if sub.is_active() { self.next_booking(at) } else { None };
        value["next_booking_on"] = json!(next.map(|day| day.to_string()));
        value
    }

    /// A subscription as billing of today leaves it on paper. What ends by that runs on until it is
    /// done; to whom it belongs is as it is.
    fn told_sub(&self, at: usize, (paper, known): (&Self, Known)) -> Value {
        let mut stored = self.sub_value(at, known);
        if paper.subs[at].is_active() {
            let mut told = paper.sub_value(at, known);
            told["parent_id"] = stored["parent_id"].clone();
            return told;
        }
        if self.subs[at].is_active() {
            stored["next_booking_on"] = Value::Null;
            stored["cancellable_to"] = Value::Null;
        }
        stored
    }

    /// A scheduled change.
    fn change_value(&self, at: usize) -> Value {
        let change: &Change = &self.changes[at];
        let status = match change.fate {
            Fate::Pending => "pending",
            Fate::Applied => "applied",
            Fate::Withdrawn => "withdrawn",
            Fate::Superseded => "superseded",
            Fate::Failed => "failed",
        };
        let mut value = json!({
            "subscription": sub_name(change.source),
            "target_offer": change.target.id,
            "path": change.path,
            "mode": change.mode.text(),
            "transition": change.transition.text(),
            "effective_on": change.effective_on.to_string(),
            "status": status,
            "result_subscription": change.result.map(sub_name),
        });
        if let Some(reason) = change.reason {
            value["reason"] = json!(reason);
        }
        value
    }

    /// A price change.
    fn raise_value(&self, at: usize) -> Value {
        let raise = &self.raises[at];
        let count = |fate| self.raised_to(at, fate);
        let status = match (raise.is_withdrawn, self.is_behind()) {
            (true, _) => json!("withdrawn"),
            (false, false) => json!("told"),
            // Who stays after all is told once nobody is behind.
            (false, true) => json!({}),
        };
        json!({
            "offer": raise.asked.offer,
            "status": status,
            "counts": {
                "pending": count(Fate::Pending), "applied": count(Fate::Applied),
                "withdrawn": count(Fate::Withdrawn), "superseded": count(Fate::Superseded),
                "dropped": count(Fate::Failed),
            },
        })
    }

    /// The whole book, each kind a list of names and values.
    pub(crate) fn book(&self) -> Book {
        let known = self.known();
        let named = |is_invoice: bool| -> Vec<(String, Value)> {
            (0..self.docs.len())
                .filter(|at| self.docs[*at].is_invoice == is_invoice)
                .filter_map(|at| Some((self.doc_name(at)?, self.doc_value(at, known))))
                .collect()
        };
        // What each has is told as of today, whether or not anybody was billed.
        let mut paper = self.clone();
        paper.run();
        let subs = 0..self.subs.len();
        let changes = 0..self.changes.len();
        let balances = self.balances.iter().filter(|(_, minor)| **minor != 0);
        Book {
            subs: subs.map(|at| (sub_name(at), self.told_sub(at, (&paper, known)))).collect(),
            changes: changes.map(|at| (change_name(at), self.change_value(at))).collect(),
            raises: (0..self.raises.len())
                .map(|at| (raise_name(at), self.raise_value(at)))
                .collect(),
            invoices: named(true),
            credits: named(false),
            balances: balances
                .map(|((whose, currency), minor)| (whose.clone(), money::text(*minor, currency)))
                .collect(),
        }
    }
}

/// Everything that a merchant can list, under the names of the oracle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Book {
    /// The subscriptions.
    pub(crate) subs: Vec<(String, Value)>,
    /// The scheduled changes.
    pub(crate) changes: Vec<(String, Value)>,
    /// The price changes.
    pub(crate) raises: Vec<(String, Value)>,
    /// The invoices.
    pub(crate) invoices: Vec<(String, Value)>,
    /// The credit notes.
    pub(crate) credits: Vec<(String, Value)>,
    /// Customers and what they have, where it is not nothing.
    pub(crate) balances: Vec<(String, String)>,
}
