//! The form of events that tests compare: owned, and without spans.

use std::{sync::PoisonError, time::Duration};

use super::{
    Observe,
    events::{BreakerState, CacheResult, Place, RateLimit, Resource, RetryReason, UpstreamResult, Waited},
};
use crate::model::OutcomeLabel;

/// An event as recorded for tests. `Other` is an event that no test compares.
#[allow(missing_docs, reason = "the fields are those of the events")]
#[derive(Debug, Clone, PartialEq)]
pub enum Recorded {
    CacheLookedUp {
        region: String,
        result: CacheResult,
    },
    FlightShared {
        region: String,
    },
    UpstreamAttempted {
        attempt: Attempt,
        result: Result<UpstreamResult, Resource>,
        status: Option<u16>,
        outcome: OutcomeLabel,
        is_fault: bool,
    },
    UpstreamAbandoned {
        attempt: Attempt,
        waited: Waited,
    },
    UpstreamRetried {
        region: String,
        reason: RetryReason,
    },
    BreakerMoved {
        region: String,
        from: BreakerState,
        to: BreakerState,
    },
    RateLimited {
        limit: RateLimit,
        partner: String,
    },
    Panicked(Place),
    Other,
}

/// An attempt at the upstream.
#[allow(missing_docs, reason = "the fields are those of the events")]
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    pub region: String,
    pub account_id: String,
    pub retry: u32,
    pub duration: Duration,
}

impl Observe {
    /// Returns the events recorded so far, in order.
    pub fn recorded(&self) -> Vec<Recorded> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the state changes of breakers, in order.
    pub fn breaker_moves(&self) -> Vec<(BreakerState, BreakerState)> {
        let of = |event| match event {
            Recorded::BreakerMoved { from, to, .. } => Some((from, to)),
            _ => None,
        };
        self.recorded().into_iter().filter_map(of).collect()
    }
}
