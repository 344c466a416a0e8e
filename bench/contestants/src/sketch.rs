//! The same task in the fewest lines on the same stack: warp, serde, moka, governor, prometheus, reqwest. It has none of
//! the service's safeguards; it is a minimal implementation.

use std::{collections::HashMap, num::NonZeroU32, sync::Arc, time::Instant};

use bytes::Bytes;
use clap::Args;
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};
use http::{HeaderName, HeaderValue, Request, StatusCode};
use hyper::body::Incoming;
use moka::future::Cache;
use prometheus::{Histogram, HistogramOpts, IntCounter};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tower_service::Service as _;
use warp::{Filter, reply::Response};

use crate::{Result, answer::Answer, listen};

#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    listen: listen::Listen,
    #[arg(long)]
    key: String,
    #[arg(long)]
    upstream: String,
}

type Bucket = RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>;

struct Shared {
    clients: HashMap<String, Bucket>,
    cache: Cache<String, Verdict>,
    upstream: reqwest::Client,
    base_url: String,
    clock: DefaultClock,
    requests: IntCounter,
    hits: IntCounter,
    misses: IntCounter,
    upstream_requests: IntCounter,
    duration: Histogram,
    upstream_duration: Histogram,
    /// The parts of the body that are always the same.
    region: Box<RawValue>,
    checks: Box<RawValue>,
    guidance: Box<RawValue>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

#[derive(Clone)]
struct Verdict {
    is_verified: bool,
    checked_at: Arc<str>,
}

#[derive(Deserialize)]
struct Asked<'a> {
    account_id: &'a str,
    passcode: &'a str,
    region: &'a str,
}

#[derive(Serialize)]
struct VerdictBody<'a> {
    status: &'static str,
    verified: bool,
    account_id: &'a str,
    partner: &'a str,
    region: &'a RawValue,
    suggested_region: Option<()>,
    checks: &'a RawValue,
    source: &'static str,
    checked_at: &'a str,
    warnings: [(); 0],
    guidance: &'a RawValue,
    request_id: &'a str,
}

/// The recorded body's parts.
#[derive(Deserialize)]
struct Recorded {
    region: Box<RawValue>,
    checks: Box<RawValue>,
    guidance: Box<RawValue>,
    checked_at: String,
}

/// Headers whose value differs between answers.
const OWN: [&str; 4] = ["x-request-id", "ratelimit", "ratelimit-policy", "cache-status"];

const BURST: NonZeroU32 = NonZeroU32::new(100_000_000).unwrap();
const PER_SECOND: NonZeroU32 = NonZeroU32::new(10_000_000).unwrap();

pub async fn run(options: Options) -> Result<()> {
    let answer = Answer::read(&options.listen.answer)?;
    let recorded: Recorded = serde_json::from_str(&answer.body)?;
    let bucket = RateLimiter::direct(Quota::per_second(PER_SECOND).allow_burst(BURST));
    let counter = |name: &str| IntCounter::new(name, name);
    let histogram = |name: &str| Histogram::with_opts(HistogramOpts::new(name, name));
    let mut headers = Vec::new();
    for (name, value) in answer.headers.iter().filter(|(name, _)| !OWN.contains(&name.as_str())) {
        headers.push((name.parse::<HeaderName>()?, value.parse::<HeaderValue>()?));
    }
    let shared = Arc::new(Shared {
        clients: HashMap::from([(options.key.clone(), bucket.with_middleware())]),
        cache: Cache::new(2_000_000),
        upstream: reqwest::Client::builder().pool_max_idle_per_host(1024).no_proxy().build()?,
        base_url: options.upstream.clone(),
        clock: DefaultClock::default(),
        requests: counter("requests")?,
        hits: counter("hits")?,
        misses: counter("misses")?,
        upstream_requests: counter("upstream_requests")?,
        duration: histogram("duration")?,
        upstream_duration: histogram("upstream_duration")?,
        region: recorded.region,
        checks: recorded.checks,
        guidance: recorded.guidance,
        headers,
    });
    let checked_at: Arc<str> = recorded.checked_at.into();
    let state = warp::any().map(move || (shared.clone(), checked_at.clone()));
    let route = warp::path!("v1" / "verify")
        .and(warp::post())
        .and(state)
        .and(warp::header::<String>("authorization"))
        .and(warp::body::content_length_limit(16 * 1024))
        .and(warp::body::bytes())
        .then(|(shared, checked_at): (Arc<Shared>, Arc<str>), key: String, body: Bytes| async move {
            answer_one(&shared, checked_at, &key, &body).await.unwrap_or_else(|status| {
                let mut response = Response::default();
                *response.status_mut() = status;
                response
            })
        })
        .boxed();
    listen::serve(&options.listen, move |request: Request<Incoming>| {
        let mut service = warp::service(route.clone());
        async move { service.call(request).await.unwrap_or_default() }
    })
    .await
}

