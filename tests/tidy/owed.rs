//! What is owed: faults that were there when their check came. Each list is held to be no longer
//! than needed, so it only ever gets shorter.

/// Circles: folder, its rooms, and why they are still there.
pub(crate) const CIRCLES: &[(&str, &[&str], &str)] = &[];

/// How many lines of a file are too wide.
pub(crate) const WIDE: &[(&str, usize)] = &[];

/// Public items that nobody names.
pub(crate) const UNNAMED: &[&str] = &[];
