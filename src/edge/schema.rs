//! Judges a request by the very schema that the OpenAPI document publishes, and says every fault
//! in words.
//!
//! Reading requests is left to `extract`; what a schema demands stands with the types in `dto`.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError, Validator};
use serde_json::{Map, Value, json};
use utoipa::openapi::path::Parameter;
use utoipa::{IntoParams, ToSchema};

use crate::domain::fault::{nearest, pointer_step};
use crate::edge::problem::{FieldError, Problem};

/// Two names are near each other when this many edits turn one into the other.
/// More faults than this help nobody, and the answer stays small.
const FAULTS_MAX: usize = 100;

static COMPILED: RwLock<BTreeMap<TypeId, Arc<BodySchema>>> = RwLock::new(BTreeMap::new());

/// A compiled schema together with its document, where the words for faults are found.
pub struct BodySchema {
    document: Value,
    validator: Validator,
    /// What an entry is called: `field` in a body, `parameter` in a query.
    entry: &'static str,
}

impl BodySchema {
    /// The schema of a request body, compiled at its first use.
    ///
    /// # Errors
    /// A 500 when the type's schema is itself broken.
    pub fn of_body<T: ToSchema + 'static>() -> Result<Arc<Self>, Problem> {
        cached(TypeId::of::<T>(), || {
            let mut named = Vec::new();
            T::schemas(&mut named);
            let named: BTreeMap<_, _> = named.into_iter().collect();
            let mut document = json!(T::schema());
            if let Some(members) = document.as_object_mut() {
                members.insert("components".to_owned(), json!({ "schemas": named }));
            }
            (document, "field")
        })
    }

    /// The schema of a query: the parameters of `T`, and no others.
    ///
    /// # Errors
    /// A 500 when the type's schema is itself broken.
    pub fn of_query<T: IntoParams + 'static>() -> Result<Arc<Self>, Problem> {
        cached(TypeId::of::<T>(), || (query_document(&T::into_params(|| None)), "parameter"))
    }

    fn compile(document: Value, entry: &'static str) -> Result<Self, Problem> {
        let validator = jsonschema::options()
            .should_validate_formats(true)
            .build(&document)
            .map_err(|error| {
                tracing::error!(%error, "a request schema does not compile");
                Problem::internal()
            })?;
        Ok(Self { document, validator, entry })
    }

    /// Every fault of `value`, each at its place; empty when it fits.
    #[must_use]
    pub fn faults(&self, value: &Value) -> Vec<FieldError> {
        // Most have none, and to say so takes a fraction of what finding them does.
        if self.validator.is_valid(value) && !has_nul(value) {
            return Vec::new();
        }
        let mut faults = BTreeSet::new();
        find_nul(value, &mut String::new(), &mut faults);
        for error in self.validator.iter_errors(value).take(FAULTS_MAX) {
            self.explain(value, &error, &mut faults);
        }
        faults.into_iter().take(FAULTS_MAX).collect()
    }

    /// The JSON type that a parameter is to have; a query has only text.
    pub(crate) fn type_of(&self, name: &str) -> Option<&str> {
        self.document.get("properties")?.get(name)?.get("type")?.as_str()
    }

    fn explain(
        &self,
        whole: &Value,
        error: &ValidationError<'_>,
        faults: &mut BTreeSet<FieldError>,
    ) {
        let place = error.instance_path().as_str();
        let schema = self.schema_around(error);
        let fault = |detail: String| FieldError::new(place, detail);
        match error.kind() {
            ValidationErrorKind::OneOfNotValid { context }
            | ValidationErrorKind::AnyOf { context } => {
                for inner in nearest_branch(place, context) {
                    self.explain(whole, inner, faults);
                }
            }
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let known = schema.get("properties").and_then(Value::as_object);
                for name in unexpected {
                    let pointer = format!("{place}/{}", pointer_step(name));
                    faults.insert(FieldError::new(pointer, unknown(self.entry, name, known)));
                }
            }
            // How a type without any fields refuses the first of them; we tell all.
            ValidationErrorKind::FalseSchema => {
                let object = whole.pointer(place).and_then(Value::as_object);
                for name in object.into_iter().flat_map(Map::keys) {
                    let pointer = format!("{place}/{}", pointer_step(name));
                    faults.insert(FieldError::new(pointer, unknown(self.entry, name, None)));
                }
            }
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                faults.insert(FieldError::new(
                    format!("{place}/{}", pointer_step(name)),
                    "is missing",
                ));
            }
            kind => {
                let detail = words(kind, schema).unwrap_or_else(|| error.to_string());
                faults.insert(fault(detail));
            }
        }
    }

    /// The schema object that holds the keyword which failed.
    fn schema_around(&self, error: &ValidationError<'_>) -> &Value {
        let keyword = error.schema_path().as_str();
        let parent = keyword.rsplit_once('/').map_or("", |(parent, _)| parent);
        self.document.pointer(parent).unwrap_or(&Value::Null)
    }
}

fn cached(
    key: TypeId,
    make: impl FnOnce() -> (Value, &'static str),
) -> Result<Arc<BodySchema>, Problem> {
    if let Some(schema) = COMPILED.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Ok(Arc::clone(schema));
    }
    let (document, entry) = make();
    let schema = Arc::new(BodySchema::compile(document, entry)?);
    COMPILED.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&schema));
    Ok(schema)
}

