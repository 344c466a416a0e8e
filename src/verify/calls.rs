//! Calls to the upstream, each shared by all callers of this instance with the same question, and their results.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::FutureExt;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout_at},
};

use super::{
    Connect, Patience,
    cache::{Moment, VerdictCache},
    fingerprint::Fingerprint,
    fleet::{Turn, settlement_of},
    flight::{Flights, Seat, Signals, Stake},
    gate::{Errand, Gate},
    guess_budget::Guess,
    ledger::Ledger,
    shared::{Charge, Fence, Held, SharedTier},
    trip::Trip,
};
use crate::{
    config::Config,
    model::{Credential, Fault, FaultKind, Outcome, Verdict},
    observe::{self, Observe, Panicked, Shed, ShedReason, Span, SpanLink},
};

/// The state that calls use and update.
pub(super) struct Calls {
    pub(super) cache: VerdictCache,
    pub(super) gate: Gate,
    /// The way to the shared tier, if there is one.
    pub(super) ledger: Option<Arc<Ledger>>,
    pub(super) observe: Arc<Observe>,
    flights: Flights<Landed, Share>,
    in_flight: Arc<Semaphore>,
}

/// A call to make.
pub(super) struct Call {
    pub(super) credential: Credential,
    pub(super) key: Fingerprint,
    /// The account in its region.
    pub(super) account: Fingerprint,
    pub(super) deadline: Instant,
    pub(super) patience: Patience,
    /// The client for whose turn the flight of a batch waits.
    pub(super) client: Box<str>,
    /// The flight's span.
    pub(super) span: Span,
    /// Shared with the other calls of the question.
    pub(super) trip: Arc<Trip>,
}

/// What a flight needs to settle its callers in the shared tier.
#[derive(Clone)]
struct Settling {
    lease: Option<Arc<Held>>,
    trip: Arc<Trip>,
}

/// The contribution of a caller to a flight.
#[derive(Debug)]
pub(super) struct Share {
    pub(super) guess: Guess,
    /// The reservation in the shared tier.
    pub(super) held: Option<Held>,
}

impl Stake for Share {
    fn is_same(&self, other: &Self) -> bool {
        // Each reservation is settled separately.
        other.held.is_none() && self.guess.is_same(&other.guess)
    }
}

/// The result of a flight.
#[derive(Debug, Clone)]
pub(super) struct Landed {
    pub(super) outcome: Outcome,
    pub(super) at: SystemTime,
    /// The flight's span, for the callers who share it.
    pub(super) span: SpanLink,
    pub(super) origin: Origin,
}

/// The source of a flight's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// From a call of this flight.
    Upstream,
    /// From a call of another flight of this instance.
    Shared,
    /// From the shared tier, which stores it for this time.
    Fleet {
        fence: Fence,
        time_left: Duration,
        /// The call was running when the question arrived.
        is_collapsed: bool,
    },
    /// No call was made.
    Nowhere,
}

impl Landed {
    /// Creates the result for callers whose flight ended without one.
    pub(super) fn without_result(kind: FaultKind) -> Self {
        Self::fault(Fault::new(kind), Origin::Upstream)
    }

    pub(super) fn fault(fault: Fault, origin: Origin) -> Self {
        Self { outcome: fault.into(), at: SystemTime::now(), span: SpanLink::default(), origin }
    }

    /// Returns whether no call was made because a limit was reached, and one may be made before `deadline`.
    pub(super) fn may_have_a_turn_before(&self, deadline: Instant) -> bool {
        match &self.outcome {
            Outcome::Fault(fault) if self.origin == Origin::Nowhere && fault.kind == FaultKind::UpstreamBusy => {
                Instant::now() + fault.retry_after.unwrap_or_default() < deadline
            }
            _ => false,
        }
    }

    /// Returns what to do with the guesses of the callers.
    pub(super) fn charge(&self) -> Charge {
        // A cached answer costs no guess. Sharing a call does, including a call of another instance.
        let is_awaited = matches!(self.origin, Origin::Fleet { is_collapsed: true, .. });
        match &self.outcome {
            _ if self.origin != Origin::Upstream && !is_awaited => Charge::Return,
            Outcome::Verdict(Verdict::Verified | Verdict::WrongRegion { .. }) => Charge::Reset,
            Outcome::Verdict(Verdict::InvalidCredentials { .. }) => Charge::Refuse,
            Outcome::Fault(fault) if fault.may_be_refusal => Charge::Refuse,
            Outcome::Verdict(Verdict::PartnerNotWhitelisted) | Outcome::Fault(_) => Charge::Return,
        }
    }
}

impl Calls {
    pub(super) fn new(
        config: &Config,
        connect: Arc<dyn Connect>,
        shared: Option<Arc<dyn SharedTier>>,
        observe: Arc<Observe>,
    ) -> Self {
        let most = config.server.max_in_flight.get().min(Semaphore::MAX_PERMITS);
        Self {
            cache: VerdictCache::new(config.cache.clone()),
            gate: Gate::new(config, connect, observe.clone()),
            ledger: shared.map(|tier| Arc::new(Ledger::new(tier, config.limits.attempts_window))),
            observe,
            flights: Flights::default(),
            in_flight: Arc::new(Semaphore::new(most)),
        }
    }

