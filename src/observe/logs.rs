//! Sets the logs up: JSON lines or text, through a writer that never makes a request wait, at a level that can be
//! changed while the service runs.

use std::{
    io::{self, IsTerminal as _},
    sync::{Mutex, OnceLock, PoisonError},
};

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{EnvFilter, Registry, fmt, layer::SubscriberExt as _, reload, util::SubscriberInitExt as _};

use crate::config::{LogFormat, TelemetryConfig, check_log_level};

static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();
static FILTER: OnceLock<Filter> = OnceLock::new();

/// What is logged, and the words that asked for it.
struct Filter {
    handle: reload::Handle<EnvFilter, Registry>,
    level: Mutex<String>,
}

/// Where log lines go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// Standard output: the long-running commands, which print nothing else.
    Output,
    /// Standard error: the commands whose output is their answer.
    Error,
}

/// Keeps the writer alive; dropped, it writes what is left.
#[derive(Debug)]
#[must_use = "log lines that are still on their way are lost with it"]
pub struct LogGuard {
    _worker: WorkerGuard,
}

/// Begins to log. A second call in one process changes nothing.
pub fn init(config: &TelemetryConfig, destination: Destination) -> LogGuard {
    let (filter, handle) = reload::Layer::new(make_filter(&config.log_level).unwrap_or_default());
    let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(64 * 1024);
    let (writer, worker) = match destination {
        Destination::Output => builder.finish(io::stdout()),
        Destination::Error => builder.finish(io::stderr()),
    };
    let _ = DROPPED.set(writer.error_counter());
    let registry = tracing_subscriber::registry().with(filter);
    let result = match config.log_format {
        LogFormat::Json => {
            registry.with(fmt::layer().json().flatten_event(true).with_target(false).with_writer(writer)).try_init()
        }
        LogFormat::Text => {
            let colour = destination == Destination::Output && io::stdout().is_terminal();
            registry.with(fmt::layer().with_ansi(colour).with_target(false).with_writer(writer)).try_init()
        }
    };
    // Where somebody else has set the logs up, there is nothing to change.
    if result.is_ok() {
        let _ = FILTER.set(Filter { handle, level: Mutex::new(config.log_level.clone()) });
    }
    hide_panic_messages();
    LogGuard { _worker: worker }
}

/// Changes the level, or the filter, from now on; tells whether it is another one than before.
///
/// # Errors
///
/// What is wrong, and what is allowed.
pub fn set_level(level: &str) -> Result<bool, String> {
    check_log_level(level)?;
    let Some(filter) = FILTER.get() else { return Ok(false) };
    filter.handle.reload(make_filter(level)?).map_err(|error| error.to_string())?;
    let mut known = filter.level.lock().unwrap_or_else(PoisonError::into_inner);
    let is_other = *known != level;
    level.clone_into(&mut known);
    Ok(is_other)
}

/// Returns the level, or the filter, that is in force; `None` where this process does not log.
pub fn level() -> Option<String> {
    Some(FILTER.get()?.level.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

/// Makes what was asked for, but never the finest lines of the library that matches paths: it prints their segments,
/// and a secret may have strayed into one.
fn make_filter(level: &str) -> Result<EnvFilter, String> {
    let filter = EnvFilter::try_new(level).map_err(|error| error.to_string())?;
    Ok(filter.add_directive("warp=info".parse().map_err(|error| format!("{error}"))?))
}

/// Returns how many log lines were dropped so far.
pub fn dropped_lines() -> u64 {
    DROPPED.get().map_or(0, |counter| counter.dropped_lines() as u64)
}

/// Tells of a panic where it was and not what it said, because that could carry anything.
fn hide_panic_messages() {
    std::panic::set_hook(Box::new(|info| {
        let location = info.location().map_or_else(String::new, ToString::to_string);
        tracing::error!(location, "panicked");
    }));
}
