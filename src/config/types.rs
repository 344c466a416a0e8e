//! The sections of the configuration, as other rooms use them. `config/default.toml` documents each key.

use std::{
    net::SocketAddr,
    num::{NonZeroU32, NonZeroU64, NonZeroUsize},
    path::PathBuf,
    time::Duration,
};

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{clients::ClientConfig, log_filter::LogFilter, redis::RedisConfig, secrets::Secrets};
use crate::model::Regions;

/// The whole configuration: the configured keys, and what was derived from the sources.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml documents each key")]
pub struct Config {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clients_file: Option<PathBuf>,
    pub server: ServerConfig,
    pub auth: AuthConfig,
    pub upstream: UpstreamConfig,
    pub cache: CacheConfig,
    pub limits: LimitsConfig,
    pub sessions: SessionsConfig,
    pub guidance: GuidanceConfig,
    pub telemetry: TelemetryConfig,
    pub page: PageConfig,
    #[serde(with = "super::regions")]
    pub regions: Regions,
    /// Clients in the configuration itself; `reload` reads those of `clients_file` repeatedly.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<ClientConfig>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redis: Option<RedisConfig>,

    /// The configuration file, if any.
    #[serde(skip)]
    pub file: Option<PathBuf>,
    /// The secrets of `secret_file`, or a random one.
    #[serde(skip)]
    pub secrets: Secrets,
    /// `HTTPS_PROXY` and `NO_PROXY`, used for the upstream if `upstream.proxy` is not set.
    #[serde(skip)]
    pub environment_proxy: Option<EnvironmentProxy>,
    /// The keys that a file or the environment sets.
    #[serde(skip)]
    pub explicit: Explicit,
}

/// Keys whose default depends on the command, unless a source sets them.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a key of its own")]
pub struct Explicit {
    /// `auth.mode`, changed by `--sandbox`.
    pub auth_mode: bool,
    /// `telemetry.log_format`, changed on a terminal.
    pub log_format: bool,
    /// `telemetry.log_level`, changed by commands that print a result.
    pub log_level: bool,
    /// `upstream.breaker.failure_threshold`, changed by `--sandbox`.
    pub failure_threshold: bool,
}

/// The proxy configured by the environment.
#[derive(Debug, Clone)]
pub struct EnvironmentProxy {
    /// The proxy's address, which may contain a password.
    pub url: SecretString,
    /// The hosts to reach directly, in the notation of `NO_PROXY`.
    pub except: Option<String>,
}

/// `[server]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml documents each key")]
pub struct ServerConfig {
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    #[serde(deserialize_with = "address")]
    pub admin_listen: SocketAddr,
    pub max_connections: NonZeroUsize,
    pub max_in_flight: NonZeroUsize,
    #[serde(with = "duration")]
    pub header_timeout: Duration,
    #[serde(with = "duration")]
    pub first_request_timeout: Duration,
    #[serde(with = "duration")]
    pub body_timeout: Duration,
    #[serde(with = "duration")]
    pub request_timeout: Duration,
    #[serde(with = "duration")]
    pub write_timeout: Duration,
    pub max_body_bytes: NonZeroUsize,
    pub max_batch_bytes: NonZeroUsize,
    pub max_header_bytes: NonZeroUsize,
    pub max_headers: NonZeroUsize,
    #[serde(with = "duration")]
    pub drain_delay: Duration,
    #[serde(with = "duration")]
    pub drain_timeout: Duration,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_cert: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_key: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_ca: Option<PathBuf>,
    #[serde(deserialize_with = "list")]
    pub trusted_proxies: Vec<IpNet>,
}

/// `[auth]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml documents each key")]
pub struct AuthConfig {
    pub mode: AuthMode,
    pub address_rate_per_second: NonZeroU32,
    pub address_burst: NonZeroU32,
}

/// Who may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum AuthMode {
    /// Callers with a key.
    Keys,
    /// Everyone; on a loopback listener only.
    None,
}

/// `[upstream]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml documents each key")]
pub struct UpstreamConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner: Option<String>,
    #[serde(with = "duration")]
    pub connect_timeout: Duration,
    #[serde(with = "duration")]
    pub attempt_timeout: Duration,
    #[serde(with = "duration")]
    pub deadline: Duration,
    pub max_attempts: NonZeroU32,
    #[serde(with = "duration")]
    pub backoff_base: Duration,
    #[serde(with = "duration")]
    pub backoff_max: Duration,
    pub retry_budget_percent: u32,
    pub max_concurrency_per_region: NonZeroUsize,
    pub max_concurrency_per_account: NonZeroUsize,
    #[serde(with = "duration")]
    pub queue_timeout: Duration,
    #[serde(default, serialize_with = "redacted", skip_serializing_if = "Option::is_none")]
    pub proxy: Option<SecretString>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_ca: Option<PathBuf>,
    pub breaker: BreakerConfig,
}

