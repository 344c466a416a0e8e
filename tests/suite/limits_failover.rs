//! Rates and sessions of real binaries on Sentinel and Cluster while a server fails or slots move, and while
//! `secret_file` is rotated.

use std::time::Instant;

use crate::{
    limits_faults::{ACCEPTABLE, BURST, Scene},
    redis_cluster::RedisCluster,
    redis_server::{RedisSentinel, RedisServer, is_missing, wait_for},
    support::{eventually, request},
};

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_through_a_failover_of_sentinel() {
    if is_missing() {
        return;
    }
    let mut redis = RedisSentinel::start();
    let mut scene = Scene::start(2, &redis.url()).await;
    scene.replicas.use_redis(true).await;
    let load = scene.load("fail");
    let token = scene.token(6).await;
    assert_eq!(scene.attempts(&token, &[1, 0]).await, [true; 2]);
    scene.take_many(0, 0, 30).await;
    scene.learns_of(1, 0, BURST - 28).await;
    wait_for("the replicas have what the master has", || {
        let offset = redis.servers[0].info("master_repl_offset");
        redis.servers[1..].iter().all(|server| server.info("slave_repl_offset") >= offset)
    });
    let started = Instant::now();
    redis.servers[0].stop();
    scene.replicas.use_redis(false).await;
    assert_eq!(scene.attempts(&token, &[0, 1]).await, [true; 2]);
    wait_for("a new master with its replica", || {
        let master = redis.master().filter(|master| *master != 0);
        master.is_some_and(|master| redis.servers[master].info("connected_slaves") == 1)
    });
    load.goes_on().await;
    scene.replicas.use_redis(true).await;
    let granted = scene.attempts(&token, &[0, 1, 0, 1, 0, 1, 0, 1, 0, 1]).await;
    // On a busy machine two Sentinels may lead a failover each, so that there are two masters for a moment.
    let promoted: usize = redis.servers.iter().map(|server| server.log().matches("MASTER MODE enabled").count()).sum();
    if promoted == 1 {
        assert_eq!(granted[..4], [true, true, false, false]);
    }
    assert_eq!(granted[8..], [false; 2], "{promoted} masters");
    // Another instance finds the bucket at the new master.
    scene.replicas.add().await;
    scene.replicas.use_redis(true).await;
    scene.learns_of(2, 0, BURST - 30 + started.elapsed().as_secs() as u32).await;
    let slowest = load.end().await;
    assert!(slowest < ACCEPTABLE, "{slowest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_while_slots_of_a_cluster_move() {
    if is_missing() {
        return;
    }
    let redis = RedisCluster::start();
    let scene = Scene::start(2, &redis.url()).await;
    scene.replicas.use_redis(true).await;
    let load = scene.load("move");
    let token = scene.token(10).await;
    scene.take_many(0, 1, 30).await;
    scene.learns_of(1, 1, BURST - 28).await;
    let started = Instant::now();
    let mut granted = usize::from(scene.attempt(0, &token).await);
    let keys = redis.servers.iter().map(|server| server.command(&["--scan"])).collect::<Vec<_>>().join("\n");
    let limits: Vec<&str> =
        keys.lines().filter(|key| key.contains(":session:") || key.contains("verifier:rate:")).collect();
    assert!(limits.len() >= 2, "{keys}");
    for (number, key) in limits.iter().cycle().take(3 * limits.len()).enumerate() {
        let slot = redis.slot_of(key);
        let target = (redis.owner(slot) + 1) % 3;
        tokio::task::block_in_place(|| redis.move_slot(slot, target));
        granted += usize::from(scene.attempt(number % 2, &token).await);
    }
    load.goes_on().await;
    for number in 0..12 {
        granted += usize::from(scene.attempt(number % 2, &token).await);
    }
    assert_eq!(granted, 10);
    scene.learns_of(1, 1, BURST - 30 + started.elapsed().as_secs() as u32).await;
    scene.replicas.use_redis(true).await;
    let slowest = load.end().await;
    assert!(slowest < ACCEPTABLE, "{slowest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_while_one_node_of_a_cluster_is_down() {
    if is_missing() {
        return;
    }
    let mut redis = RedisCluster::start();
    let scene = Scene::start(2, &redis.url()).await;
    scene.replicas.use_redis(true).await;
    let load = scene.load("node");
    // One session on the node that will fail, and one on another node.
    let on = |redis: &RedisCluster, node: usize| {
        redis.servers[node]
            .command(&["--scan", "--pattern", "*:session:*"])
            .lines()
            .filter(|key| !key.is_empty())
            .count()
    };
    let (mut failing, mut other) = (None, None);
    for _ in 0..24 {
        let (token, before) = (scene.token(6).await, on(&redis, 1));
        assert!(scene.attempt(0, &token).await);
        *(if on(&redis, 1) > before { &mut failing } else { &mut other }) = Some(token);
    }
    let (failing, other) = (failing.unwrap(), other.unwrap());
    redis.servers[1].stop();
    load.goes_on().await;
    assert_eq!(scene.attempts(&failing, &[0, 1]).await, [true; 2]);
    let granted = scene.attempts(&other, &[0, 1, 0, 1, 0, 1, 0, 1]).await;
    assert_eq!(granted.iter().filter(|granted| **granted).count(), 5, "exact where its node is up: {granted:?}");
    for admin in &scene.replicas.admin {
        assert_eq!(request(*admin, "GET", "/readyz", &[], "").await.status, 200);
    }
    load.goes_on().await;
    redis.servers[1].restart();
    wait_for("the cluster is whole", || {
        redis.servers.iter().all(|server| server.command(&["CLUSTER", "INFO"]).contains("cluster_slots_ok:16384"))
    });
    for index in 0..2 {
        eventually("the instance uses the node again", async || {
            let (token, before) = (scene.token(6).await, on(&redis, 1));
            scene.attempt(index, &token).await && on(&redis, 1) > before
        })
        .await;
    }
    let granted = scene.attempts(&failing, &[0, 1, 0, 1, 0, 1, 0, 1]).await;
    assert_eq!(granted.iter().filter(|granted| **granted).count(), 3, "three of six were granted before: {granted:?}");
    let slowest = load.end().await;
    assert!(slowest < ACCEPTABLE, "{slowest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rates_of_other_nodes_hold_while_a_busy_one_hangs() {
    if is_missing() {
        return;
    }
    let redis = RedisCluster::start();
    let scene = Scene::start_with_timeout("1s", 2, &redis.url()).await;
    scene.replicas.use_redis(true).await;
    let load = scene.load("rate");
    let buckets = || {
        let keys = redis.servers.iter().map(|server| server.command(&["--scan"])).collect::<Vec<_>>().join("\n");
        keys.lines().filter(|key| key.contains("verifier:rate:")).map(str::to_owned).collect::<Vec<_>>()
    };
    eventually("the bucket of the load", async || buckets().len() == 1).await;
    let busy = buckets().remove(0);
    scene.take_many(0, 1, 1).await;
    eventually("another client's bucket", async || buckets().len() == 2).await;
    let other = buckets().into_iter().find(|key| *key != busy).unwrap();
    for (key, node) in [(&busy, 1), (&other, 0)] {
        tokio::task::block_in_place(|| redis.move_slot(redis.slot_of(key), node));
        let address = format!(":{}", redis.servers[node].port);
        let others = redis.servers.iter().enumerate().filter(|(index, _)| *index != node).map(|(_, server)| server);
        let others: Vec<_> = others.collect();
        wait_for("all nodes know", || others.iter().all(|server| server.command(&["GET", key]).contains(&address)));
    }
    // The instances learn of the new owners.
    scene.take_many(0, 1, 20).await;
    scene.learns_of(1, 1, BURST - 18).await;
    let started = Instant::now();
    redis.servers[1].pause();
    scene.replicas.use_redis(false).await;
    scene.take_many(0, 1, 10).await;
    scene.learns_of(1, 1, BURST - 28 + started.elapsed().as_secs() as u32).await;
    load.goes_on().await;
    redis.servers[1].resume();
    scene.replicas.use_redis(true).await;
    load.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_is_rotated_in_three_steps_without_refusing_a_session() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    let (old, new) = ("ab".repeat(32), "cd".repeat(32));
    let mut scene = Scene::start(1, &redis.url).await;
    for secrets in [format!("{old}\n{new}"), format!("{new}\n{old}"), new] {
        std::fs::write(scene.replicas.directory.path().join("secret"), secrets).unwrap();
        scene.replicas.add().await;
    }
    scene.replicas.use_redis(true).await;
    // The instances of two successive steps accept each other's tokens.
    for (issuer, other) in [(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2)] {
        let token = scene.token_of(issuer, 4).await;
        assert_eq!(scene.attempts(&token, &[issuer, other]).await, [true; 2], "{issuer} {other}");
        // Where the first lines are equal, they count attempts together; otherwise, each by itself.
        let expected = if issuer + other == 3 { [true; 6] } else { [true, true, false, false, false, false] };
        let granted = scene.attempts(&token, &[issuer, other, issuer, other, issuer, other]).await;
        assert_eq!(granted, expected, "{issuer} {other}");
    }
    // An instance that does not list the new line refuses what it signed.
    let token = scene.token_of(2, 4).await;
    assert_eq!(scene.verify(0, &token).await.status, 401);
}
