//! The simulated connect API: CleverTap's answers over real HTTP, chosen by magic account ids.
//!
//! For newcomers, demonstrations and tests. It answers in the shapes that `docs/CLEVERTAP.md` describes, and fails like
//! a real upstream: it stalls, resets connections and sends a proxy's page.

mod simulate;

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;

pub use self::simulate::{SANDBOX_PARTNER, simulate};
use crate::{
    clevertap::{ACCOUNT_ID_HEADER, CONNECT_PATH, PASSCODE_HEADER},
    server::{Aborted, Handler, Peer, RequestBody},
};

/// The passcode that is right for every account.
pub const GOOD_PASSCODE: &str = "GOOD-PASSCODE";

/// The magic accounts, each with its answer to the valid passcode. `TEST-IN1-OKA-0000` represents one per region.
pub const ACCOUNTS: [(&str, &str); 14] = [
    ("TEST-200-OKA-0000", "success in every region"),
    ("TEST-IN1-OKA-0000", "success in that region only; also TEST-EU1-OKA-0000 and so on"),
    ("TEST-400-BAD-0000", "400 Invalid Credentials"),
    ("TEST-401-BAD-0000", "401 Account Id not valid"),
    ("TEST-403-WLS-0000", "403 Partner not whitelisted"),
    ("TEST-429-BSY-0000", "429 Too many concurrent requests"),
    ("TEST-500-ERR-0000", "500"),
    ("TEST-503-ERR-0000", "503"),
    ("TEST-504-ERR-0000", "504"),
    ("TEST-HTM-ERR-0000", "200 with an HTML page"),
    ("TEST-FLP-OKA-0000", "503 twice, then success"),
    ("TEST-SLO-OKA-0000", "success after 2 seconds"),
    ("TEST-HNG-ERR-0000", "no answer"),
    ("TEST-RST-ERR-0000", "a reset connection"),
];

/// The delay of the slow account.
const SLOW: Duration = Duration::from_secs(2);

/// The simulated API for a set of regions.
#[derive(Debug)]
pub struct Sandbox {
    regions: Vec<String>,
    flapped: Mutex<HashMap<String, u32>>,
}

/// The scripted answer of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Script {
    Json { status: u16, body: String },
    Html,
    Flap,
    Slow,
    Hang,
    Reset,
}

impl Sandbox {
    /// Creates a sandbox for these region ids.
    pub fn new<'a>(regions: impl Iterator<Item = &'a str>) -> Self {
        Self { regions: regions.map(str::to_owned).collect(), flapped: Mutex::default() }
    }

    async fn answer(&self, request: &Request<RequestBody>) -> Result<Response<Full<Bytes>>, Aborted> {
        let Some(region) = self.region_of(request.uri().path()) else {
            return Ok(json(404, &failure(404, "Not Found")));
        };
        if request.method() != http::Method::GET {
            let mut response = json(405, &failure(405, "Method Not Allowed"));
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET"));
            return Ok(response);
        }
        let partner = request.uri().query().and_then(|query| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(name, _)| name == "partner")
                .map(|(_, value)| value.into_owned())
        });
        match script(&self.regions, region, partner.as_deref(), request.headers()) {
            Script::Json { status, body } => Ok(json(status, &body)),
            Script::Html => {
                let page = "<!doctype html><title>Sign in</title><p>Please sign in to the network.";
                let mut response = Response::new(Full::from(page));
                response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
                Ok(response)
            }
            Script::Flap if self.is_down(region.unwrap_or("")) => Ok(json(503, &failure(503, UNAVAILABLE))),
            Script::Flap => Ok(json(200, SUCCESS)),
            Script::Slow => {
                tokio::time::sleep(SLOW).await;
                Ok(json(200, SUCCESS))
            }
            Script::Hang => std::future::pending().await,
            Script::Reset => Err(Aborted),
        }
    }

    /// Returns the region of a path; `Some(None)` stands for all regions at once.
    fn region_of<'a>(&'a self, path: &str) -> Option<Option<&'a str>> {
        let prefix = path.strip_suffix(CONNECT_PATH)?;
        if prefix.is_empty() {
            return Some(None);
        }
        let id = prefix.strip_prefix('/')?;
        self.regions.iter().find(|region| *region == id).map(|region| Some(region.as_str()))
    }

    /// Returns whether the flapping account is still down in a region: it fails twice, then works.
    fn is_down(&self, region: &str) -> bool {
        let mut flapped = self.flapped.lock().unwrap_or_else(PoisonError::into_inner);
        let count = flapped.entry(region.to_owned()).or_default();
        *count += 1;
        *count <= 2
    }
}

impl Handler for Sandbox {
    type Body = Full<Bytes>;

    async fn handle(&self, request: Request<RequestBody>, peer: Peer) -> Result<Response<Full<Bytes>>, Aborted> {
        if peer.refusal.is_some() {
            return Ok(json(400, &failure(400, "Bad Request")));
        }
        self.answer(&request).await
    }
}

const SUCCESS: &str = r#"{"message": "Authorised Successfully.", "status": "success"}"#;
const UNAVAILABLE: &str = "Service Unavailable. Please retry later.";

