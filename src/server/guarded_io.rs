//! The bytes of a connection, under guard: a client that does not read is cut off, one that is refused hears why, and
//! heads are looked at for what the HTTP library silently repairs.

use std::{
    future::Future,
    io,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Sleep,
};
use tokio_rustls::server::TlsStream;

use super::head_scanner::HeadScanner;

/// How long, and how much, a connection is still read after its last answer.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 8 * 1024 * 1024;

/// A stream over TCP.
pub(super) trait Socket: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Returns the TCP connection at the bottom.
    fn tcp(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Socket for TlsStream<TcpStream> {
    fn tcp(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// What a connection's stream and its service tell one another.
#[derive(Debug, Default)]
pub(super) struct State {
    begun: AtomicU64,
    running: AtomicU64,
    is_writing: AtomicBool,
    was_slow: AtomicBool,
    resets: AtomicBool,
    /// The number of the first request whose head is ambiguous, counted from one; zero for none.
    ambiguous: AtomicU64,
}

/// A request that is being handled; dropped, it is done.
#[derive(Debug)]
pub(super) struct Busy(Arc<State>);

impl State {
    pub(super) fn begin_request(self: &Arc<Self>) -> Busy {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.running.fetch_add(1, Ordering::Relaxed);
        Busy(self.clone())
    }

    /// Tells whether the request that began last is ambiguous.
    pub(super) fn is_ambiguous(&self) -> bool {
        let ambiguous = self.ambiguous.load(Ordering::Relaxed);
        ambiguous != 0 && ambiguous == self.begun.load(Ordering::Relaxed)
    }

    /// Returns how many requests have begun.
    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    pub(super) fn has_begun(&self) -> bool {
        self.begun() > 0
    }

    pub(super) fn is_idle(&self) -> bool {
        self.running.load(Ordering::Relaxed) == 0 && !self.is_writing.load(Ordering::Relaxed)
    }

    pub(super) fn was_slow(&self) -> bool {
        self.was_slow.load(Ordering::Relaxed)
    }

    pub(super) fn reset_at_end(&self) {
        self.resets.store(true, Ordering::Relaxed);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A stream under guard.
pub(super) struct GuardedIo<S: Socket> {
    inner: S,
    state: Arc<State>,
    scanner: Option<HeadScanner>,
    write_timeout: Duration,
    write_deadline: Option<Pin<Box<Sleep>>>,
    linger: Option<Linger>,
}

struct Linger {
    until: Pin<Box<Sleep>>,
    left: usize,
}

impl<S: Socket> GuardedIo<S> {
    pub(super) fn new(inner: S, state: Arc<State>, write_timeout: Duration) -> Self {
        Self { inner, state, scanner: None, write_timeout, write_deadline: None, linger: None }
    }

    /// Looks at the heads of HTTP/1 requests.
    pub(super) fn scanning(mut self, max_header_bytes: usize) -> Self {
        self.scanner = Some(HeadScanner::new(max_header_bytes));
        self
    }

    /// Passes the result of a write on, unless the client has not read for too long.
    fn guard_write<T>(&mut self, context: &mut Context<'_>, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if result.is_ready() {
            if self.write_deadline.take().is_some() {
                self.state.is_writing.store(false, Ordering::Relaxed);
            }
            return result;
        }
        let timeout = self.write_timeout;
        let deadline = self.write_deadline.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        self.state.is_writing.store(true, Ordering::Relaxed);
        ready!(deadline.as_mut().poll(context));
        self.state.was_slow.store(true, Ordering::Relaxed);
        self.state.is_writing.store(false, Ordering::Relaxed);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: Socket> AsyncRead for GuardedIo<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(pin!(&mut this.inner).poll_read(context, buffer))?;
        if let Some(scanner) = &mut this.scanner {
            scanner.feed(&buffer.filled()[before..]);
            this.state.ambiguous.store(scanner.ambiguous(), Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: Socket> AsyncWrite for GuardedIo<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = pin!(&mut this.inner).poll_write(context, bytes);
        this.guard_write(context, result)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = pin!(&mut this.inner).poll_write_vectored(context, slices);
        this.guard_write(context, result)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let result = pin!(&mut this.inner).poll_flush(context);
        this.guard_write(context, result)
    }

    /// Ends our side, then reads on for a moment: closing over unread bytes would reset the connection, and a client
    /// that is still sending its refused body would lose the answer.
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
        if self.state.resets.load(Ordering::Relaxed) {
            // Closing with a linger of zero discards what is unsent and resets.
            let _ = SockRef::from(self.inner.tcp()).set_linger(Some(Duration::ZERO));
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        time::Instant,
    };

    use super::*;

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
        (client.unwrap(), accepted.unwrap().0)
    }

    #[tokio::test]
    async fn cuts_off_a_client_that_does_not_read() {
        let (_client, server) = pair().await;
        let state = Arc::new(State::default());
        let mut io = GuardedIo::new(server, state.clone(), Duration::from_millis(50));
        let started = Instant::now();
        // More than any kernel buffers.
        let error = io.write_all(&vec![0; 64 << 20]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(started.elapsed() >= Duration::from_millis(50));
        assert!(state.was_slow() && state.is_idle());
    }

    #[tokio::test]
    async fn lets_a_client_that_still_sends_hear_the_answer() {
        let (mut client, server) = pair().await;
        let mut io = GuardedIo::new(server, Arc::default(), Duration::from_secs(5));
        io.write_all(b"refused").await.unwrap();
        let server = tokio::spawn(async move { io.shutdown().await });
        client.write_all(&vec![0; 1 << 20]).await.unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer, "refused");
        drop(client);
        server.await.unwrap().unwrap();
    }
}
