//! Events between the service and Redis.

use std::time::Duration;

use tracing::{debug, info, warn};

use super::{CacheResult, CacheTier, label};
use crate::observe::{Event, Metrics};

label! {
    /// The `operation` label of `redis_request_duration_seconds`.
    RedisOperation {
        /// A verification that is not in memory: the stored verdict, the guess, the lease and the region's rate.
        Begin = "begin",
        /// A check whether another instance's call has its verdict.
        Wait = "wait",
        /// The extension of a lease on a credential.
        Renew = "renew",
        /// A region's rate by itself: for retries, batches and clusters.
        Rate = "rate",
        /// The end of a call: guesses charged, verdict stored, lease released.
        Settle = "settle",
        /// The exchange of clients' rates.
        ClientRate = "client_rate",
        /// An attempt of a session.
        Session = "session",
        /// The probe of a connection.
        Probe = "probe",
    }
}

/// A request to Redis ended, with an answer or without.
#[derive(Debug)]
pub struct RedisAsked {
    /// The kind of request.
    pub operation: RedisOperation,
    /// The duration of the request.
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
    /// The address, without user and password.
    pub address: &'a str,
    /// Why it is not usable; `None` if it is.
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

/// A master of a cluster became usable, or unusable, while Redis is in use.
#[derive(Debug)]
pub struct RedisServerMoved<'a> {
    /// Its host and port.
    pub address: &'a str,
    /// What it does now.
    pub state: RedisServerState<'a>,
    /// Whether all masters are in use.
    pub is_complete: bool,
}

/// The state of a master of a cluster.
#[derive(Debug, Clone, Copy)]
pub enum RedisServerState<'a> {
    /// It is in use again.
    Answers,
    /// It is not in use, for this reason.
    Fails(&'a str),
    /// Other servers have its slots.
    Replaced,
}

impl Event for RedisServerMoved<'_> {
    fn record(&self, metrics: &Metrics) {
        metrics.redis_up(self.is_complete);
        let address = self.address;
        match self.state {
            RedisServerState::Answers => info!(address, "redis server is in use"),
            RedisServerState::Replaced => info!(address, "redis server is replaced by others of its cluster"),
            RedisServerState::Fails(reason) => warn!(
                address,
                reason,
                "redis server is not in use: this instance has its own cache and limits for its accounts until it answers"
            ),
        }
    }
}

/// A verdict was looked up in Redis.
#[derive(Debug)]
pub struct SharedLookedUp {
    /// The result of the lookup.
    pub result: CacheResult,
}

impl Event for SharedLookedUp {
    fn record(&self, metrics: &Metrics) {
        metrics.cache(CacheTier::Redis, self.result);
        let result = self.result.as_str();
        debug!(result, "verdict looked up in redis");
    }
}
