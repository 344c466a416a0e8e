//! The end of a request: when its response has been sent completely, or abandoned.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::StatusCode;
use http_body::{Body, Frame, SizeHint};

use super::{context::RequestContext, router::route_of};
use crate::observe::{HttpAbandoned, HttpAnswered, HttpRequest, InFlight, MethodLabel, Observe};

/// Reports the end of a request when dropped, and counts the request as running until then.
pub(super) struct Ending {
    observe: Arc<Observe>,
    context: Arc<RequestContext>,
    /// The route's template and the response's status, once known.
    answer: Option<(&'static str, StatusCode)>,
    is_complete: bool,
    _in_flight: InFlight,
}

impl Ending {
    pub(super) fn new(observe: Arc<Observe>, context: Arc<RequestContext>) -> Self {
        let in_flight = observe.request_in_flight();
        Self { observe, context, answer: None, is_complete: false, _in_flight: in_flight }
    }

    /// Attaches the end of the request to that of its response body.
    pub(super) fn with_answer<B: Body>(
        mut self,
        response: http::Response<B>,
        route: &'static str,
    ) -> http::Response<AnswerBody<B>> {
        self.answer = Some((route, response.status()));
        response.map(|body| AnswerBody { body, ending: self })
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        let route = match self.answer {
            Some((route, _)) => route,
            None => route_of(self.context.path()).map_or("none", |route| route.template),
        };
        let request = HttpRequest {
            span: &self.context.span,
            route,
            method: MethodLabel::of(self.context.head.method.as_str()),
            duration: self.context.started.elapsed(),
            request_id: self.context.request_id.as_str(),
            address: self.context.address,
        };
        match self.answer {
            Some((_, status)) if self.is_complete => {
                self.observe.record(&HttpAnswered { request, status: status.as_u16() });
            }
            _ => self.observe.record(&HttpAbandoned(request)),
        }
    }
}

/// The body of a response, complete in memory or streamed.
pub struct AnswerBody<B: Body> {
    body: B,
    ending: Ending,
}

impl<B: Body + Unpin> Body for AnswerBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if matches!(frame, Poll::Ready(None)) {
            self.ending.is_complete = true;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B: Body> Drop for AnswerBody<B> {
    fn drop(&mut self) {
        // hyper does not poll a body that is complete in memory to its end.
        self.ending.is_complete |= self.body.is_end_stream();
    }
}
