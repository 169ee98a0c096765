//! Rows of comma-separated values as RFC 4180 has them. What somebody typed never becomes a
//! formula of the program that opens the file.

/// A row under construction.
#[derive(Clone, Default)]
pub(super) struct Row(String);

impl Row {
    /// The same with a value of ours: a number, a date, an id, a word.
    pub(super) fn plain(mut self, value: &str) -> Self {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        // The first value must not be empty, or the second would stand in its place.
        if value.is_empty() || value.contains(['"', ',', '\r', '\n']) {
            self.0.push('"');
            self.0.push_str(&value.replace('"', "\"\""));
            self.0.push('"');
        } else {
            self.0.push_str(value);
        }
        self
    }

    /// The same with a text that somebody typed. What a program would take for a formula gets an
    /// apostrophe before it, which says that it is none.
    pub(super) fn typed(self, text: &str) -> Self {
        if text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
            || text.starts_with(['\t', '\r', '\n'])
        {
            return self.plain(&format!("'{text}"));
        }
        self.plain(text)
    }

    /// The row with its end.
    pub(super) fn end(mut self) -> String {
        self.0.push_str("\r\n");
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_quoted_where_it_must_be() {
        let row = Row::default().plain("").plain("9.90").plain("a, \"b\"").typed("c\nd").end();
        assert_eq!(row, "\"\",9.90,\"a, \"\"b\"\"\",\"c\nd\"\r\n");
    }

    #[test]
    fn nothing_that_was_typed_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@sum(a1)", "\t=1", "  =1", "\r=1", "＝1"] {
            let row = Row::default().typed(text).end();
            let first = row.trim_start_matches('"');
            assert!(first.starts_with('\''), "{row}");
        }
        assert_eq!(Row::default().typed("Ada = Bob").plain("-9.90").end(), "Ada = Bob,-9.90\r\n");
    }
}
