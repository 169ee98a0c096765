//! Rows as structs, read by the names of their fields. [`row!`] does for both databases what the
//! library's derive does, which would build both drivers a second time for its own use.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

/// What a field of a row is read as: a column of its name, or columns that are a row themselves.
pub trait Column<R>: Sized {
    /// Reads it from a row.
    fn read(row: &R, name: &'static str) -> Result<Self, sqlx::Error>;
}

macro_rules! columns {
    ($($row:ty: $($type:ty)*;)*) => {$($(
        impl Column<$row> for $type {
            fn read(row: &$row, name: &'static str) -> Result<Self, sqlx::Error> {
                sqlx::Row::try_get(row, name)
            }
        }

        impl Column<$row> for Option<$type> {
            fn read(row: &$row, name: &'static str) -> Result<Self, sqlx::Error> {
                sqlx::Row::try_get(row, name)
            }
        }
    )*)*};
}

/// A row as a JSON object, of a statement that gives rows of several kinds; see
/// [`Tx::ask`](super::Tx::ask).
pub(crate) type JsonRow = Map<String, Value>;

/// What can be read of a [`JsonRow`].
pub trait Columns: Column<JsonRow> {
    /// Adds the names of its columns, where a field of it has this name.
    fn name(field: &'static str, names: &mut Vec<&'static str>);
}

/// The names of the columns of a row.
pub(crate) fn names_of<R: Columns>() -> Vec<&'static str> {
    let mut names = Vec::new();
    R::name("", &mut names);
    names
}

macro_rules! json_columns {
    ($($type:ty: $value:ident => $read:expr;)*) => {$(
        impl Column<JsonRow> for Option<$type> {
            fn read(row: &JsonRow, name: &'static str) -> Result<Self, sqlx::Error> {
                match row.get(name) {
                    None | Some(Value::Null) => Ok(None),
                    Some($value) => $read.map(Some).ok_or_else(|| unreadable(name)),
                }
            }
        }

        impl Column<JsonRow> for $type {
            fn read(row: &JsonRow, name: &'static str) -> Result<Self, sqlx::Error> {
                Option::<$type>::read(row, name)?.ok_or_else(|| unreadable(name))
            }
        }

        impl Columns for Option<$type> {
            fn name(field: &'static str, names: &mut Vec<&'static str>) {
                names.push(field);
            }
        }

        impl Columns for $type {
            fn name(field: &'static str, names: &mut Vec<&'static str>) {
                names.push(field);
            }
        }
    )*};
}

json_columns! {
    String: value => value.as_str().map(str::to_owned);
    i64: value => value.as_i64();
    // SQLite has no flags of its own.
    bool: value => value.as_bool().or_else(|| value.as_i64().map(|flag| flag != 0));
    NaiveDate: value => value.as_str().and_then(|text| text.parse().ok());
    DateTime<Utc>: value => value.as_str().and_then(|text| text.parse().ok());
}

fn unreadable(name: &'static str) -> sqlx::Error {
    let source = "it is of another type".into();
    sqlx::Error::ColumnDecode { index: name.to_owned(), source }
}

columns! {
    SqliteRow: String i64 bool NaiveDate DateTime<Utc> Vec<u8>;
    PgRow: String i64 bool NaiveDate DateTime<Utc> Vec<u8>;
}

/// Defines a struct that is a row of either database; each field is a [`Column`].
/// With `json` it can also be one of several answers to [`Tx::ask`](super::Tx::ask).
macro_rules! row {
    (json $(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty,)*
    }) => {
        $crate::store::sql::row! {
            $(#[$meta])*
            $vis struct $name {
                $($(#[$field_meta])* $field_vis $field: $type,)*
            }
        }

        impl $crate::store::sql::Column<$crate::store::sql::JsonRow> for $name {
            fn read(
                row: &$crate::store::sql::JsonRow,
                _: &'static str,
            ) -> Result<Self, sqlx::Error> {
                Ok(Self {
                    $($field: $crate::store::sql::Column::read(row, stringify!($field))?,)*
                })
            }
        }

        impl $crate::store::sql::Columns for $name {
            fn name(_: &'static str, names: &mut Vec<&'static str>) {
                $(<$type as $crate::store::sql::Columns>::name(stringify!($field), names);)*
            }
        }
    };
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty,)*
    }) => {
        $(#[$meta])*
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $type,)*
        }

        $crate::store::sql::row!(@ sqlx::sqlite::SqliteRow, $name, $($field)*);
        $crate::store::sql::row!(@ sqlx::postgres::PgRow, $name, $($field)*);
    };
    (@ $row:ty, $name:ident, $($field:ident)*) => {
        impl sqlx::FromRow<'_, $row> for $name {
            fn from_row(row: &$row) -> Result<Self, sqlx::Error> {
                Ok(Self {
                    $($field: $crate::store::sql::Column::read(row, stringify!($field))?,)*
                })
            }
        }

        impl $crate::store::sql::Column<$row> for $name {
            fn read(row: &$row, _: &'static str) -> Result<Self, sqlx::Error> {
                sqlx::FromRow::from_row(row)
            }
        }
    };
}
pub(crate) use row;
