//! `config check`: validates the configuration and prints the effective one.

use std::path::PathBuf;

use super::{Exit, Failed, in_file, output, read_config, runtime};
use crate::app;

pub(super) fn check(file: Option<PathBuf>, with_sandbox: bool) -> Result<Exit, Failed> {
    let config = read_config(file)?;
    // Inside a runtime, because starting the service requires one.
    runtime()?
        .block_on(async { app::check(&config, with_sandbox) })
        .map_err(|error| in_file(error, config.file.as_deref()))?;
    output::print(&config.to_toml())?;
    Ok(Exit::Success)
}
