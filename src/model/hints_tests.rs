use proptest::prelude::*;

use super::*;

fn account_id(text: &str) -> &'static str {
    AccountIdHint::of(text).map_or("none", |hint| hint.reason().as_str())
}

fn passcode(text: &str) -> &'static str {
    match PasscodeHint::of(text, "W9R-486-4W5Z") {
        None => "none",
        Some(PasscodeHint::Token) => "token",
        Some(PasscodeHint::Reason(reason)) => reason.as_str(),
    }
}

const IN_PLACE_OF_AN_ACCOUNT_ID: &[(&str, &[&str])] = &[
    (
        "email_address",
        &["max@example.com", "Max <max@example.com>", "mailto:max@example.com", "max＠example.com", "@acme"],
    ),
    (
        "web_address",
        &[
            "https://example.com/a?b=c@d",
            "www.example.com",
            "example.co",
            "https://eu1.dashboard.clevertap.com/login.html",
        ],
    ),
    (
        "account_name",
        &[
            "Acme",
            "Acme Corp",
            "Müller & Söhne GmbH",
            "मेरी दुकान",
            "متجري",
            "ร้านของฉัน",
            "Shop 24",
            "my-app",
            "com.example.app",
        ],
    ),
    (
        "label",
        &[
            "Account ID: W9R-486-4W5Z",
            "AccountID=W9R-486-4W5Z",
            "X-CleverTap-Account-Id: W9R-486-4W5Z",
            "Konto-ID: K97-K78-1234",
            "Account ID K97-K78-1234",
            "Project ID",
            "account_id\": \"W9R-486-4W5Z",
            "-H \"X-CleverTap-Account-Id: W9R-486-4W5Z\" -H \"Content-Type: application/json\"",
            "Acme (W9R-486-4W5Z)",
            "अकाउंट आईडी W9R-486-4W5Z",
            "W9R-486-4W5Z:QAB-CDE-FGHL",
            "W9R-486-4W5Z, W9R-486-4W5Z",
        ],
    ),
    ("lower_case", &["w9r-486-4w5z", "W9r-486-4W5Z", "test-W9R-486-4W5Z", "k97-k78-1234"]),
    (
        "incomplete",
        &[
            "W9R4864W5Z",
            "W9R_486_4W5Z",
            "W9R-486",
            "W9R-486-4W5",
            "W9R-486-4W5ZZ",
            "W9R-4864W5Z",
            "9R-486-4W5Z",
            "w9r4864w5z",
            "TESTZ48Z75785Z",
            "TEST-Z48-Z75-785",
            "W9R 486 4W5Z",
            "W9R-486-4W5Z.",
            "(W9R-486-4W5Z)",
            "• W9R-486-4W5Z",
            "W9R-486-4W5Z””",
            "K97K781234",
            "K97-K78-123",
            "056-b12",
        ],
    ),
    ("misread_character", &["W9R-4O6-4W5Z", "W9R-486-4W52", "TEST-Z4B-Z7S-785Z", "W9R-4l6-4W5Z", "W9R-4８6-4W5Z"]),
    (
        "none",
        &[
            "",
            "-",
            "W9R-486-4W5Z",
            "TEST-W9R-486-4W5Z",
            "K97-K78-1234",
            "ABC-DEF-GHIJ",
            "QAB-CDE-FGHL",
            "KRW-ZKR-WZKL",
            "W9R-486-4W5K",
            "TEST-400-BAD-0000",
            "XXX-XXX-XXXX",
            "1234567890",
            "W9R-٤٨٦-4W5Z",
            "ACME-SHOP",
            "a1",
        ],
    ),
];

#[test]
fn recognizes_what_stands_in_place_of_an_account_id() {
    for (expected, texts) in IN_PLACE_OF_AN_ACCOUNT_ID.iter().copied() {
        for text in texts {
            assert_eq!(account_id(text), expected, "{text}");
        }
    }
}

#[test]
fn reports_the_position_of_a_misread_character() {
    let marks = |text: &str| -> Vec<(usize, char)> {
        match AccountIdHint::of(text) {
            Some(AccountIdHint::Misread(misread)) => [Some(misread.first), misread.second]
                .into_iter()
                .flatten()
                .map(|mark| (mark.position, mark.character))
                .collect(),
            other => panic!("{text}: {other:?}"),
        }
    };
    let expected: [(&str, Vec<(usize, char)>); 4] = [
        ("W9R-486-4O5Z", vec![(10, 'O')]),
        ("TEST-Z4B-Z7S-785Z", vec![(8, 'B'), (12, 'S')]),
        ("I9R-486-4W52", vec![(1, 'I'), (12, '2')]),
        ("W9R-4Ф6-4W5Z", vec![(6, 'Ф')]),
    ];
    for (text, expected) in expected {
        assert_eq!(marks(text), expected, "{text}");
    }
}

