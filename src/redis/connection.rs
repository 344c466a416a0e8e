//! The connection to Redis, maintained by a background task.
//!
//! A request is sent only while Redis is in use; otherwise it fails immediately. It ends within `redis.timeout`. A
//! broken connection, or several failures in a row, take Redis out of use; the task then reconnects and probes until
//! Redis answers again.

use std::{
    fmt,
    path::PathBuf,
    pin::pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;
use futures_util::FutureExt;
use redis::{Cmd, ErrorKind, RedisError, ServerErrorKind, Value, cmd};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout, timeout_at},
};

use super::link::{Dial, Link};
use crate::{
    config::{Config, RedisConfig, Topology},
    observe::{Observe, RedisAsked, RedisMoved, RedisOperation},
};

/// Consecutive failures after which Redis is no longer used.
const MAX_FAILURES: u32 = 3;
/// The shortest and the longest pause between two attempts to connect.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// The time between two probes of a connection in use.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// How often to check for a late answer.
const GRACE_TURNS: usize = 3;
/// After a use of at least this long, the next attempt to connect follows soon.
const STABLE: Duration = Duration::from_secs(10);

/// The handle to Redis for the ports. Clones share the connection.
#[derive(Clone)]
pub struct Redis {
    shared: Arc<Shared>,
}

struct Shared {
    config: RedisConfig,
    extra_ca: Option<PathBuf>,
    is_cluster: bool,
    link: ArcSwapOption<Link>,
    failures: AtomicU32,
    /// Why the link was dropped, for the task.
    broken: Mutex<Option<String>>,
    wake: Notify,
    /// Whether the first attempt to connect has ended.
    tried: watch::Sender<bool>,
    observe: Arc<Observe>,
}

/// Redis did not answer, or is not in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Redis is unavailable")]
pub struct Unavailable;

/// A script that Redis runs atomically.
pub struct Script {
    code: &'static str,
    hash: String,
}

impl Script {
    /// Creates a script from its code.
    pub fn new(code: &'static str) -> Self {
        Self { code, hash: redis::Script::new(code).get_hash().to_owned() }
    }
}

impl Redis {
    /// Creates the handle without connecting; `None` without `[redis]`.
    pub fn new(config: &Config, observe: Arc<Observe>) -> Option<Self> {
        let redis = config.redis.clone()?;
        let is_cluster = redis.read_url().is_ok_and(|url| url.topology == Topology::Cluster);
        Some(Self {
            shared: Arc::new(Shared {
                config: redis,
                extra_ca: config.upstream.extra_ca.clone(),
                is_cluster,
                link: ArcSwapOption::empty(),
                failures: AtomicU32::new(0),
                broken: Mutex::default(),
                wake: Notify::new(),
                tried: watch::Sender::new(false),
                observe,
            }),
        })
    }

    /// Returns the prefix of all keys.
    pub fn key_prefix(&self) -> &str {
        &self.shared.config.key_prefix
    }

    /// Returns whether the keys of one script must be in the same hash slot.
    pub fn is_cluster(&self) -> bool {
        self.shared.is_cluster
    }

    pub(super) fn observe(&self) -> &Observe {
        &self.shared.observe
    }

    /// Returns whether Redis is in use.
    pub fn is_up(&self) -> bool {
        self.shared.link.load().is_some()
    }

    /// Connects, and reconnects whenever the connection breaks. Never returns.
    pub async fn keep_connected(self) {
        self.shared.keep().await;
    }

    /// Waits until the first attempt to connect has ended, but at most for `redis.timeout`.
    pub async fn tried(&self) {
        let mut tried = self.shared.tried.subscribe();
        let _ = timeout(self.shared.config.timeout, tried.wait_for(|tried| *tried)).await;
    }

    /// Sends one command.
    ///
    /// # Errors
    ///
    /// Redis is not in use, did not answer in time, or refused the command.
    pub async fn run(&self, operation: RedisOperation, command: &Cmd) -> Result<Value, Unavailable> {
        let Some(link) = self.shared.link.load_full() else { return Err(Unavailable) };
        let until = Instant::now() + self.shared.config.timeout;
        self.shared.send(&link, operation, command, until).await.map_err(|_| Unavailable)
    }

