//! Automations in the words of a scenario: set live, started by what is delivered, told of by
//! providers, and reported. Mails are kept in a mailbox.

use serde_json::{Map, Value, json};

use super::done::StepResult;
use super::expect::{Mismatch, mismatch};
use super::script::{DeliverStep, MessageStep, ReportStep, ScriptStep, TurnStep};
use super::stage::Play;

impl Play {
    /// Does what a step says of automations; nothing where it says nothing of them.
    pub(super) async fn automate(
        &mut self,
        step: &ScriptStep,
    ) -> Result<Option<StepResult>, Mismatch> {
        if let Some(TurnStep { id, turn }) = &step.automation {
            let path = format!("/v1/automations/{id}/{turn}");
            let answer = self.client.post(&path, &json!({})).await;
            return Ok(Some(StepResult::default().after(answer)));
        }
        if let Some(deliver) = &step.deliver {
            return Ok(Some(self.deliver(deliver).await));
        }
        if let Some(told) = &step.message {
            return self.tell_of_message(told).await.map(Some);
        }
        let Some(ReportStep { automation, as_of }) = &step.report else { return Ok(None) };
        let mut path = format!("/v1/automations/{automation}/report");
        if let Some(as_of) = as_of {
            path = format!("{path}?as_of={as_of}");
        }
        let answer = self.client.get(&path).await;
        let facts = Map::from_iter([("report".to_owned(), answer.body.clone())]);
        let got = answer.is_fine().then_some(facts);
        Ok(Some(StepResult { got, ..StepResult::default() }.after(answer)))
    }

    async fn deliver(&self, DeliverStep { order, at, pay }: &DeliverStep) -> StepResult {
        let path = format!("/v1/orders/{order}");
        let found = self.client.get(&path).await;
        let customer = found.body["customer"].as_str().map(str::to_owned);
        let result = StepResult { customer, ..StepResult::default() };
        let body = at.as_ref().map_or_else(|| json!({}), |at| json!({ "at": at }));
        let names = ["paid", "delivered"].into_iter().filter(|name| *pay || *name != "paid");
        for name in names {
            let answer = self.client.post(&format!("{path}/{name}"), &body).await;
            if !answer.is_fine() {
                return result.after(answer);
            }
        }
        result
    }

    async fn tell_of_message(&mut self, told: &MessageStep) -> Result<StepResult, Mismatch> {
        let none = || mismatch("message", "a customer", "none is named");
        let customer = told.customer.clone().or_else(|| self.customer.clone()).ok_or_else(none)?;
        let filter = format!("&customer={customer}&step={}", told.step);
        let found = self.client.list("/v1/messages", &filter).await;
        let id = found.last().and_then(|message| message["id"].as_str());
        let none = || mismatch("message", "a message of this step", "there is none");
        let id = id.ok_or_else(none)?;
        let at = match &told.at {
            Some(at) => json!(at),
            None => self.client.get("/v1/test-clock").await.body["now"].clone(),
        };
        self.told += 1;
        let body =
            json!({ "event_id": format!("told-{}", self.told), "kind": told.kind, "at": at });
        let answer = self.client.post(&format!("/v1/messages/{id}/events"), &body).await;
        Ok(StepResult::by(&customer).after(answer))
    }

    /// The messages to a customer, with what those say that were sent.
    pub(super) async fn messages(&self, customer: &str) -> Vec<Value> {
        let filter = format!("&customer={customer}");
        let mut found = self.client.list("/v1/messages", &filter).await;
        let mails = self.sent_mails();
        for message in &mut found {
            let mail = mails.iter().find(|mail| message["id"] == *mail.id);
            if let Some(mail) = mail {
                message["subject"] = json!(mail.subject);
                message["to"] = json!(mail.to);
            }
        }
        found
    }

    /// The ways of a customer through automations, with the automation of each.
    pub(super) async fn runs(&self, customer: &str) -> Vec<Value> {
        let mut all = Vec::new();
        for automation in self.client.list("/v1/automations", "").await {
            let id = automation["id"].as_str().unwrap_or_default();
            let path = format!("/v1/automations/{id}/runs");
            for mut run in self.client.list(&path, &format!("&customer={customer}")).await {
                run["automation"] = automation["id"].clone();
                all.push(run);
            }
        }
        all
    }
}
