//! The published OpenAPI document as tests read it: every operation, who may do it, and requests
//! that fit its schemas. What is asked with them stands with the tests.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::oracle::generate::Dice;
use crate::world::World;

/// The document.
pub(crate) struct Document(pub(crate) Value);

/// One operation.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// `GET`.
    pub(crate) method: String,
    /// `/v1/tags/{id}`.
    pub(crate) path: String,
    /// The roles that may do it.
    pub(crate) roles: BTreeSet<String>,
    /// The schema of its body.
    pub(crate) body: Option<Value>,
    /// The schemas of what may stand in its query.
    pub(crate) query: BTreeMap<String, Value>,
}

/// How deep a sample goes before it says no more than it must.
const DEPTH_MAX: usize = 8;

/// What things of a book are called, by the field that names one.
pub(crate) type Known = BTreeMap<&'static str, Vec<Value>>;

impl Document {
    /// As a server publishes it.
    pub(crate) async fn of(world: &World) -> Self {
        Self(world.get("/openapi.json").await.expect(200))
    }

    /// Every operation below `/v1`.
    pub(crate) fn operations(&self) -> Vec<Operation> {
        let mut found = Vec::new();
        for (path, item) in self.0["paths"].as_object().unwrap() {
            for (method, it) in item.as_object().unwrap() {
                if path.starts_with("/v1") && it["responses"].is_object() {
                    found.push(operation(path, method, it));
                }
            }
        }
        found
    }

    /// What stands behind references, and beside `null`; and the name of the last reference.
    fn resolved<'d>(&'d self, schema: &'d Value) -> (&'d Value, &'d str) {
        let (mut schema, mut name) = (schema, "");
        loop {
            if let Some(reference) = schema["$ref"].as_str() {
                name = reference.rsplit('/').next().unwrap();
                schema = &self.0["components"]["schemas"][name];
                assert!(schema.is_object(), "{reference} is not there");
            } else if let Some(choices) = schema["oneOf"].as_array() {
                schema = choices.iter().find(|choice| choice["type"] != "null").unwrap();
            } else {
                return (schema, name);
            }
        }
    }

    /// A value that fits a schema: of things by a name that is known, else at a limit or as the
    /// document's own examples have it. Fields that need not be there are there now and then.
    pub(crate) fn sample(&self, schema: &Value, known: &Known, dice: &mut Dice) -> Value {
        self.field(("", 0), schema, known, dice)
    }

    /// A value of the field of a name, so many others deep. Where one lies deep, as in conditions
    /// of conditions, what need not be there is not there.
    fn field(
        &self,
        (name, depth): (&str, usize),
        schema: &Value,
        known: &Known,
        dice: &mut Dice,
    ) -> Value {
        if let Some(names) = known.get(name) {
            return dice.pick(names).clone();
        }
        let (schema, kind) = self.resolved(schema);
        if let Some(choices) = schema["enum"].as_array() {
            return dice.pick(choices).clone();
        }
        let is = |name: &str| match &schema["type"] {
            Value::Array(types) => types.iter().any(|of| of == name),
            of => of == name,
        };
        if is("object") {
            let mut members = Map::new();
            let required = schema["required"].as_array();
            for (name, field) in schema["properties"].as_object().into_iter().flatten() {
                let is_required = required.is_some_and(|names| names.contains(&json!(name)));
                if is_required || (depth < DEPTH_MAX && dice.one_in(3)) {
                    let value = self.field((name, depth + 1), field, known, dice);
                    members.insert(name.clone(), value);
                }
            }
            Value::Object(members)
        } else if is("array") {
            let least = schema["minItems"].as_u64().unwrap_or(0);
            let length = least + dice.below(2);
            let items = &schema["items"];
            (0..length).map(|_| self.field(("", depth + 1), items, known, dice)).collect()
        } else if is("integer") {
            let limits = ["minimum", "maximum", "default"].map(|limit| schema[limit].clone());
            let limits: Vec<_> = limits.into_iter().filter(|limit| !limit.is_null()).collect();
            dice.pick(&limits).clone()
        } else if is("boolean") {
            json!(dice.one_in(2))
        } else {
            text(kind, schema, dice)
        }
    }
}

fn operation(path: &str, method: &str, it: &Value) -> Operation {
    let roles = it["security"][0]["key"].as_array().into_iter().flatten();
    let parameters = it["parameters"].as_array().into_iter().flatten();
    let query = parameters.filter(|parameter| parameter["in"] == "query");
    let named = |parameter: &Value| {
        (parameter["name"].as_str().unwrap().to_owned(), parameter["schema"].clone())
    };
    Operation {
        method: method.to_uppercase(),
        path: path.to_owned(),
        roles: roles.map(|role| role.as_str().unwrap().to_owned()).collect(),
        body: it["requestBody"]["content"]["application/json"].get("schema").cloned(),
        query: query.map(named).collect(),
    }
}

/// A text of a kind, also at its limits.
fn text(kind: &str, schema: &Value, dice: &mut Dice) -> Value {
    let known: &[&str] = match kind {
        "Amount" => &["0", "9.90", "0.01", "12", "-1", "10000000000000.00", "10000000000000"],
        "Country" => &["DE", "AQ"],
        "Currency" => &["EUR", "JPY", "KWD", "USD"],
        "Date" | "DateOrInstant" => &[
            "2026-02-28",
            "2026-01-31",
            "2024-02-29",
            "1970-01-01",
            "0001-01-01",
            "0000-01-01",
            "9999-12-31",
            "9000-12-31",
            "2126-01-31",
        ],
        "Locale" => &["en", "de-AT", "zh-Hant-TW", "gsw"],
        "Period" => &["P1M", "P1Y", "P1D", "P100Y", "P100M", "P52W", "P30D"],
        "Rate" => &["0", "7.0", "19", "100", "0.0001"],
        "TimeZone" => &["Europe/Berlin", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu"],
        "Text" | "Title" => &[
            "The Paper",
            "Zeitung \u{202e}rtl",
            "\u{1f469}\u{200d}\u{1f680} \u{10fffd}",
            "{offerTitle}",
            "<b>&\"'",
            "\u{feff}\u{85}\u{2028}",
            "a\u{301}",
        ],
        _ => &[],
    };
    if known.is_empty() { schema["example"].clone() } else { json!(dice.pick(known)) }
}
