//! Redis Cluster: three masters that share the slots.

use crate::redis_server::{RedisServer, free_port, is_missing, plain, wait_for};

const SLOTS: u16 = 16384;

/// Three masters that share the slots.
pub struct RedisCluster {
    pub servers: Vec<RedisServer>,
}

impl RedisCluster {
    pub fn start() -> Self {
        let start = || {
            let more = "cluster-enabled yes\ncluster-config-file nodes.conf\ncluster-node-timeout 1000\n\
                        cluster-require-full-coverage no\n";
            RedisServer::launch(more, |server| format!("{}cluster-port {}\n", plain(server), free_port()))
        };
        let servers: Vec<_> = (0..3).map(|_| start()).collect();
        let share = SLOTS / 3;
        for (index, server) in (0..).zip(&servers) {
            let last = if index == 2 { SLOTS - 1 } else { (index + 1) * share - 1 };
            let (first, last) = ((index * share).to_string(), last.to_string());
            assert_eq!(server.command(&["CLUSTER", "ADDSLOTSRANGE", &first, &last]), "OK");
            let epoch = (index + 1).to_string();
            assert_eq!(server.command(&["CLUSTER", "SET-CONFIG-EPOCH", &epoch]), "OK");
        }
        let cluster = Self { servers };
        cluster.wait_until_ready();
        cluster
    }

    fn wait_until_ready(&self) {
        wait_for("every node knows all slots", || {
            self.meet();
            self.servers.iter().filter(|server| server.is_running()).all(|server| {
                let state = server.command(&["CLUSTER", "INFO"]);
                state.contains("cluster_state:ok") && state.contains("cluster_known_nodes:3")
            })
        });
    }

    /// Introduces the nodes to the first one. On a busy machine an introduction may expire, so it is repeated.
    fn meet(&self) {
        let first = &self.servers[0];
        if !first.is_running() || first.command(&["CLUSTER", "INFO"]).contains("cluster_known_nodes:3") {
            return;
        }
        for server in self.servers[1..].iter().filter(|server| server.is_running()) {
            let bus = server.config().lines().find_map(|line| line.strip_prefix("cluster-port ").map(str::to_owned));
            let meet = ["CLUSTER", "MEET", "127.0.0.1", &server.port.to_string(), &bus.unwrap()];
            assert_eq!(first.command(&meet), "OK");
        }
    }

    /// Returns the value of the service's `url`.
    pub fn url(&self) -> String {
        let nodes = self.servers.iter().map(|server| format!("127.0.0.1:{}", server.port));
        format!("redis+cluster://{}", nodes.collect::<Vec<_>>().join(","))
    }

    /// Moves a slot with its keys; meanwhile, requests to the old owner get ASK and MOVED.
    pub fn move_slot(&self, slot: u16, to: usize) {
        let (from, slot) = (self.owner(slot), slot.to_string());
        if from == to {
            return;
        }
        let (source, target) = (&self.servers[from], &self.servers[to]);
        let (source_id, target_id) = (source.command(&["CLUSTER", "MYID"]), target.command(&["CLUSTER", "MYID"]));
        target.command(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &source_id]);
        source.command(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &target_id]);
        loop {
            let keys = source.command(&["CLUSTER", "GETKEYSINSLOT", &slot, "100"]);
            let port = target.port.to_string();
            let mut migrate = vec!["MIGRATE", "127.0.0.1", &port, "", "0", "1000", "KEYS"];
            migrate.extend(keys.lines().filter(|key| !key.is_empty()));
            if migrate.len() == 7 {
                break;
            }
            source.command(&migrate);
        }
        for server in [target, source] {
            server.command(&["CLUSTER", "SETSLOT", &slot, "NODE", &target_id]);
        }
    }

    /// Returns the index of the node that has a slot.
    pub fn owner(&self, slot: u16) -> usize {
        let is_there = |server: &RedisServer| {
            let nodes = server.command(&["CLUSTER", "NODES"]);
            let own = nodes.lines().find(|line| line.contains("myself")).unwrap();
            own.split(' ').skip(8).filter(|range| !range.starts_with('[')).any(|range| {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                (first.parse::<u16>().unwrap()..=last.parse().unwrap()).contains(&slot)
            })
        };
        self.servers.iter().position(is_there).unwrap()
    }

    /// Returns the slot of a key.
    pub fn slot_of(&self, key: &str) -> u16 {
        self.servers[0].command(&["CLUSTER", "KEYSLOT", key]).parse().unwrap()
    }
}

#[test]
fn a_cluster_moves_slots() {
    if is_missing() {
        return;
    }
    let cluster = RedisCluster::start();
    let slot = cluster.slot_of("a");
    let (from, to) = (cluster.owner(slot), (cluster.owner(slot) + 1) % 3);
    assert_eq!(cluster.servers[from].command(&["SET", "a", "1"]), "OK");
    cluster.move_slot(slot, to);
    assert_eq!((cluster.owner(slot), cluster.servers[to].command(&["GET", "a"])), (to, "1".to_owned()));
}
