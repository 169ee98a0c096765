//! The demo's mailbox: mails that were sent, and one of them to be read.

use serde::Serialize;

use crate::render::look::PageBranding;

/// What the mailbox shows.
#[derive(Clone, Debug, Serialize)]
pub struct MailboxPage {
    /// Who sells.
    pub seller: String,
    /// How the page looks.
    pub look: PageBranding,
    /// The date by the book's clock.
    pub today: String,
    /// The mail that is read.
    pub opened: Option<Letter>,
    /// All of them, the last first.
    pub mails: Vec<LetterRow>,
}

/// A mail in the list.
#[derive(Clone, Debug, Serialize)]
pub struct LetterRow {
    /// Where it is read.
    pub href: String,
    /// Whom it goes to.
    pub to: String,
    /// Its subject.
    pub subject: String,
}

/// A mail.
#[derive(Clone, Debug, Serialize)]
pub struct Letter {
    /// Whom it goes to.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text, piece by piece.
    pub pieces: Vec<LetterPiece>,
}

/// A piece of a text.
#[derive(Clone, Debug, Serialize)]
pub struct LetterPiece {
    /// As it stands there.
    pub text: String,
    /// Where it leads, where it is a link.
    pub href: Option<String>,
}
