//! A connection's stream: it times out writes, notices when the client disconnects, keeps reading after the last
//! response so that a refused client receives it, and feeds the head scanner.

use std::{
    future::Future,
    io,
    mem::MaybeUninit,
    os::fd::AsFd,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use http::{header, request};
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Sleep,
};
use tokio_rustls::server::TlsStream;

use super::{
    head_scanner::{HeadScanner, parse_head},
    state::State,
};

/// How long a connection is still read after its last response.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 8 * 1024 * 1024;
/// The maximum number of bytes read ahead while a request is being handled.
const MAX_AHEAD: usize = 16 * 1024;

/// A stream over TCP.
pub(super) trait Socket: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Returns the underlying TCP connection.
    fn tcp(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

/// Boxed: futures that own the stream would have its size several times.
impl Socket for Box<TlsStream<TcpStream>> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// Selects the requests whose body is awaited before HTTP gets them.
pub(super) struct AwaitedBodies {
    pub(super) max_headers: usize,
    /// The maximum length of a body in bytes.
    pub(super) max_length: u64,
    pub(super) is_awaited: Box<dyn Fn(&request::Parts) -> bool + Send + Sync>,
}

/// A stream with these guards.
pub(super) struct GuardedIo<S: Socket> {
    inner: S,
    state: Arc<State>,
    scanner: Option<HeadScanner>,
    bodies: Option<Arc<AwaitedBodies>>,
    /// Scanned bytes that have not been passed on.
    scanned: Vec<u8>,
    /// The current message is passed on as it arrives, because waiting for the rest is not possible.
    passes_on: bool,
    /// Bytes that were read beyond the current message.
    ahead: Vec<u8>,
    write_timeout: Duration,
    write_deadline: Option<Pin<Box<Sleep>>>,
    linger: Option<Linger>,
    /// A read of the socket is pending, so the end of the stream would be noticed.
    is_reading: bool,
    departure: Option<Departure>,
}

/// Completes when the client has closed its side, even behind unread bytes.
type Departure = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Linger {
    until: Pin<Box<Sleep>>,
    left: usize,
}

impl<S: Socket> GuardedIo<S> {
    pub(super) fn new(inner: S, state: Arc<State>, write_timeout: Duration) -> Self {
        Self {
            inner,
            state,
            scanner: None,
            bodies: None,
            scanned: Vec::new(),
            passes_on: false,
            ahead: Vec::new(),
            write_timeout,
            write_deadline: None,
            linger: None,
            is_reading: false,
            departure: None,
        }
    }

    /// Scans the heads of HTTP/1 requests, and passes one message at a time to hyper: with the next message in its
    /// buffer, hyper would not notice that the client has disconnected. An incomplete message is held back if possible.
    pub(super) fn scanning(mut self, max_header_bytes: usize, bodies: Arc<AwaitedBodies>) -> Self {
        self.scanner = Some(HeadScanner::new(max_header_bytes));
        self.bodies = Some(bodies);
        self
    }

    /// Notices that the client of a streamed response has disconnected while its request is not being read: the end of
    /// the stream is behind the unread bytes. HTTP/2 reads its frames continuously.
    fn watch(&mut self, context: &mut Context<'_>) {
        if self.is_reading || self.scanner.is_none() || !self.state.is_streaming() {
            self.departure = None;
            return;
        }
        if self.departure.is_none() {
            self.departure = departure_of(self.inner.tcp());
        }
        if self.departure.as_mut().is_some_and(|departure| departure.as_mut().poll(context).is_ready()) {
            self.departure = None;
            self.state.set_left();
        }
    }

    /// Returns the result of a write, or an error if the client has not read for too long.
    fn guard_write<T>(&mut self, context: &mut Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if result.is_ready() {
            if self.write_deadline.take().is_some() {
                self.state.set_writing(false);
            }
            return result;
        }
        let timeout = self.write_timeout;
        let deadline = self.write_deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        self.state.set_writing(true);
        ready!(deadline.as_mut().poll(context));
        self.state.set_slow();
        self.state.set_writing(false);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Reads from the socket, and records when the client has closed its side.
    fn poll_inner(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.remaining();
        let result = pin!(&mut self.inner).poll_read(context, buffer);
        self.is_reading = result.is_pending();
        let result = ready!(result);
        if before > 0 && buffer.remaining() == before {
            self.state.set_left();
        }
        Poll::Ready(result)
    }

    /// Reads until a head is complete, or can no longer become complete; returns whether the client has closed its side
    /// instead. Until then, the connection stores only the received part of the head, and no other buffer.
    pub(super) fn poll_head(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        self.scan_until(context, |scanner| scanner.is_between_messages() || !scanner.awaits_head())
    }

    /// Reads until the body behind the head is complete; returns whether the client has closed its side instead.
    pub(super) fn poll_body(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        self.scan_until(context, HeadScanner::is_between_messages)
    }

    /// Returns whether the body of the request whose head was received is incomplete and can be awaited here. Not if the
    /// client waits for "100 Continue", or if the handler would answer without the body. The body's memory is allocated
    /// in full, because growing would leave copies of it.
    pub(super) fn awaits_body(&mut self) -> bool {
        let left = self.scanner.as_ref().and_then(HeadScanner::body_left);
        left.is_some_and(|left| self.can_await(left))
    }

    fn can_await(&mut self, left: u64) -> bool {
        let Some(bodies) = self.bodies.as_ref().filter(|bodies| left <= bodies.max_length) else { return false };
        let Some(head) = parse_head(&self.scanned, bodies.max_headers) else { return false };
        if head.headers.contains_key(header::EXPECT) || !(bodies.is_awaited)(&head) {
            return false;
        }
        self.scanned.reserve_exact(usize::try_from(left).unwrap_or_default());
        true
    }

    /// Passes on what was received of a message, even if it is incomplete.
    pub(super) fn pass_on(&mut self) {
        self.passes_on = !self.scanned.is_empty();
    }

    fn scan_until(&mut self, context: &mut Context<'_>, is_done: fn(&HeadScanner) -> bool) -> Poll<io::Result<bool>> {
        let Some(mut scanner) = self.scanner.take() else { return Poll::Ready(Ok(false)) };
        let result = self.scan(context, &mut scanner, is_done);
        self.state.refuse_from(scanner.refuse_from());
        self.scanner = Some(scanner);
        result
    }

    fn scan(
        &mut self,
        context: &mut Context<'_>,
        scanner: &mut HeadScanner,
        is_done: fn(&HeadScanner) -> bool,
    ) -> Poll<io::Result<bool>> {
        let mut scratch = [MaybeUninit::uninit(); 2048];
        while self.scanned.is_empty() || !is_done(scanner) {
            let mut buffer = ReadBuf::uninit(&mut scratch);
            ready!(self.poll_inner(context, &mut buffer))?;
            let bytes = buffer.filled();
            if bytes.is_empty() {
                return Poll::Ready(Ok(true));
            }
            let end = scanner.scan(bytes);
            self.scanned.extend_from_slice(&bytes[..end]);
            self.ahead.extend_from_slice(&bytes[end..]);
        }
        Poll::Ready(Ok(false))
    }

    /// Takes back bytes that were passed on but not used.
    pub(super) fn take_back(&mut self, bytes: &[u8]) {
        self.scanned.splice(..0, bytes.iter().copied());
    }

    /// Passes on one message. An incomplete one is held back while the rest of it can be awaited, so that the connection
    /// can be parked.
    fn poll_message(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
        scanner: &mut HeadScanner,
    ) -> Poll<io::Result<()>> {
        loop {
            if self.passes_on && !self.scanned.is_empty() {
                let count = self.scanned.len().min(buffer.remaining());
                buffer.put_slice(&self.scanned[..count]);
                self.scanned.drain(..count);
                if self.scanned.is_empty() {
                    self.scanned = Vec::new();
                }
                return Poll::Ready(Ok(()));
            }
            let before = buffer.filled().len();
            match self.read_message(context, buffer, scanner) {
                Poll::Ready(result) => result?,
                Poll::Pending if self.scanned.is_empty() || self.waits(scanner) => return Poll::Pending,
                Poll::Pending => {
                    self.passes_on = true;
                    continue;
                }
            }
            let is_at_end = buffer.filled().len() == before;
            let is_held = scanner.awaits_head() || scanner.body_left().is_some();
            self.passes_on |= is_at_end || scanner.is_between_messages() || !is_held;
            if self.passes_on && self.scanned.is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.scanned.extend_from_slice(&buffer.filled()[before..]);
            buffer.set_filled(before);
        }
    }

    /// Returns whether to wait for the rest of a message that is held back.
    fn waits(&mut self, scanner: &HeadScanner) -> bool {
        let Some(left) = scanner.body_left() else { return true };
        if self.state.is_receiving() {
            return true;
        }
        let waits = self.can_await(left);
        if waits {
            self.state.begin_receiving();
        }
        waits
    }

    /// Reads up to the end of a message.
    fn read_message(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
        scanner: &mut HeadScanner,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            let before = buffer.filled().len();
            ready!(self.poll_inner(context, buffer))?;
            let end = before + scanner.scan(&buffer.filled()[before..]);
            self.ahead.extend_from_slice(&buffer.filled()[end..]);
            buffer.set_filled(end);
            return Poll::Ready(Ok(()));
        }
        let count = self.ahead.len().min(buffer.remaining());
        let end = scanner.scan(&self.ahead[..count]);
        buffer.put_slice(&self.ahead[..end]);
        self.ahead.drain(..end);
        if self.ahead.is_empty() {
            self.ahead = Vec::new();
        }
        Poll::Ready(Ok(()))
    }

    /// Reads while a request is being handled: the bytes belong to the next one. Completes at the end of the stream.
    fn poll_ahead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = self.read_ahead(context);
        if result.is_pending() && !self.ahead.is_empty() {
            self.state.wake_at_end(context.waker());
        }
        result
    }

    fn read_ahead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [MaybeUninit::uninit(); 1024];
        while self.ahead.len() < MAX_AHEAD {
            let mut buffer = ReadBuf::uninit(&mut scratch);
            ready!(self.poll_inner(context, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.ahead.extend_from_slice(buffer.filled());
        }
        // The rest stays in the kernel's buffer.
        Poll::Pending
    }

    fn count_write(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(count)) = result {
            self.state.add_written(count);
        }
        result
    }
}

