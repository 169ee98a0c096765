//! `crossgrade export`: the catalogue as YAML that `import` reads.

use yaml_serde::Value;

use super::args::{Common, Export};
use super::book::{self, Access};
use super::error::CliError;

pub(super) async fn run(common: &Common, export: &Export) -> Result<(), CliError> {
    let app = book::open(common, Access::Existing).await?;
    let merchant = book::known_merchant(&app, &export.whose).await?;
    let catalogue = app.written_catalogue(&merchant).await?;
    app.store().close().await;
    let broken = |error: yaml_serde::Error| CliError::Failed(error.to_string());
    let mut value = yaml_serde::to_value(&catalogue).map_err(broken)?;
    leave_out_nulls(&mut value);
    super::say::say(yaml_serde::to_string(&value).map_err(broken)?.trim_end());
    Ok(())
}

/// What is null is as good as left out, and reads better so.
fn leave_out_nulls(value: &mut Value) {
    match value {
        Value::Mapping(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(leave_out_nulls);
        }
        Value::Sequence(items) => items.iter_mut().for_each(leave_out_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Tagged(_) => {}
    }
}
