//! The bodies of requests and responses, for requests that pass through warp's filters and for those that bypass them.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http_body::{Body, Frame, SizeHint};
use tokio::sync::mpsc;
use warp::Reply;

use super::Response;
use crate::server::RequestBody;

/// The body of a response.
pub enum Content {
    /// Complete in memory.
    Whole(Bytes),
    /// A stream, created by warp.
    Streamed(WarpBody),
}

/// Names the body type of a response for which the library exports no name.
pub trait BodyOf {
    /// The body.
    type Body;
}

impl<B> BodyOf for http::Response<B> {
    type Body = B;
}

/// The body of warp's responses.
pub type WarpBody = <warp::reply::Response as BodyOf>::Body;

impl Content {
    /// Creates a body that streams the chunks of a channel.
    pub(super) fn streamed(mut receiver: mpsc::Receiver<Bytes>) -> Self {
        let chunks = futures_util::stream::poll_fn(move |context| receiver.poll_recv(context));
        Self::Streamed(warp::reply::stream(chunks.map(Ok::<_, Infallible>)).into_response().into_body())
    }
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self::Whole(bytes)
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = warp::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, warp::Error>>> {
        match &mut *self {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Streamed(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Streamed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Streamed(body) => body.size_hint(),
        }
    }
}

/// A response that passes through warp.
pub(super) struct Filtered(pub(super) Response);

impl Reply for Filtered {
    fn into_response(self) -> warp::reply::Response {
        self.0.map(|content| match content {
            Content::Whole(bytes) => bytes.into(),
            Content::Streamed(body) => body,
        })
    }
}

/// A request's body.
pub(super) enum BodyStream {
    Direct(RequestBody),
    /// A stream, as passed by warp.
    Filtered(Pin<Box<dyn Stream<Item = Result<Bytes, warp::Error>> + Send>>),
}

/// A request's body ended early.
pub(super) struct Interrupted;

impl Stream for BodyStream {
    type Item = Result<Bytes, Interrupted>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let body = match &mut *self {
            Self::Direct(body) => body,
            Self::Filtered(stream) => {
                return stream.as_mut().poll_next(context).map(|next| next.map(|chunk| chunk.map_err(|_| Interrupted)));
            }
        };
        loop {
            match ready!(Pin::new(&mut *body).poll_frame(context)) {
                None => return Poll::Ready(None),
                Some(Err(_)) => return Poll::Ready(Some(Err(Interrupted))),
                Some(Ok(frame)) => {
                    // Trailers are ignored.
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
            }
        }
    }
}
