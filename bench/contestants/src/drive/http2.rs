//! HTTP/2 through hyper's client: several concurrent requests on each connection.

use std::rc::Rc;

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use super::{Run, http1};
use crate::{Result, request::Template};

pub async fn run(run: &Rc<Run>) -> Result<()> {
    let stream = TcpStream::connect(run.options.to).await?;
    stream.set_nodelay(true)?;
    let trusted = run.options.tls.as_deref().ok_or("HTTP/2 needs --tls")?;
    let stream = http1::secure(stream, trusted, b"h2").await?;
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await?;
    tokio::task::spawn_local(async move {
        let _ = connection.await;
    });
    let mut streams = tokio::task::JoinSet::new();
    for _ in 0..run.options.streams {
        let (run, sender) = (run.clone(), sender.clone());
        streams.spawn_local(async move {
            if let Err(error) = exchange(&run, sender).await {
                run.failed(&error);
            }
        });
    }
    while streams.join_next().await.is_some() {}
    Ok(())
}

async fn exchange(run: &Run, mut sender: SendRequest<Full<Bytes>>) -> Result<()> {
    let options = &run.options;
    let mut template = Template::new("localhost", &options.key, &options.region);
    let authorization = format!("Bearer {}", options.key);
    while let Some(due) = run.next(&mut template).await {
        let request = Request::post("https://localhost/v1/verify")
            .header(header::USER_AGENT, "bench")
            .header(header::ACCEPT, "*/*")
            .header(header::AUTHORIZATION, &authorization)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::copy_from_slice(template.body())))?;
        sender.ready().await?;
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await?.to_bytes();
        run.answered(due, status, body.len(), http1::source(&body));
    }
    Ok(())
}
