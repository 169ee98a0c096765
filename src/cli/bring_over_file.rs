//! Reads a file of running subscriptions: CSV with a head of dotted names, or a JSON object a line,
//! in the fields of `POST /v1/subscriptions`, with those of the customer and `parent`. What the
//! lines mean is for `app`.

use std::collections::BTreeSet;
use std::fs::File;
use std::hash::{BuildHasher, Hasher};
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::sync::LazyLock;

use foldhash::quality::FixedState;
use serde_json::{Map, Value};

use crate::app::bring_over::ExportedPrice;
use crate::domain::fault::{Fault, nearest};
use crate::edge::unambiguous;

use super::csv_file::{open_quote, separator};
use super::error::CliError;
use super::exports::{self, ExportFields, ExportedRow, Mapping};

/// What a column may be called.
const COLUMNS: [&str; 33] = [
    "customer",
    "offer",
    "id",
    "parent",
    "started_on",
    "price.amount",
    "price.currency",
    "current_period.start",
    "current_period.end",
    "current_term.start",
    "current_term.end",
    "cancel_on",
    "brought_over.gross.amount",
    "brought_over.gross.currency",
    "brought_over.paid",
    "brought_over.number",
    "customer.id",
    "email",
    "name",
    "address",
    "locale",
    "group",
    "country",
    "phone",
    "messages",
    "vat_id",
    "reference",
    "postal_address.line1",
    "postal_address.line2",
    "postal_address.postal_code",
    "postal_address.city",
    "postal_address.region",
    "postal_address.country",
];

/// The fields of a line that are the customer's.
pub(super) const PROFILE: [&str; 11] = [
    "email",
    "name",
    "address",
    "locale",
    "group",
    "country",
    "phone",
    "messages",
    "vat_id",
    "reference",
    "postal_address",
];

/// A line as it was read: its place in the file, from 1, and what it says.
pub(super) struct FileLine {
    pub(super) place: usize,
    /// Of what stands in the file, by which it is known again.
    pub(super) print: u64,
    pub(super) said: Result<Value, Fault>,
    /// What another system says of the price.
    pub(super) exported: Option<ExportedPrice>,
}

/// The lines of a file, one after the other.
pub(super) enum Reader {
    /// A head, then a row a line.
    Csv { columns: Vec<HeadColumn>, rows: Box<csv::StringRecordsIntoIter<File>> },
    /// The same of another system.
    Export { mapping: Mapping, columns: ExportFields, rows: Box<csv::StringRecordsIntoIter<File>> },
    /// An object a line.
    Json { place: usize, lines: Lines<BufReader<File>> },
}

impl Reader {
    /// Opens a file: JSON where it begins with a brace or is called so, else CSV.
    pub(super) fn open(path: &Path, mapping: Option<&Mapping>) -> Result<Self, CliError> {
        let broken = || CliError::io(path.display().to_string());
        let mut first = String::new();
        BufReader::new(File::open(path).map_err(broken())?)
            .read_line(&mut first)
            .map_err(broken())?;
        if first.is_empty() {
            return Err(in_line(path, 1, "the file is empty: was it written to its end?"));
        }
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let is_json = first.trim_start().starts_with('{')
            || ["ndjson", "jsonl", "json"].iter().any(|it| ending.eq_ignore_ascii_case(it));
        let file = File::open(path).map_err(broken())?;
        if is_json && mapping.is_none() {
            return Ok(Self::Json { place: 0, lines: BufReader::new(file).lines() });
        }
        let by = separator(&first);
        let whole = BufReader::new(File::open(path).map_err(broken())?);
        if let Some(line) = open_quote(whole, by).map_err(broken())? {
            let detail = "a quote begins here that nothing closes: was the file cut off?";
            return Err(in_line(path, line, detail));
        }
        let mut rows = csv::ReaderBuilder::new().delimiter(by).flexible(true).from_reader(file);
        let head = rows.headers().map_err(|error| in_line(path, 1, &error.to_string()))?;
        let columns: Vec<String> =
            head.iter().map(|name| name.trim_start_matches('\u{feff}').trim().to_owned()).collect();
        if let Some(mapping) = mapping {
            let (mapping, columns) = (mapping.clone(), ExportFields::of(&columns));
            if let Some(missing) = columns.missing(mapping.system) {
                let detail = format!("has no column such as `{missing}`: is it that system's?");
                return Err(in_line(path, 1, &detail));
            }
            return Ok(Self::Export { mapping, columns, rows: Box::new(rows.into_records()) });
        }
        if let Some(detail) = head_fault(&columns) {
            return Err(in_line(path, 1, &detail));
        }
        let columns = columns.iter().map(|column| HeadColumn::of(column)).collect();
        Ok(Self::Csv { columns, rows: Box::new(rows.into_records()) })
    }
}

