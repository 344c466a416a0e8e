//! The rules: which advice applies to which outcome, who can act on it, and which text describes it.

use std::{borrow::Cow, time::Duration};

use super::advice::{AdviceCode, Circumstances, Owner, Subject};
use crate::model::{
    AccountIdHint, Clue, FaultKind, Field, FieldError, FieldErrorCode, Hints, MAX_RETRY_AFTER, Misread, PasscodeHint,
    ProblemCode, Reason, Refusal, Verdict,
};

/// Every possible advice, in the order of the documents: a code and the reason that refines it.
pub(super) const ROWS: [(AdviceCode, Option<Reason>); 38] = {
    use AdviceCode as Code;
    [
        (Code::Verified, None),
        (Code::CheckCredentials, None),
        (Code::CheckCredentials, Some(Reason::HiddenPasscode)),
        (Code::CheckCredentials, Some(Reason::BearerPrefix)),
        (Code::CheckCredentials, Some(Reason::Label)),
        (Code::CheckCredentials, Some(Reason::WebAddress)),
        (Code::CheckCredentials, Some(Reason::SameAsAccountId)),
        (Code::CheckCredentials, Some(Reason::Placeholder)),
        (Code::CheckCredentials, Some(Reason::UserPasscode)),
        (Code::CheckCredentials, Some(Reason::TestProject)),
        (Code::CheckCredentials, Some(Reason::Everywhere)),
        (Code::CheckAccountId, None),
        (Code::CheckAccountId, Some(Reason::EmailAddress)),
        (Code::CheckAccountId, Some(Reason::WebAddress)),
        (Code::CheckAccountId, Some(Reason::AccountName)),
        (Code::CheckAccountId, Some(Reason::Label)),
        (Code::CheckAccountId, Some(Reason::LowerCase)),
        (Code::CheckAccountId, Some(Reason::Incomplete)),
        (Code::CheckAccountId, Some(Reason::MisreadCharacter)),
        (Code::CheckAccountId, Some(Reason::Everywhere)),
        (Code::LooksLikeToken, None),
        (Code::FieldsSwapped, None),
        (Code::ChooseRegion, None),
        (Code::RequestWhitelisting, None),
        (Code::RetryShortly, None),
        (Code::SlowDown, None),
        (Code::TooManyAttempts, None),
        (Code::ContactOperator, None),
        (Code::FixRequest, None),
        (Code::FixRequest, Some(Reason::EmailAddress)),
        (Code::FixRequest, Some(Reason::WebAddress)),
        (Code::FixRequest, Some(Reason::AccountName)),
        (Code::FixRequest, Some(Reason::Label)),
        (Code::FixRequest, Some(Reason::Incomplete)),
        (Code::FixRequest, Some(Reason::MisreadCharacter)),
        (Code::FixRequest, Some(Reason::HiddenPasscode)),
        (Code::FixRequest, Some(Reason::BearerPrefix)),
        (Code::FixRequest, Some(Reason::Placeholder)),
    ]
};

const ACCOUNT_ID: &[&str] = &["account_id"];
const PASSCODE: &[&str] = &["passcode"];
const BOTH: &[&str] = &["account_id", "passcode"];

/// The documentation of the connect API.
pub(super) const DOCS: &str = "https://developer.clevertap.com/docs/authentication";
const STATUS_PAGE: &str = "https://status.clevertap.com";

impl AdviceCode {
    /// Returns who can usually fix it; [`Subject`] handles the exceptions.
    pub fn owner(self, reason: Option<Reason>) -> Owner {
        match self {
            Self::Verified => Owner::None,
            Self::CheckCredentials
            | Self::CheckAccountId
            | Self::LooksLikeToken
            | Self::FieldsSwapped
            | Self::ChooseRegion
            | Self::TooManyAttempts => Owner::Customer,
            Self::FixRequest if reason.is_some() => Owner::Customer,
            Self::RequestWhitelisting | Self::SlowDown | Self::FixRequest => Owner::Partner,
            Self::RetryShortly => Owner::Clevertap,
            Self::ContactOperator => Owner::Operator,
        }
    }

