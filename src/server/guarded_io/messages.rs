//! The messages of an HTTP/1 connection: one at a time is passed on, and an incomplete one is held back while the rest of
//! it can be awaited.

use std::{
    io,
    mem::MaybeUninit,
    task::{Context, Poll, ready},
};

use http::header;
use tokio::io::ReadBuf;

use super::{
    super::head_scanner::{HeadScanner, parse_head},
    GuardedIo, Socket,
};

/// The maximum number of bytes read ahead while a request is being handled.
const MAX_AHEAD: usize = 16 * 1024;

impl<S: Socket> GuardedIo<S> {
    /// Reads until a head is complete, or can no longer become complete; returns whether the client has closed its side
    /// instead. Until then, the connection stores only the received part of the head, and no other buffer.
    pub(in crate::server) fn poll_head(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        self.scan_until(context, |scanner| scanner.is_between_messages() || !scanner.awaits_head())
    }

    /// Reads until the body behind the head is complete; returns whether the client has closed its side instead.
    pub(in crate::server) fn poll_body(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        self.scan_until(context, HeadScanner::is_between_messages)
    }

    /// Returns whether the body of the request whose head was received is incomplete and can be awaited here. Not if the
    /// client waits for "100 Continue", or if the handler would answer without the body. The body's memory is allocated
    /// in full, because growing would leave copies of it.
    pub(in crate::server) fn awaits_body(&mut self) -> bool {
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
    pub(in crate::server) fn pass_on(&mut self) {
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
    pub(in crate::server) fn take_back(&mut self, bytes: &[u8]) {
        self.scanned.splice(..0, bytes.iter().copied());
    }

    /// Passes on one message. An incomplete one is held back while the rest of it can be awaited, so that the connection
    /// can be parked.
    pub(super) fn poll_message(
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
    pub(super) fn poll_ahead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
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
}
