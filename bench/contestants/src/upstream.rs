//! The simulated connect API: as cheap as possible, because it shares its core with the driver.
//!
//! The region in the path decides the delay. `GET /calls` returns the number of verifications so far, and any
//! POST is accepted like by a trace collector.

use std::{cell::Cell, net::SocketAddr, rc::Rc, time::Duration};

use clap::Args;
use memchr::memmem;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::Result;

#[derive(Args)]
pub struct Options {
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

/// The delays, by region; every other region answers immediately.
const DELAYS: [(&[u8], Duration); 2] =
    [(b"GET /sg1/", Duration::from_millis(20)), (b"GET /us1/", Duration::from_millis(300))];

const SUCCESS: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 60\r\n\r\n\
    {\"message\":\"Authorised Successfully.\",\"status\":\"success\"}  \n";
const REFUSED: &[u8] = b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: 60\r\n\r\n\
    {\"status\":\"fail\",\"error\":\"Invalid Credentials\",\"code\":400} \n";

pub async fn run(options: Options) -> Result<()> {
    let listener = TcpListener::bind(options.listen).await?;
    println!("listening on {}", listener.local_addr()?);
    let calls = Rc::new(Cell::new(0));
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let calls = calls.clone();
        tokio::task::spawn_local(async move {
            let _ = serve(stream, &calls).await;
        });
    }
}

async fn serve(mut stream: TcpStream, calls: &Cell<u64>) -> std::io::Result<()> {
    let end_of_head = memmem::Finder::new(b"\r\n\r\n");
    let good = memmem::Finder::new(b"GOOD.");
    let mut buffer = Vec::with_capacity(4096);
    loop {
        let head = loop {
            if let Some(at) = end_of_head.find(&buffer) {
                break at + 4;
            }
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        };
        if buffer.starts_with(b"POST ") {
            let rest = content_length(&buffer[..head]).saturating_sub(buffer.len() - head);
            tokio::io::copy(&mut (&mut stream).take(rest as u64), &mut tokio::io::sink()).await?;
            buffer.clear();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await?;
            continue;
        }
        if buffer.starts_with(b"GET /calls ") {
            let count = calls.get().to_string();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{count}", count.len());
            stream.write_all(answer.as_bytes()).await?;
        } else {
            calls.set(calls.get() + 1);
            if let Some((_, delay)) = DELAYS.iter().find(|(path, _)| buffer.starts_with(path)) {
                tokio::time::sleep(*delay).await;
            }
            let is_good = good.find(&buffer[..head]).is_some();
            stream.write_all(if is_good { SUCCESS } else { REFUSED }).await?;
        }
        buffer.drain(..head);
    }
}

fn content_length(head: &[u8]) -> usize {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let value = text.split("content-length:").nth(1).and_then(|rest| rest.split("\r\n").next());
    value.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}
