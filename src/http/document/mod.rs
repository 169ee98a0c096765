//! The OpenAPI document as it is published: what the handlers say, brought once and for all of
//! them into the shape that validators, linters and generators of clients take.
//!
//! `schemas` names what is sent and answered, `answers` completes the operations, `examples` shows
//! one of each. Who may do what is said by `describe`, what is particular stands with its handler.

use serde_json::{Value, json};
use utoipa::openapi::OpenApi;

mod answers;
mod examples;
mod schemas;
mod walk;

use walk::operations;

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
    ("subscriptions", "What customers have, and the changes that wait for them."),
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
    answers::describe_members(&mut document);
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

#[cfg(test)]
mod tests;
