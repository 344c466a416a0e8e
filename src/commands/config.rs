//! `config check`: is the configuration good, and what is in force.

use std::path::PathBuf;

use super::{Exit, Failed, in_file, output, read_config, runtime};
use crate::app;

pub(super) fn check(file: Option<PathBuf>, with_sandbox: bool) -> Result<Exit, Failed> {
    let config = read_config(file)?;
    // Inside a runtime, because `serve` makes its rooms in one.
    runtime()?
        .block_on(async { app::check(&config, with_sandbox) })
        .map_err(|error| in_file(error, config.file.as_deref()))?;
    output::print(&config.to_toml())?;
    Ok(Exit::Success)
}
