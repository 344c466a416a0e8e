//! A scripted upstream on a loopback port that records its requests.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::support::eventually;

/// How an upstream handles a request.
#[derive(Debug, Clone)]
pub enum Reply {
    /// A JSON answer.
    Json(u16, String),
    /// These bytes, then the connection ends.
    Raw(Vec<u8>),
    /// These bytes, then nothing.
    Stall(Vec<u8>),
    /// A connection reset.
    Reset,
    /// A JSON answer once the gate opens.
    Gated(Arc<tokio::sync::Semaphore>, u16, String),
}

impl Reply {
    pub fn success() -> Self {
        Self::Json(200, r#"{"message": "Authorised Successfully.", "status": "success"}"#.to_owned())
    }

    pub fn failure(status: u16, message: &str) -> Self {
        Self::json(status, &serde_json::json!({"status": "fail", "error": message, "code": status}))
    }

    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::Json(status, body.to_string())
    }

    /// A complete HTTP response.
    pub fn http(status: u16, headers: &str, body: &[u8]) -> Self {
        let mut bytes =
            format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len())
                .into_bytes();
        bytes.extend_from_slice(body);
        Self::Raw(bytes)
    }
}

/// A request as the upstream received it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The exact head.
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
    /// Starts an upstream that answers by a script.
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

    /// Starts an upstream that always does the same.
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

    /// Waits until `count` requests have arrived.
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
                // Until the other side closes.
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
