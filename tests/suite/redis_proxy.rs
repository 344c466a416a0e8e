//! What is on its way to a Redis that has not received it yet.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{Notify, Semaphore, watch},
    time::timeout,
};

use crate::{
    binary::Binary,
    redis_server::{RedisServer, is_missing},
    shared::{Fleet, code, upstream},
    support::{KEY, Reply, Upstream, config_text, credential, eventually, raw_verification, request},
};

const ACCOUNT: &str = "AAA-AAA-AAA1";

/// A proxy that can hold what clients send. What it holds for a client that disconnects is lost.
struct Proxy {
    address: SocketAddr,
    is_holding: watch::Sender<bool>,
    held: Arc<Mutex<Vec<u8>>>,
    /// Notified when a client has disconnected.
    closed: Arc<Notify>,
}

impl Proxy {
    async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (address, is_holding) = (listener.local_addr().unwrap(), watch::Sender::new(false));
        let proxy = Self { address, is_holding, held: Arc::default(), closed: Arc::default() };
        let (is_holding, held, closed) = (proxy.is_holding.subscribe(), proxy.held.clone(), proxy.closed.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (passing, closed) = (pass_on(client, server, is_holding.clone(), held.clone()), closed.clone());
                tokio::spawn(async move {
                    passing.await;
                    closed.notify_one();
                });
            }
        });
        proxy
    }

    fn hold(&self, is_holding: bool) {
        self.is_holding.send_replace(is_holding);
    }

    fn holds(&self, word: &str) -> bool {
        String::from_utf8_lossy(&self.held.lock().unwrap()).contains(word)
    }
}

async fn pass_on(
    client: TcpStream,
    server: SocketAddr,
    mut is_holding: watch::Receiver<bool>,
    held: Arc<Mutex<Vec<u8>>>,
) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = TcpStream::connect(server).await.unwrap().into_split();
    tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut bytes = Vec::new();
    loop {
        tokio::select! {
            biased;
            () = async { _ = is_holding.wait_for(|is_holding| !is_holding).await }, if !bytes.is_empty() => {
                to_server.write_all(&bytes).await.unwrap();
                bytes.clear();
            }
            read = from_client.read_buf(&mut bytes) => {
                if read.is_ok_and(|count| count > 0) {
                    held.lock().unwrap().clone_from(&bytes);
                } else {
                    return;
                }
            }
        }
    }
}

/// Starts another instance of a fleet, which reaches Redis through a proxy.
async fn proxied(fleet: &Fleet, proxy: &Proxy) -> (Binary, SocketAddr) {
    let mut environment = fleet.environment();
    environment.push(("CONNECT_VERIFIER__REDIS__URL".to_owned(), format!("redis://{}", proxy.address)));
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (&**name, &**value)).collect();
    let mut binary = Binary::start(&["serve", "--config", &fleet.path("c.toml")], &environment);
    let (public, admin) = (binary.address("public").await, binary.address("admin").await);
    eventually("Redis is in use", async || {
        request(admin, "GET", "/metrics", &[], "").await.body.contains("connect_verifier_redis_up 1\n")
    })
    .await;
    (binary, public)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_settlement_on_its_way_is_delivered_before_the_process_ends() {
    if is_missing() {
        return;
    }
    let gate = Arc::new(Semaphore::new(0));
    let opened = gate.clone();
    let refusal = r#"{"status": "fail", "error": "Invalid Credentials", "code": 400}"#;
    let upstream = Upstream::start(move |_| Reply::Gated(opened.clone(), 400, refusal.to_owned())).await;
    let redis = RedisServer::start();
    let proxy = Proxy::start(SocketAddr::from((Ipv4Addr::LOCALHOST, redis.port))).await;
    let more = "[limits]\nattempts_per_account = 1\n";
    let fleet = Fleet::start_with_timeout("5s", 1, &redis.url, upstream, more).await;
    fleet.wait_until_up(true).await;
    let (mut binary, public) = proxied(&fleet, &proxy).await;

    let mut caller = TcpStream::connect(public).await.unwrap();
    let question = raw_verification(&credential(ACCOUNT, "guess-1", "in1").to_string());
    caller.write_all(question.as_bytes()).await.unwrap();
    fleet.upstream.wait_for_calls(1).await;
    proxy.hold(true);
    gate.add_permits(10);
    eventually("the settlement is on its way", async || proxy.holds("refuse")).await;
    // Nobody waits for it any more.
    drop(caller);
    binary.signal("TERM");
    eventually("the listener is closed", async || TcpStream::connect(public).await.is_err()).await;
    let ended = timeout(Duration::from_millis(300), proxy.closed.notified()).await;
    assert!(ended.is_err(), "it waits for the settlement: {}", binary.log());
    proxy.hold(false);
    assert_eq!(binary.ended().await, 0, "{}", binary.log());
    let answer = fleet.ask(0, ACCOUNT, "guess-2").await;
    assert_eq!(code(&answer), "too_many_attempts", "the refusal counts: {answer}");
    assert_eq!(fleet.upstream.calls(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_attempt_and_the_question_of_a_session_share_a_round_trip() {
    if is_missing() {
        return;
    }
    let redis = RedisServer::start();
    let proxy = Proxy::start(SocketAddr::from((Ipv4Addr::LOCALHOST, redis.port))).await;
    let fleet = Fleet::start_with_timeout("5s", 0, &redis.url, upstream().await, "").await;
    let origin = "https://dash.example.com";
    let text = config_text(Some(fleet.upstream.address), "") + &format!("allowed_origins = [{origin:?}]\n");
    std::fs::write(fleet.path("c.toml"), text).unwrap();
    let (_binary, public) = proxied(&fleet, &proxy).await;
    let post = async |path: &str, bearer: &str, body: String| {
        let authorization = format!("Bearer {bearer}");
        let headers = [("content-type", "application/json"), ("authorization", &authorization), ("origin", origin)];
        request(public, "POST", path, &headers, &body).await
    };
    let grant = format!("{{\"origin\": {origin:?}, \"max_attempts\": 1}}");
    let token = post("/v1/sessions", KEY, grant).await.json()["token"].as_str().unwrap().to_owned();

    proxy.hold(true);
    let asking = post("/v1/verify", &token, credential(ACCOUNT, "good", "in1").to_string());
    let sent = async {
        eventually("attempt and question are on their way", async || {
            proxy.holds("connect-verifier:session:") && proxy.holds("}v:")
        })
        .await;
        proxy.hold(false);
    };
    let (answer, ()) = tokio::join!(asking, sent);
    assert_eq!(code(&answer.json()), "verified", "{answer:?}");
    let answer = post("/v1/verify", &token, credential(ACCOUNT, "good-2", "in1").to_string()).await;
    assert_eq!((answer.status, fleet.upstream.calls()), (429, 1), "the only attempt is used: {answer:?}");
}