    /// Runs a script by its hash, or by its code if the server does not have it yet.
    ///
    /// # Errors
    ///
    /// As for [`Redis::run`].
    pub async fn run_script(
        &self,
        operation: RedisOperation,
        script: &Script,
        keys: &[&[u8]],
        arguments: &[&[u8]],
    ) -> Result<Value, Unavailable> {
        let Some(link) = self.shared.link.load_full() else { return Err(Unavailable) };
        let until = Instant::now() + self.shared.config.timeout;
        let by_hash = call("EVALSHA", &script.hash, keys, arguments);
        match self.shared.send(&link, operation, &by_hash, until).await {
            Err(Some(error)) if is_unknown_script(&error) => {
                let by_code = call("EVAL", script.code, keys, arguments);
                self.shared.send(&link, operation, &by_code, until).await.map_err(|_| Unavailable)
            }
            answer => answer.map_err(|_| Unavailable),
        }
    }
}

/// Connects once and writes a key, as the service does. Returns the connection and the server's address.
pub(super) async fn open(config: &Config, observe: Arc<Observe>) -> Result<(Link, String), String> {
    let Some(redis) = Redis::new(config, observe) else { return Err("[redis] is not configured".to_owned()) };
    redis.shared.connect().await.map_err(|(address, reason)| format!("{address}: {reason}"))
}

impl fmt::Debug for Redis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Redis").field("is_up", &self.is_up()).finish_non_exhaustive()
    }
}

fn call(name: &str, script: &str, keys: &[&[u8]], arguments: &[&[u8]]) -> Cmd {
    let mut command = cmd(name);
    command.arg(script).arg(keys.len());
    for part in keys.iter().chain(arguments) {
        command.arg(*part);
    }
    command
}

