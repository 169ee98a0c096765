//! Clients that buy while servers come and go: they remember what they were told, and ask again
//! with the same key where they were told nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use super::host::{Told, call};
use crate::api::orders::order_of;

/// One request with its key, and what it was answered with, once it was.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    request: String,
    key: String,
    body: String,
    pub(crate) told: Option<Told>,
}

/// Somebody who buys for one customer after the other.
#[derive(Debug)]
pub(crate) struct Buyer {
    name: usize,
    customers: u32,
    asked: u32,
    /// Sent, and not known to be done.
    doubtful: Vec<Sent>,
    /// Answered.
    pub(crate) known: Vec<Sent>,
    /// How many answers all of them have had.
    answers: Arc<AtomicU32>,
}

/// Why a request was not done.
enum Not {
    /// Refused, or somebody is still at it: another customer, then.
    Now,
    /// The server is gone.
    Gone,
}

impl Buyer {
    pub(crate) fn new(name: usize, answers: &Arc<AtomicU32>) -> Self {
        Self {
            name,
            customers: 0,
            asked: 0,
            doubtful: Vec::new(),
            known: Vec::new(),
            answers: Arc::clone(answers),
        }
    }

    /// Works until the server is gone, or a few customers are through.
    pub(crate) fn work(&mut self, address: &str, customers: u32) {
        if !self.settle(address) {
            return;
        }
        for _ in 0..customers {
            self.customers += 1;
            let customer = format!("b{}-{}", self.name, self.customers);
            for what in [Self::buy, Self::order] {
                if let Err(Not::Gone) = what(self, address, &customer) {
                    return;
                }
            }
        }
    }

    /// Asks again for all that is in doubt; whether the server is still there.
    fn settle(&mut self, address: &str) -> bool {
        for sent in std::mem::take(&mut self.doubtful) {
            if let Err(Not::Gone) = self.send(address, sent) {
                return false;
            }
        }
        true
    }

    /// Whether everything has been answered.
    pub(crate) fn is_settled(&mut self, address: &str) -> bool {
        self.settle(address) && self.doubtful.is_empty()
    }

    /// The month, then the year; every third of them cancels the change again.
    fn buy(&mut self, address: &str, customer: &str) -> Result<(), Not> {
        let open = |offer| json!({"customer": customer, "offer": offer});
        let complete = |checkout: &Value| {
            format!("/v1/checkouts/{}/complete", checkout["id"].as_str().unwrap())
        };
        let checkout = self.post(address, "/v1/checkouts", &open("month"))?;
        let payment = json!({"payment": {"reference": customer, "amount": checkout["amount_due"]}});
        self.post(address, &complete(&checkout), &payment)?;
        let checkout = self.post(address, "/v1/checkouts", &open("year"))?;
        let done = self.post(address, &complete(&checkout), &json!({}))?;
        if self.customers.is_multiple_of(3) {
            let change = done["result"]["scheduled_change"].as_str().unwrap();
            let withdraw = format!("/v1/scheduled-changes/{change}/withdraw");
            self.post(address, &withdraw, &json!({}))?;
        }
        Ok(())
    }

    /// A pin, the mug that comes with it, and mostly the hat; every third order is cancelled again.
    fn order(&mut self, address: &str, customer: &str) -> Result<(), Not> {
        let mut order = order_of(customer, &[("pin", 1, "1.00")]);
        order["customer"] = json!(customer);
        self.post(address, "/v1/orders", &order)?;
        let asked = self.post(address, &format!("/v1/orders/{customer}/upsell"), &json!({}))?;
        if asked["offer"].is_object() {
            let answer = if self.customers.is_multiple_of(4) { "decline" } else { "accept" };
            self.post(address, &format!("/v1/orders/{customer}/upsell/{answer}"), &json!({}))?;
        }
        if self.customers.is_multiple_of(3) {
            self.post(address, &format!("/v1/orders/{customer}/cancelled"), &json!({}))?;
        }
        Ok(())
    }

    /// The orders that were acknowledged.
    pub(crate) fn ordered(&self) -> Vec<String> {
        let placed = self.known.iter().filter(|sent| sent.request == "POST /v1/orders");
        placed.filter_map(|sent| sent.done()?["id"].as_str().map(str::to_owned)).collect()
    }

    /// What a new request was answered with, if it was done.
    fn post(&mut self, address: &str, path: &str, body: &Value) -> Result<Value, Not> {
        self.asked += 1;
        let key = format!("b{}-{}", self.name, self.asked);
        let request = format!("POST {path}");
        self.send(address, Sent { request, key, body: body.to_string(), told: None })
    }

    fn send(&mut self, address: &str, mut sent: Sent) -> Result<Value, Not> {
        let Some(told) = sent.again(address) else {
            self.doubtful.push(sent);
            return Err(Not::Gone);
        };
        let value: Value = serde_json::from_str(&told.1).unwrap();
        let kind = value["type"].as_str().unwrap_or_default();
        // Out for a moment, or still at it.
        if told.0 == 503 || kind.ends_with("/idempotency-in-progress") {
            self.doubtful.push(sent);
            return Err(Not::Now);
        }
        // The clock moves on: a checkout can expire, go stale, or find the year begun.
        let refusals = [
            "/checkout-expired",
            "/checkout-stale",
            "/not-pending",
            "/already-subscribed",
            "/change-not-possible",
            "/out-of-stock",
            "/offer-gone",
            "/offer-expired",
            "/offer-answered",
        ];
        let is_refused = refusals.iter().any(|refusal| kind.ends_with(refusal));
        assert!(matches!(told.0, 200 | 201) || is_refused, "{sent:?} {told:?}");
        self.answers.fetch_add(1, Ordering::Relaxed);
        sent.told = Some(told);
        self.known.push(sent);
        if is_refused { Err(Not::Now) } else { Ok(value) }
    }
}

impl Sent {
    /// Sends it, as often as anybody likes.
    pub(crate) fn again(&self, address: &str) -> Option<Told> {
        let headers = [("idempotency-key", self.key.as_str())];
        call(address, &self.request, &headers, &self.body).map(|(told, _)| told)
    }

    /// The checkout that was completed, if one was.
    pub(crate) fn completed(&self) -> Option<Value> {
        self.done().filter(|it| self.request.contains("/checkouts/") && it["status"] == "completed")
    }

    /// The order whose offer was accepted, if that was done.
    pub(crate) fn accepted(&self) -> Option<String> {
        let order =
            self.request.strip_prefix("POST /v1/orders/")?.strip_suffix("/upsell/accept")?;
        self.done().map(|_| order.to_owned())
    }

    /// What it was answered with, if it was done.
    fn done(&self) -> Option<Value> {
        let (status, text) = self.told.as_ref()?;
        serde_json::from_str(text).ok().filter(|_| matches!(status, 200 | 201))
    }
}
