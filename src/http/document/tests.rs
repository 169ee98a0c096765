//! Holds the published document against what it promises of every operation.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::publish;
use super::walk::{members, operations, referred};
use crate::http::api;

fn document() -> Value {
    publish(&api().into_openapi())
}

/// Every operation of the API with what it is called in failures.
fn all(document: &Value) -> Vec<(String, &Value)> {
    let all = operations(document, "paths");
    all.map(|(path, method, operation)| (format!("{method} {path}"), operation)).collect()
}

/// What stands behind the reference to a component.
fn behind<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    let Some(reference) = value["$ref"].as_str() else { return value };
    document.pointer(reference.trim_start_matches('#')).unwrap_or_else(|| panic!("{reference}"))
}

fn each(value: &Value, place: &str, see: &mut impl FnMut(&str, &Value)) {
    see(place, value);
    match value {
        Value::Object(_) => {
            members(value).for_each(|(name, inner)| each(inner, &format!("{place}/{name}"), see));
        }
        Value::Array(elements) => elements.iter().for_each(|inner| each(inner, place, see)),
        _ => {}
    }
}

#[test]
fn every_answer_is_described_and_every_refusal_is_a_problem() {
    let document = document();
    for (what, operation) in all(&document) {
        for (status, answer) in members(&operation["responses"]) {
            let answer = behind(&document, answer);
            let about = answer["description"].as_str().unwrap_or_default();
            assert!(about.ends_with('.'), "{what} {status}: {about}");
            assert!(answer["headers"]["x-request-id"].is_object(), "{what} {status}");
            let types: Vec<&str> = members(&answer["content"]).map(|(name, _)| name).collect();
            let is_refusal = status == "default" || status.starts_with(['4', '5']);
            let is_problem = types == ["application/problem+json"];
            assert_eq!(is_refusal, is_problem, "{what} {status}: {types:?}");
        }
    }
}

#[test]
fn every_operation_is_called_by_two_words_of_its_own() {
    let document = document();
    let mut seen = BTreeSet::new();
    for (what, operation) in all(&document) {
        let id = operation["operationId"].as_str().unwrap();
        let is_plain = id.bytes().all(|c| c.is_ascii_lowercase() || c == b'_');
        assert!(is_plain && id.contains('_'), "{what}: {id}");
        assert!(seen.insert(id), "{id} is two operations");
    }
    let id = |place: &str| document.pointer(place).unwrap()["operationId"].as_str().unwrap();
    assert_eq!(id("/paths/~1v1~1invoices~1{id}~1pay/post"), "pay_invoice");
    assert_eq!(id("/paths/~1v1~1subscriptions~1{id}~1cancel/post"), "cancel_subscription");
    assert_eq!(id("/paths/~1v1~1scheduled-changes~1{id}~1withdraw/post"), "withdraw_change");
    assert_eq!(id("/paths/~1v1~1audit/get"), "get_audit");
}

#[test]
fn bodies_items_and_enumerations_are_referred_to_by_name() {
    let document = document();
    for (what, operation) in all(&document) {
        let answers = members(&operation["responses"]);
        let holders = answers.map(|(_, answer)| answer).chain(operation.get("requestBody"));
        for (kind, content) in holders.flat_map(|holder| members(&holder["content"])) {
            let is_named = referred(&content["schema"]).is_some();
            assert!(is_named || !kind.contains("json"), "{what}: {}", content["schema"]);
        }
    }
    for (what, _, operation) in operations(&document, "webhooks") {
        let content = &operation["requestBody"]["content"]["application/json"];
        assert!(referred(&content["schema"]).is_some(), "{what}");
    }
    each(&document["paths"], "", &mut |place, value| {
        assert!(value["enum"].is_null(), "{place} has an enumeration without a name");
    });
    each(&document["components"]["schemas"], "", &mut |place, value| {
        let is_inline = value["items"]["properties"].is_object();
        assert!(!is_inline, "{place} has items without a name");
        let is_own = place.matches('/').count() == 1;
        assert!(is_own || value["enum"].is_null(), "{place} has an enumeration without a name");
    });
}

