//! `[redis]`: the address of the shared tier.

use std::{fmt, path::PathBuf, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use super::types::duration;

/// `[redis]`
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml documents each key")]
pub struct RedisConfig {
    #[serde(default, serialize_with = "redacted", skip_serializing_if = "Option::is_none")]
    pub url: Option<SecretString>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url_file: Option<PathBuf>,
    #[serde(default = "default_key_prefix")]
    pub key_prefix: String,
    #[serde(with = "duration", default = "default_timeout")]
    pub timeout: Duration,
}

fn default_key_prefix() -> String {
    "connect-verifier:".to_owned()
}

fn default_timeout() -> Duration {
    Duration::from_millis(50)
}

#[allow(clippy::ref_option, reason = "serde hands a field over like this")]
fn redacted<S: Serializer>(url: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    match url.as_ref().map(|url| RedisUrl::parse(url.expose_secret())) {
        Some(Ok(url)) => serializer.collect_str(&url),
        _ => serializer.serialize_str("[redacted]"),
    }
}

/// The topology of the servers in the URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topology {
    /// One server: `redis://` or `rediss://`.
    Single,
    /// A primary that the listed Sentinels report: `redis+sentinel://` or `rediss+sentinel://`.
    Sentinel {
        /// The name of the primary in the Sentinels' configuration.
        service: String,
    },
    /// A Redis Cluster with some of its nodes: `redis+cluster://` or `rediss+cluster://`.
    Cluster,
}

/// An optional user and an optional password.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "the type says it")]
pub struct RedisLogin {
    pub user: Option<String>,
    pub password: Option<SecretString>,
}

/// A parsed URL. Its `Display` omits user and password.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the names say it")]
pub struct RedisUrl {
    pub topology: Topology,
    pub is_tls: bool,
    /// The servers, Sentinels or nodes.
    pub hosts: Vec<(String, u16)>,
    pub login: RedisLogin,
    pub database: i64,
    /// The login at the Sentinels.
    pub sentinel_login: RedisLogin,
}

/// The accepted forms of a URL, for error messages.
const ALLOWED: &str = "allowed is redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE], \
    redis+sentinel://[USER:PASSWORD@]HOST[:PORT][,HOST…]/SERVICE[/DATABASE][?sentinel_user=U&sentinel_password=P] or \
    redis+cluster://[USER:PASSWORD@]HOST[:PORT][,HOST…]; with rediss in place of redis over TLS";

impl RedisConfig {
    /// Reads and parses the URL: `url`, or the content of `url_file`, which may have changed. The error names the key
    /// and contains no part of the URL.
    pub fn read_url(&self) -> Result<RedisUrl, (&'static str, String)> {
        match (&self.url, &self.url_file) {
            (Some(_), Some(_)) => Err(("redis.url_file", "allowed is one of redis.url and redis.url_file".to_owned())),
            (Some(url), None) => {
                RedisUrl::parse(url.expose_secret()).map_err(|message| ("redis.url", message.to_owned()))
            }
            (None, Some(path)) => {
                let fail = |message: fmt::Arguments<'_>| ("redis.url_file", format!("{} {message}", path.display()));
                let text = std::fs::read_to_string(path)
                    .map(SecretString::from)
                    .map_err(|error| fail(format_args!("cannot be read: {error}")))?;
                RedisUrl::parse(text.expose_secret()).map_err(|message| fail(format_args!("holds no URL: {message}")))
            }
            (None, None) => Err(("redis.url", "needed, or redis.url_file".to_owned())),
        }
    }
}

impl RedisUrl {
    /// Parses a URL. The error lists the accepted forms and contains no part of the text.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        Self::parse_parts(text.trim()).ok_or(ALLOWED)
    }

    fn parse_parts(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        // Split at the last `@`, so that a password may contain `@`, `/` or `?` without encoding.
        let (login, rest) = match rest.rsplit_once('@') {
            Some((login, rest)) => (parse_login(login)?, rest),
            None => (RedisLogin::default(), rest),
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        let scheme = scheme.to_ascii_lowercase();
        let (transport, kind) = scheme.split_once('+').unwrap_or((&scheme, ""));
        let is_tls = match transport {
            "redis" => false,
            "rediss" => true,
            _ => return None,
        };
        let (topology, database, port) = match kind {
            "" => (Topology::Single, path, 6379),
            "cluster" => (Topology::Cluster, path, 6379),
            "sentinel" => {
                let (service, database) = path.split_once('/').unwrap_or((path, ""));
                let service = decode(service).filter(|service| !service.is_empty())?;
                (Topology::Sentinel { service }, database, 26379)
            }
            _ => return None,
        };
        let hosts = hosts.split(',').map(|host| parse_host(host, port)).collect::<Option<Vec<_>>>()?;
        let database = match database {
            "" => 0,
            number => number.parse().ok().filter(|number| (0..=65535).contains(number))?,
        };
        let sentinel_login = parse_query(query)?;
        let is_fitting = match topology {
            Topology::Single => hosts.len() == 1 && query.is_empty(),
            Topology::Cluster => database == 0 && query.is_empty(),
            Topology::Sentinel { .. } => true,
        };
        is_fitting.then_some(Self { topology, is_tls, hosts, login, database, sentinel_login })
    }
}

