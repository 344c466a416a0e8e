//! The outcome of a verification: a [`Verdict`], or a [`Fault`] if there is no conclusive answer.

use std::{sync::Arc, time::Duration};

use super::{ProblemCode, Region, label};

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

label! {
    /// The kinds of [`Verdict`]; the names are the wire values of `status`.
    VerdictKind {
        /// An explicit success.
        Verified = "verified",
        /// Refused.
        InvalidCredentials = "invalid_credentials",
        /// Refused in the chosen region, and verified in another.
        WrongRegion = "wrong_region",
        /// The upstream does not know the partner.
        PartnerNotWhitelisted = "partner_not_whitelisted",
    }
}

label! {
    /// The kinds of [`Fault`]; the names are the problem codes.
    FaultKind {
        /// The client has exhausted the guess budget of this account.
        TooManyAttempts = "too_many_attempts",
        /// The upstream gave an answer of no known form.
        UpstreamUnexpected = "upstream_unexpected",
        /// Connection failure, server error or open circuit breaker.
        UpstreamUnavailable = "upstream_unavailable",
        /// The upstream's own rate limit, or our budget for it.
        UpstreamBusy = "upstream_busy",
        /// No complete answer within the time limit.
        UpstreamTimeout = "upstream_timeout",
        /// This service sheds load.
        Overloaded = "overloaded",
        /// An internal error.
        Internal = "internal",
    }
}

/// The outcome of a verification as a label of metrics and logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeLabel {
    /// The status of a verdict.
    Verdict(VerdictKind),
    /// The code of a problem.
    Problem(ProblemCode),
}

impl OutcomeLabel {
    /// The number of labels.
    pub const COUNT: usize = VerdictKind::ALL.len() + ProblemCode::ALL.len();

    /// Returns the name of the label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verdict(kind) => kind.as_str(),
            Self::Problem(code) => code.as_str(),
        }
    }

    /// Returns a unique number below [`Self::COUNT`].
    pub const fn index(self) -> usize {
        match self {
            Self::Verdict(kind) => kind.index(),
            Self::Problem(code) => VerdictKind::ALL.len() + code.index(),
        }
    }
}

impl<T: Into<ProblemCode>> From<T> for OutcomeLabel {
    fn from(code: T) -> Self {
        Self::Problem(code.into())
    }
}

impl Outcome {
    /// Returns the status or the problem code as a label.
    pub fn label(&self) -> OutcomeLabel {
        match self {
            Self::Verdict(verdict) => OutcomeLabel::Verdict(verdict.kind()),
            Self::Fault(fault) => fault.kind.into(),
        }
    }

    /// Returns the status or the problem code.
    pub fn code(&self) -> &'static str {
        self.label().as_str()
    }
}

impl Verdict {
    /// A refusal without further detail.
    pub const REFUSED: Self = Self::InvalidCredentials { refusal: Refusal::Credentials };

    /// Every wire value of `status`.
    pub const STATUSES: [&'static str; VerdictKind::ALL.len()] = {
        let mut statuses = [""; VerdictKind::ALL.len()];
        let mut place = 0;
        while place < statuses.len() {
            statuses[place] = VerdictKind::ALL[place].as_str();
            place += 1;
        }
        statuses
    };

    /// Returns its kind.
    pub fn kind(&self) -> VerdictKind {
        match self {
            Self::Verified => VerdictKind::Verified,
            Self::InvalidCredentials { .. } => VerdictKind::InvalidCredentials,
            Self::WrongRegion { .. } => VerdictKind::WrongRegion,
            Self::PartnerNotWhitelisted => VerdictKind::PartnerNotWhitelisted,
        }
    }

    /// Returns the wire value of `status`.
    pub fn status(&self) -> &'static str {
        self.kind().as_str()
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
    /// Returns the problem code.
    pub fn code(self) -> &'static str {
        self.as_str()
    }

    /// Returns whether the same request may succeed later without any change.
    pub fn is_retryable(self) -> bool {
        !matches!(self, Self::UpstreamUnexpected | Self::Internal)
    }
}
