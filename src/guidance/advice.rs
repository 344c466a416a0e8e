//! The rules: which advice fits which outcome, and who can act on it.

use std::time::Duration;

use serde::Serialize;

use super::{Catalogs, Language};
use crate::{
    config::GuidanceConfig,
    model::{FaultKind, Field, Hints, ProblemCode, Refusal, Verdict},
};

/// The `guidance` member of every answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// Which advice it is.
    pub code: AdviceCode,
    /// Who can fix it.
    pub owner: Owner,
    /// What it is about, in a few words.
    pub title: String,
    /// What is wrong, and why.
    pub message: String,
    /// What to do next.
    pub action: String,
    /// Where a form should show it.
    pub fields: Vec<&'static str>,
    /// Whether the same request may end better later.
    pub retryable: bool,
    /// When, in seconds.
    pub retry_after_seconds: Option<u64>,
    /// Where to read more.
    pub docs_url: &'static str,
    /// A mail that is ready to send, where somebody else must act.
    pub support: Option<Support>,
}

/// A mail that is ready to send. There is no secret in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Support {
    /// The address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
}

/// The advice that there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are those of the wire")]
pub enum AdviceCode {
    Verified,
    CheckCredentials,
    CheckAccountId,
    LooksLikeToken,
    FieldsSwapped,
    ChooseRegion,
    RequestWhitelisting,
    RetryShortly,
    SlowDown,
    TooManyAttempts,
    ContactOperator,
    FixRequest,
}

/// Who can fix it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// There is nothing to fix.
    None,
    /// Who typed the credentials.
    Customer,
    /// Who runs the form.
    Partner,
    /// CleverTap.
    Clevertap,
    /// Who runs this service.
    Operator,
}

/// What advice is asked about.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A conclusive answer.
    Verdict(&'a Verdict),
    /// Anything else.
    Problem {
        /// Which problem.
        code: ProblemCode,
        /// When to come back, if that is known.
        retry_after: Option<Duration>,
        /// The fields that are wrong.
        fields: &'a [Field],
    },
}

/// What else the texts and the drafts may tell.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// What the input by itself gave away.
    pub hints: Hints,
    /// The partner.
    pub partner: &'a str,
    /// The name of the region that was asked.
    pub region: &'a str,
    /// The request.
    pub request_id: &'a str,
    /// The time, as in RFC 3339.
    pub time: &'a str,
}

const DOCS: &str = "https://developer.clevertap.com/docs/authentication";
const STATUS_PAGE: &str = "https://status.clevertap.com";

impl AdviceCode {
    /// All codes, in the order of the documents.
    pub const ALL: [Self; 12] = [
        Self::Verified,
        Self::CheckCredentials,
        Self::CheckAccountId,
        Self::LooksLikeToken,
        Self::FieldsSwapped,
        Self::ChooseRegion,
        Self::RequestWhitelisting,
        Self::RetryShortly,
        Self::SlowDown,
        Self::TooManyAttempts,
        Self::ContactOperator,
        Self::FixRequest,
    ];

