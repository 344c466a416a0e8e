//! What came of asking: a [`Verdict`], or a [`Fault`] when nothing can be said.

use std::{sync::Arc, time::Duration};

use super::Region;

/// What came of one verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The upstream said something conclusive.
    Verdict(Verdict),
    /// It did not, or it was never asked.
    Fault(Fault),
}

/// A conclusive answer, which may be cached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// An explicit success.
    Verified,
    /// The account id and passcode do not go together, here.
    InvalidCredentials {
        /// What the upstream said was wrong.
        refusal: Refusal,
    },
    /// Refused here, and verified in another region.
    WrongRegion {
        /// The region that verified them.
        suggested: Arc<Region>,
    },
    /// The upstream does not know the partner.
    PartnerNotWhitelisted,
}

/// What the upstream said about refused credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Account id and passcode do not go together; either may be wrong.
    Credentials,
    /// Its message was about the account id and not about the passcode.
    UnknownAccount,
}

/// The longest wait that an answer asks for; whatever knows a longer one is asked again after it.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(600);

/// An inconclusive end, which is never cached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What went wrong.
    pub kind: FaultKind,
    /// When another try makes sense, if that is known.
    pub retry_after: Option<Duration>,
    /// The upstream's answer was not understood and may have been a refusal: its status, or the code inside a 200, was
    /// 400, 401 or 403. The guess budget counts it, so that an unknown wording is not an unlimited oracle.
    pub may_be_refusal: bool,
}

/// The kinds of [`Fault`]; [`FaultKind::code`] gives the problem code of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The upstream gave an answer that is none of the known ones.
    UpstreamUnexpected,
    /// No connection, a server error, or a breaker that is open.
    UpstreamUnavailable,
    /// The upstream's own limit, or our budget for it.
    UpstreamBusy,
    /// No complete answer in time.
    UpstreamTimeout,
    /// This service sheds load.
    Overloaded,
    /// The guess budget of this account is used up for this client.
    TooManyAttempts,
    /// A fault of ours.
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
    /// A refusal that says nothing more.
    pub const REFUSED: Self = Self::InvalidCredentials { refusal: Refusal::Credentials };

    /// Every `status` of the wire.
    pub const STATUSES: [&'static str; 4] =
        ["verified", "invalid_credentials", "wrong_region", "partner_not_whitelisted"];

    /// Returns the `status` of the wire.
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
    /// Makes a fault of this kind, with no better knowledge of when to come back.
    pub fn new(kind: FaultKind) -> Self {
        Self { kind, retry_after: None, may_be_refusal: false }
    }

    /// Adds when to come back.
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
    /// All kinds, for tables and for metrics that exist before the first event.
    pub const ALL: [Self; 7] = [
        Self::UpstreamUnexpected,
        Self::UpstreamUnavailable,
        Self::UpstreamBusy,
        Self::UpstreamTimeout,
        Self::Overloaded,
        Self::TooManyAttempts,
        Self::Internal,
    ];

    /// Returns the problem code of the wire.
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

    /// Tells whether the same question may be answered later without anybody changing anything.
    pub fn is_retryable(self) -> bool {
        !matches!(self, Self::UpstreamUnexpected | Self::Internal)
    }
}
