//! `POST /v1/verify/batch`: many credentials in one request, answered line by line as they complete.
//!
//! The head of the response is sent before the items are read. A separate task runs the batch and passes lines to the
//! response body through a short channel, so that a client that reads slowly slows the work down, and one that
//! disconnects ends it.

mod desk;
mod items;
mod lines;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, header};
use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};

use self::{desk::BatchDesk, items::Item, lines::Lines};
use super::{
    Parts, Response, Site,
    content::{BodyStream, Content},
    context::RequestContext,
    extract, problem, verify,
};
use crate::{
    admission::{Action, Principal},
    batch::{self, Limits, Source},
    model::ProblemCode,
    present::Problem,
    server::Phase,
};

/// The maximum number of items in a JSON batch; NDJSON has no limit.
const MAX_ITEMS: usize = 100;

/// The number of items verified at the same time: enough to use a region's share, with little memory.
const WINDOW: usize = 32;

/// The number of lines buffered for the client.
const LINES_AHEAD: usize = 16;

/// How long the rest of a body is read and discarded after a drain ended the batch, so that the client gets the
/// response.
const LINGER: Duration = Duration::from_secs(2);

/// The source of a batch's items.
enum Input {
    Items(std::vec::IntoIter<Item>),
    Lines(Box<Lines>),
}

impl Source for Input {
    type Item = Item;

    async fn next(&mut self) -> Option<Item> {
        match self {
            Self::Items(items) => items.next(),
            Self::Lines(lines) => lines.next().await,
        }
    }

    fn pause(&mut self) {
        if let Self::Lines(lines) = self {
            lines.pause();
        }
    }
}

/// Handles a batch. Admission comes first, then the items line by line.
pub(super) async fn verify_batch(site: Arc<Site>, context: Arc<RequestContext>, body: BodyStream) -> Response {
    let parts = &site.parts;
    let admitted = {
        let span = context.span.child("admission");
        parts.admission.admit(extract::presented(&context.head), context.address, &span)
    };
    let caller = match admitted {
        Ok(caller) => caller,
        Err(refusal) => return verify::refuse(parts, &context, &refusal),
    };
    let rate = caller.rate;
    let mut response = if caller.may(Action::VerifyBatch) {
        match open(parts, &context, body).await {
            Ok(input) => start(site, context, caller, input),
            Err(response) => response,
        }
    } else {
        problem::refuse(parts, &context, &Problem::new(ProblemCode::Forbidden))
    };
    verify::show_rate(&mut response, rate);
    response
}

/// Reads what must be known before the head of the response is sent: all of a JSON batch, nothing of NDJSON.
async fn open(parts: &Parts, context: &RequestContext, body: BodyStream) -> Result<Input, Response> {
    let reject = |problem: Problem<'_>| problem::refuse(parts, context, &problem);
    if extract::has_type(&context.head, &["application/x-ndjson", "application/ndjson"]) {
        let mut lines =
            Lines::new(body, parts.regions.clone(), (parts.max_body_bytes, parts.body_timeout), context.language);
        // A client that waits for "100 Continue" would take the response head for a refusal.
        if context.head.headers.contains_key(header::EXPECT) {
            // An error in the line is reported in its place.
            let _ = lines.fill().await;
        }
        return Ok(Input::Lines(Box::new(lines)));
    }
    if !extract::is_json(&context.head) {
        return Err(reject(Problem::new(ProblemCode::UnsupportedMediaType)));
    }
    let until = context.started + parts.body_timeout;
    let body = match extract::body(context, body, parts.max_batch_bytes, until).await {
        Ok(body) => body,
        // The rest of the body may still be in transit.
        Err(code) => return Err(problem::closing(reject(Problem::new(code)))),
    };
    let Ok(items) = items::parse_items(&body, MAX_ITEMS, (&parts.regions, context.language)) else {
        return Err(reject(Problem::new(ProblemCode::MalformedJson)));
    };
    items.map(|items| Input::Items(items.into_iter())).map_err(|count| {
        let cause = format!("The batch has {count} items; at most {MAX_ITEMS} are allowed. NDJSON has no limit.");
        reject(Problem::new(ProblemCode::PayloadTooLarge).cause(&cause))
    })
}

/// Starts the batch and returns the response that streams its lines.
fn start(site: Arc<Site>, context: Arc<RequestContext>, caller: Principal, input: Input) -> Response {
    let (sender, receiver) = mpsc::channel::<Bytes>(LINES_AHEAD);
    tokio::spawn(run(site, context, caller, input, sender));
    let mut response = Response::new(Content::streamed(receiver));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    response
}

async fn run(
    site: Arc<Site>,
    context: Arc<RequestContext>,
    caller: Principal,
    mut input: Input,
    lines: mpsc::Sender<Bytes>,
) {
    let parts = &site.parts;
    let limits =
        Limits { window: WINDOW, max_deferred: 1000, after_end: Duration::from_secs(30), grace: parts.question_time };
    let left = lines.clone();
    let desk = BatchDesk::new(parts, &context, &caller, lines);
    let is_complete = tokio::select! {
        () = batch::run(&mut input, &desk, &limits, closing(parts.phase.clone())) => true,
        // The reader is gone, so running verifications are dropped.
        () = left.closed() => false,
    };
    drop((left, desk));
    if is_complete && let Input::Lines(mut lines) = input {
        // The response has ended, but the client may still be sending.
        let _ = timeout(LINGER, lines.discard()).await;
    }
}

/// Waits until the service closes. A dropped sender means that the process is ending.
async fn closing(mut phase: watch::Receiver<Phase>) {
    let _ = phase.wait_for(|phase| *phase == Phase::Closing).await;
}
