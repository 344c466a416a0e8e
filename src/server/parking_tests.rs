//! Connections that release their buffers after each response, or wait for a body without them, must serve any
//! request.

use std::sync::atomic::{AtomicUsize, Ordering};

use http_body_util::{BodyExt as _, Full};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    sync::Notify,
    time::timeout,
};

use super::*;

/// The number of times that a connection was parked.
pub(super) static PARKED: AtomicUsize = AtomicUsize::new(0);

const PATIENCE: Duration = Duration::from_secs(20);

/// Answers with the request's path and body.
#[derive(Default)]
struct Echo {
    /// The number of requests whose body was awaited before they were handled.
    awaited: AtomicUsize,
    /// Notified when the server asks whether to wait for a body.
    asked: Notify,
}

impl Handler for Echo {
    type Body = Full<Bytes>;

    async fn handle(&self, request: Request<RequestBody>, peer: Peer) -> Result<Response<Full<Bytes>>, Aborted> {
        assert_eq!(peer.refusal, None);
        self.awaited.fetch_add(usize::from(peer.received.is_some()), Ordering::Relaxed);
        let path = request.uri().path().to_owned();
        let body = request.into_body().collect().await.map_err(|_| Aborted)?.to_bytes();
        Ok(Response::new(Full::new([path.as_bytes(), b" ", &body].concat().into())))
    }

    fn reads_body(&self, _head: &request::Parts) -> bool {
        self.asked.notify_one();
        true
    }
}

fn limits() -> Limits {
    let source = crate::config::Source::default();
    let config = crate::config::load(&source).expect("the defaults are good");
    Limits::from(&config.server)
}

async fn start() -> (TcpStream, watch::Sender<Phase>) {
    start_with(Arc::default(), Duration::ZERO).await
}

async fn start_with(handler: Arc<Echo>, park_after: Duration) -> (TcpStream, watch::Sender<Phase>) {
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = Server::bind(address, handler, Limits { park_after, ..limits() }).await.unwrap();
    let address = server.address().unwrap();
    let (phase, receiver) = watch::channel(Phase::Running);
    tokio::spawn(server.run(receiver));
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    (stream, phase)
}

fn request(number: usize, length: usize) -> (String, String) {
    let body = "x".repeat(length);
    let head = if length == 0 {
        format!("GET /{number} HTTP/1.1\r\nHost: a\r\n\r\n")
    } else {
        format!("POST /{number} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n")
    };
    (head + &body, format!("/{number} {body}"))
}

async fn read_until(stream: &mut TcpStream, read: &mut Vec<u8>, expected: &str) {
    let found = async {
        while !String::from_utf8_lossy(read).ends_with(&format!("\r\n\r\n{expected}")) {
            assert_ne!(stream.read_buf(read).await.unwrap(), 0, "closed after {}", String::from_utf8_lossy(read));
        }
    };
    timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("no {expected} after {}", String::from_utf8_lossy(read)));
}

#[tokio::test]
async fn serves_requests_after_parking() {
    let (mut stream, _phase) = start().await;
    for number in 0..50 {
        let (request, answer) = request(number, number % 3 * 700);
        // In two pieces, split at a different position each time.
        let (first, second) = request.split_at(number * 7 % request.len());
        stream.write_all(first.as_bytes()).await.unwrap();
        tokio::task::yield_now().await;
        stream.write_all(second.as_bytes()).await.unwrap();
        read_until(&mut stream, &mut Vec::new(), &answer).await;
    }
    assert!(PARKED.load(Ordering::Relaxed) > 0, "no connection was parked");
}

#[tokio::test]
async fn keeps_pipelined_requests() {
    let (mut stream, _phase) = start().await;
    let mut all = String::new();
    for number in 0..200 {
        all += &request(number, number % 5 * 300).0;
    }
    let (first, second) = all.split_at(all.len() / 3);
    stream.write_all(first.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    stream.read_buf(&mut read).await.unwrap();
    stream.write_all(second.as_bytes()).await.unwrap();
    read_until(&mut stream, &mut read, &request(199, 199 % 5 * 300).1).await;
    assert_eq!(String::from_utf8_lossy(&read).matches("HTTP/1.1 200 OK").count(), 200);
}

#[tokio::test]
async fn ends_a_parked_connection_with_the_listener() {
    let (mut stream, phase) = start().await;
    let (request, answer) = request(1, 0);
    stream.write_all(request.as_bytes()).await.unwrap();
    read_until(&mut stream, &mut Vec::new(), &answer).await;
    phase.send_replace(Phase::Closing);
    assert_eq!(timeout(PATIENCE, stream.read(&mut [0; 1])).await.unwrap().unwrap(), 0);
}

#[tokio::test]
async fn finishes_a_request_whose_body_was_awaited() {
    // As the first request, and directly after another one, before and after the connection is parked.
    for (before, park_after) in [(0, PATIENCE), (1, PATIENCE), (1, Duration::ZERO)] {
        for is_closing in [false, true] {
            let handler = Arc::new(Echo::default());
            let (mut stream, phase) = start_with(handler.clone(), park_after).await;
            for number in 0..before {
                let (request, answer) = request(number, 700);
                stream.write_all(request.as_bytes()).await.unwrap();
                read_until(&mut stream, &mut Vec::new(), &answer).await;
            }
            let (request, answer) = request(1, 700);
            let (first, second) = request.split_at(request.len() - 300);
            stream.write_all(first.as_bytes()).await.unwrap();
            timeout(PATIENCE, handler.asked.notified()).await.unwrap();
            if is_closing {
                phase.send_replace(Phase::Closing);
            }
            stream.write_all(second.as_bytes()).await.unwrap();
            read_until(&mut stream, &mut Vec::new(), &answer).await;
            assert_eq!(handler.awaited.load(Ordering::Relaxed), 1);
        }
    }
}
