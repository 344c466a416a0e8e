//! The commands, one file each, and their exit codes.

mod batch;
mod check;
mod config;
mod doctor;
mod healthcheck;
mod key;
mod man;
mod output;
mod sandbox;
mod serve;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{CommandFactory, Parser, Subcommand};

use crate::{
    app::StartError,
    config::{Config, LogFilter, Source, load, parse_address},
    observe::logs::{self, Destination, LogGuard},
};

/// Verifies CleverTap credentials for an onboarding form and explains who must do what
#[derive(Debug, Parser)]
#[command(name = "connect-verifier", version = concat!(env!("CARGO_PKG_VERSION"), " (", env!("BUILD_REVISION"), ")"))]
#[command(propagate_version = true, arg_required_else_help = true, subcommand_required = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the verification API
    Serve {
        /// The configuration file
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Serve against a simulated CleverTap: no account and no key needed
        #[arg(long)]
        sandbox: bool,
    },
    /// Serve the simulated connect API alone
    Sandbox {
        /// The address to listen on
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8081", value_parser = parse_address)]
        listen: SocketAddr,
        /// The configuration file, for regions that are not built in
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Verify one credential; the passcode is prompted for, or read from standard input
    Check(check::CheckArgs),
    /// Verify the stored credentials of a CSV file again, with a progress bar
    Batch(batch::BatchArgs),
    /// Check what a verification needs, region by region, without a real credential
    Doctor {
        /// The configuration file
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Print the findings as JSON
        #[arg(long)]
        json: bool,
    },
    /// Create API keys
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Inspect the configuration
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Print the OpenAPI document
    Openapi,
    /// Exit with 0 when the service is ready, for containers without a shell
    Healthcheck {
        /// The base URL of the admin listener [default: that of the configuration]
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        /// The configuration file
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
    /// Print the manual page, or write a page for each command into a folder
    #[command(hide = true)]
    Man {
        /// The folder, which must exist
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Print a completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Print a [[clients]] entry for a new API key, and the key itself, once, on standard error
    New {
        /// The partner name that CleverTap has whitelisted
        #[arg(long)]
        partner: String,
        /// The client's name, for logs and limits [default: the partner's name]
        #[arg(long)]
        name: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Validate the configuration as `serve` does, and print the effective values with secrets redacted
    Check {
        /// The configuration file
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Validate it for `serve --sandbox`, which needs no client
        #[arg(long)]
        sandbox: bool,
    },
}

/// The exit code of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Success, or verified.
    Success,
    /// Any failure without its own code.
    Failure,
    /// A usage or configuration error.
    Usage,
    /// Invalid credentials, or the wrong region.
    Refused,
    /// The partner is not whitelisted.
    NotWhitelisted,
    /// No verdict.
    NoVerdict,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0,
            Exit::Failure => 1,
            Exit::Usage => 2,
            Exit::Refused => 3,
            Exit::NotWhitelisted => 4,
            Exit::NoVerdict => 5,
        })
    }
}

/// Runs a command line.
pub fn run(cli: Cli) -> ExitCode {
    let exit = check_random_source().and_then(|()| match cli.command {
        Command::Serve { config, sandbox } => serve::run(config, sandbox),
        Command::Sandbox { listen, config } => sandbox::run(listen, config),
        Command::Check(arguments) => check::run(arguments),
        Command::Batch(arguments) => batch::run(arguments),
        Command::Doctor { config, json } => doctor::run(config, json),
        Command::Man { folder } => man::run(folder.as_deref()),
        Command::Key { command: KeyCommand::New { partner, name } } => key::new(&partner, name.as_deref()),
        Command::Config { command: ConfigCommand::Check { config, sandbox } } => config::check(config, sandbox),
        Command::Openapi => output::print(&(crate::http::openapi_text() + "\n")).map(|()| Exit::Success),
        Command::Healthcheck { url, config } => healthcheck::run(url, config),
        Command::Completions { shell } => {
            // Generate into memory first: the library panics if it cannot write.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "connect-verifier", &mut script);
            output::print(&String::from_utf8_lossy(&script)).map(|()| Exit::Success)
        }
    });
    match exit {
        Ok(exit) => exit.into(),
        Err(failed) => {
            output::message(&format!("error: {}", failed.message));
            failed.exit.into()
        }
    }
}

/// Hash tables, the runtime and request ids panic without random numbers, so check the source first.
fn check_random_source() -> Result<(), Failed> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|error| {
        let message = format!("the operating system gives no random numbers (getrandom, /dev/urandom): {error}");
        Failed::new(Exit::Failure, message)
    })
}

/// Why a command failed.
#[derive(Debug)]
struct Failed {
    exit: Exit,
    message: String,
}

impl Failed {
    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into() }
    }
}

impl From<StartError> for Failed {
    fn from(error: StartError) -> Self {
        let exit = if matches!(error, StartError::Config(_)) { Exit::Usage } else { Exit::Failure };
        Self::new(exit, error.to_string())
    }
}

/// Names the configuration file in an error that was found only while starting.
fn in_file(error: StartError, file: Option<&Path>) -> Failed {
    match (error, file) {
        (StartError::Config(message), Some(file)) => Failed::new(Exit::Usage, format!("{}: {message}", file.display())),
        (StartError::Config(message), None) => Failed::new(Exit::Usage, format!("configuration: {message}")),
        (error, _) => error.into(),
    }
}

fn read_config(file: Option<PathBuf>) -> Result<Config, Failed> {
    let source = Source { file, environment: crate::config::process_environment() };
    load(&source).map_err(|error| Failed::new(Exit::Usage, error.to_string()))
}

/// Starts logging for a command. Commands that print a result log to standard error, and only warnings and errors
/// unless a level is configured.
fn start_logs(config: &Config, destination: Destination) -> LogGuard {
    let mut config = config.clone();
    if destination == Destination::Error && !config.explicit.log_level {
        config.telemetry.log_level = LogFilter::warnings();
    }
    logs::init(&config, destination)
}

fn runtime() -> Result<tokio::runtime::Runtime, Failed> {
    let is_alone = std::thread::available_parallelism().is_ok_and(|count| count.get() == 1);
    // On a single core, a pool of workers only adds the cost of handing tasks over.
    let mut builder = if is_alone {
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    builder.enable_all().build().map_err(|error| Failed::new(Exit::Failure, format!("cannot start: {error}")))
}
