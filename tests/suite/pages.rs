//! Browser support: sessions, CORS, the form, the page and the reference; and the table of routes.

use serde_json::{Value, json};

use crate::support::{Answer, Client, KEY, Reply, Service, Settings, Upstream, credential, request};

const ORIGIN: &str = "https://dash.example.com";

fn with_origin() -> Settings {
    Settings::from("").client(Client::usual().origin(ORIGIN))
}

async fn session(service: &Service, body: &Value) -> Answer {
    let authorization = format!("Bearer {KEY}");
    let headers = [("content-type", "application/json"), ("authorization", authorization.as_str())];
    request(service.public, "POST", "/v1/sessions", &headers, &body.to_string()).await
}

async fn verify_from(service: &Service, token: &str, origin: Option<&str>) -> Answer {
    let authorization = format!("Bearer {token}");
    let mut headers = vec![("content-type", "application/json"), ("authorization", authorization.as_str())];
    headers.extend(origin.map(|origin| ("origin", origin)));
    let body = credential("W9R-486-4W5Z", "secret-1", "in1").to_string();
    request(service.public, "POST", "/v1/verify", &headers, &body).await
}

#[tokio::test]
async fn a_session_verifies_from_its_origin_and_nothing_else() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, with_origin()).await;
    let created = session(&service, &json!({"origin": ORIGIN, "ttl_seconds": 60, "max_attempts": 3.0})).await;
    assert_eq!((created.status, created.header("cache-control")), (201, Some("no-store")), "{created:?}");
    let token = created.json()["token"].as_str().unwrap().to_owned();
    assert!(created.json()["expires_at"].as_str().unwrap().ends_with('Z'));

    let answer = verify_from(&service, &token, Some(ORIGIN)).await;
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("verified")));
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    assert!(answer.headers.iter().any(|(name, value)| name == "vary" && value.contains("origin")), "{answer:?}");
    assert!(answer.header("ratelimit").is_some(), "it counts against the client's rate");

    for origin in [None, Some("https://evil.example"), Some("null"), Some("https://dash.example.com.evil.example")] {
        let answer = verify_from(&service, &token, origin).await;
        assert_eq!((answer.status, &answer.json()["code"]), (403, &json!("forbidden")), "{origin:?}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin:?}");
    }
    let authorization = format!("Bearer {token}");
    let headers = [("content-type", "application/json"), ("authorization", authorization.as_str()), ("origin", ORIGIN)];
    let body = json!({"origin": ORIGIN}).to_string();
    let answer = request(service.public, "POST", "/v1/sessions", &headers, &body).await;
    assert_eq!(answer.status, 403, "a session cannot create sessions");

    assert_eq!(verify_from(&service, &token, Some(ORIGIN)).await.status, 200);
    assert_eq!(verify_from(&service, &token, Some(ORIGIN)).await.status, 200);
    let answer = verify_from(&service, &token, Some(ORIGIN)).await;
    assert_eq!((answer.status, &answer.json()["code"]), (429, &json!("too_many_attempts")));
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN), "the form must be able to read it");
    let metrics = service.metrics().await;
    assert!(metrics.contains(r#"rate_limited_total{limit="session",partner="adjust"} 1"#));
    let counted = r#"verifications_total{outcome="too_many_attempts",partner="adjust",region="none",source="none"} 1"#;
    assert!(metrics.contains(counted), "{metrics}");

    for forged in [format!("{token}x"), token.replace('.', ""), "eyJhbGciOiJub25lIn0.e30.".to_owned()] {
        assert_eq!(verify_from(&service, &forged, Some(ORIGIN)).await.status, 401, "{forged}");
    }
}

#[tokio::test]
async fn a_session_expires() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, with_origin()).await;
    let created = session(&service, &json!({"origin": ORIGIN, "ttl_seconds": 1})).await.json();
    let token = created["token"].as_str().unwrap();
    crate::support::eventually("the session expires", async || {
        let answer = verify_from(&service, token, Some(ORIGIN)).await;
        answer.status == 401 && answer.header("www-authenticate") == Some("Bearer")
    })
    .await;
}

