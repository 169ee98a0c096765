//! Every operation's success, and every problem that is easily made: a merchant's story in
//! requests, each with its answer. An operation or a code that the story leaves out fails it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::http::Method;
use crossgrade::app::dispatcher::Dispatcher;
use crossgrade::clock::Clock;
use crossgrade::edge::problem::Code;
use crossgrade::gateway::memory::Memory;
use serde_json::{Value, json};

use super::Album;
use super::masks::{masked, settled};
use crate::document::Document;
use crate::pages::table::Names;
use crate::support::opened;
use crate::webhooks::fixture::fine;
use crate::world::{Answer, World, eur, offer_of, path_of};

mod shop;

/// What no request brings about by itself; tests of faults, races and limits see these.
const NOT_EASY: [Code; 13] = [
    // Between parties of whom too little is known: `api::einvoices` has it.
    Code::DocumentIncomplete,
    // Of bodies and headers that no client of JSON sends: `doors` has them.
    Code::Ambiguous,
    // It takes a thousand rules: `api::selection` has it.
    Code::TooManyRules,
    // Between two customers: `api::money` has it.
    Code::PaymentUsed,
    // It takes a code that was made for somebody: `automations::coupons` has it.
    Code::CouponNotYours,
    // It takes somebody who holds a code: `rules::coupons` has it.
    Code::CouponHeld,
    Code::IdempotencyInProgress,
    Code::TooManyRequests,
    Code::Internal,
    Code::Unavailable,
    Code::Timeout,
    Code::OutOfSpace,
    // Whether it is met depends on how long the body is that a proxy lets through.
    Code::TooLarge,
];

/// The head of an answer that clients rely on.
const HEADERS: [&str; 7] = [
    "content-type",
    "etag",
    "location",
    "idempotent-replayed",
    "retry-after",
    "www-authenticate",
    "allow",
];

/// A merchant who asks, and what was answered.
struct Story {
    world: World,
    names: Names,
    album: Album,
    /// Method and path of what succeeded.
    done: BTreeSet<(String, String)>,
    /// Codes of what was refused.
    refused: BTreeSet<String>,
}

pub(super) async fn take(url: String) -> Album {
    let world = World::new(opened(&url).await).await;
    let mut story = Story {
        world,
        names: Names::new(),
        album: Album::default(),
        done: BTreeSet::new(),
        refused: BTreeSet::new(),
    };
    story.sets_up().await;
    story.defines().await;
    story.sells().await;
    story.changes().await;
    story.bills().await;
    story.tells().await;
    story.keeps_stock().await;
    story.removes().await;
    story.is_whole().await;
    story.album
}

impl Story {
    async fn get(&mut self, name: &str, path: &str) -> Answer {
        self.ask(name, Method::GET, path, &[], None).await
    }

    async fn put(&mut self, name: &str, path: &str, body: Value) -> Answer {
        self.ask(name, Method::PUT, path, &[], Some(body)).await
    }

    async fn post(&mut self, name: &str, path: &str, body: Value) -> Answer {
        self.ask(name, Method::POST, path, &[], Some(body)).await
    }

    async fn delete(&mut self, name: &str, path: &str) -> Answer {
        self.ask(name, Method::DELETE, path, &[], None).await
    }

    /// Asks, and keeps request and answer under a name. `$words` of the path stand for ids.
    async fn ask(
        &mut self,
        name: &str,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let sent = body.as_ref().map(Value::to_string);
        let filled = self.filled(path);
        let answer = self.world.call(method.clone(), &filled, headers, sent).await;
        let mut text = format!("{method} {path}\n");
        for (name, value) in headers {
            writeln!(text, "{name}: {value}").unwrap();
        }
        if let Some(body) = &body {
            writeln!(text, "\n{body:#}").unwrap();
        }
        writeln!(text, "\n---\n{}", answer.status).unwrap();
        for name in HEADERS {
            let value = answer.header(name);
            if !value.is_empty() {
                writeln!(text, "{name}: {value}").unwrap();
            }
        }
        let mut shown = answer.json.clone();
        settled(&mut shown);
        if !answer.text.is_empty() {
            writeln!(text, "\n{shown:#}").unwrap();
        }
        self.album.keep(&format!("{name}.http"), masked(&text, &self.names));
        if answer.status < 300 {
            self.done.insert((method.to_string(), filled.split('?').next().unwrap().to_owned()));
        } else if let Some(code) = answer.json["type"].as_str() {
            self.refused.insert(code.rsplit('/').next().unwrap().to_owned());
        }
        answer
    }

