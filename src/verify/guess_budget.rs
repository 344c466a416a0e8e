//! Prevents clients from guessing the passcode of an account.
//!
//! Distinct refused credentials are counted per client and account in a sliding window. A guess is reserved before the
//! upstream is asked, so that parallel guesses count like sequential ones. The flight holds the reservations of all its
//! callers and charges them before it caches a refusal, so that disconnecting early saves nothing. Answers from the
//! cache are not counted.
//!
//! A target takes memory only while it has a refusal or a running guess: most credentials are verified at once, and
//! leave nothing behind. Both are recorded and removed under the lock of the target's shard, so that a target that
//! becomes empty cannot be removed together with a new reservation.

use std::{
    hash::BuildHasherDefault,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use hashlink::{LinkedHashMap, linked_hash_map::RawEntryMut};
use tokio::time::Instant;

use super::{cache::PassThrough, fingerprint::Fingerprint, lock, shared::Refused};

/// The maximum number of accounts tracked at once: about 200 MB in the worst case with the default of ten attempts. The
/// least recently used are evicted first; at the default rate limit, no client can fill the table within a window.
pub const MAX_TARGETS: usize = 250_000;

const SHARDS: usize = 64;
/// The number of targets that a reservation removes at most: more than one, so that expired ones are removed faster than
/// new ones are added.
const MAX_REMOVALS: usize = 4;

/// The budgets of all clients and accounts.
#[derive(Debug)]
pub struct GuessBudgets {
    targets: Arc<Targets>,
    attempts: usize,
}

#[derive(Debug)]
struct Targets {
    shards: [Mutex<Shard>; SHARDS],
    window: Duration,
}

/// The targets by their last use, the least recently used first.
type Shard = LinkedHashMap<Fingerprint, Guesses, BuildHasherDefault<PassThrough>>;

/// The guesses at one target: running, refused, or both.
#[derive(Debug, Default)]
struct Guesses(Vec<Known>);

#[derive(Debug)]
struct Known {
    guess: Fingerprint,
    refused_at: Option<Instant>,
    /// The number of reservations while it is running.
    reserved: u32,
    /// Whether the shared tier has not recorded the refusal yet.
    is_owed: bool,
}

/// A reservation in the budget of one client and account, returned when dropped.
#[derive(Debug)]
pub struct Guess {
    targets: Arc<Targets>,
    target: Fingerprint,
    fingerprint: Fingerprint,
    /// The time until a place is free, if this guess was reserved beyond the budget.
    excess: Option<Duration>,
}

impl GuessBudgets {
    /// Creates budgets of `attempts` distinct refused credentials within `window`.
    pub fn new(attempts: usize, window: Duration) -> Self {
        let shards = std::array::from_fn(|_| Mutex::default());
        Self { targets: Arc::new(Targets { shards, window }), attempts }
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
        let window = self.targets.window;
        let mut shard = self.targets.shard(target);
        make_room(&mut shard, now, window);
        let guesses = used_now(&mut shard, target);
        guesses.forget_before(now, window);
        let is_excessive = guesses.find(guess).is_none() && guesses.0.len() >= self.attempts;
        let excess = is_excessive.then(|| {
            let first = guesses.refused().min();
            let is_full = guesses.refused().count() >= self.attempts;
            let free = first.filter(|_| is_full).map(|at| (at + window).saturating_duration_since(now));
            free.unwrap_or(Duration::from_secs(1))
        });
        guesses.reserve(guess);
        drop(shard);
        Guess { targets: self.targets.clone(), target, fingerprint: guess, excess }
    }

    /// Returns the remaining refusals of a target, not counting running guesses.
    pub fn left(&self, target: Fingerprint, now: Instant) -> usize {
        let mut shard = self.targets.shard(target);
        let Some(guesses) = shard.get_mut(&target) else { return self.attempts };
        guesses.forget_before(now, self.targets.window);
        self.attempts.saturating_sub(guesses.refused().count())
    }

    #[cfg(test)]
    fn count(&self) -> usize {
        self.targets.shards.iter().map(|shard| lock(shard).len()).sum()
    }
}

impl Targets {
    fn shard(&self, target: Fingerprint) -> MutexGuard<'_, Shard> {
        lock(&self.shards[target.table_of(SHARDS)])
    }
}

/// Removes expired targets, and the least recently used one if the shard is full. Targets with a running guess are never
/// removed; their number is bounded by that of the callers.
fn make_room(shard: &mut Shard, now: Instant, window: Duration) {
    for _ in 0..MAX_REMOVALS {
        let is_full = shard.len() >= MAX_TARGETS / SHARDS;
        let Some((&target, guesses)) = shard.front() else { return };
        if guesses.is_running() {
            shard.to_back(&target);
        } else if is_full || guesses.is_over(now, window) {
            shard.pop_front();
        } else {
            return;
        }
    }
}