fn is_unknown_script(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

/// What a failed request shows about Redis.
enum Fault {
    /// Only this request failed.
    Request,
    /// A possible failure of the server; several in a row take Redis out of use.
    Trouble,
    /// The connection is no longer usable.
    Broken,
}

fn fault_of(error: &RedisError, is_cluster: bool) -> Fault {
    // The cluster client reconnects to single nodes by itself.
    let broken = if is_cluster { Fault::Trouble } else { Fault::Broken };
    match error.kind() {
        ErrorKind::Server(kind) => match kind {
            ServerErrorKind::NoScript | ServerErrorKind::CrossSlot | ServerErrorKind::TryAgain => Fault::Request,
            ServerErrorKind::ResponseError | ServerErrorKind::ExecAbort | ServerErrorKind::NotBusy => Fault::Request,
            ServerErrorKind::NoPerm | ServerErrorKind::NoSub => Fault::Trouble,
            _ => broken,
        },
        ErrorKind::Extension => match error.code() {
            Some("WRONGTYPE") => Fault::Request,
            // It refuses to write. Some scripts still succeed, which would hide that others fail.
            Some("OOM" | "MISCONF" | "NOREPLICAS") => broken,
            _ => Fault::Trouble,
        },
        ErrorKind::Io if error.is_timeout() => Fault::Trouble,
        ErrorKind::Io | ErrorKind::AuthenticationFailed | ErrorKind::Parse => broken,
        _ => Fault::Trouble,
    }
}

impl Shared {
    /// Sends a command and records its result. The error is `None` if there was no answer in time.
    async fn send(
        &self,
        link: &Arc<Link>,
        operation: RedisOperation,
        command: &Cmd,
        until: Instant,
    ) -> Result<Value, Option<RedisError>> {
        let started = Instant::now();
        let answer = answer_until(until, link.send(command)).await;
        self.observe.record(&RedisAsked { operation, duration: started.elapsed() });
        match answer {
            Some(Ok(value)) => {
                self.failures.store(0, Ordering::Relaxed);
                Ok(value)
            }
            Some(Err(error)) => {
                match fault_of(&error, self.is_cluster) {
                    Fault::Request => {}
                    Fault::Trouble => self.count_failure(link, || describe(&error)),
                    Fault::Broken => self.give_up(link, describe(&error)),
                }
                Err(Some(error))
            }
            None => {
                self.count_failure(link, || format!("no answer within {} ms", self.config.timeout.as_millis()));
                Err(None)
            }
        }
    }

    fn count_failure(&self, link: &Arc<Link>, reason: impl FnOnce() -> String) {
        if self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= MAX_FAILURES {
            self.give_up(link, reason());
        }
    }

    /// Takes a link out of use, unless another one has replaced it.
    fn give_up(&self, link: &Arc<Link>, reason: String) {
        let current = self.link.load();
        if current.as_ref().is_none_or(|current| !Arc::ptr_eq(current, link)) {
            return;
        }
        self.link.store(None);
        *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
        self.wake.notify_one();
    }

    async fn keep(&self) {
        let mut pause = PAUSES.0;
        let mut is_told = false;
        loop {
            match self.connect().await {
                Ok((link, address)) => {
                    let link = Arc::new(link);
                    self.failures.store(0, Ordering::Relaxed);
                    self.link.store(Some(link.clone()));
                    self.observe.record(&RedisMoved { address: &address, trouble: None });
                    self.tried.send_replace(true);
                    let since = Instant::now();
                    let reason = self.until_broken(&link).await;
                    self.observe.record(&RedisMoved { address: &address, trouble: Some(&reason) });
                    is_told = true;
                    if since.elapsed() >= STABLE {
                        pause = PAUSES.0;
                    }
                }
                Err((address, reason)) => {
                    // Log one line per change of state, not per attempt.
                    if !is_told {
                        self.observe.record(&RedisMoved { address: &address, trouble: Some(&reason) });
                        is_told = true;
                    }
                    self.tried.send_replace(true);
                }
            }
            tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Waits until a link is taken out of use. Probes detect failures when there are no requests.
    async fn until_broken(&self, link: &Arc<Link>) -> String {
        loop {
            if let Some(reason) = self.broken.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return reason;
            }
            if timeout(PROBE_INTERVAL, self.wake.notified()).await.is_err() {
                let until = Instant::now() + self.config.timeout;
                let _ = self.send(link, RedisOperation::Probe, &self.probe_command(), until).await;
            }
        }
    }

    /// Connects and probes. Reads the URL again, because its file may have changed.
    async fn connect(&self) -> Result<(Link, String), (String, String)> {
        let config = self.config.clone();
        let url = match tokio::task::spawn_blocking(move || config.read_url()).await {
            Ok(Ok(url)) => url,
            Ok(Err((key, message))) => return Err((String::new(), format!("{key}: {message}"))),
            Err(error) => return Err((String::new(), error.to_string())),
        };
        let address = url.to_string();
        let connect_timeout = (self.config.timeout * 4).max(Duration::from_secs(1));
        let dial = Dial { extra_ca: self.extra_ca.clone(), connect_timeout, timeout: self.config.timeout };
        let connected = async {
            let link = dial.connect(&url).await.map_err(|error| describe(&error))?;
            self.probe(&link).await?;
            Ok::<_, String>(link)
        };
        match timeout(connect_timeout * 2, connected).await {
            Ok(Ok(link)) => Ok((link, address)),
            Ok(Err(reason)) => Err((address, reason)),
            Err(_) => Err((address, format!("no connection within {} ms", (connect_timeout * 2).as_millis()))),
        }
    }

    /// Writes a key, because a read-only server is not usable. Only the second answer must come within `redis.timeout`:
    /// the first may include opening connections.
    async fn probe(&self, link: &Link) -> Result<(), String> {
        let command = self.probe_command();
        link.send(&command).await.map_err(|error| describe(&error))?;
        let started = Instant::now();
        let answer = timeout(self.config.timeout, link.send(&command)).await;
        self.observe.record(&RedisAsked { operation: RedisOperation::Probe, duration: started.elapsed() });
        match answer {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(describe(&error)),
            Err(_) => Err(format!("no answer within {} ms", self.config.timeout.as_millis())),
        }
    }

    fn probe_command(&self) -> Cmd {
        let mut command = cmd("SET");
        command.arg(format!("{}probe", self.config.key_prefix)).arg(1).arg("PX").arg(1000);
        command
    }
}

/// Waits for an answer until a deadline. An answer that has already arrived still counts if this process was too busy
/// to read it in time: the delay then shows nothing about Redis.
async fn answer_until<T>(until: Instant, asking: impl Future<Output = T>) -> Option<T> {
    let mut asking = pin!(asking);
    if let Ok(answer) = timeout_at(until, asking.as_mut()).await {
        return Some(answer);
    }
    for _ in 0..GRACE_TURNS {
        // Lets the runtime read what has arrived.
        tokio::task::yield_now().await;
        if let Some(answer) = asking.as_mut().now_or_never() {
            return Some(answer);
        }
    }
    None
}

fn describe(error: &RedisError) -> String {
    match error.kind() {
        ErrorKind::Server(ServerErrorKind::Moved) => {
            "the server is part of a cluster: the URL should begin with redis+cluster://".to_owned()
        }
        _ => error.to_string(),
    }
}
