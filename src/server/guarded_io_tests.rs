use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::Instant,
};

use super::*;

async fn pair() -> (TcpStream, TcpStream) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
    (client.unwrap(), accepted.unwrap().0)
}

#[tokio::test]
async fn cuts_off_a_client_that_does_not_read() {
    let (_client, server) = pair().await;
    let state = Arc::new(State::default());
    let mut io = GuardedIo::new(server, state.clone(), Duration::from_millis(50));
    let started = Instant::now();
    // More than any kernel buffers.
    let error = io.write_all(&vec![0; 64 << 20]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(started.elapsed() >= Duration::from_millis(50));
    assert!(state.was_slow() && state.is_idle());
}

#[tokio::test]
async fn lets_a_client_that_still_sends_hear_the_answer() {
    let (mut client, server) = pair().await;
    let mut io = GuardedIo::new(server, Arc::default(), Duration::from_secs(5));
    io.write_all(b"refused").await.unwrap();
    let server = tokio::spawn(async move { io.shutdown().await });
    client.write_all(&vec![0; 1 << 20]).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "refused");
    drop(client);
    server.await.unwrap().unwrap();
}
