//! Verifies rows through a running service, over one streamed request at a time.
//!
//! The service defers rows that an outage left without a verdict. Rows without an answer when a connection ends (the
//! service drains, the network fails) are sent again over the next one.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderValue, StatusCode, header};
use http_body::Frame;
use http_body_util::StreamBody;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

use super::{Rows, results::Outcome, table::Row};
use crate::{
    batch::Source,
    commands::{Exit, Failed, check::remote::read_key},
    config::Config,
    outbound,
    outbound::install_crypto,
};

/// The maximum number of consecutive connections that end without any answer.
const MAX_FAILURES: u32 = 5;

/// The maximum length of an answer line.
const MAX_LINE: usize = 1024 * 1024;

/// A running service.
pub(super) struct Service {
    client: reqwest::Client,
    url: url::Url,
    authorization: Option<HeaderValue>,
}

/// Why a connection ended before every row was answered.
enum Ended {
    /// Another connection may succeed, after this time if it is known.
    Broken(String, Option<Duration>),
    /// Every further connection would fail in the same way.
    Refused(String),
}

impl Service {
    /// Validates the address and reads the key.
    pub(super) fn new(config: &Config, url: &str, key_file: Option<&Path>) -> Result<Self, Failed> {
        let fail = |message: String| Failed::new(Exit::Usage, message);
        let usable = url::Url::parse(&format!("{}/v1/verify/batch", url.trim_end_matches('/'))).ok();
        let usable = usable.filter(|url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)));
        let usable = usable.filter(|url| url.query().is_none() && url.fragment().is_none());
        let allowed = "expected the service's base address: https://, or http:// on this machine";
        let url = usable.ok_or_else(|| fail(format!("--url: `{url}`: {allowed}")))?;
        install_crypto();
        let client = outbound::client(config, None).map_err(|error| fail(error.to_string()))?;
        let client = client.connect_timeout(config.upstream.connect_timeout).build();
        let client = client.map_err(|error| fail(outbound::describe(error)))?;
        let authorization = key_file.map(read_key).transpose()?.map(|key| authorization(&key)).transpose()?;
        Ok(Self { client, url, authorization })
    }

    async fn post(&self, mut lines: mpsc::Receiver<Bytes>) -> Result<reqwest::Response, Ended> {
        let frames = stream::poll_fn(move |context| lines.poll_recv(context));
        let body = StreamBody::new(frames.map(|line| Ok::<_, Infallible>(Frame::data(line))));
        let request = self.client.post(self.url.clone()).header(header::CONTENT_TYPE, "application/x-ndjson");
        let request = match &self.authorization {
            Some(value) => request.header(header::AUTHORIZATION, value.clone()),
            None => request,
        };
        let response = request.body(reqwest::Body::wrap(body)).send().await;
        let response = response.map_err(|error| Ended::Broken(outbound::describe(error), None))?;
        let status = response.status();
        let retry_after =
            response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        match status {
            StatusCode::OK => Ok(response),
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => {
                Err(Ended::Broken(format!("HTTP {status}"), retry_after.map(Duration::from_secs)))
            }
            StatusCode::UNAUTHORIZED if self.authorization.is_none() => {
                Err(Ended::Refused("the service needs an API key: --key-file F".to_owned()))
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(Ended::Refused(format!("the service refuses the API key: HTTP {status}")))
            }
            _ => Err(Ended::Refused(format!("HTTP {status}"))),
        }
    }
}