/// What a column is for.
pub(super) struct HeadColumn {
    /// Where its values stand in the object of a line.
    pub(super) path: Vec<String>,
    /// Whether they are true or false.
    is_truth: bool,
}

impl HeadColumn {
    fn of(name: &str) -> Self {
        let path = field_of(name).split('.').map(str::to_owned).collect();
        let is_truth = matches!(name, "brought_over.paid" | "messages" | "customer.messages");
        Self { path, is_truth }
    }
}

/// What a row of CSV is known by again.
fn print_of(row: &csv::StringRecord) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(row.as_slice().as_bytes());
    for field in row {
        hasher.write_usize(field.len());
    }
    hasher.finish()
}

fn in_line(path: &Path, line: usize, detail: &str) -> CliError {
    CliError::Failed(format!("{}:{line}: {detail}", path.display()))
}

/// What is wrong with a head: a column that is not known, or that says what another one says.
fn head_fault(columns: &[String]) -> Option<String> {
    columns.iter().enumerate().find_map(|(place, column)| {
        if !is_column(column) {
            return Some(unknown_column(column));
        }
        let mut before = columns.iter().take(place);
        let same = before.find(|it| field_of(it) == field_of(column))?;
        Some(if same == column {
            format!("the column `{column}` stands there twice: keep the one that is meant")
        } else {
            format!("`{same}` and `{column}` are one and the same: keep the one that is meant")
        })
    })
}

fn is_column(name: &str) -> bool {
    match name.strip_prefix("customer.") {
        Some(field) => field == "id" || is_of_customer(field) && COLUMNS.contains(&field),
        None => COLUMNS.contains(&name),
    }
}

/// What a column says, whether or not `customer.` stands before it.
fn field_of(column: &str) -> &str {
    match column.strip_prefix("customer.") {
        Some("id") => "customer",
        Some(field) => field,
        None => column,
    }
}

fn is_of_customer(field: &str) -> bool {
    PROFILE.contains(&field.split('.').next().unwrap_or_default())
}

/// Those to look them up in.
pub(super) static KNOWN: LazyLock<BTreeSet<&str>> =
    LazyLock::new(|| FIELDS.iter().copied().collect());

/// The fields of a line, in the order of the columns.
pub(super) static FIELDS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let mut fields: Vec<&str> = Vec::new();
    for field in COLUMNS.iter().filter_map(|column| column.split('.').next()) {
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    fields
});

fn unknown_column(name: &str) -> String {
    let remedy = nearest(name, COLUMNS.into_iter()).map_or_else(
        || format!("known columns are {}", COLUMNS.join(", ")),
        |near| format!("did you mean `{near}`?"),
    );
    format!("unknown column `{name}`: {remedy}")
}

impl Iterator for Reader {
    type Item = Result<FileLine, CliError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Csv { columns, rows } => {
                let row = match rows.next()? {
                    Ok(row) => row,
                    Err(error) => return Some(unreadable(&error)),
                };
                let place = row.position().map_or(0, csv::Position::line);
                let place = usize::try_from(place).unwrap_or(usize::MAX);
                let (print, said) = (print_of(&row), object_of(columns, &row));
                Some(Ok(FileLine { place, print, said, exported: None }))
            }
            Self::Export { mapping, columns, rows } => loop {
                let row = match rows.next()? {
                    Ok(row) => row,
                    Err(error) => return Some(unreadable(&error)),
                };
                let place = row.position().map_or(0, csv::Position::line);
                let place = usize::try_from(place).unwrap_or(usize::MAX);
                let (said, exported) = match exports::read(mapping, columns, &row) {
                    Ok(ExportedRow::Over) => continue,
                    Ok(ExportedRow::Runs(said, exported)) => (Ok(said), exported),
                    Err(fault) => (Err(fault), None),
                };
                return Some(Ok(FileLine { place, print: print_of(&row), said, exported }));
            },
            Self::Json { place, lines } => loop {
                *place += 1;
                let line = match lines.next()? {
                    Ok(line) => line,
                    Err(error) => return Some(Err(CliError::io("reading the file")(error))),
                };
                if line.trim().is_empty() {
                    continue;
                }
                let said = unambiguous::read(line.as_bytes());
                let said = said.map_err(|error| Fault::new("", format!("is not JSON: {error}")));
                let print = FixedState::default().hash_one(&line);
                return Some(Ok(FileLine { place: *place, print, said, exported: None }));
            },
        }
    }
}

