//! Rows of comma-separated values as RFC 4180 has them. What somebody typed never becomes a
//! formula of the program that opens the file.

use std::borrow::Cow;

use axum::body::Bytes;
use csv::{Terminator, Writer, WriterBuilder};

use crate::app::AppError;

/// A piece of a file.
pub(crate) struct Sheet(Writer<Vec<u8>>);

impl Sheet {
    /// Without a row.
    pub(crate) fn new() -> Self {
        Self(WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new()))
    }

    /// Adds a row, of as many values as the row before.
    ///
    /// # Errors
    /// A breakage, where there are more or fewer.
    pub(crate) fn row(&mut self, values: &[&str]) -> Result<(), AppError> {
        self.0.write_record(values).map_err(AppError::broken)
    }

    /// What was written.
    ///
    /// # Errors
    /// Only a breakage.
    pub(crate) fn bytes(self) -> Result<Bytes, AppError> {
        let bytes = self.0.into_inner().map_err(|error| AppError::broken(error.into_error()))?;
        Ok(bytes.into())
    }
}

/// A text that somebody typed. What a program would take for a formula gets an apostrophe before
/// it, which says that it is none.
pub(crate) fn values(text: &str) -> Cow<'_, str> {
    let is_formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || text.starts_with(['\t', '\r', '\n']);
    if is_formula { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_quoted_where_it_must_be() {
        let mut sheet = Sheet::new();
        sheet.row(&["", "9.90", "a, \"b\"", "c\nd"]).unwrap();
        assert_eq!(sheet.bytes().unwrap(), ",9.90,\"a, \"\"b\"\"\",\"c\nd\"\r\n");
    }

    #[test]
    fn nothing_that_was_typed_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@sum(a1)", "\t=1", "  =1", "\r=1", "＝1"] {
            assert!(values(text).starts_with('\''), "{text:?}");
        }
        assert_eq!(values("Ada = Bob"), "Ada = Bob");
    }
}
