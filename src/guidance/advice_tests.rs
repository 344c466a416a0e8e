use super::*;
use crate::{
    config::{Source, load},
    guidance::Advisor,
    model::{AccountIdHint, Clue, FaultKind, Field, FieldErrorCode, Mark, PasscodeHint, Refusal, Region},
};

fn advisor() -> Advisor {
    let config = load(&Source::default()).unwrap();
    Advisor::new(config.guidance, &config.regions)
}

fn region() -> Region {
    load(&Source::default()).unwrap().regions.get("in1").unwrap().as_ref().clone()
}

fn advise_with(subject: &Subject<'_>, circumstances: Circumstances<'_>) -> Advice {
    let region = region();
    let circumstances = Circumstances {
        partner: "adjust",
        region: (!circumstances.everywhere).then_some(&region),
        request_id: "r-1",
        time: "2026-11-24T02:00:00Z",
        ..circumstances
    };
    advisor().advise(Language::ENGLISH, subject, &circumstances)
}

fn advise(subject: &Subject<'_>, hints: Hints) -> Advice {
    advise_with(subject, Circumstances { hints, ..Circumstances::default() })
}

fn refused_with(refusal: Refusal, circumstances: Circumstances<'_>) -> Advice {
    advise_with(&Subject::Verdict(&Verdict::InvalidCredentials { refusal }), circumstances)
}

fn refused(refusal: Refusal, hints: Hints, everywhere: bool) -> (AdviceCode, &'static str) {
    let advice = refused_with(refusal, Circumstances { hints, everywhere, ..Circumstances::default() });
    (advice.code, advice.reason.map_or("none", Reason::as_str))
}

fn problem(code: impl Into<ProblemCode>) -> Advice {
    advise(&Subject::Problem { code: code.into(), retry_after: None, errors: &[] }, Hints::default())
}

fn invalid(errors: &[FieldError]) -> Advice {
    advise(&Subject::Problem { code: ProblemCode::InvalidRequest, retry_after: None, errors }, Hints::default())
}

#[test]
fn gives_the_most_specific_advice_for_a_refusal() {
    use AdviceCode::{CheckAccountId, CheckCredentials, FieldsSwapped, LooksLikeToken};
    let hint = |reason| Some(PasscodeHint::Reason(reason));
    let all = Hints {
        account_id: Some(AccountIdHint::Label),
        passcode: Some(PasscodeHint::Token),
        fields_swapped: true,
        test_project: true,
    };
    let no_swap = Hints { fields_swapped: false, ..all };
    let email = Hints {
        account_id: Some(AccountIdHint::EmailAddress),
        passcode: hint(Reason::Placeholder),
        ..Hints::default()
    };
    let bearer = Hints { passcode: hint(Reason::BearerPrefix), test_project: true, ..Hints::default() };
    let test = Hints { test_project: true, ..Hints::default() };
    let none = Hints::default();
    for (hints, everywhere, refusal, expected) in [
        (none, false, Refusal::Credentials, (CheckCredentials, "none")),
        (none, true, Refusal::Credentials, (CheckCredentials, "everywhere")),
        (none, false, Refusal::UnknownAccount, (CheckAccountId, "none")),
        (none, true, Refusal::UnknownAccount, (CheckAccountId, "everywhere")),
        (all, true, Refusal::UnknownAccount, (FieldsSwapped, "none")),
        (no_swap, true, Refusal::UnknownAccount, (LooksLikeToken, "none")),
        (email, true, Refusal::Credentials, (CheckAccountId, "email_address")),
        (email, true, Refusal::UnknownAccount, (CheckAccountId, "email_address")),
        (bearer, true, Refusal::Credentials, (CheckCredentials, "bearer_prefix")),
        (bearer, false, Refusal::UnknownAccount, (CheckAccountId, "none")),
        (test, true, Refusal::Credentials, (CheckCredentials, "test_project")),
        (test, true, Refusal::UnknownAccount, (CheckAccountId, "everywhere")),
    ] {
        assert_eq!(refused(refusal, hints, everywhere), expected, "{hints:?} {everywhere} {refusal:?}");
    }
}

#[test]
fn gives_a_hint_only_after_a_refusal() {
    let hints = Hints {
        account_id: Some(AccountIdHint::EmailAddress),
        passcode: Some(PasscodeHint::Token),
        fields_swapped: true,
        test_project: true,
    };
    let circumstances = Circumstances { hints, everywhere: true, attempts_left: Some(0), ..Circumstances::default() };
    for (verdict, code) in [
        (Verdict::Verified, AdviceCode::Verified),
        (Verdict::PartnerNotWhitelisted, AdviceCode::RequestWhitelisting),
        (Verdict::WrongRegion { suggested: region().into() }, AdviceCode::ChooseRegion),
    ] {
        let advice = advise_with(&Subject::Verdict(&verdict), circumstances);
        assert_eq!((advice.code, advice.reason), (code, None));
        let plain = advise(&Subject::Verdict(&verdict), Hints::default());
        assert_eq!((advice.title, advice.action), (plain.title, plain.action));
    }
}