    fn filled(&self, path: &str) -> String {
        let names = self.names.iter().rev();
        names.fold(path.to_owned(), |path, (name, value)| path.replace(name, value))
    }

    /// What was answered is called so from now on.
    fn call(&mut self, name: &'static str, value: &Value) {
        let id = value.as_str().unwrap_or_else(|| panic!("{name} is {value}"));
        self.names.insert(name, id.to_owned());
    }

    async fn sets_up(&mut self) {
        self.get("get-settings", "/v1/settings").await;
        let settings = json!({
            "locale": "de", "payment_days": 10, "return_origins": ["https://shop.example"],
            "seller": {
                "name": "The Daily", "address": "Street 1", "vat_id": "DE1",
                "postal_address": {
                    "line1": "Street 1", "postal_code": "10969", "city": "Berlin", "country": "DE",
                },
                "contact": {"name": "Service", "phone": "030 123", "email": "a@daily.example"},
                "bank": {"iban": "DE89370400440532013000"},
            },
        });
        self.put("put-settings", "/v1/settings", settings).await;
        let wrong = json!({"time_zone": "Mars", "currency": "XXX", "nonsense": 1});
        self.put("put-settings-wrong", "/v1/settings", wrong).await;
        let key = json!({"role": "read", "label": "reports"});
        let once = [("idempotency-key", "a-key")];
        let path = "/v1/keys";
        let made = self.ask("create-key", Method::POST, path, &once, Some(key.clone())).await;
        self.call("$key", &made.json["id"]);
        self.ask("create-key-again", Method::POST, path, &once, Some(key)).await;
        self.get("list-keys", "/v1/keys").await;
        let reader = self.world.with_key(made.json["key"].as_str().unwrap());
        let admin = std::mem::replace(&mut self.world, reader);
        self.put("forbidden", "/v1/tags/a", json!({"title": "A"})).await;
        self.world = admin.with_key("");
        self.get("unauthorized", "/v1/tags").await;
        self.world = admin;
        self.post("create-merchant", "/v1/merchants", json!({"id": "two", "name": "Two"})).await;
        self.post("create-merchant-twice", "/v1/merchants", json!({"id": "two", "name": "Two"}))
            .await;
        self.get("list-merchants", "/v1/merchants").await;
        self.get("get-clock", "/v1/test-clock").await;
        self.get("not-found", "/v1/nowhere").await;
        self.ask("method-not-allowed", Method::PATCH, "/v1/tags/a", &[], None).await;
        self.ask("invalid-json", Method::PUT, "/v1/tags/a", &[], None).await;
        let text = [("content-type", "text/plain")];
        let body = Some(json!({"title": "A"}));
        self.ask("unsupported-media-type", Method::PUT, "/v1/tags/a", &text, body).await;
    }

