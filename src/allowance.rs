//! How long one request may wait for the shared tier: over all its calls, at most one timeout.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// The time that a request has waited for the shared tier so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Delay {
    time: Duration,
    is_over: bool,
}

/// Limits the waiting of one request. Each of its calls to the shared tier waits within the time that the earlier ones
/// left, and after one without an answer, the request continues without the shared tier.
#[derive(Debug, Default)]
pub struct Allowance {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waited: Delay,
    /// The running calls, and when the first of them began: calls at the same time count once.
    running: Option<(usize, Instant)>,
}

/// A running call, which counts until it is dropped.
#[derive(Debug)]
pub struct Waiting<'a> {
    allowance: &'a Allowance,
    until: Instant,
}

impl Allowance {
    /// Creates the allowance of a request that has already waited.
    pub fn after(waited: Delay) -> Self {
        Self { state: Mutex::new(State { waited, running: None }) }
    }

    /// Begins a call. `limit` is the timeout. Returns `None` if no time is left.
    pub fn begin(&self, limit: Duration) -> Option<Waiting<'_>> {
        let (now, mut state) = (Instant::now(), self.lock());
        let left = limit.checked_sub(state.waited_at(now).time).filter(|left| !left.is_zero())?;
        if state.waited.is_over {
            return None;
        }
        let (count, since) = state.running.unwrap_or((0, now));
        state.running = Some((count + 1, since));
        Some(Waiting { allowance: self, until: now + left })
    }

    /// Ends the waiting: a call was not answered.
    pub fn end(&self) {
        self.lock().waited.is_over = true;
    }

    /// Returns whether a call was not answered.
    pub fn is_over(&self) -> bool {
        self.lock().waited.is_over
    }

    /// Returns what the request has waited so far.
    pub fn waited(&self) -> Delay {
        self.lock().waited_at(Instant::now())
    }

    /// Creates an allowance with what is left of this one, for calls that take no time of the request when they are
    /// answered: it waits for something else anyway.
    #[must_use]
    pub fn aside(&self) -> Self {
        Self::after(self.waited())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn waited_at(&self, now: Instant) -> Delay {
        let running = self.running.map_or(Duration::ZERO, |(_, since)| now.saturating_duration_since(since));
        Delay { time: self.waited.time + running, ..self.waited }
    }
}

impl Waiting<'_> {
    /// Returns until when the call may wait.
    pub fn until(&self) -> Instant {
        self.until
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let (now, mut state) = (Instant::now(), self.allowance.lock());
        match state.running {
            Some((count, since)) if count > 1 => state.running = Some((count - 1, since)),
            _ => {
                state.waited = state.waited_at(now);
                state.running = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const LIMIT: Duration = Duration::from_millis(50);

    #[tokio::test(start_paused = true)]
    async fn all_calls_together_have_one_limit() {
        let allowance = Allowance::default();
        for _ in 0..2 {
            let waiting = allowance.begin(LIMIT).unwrap();
            advance(Duration::from_millis(20)).await;
            drop(waiting);
            advance(Duration::from_secs(1)).await;
        }
        let waiting = allowance.begin(LIMIT).unwrap();
        assert_eq!(waiting.until(), Instant::now() + Duration::from_millis(10));
        drop(waiting);
        let later = Allowance::after(allowance.waited());
        let waiting = later.begin(LIMIT).unwrap();
        advance(Duration::from_millis(10)).await;
        drop(waiting);
        assert!(later.begin(LIMIT).is_none() && allowance.begin(LIMIT).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn calls_at_the_same_time_count_once() {
        let allowance = Allowance::default();
        let calls: Vec<_> = (0..6).map(|_| allowance.begin(LIMIT).unwrap()).collect();
        advance(Duration::from_millis(20)).await;
        assert_eq!(allowance.begin(LIMIT).unwrap().until(), Instant::now() + Duration::from_millis(30));
        drop(calls);
        assert_eq!(allowance.waited().time, Duration::from_millis(20));
    }

    #[tokio::test(start_paused = true)]
    async fn ends_with_a_call_without_an_answer() {
        let allowance = Allowance::default();
        allowance.aside().end();
        assert!(allowance.begin(LIMIT).is_some(), "ending an allowance of `aside` does not end the original");
        allowance.end();
        assert!(allowance.begin(LIMIT).is_none() && allowance.aside().is_over());
    }
}