#[test]
fn does_not_blame_a_region_that_was_ruled_out() {
    for hints in [
        Hints::default(),
        Hints { test_project: true, ..Hints::default() },
        Hints { passcode: Some(PasscodeHint::Reason(Reason::UserPasscode)), ..Hints::default() },
    ] {
        for refusal in [Refusal::Credentials, Refusal::UnknownAccount] {
            let circumstances = Circumstances { hints, everywhere: true, ..Circumstances::default() };
            let advice = refused_with(refusal, circumstances);
            assert!(advice.message.contains("the choice of region is not the cause"), "{advice:?}");
            assert!(!advice.message.contains("another region") && !advice.action.contains("region"), "{advice:?}");
        }
    }
}

#[test]
fn mentions_the_attempts_left_when_they_are_few() {
    for (left, expected) in [(None, None), (Some(3), None), (Some(2), Some("pause: 2.")), (Some(0), Some("pause: 0."))]
    {
        let circumstances = Circumstances { attempts_left: left, ..Circumstances::default() };
        let action = refused_with(Refusal::Credentials, circumstances).action;
        assert_eq!(action.split("Attempts left for this account before a ").nth(1), expected, "{action}");
    }
}

#[test]
fn mentions_the_minutes_to_wait() {
    let wait = |kind: FaultKind, seconds| {
        let retry_after = Some(Duration::from_secs(seconds));
        advise(&Subject::Problem { code: kind.into(), retry_after, errors: &[] }, Hints::default()).action
    };
    assert!(wait(FaultKind::TooManyAttempts, 1).starts_with("Try again in 1 min."));
    assert!(wait(FaultKind::TooManyAttempts, 421).starts_with("Try again in 8 min."));
    assert!(problem(FaultKind::TooManyAttempts).action.starts_with("Try again when the pause is over."));
    assert!(wait(FaultKind::UpstreamBusy, 60).starts_with("Wait a moment"));
    assert!(wait(FaultKind::UpstreamBusy, 600).starts_with("Try again in 10 min."));
    assert!(wait(FaultKind::Overloaded, 61).starts_with("Try again in 2 min."));
}

#[test]
fn describes_the_content_of_an_unusable_field() {
    let error = |field, code, clue| FieldError { field, code, clue };
    let email =
        error(Field::AccountId, FieldErrorCode::UnusableCharacters, Some(Clue::AccountId(AccountIdHint::EmailAddress)));
    let empty = FieldError::new(Field::Passcode, FieldErrorCode::Empty);
    let advice = invalid(&[email.clone(), empty.clone()]);
    assert_eq!((advice.code, advice.reason), (AdviceCode::FixRequest, Some(Reason::EmailAddress)));
    assert_eq!((advice.owner, advice.fields), (Owner::Customer, vec!["account_id", "passcode"]));
    assert!(advice.title.contains("email address"));
    let advice = invalid(&[empty, email.clone()]);
    assert_eq!((advice.reason, advice.title.as_str()), (None, "Please check your entries"));
    assert_eq!(advice.docs_url, "/problems/invalid_request");
    assert!(advisor().field_error(Language::ENGLISH, &email).contains('@'));
}

#[test]
fn assigns_a_wrong_type_to_the_partner() {
    let wrong = FieldError::new(Field::AccountId, FieldErrorCode::WrongType("number"));
    let with_empty = [wrong.clone(), FieldError::new(Field::Passcode, FieldErrorCode::Empty)];
    assert_eq!(invalid(&with_empty).owner, Owner::Customer, "the customer can act");
    let advice = invalid(&[wrong]);
    assert_eq!((advice.owner, advice.fields), (Owner::Partner, vec!["account_id"]));
    assert!(advice.action.contains("support of this integration"), "{}", advice.action);
}

#[test]
fn names_a_misread_character_and_its_position() {
    let mark = |position, character| Mark { position, character };
    let message = |misread| {
        let hints = Hints { account_id: Some(AccountIdHint::Misread(misread)), ..Hints::default() };
        let advice = refused_with(Refusal::Credentials, Circumstances { hints, ..Circumstances::default() });
        let clue = Some(Clue::AccountId(AccountIdHint::Misread(misread)));
        let error = FieldError { field: Field::AccountId, code: FieldErrorCode::UnusableCharacters, clue };
        assert_eq!(advice.message, advisor().field_error(Language::ENGLISH, &error));
        advice.message
    };
    let one = message(Misread { first: mark(10, 'O'), second: None });
    assert_eq!(one, "Character 10 is O; account IDs do not contain O.");
    let two = message(Misread { first: mark(1, 'I'), second: Some(mark(10, 'O')) });
    assert_eq!(two, "Character 1 is I and character 10 is O; account IDs contain neither.");
    let foreign = message(Misread { first: mark(1, 'К'), second: Some(mark(10, 'O')) });
    assert!(foreign.contains("(position 1, 10)") && !foreign.contains('К'), "{foreign}");
}

