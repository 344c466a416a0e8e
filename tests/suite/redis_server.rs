//! Real redis-servers on free loopback ports: a single one, Sentinel with three, and Cluster with three.
//!
//! `cargo test` requires only Rust, so a test that needs Redis begins with `if redis_server::is_missing() { return }`,
//! which prints that the test is skipped, and fails if `CI` is set. In a build without the cargo feature `redis` all of
//! them are skipped.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rcgen::{CertificateParams, DnType, KeyPair};

use crate::{
    support::PATIENCE,
    tls::{authority, write},
};

/// The password of servers that require one.
pub const PASSWORD: &str = "redis-password-of-the-tests";
/// The name of the master of [`RedisSentinel`].
pub const MASTER: &str = "main";

/// Returns whether redis-server is not installed, or the service does not use it, and prints it.
#[allow(clippy::print_stderr, reason = "a skipped test must not look like one that ran")]
pub fn is_missing() -> bool {
    if !cfg!(feature = "redis") {
        eprintln!("SKIPPED: this build has no Redis support (cargo feature `redis`)");
        return true;
    }
    let found = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status();
    let is_missing = !found.is_ok_and(|status| status.success());
    if is_missing {
        let message = "SKIPPED: this test needs redis-server (apt-get install redis-server)";
        assert!(std::env::var_os("CI").is_none(), "{message}");
        eprintln!("{message}");
    }
    is_missing
}

/// One server, running or stopped.
pub struct RedisServer {
    pub port: u16,
    /// The value of the service's `url`.
    pub url: String,
    child: Option<Child>,
    directory: tempfile::TempDir,
    /// The login arguments of redis-cli.
    access: Vec<String>,
}

impl RedisServer {
    /// Starts a server without a password.
    pub fn start() -> Self {
        Self::start_with("")
    }

    /// Starts a server with additional configuration lines.
    pub fn start_with(more: &str) -> Self {
        Self::launch(more, plain)
    }

    /// Starts a server that requires [`PASSWORD`] from the default user and from the ACL user `verifier`.
    pub fn start_with_password() -> Self {
        let more = format!("requirepass {PASSWORD}\nuser verifier on >{PASSWORD} ~* &* +@all\n");
        Self::launch(&more, |server| {
            server.access = ["--no-auth-warning", "-a", PASSWORD].map(str::to_owned).into();
            server.url = format!("redis://verifier:{PASSWORD}@127.0.0.1:{}", server.port);
            plain(server)
        })
    }

    /// Starts a server that accepts only TLS, for `localhost`.
    pub fn start_with_tls() -> Self {
        let issuer = authority();
        let (key, mut params) = (KeyPair::generate().unwrap(), CertificateParams::new(["localhost".into()]).unwrap());
        // OpenSSL treats a certificate as its own issuer if the two names are equal.
        params.distinguished_name.push(DnType::CommonName, "localhost");
        let certificate = params.signed_by(&key, &issuer).unwrap();
        Self::launch("", |server| {
            let directory = server.directory.path().to_owned();
            write(&directory, &(certificate.pem(), key.serialize_pem()));
            std::fs::write(directory.join("ca.pem"), issuer.pem()).unwrap();
            server.access = ["--tls", "--sni", "localhost", "--cacert", &server.authority()].map(str::to_owned).into();
            server.url = format!("rediss://localhost:{}", server.port);
            format!(
                "port 0\ntls-port {}\ntls-cert-file tls.crt\ntls-key-file tls.key\ntls-ca-cert-file ca.pem\n\
                 tls-auth-clients no\n",
                server.port
            )
        })
    }

    /// Returns the path of the certificate that signed the server's certificate.
    pub fn authority(&self) -> String {
        self.directory.path().join("ca.pem").display().to_string()
    }

