//! The open connections of a listener, and which of them makes room for a new one.

use std::{collections::HashMap, future::Future, sync::Arc};

use tokio::task::{Id, JoinSet};

use super::state::{Crowd, State};

pub(super) struct OpenConnections {
    tasks: JoinSet<()>,
    states: HashMap<Id, Arc<State>>,
    crowd: Arc<Crowd>,
    /// Connections that were idle at the last look around, those idle longest at the end. One that became idle later
    /// has not been idle as long, so nobody needs to look around again before these are used up.
    idle: Vec<(u64, Id)>,
}

impl OpenConnections {
    pub(super) fn new() -> Self {
        Self { tasks: JoinSet::new(), states: HashMap::new(), crowd: Arc::default(), idle: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Makes the state of a connection that is idle from now on.
    pub(super) fn new_state(&self) -> Arc<State> {
        Arc::new(State::new(self.crowd.clone()))
    }

    /// Runs a connection.
    pub(super) fn spawn(&mut self, state: Arc<State>, connection: impl Future<Output = ()> + Send + 'static) {
        self.crowd.set_full(false);
        let id = self.tasks.spawn(connection).id();
        self.states.insert(id, state);
    }

    /// Waits until a connection has ended; without any it never becomes ready.
    pub(super) async fn ended(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => drop(self.states.remove(&id)),
            Some(Err(error)) => drop(self.states.remove(&error.id())),
            None => std::future::pending().await,
        }
    }

    /// Waits until a connection has ended, and makes the one that has been idle longest do so. Where none is idle, it
    /// waits for the first that is.
    pub(super) async fn close_one(&mut self) {
        self.crowd.set_full(true);
        let crowd = self.crowd.clone();
        let mut asked: Option<Arc<State>> = None;
        loop {
            if !asked.as_ref().is_some_and(|state| state.is_asked_to_leave()) {
                asked = self.longest_idle();
                asked.iter().for_each(|state| state.ask_to_leave());
            }
            tokio::select! {
                biased;
                () = self.ended() => return,
                () = crowd.changed() => {}
            }
        }
    }

    /// Makes all connections end after the requests under way.
    pub(super) fn close(&self) {
        self.crowd.close();
        self.states.values().for_each(|state| state.wake());
    }

    /// Ends all connections at once; returns how many there were.
    pub(super) async fn cut_off(&mut self) -> usize {
        let count = self.len();
        self.tasks.shutdown().await;
        count
    }

    fn longest_idle(&mut self) -> Option<Arc<State>> {
        self.next_idle().or_else(|| {
            let idle = self.states.iter().filter_map(|(id, state)| Some((state.idle_since()?, *id)));
            self.idle.extend(idle);
            self.idle.sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
            self.next_idle()
        })
    }

    fn next_idle(&mut self) -> Option<Arc<State>> {
        while let Some((since, id)) = self.idle.pop() {
            if let Some(state) = self.states.get(&id).filter(|state| state.idle_since() == Some(since)) {
                return Some(state.clone());
            }
        }
        None
    }
}
