//! Streamed responses: a request lives as long as the body of its response.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use connect_verifier::{
    observe::Observe,
    reload,
    server::{
        Aborted, Drained, Handler, Limits, Peer, Phase, RequestBody, Server,
        tls::{TlsAcceptor, TlsFiles},
    },
};
use http::{Request, Response};
use http_body::{Body, Frame};
use tokio::{
    sync::{mpsc, watch},
    time::sleep,
};

use crate::{
    support::{PATIENCE, config},
    tls::{authority, client, issue, write},
};

/// The idle limit of the connections in these tests.
const IDLE: Duration = Duration::from_millis(200);

/// A body that yields the chunks of a channel.
struct Channel(mpsc::Receiver<Bytes>);

impl Body for Channel {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// Answers each request with a separate body.
#[derive(Default)]
struct Streaming {
    answers: Mutex<Vec<mpsc::Sender<Bytes>>>,
}

impl Handler for Streaming {
    type Body = Channel;

    async fn handle(&self, _: Request<RequestBody>, _: Peer) -> Result<Response<Channel>, Aborted> {
        let (sender, receiver) = mpsc::channel(1);
        self.answers.lock().unwrap().push(sender);
        Ok(Response::new(Channel(receiver)))
    }
}

impl Streaming {
    async fn answer(&self) -> mpsc::Sender<Bytes> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(answer) = self.answers.lock().unwrap().pop() {
                return answer;
            }
            assert!(tokio::time::Instant::now() < deadline, "no request came");
            sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn a_streamed_response_outlasts_the_idle_limit_and_a_drain() {
    for is_http_2 in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        let authority = authority();
        write(directory.path(), &issue(&authority));
        let path = |name: &str| directory.path().join(name);
        let tls = TlsFiles { cert: path("tls.crt"), key: path("tls.key"), client_ca: None };
        let more = "header_timeout = \"200ms\"\nmax_connections = 1\ndrain_timeout = \"20s\"\n";
        let limits = Limits::from(&config(None, more).server);
        let (handler, observe) = (Arc::<Streaming>::default(), Arc::new(Observe::new(std::iter::empty()).unwrap()));
        let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0)), handler.clone(), limits).await.unwrap();
        let server = server.with_tls(Some(TlsAcceptor::new(&reload::read(tls).unwrap().0))).observed_by(observe);
        let url = format!("https://localhost:{}/", server.address().unwrap().port());
        let (phase, receiver) = watch::channel(Phase::Running);
        let running = tokio::spawn(server.run(receiver));

        let client = if is_http_2 { client(&authority) } else { client(&authority).http1_only() };
        let client = client.build().unwrap();
        let reading = tokio::spawn(async move { client.get(url).send().await.unwrap().text().await });
        let answer = handler.answer().await;
        answer.send(Bytes::from_static(b"one ")).await.unwrap();
        // This test is about elapsed time: more than twice the idle limit, and then more than the drain's grace.
        sleep(3 * IDLE).await;
        answer.send(Bytes::from_static(b"two ")).await.unwrap();
        phase.send_replace(Phase::Closing);
        sleep(Duration::from_millis(1200)).await;
        answer.send(Bytes::from_static(b"three")).await.unwrap();
        drop(answer);
        assert_eq!(reading.await.unwrap().unwrap(), "one two three", "HTTP/2: {is_http_2}");
        let drained = tokio::time::timeout(PATIENCE, running).await.unwrap().unwrap();
        assert_eq!(drained, Drained::Clean, "HTTP/2: {is_http_2}");
    }
}
