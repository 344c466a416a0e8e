use proptest::prelude::*;

use super::*;
use crate::model::{AccountIdHint, PasscodeHint, Reason};

fn regions() -> Regions {
    let region = |id: &str, name: &str| Region {
        id: id.into(),
        name: name.into(),
        base_url: format!("https://{id}.api.clevertap.com"),
        api_host: format!("{id}.api.clevertap.com"),
        dashboard_url: format!("https://{id}.dashboard.clevertap.com"),
        aliases: Vec::new(),
    };
    Regions::new(vec![region("in1", "India"), region("us1", "United States")]).unwrap()
}

fn raw<'a>(account_id: &'a str, passcode: &str, region: &'a str) -> RawSubmission<'a> {
    RawSubmission {
        account_id: Input::Value(account_id.into()),
        passcode: Input::Value(passcode.into()),
        region: Input::Value(region.into()),
        ..RawSubmission::default()
    }
}

fn parse(account_id: &str, passcode: &str, region: &str) -> Result<Submission, Vec<FieldError>> {
    Submission::parse(raw(account_id, passcode, region), &regions())
}

fn codes(errors: &[FieldError]) -> Vec<(Field, &'static str)> {
    errors.iter().map(|error| (error.field, error.code.as_str())).collect()
}

#[test]
fn keeps_valid_input_unchanged() {
    let submission = parse("W9R-486-4W5Z", "ABC-DEF-GHIJ", "in1").unwrap();
    assert_eq!(&*submission.account_id, "W9R-486-4W5Z");
    assert_eq!(submission.passcode.expose_secret(), "ABC-DEF-GHIJ");
    assert!(matches!(&submission.region, RegionChoice::One(region) if region.id == "in1"));
    assert_eq!(submission.warnings, []);
    assert_eq!(submission.hints(), Hints::default());
}

#[test]
fn repairs_and_lists_the_repairs() {
    let submission = parse(" “W9R–486–4W5Z” ", "\u{200B}'secret'\n", "\"INDIA\"").unwrap();
    assert_eq!(&*submission.account_id, "W9R-486-4W5Z");
    assert_eq!(submission.passcode.expose_secret(), "secret");
    let repaired = |field| Warning { code: WarningCode::Repaired, field };
    assert_eq!(submission.warnings, [repaired(Field::Region), repaired(Field::AccountId), repaired(Field::Passcode)]);
}

#[test]
fn keeps_the_dashes_of_a_passcode() {
    let errors = parse("W9R-486-4W5Z", "a–b", "in1").unwrap_err();
    assert_eq!(codes(&errors), [(Field::Passcode, "unusable_characters")]);
}

#[test]
fn returns_all_errors_at_once() {
    let errors = Submission::parse(
        RawSubmission {
            passcode: Input::WrongType("number"),
            region: Input::Value("atlantis".into()),
            suggest_region: Input::WrongType("string"),
            lang: Input::WrongType("object"),
            ..RawSubmission::default()
        },
        &regions(),
    )
    .unwrap_err();
    assert_eq!(
        codes(&errors),
        [
            (Field::AccountId, "missing"),
            (Field::Passcode, "wrong_type"),
            (Field::Region, "unknown_region"),
            (Field::SuggestRegion, "wrong_type"),
            (Field::Lang, "wrong_type"),
        ]
    );
}

#[test]
fn applies_the_limits_after_repair() {
    let (id, code) = ("a".repeat(64), "b".repeat(256));
    assert!(parse(&format!(" {id} "), &format!("\"{code}\""), "in1").is_ok());
    let errors = parse(&format!("{id}a"), &format!("{code}b"), "in1").unwrap_err();
    assert_eq!(codes(&errors), [(Field::AccountId, "too_long"), (Field::Passcode, "too_long")]);
    let errors = parse(" ", "\"\"", "\u{200B}").unwrap_err();
    assert_eq!(codes(&errors), [(Field::AccountId, "empty"), (Field::Passcode, "empty"), (Field::Region, "empty")]);
}

