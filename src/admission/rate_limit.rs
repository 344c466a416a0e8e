//! Rate limits of callers: token buckets for each client, and for each address without a key.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::{Arc, LazyLock},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};
use moka::{policy::EvictionPolicy, sync::Cache};

/// The maximum number of addresses tracked at once, about 300 bytes each. The least recently used are evicted first; a
/// caller with more addresses has a fresh bucket for each of them anyway.
pub const MAX_ADDRESSES: u64 = 100_000;

/// One clock for all buckets: creating one detects processor features, which on a virtual machine takes longer than the
/// rest of a refusal.
static CLOCK: LazyLock<DefaultClock> = LazyLock::new(DefaultClock::default);

/// The requests that one caller may send.
#[derive(Debug)]
pub struct TokenBucket {
    limiter: RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>,
    per_second: NonZeroU32,
    burst: NonZeroU32,
}

/// The state of a rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateState {
    /// Maximum number of requests at once.
    pub burst: u32,
    /// Sustained requests per second.
    pub per_second: u32,
    /// Requests that may be sent now.
    pub remaining: u32,
}

impl RateState {
    /// Returns the number of seconds that refill an empty bucket.
    pub fn window(&self) -> u32 {
        self.burst.div_ceil(self.per_second)
    }

    /// Returns the number of seconds until the bucket is full.
    pub fn full_in(&self) -> u32 {
        (self.burst - self.remaining.min(self.burst)).div_ceil(self.per_second)
    }
}

impl TokenBucket {
    /// Creates a full bucket.
    pub fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        let quota = Quota::per_second(per_second).allow_burst(burst);
        let limiter =
            RateLimiter::direct_with_clock(quota, CLOCK.clone()).with_middleware::<StateInformationMiddleware>();
        Self { limiter, per_second, burst }
    }

    /// Takes a token.
    ///
    /// # Errors
    ///
    /// No token is left; the duration says when the next is available.
    pub fn take(&self) -> Result<RateState, (RateState, Duration)> {
        let state = |remaining| RateState { burst: self.burst.get(), per_second: self.per_second.get(), remaining };
        match self.limiter.check() {
            Ok(snapshot) => Ok(state(snapshot.remaining_burst_capacity())),
            Err(denied) => Err((state(0), denied.wait_time_from(CLOCK.now()))),
        }
    }

    pub(super) fn has_policy_of(&self, other: &Self) -> bool {
        (self.per_second, self.burst) == (other.per_second, other.burst)
    }
}

/// The refusals that each address may cause.
#[derive(Debug)]
pub(super) struct AddressLimiter {
    buckets: Cache<IpAddr, Arc<TokenBucket>>,
    per_second: NonZeroU32,
    burst: NonZeroU32,
}

impl AddressLimiter {
    pub(super) fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        // A bucket that has been unused for the time it takes to fill is equal to a new one.
        let idle = Duration::from_secs(u64::from(burst.get().div_ceil(per_second.get()).max(1)));
        let buckets = Cache::builder()
            .max_capacity(MAX_ADDRESSES)
            .time_to_idle(idle)
            // A frequency-based policy would not track new addresses while the table is full.
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { buckets, per_second, burst }
    }

    pub(super) fn take(&self, address: IpAddr) -> Result<(), Duration> {
        let bucket = self.buckets.get_with(address, || Arc::new(TokenBucket::new(self.per_second, self.burst)));
        bucket.take().map(drop).map_err(|(_, wait)| wait)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> u64 {
        self.buckets.run_pending_tasks();
        self.buckets.entry_count()
    }
}
