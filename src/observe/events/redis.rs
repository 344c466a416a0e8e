//! What happens between the service and its Redis.

use std::time::Duration;

use tracing::{debug, info, warn};

use super::{CacheResult, CacheTier, label};
use crate::observe::{Event, Metrics};

label! {
    /// The `operation` label of `redis_request_duration_seconds`.
    RedisOperation {
        /// A verification that memory cannot answer: the stored verdict, the guess, the lease and the region's rate.
        Begin = "begin",
        /// A look whether another instance's call has its verdict.
        Wait = "wait",
        /// A lease on a credential is extended.
        Renew = "renew",
        /// A region's rate by itself: for retries and batches.
        Rate = "rate",
        /// The end of a call: guesses charged, verdict stored, lease released.
        Settle = "settle",
        /// The client's own rate.
        ClientRate = "client_rate",
        /// The attempts of a session.
        Session = "session",
        /// A new connection is tried before it is used.
        Probe = "probe",
    }
}

/// A request to Redis ended, with an answer or without.
#[derive(Debug)]
pub struct RedisAsked {
    /// What for.
    pub operation: RedisOperation,
    /// How long it took.
    pub duration: Duration,
}

impl Event for RedisAsked {
    fn record(&self, metrics: &Metrics) {
        metrics.redis_asked(self.operation, self.duration);
    }
}

/// Redis became usable, or unusable.
#[derive(Debug)]
pub struct RedisMoved<'a> {
    /// Where it is, without user and password.
    pub address: &'a str,
    /// Why it cannot be used; nothing where it can.
    pub trouble: Option<&'a str>,
}

impl Event for RedisMoved<'_> {
    fn record(&self, metrics: &Metrics) {
        metrics.redis_up(self.trouble.is_none());
        match self.trouble {
            None => info!(address = self.address, "redis is in use"),
            Some(reason) => warn!(
                address = self.address,
                reason, "redis is not in use: this instance has its own cache and limits until it answers"
            ),
        }
    }
}

/// A verdict was looked up in Redis.
#[derive(Debug)]
pub struct SharedLookedUp {
    /// What came of it.
    pub result: CacheResult,
}

impl Event for SharedLookedUp {
    fn record(&self, metrics: &Metrics) {
        metrics.cache(CacheTier::Redis, self.result);
        let result = self.result.as_str();
        debug!(result, "verdict looked up in redis");
    }
}
