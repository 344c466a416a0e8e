//! The admin listener: health, version, metrics.

use connect_verifier::{
    config::{Source, load},
    guidance::{Advisor, Language},
};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::settings::REGIONS;
use crate::support::{Reply, Service, Upstream, credential, raw_verification, read_answer, request};

#[tokio::test]
async fn serves_on_a_separate_listener() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    for (path, status) in [("/livez", 200), ("/readyz", 200), ("/version", 200), ("/metrics", 200), ("/v1/verify", 404)]
    {
        assert_eq!(request(service.admin, "GET", path, &[], "").await.status, status, "{path}");
    }
    assert_eq!(request(service.admin, "POST", "/metrics", &[], "").await.status, 405);
    for path in ["/metrics", "/livez", "/readyz", "/version"] {
        assert_eq!(service.get(path, &[]).await.status, 404, "served on the public listener: {path}");
    }
    let version = request(service.admin, "GET", "/version", &[], "").await.json();
    assert_eq!(
        (&version["name"], &version["version"]),
        (&"connect-verifier".into(), &env!("CARGO_PKG_VERSION").into())
    );
}

/// The table matches the listener: each path is served with its methods and no others.
#[tokio::test]
async fn each_route_is_served_with_exactly_its_methods() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let nowhere = request(service.admin, "GET", "/nowhere", &[], "").await;
    assert_eq!(nowhere.status, 404);
    for (path, methods) in connect_verifier::http::admin_routes() {
        for method in ["GET", "HEAD", "PUT", "POST", "DELETE"] {
            let answer = request(service.admin, method, path, &[], "").await;
            if methods.split(", ").any(|known| known == method) {
                assert!(!matches!(answer.status, 404 | 405), "{method} {path}: {}", answer.status);
            } else {
                assert_eq!((answer.status, answer.header("allow")), (405, Some(methods)), "{method} {path}");
            }
        }
        assert!(nowhere.body.contains(path), "{path} is not listed: {}", nowhere.body);
    }
}

