//! Hands argv to the command line, prints why it failed, and sets the exit code.

use std::process::ExitCode;

use crossgrade::cli::args::Cli;
use crossgrade::config::{self, EarlyExit};

fn main() -> ExitCode {
    let cli: Cli = match config::load() {
        Ok(cli) => cli,
        Err(EarlyExit::Shown(text)) => {
            print!("{text}");
            return ExitCode::SUCCESS;
        }
        Err(EarlyExit::Wrong(line)) => {
            eprintln!("crossgrade: {line}");
            return ExitCode::from(2);
        }
    };
    crossgrade::cli::run(&cli).unwrap_or_else(|error| {
        eprintln!("crossgrade: {}", error.line());
        error.exit_code()
    })
}
