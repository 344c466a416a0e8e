//! `sandbox`: serves only the simulated connect API.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal},
    net::SocketAddr,
    path::PathBuf,
};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tracing::info;

use super::{Exit, Failed, output, read_config, runtime, start_logs};
use crate::{
    app::build_sandbox,
    observe::logs::Destination,
    sandbox::{ACCOUNTS, GOOD_PASSCODE},
    server::Phase,
};

pub(super) fn run(listen: SocketAddr, file: Option<PathBuf>) -> Result<Exit, Failed> {
    let config = read_config(file)?;
    runtime()?.block_on(async move {
        let server = build_sandbox(&config, listen).await?;
        let address = server.address().map_err(|error| Failed::new(Exit::Failure, error.to_string()))?;
        // Before anything says that it runs: a signal that comes at once must stop it cleanly, too.
        let stop = |kind| signal(kind).map_err(|error| Failed::new(Exit::Failure, error.to_string()));
        let (mut terminate, mut interrupt) = (stop(SignalKind::terminate())?, stop(SignalKind::interrupt())?);
        if io::stdout().is_terminal() {
            output::print(&welcome(address))?;
        }
        let _logs = start_logs(&config, Destination::Output);
        info!(listener = "sandbox", %address, "listening");
        let (_phase, receiver) = watch::channel(Phase::Running);
        tokio::select! {
            _ = server.run(receiver) => {}
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(Exit::Success)
    })
}

/// Describes the simulated API and its answers.
fn welcome(listener: SocketAddr) -> String {
    let url = format!("http://{}", output::reachable(listener));
    let mut text = format!(
        "\nThe simulated connect API of CleverTap: {url}/REGION/v1/connect\n\nTry it from another terminal:\n\n  \
         curl -s '{url}/in1/v1/connect?partner=demo' \\\n    \
         -H 'X-CleverTap-Account-Id: {}' -H 'X-CleverTap-Passcode: {GOOD_PASSCODE}'\n\n\
         To use it, set `base_url = \"{url}/in1\"` in [regions.in1] of a service; `serve --sandbox` includes its own.\n\n\
         The only valid passcode is {GOOD_PASSCODE}. Account ids:\n\n",
        ACCOUNTS[0].0
    );
    for (account_id, answer) in ACCOUNTS {
        let _ = writeln!(text, "  {account_id}  {answer}");
    }
    text + "\nPress Ctrl-C to stop.\n\n"
}
