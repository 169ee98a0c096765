//! Operations: each has a name of two words, and each of its answers says what it is and which
//! headers it carries. What all of them may be refused with stands once, among the components.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use utoipa::PartialSchema;

use super::walk::{members, operations_mut, reference, referred};
use crate::edge::problem::{self, Code};
use crate::wire::orders::ShortLine;

const JSON: &str = "application/json";

/// What can be wrong with a request, by status: the name of the answer, and what it means.
const REFUSALS: [(&str, &str, &str); 15] = [
    ("400", "NotJson", "The body is not valid JSON."),
    ("401", "NoKey", "There is no key, or it is not known."),
    ("402", "PaymentRequired", "Something is due, and no payment was given."),
    ("403", "WrongRole", "The role of the key does not allow it."),
    ("404", "NotFound", "There is no such thing."),
    ("409", "Conflict", "It does not fit the present state; `code` says why."),
    ("410", "Gone", "It is over and cannot be used any more."),
    ("412", "Changed", "It has been changed since it was read."),
    ("413", "TooLarge", "The body is too large."),
    ("415", "NotDeclaredJson", "The body is declared as something else than JSON."),
    ("422", "InvalidFields", "Something that was sent is wrong; every fault is listed."),
    ("429", "TooMany", "There are too many requests: ask again later."),
    ("503", "Unavailable", "The database does not answer: ask again later."),
    ("504", "TookTooLong", "There was no answer in time."),
    ("default", "AnyProblem", "Any other problem; `code` says which."),
];
/// The refusals that may end by themselves: they say when to ask again.
const PASSING: [&str; 3] = ["409", "429", "503"];

/// Completes the components and every operation.
pub(super) fn complete(document: &mut Value) {
    let components = &mut document["components"];
    components["headers"] = headers();
    components["parameters"] = parameters();
    components["responses"] =
        REFUSALS.iter().map(|row| (row.1.to_owned(), refusal(row))).collect::<Map<_, _>>().into();
    let schemas = document["components"]["schemas"].clone();
    for (path, method, operation) in operations_mut(document, "paths") {
        let is_public = operation.get("security").is_none();
        let verb = operation["operationId"].as_str().unwrap_or_default();
        operation["operationId"] = json!(two_words(verb, method, &path));
        operation.as_object_mut().into_iter().for_each(|it| {
            it.entry("security").or_insert_with(|| json!([]));
        });
        let asked = OperationTraits {
            path: &path,
            method,
            is_public,
            has_version: has_version(operation, method, &path),
        };
        name_parameters(operation, &asked);
        name_refusals(operation, &asked);
        complete_answers(operation, &asked, &schemas);
    }
    for (kind, _, operation) in operations_mut(document, "webhooks") {
        operation["operationId"] = json!(kind.replace(['.', '-'], "_"));
        operation["security"] = json!([]);
    }
}

/// What the answers of an operation depend on.
struct OperationTraits<'a> {
    path: &'a str,
    method: &'static str,
    /// Whether it needs no key.
    is_public: bool,
    /// Whether it answers with the version of one thing.
    has_version: bool,
}

impl OperationTraits<'_> {
    fn may_be_refused_with(&self, status: &str, has_body: bool) -> bool {
        match status {
            "400" | "413" | "415" => has_body,
            "404" => self.path.contains('{'),
            "409" => self.method == "post",
            "412" => matches!(self.method, "put" | "delete"),
            "401" | "403" | "422" | "429" | "503" | "504" | "default" => true,
            _ => false,
        }
    }
}

/// Reads and writes of one thing carry its version; lists, and what is worked out, have none.
fn has_version(operation: &Value, method: &str, path: &str) -> bool {
    let answer = &operation["responses"]["200"]["content"][JSON]["schema"];
    let one = path.ends_with('}') || matches!(path, "/v1/settings" | "/v1/graph");
    method == "put" || method == "get" && one && answer.is_object()
}

