//! What came of a step of a scenario.

use serde_json::{Map, Value};

use super::client::Reply;

/// What came of a step.
#[derive(Debug, Default)]
pub(super) struct StepResult {
    /// Whose step it was.
    pub(super) customer: Option<String>,
    /// The problem with which it was refused.
    pub(super) refused: Option<Value>,
    /// What the checkout showed.
    pub(super) shown: Option<Value>,
    /// Whether the checkout was completed.
    pub(super) is_completed: bool,
    /// What completing it led to.
    pub(super) result: Option<Value>,
    /// What an order, or a cart, gets.
    pub(super) got: Option<Map<String, Value>>,
    /// What a billing run came to.
    pub(super) run: Option<Value>,
}

impl StepResult {
    pub(super) fn by(customer: &str) -> Self {
        Self { customer: Some(customer.to_owned()), ..Self::default() }
    }

    /// What came of an order or a cart as it was said.
    pub(super) fn bought(
        said: &Map<String, Value>,
        answer: Reply,
        got: fn(&Value) -> Map<String, Value>,
    ) -> Self {
        let got = answer.is_fine().then(|| got(&answer.body));
        let customer = said.get("customer").and_then(Value::as_str).map(str::to_owned);
        Self { customer, got, ..Self::default() }.after(answer)
    }

    /// What came of a price change.
    pub(super) fn decided(answer: Reply) -> Self {
        let told = |change: &Value| {
            let mut told = change.clone();
            for name in ["pending", "applied", "withdrawn", "superseded", "dropped"] {
                told[name] = change["counts"][name].clone();
            }
            Map::from_iter([("price_change".to_owned(), told)])
        };
        let got = answer.is_fine().then(|| told(&answer.body));
        Self { got, ..Self::default() }.after(answer)
    }

    pub(super) fn after(mut self, answer: Reply) -> Self {
        if !answer.is_fine() {
            self.refused = Some(answer.body);
        }
        self
    }
}
