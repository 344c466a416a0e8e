//! Limits of callers that several instances share: client rates, and the attempts of sessions.
//!
//! No request waits for a client's rate. Each instance has a bucket of its own, and at an [`INTERVAL`] it adds the tokens
//! that were taken to a common bucket and takes over its state. Between two exchanges it does not see the requests of other
//! instances. Over any period, all instances together admit at most
//!
//! ```text
//! burst + rate × time + (instances - 1) × burst + instances × rate × (INTERVAL + redis.timeout)
//! ```
//!
//! The last two terms are for a client that starts to call every instance at the same moment. They are a debt: it is refilled
//! before anything more is admitted (up to [`MAX_OVERDRAFT`]), so it does not come again and again. While a client stays
//! busy, an instance expects the others to go on at their rate (see [`super::rate_limit`]), and is wrong by about one
//! request for each instance and interval. A quarter of what is left makes an exchange come before its time.
//!
//! The attempts of a session are exact: each one asks.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use tokio::time::{sleep, timeout};

use super::{
    Admission,
    rate_limit::{Takes, now},
};

/// The longest time between two exchanges while a client is busy.
pub const INTERVAL: Duration = Duration::from_millis(100);
/// The shortest.
const MIN_INTERVAL: Duration = Duration::from_millis(5);
/// The most that a client waits because its instances admitted too much.
pub const MAX_OVERDRAFT: Duration = Duration::from_secs(60);

/// The limits that instances share. An implementation has a timeout of its own.
pub trait SharedLimits: Send + Sync {
    /// Adds the tokens that clients took here; returns the state of each client's common bucket, in the same order.
    fn exchange<'a>(&'a self, takes: &'a [(Arc<str>, Takes)]) -> BoxFuture<'a, Result<Vec<Standing>, Away>>;

    /// Takes one of a session's attempts.
    fn take_attempt(&self, attempt: Attempt) -> BoxFuture<'_, Result<Attempted, Away>>;
}

/// The shared limits are unavailable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away;

/// The state of a client's common bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The time until its bucket is full.
    pub debt: Duration,
    /// The tokens that were ever taken from it.
    pub total: u64,
}

/// One of a session's attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// The session.
    pub session: u128,
    /// How many attempts it has.
    pub allowed: u32,
    /// How many were used, by the last answer.
    pub seen: u32,
    /// How many were used here since, without an answer.
    pub unshared: u32,
    /// How long the session still lives.
    pub left: Duration,
}

/// The result of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempted {
    /// Whether there was one left.
    pub is_granted: bool,
    /// How many are used now.
    pub used: u32,
}

impl Admission {
    /// Exchanges what clients took with the other instances, again and again. It ends at once where nothing is shared.
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
        match shared.exchange(&takes).await {
            Ok(standings) => {
                for ((bucket, (_, sent)), standing) in buckets.iter().zip(&takes).zip(standings) {
                    bucket.settle(*sent, standing);
                }
            }
            // The tokens are not sent later: they may have been counted, and after an hour they would exceed any burst.
            Err(Away) => buckets.iter().for_each(|bucket| bucket.count_alone()),
        }
    }
}
