//! The programs that scripts/bench needs besides the service: other servers for the same task, an upstream, and a driver.
//!
//! Each server prints `listening on ADDRESS` when it is ready and runs until it is killed.

mod answer;
mod bare;
mod certificate;
mod credentials;
mod drive;
mod hold;
mod listen;
mod request;
mod sketch;
mod upstream;

use std::{error::Error, net::SocketAddr, path::PathBuf};

use clap::{Parser, Subcommand};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A bare hyper server: reads the POST and answers a constant
    Bare(listen::Listen),
    /// A minimal server on warp, serde, moka, governor, prometheus and reqwest that performs the whole task
    Sketch(sketch::Options),
    /// The simulated connect API, and a collector of traces
    Upstream(upstream::Options),
    /// Sends load and prints a report as JSON
    Drive(drive::Options),
    /// Opens connections and holds them until standard input ends
    Hold(hold::Options),
    /// Prints one answer of a server as JSON, for the other servers to repeat
    Record {
        #[arg(long)]
        to: SocketAddr,
        #[arg(long)]
        key: String,
    },
    /// Writes a self-signed certificate for localhost and its key
    Certificate {
        #[arg(long)]
        cert: PathBuf,
        #[arg(long)]
        key: PathBuf,
    },
}

fn main() -> Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let command = Cli::parse().command;
    if let Command::Certificate { cert, key } = &command {
        return certificate::write(cert, key);
    }
    // Servers run like the service, with the number of threads in TOKIO_WORKER_THREADS. Tools use one thread.
    let is_server = matches!(command, Command::Bare(_) | Command::Sketch(_));
    let mut runtime = match is_server {
        true => tokio::runtime::Builder::new_multi_thread(),
        false => tokio::runtime::Builder::new_current_thread(),
    };
    let local = tokio::task::LocalSet::new();
    let runtime = runtime.enable_all().build()?;
    match command {
        Command::Bare(options) => runtime.block_on(bare::run(options)),
        Command::Sketch(options) => runtime.block_on(sketch::run(options)),
        Command::Upstream(options) => local.block_on(&runtime, upstream::run(options)),
        Command::Drive(options) => local.block_on(&runtime, drive::run(options)),
        Command::Hold(options) => local.block_on(&runtime, hold::run(options)),
        Command::Record { to, key } => local.block_on(&runtime, answer::record(to, &key)),
        Command::Certificate { .. } => Ok(()),
    }
}
