//! Plays a life against the engine, over HTTP, and against the oracle, and tells the difference.
//! What a request says stands in `bodies`, how an answer is read in `reading`;
//! `double` and `wire` stand in for the engine in the driver's own `tests`.

mod bodies;
mod client;
mod double;
mod reading;
mod tests;
mod told;
mod wire;

use std::fmt;

use axum::Router;
use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::lives::client::Client;
use crate::lives::reading::{Names, fits};
use crate::oracle::generate;
use crate::oracle::model::{Ask, Life, Step, World};
use crate::oracle::steps::Answer;

/// Where the engine and the oracle part.
#[derive(Debug)]
pub(crate) struct Difference {
    /// The step at which they do; none where the merchant sets up, or the book is audited.
    pub(crate) step: Option<(usize, Box<Step>)>,
    /// What was expected and what came.
    pub(crate) text: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.step {
            Some((at, step)) => write!(out, "step {at}, {step:?}: {}", self.text),
            None => write!(out, "before or after all steps: {}", self.text),
        }
    }
}

/// Plays a life on a fresh engine whose test clock stands on its first day; downtime is advanced.
pub(crate) async fn play(life: &Life, router: Router, key: &str) -> Result<(), Difference> {
    let mut life = life.clone();
    for step in &mut life.steps {
        if let Step::Downtime { days } = *step {
            *step = Step::Advance { days };
        }
    }
    play_with_restarts(&life, async |_| (router.clone(), key.to_owned())).await
}

/// Plays a life with its downtime: `make` starts the same book again on a later day.
pub(crate) async fn play_with_restarts(
    life: &Life,
    mut make: impl AsyncFnMut(NaiveDate) -> (Router, String),
) -> Result<(), Difference> {
    let (router, key) = make(life.start).await;
    let mut play = Play::begin(life, router, key).await?;
    for (at, step) in life.steps.iter().enumerate() {
        let differs = |text| Difference { step: Some((at, Box::new(step.clone()))), text };
        play.step(step).await.map_err(differs)?;
        if let Step::Downtime { .. } = step {
            let (router, key) = make(play.world.today).await;
            play.client = Client { router, key };
        }
        play.compare_book().await.map_err(differs)?;
    }
    // The stand-in keeps no record.
    if play.client.get("/v1/events?limit=1").await.1["data"].is_array() {
        let told = told::compare(&play.client).await;
        told.map_err(|text| Difference { step: None, text })?;
    }
    play.audit().await
}

/// Plays the life of every seed on an engine of its own; a failing one is shrunk and told.
pub(crate) async fn hunt(
    seeds: std::ops::Range<u64>,
    mut make: impl AsyncFnMut(NaiveDate) -> (Router, String),
) -> Result<(), String> {
    for seed in seeds {
        let life = generate::life(seed);
        let (router, key) = make(life.start).await;
        if play(&life, router, &key).await.is_ok() {
            continue;
        }
        let mut last = None;
        let smallest = generate::shrink(&life, async |life: &Life| {
            let (router, key) = make(life.start).await;
            let difference = play(life, router, &key).await.err();
            let fails = difference.is_some();
            last = difference.or(last.take());
            fails
        });
        let smallest = smallest.await;
        let last = last.map_or_else(|| "it does not fail twice".into(), |it| it.to_string());
        return Err(format!("seed {seed}: {last}\n{smallest:#?}"));
    }
    Ok(())
}

/// A life under way.
pub(crate) struct Play {
    /// Whom it is told.
    pub(crate) client: Client,
    /// How it goes by the oracle.
    pub(crate) world: World,
    names: Names,
}

impl Play {
    /// A life before its first step.
    pub(crate) async fn begin(
        life: &Life,
        router: Router,
        key: String,
    ) -> Result<Self, Difference> {
        let client = Client { router, key };
        let play = Self { client, world: World::new(life), names: Names::default() };
        play.set_up(life).await.map_err(|text| Difference { step: None, text })?;
        Ok(play)
    }

    /// What the engine finds wrong with its own book.
    pub(crate) async fn audit(&self) -> Result<(), Difference> {
        if !self.offers("/v1/audit").await {
            return Ok(());
        }
        let (_, audit) = self.client.get("/v1/audit").await;
        if audit["ok"] == json!(true) {
            return Ok(());
        }
        Err(Difference { step: None, text: format!("the audit says {audit}") })
    }

