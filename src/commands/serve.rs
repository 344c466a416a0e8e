//! `serve`: runs the service until a signal.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
};

use tokio::signal::unix::{SignalKind, signal};
use tracing::info;

use super::{Exit, Failed, in_file, output, read_config, runtime, start_logs};
use crate::{
    app::App,
    config::AuthMode,
    observe::logs::Destination,
    server::{Drained, Stop},
};

pub(super) fn run(file: Option<PathBuf>, with_sandbox: bool) -> Result<Exit, Failed> {
    let config = read_config(file)?;
    let runtime = runtime()?;
    let drained = runtime.block_on(async move {
        let (file, logged) = (config.file.clone(), config.clone());
        // Detect all configuration errors before the first log line, so that they are printed to standard error as
        // plain text.
        let app = App::build(config, with_sandbox).await.map_err(|error| in_file(error, file.as_deref()))?;
        // Before anything says that it runs: a signal that comes at once must drain, too.
        let stop = stop_signal().map_err(no_signals)?;
        let mut hangup = signal(SignalKind::hangup()).map_err(no_signals)?;
        if with_sandbox && io::stdout().is_terminal() {
            output::print(&welcome(&app))?;
        }
        let _logs = start_logs(&logged, Destination::Output);
        info!(version = env!("CARGO_PKG_VERSION"), revision = env!("BUILD_REVISION"), "starting");
        let reload = app.reload_handle();
        let reloads = tokio::spawn(async move {
            while hangup.recv().await.is_some() {
                reload.send_replace(());
            }
        });
        let drained = app.run(stop).await;
        reloads.abort();
        Ok::<_, Failed>(drained)
    });
    // A file system or resolver that hangs must not keep the process running.
    runtime.shutdown_background();
    Ok(if drained? == Drained::Clean { Exit::Success } else { Exit::Failure })
}

/// Completes at the first stop signal; the second ends the process immediately.
fn stop_signal() -> io::Result<impl Future<Output = Stop>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let is_terminal = io::stdin().is_terminal() || io::stdout().is_terminal();
    Ok(async move {
        let stop = tokio::select! {
            _ = terminate.recv() => Stop::Drain,
            _ = interrupt.recv() => if is_terminal { Stop::DrainNow } else { Stop::Drain },
        };
        if stop == Stop::DrainNow {
            output::message("\nStopping: waiting for running requests. Press Ctrl-C again to stop immediately.");
        }
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            std::process::exit(1);
        });
        stop
    })
}

/// The first steps for a newcomer.
fn welcome(app: &App) -> String {
    let config = app.config();
    let Ok((address, _)) = app.addresses() else { return String::new() };
    let address = output::reachable(address);
    let scheme = if config.server.tls_cert.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{address}");
    let page = if config.page.enabled { format!("The onboarding page: {url}/\n") } else { String::new() };
    let key = if config.auth.mode == AuthMode::Keys { " -H 'Authorization: Bearer YOUR_KEY'" } else { "" };
    format!(
        "\n{page}The API reference: {url}/docs\n\nTry a verification from another terminal, against a simulated CleverTap:\n\n  \
         curl -s {url}/v1/verify{key} -H 'Content-Type: application/json' \\\n    \
         -d '{{\"account_id\": \"TEST-200-OKA-0000\", \"passcode\": \"GOOD-PASSCODE\", \"region\": \"in1\"}}'\n\n\
         Press Ctrl-C to stop.\n\n"
    )
}

fn no_signals(error: io::Error) -> Failed {
    Failed::new(Exit::Failure, format!("cannot listen for signals: {error}"))
}