fn script(regions: &[String], region: Option<&str>, partner: Option<&str>, headers: &HeaderMap) -> Script {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or("");
    let (account_id, passcode) = (text(ACCOUNT_ID_HEADER), text(PASSCODE_HEADER));
    let fail = |status, message: &str| Script::Json { status, body: failure(status, message) };
    let Some(partner) = partner.filter(|partner| !partner.is_empty()) else {
        return fail(400, "partner is missing");
    };
    if account_id.is_empty() {
        return fail(503, "The account id should not be empty");
    }
    let refused = || fail(400, "Invalid Credentials");
    if passcode != GOOD_PASSCODE {
        return refused();
    }
    let success = || Script::Json { status: 200, body: SUCCESS.to_owned() };
    match account_id {
        "TEST-200-OKA-0000" => success(),
        "TEST-401-BAD-0000" => fail(401, "Account Id not valid"),
        "TEST-403-WLS-0000" => fail(403, &format!("Partner not whitelisted: {partner}")),
        "TEST-429-BSY-0000" => fail(429, "Too many concurrent requests"),
        "TEST-500-ERR-0000" => fail(500, "Internal Server Error"),
        "TEST-503-ERR-0000" => fail(503, UNAVAILABLE),
        "TEST-504-ERR-0000" => fail(504, "Gateway Timeout"),
        "TEST-HTM-ERR-0000" => Script::Html,
        "TEST-FLP-OKA-0000" => Script::Flap,
        "TEST-SLO-OKA-0000" => Script::Slow,
        "TEST-HNG-ERR-0000" => Script::Hang,
        "TEST-RST-ERR-0000" => Script::Reset,
        _ => {
            // The id of an account that works in one region contains that region: TEST-IN1-OKA-0000.
            let home = account_id.strip_prefix("TEST-").and_then(|rest| rest.strip_suffix("-OKA-0000"));
            let home = home.and_then(|home| regions.iter().find(|region| region.to_uppercase() == home));
            match home {
                Some(home) if region.is_none_or(|region| region == home) => success(),
                _ => refused(),
            }
        }
    }
}

fn failure(code: u16, message: &str) -> String {
    serde_json::json!({"status": "fail", "error": message, "code": code}).to_string()
}

fn json(status: u16, body: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_owned()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(region: Option<&str>, account_id: &'static str, passcode: &'static str) -> Script {
        let regions = ["in1".to_owned(), "aps3".to_owned()];
        let mut headers = HeaderMap::new();
        headers.insert(ACCOUNT_ID_HEADER, HeaderValue::from_static(account_id));
        headers.insert(PASSCODE_HEADER, HeaderValue::from_static(passcode));
        script(&regions, region, Some("adjust"), &headers)
    }

    fn status(script: &Script) -> u16 {
        match script {
            Script::Json { status, .. } => *status,
            _ => 0,
        }
    }

    #[test]
    fn answers_each_listed_account_as_the_list_says() {
        for (account_id, answer) in ACCOUNTS {
            let found = ask(Some("in1"), account_id, GOOD_PASSCODE);
            let expected = match answer.split(' ').next().unwrap().parse::<u16>() {
                Ok(503) if answer.contains("twice") => Script::Flap,
                Ok(_) if answer.contains("HTML") => Script::Html,
                Ok(code) => {
                    assert_eq!(status(&found), code, "{account_id}");
                    continue;
                }
                Err(_) if answer.contains("seconds") => Script::Slow,
                Err(_) if answer.contains("no answer") => Script::Hang,
                Err(_) if answer.contains("reset") => Script::Reset,
                Err(_) => Script::Json { status: 200, body: SUCCESS.to_owned() },
            };
            assert_eq!(found, expected, "{account_id}");
        }
    }

    #[test]
    fn knows_an_accounts_home() {
        assert_eq!(status(&ask(Some("in1"), "TEST-IN1-OKA-0000", GOOD_PASSCODE)), 200);
        assert_eq!(status(&ask(Some("aps3"), "TEST-IN1-OKA-0000", GOOD_PASSCODE)), 400);
        assert_eq!(status(&ask(Some("aps3"), "TEST-APS3-OKA-0000", GOOD_PASSCODE)), 200);
        assert_eq!(status(&ask(None, "TEST-IN1-OKA-0000", GOOD_PASSCODE)), 200, "a plain path means all regions");
        assert_eq!(status(&ask(Some("in1"), "TEST-XX1-OKA-0000", GOOD_PASSCODE)), 400);
    }

    #[test]
    fn refuses_any_other_passcode() {
        for account_id in ["TEST-200-OKA-0000", "TEST-403-WLS-0000", "TEST-HNG-ERR-0000", "TEST-400-BAD-0000"] {
            assert_eq!(status(&ask(Some("in1"), account_id, "good-passcode")), 400);
        }
        assert_eq!(status(&ask(Some("in1"), "TEST-400-BAD-0000", GOOD_PASSCODE)), 400);
    }

    #[test]
    fn flaps_twice_in_each_region() {
        let sandbox = Sandbox::new(["in1", "eu1"].into_iter());
        let states: Vec<bool> = (0..5).map(|_| sandbox.is_down("in1")).collect();
        assert_eq!(states, [true, true, false, false, false]);
        assert!(sandbox.is_down("eu1"));
    }

    #[test]
    fn finds_the_region_of_a_path() {
        let sandbox = Sandbox::new(["in1"].into_iter());
        assert_eq!(sandbox.region_of("/in1/v1/connect"), Some(Some("in1")));
        assert_eq!(sandbox.region_of("/v1/connect"), Some(None));
        for path in ["/", "/xx/v1/connect", "/in1/v1/connect/x", "//v1/connect", "in1/v1/connect"] {
            assert_eq!(sandbox.region_of(path), None, "{path}");
        }
    }
}
