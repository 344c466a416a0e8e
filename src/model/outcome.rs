//! The outcome of a verification: a [`Verdict`], or a [`Fault`] if there is no conclusive answer.

use std::{sync::Arc, time::Duration};

use super::Region;

/// The outcome of one verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The upstream answered conclusively.
    Verdict(Verdict),
    /// The upstream did not answer conclusively, or was never asked.
    Fault(Fault),
}

/// A conclusive answer, which may be cached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// An explicit success.
    Verified,
    /// Account id and passcode do not match in this region.
    InvalidCredentials {
        /// What the upstream reported as wrong.
        refusal: Refusal,
    },
    /// Refused in the chosen region, and verified in another.
    WrongRegion {
        /// The region that verified the credentials.
        suggested: Arc<Region>,
    },
    /// The upstream does not know the partner.
    PartnerNotWhitelisted,
}

/// What the upstream reported about refused credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Account id and passcode do not match; either may be wrong.
    Credentials,
    /// The upstream's message named the account id, not the passcode.
    UnknownAccount,
}

/// The maximum wait that an answer asks for. If the real wait is longer, the client retries once more after this time.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(600);

/// An inconclusive end, which is never cached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What went wrong.
    pub kind: FaultKind,
    /// When to retry, if known.
    pub retry_after: Option<Duration>,
    /// The upstream's answer was not understood but may have been a refusal: its status, or the code inside a 200, was
    /// 400, 401 or 403. The guess budget counts it, so that an unknown wording does not allow unlimited guesses.
    pub may_be_refusal: bool,
}

/// The kinds of [`Fault`]; [`FaultKind::code`] gives the problem code of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The upstream gave an answer of no known form.
    UpstreamUnexpected,
    /// Connection failure, server error or open circuit breaker.
    UpstreamUnavailable,
    /// The upstream's own rate limit, or our budget for it.
    UpstreamBusy,
    /// No complete answer within the time limit.
    UpstreamTimeout,
    /// This service sheds load.
    Overloaded,
    /// The client has exhausted the guess budget of this account.
    TooManyAttempts,
    /// An internal error.
    Internal,
}

impl Outcome {
    /// Returns the status or the problem code: the `outcome` label of metrics and logs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Verdict(verdict) => verdict.status(),
            Self::Fault(fault) => fault.kind.code(),
        }
    }
}

impl Verdict {
    /// A refusal without further detail.
    pub const REFUSED: Self = Self::InvalidCredentials { refusal: Refusal::Credentials };

    /// Every wire value of `status`.
    pub const STATUSES: [&'static str; 4] =
        ["verified", "invalid_credentials", "wrong_region", "partner_not_whitelisted"];

    /// Returns the wire value of `status`.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::InvalidCredentials { .. } => "invalid_credentials",
            Self::WrongRegion { .. } => "wrong_region",
            Self::PartnerNotWhitelisted => "partner_not_whitelisted",
        }
    }
}

impl Fault {
    /// Creates a fault of this kind with no retry time.
    pub fn new(kind: FaultKind) -> Self {
        Self { kind, retry_after: None, may_be_refusal: false }
    }

    /// Sets when to retry.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.retry_after = Some(after);
        self
    }
}

impl From<Fault> for Outcome {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        Self::Verdict(verdict)
    }
}

impl FaultKind {
    /// All kinds, for tables and for metrics that start at zero.
    pub const ALL: [Self; 7] = [
        Self::UpstreamUnexpected,
        Self::UpstreamUnavailable,
        Self::UpstreamBusy,
        Self::UpstreamTimeout,
        Self::Overloaded,
        Self::TooManyAttempts,
        Self::Internal,
    ];

    /// Returns the wire name of the problem code.
    pub fn code(self) -> &'static str {
        match self {
            Self::UpstreamUnexpected => "upstream_unexpected",
            Self::UpstreamUnavailable => "upstream_unavailable",
            Self::UpstreamBusy => "upstream_busy",
            Self::UpstreamTimeout => "upstream_timeout",
            Self::Overloaded => "overloaded",
            Self::TooManyAttempts => "too_many_attempts",
            Self::Internal => "internal",
        }
    }

    /// Returns whether the same request may succeed later without any change.
    pub fn is_retryable(self) -> bool {
        !matches!(self, Self::UpstreamUnexpected | Self::Internal)
    }
}
