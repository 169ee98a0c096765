//! Where the pages are found that a customer is sent to, below the address of the server.

/// Where a checkout is found.
#[must_use]
pub fn checkout(token: &str) -> String {
    format!("/checkout/{token}")
}

/// Where a document is found.
#[must_use]
pub fn document(token: &str) -> String {
    format!("/documents/{token}")
}

/// Where a document is found as an electronic invoice.
#[must_use]
pub fn einvoice(token: &str) -> String {
    format!("{}/xml", document(token))
}

/// Where a customer finds their portal.
#[must_use]
pub fn portal(token: &str) -> String {
    format!("/portal/{token}")
}

/// Where a link of a message is found.
#[must_use]
pub fn link(token: &str) -> String {
    format!("/links/{token}")
}

/// Where a customer says that they want no messages any more.
#[must_use]
pub fn unsubscribing(token: &str) -> String {
    format!("/unsubscribe/{token}")
}
