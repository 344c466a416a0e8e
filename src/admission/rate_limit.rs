//! Limits the rate of callers: token buckets for each client, and for each address without a key.
//!
//! A bucket is one number, the time when it is full again (the generic cell rate algorithm), so taking a token is one
//! atomic step. The tokens taken by other instances are added to it periodically ([`super::shared`]).

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use governor::clock::{Clock, DefaultClock};
use moka::{policy::EvictionPolicy, sync::Cache};

use super::shared::{MAX_OVERDRAFT, Standing};

/// The maximum number of addresses tracked at once, about 300 bytes each. The least recently used are evicted first; a
/// caller with more addresses than this has a fresh bucket for each anyway.
pub const MAX_ADDRESSES: u64 = 100_000;

const SECOND: u64 = 1_000_000_000;
/// With fewer tokens left than this, no exchange happens early.
const MIN_SHARE: u64 = 8;
/// More tokens than a client can ever take.
const UNKNOWN: u64 = u64::MAX;

/// One clock for all buckets: creating one queries the processor's features, which on a virtual machine takes longer
/// than the rest of a refusal.
static CLOCK: LazyLock<(DefaultClock, <DefaultClock as Clock>::Instant)> = LazyLock::new(|| {
    let clock = DefaultClock::default();
    let start = clock.now();
    (clock, start)
});

/// Returns the nanoseconds since the first call.
pub(super) fn now() -> u64 {
    use governor::clock::Reference as _;

    let (clock, start) = &*CLOCK;
    clock.now().duration_since(*start).as_u64()
}

/// The token bucket of one caller.
#[derive(Debug)]
pub struct TokenBucket {
    /// When it is full again, by [`now`].
    full_at: AtomicU64,
    /// The cost of a token: the time that refills it, increased while other instances take tokens too.
    cost: AtomicU64,
    /// The tokens taken since the last exchange.
    taken: AtomicU64,
    /// The number of tokens that makes an exchange happen early.
    due_at: AtomicU64,
    /// The time of the last exchange.
    exchanged_at: AtomicU64,
    /// Whether a token was refused since the last exchange.
    is_wanting: AtomicBool,
    /// The tokens taken by all instances, as of the last exchange; [`UNKNOWN`] if no token was requested here since.
    total: AtomicU64,
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
    /// The seconds until the bucket is full.
    pub full_in: u32,
    /// Whether an exchange should happen before the interval ends.
    pub(super) is_due: bool,
}

/// The tokens that an instance took since the last exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Takes {
    /// The number of tokens.
    pub count: u64,
    /// The time that refills them.
    pub cost: Duration,
    /// The time in which they were taken.
    pub period: Duration,
    /// The minimum time until the bucket is full, as known to this instance.
    pub debt: Duration,
    /// The maximum time until it is full that is stored.
    pub max_debt: Duration,
}

impl RateState {
    /// Returns the number of seconds that refill an empty bucket.
    pub fn window(&self) -> u32 {
        self.burst.div_ceil(self.per_second)
    }
}

