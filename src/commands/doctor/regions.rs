//! The checks of each region: name, connection, TLS, HTTP, the format of the answer, and the clock compared with its
//! answers.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use futures_util::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

use super::{Finding, Status};
use crate::{
    clevertap::{ConnectClient, client::Probe},
    commands::{Exit, Failed, check::describe},
    config::Config,
    model::{Credential, Outcome, Region, Verdict},
    observe::UpstreamResult,
};

/// A made-up credential: an account id with a digit that real ones do not have, and a recognisable passcode.
const ACCOUNT_ID: &str = "DOC-TOR-0000";
const PASSCODE: &str = "connect-verifier-doctor";
/// The partner, if none is configured.
const PARTNER: &str = "connect-verifier";

/// The maximum clock offset: tokens and certificates have a start and an end.
const MAX_SKEW: Duration = Duration::from_secs(60);

pub(super) async fn check(config: &Config) -> Result<Vec<Finding>, Failed> {
    let client = ConnectClient::new(config).map_err(|error| Failed::new(Exit::Usage, error.to_string()))?;
    let clients = config.clients.first().map(|client| client.partner.clone());
    let partner: Arc<str> = config.upstream.partner.clone().or(clients).unwrap_or_else(|| PARTNER.to_owned()).into();
    let visits = config.regions.iter().map(|region| visit(config, &client, region, &partner));
    let visits = join_all(visits).await;
    let skews: Vec<Skew> = visits.iter().filter_map(|visit| visit.skew).collect();
    let mut findings = vec![clock(skews)];
    findings.extend(visits.into_iter().flat_map(|visit| visit.findings));
    Ok(findings)
}

struct Visit {
    findings: Vec<Finding>,
    skew: Option<Skew>,
}

/// The offset of this machine's clock from a region's, as a range.
#[derive(Debug, Clone, Copy)]
struct Skew {
    distance: Duration,
    is_ahead: bool,
}

async fn visit(config: &Config, client: &ConnectClient, region: &Arc<Region>, partner: &Arc<str>) -> Visit {
    let mut findings = reach(config, region).await;
    let is_reached = findings.iter().all(|finding| finding.status != Status::Failed);
    let mut skew = None;
    if is_reached {
        let sent = SystemTime::now();
        let credential = made_up(region, partner);
        let probe = client.probe(&credential, config.upstream.attempt_timeout).await;
        skew = probe.date.map(|date| Skew::between(sent, SystemTime::now(), date));
        findings.extend(judge(&probe, region.base_url.starts_with("https:")));
    } else {
        let skipped = |name| Finding::new(name, Status::Skipped, "the region is not reachable");
        findings.extend(["tls", "http", "answer"].map(skipped));
    }
    let findings = findings.into_iter().map(|finding| finding.in_region(&region.id)).collect();
    Visit { findings, skew }
}

/// Resolves the host and connects to it, or to the configured proxy.
async fn reach(config: &Config, region: &Region) -> Vec<Finding> {
    let is_tls = region.base_url.starts_with("https:");
    let environment = config.environment_proxy.as_ref().filter(|_| is_tls).map(|proxy| &proxy.url);
    let proxy = config.upstream.proxy.as_ref().or(environment).map(ExposeSecret::expose_secret);
    let through = if proxy.is_some() { " (the proxy)" } else { "" };
    let url = url::Url::parse(proxy.unwrap_or(&region.base_url)).ok();
    let host =
        url.as_ref().and_then(|url| Some((url.host_str()?.trim_matches(['[', ']']), url.port_or_known_default()?)));
    let Some((host, port)) = host else {
        return vec![Finding::new("dns", Status::Failed, "the address has no host")];
    };
    let limit = config.upstream.connect_timeout;
    let started = Instant::now();
    let addresses: Vec<_> = match timeout(limit, lookup_host((host, port))).await {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(error)) => return vec![Finding::new("dns", Status::Failed, format!("{host}{through}: {error}"))],
        Err(_) => return vec![Finding::new("dns", Status::Failed, format!("{host}{through}: no answer in {limit:?}"))],
    };
    let detail = format!("{host}{through}: {} addresses, {}", addresses.len(), millis(started));
    let mut findings = vec![Finding::new("dns", Status::Passed, detail)];
    let started = Instant::now();
    findings.push(match timeout(limit, TcpStream::connect(addresses.as_slice())).await {
        Ok(Ok(_)) => Finding::new("tcp", Status::Passed, format!("port {port}{through}, {}", millis(started))),
        Ok(Err(error)) => Finding::new("tcp", Status::Failed, format!("port {port}{through}: {error}")),
        Err(_) => Finding::new("tcp", Status::Failed, format!("port {port}{through}: no connection in {limit:?}")),
    });
    findings
}

