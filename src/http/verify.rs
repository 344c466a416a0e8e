//! `POST /v1/verify`: one credential.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use bytes::{Buf, Bytes};
use futures_util::Stream;
use http::{HeaderName, HeaderValue, header};

use super::{Parts, Response, context::RequestContext, extract, problem::Problem, submission, wire};
use crate::{
    admission::{Caller, RateState, Refusal},
    guidance::{Circumstances, Language, Subject},
    model::{FaultKind, Input, Outcome, ProblemCode, RegionChoice, Source, Submission},
    observe::{Verification, VerificationAbandoned, VerificationDone},
    verify::{Answer, Freshness, Question},
};

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
/// What is kept of the request's time for making the answer.
const MARGIN: Duration = Duration::from_millis(250);

/// Answers a verification: admission first, before the body costs anything.
pub(super) async fn verify<S, B, E>(parts: Arc<Parts>, context: Arc<RequestContext>, body: S) -> Response
where
    S: Stream<Item = Result<B, E>> + Send,
    B: Buf + Send,
    E: Send,
{
    let admitted = {
        let span = context.span.child("admission");
        parts.admission.admit(extract::bearer(&context), context.address, &span)
    };
    let caller = match admitted {
        Ok(caller) => caller,
        Err(refusal) => return refuse(&parts, &context, &refusal),
    };
    let mut response = handle(&parts, &context, &caller, body).await;
    show_rate(&mut response, caller.rate);
    response
}

async fn handle<S, B, E>(parts: &Parts, context: &RequestContext, caller: &Caller, body: S) -> Response
where
    S: Stream<Item = Result<B, E>>,
    B: Buf,
{
    let submission;
    let mut ending = Ending::new(parts, context, caller);
    let mut reject = |code: ProblemCode| {
        ending.done(None, code.as_str(), "none");
        Problem::new(code)
    };
    if !extract::is_json(context) {
        return reject(ProblemCode::UnsupportedMediaType).respond(&parts.advisor, context);
    }
    let until = context.started + parts.body_timeout.min(parts.request_timeout);
    let body = match extract::body(context, body, parts.max_body_bytes, until).await {
        Ok(body) => body,
        // The rest of the body is still on its way.
        Err(code) => return reject(code).closing().respond(&parts.advisor, context),
    };
    let Ok(raw) = submission::parse_submission(&body) else {
        return reject(ProblemCode::MalformedJson).respond(&parts.advisor, context);
    };
    drop(body);
    let language = context.language_for(match &raw.lang {
        Input::Value(lang) => Some(lang),
        _ => None,
    });
    submission = match Submission::parse(raw, &parts.regions) {
        Ok(submission) => submission,
        Err(errors) => {
            let problem = reject(ProblemCode::InvalidRequest).errors(&errors).language(language);
            return problem.respond(&parts.advisor, context);
        }
    };
    ending.submission = Some(&submission);
    let freshness = extract::freshness(context);
    let question = Question {
        submission: &submission,
        client: &caller.client.name,
        partner: &caller.client.partner,
        freshness,
        suggest_region: submission.suggest_region.unwrap_or(parts.suggest_region),
        deadline: (context.started + parts.request_timeout).checked_sub(MARGIN).unwrap_or(context.started),
        span: &context.span,
    };
    let answer = parts.verifier.verify(&question).await;
    let region = answer.region.as_ref().map(|region| region.id.as_str());
    ending.done(region, answer.outcome.code(), answer.source.map_or("none", Source::as_str));
    let mut response = present(parts, context, caller, &submission, &answer, language);
    if let Some(status) = cache_status(&answer, freshness) {
        response.headers_mut().insert(CACHE_STATUS, status);
    }
    response
}