async fn answer_one(
    shared: &Shared,
    checked_at: Arc<str>,
    key: &str,
    body: &[u8],
) -> std::result::Result<Response, StatusCode> {
    let began = Instant::now();
    let bucket = key.strip_prefix("Bearer ").and_then(|key| shared.clients.get(key)).ok_or(StatusCode::UNAUTHORIZED)?;
    let left = bucket.check().map_err(|denied| {
        let _ = denied.wait_time_from(shared.clock.now());
        StatusCode::TOO_MANY_REQUESTS
    })?;
    let asked: Asked<'_> = serde_json::from_slice(body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let cache_key = format!("{}|{}|{}", asked.region, asked.account_id, asked.passcode);
    let mut source = "cache";
    let verdict = match shared.cache.get(&cache_key).await {
        Some(verdict) => {
            shared.hits.inc();
            verdict
        }
        None => {
            shared.misses.inc();
            source = "upstream";
            let ask = ask(shared, &asked, checked_at);
            shared.cache.try_get_with(cache_key, ask).await.map_err(|_| StatusCode::BAD_GATEWAY)?
        }
    };
    let request_id = format!("{:032x}", fastrand::u128(..));
    let verdict_body = VerdictBody {
        status: if verdict.is_verified { "verified" } else { "invalid_credentials" },
        verified: verdict.is_verified,
        account_id: asked.account_id,
        partner: "bench",
        region: &shared.region,
        suggested_region: None,
        checks: &shared.checks,
        source,
        checked_at: &verdict.checked_at,
        warnings: [],
        guidance: &shared.guidance,
        request_id: &request_id,
    };
    let body = serde_json::to_vec(&verdict_body).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    for (name, value) in &shared.headers {
        headers.insert(name, value.clone());
    }
    let mut own = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    own("x-request-id", request_id.clone());
    own("ratelimit-policy", format!("\"client\";q={BURST};w={}", BURST.get() / PER_SECOND));
    own("ratelimit", format!("\"client\";r={};t=1", left.remaining_burst_capacity()));
    own(
        "cache-status",
        if source == "cache" { "connect-verifier; hit; ttl=86399" } else { "connect-verifier; fwd=miss" }.to_owned(),
    );
    shared.requests.inc();
    shared.duration.observe(began.elapsed().as_secs_f64());
    Ok(response)
}

#[derive(Deserialize)]
struct UpstreamAnswer {
    status: String,
}

async fn ask(shared: &Shared, asked: &Asked<'_>, checked_at: Arc<str>) -> std::result::Result<Verdict, reqwest::Error> {
    let began = Instant::now();
    let request = shared
        .upstream
        .get(format!("{}/{}/v1/connect?partner=bench", shared.base_url, asked.region))
        .header("x-clevertap-account-id", asked.account_id)
        .header("x-clevertap-passcode", asked.passcode);
    let answer: UpstreamAnswer = request.send().await?.json().await?;
    shared.upstream_requests.inc();
    shared.upstream_duration.observe(began.elapsed().as_secs_f64());
    Ok(Verdict { is_verified: answer.status == "success", checked_at })
}
