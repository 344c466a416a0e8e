//! A collector on a loopback port: accepts OTLP over HTTP as protobuf, like the OpenTelemetry Collector.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    resource::v1::Resource,
    trace::v1::{Span, status::StatusCode},
};
use prost::Message;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::support::eventually;

/// A collector that keeps what it receives.
pub struct Collector {
    pub address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
    accepting: JoinHandle<()>,
}

#[derive(Default)]
struct Kept {
    heads: Vec<String>,
    bodies: Vec<Vec<u8>>,
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Collector {
    /// Starts a collector that answers every request with this status.
    pub async fn start(status: u16) -> Self {
        Self::start_with(Some(status)).await
    }

    /// Starts a collector that accepts everything and never answers.
    pub async fn start_silent() -> Self {
        Self::start_with(None).await
    }

    async fn start_with(status: Option<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let kept: Arc<Mutex<Kept>> = Arc::default();
        let all = kept.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(take(stream, all.clone(), status));
            }
        });
        Self { address, kept, accepting }
    }

    /// Returns the configuration that exports to this collector.
    pub fn config(&self) -> String {
        format!("[telemetry]\notlp_endpoint = \"http://{}\"\n", self.address)
    }

    /// Returns the heads of the requests so far.
    pub fn heads(&self) -> Vec<String> {
        self.kept.lock().unwrap().heads.clone()
    }

    /// Returns all bytes received so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.kept.lock().unwrap().bytes().concat()
    }

    /// Returns the spans so far.
    pub fn spans(&self) -> Vec<Span> {
        self.kept.lock().unwrap().resource_spans().flat_map(|(_, spans)| spans).collect()
    }

    /// Returns the resources that sent the spans.
    pub fn resources(&self) -> Vec<Resource> {
        self.kept.lock().unwrap().resource_spans().map(|(resource, _)| resource).collect()
    }

    /// Waits for a span with this name and returns all spans of its trace.
    pub async fn trace_of(&self, name: &str) -> Vec<Span> {
        let is_there = async || self.spans().iter().any(|span| span.name == name);
        eventually(&format!("a span {name}"), is_there).await;
        let spans = self.spans();
        let trace_id = spans.iter().find(|span| span.name == name).unwrap().trace_id.clone();
        spans.into_iter().filter(|span| span.trace_id == trace_id).collect()
    }
}

impl Kept {
    fn bytes(&self) -> &[Vec<u8>] {
        &self.bodies
    }

    fn resource_spans(&self) -> impl Iterator<Item = (Resource, Vec<Span>)> {
        let requests = self.bodies.iter().map(|body| ExportTraceServiceRequest::decode(body.as_slice()).unwrap());
        requests.flat_map(|request| request.resource_spans).map(|spans| {
            let of_scopes = spans.scope_spans.into_iter().flat_map(|scope| scope.spans);
            (spans.resource.unwrap_or_default(), of_scopes.collect())
        })
    }
}

async fn take(mut stream: TcpStream, kept: Arc<Mutex<Kept>>, status: Option<u16>) {
    let mut buffer = Vec::new();
    loop {
        let end = buffer.windows(4).position(|window| window == b"\r\n\r\n");
        let length = |head: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            length.map_or(0, |(_, length)| length.parse::<usize>().unwrap())
        };
        let head = end.map(|end| String::from_utf8(buffer[..end].to_vec()).unwrap());
        match (end, head) {
            (Some(end), Some(head)) if buffer.len() >= end + 4 + length(&head) => {
                let rest = buffer.split_off(end + 4 + length(&head));
                {
                    let mut kept = kept.lock().unwrap();
                    kept.bodies.push(buffer[end + 4..].to_vec());
                    kept.heads.push(head);
                }
                buffer = rest;
                let Some(status) = status else { continue };
                let answer =
                    format!("HTTP/1.1 {status} X\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n");
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
            _ => match stream.read_buf(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            },
        }
    }
}

/// Accessors of a span.
pub trait SpanExt {
    /// Returns its attributes as texts.
    fn attributes(&self) -> BTreeMap<String, String>;

    /// Returns whether it is marked as failed.
    fn failed(&self) -> bool;
}

impl SpanExt for Span {
    fn attributes(&self) -> BTreeMap<String, String> {
        attributes(&self.attributes)
    }

    fn failed(&self) -> bool {
        self.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error)
    }
}

/// Returns attributes as texts.
pub fn attributes(pairs: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        Value::BoolValue(flag) => flag.to_string(),
        other => format!("{other:?}"),
    };
    let value =
        |pair: &KeyValue| pair.value.as_ref().and_then(|value| value.value.as_ref()).map_or_else(String::new, text);
    pairs.iter().map(|pair| (pair.key.clone(), value(pair))).collect()
}
