//! A stand-in for the engine: the oracle behind HTTP, which shows that the driver reads and
//! writes what it should, and that it notices when something is amiss.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::lives::wire::{self, wire};
use crate::oracle::coupons::Coupon;
use crate::oracle::model::{Arrival, Ask, Life, Mode, Settings, Step, Tax, World};
use crate::oracle::money;
use crate::oracle::prices::Reprice;
use crate::oracle::steps::Answer;

/// What the stand-in remembers.
struct Engine {
    world: World,
    asks: Vec<Ask>,
}

/// Engines are shared between requests.
type Shared = Arc<Mutex<Engine>>;

/// A book that outlives the router on it.
pub(crate) struct Book(Shared);

impl Book {
    /// The book goes on with what it has on a day, nobody having worked in between.
    pub(crate) fn restart(&self, today: NaiveDate) -> Router {
        self.0.lock().expect("nobody panicked").world.today = today;
        Router::new().fallback(answer).with_state(self.0.clone())
    }
}

/// A router on a merchant who has nothing yet; a flawed one gives too much time to pay.
pub(crate) fn router(start: NaiveDate, is_flawed: bool) -> Router {
    book(start, is_flawed).restart(start)
}

/// The book of a merchant who has nothing yet.
pub(crate) fn book(start: NaiveDate, is_flawed: bool) -> Book {
    let payment_days = u32::from(is_flawed);
    let world = World::new(&Life {
        start,
        settings: Settings {
            time_zone: "UTC".into(),
            payment_days,
            dunning: Vec::new(),
            on_account: false,
        },
        taxes: Vec::new(),
        offers: Vec::new(),
        paths: Vec::new(),
        coupons: Vec::new(),
        customers: Vec::new(),
        steps: Vec::new(),
    });
    Book(Arc::new(Mutex::new(Engine { world, asks: Vec::new() })))
}

