//! Plays a scenario: moves the clock, does what each step says, and compares. What a step may say
//! stands in `script`, how things are compared in `expect`.

use serde_json::{Map, Value, json};

use super::book::{Book, considered};
use super::done::StepResult;
use super::expect::{Mismatch, compare, compare_all};
use super::judge;
use super::script::{Script, ScriptStep};
use super::stage::Play;
use super::{Difference, ScenarioFailure};

/// Plays a scenario to its end or to its first difference, in a book in memory.
///
/// # Errors
/// What did not go as expected.
pub async fn play(script: &Script) -> Result<(), ScenarioFailure> {
    play_in(script, "sqlite::memory:").await
}

/// Plays a scenario in an empty book, which is there afterwards.
///
/// # Errors
/// What did not go as expected.
pub async fn play_in(script: &Script, url: &str) -> Result<(), ScenarioFailure> {
    let mut play = Play::open(script, url).await?;
    for (at, step) in script.steps.iter().enumerate() {
        let went = play.step(step).await;
        went.map_err(|mismatch| difference(Some(at + 1), &doing(step), mismatch))?;
    }
    let ended = play.audit().await;
    play.store.close().await;
    ended.map_err(|mismatch| difference(None, "after all steps", mismatch))
}

fn difference(step: Option<usize>, doing: &str, mismatch: Mismatch) -> ScenarioFailure {
    let Mismatch { place, expected, got } = mismatch;
    let doing = doing.to_owned();
    let place = place.trim_start_matches('/').to_owned();
    ScenarioFailure::Difference(Difference { step, doing, place, expected, got })
}

/// A step in a word or two.
fn doing(step: &ScriptStep) -> String {
    let what = step.actions().first().copied().unwrap_or("on");
    match step.on.as_ref().or(step.advance.as_ref()) {
        Some(on) => format!("{what} {on}"),
        None => what.to_owned(),
    }
}

impl Play {
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

    async fn compare_shown(
        &self,
        expected: &Map<String, Value>,
        done: &StepResult,
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
            "messages",
            "runs",
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
        if let Some(wanted) = expected.get("messages") {
            compare("messages", wanted, &Value::Array(self.messages(customer).await))?;
        }
        if let Some(wanted) = expected.get("runs") {
            compare("runs", wanted, &Value::Array(self.runs(customer).await))?;
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
