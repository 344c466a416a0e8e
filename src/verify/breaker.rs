//! A circuit breaker: a pure state machine that receives the time as an argument.
//!
//! Closed, it counts consecutive failures, and opens after enough of them from enough different accounts: a single
//! broken account must not make a region unavailable to all others. Open, it refuses calls until the open time has
//! passed; then one probe at a time decides. A failed probe makes its account a suspect. A suspect probes again after
//! the open time, concurrently with other accounts and not before them, so that a single failing account cannot keep a
//! region unavailable either. Calls that began before the breaker opened no longer count (ADR 6).

use std::time::Duration;

use tokio::time::Instant;

use super::fingerprint::Fingerprint;
use crate::observe::BreakerState;

/// The maximum number of suspects; the oldest is forgotten first.
const MAX_SUSPECTS: usize = 64;

/// The breaker of one region.
#[derive(Debug)]
pub struct Breaker {
    threshold: u32,
    min_accounts: usize,
    open_time: Duration,
    /// When the region last answered.
    last_alive: Option<Instant>,
    state: State,
}

#[derive(Debug)]
enum State {
    Closed {
        failures: u32,
        /// Distinct accounts among the failures, up to `min_accounts`.
        accounts: Vec<Fingerprint>,
    },
    Open {
        until: Instant,
        suspects: Vec<Suspect>,
        /// A probe of an account that is not a suspect is running.
        is_probing: bool,
        /// A probe of a suspect is running.
        is_probing_suspect: bool,
    },
}

/// An account whose probe failed.
#[derive(Debug, Clone, Copy)]
struct Suspect {
    account: Fingerprint,
    /// When it may probe again.
    next: Instant,
}

/// How a call was admitted; pass it to [`Breaker::settle`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// An ordinary call.
    Ordinary,
    /// A call that decides whether the region works again.
    Probe {
        /// Whether an earlier probe of the same account failed.
        is_suspect: bool,
    },
}

/// What a call shows about its region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// The region answered.
    Alive,
    /// The region did not answer, or answered with an error.
    Failing,
    /// All callers disconnected after a second or longer: a failure, unless the region has recently answered others.
    Abandoned,
    /// Nothing: the call was cancelled, or failed for a local reason.
    Unknown,
}

impl Breaker {
    /// Creates a closed breaker that opens after `threshold` consecutive failures from at least `min_accounts` accounts.
    pub fn new(threshold: u32, min_accounts: usize, open_time: Duration) -> Self {
        Self { threshold, min_accounts, open_time, last_alive: None, state: State::closed() }
    }

    /// Admits a call of an account, or returns the time to wait.
    pub fn admit(&mut self, account: Fingerprint, now: Instant) -> Result<Pass, Duration> {
        let State::Open { until, suspects, is_probing, is_probing_suspect } = &mut self.state else {
            return Ok(Pass::Ordinary);
        };
        if now < *until {
            return Err(*until - now);
        }
        let suspect = suspects.iter().find(|suspect| suspect.account == account);
        let is_busy = if suspect.is_some() { is_probing_suspect } else { is_probing };
        match suspect {
            Some(suspect) if now < suspect.next => Err(suspect.next - now),
            _ if *is_busy => Err(Duration::from_secs(1)),
            _ => {
                *is_busy = true;
                Ok(Pass::Probe { is_suspect: suspect.is_some() })
            }
        }
    }

    /// Records the result of an admitted call.
    pub fn settle(&mut self, pass: Pass, account: Fingerprint, health: Health, now: Instant) {
        let health = match health {
            Health::Alive => {
                self.last_alive = Some(now);
                health
            }
            Health::Abandoned => {
                let answers = self.last_alive.is_some_and(|alive| now < alive + self.open_time);
                if answers { Health::Unknown } else { Health::Failing }
            }
            Health::Failing | Health::Unknown => health,
        };
        match (&mut self.state, pass) {
            (State::Closed { failures, accounts }, Pass::Ordinary) => match health {
                Health::Alive => {
                    *failures = 0;
                    accounts.clear();
                }
                Health::Failing => {
                    *failures = failures.saturating_add(1);
                    if accounts.len() < self.min_accounts && !accounts.contains(&account) {
                        accounts.push(account);
                    }
                    if *failures >= self.threshold && accounts.len() >= self.min_accounts {
                        self.state = State::open(now + self.open_time);
                    }
                }
                Health::Abandoned | Health::Unknown => {}
            },
            (State::Open { until, suspects, is_probing, is_probing_suspect }, Pass::Probe { is_suspect }) => {
                *(if is_suspect { is_probing_suspect } else { is_probing }) = false;
                match health {
                    Health::Alive => self.state = State::closed(),
                    Health::Failing => {
                        let next = now + self.open_time;
                        suspects.retain(|suspect| suspect.account != account);
                        if suspects.len() == MAX_SUSPECTS {
                            suspects.remove(0);
                        }
                        suspects.push(Suspect { account, next });
                        // A suspect's failure shows nothing new about the region.
                        if !is_suspect {
                            *until = next;
                        }
                    }
                    Health::Abandoned | Health::Unknown => {}
                }
            }
            // A call from before the last state change.
            (State::Closed { .. }, Pass::Probe { .. }) | (State::Open { .. }, Pass::Ordinary) => {}
        }
    }

    /// Returns the state of the breaker; half-open while a probe is running.
    pub fn level(&self) -> BreakerState {
        match &self.state {
            State::Closed { .. } => BreakerState::Closed,
            State::Open { is_probing: false, is_probing_suspect: false, .. } => BreakerState::Open,
            State::Open { .. } => BreakerState::HalfOpen,
        }
    }
}

impl State {
    fn closed() -> Self {
        Self::Closed { failures: 0, accounts: Vec::new() }
    }

    fn open(until: Instant) -> Self {
        Self::Open { until, suspects: Vec::new(), is_probing: false, is_probing_suspect: false }
    }
}

#[cfg(test)]
#[path = "breaker_tests.rs"]
mod tests;
