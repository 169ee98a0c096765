//! The only reader of the environment and the config file: options are taken from the command
//! line, else the environment, else the file, else their defaults.
//!
//! Which options there are is read off the command tree, so that there is one list.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, Parser};

use crate::domain::fault::nearest;

/// What begins every environment variable of ours.
const PREFIX: &str = "CROSSGRADE_";
/// Variables that tests read for themselves.
const PREFIX_TEST: &str = "CROSSGRADE_TEST_";

/// Options whose values are told to nobody.
const SECRET: [&str; 5] =
    ["--database-url", "--smtp-url", "--otlp-url", "--public-url", "--admin-key"];

/// Why there is nothing to do.
#[derive(Debug, PartialEq, Eq)]
pub enum EarlyExit {
    /// Help or the version was asked for: the text for standard output.
    Shown(String),
    /// An option is wrong: one line for standard error.
    Wrong(String),
}

/// Reads the command line, the environment and the config file of this process.
///
/// # Errors
/// When an option is wrong, or help was asked for.
pub fn load<T: Parser>() -> Result<T, EarlyExit> {
    let environment = std::env::vars_os();
    let environment = environment
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| name.starts_with(PREFIX))
        .map(|(name, value)| match value.into_string() {
            Ok(value) => Ok((name, value)),
            Err(_) => Err(EarlyExit::Wrong(format!("the variable `{name}` is not valid UTF-8"))),
        })
        .collect::<Result<BTreeMap<_, _>, _>>()?;
    resolve(std::env::args_os(), &environment, |path| std::fs::read_to_string(path))
}

/// The same from given values.
///
/// # Errors
/// When an option is wrong, or help was asked for.
pub fn resolve<T: Parser>(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &BTreeMap<String, String>,
    read: impl FnOnce(&Path) -> std::io::Result<String>,
) -> Result<T, EarlyExit> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let command = T::command();
    let known = option_names(&command);
    let mut given = from_environment(environment, &known)?;
    if let Some(path) = config_path(&arguments, &given) {
        let path = Path::new(&path);
        let text = read(path).map_err(|error| {
            EarlyExit::Wrong(format!("config file {}: {error}", path.display()))
        })?;
        for (name, option) in from_file(path, &text, &known)? {
            given.entry(name).or_insert(option);
        }
    }
    let command = with_defaults(command, &given);
    let matches = command.try_get_matches_from(arguments).map_err(|error| stop(&error, &given))?;
    T::from_arg_matches(&matches).map_err(|error| stop(&error, &given))
}

/// An option that does not stand on the command line.
struct ConfiguredOption {
    value: String,
    /// Where it stands: the variable's name, or the file's.
    source: String,
}

type Options = BTreeMap<String, ConfiguredOption>;

/// Every option of every command, as it is written in the file: `database_url`.
fn option_names(command: &Command) -> Vec<String> {
    let mut names = Vec::new();
    let own = command.get_arguments().filter(|arg| arg.get_long().is_some());
    names.extend(own.map(|arg| arg.get_id().to_string()));
    names.extend(command.get_subcommands().flat_map(option_names));
    names.sort();
    names.dedup();
    names
}

fn from_environment(
    environment: &BTreeMap<String, String>,
    known: &[String],
) -> Result<Options, EarlyExit> {
    let variables: Vec<_> =
        known.iter().map(|name| format!("{PREFIX}{}", name.to_uppercase())).collect();
    let mut options = Options::new();
    for (variable, value) in environment.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        let found = variables.iter().zip(known).find(|(known, _)| *known == variable);
        if let Some((_, name)) = found {
            let given = ConfiguredOption { value: value.clone(), source: variable.clone() };
            options.insert(name.clone(), given);
        } else if !variable.starts_with(PREFIX_TEST) && !is_of_platform(variable, value) {
            let name = variable.trim_start_matches(PREFIX).to_lowercase();
            let near = nearest(&name, known.iter().map(String::as_str));
            let near =
                near.map(|near| format!(", did you mean `{PREFIX}{}`?", near.to_uppercase()));
            let remedy = near.unwrap_or_default();
            return Err(EarlyExit::Wrong(format!("unknown variable `{variable}`{remedy}")));
        }
    }
    Ok(options)
}

