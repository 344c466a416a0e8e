//! Single flight: any number of callers with the same question share one call.
//!
//! The call runs in a task of its own, so that the first caller may leave; when the last one has left, it is ended.
//! What it does with its outcome (remember it, say) it does itself, before anybody hears of it.

use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{sync::watch, task::AbortHandle};

use super::fingerprint::Fingerprint;

/// The calls under way. Bounded by the callers: a flight without one does not exist.
#[derive(Debug)]
pub struct Flights<T> {
    table: Arc<Mutex<HashMap<Fingerprint, Flight<T>>>>,
}

#[derive(Debug)]
struct Flight<T> {
    result: watch::Receiver<Option<T>>,
    callers: usize,
    task: AbortHandle,
}

/// A caller of a flight.
#[derive(Debug)]
pub struct Seat<T> {
    table: Arc<Mutex<HashMap<Fingerprint, Flight<T>>>>,
    key: Fingerprint,
    result: watch::Receiver<Option<T>>,
    /// Whether another caller had begun the call.
    pub is_collapsed: bool,
}

/// The call ended without an outcome: it panicked.
#[derive(Debug, PartialEq, Eq)]
pub struct Crashed;

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    /// Takes a seat in the flight under this key; `call` begins one where there is none, or refuses to.
    pub fn join<F, E>(&self, key: Fingerprint, call: impl FnOnce() -> Result<F, E>) -> Result<Seat<T>, E>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let mut table = lock(&self.table);
        if let Some(flight) = table.get_mut(&key) {
            flight.callers += 1;
            let result = flight.result.clone();
            return Ok(Seat { table: self.table.clone(), key, result, is_collapsed: true });
        }
        let call = call()?;
        let (sender, result) = watch::channel(None);
        let landing = Landing { table: self.table.clone(), key, result: result.clone() };
        let task = tokio::spawn(async move {
            let landing = landing;
            let value = call.await;
            // Off the table first: whoever comes now asks anew (and finds the verdict in the cache).
            drop(landing);
            let _ = sender.send(Some(value));
        });
        table.insert(key, Flight { result: result.clone(), callers: 1, task: task.abort_handle() });
        Ok(Seat { table: self.table.clone(), key, result, is_collapsed: false })
    }

    #[cfg(test)]
    fn is_empty(&self) -> bool {
        lock(&self.table).is_empty()
    }
}

impl<T> Default for Flights<T> {
    fn default() -> Self {
        Self { table: Arc::default() }
    }
}

impl<T: Clone> Seat<T> {
    /// Waits for the outcome. Dropped before, it leaves the flight.
    pub async fn outcome(mut self) -> Result<T, Crashed> {
        match self.result.wait_for(Option::is_some).await {
            Ok(value) => value.clone().ok_or(Crashed),
            Err(_) => Err(Crashed),
        }
    }
}

impl<T> Drop for Seat<T> {
    fn drop(&mut self) {
        let mut table = lock(&self.table);
        // The key may belong to a later flight by now.
        let Some(flight) = table.get_mut(&self.key).filter(|flight| flight.result.same_channel(&self.result)) else {
            return;
        };
        flight.callers -= 1;
        if flight.callers > 0 {
            return;
        }
        let abandoned = table.remove(&self.key);
        drop(table);
        if let Some(flight) = abandoned {
            flight.task.abort();
        }
    }
}

/// Takes a flight off the table however its task ends, a panic included.
struct Landing<T> {
    table: Arc<Mutex<HashMap<Fingerprint, Flight<T>>>>,
    key: Fingerprint,
    result: watch::Receiver<Option<T>>,
}

impl<T> Drop for Landing<T> {
    fn drop(&mut self) {
        let mut table = lock(&self.table);
        if table.get(&self.key).is_some_and(|flight| flight.result.same_channel(&self.result)) {
            table.remove(&self.key);
        }
    }
}

fn lock<T>(table: &Mutex<HashMap<Fingerprint, Flight<T>>>) -> MutexGuard<'_, HashMap<Fingerprint, Flight<T>>> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use tokio::sync::oneshot;

    use super::*;
    use crate::verify::fingerprint::Fingerprinter;

    fn key() -> Fingerprint {
        Fingerprinter::new().unwrap().target("a", "b")
    }

    #[tokio::test]
    async fn makes_one_call_for_two_thousand() {
        let (flights, key, calls) = (Flights::default(), key(), Arc::new(AtomicUsize::new(0)));
        let (land, landed) = oneshot::channel::<u32>();
        let mut landed = Some(landed);
        let seats: Vec<Seat<u32>> = (0..2000)
            .map(|_| {
                let seat = flights.join(key, || {
                    calls.fetch_add(1, Ordering::Relaxed);
                    let landed = landed.take().unwrap();
                    Ok::<_, Infallible>(async move { landed.await.unwrap() })
                });
                seat.unwrap()
            })
            .collect();
        assert_eq!(seats.iter().filter(|seat| !seat.is_collapsed).count(), 1);
        land.send(7).unwrap();
        for seat in seats {
            assert_eq!(seat.outcome().await, Ok(7));
        }
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        assert!(flights.is_empty());
    }

    #[tokio::test]
    async fn flies_on_when_the_first_caller_leaves() {
        let (flights, key) = (Flights::default(), key());
        let (land, landed) = oneshot::channel::<u32>();
        let first = flights.join(key, || Ok::<_, Infallible>(async move { landed.await.unwrap() })).unwrap();
        let second = flights.join(key, || Ok::<_, Infallible>(std::future::pending())).unwrap();
        drop(first);
        land.send(7).unwrap();
        assert_eq!(second.outcome().await, Ok(7));
    }

    #[tokio::test]
    async fn ends_when_the_last_caller_leaves() {
        let (flights, key) = (Flights::<u32>::default(), key());
        let (alive, mut ended) = oneshot::channel::<()>();
        let seat = flights.join(key, || {
            Ok::<_, Infallible>(async move {
                let _alive = alive;
                std::future::pending().await
            })
        });
        drop(seat.unwrap());
        assert!(flights.is_empty());
        // The sender is dropped with the call: a closed channel is how its end shows.
        assert!((&mut ended).await.is_err());
    }

    #[tokio::test]
    async fn tells_all_callers_of_a_crash() {
        let (flights, key) = (Flights::<u32>::default(), key());
        let (go, gone) = oneshot::channel::<()>();
        let call = async move {
            let _ = gone.await;
            panic!("a fault of ours")
        };
        let seat = flights.join(key, || Ok::<_, Infallible>(call)).unwrap();
        let other = flights.join(key, || Ok::<_, Infallible>(std::future::pending())).unwrap();
        go.send(()).unwrap();
        assert_eq!(seat.outcome().await, Err(Crashed));
        assert_eq!(other.outcome().await, Err(Crashed));
        assert!(flights.is_empty());
    }

    #[tokio::test]
    async fn begins_nothing_when_the_call_is_refused() {
        let flights = Flights::<u32>::default();
        let refused = flights.join(key(), || Err::<std::future::Pending<u32>, _>("full"));
        assert_eq!(refused.unwrap_err(), "full");
        assert!(flights.is_empty());
    }
}