    /// The merchant sets up.
    async fn set_up(&self, life: &Life) -> Result<(), String> {
        for (path, body) in bodies::set_up(life) {
            let (status, answer) = self.client.put(&path, &body).await;
            if !(200..300).contains(&status) {
                return Err(format!("{path} {body} is answered {status} {answer}"));
            }
        }
        Ok(())
    }

    /// Whether the engine has a route; one without a document of its routes has all.
    async fn offers(&self, path: &str) -> bool {
        let (_, document) = self.client.get("/openapi.json").await;
        document.get("paths").is_none_or(|paths| paths.get(path).is_some())
    }

    /// One step on both sides; what is not certain is not asked.
    pub(crate) async fn step(&mut self, step: &Step) -> Result<(), String> {
        if let Step::Checkout(ask) = step {
            return self.check_out(ask).await;
        }
        if let Step::Hold { holder, other } = step {
            return self.hold(step, holder, other).await;
        }
        if let Step::HoldOver(ask) = step {
            return self.hold_over(step, ask).await;
        }
        if let Step::Return { customer } = step {
            return self.send_back(step, customer).await;
        }
        let requests = bodies::requests(&self.world, &self.names, step);
        let Some(answers) = self.world.play(step) else {
            return Ok(());
        };
        for ((path, body), expected) in requests.into_iter().zip(answers) {
            let put = matches!(step, Step::PutOffer(_) | Step::PutPath(_));
            let (status, answer) = if put {
                self.client.put(&path, &body).await
            } else {
                self.client.post(&path, &body).await
            };
            self.compare(&expected, status, &answer)
                .map_err(|text| format!("{path} {body}: {text}"))?;
        }
        Ok(())
    }

    /// The last money of a customer that was not for invoices alone bounces. The stand-in keeps no
    /// payments.
    async fn send_back(&mut self, step: &Step, customer: &str) -> Result<(), String> {
        if !self.client.get("/openapi.json").await.1["paths"].is_object() {
            return Ok(());
        }
        let mut paid = self.client.list("/v1/payments").await?;
        paid.retain(|it| it["customer"] == customer);
        let bounced = |receipt: &Value| {
            paid.iter().any(|it| it["kind"] == "bounce" && it["receipt"] == *receipt)
        };
        let is_it = |it: &&Value| {
            it["kind"] == "payment" && it["invoice"].is_null() && !bounced(&it["receipt"])
        };
        let found = paid.iter().rev().find(is_it);
        let Some(answers) = self.world.play(step) else {
            return Ok(());
        };
        let Some(found) = found else {
            let is_alike = answers[0].status == 409;
            return is_alike.then_some(()).ok_or_else(|| format!("no money of {customer}"));
        };
        let path = format!("/v1/payments/{}/unpay", found["id"].as_str().unwrap_or("none"));
        let (status, answer) = self.client.post(&path, &json!({ "reason": "bounced" })).await;
        self.compare(&answers[0], status, &answer).map_err(|text| format!("{path}: {text}"))
    }

    /// A checkout: what it shows, and what it answers when completed.
    async fn check_out(&mut self, ask: &Ask) -> Result<(), String> {
        let body = bodies::ask(&self.world, &self.names, ask);
        let answers = self.world.play(&Step::Checkout(ask.clone())).unwrap_or_default();
        let (status, shown) = self.client.post("/v1/checkouts", &body).await;
        if status < 300 && status != 201 {
            return Err(format!("{body} is answered {status}"));
        }
        self.compare(&answers[0], status, &shown)
            .map_err(|text| format!("opening {body}: {text}"))?;
        let Some(expected) = answers.get(1) else {
            return Ok(());
        };
        let body = bodies::paid(ask, &shown);
        let id = shown["id"].as_str().unwrap_or("without-id");
        let path = format!("/v1/checkouts/{id}/complete");
        let (status, answer) = self.client.post(&path, &body).await;
        self.compare(&Answer { body: json!({}), ..expected.clone() }, status, &answer)
            .map_err(|text| format!("completing {body}: {text}"))?;
        if status == 200 {
            self.holds_what_it_showed(&shown, &answer).await?;
        }
        self.compare_book().await?;
        self.compare(expected, status, &answer).map_err(|text| format!("completing {body}: {text}"))
    }

