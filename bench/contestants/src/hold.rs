//! Holds connections open, to measure their cost.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{Result, drive, request::Template};

#[derive(Args)]
pub struct Options {
    #[arg(long)]
    to: SocketAddr,
    #[arg(long)]
    key: String,
    #[arg(long)]
    count: usize,
    #[arg(long)]
    kind: Kind,
    /// Before it, one request is answered on each connection
    #[arg(long)]
    after_request: bool,
    /// Use TLS, and trust this certificate
    #[arg(long)]
    tls: Option<PathBuf>,
}

trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// Nothing was sent
    Silent,
    /// Half of a head was sent
    SlowHead,
    /// The head and half of the body were sent
    SlowBody,
}

pub async fn run(options: Options) -> Result<()> {
    let mut template = Template::new(&options.to.to_string(), &options.key, "in1");
    let mut held = Vec::with_capacity(options.count);
    for _ in 0..options.count {
        let stream = TcpStream::connect(options.to).await?;
        let mut stream: Box<dyn Stream> = match &options.tls {
            None => Box::new(stream),
            Some(trusted) => Box::new(drive::secure(stream, trusted, b"http/1.1").await?),
        };
        template.fill(0, true);
        let all = template.bytes();
        if options.after_request {
            stream.write_all(all).await?;
            let mut buffer = vec![0; 16 * 1024];
            if stream.read(&mut buffer).await? == 0 {
                return Err("the server closed a connection".into());
            }
        }
        match options.kind {
            Kind::Silent => {}
            Kind::SlowHead => stream.write_all(&all[..(all.len() - template.body().len()) / 2]).await?,
            Kind::SlowBody => stream.write_all(&all[..all.len() - template.body().len() / 2]).await?,
        }
        held.push(stream);
    }
    // The server may be slower.
    tokio::time::sleep(Duration::from_millis(500)).await;
    println!("holding {}", held.len());
    let mut rest = Vec::new();
    tokio::io::stdin().read_to_end(&mut rest).await?;
    Ok(())
}
