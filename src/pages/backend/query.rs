//! Texts in the query of an address.

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands for itself in a query.
const PLAIN: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text as part of a query.
pub(super) fn encode(text: &str) -> impl Display {
    utf8_percent_encode(text, &PLAIN)
}
