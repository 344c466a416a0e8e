//! The JSON of the public listener on its way out.

use serde::Serialize;

use crate::{
    guidance::{Advice, Advisor, Language},
    model::{Answer, FieldError, ProblemCode, Region, RegionOutcome, Source, Submission, Verdict, Warning},
};

/// A region as answers show it.
#[derive(Debug, Serialize)]
pub struct RegionBody<'a> {
    id: &'a str,
    name: &'a str,
    api_host: &'a str,
    dashboard_url: &'a str,
}

impl<'a> From<&'a Region> for RegionBody<'a> {
    fn from(region: &'a Region) -> Self {
        Self { id: &region.id, name: &region.name, api_host: &region.api_host, dashboard_url: &region.dashboard_url }
    }
}

/// The body of a verdict.
#[derive(Debug, Serialize)]
pub struct VerdictBody<'a> {
    status: &'static str,
    verified: bool,
    account_id: &'a str,
    partner: &'a str,
    region: Option<RegionBody<'a>>,
    suggested_region: Option<RegionBody<'a>>,
    checks: [Check; 4],
    source: &'static str,
    checked_at: String,
    warnings: Vec<WarningBody>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    regions: Vec<RegionOutcomeBody<'a>>,
    guidance: Advice,
    request_id: &'a str,
}

#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    status: &'static str,
}

#[derive(Debug, Serialize)]
struct WarningBody {
    code: &'static str,
    field: &'static str,
    message: String,
}

/// Makes the body of a verdict.
#[allow(clippy::too_many_arguments, reason = "each is a member of the body")]
pub fn verdict_body<'a>(
    advisor: &Advisor,
    language: Language,
    submission: &'a Submission,
    partner: &'a str,
    verdict: &'a Verdict,
    answer: &'a Answer,
    guidance: Advice,
    request_id: &'a str,
) -> VerdictBody<'a> {
    let (credentials, whitelisted) = match verdict {
        Verdict::Verified => ("passed", "passed"),
        Verdict::InvalidCredentials { .. } | Verdict::WrongRegion { .. } => ("failed", "unknown"),
        // Nobody knows which of the two the upstream looks at first.
        Verdict::PartnerNotWhitelisted => ("unknown", "failed"),
    };
    let check = |name, status| Check { name, status };
    VerdictBody {
        status: verdict.status(),
        verified: matches!(verdict, Verdict::Verified),
        account_id: &submission.account_id,
        partner,
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
        checked_at: humantime::format_rfc3339_seconds(answer.checked_at).to_string(),
        warnings: submission
            .warnings_for(matches!(verdict, Verdict::Verified))
            .map(|warning| warning_body(advisor, language, warning))
            .collect(),
        regions: region_outcomes(&answer.regions),
        guidance,
        request_id,
    }
}

fn warning_body(advisor: &Advisor, language: Language, warning: &Warning) -> WarningBody {
    WarningBody {
        code: warning.code.as_str(),
        field: warning.field.name(),
        message: advisor.warning(language, warning),
    }
}

/// The body of a problem (RFC 9457).
#[derive(Debug, Serialize)]
pub struct ProblemBody<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    detail: String,
    code: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ErrorBody>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    regions: Vec<RegionOutcomeBody<'a>>,
    guidance: Advice,
    request_id: &'a str,
}

#[derive(Debug, Serialize)]
struct ErrorBody {
    pointer: String,
    code: &'static str,
    detail: String,
}

#[derive(Debug, Serialize)]
struct RegionOutcomeBody<'a> {
    id: &'a str,
    outcome: &'static str,
}

/// Makes the body of a problem.
#[allow(clippy::too_many_arguments, reason = "each is a member of the body")]
pub fn problem_body<'a>(
    advisor: &Advisor,
    language: Language,
    code: ProblemCode,
    status: u16,
    errors: &[FieldError],
    regions: &'a [RegionOutcome],
    guidance: Advice,
    request_id: &'a str,
) -> ProblemBody<'a> {
    let errors = errors.iter().map(|error| ErrorBody {
        pointer: format!("#/{}", error.field.name()),
        code: error.code.as_str(),
        detail: advisor.field_error(language, error),
    });
    ProblemBody {
        kind: format!("/problems/{}", code.as_str()),
        title: advisor.problem_title(language, code),
        status,
        detail: advisor.problem_detail(language, code),
        code: code.as_str(),
        errors: errors.collect(),
        regions: region_outcomes(regions),
        guidance,
        request_id,
    }
}

fn region_outcomes(regions: &[RegionOutcome]) -> Vec<RegionOutcomeBody<'_>> {
    regions.iter().map(|one| RegionOutcomeBody { id: &one.region.id, outcome: one.outcome }).collect()
}

/// Renders a body.
pub(super) fn render(body: &impl Serialize) -> Vec<u8> {
    let mut buffer = Vec::with_capacity(2048);
    // Texts and numbers into memory: there is nothing that could fail.
    let _ = serde_json::to_writer(&mut buffer, body);
    buffer
}
