//! A connection's stream: it times out writes, notices when the client disconnects, keeps reading after the last
//! response so that a refused client receives it, and feeds the head scanner.

mod messages;

use std::{
    future::Future,
    io,
    os::fd::AsFd,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use http::request;
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Sleep,
};
use tokio_rustls::server::TlsStream;

use super::{head_scanner::HeadScanner, state::State};

/// How long a connection is still read after its last response.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 8 * 1024 * 1024;

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
