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
    net::TcpStream,
    time::{Instant, timeout_at},
};
use tokio_rustls::server::TlsStream;

use super::{
    Handler, Limits, Peer, Refusal,
    body::{self, AnswerBody, RequestBody},
    guarded_io::{GuardedIo, Socket},
    state::State,
    tls::TlsAcceptor,
};
use crate::observe::{Observe, Shed, ShedReason};

/// How long a connection without a running request is kept after a shutdown began.
const GRACE: Duration = Duration::from_millis(500);
/// The streams that an HTTP/2 connection may have at once.
const MAX_STREAMS: u32 = 128;

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
    pub(super) state: Arc<State>,
}

/// What HTTP is spoken over.
enum Transport {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// The timeouts of a connection, of which one at a time is running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Timeout {
    /// The first request has not begun.
    FirstRequest,
    /// No request is under way; over HTTP/1 this includes a head that is still on its way.
    Idle,
    /// The connection ends after the requests under way. Over HTTP/2 an answer may wait for the client's window when its
    /// body has been handed over, so bytes that are written keep the connection for a while.
    Grace { since: Instant, written: u64 },
}

/// What follows a timeout.
#[derive(Debug)]
enum Step {
    End,
    ShutDown,
    Wait(Timeout, Instant),
}

impl<H: Handler> Connection<H> {
    /// Serves the connection to its end, or until it makes room for another one.
    pub(super) async fn run(self, stream: TcpStream) {
        let _open = self.observe.as_ref().map(|observe| observe.connection_open());
        let _ = stream.set_nodelay(true);
        let mut serving = pin!(self.serve(stream));
        std::future::poll_fn(|context| {
            // First: what the connection is asked from here on polls it again.
            self.state.listen(context.waker());
            // What has arrived is read before the question, so that a request is under way when it has.
            if serving.as_mut().poll(context).is_ready() || self.state.leaves() {
                return Poll::Ready(());
            }
            Poll::Pending
        })
        .await;
    }

    async fn serve(&self, stream: TcpStream) {
        let first_request = Instant::now() + self.limits.first_request_timeout;
        let arrived = async {
            // A client that sends nothing costs none of the buffers of HTTP and TLS. tokio takes a new connection for
            // readable, so nothing less than a read finds out.
            stream.peek(&mut [0]).await?;
            match &self.tls {
                None => Ok(Transport::Plain(stream)),
                Some(tls) => Box::pin(tls.accept(stream)).await.map(Box::new).map(Transport::Tls),
            }
        };
        let arrived = tokio::select! {
            arrived = timeout_at(first_request, arrived) => arrived,
            () = self.closing() => return,
        };
        // Each in a box of its own: the largest of them would be the size of all.
        match arrived {
            Err(_) => self.shed_slow(),
            Ok(Err(_)) => {}
            Ok(Ok(Transport::Plain(stream))) => Box::pin(self.http1(stream, first_request)).await,
            Ok(Ok(Transport::Tls(stream))) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
                Box::pin(self.http2(*stream, first_request)).await;
            }
            Ok(Ok(Transport::Tls(stream))) => Box::pin(self.http1(*stream, first_request)).await,
        }
    }

    async fn http1<S: Socket>(&self, stream: S, first_request: Instant) {
        let limits = &self.limits;
        let io = GuardedIo::new(stream, self.state.clone(), limits.write_timeout).scanning(limits.max_header_bytes);
        let connection = conn::http1::Builder::new()
            // One timer for the connection keeps this time (`drive`); the library's would be one for each request.
            .header_read_timeout(None)
            .max_buf_size(limits.max_header_bytes)
            // An answer is short: copied behind its head, it leaves in one plain write.
            .writev(false)
            .max_header_size(limits.max_header_bytes)
            .max_headers(limits.max_headers)
            .serve_connection(TokioIo::new(io), service_fn(|request| self.answer_http1(request)));
        self.drive(pin!(connection), |connection| connection.graceful_shutdown(), first_request).await;
    }

    /// Begins an HTTP/1 request. It is under way from here on, not only when the future is polled.
    fn answer_http1(
        &self,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<AnswerBody<H::Body>>, Aborted>> {
        let busy = self.state.begin_request();
        let refusal = self.state.is_ambiguous().then_some(Refusal::Ambiguous);
        let (head, incoming) = request.into_parts();
        let ends = body::ends_connection(&head, refusal.is_some());
        let body = RequestBody::http1(incoming, &head.headers, &self.state, self.limits.drain);
        let length = body.size_hint().exact();
        let request = Request::from_parts(head, body);
        async move {
            let answer = self.handler.handle(request, Peer { address: self.address, refusal }).await;
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
        self.drive(pin!(connection), |connection| connection.graceful_shutdown(), first_request).await;
    }

    /// Begins an HTTP/2 request, whose answer is made in a task of its own.
    fn answer_http2(
        &self,
        request: Request<Incoming>,
    ) -> impl Future<Output = Result<Response<AnswerBody<H::Body>>, Aborted>> + use<H> {
        let busy = self.state.begin_request();
        let refusal = (request.headers().len() > self.limits.max_headers).then_some(Refusal::TooManyHeaders);
        let peer = Peer { address: self.address, refusal };
        let (handler, limits) = (self.handler.clone(), self.limits.drain);
        async move {
            let request = request.map(|incoming| RequestBody::http2(incoming, limits));
            let response = handler.handle(request, peer).await?;
            Ok(response.map(|body| AnswerBody::new(body, busy)))
        }
    }

    /// Runs a connection to its end: its own, a timeout's, the client's or the shutdown's.
    async fn drive<C, E>(&self, mut connection: Pin<&mut C>, shut_down: impl Fn(Pin<&mut C>), first_request: Instant)
    where
        C: Future<Output = Result<(), E>>,
    {
        let mut timeout = Timeout::FirstRequest;
        let mut timer = pin!(tokio::time::sleep_until(first_request));
        loop {
            let is_closing = matches!(timeout, Timeout::Grace { .. });
            let step = tokio::select! {
                biased;
                _ = connection.as_mut() => break,
                () = self.left() => return,
                () = self.closing(), if !is_closing => Step::ShutDown,
                () = timer.as_mut() => self.expired(timeout),
            };
            match step {
                Step::End => return,
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
    }

    /// Becomes ready when the listener ends its connections; `run` polls again when that begins.
    async fn closing(&self) {
        std::future::poll_fn(|_| if self.state.is_closing() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Becomes ready when the client has closed its side before its answer has left; only the polling of the connection
    /// finds that out.
    async fn left(&self) {
        let has_left = || self.state.has_left() && !self.state.is_idle();
        std::future::poll_fn(|_| if has_left() { Poll::Ready(()) } else { Poll::Pending }).await;
    }

    /// Decides what follows a timeout.
    fn expired(&self, timeout: Timeout) -> Step {
        let (state, now, idle) = (&self.state, Instant::now(), self.limits.header_timeout);
        match timeout {
            Timeout::FirstRequest if state.begun() == 0 => {
                self.shed_slow();
                Step::End
            }
            Timeout::FirstRequest | Timeout::Idle => {
                let until = if state.is_idle() { state.last_request() + idle } else { now + idle };
                // Announced to the client, as the end of a connection that an answer left open.
                if until <= now { Step::ShutDown } else { Step::Wait(Timeout::Idle, until) }
            }
            // A head that came half-way is no request under way; the library would wait for its rest.
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