fn query_document(parameters: &[Parameter]) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for parameter in parameters {
        properties.insert(parameter.name.clone(), json!(parameter.schema));
        if parameter.required == utoipa::openapi::Required::True {
            required.push(parameter.name.clone());
        }
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// Of the alternatives, the one that the caller meant: the first that has the right JSON type
/// (an optional object that is wrong inside was not meant to be `null`), else the first.
fn nearest_branch<'c>(
    place: &str,
    context: &'c [Vec<ValidationError<'static>>],
) -> &'c [ValidationError<'static>] {
    let wrong_type = |error: &ValidationError<'_>| {
        matches!(error.kind(), ValidationErrorKind::Type { .. })
            && error.instance_path().as_str() == place
    };
    let fits = context.iter().find(|branch| !branch.iter().any(wrong_type));
    fits.or_else(|| context.first()).map_or(&[], Vec::as_slice)
}

fn words(kind: &ValidationErrorKind, schema: &Value) -> Option<String> {
    let described = || description(schema).map(|what| format!("must be {what}"));
    match kind {
        ValidationErrorKind::Type { kind } => {
            described().or_else(|| enum_words(schema)).or_else(|| Some(type_words(kind)))
        }
        ValidationErrorKind::Pattern { .. } | ValidationErrorKind::Format { .. } => described(),
        ValidationErrorKind::Enum { .. } => enum_words(schema),
        ValidationErrorKind::MinLength { limit } => described().or_else(|| {
            Some(match limit {
                1 => "must not be empty".to_owned(),
                limit => format!("must have at least {limit} characters"),
            })
        }),
        ValidationErrorKind::MaxLength { limit } => {
            Some(format!("must have at most {limit} characters"))
        }
        ValidationErrorKind::MinItems { limit: 1 } => Some("must not be empty".to_owned()),
        ValidationErrorKind::MinItems { limit } => {
            Some(format!("must have at least {limit} elements"))
        }
        ValidationErrorKind::MaxItems { limit } => {
            Some(format!("must have at most {limit} elements"))
        }
        ValidationErrorKind::MaxProperties { limit } => {
            Some(format!("must have at most {limit} fields"))
        }
        ValidationErrorKind::Minimum { limit } => Some(format!("must be at least {limit}")),
        ValidationErrorKind::Maximum { limit } => Some(format!("must be at most {limit}")),
        ValidationErrorKind::UniqueItems => Some("must not name anything twice".to_owned()),
        _ => None,
    }
}

fn enum_words(schema: &Value) -> Option<String> {
    let names = schema.get("enum")?.as_array()?.iter().filter_map(Value::as_str);
    Some(format!("must be one of {}", quoted(names)))
}

/// What a value with this schema is, from the first sentence of its description, if that names
/// a thing ("An ISO 8601 period."), and its example.
fn description(schema: &Value) -> Option<String> {
    let text = schema.get("description")?.as_str()?;
    let sentence = text.lines().next()?.trim_end_matches('.');
    let (article, rest) = sentence.split_once(' ')?;
    if article != "A" && article != "An" {
        return None;
    }
    let what = format!("{} {rest}", article.to_lowercase());
    Some(match schema.get("example") {
        Some(example) => format!("{what} such as {example}"),
        None => what,
    })
}

fn type_words(kind: &TypeKind) -> String {
    let name = |json_type: JsonType| match json_type {
        JsonType::Array => "a list",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "an object",
        JsonType::String => "a string",
    };
    match kind {
        TypeKind::Single(one) => format!("must be {}", name(*one)),
        TypeKind::Multiple(many) => {
            // What may be null may as well be left out; to say so would only distract.
            let kept = many.iter().filter(|json_type| *json_type != JsonType::Null);
            let names: Vec<_> = kept.map(name).collect();
            format!("must be {}", names.join(" or "))
        }
    }
}

fn unknown(entry: &str, name: &str, known: Option<&Map<String, Value>>) -> String {
    let names: Vec<&str> = known.into_iter().flat_map(Map::keys).map(String::as_str).collect();
    let remedy = match (nearest(name, names.iter().copied()), names.is_empty()) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, true) => format!("no {entry}s are known here"),
        (None, false) => format!("known {entry}s are {}", quoted(names.into_iter())),
    };
    format!("unknown {entry} `{name}`: {remedy}")
}

fn quoted<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn has_nul(value: &Value) -> bool {
    let is_in = |text: &str| text.as_bytes().contains(&0);
    match value {
        Value::String(text) => is_in(text),
        Value::Array(elements) => elements.iter().any(has_nul),
        Value::Object(members) => {
            members.iter().any(|(name, member)| is_in(name) || has_nul(member))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// PostgreSQL cannot store U+0000 in a text, and no honest client sends it.
fn find_nul(value: &Value, place: &mut String, faults: &mut BTreeSet<FieldError>) {
    let length = place.len();
    let fault = |place: &str| FieldError::new(place, "must not contain the character U+0000");
    match value {
        Value::String(text) if text.contains('\0') => {
            faults.insert(fault(place));
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                place.push('/');
                place.push_str(&index.to_string());
                find_nul(element, place, faults);
                place.truncate(length);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                if name.contains('\0') {
                    faults.insert(fault(place));
                }
                place.push('/');
                place.push_str(&pointer_step(name));
                find_nul(member, place, faults);
                place.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
