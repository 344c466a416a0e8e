//! What came of asking: a [`Verdict`], or a [`Fault`] when nothing can be said.

use std::{sync::Arc, time::Duration};

use super::{ProblemCode, Region, label};

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

label! {
    /// The kinds of [`Verdict`]; the name of each is the `status` of the wire.
    VerdictKind {
        /// An explicit success.
        Verified = "verified",
        /// Refused.
        InvalidCredentials = "invalid_credentials",
        /// Refused here, and verified elsewhere.
        WrongRegion = "wrong_region",
        /// The partner is unknown.
        PartnerNotWhitelisted = "partner_not_whitelisted",
    }
}

label! {
    /// The kinds of [`Fault`]; the name of each is the problem code of the wire.
    FaultKind {
        /// The guess budget of this account is used up for this client.
        TooManyAttempts = "too_many_attempts",
        /// The upstream gave an answer that is none of the known ones.
        UpstreamUnexpected = "upstream_unexpected",
        /// No connection, a server error, or a breaker that is open.
        UpstreamUnavailable = "upstream_unavailable",
        /// The upstream's own limit, or our budget for it.
        UpstreamBusy = "upstream_busy",
        /// No complete answer in time.
        UpstreamTimeout = "upstream_timeout",
        /// This service sheds load.
        Overloaded = "overloaded",
        /// A fault of ours.
        Internal = "internal",
    }
}

/// What a verification came to, in one word: the `outcome` label of metrics and logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeLabel {
    /// The status.
    Verdict(VerdictKind),
    /// The problem code.
    Problem(ProblemCode),
}

impl OutcomeLabel {
    /// How many there are.
    pub const COUNT: usize = VerdictKind::ALL.len() + ProblemCode::ALL.len();

    /// Returns the word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verdict(kind) => kind.as_str(),
            Self::Problem(code) => code.as_str(),
        }
    }

    /// Returns a number below [`Self::COUNT`] that no other one has.
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
    /// A refusal that says nothing more.
    pub const REFUSED: Self = Self::InvalidCredentials { refusal: Refusal::Credentials };

    /// Every `status` of the wire.
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

    /// Returns the `status` of the wire.
    pub fn status(&self) -> &'static str {
        self.kind().as_str()
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
    /// Returns the problem code of the wire.
    pub fn code(self) -> &'static str {
        self.as_str()
    }

    /// Tells whether the same question may be answered later without anybody changing anything.
    pub fn is_retryable(self) -> bool {
        !matches!(self, Self::UpstreamUnexpected | Self::Internal)
    }
}
