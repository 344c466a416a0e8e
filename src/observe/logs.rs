//! Sets the logs up: JSON lines or text, through a writer that never makes a request wait.

use std::{
    io::{self, IsTerminal as _},
    sync::OnceLock,
};

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::config::{LogFormat, TelemetryConfig};

static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

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
    let filter = EnvFilter::try_new(&config.log_level).unwrap_or_else(|_| EnvFilter::new("info"));
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
    drop(result);
    hide_panic_messages();
    LogGuard { _worker: worker }
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
