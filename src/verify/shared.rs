//! The port to the state that the instances of a service share: verdicts, guess budgets, leases on calls, and the rates
//! of regions.
//! It is used only for questions that memory cannot answer. If it does not answer, this instance continues by itself,
//! with its own limits.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use super::{BoxFuture, Freshness, fingerprint::Fingerprint, ledger::Ledger, lock};
use crate::{allowance::Allowance, model::Verdict};

/// The lifetime of a lease that is not renewed: the longest delay for others if its holder dies.
pub const LEASE_TIME: Duration = Duration::from_millis(900);
/// How often a lease is renewed.
pub(super) const RENEW_INTERVAL: Duration = Duration::from_millis(250);
/// The longest time for which a reservation is held without being renewed.
pub const MAX_HOLD: Duration = Duration::from_secs(30);

/// Identifies one call to the upstream by its lease. Random, so that no two are the same.
pub type Fence = u64;

/// A refused guess and its age.
pub type Refused = (Fingerprint, Duration);

/// The shared tier did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away;

/// The state that instances share.
pub trait SharedTier: Send + Sync + fmt::Debug + 'static {
    /// Returns whether the shared tier is in use.
    fn is_up(&self) -> bool;

    /// Returns the limit of each request.
    fn timeout(&self) -> Duration;

    /// Looks up a verdict, or else requests permission to call the upstream.
    fn ask<'a>(&'a self, ask: &'a Ask<'a>) -> BoxFuture<'a, Result<Asked, Away>>;

    /// Extends a reservation and a lease, including expired ones that no other instance has taken.
    fn renew(&self, place: Place, fence: Option<Fence>, claim: Claim) -> BoxFuture<'_, Result<(), Away>>;

    /// Takes one request from a region's rate.
    fn take_rate<'a>(&'a self, claim: RateClaim<'a>, allowance: &'a Allowance) -> BoxFuture<'a, Result<Rated, Away>>;

    /// Ends a call in one step: charges or resets the guesses of its callers, and those of callers of other instances
    /// that wait for it; stores the verdict; and releases the lease. Returns the current refusals of each claim's
    /// target.
    fn settle<'a>(&'a self, settlement: &'a Settlement) -> BoxFuture<'a, Result<Vec<Vec<Refused>>, Away>>;
}

/// The identifiers from which the keys of a credential derive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The account, regardless of the case of its id and of the region. All keys of one step have the same one.
    pub account: Fingerprint,
    /// The credential.
    pub credential: Fingerprint,
}

/// A guess of one client at one account, and its reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The client and account.
    pub target: Fingerprint,
    /// The credential without its region.
    pub guess: Fingerprint,
    /// Random, so that no two reservations are the same.
    pub reservation: u64,
    /// How long the reservation holds.
    pub hold: Duration,
}

/// A request to a region's rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateClaim<'a> {
    /// The region's id.
    pub region: &'a str,
    /// Whether it uses the share of batches: half the rate, without its burst.
    pub is_batch: bool,
    /// The maximum time until the turn; beyond it, nothing is taken.
    pub max_wait: Duration,
}

/// The result of a [`RateClaim`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rated {
    /// The turn was taken and comes after this time.
    Turn(Duration),
    /// The turn would come after this time; nothing was taken.
    Later(Duration),
}

/// A question to the shared tier.
#[derive(Debug)]
pub struct Ask<'a> {
    /// The credential.
    pub place: Place,
    /// The maximum age of a stored verdict.
    pub freshness: Freshness,
    /// The fence of the lease, if it is taken.
    pub fence: Fence,
    /// The call being waited for: its verdict is fresh enough.
    pub awaited: Option<Fence>,
    /// The guess that needs a reservation; `None` if it has one.
    pub claim: Option<Claim>,
    /// Refusals of the claim's target that the shared tier has not recorded yet.
    pub owed: Vec<Refused>,
    /// The turn to take together with the lease; `None` if the call takes it later.
    pub rate: Option<RateClaim<'a>>,
    /// How long the caller can wait. It ends if there is no answer.
    pub allowance: &'a Allowance,
}