#[test]
fn what_may_be_null_is_there_in_every_answer() {
    let document = document();
    let schemas = &document["components"]["schemas"];
    let has = |schema: &str, list: &str, name: &str| {
        schemas[schema][list].as_array().is_some_and(|all| all.iter().any(|one| one == name))
    };
    for (schema, field) in [("Checkout", "path"), ("Subscription", "cancel_on"), ("Tax", "title")] {
        assert!(has(schema, "required", field), "{schema} {field}");
    }
    // A preview of a document leaves out what it cannot have yet.
    for field in ["id", "number"] {
        assert!(!has("Document", "required", field), "{field}");
        assert!(schemas["Document"]["properties"][field]["type"].is_string(), "{field}");
    }
    // A request may leave out what has a default.
    assert!(!has("NewCheckout", "required", "allow_new"));
    assert!(!has("OfferBody", "required", "active") && has("Offer", "required", "active"));
}

#[test]
fn what_is_the_callers_is_open() {
    let document = document();
    let metadata = &document["components"]["schemas"]["Checkout"]["properties"]["metadata"];
    assert_eq!(metadata["additionalProperties"], true, "{metadata}");
    each(&document, "", &mut |place, value| {
        if value["type"] == "object" {
            let keywords = ["properties", "additionalProperties"];
            assert!(keywords.iter().any(|keyword| !value[keyword].is_null()), "{place}");
        }
    });
}

#[test]
fn every_reference_leads_somewhere_and_every_group_is_described() {
    let document = document();
    each(&document, "", &mut |place, value| {
        if let Some(reference) = value["$ref"].as_str() {
            let there = document.pointer(reference.trim_start_matches('#'));
            assert!(there.is_some(), "{place}: {reference}");
        }
    });
    let groups: BTreeSet<_> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].clone().to_string())
        .collect();
    for (what, operation) in all(&document) {
        assert!(groups.contains(&operation["tags"][0].to_string()), "{what} is in no known group");
    }
}

#[test]
fn headers_stand_where_they_are_answered() {
    let document = document();
    let headers = |path: &str, method: &str, status: &str| {
        let answer = &document["paths"][path][method]["responses"][status];
        let found = members(&behind(&document, answer)["headers"]).map(|(name, _)| name.to_owned());
        found.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(headers("/v1/tags/{id}", "get", "200"), "ETag x-request-id");
    assert_eq!(headers("/v1/tags/{id}", "get", "304"), "ETag x-request-id");
    assert_eq!(headers("/v1/tags/{id}", "put", "201"), "ETag x-request-id");
    assert_eq!(headers("/v1/tags", "get", "200"), "x-request-id");
    assert_eq!(headers("/v1/checkouts", "post", "201"), "Idempotent-Replayed x-request-id");
    assert_eq!(headers("/v1/checkouts", "post", "503"), "Retry-After x-request-id");
}

#[test]
fn every_example_fits_its_schema() {
    let document = document();
    let mut seen = 0;
    for (what, operation) in all(&document) {
        let answers = members(&operation["responses"]).map(|(_, answer)| answer);
        for holder in answers.chain(operation.get("requestBody")) {
            for (kind, content) in members(&behind(&document, holder)["content"]) {
                let mut schema = json!({ "allOf": [content["schema"]] });
                schema["components"] = document["components"].clone();
                let options = jsonschema::options().should_validate_formats(true);
                let validator = options.build(&schema).unwrap();
                let example = &content["example"];
                let faults: Vec<String> = validator
                    .iter_errors(example)
                    .map(|fault| format!("{} {fault}", fault.instance_path()))
                    .collect();
                assert!(faults.is_empty(), "{what} {kind}: {faults:?} in {example}");
                seen += 1;
            }
        }
        let body = &operation["requestBody"]["content"]["application/json"];
        assert!(body.is_null() || body["example"].is_object(), "{what}");
    }
    assert!(seen > 100, "{seen}");
}
