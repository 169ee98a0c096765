//! What a writer expects to find: read before and compared by its version, and compared once
//! more in the transaction that writes, so that of two who saw the same only one gets through.
//! How versions are told from outside is for `http`.

use super::AppError;

/// What is to be there when a thing is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected<T> {
    /// Whatever there is.
    Anything,
    /// No such thing.
    Nothing,
    /// This very thing, unchanged.
    This(T),
    /// Another than there was when it was looked at, for this reason.
    Other(String),
}

impl<T: PartialEq> Expected<T> {
    /// Whether anything is expected: if not, nobody need look.
    #[must_use]
    pub fn is_set(&self) -> bool {
        !matches!(self, Self::Anything)
    }

    /// Holds it against what is there, which the transaction has locked.
    ///
    /// # Errors
    /// Refused where it is another.
    pub(super) fn judge(&self, current: Option<&T>) -> Result<(), AppError> {
        let fits = match self {
            Self::Anything => true,
            Self::Nothing => current.is_none(),
            Self::This(expected) => current == Some(expected),
            Self::Other(why) => return Err(AppError::refused("precondition-failed", why)),
        };
        if fits { Ok(()) } else { Err(changed()) }
    }

    /// Holds it against what was written: a thing that was not there cannot be locked.
    ///
    /// # Errors
    /// Refused where somebody else has just made it.
    pub(super) fn judge_new(&self, created: bool) -> Result<(), AppError> {
        if created || !matches!(self, Self::Nothing) { Ok(()) } else { Err(changed()) }
    }
}

fn changed() -> AppError {
    let detail = "somebody else has just written it: read it again";
    AppError::refused("precondition-failed", detail)
}
