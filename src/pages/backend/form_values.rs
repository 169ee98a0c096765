//! What is typed into a form: read as the JSON that the API takes, and held against what is
//! stored. How numbers are read is for `notation`, how a form is shown for `forms`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::edge::drafts::Draft;
use crate::edge::etag::version_of;
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::SentForm;
use crate::pages::backend::notation::{Notation, whole};
use crate::render::backend::form::Kind;
use crate::render::backend::phrase::{Phrase, phrase};

/// The name under which a form sends back the version of what it was made from.
const VERSION: &str = "version";

/// A field of a form. A form is a table of them, in the order of the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec {
    /// Its pointer into the JSON, and its name in the form.
    pub(super) at: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
    /// Whether it is sent where it is left empty.
    sent: bool,
    /// Whether it is read in capitals.
    upper: bool,
    /// What is right, for somebody who has it wrong.
    pub(super) right: &'static str,
}

impl Spec {
    /// A field that may be left empty: then it is left out of the JSON.
    pub(super) const fn new(at: &'static str, label: &'static str, kind: Kind) -> Self {
        Self { at, label, hint: "", kind, required: false, sent: false, upper: false, right: "" }
    }

    /// What to think of when filling it in.
    pub(super) const fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    /// One that must be filled in: left empty, it is sent as empty, so that it is judged.
    pub(super) const fn required(self) -> Self {
        Self { required: true, sent: true, ..self }
    }

    /// One that is sent although it is empty.
    pub(super) const fn sent(self) -> Self {
        Self { sent: true, ..self }
    }

    /// A code that is written in capitals, however it was typed.
    pub(super) const fn upper(self) -> Self {
        Self { upper: true, ..self }
    }

    /// What to write instead of what the rules refuse, in the words of this form; without it the
    /// words of the rules stand there.
    pub(super) const fn right(self, right: &'static str) -> Self {
        Self { right, ..self }
    }

    /// Whether it is the one at this pointer.
    pub(super) fn is(&self, at: &str) -> bool {
        self.at == at
    }

    /// The names of its inputs.
    pub(super) fn names(&self) -> (String, String) {
        match self.kind {
            Kind::Money => (format!("{}/amount", self.at), format!("{}/currency", self.at)),
            Kind::Period => (format!("{}/count", self.at), format!("{}/unit", self.at)),
            _ => (self.at.to_owned(), String::new()),
        }
    }
}

/// What stands in the fields of a form, by their names.
#[derive(Clone, Debug, Default)]
pub(super) struct FormValues {
    fields: BTreeMap<String, Vec<String>>,
    notation: Notation,
    /// What has become of what the form was made from.
    pub(super) meanwhile: ConcurrentEdit,
}

/// What has become of what a form was made from, as far as it has been looked for.
#[derive(Clone, Debug, Default)]
pub(super) enum ConcurrentEdit {
    /// Nothing that is known of.
    #[default]
    Unchanged,
    /// It is something else by now.
    Changed(Box<FormValues>),
    /// It is gone.
    Gone,
}

impl ConcurrentEdit {
    /// What is stored instead.
    pub(super) fn now(&self) -> Option<&FormValues> {
        match self {
            Self::Changed(stored) => Some(stored),
            Self::Unchanged | Self::Gone => None,
        }
    }
}

impl FormValues {
    /// What was sent.
    pub(super) fn sent(sent: SentForm) -> Self {
        let mut values = Self::default();
        for (name, value) in sent.0 {
            // Browsers send line breaks as mail does.
            values.fields.entry(name).or_default().push(value.replace("\r\n", "\n"));
        }
        values
    }

    /// The same, read as this hand writes.
    pub(super) fn by(self, notation: Notation) -> Self {
        Self { notation, ..self }
    }

    /// What is stored, in the shape that the API answers with, as this hand would write it.
    pub(super) fn of<T: Serialize>(specs: &[Spec], stored: &T, notation: Notation) -> Self {
        let mut values = Self::default().by(notation).with(VERSION, version_of(stored));
        let stored = serde_json::to_value(stored).unwrap_or_default();
        for spec in specs {
            let Some(value) = stored.pointer(spec.at) else { continue };
            let (name, second) = spec.names();
            match (spec.kind, value) {
                (Kind::Money, Value::Object(money)) => {
                    let part = |part: &str| money.get(part).map(text).unwrap_or_default();
                    values.put(name, notation.write(&part("amount")));
                    values.put(second, part("currency"));
                }
                (Kind::Period, Value::String(period)) => {
                    let body = period.strip_prefix('P').unwrap_or(period);
                    let (count, unit) = body.split_at(body.len().saturating_sub(1));
                    values.put(name, count.to_owned());
                    values.put(second, unit.to_owned());
                }
                (Kind::Lines, Value::Array(lines)) => {
                    let lines: Vec<String> = lines.iter().map(text).collect();
                    values.put(name, lines.join("\n"));
                }
                (_, Value::Array(all)) => {
                    values.fields.insert(name, all.iter().map(text).collect());
                }
                (Kind::Flag, Value::Bool(false)) | (_, Value::Null) => {}
                (_, value) => values.put(name, text(value)),
            }
        }
        values
    }

