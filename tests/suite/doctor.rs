//! `doctor`: its checks and findings, and that it sends no real credential.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use rcgen::{CertificateParams, KeyPair};
use serde_json::Value;

use crate::{
    command_line::{run, text_of},
    redis_server::{self, RedisServer},
    settings::REGIONS,
    support::{Reply, Service, Upstream, config_text},
    tls,
};

const REFUSAL: &str = r#"{"status":"fail","error":"Invalid Credentials","code":400}"#;

fn answer(status: u16, headers: &str, body: &str) -> Reply {
    Reply::http(status, &format!("Content-Type: application/json\r\n{headers}"), body.as_bytes())
}

/// Runs the doctor with a configuration; returns its exit code and its report.
async fn examine(directory: &Path, config: &str) -> (Option<i32>, Value) {
    let file = directory.join("service.toml");
    std::fs::write(&file, config).unwrap();
    tokio::task::spawn_blocking(move || {
        let arguments = ["doctor", "--config", file.to_str().unwrap()];
        let output = run(&[&arguments[..], &["--json"]].concat(), &[], "");
        let report =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text_of(&output)));
        let text = run(&arguments, &[], "");
        assert_eq!(text.status.code(), output.status.code(), "{}", text_of(&text));
        (output.status.code(), report)
    })
    .await
    .unwrap()
}

fn status<'a>(report: &'a Value, name: &str, region: Option<&str>) -> &'a str {
    let checks = report["checks"].as_array().unwrap().iter();
    let mut found = checks.filter(|check| check["name"] == name && check["region"].as_str() == region);
    found.next().unwrap_or_else(|| panic!("no {name} {region:?}: {report}"))["status"].as_str().unwrap()
}

#[tokio::test]
async fn finds_no_problem_in_a_working_setup() {
    let upstream = Upstream::start(|_| {
        let date = httpdate::fmt_http_date(SystemTime::now());
        answer(400, &format!("Date: {date}\r\n"), REFUSAL)
    })
    .await;
    let directory = tempfile::tempdir().unwrap();
    let (code, report) = examine(directory.path(), &config_text(Some(upstream.address), "")).await;
    assert_eq!((code, &report["status"]), (Some(0), &"passed".into()), "{report}");
    for name in ["configuration", "clients", "clock"] {
        assert_eq!(status(&report, name, None), "passed", "{report}");
    }
    for name in ["certificate", "redis"] {
        assert_eq!(status(&report, name, None), "skipped", "{report}");
    }
    for (name, expected) in
        [("dns", "passed"), ("tcp", "passed"), ("tls", "skipped"), ("http", "passed"), ("answer", "passed")]
    {
        for region in REGIONS {
            assert_eq!(status(&report, name, Some(region)), expected, "{region} {name}: {report}");
        }
    }
    // Once as JSON and once as text, in each region, and only with a made-up credential.
    let seen = upstream.seen();
    assert_eq!(seen.len(), 2 * REGIONS.len());
    assert!(seen.iter().all(|seen| seen.account_id() == "DOC-TOR-0000"), "{seen:?}");
    assert!(seen.iter().all(|seen| seen.passcode() == "connect-verifier-doctor"), "{seen:?}");
}

