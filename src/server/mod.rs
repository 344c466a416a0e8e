//! Accepts connections and passes requests on: connection limits, timeouts, TLS and draining. It knows no routes.
//!
//! A custom accept loop around hyper, because the usual ones have no connection limit, no header timeout and no
//! deadline for draining (`docs/adr/0002-own-accept-loop.md`).

mod body;
mod connection;
pub mod descriptors;
mod framing;
mod guarded_io;
mod head_scanner;
mod listeners;
mod open;
mod state;
pub mod tls;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, request};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::Instant,
};

use self::{
    body::DrainLimits, connection::Connection, guarded_io::AwaitedBodies, open::OpenConnections, tls::TlsAcceptor,
};
pub use self::{
    body::RequestBody,
    connection::Aborted,
    listeners::{Listeners, Stop},
};
use crate::{
    config::ServerConfig,
    observe::{Observe, Resource, ResourceExhausted, Shed, ShedReason},
};

/// Longer than the pauses of an active connection, and short compared with idle keep-alive.
const PARK_AFTER: Duration = Duration::from_secs(1);
/// The pause after a failed accept, if no connection can be closed to let the next one succeed.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// A handler of requests.
pub trait Handler: Send + Sync + 'static {
    /// The body of its responses.
    type Body: http_body::Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>>
        + Send
        + Unpin
        + 'static;

    /// Handles a request; an error resets the connection. A request counts as running until the response body has been
    /// sent completely or dropped. The request's body may be left unread.
    fn handle(
        &self,
        request: Request<RequestBody>,
        peer: Peer,
    ) -> impl Future<Output = Result<Response<Self::Body>, Aborted>> + Send;

    /// Returns whether a request with this head would be answered only after its whole body was read. The server may
    /// then wait for the body before it handles the request.
    fn reads_body(&self, _head: &request::Parts) -> bool {
        false
    }
}

/// What the server knows about a request beyond its content.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    /// The other end of the connection.
    pub address: IpAddr,
    /// Why the request must be refused, whatever its content.
    pub refusal: Option<Refusal>,
    /// When the head was received, if the server has waited for the body since then.
    pub received: Option<Instant>,
}

/// Why a request must be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Its framing can be read in two ways (RFC 9112, section 6.3).
    Ambiguous,
    /// It has more header lines than `server.max_headers`. Over HTTP/1, the HTTP library rejects it.
    TooManyHeaders,
}

/// The limits of a listener.
#[derive(Debug, Clone)]
pub struct Limits {
    max_connections: usize,
    header_timeout: Duration,
    first_request_timeout: Duration,
    write_timeout: Duration,
    max_header_bytes: usize,
    max_headers: usize,
    /// How long an HTTP/1 connection may wait for a request, or for the rest of one, before it releases its buffers. Not
    /// longer than the time for a body, which ends exactly only without them.
    park_after: Duration,
    drain: DrainLimits,
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
            park_after: PARK_AFTER.min(config.header_timeout).min(config.body_timeout),
            drain: DrainLimits { bytes: config.max_body_bytes.get() as u64, time: config.body_timeout },
            drain_timeout: config.drain_timeout,
        }
    }
}

impl Limits {
    /// Sets the maximum number of connections.
    #[must_use]
    pub fn with_max_connections(self, max_connections: usize) -> Self {
        Self { max_connections, ..self }
    }
}

/// The phases of a shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Serving.
    Running,
    /// Still serving, but no longer ready.
    Draining,
    /// No new connections; running requests finish.
    Closing,
}

/// The result of draining.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// All requests were answered.
    Clean,
    /// This number of connections was closed at the deadline.
    CutOff(usize),
}

/// A listener could not be bound.
#[derive(Debug, thiserror::Error)]
#[error("{key}: cannot listen on {address}: {error}")]
pub struct BindError {
    /// The configuration key or argument that contains the address.
    key: &'static str,
    address: SocketAddr,
    error: io::Error,
}