    /// Returns the code of the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::CheckCredentials => "check_credentials",
            Self::CheckAccountId => "check_account_id",
            Self::LooksLikeToken => "looks_like_token",
            Self::FieldsSwapped => "fields_swapped",
            Self::ChooseRegion => "choose_region",
            Self::RequestWhitelisting => "request_whitelisting",
            Self::RetryShortly => "retry_shortly",
            Self::SlowDown => "slow_down",
            Self::TooManyAttempts => "too_many_attempts",
            Self::ContactOperator => "contact_operator",
            Self::FixRequest => "fix_request",
        }
    }

    /// Returns who can fix it, as a rule; [`Subject`] knows the exceptions.
    pub fn owner(self) -> Owner {
        match self {
            Self::Verified => Owner::None,
            Self::CheckCredentials
            | Self::CheckAccountId
            | Self::LooksLikeToken
            | Self::FieldsSwapped
            | Self::ChooseRegion
            | Self::TooManyAttempts => Owner::Customer,
            Self::RequestWhitelisting | Self::SlowDown | Self::FixRequest => Owner::Partner,
            Self::RetryShortly => Owner::Clevertap,
            Self::ContactOperator => Owner::Operator,
        }
    }

    /// Tells whether the same request may end better later.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::RetryShortly | Self::SlowDown | Self::TooManyAttempts)
    }

    /// Returns the fields at which a form should show it.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::CheckCredentials | Self::FieldsSwapped => &["account_id", "passcode"],
            Self::CheckAccountId => &["account_id"],
            Self::LooksLikeToken => &["passcode"],
            Self::ChooseRegion => &["region"],
            _ => &[],
        }
    }

    fn docs_url(self) -> &'static str {
        if self == Self::RetryShortly { STATUS_PAGE } else { DOCS }
    }
}

impl Subject<'_> {
    fn code(&self, hints: Hints) -> AdviceCode {
        match self {
            Self::Verdict(Verdict::Verified) => AdviceCode::Verified,
            Self::Verdict(Verdict::InvalidCredentials { refusal }) => match hints {
                Hints { fields_swapped: true, .. } => AdviceCode::FieldsSwapped,
                Hints { passcode_like_token: true, .. } => AdviceCode::LooksLikeToken,
                _ if *refusal == Refusal::UnknownAccount => AdviceCode::CheckAccountId,
                _ => AdviceCode::CheckCredentials,
            },
            Self::Verdict(Verdict::WrongRegion { .. }) => AdviceCode::ChooseRegion,
            Self::Verdict(Verdict::PartnerNotWhitelisted) => AdviceCode::RequestWhitelisting,
            Self::Problem { code, .. } => match code {
                ProblemCode::Fault(FaultKind::UpstreamUnexpected | FaultKind::Internal) => AdviceCode::ContactOperator,
                ProblemCode::Fault(FaultKind::TooManyAttempts) => AdviceCode::TooManyAttempts,
                ProblemCode::Fault(_) => AdviceCode::RetryShortly,
                ProblemCode::RateLimited => AdviceCode::SlowDown,
                _ => AdviceCode::FixRequest,
            },
        }
    }

    fn owner(&self, code: AdviceCode) -> Owner {
        match self {
            Self::Problem { code: ProblemCode::Fault(FaultKind::Overloaded), .. } => Owner::Operator,
            Self::Problem { code: ProblemCode::InvalidRequest, .. } => Owner::Customer,
            _ => code.owner(),
        }
    }

    /// The text differs where the owner does, or where more is known.
    fn key(&self, code: AdviceCode, hints: Hints) -> &'static str {
        match (self, code) {
            (_, AdviceCode::CheckCredentials) if hints.test_project => "check-credentials-test-project",
            (Self::Problem { code: ProblemCode::Fault(FaultKind::Overloaded), .. }, _) => "retry-shortly-overloaded",
            (Self::Problem { code: ProblemCode::InvalidRequest, .. }, _) => "fix-request-fields",
            _ => key(code),
        }
    }

    fn retry_after(&self) -> Option<u64> {
        let Self::Problem { code, retry_after, .. } = self else { return None };
        let usual = match code {
            ProblemCode::RateLimited | ProblemCode::Fault(FaultKind::Overloaded) => 1,
            ProblemCode::Fault(FaultKind::UpstreamBusy) => 2,
            ProblemCode::Fault(kind) if kind.is_retryable() => 5,
            _ => return None,
        };
        // Rounded up: whoever comes back when told is not told to wait again.
        Some(retry_after.map_or(usual, |after| after.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)).max(1))
    }
}

