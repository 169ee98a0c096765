//! The API reference at `/docs`: one page, made from the OpenAPI document, that asks no other
//! host for anything.
//!
//! What it says is left to the document; merchants' own pages are elsewhere.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

use crate::edge::headers::PAGE_POLICY;

/// The media type of the page.
pub const MEDIA_TYPE: &str = "text/html; charset=utf-8";

/// How the page looks.
pub const STYLE: &str = include_str!("docs.css");
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// How deep the parts of a schema are shown before only their names are.
const DEPTH_MAX: usize = 3;

/// The page as it is sent.
pub(crate) fn answer(page: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, MEDIA_TYPE),
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, page.to_owned()).into_response()
}

/// The whole page.
#[must_use]
pub fn page(document: &OpenApi) -> String {
    let document = json!(document);
    let groups = groups(&document);
    let mut out = Out(String::new());
    let title = text(&document["info"]["title"]);
    out.raw("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    out.raw("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>");
    out.text(&format!("{title} API"));
    out.raw("</title><link rel=\"stylesheet\" href=\"/static/docs.css\"></head><body>");
    out.raw("<nav aria-label=\"Routes\">");
    out.raw("<strong>").text(title).raw("</strong>");
    for (name, operations) in &groups {
        out.raw("<h2>").text(name).raw("</h2><ul>");
        for operation in operations {
            out.raw("<li><a href=\"#").text(&operation.anchor()).raw("\">");
            out.text(operation.title()).raw("</a></li>");
        }
        out.raw("</ul>");
    }
    out.raw("</nav><main><h1>").text(title).raw(" API</h1><p>");
    out.text(text(&document["info"]["description"]));
    out.raw(" The same as data: <a href=\"/openapi.json\">openapi.json</a>.</p>");
    for (name, operations) in &groups {
        out.raw("<h2>").text(name).raw("</h2>");
        for operation in operations {
            show_operation(&mut out, &document, operation);
        }
    }
    out.raw("</main></body></html>");
    out.0
}

struct Operation<'d> {
    method: &'static str,
    path: &'d str,
    it: &'d Value,
}

impl Operation<'_> {
    fn anchor(&self) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        format!("{}{}", self.method, self.path.chars().map(plain).collect::<String>())
    }

    fn title(&self) -> &str {
        match text(&self.it["summary"]) {
            "" => self.path,
            summary => summary.trim_end_matches('.'),
        }
    }
}

fn groups(document: &Value) -> BTreeMap<&str, Vec<Operation<'_>>> {
    let mut groups = BTreeMap::<_, Vec<_>>::new();
    for (path, item) in members(&document["paths"]).chain(members(&document["webhooks"])) {
        for method in METHODS {
            if let Some(it) = item.get(method) {
                let tag = it["tags"][0].as_str().unwrap_or("API");
                groups.entry(tag).or_default().push(Operation { method, path, it });
            }
        }
    }
    groups
}

fn show_operation(out: &mut Out, document: &Value, operation: &Operation<'_>) {
    out.raw("<section id=\"").text(&operation.anchor()).raw("\"><h3><code class=\"");
    out.raw(operation.method)
        .raw("\">")
        .raw(&operation.method.to_uppercase())
        .raw("</code> <code>");
    out.text(operation.path).raw("</code></h3><p><b>").text(operation.title()).raw("</b></p>");
    for paragraph in text(&operation.it["description"]).split("\n\n").filter(|p| !p.is_empty()) {
        out.raw("<p>").text(paragraph).raw("</p>");
    }
    let parameters = operation.it["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    if !parameters.is_empty() {
        out.raw("<h4>Parameters</h4><dl>");
        for parameter in parameters {
            let required = parameter["required"] == true;
            let description = text(&parameter["description"]);
            let name = text(&parameter["name"]);
            show_field(out, document, name, &parameter["schema"], required, description, 0);
        }
        out.raw("</dl>");
    }
    for content in members(&operation.it["requestBody"]["content"]).map(|(_, content)| content) {
        out.raw("<h4>Body</h4>");
        show_schema(out, document, &content["schema"], 0);
    }
    for (status, response) in members(&operation.it["responses"]) {
        out.raw("<h4>Answer <code>").text(status).raw("</code> ");
        out.text(text(&response["description"])).raw("</h4>");
        for content in members(&response["content"]).map(|(_, content)| content) {
            show_schema(out, document, &content["schema"], 0);
        }
    }
    out.raw("</section>");
}

