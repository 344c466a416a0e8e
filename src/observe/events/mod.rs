//! All events, one type each.
//!
//! `record` counts an event, logs it, and adds it to its span, all with the same terms.

mod redis;
mod request;
mod service;
mod upstream;

use std::time::Duration;

pub(super) use self::request::ABANDONED;
pub(super) use self::service::{ReloadResult, SpansHandled, SpansResult};
pub use self::{
    redis::{RedisAsked, RedisMoved, RedisOperation, RedisServerMoved, RedisServerState, SharedLookedUp},
    request::{
        HttpAbandoned, HttpAnswered, HttpRequest, MethodLabel, Panicked, Place, RateLimit, RateLimited, Shed,
        ShedReason, Verification, VerificationAbandoned, VerificationDone,
    },
    service::{CertificateLoaded, ConfigReloaded, Reloaded, Resource, ResourceExhausted},
    upstream::{
        BreakerMoved, BreakerState, CacheLookedUp, CacheResult, CacheTier, FlightShared, RetryReason,
        UpstreamAbandoned, UpstreamAttempt, UpstreamAttempted, UpstreamResult, UpstreamRetried, Waited,
    },
};
pub(super) use crate::model::Label;
use crate::model::label;

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1000.0
}
