//! Turns answers and problems into replies: the one place where a verdict or a problem gets its body, status and
//! headers, for HTTP, batches and the command line.

mod problem;
mod sets;
mod template;
mod wire;

use std::{sync::Arc, time::SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;

use self::template::Templates;
pub use self::{
    problem::{Problem, status_of},
    wire::{ErrorBody, ProblemBody, RegionBody, RegionOutcomeBody, VerdictBody, WarningBody},
};
use crate::{
    guidance::{Advice, Advisor, Circumstances, Language, Subject},
    model::{Answer, Hints, Outcome, Regions, Submission, Verdict},
};

/// Renders bodies in the language of the reader.
#[derive(Debug, Clone)]
pub struct Presenter {
    advisor: Arc<Advisor>,
    templates: Arc<Templates>,
}

/// The context of a reply.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The language of the texts.
    pub language: Language,
    /// The caller's partner; empty if unknown.
    pub partner: &'a str,
    /// The id of the request.
    pub request_id: &'a str,
    /// When the request arrived.
    pub time: SystemTime,
}

/// The body of a reply: a verdict or a problem.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Body<'a> {
    /// A verdict (HTTP status 200).
    Verdict(Box<VerdictBody<'a>>),
    /// A problem (RFC 9457).
    Problem(Box<ProblemBody<'a>>),
}

/// A reply, without what only the transport knows.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers that the content requires.
    pub headers: HeaderMap,
    /// The rendered body.
    pub body: Bytes,
}

impl Presenter {
    /// Creates a presenter over the texts.
    pub fn new(advisor: Advisor, regions: &Regions) -> Self {
        Self { advisor: Arc::new(advisor), templates: Arc::new(Templates::new(regions)) }
    }

    /// Returns the texts.
    pub fn advisor(&self) -> &Advisor {
        &self.advisor
    }

    /// Creates the body of an answer.
    pub fn answer<'a>(&self, about: &About<'a>, submission: &'a Submission, answer: &'a Answer) -> Body<'a> {
        match &answer.outcome {
            Outcome::Fault(fault) => {
                let problem =
                    Problem { regions: &answer.regions, region: answer.region.as_deref(), ..Problem::of(fault) };
                self.problem(about, &problem)
            }
            Outcome::Verdict(verdict) => {
                let time = timestamp(about.time);
                let circumstances = Circumstances { time: &time, ..circumstances(about, submission, answer, verdict) };
                let guidance = self.advisor.advise(about.language, &Subject::Verdict(verdict), &circumstances);
                let body = wire::verdict_body(&self.advisor, about, submission, answer, (verdict, guidance));
                Body::Verdict(Box::new(body))
            }
        }
    }

    /// Creates the reply of an answer: the body of [`Presenter::answer`], usually rendered from a template.
    pub fn reply(&self, about: &About<'_>, submission: &Submission, answer: &Answer) -> Reply {
        match self.templates.fill(self, about, submission, answer) {
            Some(body) => Reply { status: 200, headers: headers("application/json", about.language), body },
            None => self.answer(about, submission, answer).reply(about.language),
        }
    }

    /// Creates the body of a problem.
    pub fn problem<'a>(&self, about: &About<'a>, problem: &Problem<'a>) -> Body<'a> {
        let time = timestamp(about.time);
        let circumstances = Circumstances {
            partner: about.partner,
            region: problem.region,
            request_id: about.request_id,
            time: &time,
            ..Circumstances::default()
        };
        let subject = Subject::Problem { code: problem.code, retry_after: problem.retry_after, errors: problem.errors };
        let guidance = self.advisor.advise(about.language, &subject, &circumstances);
        Body::Problem(Box::new(wire::problem_body(&self.advisor, about, problem, guidance)))
    }
}

impl Body<'_> {
    /// Returns the HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::Verdict(_) => 200,
            Self::Problem(problem) => problem.status,
        }
    }

    /// Returns the guidance.
    pub fn guidance(&self) -> &Advice {
        match self {
            Self::Verdict(verdict) => &verdict.guidance,
            Self::Problem(problem) => &problem.guidance,
        }
    }

    /// Renders the body as one line of JSON.
    pub fn render(&self) -> Bytes {
        render(self)
    }

    /// Creates the reply in a language.
    pub fn reply(&self, language: Language) -> Reply {
        let kind = match self {
            Self::Verdict(_) => "application/json",
            Self::Problem(_) => "application/problem+json",
        };
        let mut headers = headers(kind, language);
        if let Self::Problem(problem) = self {
            problem.add_headers(&mut headers);
        }
        Reply { status: self.status(), headers, body: self.render() }
    }
}

fn circumstances<'a>(
    about: &About<'a>,
    submission: &Submission,
    answer: &'a Answer,
    verdict: &Verdict,
) -> Circumstances<'a> {
    Circumstances {
        // Only a refusal shows hints.
        hints: match verdict {
            Verdict::InvalidCredentials { .. } => submission.hints(),
            _ => Hints::default(),
        },
        partner: about.partner,
        everywhere: answer.is_everywhere,
        attempts_left: answer.attempts_left,
        region: answer.region.as_deref(),
        request_id: about.request_id,
        time: "",
    }
}

fn headers(content_type: &'static str, language: Language) -> HeaderMap {
    // Capacity includes the headers that the transport adds.
    let mut headers = HeaderMap::with_capacity(12);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    headers
}

/// Renders a body as JSON.
pub fn render(body: &impl Serialize) -> Bytes {
    let mut buffer = Vec::with_capacity(2048);
    // Serializing texts and numbers into memory cannot fail.
    let _ = serde_json::to_writer(&mut buffer, body);
    buffer.into()
}

fn timestamp(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}
