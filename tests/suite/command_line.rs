//! The commands of the real binary: their output and exit codes.

use std::{
    io::Write,
    process::{Output, Stdio},
};

use serde_json::Value;

use crate::{
    support::{Binary, Reply, Service, Upstream, command, config_text, eventually},
    tls,
};

pub fn run(arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Output {
    let mut child = command(arguments, environment)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that rejects its arguments reads no input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn checks_one_credential_and_returns_its_exit_code() {
    let mut sandbox = Binary::start(&["sandbox", "--listen", "127.0.0.1:0"], &[]);
    let address = sandbox.address("sandbox").await;
    let names: Vec<String> = ["IN1", "EU1", "US1", "SG1", "APS3", "MEC1"]
        .iter()
        .map(|id| format!("CONNECT_VERIFIER__REGIONS__{id}__BASE_URL"))
        .collect();
    let urls: Vec<String> = names
        .iter()
        .map(|name| format!("http://{address}/{}", name.split("__").nth(2).unwrap().to_lowercase()))
        .collect();
    let mut environment: Vec<(&str, &str)> =
        names.iter().zip(&urls).map(|(name, url)| (name.as_str(), url.as_str())).collect();
    environment.push(("CONNECT_VERIFIER__UPSTREAM__ATTEMPT_TIMEOUT", "300ms"));
    environment.push(("CONNECT_VERIFIER__UPSTREAM__DEADLINE", "1s"));
    for (account_id, region, input, code, status) in [
        ("TEST-200-OKA-0000", "in1", "GOOD-PASSCODE", 0, "verified"),
        ("TEST-200-OKA-0000", "in1", "GOOD-PASSCODE\r\n", 0, "verified"),
        ("TEST-EU1-OKA-0000", "auto", "GOOD-PASSCODE", 0, "verified"),
        ("TEST-200-OKA-0000", "in1", "BAD\n", 3, "invalid_credentials"),
        ("TEST-403-WLS-0000", "india", "GOOD-PASSCODE", 4, "partner_not_whitelisted"),
        ("TEST-503-ERR-0000", "in1", "GOOD-PASSCODE", 5, "upstream_unavailable"),
        ("TEST-HNG-ERR-0000", "in1", "GOOD-PASSCODE", 5, "upstream_timeout"),
        ("TEST-HTM-ERR-0000", "in1", "GOOD-PASSCODE", 5, "upstream_unexpected"),
        ("TEST-200-OKA-0000", "atlantis", "GOOD-PASSCODE", 2, "invalid_request"),
        ("TEST-200-OKA-0000", "in1", "", 2, "invalid_request"),
    ] {
        let arguments = ["check", "--account-id", account_id, "--region", region, "--partner", "adjust"];
        let output = run(&[&arguments[..], &["--json"]].concat(), &environment, input);
        let body: Value = serde_json::from_slice(&output.stdout).unwrap();
        let found = if body["code"].is_null() { &body["status"] } else { &body["code"] };
        assert_eq!((output.status.code(), found), (Some(code), &Value::from(status)), "{account_id} {region} {body}");
        let output = run(&arguments, &environment, input);
        assert_eq!(output.status.code(), Some(code));
        let printed = text(&output.stdout) + &text(&output.stderr);
        assert!(!printed.contains("GOOD-PASSCODE") && !printed.contains('\u{1b}'), "{printed}");
        assert!(!printed.trim().is_empty());
    }
    let arguments =
        ["check", "--account-id", "TEST-EU1-OKA-0000", "--region", "in1", "--partner", "adjust", "--suggest-region"];
    let output = run(&arguments, &environment, "GOOD-PASSCODE");
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stdout).contains("Europe"), "{}", text(&output.stdout));
}

