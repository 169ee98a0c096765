//! Sets up what is logged and how; it goes to standard error, so that answers stay clean. Traces,
//! where they are wanted, are set up with it.

use std::io::IsTerminal;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use super::args::{Common, LogFormat};
use super::error::CliError;
use super::traces::Traces;

/// The default of `--log`.
const DEFAULT: &str = "info";

/// Starts logging, and sending traces until what is answered is dropped. A process that logs
/// already, such as a test, goes on as it does. A command that answers on the spot logs what is
/// wrong only, unless told otherwise.
pub(super) fn start(common: &Common, is_server: bool) -> Result<Option<Traces>, CliError> {
    let wanted = if !is_server && common.log == DEFAULT { "warn" } else { &common.log };
    // Of a URL of a database, an option that is not known is told with its value, which may be a
    // password under a misspelt name. At `debug` handlebars tells all that it writes into pages:
    // names, amounts, and addresses that are keys to a checkout.
    let wrong = |why: String| {
        CliError::Wrong(format!("invalid value '{}' for '--log <FILTER>': {why}", common.log))
    };
    if let Some(word) = wanted.split(',').find(|word| !says_a_level(word)) {
        return Err(wrong(format!(
            "'{word}' is no level: say off, error, warn, info, debug or trace, or each for a part, \
             such as crossgrade=debug"
        )));
    }
    let filter =
        EnvFilter::try_new(format!("{wanted},handlebars=warn,sqlx_postgres::options=error"))
            .map_err(|error| wrong(error.to_string()))?;
    let logs = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let logs = match common.log_format {
        LogFormat::Text => logs.boxed(),
        LogFormat::Json => logs.json().boxed(),
    };
    let traces = common.otlp_url.as_deref().map(Traces::to).transpose()?;
    let told = tracing_subscriber::registry()
        .with(logs.with_filter(filter))
        .with(traces.as_ref().map(Traces::layer));
    if let Err(error) = told.try_init() {
        tracing::debug!(%error, "logging was started before");
    }
    Ok(traces)
}

/// Whether a part of a filter says how much is logged. A name by itself would be taken for a part
/// of the program of which all is logged, and nothing else any more.
fn says_a_level(word: &str) -> bool {
    let word = word.trim();
    let is_level = word.parse::<tracing_subscriber::filter::LevelFilter>().is_ok();
    word.contains('=') || is_level && !word.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_says_levels() {
        for word in ["info", "WARN", "off", "crossgrade=debug", "sqlx::query=trace", " error "] {
            assert!(says_a_level(word), "{word}");
        }
        for word in ["zzz", "crossgrade", "inf o", ""] {
            assert!(!says_a_level(word), "{word}");
        }
    }
}
