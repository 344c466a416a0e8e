//! The servers behind a connection, and which of them do not answer: one server, or the masters of a cluster.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use redis::{Value, cluster_routing::Slot};
use tokio::sync::watch;

/// The maximum number of hash tags to try for a key of a master. One with a single slot has one in 16,384.
const MAX_TAGS: u32 = 200_000;

/// One server.
#[derive(Debug)]
pub(super) struct Server {
    /// Host and port of a cluster's master.
    pub(super) address: Option<(String, u16)>,
    /// Whether it has the code of all scripts.
    pub(super) has_scripts: AtomicBool,
    /// Consecutive failures.
    pub(super) failures: AtomicU32,
    /// Whether a request was not answered, and no probe since.
    is_silent: watch::Sender<bool>,
}

/// The servers of a connection.
#[derive(Debug)]
pub(super) struct Servers {
    /// The server, or what stands for all slots without a master.
    rest: Arc<Server>,
    masters: Mutex<Masters>,
}

#[derive(Debug, Default)]
struct Masters {
    /// The answer to `CLUSTER SLOTS` from which the slots were read.
    layout: Option<Value>,
    slots: HashMap<Slot, Arc<Server>>,
    servers: Vec<Arc<Server>>,
}

impl Server {
    fn new(address: Option<(String, u16)>) -> Arc<Self> {
        let (has_scripts, failures) = (AtomicBool::new(false), AtomicU32::new(0));
        Arc::new(Self { address, has_scripts, failures, is_silent: watch::Sender::new(false) })
    }

    /// Returns the address of a cluster's master, for logs.
    pub(super) fn name(&self) -> String {
        self.address.as_ref().map_or_else(String::new, |(host, port)| format!("{host}:{port}"))
    }

    pub(super) fn is_silent(&self) -> bool {
        *self.is_silent.borrow()
    }

    /// Stops the use of this server until a probe is answered. Returns whether it was in use.
    pub(super) fn silence(&self) -> bool {
        // It may have been restarted.
        self.has_scripts.store(false, Ordering::Relaxed);
        !self.is_silent.send_replace(true)
    }

    /// Uses this server again.
    pub(super) fn answers(&self) {
        self.failures.store(0, Ordering::Relaxed);
        self.is_silent.send_replace(false);
    }

    /// Completes once the server is silent: its answers come in order, so nobody else needs to wait for one.
    pub(super) async fn silenced(&self) {
        let _ = self.is_silent.subscribe().wait_for(|is_silent| *is_silent).await;
    }
}

impl Servers {
    pub(super) fn new() -> Self {
        Self { rest: Server::new(None), masters: Mutex::default() }
    }

    /// Returns the server of a key.
    pub(super) fn of(&self, key: &[u8]) -> Arc<Server> {
        let masters = self.masters.lock().unwrap_or_else(PoisonError::into_inner);
        if masters.servers.is_empty() {
            return self.rest.clone();
        }
        masters.slots.get(&Slot::for_key(key)).unwrap_or(&self.rest).clone()
    }

    /// Returns the name of a key that a server has. In a cluster, its hash tag belongs to a slot of that master.
    pub(super) fn probe_key(&self, server: &Server) -> String {
        let masters = self.masters.lock().unwrap_or_else(PoisonError::into_inner);
        let is_there = |tag: &u32| {
            let owner = masters.slots.get(&Slot::for_key(tag.to_string()));
            owner.is_some_and(|owner| owner.address == server.address)
        };
        let tags = if server.address.is_some() { 0..MAX_TAGS } else { 0..0 };
        tags.into_iter().find(is_there).map_or_else(|| "probe".to_owned(), |tag| format!("probe{{{tag}}}"))
    }

    /// Returns the server, or all masters.
    pub(super) fn all(&self) -> Vec<Arc<Server>> {
        let masters = self.masters.lock().unwrap_or_else(PoisonError::into_inner);
        if masters.servers.is_empty() { vec![self.rest.clone()] } else { masters.servers.clone() }
    }

