//! What is sent to define something: read as the draft that a rule judges, so that what the schema
//! and what the rule find wrong are told together.
//!
//! What fits is for `schema` and for the rules; whether it is stored is for the handlers.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::fault::Fault;
use crate::edge::extract::deserialized;
use crate::edge::problem::{FieldError, Problem};
use crate::edge::schema::BodySchema;
use crate::rules::definitions::{Sent, overlap};

/// A body with the schema of `B`, which is that of the draft itself where it is not a part of it.
#[derive(Debug)]
pub struct Draft<D, B = D> {
    sent: Sent<D>,
    of: PhantomData<B>,
}

impl<D, B> Draft<D, B> {
    /// What was sent, with what the schema finds wrong with it, to be decided.
    pub fn sent(self) -> Sent<D> {
        self.sent
    }

    /// The draft, if neither the schema nor `judge` finds anything wrong with it.
    ///
    /// # Errors
    /// A 422 with everything that is wrong.
    pub fn judged<T>(self, judge: impl FnOnce(&D) -> Result<T, Vec<Fault>>) -> Result<D, Problem> {
        self.sent.decide(judge)?;
        Ok(self.sent.draft)
    }
}

impl<D, B> Draft<D, B>
where
    B: ToSchema + 'static,
    D: DeserializeOwned,
{
    /// A body, as JSON.
    ///
    /// # Errors
    /// A 422 where nothing of it can be read.
    pub fn of(value: Value) -> Result<Self, Problem> {
        Self::with_faults(value, Vec::new())
    }

    /// The same with what was found wrong with it there already.
    ///
    /// # Errors
    /// A 422 where nothing of it can be read.
    pub fn with_faults(value: Value, known: Vec<FieldError>) -> Result<Self, Problem> {
        let found = BodySchema::of_body::<B>()?.faults(&value).into_iter();
        let is_new =
            |fault: &FieldError| !known.iter().any(|it| overlap(&it.pointer, &fault.pointer));
        let found: Vec<FieldError> = found.filter(is_new).collect();
        Self::found(value, known.into_iter().chain(found).collect())
    }

    fn found(mut value: Value, faults: Vec<FieldError>) -> Result<Self, Problem> {
        for fault in &faults {
            take_out(&mut value, &fault.pointer);
        }
        let sent = match deserialized(value) {
            Ok(sent) => sent,
            Err(problem) if faults.is_empty() => return Err(problem),
            Err(_) => return Err(Problem::invalid(faults)),
        };
        let faults = faults.into_iter().map(Fault::from);
        Ok(Self { sent: Sent { draft: sent, faults: faults.collect() }, of: PhantomData })
    }
}

/// Removes what is at a pointer; an element of a list leaves a blank, so that those behind it
/// keep their places.
pub(crate) fn take_out(value: &mut Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else {
        return;
    };
    match value.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.remove(&last.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(elements)) => {
            let element = last.parse::<usize>().ok().and_then(|place| elements.get_mut(place));
            if let Some(element) = element {
                *element = Value::String(String::new());
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalogue::ProductOutline;
    use crate::domain::ids::ProductId;
    use crate::rules::definitions::CatalogueFacts;
    use crate::rules::definitions::offers::{OfferDraft, decide_offer};
    use serde_json::json;

    #[test]
    fn faults_of_the_schema_and_of_the_rule_are_told_together() {
        let body = json!({
            "titel": "x", "products": ["no such", 7], "tags": ["a b", "gone"],
            "price": {"amount": "-1", "currency": "EUR"}, "billing_period": "1M",
        });
        let draft = Draft::<OfferDraft>::of(body).unwrap();
        let id = crate::domain::ids::OfferId::stored("o".to_owned());
        let mut facts = CatalogueFacts::default();
        facts.products.insert(ProductId::stored("paper".to_owned()), ProductOutline::default());
        let problem = draft.judged(|draft| decide_offer(id, draft, &facts)).unwrap_err();
        let places: Vec<_> = problem.errors.iter().map(|error| error.pointer.as_str()).collect();
        let wanted = [
            "/billing_period",
            "/price/amount",
            "/products/0",
            "/products/1",
            "/tags/0",
            "/tags/1",
            "/titel",
            "/title",
        ];
        assert_eq!(places, wanted);
    }
}
