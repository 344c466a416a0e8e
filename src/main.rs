//! The entry point: parses the arguments, runs the command, and returns its exit code.

use std::process::ExitCode;

use clap::Parser;
use connect_verifier::commands::{self, Cli};

/// The system's allocator takes more time, and keeps the memory that idle connections have freed (docs/PERFORMANCE.md).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    commands::run(Cli::parse())
}
