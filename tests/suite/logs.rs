//! The logs of the real binary: the content and level of lines, and that logging blocks no request.

use std::{
    net::SocketAddr,
    process::{Command, Stdio},
};

use serde_json::Value;
use tokio::net::TcpStream;

use crate::support::{
    Answer, Binary, Reply, Upstream, command, config_text, credential, eventually, raw_verification, read_answer,
    request,
};

const TRACE_ID: &str = "0af7651916cd43dd8448eb211c80319c";

async fn send(stream: &mut TcpStream, text: &str) -> Answer {
    tokio::io::AsyncWriteExt::write_all(stream, text.as_bytes()).await.unwrap();
    read_answer(stream).await
}

async fn verify(to: SocketAddr, more: &str) -> Answer {
    let text = raw_verification(&credential("W9R-486-4W5Z", "secret-1", "in1").to_string());
    let text = text.replacen("\r\n", &format!("\r\n{more}"), 1);
    send(&mut TcpStream::connect(to).await.unwrap(), &text).await
}

fn lines(log: &str, message: &str) -> Vec<Value> {
    let lines = log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    lines.filter(|line: &Value| line["message"] == message).collect()
}

#[tokio::test]
async fn logs_each_miss_and_no_hit() {
    let upstream = Upstream::always(Reply::success()).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("service.toml");
    std::fs::write(&file, config_text(Some(upstream.address), "")).unwrap();
    let mut binary = Binary::start(&["serve", "--config", file.to_str().unwrap()], &[]);
    let public = binary.address("public").await;
    let more = format!("traceparent: 00-{TRACE_ID}-b7ad6b7169203331-01\r\nX-Request-Id: mine-1\r\n");
    assert_eq!(verify(public, &more).await.json()["source"], "upstream");
    for _ in 0..10 {
        assert_eq!(verify(public, "").await.json()["source"], "cache");
    }
    // Another miss, so that lines of the hits would precede its line.
    verify(public, "Cache-Control: no-cache\r\n").await;
    eventually("two lines", async || lines(&binary.log(), "verification done").len() >= 2).await;
    binary.signal("TERM");
    assert_eq!(binary.ended().await, 0);
    let log = binary.log();
    let logged = lines(&log, "verification done");
    assert_eq!(logged.len(), 2, "a line for a hit: {log}");
    let line = logged[0].as_object().unwrap();
    for (key, value) in [
        ("level", "INFO"),
        ("request_id", "mine-1"),
        ("trace_id", TRACE_ID),
        ("client", "test"),
        ("partner", "adjust"),
        ("account_id", "W9R-***-**5Z"),
        ("region", "in1"),
        ("outcome", "verified"),
        ("source", "upstream"),
    ] {
        assert_eq!(line[key], value, "{key}: {line:?}");
    }
    assert!(line["timestamp"].as_str().unwrap().ends_with('Z') && line["duration_ms"].as_f64().unwrap() > 0.0);
    let own = logged[1]["trace_id"].as_str().unwrap();
    assert!(own.len() == 32 && own != TRACE_ID && own.bytes().all(|byte| byte.is_ascii_hexdigit()), "{own}");
    assert!(!log.contains("4W5Z\"") && !log.contains("-486"), "an account id is not masked: {log}");
}