    async fn defines(&mut self) {
        for tag in ["month", "year", "free"] {
            let name = format!("put-tag-{tag}");
            self.put(&name, &format!("/v1/tags/{tag}"), json!({"title": tag})).await;
        }
        self.put("put-tag-wrong", "/v1/tags/wrong", json!({"title": "", "nonsense": 1})).await;
        let old = [("if-match", "\"old\"")];
        let body = Some(json!({"title": "Year"}));
        self.ask("precondition-failed", Method::PUT, "/v1/tags/year", &old, body).await;
        let tax = json!({"title": "Press", "rates": [
            {"rate": "7.0", "valid_from": "2020-01-01"}, {"rate": "5.0",
                "valid_from": "2026-07-01"},
        ]});
        self.put("put-tax", "/v1/taxes/press", tax).await;
        self.put("put-tax-wrong", "/v1/taxes/wrong", json!({"rates": []})).await;
        let paper = json!({"title": "The Paper", "kind": "digital"});
        self.put("put-product", "/v1/products/paper", paper).await;
        self.put("put-product-wrong", "/v1/products/wrong", json!({"kind": "gas"})).await;
        for (offer, price, period) in
            [("month", "9.90", "P1M"), ("year", "99.00", "P1Y"), ("free", "0.00", "P1M")]
        {
            let mut body = offer_of(offer, price, period);
            body["tax"] = json!("press");
            self.put(&format!("put-offer-{offer}"), &format!("/v1/offers/{offer}"), body).await;
        }
        let wrong = json!({
            "title": "Wrong", "products": ["nothing"], "price": eur("-1.001"),
            "billing_period": "P0M", "tags": ["nothing"], "tax": "nothing", "nonsense": 1,
        });
        self.put("put-offer-wrong", "/v1/offers/wrong", wrong).await;
        let mut up = path_of("next_booking");
        up["optional"] = json!(true);
        up["customer_may_switch"] = json!(true);
        self.put("put-path-up", "/v1/paths/up", up).await;
        let mut down = path_of("immediate");
        down["target_tags"] = json!(["free"]);
        down["proration"] = json!("day");
        self.put("put-path-down", "/v1/paths/down", down.clone()).await;
        down["proration"] = json!("none");
        self.put("put-path-replaced", "/v1/paths/down", down.clone()).await;
        down["proration"] = json!("day");
        self.put("put-path-again", "/v1/paths/down", down).await;
        let mut wrong = path_of("sideways");
        wrong["source_tags"] = json!(["nothing"]);
        wrong["title"] = json!("{nothing}");
        self.put("put-path-wrong", "/v1/paths/wrong", wrong).await;
        for noun in ["tags", "taxes", "products", "offers", "paths"] {
            self.get(&format!("list-{noun}"), &format!("/v1/{noun}")).await;
            self.get(&format!("list-{noun}-first"), &format!("/v1/{noun}?limit=1")).await;
            self.get(&format!("get-{noun}-nothing"), &format!("/v1/{noun}/nothing")).await;
        }
        self.get("get-tag", "/v1/tags/month").await;
        self.get("get-tax", "/v1/taxes/press").await;
        self.get("get-product", "/v1/products/paper").await;
        self.get("get-offer", "/v1/offers/month").await;
        self.get("get-path", "/v1/paths/up").await;
        self.get("list-edges", "/v1/paths/up/edges").await;
        self.get("get-graph", "/v1/graph").await;
        self.delete("still-in-use", "/v1/tags/month").await;
        self.get("list-wrong", "/v1/tags?limit=0&nonsense=1").await;
    }