fn is_loopback(url: &url::Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn authorization(key: &SecretString) -> Result<HeaderValue, Failed> {
    let value = HeaderValue::try_from(format!("Bearer {}", key.expose_secret()));
    let mut value = value.map_err(|_| Failed::new(Exit::Usage, "--key-file: the key has unusable characters"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The rows sent and not yet answered, by number.
type Unanswered = Mutex<BTreeMap<u64, (Row, OwnedSemaphorePermit)>>;

/// Verifies all rows, with at most `window` of them unanswered.
pub(super) async fn run(
    service: &Service,
    rows: &mut Rows<'_>,
    window: usize,
    stopped: watch::Receiver<bool>,
) -> Result<(), Failed> {
    let (unanswered, places) = (Unanswered::default(), Arc::new(Semaphore::new(window)));
    let (mut is_at_end, mut failures) = (false, 0);
    let results = rows.results;
    loop {
        let (sender, receiver) = mpsc::channel(8);
        let mut answered = 0;
        let feed = feed(rows, &mut is_at_end, (&unanswered, &places), sender, stopped.clone());
        let ended = tokio::select! {
            ended = receive(service, receiver, |line| {
                let Some((row, outcome)) = read_answer(line, &unanswered) else { return };
                answered += 1;
                results.finish(&row, &outcome);
            }) => ended,
            never = feed => match never {},
        };
        let is_done = lock(&unanswered).is_empty() && is_at_end;
        if is_done || (*stopped.borrow() && lock(&unanswered).is_empty()) {
            return Ok(());
        }
        let (cause, wait) = match ended {
            Ok(()) => ("the service ended the response early".to_owned(), None),
            Err(Ended::Broken(cause, wait)) => (cause, wait),
            Err(Ended::Refused(cause)) => return Err(failed(service, &cause)),
        };
        failures = if answered > 0 { 1 } else { failures + 1 };
        if failures >= MAX_FAILURES || *stopped.borrow() {
            return Err(failed(service, &format!("{cause}; continue with --resume")));
        }
        tokio::time::sleep(wait.unwrap_or_default().max(Duration::from_millis(250 << failures))).await;
    }
}

fn failed(service: &Service, cause: &str) -> Failed {
    Failed::new(Exit::Failure, format!("{}: {cause}", service.url))
}

/// Sends the rows that the last connection left unanswered, then new rows.
async fn feed(
    rows: &mut Rows<'_>,
    is_at_end: &mut bool,
    (unanswered, places): (&Unanswered, &Arc<Semaphore>),
    sender: mpsc::Sender<Bytes>,
    mut stopped: watch::Receiver<bool>,
) -> Infallible {
    let again: Vec<Bytes> = lock(unanswered).values().map(|(row, _)| line_of(row)).collect();
    for line in again {
        let _ = sender.send(line).await;
    }
    while !*is_at_end {
        let place = tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => break,
            place = places.clone().acquire_owned() => place,
        };
        let Ok(place) = place else { break };
        let Some(row) = rows.next().await else {
            *is_at_end = true;
            break;
        };
        let line = line_of(&row);
        lock(unanswered).insert(row.number, (row, place));
        // Without a receiver the connection has ended, and the row is sent again.
        let _ = sender.send(line).await;
    }
    drop(sender);
    std::future::pending().await
}

async fn receive(service: &Service, lines: mpsc::Receiver<Bytes>, mut take: impl FnMut(&[u8])) -> Result<(), Ended> {
    let mut response = service.post(lines).await?;
    let mut buffer = Vec::new();
    loop {
        let chunk = response.chunk().await.map_err(|error| Ended::Broken(outbound::describe(error), None))?;
        let Some(chunk) = chunk else { return Ok(()) };
        buffer.extend_from_slice(&chunk);
        let mut taken = 0;
        while let Some(end) = buffer[taken..].iter().position(|byte| *byte == b'\n') {
            take(&buffer[taken..taken + end]);
            taken += end + 1;
        }
        buffer.drain(..taken);
        if buffer.len() > MAX_LINE {
            return Err(Ended::Refused("an answer that connect-verifier does not send".to_owned()));
        }
    }
}

fn line_of(row: &Row) -> Bytes {
    let line = json!({
        "id": row.number.to_string(),
        "account_id": row.account_id,
        "passcode": row.passcode.expose_secret(),
        "region": row.region,
    });
    (line.to_string() + "\n").into()
}

/// Parses a line of the answer; a line without a row reports an error of the connection, which ends.
fn read_answer(line: &[u8], unanswered: &Unanswered) -> Option<(Row, Outcome)> {
    let line: Value = serde_json::from_slice(line).ok()?;
    let number: u64 = line["id"].as_str()?.parse().ok()?;
    let (body, status) = match line.get("result") {
        Some(result) => (result, &result["status"]),
        None => (&line["problem"], &line["problem"]["code"]),
    };
    let status = status.as_str()?.to_owned();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (row, _) = lock(unanswered).remove(&number)?;
    let checked_at = body["checked_at"].as_str().map(str::to_owned);
    let outcome = Outcome {
        status,
        guidance: text(&body["guidance"]["code"]),
        suggested_region: text(&body["suggested_region"]["id"]),
        checked_at: checked_at.unwrap_or_else(|| humantime::format_rfc3339_seconds(SystemTime::now()).to_string()),
    };
    Some((row, outcome))
}

fn lock(unanswered: &Unanswered) -> std::sync::MutexGuard<'_, BTreeMap<u64, (Row, OwnedSemaphorePermit)>> {
    unanswered.lock().unwrap_or_else(PoisonError::into_inner)
}
