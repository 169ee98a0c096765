//! What can be typed: the commands and their options. What they do stands in one file each; that
//! an option may also stand in the environment or a file is added by `config`.

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::app::access::{ADMIN_KEY_CHARS_MIN, DEFAULT_MERCHANT};
use crate::app::test_clock::ClockTarget;
use crate::domain::ids::MerchantId;
use crate::domain::webhook::EndpointReach;
use crate::edge::clients::Proxies;
use crate::edge::limits::REQUESTS_PER_SECOND;
use crate::edge::ports::Role;
use crate::gateway::mail::{MailServer, sender};

use super::exports::System;

/// The open engine for up- and down-selling in subscription checkouts.
///
/// Every option can also be an environment variable (`CROSSGRADE_DATABASE_URL`) or stand in the
/// config file (`database_url = "…"`).
#[derive(Clone, Debug, Parser)]
#[command(name = "crossgrade", version, arg_required_else_help = false)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What holds for every command.
    #[command(flatten)]
    pub common: Common,
}

/// Options of every command.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Common {
    /// A TOML file with options.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where the book is: `sqlite:PATH` or `postgres://…`.
    #[arg(long, global = true, value_name = "URL", default_value = "sqlite:crossgrade.db",
        value_parser = database_url)]
    pub database_url: String,
    /// What is logged, such as `info` or `crossgrade=debug`.
    #[arg(long, global = true, value_name = "FILTER", default_value = "info")]
    pub log: String,
    /// How it is logged.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
    /// Where an OpenTelemetry collector takes traces over HTTP, such as `http://localhost:4318`.
    #[arg(long, global = true, value_name = "URL")]
    pub otlp_url: Option<String>,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

/// What can be done.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Migrate the database, serve the API and the pages, and bill.
    Serve(Serve),
    /// The same on a fresh book with a sample catalogue, customers and a test clock.
    Demo(Demo),
    /// Run scenario files on a book in memory; exit 1 where any differs.
    Check(Check),
    /// Read a catalogue from YAML or JSON, all or nothing.
    Import(Import),
    /// Write the catalogue as YAML.
    Export(Export),
    /// Bring running subscriptions over from elsewhere: CSV, or a JSON object a line.
    BringOver(BringOver),
    /// Bill all customers up to a day.
    Bill(Bill),
    /// Copy an SQLite book to a file while it is in use, and check the copy.
    Backup(Backup),
    /// Check the whole book; exit 1 and a line for each fault where anything is wrong.
    Audit,
    /// Decide completed checkouts again; exit 1 and a line for each that would be another today.
    Verify(Verify),
    /// Say what a checkout would do, and why.
    Explain(Explain),
    /// Bring the database up to date.
    Migrate,
    /// Make and revoke API keys.
    #[command(subcommand, arg_required_else_help = false)]
    Keys(Keys),
    /// Write what completes these commands in a shell.
    Completions(Completions),
}

/// Whose catalogue, customers or keys a command is about.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct MerchantOption {
    /// The id of the merchant.
    #[arg(long, value_name = "ID", default_value = DEFAULT_MERCHANT, value_parser = merchant)]
    pub merchant: MerchantId,
}

/// Options of `export`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Export {
    /// Whose catalogue.
    #[command(flatten)]
    pub whose: MerchantOption,
}

/// Options of `completions`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Completions {
    /// For which shell.
    pub shell: clap_complete::Shell,
}

