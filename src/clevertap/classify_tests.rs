use proptest::prelude::*;

use super::*;

const ASKED: Asked<'_> = Asked { partner: "adjust", account_id: "W9R-486-4W5Z" };

fn attempt(status: u16, body: Option<&[u8]>) -> Attempt {
    classify(Wire::Answer { status, retry_after: None, body }, ASKED, SystemTime::UNIX_EPOCH)
}

fn answer(status: u16, body: &str) -> &'static str {
    attempt(status, Some(body.as_bytes())).outcome.code()
}

/// Every row of the reference, and further answers that were observed or are plausible.
const KNOWN_ANSWERS: &[(u16, &str, &str)] = &[
    (200, r#"{"message": "Authorised Successfully.", "status": "success"}"#, "verified"),
    (201, r#"{"status":"success"}"#, "verified"),
    (200, r#"{"status":"success","code":200,"error":null}"#, "verified"),
    (400, r#"{"status": "fail", "error": "Invalid Credentials", "code": 400}"#, "invalid_credentials"),
    (400, r#"{"status": "fail", "error": "Invalid Credentials", "code": "400"}"#, "invalid_credentials"),
    (401, r#"{"status":"fail","error":"Invalid Credentials","code":401}"#, "invalid_credentials"),
    (401, r#"{"status":"fail","error":"Account Id not valid","code":401}"#, "invalid_credentials"),
    (401, r#"{"status":"fail","error":"Invalid Account Info","code":401}"#, "invalid_credentials"),
    (401, r#"{"error":"Invalid passcode"}"#, "invalid_credentials"),
    (
        403,
        r#"{"status": "fail", "error": "Partner not whitelisted: patnername", "code": 403}"#,
        "partner_not_whitelisted",
    ),
    (
        400,
        r#"{"status":"fail","error":"Partner name not whitelisted. Connect with the product team to get it whitelisted.","code":400}"#,
        "partner_not_whitelisted",
    ),
    (400, r#"{"status":"fail","error":"utm_source is missing","code":400}"#, "upstream_unexpected"),
    (400, r#"{"status":"fail","code":400}"#, "upstream_unexpected"),
    (400, r#"{"status":"success"}"#, "upstream_unexpected"),
    (400, r#"{"status":"fail","error":"Invalid Credentials","code":500}"#, "upstream_unexpected"),
    (400, "<html>Bad Request</html>", "upstream_unexpected"),
    (401, "", "upstream_unexpected"),
    (403, r#"{"status":"fail","error":"Forbidden","code":403}"#, "upstream_unexpected"),
    (403, r#"{"status":"fail","error":"Invalid Credentials","code":403}"#, "upstream_unexpected"),
    (403, "<html>blocked</html>", "upstream_unexpected"),
    (404, r#"{"status":"fail","error":"Invalid Credentials","code":404}"#, "upstream_unexpected"),
    (301, "", "upstream_unexpected"),
    (302, r#"{"status":"success"}"#, "upstream_unexpected"),
    (429, r#"{"status":"fail","error":"Too many concurrent requests","code":429}"#, "upstream_busy"),
    (429, "<html>slow down</html>", "upstream_busy"),
    (500, r#"{"status":"fail","error":"Invalid Credentials","code":400}"#, "upstream_unavailable"),
    (503, "Service Unavailable. Please retry later.", "upstream_unavailable"),
    (504, "<html>Gateway Timeout</html>", "upstream_unavailable"),
    (599, "", "upstream_unavailable"),
    // CleverTap sends `fail` or `error`; other wordings come from another server.
    (400, r#"{"message":"Invalid Credentials"}"#, "upstream_unexpected"),
    (401, r#"{"status":"error","error":"Invalid Credentials"}"#, "upstream_unexpected"),
    (401, r#"{"status":401,"error":"Invalid Credentials"}"#, "upstream_unexpected"),
    (401, r#"{"error":true,"message":"Invalid Credentials"}"#, "upstream_unexpected"),
    (401, r#"{"error":{"message":"Invalid Credentials"}}"#, "upstream_unexpected"),
    (400, r#"{"message":"Partner not whitelisted: adjust"}"#, "upstream_unexpected"),
    (403, r#"{"status":"fail","error":"IP address not whitelisted","code":403}"#, "upstream_unexpected"),
    (401, r#"{"status":null,"error":"Invalid Credentials","code":null}"#, "invalid_credentials"),
    (400, r#"{"status":"fail","message":"Invalid Credentials"}"#, "invalid_credentials"),
    (401, r#"{"status":"fail","error":"Invalid account_id","code":401}"#, "invalid_credentials"),
    (401, r#"{"status":"fail","error":"InvalidCredentials","code":401}"#, "invalid_credentials"),
    (401, r#"["fail",400,"Invalid Credentials",null]"#, "upstream_unexpected"),
    // A failure inside a 200.
    (200, r#"{"status":"fail","error":"Invalid Credentials","code":"401"}"#, "invalid_credentials"),
    (200, r#"{"status":"fail","error":"Invalid Credentials","code":400}"#, "invalid_credentials"),
    (200, r#"{"status":"fail","error":"Partner not whitelisted: x","code":403}"#, "partner_not_whitelisted"),
    (200, r#"{"status":"fail","error":"Service Unavailable","code":503}"#, "upstream_unavailable"),
    (200, r#"{"status":"fail","error":"Invalid Credentials","code":503}"#, "upstream_unavailable"),
    (200, r#"{"status":"fail","error":"Too many","code":"429"}"#, "upstream_busy"),
    (200, r#"{"status":"fail","message":"Invalid Credentials"}"#, "invalid_credentials"),
    (200, r#"{"error":"Invalid Credentials","code":401}"#, "invalid_credentials"),
    (200, r#"{"status":"fail","error":"Partner not whitelisted: x"}"#, "partner_not_whitelisted"),
    (200, r#"{"status":"fail","error":"Internal error while checking credentials"}"#, "upstream_unavailable"),
    (200, r#"{"status":"fail","error":"Account info: please retry","code":400}"#, "upstream_unavailable"),
    (200, r#"{"status":"fail"}"#, "upstream_unexpected"),
    (200, r#"{"status":"fail","error":"Invalid Credentials","code":404}"#, "upstream_unexpected"),
    (200, r#"{"status":"fail","error":"Invalid Credentials","code":true}"#, "upstream_unexpected"),
    (200, r#"{"status":"fail","error":"Invalid Credentials","code":200}"#, "upstream_unexpected"),
    // Answers that resemble a success but are not.
    (200, r#"{"status":"success","error":"Invalid Credentials"}"#, "upstream_unexpected"),
    (200, r#"{"status":"success","error":{}}"#, "upstream_unexpected"),
    (200, r#"{"status":"success","code":400}"#, "upstream_unexpected"),
    (200, r#"{"status":"success","status":"fail"}"#, "upstream_unexpected"),
    (200, r#"{"status":"fail","status":"success"}"#, "upstream_unexpected"),
    (200, r#"{"status":"Success"}"#, "upstream_unexpected"),
    (200, r#"{"status":true}"#, "upstream_unexpected"),
    (200, r#"{"status":["success"]}"#, "upstream_unexpected"),
    (200, r#"["success"]"#, "upstream_unexpected"),
    (200, r#"["success",null,null,null]"#, "upstream_unexpected"),
    (200, r#""success""#, "upstream_unexpected"),
    (200, r#"{"status":"success"} trailing"#, "upstream_unexpected"),
    (200, r#"{"status":"success""#, "upstream_unexpected"),
    (200, "{}", "upstream_unexpected"),
    (200, "<html><body>Authorised Successfully.</body></html>", "upstream_unexpected"),
    (204, "", "upstream_unexpected"),
    (100, r#"{"status":"success"}"#, "upstream_unexpected"),
    (700, r#"{"status":"success"}"#, "upstream_unexpected"),
];

#[test]
fn classifies_each_known_answer() {
    let long = format!("{{\"status\":\"success\",\"x\":\"{}\"}}", "y".repeat(1000));
    for (status, body, expected) in KNOWN_ANSWERS.iter().copied().chain([(200, long.as_str(), "verified")]) {
        assert_eq!(answer(status, body), expected, "{status} {body}");
    }
}

#[test]
fn distinguishes_an_unknown_account_from_a_wrong_passcode() {
    let unknown = |message: &str| {
        let body = format!(r#"{{"status":"fail","error":"{message}","code":401}}"#);
        match attempt(401, Some(body.as_bytes())).outcome {
            Outcome::Verdict(Verdict::InvalidCredentials { refusal }) => refusal == Refusal::UnknownAccount,
            other => panic!("{other:?}"),
        }
    };
    assert!(unknown("Account Id not valid"));
    assert!(unknown("Invalid Account Info"));
    assert!(!unknown("Invalid Credentials"));
    assert!(!unknown("Account Id or passcode not valid"));
}

#[test]
fn marks_possible_refusals() {
    for (status, body, expected) in [
        (400, "", true),
        (401, r#"{"status":"fail","error":"Who are you?","code":401}"#, true),
        (403, "<html>blocked</html>", true),
        (403, r#"{"status":"fail","error":"Invalid Credentials","code":403}"#, true),
        (400, r#"{"status":"success"}"#, true),
        (200, r#"{"status":"fail","error":"Who are you?","code":"401"}"#, true),
        (200, r#"{"status":"success","error":"Who are you?","code":403}"#, true),
        (200, r#"{"status":"fail","error":"Who are you?","code":404}"#, false),
        (200, r#"{"status":"fail","error":"Who are you?"}"#, true),
        (200, "<html>", false),
        (302, "", false),
        (404, r#"{"status":"fail","error":"Not found","code":401}"#, false),
        (400, r#"{"status":"fail","error":"Please retry","code":400}"#, false),
        (503, "", false),
        (429, "", false),
    ] {
        let Outcome::Fault(fault) = attempt(status, Some(body.as_bytes())).outcome else { panic!("{status} {body}") };
        assert_eq!(fault.may_be_refusal, expected, "{status} {body}");
        assert!(!expected || fault.kind == FaultKind::UpstreamUnexpected, "{status} {body}");
    }
}

#[test]
fn gives_no_verdict_for_an_oversized_or_non_text_answer() {
    for (status, body) in [(200, None), (400, None), (200, Some(&b"{\"status\":\"succ\xff\"}"[..]))] {
        let attempt = attempt(status, body);
        assert_eq!(attempt.outcome.code(), "upstream_unexpected", "{status}");
        assert!(!attempt.is_retryable);
    }
}

#[test]
fn names_each_transport_error() {
    for (error, code) in [
        (TransportError::Timeout, "upstream_timeout"),
        (TransportError::Connect, "upstream_unavailable"),
        (TransportError::Dns, "upstream_unavailable"),
        (TransportError::Tls, "upstream_unavailable"),
        (TransportError::Reset, "upstream_unavailable"),
        (TransportError::Protocol, "upstream_unavailable"),
    ] {
        let attempt = classify(Wire::Failure(error), ASKED, SystemTime::UNIX_EPOCH);
        assert_eq!((attempt.outcome.code(), attempt.is_retryable), (code, true), "{error:?}");
    }
}

#[test]
fn retries_only_temporary_failures() {
    for (status, body, retryable) in [
        (429, "", true),
        (500, "", false),
        (501, "", false),
        (502, "", true),
        (503, "", true),
        (504, "", true),
        (400, r#"{"status":"fail","error":"Invalid Credentials","code":400}"#, false),
        (200, r#"{"status":"success"}"#, false),
        (200, r#"{"status":"fail","code":503}"#, true),
        (200, r#"{"status":"fail","code":500}"#, false),
        (200, r#"{"status":"fail","error":"Please retry later"}"#, true),
        (400, r#"{"status":"fail","error":"Please retry later","code":400}"#, true),
        (400, r#"{"status":"fail","error":"Other","code":503}"#, false),
        (200, "<html>", false),
    ] {
        assert_eq!(attempt(status, Some(body.as_bytes())).is_retryable, retryable, "{status} {body}");
    }
}

#[test]
fn reads_both_forms_of_retry_after() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    let after = |text| {
        let wire = Wire::Answer { status: 503, retry_after: Some(text), body: Some(b"") };
        match classify(wire, ASKED, now).outcome {
            Outcome::Fault(fault) => fault.retry_after,
            Outcome::Verdict(_) => None,
        }
    };
    assert_eq!(after("7"), Some(Duration::from_secs(7)));
    assert_eq!(after("Sun, 06 Nov 1994 08:49:47 GMT"), Some(Duration::from_secs(10)));
    assert_eq!(after("Sun, 06 Nov 1994 08:49:00 GMT"), Some(Duration::ZERO));
    for long in ["601", "86400", "99999999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        assert_eq!(after(long), Some(Duration::from_secs(600)), "{long}");
    }
    for unusable in ["soon", "-1", "", "1.5", "+7"] {
        assert_eq!(after(unusable), None, "{unusable}");
    }
}

/// Bodies similar to the known ones, so that the properties see more than noise.
fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "success",
        "fail",
        "Success",
        "error",
        "Invalid Credentials",
        "Partner not whitelisted: x",
        "Account Id not valid",
        "Could not check the credentials",
        "Invalid Credentials, retry later",
        "status",
        "",
        "503",
    ]);
    let value = prop_oneof![
        words.clone().prop_map(|word| serde_json::json!(word)),
        any::<i64>().prop_map(|number| serde_json::json!(number)),
        prop::sample::select(vec![200, 400, 401, 403, 404, 429, 500, 503]).prop_map(|code| serde_json::json!(code)),
        Just(serde_json::json!(null)),
        Just(serde_json::json!(["success"])),
    ];
    let name = prop::sample::select(vec!["status", "code", "error", "message", "other"]);
    let object = prop::collection::vec((name, value), 0..5).prop_map(|members| {
        let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(",")).into_bytes()
    });
    prop_oneof![4 => object, 1 => prop::collection::vec(any::<u8>(), 0..200)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn verifies_nothing_but_an_explicit_success(status in 0_u16..1000, body in bodies()) {
        let attempt = attempt(status, Some(&body));
        if attempt.outcome == Outcome::Verdict(Verdict::Verified) {
            prop_assert!((200..=299).contains(&status));
            let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
            prop_assert_eq!(value["status"].as_str(), Some("success"));
            prop_assert!(value["error"].is_null());
        }
    }

    #[test]
    fn never_calls_an_outage_bad_credentials(status in prop_oneof![500_u16..600, Just(429)], body in bodies()) {
        prop_assert!(matches!(attempt(status, Some(&body)).outcome, Outcome::Fault(_)));
    }

    #[test]
    fn gives_no_verdict_when_the_message_mentions_an_outage(
        status in prop::sample::select(vec![200_u16, 400, 401, 403]),
        word in prop::sample::select(vec!["retry", "Later", "INTERNAL", "unavailable", "time-out", "could not", "unable"]),
        before in "[a-z ,.]{0,20}",
        has_code in any::<bool>(),
    ) {
        let mut body = serde_json::json!({
            "status": "fail",
            "error": format!("{before} {word}: Invalid Credentials, Account Id, Partner not whitelisted: adjust"),
        });
        if has_code {
            body["code"] = serde_json::json!(status.max(400));
        }
        prop_assert_eq!(answer(status, &body.to_string()), "upstream_unavailable");
    }

    #[test]
    fn gives_no_verdict_without_a_suitable_status(status in any::<u16>(), body in bodies()) {
        if matches!(attempt(status, Some(&body)).outcome, Outcome::Verdict(_)) {
            prop_assert!(matches!(status, 200..=299 | 400 | 401 | 403), "{}", status);
        }
    }
}