/// Makes an answer of what the use case said.
fn present(
    parts: &Parts,
    context: &RequestContext,
    caller: &Caller,
    submission: &Submission,
    answer: &Answer,
    language: Language,
) -> Response {
    let time = humantime::format_rfc3339_seconds(context.started_at).to_string();
    let circumstances = Circumstances {
        hints: submission.hints,
        partner: &caller.client.partner,
        region: answer.region.as_deref(),
        everywhere: answer.region.is_none(),
        attempts_left: None,
        request_id: &context.request_id,
        time: &time,
    };
    let verdict = match &answer.outcome {
        Outcome::Verdict(verdict) => verdict,
        Outcome::Fault(fault) => {
            let problem = Problem::of(fault).circumstances(circumstances).language(language);
            return problem.respond(&parts.advisor, context);
        }
    };
    let guidance = parts.advisor.advise(language, &Subject::Verdict(verdict), &circumstances);
    let body = wire::verdict_body(
        &parts.advisor,
        language,
        submission,
        &caller.client.partner,
        verdict,
        answer.region.as_deref(),
        answer.source.unwrap_or(Source::Upstream),
        answer.checked_at,
        guidance,
        &context.request_id,
    );
    let mut response = Response::new(Bytes::from(wire::render(&body)).into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    response
}

fn refuse(parts: &Parts, context: &RequestContext, refusal: &Refusal) -> Response {
    match refusal {
        Refusal::Unauthenticated => Problem::new(ProblemCode::Unauthenticated).respond(&parts.advisor, context),
        Refusal::AddressLimited { retry_after } => {
            Problem::new(ProblemCode::RateLimited).retry_after(*retry_after).respond(&parts.advisor, context)
        }
        Refusal::RateLimited { client, rate, retry_after } => {
            let caller = Caller { client: client.clone(), rate: Some(*rate) };
            Ending::new(parts, context, &caller).done(None, ProblemCode::RateLimited.as_str(), "none");
            let problem = Problem::new(ProblemCode::RateLimited).retry_after(*retry_after);
            let mut response = problem.respond(&parts.advisor, context);
            show_rate(&mut response, Some(*rate));
            response
        }
    }
}

/// Shows what is left of a rate (draft-ietf-httpapi-ratelimit-headers).
fn show_rate(response: &mut Response, rate: Option<RateState>) {
    let Some(rate) = rate else { return };
    let policy = format!("\"client\";q={};w={}", rate.burst, rate.window());
    let state = format!("\"client\";r={};t={}", rate.remaining, rate.full_in());
    if let (Ok(policy), Ok(state)) = (HeaderValue::try_from(policy), HeaderValue::try_from(state)) {
        response.headers_mut().insert(RATE_LIMIT_POLICY, policy);
        response.headers_mut().insert(RATE_LIMIT, state);
    }
}

/// Tells what the cache did (RFC 9211).
fn cache_status(answer: &Answer, freshness: Freshness) -> Option<HeaderValue> {
    let mut text = String::from("connect-verifier");
    match answer.source? {
        Source::Cache => {
            text.push_str("; hit");
            if let Some(left) = answer.time_left {
                let _ = write!(text, "; ttl={}", left.as_secs());
            }
        }
        source => {
            text.push_str(if freshness == Freshness::New { "; fwd=request" } else { "; fwd=miss" });
            if source == Source::Collapsed {
                text.push_str("; collapsed");
            }
        }
    }
    HeaderValue::try_from(text).ok()
}

/// Tells how a verification ended, whichever way it does: dropped without an answer, its caller has left.
struct Ending<'a> {
    parts: &'a Parts,
    context: &'a RequestContext,
    caller: &'a Caller,
    submission: Option<&'a Submission>,
    is_told: bool,
}

impl<'a> Ending<'a> {
    fn new(parts: &'a Parts, context: &'a RequestContext, caller: &'a Caller) -> Self {
        Self { parts, context, caller, submission: None, is_told: false }
    }

    fn done(&mut self, region: Option<&str>, outcome: &'static str, source: &'static str) {
        self.is_told = true;
        let verification = self.verification(region);
        self.parts.observe.record(&VerificationDone { verification, outcome, source });
    }

    fn verification<'b>(&'b self, region: Option<&'b str>) -> Verification<'b> {
        Verification {
            span: &self.context.span,
            client: &self.caller.client.name,
            partner: &self.caller.client.partner,
            account_id: self.submission.map_or("", |submission| &submission.account_id),
            region,
            duration: self.context.started.elapsed(),
            request_id: &self.context.request_id,
        }
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        if self.is_told {
            return;
        }
        let region = self.submission.and_then(|submission| match &submission.region {
            RegionChoice::One(region) => Some(region.id.as_str()),
            RegionChoice::Auto => None,
        });
        if std::thread::panicking() {
            return self.done(region, FaultKind::Internal.code(), "none");
        }
        self.parts.observe.record(&VerificationAbandoned(self.verification(region)));
    }
}
