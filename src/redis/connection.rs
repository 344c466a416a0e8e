//! The connection to Redis, maintained by a background task.
//!
//! A request is sent only while Redis is in use; otherwise it fails immediately. It ends within what is left of its
//! caller's [`Allowance`], at most `redis.timeout`. After a request without an answer, its server is not used until a
//! probe is answered, and the requests that are waiting for it fail at once: so a server that hangs delays each request
//! at most once. A broken connection, or several failures in a row, take Redis out of use; the task then reconnects and
//! probes until Redis answers again. In a cluster each master has its own state, and the others remain in use.

use std::{
    fmt,
    path::PathBuf,
    pin::pin,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    time::Duration,
};

use arc_swap::ArcSwapOption;
use futures_util::FutureExt;
use redis::{Cmd, ErrorKind, RedisError, ServerErrorKind, Value, cmd};
use tokio::{
    sync::{Notify, watch},
    time::{Instant, timeout, timeout_at},
};

use super::{
    link::Link,
    servers::{Server, Servers},
};
use crate::{
    allowance::Allowance,
    config::{Config, RedisConfig, Topology},
    observe::{Observe, RedisAsked, RedisOperation},
};

/// Consecutive failures after which Redis is no longer used.
const MAX_FAILURES: u32 = 3;
/// How often to check for a late answer.
const GRACE_TURNS: usize = 3;

/// The handle to Redis for the ports. Clones share the connection.
#[derive(Clone)]
pub struct Redis {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) config: RedisConfig,
    pub(super) extra_ca: Option<PathBuf>,
    pub(super) is_cluster: bool,
    /// The code of all scripts.
    pub(super) scripts: Mutex<Vec<&'static str>>,
    pub(super) line: ArcSwapOption<Line>,
    /// Why the link was dropped, for the task.
    pub(super) broken: Mutex<Option<String>>,
    pub(super) wake: Notify,
    /// Whether the first attempt to connect has ended.
    pub(super) tried: watch::Sender<bool>,
    pub(super) observe: Arc<Observe>,
}

/// A connection in use.
pub(super) struct Line {
    pub(super) link: Link,
    pub(super) servers: Servers,
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
                scripts: Mutex::default(),
                line: ArcSwapOption::empty(),
                broken: Mutex::default(),
                wake: Notify::new(),
                tried: watch::Sender::new(false),
                observe,
            }),
        })
    }

    /// Creates a script from its code. Every server gets it before it is used.
    pub fn script(&self, code: &'static str) -> Script {
        self.shared.scripts.lock().unwrap_or_else(PoisonError::into_inner).push(code);
        Script { code, hash: redis::Script::new(code).get_hash().to_owned() }
    }

    /// Returns the prefix of all keys.
    pub fn key_prefix(&self) -> &str {
        &self.shared.config.key_prefix
    }

    /// Returns the limit of each request.
    pub fn timeout(&self) -> Duration {
        self.shared.config.timeout
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
        self.shared.line.load().is_some()
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

    /// Runs a script by its hash, or by its code if the server does not have it yet. Waits within the allowance, which
    /// ends if there is no answer.
    ///
    /// # Errors
    ///
    /// Redis is not in use, did not answer in time, or refused the command.
    pub async fn run_script(
        &self,
        operation: RedisOperation,
        script: &Script,
        keys: &[&[u8]],
        arguments: &[&[u8]],
        allowance: &Allowance,
    ) -> Result<Value, Unavailable> {
        let Some(waiting) = allowance.begin(self.shared.config.timeout) else { return Err(Unavailable) };
        let Some(line) = self.shared.line.load_full() else {
            allowance.end();
            return Err(Unavailable);
        };
        let request = Request {
            server: &line.servers.of(keys.first().copied().unwrap_or_default()),
            line: &line,
            operation,
            until: waiting.until(),
        };
        let by_hash = call("EVALSHA", &script.hash, keys, arguments);
        let answer = match self.shared.send(&request, &by_hash).await {
            Err(Some(error)) if is_unknown_script(&error) => {
                request.server.has_scripts.store(false, Ordering::Relaxed);
                let by_code = call("EVAL", script.code, keys, arguments);
                self.shared.send(&request, &by_code).await
            }
            answer => answer,
        };
        answer.map_err(|_| {
            allowance.end();
            Unavailable
        })
    }
}