/// A row that is no text is a fault of its line; a file that cannot be read ends all.
fn unreadable(error: &csv::Error) -> Result<FileLine, CliError> {
    match error.position() {
        Some(position) => {
            let place = usize::try_from(position.line()).unwrap_or(usize::MAX);
            let said = Err(Fault::new("", error.to_string()));
            Ok(FileLine { place, print: 0, said, exported: None })
        }
        None => Err(CliError::Failed(error.to_string())),
    }
}

/// A row as the object that its head describes; what is empty is left out.
fn object_of(columns: &[HeadColumn], row: &csv::StringRecord) -> Result<Value, Fault> {
    if row.len() != columns.len() {
        let detail = format!("has {} fields, and the head has {}", row.len(), columns.len());
        return Err(Fault::new("", detail));
    }
    let mut object = Map::new();
    for (HeadColumn { path, is_truth }, text) in columns.iter().zip(row.iter().map(str::trim)) {
        if !text.is_empty() {
            put(&mut object, path, if *is_truth { truth(text) } else { Value::from(text) });
        }
    }
    Ok(Value::Object(object))
}

/// As spreadsheets and exports write it; anything else is for the schema to refuse.
fn truth(text: &str) -> Value {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Value::Bool(true),
        "false" | "no" | "0" => Value::Bool(false),
        _ => Value::from(text),
    }
}

/// Puts a value where its column says.
fn put(object: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => {
            object.insert(name.clone(), value);
        }
        [first, rest @ ..] => {
            let inner = object.entry(first.as_str()).or_insert_with(|| Value::Object(Map::new()));
            if let Some(inner) = inner.as_object_mut() {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(head: &str, text: &str) -> Result<Value, Fault> {
        let columns: Vec<HeadColumn> = head.split(',').map(HeadColumn::of).collect();
        let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        object_of(&columns, &rows.records().next().unwrap().unwrap())
    }

    #[test]
    fn a_row_is_the_object_that_its_head_describes() {
        let head = "customer,offer,price.amount,price.currency,brought_over.gross.amount,\
                    brought_over.paid,customer.name,cancel_on";
        let said = row(head, "ada,month,9.90,EUR,9.90,Yes,\"Ada, Ltd\",").unwrap();
        assert_eq!(
            said,
            json!({
                "customer": "ada", "offer": "month", "name": "Ada, Ltd",
                "price": {"amount": "9.90", "currency": "EUR"},
                "brought_over": {"gross": {"amount": "9.90"}, "paid": true},
            })
        );
        let head = "customer,customer.phone,messages,vat_id,postal_address.city";
        let said = row(head, "ada,+49 30 1,no,DE1,Berlin").unwrap();
        assert_eq!(
            said,
            json!({
                "customer": "ada", "phone": "+49 30 1", "messages": false, "vat_id": "DE1",
                "postal_address": {"city": "Berlin"},
            })
        );
        assert!(head.split(',').all(is_column));
        let short = row("customer,offer", "ada").unwrap_err();
        assert_eq!(short.detail, "has 1 fields, and the head has 2");
    }

    #[test]
    fn a_head_that_says_a_thing_twice_is_told_and_nothing_is_guessed() {
        let table = [
            ("customer,offer,started_on", None),
            ("customer.id,offer,id,name,customer.postal_address.city", None),
            ("customer,offer,offer", Some("the column `offer` stands there twice")),
            ("customer,customer.id", Some("`customer` and `customer.id` are one and the same")),
            ("name,customer,customer.name", Some("`name` and `customer.name` are one")),
            (
                "postal_address.city,customer.postal_address.city",
                Some("`postal_address.city` and `customer.postal_address.city` are one"),
            ),
            ("customer.offer", Some("unknown column `customer.offer`")),
            ("customer.customer", Some("unknown column `customer.customer`")),
        ];
        for (head, said) in table {
            let columns: Vec<String> = head.split(',').map(str::to_owned).collect();
            let fault = head_fault(&columns);
            match said {
                None => assert_eq!(fault, None, "{head}"),
                Some(said) => assert!(fault.as_ref().unwrap().starts_with(said), "{fault:?}"),
            }
        }
    }
}
