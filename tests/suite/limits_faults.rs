//! Rates and sessions of real binaries while their Redis fails: requests go on and are correct, each instance keeps its
//! own limits, and what was granted meanwhile counts afterwards, without a restart.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use crate::{
    command_line::{run, text_of},
    redis_server::{PASSWORD, RedisServer, is_missing},
    replicas::Replicas,
    settings::{Client, Settings},
    support::{Answer, KEY, Reply, Upstream, config_text, credential, eventually, request},
};

const ORIGIN: &str = "https://dash.example.com";
/// The tokens of a client's bucket, of which one returns each second.
pub const BURST: u32 = 40;
/// The clients of a scene, so that each part of a test has a full bucket.
const CLIENTS: usize = 3;
/// The slowest request that is acceptable on a busy machine. With the timeouts below, one that waited for Redis twice
/// would be slower.
pub const ACCEPTABLE: Duration = Duration::from_secs(3);
/// `redis.timeout` where Redis hangs. Elsewhere it is so long that a busy machine is not taken for a failure.
const SHORT: &str = "1500ms";

fn key_of(client: usize) -> String {
    format!("cvk_limited-client-{client:028}")
}

/// Verifies `good…`, refuses everything else, and so lets `doctor` pass.
async fn upstream() -> Upstream {
    Upstream::start(|seen| match seen.passcode() {
        good if good.starts_with("good") => Reply::success(),
        _ => Reply::failure(400, "Invalid Credentials"),
    })
    .await
}

/// Several binaries with an upstream.
pub struct Scene {
    pub replicas: Replicas,
    _upstream: Upstream,
}

impl Scene {
    pub async fn start(count: usize, redis: &str) -> Self {
        Self::start_with_timeout("3s", count, redis).await
    }

    pub async fn start_with_timeout(timeout: &str, count: usize, redis: &str) -> Self {
        let upstream = upstream().await;
        let settings = "[limits]\nupstream_per_second = 100000\nupstream_burst = 100000\n";
        let settings =
            (0..CLIENTS).fold(Settings::from(settings).client(Client::usual().origin(ORIGIN)), |settings, client| {
                let name = format!("limited-{client}");
                settings.client(Client::new(&name, &key_of(client)).rate(1, BURST).origin(ORIGIN))
            });
        let directory = tempfile::tempdir().unwrap();
        let secret = directory.path().join("secret");
        std::fs::write(&secret, "ab".repeat(32)).unwrap();
        let text = format!(
            "secret_file = \"{}\"\n{}\n[redis]\nurl = {redis:?}\ntimeout = {timeout:?}\n",
            secret.display(),
            config_text(Some(upstream.address), settings)
        );
        std::fs::write(directory.path().join("service.toml"), text).unwrap();
        let mut replicas = Replicas { binaries: Vec::new(), public: Vec::new(), admin: Vec::new(), directory };
        for _ in 0..count {
            replicas.add().await;
        }
        Self { replicas, _upstream: upstream }
    }

    async fn post(&self, index: usize, path: &str, bearer: &str, body: &str) -> Answer {
        let authorization = format!("Bearer {bearer}");
        let headers =
            [("content-type", "application/json"), ("authorization", authorization.as_str()), ("origin", ORIGIN)];
        request(self.replicas.public[index], "POST", path, &headers, body).await
    }

    /// Takes one of a client's tokens: returns how many are left, or `None` if there was none.
    pub async fn take(&self, index: usize, client: usize) -> Option<u32> {
        let answer = self.post(index, "/v1/verify", &key_of(client), "{}").await;
        let left = answer.header("ratelimit").unwrap().strip_prefix("\"client\";r=").unwrap();
        let left = left.split(';').next().unwrap().parse().unwrap();
        match answer.status {
            422 => Some(left),
            429 if answer.json()["code"] == "rate_limited" && answer.header("retry-after").is_some() => None,
            _ => panic!("{answer:?}"),
        }
    }

    pub async fn take_many(&self, index: usize, client: usize, count: usize) {
        for _ in 0..count {
            assert!(self.take(index, client).await.is_some());
        }
    }

