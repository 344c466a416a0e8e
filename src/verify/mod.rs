//! The use case: verifies a credential with as few upstream calls as possible.
//!
//! A question passes the fingerprint, the cache, the guess budget and the single flight (`pipeline`); the flight passes
//! the bulkhead, the breaker and the retries to the upstream (`gate`). Several regions are asked concurrently, and
//! `combine` merges their answers into one. This room does not know HTTP: it asks through the port [`Connect`].

mod breaker;
mod bulkhead;
mod cache;
mod calls;
mod combine;
mod fingerprint;
mod fleet;
mod flight;
mod gate;
mod guess_budget;
mod ledger;
mod pipeline;
mod retry;
pub mod shared;
mod trip;
mod turns;

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use tokio::time::Instant;

pub use self::{
    cache::Moment,
    fingerprint::{Fingerprint, Fingerprinter},
    pipeline::Verifier,
};
use crate::{
    model::{Credential, Outcome, Submission},
    observe::{Resource, Span, UpstreamResult},
};

/// A boxed future, as returned by ports.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The port to CleverTap. An attempt ends within the timeout.
pub trait Connect: Send + Sync + 'static {
    /// Makes one attempt.
    fn attempt<'a>(&'a self, credential: &'a Credential, timeout: Duration) -> BoxFuture<'a, Attempt>;
}

/// The result of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its meaning.
    pub outcome: Outcome,
    /// The result of the HTTP exchange, for the metrics, or the missing resource of this process.
    pub result: Result<UpstreamResult, Resource>,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Whether a retry may succeed.
    pub is_retryable: bool,
}

/// A question for the use case.
#[derive(Debug)]
pub struct Question<'a> {
    /// The parsed input.
    pub submission: &'a Submission,
    /// The client, for the guess budget.
    pub client: &'a str,
    /// The partner on whose behalf the upstream is asked.
    pub partner: &'a Arc<str>,
    /// The maximum age of the answer.
    pub freshness: Freshness,
    /// Whether to try the other regions after a refusal.
    pub suggest_region: bool,
    /// The deadline of the answer.
    pub deadline: Instant,
    /// When it is asked.
    pub asked_at: Moment,
    /// How it waits for the upstream.
    pub patience: Patience,
    /// The request's span.
    pub span: &'a Span,
}

/// How a question waits for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// A person is waiting: after `upstream.queue_timeout` it is refused as busy.
    Interactive,
    /// Part of a batch: it waits for its share of a region's permits and rate until its deadline, and leaves the rest
    /// to interactive questions.
    Batch,
}

/// The maximum age of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// As old as the cache allows.
    Any,
    /// Younger than this.
    YoungerThan(Duration),
    /// Newly asked.
    New,
}

impl Freshness {
    /// Returns whether a remembered verdict of this time is young enough.
    pub fn accepts(self, checked_at: SystemTime, now: SystemTime) -> bool {
        match self {
            Self::Any => true,
            // A clock that was set back makes every verdict old.
            Self::YoungerThan(most) => now.duration_since(checked_at).is_ok_and(|age| age < most),
            Self::New => false,
        }
    }
}

/// Locks a mutex. Poisoning is ignored, because no panic leaves a partial change behind.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
