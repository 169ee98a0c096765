//! Sets up what is logged and how; it goes to standard error, so that answers stay clean.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use super::args::{Common, LogFormat};
use super::error::CliError;

/// The default of `--log`.
const DEFAULT: &str = "info";

/// Starts logging. A process that logs already, such as a test, goes on as it does. A command
/// that answers on the spot logs what is wrong only, unless told otherwise.
pub(super) fn start(common: &Common, is_server: bool) -> Result<(), CliError> {
    let wanted = if !is_server && common.log == DEFAULT { "warn" } else { &common.log };
    // At `debug` handlebars tells all that it writes into pages: names, amounts, and addresses
    // that are keys to a checkout.
    let filter = EnvFilter::try_new(format!("{wanted},handlebars=warn")).map_err(|error| {
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
