//! `config check`: is the configuration good, and what is in force.

use std::path::PathBuf;

use super::{Exit, Failed, output, read_config};
use crate::{
    app::{check_files, install_crypto},
    clevertap::ConnectClient,
};

pub(super) fn check(file: Option<PathBuf>) -> Result<Exit, Failed> {
    let config = read_config(file)?;
    install_crypto();
    check_files(&config).map_err(|error| Failed::new(Exit::Usage, error))?;
    ConnectClient::new(&config).map_err(|error| Failed::new(Exit::Usage, error.to_string()))?;
    output::print(&config.to_toml())?;
    Ok(Exit::Success)
}
