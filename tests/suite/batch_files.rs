//! The `batch` command: the real binary, files as spreadsheets write them, and runs that are killed.

use std::{collections::BTreeMap, path::Path, process::Output, time::Duration};

use crate::support::{Binary, KEY, Reply, Service, Upstream, command};

/// Points a region at an upstream, with limits that no test reaches.
fn environment(address: std::net::SocketAddr) -> Vec<(String, String)> {
    let mut all = vec![
        ("CONNECT_VERIFIER__LIMITS__UPSTREAM_PER_SECOND".to_owned(), "10000".to_owned()),
        ("CONNECT_VERIFIER__UPSTREAM__ATTEMPT_TIMEOUT".to_owned(), "1s".to_owned()),
    ];
    for region in ["IN1", "EU1"] {
        let url = format!("http://{address}/{}", region.to_lowercase());
        all.push((format!("CONNECT_VERIFIER__REGIONS__{region}__BASE_URL"), url));
    }
    all
}

fn batch(address: std::net::SocketAddr, arguments: &[&str]) -> std::process::Command {
    let environment = environment(address);
    let environment: Vec<_> = environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    command(&[&["batch", "--partner", "adjust"], arguments].concat(), &environment)
}

async fn run(address: std::net::SocketAddr, arguments: &[&str]) -> Output {
    let mut command = batch(address, arguments);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

async fn sandbox() -> (Binary, std::net::SocketAddr) {
    let mut sandbox = Binary::start(&["sandbox", "--listen", "127.0.0.1:0"], &[]);
    let address = sandbox.address("sandbox").await;
    (sandbox, address)
}

fn rows(bytes: &[u8], delimiter: u8) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(bytes);
    reader.deserialize().map(Result::unwrap).collect()
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The program that wrote it, its delimiter, and the file.
const SPREADSHEETS: &[(&str, u8, &str)] = &[
    (
        "plain",
        b',',
        "id,account_id,passcode,region,note\n\
             1,TEST-200-OKA-0000,GOOD-PASSCODE,in1,plain\n\
             2,TEST-200-OKA-0000,WRONG-SECRET,eu1,\"two\nlines, and \"\"quotes\"\"\"\n\
             3,TEST-200-OKA-0000,GOOD-PASSCODE,atlantis,\n",
    ),
    (
        "an American Excel",
        b',',
        "\u{feff}id,account_id,passcode,region,note\r\n\
             1,TEST-200-OKA-0000,GOOD-PASSCODE,in1,plain\r\n\
             2,TEST-200-OKA-0000,WRONG-SECRET,eu1,\"two\nlines, and \"\"quotes\"\"\"\r\n\
             3,TEST-200-OKA-0000,GOOD-PASSCODE,atlantis,\r\n,,,,\r\n",
    ),
    (
        "LibreOffice, with each text in quotes",
        b',',
        "\"id\",\"account_id\",\"passcode\",\"region\",\"note\"\n\
             1,\"TEST-200-OKA-0000\",\"GOOD-PASSCODE\",\"in1\",\"plain\"\n\
             2,\"TEST-200-OKA-0000\",\"WRONG-SECRET\",\"eu1\",\"two\nlines, and \"\"quotes\"\"\"\n\
             3,\"TEST-200-OKA-0000\",\"GOOD-PASSCODE\",\"atlantis\",\n",
    ),
    (
        "LibreOffice with tabs",
        b'\t',
        "id\taccount_id\tpasscode\tregion\tnote\n\
             1\tTEST-200-OKA-0000\tGOOD-PASSCODE\tin1\tplain\n\
             2\tTEST-200-OKA-0000\tWRONG-SECRET\teu1\t\"two\nlines, and \"\"quotes\"\"\"\n\
             3\tTEST-200-OKA-0000\tGOOD-PASSCODE\tatlantis\t\n",
    ),
    (
        "a German Excel",
        b';',
        "\u{feff}id;Account_ID;Passcode;Region;note\r\n\
             1;TEST-200-OKA-0000;GOOD-PASSCODE;in1;plain\r\n\
             2;TEST-200-OKA-0000;WRONG-SECRET;eu1;\"two\nlines, and \"\"quotes\"\"\"\r\n\
             3;TEST-200-OKA-0000;GOOD-PASSCODE;atlantis\r\n;;;;\r\n",
    ),
];

#[tokio::test]
async fn reads_files_of_spreadsheets() {
    let (_sandbox, address) = sandbox().await;
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("in.csv"), folder.path().join("out.csv"));
    for (name, delimiter, file) in SPREADSHEETS.iter().copied() {
        std::fs::write(&input, file).unwrap();
        let output = run(address, &[input.to_str().unwrap(), "--out", out.to_str().unwrap()]).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(5), "{name}: {stderr}");
        let written = text(&out);
        let mut rows = rows(written.as_bytes(), delimiter);
        rows.sort_by_key(|row| row["id"].clone());
        let column = |name: &str| rows.iter().map(|row| row[name].as_str()).collect::<Vec<_>>();
        assert_eq!(column("status"), ["verified", "invalid_credentials", "invalid_request"], "{name}");
        assert_eq!(column("guidance"), ["verified", "check_credentials", "fix_request"], "{name}");
        assert_eq!(column("note"), ["plain", "two\nlines, and \"quotes\"", ""], "{name}");
        assert!(rows.iter().all(|row| row["checked_at"].ends_with('Z')), "{written}");
        assert!(!written.to_lowercase().contains("passcode") && !written.contains("SECRET"), "{written}");
        assert!(!stderr.contains("SECRET") && stderr.contains("invalid_credentials              1"), "{stderr}");
        assert_eq!(written.starts_with('\u{feff}'), file.starts_with('\u{feff}'), "{name}");
        assert_eq!(written.contains("\r\n"), file.contains("\r\n"), "{name}");
    }
    // Excel's "CSV" that is not UTF-8: unneeded columns are copied unchanged.
    std::fs::write(&input, b"account_id;passcode;region;note\r\nTEST-200-OKA-0000;GOOD-PASSCODE;in1;M\xfcller\r\n")
        .unwrap();
    let output = run(address, &[input.to_str().unwrap()]).await;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.windows(6).any(|part| part == b"M\xfcller"));
    std::fs::write(&input, b"\xff\xfea\0c\0c\0").unwrap();
    let output = run(address, &[input.to_str().unwrap()]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("save it as CSV UTF-8"));
}

