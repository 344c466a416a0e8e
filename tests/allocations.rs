//! Upper bounds on the allocations of a hit and of a miss: the allocations of the service over a real socket, minus
//! those of a bare hyper server for the same bytes. A reallocation counts as one.
//!
//! The allocator counts for the whole process. Therefore the caller and the upstream, which are threads of this
//! process, allocate nothing while it counts. When a bound is exceeded on purpose, change it here;
//! `scripts/check-instructions` shows where the instructions are spent.

#![allow(clippy::print_stdout, reason = "the figures are the result")]
#![allow(clippy::unwrap_used, reason = "a missing value fails the test")]

use std::{
    collections::BTreeMap,
    convert::Infallible,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    sync::mpsc,
    thread,
    time::Duration,
};

use bytes::Bytes;
use connect_verifier::{
    admission::key_hash,
    app::App,
    config::{Source, load},
};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Allocations per request beyond those of bare hyper.
// The cache allocates once in six reads, for its bookkeeping.
const MOST_PER_HIT: f64 = 7.2;
const MOST_PER_MISS: f64 = 100.0;

const KEY: &str = "cvk_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
const WARM_UP: u32 = 100;
const COUNTED: u32 = 500;
/// Hits reuse the accounts of the warm-up.
const FIRST_MISS: u32 = 1000;

#[test]
fn a_request_allocates_no_more_than_its_bound() {
    let service = serve(start_service(start_upstream()));
    let mut hits = Caller::new(service, |number| number % WARM_UP);
    let mut misses = Caller::new(service, |number| FIRST_MISS + number);
    let (hit, answer) = hits.count();
    let (miss, _) = misses.count();
    assert!(answer.contains("\"source\":\"cache\""), "{answer}");
    let (bare, _) = Caller::new(serve(start_bare(answer)), |number| number).count();
    println!("allocations: {bare:.2} for bare hyper, {hit:.2} for a hit, {miss:.2} for a miss");
    for (name, made, most, caller) in [("hit", hit, MOST_PER_HIT, hits), ("miss", miss, MOST_PER_MISS, misses)] {
        let own = made - bare;
        assert!(own <= most, "a {name} makes {own:.2} allocations beyond bare hyper's:\n{}", caller.places());
    }
}

/// One connection, one request at a time.
struct Caller {
    stream: TcpStream,
    buffer: Vec<u8>,
    account: fn(u32) -> u32,
    sent: u32,
}

impl Caller {
    fn new(to: SocketAddr, account: fn(u32) -> u32) -> Self {
        let stream = TcpStream::connect(to).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut caller = Self { stream, buffer: vec![0; 16 * 1024], account, sent: 0 };
        for request in caller.requests(WARM_UP) {
            caller.ask(&request);
        }
        caller
    }

    /// Returns the allocations per request, and the last answer.
    fn count(&mut self) -> (f64, String) {
        let requests = self.requests(COUNTED);
        let profiler = dhat::Profiler::builder().testing().trim_backtraces(Some(2)).build();
        let length = requests.iter().map(|request| self.ask(request)).last().unwrap();
        let made = dhat::HeapStats::get().total_blocks;
        drop(profiler);
        let answer = String::from_utf8(self.buffer[..length].to_vec()).unwrap();
        (made as f64 / f64::from(COUNTED), answer)
    }

    /// Lists where allocations are made: how many per request, and the closest line of this crate.
    fn places(mut self) -> String {
        let requests = self.requests(COUNTED);
        let file = tempfile::NamedTempFile::new().unwrap();
        let profiler = dhat::Profiler::builder().file_name(file.path()).trim_backtraces(None).build();
        for request in &requests {
            self.ask(request);
        }
        drop(profiler);
        places(&serde_json::from_slice(&std::fs::read(file.path()).unwrap()).unwrap())
    }

    fn requests(&mut self, count: u32) -> Vec<String> {
        self.sent += count;
        (self.sent - count..self.sent).map(|number| request((self.account)(number))).collect()
    }

    /// Sends a request and returns the length of its answer. An answer is written at once and fits into the buffer.
    fn ask(&mut self, request: &str) -> usize {
        self.stream.write_all(request.as_bytes()).unwrap();
        let length = self.stream.read(&mut self.buffer).unwrap();
        assert!(self.buffer[..length].starts_with(b"HTTP/1.1 200 OK"));
        length
    }
}

