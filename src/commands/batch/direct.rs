//! Verifies rows against CleverTap, in this process.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::sync::watch;

use super::{
    Rows,
    results::{Outcome, Results},
    table::Row,
};
use crate::{
    batch::{self, Desk, Limits, MAX_WAIT, Next},
    clevertap::ConnectClient,
    commands::{Exit, Failed},
    config::Config,
    guidance::{Advisor, Language},
    model::{
        Answer, Fault, FaultKind, Input, Outcome as Found, ProblemCode, RawSubmission, Regions, Submission, Verdict,
    },
    observe::{Observe, Span},
    outbound::install_crypto,
    present::{About, Presenter, Problem},
    verify::{Freshness, Moment, Patience, Question, Verifier},
};

/// Determines the partner.
pub(super) fn partner(config: &Config, argument: Option<&str>) -> Result<Arc<str>, Failed> {
    match argument.or(config.upstream.partner.as_deref()).map(str::trim) {
        Some(partner) if !partner.is_empty() => Ok(partner.into()),
        _ => {
            let message = "--partner: required because upstream.partner is not configured";
            Err(Failed::new(Exit::Usage, message))
        }
    }
}

/// Verifies all rows.
pub(super) async fn run(
    mut config: Config,
    partner: &Arc<str>,
    rows: &mut Rows<'_>,
    window: usize,
    mut stopped: watch::Receiver<bool>,
) -> Result<(), Failed> {
    install_crypto();
    share_with_nobody(&mut config);
    let results = rows.results;
    let desk = DirectDesk::new(&config, partner, results)?;
    let limits =
        Limits { window, max_deferred: 10_000, after_end: Duration::from_secs(60), grace: config.upstream.deadline };
    let stop = async {
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    batch::run(rows, &desk, &limits, stop).await;
    Ok(())
}

/// Gives the batch the full capacity and rate of each region: this process serves nothing else, and batches otherwise
/// get half.
fn share_with_nobody(config: &mut Config) {
    let upstream = &mut config.upstream.max_concurrency_per_region;
    *upstream = upstream.saturating_mul(std::num::NonZeroUsize::MIN.saturating_add(1));
    let rate = &mut config.limits.upstream_per_second;
    *rate = rate.saturating_mul(std::num::NonZeroU32::MIN.saturating_add(1));
}

struct DirectDesk<'a> {
    verifier: Verifier,
    presenter: Presenter,
    regions: Regions,
    suggest_region: bool,
    partner: &'a Arc<str>,
    results: &'a Results,
}

impl<'a> DirectDesk<'a> {
    fn new(config: &Config, partner: &'a Arc<str>, results: &'a Results) -> Result<Self, Failed> {
        let fail = |error: &dyn std::fmt::Display| Failed::new(Exit::Failure, error.to_string());
        let connect = ConnectClient::new(config).map_err(|error| Failed::new(Exit::Usage, error.to_string()))?;
        let ids = config.regions.iter().map(|region| region.id.as_str());
        let observe = Arc::new(Observe::new(ids).map_err(|error| fail(&error))?);
        let verifier = Verifier::new(config, Arc::new(connect), None, observe).map_err(|error| fail(&error))?;
        let presenter = Presenter::new(Advisor::new(config.guidance.clone(), &config.regions), &config.regions);
        let (regions, suggest_region) = (config.regions.clone(), config.guidance.suggest_region);
        Ok(Self { verifier, presenter, regions, suggest_region, partner, results })
    }

    fn outcome(&self, row: &Row, answer: Option<Answer>) -> Outcome {
        let now = SystemTime::now();
        let about = About { language: Language::choose(None, None), partner: self.partner, request_id: "", time: now };
        let checked_at = answer.as_ref().map_or(now, |answer| answer.checked_at);
        let (status, guidance, suggested) = match (parse(row, &self.regions), &answer) {
            (Ok(submission), Some(answer)) => {
                let body = self.presenter.answer(&about, &submission, answer);
                let suggested = match &answer.outcome {
                    Found::Verdict(Verdict::WrongRegion { suggested }) => suggested.id.clone(),
                    _ => String::new(),
                };
                (answer.outcome.code(), body.guidance().code, suggested)
            }
            (Err(errors), _) => {
                let problem = Problem::new(ProblemCode::InvalidRequest).errors(&errors);
                let guidance = self.presenter.problem(&about, &problem).guidance().code;
                (problem.code.as_str(), guidance, String::new())
            }
            (Ok(_), None) => {
                let problem = Problem::new(FaultKind::Internal);
                (problem.code.as_str(), self.presenter.problem(&about, &problem).guidance().code, String::new())
            }
        };
        Outcome {
            status: status.to_owned(),
            guidance: name_of(guidance),
            suggested_region: suggested,
            checked_at: humantime::format_rfc3339_seconds(checked_at).to_string(),
        }
    }
}

/// Returns the wire name of a code.
pub(super) fn name_of(code: impl serde::Serialize) -> String {
    serde_json::to_value(code).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

fn parse(row: &Row, regions: &Regions) -> Result<Submission, Vec<crate::model::FieldError>> {
    let raw = RawSubmission {
        account_id: Input::Value(row.account_id.as_str().into()),
        passcode: Input::Value(row.passcode.clone()),
        region: Input::Value(row.region.as_str().into()),
        ..RawSubmission::default()
    };
    Submission::parse(raw, regions)
}

impl Desk for DirectDesk<'_> {
    type Item = Row;
    /// `None` for rows that cannot be verified.
    type Answer = Option<Answer>;

    async fn ask(&self, row: &Row) -> (Option<Answer>, Next) {
        let Ok(submission) = parse(row, &self.regions) else { return (None, Next::Done) };
        let now = Moment::now();
        let question = Question {
            submission: &submission,
            client: "batch",
            partner: self.partner,
            freshness: Freshness::Any,
            suggest_region: self.suggest_region,
            deadline: now.instant + MAX_WAIT,
            asked_at: now,
            patience: Patience::Batch,
            span: &Span::none(),
        };
        let answer = self.verifier.verify(&question).await;
        let next = Next::after(&answer);
        (Some(answer), next)
    }

    fn cut_off(&self) -> Option<Answer> {
        Some(Answer::of_fault(Fault::new(FaultKind::UpstreamTimeout), None, SystemTime::now()))
    }

    async fn done(&self, row: Row, answer: Option<Answer>) {
        let outcome = self.outcome(&row, answer);
        self.results.finish(&row, &outcome);
    }
}
