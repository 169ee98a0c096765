//! What is known of a CSV file before its rows are read: by what its fields are separated, and
//! whether it is whole.

use std::io::{self, BufRead};

/// By what the fields of a file are separated: commas, or, where its head has none, the semicolons
/// or tabs of spreadsheets.
pub(super) fn separator(head: &str) -> u8 {
    if head.contains(',') {
        return b',';
    }
    [b';', b'\t'].into_iter().find(|it| head.as_bytes().contains(it)).unwrap_or(b',')
}

/// Where a reader of CSV is.
#[derive(Clone, Copy)]
enum CsvPlace {
    FieldStart,
    Unquoted,
    Quoted,
    /// Behind a quote that ends the field, unless another one follows.
    QuoteSeen,
}

/// The line, from 1, of a quote that nothing closes: the file was cut off, or a quote is missing.
pub(super) fn open_quote(mut file: impl BufRead, separator: u8) -> io::Result<Option<usize>> {
    let (mut place, mut line, mut opened) = (CsvPlace::FieldStart, 1, 1);
    loop {
        let bytes = file.fill_buf()?;
        if bytes.is_empty() {
            break;
        }
        for byte in bytes {
            place = match (place, byte) {
                (CsvPlace::Quoted, b'"') => CsvPlace::QuoteSeen,
                (CsvPlace::Quoted, _) | (CsvPlace::QuoteSeen, b'"') => CsvPlace::Quoted,
                (CsvPlace::FieldStart, b'"') => {
                    opened = line;
                    CsvPlace::Quoted
                }
                (_, b'\n' | b'\r') => CsvPlace::FieldStart,
                (_, byte) if *byte == separator => CsvPlace::FieldStart,
                _ => CsvPlace::Unquoted,
            };
            line += usize::from(*byte == b'\n');
        }
        let read = bytes.len();
        file.consume(read);
    }
    Ok(matches!(place, CsvPlace::Quoted).then_some(opened))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_separated_as_the_head_is() {
        for (head, by) in [
            ("customer,offer", b','),
            ("customer;offer", b';'),
            ("customer\toffer", b'\t'),
            ("\"a;b\",c", b','),
            ("customer", b','),
            ("", b','),
        ] {
            assert_eq!(separator(head), by, "{head}");
        }
    }

    #[test]
    fn a_file_that_was_cut_within_quotes_is_known() {
        for (text, open) in [
            ("a,b\n1,2\n", None),
            ("a,b\n1,\"2\"\n", None),
            ("a,b\n1,\"2 \"\"x\"\"\n3\"\n", None),
            ("a,b\n1,in 5\" steps\n", None),
            ("a,b\n1,\"2", Some(2)),
            ("a,b\n\"1\n1\",2\n3,\"4 \"\"\n\n", Some(4)),
            ("", None),
        ] {
            assert_eq!(open_quote(text.as_bytes(), b',').unwrap(), open, "{text}");
        }
    }
}
