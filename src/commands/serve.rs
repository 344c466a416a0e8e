//! `serve`: the service, until a signal.

use std::path::PathBuf;

use tokio::signal::unix::{SignalKind, signal};
use tracing::info;

use super::{Exit, Failed, in_file, read_config, runtime};
use crate::{
    app::App,
    observe::logs::{self, Destination},
    server::Drained,
};

pub(super) fn run(file: Option<PathBuf>, with_sandbox: bool) -> Result<Exit, Failed> {
    let config = read_config(file)?;
    let file = config.file.clone();
    let telemetry = config.telemetry.clone();
    let drained = runtime()?.block_on(async move {
        // Everything that can be wrong is found before the first log line: it belongs on standard error, for a person.
        let app = App::build(config, with_sandbox).await.map_err(|error| in_file(error, file.as_deref()))?;
        let _logs = logs::init(&telemetry, Destination::Output);
        info!(version = env!("CARGO_PKG_VERSION"), revision = env!("BUILD_REVISION"), "starting");
        let mut hangup = signal(SignalKind::hangup()).map_err(no_signals)?;
        let reload = app.reload_handle();
        let reloads = tokio::spawn(async move {
            while hangup.recv().await.is_some() {
                reload.send_replace(());
            }
        });
        let drained = app.run(stop_signal().map_err(no_signals)?).await;
        reloads.abort();
        Ok::<_, Failed>(drained)
    })?;
    Ok(if drained == Drained::Clean { Exit::Success } else { Exit::Failure })
}

/// Becomes ready at the first signal to stop; the second ends the process at once.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            std::process::exit(1);
        });
    })
}

fn no_signals(error: std::io::Error) -> Failed {
    Failed::new(Exit::Failure, format!("cannot listen for signals: {error}"))
}
