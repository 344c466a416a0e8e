//! `POST /v1/verify`: one credential.

use std::pin::pin;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};

use super::{
    Parts, Response, attempt::Attempt, content::BodyStream, context::RequestContext, cors, extract, problem, submission,
};
use crate::{
    admission::{Action, Principal, PrincipalKind, RateState, Refusal},
    guidance::Language,
    model::{Answer, FaultKind, Input, OutcomeLabel, ProblemCode, RegionChoice, Source, Submission},
    observe::{Verification, VerificationAbandoned, VerificationDone},
    present::{About, Problem},
    verify::{Freshness, Patience, Question},
};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// Handles a verification. Admission comes first, before the body is read.
pub(super) async fn verify(parts: &Parts, context: &RequestContext, body: BodyStream) -> Response {
    let admitted = {
        let span = context.span.child("admission");
        parts.admission.admit(extract::presented(&context.head), context.address, &span)
    };
    let caller = match admitted {
        Ok(caller) => caller,
        Err(refusal) => {
            let mut response = refuse(parts, context, &refusal);
            cors::allow(&mut response, parts, context);
            return response;
        }
    };
    let mut response = if caller.may(Action::Verify) {
        let attempt = Attempt::new(parts, context, &caller);
        match attempt.during(pin!(handle(parts, context, (&caller, &attempt), body))).await {
            Ok(response) => response,
            Err(used_up) => {
                VerificationEnding::new(parts, context, &caller).done(None, FaultKind::TooManyAttempts.into(), None);
                let problem = Problem::new(FaultKind::TooManyAttempts).retry_after(used_up.left);
                problem::refuse(parts, context, &problem)
            }
        }
    } else {
        problem::refuse(parts, context, &Problem::new(ProblemCode::Forbidden))
    };
    show_rate(&mut response, caller.rate);
    // A page must not hold an API key: without CORS headers, it cannot read the response.
    if !matches!(caller.kind, PrincipalKind::Key) {
        cors::allow(&mut response, parts, context);
    }
    response
}

/// Returns whether [`verify`] would read the whole body before it answers. It takes no token of a rate limit.
pub(super) fn reads_body(parts: &Parts, head: &http::request::Parts) -> bool {
    extract::is_json(head)
        && extract::announced_length(head).is_some_and(|length| length <= parts.max_body_bytes as u64)
        && parts.admission.would_admit(extract::presented(head))
}

async fn handle(
    parts: &Parts,
    context: &RequestContext,
    (caller, attempt): (&Principal, &Attempt<'_>),
    body: BodyStream,
) -> Response {
    let submission;
    let mut ending = VerificationEnding::new(parts, context, caller);
    ending.attempt = Some(attempt);
    let mut reject = async |problem: Problem<'_>, language: Language| {
        attempt.granted().await;
        ending.done(None, problem.code.into(), None);
        let about = About { partner: &caller.client.partner, ..problem::about(context, language) };
        problem::respond(parts.presenter.problem(&about, &problem).reply(language))
    };
    if !extract::is_json(&context.head) {
        return reject(Problem::new(ProblemCode::UnsupportedMediaType), context.language).await;
    }
    let body = match extract::body(context, body, parts.max_body_bytes, context.started + parts.body_timeout).await {
        Ok(body) => body,
        // The rest of the body may still be in transit.
        Err(code) => return problem::closing(reject(Problem::new(code), context.language).await),
    };
    let raw = match submission::parse_submission(&body) {
        Ok(raw) => raw,
        Err(error) => {
            let cause = parts.presenter.advisor().malformed_json(context.language, &error);
            return reject(Problem::new(ProblemCode::MalformedJson).cause(&cause), context.language).await;
        }
    };
    let language = context.language_for(match &raw.lang {
        Input::Value(lang) => Some(lang),
        _ => None,
    });
    submission = match Submission::parse(raw, &parts.regions) {
        Ok(submission) => submission,
        Err(errors) => return reject(Problem::new(ProblemCode::InvalidRequest).errors(&errors), language).await,
    };
    drop(body);
    ending.submission = Some(&submission);
    let (freshness, now) = (extract::freshness(context), context.now());
    let question = Question {
        submission: &submission,
        client: &caller.client.name,
        partner: &caller.client.partner,
        freshness,
        suggest_region: submission.suggest_region.unwrap_or(parts.suggest_region),
        // Starts at the end of the body, so that a slow sender does not reduce the time for the upstream.
        deadline: now.instant + parts.question_time,
        asked_at: now,
        patience: Patience::Interactive,
        span: &context.span,
    };
    let answer = parts.verifier.verify(&question).await;
    attempt.granted().await;
    let region = answer.region.as_ref().map(|region| region.id.as_str());
    ending.done(region, answer.outcome.label(), answer.source);
    let about = About { partner: &caller.client.partner, ..problem::about(context, language) };
    let mut response = problem::respond(parts.presenter.reply(&about, &submission, &answer));
    if let Some(status) = cache_status(&answer, freshness) {
        response.headers_mut().insert(CACHE_STATUS, status);
    }
    response
}

