//! What several instances share about their callers: rates and the attempts of sessions.
//!
//! No request waits for a client's rate. Each instance admits by its own bucket, and at an [`INTERVAL`] it adds what it
//! admitted to a common one and takes over where that stands. Between two exchanges an instance does not know what the
//! others admit. So over any time, all instances together admit at most
//!
//! ```text
//! burst + rate × time + (instances - 1) × burst + instances × rate × (INTERVAL + redis.timeout)
//! ```
//!
//! The last two parts are for a client that comes to every instance at once, out of nothing. They are a debt: it is refilled
//! before anything more is admitted (up to [`MAX_OVERDRAFT`]), so it does not come again and again. While a client stays
//! busy, an instance expects the others to go on as they did (see [`super::rate_limit`]), and is wrong by about one
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

/// What instances share. An implementation answers within a time of its own.
pub trait SharedLimits: Send + Sync {
    /// Adds what clients took here; returns where each stands, in the same order.
    fn exchange<'a>(&'a self, takes: &'a [(Arc<str>, Takes)]) -> BoxFuture<'a, Result<Vec<Standing>, Away>>;

    /// Takes one of a session's attempts.
    fn take_attempt(&self, attempt: Attempt) -> BoxFuture<'_, Result<Attempted, Away>>;
}

/// What instances share cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away;

/// Where a client stands with all instances.
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

/// What came of an attempt.
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
            // What was taken is not sent later: it may have arrived, and after an hour it would count at once.
            Err(Away) => buckets.iter().for_each(|bucket| bucket.count_alone()),
        }
    }
}