    /// Returns whether the same request may succeed later.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::RetryShortly | Self::SlowDown | Self::TooManyAttempts)
    }

    /// Returns the form fields at which to show it.
    pub fn fields(self, reason: Option<Reason>) -> &'static [&'static str] {
        match (self, reason) {
            (Self::CheckCredentials | Self::CheckAccountId, Some(Reason::TestProject | Reason::Everywhere)) => BOTH,
            (Self::CheckCredentials, Some(_)) | (Self::LooksLikeToken, _) => PASSCODE,
            (Self::CheckCredentials | Self::FieldsSwapped, _) => BOTH,
            (Self::CheckAccountId, _) => ACCOUNT_ID,
            (Self::ChooseRegion, _) => &["region"],
            (Self::FixRequest, Some(Reason::Label | Reason::WebAddress)) => BOTH,
            (Self::FixRequest, Some(Reason::HiddenPasscode | Reason::BearerPrefix | Reason::Placeholder)) => PASSCODE,
            (Self::FixRequest, Some(_)) => ACCOUNT_ID,
            _ => &[],
        }
    }

    /// Returns the default page for it.
    pub(super) fn docs_url(self) -> &'static str {
        match self {
            Self::RetryShortly => STATUS_PAGE,
            Self::SlowDown => "/problems/rate_limited",
            Self::TooManyAttempts => "/problems/too_many_attempts",
            Self::ContactOperator => "/problems/internal",
            Self::FixRequest => "/problems/invalid_request",
            _ => DOCS,
        }
    }

    /// Returns the key of its texts, without a reason.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::CheckCredentials => "check-credentials",
            Self::CheckAccountId => "check-account-id",
            Self::LooksLikeToken => "looks-like-token",
            Self::FieldsSwapped => "fields-swapped",
            Self::ChooseRegion => "choose-region",
            Self::RequestWhitelisting => "request-whitelisting",
            Self::RetryShortly => "retry-shortly",
            Self::SlowDown => "slow-down",
            Self::TooManyAttempts => "too-many-attempts",
            Self::ContactOperator => "contact-operator",
            Self::FixRequest => "fix-request",
        }
    }
}

/// Returns the key of the texts for a code and reason. Missing texts fall back to those of the code.
pub(super) fn key_of_reason(code: AdviceCode, reason: Reason) -> &'static str {
    match (code, reason) {
        (AdviceCode::FixRequest, Reason::Label) => "fix-request-label",
        (AdviceCode::FixRequest, Reason::WebAddress) => "fix-request-web-address",
        (AdviceCode::CheckCredentials, Reason::Label) => "check-credentials-label",
        (AdviceCode::CheckCredentials, Reason::WebAddress) => "check-credentials-web-address",
        (AdviceCode::CheckCredentials, Reason::Everywhere) => "check-credentials-everywhere",
        (_, Reason::EmailAddress) => "check-account-id-email-address",
        (_, Reason::WebAddress) => "check-account-id-web-address",
        (_, Reason::AccountName) => "check-account-id-account-name",
        (_, Reason::Label) => "check-account-id-label",
        (_, Reason::LowerCase) => "check-account-id-lower-case",
        (_, Reason::Incomplete) => "check-account-id-incomplete",
        (_, Reason::MisreadCharacter) => "check-account-id-misread-character",
        (_, Reason::HiddenPasscode) => "check-credentials-hidden-passcode",
        (_, Reason::BearerPrefix) => "check-credentials-bearer-prefix",
        (_, Reason::SameAsAccountId) => "check-credentials-same-as-account-id",
        (_, Reason::Placeholder) => "check-credentials-placeholder",
        (_, Reason::UserPasscode) => "check-credentials-user-passcode",
        (_, Reason::TestProject) => "check-credentials-test-project",
        (_, Reason::Everywhere) => "check-account-id-everywhere",
    }
}