#[tokio::test]
async fn changes_its_level_at_runtime() {
    let upstream = Upstream::always(Reply::success()).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("service.toml");
    let write = |telemetry: &str| std::fs::write(&file, config_text(Some(upstream.address), telemetry)).unwrap();
    write("");
    let mut binary = Binary::start(&["serve", "--config", file.to_str().unwrap()], &[]);
    let (public, admin) = (binary.address("public").await, binary.address("admin").await);
    let level = async || request(admin, "GET", "/log-level", &[], "").await.body;
    let put = async |level: &str| request(admin, "PUT", "/log-level", &[], level).await;
    let is_metric = async |line: &str| {
        eventually(line, async || request(admin, "GET", "/metrics", &[], "").await.body.contains(line)).await;
    };
    assert_eq!(level().await, "info\n");
    verify(public, "").await;
    verify(public, "").await;

    let answer = put("connect_verifier=debug,warn\n").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "connect_verifier=debug,warn\n"));
    verify(public, "").await;
    let debug = async || lines(&binary.log(), "verification done").iter().any(|line| line["level"] == "DEBUG");
    eventually("a hit's line", debug).await;
    for (level, status) in [("loud", 422), ("", 422), ("connect_verifier=debgu", 422), (&"x".repeat(2000), 413)] {
        assert_eq!(put(level).await.status, status, "{level}");
    }
    assert_eq!(put("").await.body.lines().count(), 1, "the answer names the expected values");
    let answer = request(admin, "POST", "/log-level", &[], "debug").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD, PUT")));

    // A signal restores the level of the file, which may have changed.
    write("[telemetry]\nlog_level = \"warn\"\n");
    binary.signal("HUP");
    eventually("the file's level", async || level().await == "warn\n").await;
    is_metric(r#"config_last_reload_successful{what="log_level"} 1"#).await;
    for broken in ["[telemetry]\nlog_level = \"loud\"\n", "[nonsense"] {
        write(broken);
        binary.signal("HUP");
        is_metric(r#"config_last_reload_successful{what="log_level"} 0"#).await;
        assert_eq!(level().await, "warn\n", "the previous level remains in force");
        write("[telemetry]\nlog_level = \"warn\"\n");
        binary.signal("HUP");
        is_metric(r#"config_last_reload_successful{what="log_level"} 1"#).await;
    }
    let logged = lines(&binary.log(), "configuration not reloaded, keeping the previous one");
    assert_eq!(logged.len(), 2, "{logged:?}");
    assert!(logged[0]["reason"].as_str().unwrap().contains("telemetry.log_level: expected error, warn"), "{logged:?}");
    binary.signal("TERM");
    assert_eq!(binary.ended().await, 0);
}

#[tokio::test]
async fn logs_every_change_of_the_level() {
    let upstream = Upstream::always(Reply::success()).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("service.toml");
    std::fs::write(&file, config_text(Some(upstream.address), "")).unwrap();
    let mut binary = Binary::start(&["serve", "--config", file.to_str().unwrap()], &[]);
    let (public, admin) = (binary.address("public").await, binary.address("admin").await);
    let levels = ["off", "a=off", "connect_verifier=off", "connect_verifier::observe=off,warn", "error", "off", "info"];
    for level in levels {
        assert_eq!(request(admin, "PUT", "/log-level", &[], level).await.status, 200, "{level}");
        verify(public, "Cache-Control: no-cache\r\n").await;
    }
    binary.signal("TERM");
    assert_eq!(binary.ended().await, 0);
    let log = binary.log();
    let changes = lines(&log, "configuration reloaded");
    let logged: Vec<&str> = changes.iter().map(|line| line["now"].as_str().unwrap()).collect();
    assert_eq!(logged, levels);
    assert_eq!(lines(&log, "verification done").len(), 1, "the levels apply: {log}");
}

#[tokio::test]
async fn logs_no_path_and_no_header_whatever_the_filter() {
    let upstream = Upstream::always(Reply::success()).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("service.toml");
    std::fs::write(&file, config_text(Some(upstream.address), "")).unwrap();
    let mut binary = Binary::start(&["serve", "--config", file.to_str().unwrap()], &[]);
    let (public, admin) = (binary.address("public").await, binary.address("admin").await);
    let levels =
        ["trace,warp::filters::path=trace", "trace,warp::filters=trace,warp::filters::header=trace", "w=trace,h=trace"];
    for level in levels {
        assert_eq!(request(admin, "PUT", "/log-level", &[], level).await.status, 200, "{level}");
        for path in ["/v1/stray-path", "/problems/stray-path", "/v1/verify/stray-path?stray-query"] {
            request(public, "GET", path, &[("x-stray", "stray-header"), ("cookie", "stray-cookie")], "").await;
        }
    }
    binary.signal("TERM");
    assert_eq!(binary.ended().await, 0);
    let log = binary.log();
    assert!(log.contains("\"DEBUG\"") && !log.contains("stray"), "{log}");
}

#[tokio::test]
async fn writes_text_for_people() {
    let mut child = command(
        &["serve", "--sandbox"],
        &[
            ("CONNECT_VERIFIER__TELEMETRY__LOG_FORMAT", "text"),
            ("CONNECT_VERIFIER__SERVER__DRAIN_DELAY", "0s"),
            ("CONNECT_VERIFIER__SERVER__LISTEN", "127.0.0.1:0"),
            ("CONNECT_VERIFIER__SERVER__ADMIN_LISTEN", "127.0.0.1:0"),
        ],
    )
    .stdout(Stdio::piped())
    .spawn()
    .unwrap();
    let mut first = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut first).unwrap();
    Command::new("kill").arg(child.id().to_string()).status().unwrap();
    let _ = child.wait();
    assert!(first.contains(" INFO starting version=") && !first.contains('\u{1b}'), "{first}");
}

#[tokio::test]
async fn is_not_blocked_by_a_reader_that_does_not_read() {
    let upstream = Upstream::always(Reply::success()).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("service.toml");
    let ports = [free_port(), free_port()];
    let text = config_text(Some(upstream.address), "[telemetry]\nlog_level = \"trace\"\n");
    let text = text.replacen("127.0.0.1:0", &ports[0].to_string(), 1).replacen("127.0.0.1:0", &ports[1].to_string(), 1);
    std::fs::write(&file, text).unwrap();
    // This pipe is never read.
    let mut child =
        command(&["serve", "--config", file.to_str().unwrap()], &[]).stdout(Stdio::piped()).spawn().unwrap();
    eventually("a listener", async || TcpStream::connect(ports[0]).await.is_ok()).await;
    let dropped = async || {
        let metrics = request(ports[1], "GET", "/metrics", &[], "").await.body;
        let line = metrics.lines().find_map(|line| line.strip_prefix("connect_verifier_log_lines_dropped_total "));
        line.unwrap().parse::<u64>().unwrap()
    };
    let mut stream = TcpStream::connect(ports[0]).await.unwrap();
    let text = raw_verification(&credential("W9R-486-4W5Z", "secret-1", "in1").to_string());
    let mut count = 0;
    while dropped().await == 0 {
        for _ in 0..500 {
            assert_eq!(send(&mut stream, &text).await.status, 200);
        }
        count += 500;
        assert!(count < 50_000, "no line is dropped after {count} requests");
    }
    assert_eq!(send(&mut stream, &text).await.status, 200);
    child.kill().unwrap();
    child.wait().unwrap();
}

fn free_port() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
