//! The JSON format of verdicts and problems. The types also define the schemas of the OpenAPI document.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use utoipa::ToSchema;

use super::{About, Problem, render, sets, status_of, template::HOLE, timestamp};
use crate::{
    guidance::{Advice, Advisor},
    model::{Answer, FieldError, ProblemCode, Region, RegionOutcome, Source, Submission, Verdict, Warning},
};

/// A region of CleverTap.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Region)]
pub struct RegionBody<'a> {
    /// The id, as used in requests.
    #[schema(example = "in1")]
    id: &'a str,
    /// The display name.
    #[schema(example = "India")]
    name: &'a str,
    /// The host that was asked.
    #[schema(example = "in1.api.clevertap.com")]
    api_host: &'a str,
    /// The URL of the region's dashboard.
    #[schema(example = "https://in1.dashboard.clevertap.com")]
    dashboard_url: &'a str,
}

impl<'a> From<&'a Region> for RegionBody<'a> {
    fn from(region: &'a Region) -> Self {
        Self { id: &region.id, name: &region.name, api_host: &region.api_host, dashboard_url: &region.dashboard_url }
    }
}

/// The answer to a verification: a verdict of any status.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Verdict)]
pub struct VerdictBody<'a> {
    /// The verdict.
    #[schema(value_type = sets::VerdictStatus)]
    status: &'static str,
    /// Whether `status` is `verified`.
    verified: bool,
    /// The account id after repair.
    #[schema(example = "W9R-486-4W5Z")]
    account_id: &'a str,
    /// The partner on whose behalf CleverTap was asked.
    partner: &'a str,
    /// The region that verified, or the chosen one; null for `auto` when every region refused.
    #[schema(required)]
    region: Option<RegionBody<'a>>,
    /// The region to choose instead, for `wrong_region`.
    #[schema(required)]
    suggested_region: Option<RegionBody<'a>>,
    /// The checks and their results.
    checks: [Check; 4],
    /// How the verdict was obtained.
    #[schema(value_type = sets::AnswerSource)]
    source: &'static str,
    /// When CleverTap gave the verdict.
    #[schema(format = DateTime, example = "2026-11-24T02:00:00Z")]
    checked_at: String,
    /// Repairs made to the input, and values that look unusual.
    warnings: Vec<WarningBody>,
    /// The outcome of each region, if one could not be asked for a suggestion.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    regions: Vec<RegionOutcomeBody<'a>>,
    pub(super) guidance: Advice,
    /// The id of the request.
    request_id: &'a str,
}

/// One of the checks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Check {
    #[schema(value_type = sets::CheckName)]
    name: &'static str,
    #[schema(value_type = sets::CheckStatus)]
    status: &'static str,
}

/// A remark about the input that did not prevent the verification.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Warning)]
pub struct WarningBody {
    #[schema(value_type = sets::WarningCode)]
    code: &'static str,
    /// The member of the request.
    #[schema(example = "account_id")]
    field: &'static str,
    /// The text for people.
    message: String,
}

/// The outcome of one of several regions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RegionOutcome)]
pub struct RegionOutcomeBody<'a> {
    #[schema(example = "in1")]
    id: &'a str,
    /// A status or a problem code.
    #[schema(example = "invalid_credentials")]
    outcome: &'static str,
}

/// Why there is no verdict (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// The path of a page about the problem.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", example = "/problems/rate_limited")]
    kind: String,
    title: String,
    /// The HTTP status.
    pub(super) status: u16,
    detail: Cow<'a, str>,
    #[schema(value_type = sets::ProblemCode)]
    code: &'static str,
    /// The unusable members of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<ErrorBody>,
    /// The outcome of each region, if several were asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    regions: Vec<RegionOutcomeBody<'a>>,
    pub(super) guidance: Advice,
    /// The id of the request.
    request_id: &'a str,
}

