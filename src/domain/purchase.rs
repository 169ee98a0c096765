//! What a purchase does to what the customer has.

use super::names::names;
use super::path::Mode;

names! {
    /// How a checkout relates to what the customer has.
    #[schema(as = CheckoutMode)]
    pub enum Purchase {
        /// Nothing: an ordinary purchase.
        New = "new",
        /// The target replaces the source.
        Replace = "replace",
        /// The target is bought in addition.
        Add = "add",
    }
}

impl Purchase {
    /// How it relates to a source; none in an ordinary purchase.
    #[must_use]
    pub fn mode(self) -> Option<Mode> {
        match self {
            Self::New => None,
            Self::Add => Some(Mode::Add),
            Self::Replace => Some(Mode::Replace),
        }
    }
}

impl From<Mode> for Purchase {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Add => Self::Add,
            Mode::Replace => Self::Replace,
        }
    }
}
