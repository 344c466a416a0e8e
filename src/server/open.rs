//! The open connections of a listener, and which of them makes room for a new one.

use std::{collections::HashMap, future::Future, sync::Arc};

use tokio::task::{Id, JoinSet};

use super::state::{Crowd, State};

pub(super) struct OpenConnections {
    tasks: JoinSet<()>,
    states: HashMap<Id, Arc<State>>,
    crowd: Arc<Crowd>,
    /// Connections that were idle at the last scan, those idle longest at the end. One that became idle later has been
    /// idle for less time, so no new scan is needed until these are used up.
    idle: Vec<(u64, Id)>,
}

impl OpenConnections {
    pub(super) fn new() -> Self {
        Self { tasks: JoinSet::new(), states: HashMap::new(), crowd: Arc::default(), idle: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    /// Creates the state of a connection that is idle from now on.
    pub(super) fn new_state(&self) -> Arc<State> {
        Arc::new(State::new(self.crowd.clone()))
    }

    /// Runs a connection.
    pub(super) fn spawn(&mut self, state: Arc<State>, connection: impl Future<Output = ()> + Send + 'static) {
        self.crowd.set_full(false);
        let id = self.tasks.spawn(connection).id();
        self.states.insert(id, state);
    }

    /// Waits until a connection has ended; pending forever if there is none.
    pub(super) async fn ended(&mut self) {
        match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => drop(self.states.remove(&id)),
            Some(Err(error)) => drop(self.states.remove(&error.id())),
            None => std::future::pending().await,
        }
    }

    /// Waits until a connection has ended, and asks the one that has been idle longest to end. If no connection is
    /// idle, waits for the first that becomes idle.
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

    /// Asks all connections to end after their running requests.
    pub(super) fn close(&self) {
        self.crowd.close();
        self.states.values().for_each(|state| state.wake());
    }

    /// Closes all connections immediately; returns their number.
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
