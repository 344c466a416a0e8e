//! Calls CleverTap: one pooled HTTP client for all regions, one attempt per call.

use std::{
    collections::HashMap,
    error::Error as StdError,
    io,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::{HeaderValue, header};
use reqwest::{Client, Url};
use secrecy::ExposeSecret;

use super::{
    ACCOUNT_ID_HEADER, CONNECT_PATH, PASSCODE_HEADER,
    classify::{Asked, MAX_ANSWER, TransportError, Wire, classify},
};
use crate::{
    config::Config,
    model::{Credential, Fault, FaultKind, Region},
    observe::Resource,
    outbound::{self, OutboundError},
    verify::{Attempt, BoxFuture, Connect},
};

/// The connect API over HTTPS.
#[derive(Debug, Clone)]
pub struct ConnectClient {
    http: Client,
    /// The address of each region's connect API, by the region's id.
    addresses: Arc<HashMap<String, Url>>,
}

impl ConnectClient {
    /// Creates a client with its own connection pool.
    ///
    /// # Errors
    ///
    /// The extra certificate authority or the proxy is invalid.
    pub fn new(config: &Config) -> Result<Self, OutboundError> {
        let upstream = &config.upstream;
        let http = outbound::client(config, upstream.proxy.as_ref())?
            .connect_timeout(upstream.connect_timeout)
            .pool_idle_timeout(Duration::from_secs(50))
            .pool_max_idle_per_host(upstream.max_concurrency_per_region.get())
            .build()
            .map_err(|error| OutboundError::new("upstream", outbound::describe(error)))?;
        let addresses = config.regions.iter().filter_map(|region| Some((region.id.clone(), address_of(region)?)));
        Ok(Self { http, addresses: Arc::new(addresses.collect()) })
    }

    /// Makes one attempt and returns details beyond its outcome.
    pub async fn probe(&self, credential: &Credential, timeout: Duration) -> Probe {
        let answer = tokio::time::timeout(timeout, self.ask(credential)).await;
        let wire = match &answer {
            Ok(Ok(Answered { status, retry_after, body, .. })) => {
                Wire::Answer { status: *status, retry_after: retry_after.as_deref(), body: body.as_deref() }
            }
            Ok(Err(Failure { error: AttemptError::Transport(error), .. })) => Wire::Failure(*error),
            Ok(Err(Failure { error: AttemptError::Exhausted(resource), cause })) => {
                return Probe { attempt: exhausted(*resource), date: None, error: cause.clone() };
            }
            Err(_) => Wire::Failure(TransportError::Timeout),
        };
        let asked = Asked { partner: &credential.partner, account_id: &credential.account_id };
        let attempt = classify(wire, asked, SystemTime::now());
        match answer {
            Ok(Ok(answered)) => Probe { attempt, date: answered.date, error: None },
            Ok(Err(failure)) => Probe { attempt, date: None, error: failure.cause },
            Err(_) => Probe { attempt, date: None, error: None },
        }
    }

    async fn ask(&self, credential: &Credential) -> Result<Answered, Failure> {
        let mut url = self.addresses.get(&credential.region.id).cloned().ok_or(TransportError::Protocol)?;
        url.query_pairs_mut().append_pair("partner", &credential.partner);
        let mut response = self
            .http
            .get(url)
            .header(header::ACCEPT, "application/json")
            .header(ACCOUNT_ID_HEADER, sensitive(&credential.account_id)?)
            .header(PASSCODE_HEADER, sensitive(credential.passcode.expose_secret())?)
            .send()
            .await?;
        let text = |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let mut answered = Answered {
            status: response.status().as_u16(),
            retry_after: text(header::RETRY_AFTER).map(str::to_owned),
            date: text(header::DATE).and_then(|date| httpdate::parse_http_date(date).ok()),
            body: None,
        };
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Ok(answered);
            }
            body.extend_from_slice(&chunk);
        }
        answered.body = Some(body);
        Ok(answered)
    }
}

impl Connect for ConnectClient {
    fn attempt<'a>(&'a self, credential: &'a Credential, timeout: Duration) -> BoxFuture<'a, Attempt> {
        Box::pin(async move { self.probe(credential, timeout).await.attempt })
    }
}

/// One attempt with the details that help to diagnose a failure.
#[derive(Debug)]
pub struct Probe {
    /// The outcome of the attempt.
    pub attempt: Attempt,
    /// The server's time.
    pub date: Option<SystemTime>,
    /// The library's description of the failure, if there was no answer.
    pub error: Option<String>,
}

