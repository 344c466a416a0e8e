//! Traces: what a collector receives about a request, and that exporting never delays one.

use std::sync::Arc;

use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind};
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::Semaphore, task::JoinSet};

use crate::{
    collector::{Collector, SpanExt, attributes},
    support::{
        Binary, PARTNER, Reply, Service, Upstream, credential, eventually, raw_verification, read_answer, request,
    },
};

const TRACE_ID: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT_ID: &str = "b7ad6b7169203331";

const FREE_PORTS: [(&str, &str); 3] = [
    ("CONNECT_VERIFIER__SERVER__LISTEN", "127.0.0.1:0"),
    ("CONNECT_VERIFIER__SERVER__ADMIN_LISTEN", "127.0.0.1:0"),
    ("CONNECT_VERIFIER__SERVER__DRAIN_DELAY", "0s"),
];

fn traceparent(flags: &str) -> String {
    format!("00-{TRACE_ID}-{PARENT_ID}-{flags}")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn find<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found: Vec<&Span> = spans.iter().filter(|span| span.name == name).collect();
    assert_eq!(found.len(), 1, "{name}: {spans:#?}");
    found[0]
}

#[tokio::test]
async fn exports_every_step_in_the_callers_trace() {
    let collector = Collector::start(200).await;
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, collector.config()).await;
    let headers = [("traceparent", traceparent("01")), ("tracestate", "vendor=1".to_owned())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let body = credential("AAA-AAA-AAAA", "x", "in1").to_string();
    assert_eq!(service.post_with(&body, &headers).await.status, 200);

    let spans = collector.trace_of("POST /v1/verify").await;
    let request = find(&spans, "POST /v1/verify");
    assert_eq!((hex(&request.trace_id).as_str(), hex(&request.parent_span_id).as_str()), (TRACE_ID, PARENT_ID));
    assert_eq!((request.kind(), request.failed()), (SpanKind::Server, false));
    let found = request.attributes();
    for (key, value) in [
        ("http.request.method", "POST"),
        ("http.route", "/v1/verify"),
        ("http.response.status_code", "200"),
        ("client", "test"),
        ("partner", PARTNER),
        ("account_id", "AAA-***-**AA"),
        ("region", "in1"),
        ("outcome", "verified"),
        ("source", "upstream"),
    ] {
        assert_eq!(found.get(key).map(String::as_str), Some(value), "{key}: {found:?}");
    }
    for (name, parent) in
        [("admission", request), ("cache", request), ("flight", request), ("attempt", find(&spans, "flight"))]
    {
        let span = find(&spans, name);
        assert_eq!(span.parent_span_id, parent.span_id, "{name}");
        assert!(span.start_time_unix_nano >= parent.start_time_unix_nano, "{name}");
        assert!(span.end_time_unix_nano >= span.start_time_unix_nano, "{name}");
    }
    assert_eq!(find(&spans, "cache").attributes()["result"], "miss");
    assert_eq!(find(&spans, "flight").attributes()["outcome"], "verified");
    let attempt = find(&spans, "attempt");
    let found = attempt.attributes();
    assert_eq!((attempt.kind(), attempt.failed()), (SpanKind::Client, false));
    for (key, value) in [("region", "in1"), ("http.response.status_code", "200"), ("retry", "0"), ("result", "2xx")] {
        assert_eq!(found.get(key).map(String::as_str), Some(value), "{key}: {found:?}");
    }
    // CleverTap receives no trace headers.
    for name in ["traceparent", "tracestate", "baggage", "b3"] {
        assert_eq!(upstream.seen()[0].header(name), None, "{name}");
    }
    let heads = collector.heads();
    assert!(
        heads[0].starts_with("POST /v1/traces HTTP/1.1") && heads[0].contains("application/x-protobuf"),
        "{heads:?}"
    );
    let resource = attributes(&collector.resources()[0].attributes);
    assert_eq!(resource["service.name"], "connect-verifier");
    assert_eq!(resource["service.version"], env!("CARGO_PKG_VERSION"));
    assert!(!resource["service.instance.id"].is_empty());
}