#[test]
fn prints_usage_errors_to_standard_error() {
    for (arguments, environment, expected) in [
        (&["serve"][..], &[][..], &["clients: none configured", "key new"][..]),
        (&["serve", "--config", "/nowhere.toml"], &[], &["/nowhere.toml", "cannot be read"]),
        (&["serve"], &[("CONNECT_VERIFIER_CONFIG", "/nowhere.toml")], &["/nowhere.toml"]),
        (
            &["serve"],
            &[("CONNECT_VERIFIER__SERVER__LISTEN", "x")],
            &["CONNECT_VERIFIER__SERVER__LISTEN", "server.listen"],
        ),
        (
            &["serve"],
            &[("CONNECT_VERIFIER__AUTH__MODE", "none"), ("CONNECT_VERIFIER__SERVER__LISTEN", "0.0.0.0:0")],
            &["auth.mode", "loopback", "keys"],
        ),
        (&["serve", "--nope"], &[], &["--nope"]),
        (&["check", "--region", "in1", "--account-id", "x"], &[], &["--partner"]),
        (&["check", "--account-id", "x"], &[], &["--region"]),
        (&["check", "--passcode", "x"], &[], &["--passcode"]),
        (&["key", "new"], &[], &["--partner"]),
        (&["key", "new", "--partner", ""], &[], &["--partner: expected"]),
        (&["healthcheck", "--url", "nonsense"], &[], &["--url"]),
        (&["completions", "tcsh"], &[], &["bash"]),
    ] {
        let output = run(arguments, environment, "");
        let printed = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {printed}");
        assert_eq!(text(&output.stdout), "", "{arguments:?}");
        for part in expected {
            assert!(printed.contains(part), "{arguments:?} says {printed}, lacks {part}");
        }
    }
}

#[tokio::test]
async fn creates_a_key_that_works() {
    let output = run(&["key", "new", "--partner", "adjust", "--name", "dashboard"], &[], "");
    assert_eq!(output.status.code(), Some(0));
    let (printed, message) = (text(&output.stdout), text(&output.stderr));
    let key = message.lines().find(|line| line.starts_with("cvk_")).unwrap().to_owned();
    assert_eq!((key.len(), message.matches("cvk_").count()), (47, 1), "{message}");
    assert!(!printed.contains("cvk_"), "the entry can be redirected into a file: {printed}");
    printed.parse::<toml::Table>().unwrap();
    let again = text(&run(&["key", "new", "--partner", "adjust"], &[], "").stderr);
    assert!(!again.contains(&key));

    let upstream = Upstream::always(Reply::success()).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("service.toml");
    std::fs::write(&file, config_text(Some(upstream.address), "") + "\n" + &printed).unwrap();
    let mut binary = Binary::start(&["serve", "--config", file.to_str().unwrap()], &[]);
    let public = binary.address("public").await;
    let authorization = format!("Bearer {key}");
    let headers = [("content-type", "application/json"), ("authorization", authorization.as_str())];
    let body = crate::support::credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
    let answer = crate::support::request(public, "POST", "/v1/verify", &headers, &body).await;
    assert_eq!((answer.status, &answer.json()["partner"]), (200, &Value::from("adjust")));
    eventually("the client is logged", async || binary.log().contains("\"client\":\"dashboard\"")).await;
    assert!(!binary.log().contains(&key));
}

