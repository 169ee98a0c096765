//! Plays a scenario: moves the clock, does what each step says, and compares. What a step may say
//! stands in `script`, how things are compared in `expect`.

use serde_json::{Map, Value, json};

use crate::app::access::DEFAULT_MERCHANT;
use crate::app::start::Start;
use crate::app::test_clock::Moment;
use crate::app::{App, AppError};
use crate::cli::catalogue::{self, CatalogueFile};
use crate::domain::fault::Fault;
use crate::domain::ids::MerchantId;
use crate::domain::webhook::Reach;
use crate::server;
use crate::store::Store;

use super::book::{Book, IssuedPapers, considered};
use super::client::Client;
use super::done::Done;
use super::expect::{Mismatch, compare, compare_all, mismatch};
use super::judge::{self, problem};
use super::script::{Script, ScriptStep, Worker};
use super::{Difference, Trouble};

/// The key that opens the book in memory.
const KEY: &str = "cg_scenario_0123456789abcdefghjkmnpqrstv";

/// A scenario under way.
pub(super) struct Play {
    store: Store,
    app: App,
    pub(super) client: Client,
    restarts: u8,
    /// The last event that was looked at.
    last_event: Option<String>,
    /// The customer of the last step that had one.
    pub(super) customer: Option<String>,
    /// The checkout that was opened last.
    pub(super) checkout: Option<String>,
    /// The invoice that was issued last.
    pub(super) invoice: Option<String>,
    /// How many payments were made, for their references.
    pub(super) payments: u32,
}

/// Plays a scenario to its end or to its first difference, in a book in memory.
///
/// # Errors
/// What did not go as expected.
pub async fn play(script: &Script) -> Result<(), Trouble> {
    play_in(script, "sqlite::memory:").await
}

/// Plays a scenario in an empty book, which is there afterwards.
///
/// # Errors
/// What did not go as expected.
pub async fn play_in(script: &Script, url: &str) -> Result<(), Trouble> {
    let mut play = Play::open(script, url).await?;
    for (at, step) in script.steps.iter().enumerate() {
        let went = play.step(step).await;
        went.map_err(|mismatch| difference(Some(at + 1), &doing(step), mismatch))?;
    }
    let ended = play.audit().await;
    play.store.close().await;
    ended.map_err(|mismatch| difference(None, "after all steps", mismatch))
}

fn difference(step: Option<usize>, doing: &str, mismatch: Mismatch) -> Trouble {
    let Mismatch { place, expected, got } = mismatch;
    let doing = doing.to_owned();
    let place = place.trim_start_matches('/').to_owned();
    Trouble::Difference(Difference { step, doing, place, expected, got })
}

/// A step in a word or two.
fn doing(step: &ScriptStep) -> String {
    let what = step.actions().first().copied().unwrap_or("on");
    match step.on.as_ref().or(step.advance.as_ref()) {
        Some(on) => format!("{what} {on}"),
        None => what.to_owned(),
    }
}

fn broken(error: &dyn std::fmt::Display) -> Trouble {
    Trouble::Unreadable(vec![error.to_string()])
}

impl Play {
    /// A fresh book with the scenario's catalogue, on its first day.
    async fn open(script: &Script, url: &str) -> Result<Self, Trouble> {
        let store = Store::open(url).await.map_err(|error| broken(&error))?;
        store.migrate().await.map_err(|error| broken(&error))?;
        let (app, client) = start(&store, &script.start, 0).await.map_err(|e| broken(&e))?;
        app.bootstrap(Some(KEY)).await.map_err(|error| broken(&error))?;
        let mut play = Self {
            store,
            app,
            client,
            restarts: 0,
            last_event: None,
            customer: None,
            checkout: None,
            invoice: None,
            payments: 0,
        };
        let read = catalogue::read_sections(&script.catalogue()).map_err(|e| broken(&e))?;
        play.import(read).await.map_err(Trouble::Catalogue)?;
        let (_, last) = Book(&play.client).issued_since(None).await;
        play.last_event = last;
        Ok(play)
    }

