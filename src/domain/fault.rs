//! What is wrong with something a person sent: where, and what would be right. Which status code
//! that is, is for `http`.

/// One problem of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A JSON pointer such as `/price/amount`.
    pub pointer: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

impl Fault {
    /// A problem at a place.
    #[must_use]
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// A name as one step of a JSON pointer (RFC 6901).
#[must_use]
pub fn pointer_step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The name most like a text, case aside, if at most a third of it differs; of equals the first.
#[must_use]
pub fn nearest<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = text.to_lowercase();
    let length = lower.chars().count();
    names
        .filter(|name| 3 * name.len().abs_diff(length) <= length.max(name.len()))
        .map(|name| {
            let distance = strsim::osa_distance(&lower, &name.to_lowercase());
            (distance, length.max(name.chars().count()), name)
        })
        .filter(|(distance, length, _)| 3 * distance <= *length)
        .min_by_key(|(distance, _, _)| *distance)
        .map(|(_, _, name)| name)
}
