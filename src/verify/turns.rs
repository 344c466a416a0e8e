//! Permits that clients take in turns: however many questions of one client wait, every client with a waiting question
//! gets the next free permit in its turn.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use tokio::{
    sync::oneshot,
    time::{Instant, timeout_at},
};

use super::{bulkhead::Full, lock};

/// Permits, given in the order of the clients' turns.
#[derive(Debug)]
pub struct Turns {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    free: usize,
    /// Waiting questions, by client and in order of arrival.
    waiting: HashMap<Arc<str>, BTreeMap<u64, oneshot::Sender<Turn>>>,
    /// The clients of `waiting`, each once, the next one first.
    order: VecDeque<Arc<str>>,
    arrived: u64,
}

/// A permit; when dropped, it passes to the next client.
#[derive(Debug)]
pub struct Turn {
    /// `None` once the permit has been passed on.
    state: Option<Arc<Mutex<State>>>,
}

/// Removes a waiting question when its caller disconnects.
struct Waiting<'a> {
    state: &'a Mutex<State>,
    client: &'a str,
    number: u64,
}

impl Turns {
    /// Creates `count` permits.
    pub fn new(count: usize) -> Self {
        let state = State { free: count, waiting: HashMap::new(), order: VecDeque::new(), arrived: 0 };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Waits for a permit until a deadline.
    pub async fn take(&self, client: &str, until: Instant) -> Result<Turn, Full> {
        let (number, place) = {
            let mut state = lock(&self.state);
            // While a permit is free, no question is waiting.
            if let Some(free) = state.free.checked_sub(1) {
                state.free = free;
                return Ok(Turn { state: Some(self.state.clone()) });
            }
            state.wait(client)
        };
        let _waiting = Waiting { state: &self.state, client, number };
        match timeout_at(until, place).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Full),
        }
    }
}

impl State {
    fn wait(&mut self, client: &str) -> (u64, oneshot::Receiver<Turn>) {
        let (sender, receiver) = oneshot::channel();
        self.arrived += 1;
        if let Some(same) = self.waiting.get_mut(client) {
            same.insert(self.arrived, sender);
        } else {
            let client: Arc<str> = client.into();
            self.order.push_back(client.clone());
            self.waiting.insert(client, BTreeMap::from([(self.arrived, sender)]));
        }
        (self.arrived, receiver)
    }

    /// Returns the next in turn; if none is waiting, the permit is free.
    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        while let Some(client) = self.order.pop_front() {
            let first = self.waiting.get_mut(&client).and_then(BTreeMap::pop_first);
            // A client whose last question has left keeps its turn once more, and is then removed.
            let Some((_, sender)) = first else {
                self.waiting.remove(&client);
                continue;
            };
            self.order.push_back(client);
            return Some(sender);
        }
        self.free += 1;
        None
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(mut state) = self.state.take() else { return };
        loop {
            // A returned value must not be dropped while the lock is held.
            let next = lock(&state).next();
            let Some(next) = next else { return };
            match next.send(Turn { state: Some(state) }) {
                Ok(()) => return,
                Err(mut back) => match back.state.take() {
                    Some(same) => state = same,
                    None => return,
                },
            }
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(same) = lock(self.state).waiting.get_mut(self.client) {
            same.remove(&self.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(1)
    }

    #[tokio::test(start_paused = true)]
    async fn gives_each_client_every_second_place() {
        let turns = Turns::new(1);
        let mut held = turns.take("a", soon()).await.unwrap();
        let take = async |client: &'static str| (client, turns.take(client, soon()).await.unwrap());
        let mut waiting: FuturesUnordered<_> = (0..12).map(|at| take(if at < 9 { "a" } else { "b" })).collect();
        assert!(waiting.next().now_or_never().is_none());
        let mut order = String::new();
        for _ in 0..12 {
            drop(held);
            let (client, turn) = waiting.next().await.unwrap();
            order += client;
            held = turn;
        }
        assert_eq!(order, "abababaaaaaa");
        drop(held);
        assert_eq!(lock(&turns.state).free, 1);
        assert!(lock(&turns.state).order.is_empty() && lock(&turns.state).waiting.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn loses_no_place_to_callers_who_leave() {
        let turns = Turns::new(2);
        let held = [turns.take("a", soon()).await.unwrap(), turns.take("a", soon()).await.unwrap()];
        assert_eq!(turns.take("a", soon()).await.unwrap_err(), Full);
        // One question leaves while it waits, and one while its permit is on the way.
        let (mut early, mut late) = (Box::pin(turns.take("b", soon())), Box::pin(turns.take("c", soon())));
        assert!(early.as_mut().now_or_never().is_none() && late.as_mut().now_or_never().is_none());
        drop(early);
        drop(held);
        drop(late);
        assert_eq!(lock(&turns.state).free, 2);
        assert!(lock(&turns.state).order.is_empty());
    }
}
