//! The test harness: the service in this process, and requests to it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use connect_verifier::{app::App, server::Drained, verify::Connect};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};

pub use crate::{
    binary::{Binary, command},
    settings::{Client, Settings, config, config_text},
    upstream::{Reply, Seen, Upstream},
};

/// The key of the [`Service`]'s client, 47 characters long.
pub const KEY: &str = "cvk_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
/// Its partner.
pub const PARTNER: &str = "adjust";
/// How long a test waits for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The service in this process, on its own ports.
pub struct Service {
    pub public: SocketAddr,
    pub admin: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<Drained>>,
}

impl Service {
    /// Starts with all regions at the upstream.
    pub async fn start(upstream: &Upstream, settings: impl Into<Settings>) -> Self {
        let app = App::build(config(Some(upstream.address), settings), false).await.unwrap();
        Self::run(app)
    }

    /// Starts with another port to the upstream.
    pub async fn start_with(connect: Arc<dyn Connect>, settings: impl Into<Settings>) -> Self {
        let app = App::build_with(config(None, settings), connect).await.unwrap();
        Self::run(app)
    }

    /// Runs a built app.
    pub fn run(app: App) -> Self {
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

    /// Starts the shutdown.
    pub fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    /// Waits until the service has stopped.
    pub async fn ended(&mut self) -> Drained {
        tokio::time::timeout(PATIENCE, self.running.take().unwrap()).await.unwrap().unwrap()
    }
}

/// Returns the usual body.
pub fn credential(account_id: &str, passcode: &str, region: &str) -> Value {
    serde_json::json!({"account_id": account_id, "passcode": passcode, "region": region})
}

/// An HTTP response.
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

    /// Decodes a chunked body, which must be complete.
    fn whole(mut self) -> Self {
        if self.header("transfer-encoding") != Some("chunked") {
            return self;
        }
        let mut content = String::new();
        let mut rest = self.body.as_str();
        loop {
            let frame =
                rest.split_once("\r\n").and_then(|(size, rest)| Some((usize::from_str_radix(size, 16).ok()?, rest)));
            match frame {
                Some((0, _)) => break,
                Some((size, data)) => {
                    content += data.get(..size).unwrap_or_else(|| panic!("a chunk is cut off: {rest:?}"));
                    rest = data.get(size + 2..).unwrap_or_else(|| panic!("nothing follows a chunk: {rest:?}"));
                }
                None => panic!("the body ends without a last chunk: {content:?} then {rest:?}"),
            }
        }
        self.body = content;
        self
    }

    /// Parses a response from its bytes; the body is everything after the head.
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

/// Returns the bytes of a verification with the known key, for tests that control the connection.
pub fn raw_verification(body: &str) -> String {
    format!(
        "POST /v1/verify HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEY}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Sends one request on its own connection.
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
    Answer::parse(&exchange(to, text.as_bytes()).await).whole()
}

/// Sends bytes and returns everything received until the other side closes.
pub async fn exchange(to: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let stream = TcpStream::connect(to).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let bytes = bytes.to_vec();
    // Writes and reads concurrently: a server may respond before it has read everything, and closing then is not an
    // error here.
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

/// A well-behaved client: verifies `count` times over one connection and expects 200 each time.
pub async fn well_behaved(to: SocketAddr, count: usize) {
    let one = raw_verification(&credential("W9R-486-4W5Z", "well-behaved", "in1").to_string());
    let mut stream = TcpStream::connect(to).await.unwrap();
    for number in 0..count {
        stream.write_all(one.as_bytes()).await.unwrap();
        let answer = read_answer(&mut stream).await;
        assert_eq!(answer.status, 200, "request {number} of the well-behaved client: {answer:?}");
    }
}

/// Reads until the other side closes or resets the connection.
pub async fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.unwrap();
    bytes
}

/// Returns the statuses of all responses received on a connection.
pub fn statuses(text: &str) -> Vec<&str> {
    text.match_indices("HTTP/1.1 ").map(|(at, found)| &text[at + found.len()..][..3]).collect()
}

/// Waits for a condition.
pub async fn eventually(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !condition().await {
        assert!(tokio::time::Instant::now() < deadline, "never came true: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Reads one response with a Content-Length from a connection that stays open.
pub async fn read_answer(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let whole = async {
        loop {
            if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                let answer = Answer::parse(&bytes);
                let length: usize = answer.header("content-length").unwrap().parse().unwrap();
                if bytes.len() >= at + 4 + length {
                    return answer;
                }
            }
            assert_ne!(stream.read_buf(&mut bytes).await.unwrap(), 0, "closed: {:?}", String::from_utf8_lossy(&bytes));
        }
    };
    tokio::time::timeout(PATIENCE, whole).await.unwrap()
}