fn parse_login(text: &str) -> Option<RedisLogin> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    let user = decode(user).filter(|user| !user.is_empty());
    let password = if password.is_empty() { None } else { Some(SecretString::from(decode(password)?)) };
    Some(RedisLogin { user, password })
}

fn parse_query(query: &str) -> Option<RedisLogin> {
    let mut login = RedisLogin::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        match name {
            "sentinel_user" | "sentinel_username" => login.user = Some(decode(value)?),
            "sentinel_password" => login.password = Some(SecretString::from(decode(value)?)),
            _ => return None,
        }
    }
    Some(login)
}

fn parse_host(text: &str, default_port: u16) -> Option<(String, u16)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, port.strip_prefix(':').or(port.is_empty().then_some("")))
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, Some("")),
        },
    };
    let port = match port? {
        "" => default_port,
        port => port.parse().ok().filter(|port| *port != 0)?,
    };
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':');
    (!host.is_empty() && host.bytes().all(is_host)).then(|| (host.to_owned(), port))
}

/// Decodes percent-encoding such as `%41`; any other `%` is literal, as in a password that was not encoded.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).filter(|_| *first == b'%').and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.topology {
            Topology::Single => "",
            Topology::Sentinel { .. } => "+sentinel",
            Topology::Cluster => "+cluster",
        };
        write!(formatter, "redis{}{kind}://", if self.is_tls { "s" } else { "" })?;
        if self.login.user.is_some() || self.login.password.is_some() {
            formatter.write_str("[redacted]@")?;
        }
        for (index, (host, port)) in self.hosts.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            if host.contains(':') {
                write!(formatter, "{comma}[{host}]:{port}")?;
            } else {
                write!(formatter, "{comma}{host}:{port}")?;
            }
        }
        if let Topology::Sentinel { service } = &self.topology {
            write!(formatter, "/{service}")?;
        }
        if self.database != 0 { write!(formatter, "/{}", self.database) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(login: &RedisLogin) -> (Option<&str>, Option<&str>) {
        (login.user.as_deref(), login.password.as_ref().map(ExposeSecret::expose_secret))
    }

    #[test]
    fn reads_each_topology() {
        for (text, shown) in [
            ("redis://h", "redis://h:6379"),
            (" rediss://h:1/3\n", "rediss://h:1/3"),
            ("REDIS://u:p@[::1]:7", "redis://[redacted]@[::1]:7"),
            ("redis+sentinel://:p@a,b:1/main", "redis+sentinel://[redacted]@a:26379,b:1/main"),
            ("rediss+sentinel://a/main/2?sentinel_password=x", "rediss+sentinel://a:26379/main/2"),
            ("redis+cluster://a:1,b:2,c", "redis+cluster://a:1,b:2,c:6379"),
        ] {
            assert_eq!(RedisUrl::parse(text).unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn reads_user_and_password_encoded_or_not() {
        for (text, user, password) in [
            ("redis://app:p%40s%2Fs%3F@h", Some("app"), Some("p@s/s?")),
            ("redis://:p@s/s?x%y@h", None, Some("p@s/s?x%y")),
            ("redis://app@h", Some("app"), None),
            ("redis://h", None, None),
        ] {
            assert_eq!(login(&RedisUrl::parse(text).unwrap().login), (user, password), "{text}");
        }
        let url = RedisUrl::parse("redis+sentinel://app:p@h/m?sentinel_user=s&sentinel_password=q%26").unwrap();
        assert_eq!(login(&url.login), (Some("app"), Some("p")));
        assert_eq!(login(&url.sentinel_login), (Some("s"), Some("q&")));
        let shown = format!("{url} {url:?}");
        assert!(!shown.contains("q&") && !shown.contains("\"p\""), "{shown}");
    }

    #[test]
    fn says_what_is_allowed_and_shows_nothing() {
        for text in [
            "",
            "h:6379",
            "http://canary",
            "redis://",
            "redis://canary:p@",
            "redis://a,canary",
            "redis://h:canary",
            "redis://h:0",
            "redis://h/canary",
            "redis://h?canary=1",
            "redis+sentinel://canary",
            "redis+cluster://canary/1",
            "redis+canary://h",
            "redis://[canary]",
            "redis://h canary",
        ] {
            let error = RedisUrl::parse(text).unwrap_err();
            assert!(error.contains("redis+cluster://") && !error.contains("canary"), "{text}: {error}");
        }
    }
}