/// Whether a container platform has set the variable, to say where a service called crossgrade
/// (or crossgrade-something) is found: `…_SERVICE_HOST`, `…_SERVICE_PORT_HTTP`, `…_PORT` with an
/// address such as `tcp://10.0.0.1:8080`, `…_PORT_8080_TCP_ADDR`.
fn is_of_platform(variable: &str, value: &str) -> bool {
    let steps: Vec<&str> = variable.split('_').skip(1).collect();
    let is_protocol = |step: &str| matches!(step, "TCP" | "UDP" | "SCTP");
    let is_number = |step: &str| !step.is_empty() && step.bytes().all(|c| c.is_ascii_digit());
    let names_service = steps.windows(2).any(|pair| matches!(pair, ["SERVICE", "HOST" | "PORT"]));
    let names_port = steps
        .windows(3)
        .any(|three| three[0] == "PORT" && is_number(three[1]) && is_protocol(three[2]));
    let is_address = ["tcp://", "udp://", "sctp://"].iter().any(|scheme| value.starts_with(scheme));
    names_service || names_port || steps.last() == Some(&"PORT") && is_address
}

fn from_file(path: &Path, text: &str, known: &[String]) -> Result<Options, EarlyExit> {
    let source = path.display().to_string();
    let wrong = |what: String| EarlyExit::Wrong(format!("config file {source}: {what}"));
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(0, |span| text[..span.start].lines().count().max(1));
        wrong(format!("line {line}: {}", error.message().replace('\n', " ")))
    })?;
    let mut options = Options::new();
    for (name, value) in table {
        if name == "config" || !known.contains(&name) {
            let near = nearest(&name, known.iter().map(String::as_str));
            let near = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            return Err(wrong(format!("unknown key `{name}`{near}")));
        }
        let value = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(switch) => switch.to_string(),
            toml::Value::Datetime(date) => date.to_string(),
            toml::Value::Float(_) | toml::Value::Array(_) | toml::Value::Table(_) => {
                return Err(wrong(format!(
                    "`{name}` must be a string, a whole number, true or false"
                )));
            }
        };
        options.insert(name, ConfiguredOption { value, source: source.clone() });
    }
    Ok(options)
}

/// The config file that is named on the command line or in the environment. It has to be known
/// before the rest can be read, so it is looked for by hand.
fn config_path(arguments: &[OsString], given: &Options) -> Option<OsString> {
    let mut rest = arguments.iter().skip(1);
    while let Some(argument) = rest.next() {
        match argument.to_str() {
            Some("--") => break,
            Some("--config") => return rest.next().cloned(),
            Some(text) => {
                if let Some(path) = text.strip_prefix("--config=") {
                    return Some(path.into());
                }
            }
            None => {}
        }
    }
    given.get("config").map(|given| given.value.clone().into())
}

/// The command tree with what was given elsewhere in place of its defaults.
fn with_defaults(command: Command, given: &Options) -> Command {
    command
        .mut_args(|arg| with_default(arg, given))
        .mut_subcommands(|subcommand| with_defaults(subcommand, given))
}

fn with_default(arg: Arg, given: &Options) -> Arg {
    if arg.get_long().is_none() || matches!(arg.get_action(), ArgAction::Help | ArgAction::Version)
    {
        return arg;
    }
    // A number below zero is a wrong value, and no option.
    let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    let arg = if takes_value { arg.allow_negative_numbers(true) } else { arg };
    let Some(given) = given.get(arg.get_id().as_str()) else {
        return arg;
    };
    let arg = arg.default_value(leaked(given)).required(false);
    match arg.get_action() {
        // Help must not print a password.
        ArgAction::Set => arg.hide_default_value(true),
        _ => arg,
    }
}

/// The command tree wants texts that live as long as the process, and is built once in it.
fn leaked(given: &ConfiguredOption) -> &'static str {
    given.value.clone().leak()
}

/// The parser's error in one line, with the place where a wrong value stands.
fn stop(error: &clap::Error, given: &Options) -> EarlyExit {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return EarlyExit::Shown(error.render().to_string());
    }
    let mut text = error.render().to_string();
    if let (Some(ContextValue::String(option)), Some(ContextValue::String(value))) =
        (error.get(ContextKind::InvalidArg), error.get(ContextKind::InvalidValue))
        && SECRET.iter().any(|secret| option.starts_with(secret))
    {
        // It may hold a password. What we say ourselves has no part of it.
        text = text.replacen(&format!("'{value}'"), "'…'", 1);
    }
    let said = text
        .split("\n\n")
        .filter(|part| !part.starts_with("Usage:") && !part.starts_with("For more"));
    let said: Vec<String> = said
        .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|part| !part.is_empty())
        .collect();
    let line = said.join("; ");
    let line = line.trim_start_matches("error: ").to_owned();
    EarlyExit::Wrong(match source(error, given) {
        Some(source) => format!("{source}: {line}"),
        None => line,
    })
}