#[test]
fn takes_the_account_id_from_a_pasted_address() {
    let url = "https://us1.dashboard.clevertap.com/K97-K78-1234/main";
    for account_id in [Input::Missing, Input::Value("".into()), Input::Value(" ".into())] {
        let input = RawSubmission { account_id, ..raw("", "x", url) };
        let submission = Submission::parse(input, &regions()).unwrap();
        assert_eq!(&*submission.account_id, "K97-K78-1234");
        assert_eq!(submission.warnings, []);
    }
    let submission = parse("W9R-486-4W5Z", "x", url).unwrap();
    assert_eq!(&*submission.account_id, "W9R-486-4W5Z", "the typed value wins");
    assert_eq!(submission.warnings, [Warning { code: WarningCode::UrlConflict, field: Field::AccountId }]);
}

const ADDRESS: &str = "https://us1.dashboard.clevertap.com/K97-K78-1234/main";

fn warning(code: WarningCode, field: Field) -> Warning {
    Warning { code, field }
}

fn region_of(submission: &Submission) -> &str {
    match &submission.region {
        RegionChoice::One(region) => &region.id,
        RegionChoice::Auto => "auto",
    }
}

#[test]
fn reads_an_address_in_the_account_ids_place() {
    let repaired = warning(WarningCode::Repaired, Field::AccountId);
    let conflict = warning(WarningCode::UrlConflict, Field::Region);
    for (typed, region, asked, warnings) in [
        (ADDRESS, "us1", "us1", vec![repaired]),
        (ADDRESS, "United States", "us1", vec![repaired]),
        (ADDRESS, "auto", "auto", vec![repaired]),
        (ADDRESS, "", "us1", vec![repaired]),
        (ADDRESS, " \u{200B}", "us1", vec![repaired]),
        (ADDRESS, "in1", "in1", vec![repaired, conflict]),
        (" “us1.dashboard.clevertap.com/K97-K78-1234” ", "in1", "in1", vec![repaired, conflict]),
        ("https://us1.dashboard.clevertap.com/K97–K78–1234/main#\u{FEFF}", "us1", "us1", vec![repaired]),
    ] {
        let submission = parse(typed, "x", region).unwrap();
        assert_eq!((&*submission.account_id, region_of(&submission)), ("K97-K78-1234", asked), "{typed} {region}");
        assert_eq!(submission.warnings, warnings, "{typed} {region}");
    }
    let absent = RawSubmission { region: Input::Missing, ..raw(ADDRESS, "x", "") };
    let submission = Submission::parse(absent, &regions()).unwrap();
    assert_eq!((region_of(&submission), submission.warnings.as_slice()), ("us1", &[repaired][..]));
}

#[test]
fn compares_the_addresses_of_both_fields() {
    let other = "https://in1.dashboard.clevertap.com/W9R-486-4W5Z/main";
    let submission = parse(ADDRESS, "x", other).unwrap();
    assert_eq!((&*submission.account_id, region_of(&submission)), ("K97-K78-1234", "in1"));
    assert_eq!(
        submission.warnings,
        [
            warning(WarningCode::Repaired, Field::AccountId),
            warning(WarningCode::UrlConflict, Field::AccountId),
            warning(WarningCode::UrlConflict, Field::Region),
        ]
    );
    assert_eq!(parse(ADDRESS, "x", ADDRESS).unwrap().warnings, [warning(WarningCode::Repaired, Field::AccountId)]);
}

#[test]
fn leaves_other_addresses_as_they_are() {
    let login = "us1.dashboard.clevertap.com/login.html";
    let submission = parse(login, "x", "in1").unwrap();
    assert_eq!(&*submission.account_id, login);
    assert_eq!(submission.warnings, [warning(WarningCode::UnusualShape, Field::AccountId)]);
    assert_eq!(codes(&parse(login, "x", "").unwrap_err()), [(Field::Region, "empty")]);
    assert_eq!(
        &*parse("sk1.dashboard.clevertap.com/K97-K78-1234", "x", "in1").unwrap().account_id,
        "sk1.dashboard.clevertap.com/K97-K78-1234"
    );
    let long = format!("https://us1.dashboard.clevertap.com/login.html?next={}", "a".repeat(64));
    assert_eq!(codes(&parse(&long, "x", "in1").unwrap_err()), [(Field::AccountId, "too_long")]);
    assert_eq!(codes(&parse(ADDRESS, "x", "atlantis").unwrap_err()), [(Field::Region, "unknown_region")]);
}

