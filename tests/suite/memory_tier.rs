//! The shared tier in memory: the same steps as the scripts, on the runtime's clock, with injected faults.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use connect_verifier::{
    allowance::Allowance,
    verify::{
        BoxFuture, Fingerprint, Freshness,
        shared::{
            Ask, Asked, Away, Charge, Claim, Fence, LEASE_TIME, Place, RateClaim, Rated, Refused, Reply, Settlement,
            SharedTier, Stored,
        },
    },
};
use tokio::time::{Instant, sleep, timeout_at};

/// How long a request waits.
const TIMEOUT: Duration = Duration::from_millis(50);

/// The state that all instances share.
#[derive(Debug, Default)]
pub struct State {
    verdicts: HashMap<Fingerprint, (Stored, Instant)>,
    leases: HashMap<Fingerprint, (usize, Fence, Instant)>,
    refused: HashMap<Fingerprint, Vec<(Fingerprint, Instant)>>,
    pending: HashMap<Fingerprint, Vec<(Fingerprint, u64, Instant)>>,
    /// The claims of callers that wait for another instance's call.
    waiting: HashMap<Fingerprint, Vec<Claim>>,
    /// How many of 256 requests are lost; half of those still take effect.
    pub loss: u8,
    /// The time of a request in one direction, instead of a random one.
    pub latency: Option<Duration>,
    random: fastrand::Rng,
}

/// The tier as one instance sees it.
#[derive(Debug, Clone)]
pub struct MemoryTier {
    pub state: Arc<Mutex<State>>,
    owner: usize,
    attempts: usize,
    window: Duration,
}

impl MemoryTier {
    pub fn new(state: &Arc<Mutex<State>>, owner: usize, attempts: usize, window: Duration) -> Self {
        Self { state: state.clone(), owner, attempts, window }
    }

    /// Runs a step of a request, which waits within its allowance.
    async fn step_within<T>(
        &self,
        allowance: &Allowance,
        step: impl FnOnce(&Self, &mut State) -> T,
    ) -> Result<T, Away> {
        let Some(waiting) = allowance.begin(TIMEOUT) else { return Err(Away) };
        match timeout_at(waiting.until(), self.step(step)).await {
            Ok(Ok(done)) => Ok(done),
            _ => {
                allowance.end();
                Err(Away)
            }
        }
    }

    /// Runs a step after a delay, or loses it.
    async fn step<T>(&self, step: impl FnOnce(&Self, &mut State) -> T) -> Result<T, Away> {
        let (is_lost, is_done, latency) = {
            let mut state = self.state.lock().unwrap();
            let is_lost = state.random.u8(..) < state.loss;
            let random = Duration::from_micros(state.random.u64(100..500));
            (is_lost, state.random.bool(), state.latency.unwrap_or(random))
        };
        sleep(latency).await;
        let result = (!is_lost || is_done).then(|| step(self, &mut self.state.lock().unwrap()));
        sleep(if is_lost { TIMEOUT } else { latency }).await;
        result.filter(|_| !is_lost).ok_or(Away)
    }

    fn ask_now(&self, state: &mut State, ask: &Ask<'_>) -> Asked {
        let (now, key) = (Instant::now(), ask.place.credential);
        if let Some((stored, _)) = state.verdicts.get(&key).filter(|(_, until)| now < *until) {
            let is_young =
                ask.freshness != Freshness::New && ask.freshness.accepts(stored.checked_at, SystemTime::now());
            if is_young || ask.awaited == Some(stored.fence) {
                return Asked { reply: Reply::Hit(stored.clone()), refused: None };
            }
        }
        let mut list = Vec::new();
        if let Some(claim) = &ask.claim {
            for (guess, age) in &ask.owed {
                self.charge(state, claim.target, *guess, now - *age);
            }
            list = self.list(state, claim.target);
            let pending = state.pending.entry(claim.target).or_default();
            pending.retain(|(_, _, until)| now < *until);
            let is_refused = |guess: &Fingerprint| list.iter().any(|(known, _)| known == guess);
            let mut guesses: Vec<Fingerprint> = pending.iter().map(|(guess, ..)| *guess).collect();
            guesses.sort_by_key(|guess| *guess.as_bytes());
            guesses.dedup();
            let is_known = is_refused(&claim.guess) || guesses.contains(&claim.guess);
            let used = list.len() + guesses.iter().filter(|guess| !is_refused(guess)).count();
            if !is_known && used >= self.attempts {
                let oldest = list.iter().map(|(_, age)| *age).max().unwrap_or_default();
                let wait = if list.len() >= self.attempts {
                    self.window.saturating_sub(oldest)
                } else {
                    Duration::from_secs(1)
                };
                return Asked { reply: Reply::TooMany(wait), refused: Some(list) };
            }
            pending.push((claim.guess, claim.reservation, now + claim.hold));
        }
        let reply = match state.leases.get(&key).filter(|(_, _, until)| now < *until) {
            Some((owner, fence, _)) if *owner != self.owner => {
                state.waiting.entry(key).or_default().extend(ask.claim);
                Reply::Held(*fence)
            }
            held => {
                let fence = held.map_or(ask.fence, |(_, fence, _)| *fence);
                state.leases.insert(key, (self.owner, fence, now + LEASE_TIME));
                Reply::Go { fence, turn: ask.rate.map(|_| Rated::Turn(Duration::ZERO)) }
            }
        };
        Asked { reply, refused: Some(list) }
    }

