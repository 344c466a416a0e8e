//! `man`: manual pages for packages and releases, generated from the definition of the command line.

use std::path::Path;

use clap::CommandFactory;

use super::{Cli, Exit, Failed, output};

/// Prints the page of the whole command line, or writes one page per command into a folder.
pub(super) fn run(folder: Option<&Path>) -> Result<Exit, Failed> {
    let command = Cli::command();
    if let Some(folder) = folder {
        let fail = |error| Failed::new(Exit::Failure, format!("{}: {error}", folder.display()));
        clap_mangen::generate_to(command, folder).map_err(fail)?;
        return Ok(Exit::Success);
    }
    let mut page = Vec::new();
    let rendered = clap_mangen::Man::new(command).render(&mut page);
    rendered.map_err(|error| Failed::new(Exit::Failure, error.to_string()))?;
    output::print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Success)
}