/// Every request comes here.
async fn answer(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> (StatusCode, String) {
    let mut engine = shared.lock().expect("nobody panicked");
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let parts: Vec<&str> = uri.path().trim_start_matches("/v1/").split('/').collect();
    let answer = match method {
        Method::PUT => engine.put(&parts, &body),
        Method::POST => engine.post(&parts, &body),
        _ => engine.get(&parts),
    };
    for at in 0..engine.world.subs.len() {
        engine.world.subs[at].id = Some(wire::id(&format!("sub#{at}")));
    }
    let status = StatusCode::from_u16(answer.status).expect("a status");
    let mut body = wire(&answer.body);
    if let Some(code) = answer.code {
        body["type"] = json!(format!("https://example.org/problems/{code}"));
    }
    (status, body.to_string())
}

/// An answer that says something.
fn says(body: Value) -> Answer {
    Answer { body, ..Answer::done() }
}

/// A text of a body.
fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// The number in the name behind an id.
fn number(id: &str) -> usize {
    let name = wire::name(id);
    name.split_once('#').and_then(|(_, it)| it.parse().ok()).expect("a number")
}

impl Engine {
    /// Writes under a name.
    fn put(&mut self, parts: &[&str], body: &Value) -> Answer {
        let world = &mut self.world;
        match parts {
            ["settings"] => {
                let days = body["payment_days"].as_u64().expect("a number");
                world.settings.payment_days += u32::try_from(days).expect("a small number");
                let steps = body["dunning"].as_array().expect("steps").iter();
                let step = |it: &Value| {
                    let days = it["after_days"].as_u64().expect("a number");
                    (u32::try_from(days).expect("a small number"), it["action"] == "end")
                };
                world.settings.dunning = steps.map(step).collect();
                world.settings.on_account = body["purchase_on_account"] == json!(true);
            }
            ["taxes", id] => {
                let rates = body["rates"].as_array().expect("rates").iter();
                let rates = rates.map(|it| (wire::date(&it["valid_from"]), text(&it["rate"])));
                world.taxes.push(Tax { id: (*id).into(), rates: rates.collect() });
            }
            ["offers", id] => {
                world.play(&Step::PutOffer(wire::offer(id, body)));
            }
            ["paths", id] => {
                world.play(&Step::PutPath(wire::path(id, body)));
            }
            ["coupons", code] => world.coupons.push(wire::coupon(code, body)),
            ["customers", id] => {
                world.customers.insert((*id).into(), world.today);
            }
            _ => {}
        }
        Answer::done()
    }

    /// Does.
    fn post(&mut self, parts: &[&str], body: &Value) -> Answer {
        let step = match parts {
            ["checkouts"] => return self.open(body),
            ["checkouts", id, "hold"] => return self.hold(id),
            ["checkouts", _, "release"] => {
                self.world.held = None;
                return Answer::done();
            }
            ["subscriptions", id, "cancel"] if self.world.held == Some(number(id)) => {
                return Answer::refused(409, "source-held");
            }
            ["checkouts", id, "complete"] => return self.complete(id, body),
            ["invoices", id, "pay"] if body.get("amount").is_some() => {
                let doc = self.world.listed_invoice(number(id)).expect("an invoice");
                self.world.settle(&[(doc, wire::money(&body["amount"]).0)]);
                return Answer::done();
            }
            ["invoices", id, "pay"] => Step::Pay { invoice: number(id) },
            ["invoices", id, "unpay"] => Step::Unpay { invoice: number(id) },
            ["invoices", id, "credit"] => {
                let doc = self.world.listed_invoice(number(id)).expect("an invoice");
                let line = &body["lines"][0];
                let Some(place) = line["line"].as_u64() else {
                    let step = Step::Credit { invoice: number(id), line: None };
                    return self.world.play(&step).expect("it is certain").remove(0);
                };
                let place = usize::try_from(place).expect("a small number");
                let period = self.world.docs[doc].lines[place].period;
                self.world.credit(doc, &[(place, wire::money(&line["gross"]).0, period)]);
                return Answer::done();
            }
            ["customers", id, "payments"] => {
                let (amount, currency) = wire::money(&body["amount"]);
                Step::Receive { customer: (*id).into(), amount, currency }
            }
            ["offers", id, "price-changes"] => {
                let days = wire::date(&body["effective_from"]) - self.world.today;
                let notice = body["notice_days"].as_u64().expect("a number");
                Step::Reprice(Reprice {
                    offer: (*id).into(),
                    price: wire::money(&body["price"]).0,
                    days: u32::try_from(days.num_days()).expect("not an earlier day"),
                    all: body["subscriptions"] == "all",
                    notice: u32::try_from(notice).expect("a small number"),
                })
            }
            ["subscriptions", id, "keep-price"] => Step::KeepPrice { sub: number(id) },
            ["price-changes", id, "withdraw"] => Step::WithdrawRaise { raise: number(id) },
            ["subscriptions"] => Step::BringOver(self.arrival(body)),
            ["subscriptions", id, "cancel"] if body.get("credit").is_some() => {
                Step::Quit { sub: number(id), all: body["credit"] == "all" }
            }
            ["subscriptions", id, "cancel"] => {
                Step::Cancel { sub: number(id), now: body["when"] == "now" }
            }
            ["subscriptions", id, "uncancel"] => Step::Uncancel { sub: number(id) },
            ["scheduled-changes", id, "withdraw"] => Step::Withdraw { change: number(id) },
            ["billing", "runs"] => Step::Run,
            ["customers", id, "payouts"] => {
                let (amount, currency) = wire::money(&body["amount"]);
                Step::Payout { customer: (*id).into(), amount, currency }
            }
            ["test-clock", "advance"] => {
                let days = wire::date(&body["to"]) - self.world.today;
                Step::Advance { days: u32::try_from(days.num_days()).expect("a later day") }
            }
            other => panic!("nobody answers {other:?}"),
        };
        let answers = self.world.play(&step).expect("only what is certain is asked");
        answers.into_iter().next().expect("one answer")
    }

    /// Opens a checkout.
    fn open(&mut self, body: &Value) -> Answer {
        let customer = text(&body["customer"]);
        let pin_sub = body["subscription"].as_str().map(|id| {
            let own = (0..number(id)).filter(|at| self.world.subs[*at].customer == customer);
            own.count()
        });
        let mode = body["mode"].as_str();
        let ask = Ask {
            customer,
            offer: text(&body["offer"]),
            pin_sub,
            pin_path: body["path"].as_str().map(Into::into),
            mode: mode.map(|it| if it == "add" { Mode::Add } else { Mode::Replace }),
            allow_new: body["allow_new"] == json!(true),
            coupon: body["coupon"].as_str().map(|code| {
                let is_it = |it: &Coupon| it.code.eq_ignore_ascii_case(code);
                self.world.coupons.iter().position(is_it).expect("a known code")
            }),
            complete: true,
            pay: false,
        };
        let mut answer = self.world.open(&ask).0;
        answer.body["id"] = json!(format!("chk_{}", self.asks.len()));
        self.asks.push(ask);
        answer
    }

    /// Holds a checkout.
    fn hold(&mut self, id: &str) -> Answer {
        let at: usize = id.trim_start_matches("chk_").parse().expect("a checkout");
        let plan = self.world.open(&self.asks[at]).1.expect("it was opened");
        self.world.held = plan.choice.change.map(|(_, source)| source);
        says(json!({ "status": "held" }))
    }

    /// Completes a checkout, paid if it says so.
    fn complete(&mut self, id: &str, body: &Value) -> Answer {
        let at: usize = id.trim_start_matches("chk_").parse().expect("a checkout");
        let pay = body.get("payment").is_some();
        let ask = Ask { pay, ..self.asks[at].clone() };
        let (_, plan) = self.world.open(&ask);
        let plan = plan.expect("it was opened");
        if pay {
            assert_eq!(wire::money(&body["payment"]["amount"]).0, plan.amount_due);
        }
        self.world.close(&ask, &plan)
    }

    /// An arrival.
    fn arrival(&self, body: &Value) -> Arrival {
        let days = self.world.today - wire::date(&body["started_on"]);
        let invoice = body.get("brought_over");
        Arrival {
            customer: text(&body["customer"]),
            offer: text(&body["offer"]),
            started_days_ago: u32::try_from(days.num_days()).expect("an earlier day"),
            price: body.get("price").map(|price| wire::money(price).0),
            is_cancelled: body.get("cancel_on").is_some(),
            invoice: invoice.map(|it| (wire::money(&it["gross"]).0, it["paid"] == json!(true))),
        }
    }

    /// Reads; lists come newest first.
    fn get(&self, parts: &[&str]) -> Answer {
        let book = self.world.book();
        let listed = match parts {
            ["subscriptions"] => book.subs,
            ["scheduled-changes"] => book.changes,
            ["price-changes"] => book.raises,
            ["invoices"] => book.invoices,
            ["credit-notes"] => book.credits,
            ["customers", id] => {
                let own = book.balances.into_iter().filter(|(whose, _)| whose == id);
                let own: Vec<String> = own.map(|(_, balance)| balance).collect();
                return says(json!({ "credit_balance": own }));
            }
            _ => return says(json!({ "ok": true, "unit": money::decimals("EUR") })),
        };
        let named = |(name, mut value): (String, Value)| {
            value["id"] = json!(name);
            value
        };
        let data: Vec<Value> = listed.into_iter().rev().map(named).collect();
        says(json!({ "data": data, "next_cursor": null }))
    }
}
