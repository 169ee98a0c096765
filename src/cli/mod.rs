//! The command line: from what was typed to a call of the engine. What can be typed stands in
//! [`args`], each command in a file of its own.
//!
//! Reading order: [`args`], [`error`], `logs`, `book` (opening one), then the commands: `serve`,
//! `demo`, `catalogue` (reading its file) with `import` and `export`, `bring_over` with
//! `bring_over_file` (reading its file) and `ahead` (sooner than it is wanted), `bill`, `audit`,
//! `verify`, `backup`, `explain`, `migrate`, `keys`, `check` with [`scenario`].

mod ahead;
pub mod args;
mod audit;
mod backup;
mod bill;
mod book;
mod bring_over;
mod bring_over_file;
mod bring_over_line;
mod bring_over_outline;
pub mod catalogue;
mod check;
mod csv_file;
mod demo;
pub mod error;
mod explain;
mod explain_rules;
mod export;
mod exports;
mod import;
mod keys;
mod logs;
mod migrate;
mod progress;
mod say;
pub mod scenario;
mod serve;
mod traces;
mod verify;

use std::process::ExitCode;

use args::{Cli, Command};
use clap::CommandFactory;
use error::CliError;

/// Does what was typed; answers with the exit code.
///
/// # Errors
/// Why it could not be done.
pub fn run(cli: &Cli) -> Result<ExitCode, CliError> {
    let _traces = logs::start(&cli.common, is_server(&cli.command))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(CliError::io("starting the threads"))?;
    runtime.block_on(dispatch(cli))
}

/// Whether a command runs until it is stopped, and tells what it does meanwhile in its log.
fn is_server(command: &Command) -> bool {
    matches!(command, Command::Serve(_) | Command::Demo(_))
}

/// Writes what completes the commands in a shell.
fn completions(shell: clap_complete::Shell) {
    clap_complete::generate(shell, &mut Cli::command(), "crossgrade", &mut std::io::stdout());
}

async fn dispatch(cli: &Cli) -> Result<ExitCode, CliError> {
    let common = &cli.common;
    match &cli.command {
        Command::Serve(options) => serve::run(common, options).await?,
        Command::Demo(options) => demo::run(options).await?,
        Command::Check(options) => return check::run(options).await,
        Command::Import(options) => import::run(common, options).await?,
        Command::Export(options) => export::run(common, options).await?,
        Command::BringOver(options) => return bring_over::run(common, options).await,
        Command::Bill(options) => return bill::run(common, options).await,
        Command::Backup(options) => return backup::run(common, options).await,
        Command::Audit => return audit::run(common).await,
        Command::Verify(options) => return verify::run(common, options).await,
        Command::Explain(options) => explain::run(common, options).await?,
        Command::Migrate => migrate::run(common).await?,
        Command::Keys(options) => keys::run(common, options).await?,
        Command::Completions(options) => completions(options.shell),
    }
    Ok(ExitCode::SUCCESS)
}