fn request(number: u32) -> String {
    let body = format!(r#"{{"account_id":"ABC-DEF-{number:04}","passcode":"passcode-{number:04}","region":"in1"}}"#);
    format!(
        "POST /v1/verify HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: test\r\naccept: */*\r\n\
         authorization: Bearer {KEY}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Parses a profile written by dhat.
fn places(profile: &Value) -> String {
    let frame = |index: &Value| profile["ftbl"][index.as_u64().unwrap() as usize].as_str().unwrap();
    let is_ours = |frame: &&str| {
        let file = frame.rsplit_once('(').and_then(|(_, place)| place.split(':').next()).unwrap_or("");
        Path::new(env!("CARGO_MANIFEST_DIR")).join(file).is_file() && file.starts_with("src/")
    };
    let mut places = BTreeMap::<&str, f64>::new();
    for point in profile["pps"].as_array().unwrap() {
        let frames = point["fs"].as_array().unwrap();
        let frame = frames.iter().map(frame).find(is_ours).or(frames.first().map(frame)).unwrap_or("unknown");
        let place = frame.rsplit_once('(').map_or(frame, |(_, place)| place.trim_end_matches(')'));
        *places.entry(place).or_default() += point["tbk"].as_u64().unwrap() as f64 / f64::from(COUNTED);
    }
    let mut places: Vec<_> = places.into_iter().filter(|(_, each)| *each >= 0.1).collect();
    places.sort_by(|left, right| right.1.total_cmp(&left.1));
    places.iter().fold(String::new(), |text, (place, each)| text + &format!("  {each:5.1}  {place}\n"))
}

/// Runs a server in its own thread, once it reports its address.
fn serve(server: impl FnOnce(mpsc::Sender<SocketAddr>) + Send + 'static) -> SocketAddr {
    let (sender, address) = mpsc::channel();
    thread::spawn(move || server(sender));
    address.recv().unwrap()
}

fn run<F: Future<Output = ()>>(server: F) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(server);
}

fn start_service(upstream: SocketAddr) -> impl FnOnce(mpsc::Sender<SocketAddr>) {
    let regions = ["in1", "sg1", "us1", "aps3", "mec1", "eu1"];
    let regions = regions.map(|region| format!("[regions.{region}]\nbase_url = \"http://{upstream}\"\n")).concat();
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\n[limits]\nupstream_per_second = 1000000\n\
         upstream_burst = 1000000\n{regions}[[clients]]\nname = \"test\"\npartner = \"test\"\nkey_sha256 = [\"{}\"]\n\
         rate_per_second = 1000000\nburst = 1000000\n",
        key_hash(KEY)
    );
    move |sender| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let config = load(&Source { file: Some(file.path().to_owned()), ..Source::default() }).unwrap();
        run(async move {
            let app = App::build(config, false).await.unwrap();
            sender.send(app.addresses().unwrap().0).unwrap();
            app.run(std::future::pending::<()>()).await;
        });
    }
}

/// A bare hyper server that answers the same bytes.
fn start_bare(answer: String) -> impl FnOnce(mpsc::Sender<SocketAddr>) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let headers: Vec<(String, String)> = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| !["date", "content-length"].contains(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let (headers, body) = (response_headers(&headers), Bytes::from(body.to_owned()));
    move |sender| {
        run(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(listener.local_addr().unwrap()).unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let service = service_fn(|request: Request<Incoming>| {
                let (headers, body) = (headers.clone(), body.clone());
                async move {
                    let _ = request.into_body().collect().await;
                    let mut response = Response::new(Full::new(body));
                    *response.headers_mut() = headers;
                    Ok::<_, Infallible>(response)
                }
            });
            let mut builder = http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(75));
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn response_headers(list: &[(String, String)]) -> http::HeaderMap {
    let parse = |(name, value): &(String, String)| {
        (name.parse::<http::HeaderName>().unwrap(), value.parse::<http::HeaderValue>().unwrap())
    };
    list.iter().map(parse).collect()
}

/// A connect API that always accepts, without allocating.
fn start_upstream() -> SocketAddr {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 57\r\n\r\n\
        {\"message\":\"Authorised Successfully.\",\"status\":\"success\"}";
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut buffer = [0; 4096];
                while stream.read(&mut buffer).is_ok_and(|length| length > 0) {
                    stream.write_all(ANSWER).unwrap();
                }
            });
        }
    });
    address
}
