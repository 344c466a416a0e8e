//! Verifies the items of a batch and writes a line for each.

use std::{panic::AssertUnwindSafe, time::SystemTime};

use bytes::Bytes;
use futures_util::FutureExt;
use serde::Serialize;
use tokio::sync::mpsc;

use super::items::{Content, Item};
use crate::{
    admission::Principal,
    batch::{Desk, MAX_WAIT, Next},
    http::{Parts, context::RequestContext, extract, problem},
    model::{Answer, Fault, FaultKind, ProblemCode, RegionChoice, Submission},
    observe::{Panicked, Place, Span, Verification, VerificationAbandoned, VerificationDone},
    present::{About, Body, Problem, render},
    verify::{Freshness, Moment, Patience, Question},
};

/// State that the items of one batch share.
pub(super) struct BatchDesk<'a> {
    parts: &'a Parts,
    context: &'a RequestContext,
    caller: &'a Principal,
    freshness: Freshness,
    lines: mpsc::Sender<Bytes>,
}

/// A line of the response.
#[derive(Serialize)]
struct AnswerLine<'a> {
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a Body<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a Body<'a>>,
}

impl<'a> BatchDesk<'a> {
    pub(super) fn new(
        parts: &'a Parts,
        context: &'a RequestContext,
        caller: &'a Principal,
        lines: mpsc::Sender<Bytes>,
    ) -> Self {
        Self { parts, context, caller, freshness: extract::freshness(context), lines }
    }

    async fn verify(&self, item: &Item, submission: &Submission) -> Answer {
        let span = self.context.span.child("item");
        let now = Moment::now();
        let question = Question {
            submission,
            client: &self.caller.client.name,
            partner: &self.caller.client.partner,
            freshness: self.freshness,
            suggest_region: submission.suggest_region.unwrap_or(self.parts.suggest_region),
            deadline: now.instant + MAX_WAIT,
            asked_at: now,
            patience: Patience::Batch,
            span: &span,
        };
        let mut leaving = Leaving { desk: self, item, span: &span, has_ended: false };
        let verifying = AssertUnwindSafe(self.parts.verifier.verify(&question)).catch_unwind().await;
        leaving.has_ended = true;
        verifying.unwrap_or_else(|_| {
            let request_id = Some(self.context.request_id.as_str());
            self.parts.observe.record(&Panicked { place: Place::Handler, request_id, span: &span });
            Answer::of_fault(Fault::new(FaultKind::Internal), region_of(item), SystemTime::now())
        })
    }

    fn render(&self, item: &Item, answer: Option<&Answer>) -> Bytes {
        let partner = &self.caller.client.partner;
        let about = About { partner, ..problem::about(self.context, item.language) };
        let presenter = &self.parts.presenter;
        let body = match (&item.content, answer) {
            (Content::Question(submission), Some(answer)) => presenter.answer(&about, submission, answer),
            (Content::Invalid(errors), _) => {
                presenter.problem(&about, &Problem::new(ProblemCode::InvalidRequest).errors(errors))
            }
            (Content::Unreadable(code), _) => presenter.problem(&about, &Problem::new(*code)),
            (Content::Question(_), None) => presenter.problem(&about, &Problem::new(FaultKind::Internal)),
        };
        let (result, problem) = match &body {
            Body::Verdict(_) => (Some(&body), None),
            Body::Problem(_) => (None, Some(&body)),
        };
        let mut line = Vec::from(render(&AnswerLine { id: item.id.as_deref(), line: item.line, result, problem }));
        line.push(b'\n');
        line.into()
    }

    fn verification<'b>(&'b self, item: &'b Item, region: Option<&'b str>, span: &'b Span) -> Verification<'b> {
        let account_id = match &item.content {
            Content::Question(submission) => &*submission.account_id,
            Content::Invalid(_) | Content::Unreadable(_) => "",
        };
        Verification {
            span,
            client: &self.caller.client.name,
            partner: &self.caller.client.partner,
            account_id,
            region,
            duration: item.started.elapsed(),
            request_id: self.context.request_id.as_str(),
        }
    }
}

impl Desk for BatchDesk<'_> {
    type Item = Item;
    /// `None` for items that cannot be verified.
    type Answer = Option<Answer>;

    async fn ask(&self, item: &Item) -> (Option<Answer>, Next) {
        let Content::Question(submission) = &item.content else { return (None, Next::Done) };
        let answer = self.verify(item, submission).await;
        let next = Next::after(&answer);
        (Some(answer), next)
    }

    fn cut_off(&self) -> Option<Answer> {
        Some(Answer::of_fault(Fault::new(FaultKind::Overloaded), None, SystemTime::now()))
    }

    async fn done(&self, item: Item, answer: Option<Answer>) {
        let line = self.render(&item, answer.as_ref());
        let (outcome, source) = match (&item.content, &answer) {
            (Content::Question(_), Some(answer)) => (answer.outcome.label(), answer.source),
            (Content::Question(_), None) => (FaultKind::Internal.into(), None),
            (Content::Invalid(_), _) => (ProblemCode::InvalidRequest.into(), None),
            (Content::Unreadable(code), _) => ((*code).into(), None),
        };
        let region = answer.as_ref().and_then(|answer| answer.region.as_ref()).map(|region| region.id.as_str());
        let verification = self.verification(&item, region, &self.context.span);
        self.parts.observe.record(&VerificationDone { verification, outcome, source });
        // Without a receiver, the whole batch is about to be dropped.
        let _ = self.lines.send(line).await;
    }
}

fn region_of(item: &Item) -> Option<&std::sync::Arc<crate::model::Region>> {
    match &item.content {
        Content::Question(submission) => match &submission.region {
            RegionChoice::One(region) => Some(region),
            RegionChoice::Auto => None,
        },
        Content::Invalid(_) | Content::Unreadable(_) => None,
    }
}

/// Reports an item whose client disconnected during its verification.
struct Leaving<'a> {
    desk: &'a BatchDesk<'a>,
    item: &'a Item,
    span: &'a Span,
    has_ended: bool,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        // A shutdown also drops the verification, but reports it itself.
        if self.has_ended || !self.desk.lines.is_closed() {
            return;
        }
        let region = region_of(self.item).map(|region| region.id.as_str());
        let verification = self.desk.verification(self.item, region, self.span);
        self.desk.parts.observe.record(&VerificationAbandoned(verification));
    }
}
