//! A build without the cargo feature `redis`: it refuses `[redis]`, and everything else works.

use serde_json::Value;

use crate::{
    command_line::{run, text_of},
    support::{Binary, Reply, Upstream, config_text, credential, request},
};

#[test]
fn a_configuration_with_redis_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("service.toml");
    let secret = directory.path().join("secret");
    std::fs::write(&secret, "ab".repeat(32)).unwrap();
    let text = format!("secret_file = \"{}\"\n{}\n", secret.display(), config_text(None, ""));
    let commands = [&["config", "check"][..], &["serve"], &["serve", "--sandbox"], &["doctor"]];
    for (more, environment) in [
        ("[redis]\nurl = \"redis://127.0.0.1:6379\"\n", None),
        ("", Some(("CONNECT_VERIFIER__REDIS__URL", "redis://127.0.0.1:6379"))),
    ] {
        std::fs::write(&file, format!("{text}{more}")).unwrap();
        for command in commands {
            let arguments = [command, &["--config", file.to_str().unwrap()]].concat();
            let output = run(&arguments, environment.as_slice(), "");
            let text = text_of(&output);
            assert_eq!(output.status.code(), Some(2), "{command:?}: {text}");
            for part in ["redis: ", "no Redis support", "cargo feature `redis`"] {
                assert!(text.contains(part), "{part}: {text}");
            }
        }
    }
    std::fs::write(&file, text).unwrap();
    let output = run(&["config", "check", "--config", file.to_str().unwrap()], &[], "");
    assert_eq!(output.status.code(), Some(0), "{}", text_of(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_examines_the_rest() {
    let upstream = Upstream::always(Reply::failure(400, "Invalid Credentials")).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), config_text(Some(upstream.address), "")).unwrap();
    let path = file.path().display().to_string();
    let examine = move || run(&["doctor", "--config", &path, "--json"], &[], "");
    let output = tokio::task::spawn_blocking(examine).await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text_of(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let redis = report["checks"].as_array().unwrap().iter().find(|check| check["name"] == "redis").unwrap();
    assert_eq!(redis["status"], "skipped", "{report}");
}

#[tokio::test]
async fn the_sandbox_verifies() {
    let environment = [
        ("CONNECT_VERIFIER__SERVER__LISTEN", "127.0.0.1:0"),
        ("CONNECT_VERIFIER__SERVER__ADMIN_LISTEN", "127.0.0.1:0"),
    ];
    let mut binary = Binary::start(&["serve", "--sandbox"], &environment);
    let (public, admin) = (binary.address("public").await, binary.address("admin").await);
    let body = credential("TEST-200-OKA-0000", "GOOD-PASSCODE", "in1").to_string();
    for source in ["upstream", "cache"] {
        let answer = request(public, "POST", "/v1/verify", &[("content-type", "application/json")], &body).await;
        assert_eq!((answer.status, answer.json()["status"].as_str()), (200, Some("verified")), "{answer:?}");
        assert_eq!(answer.json()["source"], source);
    }
    assert_eq!(request(admin, "GET", "/readyz", &[], "").await.status, 200);
    assert!(!request(admin, "GET", "/metrics", &[], "").await.body.contains("redis"));
}