impl TokenBucket {
    /// Creates a full bucket.
    pub fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        let bucket = Self {
            full_at: AtomicU64::new(0),
            cost: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            due_at: AtomicU64::new(0),
            exchanged_at: AtomicU64::new(0),
            is_wanting: AtomicBool::new(false),
            total: AtomicU64::new(UNKNOWN),
            per_second,
            burst,
        };
        bucket.count_alone();
        bucket
    }

    /// Takes a token.
    ///
    /// # Errors
    ///
    /// No token is left; the duration says when the next is available.
    pub fn take(&self) -> Result<RateState, (RateState, Duration)> {
        self.take_at(now())
    }

    /// Returns whether a token is left, without taking it.
    pub fn has_token(&self) -> bool {
        let debt = self.full_at.load(Relaxed).saturating_sub(now());
        debt + self.interval() <= self.capacity()
    }

    fn take_at(&self, now: u64) -> Result<RateState, (RateState, Duration)> {
        let cost = self.cost.load(Relaxed);
        let mut full_at = self.full_at.load(Relaxed);
        loop {
            let from = full_at.max(now);
            let over = (from - now + self.interval()).saturating_sub(self.capacity());
            if over > 0 {
                self.is_wanting.store(true, Relaxed);
                return Err((self.state(from - now, false), Duration::from_nanos(over)));
            }
            match self.full_at.compare_exchange_weak(full_at, from + cost, Relaxed, Relaxed) {
                Ok(_) => {
                    let is_due = self.taken.fetch_add(1, Relaxed) + 1 == self.due_at.load(Relaxed);
                    return Ok(self.state(from - now + cost, is_due));
                }
                Err(other) => full_at = other,
            }
        }
    }

    fn state(&self, debt: u64, is_due: bool) -> RateState {
        RateState {
            burst: self.burst.get(),
            per_second: self.per_second.get(),
            remaining: (self.capacity().saturating_sub(debt) / self.interval()) as u32,
            full_in: debt.div_ceil(SECOND) as u32,
            is_due,
        }
    }

    /// Returns the time that refills one token.
    fn interval(&self) -> u64 {
        (SECOND / u64::from(self.per_second.get())).max(1)
    }

    /// Returns the time that refills the whole bucket.
    fn capacity(&self) -> u64 {
        self.interval() * u64::from(self.burst.get())
    }

    /// Returns the tokens taken since the last exchange, or `None` if none was requested.
    pub(super) fn takes(&self, now: u64) -> Option<Takes> {
        let is_wanting = self.is_wanting.swap(false, Relaxed);
        let period = now.saturating_sub(self.exchanged_at.swap(now, Relaxed));
        let count = self.taken.swap(0, Relaxed);
        if count == 0 && !is_wanting {
            // Without requests here, the rate of the others does not predict what they take beside the next request.
            self.cost.store(self.interval(), Relaxed);
            self.total.store(UNKNOWN, Relaxed);
            return None;
        }
        // The part charged for the other instances is an estimate.
        let guessed = count * (self.cost.load(Relaxed) - self.interval());
        let debt = self.full_at.load(Relaxed).saturating_sub(now).saturating_sub(guessed);
        Some(Takes {
            count,
            cost: Duration::from_nanos(count * self.interval()),
            period: Duration::from_nanos(period),
            debt: Duration::from_nanos(debt),
            max_debt: Duration::from_nanos(self.capacity()) + MAX_OVERDRAFT,
        })
    }

    /// Adopts the state of all instances.
    ///
    /// Until the next exchange, each token costs as many as all instances took for each one taken here: the others are
    /// expected to continue at that rate.
    pub(super) fn settle(&self, sent: Takes, standing: Standing) {
        let before = self.total.swap(standing.total, Relaxed);
        let all = standing.total.saturating_sub(before).max(1);
        let cost = self.interval().saturating_mul(all.div_ceil(sent.count.max(1))).min(self.capacity());
        let debt = standing.debt.as_nanos() as u64;
        let left = self.capacity().saturating_sub(debt) / cost;
        self.cost.store(cost, Relaxed);
        self.due_at.store(if left < MIN_SHARE { u64::MAX } else { left / 4 }, Relaxed);
        let meanwhile = self.taken.load(Relaxed) * cost;
        // Measured from the request, not from the answer: otherwise the delay of answers would add up over exchanges.
        self.full_at.store(self.exchanged_at.load(Relaxed) + debt + meanwhile, Relaxed);
    }

    /// Continues without the other instances, from the last known state.
    pub(super) fn count_alone(&self) {
        let burst = u64::from(self.burst.get());
        self.cost.store(self.interval(), Relaxed);
        self.total.store(UNKNOWN, Relaxed);
        self.due_at.store(if burst < MIN_SHARE { u64::MAX } else { burst / 4 }, Relaxed);
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

#[cfg(test)]
#[path = "rate_limit_tests.rs"]
mod tests;
