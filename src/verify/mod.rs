//! The use case: is this credential good, asked as seldom as possible.
//!
//! A question goes through fingerprint, cache, guess budget and single flight (`pipeline`); the flight goes through
//! bulkhead, breaker and retries to the upstream (`gate`). Several regions go the same way at once, and `combine` makes
//! one answer of theirs. The room knows no HTTP: it asks through the port [`Connect`].

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
mod pipeline;
mod retry;
pub mod shared;
mod turns;

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use tokio::time::Instant;

pub use self::{
    fingerprint::{Fingerprint, Fingerprinter},
    pipeline::Verifier,
};
use crate::{
    model::{Credential, Outcome, Submission},
    observe::{Resource, Span, UpstreamResult},
};

/// A future behind a pointer: what a port returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The port to CleverTap: one attempt, which ends within the timeout.
pub trait Connect: Send + Sync + 'static {
    /// Asks once.
    fn attempt<'a>(&'a self, credential: &'a Credential, timeout: Duration) -> BoxFuture<'a, Attempt>;
}

/// What came of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// What it means.
    pub outcome: Outcome,
    /// What it was on the wire, for the metrics; or the resource of this process that was missing to make it.
    pub result: Result<UpstreamResult, Resource>,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// Whether another attempt may end better.
    pub is_retryable: bool,
}

/// A question to the use case.
#[derive(Debug)]
pub struct Question<'a> {
    /// What the customer typed.
    pub submission: &'a Submission,
    /// Who asks, for the guess budget.
    pub client: &'a str,
    /// In whose name the upstream is asked.
    pub partner: &'a Arc<str>,
    /// How old an answer may be.
    pub freshness: Freshness,
    /// Whether to look for refused credentials in the other regions.
    pub suggest_region: bool,
    /// When an answer must be there.
    pub deadline: Instant,
    /// How its turn for the upstream comes.
    pub patience: Patience,
    /// The request's span.
    pub span: &'a Span,
}

/// How a question waits for its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// A person waits: past `upstream.queue_timeout` it is refused as busy.
    Interactive,
    /// Part of a batch: it waits for its share of a region's places and rate until its deadline, and leaves the rest of
    /// both to interactive questions.
    Batch,
}

/// How old an answer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// As old as the cache keeps it.
    Any,
    /// Younger than this.
    YoungerThan(Duration),
    /// Asked for now.
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