#[tokio::test]
async fn rejects_invalid_sessions() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, with_origin()).await;
    for (body, status, code, pointers) in [
        (json!({"origin": "https://evil.example"}), 403, "forbidden", &[][..]),
        (json!({}), 422, "invalid_request", &["#/origin"]),
        (
            json!({"origin": "dash.example.com", "ttl_seconds": 0}),
            422,
            "invalid_request",
            &["#/origin", "#/ttl_seconds"],
        ),
        (json!({"origin": format!("{ORIGIN}/path")}), 422, "invalid_request", &["#/origin"]),
        (
            json!({"origin": ORIGIN, "ttl_seconds": "x", "max_attempts": 1.5}),
            422,
            "invalid_request",
            &["#/ttl_seconds", "#/max_attempts"],
        ),
        (json!({"origin": "https://dash.example.com*"}), 422, "invalid_request", &["#/origin"]),
        (json!({"origin": "https://dash..example.com"}), 422, "invalid_request", &["#/origin"]),
        (json!({"origin": "https://dash.example.com:0"}), 422, "invalid_request", &["#/origin"]),
        (json!({"origin": ORIGIN, "ttl_seconds": 86401.0}), 422, "invalid_request", &["#/ttl_seconds"]),
        (json!({"origin": ORIGIN, "color": 1}), 400, "malformed_json", &[]),
    ] {
        let answer = session(&service, &body).await;
        assert_eq!((answer.status, &answer.json()["code"]), (status, &json!(code)), "{body}");
        let found: Vec<Value> = answer.json()["errors"].as_array().into_iter().flatten().cloned().collect();
        let found: Vec<&str> = found.iter().map(|error| error["pointer"].as_str().unwrap()).collect();
        assert_eq!(found, pointers, "{body}");
    }
    let headers = [("content-type", "application/json")];
    let answer = request(service.public, "POST", "/v1/sessions", &headers, "{}").await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn answers_only_preflights_of_allowed_origins() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, with_origin()).await;
    let preflight = async |path: &str, origin: &str, method: &str| {
        let headers = [("origin", origin), ("access-control-request-method", method)];
        request(service.public, "OPTIONS", path, &headers, "").await
    };
    let answer = preflight("/v1/verify", ORIGIN, "POST").await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, Some(ORIGIN)), "{answer:?}");
    assert_eq!(answer.header("access-control-allow-methods"), Some("POST"));
    assert!(answer.header("access-control-allow-headers").unwrap().contains("authorization"));
    let answer = preflight("/v1/verify", "https://evil.example", "POST").await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (403, None));
    assert_eq!(preflight("/v1/verify", ORIGIN, "DELETE").await.status, 405);
    assert_eq!(preflight("/v1/sessions", ORIGIN, "POST").await.status, 405, "a browser must not use a key");
    for path in ["/v1/regions", "/v1/guidance", "/widget/connect-form.js"] {
        let answer = preflight(path, "https://anywhere.example", "GET").await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, Some("*")), "{path}");
    }
    let answer = service.post_with(&credential("W9R-486-4W5Z", "x", "in1").to_string(), &[("origin", ORIGIN)]).await;
    assert_eq!(
        (answer.status, answer.header("access-control-allow-origin")),
        (200, None),
        "a key in a page must not work"
    );
}

#[tokio::test]
async fn serves_the_form_compressed_and_immutable_below_its_version() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "").await;
    let plain = service.get("/widget/connect-form.js", &[]).await;
    assert_eq!((plain.status, plain.header("content-type")), (200, Some("text/javascript; charset=utf-8")));
    assert_eq!(plain.header("access-control-allow-origin"), Some("*"));
    let length = |answer: &Answer| answer.header("content-length").unwrap().parse::<usize>().unwrap();
    for coding in ["gzip", "br"] {
        let packed = service.get("/widget/connect-form.js", &[("accept-encoding", coding)]).await;
        assert_eq!(packed.header("content-encoding"), Some(coding));
        assert!(length(&packed) < 25_000 && length(&packed) < length(&plain), "{coding}: {}", length(&packed));
    }
    let versioned = format!("/widget/{}/connect-form.js", env!("CARGO_PKG_VERSION"));
    let answer = service.get(&versioned, &[]).await;
    assert!(answer.header("cache-control").unwrap().contains("immutable"));
    assert_eq!(service.get("/widget/0.0.0/connect-form.js", &[]).await.status, 404);
    let etag = plain.header("etag").unwrap();
    assert_eq!(service.get("/widget/connect-form.js", &[("if-none-match", etag)]).await.status, 304);
}

#[tokio::test]
async fn serves_the_page_if_it_is_enabled() {
    let upstream = Upstream::always(Reply::success()).await;
    let without = Service::start(&upstream, "").await;
    assert_eq!(without.get("/", &[]).await.status, 404);
    assert_eq!(without.get("/docs", &[]).await.status, 200);
    let with = Service::start(&upstream, "[page]\nenabled = true\n").await;
    let page = with.get("/", &[]).await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(!page.body.contains("<script>") && !page.body.contains("style="), "no inline code");
}

/// Every route is served, documented, and counted by its template.
#[tokio::test]
async fn each_route_is_served_documented_and_labelled() {
    let upstream = Upstream::always(Reply::success()).await;
    let service = Service::start(&upstream, "[page]\nenabled = true\n").await;
    let document = service.get("/openapi.json", &[]).await.json();
    let documented: Vec<&str> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    for template in connect_verifier::http::route_templates() {
        let path = template
            .replace("{code}", "internal")
            .replace("{file}", "base.css")
            .replace("{version}", env!("CARGO_PKG_VERSION"));
        let answer = service.get(&path, &[]).await;
        assert!(matches!(answer.status, 200 | 405), "{path}: {}", answer.status);
        let label = format!("route=\"{template}\"");
        crate::support::eventually("it is counted", async || service.metrics().await.contains(&label)).await;
        if template != "/docs/{file}" {
            assert!(documented.contains(&template), "{template} is not documented");
        }
    }
    for path in documented {
        assert!(connect_verifier::http::route_templates().any(|template| template == path), "{path} is not served");
    }
}