    async fn sells(&mut self) {
        let ada = json!({
            "email": "ada@example.org", "name": "Ada", "address": "Street 2", "locale": "en",
            "group": "press", "country": "DE",
            "postal_address": {"line1": "Street 2", "postal_code": "1", "city": "Ulm"},
        });
        self.put("put-customer", "/v1/customers/ada", ada).await;
        let wrong = json!({"email": "no", "locale": "x", "country": "Germany"});
        self.put("put-customer-wrong", "/v1/customers/wrong", wrong).await;
        let once = [("idempotency-key", "order-1")];
        let wanted = json!({
            "customer": "ada", "offer": "month", "return_url": "https://shop.example/thanks",
            "metadata": {"cart": 1},
        });
        let path = "/v1/checkouts";
        let opened =
            self.ask("open-checkout", Method::POST, path, &once, Some(wanted.clone())).await;
        self.call("$checkout", &opened.json["id"]);
        self.ask("open-checkout-again", Method::POST, path, &once, Some(wanted)).await;
        let other = json!({"customer": "bob", "offer": "month"});
        self.ask("idempotency-key-reused", Method::POST, path, &once, Some(other)).await;
        self.post("open-checkout-wrong", path, json!({"customer": "a b", "offer": "nothing"}))
            .await;
        self.get("get-checkout", "/v1/checkouts/$checkout").await;
        self.post("complete-unpaid", "/v1/checkouts/$checkout/complete", json!({})).await;
        self.post("release-open", "/v1/checkouts/$checkout/release", json!({})).await;
        self.post("hold-checkout", "/v1/checkouts/$checkout/hold", json!({})).await;
        self.post("release-checkout", "/v1/checkouts/$checkout/release", json!({})).await;
        let paid = json!({"payment": {"reference": "psp-1", "amount": eur("9.00")}});
        self.post("complete-paid-wrong", "/v1/checkouts/$checkout/complete", paid).await;
        let paid = json!({"payment": {"reference": "psp-1", "amount": eur("9.90")}});
        let done = self.post("complete-checkout", "/v1/checkouts/$checkout/complete", paid).await;
        self.call("$subscription", &done.json["result"]["subscription"]);
        self.call("$invoice", &done.json["result"]["invoices"][0]);
        self.post("hold-completed", "/v1/checkouts/$checkout/hold", json!({})).await;
        self.get("get-checkout-completed", "/v1/checkouts/$checkout").await;
        let again = json!({"customer": "ada", "offer": "month"});
        self.post("already-subscribed", path, again).await;
        let pinned = json!({"customer": "ada", "offer": "year", "path": "down"});
        self.post("change-not-possible", path, pinned).await;
        // What a checkout rests on changes.
        let stale = json!({"customer": "bob", "offer": "month"});
        let stale = self.post("open-checkout-of-bob", path, stale).await;
        self.call("$stale", &stale.json["id"]);
        let mut month = offer_of("month", "8.90", "P1M");
        month["tax"] = json!("press");
        self.put("put-offer-replaced", "/v1/offers/month", month.clone()).await;
        let paid = json!({"payment": {"reference": "psp-1", "amount": eur("9.90")}});
        self.post("checkout-stale", "/v1/checkouts/$stale/complete", paid).await;
        month["active"] = json!(false);
        self.put("put-offer-inactive", "/v1/offers/month", month.clone()).await;
        self.post("offer-inactive", path, json!({"customer": "cyd", "offer": "month"})).await;
        month["active"] = json!(true);
        self.put("put-offer-active", "/v1/offers/month", month).await;
    }

    /// What runs is to cost more, and does not after all.
    async fn raises(&mut self) {
        let path = "/v1/offers/month/price-changes";
        let raise = json!({
            "effective_from": "2026-03-01", "price": eur("11.90"), "subscriptions": "all",
            "notice_days": 0,
        });
        let nothing = json!({"effective_from": "2026-03-01", "price": eur("9.90")});
        self.post("nothing-would-change", path, nothing).await;
        self.post("preview-price-change", &format!("{path}/preview"), raise.clone()).await;
        let decided = self.post("change-price", path, raise).await;
        self.call("$raise", &decided.json["id"]);
        self.get("list-price-changes", "/v1/price-changes?offer=month").await;
        self.get("get-price-change", "/v1/price-changes/$raise").await;
        self.get("list-new-prices", "/v1/price-changes/$raise/subscriptions").await;
        self.get("get-subscription-raised", "/v1/subscriptions/$subscription").await;
        self.post("keep-price", "/v1/subscriptions/$subscription/keep-price", json!({})).await;
        self.post("withdraw-price-change", "/v1/price-changes/$raise/withdraw", json!({})).await;
    }