    /// Reads a catalogue, or a change of it; every fault in a line.
    pub(super) async fn import(&self, file: CatalogueFile) -> Result<(), Vec<String>> {
        let told = |faults: Vec<Fault>| -> Vec<String> {
            faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.detail)).collect()
        };
        if !file.faults.is_empty() {
            return Err(told(file.faults));
        }
        let merchant = MerchantId::parse(DEFAULT_MERCHANT).map_err(|bad| vec![bad.to_string()])?;
        match self.app.import(&merchant, file.draft, |_| ()).await {
            Ok(_) => Ok(()),
            Err(AppError::Invalid(faults)) => Err(told(faults)),
            Err(error) => Err(vec![error.to_string()]),
        }
    }

    /// The documents issued since they were looked at last.
    async fn issued(&mut self) -> IssuedPapers {
        let (issued, last) = Book(&self.client).issued_since(self.last_event.as_deref()).await;
        self.last_event = last;
        let mut all = issued.iter();
        if let Some((id, _)) = all.rfind(|(_, document)| document["kind"] == "invoice") {
            self.invoice = Some(id.clone());
        }
        issued
    }

    async fn step(&mut self, step: &ScriptStep) -> Result<(), Mismatch> {
        let run = self.move_to(step).await?;
        let way = self.issued().await;
        let mut done = self.act(step).await?;
        done.run = done.run.or(run);
        let acted = self.issued().await;
        if done.customer.is_some() {
            self.customer.clone_from(&done.customer);
        }
        let nothing = Map::new();
        let expected = step.expect.as_ref().unwrap_or(&nothing);
        judge::refusal(expected, &done)?;
        let is_movement = step.actions().is_empty() || step.advance.is_some();
        let (own, catch_up) = if is_movement {
            (way.into_iter().chain(acted).map(|(_, document)| document).collect(), Vec::new())
        } else {
            judge::split(way, acted, &done)
        };
        judge::documents(expected, &done, &own, &catch_up)?;
        self.compare_shown(expected, &done).await?;
        self.compare_customer(expected).await
    }

    /// Moves the clock to the date of a step.
    async fn move_to(&mut self, step: &ScriptStep) -> Result<Option<Value>, Mismatch> {
        let Some(to) = step.on.as_ref().or(step.advance.as_ref()) else {
            return Ok(None);
        };
        if step.worker == Worker::Behind {
            self.restarts = self.restarts.saturating_add(1);
            let refused = |error: String| mismatch("on", "a later date", &error);
            let (app, client) = start(&self.store, to, self.restarts).await.map_err(refused)?;
            (self.app, self.client) = (app, client);
            return Ok(None);
        }
        let mut run = None;
        // A step may say `on`, and then advance from there.
        for to in [step.on.as_ref(), step.advance.as_ref()].into_iter().flatten() {
            let answer = self.client.post("/v1/test-clock/advance", &json!({ "to": to })).await;
            if !answer.is_fine() {
                return Err(mismatch("on", "a later date", &problem(&answer.body)));
            }
            run = Some(answer.body);
        }
        Ok(run)
    }

    async fn compare_shown(
        &self,
        expected: &Map<String, Value>,
        done: &Done,
    ) -> Result<(), Mismatch> {
        let book = Book(&self.client);
        let customer = self.customer.as_deref().unwrap_or_default();
        let mut facts = match &done.shown {
            Some(shown) => book.shown(customer, shown).await,
            None => Map::new(),
        };
        facts.extend(done.got.clone().unwrap_or_default());
        if let Some(refused) = &done.refused {
            let offers = book.offers(customer).await;
            facts.insert("considered".to_owned(), considered(&refused["considered"], &offers));
        }
        if let Some(run) = &done.run {
            facts.insert("run".to_owned(), run.clone());
        }
        let elsewhere = [
            "documents",
            "catch_up",
            "rejected",
            "customer",
            "subscriptions",
            "changes",
            "invoices",
            "balance",
        ];
        for (name, wanted) in
            expected.iter().filter(|(name, _)| !elsewhere.contains(&name.as_str()))
        {
            let got = facts.get(name).unwrap_or(&Value::Null);
            if name == "considered" {
                let got = got.as_array().cloned().unwrap_or_default();
                compare_all(name, wanted, &got, |_| true)?;
            } else {
                compare(name, wanted, got)?;
            }
        }
        Ok(())
    }

    async fn compare_customer(&self, expected: &Map<String, Value>) -> Result<(), Mismatch> {
        let named = expected.get("customer").and_then(Value::as_str);
        let customer = named.or(self.customer.as_deref()).unwrap_or_default();
        let book = Book(&self.client);
        if let Some(wanted) = expected.get("subscriptions") {
            let got = book.subscriptions(customer).await;
            compare_all("subscriptions", wanted, &got, |one| one["status"] == "active")?;
        }
        if let Some(wanted) = expected.get("changes") {
            let got = book.changes(customer).await;
            compare_all("changes", wanted, &got, |one| one["status"] == "pending")?;
        }
        if let Some(wanted) = expected.get("invoices") {
            let got = book.invoices(customer).await;
            compare_all("invoices", wanted, &got, |_| false)?;
        }
        if let Some(wanted) = expected.get("balance") {
            compare("balance", wanted, &book.balance(customer).await)?;
        }
        Ok(())
    }

    /// The book must be sound, where the server can say so.
    async fn audit(&self) -> Result<(), Mismatch> {
        let answer = self.client.get("/v1/audit").await;
        if answer.status == 404 || answer.body["ok"] == json!(true) {
            return Ok(());
        }
        Err(Mismatch::new("audit", &Value::from("a sound book"), &answer.body["faults"]))
    }
}

/// The engine on a store, from a date on, and its routes.
async fn start(store: &Store, from: &str, restarts: u8) -> Result<(App, Client), String> {
    let moment = Moment::parse(from);
    let moment = moment.ok_or_else(|| format!("'{from}' is neither a date nor an instant"))?;
    let start = Start {
        test_clock: Some(moment),
        // Another sequence of ids after each restart.
        seed: [restarts; 32],
        public_url: "http://scenario.invalid".to_owned(),
        reach: Reach::Public,
    };
    let app = App::start(store.clone(), start).await.map_err(|error| error.to_string())?;
    let router = server::serve_router(app.clone(), server::ServerOptions::default());
    Ok((app, Client::new(router, KEY)))
}