    /// The documents of the result are those of the preview: line by line, but for ids, numbers,
    /// and what a payment changes.
    async fn holds_what_it_showed(&self, shown: &Value, done: &Value) -> Result<(), String> {
        if !self.client.get("/openapi.json").await.1["paths"].is_object() {
            // The stand-in has lists only.
            return Ok(());
        }
        let (mut invoices, mut notes) = (0, 0);
        for preview in shown["documents"].as_array().into_iter().flatten() {
            let (kind, place) = match preview["kind"].as_str() {
                Some("invoice") => ("invoices", &mut invoices),
                _ => ("credit-notes", &mut notes),
            };
            let id = &done["result"][kind.replace('-', "_")][*place];
            *place += 1;
            let path = format!("/v1/{kind}/{}", id.as_str().unwrap_or("without-id"));
            let (_, mut issued) = self.client.get(&path).await;
            if issued["issued_on"] != json!(self.world.today.to_string()) {
                return Err(format!("issued today, but dated {}", issued["issued_on"]));
            }
            let mut preview = preview.clone();
            for document in [&mut preview, &mut issued] {
                let told_later = ["id", "url", "number", "status", "amount_due", "credits"];
                let told_later = told_later.into_iter().chain(["issued_on", "due_on"]);
                for field in told_later.chain(["seller", "buyer", "payments"]) {
                    document.as_object_mut().map(|fields| fields.remove(field));
                }
                for line in document["lines"].as_array_mut().into_iter().flatten() {
                    line["subscription"] = Value::Null;
                }
            }
            if preview != issued {
                return Err(format!("shown {preview}, issued {issued}"));
            }
        }
        Ok(())
    }

    /// A checkout that is held while another is opened and its source cancelled, then released.
    async fn hold(&mut self, step: &Step, holder: &Ask, other: &Ask) -> Result<(), String> {
        if !self.offers("/v1/checkouts/{id}/hold").await {
            return Ok(());
        }
        let Some(answers) = self.world.play(step) else {
            return Ok(());
        };
        let body = bodies::ask(&self.world, &self.names, holder);
        let (status, shown) = self.client.post("/v1/checkouts", &body).await;
        self.compare(&answers[0], status, &shown)
            .map_err(|text| format!("opening {body}: {text}"))?;
        let source = shown["source_subscription"].as_str().unwrap_or_default();
        let id = shown["id"].as_str().unwrap_or("without-id");
        let calls = [
            (format!("/v1/checkouts/{id}/hold"), json!({})),
            ("/v1/checkouts".to_owned(), bodies::ask(&self.world, &self.names, other)),
            (format!("/v1/subscriptions/{source}/cancel"), json!({ "when": "now" })),
            (format!("/v1/checkouts/{id}/release"), json!({})),
        ];
        for ((path, body), expected) in calls.iter().zip(&answers[1..]) {
            let (status, answer) = self.client.post(path, body).await;
            self.compare(expected, status, &answer)
                .map_err(|text| format!("{path} {body}: {text}"))?;
        }
        Ok(())
    }

    /// A checkout that is held shortly before midnight and completed or released after it; who
    /// was held is billed then.
    async fn hold_over(&mut self, step: &Step, ask: &Ask) -> Result<(), String> {
        let (today, body) = (self.world.today, bodies::ask(&self.world, &self.names, ask));
        if !self.client.get("/openapi.json").await.1["paths"].is_object() {
            // The stand-in knows days only.
            return Ok(());
        }
        let Some(answers) = self.world.play(step) else {
            return Ok(());
        };
        let late = self.shortly_before(today);
        let (moved, answer) = self.client.post("/v1/test-clock/advance", &late).await;
        let (status, shown) = self.client.post("/v1/checkouts", &body).await;
        self.compare(&answers[0], status, &shown)
            .map_err(|text| format!("opening {body} at {late} ({moved} {answer}): {text}"))?;
        let checkout = format!("/v1/checkouts/{}", shown["id"].as_str().unwrap_or("without-id"));
        let end = match answers.get(1) {
            Some(expected) if expected.status < 300 => Some(("complete", expected)),
            _ => None,
        };
        let mut calls = Vec::new();
        if status == 201 {
            calls.push((format!("{checkout}/hold"), json!({})));
        }
        let midnight = json!({ "to": self.world.today.to_string() });
        calls.push(("/v1/test-clock/advance".to_owned(), midnight));
        match end {
            Some((verb, _)) => {
                calls.push((format!("{checkout}/{verb}"), bodies::paid(ask, &shown)));
            }
            None if status == 201 => calls.push((format!("{checkout}/release"), json!({}))),
            None => {}
        }
        calls.push(("/v1/billing/runs".to_owned(), json!({})));
        let mut done = None;
        for (path, body) in calls {
            let (status, answer) = self.client.post(&path, &body).await;
            if status != 200 {
                return Err(format!("{path} {body} is answered {status} {answer}"));
            }
            if path.ends_with("/complete") {
                self.holds_what_it_showed(&shown, &answer).await?;
                done = Some(answer);
            }
        }
        self.compare_book().await?;
        let (Some((_, expected)), Some(answer)) = (end, done) else {
            return Ok(());
        };
        self.compare(expected, 200, &answer).map_err(|text| format!("completing held: {text}"))
    }

