//! The profile `redis` of compose.yaml, with the commands, variables and files that it names, but without Docker.

use crate::{
    binary::Binary,
    redis_server::{RedisServer, is_missing, plain},
    support::{credential, eventually, request},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const KEY: &str = "Bearer cvk_compose-demo-key-for-the-sandbox-0000000000";

/// Returns the lines of a service.
fn service<'a>(compose: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!("  {name}:");
    let lines = compose.lines().skip_while(|line| *line != start).skip(1);
    lines.take_while(|line| line.starts_with("    ") || line.is_empty()).map(str::trim).collect()
}

/// Returns the value of a key that is a list on one line.
fn list(lines: &[&str], key: &str) -> Vec<String> {
    let value = lines.iter().find_map(|line| line.strip_prefix(key)).unwrap();
    serde_json::from_str(value).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_profile_with_redis_shares_verdicts() {
    if is_missing() {
        return;
    }
    let compose = std::fs::read_to_string(format!("{ROOT}/compose.yaml")).unwrap();
    let (shared, redis) = (service(&compose, "shared"), service(&compose, "redis"));
    assert!([&shared, &redis].iter().all(|service| service.contains(&"profiles: [redis]")));
    let mut options = String::new();
    for part in &list(&redis, "command: ")[1..] {
        let part = if part.is_empty() { "\"\"" } else { part };
        options += &part.strip_prefix("--").map_or_else(|| format!(" {part}"), |name| format!("\n{name}"));
    }
    let server = RedisServer::launch(&format!("{options}\n"), plain);
    assert_eq!(server.command(&["CONFIG", "GET", "maxmemory-policy"]), "maxmemory-policy\nallkeys-lru");

    let variables = shared.iter().filter_map(|line| line.strip_prefix("CONNECT_VERIFIER__")?.split_once(": "));
    let mut environment: Vec<(String, String)> =
        variables.map(|(name, value)| (format!("CONNECT_VERIFIER__{name}"), value.to_owned())).collect();
    assert_eq!(environment.len(), 2, "{environment:?}");
    for name in ["LISTEN", "ADMIN_LISTEN"] {
        environment.push((format!("CONNECT_VERIFIER__SERVER__{name}"), "127.0.0.1:0".to_owned()));
    }
    environment.push(("CONNECT_VERIFIER__TELEMETRY__LOG_FORMAT".to_owned(), "json".to_owned()));
    environment.push(("CONNECT_VERIFIER__CLIENTS_FILE".to_owned(), "/etc/connect-verifier/clients.toml".to_owned()));
    environment.push(("CONNECT_VERIFIER_CONFIG".to_owned(), "/etc/connect-verifier/config.toml".to_owned()));
    // What is mounted in the containers, and the names of their network.
    let mounts = shared.iter().filter_map(|line| line.strip_prefix("- ./")?.strip_suffix(":ro")?.split_once(':'));
    for (from, to) in mounts.chain([(server.url.as_str(), "redis://redis:6379")]) {
        let from = if from.contains("://") { from.to_owned() } else { format!("{ROOT}/{from}") };
        for (_, value) in environment.iter_mut().filter(|(_, value)| value == to) {
            value.clone_from(&from);
        }
    }
    assert!(!environment.iter().any(|(_, value)| value.starts_with("/etc") || value.contains("//redis")));

    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (&**name, &**value)).collect();
    let command = list(&shared, "command: ");
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let mut instances = [Binary::start(&command, &environment), Binary::start(&command, &environment)];
    let body = credential("TEST-200-OKA-0000", "GOOD-PASSCODE", "in1").to_string();
    for (instance, source) in instances.iter_mut().zip(["upstream", "cache"]) {
        let (public, admin) = (instance.address("public").await, instance.address("admin").await);
        let up = "connect_verifier_redis_up 1\n";
        eventually(up, async || request(admin, "GET", "/metrics", &[], "").await.body.contains(up)).await;
        let headers = [("content-type", "application/json"), ("authorization", KEY)];
        let answer = request(public, "POST", "/v1/verify", &headers, &body).await;
        assert_eq!((answer.status, answer.json()["source"].as_str()), (200, Some(source)), "{answer:?}");
    }
}
