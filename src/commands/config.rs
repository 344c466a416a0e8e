//! `config check`: is the configuration good, and what is in force.

use std::path::PathBuf;

use super::{Exit, Failed, read_config};
use crate::{
    app::{check_files, install_crypto},
    clevertap::ConnectClient,
};

pub(super) fn check(file: Option<PathBuf>) -> Result<Exit, Failed> {
    let config = read_config(file)?;
    install_crypto();
    check_files(&config).map_err(|error| Failed::new(Exit::Usage, error))?;
    ConnectClient::new(&config).map_err(|error| Failed::new(Exit::Usage, error.to_string()))?;
    print!("{}", config.to_toml());
    // A configuration for `check` and `--sandbox` needs no client, so this is worth a word and no more.
    if let Err(message) = config.check_admission() {
        eprintln!("warning: `serve` would not start: {message}");
    }
    Ok(Exit::Success)
}