/// Responds to a caller that was not admitted.
pub(super) fn refuse(parts: &Parts, context: &RequestContext, refusal: &Refusal) -> Response {
    match refusal {
        Refusal::Forbidden => problem::refuse(parts, context, &Problem::new(ProblemCode::Forbidden)),
        Refusal::Unauthenticated => problem::refuse(parts, context, &Problem::new(ProblemCode::Unauthenticated)),
        Refusal::AddressLimited { retry_after } => {
            problem::refuse(parts, context, &Problem::new(ProblemCode::RateLimited).retry_after(*retry_after))
        }
        Refusal::RateLimited { client, rate, retry_after } => {
            let caller = Principal { kind: PrincipalKind::Key, client: client.clone(), rate: Some(*rate) };
            VerificationEnding::new(parts, context, &caller).done(None, ProblemCode::RateLimited.into(), None);
            let problem = Problem::new(ProblemCode::RateLimited).retry_after(*retry_after);
            let mut response = problem::refuse(parts, context, &problem);
            show_rate(&mut response, Some(*rate));
            response
        }
    }
}

/// Adds the headers with the remaining rate (draft-ietf-httpapi-ratelimit-headers).
pub(super) fn show_rate(response: &mut Response, rate: Option<RateState>) {
    let Some(rate) = rate else { return };
    let mut numbers = [itoa::Buffer::new(); 4];
    let [burst, window, remaining, full_in] = &mut numbers;
    let policy = ["\"client\";q=", burst.format(rate.burst), ";w=", window.format(rate.window())];
    let state = ["\"client\";r=", remaining.format(rate.remaining), ";t=", full_in.format(rate.full_in)];
    // Both headers share one allocation, with room for the largest numbers.
    let mut text = [0; 68];
    let mut length = 0;
    let mut append = |parts: [&str; 4]| {
        let start = length;
        for part in parts {
            text[length..length + part.len()].copy_from_slice(part.as_bytes());
            length += part.len();
        }
        start..length
    };
    let (policy, state) = (append(policy), append(state));
    let text = Bytes::from_owner(text);
    for (name, range) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, state)] {
        if let Ok(value) = HeaderValue::from_maybe_shared(text.slice(range)) {
            response.headers_mut().insert(name, value);
        }
    }
}

/// Returns the `Cache-Status` header (RFC 9211).
fn cache_status(answer: &Answer, freshness: Freshness) -> Option<HeaderValue> {
    let is_asked_for = freshness == Freshness::New;
    let text = match (answer.source?, answer.time_left) {
        (Source::Cache, Some(left)) => {
            let mut seconds = itoa::Buffer::new();
            let text = ["connect-verifier; hit; ttl=", seconds.format(left.as_secs())].concat();
            return HeaderValue::try_from(text).ok();
        }
        (Source::Cache, None) => "connect-verifier; hit",
        (Source::Upstream, _) if is_asked_for => "connect-verifier; fwd=request",
        (Source::Upstream, _) => "connect-verifier; fwd=miss",
        (Source::Collapsed, _) if is_asked_for => "connect-verifier; fwd=request; collapsed",
        (Source::Collapsed, _) => "connect-verifier; fwd=miss; collapsed",
    };
    Some(HeaderValue::from_static(text))
}

/// Reports how a verification ended; dropped without an answer, it reports that the caller disconnected.
struct VerificationEnding<'a, 'b> {
    parts: &'a Parts,
    context: &'a RequestContext,
    caller: &'a Principal,
    attempt: Option<&'a Attempt<'b>>,
    submission: Option<&'a Submission>,
    is_recorded: bool,
}

impl<'a> VerificationEnding<'a, '_> {
    fn new(parts: &'a Parts, context: &'a RequestContext, caller: &'a Principal) -> Self {
        Self { parts, context, caller, attempt: None, submission: None, is_recorded: false }
    }

    fn done(&mut self, region: Option<&str>, outcome: OutcomeLabel, source: Option<Source>) {
        self.is_recorded = true;
        let verification = self.verification(region);
        self.parts.observe.record(&VerificationDone { verification, outcome, source });
    }

    fn verification<'c>(&'c self, region: Option<&'c str>) -> Verification<'c> {
        Verification {
            span: &self.context.span,
            client: &self.caller.client.name,
            partner: &self.caller.client.partner,
            account_id: self.submission.map_or("", |submission| &submission.account_id),
            region,
            duration: self.context.started.elapsed(),
            request_id: self.context.request_id.as_str(),
        }
    }
}

impl Drop for VerificationEnding<'_, '_> {
    fn drop(&mut self) {
        // A refused attempt is recorded by the caller of `handle`, which may not have begun.
        if self.is_recorded || self.attempt.is_some_and(Attempt::is_refused) {
            return;
        }
        let region = self.submission.and_then(|submission| match &submission.region {
            RegionChoice::One(region) => Some(region.id.as_str()),
            RegionChoice::Auto => None,
        });
        if std::thread::panicking() {
            return self.done(region, FaultKind::Internal.into(), None);
        }
        self.parts.observe.record(&VerificationAbandoned(self.verification(region)));
    }
}
