//! The configuration: embedded defaults, one file, and the environment; read and validated once.
//!
//! No other room reads the environment. `load` merges the sources and names the source of an error, `validate` checks
//! what the types do not, and `clients` parses the callers, inside the configuration or in a separate file.

mod clients;
mod load;
mod log_filter;
mod redis;
mod regions;
mod secrets;
mod types;
mod validate;

pub use self::redis::{RedisConfig, RedisLogin, RedisUrl, Topology};
pub use clients::{ClientConfig, check_clients, parse_clients_file};
pub use load::{ConfigError, Environment, Source, load, process_environment, wants_no_colour};
pub use log_filter::LogFilter;
pub use secrets::{Key, Secrets};
pub use types::{
    AuthConfig, AuthMode, BreakerConfig, CacheConfig, Config, EnvironmentProxy, Explicit, GuidanceConfig, LimitsConfig,
    LogFormat, PageConfig, ServerConfig, SessionsConfig, TelemetryConfig, UpstreamConfig, parse_address,
};

/// The reference configuration, compiled in.
pub const DEFAULTS: &str = include_str!("../../config/default.toml");