/// An operation that is called by a verb alone is called after what it is done to, too.
fn two_words(id: &str, method: &str, path: &str) -> String {
    if id.contains('_') {
        return id.to_owned();
    }
    let nouns = path.split('/').filter(|step| !step.is_empty() && *step != "v1");
    let noun = nouns.clone().next().unwrap_or_default();
    // `scheduled-changes` is `change`, as in the operations that read one.
    let noun = noun.rsplit('-').next().unwrap_or(noun);
    let noun = match noun.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => noun.strip_suffix('s').unwrap_or(noun).to_owned(),
    };
    let verb = if id == noun { method } else { id };
    format!("{verb}_{noun}")
}

fn name_parameters(operation: &mut Value, asked: &OperationTraits<'_>) {
    let mut all = operation["parameters"].take().as_array().cloned().unwrap_or_default();
    for parameter in &mut all {
        if parameter["in"] == "path" && parameter.get("description").is_none() {
            parameter["description"] = json!("The id of the thing.");
        }
    }
    let shared = match asked.method {
        _ if asked.is_public => None,
        "post" => Some("IdempotencyKey"),
        "put" | "delete" => Some("IfMatch"),
        _ if asked.has_version => Some("IfNoneMatch"),
        _ => None,
    };
    all.extend(shared.map(|name| reference("parameters", name)));
    match (all.is_empty(), operation.as_object_mut()) {
        (true, Some(operation)) => {
            operation.remove("parameters");
        }
        _ => operation["parameters"] = Value::Array(all),
    }
}

fn name_refusals(operation: &mut Value, asked: &OperationTraits<'_>) {
    let has_body = operation.get("requestBody").is_some();
    let Some(answers) = operation["responses"].as_object_mut() else { return };
    for (status, answer) in answers.iter_mut() {
        let is_problem = members(&answer["content"])
            .any(|(_, content)| referred(&content["schema"]) == Some("Problem"));
        if let (true, Some((_, name, _))) = (is_problem, row(status)) {
            *answer = reference("responses", name);
        }
    }
    for (status, name, _) in REFUSALS {
        if !asked.is_public && asked.may_be_refused_with(status, has_body) {
            answers.entry(status).or_insert_with(|| reference("responses", name));
        }
    }
}

fn row(status: &str) -> Option<(&'static str, &'static str, &'static str)> {
    REFUSALS.into_iter().find(|(of, ..)| *of == status)
}

fn complete_answers(operation: &mut Value, asked: &OperationTraits<'_>, schemas: &Value) {
    let Some(answers) = operation["responses"].as_object_mut() else { return };
    for (status, answer) in answers.iter_mut().filter(|(_, answer)| answer.get("$ref").is_none()) {
        if answer.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
            answer["description"] = json!(description(status, answer, schemas));
        }
        if asked.is_public && answer.get("content").is_none() {
            answer["content"] = json!({ "text/plain": { "schema": { "type": "string" } } });
        }
        let mut headers = Map::from_iter([header("x-request-id", "RequestId")]);
        if asked.has_version {
            headers.extend([header("ETag", "ETag")]);
        }
        if asked.method == "post" {
            headers.extend([header("Idempotent-Replayed", "IdempotentReplayed")]);
        }
        answer["headers"] = Value::Object(headers);
    }
    if asked.method == "get" && asked.has_version {
        let headers = Map::from_iter([header("x-request-id", "RequestId"), header("ETag", "ETag")]);
        let about = "It is still as it was read.";
        answers.insert("304".to_owned(), json!({ "description": about, "headers": headers }));
    }
}

/// What an answer is: the first sentence about its schema, and how it came about.
fn description(status: &str, answer: &Value, schemas: &Value) -> String {
    let mut contents = members(&answer["content"]);
    let schema = contents.next().and_then(|(_, content)| referred(&content["schema"]));
    let about = schema.and_then(|name| schemas[name]["description"].as_str()).unwrap_or_default();
    let about = about.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    match (status, about.is_empty()) {
        ("201", false) => format!("It has been created. {about}"),
        ("201", true) => "It has been created.".to_owned(),
        ("202", _) => "It has begun, and goes on.".to_owned(),
        ("204", _) => "It is done; there is nothing more to say.".to_owned(),
        (_, false) => about,
        (_, true) => "It is as it should be.".to_owned(),
    }
}

