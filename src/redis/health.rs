//! The checks of `doctor`: whether Redis is usable, and how it is configured.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use redis::{Value, cmd};

use super::{keeper::open, link::Link};
use crate::{config::Config, observe::Observe};

/// The minimum version: older ones have no users (ACL), and their scripts cannot write after reading the time.
const MIN_VERSION: u32 = 6;
const PINGS: usize = 5;
/// The time limit for queries that only this check makes.
const PATIENCE: Duration = Duration::from_secs(2);

/// The result of checking a usable Redis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Address, version, latency and memory policy.
    pub summary: String,
    /// Settings that should be corrected.
    pub warnings: Vec<String>,
}

/// Connects once, writes a key as the service does, and inspects the server. Requires only `[redis]`.
///
/// # Errors
///
/// Redis is not usable; the error contains its address and the reason.
pub async fn check(config: &Config, observe: Arc<Observe>) -> Result<Health, String> {
    let (link, address) = open(config, observe).await?;
    let limit = config.redis.as_ref().map_or(Duration::ZERO, |redis| redis.timeout);
    let latency = latency(&link).await.map_err(|reason| format!("{address}: {reason}"))?;
    let mut texts = Vec::new();
    // A user without the permission for INFO (ACL) can still use the service's commands.
    if let Ok(Ok(answer)) = tokio::time::timeout(PATIENCE, link.send(&cmd("INFO"))).await {
        collect(answer, &mut texts);
    }
    Ok(judge(&address, latency, limit, &texts))
}

/// Returns the median of several round trips.
async fn latency(link: &Link) -> Result<Duration, String> {
    let mut times = Vec::new();
    for _ in 0..PINGS {
        let started = Instant::now();
        let answer = tokio::time::timeout(PATIENCE, link.send(&cmd("PING"))).await;
        answer.map_err(|_| "no answer to PING".to_owned())?.map_err(|error| error.to_string())?;
        times.push(started.elapsed());
    }
    times.sort();
    Ok(times[PINGS / 2])
}

/// Collects the texts of an answer: a cluster returns one per node.
fn collect(answer: Value, texts: &mut Vec<String>) {
    match answer {
        Value::BulkString(bytes) => texts.push(String::from_utf8_lossy(&bytes).into_owned()),
        Value::VerbatimString { text, .. } => texts.push(text),
        Value::Map(entries) => entries.into_iter().for_each(|(_, value)| collect(value, texts)),
        Value::Array(values) => values.into_iter().for_each(|value| collect(value, texts)),
        _ => {}
    }
}

fn judge(address: &str, latency: Duration, limit: Duration, texts: &[String]) -> Health {
    let mut summary = vec![format!("{address}, {:.1} ms", latency.as_secs_f64() * 1000.0)];
    let mut warnings = Vec::new();
    if latency > limit / 2 {
        warnings.push(format!("a round trip takes more than half of redis.timeout, {} ms", limit.as_millis()));
    }
    let Some(first) = texts.first() else {
        warnings.push("INFO is not allowed, so version and memory are unknown".to_owned());
        return Health { summary: summary.join(", "), warnings };
    };
    let version = value(first, "redis_version").unwrap_or("?");
    summary.push(format!("version {version}"));
    if version.split('.').next().and_then(|major| major.parse::<u32>().ok()).is_some_and(|major| major < MIN_VERSION) {
        warnings.push(format!("version {version} is older than {MIN_VERSION}"));
    }
    let policy = value(first, "maxmemory_policy").unwrap_or("?");
    match value(first, "maxmemory").and_then(|bytes| bytes.parse::<u64>().ok()) {
        Some(0) => warnings.push("maxmemory is not set: set it, with maxmemory-policy allkeys-lru".to_owned()),
        Some(bytes) => {
            summary.push(format!("maxmemory {} MiB, {policy}", bytes >> 20));
            if texts.iter().any(|text| value(text, "maxmemory_policy") == Some("noeviction")) {
                let full = "maxmemory-policy is noeviction: when full, Redis refuses to write; allkeys-lru evicts keys";
                warnings.push(full.to_owned());
            }
        }
        None => {}
    }
    Health { summary: summary.join(", "), warnings }
}

fn value<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_somebody_should_look_at() {
        let limit = Duration::from_millis(50);
        let judge = |info: &str, milliseconds| {
            judge("redis://r", Duration::from_millis(milliseconds), limit, &[info.replace(' ', "\r\n")])
        };
        let good = "redis_version:7.0.15 maxmemory:67108864 maxmemory_policy:allkeys-lru";
        let health = judge(good, 1);
        assert_eq!(health.summary, "redis://r, 1.0 ms, version 7.0.15, maxmemory 64 MiB, allkeys-lru");
        assert_eq!(health.warnings, Vec::<String>::new());
        for (info, milliseconds, expected) in [
            (good.to_owned(), 26, "half of redis.timeout"),
            (good.replace("7.0.15", "5.0.9"), 1, "older than 6"),
            (good.replace("67108864", "0"), 1, "maxmemory is not set"),
            (good.replace("allkeys-lru", "noeviction"), 1, "refuses to write"),
        ] {
            let warnings = judge(&info, milliseconds).warnings;
            assert!(warnings.len() == 1 && warnings[0].contains(expected), "{expected}: {warnings:?}");
        }
    }
}