    async fn changes(&mut self) {
        self.get("get-customer", "/v1/customers/ada").await;
        self.get("list-customers", "/v1/customers").await;
        self.get("list-transitions", "/v1/customers/ada/transitions").await;
        self.get("list-subscriptions", "/v1/subscriptions?customer=ada&status=active").await;
        self.get("get-subscription", "/v1/subscriptions/$subscription").await;
        self.get("list-days", "/v1/subscriptions/$subscription/days").await;
        let year = json!({"customer": "ada", "offer": "year", "mode": "replace"});
        let opened = self.post("open-change", "/v1/checkouts", year).await;
        self.call("$change-checkout", &opened.json["id"]);
        self.post("hold-change", "/v1/checkouts/$change-checkout/hold", json!({})).await;
        self.post("source-held", "/v1/subscriptions/$subscription/cancel", json!({})).await;
        let done = self
            .post("complete-change", "/v1/checkouts/$change-checkout/complete", json!({}))
            .await;
        self.call("$scheduled", &done.json["result"]["scheduled_change"]);
        self.get("list-changes", "/v1/scheduled-changes?status=pending").await;
        self.get("get-change", "/v1/scheduled-changes/$scheduled").await;
        self.post("withdraw", "/v1/scheduled-changes/$scheduled/withdraw", json!({})).await;
        self.post("not-pending", "/v1/scheduled-changes/$scheduled/withdraw", json!({})).await;
        self.post("not-cancelled", "/v1/subscriptions/$subscription/uncancel", json!({})).await;
        self.post("cancel", "/v1/subscriptions/$subscription/cancel", json!({})).await;
        self.post("already-cancelled", "/v1/subscriptions/$subscription/cancel", json!({})).await;
        self.post("uncancel", "/v1/subscriptions/$subscription/uncancel", json!({})).await;
        self.raises().await;
        let old = json!({
            "customer": "eve", "offer": "month", "id": "old-1", "started_on": "2025-06-15",
            "price": eur("7.90"),
            "current_period": {"start": "2026-01-15", "end": "2026-02-15"},
            "brought_over": {"gross": eur("7.90"), "paid": true, "number": "R-9"},
        });
        self.post("bring-over", "/v1/subscriptions", old.clone()).await;
        self.post("bring-over-twice", "/v1/subscriptions", old).await;
        let wrong = json!({"customer": "eve", "offer": "month", "started_on": "2027-01-01"});
        self.post("bring-over-wrong", "/v1/subscriptions", wrong).await;
        self.get("list-days-brought-over", "/v1/subscriptions/old-1/days").await;
        let now = json!({"when": "now"});
        self.post("cancel-now", "/v1/subscriptions/old-1/cancel", now).await;
        self.post("already-ended", "/v1/subscriptions/old-1/cancel", json!({})).await;
    }