    fn charge(&self, state: &mut State, target: Fingerprint, guess: Fingerprint, at: Instant) {
        self.list(state, target);
        let refused = state.refused.entry(target).or_default();
        if !refused.iter().any(|(known, _)| *known == guess) {
            refused.push((guess, at));
        }
    }

    fn list(&self, state: &mut State, target: Fingerprint) -> Vec<Refused> {
        let now = Instant::now();
        let refused = state.refused.entry(target).or_default();
        refused.retain(|(_, at)| now < *at + self.window);
        refused.iter().map(|(guess, at)| (*guess, now - *at)).collect()
    }

    fn settle_now(&self, state: &mut State, settlement: &Settlement) -> Vec<Vec<Refused>> {
        let (now, key) = (Instant::now(), settlement.place.credential);
        let ended = now - settlement.age;
        let is_mine = |(owner, fence, until): &(usize, Fence, Instant)| {
            *owner == self.owner && Some(*fence) == settlement.fence && now < *until
        };
        let is_holder = state.leases.get(&key).is_some_and(is_mine);
        let mut claims = settlement.claims.clone();
        if is_holder && settlement.charge != Charge::Return {
            claims.extend(state.waiting.remove(&key).unwrap_or_default());
        }
        let mut lists = Vec::new();
        for claim in &claims {
            state.pending.entry(claim.target).or_default().retain(|(_, number, _)| *number != claim.reservation);
            match settlement.charge {
                Charge::Refuse => self.charge(state, claim.target, claim.guess, ended),
                Charge::Reset => state.refused.entry(claim.target).or_default().retain(|(_, at)| *at > ended),
                Charge::Return => {}
            }
            lists.push(self.list(state, claim.target));
        }
        if let Some(stored) = &settlement.store
            && (is_holder || settlement.fence.is_none() || !state.verdicts.contains_key(&key))
        {
            let ttl = stored.expires_at.duration_since(SystemTime::now()).unwrap_or_default();
            state.verdicts.insert(key, (stored.clone(), now + ttl));
        }
        if is_holder {
            state.leases.remove(&key);
        }
        lists
    }
}

impl SharedTier for MemoryTier {
    fn is_up(&self) -> bool {
        true
    }

    fn timeout(&self) -> Duration {
        TIMEOUT
    }

    fn ask<'a>(&'a self, ask: &'a Ask<'a>) -> BoxFuture<'a, Result<Asked, Away>> {
        Box::pin(self.step_within(ask.allowance, move |tier, state| tier.ask_now(state, ask)))
    }

    fn renew(&self, place: Place, fence: Option<Fence>, claim: Claim) -> BoxFuture<'_, Result<(), Away>> {
        Box::pin(self.step(move |tier, state| {
            let now = Instant::now();
            if let Some(fence) = fence {
                let held = state.leases.get(&place.credential).filter(|(_, _, until)| now < *until);
                if held.is_none_or(|(owner, known, _)| (*owner, *known) == (tier.owner, fence)) {
                    state.leases.insert(place.credential, (tier.owner, fence, now + LEASE_TIME));
                }
            }
            let pending = state.pending.entry(claim.target).or_default();
            for (_, _, until) in pending.iter_mut().filter(|(_, number, _)| *number == claim.reservation) {
                *until = now + claim.hold;
            }
        }))
    }

    fn take_rate<'a>(&'a self, _: RateClaim<'a>, allowance: &'a Allowance) -> BoxFuture<'a, Result<Rated, Away>> {
        Box::pin(self.step_within(allowance, |_, _| Rated::Turn(Duration::ZERO)))
    }

    fn settle<'a>(&'a self, settlement: &'a Settlement) -> BoxFuture<'a, Result<Vec<Vec<Refused>>, Away>> {
        Box::pin(self.step(move |tier, state| tier.settle_now(state, settlement)))
    }
}
