//! Keeps a client from guessing the passcode of an account.
//!
//! Counted are distinct refused credentials for each client and account, in a sliding window. A place is taken before
//! the upstream is asked, so that guesses sent at once are counted like guesses sent one by one; it is given back
//! unless the upstream refuses. Answers from the cache never come here.

use std::{
    collections::VecDeque,
    hash::BuildHasherDefault,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use moka::{policy::EvictionPolicy, sync::Cache};
use tokio::time::Instant;

use super::{cache::PassThrough, fingerprint::Fingerprint};

/// The most accounts that are watched at once: with the default ten attempts that is about 200 MB at the worst. The
/// longest-unused are forgotten first, and at the default client rate no client can fill it within a window.
pub const MAX_TARGETS: u64 = 250_000;

/// The budgets of all clients and accounts.
#[derive(Debug)]
pub struct GuessBudgets {
    targets: Cache<Fingerprint, Arc<Mutex<Guesses>>, BuildHasherDefault<PassThrough>>,
    attempts: usize,
    window: Duration,
}

#[derive(Debug, Default)]
struct Guesses {
    refused: VecDeque<(Fingerprint, Instant)>,
    pending: Vec<Fingerprint>,
}

/// A place in the budget, until it is known what came of it. Dropped, it is given back.
#[derive(Debug)]
pub struct Guess {
    guesses: Arc<Mutex<Guesses>>,
    fingerprint: Fingerprint,
    window: Duration,
}

impl GuessBudgets {
    /// Makes budgets of so many distinct refused credentials in so much time.
    pub fn new(attempts: usize, window: Duration) -> Self {
        let targets = Cache::builder()
            .max_capacity(MAX_TARGETS)
            .time_to_idle(window)
            // A frequency-based policy would not admit a newcomer into a full table, and leave it unwatched.
            .eviction_policy(EvictionPolicy::lru())
            .build_with_hasher(BuildHasherDefault::default());
        Self { targets, attempts, window }
    }

    /// Takes a place for a guess at a target, or returns when one will be free. A guess that was refused before costs
    /// nothing: it tells nothing new.
    pub fn begin(&self, target: Fingerprint, guess: Fingerprint, now: Instant) -> Result<Guess, Duration> {
        let guesses = self.targets.get_with(target, Arc::default);
        let mut inner = lock(&guesses);
        inner.forget_before(now, self.window);
        let is_known = inner.refused.iter().any(|(known, _)| *known == guess) || inner.pending.contains(&guess);
        if !is_known && inner.refused.len() + inner.distinct_pending() >= self.attempts {
            let free = inner.refused.front().map(|(_, at)| (*at + self.window).saturating_duration_since(now));
            let is_full = inner.refused.len() >= self.attempts;
            return Err(free.filter(|_| is_full).unwrap_or(Duration::from_secs(1)));
        }
        inner.pending.push(guess);
        drop(inner);
        Ok(Guess { guesses, fingerprint: guess, window: self.window })
    }

    #[cfg(test)]
    fn count(&self) -> u64 {
        self.targets.run_pending_tasks();
        self.targets.entry_count()
    }
}

impl Guess {
    /// Counts it: the upstream refused the credential.
    pub fn refused(self, now: Instant) {
        let mut inner = lock(&self.guesses);
        inner.forget_before(now, self.window);
        if !inner.refused.iter().any(|(known, _)| *known == self.fingerprint) {
            inner.refused.push_back((self.fingerprint, now));
        }
    }

    /// Forgets all that was counted: the upstream took the credential.
    pub fn succeeded(self) {
        lock(&self.guesses).refused.clear();
    }
}

impl Drop for Guess {
    fn drop(&mut self) {
        let mut inner = lock(&self.guesses);
        if let Some(index) = inner.pending.iter().position(|pending| *pending == self.fingerprint) {
            inner.pending.swap_remove(index);
        }
    }
}

impl Guesses {
    fn forget_before(&mut self, now: Instant, window: Duration) {
        while self.refused.front().is_some_and(|(_, at)| *at + window <= now) {
            self.refused.pop_front();
        }
    }

    fn distinct_pending(&self) -> usize {
        let is_first = |index: usize| !self.pending[..index].contains(&self.pending[index]);
        (0..self.pending.len()).filter(|index| is_first(*index)).count()
    }
}

fn lock(guesses: &Mutex<Guesses>) -> std::sync::MutexGuard<'_, Guesses> {
    guesses.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::fingerprint::Fingerprinter;

    const WINDOW: Duration = Duration::from_secs(600);

    struct Table {
        budgets: GuessBudgets,
        prints: Fingerprinter,
        start: Instant,
    }

    impl Table {
        fn new() -> Self {
            Self {
                budgets: GuessBudgets::new(10, WINDOW),
                prints: Fingerprinter::new().unwrap(),
                start: Instant::now(),
            }
        }

        fn begin(&self, client: &str, guess: usize, second: u64) -> Result<Guess, Duration> {
            let target = self.prints.target(client, "W9R-486-4W5Z");
            let guess = self.prints.target("guess", &guess.to_string());
            self.budgets.begin(target, guess, self.at(second))
        }

        fn at(&self, second: u64) -> Instant {
            self.start + Duration::from_secs(second)
        }
    }

    #[test]
    fn gives_ten_tries_and_tells_when_the_next_is_free() {
        let table = Table::new();
        for guess in 0..10 {
            table.begin("a", guess, guess as u64).unwrap().refused(table.at(guess as u64));
        }
        assert_eq!(table.begin("a", 10, 100).unwrap_err(), Duration::from_secs(500));
        assert!(table.begin("b", 10, 100).is_ok(), "another client is not locked out");
        assert!(table.begin("a", 3, 100).is_ok(), "a guess that was refused before tells nothing new");
        assert!(table.begin("a", 10, 600).is_ok(), "the window slides");
    }

    #[test]
    fn counts_distinct_refusals_alone() {
        let table = Table::new();
        for _ in 0..50 {
            table.begin("a", 1, 0).unwrap().refused(table.at(0));
            drop(table.begin("a", 2, 0).unwrap());
        }
        for guess in 10..19 {
            table.begin("a", guess, 1).unwrap().refused(table.at(1));
        }
        assert!(table.begin("a", 19, 1).is_err());
    }

    #[test]
    fn counts_guesses_that_are_under_way() {
        let table = Table::new();
        let guesses: Vec<_> = (0..10).map(|guess| table.begin("a", guess, 0).unwrap()).collect();
        assert_eq!(table.begin("a", 10, 0).unwrap_err(), Duration::from_secs(1));
        assert!(table.begin("a", 9, 0).is_ok(), "the same credential is no further guess");
        drop(guesses);
        assert!(table.begin("a", 10, 0).is_ok());
    }

    #[test]
    fn starts_anew_after_a_success() {
        let table = Table::new();
        for guess in 0..9 {
            table.begin("a", guess, 0).unwrap().refused(table.at(0));
        }
        table.begin("a", 9, 0).unwrap().succeeded();
        for guess in 20..30 {
            table.begin("a", guess, 0).unwrap().refused(table.at(0));
        }
        assert!(table.begin("a", 30, 0).is_err());
    }

    #[test]
    fn is_bounded_under_a_million_random_accounts() {
        let table = Table::new();
        for index in 0..1_000_000_u32 {
            let target = table.prints.target("a", &index.to_string());
            table.budgets.begin(target, target, table.start).unwrap().refused(table.start);
        }
        assert!(table.budgets.count() <= MAX_TARGETS, "{}", table.budgets.count());
        for guess in 0..10 {
            table.begin("a", guess, 0).unwrap().refused(table.at(0));
        }
        assert!(table.begin("a", 10, 0).is_err(), "a newcomer is watched, however full the table is");
    }
}
