//! Rows as structs, read by the names of their fields. [`row!`] does for both databases what the
//! library's derive does, which would build both drivers a second time for its own use.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

/// What a field of a row is read as: a column of its name, or columns that are a row themselves.
pub(crate) trait Column<R>: Sized {
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

columns! {
    SqliteRow: String i64 bool NaiveDate DateTime<Utc> Vec<u8>;
    PgRow: String i64 bool NaiveDate DateTime<Utc> Vec<u8>;
}

/// Defines a struct that is a row of either database; each field is a [`Column`].
macro_rules! row {
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