#[tokio::test]
async fn keeps_to_its_concurrency_and_prints_plain_lines() {
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let reply =
        Reply::Gated(gate.clone(), 200, r#"{"status": "success", "message": "Authorised Successfully."}"#.into());
    let upstream = Upstream::always(reply).await;
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.csv");
    let rows: Vec<_> = (0..20).map(|number| format!("AAA-AAA-{number:04},good,in1")).collect();
    std::fs::write(&input, format!("account_id,passcode,region\n{}\n", rows.join("\n"))).unwrap();
    let mut command = batch(upstream.address, &[input.to_str().unwrap(), "--concurrency", "3"]);
    let running = tokio::task::spawn_blocking(move || command.output().unwrap());
    for answered in 0..17 {
        upstream.wait_for_calls(answered + 3).await;
        assert_eq!(upstream.calls(), answered + 3);
        gate.add_permits(1);
    }
    gate.add_permits(3);
    let output = running.await.unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(stderr.starts_with("20 rows\n") && stderr.contains("verified                        20\n"), "{stderr}");
    assert!(!stderr.contains(['\r', '\u{1b}']), "{stderr:?}");
}

#[tokio::test]
async fn returns_an_exit_code_for_the_result() {
    let (_sandbox, address) = sandbox().await;
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.csv");
    let good = "account_id,passcode,region\nTEST-200-OKA-0000,GOOD-PASSCODE,in1\n";
    let bad = good.to_owned() + "TEST-400-BAD-0000,x,in1\n";
    for (file, more, code, written) in [
        (good, vec![], 0, 1),
        (&bad, vec![], 0, 2),
        (&bad, vec!["--only-failing"], 0, 1),
        (&bad, vec!["--fail-on", "wrong_region,invalid_credentials"], 3, 2),
        (good, vec!["--fail-on", "invalid_credentials"], 0, 1),
        (good, vec!["--fail-on", "nonsense"], 2, 0),
        (good, vec!["--resume"], 2, 0),
        ("account_id,region\na,in1\n", vec![], 2, 0),
        ("account_id,passcode,passcode,region\na,b,c,in1\n", vec![], 2, 0),
        ("account_id,passcode,region\na,b,in1,b\n", vec![], 2, 0),
    ] {
        std::fs::write(&input, file).unwrap();
        let output = run(address, &[&[input.to_str().unwrap()], &more[..]].concat()).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{file} {more:?} {stderr}");
        assert_eq!(rows(&output.stdout, b',').len(), written, "{file} {more:?} {stderr}");
    }
}

#[tokio::test]
async fn rejects_an_output_that_is_the_input() {
    let upstream = Upstream::always(Reply::success()).await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let file = "account_id,passcode,region\nTEST-200-OKA-0000,GOOD-PASSCODE,in1\n";
    std::fs::write(path("in.csv"), file).unwrap();
    std::os::unix::fs::symlink(path("in.csv"), path("symbolic.csv")).unwrap();
    std::fs::hard_link(path("in.csv"), path("hard.csv")).unwrap();
    for out in ["in.csv", "symbolic.csv", "hard.csv"] {
        for more in [&[][..], &["--resume"]] {
            let output = run(upstream.address, &[&[&*path("in.csv"), "--out", &path(out)], more].concat()).await;
            assert_eq!(output.status.code(), Some(2), "{out}");
        }
    }
    assert_eq!((text(Path::new(&path("in.csv"))).as_str(), upstream.calls()), (file, 0));
}

/// The seed for the times of the kills, their number, and the number of rows: enough that most kills hit a run with
/// remaining work.
const SEED: u64 = 16;
const KILLS: usize = 100;
const ROWS: usize = 2500;

#[tokio::test]
async fn a_run_killed_a_hundred_times_loses_and_repeats_no_row() {
    let mut random = fastrand::Rng::with_seed(SEED);
    let upstream = Upstream::start(|seen| match seen.passcode() {
        "GOOD-PASSCODE" => Reply::success(),
        _ => Reply::failure(400, "Invalid Credentials"),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("in.csv"), folder.path().join("out.csv"));
    let mut file = "account_id,passcode,region,note\n".to_owned();
    for number in 0..ROWS {
        // Every tenth row has the same output columns as the one before it, and another passcode.
        let account = if number % 10 == 9 { number - 1 } else { number };
        let passcode = if number % 2 == 0 { "GOOD-PASSCODE" } else { "BAD" };
        file += &format!("AAA-AAA-{account:04},{passcode},in1,\"a\nb\"\n");
    }
    std::fs::write(&input, &file).unwrap();
    let arguments = [input.to_str().unwrap(), "--out", out.to_str().unwrap(), "--resume", "--concurrency", "8"];
    let (mut kills, mut torn) = (0, 0);
    for round in 0..KILLS {
        let mut child = batch(upstream.address, &arguments).stderr(std::process::Stdio::null()).spawn().unwrap();
        // Before the first row, between rows or within one, depending on the machine's speed.
        tokio::time::sleep(Duration::from_micros(random.u64(0..60_000))).await;
        let _ = child.kill();
        let status = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
        kills += usize::from(status.code().is_none());
        if round % 5 == 0 && out.exists() {
            // A partial line, as a machine that loses power may leave it.
            let written = std::fs::read(&out).unwrap();
            std::fs::write(&out, &written[..written.len() - random.usize(0..8).min(written.len())]).unwrap();
            torn += 1;
        }
    }
    assert!(kills >= KILLS / 2, "only {kills} kills met a running command");
    let output = run(upstream.address, &arguments).await;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut found, mut expected) = (rows(&std::fs::read(&out).unwrap(), b','), rows(file.as_bytes(), b','));
    assert_eq!(found.len(), expected.len(), "after {kills} kills");
    let key = |row: &BTreeMap<String, String>| (row["account_id"].clone(), row["status"].clone());
    for row in &mut expected {
        let status = if row["passcode"] == "BAD" { "invalid_credentials" } else { "verified" };
        row.insert("status".to_owned(), status.to_owned());
    }
    found.sort_by_key(key);
    expected.sort_by_key(key);
    assert!(found.iter().map(key).eq(expected.iter().map(key)));
    // A kill costs the running calls, and a partial line its own.
    let most = ROWS + kills * 8 + torn;
    assert!(upstream.calls() <= most, "{} calls, at most {most}", upstream.calls());
}

#[tokio::test]
async fn retries_rows_without_a_verdict() {
    let (_sandbox, address) = sandbox().await;
    let folder = tempfile::tempdir().unwrap();
    let (input, out) = (folder.path().join("in.csv"), folder.path().join("out.csv"));
    std::fs::write(
        &input,
        "id,account_id,passcode,region\n1,TEST-200-OKA-0000,GOOD-PASSCODE,in1\n2,TEST-200-OKA-0000,GOOD-PASSCODE,eu1\n",
    )
    .unwrap();
    std::fs::write(
        &out,
        "id,account_id,region,status,guidance,suggested_region,checked_at\n\
         1,TEST-200-OKA-0000,in1,upstream_unavailable,retry_shortly,,2026-11-24T00:00:00Z\n\
         2,TEST-200-OKA-0000,eu1,invalid_credentials,check_credentials,,2026-11-24T00:00:00Z\n",
    )
    .unwrap();
    let output = run(address, &[input.to_str().unwrap(), "--out", out.to_str().unwrap(), "--resume"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let statuses: BTreeMap<_, _> = rows(&std::fs::read(&out).unwrap(), b',')
        .into_iter()
        .map(|row| (row["id"].clone(), row["status"].clone()))
        .collect();
    assert_eq!(statuses, [("1".into(), "verified".into()), ("2".into(), "invalid_credentials".into())].into());
    std::fs::write(&out, "name,status\nx,y\n").unwrap();
    let output = run(address, &[input.to_str().unwrap(), "--out", out.to_str().unwrap(), "--resume"]).await;
    assert_eq!((output.status.code(), text(&out).as_str()), (Some(2), "name,status\nx,y\n"));
}

#[tokio::test]
async fn uses_a_running_service() {
    let upstream = Upstream::start(|seen| match seen.passcode() {
        "GOOD-PASSCODE" => Reply::success(),
        _ => Reply::failure(400, "Invalid Credentials"),
    })
    .await;
    let more = "[limits]\nupstream_per_second = 100000\nupstream_burst = 100000\n";
    let mut first = Service::start(&upstream, more).await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let mut file = "id,account_id,passcode,region\n".to_owned();
    for number in 0..300 {
        let passcode = if number % 3 == 0 { "BAD" } else { "GOOD-PASSCODE" };
        file += &format!("{number},AAA-AAA-{number:04},{passcode},in1\n");
    }
    std::fs::write(path("in.csv"), file).unwrap();
    std::fs::write(path("key"), format!("{KEY}\n")).unwrap();
    std::fs::write(path("wrong"), "cvk_wrong-wrong-wrong-wrong-wrong-wrong-wrong").unwrap();
    let (input, url) = (path("in.csv"), format!("http://{}", first.public));
    let ask = async |more: &[&str]| {
        let mut command = command(&[&["batch", &input], more].concat(), &[]);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    };
    let output = ask(&["--url", &url, "--key-file", &path("key")]).await;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let found = rows(&output.stdout, b',');
    assert_eq!(found.len(), 300);
    for row in found {
        let number: usize = row["id"].parse().unwrap();
        let expected = if number.is_multiple_of(3) { "invalid_credentials" } else { "verified" };
        assert_eq!(row["status"], expected, "{number}");
    }
    for (arguments, code) in [
        (vec!["--url", &url], 1),
        (vec!["--url", &url, "--key-file", &path("wrong")], 1),
        (vec!["--url", "http://verifier.example.com"], 2),
        (vec!["--url", "nonsense"], 2),
        (vec!["--key-file", &path("key")], 2),
    ] {
        let output = ask(&arguments).await;
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {}", String::from_utf8_lossy(&output.stderr));
    }
    first.stop();
    first.ended().await;
    assert_eq!(ask(&["--url", &url, "--key-file", &path("key")]).await.status.code(), Some(1));
}

#[tokio::test]
async fn writes_a_report_for_people() {
    let (_sandbox, address) = sandbox().await;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let rows = "id,account_id,passcode,region\n\
                <b>1</b>,TEST-200-OKA-0000,WRONG-SECRET,in1\n\
                2,TEST-EU1-OKA-0000,GOOD-PASSCODE,eu1\n\
                3,TEST-400-BAD-0000,WRONG-SECRET,in1\n";
    std::fs::write(path("in.csv"), rows).unwrap();
    let before = "id,account_id,region,status,guidance,suggested_region,checked_at\n\
                  <b>1</b>,TEST-200-OKA-0000,in1,verified,verified,,x\n\
                  2,TEST-EU1-OKA-0000,eu1,invalid_credentials,check_credentials,,x\n\
                  3,TEST-400-BAD-0000,in1,invalid_credentials,check_credentials,,x\n";
    std::fs::write(path("before.csv"), before).unwrap();
    let (input, report, since, out) = (path("in.csv"), path("out.html"), path("before.csv"), path("out.csv"));
    let arguments = [&*input, "--out", &out, "--report", &report, "--since", &since, "--lang", "ar"];
    let output = run(address, &arguments).await;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let page = text(Path::new(&report));
    for wanted in
        ["lang=\"ar\"", "dir=\"rtl\"", "<svg", "TES*-***", "&lt;b&gt;1&lt;/b&gt;", "بيانات الاعتماد المحفوظة", "العميل"]
    {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    for unwanted in ["SECRET", "TEST-200-OKA-0000", "<script", "<b>1", "http://", "src=", "report-", "failing"] {
        assert!(!page.contains(unwanted), "{unwanted}: {page}");
    }
    let part = |from: &str, to: &str| page.split(from).nth(1).unwrap().split(to).next().unwrap().to_owned();
    assert!(part("id=\"newly-refused\"", "</section>").contains("&lt;b&gt;1"), "{page}");
    assert!(part("id=\"recovered\"", "</section>").contains("<bdi>2</bdi>"), "{page}");
    let failing = part("id=\"accounts\"", "</section>");
    assert_eq!(failing.matches("<bdi>3</bdi>").count() + failing.matches("&lt;b&gt;1").count(), 2, "{page}");
    let output = run(address, &[&*input, "--report", &input]).await;
    assert_eq!(output.status.code(), Some(2));
}