/// What is wrong with a member of the request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldError)]
pub struct ErrorBody {
    /// A JSON pointer to the member.
    #[schema(example = "#/region")]
    pointer: String,
    #[schema(value_type = sets::FieldErrorCode)]
    code: &'static str,
    /// The text for people.
    detail: String,
}

pub(super) fn verdict_body<'a>(
    advisor: &Advisor,
    about: &About<'a>,
    submission: &'a Submission,
    answer: &'a Answer,
    (verdict, guidance): (&'a Verdict, Advice),
) -> VerdictBody<'a> {
    let (credentials, whitelisted) = match verdict {
        Verdict::Verified => ("passed", "passed"),
        Verdict::InvalidCredentials { .. } | Verdict::WrongRegion { .. } => ("failed", "unknown"),
        // It is not known which of the two CleverTap checks first.
        Verdict::PartnerNotWhitelisted => ("unknown", "failed"),
    };
    let check = |name, status| Check { name, status };
    let warnings = submission.warnings_for(matches!(verdict, Verdict::Verified));
    VerdictBody {
        status: verdict.status(),
        verified: matches!(verdict, Verdict::Verified),
        account_id: &submission.account_id,
        partner: about.partner,
        region: answer.region.as_deref().map(RegionBody::from),
        suggested_region: match verdict {
            Verdict::WrongRegion { suggested } => Some(RegionBody::from(&**suggested)),
            _ => None,
        },
        checks: [
            check("format", "passed"),
            check("region_reachable", "passed"),
            check("credentials", credentials),
            check("partner_whitelisted", whitelisted),
        ],
        source: answer.source.unwrap_or(Source::Upstream).as_str(),
        checked_at: timestamp(answer.checked_at),
        warnings: warnings.map(|warning| warning_body(advisor, about, warning)).collect(),
        regions: region_outcomes(&answer.regions),
        guidance,
        request_id: about.request_id,
    }
}

fn warning_body(advisor: &Advisor, about: &About<'_>, warning: &Warning) -> WarningBody {
    WarningBody {
        code: warning.code.as_str(),
        field: warning.field.name(),
        message: advisor.warning(about.language, warning),
    }
}

pub(super) fn problem_body<'a>(
    advisor: &Advisor,
    about: &About<'a>,
    problem: &Problem<'a>,
    guidance: Advice,
) -> ProblemBody<'a> {
    let error = |error: &FieldError| ErrorBody {
        pointer: format!("#/{}", error.field.name()),
        code: error.code.as_str(),
        detail: advisor.field_error(about.language, error),
    };
    let detail = match problem.cause {
        Some(cause) => Cow::Borrowed(cause),
        None => Cow::Owned(advisor.problem_detail(about.language, problem.code)),
    };
    ProblemBody {
        kind: format!("/problems/{}", problem.code.as_str()),
        title: advisor.problem_title(about.language, problem.code),
        status: status_of(problem.code),
        detail,
        code: problem.code.as_str(),
        errors: problem.errors.iter().map(error).collect(),
        regions: region_outcomes(problem.regions),
        guidance,
        request_id: about.request_id,
    }
}

impl VerdictBody<'_> {
    /// Returns the body with a hole for each member that a template fills in.
    pub(super) fn with_holes(self) -> Self {
        let (account_id, partner, source, request_id) = (HOLE, HOLE, HOLE, HOLE);
        Self { account_id, partner, source, checked_at: HOLE.to_owned(), request_id, ..self }
    }

    pub(super) fn render(&self) -> Bytes {
        render(self)
    }
}

impl ProblemBody<'_> {
    pub(super) fn add_headers(&self, headers: &mut HeaderMap) {
        if let Some(seconds) = self.guidance.retry_after_seconds {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.code == ProblemCode::Unauthenticated.as_str() {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
    }
}

fn region_outcomes(regions: &[RegionOutcome]) -> Vec<RegionOutcomeBody<'_>> {
    regions.iter().map(|one| RegionOutcomeBody { id: &one.region.id, outcome: one.outcome }).collect()
}
