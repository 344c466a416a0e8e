//! The task that keeps the connection: it connects, probes, and takes servers into use again.

use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use redis::{Cmd, RedisResult, Value, cmd};
use tokio::time::{Instant, timeout};

use super::{
    connection::{Fault, Line, Redis, Shared, answer_until, describe, fault_of},
    link::{Dial, Link},
    servers::{Server, Servers},
};
use crate::{
    config::Config,
    observe::{Observe, RedisAsked, RedisMoved, RedisOperation, RedisServerMoved, RedisServerState},
};

/// The shortest and the longest pause between two attempts to connect.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// The time between two probes of a connection in use.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);
/// After a use of at least this long, the next attempt to connect follows soon.
const STABLE: Duration = Duration::from_secs(10);

/// Connects once and writes a key, as the service does. Returns the connection and the server's address.
pub(super) async fn open(config: &Config, observe: Arc<Observe>) -> Result<(Link, String), String> {
    let Some(redis) = Redis::new(config, observe) else { return Err("[redis] is not configured".to_owned()) };
    redis.shared.connect().await.map_err(|(address, reason)| format!("{address}: {reason}"))
}

impl Shared {
    pub(super) async fn keep(&self) {
        let mut pause = PAUSES.0;
        let mut is_told = false;
        loop {
            match self.connect().await {
                Ok((opened, address)) => {
                    let line = Arc::new(Line { link: opened, servers: Servers::new() });
                    self.read_layout(&line).await;
                    self.load_scripts(&line).await;
                    self.line.store(Some(line.clone()));
                    self.observe.record(&RedisMoved { address: &address, trouble: None });
                    self.tried.send_replace(true);
                    let since = Instant::now();
                    let reason = self.until_broken(&line).await;
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

    /// Waits until a connection is taken out of use. Probes detect failures when there are no requests, and the end of
    /// failures.
    async fn until_broken(&self, line: &Arc<Line>) -> String {
        let mut failing = Vec::new();
        loop {
            if let Some(reason) = self.broken.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return reason;
            }
            // A single server that is silent is probed until it answers or is given up. The silent masters of a cluster
            // are probed once a second, and immediately when one becomes silent.
            let is_urgent = !self.is_cluster && line.servers.all().iter().any(|server| server.is_silent());
            if !is_urgent {
                let _ = timeout(PROBE_INTERVAL, self.wake.notified()).await;
            }
            self.read_layout(line).await;
            self.load_scripts(line).await;
            let servers = line.servers.all();
            let troubles = join_all(servers.iter().map(|server| self.probe_server(line, server))).await;
            // The state of a connection without masters is reported as a whole.
            if self.is_cluster && self.line.load().is_some() {
                self.report(&servers, &troubles, &mut failing);
            }
        }
    }

    /// Reports the masters whose state has changed. `failing` are those that were not in use before.
    fn report(&self, servers: &[Arc<Server>], troubles: &[Option<String>], failing: &mut Vec<String>) {
        let state_of = |server: &str| {
            let found = servers.iter().zip(troubles).find(|(known, _)| known.name() == server);
            found.map_or(RedisServerState::Replaced, |(_, trouble)| match trouble {
                Some(reason) => RedisServerState::Fails(reason),
                None => RedisServerState::Answers,
            })
        };
        let before = std::mem::take(failing);
        let now =
            servers.iter().zip(troubles).filter(|(_, trouble)| trouble.is_some()).map(|(server, _)| server.name());
        failing.extend(now);
        let is_complete = failing.is_empty();
        let ended = before.iter().filter(|server| !failing.contains(server));
        for address in failing.iter().filter(|server| !before.contains(server)).chain(ended) {
            self.observe.record(&RedisServerMoved { address, state: state_of(address), is_complete });
        }
    }

    /// Reads which master of a cluster has which slots.
    async fn read_layout(&self, line: &Line) {
        if !self.is_cluster {
            return;
        }
        let (mut command, servers) = (cmd("CLUSTER"), line.servers.all());
        command.arg("SLOTS");
        let answering = servers.iter().filter(|server| !server.is_silent()).find_map(|server| server.address.as_ref());
        let reading = async {
            match answering {
                Some(address) => line.link.send_to(address, &command).await,
                None => line.link.send(&command).await,
            }
        };
        // Without an answer, the known layout remains; its servers are probed.
        if let Ok(Ok(layout)) = timeout(self.config.timeout, reading).await {
            line.servers.learn(layout);
        }
    }

    /// Loads the scripts into the servers that may not have them, so that requests need only their hashes.
    async fn load_scripts(&self, line: &Line) {
        let mut servers = line.servers.all();
        servers.retain(|server| !server.is_silent() && !server.has_scripts.load(Ordering::Relaxed));
        if servers.is_empty() {
            return;
        }
        let codes = self.scripts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let commands: Vec<Cmd> = codes.iter().map(|code| cmd("SCRIPT").arg("LOAD").arg(*code).clone()).collect();
        let load = async |server: &Arc<Server>| {
            let loading = join_all(commands.iter().map(|command| send_to(&line.link, server, command)));
            // A server that refuses to load them gets the code with the first request.
            let is_done = timeout(self.config.timeout, loading).await.is_ok();
            server.has_scripts.store(is_done, Ordering::Relaxed);
        };
        join_all(servers.iter().map(load)).await;
    }

    /// Probes a server, and uses it again if it answers. Returns why it is not in use.
    async fn probe_server(&self, line: &Arc<Line>, server: &Server) -> Option<String> {
        let until = Instant::now() + self.config.timeout;
        let started = Instant::now();
        let probing = async { send_to(&line.link, server, &self.probe_command(&line.servers.probe_key(server))).await };
        let answer = answer_until(until, probing).await;
        self.observe.record(&RedisAsked { operation: RedisOperation::Probe, duration: started.elapsed() });
        match answer {
            Some(Ok(_)) => {
                server.answers();
                None
            }
            Some(Err(error)) => {
                match fault_of(&error, self.is_cluster) {
                    Fault::Broken => self.give_up(line, describe(&error)),
                    Fault::Refuses => self.take_out_of_use(line, server, || describe(&error)),
                    Fault::Request | Fault::Trouble => self.count_failure(line, server, || describe(&error)),
                }
                server.is_silent().then(|| describe(&error))
            }
            None => {
                server.silence();
                self.count_failure(line, server, || self.no_answer());
                Some(self.no_answer())
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
        let command = self.probe_command("probe");
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

    fn probe_command(&self, name: &str) -> Cmd {
        let mut command = cmd("SET");
        command.arg(format!("{}{name}", self.config.key_prefix)).arg(1).arg("PX").arg(1000);
        command
    }
}

/// Sends a command to one server.
async fn send_to(link: &Link, server: &Server, command: &Cmd) -> RedisResult<Value> {
    match &server.address {
        Some(address) => link.send_to(address, command).await,
        None => link.send(command).await,
    }
}
