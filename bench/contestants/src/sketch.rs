//! The same task in the fewest lines on the same stack: warp, serde, moka, governor, prometheus, reqwest. It has none of
//! the service's safeguards; it is a minimal implementation.

mod metrics;

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use clap::Args;
use governor::{
    Quota, RateLimiter,
    clock::DefaultClock,
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use hyper::body::Incoming;
use moka::future::Cache;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use tower_service::Service as _;
use warp::{Filter, reply::Response};

use self::metrics::Metrics;
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
    clients: HashMap<[u8; 32], Client>,
    cache: Cache<[u8; 32], Verdict>,
    keyed: Hmac<Sha256>,
    upstream: reqwest::Client,
    base_url: String,
    metrics: Metrics,
    /// The parts of the body that are always the same.
    region: Box<RawValue>,
    checks: Box<RawValue>,
    guidance: Box<RawValue>,
    headers: HeaderMap,
}

struct Client {
    partner: &'static str,
    bucket: Bucket,
}

#[derive(Clone)]
struct Verdict {
    is_verified: bool,
    checked_at: Arc<str>,
    expires: Instant,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked<'a> {
    account_id: &'a str,
    passcode: &'a str,
    region: &'a str,
    #[serde(rename = "suggest_region")]
    _suggest_region: Option<bool>,
    #[serde(rename = "lang")]
    _lang: Option<&'a str>,
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
}

/// Headers whose value differs between answers.
const OWN: [&str; 4] = ["x-request-id", "ratelimit", "ratelimit-policy", "cache-status"];

const REGIONS: [&str; 6] = ["in1", "sg1", "us1", "aps3", "mec1", "eu1"];
const TIME_TO_LIVE: Duration = Duration::from_secs(24 * 60 * 60);
const BURST: NonZeroU32 = NonZeroU32::new(100_000_000).unwrap();
const PER_SECOND: NonZeroU32 = NonZeroU32::new(10_000_000).unwrap();

