//! Prevents clients from guessing the passcode of an account.
//!
//! Distinct refused credentials are counted per client and account in a sliding window. A guess is reserved before the
//! upstream is asked, so that parallel guesses count like sequential ones. The flight holds the reservations of all its
//! callers and charges them before it caches a refusal, so that disconnecting early saves nothing. Answers from the
//! cache are not counted.

use std::{
    collections::VecDeque,
    hash::BuildHasherDefault,
    sync::{Arc, Mutex},
    time::Duration,
};

use moka::{policy::EvictionPolicy, sync::Cache};
use tokio::time::Instant;

use super::{cache::PassThrough, fingerprint::Fingerprint, lock, shared::Refused};

/// The maximum number of accounts tracked at once: about 200 MB in the worst case with the default of ten attempts. The
/// least recently used are evicted first; at the default rate limit, no client can fill the table within a window.
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
    /// Running guesses, each with its number of reservations.
    pending: Vec<(Fingerprint, usize)>,
    /// The members of `refused` that the shared tier has not recorded yet.
    owed: Vec<Fingerprint>,
}

/// A reservation in the budget of one client and account, returned when dropped.
#[derive(Debug)]
pub struct Guess {
    guesses: Arc<Mutex<Guesses>>,
    target: Fingerprint,
    fingerprint: Fingerprint,
    window: Duration,
    /// The time until a place is free, if this guess was reserved beyond the budget.
    excess: Option<Duration>,
}

impl GuessBudgets {
    /// Creates budgets of `attempts` distinct refused credentials within `window`.
    pub fn new(attempts: usize, window: Duration) -> Self {
        let targets = Cache::builder()
            .max_capacity(MAX_TARGETS)
            .time_to_idle(window)
            // A frequency-based policy would not admit new entries to a full table, leaving them untracked.
            .eviction_policy(EvictionPolicy::lru())
            .build_with_hasher(BuildHasherDefault::default());
        Self { targets, attempts, window }
    }

    /// Reserves a guess at a target, or returns the time until one is available. A guess that was already refused or is
    /// running costs nothing: it reveals nothing new.
    pub fn reserve(&self, target: Fingerprint, guess: Fingerprint, now: Instant) -> Result<Guess, Duration> {
        let guess = self.reserve_beyond(target, guess, now);
        guess.excess.map_or(Ok(guess), Err)
    }

    /// Reserves a guess even if no place is free: if several instances share the budget, this one may not know of the
    /// success that reset it. [`Guess::excess`] reports that.
    pub fn reserve_beyond(&self, target: Fingerprint, guess: Fingerprint, now: Instant) -> Guess {
        let guesses = self.targets.get_with(target, Arc::default);
        let mut inner = lock(&guesses);
        inner.forget_before(now, self.window);
        let is_known = inner.is_refused(guess) || inner.is_pending(guess);
        let excess = (!is_known && inner.used() >= self.attempts).then(|| {
            let free = inner.refused.front().map(|(_, at)| (*at + self.window).saturating_duration_since(now));
            let is_full = inner.refused.len() >= self.attempts;
            free.filter(|_| is_full).unwrap_or(Duration::from_secs(1))
        });
        inner.add_pending(guess);
        drop(inner);
        Guess { guesses, target, fingerprint: guess, window: self.window, excess }
    }

    /// Returns the remaining refusals of a target, not counting running guesses.
    pub fn left(&self, target: Fingerprint, now: Instant) -> usize {
        let Some(guesses) = self.targets.get(&target) else { return self.attempts };
        let mut inner = lock(&guesses);
        inner.forget_before(now, self.window);
        self.attempts.saturating_sub(inner.refused.len())
    }

    #[cfg(test)]
    fn count(&self) -> u64 {
        self.targets.run_pending_tasks();
        self.targets.entry_count()
    }
}

impl Guess {
    /// Adds a reservation for the same guess.
    pub fn again(&self) -> Self {
        lock(&self.guesses).add_pending(self.fingerprint);
        let (target, fingerprint) = (self.target, self.fingerprint);
        Self { guesses: self.guesses.clone(), target, fingerprint, window: self.window, excess: self.excess }
    }

    /// Returns whether both reserve the same guess at the same target.
    pub fn is_same(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint && Arc::ptr_eq(&self.guesses, &other.guesses)
    }

