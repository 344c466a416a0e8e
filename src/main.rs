//! The command line: arguments to command, command to exit code.

use std::process::ExitCode;

use clap::Parser;
use connect_verifier::commands::{self, Cli};

fn main() -> ExitCode {
    commands::run(Cli::parse())
}
