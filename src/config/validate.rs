//! Validates what the types of the configuration do not.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::{
    clients::{check_clients, check_partner},
    load::{ConfigError, Environment, Layers},
    secrets::Secrets,
    types::{AuthMode, Config, EnvironmentProxy, Explicit},
};

type Checked = Result<(), (&'static str, String)>;

pub(super) fn validate(mut config: Config, layers: &Layers, environment: &Environment) -> Result<Config, ConfigError> {
    check_clients(&config.clients).map_err(|message| layers.error("clients", &message))?;
    check_durations(&config)
        .and_then(|()| check_server(&config))
        .and_then(|()| check_upstream(&config))
        .and_then(|()| check_telemetry(&config))
        .and_then(|()| check_redis(&config))
        .map_err(|(key, message)| layers.error(key, &message))?;
    if let Some(path) = &config.secret_file {
        config.secrets = Secrets::read(path).map_err(|message| layers.error("secret_file", &message))?;
    }
    config.file = layers.file_path();
    config.environment_proxy = environment_proxy(environment);
    config.explicit = Explicit {
        auth_mode: layers.sets("auth.mode"),
        log_format: layers.sets("telemetry.log_format"),
        log_level: layers.sets("telemetry.log_level"),
        failure_threshold: layers.sets("upstream.breaker.failure_threshold"),
    };
    Ok(config)
}

impl Config {
    /// Validates what only a listener needs: that some callers, and not everyone, can use it.
    pub fn check_admission(&self) -> Result<(), String> {
        match self.auth.mode {
            AuthMode::None if !self.server.listen.ip().is_loopback() => Err(format!(
                "auth.mode: \"none\" is allowed on a loopback address only, and server.listen is {}; use \"keys\"",
                self.server.listen
            )),
            AuthMode::None if self.upstream.partner.is_none() => {
                Err("upstream.partner: with auth.mode \"none\" the partner's name must be set".to_owned())
            }
            AuthMode::Keys if self.clients.is_empty() && self.clients_file.is_none() => {
                Err("clients: none configured; create the first key with `connect-verifier key new \
                 --partner NAME` and paste the [[clients]] entry that it prints (or try `serve --sandbox`)"
                    .to_owned())
            }
            _ => Ok(()),
        }
    }
}

fn check_durations(config: &Config) -> Checked {
    let longest = Duration::from_secs(24 * 60 * 60);
    let (server, upstream, cache) = (&config.server, &config.upstream, &config.cache);
    for (key, value) in [
        ("server.header_timeout", server.header_timeout),
        ("server.first_request_timeout", server.first_request_timeout),
        ("server.body_timeout", server.body_timeout),
        ("server.request_timeout", server.request_timeout),
        ("server.write_timeout", server.write_timeout),
        ("upstream.connect_timeout", upstream.connect_timeout),
        ("upstream.attempt_timeout", upstream.attempt_timeout),
        ("upstream.deadline", upstream.deadline),
        ("upstream.breaker.open_time", upstream.breaker.open_time),
        ("limits.attempts_window", config.limits.attempts_window),
        ("sessions.ttl", config.sessions.ttl),
    ] {
        if value < Duration::from_millis(1) || value > longest {
            return Err((key, "expected a duration from 1ms to 24h".to_owned()));
        }
    }
    for (key, value) in [
        ("server.drain_delay", server.drain_delay),
        ("server.drain_timeout", server.drain_timeout),
        ("upstream.backoff_base", upstream.backoff_base),
        ("upstream.backoff_max", upstream.backoff_max),
        ("upstream.queue_timeout", upstream.queue_timeout),
        ("cache.verified_ttl", cache.verified_ttl),
        ("cache.invalid_credentials_ttl", cache.invalid_credentials_ttl),
        ("cache.wrong_region_ttl", cache.wrong_region_ttl),
        ("cache.partner_not_whitelisted_ttl", cache.partner_not_whitelisted_ttl),
    ] {
        if value > longest {
            return Err((key, "expected a duration up to 24h".to_owned()));
        }
    }
    Ok(())
}

fn check_server(config: &Config) -> Checked {
    let server = &config.server;
    if server.max_header_bytes.get() < 8192 || server.max_header_bytes.get() > 1 << 20 {
        return Err(("server.max_header_bytes", "expected 8192 to 1048576".to_owned()));
    }
    if server.max_headers.get() > 256 {
        return Err(("server.max_headers", "expected 1 to 256".to_owned()));
    }
    for (key, value) in [
        ("server.max_connections", server.max_connections),
        ("server.max_in_flight", server.max_in_flight),
        ("upstream.max_concurrency_per_region", config.upstream.max_concurrency_per_region),
        ("upstream.max_concurrency_per_account", config.upstream.max_concurrency_per_account),
    ] {
        if value.get() > 1_000_000 {
            return Err((key, "expected 1 to 1000000".to_owned()));
        }
    }
    if server.listen == server.admin_listen && server.listen.port() != 0 {
        return Err(("server.admin_listen", format!("{} is already the public listener's address", server.listen)));
    }
    match (&server.tls_cert, &server.tls_key) {
        (Some(_), None) => return Err(("server.tls_key", "required together with server.tls_cert".to_owned())),
        (None, Some(_)) => return Err(("server.tls_cert", "required together with server.tls_key".to_owned())),
        _ => {}
    }
    if server.client_ca.is_some() && server.tls_cert.is_none() {
        return Err(("server.client_ca", "requires server.tls_cert and server.tls_key".to_owned()));
    }
    for (key, path) in [
        ("server.tls_cert", &server.tls_cert),
        ("server.tls_key", &server.tls_key),
        ("server.client_ca", &server.client_ca),
        ("upstream.extra_ca", &config.upstream.extra_ca),
    ] {
        if let Some(path) = path
            && let Err(error) = std::fs::File::open(path)
        {
            return Err((key, format!("{} cannot be read: {error}", path.display())));
        }
    }
    Ok(())
}

fn check_upstream(config: &Config) -> Checked {
    let upstream = &config.upstream;
    if let Some(partner) = &upstream.partner {
        check_partner(partner).map_err(|error| ("upstream.partner", error.to_owned()))?;
    }
    if upstream.max_attempts.get() > 10 {
        return Err(("upstream.max_attempts", "expected 1 to 10".to_owned()));
    }
    if upstream.breaker.min_accounts.get() > 100 {
        return Err(("upstream.breaker.min_accounts", "expected 1 to 100".to_owned()));
    }
    if upstream.retry_budget_percent > 100 {
        return Err(("upstream.retry_budget_percent", "expected 0 to 100".to_owned()));
    }
    if config.cache.jitter_percent > 100 {
        return Err(("cache.jitter_percent", "expected 0 to 100".to_owned()));
    }
    if config.limits.attempts_per_account.get() > 1_000_000 {
        return Err(("limits.attempts_per_account", "expected 1 to 1000000".to_owned()));
    }
    if let Some(proxy) = &upstream.proxy {
        let usable = url::Url::parse(proxy.expose_secret())
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !usable {
            return Err(("upstream.proxy", "expected an http:// or https:// address".to_owned()));
        }
    }
    Ok(())
}

fn check_telemetry(config: &Config) -> Checked {
    let Some(endpoint) = &config.telemetry.otlp_endpoint else { return Ok(()) };
    let is_base = |url: url::Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    if url::Url::parse(endpoint).is_ok_and(is_base) {
        return Ok(());
    }
    let allowed = "expected the collector's http:// or https:// base address, without user, query and fragment; \
                   /v1/traces is appended";
    Err(("telemetry.otlp_endpoint", allowed.to_owned()))
}

fn check_redis(config: &Config) -> Checked {
    let Some(redis) = &config.redis else { return Ok(()) };
    if !cfg!(feature = "redis") {
        let missing = "this build has no Redis support; leave the section out, or build with the cargo feature `redis`";
        return Err(("redis", missing.to_owned()));
    }
    if config.secret_file.is_none() {
        let needed = "needs secret_file, with the same content for all instances: the keys of the shared tier derive \
                      from it";
        return Err(("redis", needed.to_owned()));
    }
    redis.read_url()?;
    // Braces select the hash slot of a key in a cluster: the service's own come after the prefix.
    let is_allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'{' && byte != b'}';
    if redis.key_prefix.len() > 64 || !redis.key_prefix.bytes().all(is_allowed) {
        return Err(("redis.key_prefix", "allowed are up to 64 visible ASCII characters except { and }".to_owned()));
    }
    if redis.timeout < Duration::from_millis(1) || redis.timeout > Duration::from_secs(5) {
        return Err(("redis.timeout", "allowed is a duration from 1ms to 5s".to_owned()));
    }
    Ok(())
}

fn environment_proxy(environment: &Environment) -> Option<EnvironmentProxy> {
    let read =
        |names: [&str; 2]| names.into_iter().find_map(|name| environment.get(name)).filter(|value| !value.is_empty());
    let url = read(["HTTPS_PROXY", "https_proxy"])?;
    Some(EnvironmentProxy { url: SecretString::from(url.as_str()), except: read(["NO_PROXY", "no_proxy"]).cloned() })
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
