//! Several real binaries on one Redis: the limits of callers apply to all of them together.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};

use crate::{
    binary::Binary,
    redis_server::{RedisServer, is_missing},
    settings::{Client, Settings},
    support::{Answer, KEY, Reply, Upstream, config_text, credential, eventually, read_answer, request},
};

const ORIGIN: &str = "https://dash.example.com";

/// Real binaries with the same configuration.
pub struct Replicas {
    pub binaries: Vec<Binary>,
    pub public: Vec<SocketAddr>,
    pub admin: Vec<SocketAddr>,
    pub directory: tempfile::TempDir,
}

impl Replicas {
    /// Starts `count` replicas with one Redis and one client. On a busy machine Redis may take longer than the default
    /// timeout, and the limits are exact only while it answers.
    pub async fn start(count: usize, redis: &str, upstream: &Upstream, client: Client) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let secret = directory.path().join("secret");
        std::fs::write(&secret, "ab".repeat(32)).unwrap();
        let text = config_text(Some(upstream.address), Settings::from("").client(client));
        let text =
            format!("secret_file = \"{}\"\n{text}\n[redis]\nurl = \"{redis}\"\ntimeout = \"2s\"\n", secret.display());
        std::fs::write(directory.path().join("service.toml"), text).unwrap();
        let mut replicas = Self { binaries: Vec::new(), public: Vec::new(), admin: Vec::new(), directory };
        for _ in 0..count {
            replicas.add().await;
        }
        replicas
    }

    /// Starts another replica.
    pub async fn add(&mut self) {
        let config = self.directory.path().join("service.toml").display().to_string();
        let mut binary = Binary::start(&["serve", "--config", &config], &[]);
        self.public.push(binary.address("public").await);
        self.admin.push(binary.address("admin").await);
        self.binaries.push(binary);
    }

    /// Waits until every replica uses Redis, or until no replica does.
    pub async fn use_redis(&self, is_up: bool) {
        let line = format!("connect_verifier_redis_up {}\n", u8::from(is_up));
        for admin in &self.admin {
            eventually(&line, async || request(*admin, "GET", "/metrics", &[], "").await.body.contains(&line)).await;
        }
    }

    /// Posts a verification with a bearer token.
    pub async fn verify(&self, index: usize, bearer: &str, headers: &[(&str, &str)], passcode: &str) -> Answer {
        let authorization = format!("Bearer {bearer}");
        let mut all = vec![("content-type", "application/json"), ("authorization", authorization.as_str())];
        all.extend_from_slice(headers);
        let body = credential("AAA-AAA-AAAA", passcode, "in1").to_string();
        request(self.public[index % self.public.len()], "POST", "/v1/verify", &all, &body).await
    }
}

/// Sends requests that need no upstream until a deadline, each after the previous answer, and counts the admitted ones.
async fn hammer(to: SocketAddr, until: Instant, admitted: Arc<AtomicU32>) {
    let one = format!(
        "POST /v1/verify HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\nContent-Type: application/json\r\n\
         Content-Length: 2\r\n\r\n{{}}"
    );
    let mut stream = TcpStream::connect(to).await.unwrap();
    while Instant::now() < until {
        stream.write_all(one.as_bytes()).await.unwrap();
        let answer = read_answer(&mut stream).await;
        match answer.status {
            422 => _ = admitted.fetch_add(1, Ordering::Relaxed),
            // Pause briefly: the machine has other work, and the next token is milliseconds away.
            429 => tokio::time::sleep(Duration::from_millis(2)).await,
            other => panic!("{other}: {answer:?}"),
        }
    }
    let _ = stream.shutdown().await;
    let _ = stream.read_u8().await;
}

