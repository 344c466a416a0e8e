//! Checks what the types of the configuration cannot say, and makes the regions.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::{
    clients::{check_clients, check_partner},
    load::{ConfigError, Document, Environment, Layers, RegionDocument},
    types::{AuthMode, Config, EnvironmentProxy},
};
use crate::model::{Region, Regions};

type Checked = Result<(), (&'static str, String)>;

pub(super) fn validate(document: Document, layers: &Layers, environment: &Environment) -> Result<Config, ConfigError> {
    check_clients(&document.clients).map_err(|message| layers.error("clients", &message))?;
    check_durations(&document)
        .and_then(|()| check_server(&document))
        .and_then(|()| check_upstream(&document))
        .and_then(|()| check_telemetry(&document))
        .and_then(|()| check_unavailable(&document))
        .map_err(|(key, message)| layers.error(key, &message))?;
    check_secret_file(&document).map_err(|message| layers.error("secret_file", &message))?;
    let regions = make_regions(document.regions, layers)?;
    Ok(Config {
        file: layers.file_path(),
        clients: document.clients,
        clients_file: document.clients_file,
        secret_file: document.secret_file,
        server: document.server,
        auth: document.auth,
        upstream: document.upstream,
        regions,
        cache: document.cache,
        limits: document.limits,
        sessions: document.sessions,
        guidance: document.guidance,
        telemetry: document.telemetry,
        page: document.page,
        environment_proxy: environment_proxy(environment),
        auth_mode_is_explicit: layers.sets("auth.mode"),
    })
}

impl Config {
    /// Checks what only a listener needs: that somebody may call it, and that not everybody may.
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
                Err("clients: there is none, so nobody could call; make the first key with `connect-verifier key new \
                 --partner NAME` and paste the [[clients]] entry that it prints (or try `serve --sandbox`)"
                    .to_owned())
            }
            _ => Ok(()),
        }
    }
}

fn check_durations(document: &Document) -> Checked {
    let longest = Duration::from_secs(24 * 60 * 60);
    let (server, upstream, cache) = (&document.server, &document.upstream, &document.cache);
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
        ("limits.attempts_window", document.limits.attempts_window),
        ("sessions.ttl", document.sessions.ttl),
    ] {
        if value < Duration::from_millis(1) || value > longest {
            return Err((key, "allowed is a duration from 1ms to 24h".to_owned()));
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
            return Err((key, "allowed is a duration up to 24h".to_owned()));
        }
    }
    Ok(())
}

fn check_server(document: &Document) -> Checked {
    let server = &document.server;
    if server.max_header_bytes.get() < 8192 || server.max_header_bytes.get() > 1 << 20 {
        return Err(("server.max_header_bytes", "allowed is 8192 to 1048576".to_owned()));
    }
    if server.max_headers.get() > 256 {
        return Err(("server.max_headers", "allowed is 1 to 256".to_owned()));
    }
    for (key, value) in [
        ("server.max_connections", server.max_connections),
        ("server.max_in_flight", server.max_in_flight),
        ("upstream.max_concurrency_per_region", document.upstream.max_concurrency_per_region),
        ("upstream.max_concurrency_per_account", document.upstream.max_concurrency_per_account),
    ] {
        if value.get() > 1_000_000 {
            return Err((key, "allowed is 1 to 1000000".to_owned()));
        }
    }
    if server.listen == server.admin_listen && server.listen.port() != 0 {
        return Err(("server.admin_listen", format!("{} is the public listener's address", server.listen)));
    }
    match (&server.tls_cert, &server.tls_key) {
        (Some(_), None) => return Err(("server.tls_key", "needed together with server.tls_cert".to_owned())),
        (None, Some(_)) => return Err(("server.tls_cert", "needed together with server.tls_key".to_owned())),
        _ => {}
    }
    if server.client_ca.is_some() && server.tls_cert.is_none() {
        return Err(("server.client_ca", "allowed together with server.tls_cert and server.tls_key alone".to_owned()));
    }
    for (key, path) in [
        ("server.tls_cert", &server.tls_cert),
        ("server.tls_key", &server.tls_key),
        ("server.client_ca", &server.client_ca),
        ("upstream.extra_ca", &document.upstream.extra_ca),
    ] {
        if let Some(path) = path
            && let Err(error) = std::fs::File::open(path)
        {
            return Err((key, format!("{} cannot be read: {error}", path.display())));
        }
    }
    Ok(())
}

