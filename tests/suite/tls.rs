//! The public listener over TLS: HTTP/2 and HTTP/1.1 by ALPN, certificates that change, callers with certificates.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::{Certificate, Client, Identity, Version};

use crate::support::{Reply, Service, Upstream, eventually};

pub type Issuer = CertifiedIssuer<'static, KeyPair>;

pub fn authority() -> Issuer {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

pub fn issue(by: &Issuer) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, by).unwrap();
    (certificate.pem(), key.serialize_pem())
}

pub fn write(directory: &Path, certificate: &(String, String)) {
    std::fs::write(directory.join("tls.key"), &certificate.1).unwrap();
    std::fs::write(directory.join("tls.crt"), &certificate.0).unwrap();
}

pub fn client(trusting: &Issuer) -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().tls_certs_only([Certificate::from_pem(trusting.pem().as_bytes()).unwrap()])
}

pub fn files(directory: &Path) -> String {
    let path = |name: &str| directory.join(name).display().to_string();
    format!("tls_cert = {:?}\ntls_key = {:?}\n", path("tls.crt"), path("tls.key"))
}

#[tokio::test]
async fn supports_both_http_versions_and_reloads_the_certificate() {
    let (directory, upstream) = (tempfile::tempdir().unwrap(), Upstream::always(Reply::success()).await);
    let (old, new) = (authority(), authority());
    write(directory.path(), &issue(&old));
    let service = Service::start(&upstream, &files(directory.path())).await;
    let url = format!("https://localhost:{}/v1/regions", service.public.port());
    let answer = client(&old).build().unwrap().get(&url).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_2));
    let answer = client(&old).http1_only().build().unwrap().get(&url).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.version()), (200, Version::HTTP_11));
    let head = client(&old).build().unwrap().head(&url).send().await.unwrap();
    assert_eq!((head.status().as_u16(), head.version()), (200, Version::HTTP_2));
    assert!(head.content_length().is_some_and(|length| length > 100) && head.text().await.unwrap().is_empty());
    let expiry = async || {
        let metrics = service.metrics().await;
        let name = "connect_verifier_tls_certificate_expiry_timestamp_seconds ";
        metrics.lines().find_map(|line| line.strip_prefix(name)?.parse::<f64>().ok())
    };
    // The certificates of these tests expire on 4096-01-01.
    assert_eq!(expiry().await, Some(67_090_118_400.0));
    // A change of only one file is rejected, and the old pair remains in force.
    let next = issue(&new);
    std::fs::write(directory.path().join("tls.crt"), &next.0).unwrap();
    eventually("the failure is reported", async || {
        service.metrics().await.contains("config_reloads_total{result=\"error\"} 1")
    })
    .await;
    assert!(client(&old).build().unwrap().get(&url).send().await.is_ok());
    write(directory.path(), &next);
    eventually("the new certificate serves", async || client(&new).build().unwrap().get(&url).send().await.is_ok())
        .await;
    assert!(client(&old).build().unwrap().get(&url).send().await.is_err());
}

#[tokio::test]
async fn closes_an_idle_connection_over_http_2() {
    let (directory, upstream) = (tempfile::tempdir().unwrap(), Upstream::always(Reply::success()).await);
    let authority = authority();
    write(directory.path(), &issue(&authority));
    let more = files(directory.path()) + "header_timeout = \"300ms\"\n";
    let service = Service::start(&upstream, &more).await;
    // The client keeps its connection as long as it exists.
    let client = client(&authority).build().unwrap();
    let url = format!("https://localhost:{}/v1/regions", service.public.port());
    assert_eq!(client.get(&url).send().await.unwrap().version(), Version::HTTP_2);
    assert!(service.metrics().await.contains("http_connections 1"));
    eventually("it is closed", async || service.metrics().await.contains("http_connections 0")).await;
    drop(client);
}

