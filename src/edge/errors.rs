//! What `app` refuses, as problems: the one place where its errors meet status codes.

use crate::app::{AppError, Refusal};
use crate::domain::fault::Fault;
use crate::edge::problem::{Code, FieldError, Problem};

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        match error {
            AppError::NotFound(what) => {
                Self::new(Code::NotFound, format!("there is no {what} with this id"))
            }
            AppError::Invalid(faults) => faults.into(),
            AppError::Refused(refusal) => (*refusal).into(),
            AppError::Unavailable(error) => {
                tracing::warn!(%error, "the database does not answer");
                Self::new(Code::Unavailable, "the database does not answer: ask again")
            }
            AppError::Beside | AppError::Unawaited => Self::internal(),
            AppError::Busy(detail) => Self::new(Code::Unavailable, detail),
            AppError::Full(error) => {
                tracing::error!(%error, "the database is full");
                let detail = "the database has no space left and nothing was stored: make room \
                              on its disk, then send it again; reading goes on";
                Self::new(Code::OutOfSpace, detail)
            }
            AppError::Broken(error) => {
                // The span around it carries the id of the request.
                tracing::error!(%error, "a request broke");
                Self::internal()
            }
        }
    }
}

impl Problem {
    /// A refusal as a problem; what is no refusal tells nothing.
    pub(crate) fn told(error: &AppError) -> Self {
        match error {
            AppError::Invalid(faults) => faults.clone().into(),
            AppError::Refused(refusal) => refusal.as_ref().clone().into(),
            AppError::NotFound(_)
            | AppError::Unavailable(_)
            | AppError::Beside
            | AppError::Unawaited
            | AppError::Busy(_)
            | AppError::Full(_)
            | AppError::Broken(_) => Self::internal(),
        }
    }
}

impl From<Vec<Fault>> for Problem {
    fn from(faults: Vec<Fault>) -> Self {
        Self::invalid(faults.into_iter().map(FieldError::from).collect())
    }
}

impl From<Fault> for FieldError {
    fn from(fault: Fault) -> Self {
        Self::new(fault.pointer, fault.detail)
    }
}

impl From<FieldError> for Fault {
    fn from(fault: FieldError) -> Self {
        Self::new(fault.pointer, fault.detail)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let Refusal { code, detail, extra } = refusal;
        let known = Code::parse(code).unwrap_or_else(|| {
            tracing::error!(code, "a refusal has no status");
            Code::Conflict
        });
        extra
            .iter()
            .fold(Self::new(known, detail), |problem, (name, value)| problem.with(name, value))
    }
}

/// A thing, or none where there is no such thing.
///
/// # Errors
/// Any other problem.
pub(crate) fn found<T>(result: Result<T, Problem>) -> Result<Option<T>, Problem> {
    match result {
        Ok(thing) => Ok(Some(thing)),
        Err(problem) if problem.code == Code::NotFound => Ok(None),
        Err(problem) => Err(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_its_code_and_its_members() {
        let extra = [("considered", serde_json::json!([]))];
        let refusal = AppError::refused_with("change-not-possible", "no", extra);
        let problem = Problem::from(refusal);
        assert_eq!(problem.code, Code::ChangeNotPossible);
        assert!(problem.to_json().contains("\"considered\":[]"));
        let held = Problem::from(AppError::refused("source-held", "wait"));
        assert_eq!(held.code.status().as_u16(), 409);
    }
}