fn check_upstream(document: &Document) -> Checked {
    let upstream = &document.upstream;
    if let Some(partner) = &upstream.partner {
        check_partner(partner).map_err(|error| ("upstream.partner", error.to_owned()))?;
    }
    if upstream.max_attempts.get() > 10 {
        return Err(("upstream.max_attempts", "allowed is 1 to 10".to_owned()));
    }
    if upstream.breaker.min_accounts.get() > 100 {
        return Err(("upstream.breaker.min_accounts", "allowed is 1 to 100".to_owned()));
    }
    if upstream.retry_budget_percent > 100 {
        return Err(("upstream.retry_budget_percent", "allowed is 0 to 100".to_owned()));
    }
    if document.cache.jitter_percent > 100 {
        return Err(("cache.jitter_percent", "allowed is 0 to 100".to_owned()));
    }
    if document.limits.attempts_per_account.get() > 1_000_000 {
        return Err(("limits.attempts_per_account", "allowed is 1 to 1000000".to_owned()));
    }
    if let Some(proxy) = &upstream.proxy {
        let usable = url::Url::parse(proxy.expose_secret())
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !usable {
            return Err(("upstream.proxy", "allowed is an http:// or https:// address".to_owned()));
        }
    }
    Ok(())
}

fn check_telemetry(document: &Document) -> Checked {
    check_log_level(&document.telemetry.log_level).map_err(|message| ("telemetry.log_level", message))?;
    let Some(endpoint) = &document.telemetry.otlp_endpoint else { return Ok(()) };
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
    let allowed = "allowed is the collector's http:// or https:// base address, without user, query and fragment; \
                   /v1/traces is appended";
    Err(("telemetry.otlp_endpoint", allowed.to_owned()))
}

/// Checks a level for the logs, or a filter.
///
/// # Errors
///
/// What is allowed.
pub fn check_log_level(level: &str) -> Result<(), String> {
    let is_level = matches!(level, "error" | "warn" | "info" | "debug" | "trace");
    // A bare word is a filter too (it names a module), but here it is a misspelt level.
    if is_level || (level.contains('=') && tracing_subscriber::EnvFilter::try_new(level).is_ok()) {
        return Ok(());
    }
    Err("allowed is error, warn, info, debug, trace, or a filter such as \"info,connect_verifier=debug\"".to_owned())
}

/// Refuses what this version cannot do, instead of starting without it.
fn check_unavailable(document: &Document) -> Checked {
    let missing = |what: &str| format!("{what} is not available in this version; leave the key out");
    if document.redis.is_some() {
        return Err(("redis", missing("the shared tier")));
    }
    if document.page.enabled {
        return Err(("page.enabled", missing("the onboarding page")));
    }
    Ok(())
}

fn check_secret_file(document: &Document) -> Result<(), String> {
    let Some(path) = &document.secret_file else { return Ok(()) };
    let text = std::fs::read_to_string(path)
        .map(SecretString::from)
        .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let mut lines = text.expose_secret().lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    let allowed = "allowed is hex, an even number of digits and at least 64 of them (32 bytes) a line";
    if lines.peek().is_none() {
        return Err(format!("{} is empty; {allowed}", path.display()));
    }
    for (index, line) in lines.enumerate() {
        if line.len() < 64 || line.len() % 2 != 0 || !line.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(format!("{}, secret {}: {allowed}", path.display(), index + 1));
        }
    }
    Ok(())
}

fn make_regions(
    documents: std::collections::BTreeMap<String, RegionDocument>,
    layers: &Layers,
) -> Result<Regions, ConfigError> {
    let mut list = Vec::with_capacity(documents.len());
    for (id, document) in documents {
        let fail = |name: &str, message: &str| layers.error(&format!("regions.{id}.{name}"), message);
        if id.is_empty()
            || id.len() > 32
            || id == "auto"
            || id == "none"
            || !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        {
            let allowed = "a region's id has 1 to 32 of a-z, 0-9 and -, and is neither auto nor none";
            return Err(layers.error(&format!("regions.{id}"), allowed));
        }
        if document.name.trim().is_empty() {
            return Err(fail("name", "allowed is a name for people, not an empty text"));
        }
        let api_host = check_base_url(&document.base_url).map_err(|message| fail("base_url", message))?;
        let dashboard =
            url::Url::parse(&document.dashboard_url).ok().filter(|url| url.scheme() == "https" && url.has_host());
        if dashboard.is_none() {
            return Err(fail("dashboard_url", "allowed is an https:// address"));
        }
        list.push(Region {
            name: document.name,
            base_url: document.base_url.trim_end_matches('/').to_owned(),
            api_host,
            dashboard_url: document.dashboard_url.trim_end_matches('/').to_owned(),
            aliases: document.aliases,
            id,
        });
    }
    Regions::new(list).map_err(|error| layers.error("regions", &error.to_string()))
}

/// Checks a base address and returns its host, with the port if it has one.
fn check_base_url(text: &str) -> Result<String, &'static str> {
    let allowed = "allowed is an https:// address without user, query and fragment (http:// for loopback hosts alone)";
    let url = url::Url::parse(text).map_err(|_| allowed)?;
    let host = url.host().ok_or(allowed)?;
    let is_loopback = match host {
        url::Host::Domain(name) => name == "localhost",
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    };
    let plain =
        url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
    match url.scheme() {
        "https" if plain => {}
        "http" if plain && is_loopback => {}
        _ => return Err(allowed),
    }
    Ok(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_string(),
    })
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
