//! Answers of gateways and failing servers in place of CleverTap: never a verdict.

use super::*;

const UNAVAILABLE: &str = "upstream_unavailable";
const UNEXPECTED: &str = "upstream_unexpected";

/// The answers of proxies, gateways and frameworks in their own formats.
const GATEWAYS: &[(&str, u16, &str, &str)] = &[
    ("nginx", 401, "<html>\r\n<head><title>401 Authorization Required</title></head>\r\n</html>", UNEXPECTED),
    ("nginx", 403, "<html>\r\n<head><title>403 Forbidden</title></head>\r\n</html>", UNEXPECTED),
    (
        "nginx",
        400,
        "<html><body><center>The plain HTTP request was sent to HTTPS port</center></body></html>",
        UNEXPECTED,
    ),
    ("nginx", 502, "<html><head><title>502 Bad Gateway</title></head></html>", UNAVAILABLE),
    (
        "HAProxy",
        403,
        "<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>",
        UNEXPECTED,
    ),
    (
        "Apache",
        401,
        "<!DOCTYPE HTML><p>This server could not verify that you are authorized. Either you supplied the wrong credentials",
        UNEXPECTED,
    ),
    ("Envoy", 401, "Jwt verification fails", UNEXPECTED),
    ("Envoy", 403, "RBAC: access denied", UNEXPECTED),
    (
        "Envoy",
        400,
        "upstream connect error or disconnect/reset before headers. reset reason: connection failure",
        UNEXPECTED,
    ),
    ("Envoy", 503, "no healthy upstream", UNAVAILABLE),
    ("Istio", 403, "RBAC: access denied", UNEXPECTED),
    ("Kong", 401, r#"{"message":"Invalid authentication credentials"}"#, UNEXPECTED),
    ("Kong", 401, r#"{"message":"Unauthorized","request_id":"2f1c"}"#, UNEXPECTED),
    ("Kong", 401, r#"{"message":"No API key found in request"}"#, UNEXPECTED),
    ("Kong", 403, r#"{"message":"You cannot consume this service"}"#, UNEXPECTED),
    ("Kong", 403, r#"{"message":"IP address not allowed: 192.0.2.1"}"#, UNEXPECTED),
    ("Kong", 400, r#"{"message":"An invalid response was received from the upstream server"}"#, UNAVAILABLE),
    ("Tyk", 401, r#"{"error": "Authorization field missing"}"#, UNEXPECTED),
    ("Tyk", 403, r#"{"error": "Access to this API has been disallowed"}"#, UNEXPECTED),
    ("Tyk", 403, r#"{"error": "Key has expired, please renew"}"#, UNEXPECTED),
    ("KrakenD", 401, "", UNEXPECTED),
    ("Traefik", 401, "401 Unauthorized\n", UNEXPECTED),
    ("AWS API Gateway", 403, r#"{"message":"Missing Authentication Token"}"#, UNEXPECTED),
    ("AWS API Gateway", 403, r#"{"message":"Forbidden"}"#, UNEXPECTED),
    ("AWS API Gateway", 401, r#"{"message":"Unauthorized"}"#, UNEXPECTED),
    ("AWS API Gateway", 403, r#"{"message":"Credential should be scoped to a valid region"}"#, UNEXPECTED),
    (
        "AWS API Gateway",
        403,
        r#"{"Message":"User is not authorized to access this resource with an explicit deny"}"#,
        UNEXPECTED,
    ),
    ("AWS API Gateway", 403, r#"{"message":"Limit Exceeded"}"#, UNAVAILABLE),
    ("AWS", 400, r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#, UNAVAILABLE),
    (
        "AWS",
        400,
        r#"{"__type":"UnrecognizedClientException","message":"The security token included in the request is invalid."}"#,
        UNEXPECTED,
    ),
    ("AWS WAF", 403, "<html><head><title>403 Forbidden</title></head></html>", UNEXPECTED),
    ("Cloudflare", 403, "<!DOCTYPE html><title>Attention Required! | Cloudflare</title>", UNEXPECTED),
    (
        "Cloudflare",
        403,
        r#"{"type":"https://example.com/1020","title":"Error 1020: Access denied","status":403,"error_code":1020}"#,
        UNEXPECTED,
    ),
    (
        "Cloudflare",
        400,
        r#"{"success":false,"errors":[{"code":6003,"message":"Invalid request headers"}],"messages":[],"result":null}"#,
        UNEXPECTED,
    ),
    ("Cloudflare", 401, r#"{"success":false,"errors":[{"code":10000,"message":"Invalid credentials"}]}"#, UNEXPECTED),
    ("Cloudflare", 522, "error code: 522", UNAVAILABLE),
    ("Akamai", 403, "<HTML><HEAD><TITLE>Access Denied</TITLE></HEAD>Reference #18.2d</HTML>", UNEXPECTED),
    (
        "Akamai",
        401,
        r#"{"type":"https://problems.example/pep-authn/deny","title":"Not authorized","status":401,"detail":"Invalid credentials"}"#,
        UNEXPECTED,
    ),
    (
        "Apigee",
        401,
        r#"{"fault":{"faultstring":"Failed to resolve API Key variable request.queryparam.apikey","detail":{"errorcode":"steps.oauth.v2.FailedToResolveAPIKey"}}}"#,
        UNEXPECTED,
    ),
    (
        "Apigee",
        401,
        r#"{"fault":{"faultstring":"Invalid ApiKey","detail":{"errorcode":"oauth.v2.InvalidApiKey"}}}"#,
        UNEXPECTED,
    ),
    (
        "Azure APIM",
        401,
        r#"{ "statusCode": 401, "message": "Access denied due to missing subscription key." }"#,
        UNEXPECTED,
    ),
    (
        "Azure APIM",
        401,
        r#"{ "statusCode": 401, "message": "Invalid credentials in the Authorization header." }"#,
        UNEXPECTED,
    ),
    (
        "Azure APIM",
        403,
        r#"{ "statusCode": 403, "message": "Out of call volume quota. Quota will be replenished in 02:10:00." }"#,
        UNAVAILABLE,
    ),
    (
        "GCP",
        401,
        r#"{"error":{"code":401,"message":"Request had invalid authentication credentials. Expected OAuth 2 access token","status":"UNAUTHENTICATED"}}"#,
        UNEXPECTED,
    ),
    (
        "GCP",
        403,
        r#"{"error":{"code":403,"message":"The caller does not have permission","status":"PERMISSION_DENIED"}}"#,
        UNEXPECTED,
    ),
    ("GCP ESP", 401, r#"{"code":16,"message":"JWT validation failed: BAD_FORMAT","details":[]}"#, UNEXPECTED),
    (
        "WSO2",
        401,
        r#"{"fault":{"code":900901,"message":"Invalid Credentials","description":"Access failure for API"}}"#,
        UNEXPECTED,
    ),
    (
        "WSO2",
        401,
        r#"{"code":"900901","message":"Invalid Credentials","description":"Invalid Credentials"}"#,
        UNEXPECTED,
    ),
    ("WSO2", 401, r#"{"code":"900900","message":"Unclassified Authentication Failure"}"#, UNAVAILABLE),
    ("MuleSoft", 401, r#"{"error":"Invalid client id or secret"}"#, UNEXPECTED),
    ("OAuth 2", 401, r#"{"error":"invalid_client","error_description":"Invalid client credentials"}"#, UNEXPECTED),
    ("OAuth 2", 400, r#"{"error":"temporarily_unavailable","error_description":"credentials store"}"#, UNAVAILABLE),
    (
        "Spring",
        401,
        r#"{"timestamp":"2026-11-24T02:00:00Z","status":401,"error":"Unauthorized","message":"Bad credentials","path":"/v1/connect"}"#,
        UNEXPECTED,
    ),
    (
        "Spring",
        400,
        r#"{"timestamp":1,"status":400,"error":"Bad Request","message":"Required request header 'X-CleverTap-Passcode' is not present"}"#,
        UNEXPECTED,
    ),
    (
        "Spring",
        403,
        r#"{"timestamp":1,"status":403,"error":"Forbidden","message":"Could not open JPA EntityManager"}"#,
        UNAVAILABLE,
    ),
    ("Express", 401, "Unauthorized", UNEXPECTED),
    (
        "Express",
        401,
        r#"{"error":{"statusCode":401,"name":"UnauthorizedError","message":"Invalid credentials"}}"#,
        UNEXPECTED,
    ),
    ("Fastify", 401, r#"{"statusCode":401,"error":"Unauthorized","message":"Invalid credentials"}"#, UNEXPECTED),
    ("NestJS", 403, r#"{"statusCode":403,"message":"Forbidden resource","error":"Forbidden"}"#, UNEXPECTED),
    ("Django", 401, r#"{"detail":"Authentication credentials were not provided."}"#, UNEXPECTED),
    ("FastAPI", 401, r#"{"detail":"Invalid authentication credentials"}"#, UNEXPECTED),
    ("Rails", 401, "HTTP Token: Access denied.\n", UNEXPECTED),
    ("Squid", 403, "<html><title>ERROR: The requested URL could not be retrieved</title></html>", UNEXPECTED),
    ("a captive portal", 200, "<html><title>Sign in</title></html>", UNEXPECTED),
    ("an egress proxy", 403, r#"{"error":"Host not in allowlist"}"#, UNEXPECTED),
    ("a firewall", 403, r#"{"status":"fail","error":"IP not whitelisted"}"#, UNEXPECTED),
    ("a load balancer", 200, r#"{"status":"ok"}"#, UNEXPECTED),
];

/// Outages in CleverTap's own shape: each is tried as a 400, 401 and 403, and inside a 200 with and without a code.
const OUTAGES: &[&str] = &[
    "Could not load account info, please retry later",
    "Internal error while checking credentials",
    "Service Unavailable. Please retry later.",
    "Internal Server Error: credentials",
    "InternalServerError: account info",
    "Credentials service temporarily unavailable",
    "Unable to verify credentials",
    "Unable to process the passcode, try again",
    "Couldn't reach the credentials store",
    "Couldn’t fetch account info",
    "Failed to load account info",
    "Failed to fetch account id from cache",
    "Cannot verify passcode right now",
    "Timeout while validating credentials",
    "Credentials check timed out",
    "Read time-out on account info",
    "java.net.SocketTimeoutException: account info",
    "java.lang.NullPointerException: credentials",
    "Account info backend not responding",
    "credentials upstream request failed",
    "passcode gateway error",
    "Account id lookup: connection refused",
    "credentials: connect ECONNREFUSED 10.0.0.1:5432",
    "account info: ETIMEDOUT",
    "account info: context deadline exceeded",
    "Database error on credentials",
    "Something went wrong while validating the passcode",
    "An unexpected error occurred: account id",
    "Unknown error (credentials)",
    "Error while reading account info",
    "We are down for maintenance, your credentials were not checked",
    "Scheduled maintenance: account info is read-only",
    "The account id service is overloaded",
    "Server busy, account id not checked",
    "Too many concurrent requests for this account id",
    "Rate limit for this account id",
    "Request throttled: passcode",
    "Quota of this account id is used up",
    "Circuit breaker open for credentials",
    "Partner whitelist could not be loaded, try again later",
    "Partner whitelist is unavailable",
    "Partner not whitelisted: adjust (cached, backend unreachable)",
    "Passcode check is offline",
    "Account info is not available at the moment",
];

/// Refusals that must remain refusals for every partner name.
const REFUSALS: &[(u16, &str, &str)] = &[
    (400, "Invalid Credentials", "invalid_credentials"),
    (401, "Invalid Credentials", "invalid_credentials"),
    (401, "Account Id not valid", "invalid_credentials"),
    (401, "Invalid Account Info", "invalid_credentials"),
    (403, "Partner not whitelisted: {partner}", "partner_not_whitelisted"),
    (400, "Partner not whitelisted: {partner}", "partner_not_whitelisted"),
    (
        400,
        "Partner name not whitelisted. Connect with the product team to get it whitelisted.",
        "partner_not_whitelisted",
    ),
];

const PARTNERS: &[&str] = &[
    "adjust",
    "Later",
    "later",
    "Retry.io",
    "RETRY",
    "Internal Tools",
    "InternalTools",
    "Gateway",
    "upstream",
    "Backend & Timeout Ltd.",
    "Try Again",
    "unavailable",
    "Could Not",
    "id",
    "in",
    "not",
    "valid",
    "a",
    "Credentials",
    "Partner",
    "株式会社",
    "!",
    "",
];

fn outcome(status: u16, body: &str, partner: &str) -> Outcome {
    let wire = Wire::Answer { status, retry_after: None, body: Some(body.as_bytes()) };
    classify(wire, Asked { partner, account_id: "W9R-486-4W5Z" }, SystemTime::UNIX_EPOCH).outcome
}

#[test]
fn gives_no_verdict_for_a_gateway() {
    assert!(GATEWAYS.len() >= 40);
    for (name, status, body, expected) in GATEWAYS {
        for partner in PARTNERS {
            assert_eq!(outcome(*status, body, partner).code(), *expected, "{name}, {status} {body}, {partner}");
        }
    }
}

#[test]
fn gives_no_verdict_for_an_outage() {
    assert!(OUTAGES.len() >= 40);
    for message in OUTAGES {
        for status in [400, 401, 403] {
            for (http, body) in [
                (status, serde_json::json!({"status": "fail", "error": message, "code": status})),
                (status, serde_json::json!({"error": message})),
                (status, serde_json::json!({"message": message})),
                (status, serde_json::json!({"status": "fail", "error": "Invalid Credentials", "message": message})),
                (200, serde_json::json!({"status": "fail", "error": message, "code": status})),
                (200, serde_json::json!({"status": "fail", "error": message, "code": status.to_string()})),
                (200, serde_json::json!({"status": "fail", "error": message})),
            ] {
                assert_eq!(outcome(http, &body.to_string(), "adjust").code(), UNAVAILABLE, "{http} {body}");
            }
        }
    }
}

#[test]
fn keeps_the_known_refusals_for_every_partner() {
    for (status, message, expected) in REFUSALS {
        for partner in PARTNERS {
            let message = message.replace("{partner}", partner);
            for (http, body) in [
                (*status, serde_json::json!({"status": "fail", "error": message, "code": status})),
                (200, serde_json::json!({"status": "fail", "error": message, "code": status.to_string()})),
            ] {
                assert_eq!(outcome(http, &body.to_string(), partner).code(), *expected, "{http} {body}, {partner}");
            }
        }
    }
}