/// Returns the key for a clue about an unusable field.
pub(super) fn key_of_clue(clue: &Clue) -> Option<&'static str> {
    let code = match clue {
        Clue::AccountId(_) => AdviceCode::CheckAccountId,
        _ => AdviceCode::CheckCredentials,
    };
    clue.reason().map(|reason| key_of_reason(code, reason))
}

/// Returns the misread characters, if the text is about them.
pub(super) fn misread(subject: &Subject<'_>, hints: Hints) -> Option<Misread> {
    let hint = match subject {
        Subject::Verdict(_) => hints.account_id?,
        Subject::Problem { errors, .. } => match errors.first()?.clue.as_ref()? {
            Clue::AccountId(hint) => *hint,
            _ => return None,
        },
    };
    match hint {
        AccountIdHint::Misread(misread) => Some(misread),
        _ => None,
    }
}

impl Subject<'_> {
    /// Returns the code and the reason that refines it.
    pub(super) fn code(&self, circumstances: &Circumstances<'_>) -> (AdviceCode, Option<Reason>) {
        let code = match self {
            Self::Verdict(Verdict::Verified) => AdviceCode::Verified,
            Self::Verdict(Verdict::InvalidCredentials { refusal }) => return of_refusal(*refusal, circumstances),
            Self::Verdict(Verdict::WrongRegion { .. }) => AdviceCode::ChooseRegion,
            Self::Verdict(Verdict::PartnerNotWhitelisted) => AdviceCode::RequestWhitelisting,
            Self::Problem { code: ProblemCode::InvalidRequest, errors, .. } => {
                let clue = errors.first().and_then(|error| error.clue.as_ref());
                return (AdviceCode::FixRequest, clue.and_then(Clue::reason));
            }
            Self::Problem { code, .. } => match code {
                ProblemCode::Fault(FaultKind::UpstreamUnexpected | FaultKind::Internal) => AdviceCode::ContactOperator,
                ProblemCode::Fault(FaultKind::TooManyAttempts) => AdviceCode::TooManyAttempts,
                ProblemCode::Fault(_) => AdviceCode::RetryShortly,
                ProblemCode::RateLimited => AdviceCode::SlowDown,
                _ => AdviceCode::FixRequest,
            },
        };
        (code, None)
    }

    pub(super) fn owner(&self, code: AdviceCode, reason: Option<Reason>) -> Owner {
        match self {
            Self::Problem { code: ProblemCode::Fault(FaultKind::Overloaded), .. } => Owner::Operator,
            // No form sends a number, so the customer cannot correct this.
            Self::Problem { code: ProblemCode::InvalidRequest, errors, .. } if are_wrong_types(errors) => {
                Owner::Partner
            }
            Self::Problem { code: ProblemCode::InvalidRequest, .. } => Owner::Customer,
            _ => code.owner(reason),
        }
    }

    /// Returns the key of the texts, which depends on the owner and on what else is known.
    pub(super) fn key(&self, code: AdviceCode, reason: Option<Reason>) -> &'static str {
        match self {
            _ if reason.is_some() => reason.map_or("", |reason| key_of_reason(code, reason)),
            Self::Problem { code: ProblemCode::Fault(FaultKind::Overloaded), .. } => "retry-shortly-overloaded",
            Self::Problem { code: ProblemCode::Fault(FaultKind::UpstreamBusy), .. } => "retry-shortly-busy",
            Self::Problem { code: ProblemCode::InvalidRequest, errors, .. } if !are_wrong_types(errors) => {
                "fix-request-fields"
            }
            _ => code.key(),
        }
    }

    /// Returns the form fields at which to show it.
    pub(super) fn fields(&self, code: AdviceCode, reason: Option<Reason>) -> Vec<&'static str> {
        let Self::Problem { code: ProblemCode::InvalidRequest, errors, .. } = self else {
            return code.fields(reason).to_vec();
        };
        let mut fields: Vec<&'static str> = Vec::new();
        for name in errors.iter().map(|error| Field::name(error.field)) {
            if !fields.contains(&name) {
                fields.push(name);
            }
        }
        fields
    }

    /// Returns the most helpful page: the dashboard where the customer must look something up, our own page where the
    /// request is at fault. CleverTap documents no addresses of pages within the dashboard.
    pub(super) fn docs_url(&self, code: AdviceCode, circumstances: &Circumstances<'_>) -> Cow<'static, str> {
        let dashboard = circumstances.region.map(|region| region.dashboard_url.as_str());
        let dashboard = match code {
            AdviceCode::CheckCredentials
            | AdviceCode::CheckAccountId
            | AdviceCode::LooksLikeToken
            | AdviceCode::FieldsSwapped
            | AdviceCode::TooManyAttempts => dashboard.filter(|_| !circumstances.everywhere),
            AdviceCode::ChooseRegion => self.suggested().map(|region| region.dashboard_url.as_str()),
            _ => None,
        };
        match (dashboard.filter(|url| !url.is_empty()), self) {
            (Some(url), _) => Cow::Owned(url.to_owned()),
            (None, Self::Problem { code: problem, .. }) if code != AdviceCode::RetryShortly => {
                Cow::Owned(format!("/problems/{}", problem.as_str()))
            }
            (None, Self::Problem { code: ProblemCode::Fault(FaultKind::Overloaded), .. }) => {
                Cow::Borrowed("/problems/overloaded")
            }
            (None, _) => Cow::Borrowed(code.docs_url()),
        }
    }

    /// Returns the region that verified the credentials.
    pub(super) fn suggested(&self) -> Option<&crate::model::Region> {
        match self {
            Self::Verdict(Verdict::WrongRegion { suggested }) => Some(suggested),
            _ => None,
        }
    }

    pub(super) fn retry_after_seconds(&self) -> Option<u64> {
        let Self::Problem { code, retry_after, .. } = self else { return None };
        let usual = match code {
            ProblemCode::RateLimited | ProblemCode::Fault(FaultKind::Overloaded) => 1,
            ProblemCode::Fault(FaultKind::UpstreamBusy) => 2,
            ProblemCode::Fault(kind) if kind.is_retryable() => 5,
            _ => return None,
        };
        Some(retry_after.map_or(usual, seconds).max(1))
    }

    /// Returns the minutes until the next try, if known and long enough to mention.
    pub(super) fn minutes(&self) -> Option<u64> {
        let Self::Problem { code, retry_after: Some(after), .. } = self else { return None };
        let seconds = seconds(*after).max(1);
        let is_pause = *code == ProblemCode::Fault(FaultKind::TooManyAttempts);
        (is_pause || seconds > 60).then_some(seconds.div_ceil(60))
    }
}

