//! Examples rendered by the presenter, so that they match the real bodies.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use serde_json::Value;

use crate::{
    config::{Source, load},
    guidance::{Advisor, Language},
    model::{
        self, Answer, Fault, FaultKind, Field, FieldError, FieldErrorCode, Input, ProblemCode, RawSubmission, Region,
        RegionChoice, Submission, Verdict,
    },
    present::{About, Presenter, Problem},
};

pub(super) struct Examples {
    presenter: Presenter,
    /// A verdict of each status.
    pub(super) verdicts: Vec<(&'static str, Value)>,
}

impl Examples {
    pub(super) fn new() -> Self {
        let config = load(&Source::default()).ok();
        let (guidance, regions) = match &config {
            Some(config) => (config.guidance.clone(), &config.regions),
            // The embedded defaults are always valid; a test loads them.
            None => return Self::empty(),
        };
        let presenter = Presenter::new(Advisor::new(guidance, regions), regions);
        let raw = RawSubmission {
            account_id: Input::Value("W9R-486-4W5Z".into()),
            passcode: Input::Value("example".into()),
            region: Input::Value("in1".into()),
            ..RawSubmission::default()
        };
        let Ok(submission) = Submission::parse(raw, regions) else { return Self::empty() };
        let (RegionChoice::One(region), Some(suggested)) = (&submission.region, regions.get("eu1")) else {
            return Self::empty();
        };
        let verdicts = [
            Verdict::Verified,
            Verdict::REFUSED,
            Verdict::WrongRegion { suggested: suggested.clone() },
            Verdict::PartnerNotWhitelisted,
        ];
        let example = |verdict: Verdict| {
            let answer = answer(verdict.clone(), region);
            let body = presenter.answer(&about(), &submission, &answer);
            (verdict.status(), serde_json::to_value(body).unwrap_or_default())
        };
        let verdicts = verdicts.into_iter().map(example).collect();
        Self { presenter, verdicts }
    }

    fn empty() -> Self {
        unreachable!("the embedded configuration is good")
    }

    /// Renders the body of a problem.
    pub(super) fn problem(&self, code: ProblemCode) -> Value {
        let errors = [FieldError::new(Field::Region, FieldErrorCode::UnknownRegion)];
        let mut problem = Problem::new(code).retry_after(Duration::from_secs(2));
        if code == ProblemCode::InvalidRequest {
            problem = problem.errors(&errors);
        }
        serde_json::to_value(self.presenter.problem(&about(), &problem)).unwrap_or_default()
    }
}

fn about() -> About<'static> {
    let time = UNIX_EPOCH + Duration::from_secs(1_795_485_600);
    About { language: Language::ENGLISH, partner: "adjust", request_id: "r-1", time }
}

fn answer(verdict: Verdict, region: &Arc<Region>) -> Answer {
    Answer {
        outcome: verdict.into(),
        source: Some(model::Source::Upstream),
        ..Answer::of_fault(Fault::new(FaultKind::Internal), Some(region), about().time)
    }
}
