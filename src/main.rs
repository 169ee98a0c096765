//! Hands argv to the command line, prints why it failed, and sets the exit code.

use std::process::ExitCode;

use crossgrade::cli::args::Cli;
use crossgrade::config::{self, EarlyExit};
use mimalloc::MiMalloc;

/// Requests, rows and JSON are many small pieces, made on one thread and dropped on another.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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
