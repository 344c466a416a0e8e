//! The path of a question through the shared tier: a verdict of another instance; a reservation for the guess and the
//! lease on the call; or waiting for the instance that holds the lease.
//!
//! If the shared tier does not answer, the instance handles the question by itself, and settles it once there is an
//! answer again.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout_at},
};

use super::{
    Freshness, Patience,
    cache::Moment,
    calls::{Call, Calls, Landed, Origin, Share},
    flight::{Seat, Signals, Stake},
    guess_budget::Guess,
    ledger::Ledger,
    shared::{
        Ask, Asked, Charge, Claim, Fence, Held, Place, RENEW_INTERVAL, RateClaim, Rated, Reply, Settlement, Stored,
    },
};
use crate::{
    allowance::Allowance,
    model::{Fault, FaultKind, Outcome},
    observe::{CacheResult, RateLimit, RateLimited, SharedLookedUp},
};

/// The first and the longest pause between two checks for the result of another instance's call.
const LOOKS: (Duration, Duration) = (Duration::from_millis(15), Duration::from_millis(90));
/// How often to ask again for a caller that accepts only a fresh answer, after one that was too old.
pub(super) const MAX_ROUNDS: usize = 3;
/// The number of lease renewals after which a reservation without a lease is renewed.
const RESERVATION_ROUNDS: u32 = 40;

/// The permission for a call.
pub(super) enum Turn {
    /// There is no shared tier.
    Alone,
    /// This instance holds the lease, or may hold it: the shared tier did not answer. `turn` is the time of the call's
    /// turn in the region's rate, if it was taken.
    Go { ticket: Ticket, turn: Option<Instant> },
    /// Another instance holds the lease, for this call.
    Wait { ticket: Ticket, fence: Fence, freshness: Freshness },
}

/// What a running call renews.
pub(super) struct Ticket {
    /// The lease, which may not have been taken yet.
    lease: Arc<Held>,
    /// The reservation of the caller that started the call.
    claim: Claim,
}

impl Turn {
    pub(super) fn ticket(&self) -> Option<&Ticket> {
        match self {
            Self::Alone => None,
            Self::Go { ticket, .. } | Self::Wait { ticket, .. } => Some(ticket),
        }
    }

    pub(super) fn lease(&self) -> Option<&Arc<Held>> {
        self.ticket().map(|ticket| &ticket.lease)
    }
}

/// A question to the shared tier.
pub(super) struct Visit {
    pub(super) call: Call,
    pub(super) place: Place,
    pub(super) guess: Guess,
    pub(super) freshness: Freshness,
    /// Those of the callers that ask together.
    pub(super) signals: Arc<Signals>,
}

/// Callers of one instance that ask the shared tier together contribute no stake.
#[derive(Debug)]
pub(super) struct Together;

impl Stake for Together {
    fn is_same(&self, _: &Self) -> bool {
        true
    }
}

impl Together {
    pub(super) fn settle(_: Landed, _: Vec<Self>) -> Ready<()> {
        ready(())
    }
}

