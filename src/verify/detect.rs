//! Finds the region of an account: the same use case, once for each region and all at once.

use std::sync::Arc;

use futures_util::{StreamExt, stream::FuturesUnordered};

use super::{Answer, Question, Verifier, settle};
use crate::model::{Fault, FaultKind, Outcome, Refusal, Region, RegionOutcome, Source, Verdict};

impl Verifier {
    /// Answers a question about region `auto`. Verified anywhere wins, and the other calls are ended; else "partner not
    /// whitelisted", if a region said so; else a region that could not be asked makes it no verdict.
    pub(super) async fn detect(&self, question: &Question<'_>) -> Answer {
        let regions: Vec<Arc<Region>> = self.regions.iter().cloned().collect();
        let answers = match self.verify_in_all(question, &regions).await {
            Ok(answers) => answers,
            Err(fault) => return Answer::of_fault(fault, None),
        };
        let find = |wanted: fn(&Outcome) -> bool| answers.iter().find(|answer| wanted(&answer.outcome)).cloned();
        if let Some(answer) = find(is_verified).or_else(|| find(is_not_whitelisted)) {
            return answer;
        }
        if let Some(fault) = no_verdict(&answers) {
            return Answer::of_fault(fault, None).with_source_of(&answers);
        }
        // Refused everywhere: unknown only where every region says unknown.
        let is_unknown = answers.iter().all(|answer| {
            let unknown = Verdict::InvalidCredentials { refusal: Refusal::UnknownAccount };
            answer.outcome == Outcome::Verdict(unknown)
        });
        let refusal = if is_unknown { Refusal::UnknownAccount } else { Refusal::Credentials };
        let oldest = answers.iter().min_by_key(|answer| answer.checked_at).cloned();
        match oldest {
            Some(oldest) => Answer {
                outcome: Verdict::InvalidCredentials { refusal }.into(),
                region: None,
                time_left: answers.iter().filter_map(|answer| answer.time_left).min(),
                ..oldest
            }
            .with_source_of(&answers),
            None => Answer::of_fault(Fault::new(FaultKind::Internal), None),
        }
    }

    /// Looks for credentials that were refused in `chosen` in the other regions.
    pub(super) async fn suggest(&self, question: &Question<'_>, chosen: &Arc<Region>, refusal: Answer) -> Answer {
        let others: Vec<Arc<Region>> = self.regions.iter().filter(|region| region.id != chosen.id).cloned().collect();
        let mut answers = match self.verify_in_all(question, &others).await {
            Ok(answers) => answers,
            Err(fault) => return Answer::of_fault(fault, Some(chosen)),
        };
        if let Some(found) = answers.iter().find(|answer| is_verified(&answer.outcome)) {
            let Some(suggested) = found.region.clone() else { return refusal };
            let verdict = Verdict::WrongRegion { suggested };
            let credential = question.submission.credential(chosen, question.partner);
            let key = self.fingerprints.credential(&credential);
            self.cache.insert(key, &verdict, found.checked_at, tokio::time::Instant::now());
            let time_left = found.time_left.map(|left| left.min(refusal.time_left.unwrap_or(left)));
            let answer = Answer { outcome: verdict.into(), region: Some(chosen.clone()), time_left, ..found.clone() };
            return answer.with_source_of(&[refusal, found.clone()]);
        }
        answers.push(refusal.clone());
        match no_verdict(&answers) {
            Some(fault) => Answer::of_fault(fault, Some(chosen)).with_source_of(&answers),
            None => refusal.with_source_of(&answers),
        }
    }

    /// Asks all of these regions at once, in the order in which they answer, and stops at one that verifies: what is
    /// still under way is dropped, and so ended. The guess budget counts one.
    async fn verify_in_all(&self, question: &Question<'_>, regions: &[Arc<Region>]) -> Result<Vec<Answer>, Fault> {
        let mut answers = Vec::with_capacity(regions.len());
        let mut to_ask = Vec::new();
        for region in regions {
            let credential = question.submission.credential(region, question.partner);
            match self.look_up(question, &credential) {
                Some(answer) => answers.push(answer),
                None => to_ask.push(credential),
            }
        }
        let Some(first) = to_ask.first() else { return Ok(answers) };
        if answers.iter().any(|answer| is_verified(&answer.outcome)) {
            return Ok(answers);
        }
        let guess = self.begin_guess(question, first)?;
        let mut flights: FuturesUnordered<_> =
            to_ask.into_iter().map(|credential| self.fly(question, credential)).collect();
        while let Some(answer) = flights.next().await {
            let is_found = is_verified(&answer.outcome);
            answers.push(answer);
            if is_found {
                break;
            }
        }
        drop(flights);
        let is_refusal =
            |answer: &&Answer| matches!(answer.outcome, Outcome::Verdict(Verdict::InvalidCredentials { .. }));
        let telling = answers.iter().find(|answer| is_verified(&answer.outcome)).or(answers.iter().find(is_refusal));
        match telling {
            Some(answer) => settle(guess, &answer.outcome),
            None => drop(guess),
        }
        Ok(answers)
    }
}

impl Answer {
    /// Takes over where several answers came from: asked for, if one of them was.
    fn with_source_of(mut self, answers: &[Self]) -> Self {
        let has = |source| answers.iter().any(|answer| answer.source == Some(source));
        self.source = [Source::Upstream, Source::Collapsed, Source::Cache].into_iter().find(|source| has(*source));
        if self.source != Some(Source::Cache) {
            self.time_left = None;
        }
        self
    }
}

fn is_verified(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Verdict(Verdict::Verified))
}

fn is_not_whitelisted(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Verdict(Verdict::PartnerNotWhitelisted))
}

/// Returns the fault that a region's silence makes of all answers, with what each region said; the one to wait for
/// longest speaks for all.
fn no_verdict(answers: &[Answer]) -> Option<Fault> {
    let faults = answers.iter().filter_map(|answer| match &answer.outcome {
        Outcome::Fault(fault) => Some(fault),
        Outcome::Verdict(_) => None,
    });
    let worst = faults.max_by_key(|fault| (fault.kind.is_retryable(), fault.retry_after))?;
    let mut regions: Vec<RegionOutcome> = answers
        .iter()
        .filter_map(|answer| Some(RegionOutcome { region: answer.region.clone()?, outcome: answer.outcome.code() }))
        .collect();
    regions.sort_by(|left, right| left.region.id.cmp(&right.region.id));
    Some(Fault { regions, ..worst.clone() })
}
