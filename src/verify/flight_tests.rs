use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::atomic::{AtomicUsize, Ordering},
};

use tokio::sync::oneshot;

use super::*;
use crate::verify::fingerprint::Fingerprinter;

/// A numbered caller; counts how often it was settled.
#[derive(Debug, Clone)]
struct Caller(usize, Arc<AtomicUsize>);

impl Stake for Caller {
    fn is_same(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Caller {
    fn new(number: usize) -> Self {
        Self(number, Arc::default())
    }

    fn settled(&self) -> usize {
        self.1.load(Ordering::Relaxed)
    }
}

fn key() -> Fingerprint {
    Fingerprinter::new().unwrap().target("a", "b")
}

fn settle(_: u32, callers: Vec<Caller>) -> Ready<()> {
    for caller in callers {
        caller.1.fetch_add(1, Ordering::Relaxed);
    }
    ready(())
}

type Seated = Seat<u32, Caller>;

fn join(
    flights: &Flights<u32, Caller>,
    key: Fingerprint,
    caller: &Caller,
    call: impl Future<Output = u32> + Send + 'static,
) -> Seated {
    let seat = flights.join(key, caller.clone(), |_| Ok::<_, Infallible>((call, settle)));
    seat.unwrap_or_else(|never| match never {})
}

#[tokio::test]
async fn makes_one_call_for_two_thousand() {
    let (flights, key, calls) = (Flights::default(), key(), Arc::new(AtomicUsize::new(0)));
    let (land, landed) = oneshot::channel::<u32>();
    let mut landed = Some(landed);
    let seats: Vec<Seated> = (0..2000)
        .map(|number| {
            let seat = flights.join(key, Caller::new(number), |_| {
                calls.fetch_add(1, Ordering::Relaxed);
                let landed = landed.take().unwrap();
                Ok::<_, Infallible>((async move { landed.await.unwrap() }, settle))
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
async fn settles_once_for_every_caller_including_those_that_left() {
    let (flights, key) = (Flights::default(), key());
    let (land, landed) = oneshot::channel::<u32>();
    let (a, b) = (Caller::new(1), Caller::new(2));
    let first = join(&flights, key, &a, async move { landed.await.unwrap() });
    let twice = join(&flights, key, &a, std::future::pending());
    let second = join(&flights, key, &b, std::future::pending());
    drop(first);
    drop(second);
    land.send(7).unwrap();
    assert_eq!(twice.outcome().await, Ok(7));
    assert_eq!((a.settled(), b.settled()), (1, 1));
}

#[tokio::test]
async fn continues_when_the_first_caller_leaves() {
    let (flights, key) = (Flights::default(), key());
    let (land, landed) = oneshot::channel::<u32>();
    let first = join(&flights, key, &Caller::new(1), async move { landed.await.unwrap() });
    let second = join(&flights, key, &Caller::new(2), std::future::pending());
    drop(first);
    land.send(7).unwrap();
    assert_eq!(second.outcome().await, Ok(7));
}

#[tokio::test]
async fn ends_and_settles_nothing_when_the_last_caller_leaves() {
    let (flights, key, caller) = (Flights::default(), key(), Caller::new(1));
    let (alive, mut ended) = oneshot::channel::<()>();
    let seat = join(&flights, key, &caller, async move {
        let _alive = alive;
        std::future::pending().await
    });
    drop(seat);
    assert!(flights.is_empty());
    // Dropping the call drops the sender, so the closed channel shows that the call has ended.
    assert!((&mut ended).await.is_err());
    assert_eq!(caller.settled(), 0);
}

#[tokio::test]
async fn reports_a_crash_to_all_callers() {
    let (flights, key) = (Flights::default(), key());
    let (go, gone) = oneshot::channel::<()>();
    let call = async move {
        let _ = gone.await;
        panic!("a bug")
    };
    let seat = join(&flights, key, &Caller::new(1), call);
    let other = join(&flights, key, &Caller::new(2), std::future::pending());
    go.send(()).unwrap();
    assert_eq!(seat.outcome().await, Err(Crashed));
    assert_eq!(other.outcome().await, Err(Crashed));
    assert!(flights.is_empty());
}

#[tokio::test]
async fn starts_nothing_when_the_call_is_refused() {
    let flights = Flights::<u32, Caller>::default();
    let refused = flights.join(key(), Caller::new(1), |_| {
        Err::<(std::future::Pending<u32>, fn(u32, Vec<Caller>) -> Ready<()>), _>("full")
    });
    assert_eq!(refused.unwrap_err(), "full");
    assert!(flights.is_empty());
}
