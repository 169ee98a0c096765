//! The one error that the edges see. Which status code each is, is for `edge::problem`.

use serde_json::{Map, Value};

use crate::domain::fault::Fault;
use crate::domain::ids::BadId;
use crate::render::RenderError;
use crate::store::StoreError;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// There is no such thing, or it is another merchant's.
    #[error("there is no {0} of this id")]
    NotFound(&'static str),
    /// What was sent is wrong; every fault.
    #[error("{} field(s) are wrong", .0.len())]
    Invalid(Vec<Fault>),
    /// A business no.
    #[error("{}", .0.detail)]
    Refused(Box<Refusal>),
    /// The database does not answer.
    #[error("the database does not answer: {0}")]
    Unavailable(StoreError),
    /// A decision takes long: it is made beside, then all is done again. It leaves no request.
    #[error("to be decided beside")]
    Beside,
    /// Others of the same key or merchant take what it may have.
    #[error("{0}")]
    Busy(&'static str),
    /// Whoever waited for what is read is gone: it ends, and is told nobody.
    #[error("nobody waits for it")]
    Unawaited,
    /// The database has no room: nothing was stored, reading goes on.
    #[error("{0}")]
    Full(StoreError),
    /// A breakage: logged once at the edge, never shown.
    #[error("{0}")]
    Broken(Box<dyn std::error::Error + Send + Sync>),
}

/// A business no with its stable code.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Kebab-case, listed in `docs/reference.md`.
    pub code: &'static str,
    /// For people.
    pub detail: String,
    /// More members of the problem, such as `considered`.
    pub extra: Map<String, Value>,
}

impl AppError {
    /// A business no.
    #[must_use]
    pub fn refused(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Refused(Box::new(Refusal { code, detail: detail.into(), extra: Map::new() }))
    }

    /// A business no with one more member.
    #[must_use]
    pub fn refused_with(
        code: &'static str,
        detail: impl Into<String>,
        extra: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> Self {
        let extra = extra.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        Self::Refused(Box::new(Refusal { code, detail: detail.into(), extra }))
    }

    /// One wrong field.
    #[must_use]
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(pointer, detail)])
    }

    /// Whether others were in its way.
    pub(super) fn is_others(&self) -> bool {
        matches!(self, Self::Unavailable(error) if error.is_collision())
    }

    /// A breakage.
    pub fn broken(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Broken(error.into())
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unawaited => Self::Unawaited,
            error if error.is_full() => Self::Full(error),
            error if error.is_unavailable() => Self::Unavailable(error),
            error => Self::Broken(Box::new(error)),
        }
    }
}

impl From<RenderError> for AppError {
    fn from(error: RenderError) -> Self {
        Self::Broken(Box::new(error))
    }
}

impl From<serde_json::Error> for AppError {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(Box::new(error))
    }
}

impl From<Vec<Fault>> for AppError {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Invalid(faults)
    }
}

impl From<BadId> for AppError {
    fn from(_: BadId) -> Self {
        Self::NotFound("thing")
    }
}