/// `[upstream.breaker]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml documents each key")]
pub struct BreakerConfig {
    pub failure_threshold: NonZeroU32,
    pub min_accounts: NonZeroUsize,
    #[serde(with = "duration")]
    pub open_time: Duration,
}

/// `[cache]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml documents each key")]
pub struct CacheConfig {
    pub capacity: NonZeroU64,
    #[serde(with = "duration")]
    pub verified_ttl: Duration,
    #[serde(with = "duration")]
    pub invalid_credentials_ttl: Duration,
    #[serde(with = "duration")]
    pub wrong_region_ttl: Duration,
    #[serde(with = "duration")]
    pub partner_not_whitelisted_ttl: Duration,
    pub jitter_percent: u32,
}

/// `[limits]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml documents each key")]
pub struct LimitsConfig {
    pub attempts_per_account: NonZeroUsize,
    #[serde(with = "duration")]
    pub attempts_window: Duration,
    pub upstream_per_second: NonZeroU32,
    pub upstream_burst: NonZeroU32,
}

/// `[sessions]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml documents each key")]
pub struct SessionsConfig {
    #[serde(with = "duration")]
    pub ttl: Duration,
    pub max_attempts: NonZeroU32,
}

/// `[guidance]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml documents each key")]
pub struct GuidanceConfig {
    pub operator_contact: String,
    pub whitelisting_contact: String,
    pub suggest_region: bool,
}

/// `[telemetry]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml documents each key")]
pub struct TelemetryConfig {
    pub log_format: LogFormat,
    pub log_level: LogFilter,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub otlp_endpoint: Option<String>,
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum LogFormat {
    /// One JSON object per line.
    Json,
    /// Text for people.
    Text,
}

/// `[page]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml documents each key")]
pub struct PageConfig {
    pub enabled: bool,
}

impl TryFrom<String> for AuthMode {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "keys" => Ok(Self::Keys),
            "none" => Ok(Self::None),
            _ => Err("expected \"keys\" or \"none\""),
        }
    }
}

impl TryFrom<String> for LogFormat {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "json" => Ok(Self::Json),
            "text" => Ok(Self::Text),
            _ => Err("expected \"json\" or \"text\""),
        }
    }
}

/// The part of a request's time that is reserved for the response.
const ANSWER_TIME: Duration = Duration::from_millis(250);

impl ServerConfig {
    /// Returns the time limit of a verification, from the end of its body: `request_timeout` minus the time for the
    /// response.
    pub fn question_time(&self) -> Duration {
        self.request_timeout.saturating_sub(ANSWER_TIME.min(self.request_timeout / 4))
    }
}

impl Config {
    /// Renders the effective configuration as TOML, with secrets redacted.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_else(|error| format!("# cannot be shown: {error}\n"))
    }
}

/// Durations in texts such as `"750ms"`.
pub(super) mod duration {
    use super::{Deserializer, Duration, Serializer, de};

    pub(crate) fn serialize<S: Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_duration(*value))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Duration;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a duration such as \"750ms\", \"10s\" or \"10m\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Duration, E> {
                humantime::parse_duration(text).map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Parses the address of a listener.
pub fn parse_address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "expected HOST:PORT with an IP address as host, such as 127.0.0.1:8080 or [::1]:8080")
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    parse_address(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}

/// A list, or (from the environment) a comma-separated text.
pub(super) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr + Deserialize<'de>,
    T::Err: std::fmt::Display,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Texts {
        One(String),
        Many(Vec<String>),
    }
    let texts = match Texts::deserialize(deserializer)? {
        Texts::One(text) => text.split(',').map(|part| part.trim().to_owned()).collect(),
        Texts::Many(texts) => texts,
    };
    texts
        .iter()
        .filter(|text| !text.is_empty())
        .map(|text| text.parse().map_err(|error| de::Error::custom(format!("`{text}`: {error}"))))
        .collect()
}

#[allow(clippy::ref_option, reason = "serde hands a field over like this")]
fn redacted<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    let text = secret.as_ref().map_or("", ExposeSecret::expose_secret);
    // Host and port help to find a mistake; the part before an @ is secret.
    match text.rsplit_once('@') {
        Some((_, host)) => serializer.collect_str(&format_args!("[redacted]@{host}")),
        None => serializer.serialize_str(text),
    }
}
