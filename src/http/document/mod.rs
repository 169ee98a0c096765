//! The OpenAPI document as it is published: what the handlers say, brought once and for all of
//! them into the shape that validators, linters and generators of clients take.
//!
//! `schemas` names what is sent and answered, `answers` completes the operations, `examples` shows
//! one of each. Who may do what is said by `describe`, what is particular stands with its handler.

use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

mod answers;
mod examples;
mod schemas;

/// The methods that an operation can have here.
const METHODS: [&str; 4] = ["get", "put", "post", "delete"];

/// What the groups of operations are about. A test fails on a group that has no row.
const GROUPS: [(&str, &str); 17] = [
    ("audit", "Whether the whole book is sound."),
    ("automations", "What happens by itself when something has happened."),
    ("billing", "Runs that book what is due."),
    ("campaigns", "Discounts, gifts and recommendations, and who is granted them."),
    ("catalogue", "What is sold: tags, taxes, products and offers."),
    ("checkouts", "Buying an offer, by itself or as a change of what runs."),
    ("customers", "Who buys, what they can change to, and what they are owed."),
    ("documents", "Invoices and credit notes, and how they are paid."),
    ("events", "The record of everything that happened, and who is told."),
    ("health", "Whether the server runs and can work."),
    ("merchant", "Settings, keys and merchants."),
    ("messages", "What customers are written."),
    ("orders", "Carts and orders of more than one thing."),
    ("paths", "The rules of up- and down-selling, and the graph that they span."),
    ("subscriptions", "Running contracts, and the changes that wait for them."),
    ("test clock", "The simulated clock of a test book."),
    ("webhooks", "What endpoints are called with."),
];

/// The document in its published shape.
pub(crate) fn publish(document: &OpenApi) -> Value {
    let mut document = json!(document);
    document["servers"] = json!([{ "url": "/", "description": "This server." }]);
    schemas::name_events(&mut document);
    schemas::refer(&mut document);
    schemas::open(&mut document);
    schemas::demand(&mut document);
    answers::complete(&mut document);
    examples::show(&mut document);
    document["tags"] = groups(&document);
    document
}

/// The groups that the operations name, each with what it is about.
fn groups(document: &Value) -> Value {
    let named = |group: &str| {
        let mut all = operations(document, "paths").chain(operations(document, "webhooks"));
        all.any(|(_, _, operation)| operation["tags"][0] == group)
    };
    let used = GROUPS.iter().filter(|(name, _)| named(name));
    used.map(|(name, about)| json!({ "name": name, "description": about })).collect()
}

/// Every operation below `place` with its path and its method.
fn operations<'d>(
    document: &'d Value,
    place: &str,
) -> impl Iterator<Item = (&'d str, &'static str, &'d Value)> {
    members(&document[place]).flat_map(|(path, item)| {
        let found = METHODS.into_iter().filter_map(|method| Some((method, item.get(method)?)));
        found.map(move |(method, operation)| (path, method, operation))
    })
}

/// The same to be changed.
fn operations_mut<'d>(
    document: &'d mut Value,
    place: &str,
) -> impl Iterator<Item = (String, &'static str, &'d mut Value)> {
    let items = document.get_mut(place).and_then(Value::as_object_mut);
    items.into_iter().flatten().flat_map(|(path, item)| {
        let members = item.as_object_mut().into_iter().flatten();
        members.filter_map(|(name, operation)| {
            let method = METHODS.into_iter().find(|method| method == name)?;
            Some((path.clone(), method, operation))
        })
    })
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members: Option<&Map<String, Value>> = value.as_object();
    members.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

/// A reference to a component.
fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

/// The name of the schema that is referred to.
fn referred(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}

#[cfg(test)]
mod tests;