    /// Adopts the answer to `CLUSTER SLOTS`. Servers that remain keep their state.
    pub(super) fn learn(&self, layout: Value) {
        let mut masters = self.masters.lock().unwrap_or_else(PoisonError::into_inner);
        if masters.layout.as_ref() == Some(&layout) {
            return;
        }
        let (mut slots, mut servers) = (HashMap::new(), Vec::<Arc<Server>>::new());
        for (first, last, address) in ranges(&layout) {
            let is_it = |server: &&Arc<Server>| server.address.as_ref() == Some(&address);
            let known = servers.iter().chain(&masters.servers).find(is_it).cloned();
            let server = known.unwrap_or_else(|| Server::new(Some(address.clone())));
            slots.extend((first..=last).filter_map(Slot::new).map(|slot| (slot, server.clone())));
            if !servers.iter().any(|known| Arc::ptr_eq(known, &server)) {
                servers.push(server);
            }
        }
        *masters = Masters { layout: Some(layout), slots, servers };
    }
}

/// Reads the ranges of slots, each with the address of its master. An answer of another form has none.
fn ranges(layout: &Value) -> Vec<(u16, u16, (String, u16))> {
    let Value::Array(ranges) = layout else { return Vec::new() };
    let number = |value: &Value| match value {
        Value::Int(number) => u16::try_from(*number).ok(),
        _ => None,
    };
    let read = |range: &Value| {
        let Value::Array(parts) = range else { return None };
        let [first, last, Value::Array(master), ..] = &parts[..] else { return None };
        let [Value::BulkString(host), port, ..] = &master[..] else { return None };
        let host = String::from_utf8(host.clone()).ok().filter(|host| !host.is_empty())?;
        Some((number(first)?, number(last)?, (host, number(port)?)))
    };
    ranges.iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(ranges: &[(i64, i64, i64)]) -> Value {
        let master = |port| Value::Array(vec![Value::BulkString(b"h".to_vec()), Value::Int(port)]);
        let range = |&(first, last, port): &_| Value::Array(vec![Value::Int(first), Value::Int(last), master(port)]);
        Value::Array(ranges.iter().map(range).collect())
    }

    #[test]
    fn each_master_of_a_cluster_has_its_own_state() {
        let servers = Servers::new();
        assert!(Arc::ptr_eq(&servers.of(b"a"), &servers.all()[0]), "one server has all keys");
        // The slot of `a` is 15495, that of `b` is 3300.
        servers.learn(layout(&[(0, 8000, 1), (8001, 15999, 2), (16000, 16383, 1)]));
        assert_eq!(servers.all().len(), 2);
        let (a, b) = (servers.of(b"a"), servers.of(b"b"));
        assert_eq!((a.address.as_ref().unwrap().1, b.address.as_ref().unwrap().1), (2, 1));
        for server in servers.all() {
            assert!(Arc::ptr_eq(&servers.of(servers.probe_key(&server).as_bytes()), &server));
        }
        assert!(a.silence() && !a.silence() && servers.of(b"x{a}y").is_silent() && !servers.of(b"b").is_silent());
        servers.learn(layout(&[(0, 8000, 3), (8001, 16383, 2)]));
        assert!(servers.of(b"a").is_silent(), "it is the same server");
        servers.of(b"a").answers();
        assert!(!servers.of(b"a").is_silent());
        assert_eq!(servers.of(b"b").address.as_ref().unwrap().1, 3);
        servers.learn(Value::Okay);
        assert_eq!(servers.all().len(), 1);
        assert_eq!(servers.probe_key(&servers.all()[0]), "probe");
        let (narrow, wide) = ((7, 7, 1), (8, 16383, 2));
        servers.learn(layout(&[narrow, wide]));
        let narrow = servers.all()[0].clone();
        assert!(Arc::ptr_eq(&servers.of(servers.probe_key(&narrow).as_bytes()), &narrow));
    }
}