/// Where a wrong value stands, when it is not the command line.
fn source<'g>(error: &clap::Error, given: &'g Options) -> Option<&'g str> {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let option = context(ContextKind::InvalidArg)?.split_whitespace().next()?;
    let given = given.get(&option.trim_start_matches("--").replace('-', "_"))?;
    let value = context(ContextKind::InvalidValue)?;
    (given.value == value).then_some(given.source.as_str())
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use clap::CommandFactory;

    use super::*;
    use crate::cli::args::{Bill, Cli, Command as Verb, Keys, LogFormat, MerchantOption, Serve};
    use crate::domain::ids::MerchantId;
    use crate::edge::ports::Role;

    fn run(line: &str, environment: &[(&str, &str)], file: &str) -> Result<Cli, EarlyExit> {
        let arguments = std::iter::once("crossgrade").chain(line.split_whitespace());
        let environment = environment.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        resolve(arguments.map(OsString::from), &environment.collect(), |path| match path.to_str() {
            Some("c.toml") => Ok(file.to_owned()),
            _ => Err(std::io::Error::new(std::io::ErrorKind::NotFound, "not found")),
        })
    }

    fn wrong(line: &str, environment: &[(&str, &str)], file: &str) -> String {
        match run(line, environment, file) {
            Err(EarlyExit::Wrong(line)) => line,
            other => panic!("{line}: {other:?}"),
        }
    }

    fn serve(line: &str, environment: &[(&str, &str)], file: &str) -> Serve {
        match run(line, environment, file).unwrap().command {
            Verb::Serve(serve) => serve,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn flags_beat_the_environment_which_beats_the_file_which_beats_defaults() {
        let file = "listen = \"127.0.0.1:3\"\nworkers = 3\n";
        let environment = [("CROSSGRADE_LISTEN", "127.0.0.1:2"), ("CROSSGRADE_CONFIG", "c.toml")];
        let both = "serve --config c.toml";
        let flag = "serve --listen 127.0.0.1:1";
        assert_eq!(serve(flag, &environment, file).listen.port(), 1);
        assert_eq!(serve("serve", &environment, file).listen.port(), 2);
        assert_eq!(serve("serve", &environment, file).workers, 3);
        assert_eq!(serve(both, &[], file).listen.port(), 3);
        assert_eq!(serve("serve", &[], file).listen.port(), 8080);
        assert_eq!(serve("serve", &[], file).public_url(), "http://127.0.0.1:8080");
        let url = [("CROSSGRADE_PUBLIC_URL", "https://pay.example/")];
        assert_eq!(serve("serve", &url, "").public_url(), "https://pay.example");
    }

    #[test]
    fn every_option_has_all_three_places() {
        let cli = run("bill", &[("CROSSGRADE_AS_OF", "2026-02-28")], "").unwrap();
        let day = NaiveDate::from_ymd_opt(2026, 2, 28);
        assert_eq!(cli.command, Verb::Bill(Bill { as_of: day, accept_clock: false, workers: 4 }));
        let file = "as_of = 2026-02-28\nlog_format = \"json\"";
        let cli = run("bill --config=c.toml --workers 2", &[], file).unwrap();
        assert_eq!(cli.command, Verb::Bill(Bill { as_of: day, accept_clock: false, workers: 2 }));
        assert_eq!(cli.common.log_format, LogFormat::Json);
        let cli = run("keys create", &[("CROSSGRADE_ROLE", "billing")], "").unwrap();
        let whose = MerchantOption { merchant: MerchantId::stored("default".to_owned()) };
        assert_eq!(cli.command, Verb::Keys(Keys::Create { role: Role::Billing, whose }));
        let cli = run("import f", &[("CROSSGRADE_DRY_RUN", "true")], "").unwrap();
        assert!(matches!(cli.command, Verb::Import(import) if import.dry_run));
        let cli = run("migrate", &[("CROSSGRADE_DATABASE_URL", "postgres://h/d")], "").unwrap();
        assert_eq!(cli.common.database_url, "postgres://h/d");
        let clock = [("CROSSGRADE_TEST_CLOCK", "2026-01-31"), ("CROSSGRADE_TEST_PG", "x")];
        assert_eq!(serve("serve", &clock, "").test_clock.as_deref(), Some("2026-01-31"));
    }

    #[test]
    fn what_a_container_platform_sets_is_passed_over() {
        let environment = [
            ("CROSSGRADE_PORT", "tcp://10.0.0.1:8080"),
            ("CROSSGRADE_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
            ("CROSSGRADE_PORT_8080_TCP_ADDR", "10.0.0.1"),
            ("CROSSGRADE_PORT_8080_TCP_PROTO", "tcp"),
            ("CROSSGRADE_SERVICE_HOST", "10.0.0.1"),
            ("CROSSGRADE_SERVICE_PORT", "8080"),
            ("CROSSGRADE_SERVICE_PORT_HTTP", "8080"),
            ("CROSSGRADE_WEB_PORT", "tcp://10.0.0.1:8080"),
            ("CROSSGRADE_WEB_SERVICE_HOST", "10.0.0.1"),
        ];
        assert_eq!(serve("serve", &environment, "").listen.port(), 8080);
        for (name, value) in [("CROSSGRADE_PORT", "8080"), ("CROSSGRADE_PORTS_TCP", "x")] {
            let said = wrong("serve", &[(name, value)], "");
            assert!(said.contains(&format!("unknown variable `{name}`")), "{said}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_one_line() {
        // The line, the environment, the file, what the answer has in it.
        type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str, &'a str);
        let table: [Case<'_>; 20] = [
            ("", &[], "", "requires a subcommand"),
            ("sevre", &[], "", "similar subcommand exists: 'serve'"),
            ("serve --lisen x", &[], "", "a similar argument exists: '--listen'"),
            ("serve --listen x", &[], "", "invalid value 'x' for '--listen <ADDRESS>'"),
            ("serve --workers 0", &[], "", "0 is not in 1..=64"),
            ("serve --database-url mysql://x", &[], "", "must be `sqlite:PATH` or `postgres://…`"),
            ("serve --database-url u:secret@h/d", &[], "", "value '…' for '--database-url <URL>'"),
            (
                "migrate --database-url sqlite:",
                &[],
                "",
                "value '…' for '--database-url <URL>': it must be `sqlite:PATH` or `postgres://…`",
            ),
            ("serve --smtp-url secret", &[], "", "value '…' for '--smtp-url <URL>'"),
            ("serve --admin-key secret", &[], "", "value '…' for '--admin-key <KEY>'"),
            ("serve --rate-limit -1", &[], "", "-1 is not in 0..=1000000"),
            ("serve --test-clock soon", &[], "", "must be a date such as 2026-02-28"),
            ("explain --offer o", &[], "", "--customer <ID>"),
            ("serve", &[("CROSSGRADE_WORKERS", "x")], "", "CROSSGRADE_WORKERS: invalid value 'x'"),
            (
                "serve",
                &[("CROSSGRADE_LISTN", "x")],
                "",
                "unknown variable `CROSSGRADE_LISTN`, did you mean `CROSSGRADE_LISTEN`?",
            ),
            ("serve --config c.toml", &[], "workers = 0", "c.toml: invalid value '0'"),
            (
                "serve --config c.toml",
                &[],
                "lissen = 1",
                "config file c.toml: unknown key `lissen`, did you mean `listen`?",
            ),
            ("serve --config c.toml", &[], "a = 1\nb = = 2", "config file c.toml: line 2: "),
            ("serve --config c.toml", &[], "workers = [1]", "`workers` must be a string"),
            ("serve --config gone", &[], "", "config file gone: not found"),
        ];
        for (line, environment, file, expected) in table {
            let said = wrong(line, environment, file);
            assert!(said.contains(expected), "{line} {environment:?} {file}: {said}");
            assert!(!said.contains('\n') && !said.contains("Usage"), "{said}");
            assert!(!said.contains("secret"), "{said}");
        }
    }

    #[test]
    fn help_is_not_an_error_and_keeps_secrets() {
        let secret = [("CROSSGRADE_DATABASE_URL", "postgres://u:secret@h/d")];
        match run("serve --help", &secret, "") {
            Err(EarlyExit::Shown(text)) => {
                assert!(text.contains("--test-clock") && !text.contains("secret"), "{text}");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_command_tree_is_sound() {
        Cli::command().debug_assert();
    }
}