#[test]
fn points_to_the_page_that_helps() {
    let dashboard = "https://in1.dashboard.clevertap.com";
    let refused = |everywhere| {
        refused_with(Refusal::Credentials, Circumstances { everywhere, ..Circumstances::default() }).docs_url
    };
    assert_eq!(refused(false), dashboard);
    assert_eq!(refused(true), rules::DOCS);
    assert_eq!(problem(FaultKind::TooManyAttempts).docs_url, dashboard);
    assert_eq!(problem(FaultKind::UpstreamBusy).docs_url, "https://status.clevertap.com");
    assert_eq!(problem(FaultKind::Overloaded).docs_url, "/problems/overloaded");
    assert_eq!(problem(ProblemCode::MalformedJson).docs_url, "/problems/malformed_json");
    assert_eq!(problem(ProblemCode::RateLimited).docs_url, "/problems/rate_limited");
    assert_eq!(problem(FaultKind::Internal).docs_url, "/problems/internal");
}

#[test]
fn names_an_owner_who_can_act() {
    for (code, advice, owner, retryable) in [
        (FaultKind::UpstreamUnavailable, AdviceCode::RetryShortly, Owner::Clevertap, true),
        (FaultKind::UpstreamTimeout, AdviceCode::RetryShortly, Owner::Clevertap, true),
        (FaultKind::UpstreamBusy, AdviceCode::RetryShortly, Owner::Clevertap, true),
        (FaultKind::Overloaded, AdviceCode::RetryShortly, Owner::Operator, true),
        (FaultKind::TooManyAttempts, AdviceCode::TooManyAttempts, Owner::Customer, true),
        (FaultKind::UpstreamUnexpected, AdviceCode::ContactOperator, Owner::Operator, false),
        (FaultKind::Internal, AdviceCode::ContactOperator, Owner::Operator, false),
    ] {
        let found = problem(code);
        assert_eq!((found.code, found.owner, found.retryable), (advice, owner, retryable), "{code:?}");
        assert_eq!(found.retry_after_seconds.is_some(), retryable, "{code:?}");
    }
    assert_eq!(problem(ProblemCode::RateLimited).owner, Owner::Partner);
    assert_eq!(problem(ProblemCode::NotFound).owner, Owner::Partner);
    assert_eq!(problem(ProblemCode::InvalidRequest).owner, Owner::Customer);
}

#[test]
fn rounds_the_time_to_wait_up() {
    let wait = |millis| {
        let subject = Subject::Problem {
            code: FaultKind::UpstreamUnavailable.into(),
            retry_after: Some(Duration::from_millis(millis)),
            errors: &[],
        };
        advise(&subject, Hints::default()).retry_after_seconds
    };
    assert_eq!((wait(0), wait(1), wait(1000), wait(1001)), (Some(1), Some(1), Some(1), Some(2)));
    assert_eq!((wait(600_000), wait(600_001), wait(u64::MAX)), (Some(600), Some(600), Some(600)));
}

#[test]
fn drafts_a_mail_when_the_customer_cannot_fix_it() {
    let support = advise(&Subject::Verdict(&Verdict::PartnerNotWhitelisted), Hints::default()).support.unwrap();
    assert_eq!(support.to, "integrations@clevertap.com");
    for part in ["adjust", "India", "r-1", "2026-11-24T02:00:00Z"] {
        assert!(support.body.contains(part), "{}", support.body);
    }
    assert_eq!(problem(FaultKind::Internal).support, None, "no operator's address is configured");
}

#[test]
fn names_the_region_to_choose() {
    let suggested = load(&Source::default()).unwrap().regions.get("eu1").unwrap().clone();
    let advice = advise(&Subject::Verdict(&Verdict::WrongRegion { suggested }), Hints::default());
    assert!(advice.action.contains("Europe (eu1)") && advice.message.contains("India (in1)"), "{advice:?}");
    assert_eq!((advice.fields, &*advice.docs_url), (vec!["region"], "https://eu1.dashboard.clevertap.com"));
}

#[test]
fn has_a_text_for_every_case() {
    let advisor = advisor();
    for language in Language::all() {
        let mut seen = std::collections::BTreeSet::new();
        for advice in advisor.entries(language) {
            let row = (advice.code, advice.reason);
            for text in [&advice.title, &advice.message, &advice.action] {
                assert!(text.len() > 3 && !text.contains('{'), "{} {row:?} {text}", language.tag());
            }
            // Equal texts would mean equal advice: each reason has its own message.
            let is_new = seen.insert((advice.code == AdviceCode::FixRequest, advice.message));
            assert!(is_new, "{} {row:?} repeats the text of another row", language.tag());
        }
        for code in ProblemCode::ALL {
            assert!(!advisor.problem_title(language, code).starts_with("problem-"), "{code:?}");
            assert!(!advisor.problem_detail(language, code).starts_with("problem-"), "{code:?}");
        }
    }
}
