//! An instant or a date as pages show it.

use serde::Serialize;

/// An instant or a date, for people and for machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Time {
    /// As RFC 3339 has it.
    pub iso: String,
    /// In the merchant's zone and locale.
    pub text: String,
}