    async fn bills(&mut self) {
        self.post("advance", "/v1/test-clock/advance", json!({"to": "2026-02-28"})).await;
        self.post("clock-backwards", "/v1/test-clock/advance", json!({"to": "2026-02-27"})).await;
        self.post("checkout-expired", "/v1/checkouts/$stale/complete", json!({})).await;
        self.get("list-checkouts", "/v1/checkouts").await;
        let open = self.get("list-invoices-open", "/v1/invoices?customer=ada&status=open").await;
        self.call("$open", &open.json["data"][0]["id"]);
        self.get("list-invoices", "/v1/invoices").await;
        self.get("get-invoice", "/v1/invoices/$invoice").await;
        self.get("get-invoice-xml", "/v1/invoices/$invoice/xml").await;
        let bounced = json!({"reference": "psp-2", "reason": "no funds"});
        self.post("not-paid", "/v1/invoices/$open/unpay", bounced.clone()).await;
        self.post("pay", "/v1/invoices/$open/pay", json!({"reference": "psp-2"})).await;
        self.post("already-paid", "/v1/invoices/$open/pay", json!({"reference": "psp-3"})).await;
        self.post("unpay", "/v1/invoices/$open/unpay", bounced).await;
        self.post("pay-again", "/v1/invoices/$open/pay", json!({"reference": "psp-4"})).await;
        let late = json!({"reference": "psp-5", "paid_on": "2027-01-01"});
        self.post("pay-wrong", "/v1/invoices/$invoice/pay", late).await;
        self.post(
            "advance-to-an-instant",
            "/v1/test-clock/advance",
            json!({"to": "2026-03-10T12:00:00Z"}),
        )
        .await;
        let free = json!({"customer": "ada", "offer": "free", "mode": "replace"});
        let opened = self.post("open-change-at-once", "/v1/checkouts", free).await;
        self.call("$at-once", &opened.json["id"]);
        let done = self
            .post("complete-change-at-once", "/v1/checkouts/$at-once/complete", json!({}))
            .await;
        self.call("$note", &done.json["result"]["credit_notes"][0]);
        self.get("list-credit-notes", "/v1/credit-notes").await;
        self.get("get-credit-note", "/v1/credit-notes/$note").await;
        self.get("get-credit-note-xml", "/v1/credit-notes/$note/xml").await;
        self.get("list-days-credited", "/v1/subscriptions/$subscription/days").await;
        let out = json!({"amount": eur("1.00"), "reference": "sepa-1"});
        self.post("pay-out", "/v1/customers/ada/payouts", out).await;
        let out = json!({"amount": eur("1000.00"), "reference": "sepa-2"});
        self.post("pay-out-too-much", "/v1/customers/ada/payouts", out).await;
        let portal = json!({"return_url": "https://shop.example/me", "locale": "de"});
        self.post("open-portal", "/v1/customers/ada/portal-sessions", portal).await;
        let elsewhere = json!({"return_url": "https://elsewhere.example/", "locale": "?"});
        self.post("open-portal-wrong", "/v1/customers/ada/portal-sessions", elsewhere).await;
        self.moves().await;
        let run = self.post("start-run", "/v1/billing/runs", json!({})).await;
        self.call("$run", &run.json["id"]);
        self.post("start-run-wrong", "/v1/billing/runs", json!({"as_of": "2027-01-01"})).await;
        self.get("list-runs", "/v1/billing/runs").await;
        self.get("get-run", "/v1/billing/runs/$run").await;
        self.get("audit", "/v1/audit").await;
        self.get("list-events", "/v1/events?limit=200").await;
    }

    async fn moves(&mut self) {
        let money = json!({"amount": eur("5.00"), "reference": "sepa-3"});
        let came = self.post("receive-payment", "/v1/customers/eve/payments", money).await;
        self.call("$received", &came.json["id"]);
        let part = json!({"line": 0, "gross": eur("1.00")});
        let late = json!({"reason": "It was late", "lines": [part]});
        self.post("credit-invoice", "/v1/invoices/$open/credit", late).await;
        let wrong = json!({"reason": "It was late", "lines": [{"line": 7}]});
        self.post("credit-invoice-wrong", "/v1/invoices/$open/credit", wrong).await;
        self.get("list-payments", "/v1/payments").await;
        let back = json!({"reason": "Recalled"});
        self.post("unpay-payment", "/v1/payments/$received/unpay", back.clone()).await;
        self.post("unpay-payment-again", "/v1/payments/$received/unpay", back).await;
        self.get("export-documents", "/v1/exports/documents").await;
        self.get("export-payments", "/v1/exports/payments").await;
        self.get("list-customer-offers", "/v1/customers/ada/offers").await;
    }

