//! Single flight: any number of callers with the same question share one call.
//!
//! The call runs in a task of its own, so that the first caller may leave; when the last one has left, it is ended. Each
//! caller brings a stake. When the call has its value, the flight settles all stakes with it, those of callers who have
//! left included, before anybody learns the value. Once it settles, it is ended no more.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    sync::{Notify, watch},
    task::AbortHandle,
};

use super::fingerprint::Fingerprint;

type Table<T, S> = Arc<Mutex<HashMap<Fingerprint, Flight<T, S>>>>;

/// The calls under way. Bounded by the callers: a flight without one does not exist.
#[derive(Debug)]
pub struct Flights<T, S> {
    table: Table<T, S>,
}

#[derive(Debug)]
struct Flight<T, S> {
    result: watch::Receiver<Option<T>>,
    callers: usize,
    stakes: Vec<S>,
    task: AbortHandle,
    hurry: Arc<Notify>,
    /// The value is there, and is being settled.
    is_landing: bool,
}

/// What a caller brings into a flight.
pub trait Stake {
    /// Reports whether the other one already stands for this one.
    fn is_same(&self, other: &Self) -> bool;
}

/// A caller of a flight.
#[derive(Debug)]
pub struct Seat<T, S> {
    table: Table<T, S>,
    key: Fingerprint,
    result: watch::Receiver<Option<T>>,
    /// Whether another caller had begun the call.
    pub is_collapsed: bool,
    hurry: Arc<Notify>,
}

/// The call ended without an outcome: it panicked.
#[derive(Debug, PartialEq, Eq)]
pub struct Crashed;

impl<T, S> Flights<T, S>
where
    T: Clone + Send + Sync + 'static,
    S: Stake + Send + 'static,
{
    /// Takes a seat in the flight under this key. Where there is none, `begin` returns the call and what settles its
    /// stakes, or refuses. It gets what [`Seat::hurry`] notifies.
    pub fn join<F, G, H, E>(
        &self,
        key: Fingerprint,
        stake: S,
        begin: impl FnOnce(Arc<Notify>) -> Result<(F, G), E>,
    ) -> Result<Seat<T, S>, E>
    where
        F: Future<Output = T> + Send + 'static,
        G: Fn(T, Vec<S>) -> H + Send + 'static,
        H: Future<Output = ()> + Send,
    {
        let mut table = lock(&self.table);
        if let Some(flight) = table.get_mut(&key) {
            flight.callers += 1;
            if !flight.stakes.iter().any(|known| known.is_same(&stake)) {
                flight.stakes.push(stake);
            }
            let result = flight.result.clone();
            let hurry = flight.hurry.clone();
            return Ok(Seat { table: self.table.clone(), key, result, is_collapsed: true, hurry });
        }
        let hurry = Arc::new(Notify::new());
        let (call, settle) = begin(hurry.clone())?;
        let (sender, result) = watch::channel(None);
        let landing = Landing { table: self.table.clone(), key, result: result.clone() };
        let task = tokio::spawn(async move {
            let landing = landing;
            let value = call.await;
            // A caller who comes when the last stakes are settled finds what was remembered.
            while let Some(stakes) = landing.next_stakes() {
                settle(value.clone(), stakes).await;
            }
            let _ = sender.send(Some(value));
        });
        let (task, stakes) = (task.abort_handle(), vec![stake]);
        let flight =
            Flight { result: result.clone(), callers: 1, stakes, task, hurry: hurry.clone(), is_landing: false };
        table.insert(key, flight);
        Ok(Seat { table: self.table.clone(), key, result, is_collapsed: false, hurry })
    }

    #[cfg(test)]
    fn is_empty(&self) -> bool {
        lock(&self.table).is_empty()
    }
}

impl<T, S> Default for Flights<T, S> {
    fn default() -> Self {
        Self { table: Arc::default() }
    }
}

impl<T: Clone, S> Seat<T, S> {
    /// Tells the flight that a caller shares it who does not wait as long as the one who began it.
    pub fn hurry(&self) {
        self.hurry.notify_one();
    }

    /// Returns what [`Seat::hurry`] notifies.
    pub fn urge(&self) -> Arc<Notify> {
        self.hurry.clone()
    }

    /// Waits for the outcome. Dropped before, it leaves the flight.
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
        // The key may belong to a later flight by now.
        let Some(flight) = table.get_mut(&self.key).filter(|flight| flight.result.same_channel(&self.result)) else {
            return;
        };
        flight.callers -= 1;
        // Settling what the upstream said does not depend on who is left to hear it.
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

/// Removes a flight from the table however its task ends, a panic included.
struct Landing<T, S> {
    table: Table<T, S>,
    key: Fingerprint,
    result: watch::Receiver<Option<T>>,
}

impl<T, S> Landing<T, S> {
    /// Returns the stakes that are not settled yet, those so far at first. Without any the flight leaves the table: when
    /// all are settled, or when the last caller has just left and nothing may be remembered.
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

fn lock<T, S>(table: &Mutex<HashMap<Fingerprint, Flight<T, S>>>) -> MutexGuard<'_, HashMap<Fingerprint, Flight<T, S>>> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "flight_tests.rs"]
mod tests;