    /// Returns the fingerprints of the target and of the guess.
    pub fn fingerprints(&self) -> (Fingerprint, Fingerprint) {
        (self.target, self.fingerprint)
    }

    /// Returns the time until a place is free, if this guess was reserved beyond the budget of this instance.
    pub fn excess(&self) -> Option<Duration> {
        self.excess
    }

    /// Charges the guess: the upstream refused the credential. With a shared tier, it stays pending there until
    /// recorded.
    pub fn charge(&self, now: Instant, is_shared: bool) {
        let mut inner = lock(&self.guesses);
        inner.forget_before(now, self.window);
        if !inner.is_refused(self.fingerprint) {
            inner.refused.push_back((self.fingerprint, now));
            if is_shared {
                inner.owed.push(self.fingerprint);
            }
        }
    }

    /// Resets the budget: the upstream accepted the credential.
    pub fn reset(&self) {
        let mut inner = lock(&self.guesses);
        inner.refused.clear();
        inner.owed.clear();
    }

    /// Returns the refusals that the shared tier has not recorded yet.
    pub fn owed(&self, now: Instant) -> Vec<Refused> {
        let mut inner = lock(&self.guesses);
        inner.forget_before(now, self.window);
        let is_owed = |guess: &Fingerprint| inner.owed.contains(guess);
        let refused = inner.refused.iter().filter(|(guess, _)| is_owed(guess));
        refused.map(|(guess, at)| (*guess, now.saturating_duration_since(*at))).collect()
    }

    /// Replaces a target's refusals by those of the shared tier, and keeps those that it has not recorded yet.
    pub fn learn(&self, shared: &[Refused], now: Instant) {
        let mut inner = lock(&self.guesses);
        let is_shared = |guess: &Fingerprint| shared.iter().any(|(known, _)| known == guess);
        inner.owed.retain(|guess| !is_shared(guess));
        let mut refused: Vec<(Fingerprint, Instant)> =
            shared.iter().map(|(guess, age)| (*guess, now.checked_sub(*age).unwrap_or(now))).collect();
        refused.extend(inner.refused.iter().filter(|(guess, _)| inner.owed.contains(guess)));
        refused.sort_by_key(|(_, at)| *at);
        inner.refused = refused.into();
    }
}

impl Drop for Guess {
    fn drop(&mut self) {
        let mut inner = lock(&self.guesses);
        if let Some(index) = inner.pending.iter().position(|(pending, _)| *pending == self.fingerprint) {
            inner.pending[index].1 -= 1;
            if inner.pending[index].1 == 0 {
                inner.pending.swap_remove(index);
            }
        }
    }
}

impl Guesses {
    fn forget_before(&mut self, now: Instant, window: Duration) {
        while self.refused.front().is_some_and(|(_, at)| *at + window <= now) {
            if let Some((guess, _)) = self.refused.pop_front() {
                self.owed.retain(|owed| *owed != guess);
            }
        }
    }

    fn is_refused(&self, guess: Fingerprint) -> bool {
        self.refused.iter().any(|(known, _)| *known == guess)
    }

    fn is_pending(&self, guess: Fingerprint) -> bool {
        self.pending.iter().any(|(pending, _)| *pending == guess)
    }

    fn add_pending(&mut self, guess: Fingerprint) {
        match self.pending.iter_mut().find(|(pending, _)| *pending == guess) {
            Some((_, count)) => *count += 1,
            None => self.pending.push((guess, 1)),
        }
    }

