//! What a step does with carts and orders, and what these get, in the words of a scenario: of carts
//! and orders the same.

use serde_json::{Map, Value, json};

use super::done::StepResult;
use super::expect::{Mismatch, mismatch};
use super::script::{OrderNews, ScriptStep, UpsellAct, UpsellOf, UpsellStep};
use super::stage::Play;

/// What of an order reads in a scenario as in the API.
const OF_ORDER: [&str; 13] = [
    "status",
    "lines",
    "gifts",
    "gifts_left_out",
    "net",
    "discount",
    "total",
    "paid",
    "refunded",
    "placed_at",
    "paid_at",
    "delivered_at",
    "cancelled_at",
];

impl Play {
    /// Does what a step says of carts and orders; none where it says nothing of them.
    pub(super) async fn shop(&mut self, step: &ScriptStep) -> Result<Option<StepResult>, Mismatch> {
        if let Some(body) = &step.cart {
            let answer = self.client.post("/v1/carts/evaluate", &Value::Object(body.clone())).await;
            return Ok(Some(StepResult::bought(body, answer, evaluated)));
        }
        if let Some(body) = &step.order {
            let answer = self.client.post("/v1/orders", &Value::Object(body.clone())).await;
            if let Some(id) = answer.body["id"].as_str().filter(|_| answer.is_fine()) {
                self.order = Some(id.to_owned());
            }
            return Ok(Some(StepResult::bought(body, answer, placed)));
        }
        for (verb, news) in [
            ("paid", &step.paid),
            ("delivered", &step.delivered),
            ("cancelled", &step.cancelled),
            ("refunded", &step.refunded),
        ] {
            if let Some(news) = news {
                return self.tell(verb, news).await.map(Some);
            }
        }
        match &step.upsell {
            Some(upsell) => self.upsell(upsell).await.map(Some),
            None => Ok(None),
        }
    }

    /// Tells what has happened to an order.
    async fn tell(&self, verb: &str, news: &OrderNews) -> Result<StepResult, Mismatch> {
        let id = self.placed_last(news.order.as_ref(), verb)?;
        let said = [
            ("at", news.at.as_ref().map(|at| json!(at))),
            ("amount", news.amount.clone()),
            ("event_id", news.event_id.as_ref().map(|event| json!(event))),
        ];
        let said = said.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let body = Value::Object(said.collect());
        let answer = self.client.post(&format!("/v1/orders/{id}/{verb}"), &body).await;
        Ok(StepResult::bought(&Map::new(), answer, placed))
    }

    /// Asks what is offered after an order, or answers it.
    async fn upsell(&mut self, step: &UpsellStep) -> Result<StepResult, Mismatch> {
        let of = match step {
            UpsellStep::Word(act) => UpsellOf { order: None, act: *act, unit_net: None },
            UpsellStep::Of(of) => of.clone(),
        };
        let id = self.placed_last(of.order.as_ref(), "upsell")?;
        let path = format!("/v1/orders/{id}/upsell");
        let answer = match of.act {
            UpsellAct::Look => self.client.get(&path).await,
            UpsellAct::Ask => self.client.post(&path, &json!({})).await,
            UpsellAct::Accept => {
                let body = of.unit_net.map_or_else(|| json!({}), |net| json!({"unit_net": net}));
                self.client.post(&format!("{path}/accept"), &body).await
            }
            UpsellAct::Decline => self.client.post(&format!("{path}/decline"), &json!({})).await,
        };
        // The checkout that it leads to is the one that is completed next.
        if let Some(checkout) = answer.body["checkout"]["id"].as_str() {
            self.checkout = Some(checkout.to_owned());
        }
        Ok(StepResult::bought(&Map::new(), answer, offered))
    }

    fn placed_last(&self, named: Option<&String>, place: &str) -> Result<String, Mismatch> {
        let none = || mismatch(place, "an order that was placed before", "there is none");
        named.or(self.order.as_ref()).cloned().ok_or_else(none)
    }
}

/// What an order got, and how it stands.
pub(super) fn placed(order: &Value) -> Map<String, Value> {
    let mut got = of(order, &OF_ORDER);
    let earned = list(&order["promotions"]).cloned().map(|mut it| {
        it["state"] = json!("earned");
        it
    });
    got.insert("promotions".to_owned(), earned.collect());
    got
}

/// What a cart gets.
fn evaluated(cart: &Value) -> Map<String, Value> {
    let given = |name: &'static str| {
        list(&cart["gifts"]).flat_map(move |rule| {
            list(&rule[name]).map(|item| {
                json!({
                    "rule": rule["rule"], "times": rule["times"], "product": item["product"],
                    "quantity": item["quantity"], "price": item["price"],
                })
            })
        })
    };
    let mut got = of(cart, &["promotions", "considered"]);
    got.insert("gifts".to_owned(), given("items").collect());
    got.insert("choices".to_owned(), given("choices").collect());
    got
}

/// What is offered after an order.
fn offered(upsell: &Value) -> Map<String, Value> {
    of(upsell, &["state", "offer", "considered", "expires_at"])
}

fn of(value: &Value, names: &[&str]) -> Map<String, Value> {
    names.iter().map(|name| ((*name).to_owned(), value[*name].clone())).collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