fn key(code: AdviceCode) -> &'static str {
    match code {
        AdviceCode::Verified => "verified",
        AdviceCode::CheckCredentials => "check-credentials",
        AdviceCode::CheckAccountId => "check-account-id",
        AdviceCode::LooksLikeToken => "looks-like-token",
        AdviceCode::FieldsSwapped => "fields-swapped",
        AdviceCode::ChooseRegion => "choose-region",
        AdviceCode::RequestWhitelisting => "request-whitelisting",
        AdviceCode::RetryShortly => "retry-shortly",
        AdviceCode::SlowDown => "slow-down",
        AdviceCode::TooManyAttempts => "too-many-attempts",
        AdviceCode::ContactOperator => "contact-operator",
        AdviceCode::FixRequest => "fix-request",
    }
}

pub(super) fn advise(
    catalogs: &Catalogs,
    config: &GuidanceConfig,
    language: Language,
    subject: &Subject<'_>,
    circumstances: &Circumstances<'_>,
) -> Advice {
    let code = subject.code(circumstances.hints);
    let key = subject.key(code, circumstances.hints);
    let suggested = match subject {
        Subject::Verdict(Verdict::WrongRegion { suggested }) => suggested.name.as_str(),
        _ => "",
    };
    let values = [("partner", circumstances.partner), ("region", circumstances.region), ("suggested", suggested)];
    let text = |attribute| catalogs.text(language, key, Some(attribute), &values).into_owned();
    let fields = match subject {
        Subject::Problem { code: ProblemCode::InvalidRequest, fields, .. } => {
            fields.iter().map(|field| field.name()).collect()
        }
        _ => code.fields().to_vec(),
    };
    Advice {
        code,
        owner: subject.owner(code),
        title: text("title"),
        message: text("message"),
        action: text("action"),
        fields,
        retryable: code.is_retryable(),
        retry_after_seconds: subject.retry_after(),
        docs_url: code.docs_url(),
        support: support(catalogs, config, code, subject, circumstances),
    }
}

pub(super) fn entry(catalogs: &Catalogs, language: Language, code: AdviceCode) -> Advice {
    // Where a request would fill in a name, the catalogue shows a place for one.
    let values = [("partner", "…"), ("region", "…"), ("suggested", "…")];
    let text = |attribute| catalogs.text(language, key(code), Some(attribute), &values).into_owned();
    Advice {
        code,
        owner: code.owner(),
        title: text("title"),
        message: text("message"),
        action: text("action"),
        fields: code.fields().to_vec(),
        retryable: code.is_retryable(),
        retry_after_seconds: None,
        docs_url: code.docs_url(),
        support: None,
    }
}

/// Drafts are written in English, whatever the customer's language: their readers are CleverTap and the operator.
fn support(
    catalogs: &Catalogs,
    config: &GuidanceConfig,
    code: AdviceCode,
    subject: &Subject<'_>,
    circumstances: &Circumstances<'_>,
) -> Option<Support> {
    let (to, key) = match code {
        AdviceCode::RequestWhitelisting => (&config.whitelisting_contact, "support-whitelisting"),
        AdviceCode::ContactOperator => (&config.operator_contact, "support-operator"),
        _ => return None,
    };
    if to.is_empty() {
        return None;
    }
    let problem = match subject {
        Subject::Problem { code, .. } => code.as_str(),
        Subject::Verdict(verdict) => verdict.status(),
    };
    let region = if circumstances.region.is_empty() { "not known" } else { circumstances.region };
    let partner = if circumstances.partner.is_empty() { "not known" } else { circumstances.partner };
    let values = [
        ("partner", partner),
        ("region", region),
        ("request", circumstances.request_id),
        ("time", circumstances.time),
        ("problem", problem),
    ];
    let text = |attribute| catalogs.text(Language::ENGLISH, key, Some(attribute), &values).into_owned();
    Some(Support { to: to.clone(), subject: text("subject"), body: text("body") })
}

#[cfg(test)]
#[path = "advice_tests.rs"]
mod tests;