/// Rates TLS, HTTP and the answer of one attempt.
fn judge(probe: &Probe, is_tls: bool) -> [Finding; 3] {
    let failure = describe(probe);
    let has_answer = probe.attempt.status.is_some();
    let tls = match probe.attempt.result {
        _ if !is_tls => Finding::new("tls", Status::Skipped, "the base address is http://"),
        Ok(UpstreamResult::Tls) => Finding::new("tls", Status::Failed, failure.clone()),
        _ if has_answer => Finding::new("tls", Status::Passed, "the certificate is trusted"),
        _ => Finding::new("tls", Status::Skipped, "unknown: no answer"),
    };
    let http = match probe.attempt.status {
        Some(status) => Finding::new("http", Status::Passed, format!("status {status}")),
        None if tls.status == Status::Failed => Finding::new("http", Status::Skipped, "TLS failed"),
        None => Finding::new("http", Status::Failed, failure.clone()),
    };
    let answer = match &probe.attempt.outcome {
        _ if !has_answer => Finding::new("answer", Status::Skipped, "no answer"),
        Outcome::Verdict(Verdict::Verified) => {
            Finding::new("answer", Status::Failed, "a made-up credential is verified: this is not CleverTap")
        }
        Outcome::Verdict(verdict) => Finding::new("answer", Status::Passed, verdict.status()),
        Outcome::Fault(_) => Finding::new("answer", Status::Failed, failure),
    };
    [tls, http, answer]
}

fn made_up(region: &Arc<Region>, partner: &Arc<str>) -> Credential {
    let passcode = SecretString::from(PASSCODE);
    Credential { account_id: ACCOUNT_ID.into(), passcode, region: region.clone(), partner: partner.clone() }
}

impl Skew {
    /// The header has a resolution of one second, and was written between request and answer.
    fn between(sent: SystemTime, received: SystemTime, date: SystemTime) -> Self {
        let (earliest, latest) = (date, date + Duration::from_secs(1));
        match (sent.duration_since(latest), earliest.duration_since(received)) {
            (Ok(distance), _) => Self { distance, is_ahead: true },
            (_, Ok(distance)) => Self { distance, is_ahead: false },
            _ => Self { distance: Duration::ZERO, is_ahead: false },
        }
    }
}

/// Rates the clock by the median region, so that a single wrong one does not decide.
fn clock(mut skews: Vec<Skew>) -> Finding {
    skews.sort_by_key(|skew| skew.distance);
    let Some(Skew { distance, is_ahead }) = skews.get(skews.len() / 2).copied() else {
        return Finding::new("clock", Status::Skipped, "no region reported its time");
    };
    let status = if distance > MAX_SKEW { Status::Failed } else { Status::Passed };
    let direction = if is_ahead { "ahead of" } else { "behind" };
    let detail = match distance.as_secs() {
        0 => "agrees with the regions' clocks".to_owned(),
        seconds => format!("{seconds} s {direction} the regions'"),
    };
    Finding::new("clock", status, detail)
}

fn millis(since: Instant) -> String {
    format!("{} ms", since.elapsed().as_millis())
}
