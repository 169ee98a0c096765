//! Reads a catalogue file, YAML or JSON: each section a list of things with their `id`, or a
//! mapping from ids to things, in the API's fields and judged by the API's own schemas. What the
//! things mean is for `app`.

use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use utoipa::ToSchema;
use yaml_serde::{Mapping, Value};

use crate::app::catalogue_file::{CatalogueDraft, Entry, SectionReader};
use crate::domain::fault::{Fault, nearest, pointer_step};
use crate::edge::drafts::take_out;
use crate::edge::schema::BodySchema;
use crate::rules::definitions::merchants::SettingsDraft;
use crate::rules::definitions::{Drafted, Sent};

use super::error::CliError;

/// A file as it was read: what could be, and what could not.
#[derive(Debug, Default)]
pub struct CatalogueFile {
    /// What it says.
    pub draft: CatalogueDraft,
    /// What is wrong with its shape, each at its place in the file.
    pub faults: Vec<Fault>,
}

/// Reads the text of a file.
///
/// # Errors
/// Where it is neither YAML nor JSON.
pub fn read(text: &str) -> Result<CatalogueFile, CliError> {
    let unreadable = |error: String| CliError::Failed(format!("not a catalogue: {error}"));
    let value: Value = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?
    } else {
        yaml_serde::from_str(text).map_err(|error| unreadable(error.to_string()))?
    };
    match value {
        Value::Mapping(sections) => read_sections(&sections),
        Value::Null => Ok(CatalogueFile::default()),
        _ => Err(unreadable(format!("it must hold {}", CatalogueDraft::SECTIONS.join(", ")))),
    }
}

/// Reads the sections of a file that was parsed already.
///
/// # Errors
/// Only where the engine or its database fails.
pub fn read_sections(sections: &Mapping) -> Result<CatalogueFile, CliError> {
    let mut file = CatalogueFile::default();
    for (name, section) in sections {
        let name = key(name);
        let CatalogueFile { draft, faults } = &mut file;
        if name == "settings" {
            draft.settings = settings(section, faults)?;
        } else if !draft.read(&name, &mut Section { section, faults: &mut *faults })? {
            faults.push(unknown_section(&name));
        }
    }
    Ok(file)
}

/// A section of a file, as it is read.
struct Section<'f> {
    section: &'f Value,
    faults: &'f mut Vec<Fault>,
}

impl SectionReader for Section<'_> {
    type Error = CliError;

    fn entries<D: Drafted>(&mut self, name: &str) -> Result<Vec<Entry<D>>, CliError> {
        entries(name, self.section, self.faults)
    }
}

fn unknown_section(name: &str) -> Fault {
    let remedy = nearest(name, CatalogueDraft::SECTIONS.iter().copied()).map_or_else(
        || format!("known sections are {}", CatalogueDraft::SECTIONS.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    Fault::new(format!("/{}", pointer_step(name)), format!("unknown section `{name}`: {remedy}"))
}

fn settings(
    section: &Value,
    faults: &mut Vec<Fault>,
) -> Result<Option<(String, SettingsDraft)>, CliError> {
    let pointer = "/settings".to_owned();
    let sent = thing::<SettingsDraft>(&pointer, json(section), faults)?;
    Ok(sent.filter(|sent| sent.faults.is_empty()).map(|sent| (pointer, sent.draft)))
}

/// The things of a section, in the order of the file.
fn entries<D: Drafted>(
    name: &str,
    section: &Value,
    faults: &mut Vec<Fault>,
) -> Result<Vec<Entry<D>>, CliError> {
    let mut found = Vec::new();
    match section {
        Value::Null => {}
        Value::Sequence(list) => {
            for (place, item) in list.iter().enumerate() {
                let pointer = format!("/{name}/{place}");
                found.extend(listed::<D>(pointer, json(item), faults)?);
            }
        }
        Value::Mapping(by_id) => {
            for (id, item) in by_id {
                let id = key(id);
                let pointer = format!("/{name}/{}", pointer_step(&id));
                let item = match json(item) {
                    Json::Null => Json::Object(serde_json::Map::new()),
                    item => item,
                };
                let sent = thing::<D::Draft>(&pointer, item, faults)?;
                found.push(Entry { id_pointer: pointer.clone(), pointer, id, sent });
            }
        }
        _ => {
            let detail =
                "must be a list of things with their `id`, or a mapping from ids to things";
            faults.push(Fault::new(format!("/{name}"), detail));
        }
    }
    Ok(found)
}

/// One thing of a list, which says its own id.
fn listed<D: Drafted>(
    pointer: String,
    mut item: Json,
    faults: &mut Vec<Fault>,
) -> Result<Option<Entry<D>>, CliError> {
    let id_pointer = format!("{pointer}/id");
    let id = item.as_object_mut().and_then(|fields| fields.remove("id"));
    let sent = thing::<D::Draft>(&pointer, item, faults)?;
    Ok(match id {
        Some(Json::String(id)) => Some(Entry { pointer, id_pointer, id, sent }),
        Some(_) => {
            faults.push(Fault::new(id_pointer, "must be a string: put it in quotes"));
            None
        }
        None => {
            faults.push(Fault::new(id_pointer, "is missing"));
            None
        }
    })
}

/// One thing, judged by the schema of its request body: what fits of it, to be judged as it would
/// be there, with what does not.
fn thing<D: ToSchema + DeserializeOwned + 'static>(
    pointer: &str,
    mut item: Json,
    faults: &mut Vec<Fault>,
) -> Result<Option<Sent<D>>, CliError> {
    let broken = |_| CliError::Failed("a schema of our own is broken".to_owned());
    let found = BodySchema::of_body::<D>().map_err(broken)?.faults(&item);
    for fault in &found {
        faults.push(Fault::new(format!("{pointer}{}", fault.pointer), fault.detail.clone()));
        take_out(&mut item, &fault.pointer);
    }
    match serde_json::from_value(without_nulls(item)) {
        Ok(draft) => {
            let found = found.into_iter().map(Fault::from);
            Ok(Some(Sent { draft, faults: found.collect() }))
        }
        Err(error) => {
            if found.is_empty() {
                faults.push(Fault::new(pointer, error.to_string()));
            }
            Ok(None)
        }
    }
}

/// What is null is as good as left out.
fn without_nulls(mut item: Json) -> Json {
    if let Some(fields) = item.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    item
}

/// A key of a mapping as text: people write numbers there, too.
fn key(key: &Value) -> String {
    match key {
        Value::String(text) => text.clone(),
        other => yaml_serde::to_string(other).unwrap_or_default().trim().to_owned(),
    }
}

fn json(value: &Value) -> Json {
    serde_json::to_value(value).unwrap_or_default()
}