impl Calls {
    /// Answers a question from the shared tier, or by a call that only one instance makes.
    pub(super) async fn ask_fleet(self: Arc<Self>, ledger: Arc<Ledger>, visit: Visit) -> Landed {
        let Visit { call, place, guess, freshness, signals } = visit;
        let asked_at = Instant::now();
        let time = call.deadline.saturating_duration_since(asked_at);
        let (target, print) = guess.fingerprints();
        let claim = Claim::new(target, print, time);
        let (fence, rate, owed) = (fastrand::u64(..), self.rate_of(&call), guess.owed(asked_at));
        let allowance = &call.trip.allowance;
        let ask = Ask { place, freshness, fence, awaited: None, claim: Some(claim), owed, rate, allowance };
        let answer = ledger.tier().ask(&ask).await;
        signals.set_asked();
        self.note(answer.as_ref().ok().map(|asked| &asked.reply));
        let now = Instant::now();
        if let Ok(Asked { refused: Some(refused), .. }) = &answer {
            guess.learn(refused, now);
        }
        let held = || Held::new(ledger.clone(), place);
        let ticket = |lease| Ticket { lease: Arc::new(lease), claim };
        let mut awaited = None;
        let turn = match answer.map(|asked| asked.reply) {
            Ok(Reply::Hit(stored)) => return self.remember(&call, stored, false),
            Ok(Reply::TooMany(wait)) => return too_many(wait),
            Ok(Reply::Busy(wait)) => return self.busy(&call, wait),
            Ok(Reply::Go { fence, turn: Some(Rated::Later(wait)) }) => {
                drop(held().with_fence(fence).with_claim(claim));
                return self.busy(&call, wait);
            }
            Ok(Reply::Go { fence, turn }) => {
                Turn::Go { ticket: ticket(held().with_fence(fence)), turn: turn_at(turn, now) }
            }
            Ok(Reply::Held(fence)) => {
                awaited = Some(fence);
                let freshness = if freshness == Freshness::Any { Freshness::Any } else { Freshness::New };
                Turn::Wait { ticket: ticket(held()), fence, freshness }
            }
            // The request may have arrived, so what it would have reserved is released in any case. The guess counts
            // against what this instance knows: the refusals of the last answer, and its own.
            Err(_) => match guess.excess() {
                Some(wait) => {
                    drop(held().with_fence(fence).with_claim(claim));
                    return too_many(wait);
                }
                None => Turn::Go { ticket: ticket(held().with_fence(fence)), turn: None },
            },
        };
        let reservation = turn.ticket().map(|_| held().with_claim(claim));
        if let (Turn::Wait { .. }, Some(held)) = (&turn, &reservation) {
            held.set_awaiting();
        }
        let (key, deadline) = (call.key, call.deadline);
        let seat = match self.join(key, Share { guess, held: reservation }, turn, || call) {
            Ok(seat) => seat,
            Err(fault) => return Landed::fault(fault, Origin::Nowhere),
        };
        let is_collapsed = seat.is_collapsed;
        let mut landed = sit(seat, deadline, &signals.hurry).await;
        landed.origin = landed.origin.for_caller(is_collapsed, awaited);
        landed
    }

    /// Waits for the call of another instance. If this instance must make the call, returns the time of its turn in the
    /// region's rate, or `None` if the turn has not been taken. The error is the result of the wait.
    pub(super) async fn wait_for(
        &self,
        call: &Call,
        ticket: &Ticket,
        mut fence: Fence,
        freshness: Freshness,
    ) -> Result<Option<Instant>, Box<Landed>> {
        let lease = &ticket.lease;
        let Some(ledger) = &self.ledger else { return Ok(None) };
        let mut pause = LOOKS.0;
        loop {
            sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            pause = (pause * 3 / 2).min(LOOKS.1);
            let (place, rate, own, aside) =
                (lease.place(), self.rate_of(call), fastrand::u64(..), call.trip.allowance.aside());
            let (awaited, allowance) = (Some(fence), &aside);
            let ask = Ask { place, freshness, fence: own, awaited, claim: None, owed: Vec::new(), rate, allowance };
            let Ok(asked) = ledger.tier().ask(&ask).await else {
                // It is unknown whether the other instance is still calling.
                call.trip.allowance.end();
                lease.set_fence(own);
                return if self.gate.has_time(call.deadline) { Ok(None) } else { Err(Box::new(late())) };
            };
            match asked.reply {
                Reply::Hit(stored) => return Err(Box::new(self.remember(call, stored, true))),
                Reply::Held(current) => fence = current,
                Reply::TooMany(wait) => return Err(Box::new(too_many(wait))),
                Reply::Busy(wait) => return Err(Box::new(self.busy(call, wait))),
                Reply::Go { fence, turn } => {
                    lease.set_fence(fence);
                    if !self.gate.has_time(call.deadline) {
                        return Err(Box::new(late()));
                    }
                    return match turn {
                        Some(Rated::Later(wait)) => Err(Box::new(self.busy(call, wait))),
                        turn => Ok(turn_at(turn, Instant::now())),
                    };
                }
            }
        }
    }

