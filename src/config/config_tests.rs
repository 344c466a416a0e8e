use std::path::Path;

use super::super::{Environment, Source, load};

fn with_file(text: &str, environment: &[(&str, &str)]) -> Result<super::Config, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("service.toml");
    std::fs::write(&path, text).unwrap();
    load_from(Some(&path), environment).map_err(|error| error.replace(&format!("{}/", directory.path().display()), ""))
}

fn load_from(file: Option<&Path>, environment: &[(&str, &str)]) -> Result<super::Config, String> {
    let environment: Environment =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    load(&Source { file: file.map(Path::to_owned), environment }).map_err(|error| error.to_string())
}

#[test]
fn has_a_default_for_everything() {
    let config = load_from(None, &[]).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.header_timeout.as_secs(), 75);
    assert_eq!(config.limits.attempts_per_account.get(), 10);
    let ids: Vec<&str> = config.regions.iter().map(|region| region.id.as_str()).collect();
    assert_eq!(ids, ["eu1", "in1", "aps3", "mec1", "sg1", "us1"]);
    assert_eq!(config.regions.get("eu1").unwrap().api_host, "api.clevertap.com");
}

#[test]
fn layers_file_and_environment() {
    let config = with_file(
        "[server]\nlisten = \"127.0.0.1:1\"\nmax_headers = 50\n[regions.in1]\nbase_url = \"http://127.0.0.1:9/in1/\"\n",
        &[
            ("CONNECT_VERIFIER__SERVER__LISTEN", "127.0.0.1:2"),
            ("CONNECT_VERIFIER__UPSTREAM__PARTNER", "123"),
            ("CONNECT_VERIFIER__UPSTREAM__BREAKER__FAILURE_THRESHOLD", "7"),
            ("CONNECT_VERIFIER__GUIDANCE__SUGGEST_REGION", "true"),
            ("CONNECT_VERIFIER__SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1/128"),
            ("CONNECT_VERIFIER__REGIONS__SK1__NAME", "South Korea"),
            ("CONNECT_VERIFIER__REGIONS__SK1__BASE_URL", "https://sk1.api.clevertap.com"),
            ("CONNECT_VERIFIER__REGIONS__SK1__DASHBOARD_URL", "https://sk1.dashboard.clevertap.com"),
            ("CONNECT_VERIFIER_PORT", "tcp://10.0.0.1:80"),
            ("HTTPS_PROXY", "http://proxy:3128"),
        ],
    )
    .unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:2", "the environment takes precedence");
    assert_eq!(config.server.max_headers.get(), 50);
    assert_eq!(config.upstream.partner.as_deref(), Some("123"), "digits remain a string");
    assert_eq!(config.upstream.breaker.failure_threshold.get(), 7);
    assert!(config.guidance.suggest_region);
    assert_eq!(config.server.trusted_proxies.len(), 2);
    let in1 = config.regions.get("in1").unwrap();
    assert_eq!((in1.base_url.as_str(), in1.name.as_str()), ("http://127.0.0.1:9/in1", "India"));
    assert!(config.regions.read("in1.api.clevertap.com").is_some(), "the documented host still names the region");
    assert!(config.regions.get("sk1").is_some());
    assert!(config.environment_proxy.is_some());
}

