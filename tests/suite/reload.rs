//! Clients that are added and removed while the service runs.

use connect_verifier::{admission::key_hash, app::App};

use crate::{
    support::{Binary, KEY, Reply, Service, Upstream, config, config_text, credential, eventually, request},
    tls,
};

fn entry(name: &str, key: &str) -> String {
    format!("[[clients]]\nname = \"{name}\"\npartner = \"adjust\"\nkey_sha256 = [\"{}\"]\n", key_hash(key))
}

#[tokio::test]
async fn reloads_the_clients_file_and_rejects_an_invalid_one() {
    let upstream = Upstream::always(Reply::success()).await;
    let directory = tempfile::tempdir().unwrap();
    // As Kubernetes mounts it: the file is a symbolic link through another link that is replaced.
    let path = |name: &str| directory.path().join(name);
    let put = |version: &str, text: &str| {
        std::fs::create_dir(path(version)).unwrap();
        std::fs::write(path(version).join("clients.toml"), text).unwrap();
        std::os::unix::fs::symlink(version, path("..data_tmp")).unwrap();
        std::fs::rename(path("..data_tmp"), path("..data")).unwrap();
    };
    let (second, third) = (KEY.replace("cvk_0", "cvk_2"), KEY.replace("cvk_0", "cvk_3"));
    put("..1", &entry("b", &second));
    std::os::unix::fs::symlink("..data/clients.toml", path("clients.toml")).unwrap();
    let file = path("service.toml");
    let text = format!("clients_file = {:?}\n", path("clients.toml").display().to_string())
        + &config_text(Some(upstream.address), "");
    std::fs::write(&file, text).unwrap();
    let mut binary = Binary::start(&["serve", "--config", file.to_str().unwrap()], &[]);
    let (public, admin) = (binary.address("public").await, binary.address("admin").await);
    let status = async |key: &str| {
        let authorization = format!("Bearer {key}");
        let headers = [("content-type", "application/json"), ("authorization", authorization.as_str())];
        request(public, "POST", "/v1/verify", &headers, &credential("W9R-486-4W5Z", "x", "in1").to_string())
            .await
            .status
    };
    let reloads = async |result: &str, count: u32| {
        let line = format!("config_reloads_total{{result=\"{result}\"}} {count}");
        eventually(&line, async || request(admin, "GET", "/metrics", &[], "").await.body.contains(&line)).await;
    };
    assert_eq!((status(KEY).await, status(&second).await, status(&third).await), (200, 200, 401));

    put("..2", &(entry("b", &second) + &entry("c", &third)));
    reloads("success", 1).await;
    assert_eq!((status(&second).await, status(&third).await), (200, 200), "a replaced link is noticed");

    for (version, broken) in
        [("..3", "[[clients]]\nname = \"x\""), ("..4", "nonsense"), ("..5", &entry("test", &third))]
    {
        put(version, broken);
        let count: u32 = version[2..].parse().unwrap();
        reloads("error", count - 2).await;
        assert_eq!((status(KEY).await, status(&second).await, status(&third).await), (200, 200, 200), "{version}");
    }
    assert!(binary.log().contains("clients.toml: "), "{}", binary.log());

    std::fs::write(path("..5").join("clients.toml"), entry("c", &third)).unwrap();
    reloads("success", 2).await;
    assert_eq!((status(&second).await, status(&third).await), (401, 200), "a removed key is rejected");

    binary.signal("HUP");
    reloads("success", 3).await;
}

#[tokio::test]
async fn accepts_an_empty_clients_file_if_no_key_is_required() {
    let upstream = Upstream::always(Reply::success()).await;
    let directory = tempfile::tempdir().unwrap();
    let clients = directory.path().join("clients.toml");
    std::fs::write(&clients, entry("a", KEY)).unwrap();
    let environment = [
        ("CONNECT_VERIFIER__CLIENTS_FILE", clients.to_str().unwrap()),
        ("CONNECT_VERIFIER__REGIONS__IN1__BASE_URL", &format!("http://{}/in1", upstream.address)),
        ("CONNECT_VERIFIER__UPSTREAM__PARTNER", "adjust"),
        ("CONNECT_VERIFIER__AUTH__MODE", "none"),
        ("CONNECT_VERIFIER__SERVER__LISTEN", "127.0.0.1:0"),
        ("CONNECT_VERIFIER__SERVER__ADMIN_LISTEN", "127.0.0.1:0"),
    ];
    let mut binary = Binary::start(&["serve"], &environment);
    let admin = binary.address("admin").await;
    std::fs::write(&clients, "").unwrap();
    let line = "config_last_reload_successful{what=\"clients\"} 1";
    eventually(line, async || request(admin, "GET", "/metrics", &[], "").await.body.contains(line)).await;
}

#[tokio::test]
async fn notices_changes_between_the_start_and_the_first_check() {
    let (directory, upstream) = (tempfile::tempdir().unwrap(), Upstream::always(Reply::success()).await);
    let (old, new) = (tls::authority(), tls::authority());
    tls::write(directory.path(), &tls::issue(&old));
    let clients = directory.path().join("clients.toml");
    std::fs::write(&clients, "").unwrap();
    let mut config = config(Some(upstream.address), tls::files(directory.path()));
    config.clients_file = Some(clients.clone());
    let app = App::build(config, false).await.unwrap();
    let another = KEY.replace("cvk_0", "cvk_2");
    std::fs::write(&clients, entry("late", &another)).unwrap();
    tls::write(directory.path(), &tls::issue(&new));
    let service = Service::run(app);
    let url = format!("https://localhost:{}/v1/verify", service.public.port());
    eventually("the new certificate and the new client are in force", async || {
        let request = tls::client(&new).build().unwrap().post(&url).bearer_auth(&another);
        let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
        let answer = request.header("content-type", "application/json").body(body).send().await;
        answer.is_ok_and(|answer| answer.status() == 200)
    })
    .await;
}