    /// Five minutes before the end of a day where the merchant is.
    fn shortly_before(&self, today: NaiveDate) -> Value {
        let zone: chrono_tz::Tz = self.world.settings.time_zone.parse().expect("a time zone");
        let local = today.and_hms_opt(23, 55, 0).expect("a time");
        let instant = local.and_local_timezone(zone).latest().expect("no gap before midnight");
        json!({ "to": instant.to_utc().to_rfc3339() })
    }

    /// Compares one answer; below 300 the class of the status counts.
    fn compare(&self, expected: &Answer, status: u16, answer: &Value) -> Result<(), String> {
        let is_alike =
            if expected.status < 300 { status / 100 == 2 } else { status == expected.status };
        if !is_alike {
            let (wanted, code) = (expected.status, expected.code);
            return Err(format!("{wanted} {code:?} expected, got {status} {answer}"));
        }
        if let Some(code) = expected.code {
            let told = answer["type"].as_str().unwrap_or_default();
            if !told.ends_with(code) {
                return Err(format!("the problem {code} expected, got {answer}"));
            }
            if answer.get("considered").is_none() {
                return Ok(());
            }
        }
        let plain = self.names.plain(answer);
        fits(&expected.body, &plain)
    }

    /// Compares the whole book, and learns the ids of what is new in it.
    pub(crate) async fn compare_book(&mut self) -> Result<(), String> {
        self.tell_prices().await?;
        let expected = self.world.book();
        let lists = [
            ("/v1/subscriptions", &expected.subs),
            ("/v1/scheduled-changes", &expected.changes),
            ("/v1/price-changes", &expected.raises),
            ("/v1/invoices", &expected.invoices),
            ("/v1/credit-notes", &expected.credits),
        ];
        let mut reals = Vec::new();
        for (path, expected) in lists {
            let real = self.client.list(path).await?;
            if real.len() != expected.len() {
                let (wanted, got) = (expected.len(), real.len());
                let told: Vec<String> =
                    expected.iter().map(|(name, value)| format!("{name} {value}")).collect();
                let came: Vec<String> = real.iter().map(ToString::to_string).collect();
                let (told, came) = (told.join("\n  "), came.join("\n  "));
                return Err(format!("{path}: {wanted} expected:\n  {told}\ngot {got}:\n  {came}"));
            }
            self.names.learn(expected, &real);
            reals.push(real);
        }
        for (name, id) in self.names.subs() {
            self.world.subs[name].id = Some(id);
        }
        for ((path, expected), real) in lists.into_iter().zip(&reals) {
            self.names.compare(expected, real).map_err(|text| format!("{path}: {text}"))?;
        }
        self.compare_balances(&expected.balances).await
    }

    /// Lets the worker tell customers of new prices who are still to be told of them.
    async fn tell_prices(&self) -> Result<(), String> {
        let changes = self.client.list("/v1/price-changes").await?;
        if self.world.is_behind() || changes.iter().all(|it| it["status"] != "telling") {
            return Ok(());
        }
        let today = json!({ "to": self.world.today.to_string() });
        let (status, answer) = self.client.post("/v1/test-clock/advance", &today).await;
        let is_told = status == 200;
        is_told.then_some(()).ok_or_else(|| format!("telling prices: {status} {answer}"))
    }

    /// Compares what every customer has to his credit.
    async fn compare_balances(&self, expected: &[(String, String)]) -> Result<(), String> {
        for customer in self.world.customers.keys() {
            let (_, answer) = self.client.get(&format!("/v1/customers/{customer}")).await;
            let plain = self.names.plain(&answer["credit_balance"]);
            let mut real: Vec<&str> =
                plain.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            real.retain(|it| it.bytes().any(|digit| (b'1'..=b'9').contains(&digit)));
            real.sort_unstable();
            let own = expected.iter().filter(|(whose, _)| whose == customer);
            let mut wanted: Vec<&str> = own.map(|(_, balance)| balance.as_str()).collect();
            wanted.sort_unstable();
            if wanted != real {
                return Err(format!("{customer} has {wanted:?}, got {real:?}"));
            }
        }
        Ok(())
    }
}