    /// Joins the flight with this key, or starts one.
    pub(super) fn join(
        self: &Arc<Self>,
        key: Fingerprint,
        share: Share,
        turn: Turn,
        call: impl FnOnce() -> Call,
    ) -> Result<Seat<Landed, Share>, Fault> {
        let mut turn = Some(turn);
        let seat = self.flights.join(key, share, |signals| {
            let call = call();
            if !self.gate.has_time(call.deadline) {
                return Err(Fault::new(FaultKind::UpstreamTimeout));
            }
            // The flight holds the permit, not its callers: callers that share a call cost the upstream nothing.
            let Ok(permit) = self.in_flight.clone().try_acquire_owned() else {
                self.observe.record(&Shed { reason: ShedReason::InFlight });
                return Err(Fault::new(FaultKind::Overloaded));
            };
            let turn = turn.take().unwrap_or(Turn::Alone);
            let (calls, lease, trip) = (self.clone(), turn.lease().cloned(), call.trip.clone());
            let flight = Flight { calls: self.clone(), call, signals, turn, _permit: permit };
            let settling = Settling { lease, trip };
            let settle =
                move |landed: Landed, shares: Vec<Share>| calls.clone().settle(key, settling.clone(), landed, shares);
            Ok((flight.run(), settle))
        });
        // The running flight has the lease already, or takes it over from its own instance.
        if let Some(lease) = turn.as_ref().and_then(Turn::lease).filter(|_| seat.is_ok()) {
            lease.take();
        }
        seat
    }

    /// Returns whether a call in this region would probably be made now, and may therefore take its turn in the rate.
    pub(super) fn has_room(&self, call: &Call) -> bool {
        self.in_flight.available_permits() > 0
            && self.gate.has_time(call.deadline)
            && self.gate.is_closed(&call.credential.region.id)
    }

    /// Charges or resets the guess budgets of all callers, then stores the verdict, so that a cached verdict has always
    /// been charged.
    async fn settle(self: Arc<Self>, key: Fingerprint, flight: Settling, landed: Landed, shares: Vec<Share>) {
        let now = Moment::now();
        let charge = landed.charge();
        for share in &shares {
            match charge {
                Charge::Reset => share.guess.reset(),
                Charge::Refuse => share.guess.charge(now.instant, self.ledger.is_some()),
                Charge::Return => {}
            }
        }
        let verdict = match &landed.outcome {
            Outcome::Verdict(verdict) if landed.origin == Origin::Upstream => Some(verdict),
            _ => None,
        };
        let ttl = verdict.map_or(Duration::ZERO, |verdict| self.cache.lifetime(verdict));
        if let Some(lease) = &flight.lease {
            let settlement = settlement_of(lease, &landed, &shares, ttl);
            self.settle_in_fleet(settlement, shares, &flight.trip.allowance).await;
        }
        if let Some(verdict) = verdict {
            self.cache.insert_for(ttl, key, verdict, landed.at, now);
        }
    }
}

/// A call to the upstream, shared by its callers.
struct Flight {
    calls: Arc<Calls>,
    call: Call,
    signals: Arc<Signals>,
    turn: Turn,
    _permit: OwnedSemaphorePermit,
}

impl Flight {
    async fn run(self) -> Landed {
        let (calls, call) = (&self.calls, &self.call);
        // The attempts apply the deadline themselves, and the breaker must learn the result of the last one.
        let latest = call.deadline + Duration::from_millis(100);
        let asking = timeout_at(latest, self.ask());
        let landed = match AssertUnwindSafe(asking).catch_unwind().await {
            Ok(Ok(landed)) => landed,
            Ok(Err(_)) => Landed::without_result(FaultKind::UpstreamTimeout),
            Err(_) => {
                calls.observe.record(&Panicked { place: observe::Place::Flight, request_id: None, span: &call.span });
                Landed::without_result(FaultKind::Internal)
            }
        };
        call.span.set("region", || call.credential.region.id.clone());
        call.span.set("outcome", || landed.outcome.code());
        Landed { span: call.span.link(), ..landed }
    }

    async fn ask(&self) -> Landed {
        match self.turn.ticket() {
            None => self.ask_gate(None).await,
            Some(ticket) => tokio::select! {
                biased;
                landed = self.ask_in_turn() => landed,
                never = self.calls.keep(ticket) => match never {},
            },
        }
    }

    async fn ask_in_turn(&self) -> Landed {
        let turn = match &self.turn {
            Turn::Alone => None,
            Turn::Go { turn, .. } => *turn,
            Turn::Wait { ticket, fence, freshness } => {
                match self.calls.wait_for(&self.call, ticket, *fence, *freshness).await {
                    Ok(turn) => turn,
                    Err(landed) => return *landed,
                }
            }
        };
        self.ask_gate(turn).await
    }

    async fn ask_gate(&self, turn: Option<Instant>) -> Landed {
        let call = &self.call;
        let errand = Errand {
            credential: &call.credential,
            account: call.account,
            deadline: call.deadline,
            patience: call.patience,
            client: &call.client,
            hurry: &self.signals.hurry,
            span: &call.span,
            trip: &call.trip,
            shared: self.calls.ledger.as_ref().map(|ledger| &**ledger.tier()),
            turn,
        };
        match self.calls.gate.ask(&errand).await {
            Ok(outcome) => {
                Landed { outcome, at: SystemTime::now(), span: SpanLink::default(), origin: Origin::Upstream }
            }
            Err(fault) => Landed::fault(fault, Origin::Nowhere),
        }
    }
}
