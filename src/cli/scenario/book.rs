//! What has become of a customer, in the words of a scenario: offers in place of ids that nobody
//! can foresee, and for each document what was due when it was issued.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::client::Client;

/// The server's books as a scenario sees them.
pub(super) struct Book<'c>(pub(super) &'c Client);

/// Documents by id, in the order of issue.
pub(super) type IssuedPapers = Vec<(String, Value)>;

impl Book<'_> {
    /// The documents that were issued since an event, and the last event there is.
    pub(super) async fn issued_since(&self, after: Option<&str>) -> (IssuedPapers, Option<String>) {
        let filter = after.map(|id| format!("&after={id}")).unwrap_or_default();
        let events = self.0.list("/v1/events", &filter).await;
        let last = events.last().and_then(|event| event["id"].as_str().map(str::to_owned));
        let mut issued = Vec::new();
        for event in &events {
            let folder = match event["type"].as_str() {
                Some("invoice.issued") => "invoices",
                Some("credit_note.issued") => "credit-notes",
                _ => continue,
            };
            let id = event["subject"].as_str().unwrap_or_default();
            let found = self.0.get(&format!("/v1/{folder}/{id}")).await.body;
            issued.push((id.to_owned(), self.document(found).await));
        }
        (issued, last.or_else(|| after.map(str::to_owned)))
    }

    /// A stored document.
    async fn document(&self, mut found: Value) -> Value {
        if let Some(id) = found["credits"].as_str() {
            let invoice = self.0.get(&format!("/v1/invoices/{id}")).await.body;
            found["credits"] = invoice["number"].clone();
        }
        found["owed"] = found["amount_due"].clone();
        found["due"] = due_at_issue(&found);
        found
    }

    /// A document of a preview.
    pub(super) fn previewed(shown: &Value) -> Value {
        let mut document = shown.clone();
        document["due"] = document["amount_due"].clone();
        document
    }

    /// The offers of a customer's subscriptions, by the subscriptions' ids.
    pub(super) async fn offers(&self, customer: &str) -> BTreeMap<String, Value> {
        let found = self.of(customer, "/v1/subscriptions").await;
        let named = found.into_iter().filter_map(|subscription| {
            Some((subscription["id"].as_str()?.to_owned(), subscription["offer"].clone()))
        });
        named.collect()
    }

    async fn of(&self, customer: &str, path: &str) -> Vec<Value> {
        self.0.list(path, &format!("&customer={customer}")).await
    }

    pub(super) async fn subscriptions(&self, customer: &str) -> Vec<Value> {
        let offers = self.offers(customer).await;
        let mut found = self.of(customer, "/v1/subscriptions").await;
        for subscription in &mut found {
            subscription["period"] = subscription["current_period"].clone();
            for relation in ["parent", "precursor", "successor"] {
                let id = subscription[format!("{relation}_id")].as_str();
                let offer = id.and_then(|id| offers.get(id)).cloned();
                subscription[relation] = offer.unwrap_or_default();
            }
        }
        found
    }

    pub(super) async fn changes(&self, customer: &str) -> Vec<Value> {
        let offers = self.offers(customer).await;
        let mut found = self.of(customer, "/v1/scheduled-changes").await;
        for change in &mut found {
            change["offer"] = change["target_offer"].clone();
            let source = change["subscription"].as_str().and_then(|id| offers.get(id));
            change["source"] = source.cloned().unwrap_or_default();
        }
        found
    }

    pub(super) async fn invoices(&self, customer: &str) -> Vec<Value> {
        let mut found = Vec::new();
        for invoice in self.of(customer, "/v1/invoices").await {
            found.push(self.document(invoice).await);
        }
        found.sort_by_key(|invoice| invoice["number"].as_i64());
        found
    }

    /// What a customer has to their credit: one amount where there is one currency at most.
    pub(super) async fn balance(&self, customer: &str) -> Value {
        let customer = self.0.get(&format!("/v1/customers/{customer}")).await.body;
        let balances = customer["credit_balance"].as_array().cloned().unwrap_or_default();
        let mut running = balances.into_iter().filter(|money| !is_zero(money));
        match (running.next(), running.next()) {
            (None, _) => json!({"amount": "0", "currency": ""}),
            (Some(only), None) => only,
            (Some(_), Some(_)) => customer["credit_balance"].clone(),
        }
    }

    /// What a checkout shows, with offers in place of ids.
    pub(super) async fn shown(&self, customer: &str, checkout: &Value) -> Map<String, Value> {
        let offers = self.offers(customer).await;
        let mut facts = Map::new();
        self.preview(checkout, &mut facts).await;
        for name in ["mode", "modes", "path", "status", "gifts"] {
            facts.insert(name.to_owned(), checkout[name].clone());
        }
        let source = checkout["source_subscription"].as_str().and_then(|id| offers.get(id));
        facts.insert("source".to_owned(), source.cloned().unwrap_or_default());
        facts.insert("considered".to_owned(), considered(&checkout["considered"], &offers));
        let mut by_mode = Map::new();
        for (mode, preview) in checkout["preview_by_mode"].as_object().into_iter().flatten() {
            let mut facts = Map::new();
            self.preview(preview, &mut facts).await;
            by_mode.insert(mode.clone(), Value::Object(facts));
        }
        facts.insert("by_mode".to_owned(), Value::Object(by_mode));
        facts
    }

    /// What depends on the mode.
    async fn preview(&self, preview: &Value, facts: &mut Map<String, Value>) {
        let mut put = |name: &str, value: Value| drop(facts.insert(name.to_owned(), value));
        put("due", preview["amount_due"].clone());
        put("next_payment", next_payment(preview));
        for name in ["balance_after", "still_owed", "commitment", "introduction"] {
            put(name, preview[name].clone());
        }
        put("effective_on", preview["effective_on"].clone());
        put("transition", preview["transition"].clone());
        put("title", preview["confirmation"]["title"].clone());
        put("text", preview["confirmation"]["text"].clone());
        put("documents", previewed_all(&preview["documents"]));
        let withdraws = preview["withdraws"].as_array().into_iter().flatten();
        put("withdraws", withdraws.map(|withdrawn| withdrawn["kind"].clone()).collect());
        let superseded = match preview["supersedes"].as_str() {
            None => Value::Null,
            Some(id) => {
                let found = self.0.get(&format!("/v1/scheduled-changes/{id}")).await;
                found.body["target_offer"].clone()
            }
        };
        put("supersedes", superseded);
    }
}