/// A file, an environment variable, and the parts of the error.
type Mistake = (&'static str, Option<(&'static str, &'static str)>, &'static [&'static str]);

const MISTAKES: &[Mistake] = &[
    ("[server]\nlisten = \"localhost\"", None, &["service.toml: server.listen: expected HOST:PORT", "127.0.0.1:8080"]),
    ("[server]\nlisten = 7", None, &["service.toml: server.listen: ", "HOST:PORT"]),
    ("[server]\nmax_connections = 0", None, &["service.toml: server.max_connections: ", "nonzero"]),
    ("[server]\nmax_connections = -4", None, &["service.toml: server.max_connections: "]),
    ("[server]\nbody_timeout = \"soon\"", None, &["service.toml: server.body_timeout: ", "\"750ms\""]),
    ("[server]\nbody_timeout = \"0s\"", None, &["service.toml: server.body_timeout: expected", "1ms"]),
    ("[server]\nmax_header_bytes = 10", None, &["service.toml: server.max_header_bytes: expected 8192"]),
    ("[server]\ncolour = 1", None, &["service.toml: server", "colour", "listen"]),
    ("colour = 1", None, &["service.toml", "colour"]),
    ("[server", None, &["service.toml: ", "line 1"]),
    ("", Some(("CONNECT_VERIFIER__SERVER__COLOUR", "1")), &["CONNECT_VERIFIER__SERVER__COLOUR", "colour"]),
    (
        "",
        Some(("CONNECT_VERIFIER__SERVER__MAX_HEADERS", "many")),
        &["environment variable CONNECT_VERIFIER__SERVER__MAX_HEADERS: server.max_headers: ", "integer"],
    ),
    ("[auth]\nmode = \"open\"", None, &["service.toml: auth.mode: ", "\"keys\" or \"none\""]),
    ("[server]\ntls_cert = \"x\"", None, &["service.toml", "server.tls_key: required"]),
    ("[server]\ntls_cert = \"/x\"\ntls_key = \"/y\"", None, &["service.toml: server.tls_cert: /x cannot be read"]),
    (
        "[regions.in1]\nbase_url = \"http://example.com\"",
        None,
        &["service.toml: regions.in1.base_url: expected an https://"],
    ),
    ("[regions.in1]\nbase_url = \"https://u:p@example.com\"", None, &["service.toml: regions.in1.base_url: expected"]),
    ("[regions.xx]\nname = \"X\"", None, &["regions.xx", "base_url"]),
    ("[regions.\"A b\"]\nname = \"X\"\nbase_url = \"https://x\"\ndashboard_url = \"https://x\"", None, &["a-z"]),
    ("[regions.in1]\naliases = [\"EU1\"]", None, &["service.toml: regions: `eu1` names both"]),
    ("[upstream]\nproxy = \"ftp://x\"", None, &["service.toml: upstream.proxy: expected an http://"]),
    ("[upstream]\nmax_attempts = 99", None, &["service.toml: upstream.max_attempts: expected 1 to 10"]),
    ("[telemetry]\nlog_level = \"loud\"", None, &["service.toml: telemetry.log_level: expected error"]),
    ("[telemetry]\notlp_endpoint = \"collector:4318\"", None, &["telemetry.otlp_endpoint: expected", "http://"]),
    ("[telemetry]\notlp_endpoint = \"http://u:p@c\"", None, &["service.toml: telemetry.otlp_endpoint: expected"]),
    ("[telemetry]\notlp_endpoint = \"http://c/?a=b\"", None, &["service.toml: telemetry.otlp_endpoint: expected"]),
    #[cfg(feature = "redis")]
    ("[redis]\nurl = \"redis://x\"", None, &["service.toml: redis: ", "needs secret_file"]),
    #[cfg(not(feature = "redis"))]
    ("[redis]\nurl = \"redis://x\"", None, &["service.toml: redis: ", "no Redis support"]),
    ("[redis]\ncolour = 1", None, &["service.toml: redis", "colour", "key_prefix"]),
    ("[redis]\ntimeout = 50", None, &["service.toml: redis.timeout: ", "\"750ms\""]),
    ("secret_file = \"/nowhere\"", None, &["service.toml: secret_file: /nowhere cannot be read"]),
    ("[[clients]]\nname = \"a\"", None, &["service.toml: clients", "partner"]),
];

#[test]
fn names_the_source_the_key_and_the_expected_value() {
    for (text, environment, expected) in MISTAKES.iter().copied() {
        let environment: Vec<_> = environment.into_iter().collect();
        let error = with_file(text, &environment).unwrap_err();
        for part in expected {
            assert!(error.contains(part), "{text}\n  says: {error}\n  lacks: {part}");
        }
    }
    let error = load_from(Some(Path::new("/nowhere.toml")), &[]).unwrap_err();
    assert!(error.starts_with("/nowhere.toml: cannot be read"), "{error}");
}

#[test]
#[cfg(feature = "redis")]
fn reads_where_redis_is() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "ab".repeat(32)).unwrap();
    let load = |text: &str| with_file(&format!("secret_file = {:?}\n[redis]\n{text}", secret.path()), &[]);

    let config = load("url = \"redis://app:canary@h\"").unwrap();
    let redis = config.redis.as_ref().unwrap();
    assert_eq!((redis.key_prefix.as_str(), redis.timeout.as_millis()), ("connect-verifier:", 50));
    let printed = config.to_toml();
    assert!(printed.contains("url = \"redis://[redacted]@h:6379\"") && !printed.contains("canary"), "{printed}");

    let file = tempfile::NamedTempFile::new().unwrap();
    let url_file = format!("url_file = {:?}", file.path());
    for (text, expected) in [
        ("", "redis.url: needed, or redis.url_file"),
        ("url = \"canary\"", "service.toml: redis.url: allowed is redis://"),
        ("url = \"redis://h\"\nurl_file = \"/canary\"", "redis.url_file: allowed is one of"),
        ("url_file = \"/nowhere\"", "service.toml: redis.url_file: /nowhere cannot be read"),
        (url_file.as_str(), "holds no URL: allowed is redis://"),
        ("url = \"redis://h\"\ntimeout = \"0s\"", "service.toml: redis.timeout: allowed is a duration from 1ms"),
        ("url = \"redis://h\"\nkey_prefix = \"a b\"", "service.toml: redis.key_prefix: allowed are"),
        ("url = \"redis://h\"\nkey_prefix = \"{a}:\"", "service.toml: redis.key_prefix: allowed are"),
        ("url = \"redis://h\"\nkey_prefix = \"a}\"", "characters except { and }"),
    ] {
        let error = load(text).unwrap_err();
        assert!(error.contains(expected) && !error.contains("canary\""), "{text}: {error}");
    }
    std::fs::write(file.path(), "rediss+cluster://a,b\n").unwrap();
    let config = load(&url_file).unwrap();
    assert_eq!(config.redis.unwrap().read_url().unwrap().to_string(), "rediss+cluster://a:6379,b:6379");
}

#[test]
fn rejects_a_listener_open_to_everyone() {
    let check = |text: &str| with_file(text, &[]).unwrap().check_admission().unwrap_err();
    assert!(check("").contains("key new"));
    assert!(check("[auth]\nmode = \"none\"\n[server]\nlisten = \"0.0.0.0:80\"").contains("loopback"));
    assert!(check("[auth]\nmode = \"none\"").contains("upstream.partner"));
    let open = with_file("[auth]\nmode = \"none\"\n[upstream]\npartner = \"adjust\"", &[]).unwrap();
    assert_eq!(open.check_admission(), Ok(()));
}

#[test]
fn prints_without_secrets_and_parses_its_own_output() {
    let config = with_file("[upstream]\nproxy = \"http://user:canary@proxy:3128\"\n", &[]).unwrap();
    let printed = config.to_toml();
    assert!(!printed.contains("canary") && printed.contains("[redacted]@proxy:3128"), "{printed}");
    let again = with_file(&printed.replace("[redacted]@", "http://"), &[]).unwrap();
    assert_eq!(again.to_toml().lines().count(), printed.lines().count());
}