#[tokio::test]
async fn requires_client_certificates() {
    let (directory, upstream) = (tempfile::tempdir().unwrap(), Upstream::always(Reply::success()).await);
    let (ours, theirs) = (authority(), authority());
    write(directory.path(), &issue(&ours));
    let ca = directory.path().join("ca.crt");
    std::fs::write(&ca, theirs.pem()).unwrap();
    let more = files(directory.path()) + &format!("client_ca = {:?}\n", ca.display().to_string());
    let service = Service::start(&upstream, &more).await;
    let url = format!("https://localhost:{}/v1/regions", service.public.port());
    assert!(client(&ours).build().unwrap().get(&url).send().await.is_err());
    for (issuer, is_let_in) in [(&theirs, true), (&ours, false)] {
        let (certificate, key) = issue(issuer);
        let identity = Identity::from_pem((certificate + &key).as_bytes()).unwrap();
        let answer = client(&ours).identity(identity).build().unwrap().get(&url).send().await;
        assert_eq!(answer.is_ok(), is_let_in, "{answer:?}");
    }
}

#[tokio::test]
async fn trusts_an_upstream_with_a_private_authority() {
    // The upstream is a second instance of the service, whose answer is not a verdict: it only matters that it was
    // reached.
    let (directory, nobody) = (tempfile::tempdir().unwrap(), Upstream::always(Reply::success()).await);
    let authority = authority();
    write(directory.path(), &issue(&authority));
    let upstream = Service::start(&nobody, &files(directory.path())).await;
    let ca = directory.path().join("ca.crt");
    std::fs::write(&ca, authority.pem()).unwrap();
    let region = format!(
        "[regions.xx1]\nname = \"X\"\nbase_url = \"https://localhost:{}\"\ndashboard_url = \"https://x.example\"\n",
        upstream.public.port()
    );
    let trusting =
        Service::start(&nobody, &format!("[upstream]\nextra_ca = {:?}\n{region}", ca.display().to_string())).await;
    let wary = Service::start(&nobody, &region).await;
    let body = crate::support::credential("W9R-486-4W5Z", "secret-1", "xx1");
    assert_eq!(trusting.verify(&body).await.1["code"], "upstream_unexpected", "a 404 from beyond TLS");
    assert_eq!(wary.verify(&body).await.1["code"], "upstream_unavailable");
    assert!(wary.metrics().await.contains("upstream_requests_total{region=\"xx1\",result=\"tls\"}"));
    let metrics = upstream.metrics().await;
    assert!(metrics.contains("http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1"), "{metrics}");
}

#[tokio::test]
async fn exports_traces_to_a_collector_with_a_private_authority() {
    // As above: a second instance does not accept traces; it only matters that it was reached.
    let (directory, upstream) = (tempfile::tempdir().unwrap(), Upstream::always(Reply::success()).await);
    let authority = authority();
    write(directory.path(), &issue(&authority));
    let collector = Service::start(&upstream, &files(directory.path())).await;
    let ca = directory.path().join("ca.crt");
    std::fs::write(&ca, authority.pem()).unwrap();
    let endpoint = format!("[telemetry]\notlp_endpoint = \"https://localhost:{}\"\n", collector.public.port());
    let posts = async || {
        let metrics = collector.metrics().await;
        metrics.contains("http_requests_total{method=\"POST\",route=\"none\",status=\"404\"}")
    };
    let wary = Service::start(&upstream, &endpoint).await;
    wary.get("/v1/regions", &[]).await;
    let lost = "trace_spans_total{result=\"failed\"} 1";
    eventually("a lost span", async || wary.metrics().await.contains(lost)).await;
    assert!(!posts().await);
    let more = endpoint + &format!("[upstream]\nextra_ca = {:?}\n", ca.display().to_string());
    let trusting = Service::start(&upstream, &more).await;
    trusting.get("/v1/regions", &[]).await;
    eventually("a request at the collector", posts).await;
}
