//! What the OpenAPI document says of each event.

use std::collections::BTreeMap;

use crossgrade::app::App;
use jsonschema::Validator;
use serde_json::Value;

/// The schemas of the document's webhooks, by kind.
pub(crate) struct Schemas(BTreeMap<String, Validator>);

impl Schemas {
    /// Those of the API.
    pub(crate) fn of_document() -> Self {
        let api: utoipa_axum::router::OpenApiRouter<App> = crossgrade::http::api();
        let document = serde_json::to_value(api.get_openapi()).unwrap();
        let compiled = document["webhooks"].as_object().unwrap().iter().map(|(kind, item)| {
            let content = &item["post"]["requestBody"]["content"]["application/json"];
            let mut schema = content["schema"].clone();
            schema["components"] = document["components"].clone();
            let options = jsonschema::options().should_validate_formats(true);
            (kind.clone(), options.build(&schema).unwrap())
        });
        Self(compiled.collect())
    }

    /// What is wrong with an event.
    pub(crate) fn faults(&self, event: &Value) -> Vec<String> {
        let kind = event["type"].as_str().unwrap_or_default();
        let Some(validator) = self.0.get(kind) else {
            return vec![format!("{kind} is not in the document")];
        };
        let faults = validator.iter_errors(event);
        faults.map(|fault| format!("{kind} {}: {fault}", fault.instance_path())).collect()
    }
}
