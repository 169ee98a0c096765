//! `crossgrade check`: plays scenario files and tells the first difference of each.

use std::path::Path;
use std::process::ExitCode;

use super::args::Check;
use super::error::CliError;
use super::{say::say, scenario};

pub(super) async fn run(check: &Check) -> Result<ExitCode, CliError> {
    let mut failed = 0;
    for file in &check.files {
        if let Err(told) = play(file).await {
            failed += 1;
            say(format!("FAIL  {}: {told}", file.display()));
        }
    }
    let files = check.files.len();
    if failed == 0 {
        say(format!("{files} of {files} scenarios went as expected"));
        return Ok(ExitCode::SUCCESS);
    }
    say(format!("{failed} of {files} scenarios did not go as expected"));
    Ok(ExitCode::FAILURE)
}

async fn play(file: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let script = scenario::read(&text).map_err(|error| error.to_string())?;
    scenario::play(&script).await.map_err(|error| error.to_string())?;
    say(format!("ok    {}: {}", file.display(), script.title));
    Ok(())
}
