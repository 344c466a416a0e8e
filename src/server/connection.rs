//! One connection: TLS, HTTP, its timeouts and its end.

use std::{
    future::Future,
    net::IpAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use http::{HeaderValue, Request, Response, header};
use http_body::Body as _;
use hyper::{body::Incoming, server::conn, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::AsyncWriteExt as _,
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::server::TlsStream;

use super::{
    Handler, Limits, Peer, Refusal,
    body::{self, AnswerBody, RequestBody},
    guarded_io::{AwaitedBodies, GuardedIo, Socket},
    state::State,
    tls::TlsAcceptor,
};
use crate::observe::{Observe, Shed, ShedReason};

/// How long a connection without a running request is kept once a shutdown has begun.
const GRACE: Duration = Duration::from_millis(500);
/// The maximum number of concurrent streams of an HTTP/2 connection.
const MAX_STREAMS: u32 = 128;

/// An error by which the handler resets the connection instead of responding.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("aborted")]
pub struct Aborted;

pub(super) struct Connection<H> {
    pub(super) handler: Arc<H>,
    pub(super) limits: Arc<Limits>,
    pub(super) bodies: Arc<AwaitedBodies>,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) observe: Option<Arc<Observe>>,
    pub(super) address: IpAddr,
    pub(super) state: Arc<State>,
}

/// The protocol below HTTP.
enum Transport {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// The timeouts of a connection; one of them runs at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Timeout {
    /// The first request has not begun.
    FirstRequest,
    /// A request was served recently, so the connection is not parked yet.
    InUse,
    /// No request is running; over HTTP/1 this includes a head that is still arriving.
    Idle,
    /// The connection ends after the running requests. Over HTTP/2, a response whose body is complete may still wait
    /// for the client's flow-control window, so written bytes extend the time.
    Grace { since: Instant, written: u64 },
}

/// The action after a timeout.
#[derive(Debug)]
enum Step {
    End,
    Park,
    ShutDown,
    Wait(Timeout, Instant),
}

/// How driving a connection ended.
#[derive(Debug, PartialEq, Eq)]
enum Driven {
    Ended,
    /// No request is running, and HTTP has got nothing of a next one.
    Parked,
}

impl<H: Handler> Connection<H> {
    /// Serves the connection until it ends, or until it makes room for another one.
    pub(super) async fn run(self, stream: TcpStream) {
        let _open = self.observe.as_ref().map(|observe| observe.connection_open());
        let _ = stream.set_nodelay(true);
        let mut serving = pin!(self.serve(stream));
        std::future::poll_fn(|context| {
            // First: any later request to this connection polls it again.
            self.state.listen(context.waker());
            // Read what has arrived before the check, so that a received request counts as running.
            if serving.as_mut().poll(context).is_ready() || self.state.leaves() {
                return Poll::Ready(());
            }
            Poll::Pending
        })
        .await;
    }

    async fn serve(&self, stream: TcpStream) {
        let first_request = Instant::now() + self.limits.first_request_timeout;
        // Each stage is boxed, so that a connection takes no memory for the largest one.
        let Some(transport) = Box::pin(self.arrive(stream, first_request)).await else { return };
        match transport {
            Transport::Plain(stream) => Box::pin(self.http1(stream, first_request)).await,
            Transport::Tls(stream) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
                Box::pin(self.http2(stream, first_request)).await;
            }
            Transport::Tls(stream) => Box::pin(self.http1(stream, first_request)).await,
        }
    }

    /// Waits for the first bytes and completes the TLS handshake.
    async fn arrive(&self, stream: TcpStream, first_request: Instant) -> Option<Transport> {
        let arrived = async {
            // A silent client gets no buffers for HTTP and TLS. tokio reports a new connection as readable, so only a
            // read shows whether data has arrived.
            stream.peek(&mut [0]).await?;
            match &self.tls {
                None => Ok(Transport::Plain(stream)),
                Some(tls) => Box::pin(tls.accept(stream)).await.map(Box::new).map(Transport::Tls),
            }
        };
        tokio::select! {
            arrived = timeout_at(first_request, arrived) => match arrived {
                Ok(transport) => transport.ok(),
                Err(_) => {
                    self.shed_slow();
                    None
                }
            },
            () = self.closing() => None,
        }
    }

    /// Serves requests over HTTP/1. A connection that is idle between requests releases the HTTP buffers.
    async fn http1<S: Socket>(&self, stream: S, first_request: Instant) {
        let limits = &self.limits;
        let io = GuardedIo::new(stream, self.state.clone(), limits.write_timeout);
        let mut io = io.scanning(limits.max_header_bytes, self.bodies.clone());
        let mut until = first_request;
        loop {
            if !self.await_head(&mut io, until).await {
                // Sends the TLS close notification.
                let _ = timeout(GRACE, io.shutdown()).await;
                return;
            }
            if io.awaits_body() {
                self.await_body(&mut io).await;
            }
            io.pass_on();
            match Box::pin(self.serve_http1(io)).await {
                Some(parked) => io = parked,
                None => return,
            }
            until = self.state.last_request() + limits.header_timeout;
        }
    }

    /// Waits for a complete head; returns whether there is one.
    async fn await_head<S: Socket>(&self, io: &mut GuardedIo<S>, until: Instant) -> bool {
        let head = std::future::poll_fn(|context| io.poll_head(context));
        tokio::select! {
            biased;
            head = head => matches!(head, Ok(false)),
            () = self.closing() => false,
            () = tokio::time::sleep_until(until) => {
                if self.state.begun() == 0 {
                    self.shed_slow();
                }
                false
            }
        }
    }

    /// Waits for a body that the handler reads before it answers, because HTTP buffers would take more memory than the
    /// request. At a timeout, a shutdown or the end of the stream, the handler takes over.
    async fn await_body<S: Socket>(&self, io: &mut GuardedIo<S>) {
        let until = self.state.begin_receiving() + self.limits.drain.time;
        let body = std::future::poll_fn(|context| io.poll_body(context));
        tokio::select! {
            biased;
            _ = body => {}
            () = self.closing() => {}
            () = tokio::time::sleep_until(until) => {}
        }
    }

    /// Serves requests until the connection ends or is parked.
    async fn serve_http1<S: Socket>(&self, io: GuardedIo<S>) -> Option<GuardedIo<S>> {
        let limits = &self.limits;
        let mut connection = conn::http1::Builder::new()
            // One timer per connection applies this limit (`drive`); the library's timer would be one per request.
            .header_read_timeout(None)
            .max_buf_size(limits.max_header_bytes)
            // A response is short: copied behind its head, it is sent in one plain write.
            .writev(false)
            .max_header_size(limits.max_header_bytes)
            .max_headers(limits.max_headers)
            .serve_connection(TokioIo::new(io), service_fn(|request| self.answer_http1(request)));
        let first = (Timeout::InUse, Instant::now() + limits.park_after);
        let driven = self.drive(Pin::new(&mut connection), |connection| connection.graceful_shutdown(), first).await;
        if driven == Driven::Ended {
            return None;
        }
        #[cfg(test)]
        super::parking_tests::PARKED.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let parts = connection.into_parts();
        let mut io = parts.io.into_inner();
        io.take_back(&parts.read_buf);
        Some(io)
    }

    /// Starts an HTTP/1 request. It counts as running from here, not only once the future is polled.
    fn answer_http1(
        &self,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<AnswerBody<H::Body>>, Aborted>> {
        let busy = self.state.begin_request();
        let received = self.state.end_receiving();
        let refusal = self.state.is_ambiguous().then_some(Refusal::Ambiguous);
        let (head, incoming) = request.into_parts();
        let ends = body::ends_connection(&head, refusal.is_some());
        let body = RequestBody::http1(incoming, &head.headers, &self.state, self.limits.drain);
        let length = body.size_hint().exact();
        let request = Request::from_parts(head, body);
        let peer = Peer { address: self.address, refusal, received };
        async move {
            let answer = self.handler.handle(request, peer).await;
            let mut response = answer.inspect_err(|_| self.state.reset_at_end())?;
            let mut closes = ends || body::announces_close(response.headers());
            if length != Some(0) {
                closes = body::settle(&self.state, length, self.limits.drain, closes).await;
            }
            if closes {
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(response.map(|body| AnswerBody::new(body, busy)))
        }
    }

    async fn http2<S: Socket>(&self, stream: S, first_request: Instant) {
        let limits = &self.limits;
        let io = GuardedIo::new(stream, self.state.clone(), limits.write_timeout);
        let connection = conn::http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_header_list_size(u32::try_from(limits.max_header_bytes).unwrap_or(u32::MAX))
            .max_concurrent_streams(MAX_STREAMS)
            .serve_connection(TokioIo::new(io), service_fn(|request| self.answer_http2(request)));
        let first = (Timeout::FirstRequest, first_request);
        self.drive(pin!(connection), |connection| connection.graceful_shutdown(), first).await;
    }

    /// Starts an HTTP/2 request, which is handled in its own task.
    fn answer_http2(
        &self,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<AnswerBody<H::Body>>, Aborted>> + use<H> {
        let busy = self.state.begin_request();
        let refusal = (request.headers().len() > self.limits.max_headers).then_some(Refusal::TooManyHeaders);
        let peer = Peer { address: self.address, refusal, received: None };
        let (handler, limits) = (self.handler.clone(), self.limits.drain);
        async move {
            let request = request.map(|incoming| RequestBody::http2(incoming, limits));
            let response = handler.handle(request, peer).await?;
            Ok(response.map(|body| AnswerBody::new(body, busy)))
        }
    }

    /// Drives a connection until it ends, times out, is parked, the client disconnects or the service shuts down.
    async fn drive<C, E>(
        &self,
        mut connection: Pin<&mut C>,
        shut_down: impl Fn(Pin<&mut C>),
        first: (Timeout, Instant),
    ) -> Driven
    where
        C: Future<Output = Result<(), E>>,
    {
        let (mut timeout, until) = first;
        let mut timer = pin!(tokio::time::sleep_until(until));
        loop {
            let is_closing = matches!(timeout, Timeout::Grace { .. });
            let step = tokio::select! {
                biased;
                _ = connection.as_mut() => break,
                () = self.left() => return Driven::Ended,
                // The library would drop a request of which it has got nothing.
                () = self.closing(), if !is_closing => if self.state.is_receiving() { Step::Park } else { Step::ShutDown },
                () = timer.as_mut() => self.expired(timeout),
            };
            match step {
                Step::End => return Driven::Ended,
                Step::Park => return Driven::Parked,
                Step::Wait(next, until) => {
                    timeout = next;
                    timer.as_mut().reset(until);
                }
                Step::ShutDown => {
                    shut_down(connection.as_mut());
                    let since = Instant::now();
                    timeout = Timeout::Grace { since, written: self.state.written() };
                    timer.as_mut().reset(since + GRACE);
                }
            }
        }
        if self.state.was_slow() {
            self.shed_slow();
        }
        Driven::Ended
    }

    /// Completes when the listener ends its connections; `run` polls again when that starts.
    async fn closing(&self) {
        std::future::poll_fn(|_| if self.state.is_closing() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Completes when the client has closed its side before its response was sent; only polling the connection detects
    /// that.
    async fn left(&self) {
        let has_left = || self.state.has_left() && !self.state.is_idle();
        std::future::poll_fn(|_| if has_left() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Decides what to do after a timeout.
    fn expired(&self, timeout: Timeout) -> Step {
        let (state, now, idle) = (&self.state, Instant::now(), self.limits.header_timeout);
        match timeout {
            Timeout::FirstRequest if state.begun() == 0 => {
                self.shed_slow();
                Step::End
            }
            Timeout::InUse => {
                let park_after = self.limits.park_after;
                let since = if state.is_handling() { now } else { state.last_request() };
                if state.is_quiet() && since + park_after <= now {
                    return Step::Park;
                }
                if since + idle <= now {
                    return Step::ShutDown;
                }
                let next = if state.is_quiet() { since + park_after } else { now + park_after };
                Step::Wait(Timeout::InUse, next.min(since + idle))
            }
            Timeout::FirstRequest | Timeout::Idle => {
                let until = if state.is_idle() { state.last_request() + idle } else { now + idle };
                // Announced to the client, like the end of a connection after a response that kept it open.
                if until <= now { Step::ShutDown } else { Step::Wait(Timeout::Idle, until) }
            }
            // An incomplete head is not a running request; the library would wait for the rest of it.
            Timeout::Grace { since, written } => {
                let until = since.max(state.last_request()) + self.limits.write_timeout;
                if state.is_idle() && (state.written() == written || until <= now) {
                    return Step::End;
                }
                Step::Wait(Timeout::Grace { since, written: state.written() }, now + GRACE)
            }
        }
    }

    fn shed_slow(&self) {
        self.observe.iter().for_each(|observe| observe.record(&Shed { reason: ShedReason::Slow }));
    }
}