/// Options of `serve`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Serve {
    /// The address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// A date or an RFC 3339 instant: run on a simulated clock that starts there.
    #[arg(long, value_name = "WHEN", value_parser = date_or_instant)]
    pub test_clock: Option<String>,
    /// Leave the database as it is: refuse to start where it is not there or not up to date.
    #[arg(long, value_parser = switch, num_args = 0..=1, default_value = "false",
        default_missing_value = "true", action = clap::ArgAction::Set)]
    pub no_migrate: bool,
    /// The clock is right, however long nobody was at work on the book: bill what came due since.
    #[arg(long, value_parser = switch, num_args = 0..=1, default_value = "false",
        default_missing_value = "true", action = clap::ArgAction::Set)]
    pub accept_clock: bool,
    /// The first admin key, where the database has no merchant yet.
    #[arg(long, value_name = "KEY", value_parser = admin_key)]
    pub admin_key: Option<String>,
    /// How customers reach this server; `http://` and the address unless given.
    #[arg(long, value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,
    /// An address of their own for the metrics.
    #[arg(long, value_name = "ADDRESS")]
    pub metrics_listen: Option<SocketAddr>,
    /// How many requests a second a key may send; 0 is any number.
    #[arg(long, value_name = "N", default_value_t = REQUESTS_PER_SECOND,
        value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub rate_limit: u32,
    /// The proxies whose `X-Forwarded-For` is believed, such as `127.0.0.1,10.0.0.0/8`.
    #[arg(long, value_name = "NETWORKS", value_parser = str::parse::<Proxies>)]
    pub trusted_proxies: Option<Proxies>,
    /// How long a connection may rest or take to say what it wants; a proxy before it must let go
    /// sooner.
    #[arg(long, value_name = "SECONDS", default_value = "30",
        value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub idle_timeout_seconds: u64,
    /// How long a request may take.
    #[arg(long, value_name = "SECONDS", default_value = "30",
        value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub request_timeout_seconds: u64,
    /// How long the server goes on once it is told to stop, while `/health/ready` answers 503
    /// already: as long as what sends it requests takes to notice.
    #[arg(long, value_name = "SECONDS", default_value = "0",
        value_parser = clap::value_parser!(u64).range(0..=300))]
    pub drain_seconds: u64,
    /// The longest body that is read.
    #[arg(long, value_name = "BYTES", default_value = "1048576",
        value_parser = clap::value_parser!(u64).range(1024..=104_857_600))]
    pub body_limit_bytes: u64,
    /// How many customers are billed at a time.
    #[arg(long, value_name = "N", default_value = "4",
        value_parser = clap::value_parser!(u16).range(1..=64))]
    pub workers: u16,
    /// How often the billing worker looks for work.
    #[arg(long, value_name = "SECONDS", default_value = "60",
        value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub billing_interval_seconds: u64,
    /// Let webhooks go to private and local addresses, too.
    #[arg(long, value_parser = switch, num_args = 0..=1, default_value = "false",
        default_missing_value = "true", action = clap::ArgAction::Set)]
    pub webhook_allow_private: bool,
    /// The server that takes mails: `smtp://USER:PASSWORD@HOST:587` or `smtps://…`.
    #[arg(long, value_name = "URL", value_parser = smtp_url)]
    pub smtp_url: Option<String>,
    /// Who sends mails, such as `Shop <shop@example.com>`.
    #[arg(long, value_name = "ADDRESS", value_parser = mail_from)]
    pub mail_from: Option<String>,
}

impl Serve {
    /// Where webhooks may go.
    #[must_use]
    pub fn reach(&self) -> EndpointReach {
        if self.webhook_allow_private { EndpointReach::Anywhere } else { EndpointReach::Public }
    }

    /// How customers reach this server, without a slash at the end.
    #[must_use]
    pub fn public_url(&self) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.listen),
        }
    }
}

/// Options of `demo`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Demo {
    /// The address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
}

/// What `check` runs.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Check {
    /// Scenario files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// What `import` reads.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Import {
    /// A catalogue.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Only say what would change.
    #[arg(long)]
    pub dry_run: bool,
    /// Whose catalogue.
    #[command(flatten)]
    pub whose: MerchantOption,
}

/// What `bring-over` reads.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct BringOver {
    /// Running subscriptions with their customers: CSV with a head, or a JSON object a line.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Only say what would be brought over, and what is wrong.
    #[arg(long)]
    pub dry_run: bool,
    /// Bring the sound lines over even if others are not; without it, all or nothing.
    #[arg(long)]
    pub partial: bool,
    /// Another system, whose export the file is; without it, the file is in our own fields.
    #[arg(long, value_name = "SYSTEM")]
    pub from: Option<System>,
    /// Our offer for what is sold there: the id of its plan, price or product, `=`, and ours.
    #[arg(long = "offer", value_name = "THEIRS=OURS", value_parser = offer, requires = "from")]
    pub offers: Vec<(String, String)>,
    /// The merchant they are brought to.
    #[command(flatten)]
    pub whose: MerchantOption,
}