    /// Renews a lease and the reservation while it is polled.
    pub(super) async fn keep(&self, ticket: &Ticket) -> Infallible {
        let mut rounds = 0_u32;
        loop {
            sleep(RENEW_INTERVAL).await;
            rounds += 1;
            let fence = ticket.lease.fence();
            // A reservation without a lease is held longer.
            if fence.is_none() && !rounds.is_multiple_of(RESERVATION_ROUNDS) {
                continue;
            }
            if let Some(ledger) = &self.ledger {
                let _ = ledger.tier().renew(ticket.lease.place(), fence, ticket.claim).await;
            }
        }
    }

    /// Settles a call in the shared tier. The callers wait for it, so that what they know all instances know, but only
    /// within the allowance of the question that started the call.
    pub(super) async fn settle_in_fleet(&self, settlement: Settlement, shares: Vec<Share>, allowance: &Allowance) {
        let Some(ledger) = &self.ledger else { return };
        let waiting = allowance.begin(ledger.tier().timeout());
        let sending = ledger.send(settlement, shares.into_iter().map(|share| share.guess).collect());
        if let Some((waiting, sending)) = waiting.zip(sending) {
            let _ = timeout_at(waiting.until(), sending).await;
        }
    }

    /// Stores a verdict that this instance derived from those of other regions.
    pub(super) fn share(&self, place: Place, stored: Stored) {
        let Some(ledger) = &self.ledger else { return };
        let (charge, age, store) = (Charge::Return, Duration::ZERO, Some(stored));
        drop(ledger.send(Settlement { place, fence: None, claims: Vec::new(), charge, age, store }, Vec::new()));
    }

    /// Caches a verdict of the shared tier in memory, for its remaining time.
    fn remember(&self, call: &Call, stored: Stored, is_collapsed: bool) -> Landed {
        let now = Moment::now();
        // Another instance's clock may be ahead: limit the time to the longest of this instance.
        let left = stored.expires_at.duration_since(now.wall).unwrap_or_default();
        let time_left = left.min(self.cache.longest(&stored.verdict));
        self.cache.insert_for(time_left, call.key, &stored.verdict, stored.checked_at, now);
        let origin = Origin::Fleet { fence: stored.fence, time_left, is_collapsed };
        Landed { outcome: stored.verdict.into(), at: stored.checked_at, span: call.span.link(), origin }
    }

    fn rate_of<'a>(&self, call: &'a Call) -> Option<RateClaim<'a>> {
        // Batches may wait long for their turn; a call that would be refused should not take one.
        if call.patience == Patience::Batch || !self.has_room(call) {
            return None;
        }
        let max_wait = self.gate.queue_time(call.deadline);
        Some(RateClaim { region: &call.credential.region.id, is_batch: false, max_wait })
    }

    fn busy(&self, call: &Call, wait: Duration) -> Landed {
        let (limit, partner) = (RateLimit::Upstream, &*call.credential.partner);
        self.observe.record(&RateLimited { limit, partner, span: &call.span });
        Landed::fault(Fault::new(FaultKind::UpstreamBusy).retry_after(wait), Origin::Nowhere)
    }

    fn note(&self, reply: Option<&Reply>) {
        let result = match reply {
            Some(Reply::Hit(_)) => CacheResult::Hit,
            Some(Reply::Held(_)) => CacheResult::Collapsed,
            Some(_) => CacheResult::Miss,
            None => CacheResult::Error,
        };
        self.observe.record(&SharedLookedUp { result });
    }
}

