//! `check` against the sandbox and through a running service, and how it reports failures.

use std::process::Output;

use serde_json::Value;

use crate::{
    command_line::{run, text_of},
    support::{KEY, PARTNER, Reply, Service, Upstream},
    tls,
};

const ACCOUNT: [&str; 4] = ["--account-id", "W9R-486-4W5Z", "--region", "in1"];

async fn check(arguments: &[&str], environment: &[(&str, &str)], input: &'static str) -> Output {
    let owned = |text: &&str| (*text).to_owned();
    let arguments: Vec<String> = ["check"].iter().chain(arguments).map(owned).collect();
    let environment: Vec<(String, String)> =
        environment.iter().map(|(name, value)| (owned(name), owned(value))).collect();
    tokio::task::spawn_blocking(move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let environment: Vec<(&str, &str)> =
            environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        run(&arguments, &environment, input)
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn asks_the_sandbox_with_one_command() {
    for (account_id, input, code, status) in [
        ("TEST-200-OKA-0000", "GOOD-PASSCODE", 0, "verified"),
        ("TEST-200-OKA-0000", "BAD", 3, "invalid_credentials"),
        ("TEST-403-WLS-0000", "GOOD-PASSCODE", 4, "partner_not_whitelisted"),
        ("TEST-503-ERR-0000", "GOOD-PASSCODE", 5, "upstream_unavailable"),
    ] {
        let arguments = ["--sandbox", "--account-id", account_id, "--region", "eu1", "--json"];
        let output = check(&arguments, &[], input).await;
        let body: Value = serde_json::from_slice(&output.stdout).unwrap();
        let found = if body["code"].is_null() { &body["status"] } else { &body["code"] };
        assert_eq!((output.status.code(), found), (Some(code), &Value::from(status)), "{}", text_of(&output));
    }
}

#[tokio::test]
async fn reports_what_failed() {
    let upstream = Upstream::always(Reply::failure(503, "down")).await;
    let (directory, authority) = (tempfile::tempdir().unwrap(), tls::authority());
    tls::write(directory.path(), &tls::issue(&authority));
    let secure = Service::start(&upstream, &tls::files(directory.path())).await;
    let untrusted = format!("https://localhost:{}", secure.public.port());
    for (base_url, expected) in [
        ("http://127.0.0.1:1", "127.0.0.1:1: connect: "),
        (&format!("http://{}", upstream.address), "status: HTTP 503"),
        (&untrusted, ": tls: "),
    ] {
        let environment =
            [("CONNECT_VERIFIER__REGIONS__IN1__BASE_URL", base_url), ("CONNECT_VERIFIER__UPSTREAM__PARTNER", PARTNER)];
        for more in [&[][..], &["--json"]] {
            let output = check(&[&ACCOUNT, more].concat(), &environment, "secret-1").await;
            let printed = text_of(&output);
            assert_eq!(output.status.code(), Some(5), "{printed}");
            assert!(printed.contains(expected) && !printed.contains("secret-1"), "{expected}: {printed}");
        }
    }
}

#[tokio::test]
async fn asks_through_a_running_service() {
    let upstream = Upstream::start(|seen| match seen.passcode() {
        "right" => Reply::success(),
        "down" => Reply::failure(503, "down"),
        _ => Reply::failure(400, "Invalid Credentials"),
    })
    .await;
    let service = Service::start(&upstream, "").await;
    let stranger = Upstream::always(Reply::http(404, "", b"not found")).await;
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        std::fs::write(directory.path().join(name), text).unwrap();
        directory.path().join(name).display().to_string()
    };
    let url = format!("http://{}", service.public);
    // The output of `key new 2> FILE`.
    let key = file("key", &format!("The key, shown this once.\n{KEY}\n"));
    let wrong = file("wrong", &KEY.replace("cvk_0", "cvk_1"));
    let through = |url: &str, key: &str| ["--url", url, "--key-file", key].map(str::to_owned);
    for (options, input, code, expected) in [
        (through(&url, &key), "right", 0, "\"verified\""),
        (through(&format!("{url}/"), &key), "wrong", 3, "\"invalid_credentials\""),
        (through(&url, &key), "down", 5, "\"upstream_unavailable\""),
        (through(&url, &key), "", 2, "\"invalid_request\""),
        (through(&url, &wrong), "right", 1, "refuses the API key: HTTP 401"),
        (through("http://127.0.0.1:1", &key), "right", 1, "http://127.0.0.1:1/v1/verify cannot be asked: "),
        (through(&format!("http://{}", stranger.address), &key), "right", 1, "connect-verifier does not send"),
        (through(&url, "/nowhere"), "right", 2, "--key-file: /nowhere cannot be read"),
        (through(&url, &file("empty", "")), "right", 2, "--key-file: "),
        (through("nonsense", &key), "right", 2, "--url: `nonsense`: expected"),
    ] {
        let mut arguments = ACCOUNT.to_vec();
        arguments.extend(options.iter().map(String::as_str));
        arguments.push("--json");
        let output = check(&arguments, &[], input).await;
        let printed = text_of(&output);
        assert_eq!(output.status.code(), Some(code), "{options:?}: {printed}");
        assert!(printed.contains(expected), "{options:?} lacks {expected}: {printed}");
        assert!(!printed.contains(KEY), "{printed}");
        arguments.pop();
        assert_eq!(check(&arguments, &[], input).await.status.code(), Some(code), "as text: {options:?}");
    }
    let output = check(&[&ACCOUNT[..], &["--url", &url]].concat(), &[], "right").await;
    assert_eq!(output.status.code(), Some(1), "no key");
    assert!(text_of(&output).contains("--key-file"), "{}", text_of(&output));
    let arguments = [&ACCOUNT[..], &["--url", &url, "--key-file", &key, "--lang"]].concat();
    let english = check(&[&arguments[..], &["en"]].concat(), &[], "right").await;
    let spanish = check(&[&arguments[..], &["es"]].concat(), &[], "right").await;
    assert_ne!(text_of(&english), text_of(&spanish), "the service's texts, in the language asked for");
    for conflict in [&["--url", "http://x", "--sandbox"][..], &["--key-file", "x"]] {
        assert_eq!(check(&[&ACCOUNT, conflict].concat(), &[], "").await.status.code(), Some(2), "{conflict:?}");
    }
}
