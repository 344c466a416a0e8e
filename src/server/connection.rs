//! One connection: TLS, HTTP, its timeouts and its end.

use std::{
    future::Future,
    net::IpAddr,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use http::{HeaderValue, Request, Version, header};
use hyper::{body::Incoming, server::conn, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    net::TcpStream,
    sync::watch,
    time::{Instant, timeout_at},
};

use super::{
    Handler, Limits, Peer, Phase, closed,
    guarded_io::{GuardedIo, Socket, State},
    tls::TlsAcceptor,
};
use crate::observe::{Observe, Shed, ShedReason};

/// How long a connection without a running request is kept after a shutdown began.
const GRACE: Duration = Duration::from_millis(500);

/// The handler wants the connection reset instead of an answer.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("aborted")]
pub struct Aborted;

pub(super) struct Connection<H> {
    pub(super) handler: Arc<H>,
    pub(super) limits: Limits,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) observe: Option<Arc<Observe>>,
    pub(super) address: IpAddr,
    pub(super) phase: watch::Receiver<Phase>,
}

impl<H: Handler> Connection<H> {
    pub(super) async fn run(self, stream: TcpStream) {
        let _open = self.observe.as_ref().map(|observe| observe.connection_open());
        let _ = stream.set_nodelay(true);
        let first_request = Instant::now() + self.limits.first_request_timeout;
        match &self.tls {
            None => self.http1(stream, first_request).await,
            Some(tls) => {
                // The handshake is part of the first request's time.
                let Ok(Ok(stream)) = timeout_at(first_request, tls.accept(stream)).await else { return };
                if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
                    self.http2(stream, first_request).await;
                } else {
                    self.http1(stream, first_request).await;
                }
            }
        }
    }

    async fn http1<S: Socket>(&self, stream: S, first_request: Instant) {
        let state = Arc::new(State::default());
        let io =
            GuardedIo::new(stream, state.clone(), self.limits.write_timeout).scanning(self.limits.max_header_bytes);
        let service = service_fn(|request: Request<Incoming>| {
            let state = state.clone();
            async move {
                let _busy = state.begin_request();
                let is_ambiguous = state.is_ambiguous();
                // What follows a chunked body is not scanned any more, so nothing may follow.
                let closes = is_ambiguous || request.headers().contains_key(header::TRANSFER_ENCODING);
                let answer = self.handler.handle(request, Peer { address: self.address, is_ambiguous }).await;
                answer
                    .map(|mut response| {
                        if closes {
                            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                        }
                        response
                    })
                    .inspect_err(|_| state.reset_at_end())
            }
        });
        let connection = conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.header_timeout)
            .max_buf_size(self.limits.max_header_bytes)
            .max_headers(self.limits.max_headers)
            .serve_connection(TokioIo::new(io), service);
        self.drive(pin!(connection), |connection| connection.graceful_shutdown(), &state, first_request, Duration::MAX)
            .await;
    }

    async fn http2<S: Socket>(&self, stream: S, first_request: Instant) {
        let state = Arc::new(State::default());
        let io = GuardedIo::new(stream, state.clone(), self.limits.write_timeout);
        let service = service_fn(|request: Request<Incoming>| {
            let (state, handler, address) = (state.clone(), self.handler.clone(), self.address);
            async move {
                let _busy = state.begin_request();
                debug_assert_eq!(request.version(), Version::HTTP_2);
                handler.handle(request, Peer { address, is_ambiguous: false }).await
            }
        });
        let max_header_bytes = u32::try_from(self.limits.max_header_bytes).unwrap_or(u32::MAX);
        let connection = conn::http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_header_list_size(max_header_bytes)
            .max_concurrent_streams(128)
            .serve_connection(TokioIo::new(io), service);
        // HTTP/1 keeps this time by itself.
        let idle = self.limits.header_timeout;
        self.drive(pin!(connection), |connection| connection.graceful_shutdown(), &state, first_request, idle).await;
    }

    /// Runs a connection to its end: its own, the first request's timeout, that of being idle, or the shutdown's.
    async fn drive<C, E>(
        &self,
        mut connection: Pin<&mut C>,
        shut_down: impl Fn(Pin<&mut C>),
        state: &State,
        first_request: Instant,
        idle: Duration,
    ) where
        C: Future<Output = Result<(), E>>,
    {
        let mut phase = self.phase.clone();
        let mut first_request = pin!(tokio::time::sleep_until(first_request));
        let mut grace = pin!(tokio::time::sleep(Duration::MAX));
        let mut idle_check = pin!(tokio::time::sleep(idle));
        let mut begun = 0;
        let mut is_closing = false;
        loop {
            tokio::select! {
                biased;
                _ = connection.as_mut() => break,
                () = first_request.as_mut(), if !state.has_begun() => {
                    // The request may have begun while this was waited for.
                    if !state.has_begun() {
                        self.shed_slow();
                        return;
                    }
                }
                () = idle_check.as_mut(), if !is_closing => {
                    if state.is_idle() && state.begun() == begun {
                        return;
                    }
                    begun = state.begun();
                    idle_check.as_mut().reset(Instant::now() + idle);
                }
                () = closed(&mut phase), if !is_closing => {
                    is_closing = true;
                    shut_down(connection.as_mut());
                    grace.as_mut().reset(Instant::now() + GRACE);
                }
                // A head that came half-way is no running request; the library would wait for its rest.
                () = grace.as_mut(), if is_closing => {
                    if state.is_idle() {
                        return;
                    }
                    grace.as_mut().reset(Instant::now() + GRACE);
                }
            }
        }
        if state.was_slow() {
            self.shed_slow();
        }
    }

    fn shed_slow(&self) {
        self.observe.iter().for_each(|observe| observe.record(&Shed { reason: ShedReason::Slow }));
    }
}
