//! Schemas: each has one name and is referred to by it, says what is always there, and leaves
//! open what is the caller's.
//!
//! A schema that is sent and answered alike may leave out in a request what an answer always has:
//! it becomes two then, and the one that is sent is called `…Body`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::walk::{members, operations, operations_mut, reference, referred};

/// How the name of a list begins before it is a word.
const LIST: &str = "ListOf_";

/// Gives what a webhook brings a name.
pub(super) fn name_events(document: &mut Value) {
    let mut named = Vec::new();
    for (kind, _, operation) in operations_mut(document, "webhooks") {
        let words = kind.split(['.', '_']).map(capitalised);
        let name = format!("{}Event", words.collect::<String>());
        let schema = &mut operation["requestBody"]["content"]["application/json"]["schema"];
        if schema.is_object() {
            // Of one event there is one type.
            let kind = schema["properties"]["type"]["enum"][0].take();
            if kind.is_string() {
                schema["properties"]["type"] = json!({ "type": "string", "const": kind });
            }
            named.push((name.clone(), schema.take()));
            *schema = reference("schemas", &name);
        }
    }
    for (name, schema) in named {
        document["components"]["schemas"][name] = schema;
    }
}

/// Refers by name to what has one, wherever it was written out; lists are called after what they
/// hold.
pub(super) fn refer(document: &mut Value) {
    let all = document["components"]["schemas"].take();
    let Value::Object(all) = all else { return };
    let names: BTreeMap<String, String> =
        all.iter().map(|(name, schema)| (schema.to_string(), proper(name))).collect();
    let all = all.into_iter().map(|(name, mut schema)| {
        for inner in children(&mut schema) {
            refer_below(inner, &names);
        }
        (proper(&name), schema)
    });
    document["components"]["schemas"] = Value::Object(all.collect());
    for place in ["paths", "webhooks"] {
        refer_below(&mut document[place], &names);
    }
}

fn refer_below(value: &mut Value, names: &BTreeMap<String, String>) {
    if let Some(name) = referred(value).map(proper) {
        value["$ref"] = reference("schemas", &name)["$ref"].take();
        return;
    }
    // Only what is described has a name.
    let written_out = value.get("description").is_some().then(|| value.to_string());
    match written_out.and_then(|text| names.get(&text)) {
        Some(name) => *value = reference("schemas", name),
        None => children(value).for_each(|inner| refer_below(inner, names)),
    }
}

/// `TagList` for the list of `Tag`.
fn proper(name: &str) -> String {
    name.strip_prefix(LIST).map_or_else(|| name.to_owned(), |held| format!("{held}List"))
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn children(value: &mut Value) -> Box<dyn Iterator<Item = &mut Value> + '_> {
    match value {
        Value::Object(members) => Box::new(members.values_mut()),
        Value::Array(elements) => Box::new(elements.iter_mut()),
        _ => Box::new(std::iter::empty()),
    }
}

/// Leaves objects open of which nothing is said.
pub(super) fn open(value: &mut Value) {
    if is_of_type(value, "object") {
        let silent = ["properties", "additionalProperties"];
        if let Some(schema) = value.as_object_mut()
            && silent.iter().all(|keyword| !schema.contains_key(*keyword))
        {
            schema.insert("additionalProperties".to_owned(), json!(true));
        }
    }
    children(value).for_each(open);
}

fn is_of_type(schema: &Value, wanted: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(name)) => name == wanted,
        Some(Value::Array(names)) => names.iter().any(|name| name == wanted),
        _ => false,
    }
}

fn is_nullable(schema: &Value) -> bool {
    let null = |choices: &Value| {
        choices.as_array().is_some_and(|choices| choices.iter().any(|one| one["type"] == "null"))
    };
    is_of_type(schema, "null") || null(&schema["oneOf"]) || null(&schema["anyOf"])
}

/// Says of answers that they have what they always have: every field but those that may be left
/// out, which are never null and have no default.
pub(super) fn demand(document: &mut Value) {
    let sent = |operation: &Value| operation["requestBody"].clone();
    let sent = below(document, operations(document, "paths").map(|(.., one)| sent(one)));
    let answered = operations(document, "paths").map(|(.., one)| one["responses"].clone());
    let told = operations(document, "webhooks").map(|(.., one)| one["requestBody"].clone());
    let answered = below(document, answered.chain(told));
    let Some(all) = document["components"]["schemas"].as_object().cloned() else { return };
    let (mut changed, mut split) = (Map::new(), BTreeSet::new());
    for (name, schema) in all.iter().filter(|(name, _)| answered.contains(*name)) {
        let mut full = schema.clone();
        fill(&mut full);
        if full != *schema && sent.contains(name) {
            split.insert(name.clone());
        }
        changed.insert(name.clone(), full);
    }
    // What is sent holds only what is sent.
    while let Some(name) = all.iter().find_map(|(name, schema)| {
        let shared = sent.contains(name) && answered.contains(name) && !split.contains(name);
        (shared && names_any(schema, &split)).then(|| name.clone())
    }) {
        split.insert(name);
    }
    for (name, schema) in &all {
        let mut schema = schema.clone();
        if sent.contains(name) {
            rename(&mut schema, &split);
        }
        if split.contains(name) {
            changed.insert(as_sent(name), schema);
        } else if sent.contains(name) || !answered.contains(name) {
            changed.insert(name.clone(), schema);
        }
    }
    document["components"]["schemas"] = Value::Object(changed);
    for (.., operation) in operations_mut(document, "paths") {
        if let Some(body) = operation.get_mut("requestBody") {
            rename(body, &split);
        }
    }
}

/// What the half of a schema that is sent is called.
fn as_sent(name: &str) -> String {
    format!("{name}Body")
}

fn fill(schema: &mut Value) {
    children(schema).for_each(fill);
    let Some(fields) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    let mut required = Vec::new();
    for (name, field) in fields {
        let has_default = field.as_object_mut().is_some_and(|it| it.remove("default").is_some());
        if has_default || is_nullable(field) {
            required.push(json!(name));
        }
    }
    let mut all = schema["required"].take().as_array().cloned().unwrap_or_default();
    required.retain(|name| !all.contains(name));
    all.extend(required);
    match (all.is_empty(), schema.as_object_mut()) {
        (true, Some(schema)) => {
            schema.remove("required");
        }
        _ => schema["required"] = Value::Array(all),
    }
}

/// The names of all schemas that these lead to.
fn below(document: &Value, roots: impl Iterator<Item = Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for root in roots {
        gather(document, &root, &mut found);
    }
    found
}

fn gather(document: &Value, value: &Value, found: &mut BTreeSet<String>) {
    if let Some(name) = referred(value)
        && found.insert(name.to_owned())
    {
        gather(document, &document["components"]["schemas"][name], found);
    }
    match value {
        Value::Object(_) => members(value).for_each(|(_, inner)| gather(document, inner, found)),
        Value::Array(elements) => elements.iter().for_each(|inner| gather(document, inner, found)),
        _ => {}
    }
}

fn names_any(schema: &Value, names: &BTreeSet<String>) -> bool {
    referred(schema).is_some_and(|name| names.contains(name))
        || match schema {
            Value::Object(members) => members.values().any(|inner| names_any(inner, names)),
            Value::Array(elements) => elements.iter().any(|inner| names_any(inner, names)),
            _ => false,
        }
}

fn rename(value: &mut Value, split: &BTreeSet<String>) {
    if let Some(name) = referred(value)
        && split.contains(name)
    {
        let name = as_sent(name);
        value["$ref"] = reference("schemas", &name)["$ref"].take();
    }
    children(value).for_each(|inner| rename(inner, split));
}