/// The fields of a schema, each with what it must be.
fn show_schema(out: &mut Out, document: &Value, schema: &Value, depth: usize) {
    let schema = resolved(document, schema);
    let fields =
        if schema["items"].is_object() { resolved(document, &schema["items"]) } else { schema };
    let required = |name: &str| {
        let names = fields["required"].as_array().map_or(&[][..], Vec::as_slice);
        names.iter().any(|required| required == name)
    };
    if members(&fields["properties"]).next().is_none() || depth >= DEPTH_MAX {
        return;
    }
    out.raw("<dl>");
    for (name, field) in members(&fields["properties"]) {
        let description = text(&field["description"]);
        show_field(out, document, name, field, required(name), description, depth);
    }
    out.raw("</dl>");
}

fn show_field(
    out: &mut Out,
    document: &Value,
    name: &str,
    schema: &Value,
    required: bool,
    description: &str,
    depth: usize,
) {
    let target = resolved(document, schema);
    out.raw("<div><dt><code>").text(name).raw("</code> <small>").text(&kind(document, schema));
    out.raw(if required { ", required</small></dt><dd>" } else { "</small></dt><dd>" });
    let description = match description {
        "" => text(&target["description"]),
        own => own,
    };
    out.text(description.split("\n\n").next().unwrap_or_default());
    for (key, said) in [("default", "Default"), ("example", "Example")] {
        if let Some(value) = schema.get(key).or_else(|| target.get(key)) {
            out.raw(" <small>").raw(said).raw(": <code>").text(&value.to_string());
            out.raw("</code></small>");
        }
    }
    show_schema(out, document, schema, depth + 1);
    out.raw("</dd></div>");
}

/// What a value is, in a few words: its choices, or its type.
fn kind(document: &Value, schema: &Value) -> String {
    let target = resolved(document, schema);
    if let Some(choices) = target["enum"].as_array() {
        let names: Vec<_> = choices.iter().map(text).collect();
        return names.join(" | ");
    }
    let of_type = match &target["type"] {
        Value::Array(types) => types.iter().map(text).collect::<Vec<_>>().join(" or "),
        one => text(one).to_owned(),
    };
    if target["items"].is_object() {
        return format!("list of {}", kind(document, &target["items"]));
    }
    of_type
}

/// The schema behind references, and the one beside `null`.
fn resolved<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    let mut schema = schema;
    // A chain of references longer than this would be a circle.
    for _ in 0..8 {
        let alternatives = schema.get("oneOf").and_then(Value::as_array);
        let parts = schema.get("allOf").and_then(Value::as_array);
        let next = if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            document.pointer(reference.trim_start_matches('#'))
        } else {
            let mut inner = alternatives.or(parts).into_iter().flatten();
            inner.find(|inner| inner["type"] != "null")
        };
        match next {
            Some(next) => schema = next,
            None => break,
        }
    }
    schema
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members: Option<&Map<String, Value>> = value.as_object();
    members.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The page as it grows: markup goes in raw, all that comes from the document is escaped.
struct Out(String);

impl Out {
    fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            // Writing to a string cannot fail.
            let _ = match c {
                '&' | '<' | '>' | '"' | '\'' => write!(self.0, "&#{};", u32::from(c)),
                c => self.0.write_char(c),
            };
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_document_says_is_escaped() {
        let mut out = Out(String::new());
        out.raw("<b>").text("<i> & \"x\"").raw("</b>");
        assert_eq!(out.0, "<b>&#60;i&#62; &#38; &#34;x&#34;</b>");
    }

    #[test]
    fn references_are_followed_past_null() {
        let document = json!({"components": {"schemas": {"Money": {"type": "object"}}}});
        let money = json!({"$ref": "#/components/schemas/Money"});
        assert_eq!(kind(&document, &money), "object");
        assert_eq!(kind(&document, &json!({"oneOf": [{"type": "null"}, money]})), "object");
        let list = json!({"type": "array", "items": {"type": "string"}});
        assert_eq!(kind(&document, &list), "list of string");
        assert_eq!(kind(&document, &json!({"enum": ["a", "b"]})), "a | b");
        let circle = json!({"a": {"$ref": "#/a"}});
        assert_eq!(kind(&circle, &circle["a"]), "");
    }
}
