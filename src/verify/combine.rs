//! Combines the answers of several regions into one. Pure.

use std::{sync::Arc, time::SystemTime};

use crate::model::{Answer, Fault, FaultKind, Outcome, Refusal, Region, RegionOutcome, Source, Verdict};

/// Combines the answers for region `auto`. A region that verified decides, then "partner not whitelisted", then a fault
/// if a region could not be asked; otherwise every region refused the credentials.
pub(super) fn auto(answers: Vec<Answer>, now: SystemTime) -> Answer {
    let find = |wanted: fn(&Answer) -> bool| answers.iter().find(|answer| wanted(answer)).cloned();
    if let Some(answer) = find(Answer::is_verified).or_else(|| find(is_not_whitelisted)) {
        return answer;
    }
    if let Some(fault) = worst_fault(&answers) {
        let answer = Answer { regions: outcomes(&answers), ..Answer::of_fault(fault, None, now) };
        return with_source_of(answer, &answers);
    }
    // The account is unknown only if every region reports that.
    let unknown = Outcome::Verdict(Verdict::InvalidCredentials { refusal: Refusal::UnknownAccount });
    let is_unknown = answers.iter().all(|answer| answer.outcome == unknown);
    let refusal = if is_unknown { Refusal::UnknownAccount } else { Refusal::Credentials };
    let Some(oldest) = answers.iter().min_by_key(|answer| answer.checked_at).cloned() else {
        return Answer::of_fault(Fault::new(FaultKind::Internal), None, now);
    };
    let answer = Answer {
        outcome: Verdict::InvalidCredentials { refusal }.into(),
        region: None,
        time_left: answers.iter().filter_map(|answer| answer.time_left).min(),
        is_everywhere: true,
        attempts_left: answers.iter().filter_map(|answer| answer.attempts_left).min(),
        ..oldest
    };
    with_source_of(answer, &answers)
}

/// Combines the refusal of the chosen region with the answers of all others. A region that verified is suggested.
/// Otherwise the refusal remains, with the outcome of each region if one could not be asked.
pub(super) fn suggestion(chosen: &Arc<Region>, refusal: Answer, others: Vec<Answer>) -> Answer {
    let found = others.iter().find(|answer| answer.is_verified());
    if let Some((found, suggested)) = found.and_then(|found| Some((found, found.region.clone()?))) {
        let answer = Answer {
            outcome: Verdict::WrongRegion { suggested }.into(),
            region: Some(chosen.clone()),
            // As old as the older of the two verdicts it combines.
            checked_at: found.checked_at.min(refusal.checked_at),
            time_left: found.time_left.map(|left| left.min(refusal.time_left.unwrap_or(left))),
            ..found.clone()
        };
        return with_source_of(answer, &[refusal, found.clone()]);
    }
    let mut all = others;
    all.push(refusal.clone());
    let answer = match worst_fault(&all) {
        Some(_) => Answer { regions: outcomes(&all), ..refusal },
        None => Answer { is_everywhere: all.iter().all(is_refused), ..refusal },
    };
    with_source_of(answer, &all)
}

pub(super) fn is_refused(answer: &Answer) -> bool {
    matches!(answer.outcome, Outcome::Verdict(Verdict::InvalidCredentials { .. }))
}

fn is_not_whitelisted(answer: &Answer) -> bool {
    matches!(answer.outcome, Outcome::Verdict(Verdict::PartnerNotWhitelisted))
}

/// Sets the source of the combined answer: the upstream, if any answer came from it.
fn with_source_of(mut answer: Answer, answers: &[Answer]) -> Answer {
    let has = |source| answers.iter().any(|answer| answer.source == Some(source));
    answer.source = [Source::Upstream, Source::Collapsed, Source::Cache].into_iter().find(|source| has(*source));
    if answer.source != Some(Source::Cache) {
        answer.time_left = None;
    }
    answer
}

/// Returns the fault that represents all of them: the one with the longest wait.
fn worst_fault(answers: &[Answer]) -> Option<Fault> {
    let faults = answers.iter().filter_map(|answer| match &answer.outcome {
        Outcome::Fault(fault) => Some(fault),
        Outcome::Verdict(_) => None,
    });
    faults.max_by_key(|fault| (fault.kind.is_retryable(), fault.retry_after)).cloned()
}

fn outcomes(answers: &[Answer]) -> Vec<RegionOutcome> {
    let named =
        |answer: &Answer| Some(RegionOutcome { region: answer.region.clone()?, outcome: answer.outcome.code() });
    let mut regions: Vec<RegionOutcome> = answers.iter().filter_map(named).collect();
    regions.sort_by(|left, right| left.region.id.cmp(&right.region.id));
    regions
}
