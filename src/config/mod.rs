//! The configuration: embedded defaults, one file, the environment; read once, valid ever after.
//!
//! No other room reads the environment. `load` layers the sources and names the guilty one in an error,
//! `validate` checks what a type cannot say, and `clients` reads the callers, in the file or beside it.

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