/// Reads `THEIRS=OURS`.
fn offer(text: &str) -> Result<(String, String), String> {
    let (theirs, ours) = text.rsplit_once('=').ok_or("write theirs, `=` and ours")?;
    Ok((theirs.to_owned(), ours.to_owned()))
}

/// Options of `bill`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Bill {
    /// The day up to which is billed; today unless given, and never later.
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub as_of: Option<NaiveDate>,
    /// The clock is right, however long nobody was at work on the book: bill what came due since.
    #[arg(long, value_parser = switch, num_args = 0..=1, default_value = "false",
        default_missing_value = "true", action = clap::ArgAction::Set)]
    pub accept_clock: bool,
    /// How many customers are billed at a time.
    #[arg(long, value_name = "N", default_value = "4",
        value_parser = clap::value_parser!(u16).range(1..=64))]
    pub workers: u16,
}

/// Options of `verify`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Verify {
    /// Only those of this merchant.
    #[arg(long, value_name = "ID", value_parser = merchant)]
    pub merchant: Option<MerchantId>,
    /// A JSON object a line, the counts last.
    #[arg(long)]
    pub json: bool,
}

/// Where `backup` writes.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Backup {
    /// The file to make; one that is there is never replaced.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// What `explain` looks at.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Explain {
    /// The id of the customer.
    #[arg(long, value_name = "ID", requires = "offer",
        required_unless_present_any = ["order", "cart"])]
    pub customer: Option<String>,
    /// The id of the offer.
    #[arg(long, value_name = "ID", requires = "customer")]
    pub offer: Option<String>,
    /// The code of a coupon that the checkout would redeem.
    #[arg(long, value_name = "CODE", requires = "offer")]
    pub coupon: Option<String>,
    /// The id of an order, instead: what every rule comes to for it.
    #[arg(long, value_name = "ID", conflicts_with_all = ["customer", "offer", "cart"])]
    pub order: Option<String>,
    /// A file with a cart as `/v1/carts/evaluate` takes it, instead.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["customer", "offer"])]
    pub cart: Option<PathBuf>,
    /// Whose customer, order or cart.
    #[command(flatten)]
    pub whose: MerchantOption,
}

/// What can be done with API keys.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Keys {
    /// Make a key and print it; it is shown this once.
    Create {
        /// What it may do.
        #[arg(long)]
        role: Role,
        /// Whose key.
        #[command(flatten)]
        whose: MerchantOption,
    },
    /// Revoke a key.
    Revoke {
        /// The id of the key.
        id: String,
        /// Whose key.
        #[command(flatten)]
        whose: MerchantOption,
    },
}

impl ValueEnum for Role {
    fn value_variants<'a>() -> &'a [Self] {
        crate::edge::auth::READING
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(self.name().into())
    }
}

fn database_url(text: &str) -> Result<String, String> {
    let known = ["sqlite:", "postgres://", "postgresql://"];
    if known.iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme)) {
        return Ok(text.to_owned());
    }
    Err("it must be `sqlite:PATH` or `postgres://…`".to_owned())
}

fn smtp_url(text: &str) -> Result<String, String> {
    MailServer::parse(text).map_err(|error| error.to_string()).map(|_| text.to_owned())
}

fn mail_from(text: &str) -> Result<String, String> {
    sender(text).map_err(|error| error.to_string()).map(|_| text.to_owned())
}

fn merchant(text: &str) -> Result<MerchantId, String> {
    MerchantId::parse(text).map_err(|bad| format!("it {bad}"))
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("it must be 1 or 0, true or false".to_owned()),
    }
}

fn date(text: &str) -> Result<NaiveDate, String> {
    text.parse().map_err(|_| "it must be a date such as 2026-02-28".to_owned())
}

fn date_or_instant(text: &str) -> Result<String, String> {
    match ClockTarget::parse(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err(format!("it {}", ClockTarget::WORDS)),
    }
}

fn admin_key(text: &str) -> Result<String, String> {
    let usable = text.len() >= ADMIN_KEY_CHARS_MIN && text.bytes().all(|c| c.is_ascii_graphic());
    if usable {
        return Ok(text.to_owned());
    }
    Err(format!("it must have at least {ADMIN_KEY_CHARS_MIN} visible ASCII characters"))
}

fn public_url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(char::is_whitespace) => {
            Ok(text.to_owned())
        }
        _ => Err("it must be an http or https URL".to_owned()),
    }
}
