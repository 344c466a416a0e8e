//! Sends the ends of calls to the shared tier.
//!
//! A settlement does not end with the patience of its callers: it continues in the background, where until it has
//! arrived, the reservations count in the budget and the lease is held. If the shared tier does not answer, a settlement
//! that charges or resets a budget is kept and sent again, so that the refusals of an outage count for all instances
//! once it is over.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::FutureExt;
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, sleep},
};

use super::{
    guess_budget::Guess,
    lock,
    shared::{Away, Charge, Settlement, SharedTier},
};

/// The maximum number of settlements to keep, about 300 bytes each. The oldest are dropped first; this instance still
/// knows their refusals, and sends them with its next question for the account.
const MAX_KEPT: usize = 10_000;
/// The shortest and the longest pause between two attempts to send what was kept.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// The settlements on their way.
#[derive(Debug)]
pub(super) struct Ledger {
    tier: Arc<dyn SharedTier>,
    /// For how long a refusal counts.
    window: Duration,
    kept: Mutex<Kept>,
    /// The number of settlements being sent for the first time.
    running: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Kept {
    settlements: VecDeque<(Settlement, Instant)>,
    /// Whether a task is sending them again.
    is_sending: bool,
}

impl Ledger {
    pub(super) fn new(tier: Arc<dyn SharedTier>, window: Duration) -> Self {
        Self { tier, window, kept: Mutex::default(), running: watch::Sender::new(0) }
    }

    pub(super) fn tier(&self) -> &Arc<dyn SharedTier> {
        &self.tier
    }

    /// Sends a settlement in the background. `guesses` are those of its claims, which learn the answer. Returns the task,
    /// if there is anything left to wait for.
    pub(super) fn send(self: &Arc<Self>, settlement: Settlement, guesses: Vec<Guess>) -> Option<JoinHandle<()>> {
        // Outside a runtime, as when the process ends, what is held expires.
        let runtime = tokio::runtime::Handle::try_current().ok()?;
        let running = Running::new(self);
        let mut sending = Box::pin(async move { running.ledger.send_now(settlement, guesses).await });
        // The first step puts the request on its way even if nobody waits.
        if sending.as_mut().now_or_never().is_some() {
            return None;
        }
        Some(runtime.spawn(sending))
    }

    /// Waits until every settlement has been answered, or has failed.
    pub(super) async fn settled(&self) {
        let _ = self.running.subscribe().wait_for(|running| *running == 0).await;
    }

    async fn send_now(self: &Arc<Self>, settlement: Settlement, guesses: Vec<Guess>) {
        let sent_at = Instant::now();
        match self.tier.settle(&settlement).await {
            Ok(refused) => {
                let now = Instant::now();
                for (guess, refused) in guesses.iter().zip(refused) {
                    guess.learn(&refused, now);
                }
            }
            // Reservations and leases expire.
            Err(Away) if settlement.charge == Charge::Return => {}
            Err(Away) => self.keep(settlement, sent_at),
        }
    }

    fn keep(self: &Arc<Self>, settlement: Settlement, at: Instant) {
        let mut kept = lock(&self.kept);
        if kept.settlements.len() >= MAX_KEPT {
            kept.settlements.pop_front();
        }
        kept.settlements.push_back((settlement, at));
        if !std::mem::replace(&mut kept.is_sending, true) {
            tokio::spawn(self.clone().send_kept());
        }
    }

    /// Sends what was kept, in its order, until nothing is left.
    async fn send_kept(self: Arc<Self>) {
        let mut pause = PAUSES.0;
        loop {
            sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
            if !self.tier.is_up() {
                continue;
            }
            let due = std::mem::take(&mut lock(&self.kept).settlements);
            let mut failed = VecDeque::new();
            for (settlement, at) in due {
                let age = at.elapsed();
                if age >= self.window {
                    continue;
                }
                let settlement = Settlement { age, ..settlement };
                // One server of a cluster may be away while the others answer.
                if self.tier.settle(&settlement).await.is_err() {
                    failed.push_back((settlement, at));
                }
            }
            let mut kept = lock(&self.kept);
            failed.append(&mut kept.settlements);
            kept.settlements = failed;
            if kept.settlements.is_empty() {
                kept.is_sending = false;
                return;
            }
        }
    }
}

/// Counts a settlement while it is being sent.
struct Running {
    ledger: Arc<Ledger>,
}

impl Running {
    fn new(ledger: &Arc<Ledger>) -> Self {
        ledger.running.send_modify(|running| *running += 1);
        Self { ledger: ledger.clone() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.ledger.running.send_modify(|running| *running -= 1);
    }
}
