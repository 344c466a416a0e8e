//! HTTP/1.1 by hand, so that the driver costs less than what it drives.

use std::{io, path::Path, sync::Arc};

use memchr::memmem;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::Run;
use crate::{Result, request::Template};

pub async fn run(run: &Run) -> Result<()> {
    let stream = TcpStream::connect(run.options.to).await?;
    stream.set_nodelay(true)?;
    match &run.options.tls {
        None => exchange(run, stream).await,
        Some(trusted) => exchange(run, secure(stream, trusted, b"http/1.1").await?).await,
    }
}

pub async fn secure(stream: TcpStream, trusted: &Path, protocol: &[u8]) -> Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(trusted)? {
        roots.add(certificate?)?;
    }
    let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    Ok(TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost")?, stream).await?)
}

async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(run: &Run, mut stream: S) -> Result<()> {
    let options = &run.options;
    let mut template = Template::new(&options.to.to_string(), &options.key, &options.region);
    let end_of_head = memmem::Finder::new(b"\r\n\r\n");
    let mut buffer = vec![0; 64 * 1024];
    while let Some(due) = run.next(&mut template).await {
        stream.write_all(template.bytes()).await?;
        let mut length = 0;
        let (head, total) = loop {
            if let Some(at) = end_of_head.find(&buffer[..length]) {
                let total = at + 4 + content_length(&buffer[..at])?;
                if length >= total {
                    break (at + 4, total);
                }
            }
            let read = stream.read(&mut buffer[length..]).await?;
            if read == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            length += read;
        };
        run.answered(due, status(&buffer), total, source(&buffer[head..total]));
    }
    Ok(())
}

fn status(head: &[u8]) -> u16 {
    head.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Returns the value of `source` in a body.
pub fn source(body: &[u8]) -> &[u8] {
    memmem::find(body, b"\"source\":\"").map_or(b"", |at| &body[at + 10..])
}

fn content_length(head: &[u8]) -> Result<usize> {
    for line in head.split(|byte| *byte == b'\n') {
        if line.len() > 15 && line[..15].eq_ignore_ascii_case(b"content-length:") {
            return Ok(std::str::from_utf8(&line[15..])?.trim().parse()?);
        }
    }
    Err("an answer without Content-Length".into())
}
