use super::*;
use crate::{
    config::{Source, load},
    guidance::Advisor,
    model::{FaultKind, Region},
};

fn advisor() -> Advisor {
    let config = load(&Source::default()).unwrap();
    Advisor::new(config.guidance, &config.regions)
}

fn advise(subject: &Subject<'_>, hints: Hints) -> Advice {
    let circumstances =
        Circumstances { hints, partner: "adjust", region: "India", request_id: "r-1", time: "2026-11-24T02:00:00Z" };
    advisor().advise(Language::ENGLISH, subject, &circumstances)
}

fn refused(refusal: Refusal, hints: Hints) -> AdviceCode {
    advise(&Subject::Verdict(&Verdict::InvalidCredentials { refusal }), hints).code
}

fn problem(code: impl Into<ProblemCode>) -> Advice {
    advise(&Subject::Problem { code: code.into(), retry_after: None, fields: &[] }, Hints::default())
}

#[test]
fn says_the_best_that_is_known_of_a_refusal() {
    let token = Hints { passcode_like_token: true, ..Hints::default() };
    let swapped = Hints { fields_swapped: true, ..Hints::default() };
    assert_eq!(refused(Refusal::Credentials, Hints::default()), AdviceCode::CheckCredentials);
    assert_eq!(refused(Refusal::UnknownAccount, Hints::default()), AdviceCode::CheckAccountId);
    assert_eq!(refused(Refusal::Credentials, token), AdviceCode::LooksLikeToken);
    assert_eq!(refused(Refusal::UnknownAccount, swapped), AdviceCode::FieldsSwapped);
    let test_project = Hints { test_project: true, ..Hints::default() };
    let advice =
        advise(&Subject::Verdict(&Verdict::InvalidCredentials { refusal: Refusal::Credentials }), test_project);
    assert_eq!(advice.code, AdviceCode::CheckCredentials);
    assert!(advice.message.contains("test project"));
}

#[test]
fn speaks_a_hint_only_after_a_refusal() {
    let hints = Hints { passcode_like_token: true, fields_swapped: true, test_project: true };
    assert_eq!(advise(&Subject::Verdict(&Verdict::Verified), hints).code, AdviceCode::Verified);
    assert_eq!(advise(&Subject::Verdict(&Verdict::PartnerNotWhitelisted), hints).code, AdviceCode::RequestWhitelisting);
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
            fields: &[],
        };
        advise(&subject, Hints::default()).retry_after_seconds
    };
    assert_eq!((wait(0), wait(1), wait(1000), wait(1001)), (Some(1), Some(1), Some(1), Some(2)));
}

#[test]
fn drafts_a_mail_for_what_the_customer_cannot_fix() {
    let support = advise(&Subject::Verdict(&Verdict::PartnerNotWhitelisted), Hints::default()).support.unwrap();
    assert_eq!(support.to, "integrations@clevertap.com");
    for part in ["adjust", "India", "r-1", "2026-11-24T02:00:00Z"] {
        assert!(support.body.contains(part), "{}", support.body);
    }
    assert_eq!(problem(FaultKind::Internal).support, None, "no operator's address is configured");
}

#[test]
fn names_the_region_to_choose() {
    let region = Region {
        id: "eu1".into(),
        name: "Europe".into(),
        base_url: String::new(),
        api_host: String::new(),
        dashboard_url: String::new(),
        aliases: Vec::new(),
    };
    let verdict = Verdict::WrongRegion { suggested: region.into() };
    let advice = advise(&Subject::Verdict(&verdict), Hints::default());
    assert!(advice.action.contains("Europe") && advice.message.contains("India"), "{advice:?}");
    assert_eq!(advice.fields, ["region"]);
}

#[test]
fn has_a_text_for_everything() {
    let advisor = advisor();
    for language in Language::all() {
        for code in AdviceCode::ALL {
            let advice = advisor.entry(language, code);
            for text in [&advice.title, &advice.message, &advice.action] {
                assert!(text.contains(' ') || text.len() > 3, "{code:?} {text}");
                assert!(
                    !text.contains(".title") && !text.contains(".message") && !text.contains('{'),
                    "{code:?} {text}"
                );
            }
        }
        for code in ProblemCode::ALL {
            assert!(!advisor.problem_title(language, code).starts_with("problem-"), "{code:?}");
            assert!(!advisor.problem_detail(language, code).starts_with("problem-"), "{code:?}");
        }
    }
}
