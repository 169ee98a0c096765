//! What a scenario is played on: a book, its server, and what was done last.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::app::access::DEFAULT_MERCHANT;
use crate::app::channels::SentMail;
use crate::app::start::Start;
use crate::app::test_clock::ClockTarget;
use crate::app::{App, AppError};
use crate::cli::catalogue::{self, CatalogueFile};
use crate::domain::fault::Fault;
use crate::domain::ids::MerchantId;
use crate::domain::webhook::{Attempt, EndpointReach};
use crate::gateway::memory::Memory;
use crate::server;
use crate::store::Store;

use super::ScenarioFailure;
use super::book::{Book, IssuedPapers};
use super::client::Client;
use super::expect::{Mismatch, mismatch};
use super::judge::problem;
use super::script::{Script, ScriptStep, Worker};

/// The key that opens the book in memory.
const KEY: &str = "cg_scenario_0123456789abcdefghjkmnpqrstv";

/// A scenario under way.
pub(super) struct Play {
    pub(super) store: Store,
    app: App,
    pub(super) client: Client,
    restarts: u8,
    /// The last event that was looked at.
    last_event: Option<String>,
    /// The customer of the last step that had one.
    pub(super) customer: Option<String>,
    /// The checkout that was opened last.
    pub(super) checkout: Option<String>,
    /// The order that was placed last.
    pub(super) order: Option<String>,
    /// The invoice that was issued last.
    pub(super) invoice: Option<String>,
    /// How many payments were made, for their references.
    pub(super) payments: u32,
    /// How much was told of messages, likewise.
    pub(super) told: u32,
}

impl Play {
    /// A fresh book with the scenario's catalogue, on its first day.
    pub(super) async fn open(script: &Script, url: &str) -> Result<Self, ScenarioFailure> {
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
            order: None,
            invoice: None,
            payments: 0,
            told: 0,
        };
        let read = catalogue::read_sections(&script.catalogue()).map_err(|e| broken(&e))?;
        play.import(read).await.map_err(ScenarioFailure::Catalogue)?;
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

    /// The mails that were sent.
    pub(super) fn sent_mails(&self) -> Vec<SentMail> {
        self.app.sent_mails()
    }

    /// The documents issued since they were looked at last.
    pub(super) async fn issued(&mut self) -> IssuedPapers {
        let (issued, last) = Book(&self.client).issued_since(self.last_event.as_deref()).await;
        self.last_event = last;
        let mut all = issued.iter();
        if let Some((id, _)) = all.rfind(|(_, document)| document["kind"] == "invoice") {
            self.invoice = Some(id.clone());
        }
        issued
    }

    /// Moves the clock to the date of a step.
    pub(super) async fn move_to(&mut self, step: &ScriptStep) -> Result<Option<Value>, Mismatch> {
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
}

/// The engine on a store, from a date on, and its routes.
async fn start(store: &Store, from: &str, restarts: u8) -> Result<(App, Client), String> {
    let moment = ClockTarget::parse(from);
    let moment = moment.ok_or_else(|| format!("'{from}' is neither a date nor an instant"))?;
    let start = Start {
        test_clock: Some(moment),
        // Another sequence of ids after each restart.
        seed: [restarts; 32],
        public_url: "http://scenario.invalid".to_owned(),
        reach: EndpointReach::Public,
    };
    let app = App::start(store.clone(), start).await.map_err(|error| error.to_string())?;
    // Mails are kept, and no endpoint is called.
    app.send_through(Arc::new(Memory::answering(|_| Attempt::Answered(204, None))));
    app.keep_mails();
    let router = server::serve_router(app.clone(), server::ServerOptions::default());
    Ok((app, Client::new(router, KEY)))
}

fn broken(error: &dyn std::fmt::Display) -> ScenarioFailure {
    ScenarioFailure::Unreadable(vec![error.to_string()])
}