#[tokio::test]
async fn finds_the_problems_of_a_region() {
    let yesterday = httpdate::fmt_http_date(SystemTime::now() - Duration::from_secs(24 * 60 * 60));
    let upstream = Upstream::start(move |seen| {
        let date = format!("Date: {yesterday}\r\n");
        match seen.region() {
            "eu1" => answer(200, &date, r#"{"status":"success"}"#),
            "us1" => Reply::http(200, "Content-Type: text/html\r\n", b"<html>Sign in"),
            "sg1" => Reply::Reset,
            _ => answer(400, &date, REFUSAL),
        }
    })
    .await;
    let (directory, authority) = (tempfile::tempdir().unwrap(), tls::authority());
    tls::write(directory.path(), &tls::issue(&authority));
    let secure = Service::start(&upstream, tls::files(directory.path())).await;
    let config = config_text(Some(upstream.address), "")
        .replace(&format!("http://{}/aps3", upstream.address), &format!("https://localhost:{}", secure.public.port()))
        .replace(&format!("http://{}/mec1", upstream.address), "http://127.0.0.1:1");
    let (code, report) = examine(directory.path(), &config).await;
    assert_eq!((code, &report["status"]), (Some(1), &"failed".into()), "{report}");
    for (region, name, expected) in [
        ("in1", "answer", "passed"),
        ("eu1", "answer", "failed"),
        ("us1", "http", "passed"),
        ("us1", "answer", "failed"),
        ("sg1", "http", "failed"),
        ("aps3", "tcp", "passed"),
        ("aps3", "tls", "failed"),
        ("mec1", "dns", "passed"),
        ("mec1", "tcp", "failed"),
        ("mec1", "answer", "skipped"),
    ] {
        assert_eq!(status(&report, name, Some(region)), expected, "{region} {name}: {report}");
    }
    assert_eq!(status(&report, "clock", None), "failed", "it is a day ahead of the regions': {report}");
}

#[tokio::test]
async fn reads_the_files_that_the_configuration_names() {
    let upstream = Upstream::start(|_| answer(400, "", REFUSAL)).await;
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let issue = |days: i64| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let day = Duration::from_secs(24 * 60 * 60);
        params.not_before = (SystemTime::now() - 400 * day).into();
        params.not_after = params.not_before + (400 * day) + (day / 2);
        let left = day * u32::try_from(days.unsigned_abs()).unwrap();
        params.not_after = if days < 0 { params.not_after - left } else { params.not_after + left };
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    };
    for (days, certificate, code) in [(30, "passed", 0), (3, "warning", 0), (-1, "failed", 1)] {
        tls::write(directory.path(), &issue(days));
        let config = config_text(Some(upstream.address), tls::files(directory.path()));
        let (found, report) = examine(directory.path(), &config).await;
        assert_eq!((found, status(&report, "certificate", None)), (Some(code), certificate), "{report}");
        assert_eq!(status(&report, "clock", None), "skipped", "no region reported its time");
    }
    let clients = path("clients.toml");
    let config =
        format!("clients_file = {:?}\n", clients.display().to_string()) + &config_text(Some(upstream.address), "");
    for (text, expected, code) in [("", "passed", 0), ("nonsense", "failed", 1)] {
        std::fs::write(&clients, text).unwrap();
        let (found, report) = examine(directory.path(), &config).await;
        assert_eq!((found, status(&report, "clients", None)), (Some(code), expected), "{report}");
    }
    let output = run(&["doctor", "--config", "/nowhere.toml"], &[], "");
    assert_eq!(output.status.code(), Some(2), "{}", text_of(&output));
}

#[tokio::test]
async fn finds_how_redis_is_and_does_not_fail_for_it() {
    if redis_server::is_missing() {
        return;
    }
    let upstream = Upstream::start(|_| answer(400, "", REFUSAL)).await;
    let directory = tempfile::tempdir().unwrap();
    let secret = directory.path().join("secret");
    std::fs::write(&secret, "ab".repeat(32)).unwrap();
    let config = |url: &str| {
        let text = config_text(Some(upstream.address), "");
        format!("secret_file = \"{}\"\n{text}\n[redis]\nurl = \"{url}\"\n", secret.display())
    };
    let detail = |report: &Value| {
        let checks = report["checks"].as_array().unwrap().iter();
        let mut redis = checks.filter(|check| check["name"] == "redis");
        redis.next().unwrap()["detail"].as_str().unwrap().to_owned()
    };
    let good = RedisServer::start_with("maxmemory 64mb\nmaxmemory-policy allkeys-lru\n");
    let (code, report) = examine(directory.path(), &config(&good.url)).await;
    assert_eq!((code, status(&report, "redis", None)), (Some(0), "passed"), "{report}");
    assert!(detail(&report).contains("maxmemory 64 MiB, allkeys-lru"), "{report}");
    let (locked, unlimited) = (RedisServer::start_with_password(), RedisServer::start());
    let wrong = locked.url.replace(redis_server::PASSWORD, "not-the-password");
    for (url, expected) in [
        ("redis://127.0.0.1:1", "refused"),
        (&*wrong, "authentication failed"),
        (&*unlimited.url, "maxmemory is not set"),
        (&*locked.url, "maxmemory is not set"),
    ] {
        let (code, report) = examine(directory.path(), &config(url)).await;
        assert_eq!((code, status(&report, "redis", None)), (Some(0), "warning"), "{report}");
        let found = detail(&report);
        assert!(found.to_lowercase().contains(&expected.to_lowercase()), "{expected}: {found}");
        assert!(!found.contains("not-the-password") && !found.contains(redis_server::PASSWORD), "{found}");
    }
}
