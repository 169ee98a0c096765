//! Where the pages are found that a customer is sent to.

/// Where a checkout is found.
pub(super) fn checkout(token: &str) -> String {
    format!("/checkout/{token}")
}

/// Where a document is found.
pub(super) fn document(token: &str) -> String {
    format!("/documents/{token}")
}
