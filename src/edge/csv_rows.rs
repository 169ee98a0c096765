//! Rows of comma-separated values as RFC 4180 has them. What somebody typed never becomes a
//! formula of the program that opens the file.

use std::borrow::Cow;

use axum::body::Bytes;
use csv::{Terminator, Writer, WriterBuilder};

use crate::app::AppError;

/// A piece of a file.
pub(crate) struct CsvChunk(Writer<Vec<u8>>);

impl CsvChunk {
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
    /// Only where the engine or its database fails.
    pub(crate) fn bytes(self) -> Result<Bytes, AppError> {
        let bytes = self.0.into_inner().map_err(|error| AppError::broken(error.into_error()))?;
        Ok(bytes.into())
    }
}

/// What begins a formula.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// What ends a cell for a program that takes another separator than the comma, or a line break
/// for the end of a row: it does not know our quotes.
const ENDS: [char; 11] =
    [';', ',', '|', '\t', '\r', '\n', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];

/// A text that somebody typed. What a program would take for a formula, wherever it believes that
/// a cell begins, gets an apostrophe before it, which says that it is none.
pub(crate) fn values(text: &str) -> Cow<'_, str> {
    let mut safe = String::new();
    // A cell that begins with a break, or with a formula behind what nobody sees, as a whole.
    let first = text.chars().find(|letter| !is_passed_over(*letter));
    let is_formula = first.is_some_and(|first| FORMULA.contains(&first));
    if is_formula || text.starts_with(['\t', '\r', '\n']) {
        safe.push('\'');
    }
    let mut begins = false;
    for letter in text.chars() {
        if begins && FORMULA.contains(&letter) {
            safe.push('\'');
        }
        begins = ENDS.contains(&letter) || (begins && is_passed_over(letter));
        safe.push(letter);
    }
    if safe.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(safe) }
}

/// What programs leave out before they look at how a cell begins: blanks, quotes, and the
/// characters that are not seen.
fn is_passed_over(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(
            letter,
            '"' | '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_quoted_where_it_must_be() {
        let mut sheet = CsvChunk::new();
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

    /// As two programs read it: one that splits at commas, and one that splits at semicolons, is
    /// lenient about quotes and looks past what is not seen.
    #[test]
    fn no_spreadsheet_finds_a_formula_wherever_it_splits() {
        let cells = |row: &str, separator: char| {
            let row = row.trim_end_matches("\r\n").to_owned();
            let mut cells: Vec<String> = Vec::new();
            for line in row.split(['\r', '\n', '\u{b}', '\u{c}', '\u{85}', '\u{2028}']) {
                cells.extend(line.split(separator).map(str::to_owned));
            }
            cells
        };
        let table = [
            ";=cmd|'/C calc'!A0",
            "a;=1",
            "a; =1",
            "a;\"=1",
            "\u{feff}=1",
            "\u{feff}\u{200b} =1",
            "a\n=1",
            "a\r\n\u{feff}+1",
            "\n=1",
            "a,=1",
            "a\t@sum(a1)",
            "a;b;-2",
            "a;＝1",
            "|=1",
            "a\u{2028}=1",
            "a\u{b}-1",
        ];
        for text in table {
            let mut sheet = CsvChunk::new();
            sheet.row(&["x", &values(text), "y"]).unwrap();
            let row = String::from_utf8(sheet.bytes().unwrap().to_vec()).unwrap();
            for separator in [';', ',', '\t', '|'] {
                for cell in cells(&row, separator) {
                    let seen = cell.trim_start_matches(is_passed_over);
                    assert!(!seen.starts_with(FORMULA), "{text:?} gives {cell:?} by {separator:?}");
                }
            }
        }
        for plain in ["Ada; Bob", "a\nb", "9.90 - 3", "", "a;b-c"] {
            assert_eq!(values(plain), plain);
        }
    }
}