/// The next payment with its document, or its date alone where only that is known.
fn next_payment(preview: &Value) -> Value {
    let next = &preview["next_payment"];
    if next.is_null() {
        return preview["next_payment_on"].clone();
    }
    let document = Book::previewed(&next["document"]);
    json!({
        "on": next["on"], "due": next["amount_due"], "document": document,
        "credit_notes": previewed_all(&next["credit_notes"]),
        "balance_after": next["balance_after"],
    })
}

/// All documents of a preview.
pub(super) fn previewed_all(shown: &Value) -> Value {
    shown.as_array().into_iter().flatten().map(Book::previewed).collect()
}

/// The candidates of a checkout or of its refusal, each with the offer of its subscription.
pub(super) fn considered(shown: &Value, offers: &BTreeMap<String, Value>) -> Value {
    let candidates = shown.as_array().into_iter().flatten().cloned();
    let named = candidates.map(|mut candidate| {
        let source = candidate["subscription"].as_str().and_then(|id| offers.get(id));
        candidate["source"] = source.cloned().unwrap_or_default();
        candidate
    });
    named.collect()
}

fn is_zero(money: &Value) -> bool {
    decimal(&money["amount"]).is_some_and(|amount| amount.is_zero())
}

/// A number or a text that is one, exactly.
pub(super) fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

/// What an invoice left to pay when it was issued: what it came to, less the balance it drew on.
fn due_at_issue(document: &Value) -> Value {
    let amount = |field: &str| decimal(&document[field]["amount"]);
    match (document["kind"].as_str(), amount("gross"), amount("credit_applied")) {
        (Some("invoice"), Some(gross), Some(applied)) => {
            let due = (gross - applied).to_string();
            json!({"amount": due, "currency": document["gross"]["currency"]})
        }
        _ => document["amount_due"].clone(),
    }
}
