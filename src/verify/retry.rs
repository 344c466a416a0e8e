//! When to retry: pauses with full jitter, and a budget so that retries cannot amplify an outage.
//!
//! Pure: time and randomness are passed in.

use std::time::Duration;

use tokio::time::Instant;

/// The number of retries that a region always has per ten seconds, however few its requests are.
pub const RESERVE: u64 = 30;
/// Slots of one second each, which together are the recent past.
const SLOTS: usize = 10;

/// Returns the pause before the retry that follows attempt `attempt` (1 is the first): a random time up to `base`
/// doubled for each further attempt, at most `max`. `chance` is from 0 to 1.
pub fn backoff(attempt: u32, base: Duration, max: Duration, chance: f64) -> Duration {
    let doubled = base.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    doubled.min(max).mul_f64(chance.clamp(0.0, 1.0))
}

/// Allows retries up to a share of a region's recent requests, plus [`RESERVE`].
#[derive(Debug)]
pub struct RetryBudget {
    percent: u64,
    start: Instant,
    slots: [Slot; SLOTS],
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    second: u64,
    requests: u64,
    retries: u64,
}

impl RetryBudget {
    /// Creates a budget of `percent`; zero allows no retries.
    pub fn new(percent: u32, now: Instant) -> Self {
        Self { percent: percent.into(), start: now, slots: [Slot::default(); SLOTS] }
    }

    /// Counts a request that is not a retry.
    pub fn request(&mut self, now: Instant) {
        self.slot(now).requests += 1;
    }

    /// Takes a retry from the budget, if one is available.
    pub fn try_retry(&mut self, now: Instant) -> bool {
        let second = self.second(now);
        let recent = self.slots.iter().filter(|slot| slot.second + SLOTS as u64 > second);
        let (requests, retries) =
            recent.fold((0, 0), |(requests, retries), slot| (requests + slot.requests, retries + slot.retries));
        let is_allowed = self.percent > 0 && retries < RESERVE + requests * self.percent / 100;
        if is_allowed {
            self.slot(now).retries += 1;
        }
        is_allowed
    }

    fn second(&self, now: Instant) -> u64 {
        // Start one window in, so that an unused slot is never recent.
        now.saturating_duration_since(self.start).as_secs() + SLOTS as u64
    }

    fn slot(&mut self, now: Instant) -> &mut Slot {
        let second = self.second(now);
        let slot = &mut self.slots[(second % SLOTS as u64) as usize];
        if slot.second != second {
            *slot = Slot { second, ..Slot::default() };
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Duration = Duration::from_millis(100);
    const MAX: Duration = Duration::from_secs(1);
    const WINDOW: Duration = Duration::from_secs(SLOTS as u64);

    #[test]
    fn doubles_the_pause_up_to_the_most() {
        let pauses: Vec<u128> = (1..=6).map(|attempt| backoff(attempt, BASE, MAX, 1.0).as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(backoff(u32::MAX, BASE, MAX, 0.5).as_millis(), 500);
        assert_eq!(backoff(3, BASE, MAX, 0.0), Duration::ZERO);
    }

    #[test]
    fn holds_retries_to_a_share_of_the_requests() {
        let now = Instant::now();
        let mut budget = RetryBudget::new(20, now);
        for _ in 0..1000 {
            budget.request(now);
        }
        let allowed = (0..1000).filter(|_| budget.try_retry(now)).count() as u64;
        assert_eq!(allowed, 200 + RESERVE);
    }

    #[test]
    fn forgets_what_is_not_recent() {
        let now = Instant::now();
        let mut budget = RetryBudget::new(20, now);
        let allowed = |budget: &mut RetryBudget, at| (0..100).filter(|_| budget.try_retry(at)).count() as u64;
        assert_eq!(allowed(&mut budget, now), RESERVE);
        assert_eq!(allowed(&mut budget, now + WINDOW - Duration::from_secs(1)), 0);
        assert_eq!(allowed(&mut budget, now + WINDOW), RESERVE);
    }

    #[test]
    fn allows_none_at_zero_percent() {
        assert!(!RetryBudget::new(0, Instant::now()).try_retry(Instant::now()));
    }
}
