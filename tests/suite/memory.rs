//! The memory of connections that wait, of the real binary.

use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use crate::{
    binary::Binary,
    support::{credential, eventually, raw_verification, read_answer},
};

const CONNECTIONS: usize = 400;
/// Bytes per connection.
const MOST: u64 = 10_000;

/// How much of a request a client has sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Nothing,
    HalfOfTheHead,
    HalfOfTheBody,
    /// The request was answered, and the connection is kept.
    Everything,
}

fn resident(binary: &Binary) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", binary.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[tokio::test]
async fn a_waiting_connection_needs_little_memory() {
    let environment = [
        ("CONNECT_VERIFIER__SERVER__LISTEN", "127.0.0.1:0"),
        ("CONNECT_VERIFIER__SERVER__ADMIN_LISTEN", "127.0.0.1:0"),
        ("CONNECT_VERIFIER__SERVER__FIRST_REQUEST_TIMEOUT", "5m"),
        ("CONNECT_VERIFIER__SERVER__HEADER_TIMEOUT", "5m"),
        ("CONNECT_VERIFIER__SERVER__BODY_TIMEOUT", "5m"),
        ("CONNECT_VERIFIER__SERVER__REQUEST_TIMEOUT", "5m"),
    ];
    let mut body = credential("TEST-200-OKA-0000", "GOOD-PASSCODE", "in1").to_string();
    body += &" ".repeat(800 - body.len());
    let request = raw_verification(&body);
    let head = request.len() - body.len();
    for sent in [Sent::Nothing, Sent::HalfOfTheHead, Sent::HalfOfTheBody, Sent::Everything] {
        let mut binary = Binary::start(&["serve", "--sandbox"], &environment);
        let public = binary.address("public").await;
        // What the first requests allocate once belongs to no connection.
        let mut first = TcpStream::connect(public).await.unwrap();
        for _ in 0..100 {
            first.write_all(request.as_bytes()).await.unwrap();
            assert_eq!(read_answer(&mut first).await.status, 200);
        }
        let before = resident(&binary);
        let length = match sent {
            Sent::Nothing => 0,
            Sent::HalfOfTheHead => head / 2,
            Sent::HalfOfTheBody => head + body.len() / 2,
            Sent::Everything => request.len(),
        };
        let mut waiting = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut stream = TcpStream::connect(public).await.unwrap();
            stream.write_all(&request.as_bytes()[..length]).await.unwrap();
            if sent == Sent::Everything {
                assert_eq!(read_answer(&mut stream).await.status, 200);
            }
            waiting.push(stream);
        }
        // All of them have been accepted and read, and what they freed has been returned.
        let mut last = u64::MAX;
        eventually(&format!("at most {MOST} bytes per connection with {sent:?} sent"), async || {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            let now = resident(&binary).saturating_sub(before) / CONNECTIONS as u64;
            let is_steady = now.abs_diff(std::mem::replace(&mut last, now)) < 100;
            is_steady && now <= MOST
        })
        .await;
        for stream in &mut waiting {
            if sent != Sent::Everything {
                stream.write_all(&request.as_bytes()[length..]).await.unwrap();
                assert_eq!(read_answer(stream).await.status, 200, "{sent:?}");
            }
        }
    }
}
