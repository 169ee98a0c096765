//! demo
use super::args::Demo;
use super::error::CliError;
pub(super) async fn run(_demo: &Demo) -> Result<(), CliError> { Ok(()) }
