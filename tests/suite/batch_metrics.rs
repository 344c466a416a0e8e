//! The metrics of a batch for Prometheus.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::support::{Binary, command};

/// Reads one complete request and answers it.
async fn take(listener: TcpListener, status: u16) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut text = String::new();
    let is_complete = |text: &str| {
        let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
        let length = head
            .to_lowercase()
            .split_once("content-length: ")
            .map(|(_, rest)| rest.lines().next().unwrap().parse::<usize>().unwrap());
        length.is_some_and(|length| body.len() >= length)
    };
    while !is_complete(&text) {
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await.unwrap();
        text += std::str::from_utf8(&buffer[..count]).unwrap();
    }
    let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
    text
}

#[tokio::test]
async fn writes_and_pushes_the_metrics_of_a_complete_run() {
    let mut sandbox = Binary::start(&["sandbox", "--listen", "127.0.0.1:0"], &[]);
    let base = format!("http://{}/in1", sandbox.address("sandbox").await);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let input = "account_id,passcode,region\nTEST-200-OKA-0000,GOOD-PASSCODE,in1\nTEST-400-BAD-0000,SECRET,in1\n\
                 TEST-400-BAD-0000,SECRET-2,in1\nTEST-HTM-ERR-0000,GOOD-PASSCODE,in1\n";
    std::fs::write(path("in.csv"), input).unwrap();
    let (csv, prom) = (path("in.csv"), path("out.prom"));
    let run = async |more: &[&str]| {
        let arguments = [&["batch", &csv, "--partner", "adjust"], more].concat();
        let mut command = command(&arguments, &[("CONNECT_VERIFIER__REGIONS__IN1__BASE_URL", &base)]);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    };
    for (status, code) in [(202, 5), (500, 1)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/metrics/job/connect-verifier", listener.local_addr().unwrap());
        let arguments = ["--push-url", &url, "--metrics-file", &prom];
        let (pushed, output) = tokio::join!(take(listener, status), run(&arguments));
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(pushed.starts_with("PUT /metrics/job/connect-verifier HTTP/1.1\r\n"), "{pushed}");
        let text = std::fs::read_to_string(&prom).unwrap();
        assert!(pushed.ends_with(&text) && !pushed.contains("SECRET"), "{pushed}");
        for line in [
            "# TYPE connect_verifier_batch_rows gauge",
            "connect_verifier_batch_rows{status=\"verified\"} 1",
            "connect_verifier_batch_rows{status=\"invalid_credentials\"} 2",
            "connect_verifier_batch_rows{status=\"wrong_region\"} 0",
            "connect_verifier_batch_rows{status=\"no_verdict\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
    }
    for url in ["nonsense", "ftp://127.0.0.1/metrics/job/x", "http://127.0.0.1:1/"] {
        assert_eq!(run(&["--push-url", url]).await.status.code(), Some(2), "{url}");
    }
    // Readable for the collector, which runs as another user.
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&prom).unwrap().permissions());
    assert_eq!(mode & 0o400, 0o400);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}
