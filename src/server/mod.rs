//! Takes connections and hands requests on: caps, timeouts, TLS and drain. It knows no route.
//!
//! An accept loop of our own around hyper, because the usual ones have no connection cap, no header timeout and no
//! deadline on draining (`docs/adr/0002-own-accept-loop.md`).

mod connection;
mod guarded_io;
mod head_scanner;
pub mod tls;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
};

pub use self::connection::Aborted;
use self::{connection::Connection, tls::TlsAcceptor};
use crate::{
    config::ServerConfig,
    observe::{Observe, Shed, ShedReason},
};

/// What a listener serves.
pub trait Handler: Send + Sync + 'static {
    /// The body of its answers.
    type Body: http_body::Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static;

    /// Answers a request; an error resets the connection.
    fn handle(
        &self,
        request: Request<Incoming>,
        peer: Peer,
    ) -> impl Future<Output = Result<Response<Self::Body>, Aborted>> + Send;
}

/// What the server knows of a request that the request itself does not say.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// The other end of the connection.
    pub address: IpAddr,
    /// The request's framing can be read in two ways (RFC 9112, section 6.3): it must be refused.
    pub is_ambiguous: bool,
}

/// What a listener allows.
#[derive(Debug, Clone)]
pub struct Limits {
    max_connections: usize,
    header_timeout: Duration,
    first_request_timeout: Duration,
    write_timeout: Duration,
    max_header_bytes: usize,
    max_headers: usize,
    drain_timeout: Duration,
}

impl From<&ServerConfig> for Limits {
    fn from(config: &ServerConfig) -> Self {
        Self {
            max_connections: config.max_connections.get(),
            header_timeout: config.header_timeout,
            first_request_timeout: config.first_request_timeout.min(config.header_timeout),
            write_timeout: config.write_timeout,
            max_header_bytes: config.max_header_bytes.get(),
            max_headers: config.max_headers.get(),
            drain_timeout: config.drain_timeout,
        }
    }
}

/// The two steps of a shutdown, told to everyone who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Serving.
    Running,
    /// Still serving, but not ready for more.
    Draining,
    /// No new connections; running requests finish.
    Closing,
}

/// How a listener ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// All requests were answered.
    Clean,
    /// So many connections were cut off at the deadline.
    CutOff(usize),
}

/// A bound listener and all that it needs.
pub struct Server<H> {
    listener: TcpListener,
    handler: Arc<H>,
    limits: Limits,
    tls: Option<TlsAcceptor>,
    observe: Option<Arc<Observe>>,
}

impl<H: Handler> Server<H> {
    /// Binds an address.
    ///
    /// # Errors
    ///
    /// The address cannot be bound.
    pub async fn bind(address: SocketAddr, handler: Arc<H>, limits: Limits) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        Ok(Self { listener, handler, limits, tls: None, observe: None })
    }

    /// Speaks TLS.
    #[must_use]
    pub fn with_tls(mut self, tls: Option<TlsAcceptor>) -> Self {
        self.tls = tls;
        self
    }

    /// Counts connections and what is shed.
    #[must_use]
    pub fn observed_by(mut self, observe: Arc<Observe>) -> Self {
        self.observe = Some(observe);
        self
    }

    /// Returns the address that was really bound.
    ///
    /// # Errors
    ///
    /// The operating system does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until the phase is [`Phase::Closing`] and all requests are answered, or the drain's time is up.
    pub async fn run(self, mut phase: watch::Receiver<Phase>) -> Drained {
        let places = Arc::new(Semaphore::new(self.limits.max_connections));
        let mut connections = JoinSet::new();
        let closing = phase.clone();
        let mut is_full = false;
        loop {
            // The place comes first: a connection beyond the cap stays in the kernel's queue and costs nothing here.
            let place = tokio::select! {
                biased;
                () = closed(&mut phase) => break,
                Some(_) = connections.join_next(), if !connections.is_empty() => continue,
                place = places.clone().acquire_owned() => place,
                () = std::future::ready(()), if places.available_permits() == 0 && !is_full => {
                    is_full = true;
                    self.observe.iter().for_each(|observe| observe.record(&Shed { reason: ShedReason::Connections }));
                    continue;
                }
            };
            let Ok(place) = place else { break };
            is_full = false;
            let stream = tokio::select! {
                biased;
                () = closed(&mut phase) => break,
                accepted = accept(&self.listener) => accepted,
            };
            let Some((stream, address)) = stream else { continue };
            let connection = Connection {
                handler: self.handler.clone(),
                limits: self.limits.clone(),
                tls: self.tls.clone(),
                observe: self.observe.clone(),
                address: address.ip().to_canonical(),
                phase: closing.clone(),
            };
            connections.spawn(async move {
                let _place = place;
                connection.run(stream).await;
            });
        }
        drop(self.listener);
        let drained = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(self.limits.drain_timeout, drained).await.is_ok() {
            return Drained::Clean;
        }
        let left = connections.len();
        connections.shutdown().await;
        Drained::CutOff(left)
    }
}

async fn closed(phase: &mut watch::Receiver<Phase>) {
    // A sender that is gone means that the process is ending.
    let _ = phase.wait_for(|phase| *phase == Phase::Closing).await;
}

/// Accepts, and waits a moment when the process is out of something that only time brings back.
async fn accept(listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    match listener.accept().await {
        Ok(accepted) => Some(accepted),
        Err(error) => {
            // A connection that was gone before we took it is nobody's fault; all else is, most likely, too many open
            // files, and accepting again at once would spin.
            let is_peers = matches!(
                error.kind(),
                io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
            );
            if !is_peers {
                tracing::error!(%error, "cannot accept connections");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            None
        }
    }
}
