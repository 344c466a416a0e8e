//! A circuit breaker: a pure state machine that is told the time.
//!
//! Closed, it counts consecutive failures. Open, it refuses until its time is up; then it lets exactly one probe
//! through, and what comes of that decides. Calls that began before it opened no longer count.

use std::time::Duration;

use tokio::time::Instant;

/// The breaker of one region.
#[derive(Debug)]
pub struct Breaker {
    threshold: u32,
    open_time: Duration,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open { until: Instant },
    HalfOpen,
}

/// What a call is let through as; it goes back into [`Breaker::settle`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// An ordinary call.
    Ordinary,
    /// The one that decides.
    Probe,
}

/// What came of a call, as far as the breaker cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// The region answered.
    Alive,
    /// It did not, or not as it should.
    Failing,
    /// The call was given up before it was known.
    Unknown,
}

impl Breaker {
    /// Makes a closed one.
    pub fn new(threshold: u32, open_time: Duration) -> Self {
        Self { threshold, open_time, state: State::Closed { failures: 0 } }
    }

    /// Lets a call through, or returns the time to wait.
    pub fn admit(&mut self, now: Instant) -> Result<Pass, Duration> {
        match self.state {
            State::Closed { .. } => Ok(Pass::Ordinary),
            State::Open { until } if now >= until => {
                self.state = State::HalfOpen;
                Ok(Pass::Probe)
            }
            State::Open { until } => Err(until - now),
            State::HalfOpen => Err(Duration::from_secs(1)),
        }
    }

    /// Takes in what came of a call that was let through.
    pub fn settle(&mut self, pass: Pass, health: Health, now: Instant) {
        self.state = match (self.state, pass, health) {
            (State::Closed { .. }, Pass::Ordinary, Health::Alive) | (State::HalfOpen, Pass::Probe, Health::Alive) => {
                State::Closed { failures: 0 }
            }
            (State::Closed { failures }, Pass::Ordinary, Health::Failing) if failures + 1 < self.threshold => {
                State::Closed { failures: failures + 1 }
            }
            (State::Closed { .. }, Pass::Ordinary, Health::Failing)
            | (State::HalfOpen, Pass::Probe, Health::Failing) => State::Open { until: now + self.open_time },
            // The next call becomes the probe.
            (State::HalfOpen, Pass::Probe, Health::Unknown) => State::Open { until: now },
            (state, _, _) => state,
        };
    }

    /// Returns the number that the metric shows: 0 closed, 1 half-open, 2 open.
    pub fn level(&self) -> u8 {
        match self.state {
            State::Closed { .. } => 0,
            State::HalfOpen => 1,
            State::Open { .. } => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Duration = Duration::from_secs(10);

    fn opened(now: Instant) -> Breaker {
        let mut breaker = Breaker::new(3, OPEN);
        for _ in 0..3 {
            let pass = breaker.admit(now).unwrap();
            breaker.settle(pass, Health::Failing, now);
        }
        breaker
    }

    #[test]
    fn opens_after_consecutive_failures_alone() {
        let (mut breaker, now) = (Breaker::new(3, OPEN), Instant::now());
        for health in
            [Health::Failing, Health::Failing, Health::Alive, Health::Failing, Health::Failing, Health::Unknown]
        {
            let pass = breaker.admit(now).unwrap();
            breaker.settle(pass, health, now);
            assert_eq!(breaker.level(), 0);
        }
        breaker.settle(Pass::Ordinary, Health::Failing, now);
        assert_eq!(breaker.level(), 2);
    }

    #[test]
    fn tells_the_time_left() {
        let now = Instant::now();
        let mut breaker = opened(now);
        assert_eq!(breaker.admit(now + Duration::from_secs(3)), Err(Duration::from_secs(7)));
    }

    #[test]
    fn lets_one_probe_through_and_closes() {
        let now = Instant::now();
        let mut breaker = opened(now);
        let later = now + OPEN;
        assert_eq!(breaker.admit(later), Ok(Pass::Probe));
        for _ in 0..100 {
            assert!(breaker.admit(later).is_err());
        }
        breaker.settle(Pass::Probe, Health::Alive, later);
        assert_eq!(breaker.admit(later), Ok(Pass::Ordinary));
    }

    #[test]
    fn opens_again_when_the_probe_fails() {
        let now = Instant::now();
        let mut breaker = opened(now);
        let later = now + OPEN;
        assert_eq!(breaker.admit(later), Ok(Pass::Probe));
        breaker.settle(Pass::Probe, Health::Failing, later);
        assert_eq!(breaker.admit(later), Err(OPEN));
    }

    #[test]
    fn lets_another_probe_through_when_one_is_given_up() {
        let now = Instant::now();
        let mut breaker = opened(now);
        let later = now + OPEN;
        assert_eq!(breaker.admit(later), Ok(Pass::Probe));
        breaker.settle(Pass::Probe, Health::Unknown, later);
        assert_eq!(breaker.admit(later), Ok(Pass::Probe));
    }

    #[test]
    fn ignores_late_news_of_calls_from_before() {
        let now = Instant::now();
        let mut breaker = opened(now);
        breaker.settle(Pass::Ordinary, Health::Alive, now);
        assert_eq!(breaker.level(), 2);
        assert_eq!(breaker.admit(now + OPEN), Ok(Pass::Probe));
        breaker.settle(Pass::Ordinary, Health::Failing, now + OPEN);
        assert_eq!(breaker.level(), 1);
    }
}