    async fn tells(&mut self) {
        let shop = json!({"url": "https://shop.example/hook", "events": ["tag.*", "message.*"]});
        self.put("put-endpoint", "/v1/webhook-endpoints/shop", shop.clone()).await;
        self.put("put-endpoint-replaced", "/v1/webhook-endpoints/shop", shop).await;
        let wrong = json!({"url": "ftp://shop", "events": ["nothing.*"]});
        self.put("put-endpoint-wrong", "/v1/webhook-endpoints/wrong", wrong).await;
        self.get("get-endpoint", "/v1/webhook-endpoints/shop").await;
        self.get("list-endpoints", "/v1/webhook-endpoints").await;
        self.put("put-tag-told", "/v1/tags/told", json!({"title": "Told"})).await;
        let memory = Arc::new(Memory::answering(fine));
        let clock = Clock::simulated(self.world.app.now());
        let dispatcher = Dispatcher::new(self.world.app.clone(), memory, clock);
        while dispatcher.fan_out().await.unwrap() > 0 {}
        for due in dispatcher.due(None).await.unwrap() {
            dispatcher.deliver(&due.key).await.unwrap();
        }
        self.automations().await;
        let path = "/v1/webhook-endpoints/shop/deliveries";
        let sent = self.get("list-deliveries", path).await;
        self.call("$delivery", &sent.json["data"][0]["id"]);
        self.post("replay", &format!("{path}/$delivery/replay"), json!({})).await;
        self.post("replay-all", "/v1/webhook-endpoints/shop/replay", json!({})).await;
        self.post("test-endpoint", "/v1/webhook-endpoints/shop/test", json!({})).await;
        self.post("rotate", "/v1/webhook-endpoints/shop/rotate", json!({})).await;
        self.delete("delete-endpoint-in-use", "/v1/webhook-endpoints/shop").await;
        let other = json!({"url": "https://other.example/hook"});
        self.put("put-endpoint-for-all", "/v1/webhook-endpoints/other", other).await;
        self.delete("delete-endpoint", "/v1/webhook-endpoints/other").await;
    }

    async fn removes(&mut self) {
        self.put(
            "put-tax-spare",
            "/v1/taxes/spare",
            json!({"rates": [
                {"rate": "7.0", "valid_from": "2020-01-01"},
            ]}),
        )
        .await;
        let spare = json!({"title": "Spare", "kind": "physical"});
        self.put("put-product-spare", "/v1/products/spare", spare).await;
        let mut spare = offer_of("spare", "1.00", "P1M");
        spare["tags"] = json!([]);
        self.put("put-offer-spare", "/v1/offers/spare", spare).await;
        self.put("put-customer-spare", "/v1/customers/spare", json!({"name": "Spare"})).await;
        for (name, path) in [
            ("delete-campaign", "/v1/campaigns/hats"),
            ("delete-promotion", "/v1/promotions/ship"),
            ("delete-gift-rule", "/v1/gift-rules/pin"),
            ("delete-coupon", "/v1/coupons/ten"),
            ("delete-automation", "/v1/automations/spare"),
            ("delete-message-template", "/v1/message-templates/spare"),
            ("delete-customer", "/v1/customers/spare"),
            ("forgotten", "/v1/suppressions/spare"),
            ("delete-path", "/v1/paths/up"),
            ("delete-offer", "/v1/offers/spare"),
            ("delete-product", "/v1/products/spare"),
            ("delete-tax", "/v1/taxes/spare"),
            ("delete-tag", "/v1/tags/told"),
            ("revoke-key", "/v1/keys/$key"),
        ] {
            self.delete(name, path).await;
        }
        self.delete("delete-tag-again", "/v1/tags/told").await;
    }

    /// Nothing was left out.
    async fn is_whole(&self) {
        let of = |template: &str, path: &str| {
            let (template, path) = (template.split('/'), path.split('/'));
            template.clone().count() == path.clone().count()
                && template.zip(path).all(|(one, other)| one == other || one.starts_with('{'))
        };
        let mut missing = Vec::new();
        for operation in Document::of(&self.world).await.operations() {
            let is = |(method, path): &(String, String)| {
                *method == operation.method && of(&operation.path, path)
            };
            if !self.done.iter().any(is) {
                missing.push(format!("{} {}", operation.method, operation.path));
            }
        }
        for code in Code::ALL {
            let is_there = self.refused.contains(code.name());
            assert!(!(is_there && NOT_EASY.contains(&code)), "{} is easy", code.name());
            if !is_there && !NOT_EASY.contains(&code) {
                missing.push(code.name().to_owned());
            }
        }
        assert!(missing.is_empty(), "without a snapshot: {missing:#?}");
    }
}