pub async fn run(options: Options) -> Result<()> {
    let answer = Answer::read(&options.listen.answer)?;
    let recorded: Recorded = serde_json::from_str(&answer.body)?;
    let bucket = RateLimiter::direct(Quota::per_second(PER_SECOND).allow_burst(BURST)).with_middleware();
    let mut headers = answer.header_map()?;
    for name in OWN {
        headers.remove(name);
    }
    let shared = Arc::new(Shared {
        clients: HashMap::from([(Sha256::digest(&options.key).into(), Client { partner: "bench", bucket })]),
        cache: Cache::builder().max_capacity(2_000_000).time_to_live(TIME_TO_LIVE).build(),
        keyed: Hmac::new_from_slice(&fastrand::u128(..).to_le_bytes())?,
        upstream: reqwest::Client::builder().pool_max_idle_per_host(1024).no_proxy().build()?,
        base_url: options.upstream.clone(),
        metrics: Metrics::new()?,
        region: recorded.region,
        checks: recorded.checks,
        guidance: recorded.guidance,
        headers,
    });
    let state = warp::any().map(move || shared.clone());
    let route = warp::path!("v1" / "verify")
        .and(warp::post())
        .and(state)
        .and(warp::header::headers_cloned())
        .and(warp::body::content_length_limit(16 * 1024))
        .and(warp::body::bytes())
        .then(|shared: Arc<Shared>, headers: HeaderMap, body: Bytes| async move {
            let began = Instant::now();
            let response = answer_one(&shared, &headers, &body, began).await.unwrap_or_else(|status| {
                let mut response = Response::default();
                *response.status_mut() = status;
                response
            });
            shared.metrics.http(response.status(), began);
            response
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
    request: &HeaderMap,
    body: &[u8],
    began: Instant,
) -> std::result::Result<Response, StatusCode> {
    let client = admit(shared, request)?;
    let left = client.bucket.check().map_err(|_| StatusCode::TOO_MANY_REQUESTS)?.remaining_burst_capacity();
    if header(request, "content-type") != Some("application/json") {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let asked: Asked<'_> = serde_json::from_slice(body).map_err(|_| StatusCode::BAD_REQUEST)?;
    if !is_usable(asked.account_id, 64) || !is_usable(asked.passcode, 256) || !REGIONS.contains(&asked.region) {
        return Err(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let key = fingerprint(shared, &[client.partner, asked.region, asked.account_id, asked.passcode]);
    let known = shared.cache.get(&key).await;
    shared.metrics.cached(known.is_some());
    let (source, verdict) = match known {
        Some(verdict) => ("cache", verdict),
        None => {
            let asking = shared.cache.try_get_with(key, ask(shared, client.partner, &asked));
            ("upstream", asking.await.map_err(|_| StatusCode::BAD_GATEWAY)?)
        }
    };
    let request_id = request_id(request);
    let status = if verdict.is_verified { "verified" } else { "invalid_credentials" };
    let verdict_body = VerdictBody {
        status,
        verified: verdict.is_verified,
        account_id: asked.account_id,
        partner: client.partner,
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
    *response.headers_mut() = shared.headers.clone();
    let mut own = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    };
    own("x-request-id", request_id.clone());
    own("ratelimit-policy", format!("\"client\";q={BURST};w={}", BURST.get() / PER_SECOND));
    own("ratelimit", format!("\"client\";r={left};t={}", (BURST.get() - left).div_ceil(PER_SECOND.get())));
    own(
        "cache-status",
        match source {
            "cache" => format!("connect-verifier; hit; ttl={}", verdict.expires.duration_since(began).as_secs()),
            _ => "connect-verifier; fwd=miss".to_owned(),
        },
    );
    shared.metrics.verified(&[client.partner, asked.region, status, source], began);
    Ok(response)
}

fn header<'a>(request: &'a HeaderMap, name: &str) -> Option<&'a str> {
    request.get(name)?.to_str().ok()
}

fn admit<'a>(shared: &'a Shared, request: &HeaderMap) -> std::result::Result<&'a Client, StatusCode> {
    let key = header(request, "authorization").and_then(|value| value.strip_prefix("Bearer "));
    let client = key.and_then(|key| shared.clients.get::<[u8; 32]>(&Sha256::digest(key).into()));
    client.ok_or(StatusCode::UNAUTHORIZED)
}

fn fingerprint(shared: &Shared, fields: &[&str]) -> [u8; 32] {
    let mut keyed = shared.keyed.clone();
    for field in fields {
        keyed.update(field.as_bytes());
        keyed.update(&[0]);
    }
    keyed.finalize().into_bytes().into()
}

fn is_usable(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Returns the caller's id of the request, or a new one.
fn request_id(request: &HeaderMap) -> String {
    let given = header(request, "x-request-id").filter(|id| is_id(id));
    given.map_or_else(|| format!("{:032x}", fastrand::u128(..)), str::to_owned)
}

fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte))
}

#[derive(Deserialize)]
struct UpstreamAnswer {
    status: String,
}

async fn ask(shared: &Shared, partner: &str, asked: &Asked<'_>) -> std::result::Result<Verdict, reqwest::Error> {
    let began = Instant::now();
    let request = shared
        .upstream
        .get(format!("{}/{}/v1/connect?partner={partner}", shared.base_url, asked.region))
        .header("x-clevertap-account-id", asked.account_id)
        .header("x-clevertap-passcode", asked.passcode);
    let answer = request.send().await?;
    let status = answer.status();
    let answer: UpstreamAnswer = answer.json().await?;
    shared.metrics.asked(asked.region, status, began);
    Ok(Verdict {
        is_verified: answer.status == "success",
        checked_at: humantime::format_rfc3339_seconds(SystemTime::now()).to_string().into(),
        expires: Instant::now() + TIME_TO_LIVE,
    })
}