impl Origin {
    /// Returns the origin as one caller of a flight sees it. `is_collapsed` is whether the caller joined the flight
    /// instead of starting it; `awaited` is the call of another instance that was running when the caller asked.
    fn for_caller(self, is_collapsed: bool, awaited: Option<Fence>) -> Self {
        match self {
            Self::Upstream if is_collapsed => Self::Shared,
            // A caller that joined a wait knows only of the call that was running then.
            Self::Fleet { fence, time_left, .. } if is_collapsed => {
                Self::Fleet { fence, time_left, is_collapsed: awaited == Some(fence) }
            }
            origin => origin,
        }
    }
}

impl Landed {
    /// Returns whether the verdict may answer a question that accepts this age.
    pub(super) fn is_fresh(&self, freshness: Freshness) -> bool {
        match self.origin {
            // The verdict of a call that was running when the question arrived counts as fresh.
            Origin::Fleet { is_collapsed, .. } => is_collapsed || freshness.accepts(self.at, SystemTime::now()),
            Origin::Upstream | Origin::Shared | Origin::Nowhere => true,
        }
    }
}

/// Waits, within the allowance of a request, until the shared tier has answered the question of the flight that it has
/// joined. Returns whether it did; otherwise the allowance has ended.
pub(super) async fn is_asked_in_time<S>(ledger: &Ledger, seat: &Seat<Landed, S>, allowance: &Allowance) -> bool {
    let is_asked = match allowance.begin(ledger.tier().timeout()) {
        Some(waiting) => timeout_at(waiting.until(), seat.asked()).await.is_ok(),
        None => false,
    };
    if !is_asked {
        allowance.end();
    }
    is_asked
}

/// Waits for the end of a flight, and notifies it if an interactive question joins.
async fn sit(seat: Seat<Landed, Share>, deadline: Instant, hurry: &Notify) -> Landed {
    let signals = seat.signals();
    let outcome = timeout_at(deadline + Duration::from_millis(200), seat.outcome());
    tokio::pin!(outcome);
    loop {
        tokio::select! {
            landed = &mut outcome => return match landed {
                Ok(Ok(landed)) => landed,
                Ok(Err(_)) => Landed::without_result(FaultKind::Internal),
                Err(_) => late(),
            },
            () = hurry.notified() => signals.hurry.notify_one(),
        }
    }
}

pub(super) fn settlement_of(lease: &Held, landed: &Landed, shares: &[Share], ttl: Duration) -> Settlement {
    let (fence, _) = lease.take();
    let claim_of = |share: &Share| {
        let (target, guess) = share.guess.fingerprints();
        let reserved = share.held.as_ref().and_then(|held| held.take().1);
        reserved.unwrap_or(Claim { target, guess, reservation: 0, hold: Duration::ZERO })
    };
    let store = match &landed.outcome {
        Outcome::Verdict(verdict) if landed.origin == Origin::Upstream && !ttl.is_zero() => Some(Stored {
            verdict: verdict.clone(),
            checked_at: landed.at,
            expires_at: landed.at + ttl,
            fence: fence.unwrap_or_default(),
        }),
        _ => None,
    };
    let claims = shares.iter().map(claim_of).collect();
    // The call that was waited for has settled this guess, too.
    let charge = if matches!(landed.origin, Origin::Fleet { .. }) { Charge::Return } else { landed.charge() };
    Settlement { place: lease.place(), fence, claims, charge, age: Duration::ZERO, store }
}

/// Returns the time of a turn that was taken.
fn turn_at(turn: Option<Rated>, now: Instant) -> Option<Instant> {
    match turn {
        Some(Rated::Turn(wait)) => Some(now + wait),
        Some(Rated::Later(_)) | None => None,
    }
}

fn too_many(wait: Duration) -> Landed {
    Landed::fault(Fault::new(FaultKind::TooManyAttempts).retry_after(wait), Origin::Nowhere)
}

fn late() -> Landed {
    Landed::without_result(FaultKind::UpstreamTimeout)
}
