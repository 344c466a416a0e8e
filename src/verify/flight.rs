//! Single flight: any number of callers with the same question share one call.
//!
//! The call runs in its own task, so that the first caller may disconnect; when the last one has disconnected, it is
//! cancelled. Each caller contributes a stake. When the call has its value, the flight settles all stakes with it,
//! including those of callers that have disconnected, before any caller receives the value. A flight that is settling
//! cannot be cancelled.

use std::{
    collections::HashMap,
    future::Future,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    sync::{Notify, watch},
    task::AbortHandle,
};

use super::{fingerprint::Fingerprint, lock};

/// The number of tables: with a single one, its lock is the first that many cores wait for.
const TABLES: usize = 64;

type Table<T, S> = Arc<Mutex<HashMap<Fingerprint, Flight<T, S>>>>;

/// The running calls. Bounded by the callers: a flight without callers does not exist.
#[derive(Debug)]
pub struct Flights<T, S> {
    tables: [Table<T, S>; TABLES],
}

#[derive(Debug)]
struct Flight<T, S> {
    result: watch::Receiver<Option<T>>,
    callers: usize,
    stakes: Vec<S>,
    task: AbortHandle,
    signals: Arc<Signals>,
    /// The value is there, and is being settled.
    is_landing: bool,
}

/// What a caller contributes to a flight.
pub trait Stake {
    /// Returns whether `other` already represents this stake.
    fn is_same(&self, other: &Self) -> bool;
}

/// What the callers of a flight and its call report to each other.
#[derive(Debug, Default)]
pub struct Signals {
    /// An interactive caller has joined.
    pub hurry: Notify,
    is_asked: AtomicBool,
    asked: Notify,
}

impl Signals {
    /// Reports that the shared tier has answered, or will not.
    pub fn set_asked(&self) {
        self.is_asked.store(true, Ordering::Release);
        self.asked.notify_waiters();
    }
}

/// A caller's part in a flight.
#[derive(Debug)]
pub struct Seat<T, S> {
    table: Table<T, S>,
    key: Fingerprint,
    result: watch::Receiver<Option<T>>,
    /// Whether another caller had already started the call.
    pub is_collapsed: bool,
    signals: Arc<Signals>,
}

/// The call ended without an outcome because it panicked.
#[derive(Debug, PartialEq, Eq)]
pub struct Crashed;

impl<T, S> Flights<T, S>
where
    T: Clone + Send + Sync + 'static,
    S: Stake + Send + 'static,
{
    /// Joins the flight with this key. If there is none, `begin` returns the call and the function that settles its
    /// stakes, or an error.
    pub fn join<F, G, H, E>(
        &self,
        key: Fingerprint,
        stake: S,
        begin: impl FnOnce(Arc<Signals>) -> Result<(F, G), E>,
    ) -> Result<Seat<T, S>, E>
    where
        F: Future<Output = T> + Send + 'static,
        G: Fn(T, Vec<S>) -> H + Send + 'static,
        H: Future<Output = ()> + Send,
    {
        let shared = self.table_of(key);
        let mut table = lock(shared);
        if let Some(flight) = table.get_mut(&key) {
            flight.callers += 1;
            if !flight.stakes.iter().any(|known| known.is_same(&stake)) {
                flight.stakes.push(stake);
            }
            let result = flight.result.clone();
            let signals = flight.signals.clone();
            return Ok(Seat { table: shared.clone(), key, result, is_collapsed: true, signals });
        }
        let signals = Arc::<Signals>::default();
        let (call, settle) = begin(signals.clone())?;
        // Boxed, like the settling below: starting and ending a task moves its future several times, and these have
        // thousands of bytes.
        let call = Box::pin(call);
        let (sender, result) = watch::channel(None);
        let landing = Landing { table: shared.clone(), key, result: result.clone() };
        let task = tokio::spawn(async move {
            let landing = landing;
            let value = call.await;
            // The flight is removed once all stakes are settled, so that a later caller finds the cached value.
            while let Some(stakes) = landing.next_stakes() {
                Box::pin(settle(value.clone(), stakes)).await;
            }
            let _ = sender.send(Some(value));
        });
        let (task, stakes) = (task.abort_handle(), vec![stake]);
        let flight =
            Flight { result: result.clone(), callers: 1, stakes, task, signals: signals.clone(), is_landing: false };
        table.insert(key, flight);
        Ok(Seat { table: shared.clone(), key, result, is_collapsed: false, signals })
    }

    fn table_of(&self, key: Fingerprint) -> &Table<T, S> {
        &self.tables[key.table_of(TABLES)]
    }

    #[cfg(test)]
    fn is_empty(&self) -> bool {
        self.tables.iter().all(|table| lock(table).is_empty())
    }
}

impl<T, S> Default for Flights<T, S> {
    fn default() -> Self {
        Self { tables: std::array::from_fn(|_| Arc::default()) }
    }
}

impl<T: Clone, S> Seat<T, S> {
    /// Notifies the flight that it is shared by a caller that does not wait as long as the first one.
    pub fn hurry(&self) {
        self.signals.hurry.notify_one();
    }

    /// Returns the signals of the flight.
    pub fn signals(&self) -> Arc<Signals> {
        self.signals.clone()
    }

    /// Waits until the shared tier has answered the flight's question, or will not.
    pub async fn asked(&self) {
        let asked = self.signals.asked.notified();
        if !self.signals.is_asked.load(Ordering::Acquire) {
            asked.await;
        }
    }

    /// Waits for the outcome. Dropping the future leaves the flight.
    pub async fn outcome(mut self) -> Result<T, Crashed> {
        match self.result.wait_for(Option::is_some).await {
            Ok(value) => value.clone().ok_or(Crashed),
            Err(_) => Err(Crashed),
        }
    }
}

impl<T, S> Drop for Seat<T, S> {
    fn drop(&mut self) {
        let mut table = lock(&self.table);
        // The key may already belong to a later flight.
        let Some(flight) = table.get_mut(&self.key).filter(|flight| flight.result.same_channel(&self.result)) else {
            return;
        };
        flight.callers -= 1;
        // What the upstream said is settled even if no caller is left.
        if flight.callers > 0 || flight.is_landing {
            return;
        }
        let abandoned = table.remove(&self.key);
        drop(table);
        if let Some(flight) = abandoned {
            flight.task.abort();
        }
    }
}

/// Removes a flight from the table however its task ends, including by a panic.
struct Landing<T, S> {
    table: Table<T, S>,
    key: Fingerprint,
    result: watch::Receiver<Option<T>>,
}

impl<T, S> Landing<T, S> {
    /// Returns the stakes that are not settled yet. If there are none, removes the flight. `None` also if the last caller
    /// has disconnected before the value was there: nothing may be cached then.
    fn next_stakes(&self) -> Option<Vec<S>> {
        let mut table = lock(&self.table);
        let flight = table.get_mut(&self.key).filter(|flight| flight.result.same_channel(&self.result))?;
        flight.is_landing = true;
        let stakes = std::mem::take(&mut flight.stakes);
        if stakes.is_empty() {
            table.remove(&self.key);
            return None;
        }
        Some(stakes)
    }

    fn leave_table(&self) {
        let mut table = lock(&self.table);
        if table.get(&self.key).is_some_and(|flight| flight.result.same_channel(&self.result)) {
            table.remove(&self.key);
        }
    }
}

impl<T, S> Drop for Landing<T, S> {
    fn drop(&mut self) {
        self.leave_table();
    }
}

#[cfg(test)]
#[path = "flight_tests.rs"]
mod tests;