/// An answer of the shared tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The next step for the caller.
    pub reply: Reply,
    /// The refusals of the claim's target; `None` if they were not read.
    pub refused: Option<Vec<Refused>>,
}

/// The next step after a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Answer with this verdict.
    Hit(Stored),
    /// Refuse: the guess budget is used up for this time.
    TooMany(Duration),
    /// Refuse: the region's rate is used up for this time.
    Busy(Duration),
    /// Wait: another instance is calling.
    Held(Fence),
    /// Call the upstream under this lease.
    Go {
        /// The lease.
        fence: Fence,
        /// The turn in the region's rate, if one was requested.
        turn: Option<Rated>,
    },
}

/// A verdict as stored in the shared tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The verdict.
    pub verdict: Verdict,
    /// When the upstream gave it.
    pub checked_at: SystemTime,
    /// Until when it may be used.
    pub expires_at: SystemTime,
    /// The call that produced it.
    pub fence: Fence,
}

/// The end of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The credential.
    pub place: Place,
    /// The lease that ends.
    pub fence: Option<Fence>,
    /// The guesses of all callers.
    pub claims: Vec<Claim>,
    /// What to do with the guesses.
    pub charge: Charge,
    /// How long ago the call ended: guesses that were refused since then are not reset.
    pub age: Duration,
    /// The verdict to store.
    pub store: Option<Stored>,
}

/// What the end of a call means for the guesses of its callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charge {
    /// The upstream refused the credential.
    Refuse,
    /// It accepted the credential: all earlier guesses are forgiven.
    Reset,
    /// Neither is known.
    Return,
}

impl Claim {
    /// Creates a reservation for a guess, for a call that ends within `time`.
    pub(super) fn new(target: Fingerprint, guess: Fingerprint, time: Duration) -> Self {
        // Longer than the call, so that no reservation expires before it is settled.
        let hold = (time + Duration::from_secs(2)).min(MAX_HOLD);
        Self { target, guess, reservation: fastrand::u64(..), hold }
    }
}

/// A reservation or lease of this instance. If it is dropped before it is settled, it is released: immediately if the
/// shared tier answers, otherwise by its expiry.
#[derive(Debug)]
pub(super) struct Held {
    ledger: Arc<Ledger>,
    place: Place,
    state: Mutex<(Option<Fence>, Option<Claim>)>,
    /// Whether it waits for the call of another instance, which settles it even if the caller has disconnected.
    is_awaiting: AtomicBool,
}

impl Held {
    pub(super) fn new(ledger: Arc<Ledger>, place: Place) -> Self {
        Self { ledger, place, state: Mutex::default(), is_awaiting: AtomicBool::new(false) }
    }

    pub(super) fn set_awaiting(&self) {
        self.is_awaiting.store(true, Ordering::Relaxed);
    }

    pub(super) fn with_claim(self, claim: Claim) -> Self {
        lock(&self.state).1 = Some(claim);
        self
    }

    pub(super) fn with_fence(self, fence: Fence) -> Self {
        self.set_fence(fence);
        self
    }

    pub(super) fn set_fence(&self, fence: Fence) {
        lock(&self.state).0 = Some(fence);
    }

    pub(super) fn fence(&self) -> Option<Fence> {
        lock(&self.state).0
    }

    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// Returns what is held, to be settled.
    pub(super) fn take(&self) -> (Option<Fence>, Option<Claim>) {
        std::mem::take(&mut *lock(&self.state))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let (fence, claim) = self.take();
        let is_nothing = fence.is_none() && claim.is_none();
        if is_nothing || self.is_awaiting.load(Ordering::Relaxed) || !self.ledger.tier().is_up() {
            return;
        }
        let (place, claims) = (self.place, claim.into_iter().collect());
        let (charge, age) = (Charge::Return, Duration::ZERO);
        drop(self.ledger.send(Settlement { place, fence, claims, charge, age, store: None }, Vec::new()));
    }
}
