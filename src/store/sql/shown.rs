//! Statements as they are sent, with the types of their values and without the values: for whoever
//! looks at what the store asks (`--log crossgrade::statements=trace`), and for the tests, which
//! keep those of a release and hold them against the tables of the next.

use super::Arg;

/// Under which name they are told.
macro_rules! target {
    () => {
        "crossgrade::statements"
    };
}

/// Whether anybody looks.
pub(super) fn is_wanted() -> bool {
    tracing::enabled!(target: target!(), tracing::Level::TRACE)
}

/// Shows a statement with the types of its values, as PostgreSQL names them.
pub(super) fn show(database: &'static str, sql: &str, types: &[String]) {
    let types = types.join(", ");
    tracing::trace!(target: target!(), database, sql, types, "statement");
}

/// The types of single values.
pub(super) fn of_values(args: &[Arg]) -> Vec<String> {
    args.iter().map(|arg| name(arg).to_owned()).collect()
}

/// The types of rows: those of the values of one, or arrays of them.
pub(super) fn of_rows(rows: &[Vec<Arg>], in_arrays: bool) -> Vec<String> {
    let many = if in_arrays { "[]" } else { "" };
    let first = rows.first().map(Vec::as_slice).unwrap_or_default();
    first.iter().map(|arg| format!("{}{many}", name(arg))).collect()
}

fn name(arg: &Arg) -> &'static str {
    match arg {
        Arg::Text(_) => "text",
        Arg::Int(_) => "int8",
        Arg::Bool(_) => "bool",
        Arg::Date(_) => "date",
        Arg::At(_) => "timestamptz",
        Arg::Bytes(_) => "bytea",
        Arg::List(_) => "text[]",
    }
}
