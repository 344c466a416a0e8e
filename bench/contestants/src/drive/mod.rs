//! Sends verifications and measures: in a closed loop (the next request after each answer), or on an open
//! schedule at a fixed rate, where a late answer delays no other request and latency is measured from the due time.

mod http1;
mod http2;
mod pace;
mod report;

pub use http1::secure;

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    path::PathBuf,
    rc::Rc,
    time::{Duration, Instant},
};

use clap::{Args, ValueEnum};
use tokio::task::JoinSet;

use self::{pace::Pacer, report::Process};
use crate::{Result, request::Template};

#[derive(Args, Clone)]
pub struct Options {
    #[arg(long)]
    to: SocketAddr,
    #[arg(long)]
    key: String,
    /// The region in the requests
    #[arg(long, default_value = "in1")]
    region: String,
    #[arg(long, default_value_t = 32)]
    connections: usize,
    /// Concurrent requests on each connection (HTTP/2 only)
    #[arg(long, default_value_t = 8)]
    streams: usize,
    /// How long to measure, after a warm-up of a fifth of it
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Stop after this many requests instead, without a warm-up
    #[arg(long)]
    count: Option<u64>,
    /// Requests per second; by default the loop is closed
    #[arg(long)]
    rate: Option<f64>,
    /// The number of the first credential
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Choose randomly from this many credentials; by default each request uses the next one
    #[arg(long)]
    among: Option<u64>,
    /// Send credentials that the upstream refuses
    #[arg(long)]
    refused: bool,
    /// The required source of every answer
    #[arg(long)]
    source: Option<Source>,
    /// The process whose CPU time is measured
    #[arg(long)]
    pid: Option<u32>,
    /// Use TLS, and trust this certificate
    #[arg(long)]
    tls: Option<PathBuf>,
    #[arg(long)]
    http2: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Source {
    Cache,
    Upstream,
    Any,
}

/// State shared by all connections. Everything runs in one thread.
struct Run {
    options: Options,
    next: Cell<u64>,
    counts: RefCell<Counts>,
    is_over: Cell<bool>,
    pacer: Option<Pacer>,
}

#[derive(Default, Clone)]
struct Counts {
    answers: u64,
    errors: u64,
    bytes: u64,
    latencies: Vec<u32>,
    first_error: Option<String>,
}

impl Counts {
    /// Keeps only the errors.
    fn forget_warm_up(&mut self) {
        let Self { errors, first_error, .. } = std::mem::take(self);
        *self = Self { errors, first_error, ..Self::default() };
    }
}

impl Run {
    /// Returns the next credential to send, and when it was due; `None` at the end.
    async fn next(&self, template: &mut Template) -> Option<Instant> {
        if self.is_over.get() {
            return None;
        }
        let due = match &self.pacer {
            Some(pacer) => pacer.next().await?,
            None => Instant::now(),
        };
        let index = self.next.get();
        if self.options.count.is_some_and(|count| index >= count) || self.is_over.get() {
            return None;
        }
        self.next.set(index + 1);
        let offset = self.options.among.map_or(index, |among| fastrand::u64(..among));
        template.fill(self.options.first + offset, !self.options.refused);
        Some(due)
    }

    fn answered(&self, due: Instant, status: u16, bytes: usize, source: &[u8]) {
        let mut counts = self.counts.borrow_mut();
        let is_wanted = match self.options.source {
            None | Some(Source::Any) => true,
            Some(Source::Cache) => source.starts_with(b"cache"),
            Some(Source::Upstream) => source.starts_with(b"upstream"),
        };
        if status != 200 || !is_wanted {
            counts.errors += 1;
            let error =
                || format!("status {status}, source {:?}", String::from_utf8_lossy(&source[..source.len().min(8)]));
            counts.first_error.get_or_insert_with(error);
        }
        counts.answers += 1;
        counts.bytes += bytes as u64;
        if self.pacer.is_some() {
            counts.latencies.push(due.elapsed().as_micros().try_into().unwrap_or(u32::MAX));
        }
    }

    fn failed(&self, error: &dyn std::fmt::Display) {
        if self.is_over.get() {
            return;
        }
        let mut counts = self.counts.borrow_mut();
        counts.errors += 1;
        counts.first_error.get_or_insert_with(|| error.to_string());
    }
}

pub async fn run(options: Options) -> Result<()> {
    let pacer = options.rate.map(Pacer::start);
    let run = Rc::new(Run {
        next: Cell::new(0),
        counts: RefCell::default(),
        is_over: Cell::new(false),
        pacer,
        options: options.clone(),
    });
    let process = options.pid.map(Process::new);
    let mut connections = JoinSet::new();
    let began = Instant::now();
    let mut cpu = process.as_ref().map_or(0.0, Process::cpu_seconds);
    for _ in 0..options.connections {
        let run = run.clone();
        connections.spawn_local(async move {
            let result = if run.options.http2 { http2::run(&run).await } else { http1::run(&run).await };
            if let Err(error) = result {
                run.failed(&error);
            }
        });
    }
    let seconds = if options.count.is_some() {
        while connections.join_next().await.is_some() {}
        began.elapsed()
    } else {
        tokio::time::sleep(Duration::from_secs_f64(options.seconds / 5.0)).await;
        let warmed = Instant::now();
        run.counts.borrow_mut().forget_warm_up();
        cpu = process.as_ref().map_or(0.0, Process::cpu_seconds);
        tokio::time::sleep(Duration::from_secs_f64(options.seconds)).await;
        warmed.elapsed()
    };
    let cpu = process.as_ref().map_or(0.0, Process::cpu_seconds) - cpu;
    let counts = run.counts.borrow().clone();
    run.is_over.set(true);
    report::print(counts, seconds, cpu, run.next.get());
    connections.abort_all();
    Ok(())
}
