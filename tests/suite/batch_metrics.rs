//! The metrics of a batch for Prometheus.

use std::time::{Duration, SystemTime};

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

/// The newest verdict of each row counts, wherever it is: the last run was interrupted.
#[tokio::test]
async fn compares_a_run_with_the_earlier_ones_in_a_folder() {
    let mut sandbox = Binary::start(&["sandbox", "--listen", "127.0.0.1:0"], &[]);
    let base = format!("http://{}/in1", sandbox.address("sandbox").await);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let header = "id,account_id,region,status,guidance,suggested_region,checked_at\n";
    let write = |name: &str, rows: &[&str], age: u64| {
        let text = rows.iter().fold(header.to_owned(), |text, row| text + row + "\n");
        std::fs::write(path(name), text).unwrap();
        let time = SystemTime::now() - Duration::from_secs(age);
        std::fs::File::options().append(true).open(path(name)).unwrap().set_modified(time).unwrap();
    };
    write("a.csv", &["1,A,in1,verified,,,x", "2,B,in1,invalid_credentials,,,x", "3,C,in1,verified,,,x"], 100);
    write("b.csv", &["2,B,in1,verified,,,x", "1,A,in1,invalid_credentials,,,x"], 200);
    write("c.csv", &["3,C,in1,invalid_credentials,,,x"], 300);
    write("interrupted.csv", &["1,A,in1,upstream_unavailable,,,x"], 50);
    write("notes.txt", &["3,C,in1,invalid_credentials,,,x"], 0);
    std::fs::write(path("list.csv"), "name\nno output of a run\n").unwrap();
    let input = "id,account_id,passcode,region\n1,TEST-400-BAD-0000,SECRET,in1\n2,TEST-200-OKA-0000,GOOD-PASSCODE,in1\n\
                 3,TEST-200-OKA-0000,GOOD-PASSCODE,in1\n4,TEST-400-BAD-0000,SECRET,in1\n";
    let (csv, out, prom) = (path("in.csv"), path("out.csv"), path("out.prom"));
    std::fs::write(&csv, input).unwrap();
    let run = async |more: &[&str]| {
        let since = folder.path().to_str().unwrap();
        let arguments = [&["batch", &csv, "--partner", "adjust", "--out", &out, "--since", since], more].concat();
        let mut command = command(&arguments, &[("CONNECT_VERIFIER__REGIONS__IN1__BASE_URL", &base)]);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    };
    // The second time, the output of this run is in the folder, too.
    for more in [&["--metrics-file", &*prom][..], &["--metrics-file", &prom, "--resume"]] {
        let output = run(more).await;
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let text = std::fs::read_to_string(&prom).unwrap();
        for line in [
            "connect_verifier_batch_changed_rows{change=\"newly_failing\"} 1",
            "connect_verifier_batch_changed_rows{change=\"recovered\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}: {text}");
        }
    }
    let output = run(&[]).await;
    assert_eq!(output.status.code(), Some(2), "nothing shows the changes");
    std::fs::write(path("a.csv"), format!("{header}1,A\n")).unwrap();
    let output = run(&["--metrics-file", &prom]).await;
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && error.contains("--since: ") && error.contains("a.csv"), "{error}");
}