/// Where a command goes, and until when it waits.
struct Request<'a> {
    line: &'a Arc<Line>,
    server: &'a Server,
    operation: RedisOperation,
    until: Instant,
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
pub(super) enum Fault {
    /// Only this request failed.
    Request,
    /// A possible failure of the server; several in a row take it out of use.
    Trouble,
    /// The server refuses to write. Some scripts still succeed, which would hide that others fail.
    Refuses,
    /// The connection is no longer usable.
    Broken,
}

pub(super) fn fault_of(error: &RedisError, is_cluster: bool) -> Fault {
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
            Some("OOM" | "MISCONF" | "NOREPLICAS") => Fault::Refuses,
            _ => Fault::Trouble,
        },
        ErrorKind::Io if error.is_timeout() => Fault::Trouble,
        ErrorKind::Io | ErrorKind::AuthenticationFailed | ErrorKind::Parse => broken,
        _ => Fault::Trouble,
    }
}

impl Shared {
    /// Sends a command and records its result. The error is `None` if there was no answer in time.
    async fn send(&self, request: &Request<'_>, command: &Cmd) -> Result<Value, Option<RedisError>> {
        let Request { line, server, operation, until } = *request;
        if server.is_silent() {
            return Err(None);
        }
        let started = Instant::now();
        let answer = tokio::select! {
            biased;
            answer = answer_until(until, line.link.send(command)) => answer,
            () = server.silenced() => None,
        };
        self.observe.record(&RedisAsked { operation, duration: started.elapsed() });
        match answer {
            Some(Ok(value)) => {
                server.failures.store(0, Ordering::Relaxed);
                Ok(value)
            }
            Some(Err(error)) => {
                match fault_of(&error, self.is_cluster) {
                    Fault::Request => {}
                    Fault::Trouble => self.count_failure(line, server, || describe(&error)),
                    Fault::Refuses => self.take_out_of_use(line, server, || describe(&error)),
                    Fault::Broken => self.give_up(line, describe(&error)),
                }
                Err(Some(error))
            }
            None => {
                // A caller that had less time than the timeout shows nothing about the server.
                if started.elapsed() >= self.config.timeout && server.silence() {
                    self.count_failure(line, server, || self.no_answer());
                    self.wake.notify_one();
                }
                Err(None)
            }
        }
    }

    pub(super) fn no_answer(&self) -> String {
        format!("no answer within {} ms", self.config.timeout.as_millis())
    }

    pub(super) fn count_failure(&self, line: &Arc<Line>, server: &Server, reason: impl FnOnce() -> String) {
        if server.failures.fetch_add(1, Ordering::Relaxed) + 1 >= MAX_FAILURES {
            self.take_out_of_use(line, server, reason);
        }
    }

    /// Takes a server out of use until a probe succeeds, and the connection if it has no other.
    pub(super) fn take_out_of_use(&self, line: &Arc<Line>, server: &Server, reason: impl FnOnce() -> String) {
        server.silence();
        if line.servers.all().iter().all(|server| server.is_silent()) {
            self.give_up(line, reason());
        } else {
            self.wake.notify_one();
        }
    }

    /// Takes a connection out of use, unless another one has replaced it.
    pub(super) fn give_up(&self, line: &Arc<Line>, reason: String) {
        let current = self.line.load();
        if current.as_ref().is_none_or(|current| !Arc::ptr_eq(current, line)) {
            return;
        }
        self.line.store(None);
        *self.broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason);
        self.wake.notify_one();
    }
}

/// Waits for an answer until a deadline. An answer that has already arrived still counts if this process was too busy
/// to read it in time: the delay then shows nothing about Redis.
pub(super) async fn answer_until<T>(until: Instant, asking: impl Future<Output = T>) -> Option<T> {
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

pub(super) fn describe(error: &RedisError) -> String {
    match error.kind() {
        ErrorKind::Server(ServerErrorKind::Moved) => {
            "the server is part of a cluster: the URL should begin with redis+cluster://".to_owned()
        }
        _ => error.to_string(),
    }
}
