//! What the tests are made of: the service in this process, the real binary, and an upstream that does as it is told.

use std::{
    io::Read,
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use connect_verifier::{
    app::App,
    config::{Config, Source, load},
    server::Drained,
    verify::Connect,
};
use serde_json::Value;
use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

/// The key of the client that [`Service`] knows, 47 characters long.
pub const KEY: &str = "cvk_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
/// Its partner.
pub const PARTNER: &str = "adjust";
/// How long anything may take before a test gives up waiting for it.
pub const PATIENCE: Duration = Duration::from_secs(20);

const REGIONS: [&str; 6] = ["in1", "sg1", "us1", "aps3", "mec1", "eu1"];

/// The service, in this process, on ports of its own.
pub struct Service {
    pub public: SocketAddr,
    pub admin: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<Drained>>,
}

impl Service {
    /// Starts with a client of key [`KEY`], all regions at the upstream, and more configuration.
    pub async fn start(upstream: &Upstream, more: &str) -> Self {
        let app = App::build(config(Some(upstream.address), more), false).await.unwrap();
        Self::run(app)
    }

    /// Starts over another port to the upstream.
    pub async fn start_with(connect: Arc<dyn Connect>, more: &str) -> Self {
        let app = App::build_with(config(None, more), connect).await.unwrap();
        Self::run(app)
    }

    fn run(app: App) -> Self {
        let (public, admin) = app.addresses().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(app.run(async move {
            let _ = stopped.await;
        }));
        Self { public, admin, stop: Some(stop), running: Some(running) }
    }

    /// Verifies with the known key; returns status and body.
    pub async fn verify(&self, body: &Value) -> (u16, Value) {
        let answer = self.post(&body.to_string()).await;
        (answer.status, answer.json())
    }

    /// Posts a body with the known key.
    pub async fn post(&self, body: &str) -> Answer {
        self.post_with(body, &[]).await
    }

    /// Posts a body with the known key and more headers.
    pub async fn post_with(&self, body: &str, headers: &[(&str, &str)]) -> Answer {
        let authorization = format!("Bearer {KEY}");
        let mut all = vec![("content-type", "application/json"), ("authorization", authorization.as_str())];
        all.extend_from_slice(headers);
        request(self.public, "POST", "/v1/verify", &all, body).await
    }

    /// Gets a path from the public listener.
    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        request(self.public, "GET", path, headers, "").await
    }

    /// Returns the metrics.
    pub async fn metrics(&self) -> String {
        request(self.admin, "GET", "/metrics", &[], "").await.body
    }

    /// Begins the shutdown.
    pub fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    /// Waits for the end.
    pub async fn ended(&mut self) -> Drained {
        tokio::time::timeout(PATIENCE, self.running.take().unwrap()).await.unwrap().unwrap()
    }
}

/// Makes a configuration: free ports, a client, all regions at one address, no pause when draining.
pub fn config(upstream: Option<SocketAddr>, more: &str) -> Config {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), config_text(upstream, more)).unwrap();
    load(&Source { file: Some(file.path().to_owned()), ..Source::default() }).unwrap_or_else(|error| panic!("{error}"))
}

/// The same as text. `more` may begin with keys of the client and then open sections, but not `[server]`'s listeners.
pub fn config_text(upstream: Option<SocketAddr>, more: &str) -> String {
    let mut text = String::new();
    if let Some(address) = upstream {
        for region in REGIONS {
            text += &format!("[regions.{region}]\nbase_url = \"http://{address}/{region}\"\n");
        }
    }
    text += "[server]\nlisten = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\ndrain_delay = \"0s\"\n";
    let (server, rest) = more.split_once("[[clients]]").unwrap_or((more, ""));
    text += server;
    text += &format!(
        "\n[[clients]]\nname = \"test\"\npartner = \"{PARTNER}\"\nkey_sha256 = [\"{}\"]\n{}",
        connect_verifier::admission::key_hash(KEY),
        if rest.is_empty() { "rate_per_second = 100000\nburst = 100000" } else { rest },
    );
    text
}

/// The usual body.
pub fn credential(account_id: &str, passcode: &str, region: &str) -> Value {
    serde_json::json!({"account_id": account_id, "passcode": passcode, "region": region})
}

/// An answer over HTTP.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Reads an answer as it came over the wire; the body is what follows the head.
    pub fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head: {text:?}"));
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.filter_map(|line| line.split_once(": "));
        Self {
            status,
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: body.to_owned(),
        }
    }
}

/// Sends one request on a connection of its own.
pub async fn request(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {to}\r\nConnection: close\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        text += &format!("Content-Length: {}\r\n", body.len());
    }
    text += "\r\n";
    text += body;
    Answer::parse(&exchange(to, text.as_bytes()).await)
}

/// Sends bytes and returns all that comes back until the other side closes.
pub async fn exchange(to: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let stream = TcpStream::connect(to).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let bytes = bytes.to_vec();
    // Written beside the reading: a server may answer before it has all. That it then closes is not an error here.
    let writing = tokio::spawn(async move {
        let _ = writer.write_all(&bytes).await;
        writer
    });
    let mut answer = Vec::new();
    match tokio::time::timeout(PATIENCE, reader.read_to_end(&mut answer)).await {
        Ok(_) => {}
        Err(late) => panic!("the connection stayed open ({late}); so far: {:?}", String::from_utf8_lossy(&answer)),
    }
    writing.abort();
    answer
}