/// A bound listener with its handler and settings.
pub struct Server<H> {
    listener: TcpListener,
    handler: Arc<H>,
    limits: Arc<Limits>,
    bodies: Arc<AwaitedBodies>,
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
        let reader = handler.clone();
        let bodies = AwaitedBodies {
            max_headers: limits.max_headers,
            max_length: limits.drain.bytes,
            is_awaited: Box::new(move |head| reader.reads_body(head)),
        };
        Ok(Self { listener, handler, limits: Arc::new(limits), bodies: Arc::new(bodies), tls: None, observe: None })
    }

    /// Binds an address from a configuration key or an argument.
    ///
    /// # Errors
    ///
    /// The address cannot be bound.
    pub async fn bind_as(
        key: &'static str,
        address: SocketAddr,
        handler: Arc<H>,
        limits: Limits,
    ) -> Result<Self, BindError> {
        Self::bind(address, handler, limits).await.map_err(|error| BindError { key, address, error })
    }

    /// Serves TLS if an acceptor is given.
    #[must_use]
    pub fn with_tls(mut self, tls: Option<TlsAcceptor>) -> Self {
        self.tls = tls;
        self
    }

    /// Records connections and rejections.
    #[must_use]
    pub fn observed_by(mut self, observe: Arc<Observe>) -> Self {
        self.observe = Some(observe);
        self
    }

    /// Returns the address actually bound.
    ///
    /// # Errors
    ///
    /// The operating system does not report the address.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until the phase is [`Phase::Closing`] and all requests have been answered, or the drain times out.
    pub async fn run(self, mut phase: watch::Receiver<Phase>) -> Drained {
        let mut open = OpenConnections::new();
        let mut is_failing = false;
        loop {
            let accepted = tokio::select! {
                biased;
                () = closed(&mut phase) => break,
                () = open.ended() => continue,
                accepted = self.listener.accept() => accepted,
            };
            let connected = async {
                match accepted {
                    Ok(accepted) => {
                        is_failing = false;
                        self.make_room(&mut open).await;
                        Some(accepted)
                    }
                    Err(error) => {
                        self.recover(&error, &mut open, &mut is_failing).await;
                        None
                    }
                }
            };
            let connected = tokio::select! {
                biased;
                () = closed(&mut phase) => break,
                connected = connected => connected,
            };
            if let Some((stream, address)) = connected {
                self.connect(stream, address, &mut open);
            }
        }
        drop(self.listener);
        open.close();
        let drained = async {
            while open.len() > 0 {
                open.ended().await;
            }
        };
        if tokio::time::timeout(self.limits.drain_timeout, drained).await.is_ok() {
            return Drained::Clean;
        }
        Drained::CutOff(open.cut_off().await)
    }

    fn connect(&self, stream: TcpStream, address: SocketAddr, open: &mut OpenConnections) {
        let state = open.new_state();
        let connection = Connection {
            handler: self.handler.clone(),
            limits: self.limits.clone(),
            bodies: self.bodies.clone(),
            tls: self.tls.clone(),
            observe: self.observe.clone(),
            address: address.ip().to_canonical(),
            state: state.clone(),
        };
        open.spawn(state, connection.run(stream));
    }

    /// Waits until an accepted connection fits below the limit. The connection that has been idle longest makes room.
    async fn make_room(&self, open: &mut OpenConnections) {
        if open.len() < self.limits.max_connections {
            return;
        }
        self.observe.iter().for_each(|observe| observe.record(&Shed { reason: ShedReason::Connections }));
        while open.len() >= self.limits.max_connections {
            open.close_one().await;
        }
    }

    /// Takes the action that lets the next accept succeed.
    async fn recover(&self, error: &io::Error, open: &mut OpenConnections, was_failing: &mut bool) {
        let is_gone = matches!(
            error.kind(),
            io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
        );
        if is_gone {
            return;
        }
        if !std::mem::replace(was_failing, true) {
            tracing::error!(%error, "cannot accept connections");
        }
        if let Some(resource) = Resource::exhausted_by(error) {
            self.observe.iter().for_each(|observe| observe.record(&ResourceExhausted { resource }));
        }
        // Without this pause, accepting again immediately would spin when nothing has been freed.
        tokio::select! {
            () = open.close_one() => {}
            () = tokio::time::sleep(ACCEPT_PAUSE) => {}
        }
    }
}

async fn closed(phase: &mut watch::Receiver<Phase>) {
    // A dropped sender means that the process is ending.
    let _ = phase.wait_for(|phase| *phase == Phase::Closing).await;
}

#[cfg(test)]
#[path = "parking_tests.rs"]
mod parking_tests;
