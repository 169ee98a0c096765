//! Sets up what is logged and how; it goes to standard error, so that answers stay clean.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use super::args::{Common, LogFormat};
use super::error::CliError;

/// Starts logging. A process that logs already, such as a test, goes on as it does.
pub(super) fn start(common: &Common) -> Result<(), CliError> {
    let filter = EnvFilter::try_new(&common.log).map_err(|error| {
        CliError::Wrong(format!("invalid value '{}' for '--log <FILTER>': {error}", common.log))
    })?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match common.log_format {
        LogFormat::Text => logs.try_init(),
        LogFormat::Json => logs.json().try_init(),
    };
    if let Err(error) = started {
        tracing::debug!(%error, "logging was started before");
    }
    Ok(())
}
