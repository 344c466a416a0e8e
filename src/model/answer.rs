//! The result of a verification, as the use case returns it and every interface presents it.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{Fault, Outcome, Region, Verdict, label};

/// The answer to one verification.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The verdict, or the fault that prevented one.
    pub outcome: Outcome,
    /// How the answer was obtained; `None` when the upstream was never asked.
    pub source: Option<Source>,
    /// When the upstream gave the verdict; for a fault, the current time.
    pub checked_at: SystemTime,
    /// The region the answer is about: the one that verified, the one that was chosen, or `None`.
    pub region: Option<Arc<Region>>,
    /// How long the cache may still serve it; `None` unless it came from the cache.
    pub time_left: Option<Duration>,
    /// The outcome of each region, when several were asked and at least one failed.
    pub regions: Vec<RegionOutcome>,
    /// Every configured region was asked, and all refused.
    pub is_everywhere: bool,
    /// The refusals left before the guess budget is exhausted; known after a refusal.
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

label! {
    /// How an answer was obtained.
    Source {
        /// From the cache.
        Cache = "cache",
        /// From a call made for this request.
        Upstream = "upstream",
        /// From a call that another request had already started.
        Collapsed = "collapsed",
    }
}

impl Answer {
    /// Creates the answer for a fault that occurred at `at`.
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
