//! The bodies of requests and responses, and the handling of request bodies that nothing has read.
//!
//! A handler may respond without reading the body. hyper then closes an HTTP/1 connection after the response without
//! announcing it, unless the rest is already in its buffer, and the client's next request on the connection fails.
//! Therefore the rest of the body is handled before the head of the response is sent: within the limits it is read and
//! discarded while the response is sent, beyond them the response announces the close
//! (`docs/adr/0012-unread-bodies.md`). An HTTP/2 stream ends on its own; its rest is read within the same limits, so
//! that the client sees no reset.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Version, header, request};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use super::state::{Busy, State};

/// How much of an unread body to read and discard, and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct DrainLimits {
    pub(super) bytes: u64,
    pub(super) time: Duration,
}

/// A request's body.
#[derive(Debug)]
pub struct RequestBody {
    /// Always present, except while being dropped.
    incoming: Option<Incoming>,
    limits: DrainLimits,
    /// The connection and the request's number on it, for an HTTP/1 request with a body: its unread rest precedes the
    /// next request.
    connection: Option<(Arc<State>, u64)>,
    expects_continue: bool,
    is_at_end: bool,
}

/// The unread part of an HTTP/1 request's body.
#[derive(Debug, Default)]
pub(super) enum Rest {
    /// Nothing is left.
    #[default]
    Nothing,
    /// The handler or its response still holds the body.
    Held,
    /// The body was dropped before its end.
    Left(Leftover),
    /// The head of the response has been sent while the body was still held; this is what was decided for it.
    Decided {
        /// Whether to read and discard the rest; otherwise the close has been announced.
        drains: bool,
    },
}

/// A body that was dropped before its end.
#[derive(Debug)]
pub(super) struct Leftover {
    incoming: Incoming,
    /// The client waits for "100 Continue", which reading would send.
    is_awaited: bool,
}

impl RequestBody {
    pub(super) fn http1(incoming: Incoming, head: &HeaderMap, connection: &Arc<State>, limits: DrainLimits) -> Self {
        let is_at_end = incoming.is_end_stream();
        if !is_at_end {
            connection.replace_rest(Rest::Held);
        }
        Self {
            incoming: Some(incoming),
            limits,
            connection: (!is_at_end).then(|| (connection.clone(), connection.begun())),
            expects_continue: head.contains_key(header::EXPECT),
            is_at_end,
        }
    }

    pub(super) fn http2(incoming: Incoming, limits: DrainLimits) -> Self {
        let is_at_end = incoming.is_end_stream();
        Self { incoming: Some(incoming), limits, connection: None, expects_continue: false, is_at_end }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.expects_continue = false;
        let Some(incoming) = &mut self.incoming else { return Poll::Ready(None) };
        match Pin::new(incoming).poll_frame(context) {
            // The client is gone. The end of the stream or the connection follows and drops the handler; an error would
            // only make it respond.
            Poll::Ready(Some(Err(_)))
                if self.connection.as_ref().is_none_or(|(connection, _)| connection.has_left()) =>
            {
                Poll::Pending
            }
            Poll::Ready(None) => {
                self.is_at_end = true;
                Poll::Ready(None)
            }
            other => other,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.is_at_end || self.incoming.as_ref().is_none_or(Incoming::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or_else(|| SizeHint::with_exact(0), Incoming::size_hint)
    }
}

impl Drop for RequestBody {
    fn drop(&mut self) {
        let is_at_end = self.is_end_stream();
        let Some(incoming) = self.incoming.take() else { return };
        let Some((connection, number)) = &self.connection else {
            if !is_at_end {
                spawn_drain(incoming, self.limits);
            }
            return;
        };
        // Once the next request has begun, hyper has read this body to its end.
        if connection.begun() != *number {
            return;
        }
        if is_at_end {
            connection.replace_rest(Rest::Nothing);
            return;
        }
        let rest = Rest::Left(Leftover { incoming, is_awaited: self.expects_continue });
        match connection.replace_rest(rest) {
            // The head of the response no longer waits for a handler.
            Rest::Decided { drains } => {
                if let Rest::Left(Leftover { incoming, .. }) = connection.replace_rest(Rest::Nothing)
                    && drains
                {
                    spawn_drain(incoming, self.limits);
                }
            }
            Rest::Nothing | Rest::Held | Rest::Left(_) => {}
        }
    }
}

/// Returns whether the connection ends with the response to a request, whatever that is: because the client wants it,
/// or because the end of the request is ambiguous.
pub(super) fn ends_connection(head: &request::Parts, is_ambiguous: bool) -> bool {
    is_ambiguous
        || head.version == Version::HTTP_10
        || head.headers.contains_key(header::TRANSFER_ENCODING)
        || announces_close(&head.headers)
}

/// Returns whether a head contains `Connection: close`.
pub(super) fn announces_close(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|token| token.trim().eq_ignore_ascii_case("close"))
}

/// Handles the rest of an HTTP/1 request's body once the response exists and before its head is sent. `closes` says
/// whether the response announces the close of the connection; returns whether it must.
pub(super) async fn settle(connection: &State, length: Option<u64>, limits: DrainLimits, closes: bool) -> bool {
    let is_within = |length: Option<u64>| length.is_some_and(|length| length <= limits.bytes);
    let drains = !closes && is_within(length);
    match connection.replace_rest(Rest::Decided { drains }) {
        Rest::Nothing => {
            connection.replace_rest(Rest::Nothing);
            closes
        }
        Rest::Held | Rest::Decided { .. } => !drains,
        Rest::Left(Leftover { mut incoming, is_awaited }) => {
            connection.replace_rest(Rest::Nothing);
            if closes || is_awaited || !is_within(incoming.size_hint().exact()) {
                return true;
            }
            // Usually the rest is in hyper's buffer already, and no task is needed.
            if !std::future::poll_fn(|context| Poll::Ready(skim(&mut incoming, context))).await {
                spawn_drain(incoming, limits);
            }
            false
        }
    }
}

/// Reads and discards the available part of a body of known length; returns whether that was the rest.
fn skim(incoming: &mut Incoming, context: &mut Context<'_>) -> bool {
    while !incoming.is_end_stream() {
        match Pin::new(&mut *incoming).poll_frame(context) {
            Poll::Ready(Some(Ok(_))) => {}
            Poll::Ready(_) => return true,
            Poll::Pending => return false,
        }
    }
    true
}

/// Reads and discards the rest of a body concurrently with the response. At a limit it gives up and ends the connection
/// (HTTP/1) or the stream (HTTP/2).
fn spawn_drain(mut incoming: Incoming, limits: DrainLimits) {
    // Without a runtime the process is ending, and so is the connection.
    let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
    if incoming.size_hint().lower() > limits.bytes {
        return;
    }
    let until = Instant::now() + limits.time;
    runtime.spawn(async move {
        let mut left = limits.bytes;
        let _ = timeout_at(until, async {
            while let Some(Ok(frame)) = incoming.frame().await {
                let length = frame.data_ref().map_or(0, Bytes::len) as u64;
                let Some(rest) = left.checked_sub(length) else { return };
                left = rest;
            }
        })
        .await;
    });
}

/// The body of a response. The request is running until the body has been sent completely or dropped.
#[derive(Debug)]
pub(super) struct AnswerBody<B> {
    body: B,
    busy: Busy,
}

impl<B> AnswerBody<B> {
    pub(super) fn new(body: B, busy: Busy) -> Self {
        Self { body, busy }
    }
}

impl<B: Body + Unpin> Body for AnswerBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        self.busy.set_streaming(frame.is_pending());
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
