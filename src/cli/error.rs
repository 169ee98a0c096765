//! Why a command did not do as asked, in one line for people, and the exit code that goes with
//! it.

use std::error::Error;
use std::process::ExitCode;

use crate::app::AppError;
use crate::store::StoreError;

/// A command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// An option makes no sense.
    #[error("{0}")]
    Wrong(String),
    /// The command says itself what is the matter.
    #[error("{0}")]
    Failed(String),
    /// The engine refused or broke.
    #[error("{}", told(.0))]
    App(#[from] AppError),
    /// The database did.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// A file or the network did.
    #[error("{what}: {error}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        error: std::io::Error,
    },
}

impl CliError {
    /// A failure of the system with what was tried.
    pub(super) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |error| Self::Io { what, error }
    }

    /// 2 where an option is wrong, else 1.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Wrong(_) => 2,
            Self::Failed(_) | Self::App(_) | Self::Store(_) | Self::Io { .. } => 1,
        })
    }

    /// The whole chain of causes in one line; a cause that its effect has told is left out.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = self.to_string();
        // The first source is what we are made of, and speaks through us already.
        let mut cause = self.source().and_then(Error::source);
        while let Some(error) = cause {
            let text = error.to_string();
            if !line.contains(&text) {
                line = format!("{line}: {text}");
            }
            cause = error.source();
        }
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Faults are told by their places; everything else tells itself.
fn told(error: &AppError) -> String {
    match error {
        AppError::Invalid(faults) => {
            let told = faults.iter().map(|fault| format!("{} {}", fault.pointer, fault.detail));
            told.collect::<Vec<_>>().join("; ")
        }
        AppError::NotFound(_)
        | AppError::Refused(_)
        | AppError::Unavailable(_)
        | AppError::Beside
        | AppError::Unawaited
        | AppError::Busy(_)
        | AppError::Full(_)
        | AppError::Broken(_) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_whatever_it_came_from() {
        let error = CliError::from(AppError::invalid("/as_of", "must not\nlie after today"));
        assert_eq!(error.line(), "/as_of must not lie after today");
        let gone = std::io::Error::new(std::io::ErrorKind::NotFound, "no such file");
        assert_eq!(CliError::io("reading x.yaml")(gone).line(), "reading x.yaml: no such file");
        let url = StoreError::Url("mysql".to_owned());
        assert!(CliError::from(url).line().starts_with("'mysql' is no database URL"));
    }
}