#[tokio::test]
async fn counts_events() {
    let upstream = Upstream::start(|seen| match seen.account_id() {
        "AAA-AAA-AAAA" => Reply::success(),
        _ => Reply::failure(503, "down"),
    })
    .await;
    let service = Service::start(&upstream, "[upstream]\nbackoff_base = \"1ms\"\n").await;
    for _ in 0..3 {
        service.verify(&credential("AAA-AAA-AAAA", "x", "in1")).await;
    }
    service.verify(&credential("BBB-BBB-BBBB", "x", "eu1")).await;
    service.post("{}").await;
    service.get("/nope", &[]).await;
    let metrics = service.metrics().await;
    for line in [
        r#"connect_verifier_verifications_total{outcome="verified",partner="adjust",region="in1",source="upstream"} 1"#,
        r#"connect_verifier_verifications_total{outcome="verified",partner="adjust",region="in1",source="cache"} 2"#,
        r#"connect_verifier_verifications_total{outcome="upstream_unavailable",partner="adjust",region="eu1",source="upstream"} 1"#,
        r#"connect_verifier_verifications_total{outcome="invalid_request",partner="adjust",region="none",source="none"} 1"#,
        r#"connect_verifier_upstream_requests_total{region="in1",result="2xx"} 1"#,
        r#"connect_verifier_upstream_requests_total{region="eu1",result="5xx"} 3"#,
        r#"connect_verifier_upstream_retries_total{reason="unavailable",region="eu1"} 2"#,
        r#"connect_verifier_cache_requests_total{result="hit",tier="memory"} 2"#,
        r#"connect_verifier_cache_requests_total{result="miss",tier="memory"} 2"#,
        r#"connect_verifier_cache_entries{tier="memory"} 1"#,
        r#"connect_verifier_http_requests_total{method="POST",route="/v1/verify",status="200"} 3"#,
        r#"connect_verifier_http_requests_total{method="GET",route="none",status="404"} 1"#,
        r#"connect_verifier_http_request_duration_seconds_count{route="/v1/verify"} 5"#,
        r#"connect_verifier_verification_duration_seconds_count{outcome="verified",source="cache"} 2"#,
        r#"connect_verifier_upstream_request_duration_seconds_count{region="eu1"} 3"#,
        r#"connect_verifier_partner_verification_duration_seconds_count{partner="adjust",region="in1"} 3"#,
        r#"connect_verifier_partner_verification_duration_seconds_count{partner="adjust",region="none"} 1"#,
        r"connect_verifier_http_requests_in_flight 0",
        r"connect_verifier_log_lines_dropped_total 0",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
    assert!(!metrics.contains("connect_verifier_tls_certificate_expiry_timestamp_seconds "), "there is no certificate");
    for name in ["connect_verifier_build_info{", "process_resident_memory_bytes ", "process_open_fds "] {
        assert!(metrics.contains(name), "{name}");
    }
}

#[tokio::test]
async fn shows_its_limits() {
    let upstream = Upstream::always(Reply::success()).await;
    let config = "max_connections = 77\nmax_in_flight = 66\nrequest_timeout = \"9s\"\n\
                  [cache]\ncapacity = 5000\n\
                  [upstream]\nmax_concurrency_per_region = 5\nattempt_timeout = \"1500ms\"\nretry_budget_percent = 25\n";
    let metrics = Service::start(&upstream, config).await.metrics().await;
    for line in [
        r#"connect_verifier_config_limit{limit="max_connections"} 77"#,
        r#"connect_verifier_config_limit{limit="max_in_flight"} 66"#,
        r#"connect_verifier_config_limit{limit="cache_capacity"} 5000"#,
        r#"connect_verifier_config_limit{limit="max_concurrency_per_region"} 5"#,
        r#"connect_verifier_config_timeout_seconds{timeout="attempt"} 1.5"#,
        r#"connect_verifier_config_timeout_seconds{timeout="request"} 9"#,
        r"connect_verifier_config_retry_budget_ratio 0.25",
    ] {
        assert!(metrics.lines().any(|known| known == line), "{line}\n{metrics}");
    }
}

#[tokio::test]
async fn ten_thousand_strangers_create_no_labels() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    // The series that exist without strangers: each route once, and each response that strangers cause.
    service.post("{}").await;
    service.get("/nope", &[]).await;
    service.get("/problems/nope", &[]).await;
    request(service.public, "BREW", "/nope", &[], "").await;
    request(service.public, "BREW", "/v1/verify", &[], "").await;
    request(service.public, "POST", "/v1/verify", &[], "").await;
    let series = async || service.metrics().await.lines().filter(|line| !line.starts_with('#')).count();
    let before = series().await;

    let mut stream = TcpStream::connect(service.public).await.unwrap();
    let mut send = async |text: String| {
        stream.write_all(text.as_bytes()).await.unwrap();
        read_answer(&mut stream).await.status
    };
    for index in 0..10_000 {
        let odd = format!("odd{index}");
        let head = format!("Host: a\r\nX-Partner: {odd}\r\ntraceparent: {odd}\r\nX-Request-Id: {odd}\r\n");
        assert_eq!(send(format!("ODD{index} /{odd}?region={odd} HTTP/1.1\r\n{head}\r\n")).await, 404);
        let body = credential(&odd, &odd, &odd).to_string();
        assert_eq!(send(raw_verification(&body)).await, 422);
        match index % 4 {
            0 => assert_eq!(send(format!("GET /problems/{odd} HTTP/1.1\r\n{head}\r\n")).await, 404),
            1 => assert_eq!(send(format!("ODD{index} /v1/verify HTTP/1.1\r\n{head}\r\n")).await, 405),
            _ => {
                let key = format!("cvk_{odd:0>43}");
                let text = format!("POST /v1/verify HTTP/1.1\r\n{head}Authorization: Bearer {key}\r\n\r\n");
                assert!(matches!(send(text).await, 401 | 429));
            }
        }
    }
    let after = service.metrics().await;
    assert!(!after.to_lowercase().contains("odd"), "{after}");
    // An address without a key exceeded its limit: two series, the second of them the response 429.
    assert!(series().await <= before + 2, "{before}\n{after}");
}