/// What an upstream does with a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A JSON answer.
    Json(u16, String),
    /// These bytes, and then the end of the connection.
    Raw(Vec<u8>),
    /// These bytes, and then silence.
    Stall(Vec<u8>),
    /// A reset.
    Reset,
    /// A JSON answer when the gate opens.
    Gated(Arc<tokio::sync::Semaphore>, u16, String),
}

impl Reply {
    pub fn success() -> Self {
        Self::Json(200, r#"{"message": "Authorised Successfully.", "status": "success"}"#.to_owned())
    }

    pub fn failure(status: u16, message: &str) -> Self {
        Self::Json(status, serde_json::json!({"status": "fail", "error": message, "code": status}).to_string())
    }

    /// A whole HTTP answer.
    pub fn http(status: u16, headers: &str, body: &[u8]) -> Self {
        let mut bytes =
            format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len())
                .into_bytes();
        bytes.extend_from_slice(body);
        Self::Raw(bytes)
    }
}

/// A request as an upstream saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The head, to the letter.
    pub head: String,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The region in the path.
    pub fn region(&self) -> &str {
        self.head.split('/').nth(1).unwrap()
    }

    pub fn passcode(&self) -> &str {
        self.header("x-clevertap-passcode").unwrap()
    }

    pub fn account_id(&self) -> &str {
        self.header("x-clevertap-account-id").unwrap()
    }
}

/// An upstream on a loopback port.
pub struct Upstream {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    accepting: JoinHandle<()>,
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Upstream {
    /// Starts one that answers by a script.
    pub async fn start(script: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, script): (Arc<Mutex<Vec<Seen>>>, _) = (Arc::default(), Arc::new(script));
        let all_seen = seen.clone();
        let accepting = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (seen, script) = (all_seen.clone(), script.clone());
                tokio::spawn(async move { answer(stream, &seen, &*script).await });
            }
        });
        Self { address, seen, accepting }
    }

    /// Starts one that always does the same.
    pub async fn always(reply: Reply) -> Self {
        Self::start(move |_| reply.clone()).await
    }

    /// Returns every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn calls(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// Waits until so many requests have arrived.
    pub async fn wait_for_calls(&self, count: usize) {
        eventually(&format!("{count} calls"), async || self.calls() >= count).await;
    }
}

async fn answer(mut stream: TcpStream, seen: &Mutex<Vec<Seen>>, script: &(dyn Fn(&Seen) -> Reply + Send + Sync)) {
    let mut buffer = Vec::new();
    loop {
        let head = loop {
            if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                let head: Vec<u8> = buffer.drain(..at + 4).collect();
                break String::from_utf8(head).unwrap();
            }
            match stream.read_buf(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
        };
        let request = Seen { head };
        seen.lock().unwrap().push(request.clone());
        let json = |status: u16, body: &str| {
            format!(
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            )
        };
        let bytes = match script(&request) {
            Reply::Json(status, body) => json(status, &body).into_bytes(),
            Reply::Gated(gate, status, body) => {
                let Ok(permit) = gate.acquire().await else { return };
                permit.forget();
                json(status, &body).into_bytes()
            }
            Reply::Raw(bytes) => {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                return;
            }
            Reply::Stall(bytes) => {
                let _ = stream.write_all(&bytes).await;
                // Until the other side gives up.
                let _ = stream.read_to_end(&mut buffer).await;
                return;
            }
            Reply::Reset => {
                let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
                return;
            }
        };
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// Waits for a condition.
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !condition().await {
        assert!(tokio::time::Instant::now() < deadline, "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The real binary, running.
pub struct Binary {
    child: Child,
    log: PathBuf,
    _directory: tempfile::TempDir,
}

impl Binary {
    /// Starts a command with no environment but this.
    pub fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("log");
        let output = std::fs::File::create(&log).unwrap();
        let child = command(arguments, environment)
            .stdin(Stdio::null())
            .stderr(output.try_clone().unwrap())
            .stdout(output)
            .spawn()
            .unwrap();
        Self { child, log, _directory: directory }
    }

    /// Returns all that it printed.
    pub fn log(&self) -> String {
        let mut text = String::new();
        std::fs::File::open(&self.log).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// Waits for a listener's log line and returns its address.
    pub async fn address(&mut self, listener: &str) -> SocketAddr {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            for line in self.log().lines() {
                let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
                if line["listener"] == listener {
                    return line["address"].as_str().unwrap().parse().unwrap();
                }
            }
            assert!(tokio::time::Instant::now() < deadline, "no listener {listener}: {}", self.log());
            assert!(self.child.try_wait().unwrap().is_none(), "it ended: {}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Sends a signal, by its name.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the end and returns the exit code.
    pub async fn ended(&mut self) -> i32 {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(tokio::time::Instant::now() < deadline, "it never ended: {}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Binary {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Makes a command of the real binary with no environment but this.
pub fn command(arguments: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_connect-verifier"));
    command.args(arguments).env_clear().envs(environment.iter().copied());
    command
}