#[test]
fn validates_exactly_what_serve_validates() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).display().to_string();
    std::fs::write(path("empty"), "").unwrap();
    std::fs::write(path("nonsense"), "nonsense").unwrap();
    let certificates = [tls::issue(&tls::authority()), tls::issue(&tls::authority())];
    std::fs::write(path("tls.crt"), &certificates[0].0).unwrap();
    std::fs::write(path("other.key"), &certificates[1].1).unwrap();
    let client = config_text(None, "");
    let pair = |key: &str| format!("[server]\ntls_cert = {:?}\ntls_key = {:?}\n", path("tls.crt"), path(key));
    let more = |text: &str| config_text(None, text);
    for (text, expected) in [
        (String::new(), "clients: none configured"),
        ("[auth]\nmode = \"none\"\n".to_owned(), "upstream.partner"),
        ("[auth]\nmode = \"none\"\n[server]\nlisten = \"0.0.0.0:0\"\n".to_owned(), "auth.mode"),
        (format!("clients_file = {:?}\n", path("empty")), "no [[clients]] entry"),
        (format!("clients_file = {:?}\n{client}", path("nonsense")), "clients_file: "),
        (format!("clients_file = {:?}\n{client}", path("missing")), "cannot be read"),
        (pair("missing"), "server.tls_key"),
        (format!("[upstream]\npartner = \"a\"\n[auth]\nmode = \"none\"\n{}", pair("nonsense")), "server.tls_key"),
        (format!("[upstream]\npartner = \"a\"\n[auth]\nmode = \"none\"\n{}", pair("other.key")), "do not match"),
        (more(&format!("[upstream]\nextra_ca = {:?}\n", path("nonsense"))), "upstream.extra_ca"),
        (more("[cache]\ncapacity = 0\n"), "cache.capacity"),
        (format!("secret_file = {:?}\n{client}", path("nonsense")), "secret_file"),
    ] {
        let file = path("service.toml");
        std::fs::write(&file, &text).unwrap();
        for command in [&["serve"][..], &["config", "check"]] {
            let output = run(&[command, &["--config", &file]].concat(), &[], "");
            let message = text_of(&output);
            assert_eq!(output.status.code(), Some(2), "{command:?} {text}: {message}");
            assert!(message.contains(expected) && message.contains("service.toml"), "{command:?} {text}: {message}");
        }
    }
    std::fs::write(path("service.toml"), "").unwrap();
    let sandbox = run(&["config", "check", "--sandbox", "--config", &path("service.toml")], &[], "");
    assert_eq!(sandbox.status.code(), Some(0), "{}", text_of(&sandbox));
}

pub fn text_of(output: &Output) -> String {
    text(&output.stdout) + &text(&output.stderr)
}

#[test]
fn prints_the_effective_configuration() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("service.toml");
    std::fs::write(&file, config_text(None, "[upstream]\nproxy = \"http://user:canary@proxy:3128\"\n")).unwrap();
    let output = run(
        &["config", "check", "--config", file.to_str().unwrap()],
        &[("CONNECT_VERIFIER__SERVER__MAX_HEADERS", "7")],
        "",
    );
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(printed.contains("max_headers = 7") && printed.contains("drain_delay = \"0s\""), "{printed}");
    assert!(!printed.contains("canary"), "{printed}");
    printed.parse::<toml::Table>().unwrap();
    std::fs::write(&file, "[cache]\ncapacity = 0\n").unwrap();
    let output = run(&["config", "check", "--config", file.to_str().unwrap()], &[], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("service.toml: cache.capacity"), "{}", text(&output.stderr));
}

