//! `healthcheck`: asks the admin listener whether the service is ready.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{Exit, Failed, read_config, runtime};

const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) fn run(url: Option<String>, file: Option<PathBuf>) -> Result<Exit, Failed> {
    let url = match url {
        Some(url) => url,
        None => {
            let mut address = read_config(file)?.server.admin_listen;
            if address.ip().is_unspecified() {
                address.set_ip(match address.ip() {
                    IpAddr::V4(_) => IpAddr::from([127, 0, 0, 1]),
                    IpAddr::V6(_) => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
                });
            }
            format!("http://{address}")
        }
    };
    let parsed = url::Url::parse(&url).ok().filter(|url| url.scheme() == "http" && url.has_host());
    let Some(parsed) = parsed else {
        return Err(Failed::new(
            Exit::Usage,
            format!("--url: `{url}`: expected an address such as http://127.0.0.1:9090"),
        ));
    };
    let status = runtime()?
        .block_on(async { tokio::time::timeout(TIMEOUT, ask(&parsed)).await })
        .map_err(|_| Failed::new(Exit::Failure, format!("{url} did not answer within {TIMEOUT:?}")))?
        .map_err(|error| Failed::new(Exit::Failure, format!("{url} cannot be asked: {error}")))?;
    if status == StatusCode::OK {
        return Ok(Exit::Success);
    }
    Err(Failed::new(Exit::Failure, format!("not ready: {url} answers {status}")))
}

async fn ask(url: &url::Url) -> Result<StatusCode, Box<dyn std::error::Error>> {
    let host = url.host_str().ok_or("no host")?;
    let port = url.port_or_known_default().ok_or("no port")?;
    let stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let path = format!("{}/readyz", url.path().trim_end_matches('/'));
    let request = Request::get(path).header(header::HOST, format!("{host}:{port}")).body(Empty::<Bytes>::new())?;
    let status = sender.send_request(request).await?.status();
    connection.abort();
    Ok(status)
}