/// Watches a socket independently of its reader, through a duplicate descriptor, because the reader stops polling while
/// bytes are unread. Without a spare descriptor, or without support by the system, the end is noticed only when it is
/// read.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn departure_of(tcp: &TcpStream) -> Option<Departure> {
    let copy = tcp.as_fd().try_clone_to_owned().ok()?;
    let copy = TcpStream::from_std(copy.into()).ok()?;
    // This interest alone signals the end of the stream without the bytes before it.
    Some(Box::pin(async move { drop(copy.ready(tokio::io::Interest::PRIORITY).await) }))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn departure_of(_: &TcpStream) -> Option<Departure> {
    None
}

impl<S: Socket> AsyncRead for GuardedIo<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.is_reading = false;
        let Some(mut scanner) = this.scanner.take() else { return this.poll_inner(context, buffer) };
        let is_passed_on = scanner.is_between_messages() && this.scanned.is_empty();
        let result = if is_passed_on && this.state.is_running() {
            this.poll_ahead(context)
        } else {
            this.passes_on &= !is_passed_on;
            this.poll_message(context, buffer, &mut scanner)
        };
        this.state.refuse_from(scanner.refuse_from());
        this.state.set_quiet(result.is_pending() && !this.passes_on && this.ahead.is_empty());
        this.scanner = Some(scanner);
        result
    }
}