    /// Takes all tokens of a client, and returns how many there were.
    pub async fn drain(&self, index: usize, client: usize) -> usize {
        let mut count = 0;
        while self.take(index, client).await.is_some() {
            count += 1;
        }
        count
    }

    /// Waits until an instance has adopted a common bucket with at most `most` tokens; takes a few itself.
    pub async fn learns_of(&self, index: usize, client: usize, most: u32) {
        for _ in 0..5 {
            let before = self.exchanges(index).await;
            if self.take(index, client).await.is_none_or(|left| left <= most) {
                return;
            }
            eventually("an exchange", async || self.exchanges(index).await > before).await;
        }
        panic!("instance {index} does not know of the tokens that others took");
    }

    async fn exchanges(&self, index: usize) -> u64 {
        let start = "connect_verifier_redis_request_duration_seconds_count{operation=\"client_rate\"}";
        let metrics = request(self.replicas.admin[index], "GET", "/metrics", &[], "").await.body;
        metrics.lines().find_map(|line| line.strip_prefix(start)?.trim().parse().ok()).unwrap_or(0)
    }

    pub async fn token(&self, attempts: u32) -> String {
        self.token_of(0, attempts).await
    }

    /// Creates a session at an instance.
    pub async fn token_of(&self, index: usize, attempts: u32) -> String {
        let body = serde_json::json!({"origin": ORIGIN, "max_attempts": attempts}).to_string();
        let answer = self.post(index, "/v1/sessions", KEY, &body).await;
        answer.json()["token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
    }

    pub async fn verify(&self, index: usize, token: &str) -> Answer {
        let body = credential("AAA-AAA-AAAA", "good", "in1").to_string();
        self.post(index, "/v1/verify", token, &body).await
    }

    /// Uses one attempt of a session, and returns whether it was granted.
    pub async fn attempt(&self, index: usize, token: &str) -> bool {
        let answer = self.verify(index, token).await;
        match answer.status {
            200 => true,
            429 if answer.json()["code"] == "too_many_attempts" => false,
            _ => panic!("{answer:?}"),
        }
    }

    pub async fn attempts(&self, token: &str, indices: &[usize]) -> Vec<bool> {
        let mut granted = Vec::new();
        for index in indices {
            granted.push(self.attempt(*index, token).await);
        }
        granted
    }

    /// Every instance is ready and alive, says whether it uses Redis, and `doctor` warns of it without failing.
    async fn is_well_without_redis(&self, reason: &str) {
        let line = "connect_verifier_redis_up 0\n";
        for admin in &self.replicas.admin {
            for path in ["/readyz", "/livez"] {
                assert_eq!(request(*admin, "GET", path, &[], "").await.status, 200, "{path}");
            }
            assert!(request(*admin, "GET", "/metrics", &[], "").await.body.contains(line));
        }
        let config = self.replicas.directory.path().join("service.toml").display().to_string();
        let admin = format!("http://{}", self.replicas.admin[0]);
        let (doctor, healthcheck) = tokio::task::spawn_blocking(move || {
            let doctor = run(&["doctor", "--config", &config, "--json"], &[], "");
            (doctor, run(&["healthcheck", "--url", &admin], &[], ""))
        })
        .await
        .unwrap();
        assert_eq!(healthcheck.status.code(), Some(0), "{}", text_of(&healthcheck));
        assert_eq!(doctor.status.code(), Some(0), "{}", text_of(&doctor));
        let report: serde_json::Value = serde_json::from_slice(&doctor.stdout).unwrap();
        let redis = report["checks"].as_array().unwrap().iter().find(|check| check["name"] == "redis").unwrap();
        assert_eq!(redis["status"], "warning", "{redis}");
        let detail = redis["detail"].as_str().unwrap();
        assert!(detail.to_lowercase().contains(reason) && !detail.contains(PASSWORD), "{reason}: {detail}");
    }

    /// Starts requests for new credentials at every instance, which go on until the load is ended.
    pub fn load(&self, name: &'static str) -> Load {
        let (is_over, sent, mut callers) = (Arc::new(AtomicBool::new(false)), Arc::default(), JoinSet::new());
        for (index, to) in self.replicas.public.iter().copied().enumerate() {
            let (is_over, sent) = (is_over.clone(), Arc::<AtomicUsize>::clone(&sent));
            callers.spawn(async move {
                let mut slowest = Duration::ZERO;
                while !is_over.load(Ordering::Relaxed) {
                    let number = sent.fetch_add(1, Ordering::Relaxed);
                    let started = Instant::now();
                    one_verification(to, &format!("{name}-{index}-{number}"), number.is_multiple_of(3)).await;
                    slowest = slowest.max(started.elapsed());
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                slowest
            });
        }
        Load { is_over, sent, callers }
    }
}

async fn one_verification(to: std::net::SocketAddr, account: &str, is_bad: bool) {
    let (passcode, expected) = if is_bad { ("bad", "invalid_credentials") } else { ("good", "verified") };
    let authorization = format!("Bearer {KEY}");
    let headers = [("content-type", "application/json"), ("authorization", authorization.as_str())];
    let body = credential(account, passcode, "in1").to_string();
    let answer = request(to, "POST", "/v1/verify", &headers, &body).await;
    assert_eq!((answer.status, &answer.json()["status"]), (200, &expected.into()), "{answer:?}");
}

/// Requests in the background, each of which must get the right verdict.
pub struct Load {
    is_over: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
    callers: JoinSet<Duration>,
}

impl Load {
    /// Waits for more requests.
    pub async fn goes_on(&self) {
        let before = self.sent.load(Ordering::Relaxed);
        eventually("more requests", async || self.sent.load(Ordering::Relaxed) >= before + 10).await;
    }

    /// Ends the load and returns its slowest request.
    pub async fn end(self) -> Duration {
        self.goes_on().await;
        self.is_over.store(true, Ordering::Relaxed);
        self.callers.join_all().await.into_iter().max().unwrap()
    }
}

/// The limits of one client hold before, during and after a failure.
async fn limits_hold(
    scene: &mut Scene,
    client: usize,
    redis: &mut RedisServer,
    reason: &str,
    trouble: impl FnOnce(&mut RedisServer),
    cure: impl FnOnce(&mut RedisServer),
) {
    scene.replicas.use_redis(true).await;
    let load = scene.load("load");
    let token = scene.token(6).await;
    assert_eq!(scene.attempts(&token, &[1, 0]).await, [true; 2]);
    let started = Instant::now();
    scene.take_many(0, client, 20).await;
    scene.learns_of(1, client, BURST - 20 + started.elapsed().as_secs() as u32).await;

    trouble(redis);
    load.goes_on().await;
    scene.replicas.use_redis(false).await;
    scene.is_well_without_redis(reason).await;
    assert_eq!(scene.attempts(&token, &[0, 0, 1]).await, [true; 3], "each instance goes on by what it knows");
    let (first, second) = (20 + scene.drain(0, client).await, 1 + scene.drain(1, client).await);
    let most = BURST as usize + started.elapsed().as_secs() as usize + 1;
    assert!(first <= most && second <= most, "{first} and {second} admitted, {most} are one instance's");
    assert!(first > 20 && second > 1, "{first} and {second} admitted: requests go on");
    let drained = Instant::now();

    cure(redis);
    scene.replicas.use_redis(true).await;
    // Five attempts of six were granted, three of them where Redis did not see it.
    assert_eq!(scene.attempts(&token, &[0, 1, 0, 1]).await, [true, false, false, false], "{reason}");
    // Both instances have used their buckets up, and say so, to an instance that starts now.
    let before = [scene.exchanges(0).await, scene.exchanges(1).await];
    for (index, before) in before.into_iter().enumerate() {
        scene.take(index, client).await;
        eventually("an exchange", async || scene.exchanges(index).await > before).await;
    }
    scene.replicas.add().await;
    let last = scene.replicas.public.len() - 1;
    scene.learns_of(last, client, drained.elapsed().as_secs() as u32 + 1).await;
    let slowest = load.end().await;
    assert!(slowest < ACCEPTABLE, "{reason}: {slowest:?}");
    scene.replicas.public.pop();
    scene.replicas.admin.pop();
    scene.replicas.binaries.pop();
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_while_redis_hangs_or_dies() {
    if is_missing() {
        return;
    }
    let mut redis = RedisServer::start();
    let mut scene = Scene::start_with_timeout(SHORT, 2, &redis.url).await;
    limits_hold(&mut scene, 0, &mut redis, "timed out", |redis| redis.pause(), |redis| redis.resume()).await;
    limits_hold(&mut scene, 1, &mut redis, "refused", RedisServer::stop, RedisServer::restart).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_while_redis_refuses_to_write() {
    if is_missing() {
        return;
    }
    let mut redis = RedisServer::start();
    let mut scene = Scene::start(2, &redis.url).await;
    let command = |command: &'static [&'static str]| move |redis: &mut RedisServer| drop(redis.command(command));
    let (replica, master) = (&["REPLICAOF", "127.0.0.1", "1"], &["REPLICAOF", "NO", "ONE"]);
    limits_hold(&mut scene, 0, &mut redis, "read only", command(replica), command(master)).await;
    redis.command(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    let (full, free) = (&["CONFIG", "SET", "maxmemory", "1"], &["CONFIG", "SET", "maxmemory", "0"]);
    limits_hold(&mut scene, 1, &mut redis, "maxmemory", command(full), command(free)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_while_the_password_is_wrong() {
    if is_missing() {
        return;
    }
    let mut redis = RedisServer::start_with_password();
    let mut scene = Scene::start(2, &redis.url).await;
    let trouble = |redis: &mut RedisServer| {
        redis.command(&["ACL", "SETUSER", "verifier", "resetpass", ">another"]);
        redis.command(&["CLIENT", "KILL", "USER", "verifier"]);
    };
    let cure = |redis: &mut RedisServer| drop(redis.command(&["ACL", "SETUSER", "verifier", &format!(">{PASSWORD}")]));
    limits_hold(&mut scene, 0, &mut redis, "authentication failed", trouble, cure).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_without_redis_from_the_start() {
    if is_missing() {
        return;
    }
    let mut redis = RedisServer::start();
    redis.stop();
    let scene = Scene::start(2, &redis.url).await;
    scene.is_well_without_redis("refused").await;
    let token = scene.token(6).await;
    assert_eq!(scene.attempts(&token, &[0, 0, 1]).await, [true; 3]);
    let started = Instant::now();
    let admitted = [scene.drain(0, 1).await, scene.drain(1, 1).await];
    let most = BURST as usize + started.elapsed().as_secs() as usize + 1;
    assert!(admitted.iter().all(|count| (BURST as usize..=most).contains(count)), "{admitted:?}, at most {most}");
    redis.restart();
    scene.replicas.use_redis(true).await;
    assert_eq!(scene.attempts(&token, &[1, 0, 1, 0, 1, 0]).await, [true, true, true, false, false, false]);
    scene.take_many(0, 2, 30).await;
    scene.learns_of(1, 2, BURST - 30 + started.elapsed().as_secs() as u32).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_in_the_moment_when_redis_hangs_never_count_twice_for_a_caller() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    let scene = Scene::start_with_timeout(SHORT, 2, &redis.url).await;
    scene.replicas.use_redis(true).await;
    let token = scene.token(5).await;
    assert!(scene.attempt(0, &token).await);
    redis.pause();
    let all = (0..12).map(|number| scene.attempt(number % 2, &token));
    let granted = futures_util::future::join_all(all).await;
    let of = |index: usize| granted.iter().skip(index).step_by(2).filter(|granted| **granted).count();
    // The first instance knows of one attempt, the second of none; each keeps the limit by itself.
    assert_eq!((of(0), of(1)), (4, 5), "{granted:?}");
    redis.resume();
    scene.replicas.use_redis(true).await;
    assert_eq!(scene.attempts(&token, &[0, 1, 0, 1]).await, [false; 4]);
}