#[tokio::test]
async fn exports_each_attempt_of_a_fault_in_a_separate_trace() {
    let collector = Collector::start(200).await;
    let upstream = Upstream::always(Reply::failure(503, "down")).await;
    let more = collector.config() + "[upstream]\nbackoff_base = \"1ms\"\nmax_attempts = 2\n";
    let service = Service::start(&upstream, more).await;
    assert_eq!(service.verify(&credential("BBB-BBB-BBBB", "x", "eu1")).await.0, 503);
    let of_fault = |spans: &[Span]| spans.iter().filter(|span| span.failed()).count();
    eventually("the failed spans", async || of_fault(&collector.spans()) == 3).await;
    let spans = collector.spans();
    let mut retries: Vec<String> = spans
        .iter()
        .filter(|span| span.name == "attempt")
        .map(|span| {
            assert_eq!(span.attributes()["http.response.status_code"], "503");
            assert_eq!(span.attributes()["outcome"], "upstream_unavailable");
            span.attributes()["retry"].clone()
        })
        .collect();
    retries.sort();
    assert_eq!(retries, ["0", "1"]);
    assert!(find(&spans, "POST /v1/verify").parent_span_id.is_empty());
}

#[tokio::test]
async fn links_callers_of_a_shared_flight_to_its_span() {
    let collector = Collector::start(200).await;
    let gate = Arc::new(Semaphore::new(0));
    let reply = Reply::Gated(gate.clone(), 200, r#"{"status": "success"}"#.to_owned());
    let upstream = Upstream::always(reply).await;
    let service = Arc::new(Service::start(&upstream, &collector.config()).await);
    let mut callers = JoinSet::new();
    for _ in 0..3 {
        let service = service.clone();
        callers.spawn(async move { service.verify(&credential("AAA-AAA-AAAA", "x", "in1")).await.1["source"].clone() });
    }
    let collapsed = r#"cache_requests_total{result="collapsed",tier="memory"} 2"#;
    eventually("two shared flights", async || service.metrics().await.contains(collapsed)).await;
    gate.add_permits(1);
    while callers.join_next().await.is_some() {}

    eventually("all requests", async || {
        collector.spans().iter().filter(|span| span.name == "POST /v1/verify").count() == 3
    })
    .await;
    let spans = collector.spans();
    let (own, shared): (Vec<&Span>, Vec<&Span>) =
        spans.iter().filter(|span| span.name == "flight").partition(|span| span.links.is_empty());
    assert_eq!((own.len(), shared.len()), (1, 2));
    for span in shared {
        assert_ne!(span.trace_id, own[0].trace_id);
        assert_eq!((&span.links[0].trace_id, &span.links[0].span_id), (&own[0].trace_id, &own[0].span_id));
        assert_eq!(span.attributes()["result"], "collapsed");
    }
    assert_eq!(spans.iter().filter(|span| span.name == "attempt").count(), 1);
}

#[tokio::test]
async fn respects_the_callers_decision_not_to_record() {
    let collector = Collector::start(200).await;
    let upstream = Upstream::always(Reply::success()).await;
    let mut service = Service::start(&upstream, &collector.config()).await;
    let body = credential("AAA-AAA-AAAA", "x", "in1").to_string();
    service.post_with(&body, &[("traceparent", &traceparent("00"))]).await;
    service.post_with(&body, &[("traceparent", "nonsense")]).await;
    service.post_with(&body, &[("traceparent", &traceparent("01")), ("traceparent", &traceparent("01"))]).await;
    service.stop();
    service.ended().await;
    let requests: Vec<Span> = collector.spans().into_iter().filter(|span| span.name.starts_with("POST ")).collect();
    assert_eq!(requests.len(), 2, "the last spans are exported before the end");
    for request in requests {
        assert_ne!(hex(&request.trace_id), TRACE_ID, "an invalid or repeated header is ignored");
        assert!(request.parent_span_id.is_empty());
    }
}

#[tokio::test]
async fn exports_a_caller_that_disconnected() {
    let collector = Collector::start(200).await;
    let upstream = Upstream::always(Reply::Stall(Vec::new())).await;
    let service = Service::start(&upstream, &collector.config()).await;
    let mut stream = TcpStream::connect(service.public).await.unwrap();
    let body = credential("AAA-AAA-AAAA", "x", "in1").to_string();
    stream.write_all(raw_verification(&body).as_bytes()).await.unwrap();
    upstream.wait_for_calls(1).await;
    drop(stream);
    let spans = collector.trace_of("POST /v1/verify").await;
    let request = find(&spans, "POST /v1/verify");
    assert!(request.failed());
    assert_eq!(request.attributes()["region"], "in1");
    eventually("the attempt's span", async || collector.spans().iter().any(|span| span.name == "attempt")).await;
    let spans = collector.spans();
    assert_eq!(find(&spans, "attempt").attributes()["abandoned"], "true");
    let metrics = service.metrics().await;
    for line in [
        r#"connect_verifier_verifications_abandoned_total{partner="adjust",region="in1"} 1"#,
        r#"connect_verifier_upstream_requests_abandoned_total{region="in1",waited="short"} 1"#,
        r#"connect_verifier_http_requests_total{method="POST",route="/v1/verify",status="499"} 1"#,
        r"connect_verifier_http_requests_in_flight 0",
        r#"connect_verifier_upstream_in_flight{region="in1"} 0"#,
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
    assert!(!metrics.contains("connect_verifier_verifications_total{"), "an abandoned one has no outcome");
}

#[tokio::test]
async fn never_names_a_span_with_caller_input() {
    let collector = Collector::start(200).await;
    let upstream = Upstream::always(Reply::success()).await;
    let mut service = Service::start(&upstream, &collector.config()).await;
    service.get("/v1/strange?passcode=strange", &[]).await;
    request(service.public, "STRANGE", "/strange", &[("x-strange", "strange")], "").await;
    service.post(&json!({"account_id": "strange id", "passcode": "strange", "region": "strange"}).to_string()).await;
    service.stop();
    service.ended().await;
    let names: Vec<String> = collector.spans().into_iter().map(|span| span.name).collect();
    for name in ["GET none", "other none", "POST /v1/verify"] {
        assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
    }
    assert!(!String::from_utf8_lossy(&collector.bytes()).to_lowercase().contains("strange"));
}

#[tokio::test]
async fn serves_normally_without_its_collector() {
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("[telemetry]\notlp_endpoint = \"http://{}/base/\"\n", listener.local_addr().unwrap())
    };
    let upstream = Upstream::always(Reply::success()).await;
    let refusing = Collector::start(400).await;
    for more in [nobody, refusing.config()] {
        let mut service = Service::start(&upstream, &more).await;
        assert_eq!(service.verify(&credential("AAA-AAA-AAAA", "x", "in1")).await.0, 200);
        let is_counted = async || {
            let metrics = service.metrics().await;
            let line = metrics.lines().find(|line| line.contains(r#"trace_spans_total{result="failed"}"#)).unwrap();
            line.ends_with(" 5") && metrics.contains(r#"trace_spans_total{result="exported"} 0"#)
        };
        eventually("five lost spans", is_counted).await;
        service.stop();
        service.ended().await;
    }
}

#[tokio::test]
async fn drops_and_counts_spans_when_the_collector_is_slow() {
    let collector = Collector::start_silent().await;
    let upstream = Upstream::always(Reply::success()).await;
    let mut service = Service::start(&upstream, &collector.config()).await;
    let mut stream = TcpStream::connect(service.public).await.unwrap();
    let text = raw_verification(&credential("AAA-AAA-AAAA", "x", "in1").to_string());
    let dropped = async || {
        let metrics = service.metrics().await;
        let mut lines = metrics.lines();
        lines.find_map(|line| line.strip_prefix(r#"connect_verifier_trace_spans_total{result="dropped"} "#)).unwrap()
            != "0"
    };
    let mut count = 0;
    while !dropped().await {
        // The queue holds 8192 spans, and a hit creates three of them.
        assert!(count < 4000, "nothing is dropped after {count} requests");
        for _ in 0..200 {
            stream.write_all(text.as_bytes()).await.unwrap();
            assert_eq!(read_answer(&mut stream).await.status, 200);
        }
        count += 200;
    }
    // A collector that does not respond must not delay the shutdown indefinitely.
    let stopping = std::time::Instant::now();
    drop(stream);
    service.stop();
    service.ended().await;
    assert!(stopping.elapsed() < std::time::Duration::from_secs(8), "{:?}", stopping.elapsed());
}

#[tokio::test]
async fn applies_the_environment_variables_of_the_sdk() {
    let collector = Collector::start(200).await;
    let endpoint = format!("http://{}", collector.address);
    let environment = [
        ("CONNECT_VERIFIER__TELEMETRY__OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_SERVICE_NAME", "verifier-of-mine"),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=staging"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-token=let-me-in"),
        // Only what a caller has decided to record is recorded.
        ("OTEL_TRACES_SAMPLER", "parentbased_always_off"),
    ];
    let mut binary = Binary::start(&["serve", "--sandbox"], &[&environment[..], &FREE_PORTS].concat());
    let public = binary.address("public").await;
    request(public, "GET", "/v1/guidance", &[], "").await;
    request(public, "GET", "/v1/regions", &[("traceparent", &traceparent("01"))], "").await;
    binary.signal("TERM");
    assert_eq!(binary.ended().await, 0);
    let names: Vec<String> = collector.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["GET /v1/regions"]);
    let resource = attributes(&collector.resources()[0].attributes);
    assert_eq!(resource["service.name"], "verifier-of-mine");
    assert_eq!(resource["deployment.environment.name"], "staging");
    assert_eq!(resource["service.version"], env!("CARGO_PKG_VERSION"));
    assert!(collector.heads()[0].contains("x-token: let-me-in"), "{:?}", collector.heads());
}

#[tokio::test]
async fn uses_the_proxy_of_the_environment_for_the_collector() {
    let proxy = Upstream::always(Reply::http(502, "", b"")).await;
    let address = format!("http://{}", proxy.address);
    let environment = [
        ("CONNECT_VERIFIER__TELEMETRY__OTLP_ENDPOINT", "https://collector.invalid:4318"),
        ("HTTPS_PROXY", address.as_str()),
    ];
    let mut binary = Binary::start(&["serve", "--sandbox"], &[&environment[..], &FREE_PORTS].concat());
    request(binary.address("public").await, "GET", "/v1/regions", &[], "").await;
    proxy.wait_for_calls(1).await;
    assert!(proxy.seen()[0].head.starts_with("CONNECT collector.invalid:4318 "), "{:?}", proxy.seen());
}

#[tokio::test]
async fn links_a_bucket_to_a_trace() {
    let collector = Collector::start(200).await;
    let upstream = Upstream::always(Reply::success()).await;
    let body = credential("AAA-AAA-AAAA", "x", "in1").to_string();
    for (more, expected) in [(collector.config(), true), (String::new(), false)] {
        let service = Service::start(&upstream, &more).await;
        service.post_with(&body, &[("traceparent", &traceparent("01"))]).await;
        let accept = [("accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")];
        let answer = request(service.admin, "GET", "/metrics", &accept, "").await;
        let content_type = answer.header("content-type").unwrap();
        assert_eq!(content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
        assert!(answer.body.ends_with("# EOF\n"));
        for name in [
            "connect_verifier_verification_duration_seconds_bucket{outcome=\"verified\",source=\"upstream\",le=",
            "connect_verifier_http_request_duration_seconds_bucket{route=\"/v1/verify\",le=",
            "connect_verifier_upstream_request_duration_seconds_bucket{region=\"in1\",le=",
        ] {
            let exemplar = format!("# {{trace_id=\"{TRACE_ID}\"}} 0.");
            let found = answer.body.lines().filter(|line| line.starts_with(name) && line.contains(&exemplar)).count();
            assert_eq!(found, usize::from(expected), "{name}\n{}", answer.body);
        }
    }
}