/// Returns how many requests several replicas admit for a client that sends as fast as it can.
async fn admitted_in(replicas: &Replicas, time: Duration) -> f64 {
    let (until, admitted) = (Instant::now() + time, Arc::new(AtomicU32::new(0)));
    let mut callers = JoinSet::new();
    for to in replicas.public.iter().cycle().take(2 * replicas.public.len()) {
        callers.spawn(hammer(*to, until, admitted.clone()));
    }
    callers.join_all().await;
    f64::from(admitted.load(Ordering::Relaxed))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clients_rate_holds_for_all_replicas_together() {
    if is_missing() {
        return;
    }
    let (mut redis, upstream) = (RedisServer::start(), Upstream::always(Reply::success()).await);
    let (burst, rate, instances) = (100.0, 50.0, 3.0);
    let replicas = Replicas::start(3, &redis.url, &upstream, Client::usual().rate(50, 100)).await;
    replicas.use_redis(true).await;
    let started = Instant::now();
    let admitted = admitted_in(&replicas, Duration::from_secs(4)).await;
    let time = started.elapsed().as_secs_f64();
    let due = burst + rate * time;
    // The bound from src/admission/shared.rs, with the interval and redis.timeout.
    let bound = due + (instances - 1.0) * burst + instances * rate * (0.1 + 2.0);
    assert!(admitted <= bound, "{admitted} admitted, at most {bound}");
    assert!(admitted >= 0.9 * due, "{admitted} admitted, {due} are due");
    // Requests admitted above the rate are a debt, so the rate holds over a longer time.
    let longer = admitted + admitted_in(&replicas, Duration::from_secs(4)).await;
    let due = burst + rate * started.elapsed().as_secs_f64();
    assert!((0.9 * due..due + 2.0 * rate).contains(&longer), "{longer} admitted, {due} are due");
    // The headers are the same on all replicas and match the decision.
    for index in 0..3 {
        let answer = replicas.verify(index, KEY, &[], "x").await;
        assert_eq!(answer.header("ratelimit-policy"), Some("\"client\";q=100;w=2"));
        let left = answer.header("ratelimit").unwrap().strip_prefix("\"client\";r=").unwrap();
        let left: f64 = left.split(';').next().unwrap().parse().unwrap();
        assert!(left < burst / 2.0, "{left} left at replica {index} after a long time above the rate");
    }
    // Without Redis, each replica uses its own limits.
    redis.stop();
    replicas.use_redis(false).await;
    let started = Instant::now();
    let alone = admitted_in(&replicas, Duration::from_secs(2)).await;
    let most = instances * (burst + rate * started.elapsed().as_secs_f64());
    assert!((2.0 * rate..=most).contains(&alone), "{alone} admitted without Redis, at most {most}");
    redis.restart();
    replicas.use_redis(true).await;
}

async fn token(replicas: &Replicas, attempts: u32) -> String {
    let body = serde_json::json!({"origin": ORIGIN, "max_attempts": attempts}).to_string();
    let authorization = format!("Bearer {KEY}");
    let headers = [("content-type", "application/json"), ("authorization", authorization.as_str())];
    let answer = request(replicas.public[0], "POST", "/v1/sessions", &headers, &body).await;
    answer.json()["token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_ten_attempts_gives_ten_over_three_replicas() {
    if is_missing() {
        return;
    }
    let (redis, upstream) = (RedisServer::start(), Upstream::always(Reply::success()).await);
    let replicas = Replicas::start(3, &redis.url, &upstream, Client::usual().origin(ORIGIN)).await;
    replicas.use_redis(true).await;
    let token = token(&replicas, 10).await;
    let ask = async |index| replicas.verify(index, &token, &[("origin", ORIGIN)], "GOOD").await.status;
    let statuses = futures_util::future::join_all((0..30).map(ask)).await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 10, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 20, "{statuses:?}");
    let answer = replicas.verify(1, &token, &[("origin", ORIGIN)], "GOOD").await;
    assert_eq!(answer.json()["code"], "too_many_attempts");
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_are_remembered_while_redis_is_away_and_when_it_has_lost_them() {
    if is_missing() {
        return;
    }
    let (mut redis, upstream) = (RedisServer::start(), Upstream::always(Reply::success()).await);
    let replicas = Replicas::start(2, &redis.url, &upstream, Client::usual().origin(ORIGIN)).await;
    replicas.use_redis(true).await;
    let token = token(&replicas, 6).await;
    let ask = async |index| replicas.verify(index, &token, &[("origin", ORIGIN)], "GOOD").await.status;
    assert_eq!([ask(0).await, ask(0).await, ask(1).await], [200; 3]);
    redis.stop();
    replicas.use_redis(false).await;
    assert_eq!(ask(1).await, 200, "the fourth, by what the second replica knows");
    redis.restart();
    replicas.use_redis(true).await;
    // The server has lost all data, and the second replica knows of four attempts.
    assert_eq!([ask(1).await, ask(0).await, ask(0).await, ask(1).await], [200, 200, 429, 429]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hit_costs_no_round_trip() {
    if is_missing() {
        return;
    }
    let (redis, upstream) = (RedisServer::start(), Upstream::always(Reply::success()).await);
    let replicas = Replicas::start(2, &redis.url, &upstream, Client::usual().rate(10_000, 10_000)).await;
    replicas.use_redis(true).await;
    for index in 0..2 {
        assert_eq!(replicas.verify(index, KEY, &[], "GOOD").await.status, 200);
    }
    let (before, started) = (redis.calls("evalsha"), Instant::now());
    for index in 0..400 {
        assert_eq!(replicas.verify(index, KEY, &[], "GOOD").await.json()["source"], "cache");
    }
    let (calls, intervals) = (redis.calls("evalsha") - before, started.elapsed().as_millis() as u64 / 100 + 1);
    assert!(calls <= 2 * intervals, "{calls} scripts in {intervals} intervals of 2 replicas, with 400 hits");
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_somebody_else_wrote_stop_nobody() {
    if is_missing() {
        return;
    }
    let (redis, upstream) = (RedisServer::start(), Upstream::always(Reply::success()).await);
    let replicas = Replicas::start(1, &redis.url, &upstream, Client::usual().origin(ORIGIN)).await;
    replicas.use_redis(true).await;
    let token = token(&replicas, 10).await;
    let ask = async || replicas.verify(0, &token, &[("origin", ORIGIN)], "GOOD").await.status;
    assert_eq!(ask().await, 200);
    let keys = || redis.command(&["--scan", "--pattern", "connect-verifier:*"]);
    eventually("the client's rate and the session are there", async || {
        keys().contains(":rate:") && keys().contains(":session:")
    })
    .await;
    let all = keys();
    let written: Vec<&str> = all.lines().filter(|key| key.contains(":rate:") || key.contains(":session:")).collect();
    for make in [&["SET", "garbage"][..], &["SET", "99999999999999999999999999 1"], &["RPUSH", "a"], &["SET", "-1 -1"]]
    {
        for key in &written {
            redis.command(&["DEL", key]);
            redis.command(&[make[0], key, make[1]]);
        }
        assert_eq!(ask().await, 200, "{make:?}");
    }
    assert!(!all.contains("test"), "no key shows the client's name: {all}");
    eventually("the rate is stored anew", async || {
        let rate = written.iter().find(|key| key.contains(":rate:")).unwrap();
        redis.command(&["TYPE", rate]) == "string" && redis.command(&["GET", rate]).split(' ').count() == 2
    })
    .await;
    replicas.use_redis(true).await;
}