impl<S: Socket> AsyncWrite for GuardedIo<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = pin!(&mut this.inner).poll_write(context, bytes);
        let result = this.count_write(result);
        this.guard_write(context, result)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = pin!(&mut this.inner).poll_write_vectored(context, slices);
        let result = this.count_write(result);
        this.guard_write(context, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.watch(context);
        let result = pin!(&mut this.inner).poll_flush(context);
        this.guard_write(context, result)
    }

    /// Closes our side, then keeps reading for a moment: closing with unread bytes would reset the connection, and a
    /// client that is still sending a refused body would lose the response.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.linger.is_none() {
            let result = pin!(&mut this.inner).poll_shutdown(context);
            ready!(this.guard_write(context, result))?;
        }
        let linger = this
            .linger
            .get_or_insert_with(|| Linger { until: Box::pin(tokio::time::sleep(LINGER)), left: LINGER_BYTES });
        let mut scratch = [0; 16 * 1024];
        loop {
            let mut buffer = ReadBuf::new(&mut scratch);
            match pin!(&mut this.inner).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    linger.left = linger.left.saturating_sub(buffer.filled().len());
                    if linger.left == 0 {
                        return Poll::Ready(Ok(()));
                    }
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => break,
            }
        }
        linger.until.as_mut().poll(context).map(Ok)
    }
}

impl<S: Socket> Drop for GuardedIo<S> {
    fn drop(&mut self) {
        if self.state.resets() {
            // Closing with a linger of zero discards unsent bytes and resets the connection.
            let _ = SockRef::from(self.inner.tcp()).set_linger(Some(Duration::ZERO));
        }
    }
}

#[cfg(test)]
#[path = "guarded_io_tests.rs"]
mod tests;
