//! Sets up the logs: JSON lines or text, through a non-blocking writer, at a level that can be changed at runtime.

use std::{
    io::{self, IsTerminal as _},
    sync::{Mutex, OnceLock, PoisonError},
};

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{
    Registry,
    filter::{LevelFilter, Targets},
    fmt,
    layer::SubscriberExt as _,
    reload,
    util::SubscriberInitExt as _,
};

use super::json_lines::JsonLines;
use crate::config::{Config, LogFilter, LogFormat, wants_no_colour};

/// The target of lines that no filter hides. A directive cannot name it, because it is not a path.
pub(super) const UNFILTERED: &str = "connect_verifier, always";
/// The number of lines that wait for a slow reader before lines are dropped. Their slots are allocated at the start, 40
/// bytes each.
const BUFFERED_LINES: usize = 8 * 1024;
/// The prefix of this crate's targets.
const OWN: &str = "connect_verifier";

static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();
static FILTER: OnceLock<Filter> = OnceLock::new();

/// The filter in force, and its source text.
struct Filter {
    handle: reload::Handle<Targets, Registry>,
    text: Mutex<String>,
}

/// The destination of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// Standard output: for the long-running commands, which print nothing else.
    Output,
    /// Standard error: for the commands that print a result.
    Error,
}

/// Keeps the writer alive, and writes the remaining lines when dropped.
#[derive(Debug)]
#[must_use = "log lines that are still on their way are lost with it"]
pub struct LogGuard {
    _worker: WorkerGuard,
}

/// Starts logging. On a terminal, lines are formatted for people unless a format is configured. Further calls in a
/// process have no effect.
pub fn init(config: &Config, destination: Destination) -> LogGuard {
    let is_terminal = match destination {
        Destination::Output => io::stdout().is_terminal(),
        Destination::Error => io::stderr().is_terminal(),
    };
    let format = if is_terminal && !config.explicit.log_format { LogFormat::Text } else { config.telemetry.log_format };
    let level = &config.telemetry.log_level;
    let (filter, handle) = reload::Layer::new(targets(level));
    let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(BUFFERED_LINES);
    let (writer, worker) = match destination {
        // The writer flushes when no line is waiting: under load, many lines leave with one system call.
        Destination::Output => builder.finish(io::BufWriter::with_capacity(16 * 1024, io::stdout())),
        Destination::Error => builder.finish(io::stderr()),
    };
    let _ = DROPPED.set(writer.error_counter());
    let registry = tracing_subscriber::registry().with(filter).with(cap());
    let result = match format {
        LogFormat::Json => registry.with(fmt::layer().event_format(JsonLines).with_writer(writer)).try_init(),
        LogFormat::Text => {
            let colour = is_terminal && !wants_no_colour();
            registry.with(fmt::layer().with_ansi(colour).with_target(false).with_writer(writer)).try_init()
        }
    };
    // If a test has already set up logging, there is nothing to change.
    if result.is_ok() {
        let _ = FILTER.set(Filter { handle, text: Mutex::new(level.as_str().to_owned()) });
    }
    hide_panic_messages();
    LogGuard { _worker: worker }
}

/// Replaces the filter; returns whether it differs from the previous one.
///
/// # Errors
///
/// The filter could not be replaced.
pub fn set_level(level: &LogFilter) -> Result<bool, String> {
    let Some(filter) = FILTER.get() else { return Ok(false) };
    let mut text = filter.text.lock().unwrap_or_else(PoisonError::into_inner);
    filter.handle.reload(targets(level)).map_err(|error| error.to_string())?;
    let is_other = *text != level.as_str();
    level.as_str().clone_into(&mut text);
    Ok(is_other)
}

/// Returns the level or filter in force; `None` if this process does not log.
pub fn level() -> Option<String> {
    Some(FILTER.get()?.text.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

fn targets(filter: &LogFilter) -> Targets {
    let targets = filter.directives().fold(Targets::new(), |targets, (target, level)| match target {
        Some(target) => targets.with_target(target, level),
        None => targets.with_default(level),
    });
    targets.with_target(UNFILTERED, LevelFilter::INFO)
}

/// A limit that no directive overrides: other crates log at `info` and above only. Below that they print paths, headers
/// and bytes, including data that must never be logged.
fn cap() -> Targets {
    Targets::new().with_default(LevelFilter::INFO).with_target(OWN, LevelFilter::TRACE)
}

/// Returns the number of log lines dropped so far.
pub fn dropped_lines() -> u64 {
    DROPPED.get().map_or(0, |counter| counter.dropped_lines() as u64)
}

/// Logs the location of a panic but not its message, which could contain anything.
fn hide_panic_messages() {
    std::panic::set_hook(Box::new(|info| {
        let location = info.location().map_or_else(String::new, ToString::to_string);
        tracing::error!(location, "panicked");
    }));
}