    /// Counts the refused guesses, and the running ones that were not refused before.
    fn used(&self) -> usize {
        self.refused.len() + self.pending.iter().filter(|(pending, _)| !self.is_refused(*pending)).count()
    }
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
            self.budgets.reserve(target, guess, self.at(second))
        }

        fn at(&self, second: u64) -> Instant {
            self.start + Duration::from_secs(second)
        }
    }

    #[test]
    fn gives_ten_tries_and_tells_when_the_next_is_free() {
        let table = Table::new();
        for guess in 0..10 {
            table.begin("a", guess, guess as u64).unwrap().charge(table.at(guess as u64), false);
        }
        assert_eq!(table.begin("a", 10, 100).unwrap_err(), Duration::from_secs(500));
        assert!(table.begin("b", 10, 100).is_ok(), "another client is not locked out");
        assert!(table.begin("a", 3, 100).is_ok(), "an already refused guess reveals nothing new");
        assert!(table.begin("a", 10, 600).is_ok(), "the window slides");
    }

    #[test]
    fn counts_distinct_refusals_alone() {
        let table = Table::new();
        for _ in 0..50 {
            table.begin("a", 1, 0).unwrap().charge(table.at(0), false);
            drop(table.begin("a", 2, 0).unwrap());
        }
        for guess in 10..19 {
            table.begin("a", guess, 1).unwrap().charge(table.at(1), false);
        }
        assert!(table.begin("a", 19, 1).is_err());
    }

    #[test]
    fn counts_guesses_that_are_under_way() {
        let table = Table::new();
        let guesses: Vec<_> = (0..10).map(|guess| table.begin("a", guess, 0).unwrap()).collect();
        assert_eq!(table.begin("a", 10, 0).unwrap_err(), Duration::from_secs(1));
        assert!(table.begin("a", 9, 0).is_ok(), "the same credential is not another guess");
        drop(guesses);
        assert!(table.begin("a", 10, 0).is_ok());
    }

    #[test]
    fn counts_a_known_refusal_once_while_it_is_asked_again() {
        let table = Table::new();
        for guess in 0..5 {
            table.begin("a", guess, 0).unwrap().charge(table.at(0), false);
        }
        let again: Vec<_> = (0..5).map(|guess| table.begin("a", guess, 1).unwrap()).collect();
        let more: Vec<_> = (5..10).map(|guess| table.begin("a", guess, 1).unwrap()).collect();
        assert!(table.begin("a", 10, 1).is_err());
        drop((again, more));
        assert_eq!(table.budgets.left(table.prints.target("a", "W9R-486-4W5Z"), table.at(1)), 5);
    }

    #[test]
    fn watches_an_account_in_any_case_of_its_id() {
        let prints = Fingerprinter::new().unwrap();
        assert_eq!(prints.target("a", "W9R-486-4W5Z"), prints.target("a", "w9r-486-4w5z"));
    }

    #[test]
    fn starts_anew_after_a_success() {
        let table = Table::new();
        for guess in 0..9 {
            table.begin("a", guess, 0).unwrap().charge(table.at(0), false);
        }
        table.begin("a", 9, 0).unwrap().reset();
        for guess in 20..30 {
            table.begin("a", guess, 0).unwrap().charge(table.at(0), false);
        }
        assert!(table.begin("a", 30, 0).is_err());
    }

    #[test]
    fn learns_what_other_instances_know_and_keeps_what_they_do_not() {
        let table = Table::new();
        let print = |guess: usize| table.prints.target("guess", &guess.to_string());
        let mine = table.begin("a", 0, 5).unwrap();
        mine.charge(table.at(5), true);
        let shared: Vec<Refused> = (1..10).map(|guess| (print(guess), Duration::from_secs(guess as u64))).collect();
        mine.learn(&shared, table.at(10));
        assert_eq!(mine.owed(table.at(10)), [(print(0), Duration::from_secs(5))]);
        assert!(table.begin("a", 10, 10).is_err(), "nine of others and one of its own");
        assert_eq!(
            table.budgets.reserve_beyond(mine.target, print(10), table.at(10)).excess(),
            Some(Duration::from_secs(591))
        );
        mine.learn(&[(print(0), Duration::ZERO)], table.at(10));
        assert!(mine.owed(table.at(10)).is_empty());
        assert_eq!(table.budgets.left(mine.target, table.at(10)), 9, "a success elsewhere has reset the budget");
    }

    #[test]
    fn is_bounded_under_a_million_random_accounts() {
        let table = Table::new();
        for index in 0..1_000_000_u32 {
            let target = table.prints.target("a", &index.to_string());
            table.budgets.reserve(target, target, table.start).unwrap().charge(table.start, false);
        }
        assert!(table.budgets.count() <= MAX_TARGETS, "{}", table.budgets.count());
        for guess in 0..10 {
            table.begin("a", guess, 0).unwrap().charge(table.at(0), false);
        }
        assert!(table.begin("a", 10, 0).is_err(), "a new target is tracked even in a full table");
    }
}
