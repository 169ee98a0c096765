//! What the record of events tells: each as the document says, and together all that a listener
//! needs to know how everything stands.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::client::Client;
use crate::webhooks::schemas::Schemas;

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(Schemas::of_document);

/// Reads the record as a listener does, and compares what it has learned with the book.
pub(crate) async fn compare(client: &Client) -> Result<(), String> {
    let events = client.list("/v1/events").await?;
    let mut last = BTreeMap::new();
    for event in &events {
        if let Some(fault) = SCHEMAS.faults(event).first() {
            return Err(format!("{event} is not as the document says: {fault}"));
        }
        let (noun, verb) = text(&event["type"]).split_once('.').unwrap_or_default();
        // A bounced payment is told of the invoice, and says nothing of how that stands; nor does
        // what is said of one that is not paid in time, or of a subscription's next price.
        let aside = matches!(verb, "overdue" | "reminder_due") || verb.starts_with("price_");
        if noun != "payment" && !aside {
            last.insert(text(&event["subject"]), (verb, &event["data"]));
        }
    }
    let lists = [
        ("/v1/subscriptions", &SUBSCRIPTION[..]),
        ("/v1/scheduled-changes", &CHANGE[..]),
        ("/v1/invoices", &["due_on"][..]),
        ("/v1/credit-notes", &["credits", "gross"][..]),
    ];
    for (path, fields) in lists {
        for thing in client.list(path).await? {
            let Some((verb, data)) = last.get(text(&thing["id"])) else {
                return Err(format!("{path}: nothing was ever told of {thing}"));
            };
            let differs = fields.iter().find(|field| thing[**field] != data[**field]);
            let (told, stands) = (stands_after(path, verb), text(&thing["status"]));
            if differs.is_some() || told.is_some_and(|told| told != stands) {
                return Err(format!("{path}: last told was {verb} {data}, but it is {thing}"));
            }
        }
    }
    Ok(())
}

const SUBSCRIPTION: [&str; 7] =
    ["offer", "started_on", "ended_on", "cancel_on", "precursor_id", "successor_id", "parent_id"];

const CHANGE: [&str; 7] = [
    "subscription",
    "target_offer",
    "path",
    "mode",
    "effective_on",
    "reason",
    "result_subscription",
];

/// The status of a thing of which this was told last.
fn stands_after<'v>(path: &str, verb: &'v str) -> Option<&'v str> {
    match (path, verb) {
        ("/v1/subscriptions", "ended") => Some("ended"),
        ("/v1/subscriptions", _) => Some("active"),
        ("/v1/scheduled-changes", "moved") => Some("pending"),
        ("/v1/invoices", "issued" | "reopened") => Some("open"),
        ("/v1/scheduled-changes" | "/v1/invoices", verb) => Some(verb),
        _ => None,
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