fn header(name: &str, component: &str) -> (String, Value) {
    (name.to_owned(), reference("headers", component))
}

fn refusal((status, _, about): &(&str, &str, &str)) -> Value {
    let mut headers = Map::from_iter([header("x-request-id", "RequestId")]);
    if PASSING.contains(status) {
        headers.extend([header("Retry-After", "RetryAfter")]);
    }
    let code = status.parse().ok().and_then(|status| StatusCode::from_u16(status).ok());
    let code = Code::ALL.iter().copied().find(|one| Some(one.status()) == code);
    let code = code.unwrap_or(Code::Internal);
    let mut example = json!({
        "type": format!("/problems/{}", code.name()),
        "code": code.name(),
        "title": code.title(),
        "status": code.status().as_u16(),
        "detail": about,
        "request_id": "req_0f6a4c1e5d2b49a8b7c3d1e0f9a8b7c6",
    });
    if code == Code::InvalidFields {
        let detail = "must be a decimal amount such as \"9.90\"";
        example["detail"] = json!(format!("/price/amount {detail}"));
        example["errors"] = json!([{ "pointer": "/price/amount", "detail": detail }]);
    }
    let content = json!({ "schema": reference("schemas", "Problem"), "example": example });
    json!({ "description": about, "headers": headers, "content": { problem::MEDIA_TYPE: content } })
}

/// Says what a problem has besides: what a client needs to go on.
pub(super) fn describe_members(document: &mut Value) {
    let schemas = &mut document["components"]["schemas"];
    schemas["ShortLine"] = json!(ShortLine::schema());
    let text = |about: &str| json!({ "type": "string", "description": about });
    let list = |about: &str, of: &str| {
        let items = reference("schemas", of);
        json!({ "type": "array", "items": items, "description": about })
    };
    let members = [
        (
            "considered",
            list("Every candidate with its verdict; where no change fits.", "Candidate"),
        ),
        ("checkout", reference("schemas", "Checkout")),
        ("amount_due", reference("schemas", "Money")),
        ("cart", reference("schemas", "CartEvaluation")),
        ("lines", list("The lines that are out of stock.", "ShortLine")),
        ("held_by", text("The checkout that holds what this would change.")),
        (
            "retry_after",
            json!({ "type": "integer", "description": "After how many seconds to try again." }),
        ),
    ];
    for (name, schema) in members {
        schemas["Problem"]["properties"][name] = schema;
    }
}

fn text(about: &str, example: &str) -> Value {
    let string = json!({ "type": "string" });
    json!({ "description": about, "schema": string, "example": example })
}

fn headers() -> Value {
    json!({
        "ETag": text("The version of the thing, for `If-Match`.", "\"0f6a4c1e5d2b49a8\""),
        "IdempotentReplayed": {
            "description": "There where the first answer to this `Idempotency-Key` is repeated.",
            "schema": { "type": "string", "const": "true" },
            "example": "true",
        },
        "RequestId": text("The request in logs.", "req_0f6a4c1e5d2b49a8b7c3d1e0f9a8b7c6"),
        "RetryAfter": {
            "description": "When to ask again, in seconds; there where asking again can help.",
            "schema": { "type": "integer", "minimum": 0 },
            "example": 1,
        },
    })
}

fn parameters() -> Value {
    let header = |name: &str, about: &str, example: &str| {
        json!({
            "name": name,
            "in": "header",
            "required": false,
            "description": about,
            "schema": { "type": "string" },
            "example": example,
        })
    };
    json!({
        "IdempotencyKey": header(
            "Idempotency-Key",
            "The same key and body answer the same again, for a day at least.",
            "order-4711",
        ),
        "IfMatch": header(
            "If-Match",
            "The `ETag` of the version that this is about; another is answered with 412.",
            "\"0f6a4c1e5d2b49a8\"",
        ),
        "IfNoneMatch": header(
            "If-None-Match",
            "The `ETag` of the version that is known; the same is answered with 304.",
            "\"0f6a4c1e5d2b49a8\"",
        ),
    })
}
