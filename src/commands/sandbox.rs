//! `sandbox`: serves only the simulated connect API.

use std::{net::SocketAddr, path::PathBuf};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};
use tracing::info;

use super::{Exit, Failed, read_config, runtime, start_logs};
use crate::{app::build_sandbox, observe::logs::Destination, server::Phase};

pub(super) fn run(listen: SocketAddr, file: Option<PathBuf>) -> Result<Exit, Failed> {
    let config = read_config(file)?;
    runtime()?.block_on(async move {
        let server = build_sandbox(&config, listen).await?;
        let _logs = start_logs(&config, Destination::Output);
        let address = server.address().map_err(|error| Failed::new(Exit::Failure, error.to_string()))?;
        info!(listener = "sandbox", %address, "listening");
        let stop = |kind| signal(kind).map_err(|error| Failed::new(Exit::Failure, error.to_string()));
        let (mut terminate, mut interrupt) = (stop(SignalKind::terminate())?, stop(SignalKind::interrupt())?);
        let (_phase, receiver) = watch::channel(Phase::Running);
        tokio::select! {
            _ = server.run(receiver) => {}
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        Ok(Exit::Success)
    })
}