#[test]
fn recognizes_what_stands_in_place_of_a_passcode() {
    for (expected, texts) in [
        ("hidden_passcode", &["••••••", "********", "...", "…", "●●●●"][..]),
        ("bearer_prefix", &["Bearer QAB-CDE-FGHL", "bearer: x", "Authorization: Bearer x"]),
        (
            "label",
            &[
                "X-CleverTap-Passcode: QAB-CDE-FGHL",
                "Passcode: QAB-CDE-FGHL",
                "passcode=QAB-CDE-FGHL",
                "Passcode QAB-CDE-FGHL",
                "Passcode\nQAB-CDE-FGHL",
                "पासकोड: x",
                "كلمة المرور: x",
                "Código de acceso: x",
                "W9R-486-4W5Z:QAB-CDE-FGHL",
                "-H \"X-CleverTap-Passcode: QAB-CDE-FGHL\"",
                "passcode\": \"x",
            ],
        ),
        ("web_address", &["https://example.com", "eu1.dashboard.clevertap.com/settings"]),
        ("same_as_account_id", &["W9R-486-4W5Z", "w9r-486-4w5z"]),
        ("placeholder", &["YOUR_PASSCODE", "<passcode>", "{{passcode}}", "XXX-XXX-XXXX", "passcode", "your passcode"]),
        ("user_passcode", &["0123456789abcdef0123456789abcdef", "01234567-89AB-cdef-0123-456789abcdef"]),
        ("token", &["056-b12", "TEST-056-b12"]),
        (
            "none",
            &[
                "QAB-CDE-FGHL",
                "KRW-ZKR-WZKL",
                "ABC-DEF",
                "GOOD-PASSCODE",
                "secret-1",
                "a:b",
                "x=y==",
                "**",
                "Bearerabc",
                "max@example.com",
                "K97-K78-1234",
            ],
        ),
    ] {
        for text in texts {
            assert_eq!(passcode(text), expected, "{text}");
        }
    }
}

#[test]
fn detects_a_swap_only_if_both_forms_match() {
    for (account_id, passcode, expected) in [
        ("QAB-CDE-FGHL", "W9R-486-4W5Z", true),
        ("056-b12", "TEST-W9R-486-4W5Z", true),
        ("0123456789abcdef0123456789abcdef", "W9R-486-4W5Z", true),
        ("my-passcode", "W9R-486-4W5Z", false),
        ("QAB-CDE-FGHL", "QAB-CDE-FGHL", false),
        ("W9R-486-4W5", "QAB-CDE-FGHL", false),
        ("ABC-DEF-GHIJ", "K97-K78-1234", false),
        ("W9R-486-4W5Z", "W9R-486-4W5Z", false),
    ] {
        assert_eq!(Hints::of(account_id, passcode).fields_swapped, expected, "{account_id} {passcode}");
    }
}

#[test]
fn recognizes_a_test_project_by_its_account_id() {
    assert!(Hints::of("TEST-Z48-Z75-785Z", "QAB-CDE-FGHL").test_project);
    assert!(Hints::of("TEST-400-BAD-0000", "TEST-056-b12").test_project);
    assert!(!Hints::of("W9R-486-4W5Z", "TEST-056-b12").test_project);
    assert!(!Hints::of("TEST-ACCOUNT", "x").test_project);
}

proptest! {
    #[test]
    fn a_well_formed_pair_gives_no_hint(
        account_id in "(TEST-)?[4-9KRWZ]{3}-[4-9KRWZ]{3}-[4-9KRWZ]{3}Z",
        passcode in "[A-Z]{3}-[A-Z]{3}-[A-Z]{3}L",
    ) {
        let hints = Hints::of(&account_id, &passcode);
        prop_assert_eq!(hints, Hints { test_project: account_id.starts_with("TEST-"), ..Hints::default() });
    }

    #[test]
    fn accepts_any_text(account_id in any::<String>(), passcode in any::<String>()) {
        let _ = (Hints::of(&account_id, &passcode), AccountIdHint::of(&account_id));
    }
}
