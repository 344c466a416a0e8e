//! An answer of the service, recorded, so that every contestant sends the same bytes.

use std::{fs, net::SocketAddr, path::Path};

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{Result, request::Template};

#[derive(Serialize, Deserialize)]
pub struct Answer {
    /// As received, without those that every HTTP server adds.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn read(path: &Path) -> Result<Self> {
        Ok(serde_json::from_slice(&fs::read(path)?)?)
    }

    pub fn header_map(&self) -> Result<HeaderMap> {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            map.append(name.parse::<HeaderName>()?, value.parse::<HeaderValue>()?);
        }
        Ok(map)
    }
}

/// Asks twice and prints the second answer, which comes from the cache.
pub async fn record(to: SocketAddr, key: &str) -> Result<()> {
    let mut template = Template::new(&to.to_string(), key, "in1");
    template.fill(u64::from(u32::MAX), true);
    let mut stream = TcpStream::connect(to).await?;
    let mut text = String::new();
    for _ in 0..2 {
        stream.write_all(template.bytes()).await?;
        let mut buffer = vec![0; 64 * 1024];
        let length = stream.read(&mut buffer).await?;
        text = String::from_utf8(buffer[..length].to_vec())?;
    }
    let (head, body) = text.split_once("\r\n\r\n").ok_or("no answer")?;
    let mut lines = head.split("\r\n");
    if lines.next() != Some("HTTP/1.1 200 OK") || !body.contains("\"source\":\"cache\"") {
        return Err(format!("not an answer from the cache: {text}").into());
    }
    let headers = lines.filter_map(|line| line.split_once(": ")).filter(|(name, _)| {
        !["date", "content-length", "connection"].iter().any(|automatic| name.eq_ignore_ascii_case(automatic))
    });
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    println!("{}", serde_json::to_string(&Answer { headers, body: body.to_owned() })?);
    Ok(())
}
