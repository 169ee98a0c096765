//! Examples: one of what each operation is sent and answers, made from the schemas, so that it
//! fits them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::walk::{members, operations_mut, referred};

/// How deep an example goes before what may be null is null, and a list is empty.
const DEPTH_MAX: usize = 5;

/// What the texts of fields are, by the field's name, where the schema has no example of its own.
const TEXTS: [(&str, &str); 37] = [
    ("address", "12 Byron Row, London"),
    ("anchor_day", "31"),
    ("code", "shadowed"),
    ("country", "GB"),
    ("credits", "inv_01JH7Z5D6W"),
    ("customer", "ada"),
    ("description", "The Paper, monthly"),
    ("detail", "What it is about, in a sentence."),
    ("document", "inv_01JH7Z5D6W"),
    ("documents", "inv_01JH7Z5D6W"),
    ("email", "ada@example.com"),
    ("event", "evt_01JH7Z5D6W"),
    ("events", "invoice.paid"),
    ("group", "readers"),
    ("invoice", "inv_01JH7Z5D6W"),
    ("invoices", "inv_01JH7Z5D6W"),
    ("credit_notes", "crn_01JH7Z5D6W"),
    ("key", "cg_live_5f0c9a41"),
    ("label", "shop"),
    ("locale", "en"),
    ("name", "Ada"),
    ("next_cursor", "q83vEmFkYQ"),
    ("number", "2026-0001"),
    ("offer", "month"),
    ("parent_id", "sub_01JH7Z5D6W"),
    ("path", "month-to-year"),
    ("paths", "month-to-year"),
    ("reason", "path-expired"),
    ("reference", "psp-1"),
    ("result_subscription", "sub_01JH7Z5D6W"),
    ("source", "month"),
    ("source_subscription", "sub_01JH7Z5D6W"),
    ("subject", "sub_01JH7Z5D6W"),
    ("subscription", "sub_01JH7Z5D6W"),
    ("target", "year"),
    ("target_offer", "year"),
    ("url", "https://billing.example/checkout/chk_01JH7Z5D6W"),
];

/// What the ids of things are, by the name of their schema.
const IDS: [(&str, &str); 12] = [
    ("BillingRun", "run_01JH7Z5D6W"),
    ("Checkout", "chk_01JH7Z5D6W"),
    ("CreatedMerchant", "acme"),
    ("Customer", "ada"),
    ("Document", "inv_01JH7Z5D6W"),
    ("Merchant", "acme"),
    ("Message", "msg_01JH7Z5D6W"),
    ("Order", "ord_01JH7Z5D6W"),
    ("Path", "month-to-year"),
    ("ScheduledChange", "sch_01JH7Z5D6W"),
    ("Subscription", "sub_01JH7Z5D6W"),
    ("Withdrawal", "sub_01JH7Z5D6W"),
];

/// Gives every body and every answer an example.
pub(super) fn show(document: &mut Value) {
    let schemas = document["components"]["schemas"].take();
    for place in ["paths", "webhooks"] {
        for (.., operation) in operations_mut(document, place) {
            if let Some(body) = operation.get_mut("requestBody") {
                let is_sent = place == "paths";
                show_content(body, &ExampleBuilder { schemas: &schemas, is_sent });
            }
            let answers = operation["responses"].as_object_mut().into_iter().flatten();
            for (_, answer) in answers {
                show_content(answer, &ExampleBuilder { schemas: &schemas, is_sent: false });
            }
        }
    }
    document["components"]["schemas"] = schemas;
}

fn show_content(holder: &mut Value, maker: &ExampleBuilder<'_>) {
    let contents = holder.get_mut("content").and_then(Value::as_object_mut);
    for (_, content) in contents.into_iter().flatten() {
        if content.get("example").is_none() && content.get("schema").is_some() {
            content["example"] = maker.of("", "", &content["schema"], 0);
        }
    }
}

/// Makes examples.
struct ExampleBuilder<'d> {
    schemas: &'d Value,
    /// Whether a request is made, which says no more than it must.
    is_sent: bool,
}

impl ExampleBuilder<'_> {
    /// An example of a schema: of the field `name` in the schema `owner`.
    fn of(&self, owner: &str, name: &str, schema: &Value, depth: usize) -> Value {
        if let Some(kind) = referred(schema) {
            return self.of(kind, name, &self.schemas[kind], depth);
        }
        for keyword in ["example", "const", "default"] {
            if let Some(value) = schema.get(keyword).filter(|value| !value.is_null()) {
                return value.clone();
            }
        }
        if let Some(first) = schema["enum"].get(0) {
            return first.clone();
        }
        for keyword in ["oneOf", "anyOf"] {
            let choices = schema[keyword].as_array().into_iter().flatten();
            let mut real = choices.filter(|choice| choice["type"] != "null");
            if let Some(choice) = real.next() {
                return self.of(owner, name, choice, depth);
            }
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let all = parts.iter().map(|part| self.of(owner, name, part, depth));
            return all.fold(json!({}), merged);
        }
        self.plain(owner, name, schema, depth)
    }

    fn plain(&self, owner: &str, name: &str, schema: &Value, depth: usize) -> Value {
        let types: BTreeSet<&str> = match &schema["type"] {
            Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
            one => one.as_str().into_iter().collect(),
        };
        if types.contains("object") {
            self.object(owner, schema, depth)
        } else if types.contains("array") {
            let held =
                (depth < DEPTH_MAX).then(|| self.of(owner, name, &schema["items"], depth + 1));
            held.into_iter().collect()
        } else if types.contains("boolean") {
            json!(true)
        } else if types.contains("integer") || types.contains("number") {
            json!(schema["minimum"].as_i64().unwrap_or(1).max(1))
        } else if types.contains("string") {
            json!(text(owner, name))
        } else {
            json!({})
        }
    }

    fn object(&self, owner: &str, schema: &Value, depth: usize) -> Value {
        let required = schema["required"].as_array();
        let is_required =
            |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
        let mut made = Map::new();
        for (name, field) in members(&schema["properties"]) {
            let is_told = if self.is_sent { required.is_none() } else { depth < DEPTH_MAX };
            if is_required(name) || is_told {
                made.insert(name.to_owned(), self.of(owner, name, field, depth + 1));
            }
        }
        let more = &schema["additionalProperties"];
        if made.is_empty() && more.is_object() {
            let name = self.of("", "key", &schema["propertyNames"], depth + 1);
            let name = name.as_str().unwrap_or("key").to_owned();
            made.insert(name, self.of(owner, "", more, depth + 1));
        } else if made.is_empty() && *more == true {
            made.insert("order".to_owned(), json!("4711"));
        }
        Value::Object(made)
    }
}

fn merged(mut all: Value, part: Value) -> Value {
    if let (Some(all), Value::Object(part)) = (all.as_object_mut(), part) {
        all.extend(part);
    }
    all
}

fn text(owner: &str, name: &str) -> &'static str {
    let found = |table: &[(&str, &'static str)], wanted: &str| {
        table.iter().find(|(name, _)| *name == wanted).map(|(_, text)| *text)
    };
    if name == "id" {
        return found(&IDS, owner).unwrap_or("month");
    }
    found(&TEXTS, name).unwrap_or("The Paper")
}
