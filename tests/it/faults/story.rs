//! A story that walks every route which changes anything, told as requests in order: each may
//! name what earlier answers said.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::Method;
use crossgrade::app::dispatcher::Dispatcher;
use crossgrade::clock::Clock;
use crossgrade::gateway::memory::Memory;
use serde_json::Value;

use crate::webhooks::fixture::fine;
use crate::world::{Answer, World};

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) method: Method,
    path: String,
    body: String,
    /// `name=/pointer` into the answer, for later steps.
    saves: Vec<(String, String)>,
}

/// What earlier answers said, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said(BTreeMap<String, Value>);

/// `METHOD path`, body, what to remember. `$name` stands for what was said.
type Line<'a> = (&'a str, &'a str, &'a str);

const CATALOGUE: &[Line<'_>] = &[
    ("PUT /v1/settings", r#"{"time_zone":"Europe/London","payment_days":10}"#, ""),
    ("PUT /v1/tags/month", r#"{"title":"Month"}"#, ""),
    ("PUT /v1/tags/year", r#"{"title":"Year"}"#, ""),
    ("PUT /v1/tags/extra", r#"{"title":"Extra"}"#, ""),
    ("PUT /v1/taxes/press", r#"{"rates":[{"rate":"7.0","valid_from":"2020-01-01"}]}"#, ""),
    ("PUT /v1/products/paper", r#"{"title":"The Paper","kind":"digital"}"#, ""),
    (
        "PUT /v1/offers/month",
        r#"{"title":"Month","products":["paper"],"price":{"amount":"9.90","currency":"EUR"},
            "billing_period":"P1M","tags":["month"],"tax":"press"}"#,
        "",
    ),
    (
        "PUT /v1/offers/year",
        r#"{"title":"Year","products":["paper"],"price":{"amount":"99.00","currency":"EUR"},
            "billing_period":"P1Y","tags":["year"],"tax":"press"}"#,
        "",
    ),
    (
        "PUT /v1/offers/archive",
        r#"{"title":"Archive","products":["paper"],"price":{"amount":"4.00","currency":"EUR"},
            "billing_period":"P1M","tags":["extra"]}"#,
        "",
    ),
    (
        "PUT /v1/paths/more",
        r#"{"internal_title":"More","title":"{offerTitle}","description":"","optional":true,
            "source_tags":["year"],"target_tags":["extra"],
            "transition":"immediate_next_booking"}"#,
        "",
    ),
    (
        "PUT /v1/paths/down",
        r#"{"internal_title":"Down","title":"{offerTitle}","description":"",
            "source_tags":["year"],"target_tags":["month"],"transition":"immediate",
            "proration":"day"}"#,
        "",
    ),
    ("PUT /v1/customers/ada", r#"{"name":"Ada","country":"DE"}"#, ""),
];

const RAISE: &str = r#"{"effective_from":"2026-03-01","notice_days":0,"subscriptions":"all",
    "price":{"amount":"5.00","currency":"EUR"}}"#;

/// What happens after the customers of each transition have changed.
const BACKEND: &[Line<'_>] = &[
    ("POST /v1/scheduled-changes/$change_4/withdraw", "{}", ""),
    ("POST /v1/subscriptions/$sub_4/cancel", r#"{"when":"end_of_term"}"#, ""),
    ("POST /v1/subscriptions/$sub_4/uncancel", "{}", ""),
    (
        "POST /v1/subscriptions",
        r#"{"customer":"eve","offer":"year","started_on":"2025-06-01","brought_over":
            {"gross":{"amount":"99.00","currency":"EUR"},"paid":true,"number":"R-1"}}"#,
        "eve=/id",
    ),
    // An addition, and then a change to what costs less: there is a balance, which is paid out.
    ("POST /v1/checkouts", r#"{"customer":"eve","offer":"archive"}"#, "open=/id"),
    ("POST /v1/checkouts/$open/complete", "{}", ""),
    ("POST /v1/checkouts", r#"{"customer":"eve","offer":"month"}"#, "open=/id due=/amount_due"),
    ("POST /v1/checkouts/$open/complete", "{}", ""),
    (
        "POST /v1/customers/eve/payouts",
        r#"{"amount":{"amount":"5.00","currency":"EUR"},"reference":"sepa-1"}"#,
        "",
    ),
    ("POST /v1/customers/eve/portal-sessions", r#"{"locale":"de"}"#, ""),
    // The archive costs more later: for nobody after all.
    ("POST /v1/offers/archive/price-changes/preview", RAISE, ""),
    ("POST /v1/offers/archive/price-changes", RAISE, "raise=/id"),
    ("GET /v1/price-changes/$raise/subscriptions", "", "raised=/data/0/subscription"),
    ("POST /v1/subscriptions/$raised/keep-price", "{}", ""),
    ("POST /v1/price-changes/$raise/withdraw", "{}", ""),
    // On account: paid later, bounced, paid again.
    ("PUT /v1/settings", r#"{"time_zone":"Europe/London","purchase_on_account":true}"#, ""),
    ("POST /v1/checkouts", r#"{"customer":"fay","offer":"month"}"#, "open=/id"),
    ("POST /v1/checkouts/$open/complete", "{}", "owed=/result/invoices/0 fay=/result/subscription"),
    ("POST /v1/invoices/$owed/pay", r#"{"reference":"bank-1"}"#, ""),
    ("POST /v1/invoices/$owed/unpay", r#"{"reference":"bank-1","reason":"bounced"}"#, ""),
    ("POST /v1/invoices/$owed/pay", r#"{"reference":"bank-2"}"#, ""),
    ("POST /v1/invoices/$owed/credit", r#"{"reason":"goodwill"}"#, ""),
    (
        "POST /v1/customers/fay/payments",
        r#"{"amount":{"amount":"2.00","currency":"EUR"},"reference":"bank-3"}"#,
        "came=/id",
    ),
    ("POST /v1/payments/$came/unpay", r#"{"reason":"recalled"}"#, ""),
    ("POST /v1/subscriptions/$fay/cancel", r#"{"when":"now"}"#, ""),
    // Held while a card is charged, let go, and held to the end.
    ("POST /v1/checkouts", r#"{"customer":"gil","offer":"month"}"#, "open=/id due=/amount_due"),
    ("POST /v1/checkouts/$open/hold", "{}", ""),
    ("POST /v1/checkouts/$open/release", "{}", ""),
    ("POST /v1/checkouts/$open/hold", "{}", ""),
    ("POST /v1/checkouts/$open/complete", r#"{"payment":{"reference":"card","amount":$due}}"#, ""),
    // An order of a shop, and all that can become of one.
    ("PUT /v1/products/pin", r#"{"title":"Pin","kind":"physical","stock":5}"#, ""),
    (
        "POST /v1/orders",
        r#"{"id":"o-1","customer":"hal","channel":"web","currency":"EUR",
            "lines":[{"product":"pin","quantity":2,"unit_net":"4.90"}]}"#,
        "",
    ),
    ("POST /v1/orders/o-1/paid", "{}", ""),
    ("POST /v1/orders/o-1/refunded", r#"{"event_id":"r-1"}"#, ""),
    ("POST /v1/orders/o-1/cancelled", "{}", ""),
    (
        "POST /v1/orders",
        r#"{"id":"o-2","channel":"web","currency":"EUR",
            "lines":[{"product":"pin","quantity":5,"unit_net":"4.90"}]}"#,
        "",
    ),
    ("POST /v1/orders/o-2/delivered", "{}", ""),
    // One thing is offered after an order: taken, not wanted, and sold in a checkout.
    ("PUT /v1/products/hat", r#"{"title":"Hat","kind":"digital","stock":9}"#, ""),
    (
        "PUT /v1/campaigns/hats",
        r#"{"title":"Hats","channels":["web"],"triggers":["hat"],"offered_product":"paper"}"#,
        "",
    ),
    (
        "PUT /v1/campaigns/archive",
        r#"{"title":"Archive","channels":["mail"],"offered_offer":"archive"}"#,
        "",
    ),
    (
        "POST /v1/orders",
        r#"{"id":"o-3","channel":"web","currency":"EUR",
            "lines":[{"product":"hat","quantity":1,"unit_net":"9.00"}]}"#,
        "",
    ),
    ("POST /v1/orders/o-3/upsell", "{}", ""),
    ("POST /v1/orders/o-3/upsell/accept", r#"{"unit_net":"1.00"}"#, ""),
    (
        "POST /v1/orders",
        r#"{"id":"o-4","channel":"web","currency":"EUR",
            "lines":[{"product":"hat","quantity":1,"unit_net":"9.00"}]}"#,
        "",
    ),
    ("POST /v1/orders/o-4/upsell", "{}", ""),
    ("POST /v1/orders/o-4/upsell/decline", "{}", ""),
    (
        "POST /v1/orders",
        r#"{"id":"o-5","customer":"ivy","channel":"mail","currency":"EUR",
            "lines":[{"product":"hat","quantity":1,"unit_net":"9.00"}]}"#,
        "",
    ),
    ("POST /v1/orders/o-5/upsell", "{}", ""),
    ("POST /v1/orders/o-5/upsell/accept", "{}", ""),
    ("DELETE /v1/campaigns/hats", "", ""),
    // What a cart comes to; the rules hold for nothing that is ordered above.
    (
        "PUT /v1/promotions/ship",
        r#"{"title":"S","qualifies":{"net":{"min":"900.00"}},"reward":{"kind":"free_shipping"}}"#,
        "",
    ),
    (
        "PUT /v1/gift-rules/hat",
        r#"{"title":"Hat","buy":{"net":{"min":"900.00"}},"get":[{"product":"hat"}]}"#,
        "",
    ),
    (
        "POST /v1/carts/evaluate",
        r#"{"channel":"web","currency":"EUR",
            "lines":[{"product":"hat","quantity":1,"unit_net":"9.00"}]}"#,
        "",
    ),
    (
        "POST /v1/upsells/evaluate",
        r#"{"channel":"web","currency":"EUR",
            "lines":[{"product":"hat","quantity":1,"unit_net":"9.00"}]}"#,
        "",
    ),
    // A coupon is redeemed by an order, and comes back with it.
    (
        "PUT /v1/coupons/ten",
        r#"{"title":"Ten","kind":"percent","value":"10","code":"TEN","redemptions_max":1}"#,
        "",
    ),
    (
        "POST /v1/orders",
        r#"{"id":"o-6","customer":"ivy","channel":"mail","currency":"EUR","coupon":"ten",
            "lines":[{"product":"hat","quantity":1,"unit_net":"9.00"}]}"#,
        "",
    ),
    ("GET /v1/coupon-codes?coupon=ten", "", ""),
    ("POST /v1/orders/o-6/cancelled", "{}", ""),
    // By a checkout, too: held, let go, and completed.
    ("POST /v1/checkouts", r#"{"customer":"ivy","offer":"month","coupon":"ten"}"#, "ten=/id"),
    ("POST /v1/checkouts/$ten/hold", "{}", ""),
    ("POST /v1/checkouts/$ten/release", "{}", ""),
    ("POST /v1/checkouts/$ten/complete", "{}", ""),
    ("GET /v1/coupon-codes?coupon=ten", "", ""),
    ("DELETE /v1/coupons/ten", "", ""),
    (
        "PUT /v1/message-templates/thanks",
        r#"{"title":"Thanks","texts":{"en":{"subject":"Thanks","text":"Enjoy {productTitle}."}}}"#,
        "",
    ),
    (
        "PUT /v1/automations/thanks",
        r#"{"title":"A","trigger":"first_order_delivered","attribution_window":"P5D","steps":[
            {"key":"a","delay":"P0D","channel":"webhook","template":"thanks"}]}"#,
        "",
    ),
    (
        "PUT /v1/webhook-endpoints/talk",
        r#"{"url":"https://talk.example/hook","events":["message.send"]}"#,
        "",
    ),
    ("POST /v1/automations/thanks/live", "{}", ""),
    (
        "POST /v1/orders",
        r#"{"id":"o-7","customer":"zed","channel":"mail","currency":"EUR",
            "lines":[{"product":"hat","quantity":1,"unit_net":"9.00"}]}"#,
        "",
    ),
    ("POST /v1/orders/o-7/paid", "{}", ""),
    ("POST /v1/orders/o-7/delivered", "{}", ""),
    ("GET /v1/automations/thanks/runs", "", ""),
    ("GET /v1/automations/thanks/explain?customer=zed", "", ""),
    ("POST /v1/automations/thanks/preview", r#"{"step":"a"}"#, ""),
    ("POST /v1/automations/thanks/pause", "{}", ""),
    ("POST /v1/automations/thanks/resume", "{}", ""),
    ("GET /v1/messages", "", "message=/data/0/id"),
    (
        "POST /v1/messages/$message/events",
        r#"{"event_id":"e","kind":"bounced","at":"2026-01-30T23:00:00Z"}"#,
        "",
    ),
    ("PUT /v1/suppressions/zed", "{}", ""),
    ("DELETE /v1/suppressions/zed", "", ""),
    ("POST /v1/automations/thanks/stop", "{}", ""),
    (
        "PUT /v1/automations/spare",
        r#"{"title":"A","trigger":"subscription_started","attribution_window":"P5D","steps":[
            {"key":"a","delay":"P1D","channel":"webhook","template":{"subject":"s","text":"t"}}]}"#,
        "",
    ),
    ("DELETE /v1/automations/spare", "", ""),
    ("DELETE /v1/webhook-endpoints/talk", "", ""),
    (
        "PUT /v1/message-templates/spare",
        r#"{"title":"Spare","texts":{"en":{"subject":"S","text":"T"}}}"#,
        "",
    ),
    ("DELETE /v1/message-templates/spare", "", ""),
    ("DELETE /v1/promotions/ship", "", ""),
    ("DELETE /v1/gift-rules/hat", "", ""),
    // Keys, merchants, and what is removed.
    ("POST /v1/keys", r#"{"role":"read","label":"reports"}"#, "key=/id"),
    ("DELETE /v1/keys/$key", "", ""),
    ("POST /v1/merchants", r#"{"id":"other","name":"Other"}"#, ""),
    ("PUT /v1/tags/spare", r#"{"title":"Spare"}"#, ""),
    ("DELETE /v1/tags/spare", "", ""),
    ("PUT /v1/taxes/spare", r#"{"rates":[{"rate":"19.0","valid_from":"2020-01-01"}]}"#, ""),
    ("DELETE /v1/taxes/spare", "", ""),
    (
        "PUT /v1/products/spare",
        r#"{"title":"Spare","kind":"physical","variant_of":"paper","stock":2,"tags":["extra"]}"#,
        "",
    ),
    ("POST /v1/products/spare/stock", r#"{"add":3}"#, ""),
    (
        "PUT /v1/offers/spare",
        r#"{"title":"Spare","products":["spare"],"price":{"amount":"1.00","currency":"EUR"},
            "billing_period":"P1M"}"#,
        "",
    ),
    ("DELETE /v1/offers/spare", "", ""),
    ("DELETE /v1/products/spare", "", ""),
    ("DELETE /v1/paths/more", "", ""),
    // Somebody is told.
    ("PUT /v1/customers/joe", r#"{"name":"Joe","email":"joe@example.com"}"#, ""),
    ("DELETE /v1/customers/joe", "", ""),
    ("PUT /v1/webhook-endpoints/shop", r#"{"url":"https://shop.example/hook","events":["*"]}"#, ""),
    ("PUT /v1/tags/told", r#"{"title":"Told"}"#, ""),
    ("GET /v1/webhook-endpoints/shop/deliveries", "", "delivery=/data/0/id"),
    ("POST /v1/webhook-endpoints/shop/deliveries/$delivery/replay", "{}", ""),
    ("POST /v1/webhook-endpoints/shop/replay", "{}", ""),
    ("POST /v1/webhook-endpoints/shop/test", "{}", ""),
    ("POST /v1/webhook-endpoints/shop/rotate", "{}", ""),
    ("DELETE /v1/webhook-endpoints/shop", "", ""),
    // Time passes.
    ("POST /v1/test-clock/advance", r#"{"to":"2026-02-28"}"#, ""),
    ("POST /v1/billing/runs", "{}", ""),
];

/// A customer of each transition: buys the month, and changes to the year.
fn change(n: usize, transition: &str, proration: &str) -> Vec<Step> {
    let path = format!(
        r#"{{"internal_title":"Up","title":"{{offerTitle}}","description":"At {{nextPayment}}.",
            "source_tags":["month"],"target_tags":["year"],"transition":"{transition}",
            "proration":"{proration}"}}"#
    );
    let open = |offer: &str| format!(r#"{{"customer":"c{n}","offer":"{offer}"}}"#);
    let paid = format!(r#"{{"payment":{{"reference":"psp-{n}","amount":$due}}}}"#);
    let pays = if matches!(n, 1 | 3 | 4) { "{}" } else { &paid };
    let saves = format!("change_{n}=/result/scheduled_change");
    let first = format!("sub_{n}=/result/subscription");
    let lines: [Line<'_>; 5] = [
        ("PUT /v1/paths/up", &path, ""),
        ("POST /v1/checkouts", &open("month"), "open=/id due=/amount_due"),
        ("POST /v1/checkouts/$open/complete", &paid, &first),
        ("POST /v1/checkouts", &open("year"), "open=/id due=/amount_due"),
        ("POST /v1/checkouts/$open/complete", pays, &saves),
    ];
    lines.iter().map(Step::parse).collect()
}

/// The whole story.
pub(crate) fn story() -> Vec<Step> {
    let mut steps: Vec<Step> = CATALOGUE.iter().map(Step::parse).collect();
    let transitions = [
        ("immediate", "day"),
        ("immediate_next_booking", "none"),
        ("last_booking", "none"),
        ("next_booking", "none"),
        ("end_of_term", "none"),
    ];
    for (n, (transition, proration)) in transitions.into_iter().enumerate() {
        steps.extend(change(n, transition, proration));
    }
    steps.extend(BACKEND.iter().map(Step::parse));
    steps
}

impl Step {
    fn parse(line: &Line<'_>) -> Self {
        let (request, body, saves) = *line;
        let (method, path) = request.split_once(' ').unwrap();
        let saves = saves.split_whitespace().map(|save| {
            let (name, pointer) = save.split_once('=').unwrap();
            (name.to_owned(), pointer.to_owned())
        });
        Self {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            body: body.to_owned(),
            saves: saves.collect(),
        }
    }

    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether it is a transaction for each step on the way: it may be done in part, and goes on
    /// from there.
    pub(crate) fn is_long(&self) -> bool {
        let path = self.path.as_str();
        // Of a price change customers are told page by page.
        matches!(path, "/v1/test-clock/advance" | "/v1/billing/runs")
            || path.ends_with("/price-changes")
            || path.starts_with("/v1/price-changes/") && path.ends_with("/withdraw")
    }

    /// Whether it stores nothing that a crash could lose: it only asks, or nothing has ended yet
    /// that could be sent again.
    pub(crate) fn only_asks(&self) -> bool {
        ["/evaluate", "/preview"].iter().any(|end| self.path.ends_with(end))
            || self.path.ends_with("/shop/replay")
    }

    /// Whether its answer holds a secret.
    pub(crate) fn has_secret(&self) -> bool {
        matches!(self.path.as_str(), "/v1/keys" | "/v1/merchants")
            || ["/rotate", "/portal-sessions"].iter().any(|end| self.path.ends_with(end))
    }

    /// What the workers do before it.
    pub(crate) async fn prepare(&self, world: &World) {
        if self.path == "/v1/messages" {
            world.app.send_through(Arc::new(Memory::answering(fine)));
            world.app.work_automations().await.unwrap();
        }
        if self.path.ends_with("/deliveries") {
            let nobody = Memory::answering(|_| unreachable!("nobody is called"));
            let dispatcher = Dispatcher::new(world.app.clone(), Arc::new(nobody), Clock::System);
            dispatcher.fan_out().await.unwrap();
        }
    }

    /// Whether this route of the document is the one that it takes.
    pub(crate) fn takes(&self, method: &str, route: &str) -> bool {
        let (own, route) = (self.path.split('/'), route.split('/'));
        let fits = |(own, of): (&str, &str)| own == of || of.starts_with('{');
        self.method.as_str().eq_ignore_ascii_case(method)
            && own.clone().count() == route.clone().count()
            && own.zip(route).all(fits)
    }

    /// Sends it, with a key where one is given.
    pub(crate) async fn send(&self, world: &World, said: &Said, key: Option<&str>) -> Answer {
        let headers: Vec<_> = key.iter().map(|key| ("idempotency-key", *key)).collect();
        let body = Some(said.fill(&self.body)).filter(|body| !body.is_empty());
        world.call(self.method.clone(), &said.fill(&self.path), &headers, body).await
    }
}

impl Said {
    /// Remembers what later steps ask for.
    pub(crate) fn note(&mut self, step: &Step, answer: &Answer) {
        for (name, pointer) in &step.saves {
            let value = answer.json.pointer(pointer).filter(|value| !value.is_null());
            if let Some(value) = value {
                self.0.insert(name.clone(), value.clone());
            }
        }
    }

    /// Remembers the key that is not the first, from a list of keys, and says its id.
    pub(crate) fn note_key(&mut self, keys: &Value) -> String {
        let key = &keys["data"][1]["id"];
        if !key.is_null() {
            self.0.insert("key".to_owned(), key.clone());
        }
        key.as_str().unwrap_or_default().to_owned()
    }

    fn fill(&self, text: &str) -> String {
        // Longer names first: one may begin another.
        self.0.iter().rev().fold(text.to_owned(), |text, (name, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text.replace(&format!("${name}"), &value)
        })
    }
}