/// Returns the guesses at a target, which becomes the most recently used one.
fn used_now(shard: &mut Shard, target: Fingerprint) -> &mut Guesses {
    match shard.raw_entry_mut().from_key(&target) {
        RawEntryMut::Occupied(mut entry) => {
            entry.to_back();
            entry.into_mut()
        }
        RawEntryMut::Vacant(entry) => entry.insert(target, Guesses::default()).1,
    }
}

impl Guess {
    /// Adds a reservation for the same guess.
    pub fn again(&self) -> Self {
        used_now(&mut self.targets.shard(self.target), self.target).reserve(self.fingerprint);
        let (target, fingerprint) = (self.target, self.fingerprint);
        Self { targets: self.targets.clone(), target, fingerprint, excess: self.excess }
    }

    /// Returns whether both reserve the same guess at the same target.
    pub fn is_same(&self, other: &Self) -> bool {
        self.fingerprints() == other.fingerprints()
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
        let mut shard = self.targets.shard(self.target);
        let guesses = used_now(&mut shard, self.target);
        guesses.forget_before(now, self.targets.window);
        if let Some(known) = guesses.find(self.fingerprint).filter(|known| known.refused_at.is_none()) {
            (known.refused_at, known.is_owed) = (Some(now), is_shared);
        }
    }

    /// Resets the budget: the upstream accepted the credential.
    pub fn reset(&self) {
        self.update(|guesses| guesses.forget_if(|_| true));
    }

    /// Returns the refusals that the shared tier has not recorded yet.
    pub fn owed(&self, now: Instant) -> Vec<Refused> {
        self.update(|guesses| {
            guesses.forget_before(now, self.targets.window);
            let owed = guesses.0.iter().filter(|known| known.is_owed);
            owed.filter_map(|known| Some((known.guess, now.saturating_duration_since(known.refused_at?)))).collect()
        })
    }

    /// Replaces a target's refusals by those of the shared tier, and keeps those that it has not recorded yet.
    pub fn learn(&self, shared: &[Refused], now: Instant) {
        self.update(|guesses| {
            guesses.forget_if(|known| !known.is_owed);
            for (guess, age) in shared {
                let known = guesses.find_or_add(*guess);
                known.refused_at = Some(now.checked_sub(*age).unwrap_or(now));
                known.is_owed = false;
            }
        });
    }

    /// Changes the guesses at the target. It is in the table as long as it has this reservation.
    fn update<T: Default>(&self, change: impl FnOnce(&mut Guesses) -> T) -> T {
        self.targets.shard(self.target).get_mut(&self.target).map(change).unwrap_or_default()
    }
}

impl Drop for Guess {
    fn drop(&mut self) {
        let mut shard = self.targets.shard(self.target);
        let Some(guesses) = shard.get_mut(&self.target) else { return };
        if let Some(known) = guesses.find(self.fingerprint) {
            known.reserved = known.reserved.saturating_sub(1);
        }
        guesses.0.retain(Known::is_used);
        if guesses.0.is_empty() {
            shard.remove(&self.target);
        }
    }
}

impl Guesses {
    fn find(&mut self, guess: Fingerprint) -> Option<&mut Known> {
        self.0.iter_mut().find(|known| known.guess == guess)
    }

    fn find_or_add(&mut self, guess: Fingerprint) -> &mut Known {
        let index = self.0.iter().position(|known| known.guess == guess).unwrap_or_else(|| {
            if self.0.is_empty() {
                // Most targets have one guess; a growing vector would start with room for four.
                self.0.reserve_exact(1);
            }
            self.0.push(Known { guess, refused_at: None, reserved: 0, is_owed: false });
            self.0.len() - 1
        });
        &mut self.0[index]
    }

    fn reserve(&mut self, guess: Fingerprint) {
        self.find_or_add(guess).reserved += 1;
    }

    fn refused(&self) -> impl Iterator<Item = Instant> {
        self.0.iter().filter_map(|known| known.refused_at)
    }

    fn forget_before(&mut self, now: Instant, window: Duration) {
        self.forget_if(|known| known.refused_at.is_some_and(|at| at + window <= now));
    }

    /// Forgets refusals; a running guess remains.
    fn forget_if(&mut self, is_forgotten: impl Fn(&Known) -> bool) {
        self.0.retain_mut(|known| {
            if is_forgotten(known) {
                (known.refused_at, known.is_owed) = (None, false);
            }
            known.is_used()
        });
    }

    fn is_running(&self) -> bool {
        self.0.iter().any(|known| known.reserved > 0)
    }

    fn is_over(&self, now: Instant, window: Duration) -> bool {
        self.refused().all(|at| at + window <= now)
    }
}

impl Known {
    fn is_used(&self) -> bool {
        self.reserved > 0 || self.refused_at.is_some()
    }
}

#[cfg(test)]
#[path = "guess_budget_tests.rs"]
mod tests;
