//! The ways through the document: its operations, members and references.

use serde_json::{Map, Value, json};

/// The methods that an operation can have here.
const METHODS: [&str; 4] = ["get", "put", "post", "delete"];

/// Every operation below `place` with its path and its method.
pub(super) fn operations<'d>(
    document: &'d Value,
    place: &str,
) -> impl Iterator<Item = (&'d str, &'static str, &'d Value)> {
    members(&document[place]).flat_map(|(path, item)| {
        let found = METHODS.into_iter().filter_map(|method| Some((method, item.get(method)?)));
        found.map(move |(method, operation)| (path, method, operation))
    })
}

/// The same to be changed.
pub(super) fn operations_mut<'d>(
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

/// The members of an object, by name.
pub(super) fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members: Option<&Map<String, Value>> = value.as_object();
    members.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

/// A reference to a component.
pub(super) fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

/// The name of the schema that is referred to.
pub(super) fn referred(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}