#[test]
fn repairs_invisible_and_full_width_characters() {
    let submission = parse("Ｗ９Ｒ－４８６－\u{AD}４Ｗ５Ｚ", "se\u{200B}cr\u{202E}et", "in\u{FEFF}1").unwrap();
    assert_eq!(&*submission.account_id, "W9R-486-4W5Z");
    assert_eq!(submission.passcode.expose_secret(), "secret");
    let repaired = |field| warning(WarningCode::Repaired, field);
    assert_eq!(submission.warnings, [repaired(Field::Region), repaired(Field::AccountId), repaired(Field::Passcode)]);
    let errors = parse("W9R-486\u{A0}4W5Z", "ｓecret", "in1").unwrap_err();
    assert_eq!(codes(&errors), [(Field::AccountId, "unusable_characters"), (Field::Passcode, "unusable_characters")]);
}

#[test]
fn warns_about_an_unusual_shape_unless_verified() {
    let submission = parse(" my-account ", "x", "in1").unwrap();
    let list = |is_verified| submission.warnings_for(is_verified).copied().collect::<Vec<_>>();
    let repaired = warning(WarningCode::Repaired, Field::AccountId);
    assert_eq!(list(false), [repaired, warning(WarningCode::UnusualShape, Field::AccountId)]);
    assert_eq!(list(true), [repaired]);
}

#[test]
fn takes_hints_without_keeping_the_secret() {
    let hints = parse("W9R4864W5Z", "056-b12", "in1").unwrap().hints();
    let expected =
        Hints { account_id: Some(AccountIdHint::Incomplete), passcode: Some(PasscodeHint::Token), ..Hints::default() };
    assert_eq!(hints, expected);
}

#[test]
fn gives_clues_about_unusable_values() {
    let long = format!("https://example.com/{}", "a".repeat(64));
    for (account_id, passcode, region, clue) in [
        ("Acme Corp", "x", "in1", Some(Clue::AccountId(AccountIdHint::AccountName))),
        (long.as_str(), "x", "in1", Some(Clue::AccountId(AccountIdHint::WebAddress))),
        ("W9R-486-4W5Z", "••••••", "in1", Some(Clue::Passcode(Reason::HiddenPasscode))),
        ("W9R-486-4W5Z", " ab c", "in1", Some(Clue::Character(3))),
        ("W9R-486-4W5Z", "x", "https://dashboard.clevertap.com/login.html", Some(Clue::Address)),
        ("W9R-486-4W5Z", "x", "atlantis", None),
    ] {
        assert_eq!(parse(account_id, passcode, region).unwrap_err()[0].clue, clue, "{account_id} {passcode} {region}");
    }
}

#[test]
fn never_prints_the_passcode() {
    let submission = parse("W9R-486-4W5Z", "canary-0001", "in1").unwrap();
    assert!(!format!("{submission:?}").contains("canary"));
}

proptest! {
    #[test]
    fn passes_every_visible_passcode_byte_for_byte(passcode in "[!-~]{1,256}") {
        let quoted = passcode.starts_with(['"', '\'', '`']) && passcode.ends_with(['"', '\'', '`']);
        prop_assume!(!quoted);
        let submission = parse("W9R-486-4W5Z", &passcode, "in1").unwrap();
        prop_assert_eq!(submission.passcode.expose_secret(), &passcode);
    }

    #[test]
    fn accepts_only_valid_header_values(account_id in any::<String>(), passcode in any::<String>()) {
        if let Ok(submission) = parse(&account_id, &passcode, "in1") {
            prop_assert!(submission.account_id.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert!((1..=MAX_ACCOUNT_ID).contains(&submission.account_id.len()));
            let passcode = submission.passcode.expose_secret();
            prop_assert!(passcode.bytes().all(|byte| byte.is_ascii_graphic()));
            prop_assert!((1..=MAX_PASSCODE).contains(&passcode.len()));
        }
    }
}
