//! The state of callers that several instances share: rates and the attempts of sessions.
//!
//! No request waits for a client's rate. Each instance admits requests from its own bucket. At an [`INTERVAL`] it adds
//! the tokens taken to a common bucket and adopts that bucket's state. Between two exchanges an instance does not know
//! what the others admit. Over any time, all instances together therefore admit at most
//!
//! ```text
//! burst + rate × time + (instances - 1) × burst + instances × rate × (INTERVAL + redis.timeout)
//! ```
//!
//! The last two terms apply to a client that suddenly sends to every instance at once. They are a debt, which is
//! refilled before anything more is admitted (up to [`MAX_OVERDRAFT`]), so they do not accumulate. While a client stays
//! busy, an instance expects the others to continue at their recent rate (see [`super::rate_limit`]); the error is
//! about one request per instance and interval. An exchange happens early when a quarter of the remaining tokens has
//! been used.
//!
//! The attempts of a session are exact: each one is a request to the shared state.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use tokio::time::{sleep, timeout};

use super::{
    Admission,
    rate_limit::{Takes, now},
};
use crate::allowance::Allowance;

/// The maximum time between two exchanges while a client is busy.
pub const INTERVAL: Duration = Duration::from_millis(100);
/// The minimum time between two exchanges.
const MIN_INTERVAL: Duration = Duration::from_millis(5);
/// The maximum time that a client waits because its instances admitted too many requests.
pub const MAX_OVERDRAFT: Duration = Duration::from_secs(60);

/// The shared state. An implementation answers within its own timeout.
pub trait SharedLimits: Send + Sync {
    /// Adds the tokens that clients took here; returns the state of each in the same order, as far as it is available.
    fn exchange<'a>(&'a self, takes: &'a [(Arc<str>, Takes)]) -> BoxFuture<'a, Vec<Option<Standing>>>;

    /// Takes one of a session's attempts.
    fn take_attempt<'a>(&'a self, attempt: Attempt, allowance: &'a Allowance)
    -> BoxFuture<'a, Result<Attempted, Away>>;
}

/// The shared state is unavailable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away;

/// The state of a client over all instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The time until its bucket is full.
    pub debt: Duration,
    /// The total of tokens taken from it.
    pub total: u64,
}

/// A request for one of a session's attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// The session.
    pub session: u128,
    /// The number of attempts that the session allows.
    pub allowed: u32,
    /// The number used, according to the last answer.
    pub seen: u32,
    /// The number used here since then.
    pub unshared: u32,
    /// The remaining lifetime of the session.
    pub left: Duration,
}

/// The result of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempted {
    /// Whether an attempt was left.
    pub is_granted: bool,
    /// The number of used attempts.
    pub used: u32,
}

impl Admission {
    /// Repeatedly exchanges the tokens taken with the other instances. Returns immediately if nothing is shared.
    pub async fn exchange_rates(self: Arc<Self>) {
        let Some(shared) = self.shared.clone() else { return };
        loop {
            let _ = timeout(INTERVAL, self.exchange_now.notified()).await;
            self.exchange(&*shared).await;
            sleep(MIN_INTERVAL).await;
        }
    }

    async fn exchange(&self, shared: &dyn SharedLimits) {
        let clients = self.clients.load_full();
        let (mut buckets, mut takes) = (Vec::new(), Vec::new());
        for (name, bucket) in clients.buckets() {
            if let Some(taken) = bucket.takes(now()) {
                buckets.push(bucket);
                takes.push((name.clone(), taken));
            }
        }
        if takes.is_empty() {
            return;
        }
        let standings = shared.exchange(&takes).await;
        for ((bucket, (_, sent)), standing) in buckets.iter().zip(&takes).zip(standings) {
            match standing {
                Some(standing) => bucket.settle(*sent, standing),
                // Never send the tokens again: they may have arrived, and after an hour they would all count at once.
                None => bucket.count_alone(),
            }
        }
    }
}