#[tokio::test]
async fn begins_rare_counters_at_zero() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let metrics = service.metrics().await;
    for line in [
        r#"connect_verifier_shed_total{reason="slow"} 0"#,
        r#"connect_verifier_config_reloads_total{result="error"} 0"#,
        r#"connect_verifier_upstream_requests_total{region="mec1",result="tls"} 0"#,
        r#"connect_verifier_upstream_requests_abandoned_total{region="sg1",waited="long"} 0"#,
        r#"connect_verifier_upstream_retries_total{reason="busy",region="us1"} 0"#,
        r#"connect_verifier_trace_spans_total{result="dropped"} 0"#,
        r"connect_verifier_panics_total 0",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
}

#[tokio::test]
async fn writes_the_same_metrics_in_both_formats() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    service.verify(&credential("AAA-AAA-AAAA", "x", "in1")).await;
    let get = async |accept: &str| request(service.admin, "GET", "/metrics", &[("accept", accept)], "").await;
    let (text, open) = (get("text/plain").await, get("application/openmetrics-text").await);
    assert_eq!(text.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(open.header("content-type"), Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    assert_eq!((text.header("vary"), open.header("vary")), (Some("accept"), Some("accept")));
    let samples = |body: &str| -> Vec<String> {
        let samples = body.lines().filter(|line| line.starts_with("connect_verifier_"));
        let mut samples: Vec<String> = samples
            .map(|line| {
                let bound = |whole: &str| (format!("le=\"{whole}.0\""), format!("le=\"{whole}\""));
                ["1", "5", "8", "2", "3", "4", "10"]
                    .into_iter()
                    .map(bound)
                    .fold(line.to_owned(), |line, (from, to)| line.replace(&from, &to))
            })
            .collect();
        samples.sort();
        samples
    };
    assert_eq!(samples(&text.body), samples(&open.body));
    assert!(open.body.contains("# TYPE connect_verifier_verifications counter\n"));
    assert!(text.body.contains("# TYPE connect_verifier_verifications_total counter\n"));
}

#[tokio::test]
async fn serves_the_catalogues_to_everyone() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let regions = service.get("/v1/regions", &[]).await;
    assert_eq!(regions.status, 200);
    let list = regions.json();
    let ids: Vec<&str> =
        list["regions"].as_array().unwrap().iter().map(|region| region["id"].as_str().unwrap()).collect();
    assert_eq!(ids, REGIONS);
    for member in ["name", "api_host", "dashboard_url", "aliases"] {
        assert!(!list["regions"][0][member].is_null(), "{member}");
    }
    let guidance = service.get("/v1/guidance", &[]).await.json();
    assert_eq!(guidance["lang"], "en");
    let config = load(&Source::default()).unwrap();
    let rows = Advisor::new(config.guidance, &config.regions).entries(Language::ENGLISH).count();
    assert_eq!(guidance["guidance"].as_array().unwrap().len(), rows, "one row for each code and reason");
    for path in ["/v1/regions", "/v1/guidance"] {
        let answer = service.get(path, &[]).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        let etag = answer.header("etag").unwrap().to_owned();
        for known in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
            let again = service.get(path, &[("if-none-match", &known)]).await;
            assert_eq!((again.status, again.body.as_str()), (304, ""), "{path} {known}");
            assert_eq!(again.header("etag"), Some(etag.as_str()));
        }
        assert_eq!(service.get(path, &[("if-none-match", "\"x\"")]).await.status, 200);
        let head = request(service.public, "HEAD", path, &[], "").await;
        assert_eq!((head.status, head.body.as_str()), (200, ""));
    }
    for code in connect_verifier::model::ProblemCode::ALL {
        let page = service.get(&format!("/problems/{}", code.as_str()), &[]).await;
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
        assert!(page.body.contains(code.as_str()) && page.body.contains("<h1>"), "{page:?}");
        assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
    }
}