    /// The same with a field filled in.
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.put(name.to_owned(), value.into());
        self
    }

    /// The same, where somebody else has changed what the form was made from: held against what
    /// is stored now, if anything is. Saved once more, it takes the place of that.
    pub(super) fn against(self, stored: Option<Self>) -> Self {
        let version = stored.as_ref().map_or("", Self::version).to_owned();
        let meanwhile =
            stored.map_or(ConcurrentEdit::Gone, |it| ConcurrentEdit::Changed(Box::new(it)));
        Self { meanwhile, ..self }.with(VERSION, version)
    }

    /// What stands below a place of the form, by its names from there on.
    pub(super) fn within(&self, at: &str) -> Self {
        let below = format!("{at}/");
        let fields = self.fields.range(below.clone()..);
        let fields = fields.take_while(|(name, _)| name.starts_with(&below));
        let fields = fields.map(|(name, all)| (name[at.len()..].to_owned(), all.clone()));
        Self { fields: fields.collect(), ..Self::default() }.by(self.notation)
    }

    /// The same with this below a place of the form, instead of what stood there.
    pub(super) fn with_part(mut self, at: &str, part: &Self) -> Self {
        let below = format!("{at}/");
        self.fields.retain(|name, _| !name.starts_with(&below));
        let part = part.fields.iter().filter(|(name, _)| name.starts_with('/'));
        self.fields.extend(part.map(|(name, all)| (format!("{at}{name}"), all.clone())));
        self
    }

    /// The places that are counted in it, as in `/0/title`, in their order.
    pub(super) fn places(&self) -> BTreeSet<usize> {
        let first = |name: &String| name.strip_prefix('/')?.split('/').next()?.parse().ok();
        self.fields.keys().filter_map(first).collect()
    }

    fn put(&mut self, name: String, value: String) {
        self.fields.insert(name, vec![value]);
    }

    /// What stands in a field; empty where nothing does.
    pub(super) fn text(&self, name: &str) -> &str {
        self.all(name).first().map_or("", String::as_str)
    }

    /// The version of what the form was made from; empty where it was made from nothing.
    pub(super) fn version(&self) -> &str {
        self.text(VERSION)
    }

    /// How numbers are written in it.
    pub(super) fn notation(&self) -> Notation {
        self.notation
    }

    /// All that was typed, to be sent once more from another page.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        let fields =
            self.fields.iter().filter(|(name, _)| name.starts_with('/') || *name == VERSION);
        let pairs =
            fields.flat_map(|(name, all)| all.iter().map(|value| (name.clone(), value.clone())));
        pairs.collect()
    }

    pub(super) fn all(&self, name: &str) -> &[String] {
        self.fields.get(name).map_or(&[], Vec::as_slice)
    }

    /// The JSON that the API would take.
    pub(super) fn json(&self, specs: &[Spec]) -> Value {
        let mut body = Value::Object(Map::new());
        for spec in specs {
            // What cannot be read is sent as it is, so that it is judged.
            let read = self.read(spec).unwrap_or_else(|_| Some(self.raw(spec)));
            if let Some(value) = read {
                set(&mut body, spec.at, value);
            }
        }
        body
    }

    /// What was typed as the API takes it, and all that cannot be read in it.
    pub(super) fn read_all(&self, specs: &[Spec]) -> (Value, Vec<FieldError>) {
        let faults = specs.iter().filter_map(|spec| self.read(spec).err());
        (self.json(specs), faults.collect())
    }

    /// The same, with each line of the list at `at` read once more, as the API has its elements.
    pub(super) fn read_all_lines<W: Into<String>>(
        &self,
        specs: &[Spec],
        at: &str,
        read: impl Fn(&str) -> Result<Value, W>,
    ) -> (Value, Vec<FieldError>) {
        let (mut body, mut faults) = self.read_all(specs);
        let lines = body.pointer_mut(at).and_then(Value::as_array_mut);
        for (place, line) in lines.into_iter().flatten().enumerate() {
            *line = read(line.as_str().unwrap_or_default()).unwrap_or_else(|words| {
                faults.push(FieldError::new(format!("{at}/{place}"), words));
                Value::Null
            });
        }
        (body, faults)
    }

    /// What was typed as a draft, with all that cannot be read in it.
    ///
    /// # Errors
    /// A 422 where nothing of it can be read.
    pub(super) fn draft<D>(&self, specs: &[Spec]) -> Result<Draft<D>, Problem>
    where
        D: ToSchema + DeserializeOwned + 'static,
    {
        let (body, faults) = self.read_all(specs);
        Draft::with_faults(body, faults)
    }

    /// The value of a field; none where it is left out.
    pub(super) fn read(&self, spec: &Spec) -> Result<Option<Value>, FieldError> {
        let (name, second) = spec.names();
        let text = self.text(&name);
        let first = text.trim();
        let wrong = |words: String| FieldError::new(spec.at, words);
        let is_empty = match spec.kind {
            Kind::Flag => return Ok(Some(Value::Bool(!text.is_empty()))),
            Kind::Many => self.all(&name).is_empty(),
            _ => first.is_empty(),
        };
        // A secret is never sent back: what is wrong with it was seen when it was there.
        if is_empty && spec.required && spec.kind != Kind::Secret {
            let words = match spec.kind {
                Kind::Money => Err(self.amount(spec).err().unwrap_or_else(|| wrong(String::new()))),
                Kind::Many => Err(wrong("Pick at least one.".to_owned())),
                Kind::Choice => Err(wrong("Pick one.".to_owned())),
                Kind::Date => Notation::date("").map(drop).map_err(wrong),
                Kind::Period => Notation::count("").map(drop).map_err(wrong),
                _ if spec.right.is_empty() => Err(wrong("Fill this in.".to_owned())),
                _ => Err(wrong(spec.right.to_owned())),
            };
            words?;
        }
        if is_empty && !spec.sent && !matches!(spec.kind, Kind::Many | Kind::Lines) {
            return Ok(None);
        }
        Ok(Some(match spec.kind {
            Kind::Number => Value::from(whole(first).ok_or_else(|| {
                let right =
                    if spec.right.is_empty() { "Write a whole number." } else { spec.right };
                wrong(right.to_owned())
            })?),
            Kind::Money => self.amount(spec)?,
            Kind::Period => {
                let count = Notation::count(first).map_err(wrong)?;
                Value::String(format!("P{count}{}", self.text(&second)))
            }
            Kind::Date => {
                Notation::date(first).map_err(wrong)?;
                self.raw(spec)
            }
            _ => self.raw(spec),
        }))
    }

    fn amount(&self, spec: &Spec) -> Result<Value, FieldError> {
        let (name, second) = spec.names();
        let currency = self.notation.currency(self.text(&second).trim());
        let currency = currency.map_err(|words| FieldError::new(second, words))?;
        let amount = self.notation.amount(self.text(&name).trim(), currency);
        let amount = amount.map_err(|words| FieldError::new(name, words))?;
        Ok(serde_json::json!({"amount": amount, "currency": currency.code()}))
    }

    /// What stands in a field, unread.
    fn raw(&self, spec: &Spec) -> Value {
        let (name, second) = spec.names();
        let text = self.text(&name);
        match spec.kind {
            Kind::Many => self.all(&name).iter().cloned().map(Value::String).collect(),
            Kind::Lines => lines(text).map(|(_, line)| Value::String(line.to_owned())).collect(),
            Kind::Money => {
                let (amount, currency) = (text.trim(), self.text(&second).trim());
                serde_json::json!({"amount": amount, "currency": currency})
            }
            Kind::Period => Value::String(format!("P{}{}", text.trim(), self.text(&second))),
            Kind::Area => Value::String(text.to_owned()),
            // A question that may stay open.
            Kind::Choice if matches!(text, "true" | "false") => Value::Bool(text == "true"),
            _ if spec.upper => Value::String(text.trim().to_uppercase()),
            _ => Value::String(text.trim().to_owned()),
        }
    }

    /// Whether a field says the same in both.
    pub(super) fn agrees(&self, other: &Self, spec: &Spec) -> bool {
        let value = |values: &Self| values.read(spec).unwrap_or_else(|_| Some(values.raw(spec)));
        match spec.kind {
            Kind::Many => {
                let picked = |values: &Self| -> BTreeSet<String> {
                    values.all(spec.at).iter().cloned().collect()
                };
                picked(self) == picked(other)
            }
            _ => value(self) == value(other),
        }
    }

    /// A field as it is read by people; what is picked is named later.
    pub(super) fn told(&self, spec: &Spec) -> Vec<Phrase> {
        let (name, second) = spec.names();
        let (first, second) = (self.text(&name), self.text(&second));
        match spec.kind {
            Kind::Flag if first.is_empty() => vec!["not ticked".into()],
            Kind::Flag => vec!["ticked".into()],
            Kind::Many => self.all(&name).iter().map(Phrase::from).collect(),
            Kind::Lines => lines(first).map(|(_, line)| line.to_owned().into()).collect(),
            Kind::Period if !first.is_empty() => {
                let units = [("D", "days"), ("W", "weeks"), ("M", "months"), ("Y", "years")];
                let unit = units.into_iter().find(|(unit, _)| *unit == second);
                vec![match unit {
                    Some((_, unit)) => phrase!("{} {}", first.to_owned(), unit),
                    None => format!("{first} {second}").into(),
                }]
            }
            _ => Some(format!("{first} {second}").trim().to_owned())
                .into_iter()
                .filter(|told| !told.is_empty())
                .map(Phrase::from)
                .collect(),
        }
    }
}

/// The lines that are not blank, each with its number.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(place, line)| (place + 1, line.trim()));
    lines.filter(|(_, line)| !line.is_empty())
}

/// A text as it stands in a field.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Sets what is at a pointer, making the objects on the way to it.
fn set(body: &mut Value, pointer: &str, value: Value) {
    let mut place = body;
    for step in pointer.trim_start_matches('/').split('/') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(members) = place else { return };
        place = members.entry(step).or_insert(Value::Null);
    }
    *place = value;
}
