//! The port to what the instances of one service share: verdicts, guess budgets, leases on calls, and the regions' rates.
//!
//! It is asked only for what memory cannot answer. Where it does not answer, this instance goes on alone, with the limits
//! of its own.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use super::{BoxFuture, Freshness, fingerprint::Fingerprint, lock};
use crate::model::Verdict;

/// How long a lease holds without being renewed: the longest that the death of its holder delays others.
pub const LEASE_TIME: Duration = Duration::from_millis(900);
/// How often a lease is renewed.
pub(super) const RENEW_INTERVAL: Duration = Duration::from_millis(250);
/// The longest that a reservation is held for a call without being renewed.
pub const MAX_HOLD: Duration = Duration::from_secs(30);

/// One call to the upstream in the life of a lease. Of all numbers, so that no two are the same.
pub type Fence = u64;

/// A refused guess and its age.
pub type Refused = (Fingerprint, Duration);

/// The shared tier did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away;

/// What instances share.
pub trait SharedTier: Send + Sync + fmt::Debug + 'static {
    /// Returns whether it is worth asking.
    fn is_up(&self) -> bool;

    /// Asks for a verdict, and else for leave to call the upstream.
    fn ask<'a>(&'a self, ask: &'a Ask<'a>) -> BoxFuture<'a, Result<Asked, Away>>;

    /// Extends a reservation, and a lease, also where they had expired and nobody else has taken them.
    fn renew(&self, place: Place, fence: Option<Fence>, claim: Claim) -> BoxFuture<'_, Result<(), Away>>;

    /// Takes one request from a region's rate.
    fn take_rate<'a>(&'a self, claim: RateClaim<'a>) -> BoxFuture<'a, Result<Rated, Away>>;

    /// Ends a call in one step: charges or resets the guesses, stores the verdict, releases the lease. Returns what is
    /// refused now, for each claim.
    fn settle<'a>(&'a self, settlement: &'a Settlement) -> BoxFuture<'a, Result<Vec<Vec<Refused>>, Away>>;
}

/// Where what belongs to one credential lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The account, in any case of its id and in all regions. All that one step touches has the same one.
    pub account: Fingerprint,
    /// The credential.
    pub credential: Fingerprint,
}

/// A guess of one client at one account, and the reservation for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Client and account.
    pub target: Fingerprint,
    /// The credential without its region.
    pub guess: Fingerprint,
    /// Of all numbers, so that no two reservations are the same.
    pub reservation: u64,
    /// How long the reservation holds.
    pub hold: Duration,
}

/// A request from the rate of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateClaim<'a> {
    /// The region's id.
    pub region: &'a str,
    /// From the share of batches, which is half the rate without its burst.
    pub is_batch: bool,
    /// The longest wait for the turn; a longer one takes nothing.
    pub max_wait: Duration,
}

/// What came of a [`RateClaim`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rated {
    /// The turn comes after this time.
    Turn(Duration),
    /// It would come after this time; nothing was taken.
    Later(Duration),
}

/// A question to the shared tier.
#[derive(Debug)]
pub struct Ask<'a> {
    /// The credential.
    pub place: Place,
    /// How old a stored verdict may be.
    pub freshness: Freshness,
    /// The call that is waited for: its verdict is fresh enough.
    pub awaited: Option<Fence>,
    /// The guess that needs a reservation; nothing where it has one.
    pub claim: Option<Claim>,
    /// Refusals of the claim's target that the shared tier does not know yet.
    pub owed: Vec<Refused>,
    /// Taken with the lease; `None` where the call takes it later.
    pub rate: Option<RateClaim<'a>>,
}

/// An answer of the shared tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What to do.
    pub reply: Reply,
    /// What the claim's target has been refused; nothing where that was not looked at.
    pub refused: Option<Vec<Refused>>,
}

/// What to do.
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
        /// When the turn in the region's rate comes, if it was taken.
        turn: Option<Duration>,
    },
}

/// A verdict as it is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The verdict.
    pub verdict: Verdict,
    /// When the upstream gave it.
    pub checked_at: SystemTime,
    /// Until when it may be used.
    pub expires_at: SystemTime,
    /// The call that it came from.
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
    /// What to do with them.
    pub charge: Charge,
    /// What is remembered.
    pub store: Option<Stored>,
}

/// What a call's end means for the guesses that led to it.
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
    /// Reserves for a guess, for a call that ends within `time`.
    pub(super) fn new(target: Fingerprint, guess: Fingerprint, time: Duration) -> Self {
        // Longer than the call, so that no reservation ends before it is settled.
        let hold = (time + Duration::from_secs(2)).min(MAX_HOLD);
        Self { target, guess, reservation: fastrand::u64(..), hold }
    }
}

/// A reservation or a lease of this instance. Dropped before it was settled, it is given back: at once where the shared
/// tier answers, and by its expiry where it does not.
#[derive(Debug)]
pub(super) struct Held {
    tier: Arc<dyn SharedTier>,
    place: Place,
    state: Mutex<(Option<Fence>, Option<Claim>)>,
    is_away: AtomicBool,
}

impl Held {
    pub(super) fn new(tier: Arc<dyn SharedTier>, place: Place) -> Self {
        Self { tier, place, state: Mutex::default(), is_away: AtomicBool::new(false) }
    }

    pub(super) fn with_claim(self, claim: Claim) -> Self {
        lock(&self.state).1 = Some(claim);
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

    /// Returns the shared tier, unless it has kept this call waiting in vain before: one timeout is enough.
    pub(super) fn tier(&self) -> Option<&Arc<dyn SharedTier>> {
        (!self.is_away.load(Ordering::Relaxed)).then_some(&self.tier)
    }

    pub(super) fn set_away(&self) {
        self.is_away.store(true, Ordering::Relaxed);
    }

    /// Hands over what is held, to be settled.
    pub(super) fn take(&self) -> (Option<Fence>, Option<Claim>) {
        std::mem::take(&mut *lock(&self.state))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let (fence, claim) = self.take();
        if (fence.is_none() && claim.is_none()) || !self.tier.is_up() {
            return;
        }
        // Outside a runtime, as at the end of the process, expiry does it.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (tier, place) = (self.tier.clone(), self.place);
        let claims = claim.into_iter().collect();
        let settlement = Settlement { place, fence, claims, charge: Charge::Return, store: None };
        runtime.spawn(async move { tier.settle(&settlement).await.map(drop) });
    }
}
