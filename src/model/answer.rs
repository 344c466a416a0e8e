//! What a verification comes to, as the use case returns it and as every face presents it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{Fault, Outcome, Region, Verdict};

/// The answer to one verification.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The verdict, or why there is none.
    pub outcome: Outcome,
    /// Where it came from; `None` when nothing could be asked.
    pub source: Option<Source>,
    /// When the upstream gave the verdict; now, for a fault.
    pub checked_at: SystemTime,
    /// The region that it is about: the one that verified, the one that was chosen, or none.
    pub region: Option<Arc<Region>>,
    /// How long the cache may still use it; `None` unless it came from there.
    pub time_left: Option<Duration>,
    /// The outcome of each region, where several were asked and not all of them could be.
    pub regions: Vec<RegionOutcome>,
    /// Every configured region was asked and refused.
    pub is_everywhere: bool,
    /// How many more credentials may be refused before the guess budget is used up; known after a refusal.
    pub attempts_left: Option<usize>,
}

/// The outcome of one of several regions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionOutcome {
    /// The region.
    pub region: Arc<Region>,
    /// The status, or the problem code.
    pub outcome: &'static str,
}

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The cache.
    Cache,
    /// A call of its own.
    Upstream,
    /// A call that another caller had begun.
    Collapsed,
}

impl Answer {
    /// Creates the answer for a fault that showed `at` this time.
    pub fn of_fault(fault: Fault, region: Option<&Arc<Region>>, at: SystemTime) -> Self {
        Self {
            outcome: fault.into(),
            source: None,
            checked_at: at,
            region: region.cloned(),
            time_left: None,
            regions: Vec::new(),
            is_everywhere: false,
            attempts_left: None,
        }
    }
}

impl Answer {
    /// Whether the upstream accepted the credential.
    pub fn is_verified(&self) -> bool {
        matches!(self.outcome, Outcome::Verdict(Verdict::Verified))
    }
}

impl Source {
    /// Returns the `source` of the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cache => "cache",
            Self::Upstream => "upstream",
            Self::Collapsed => "collapsed",
        }
    }
}