struct Answered {
    status: u16,
    retry_after: Option<String>,
    date: Option<SystemTime>,
    /// `None` if it exceeded [`MAX_ANSWER`].
    body: Option<Vec<u8>>,
}

struct Failure {
    error: AttemptError,
    cause: Option<String>,
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        Self { error: AttemptError::Transport(error), cause: None }
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self { error: attempt_error(&error), cause: Some(outbound::describe(error)) }
    }
}

/// Why an attempt returned no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AttemptError {
    Transport(TransportError),
    /// This process or its system lacks a resource, which says nothing about the upstream.
    Exhausted(Resource),
}

/// The result of an attempt that could not be made. It is not retried: a retry would need the same resource.
fn exhausted(resource: Resource) -> Attempt {
    let outcome = Fault::new(FaultKind::Overloaded).into();
    Attempt { outcome, result: Err(resource), status: None, is_retryable: false }
}

fn attempt_error(error: &reqwest::Error) -> AttemptError {
    match exhausted_resource(error) {
        Some(resource) => AttemptError::Exhausted(resource),
        None => AttemptError::Transport(transport_error(error)),
    }
}

/// Finds a shortage of resources in the chain of causes.
fn exhausted_resource(error: &reqwest::Error) -> Option<Resource> {
    let mut cause = error.source();
    let mut is_dns = false;
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            if let Some(resource) = Resource::exhausted_by(io) {
                return Some(resource);
            }
            if let Some(wrapped) = io.get_ref() {
                cause = Some(wrapped);
                continue;
            }
        }
        is_dns |= error.is_connect() && inner.to_string().contains("dns error");
        cause = inner.source();
    }
    // The system's resolver opens files and sockets itself and does not report why it failed.
    let probe = || std::fs::File::open("/dev/null").err();
    is_dns.then(probe).flatten().and_then(|error| Resource::exhausted_by(&error))
}

fn address_of(region: &Region) -> Option<Url> {
    Url::parse(&format!("{}{CONNECT_PATH}", region.base_url)).ok()
}

/// Creates a header value that logs do not print and HTTP/2 never indexes.
fn sensitive(text: &str) -> Result<HeaderValue, TransportError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| TransportError::Protocol)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Derives the error from the chain of causes.
fn transport_error(error: &reqwest::Error) -> TransportError {
    if error.is_timeout() {
        return TransportError::Timeout;
    }
    let mut found = if error.is_connect() { TransportError::Connect } else { TransportError::Protocol };
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            match io.kind() {
                io::ErrorKind::TimedOut => return TransportError::Timeout,
                io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof => found = TransportError::Reset,
                _ => {}
            }
            // `source()` of an I/O error skips the error that it wraps.
            if let Some(wrapped) = io.get_ref() {
                cause = Some(wrapped);
                continue;
            }
        } else if inner.is::<rustls::Error>() {
            return TransportError::Tls;
        } else if inner.downcast_ref::<hyper::Error>().is_some_and(|e| e.is_incomplete_message() || e.is_closed()) {
            found = TransportError::Reset;
        } else if error.is_connect() && inner.to_string().contains("dns error") {
            // The resolver's error has no public type.
            return TransportError::Dns;
        }
        cause = inner.source();
    }
    found
}

#[cfg(test)]
mod tests {
    use reqwest::dns::{Name, Resolve, Resolving};

    use super::*;

    /// A resolver that knows no name, or fails with a system error, so that tests do not contact a real one.
    struct Failing(Option<i32>);

    impl Resolve for Failing {
        fn resolve(&self, _: Name) -> Resolving {
            let error = self.0.map_or("no such name".into(), |code| io::Error::from_raw_os_error(code).into());
            Box::pin(std::future::ready(Err(error)))
        }
    }

    async fn error_of(resolver: Failing) -> AttemptError {
        crate::outbound::install_crypto();
        let client = Client::builder().no_proxy().dns_resolver(Arc::new(resolver)).build().unwrap();
        attempt_error(&client.get("http://nowhere.invalid/").send().await.unwrap_err())
    }

    #[tokio::test]
    async fn knows_a_name_without_an_address() {
        assert_eq!(error_of(Failing(None)).await, AttemptError::Transport(TransportError::Dns));
    }

    #[tokio::test]
    async fn knows_a_lack_of_its_own() {
        for (code, resource) in [(24, Resource::Descriptors), (23, Resource::Descriptors), (12, Resource::Memory)] {
            assert_eq!(error_of(Failing(Some(code))).await, AttemptError::Exhausted(resource), "{code}");
        }
    }
}