/// Rounds up, so that a caller who returns on time need not wait again.
fn seconds(after: Duration) -> u64 {
    after.min(MAX_RETRY_AFTER).as_millis().div_ceil(1000) as u64
}

fn are_wrong_types(errors: &[FieldError]) -> bool {
    !errors.is_empty() && errors.iter().all(|error| matches!(error.code, FieldErrorCode::WrongType(_)))
}

fn of_refusal(refusal: Refusal, circumstances: &Circumstances<'_>) -> (AdviceCode, Option<Reason>) {
    let hints = circumstances.hints;
    let everywhere = circumstances.everywhere.then_some(Reason::Everywhere);
    let account_id = hints.account_id.map(AccountIdHint::reason);
    if hints.fields_swapped {
        (AdviceCode::FieldsSwapped, None)
    } else if hints.passcode == Some(PasscodeHint::Token) {
        (AdviceCode::LooksLikeToken, None)
    } else if refusal == Refusal::UnknownAccount || account_id.is_some() {
        (AdviceCode::CheckAccountId, account_id.or(everywhere))
    } else {
        let passcode = hints.passcode.and_then(PasscodeHint::reason);
        let test_project = hints.test_project.then_some(Reason::TestProject);
        (AdviceCode::CheckCredentials, passcode.or(test_project).or(everywhere))
    }
}