    /// Starts a server after `prepare`, which returns the configuration lines for its listeners.
    pub fn launch(more: &str, prepare: impl Fn(&mut Self) -> String) -> Self {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (port, directory) = (free_port(), tempfile::tempdir().unwrap());
            let url = format!("redis://127.0.0.1:{port}");
            let mut server = Self { port, url, child: None, directory, access: Vec::new() };
            let listen = prepare(&mut server);
            let directory = server.directory.path();
            let text =
                format!("bind 127.0.0.1\nprotected-mode no\nlogfile log\ndir {}\n{listen}{more}", directory.display());
            std::fs::write(directory.join("redis.conf"), text).unwrap();
            server.spawn();
            // Another process may have taken the port in the meantime.
            if server.is_ready_soon() {
                return server;
            }
            assert!(Instant::now() < deadline, "it does not start: {}", server.log());
        }
    }

    fn spawn(&mut self) {
        let mut command = Command::new("redis-server");
        let sentinel = self.config().contains("sentinel monitor").then_some("--sentinel");
        command.arg("redis.conf").args(sentinel).current_dir(&self.directory);
        self.child = Some(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    }

    /// Waits for an answer. Returns `false` if the server has exited.
    fn is_ready_soon(&mut self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while self.try_command(&["PING"]).as_deref() != Some("PONG") {
            if self.child.as_mut().is_none_or(|child| child.try_wait().unwrap().is_some()) {
                return false;
            }
            assert!(Instant::now() < deadline, "it does not answer: {}", self.log());
            pause();
        }
        true
    }

    fn wait_until_ready(&mut self) {
        assert!(self.is_ready_soon(), "it ended: {}", self.log());
    }

    pub fn config(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("redis.conf")).unwrap()
    }

    /// Returns whether the server is running.
    pub fn is_running(&self) -> bool {
        self.child.is_some()
    }

    /// Returns the server's log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// Returns the directory of the server's files.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Runs a command with redis-cli and returns what it prints. The server must not be paused.
    pub fn command(&self, arguments: &[&str]) -> String {
        self.try_command(arguments).unwrap_or_else(|| panic!("{arguments:?} failed: {}", self.log()))
    }

    fn try_command(&self, arguments: &[&str]) -> Option<String> {
        let host = if self.url.starts_with("rediss:") { "localhost" } else { "127.0.0.1" };
        let output = Command::new("redis-cli")
            .args(["-h", host, "-p", &self.port.to_string()])
            .args(&self.access)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }

    /// Returns a number from INFO.
    pub fn info(&self, name: &str) -> u64 {
        let text = self.command(&["INFO", "everything"]);
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')?.trim().parse().ok());
        value.unwrap_or_else(|| panic!("INFO shows no {name}"))
    }

    /// Returns how often a command ran, according to INFO.
    pub fn calls(&self, command: &str) -> u64 {
        let text = self.command(&["INFO", "commandstats"]);
        let start = format!("cmdstat_{command}:calls=");
        let count = text.lines().find_map(|line| line.strip_prefix(&start)?.split(',').next()?.parse().ok());
        count.unwrap_or(0)
    }

    /// Pauses the server, with all connections open, until [`Self::resume`].
    pub fn pause(&self) {
        self.signal("STOP");
    }

    pub fn resume(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let id = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Kills the server. Its data is lost.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Restarts the server with the same port and configuration.
    pub fn restart(&mut self) {
        self.stop();
        self.spawn();
        self.wait_until_ready();
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A master, two replicas and three sentinels.
pub struct RedisSentinel {
    pub servers: Vec<RedisServer>,
    pub sentinels: Vec<RedisServer>,
}

impl RedisSentinel {
    pub fn start() -> Self {
        let master = RedisServer::start();
        let replica = format!("replicaof 127.0.0.1 {}\nrepl-diskless-sync-delay 0\n", master.port);
        let master_port = master.port;
        let servers = vec![master, RedisServer::start_with(&replica), RedisServer::start_with(&replica)];
        let watch = format!(
            "sentinel monitor {MASTER} 127.0.0.1 {master_port} 2\nsentinel down-after-milliseconds {MASTER} 500\n\
             sentinel failover-timeout {MASTER} 2000\n"
        );
        let start = || RedisServer::launch(&watch, |sentinel| format!("port {}\n", sentinel.port));
        let sentinels = vec![start(), start(), start()];
        let all = Self { servers, sentinels };
        wait_for("the sentinels and replicas know one another", || {
            all.sentinels.iter().all(|sentinel| {
                let state = sentinel.command(&["SENTINEL", "MASTER", MASTER]);
                state.contains("num-slaves\n2\n") && state.contains("num-other-sentinels\n2\n")
            }) && all.servers[0].info("connected_slaves") == 2
        });
        all
    }

    /// Returns the value of the service's `url`.
    pub fn url(&self) -> String {
        let ports = self.sentinels.iter().map(|sentinel| format!("127.0.0.1:{}", sentinel.port));
        format!("redis+sentinel://{}/{MASTER}", ports.collect::<Vec<_>>().join(","))
    }

    /// Returns the index of the master that the running sentinels agree on.
    pub fn master(&self) -> Option<usize> {
        let running = self.sentinels.iter().filter(|sentinel| sentinel.is_running());
        let ports = running.map(|sentinel| {
            let address = sentinel.command(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER]);
            address.lines().nth(1).and_then(|port| port.parse::<u16>().ok())
        });
        let ports: Vec<_> = ports.collect();
        let first = (*ports.first()?)?;
        if ports.iter().any(|port| *port != Some(first)) {
            return None;
        }
        self.servers.iter().position(|server| server.port == first)
    }

    /// Kills the master and waits for a new one.
    pub fn fail_over(&mut self) {
        let before = self.master().unwrap();
        self.servers[before].stop();
        wait_for("another master", || {
            self.master().is_some_and(|now| now != before && self.servers[now].command(&["ROLE"]).starts_with("master"))
        });
    }
}

/// Listens without TLS, and stores nothing on disk.
pub fn plain(server: &mut RedisServer) -> String {
    format!("port {}\nsave \"\"\nappendonly no\n", server.port)
}

pub fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

#[allow(clippy::disallowed_methods, reason = "between two looks at another process")]
fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}

pub fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "never came true: {what}");
        pause();
    }
}

#[test]
fn one_server_starts_stops_and_pauses() {
    if is_missing() {
        return;
    }
    let mut server = RedisServer::start();
    assert_eq!(server.command(&["SET", "a", "1"]), "OK");
    server.pause();
    server.resume();
    assert_eq!(server.command(&["GET", "a"]), "1");
    server.restart();
    assert_eq!(server.command(&["GET", "a"]), "");
    assert_eq!(RedisServer::start_with_password().command(&["PING"]), "PONG");
    assert_eq!(RedisServer::start_with_tls().command(&["PING"]), "PONG");
}

#[test]
fn sentinels_name_another_master() {
    if is_missing() {
        return;
    }
    let mut sentinel = RedisSentinel::start();
    assert_eq!(sentinel.master(), Some(0));
    sentinel.fail_over();
    assert_ne!(sentinel.master(), Some(0));
}