#[tokio::test]
async fn survives_a_closed_pipe() {
    let mut sandbox = Binary::start(&["sandbox", "--listen", "127.0.0.1:0"], &[]);
    let address = sandbox.address("sandbox").await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("service.toml");
    std::fs::write(&file, config_text(Some(address), "")).unwrap();
    let environment = [("CONNECT_VERIFIER_CONFIG", file.to_str().unwrap())];
    let check = ["check", "--account-id", "TEST-403-WLS-0000", "--region", "in1", "--partner", "adjust"];
    let unreadable = ["check", "--account-id", "", "--region", "in1", "--partner", "adjust"];
    let with_json = |arguments: &[&'static str]| [arguments, &["--json"]].concat();
    for (arguments, code) in [
        (vec!["--help"], 0),
        (vec!["--version"], 0),
        (vec!["key", "new", "--partner", "adjust"], 1),
        (vec!["key", "new", "--partner", ""], 2),
        (vec!["config", "check"], 0),
        (vec!["completions", "bash"], 0),
        (vec!["man"], 0),
        (vec!["openapi"], 0),
        (vec!["doctor"], 0),
        (vec!["doctor", "--json"], 0),
        (vec!["completions", "zsh"], 0),
        (check.to_vec(), 4),
        (with_json(&check), 4),
        (unreadable.to_vec(), 2),
        (with_json(&unreadable), 2),
        (vec!["healthcheck", "--url", "http://127.0.0.1:1"], 1),
        (vec!["serve", "--config", "/nowhere.toml"], 2),
    ] {
        for is_error_closed in [false, true] {
            // The reading end is closed before the command starts, so that every write fails.
            let closed = || Stdio::from(std::io::pipe().unwrap().1);
            let mut command = command(&arguments, &environment);
            command.stdin(Stdio::piped()).stdout(closed()).stderr(Stdio::piped());
            if is_error_closed {
                command.stderr(closed());
            }
            let mut child = command.spawn().unwrap();
            let _ = child.stdin.take().unwrap().write_all(b"GOOD-PASSCODE");
            let output = child.wait_with_output().unwrap();
            let message = text(&output.stderr);
            assert_eq!(output.status.code(), Some(code), "{arguments:?}: {message}");
            assert!(!message.contains("panicked") && !message.contains("cvk_"), "{arguments:?}: {message}");
        }
    }
}

/// Without random numbers the service cannot start; it reports that, and no library panics.
#[test]
fn reports_an_unusable_random_source() {
    let directory = tempfile::tempdir().unwrap();
    let (source, library) = (directory.path().join("broken.c"), directory.path().join("broken.so"));
    let text = "#include <errno.h>\n#include <sys/types.h>\n\
                ssize_t getrandom(void *to, size_t size, unsigned flags) { errno = EIO; return -1; }\n";
    std::fs::write(&source, text).unwrap();
    let compiled =
        std::process::Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    if !compiled.is_ok_and(|status| status.success()) {
        skip("requires a C compiler `cc` to break getrandom");
        return;
    }
    let environment = [("LD_PRELOAD", library.to_str().unwrap()), ("CONNECT_VERIFIER__SERVER__LISTEN", "127.0.0.1:0")];
    for arguments in [&["serve", "--sandbox"][..], &["key", "new", "--partner", "a"], &["config", "check"]] {
        let output = run(arguments, &environment, "");
        let message = text_of(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {message}");
        assert!(message.contains("no random numbers") && !message.contains("panicked"), "{arguments:?}: {message}");
    }
}

/// Reports on standard error that a test was skipped, which the harness does not hide.
fn skip(reason: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {reason}");
}

#[tokio::test]
async fn asks_for_health() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let health = async |url: String| {
        tokio::task::spawn_blocking(move || run(&["healthcheck", "--url", &url], &[], "").status.code()).await.unwrap()
    };
    assert_eq!(health(format!("http://{}", service.admin)).await, Some(0));
    assert_eq!(health(format!("http://{}/", service.admin)).await, Some(0));
    assert_eq!(health(format!("http://{}", service.public)).await, Some(1), "not the admin listener");
    assert_eq!(health("http://127.0.0.1:1".to_owned()).await, Some(1));
}

#[test]
fn prints_help_versions_and_completions() {
    for shell in ["bash", "zsh", "fish"] {
        let output = run(&["completions", shell], &[], "");
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains("connect-verifier"));
    }
    let page = text(&run(&["man"], &[], "").stdout);
    assert!(
        page.contains(".TH connect-verifier 1") && page.contains("doctor") && !page.contains("verifier\\-man"),
        "{page}"
    );
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(&["man", folder.path().to_str().unwrap()], &[], "").status.code(), Some(0));
    for name in ["connect-verifier.1", "connect-verifier-serve.1", "connect-verifier-key-new.1"] {
        assert!(folder.path().join(name).exists(), "{name}");
    }
    assert!(
        text(&run(&["--version"], &[], "").stdout).starts_with(concat!("connect-verifier ", env!("CARGO_PKG_VERSION")))
    );
    assert!(text(&run(&["--help"], &[], "").stdout).contains("serve"));
    assert_eq!(run(&[], &[], "").status.code(), Some(2));
}
