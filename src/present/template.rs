//! Templates for verdicts that differ only in a few members: rendered once with holes, which each reply fills.

use std::{io::Write as _, sync::OnceLock};

use bytes::Bytes;
use humantime::format_rfc3339_seconds;

use super::{About, Body, Presenter, circumstances};
use crate::{
    guidance::{Advisor, Language, Subject},
    model::{Answer, Outcome, Region, Regions, Source, Submission},
};

/// Marks a hole: a character of Unicode's private use area, which no text contains.
pub(super) const HOLE: &str = "\u{E0C1}";

/// The templates rendered so far.
#[derive(Debug)]
pub(super) struct Templates {
    regions: Vec<String>,
    /// Indexed by language, guidance row and region.
    slots: Box<[OnceLock<Option<Box<Template>>>]>,
}

/// A rendered body around the holes for `account_id`, `partner`, `source`, `checked_at` and `request_id`.
#[derive(Debug)]
struct Template {
    parts: [Box<str>; 6],
    length: usize,
}

impl Templates {
    pub(super) fn new(regions: &Regions) -> Self {
        let regions: Vec<String> = regions.iter().map(|region| region.id.clone()).collect();
        let count = Language::all().count() * Advisor::ROWS * regions.len();
        Self { regions, slots: (0..count).map(|_| OnceLock::new()).collect() }
    }

    /// Renders the body of an answer from a template. Returns `None` if the content depends on more than the holes.
    pub(super) fn fill(
        &self,
        presenter: &Presenter,
        about: &About<'_>,
        submission: &Submission,
        answer: &Answer,
    ) -> Option<Bytes> {
        let Outcome::Verdict(verdict) = &answer.outcome else { return None };
        let region = answer.region.as_deref()?;
        let circumstances = circumstances(about, submission, answer, verdict);
        let row = Advisor::fixed_row(&Subject::Verdict(verdict), &circumstances)?;
        let has_more = !answer.regions.is_empty() || submission.warnings_for(answer.is_verified()).next().is_some();
        if has_more {
            return None;
        }
        let slot = self.slot(about.language, row, region)?;
        let template = slot.get_or_init(|| match presenter.answer(about, submission, answer) {
            Body::Verdict(body) => Template::new(&body.with_holes().render()),
            Body::Problem(_) => None,
        });
        Some(template.as_ref()?.fill(about, submission, answer))
    }

    fn slot(&self, language: Language, row: usize, region: &Region) -> Option<&OnceLock<Option<Box<Template>>>> {
        let region = self.regions.iter().position(|id| *id == region.id)?;
        self.slots.get((language.index() * Advisor::ROWS + row) * self.regions.len() + region)
    }
}

impl Template {
    fn new(rendered: &[u8]) -> Option<Box<Self>> {
        let rendered = std::str::from_utf8(rendered).ok()?;
        let parts: Vec<Box<str>> = rendered.split(HOLE).map(Box::from).collect();
        let parts = <[Box<str>; 6]>::try_from(parts).ok()?;
        Some(Box::new(Self { parts, length: rendered.len() }))
    }

    fn fill(&self, about: &About<'_>, submission: &Submission, answer: &Answer) -> Bytes {
        let [start, after_account, after_partner, after_source, after_time, end] = &self.parts;
        let values = submission.account_id.len() + about.partner.len() + about.request_id.len();
        // Source and time are shorter than this.
        let mut buffer = Vec::with_capacity(self.length + values + 64);
        buffer.extend_from_slice(start.as_bytes());
        push_escaped(&mut buffer, &submission.account_id);
        buffer.extend_from_slice(after_account.as_bytes());
        push_escaped(&mut buffer, about.partner);
        buffer.extend_from_slice(after_partner.as_bytes());
        buffer.extend_from_slice(answer.source.unwrap_or(Source::Upstream).as_str().as_bytes());
        buffer.extend_from_slice(after_source.as_bytes());
        // Serializing into memory cannot fail.
        let _ = write!(buffer, "{}", format_rfc3339_seconds(answer.checked_at));
        buffer.extend_from_slice(after_time.as_bytes());
        push_escaped(&mut buffer, about.request_id);
        buffer.extend_from_slice(end.as_bytes());
        buffer.into()
    }
}

/// Appends a text, escaped for a JSON string.
fn push_escaped(buffer: &mut Vec<u8>, text: &str) {
    // Counts instead of stopping at the first one: the compiler vectorizes that.
    if text.bytes().filter(|byte| matches!(byte, ..b' ' | b'"' | b'\\')).count() == 0 {
        buffer.extend_from_slice(text.as_bytes());
        return;
    }
    let quoted = serde_json::to_string(text).unwrap_or_default();
    buffer.extend_from_slice(quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().as_bytes());
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::{
        config::GuidanceConfig,
        model::{Input, RawSubmission, Refusal, Verdict},
        present::Reply,
    };

    fn regions() -> Regions {
        let region = |id: &str| Region {
            id: id.to_owned(),
            name: format!("Region \"{id}\""),
            base_url: format!("https://{id}.example.com"),
            api_host: format!("{id}.example.com"),
            dashboard_url: format!("https://{id}.dashboard.example.com"),
            aliases: Vec::new(),
        };
        Regions::new(vec![region("in1"), region("eu1")]).unwrap()
    }

    fn submission(account_id: &str, passcode: &str) -> Submission {
        let raw = RawSubmission {
            account_id: Input::Value(account_id.into()),
            passcode: Input::Value(passcode.into()),
            region: Input::Value("in1".into()),
            ..RawSubmission::default()
        };
        Submission::parse(raw, &regions()).unwrap()
    }

    fn answer(verdict: &Verdict, region: &str) -> Answer {
        Answer {
            outcome: verdict.clone().into(),
            source: Some(Source::Cache),
            checked_at: UNIX_EPOCH + Duration::from_secs(1_795_485_600),
            region: regions().get(region).cloned(),
            time_left: None,
            regions: Vec::new(),
            is_everywhere: false,
            attempts_left: Some(7),
        }
    }

    fn reply(presenter: &Presenter, language: Language, submission: &Submission, answer: &Answer) -> Reply {
        let about = About { language, partner: "a \"b\" \\ é", request_id: "id-1", time: UNIX_EPOCH };
        let reply = presenter.reply(&about, submission, answer);
        let whole = presenter.answer(&about, submission, answer).reply(language);
        assert_eq!(String::from_utf8_lossy(&reply.body), String::from_utf8_lossy(&whole.body));
        assert_eq!((reply.status, &reply.headers), (whole.status, &whole.headers));
        reply
    }

    #[test]
    fn fills_in_what_would_be_rendered() {
        let regions = regions();
        let config = GuidanceConfig {
            operator_contact: "ops@example.com".to_owned(),
            whitelisting_contact: "integrations@example.com".to_owned(),
            suggest_region: false,
        };
        let presenter = Presenter::new(Advisor::new(config, &regions), &regions);
        let unknown = Verdict::InvalidCredentials { refusal: Refusal::UnknownAccount };
        let suggested = regions.get("eu1").unwrap().clone();
        let verdicts = [
            Verdict::Verified,
            Verdict::REFUSED,
            unknown,
            Verdict::PartnerNotWhitelisted,
            Verdict::WrongRegion { suggested },
        ];
        let submissions = [
            submission("W9R-486-4W5Z", "QAB-CDE-FGHL"),
            submission("TEST-W9R-486-4W5Z", "secret"),
            submission("W9R-486-4W5Z", "056-b12"),
            submission("W9R-486-4WOZ", "secret"),
            submission("W9R\"486", "secret"),
            submission("QAB-CDE-FGHL", "W9R-486-4W5Z"),
            submission("“W9R-486-4W5Z”", "****"),
        ];
        for language in Language::all() {
            for verdict in &verdicts {
                for region in ["in1", "eu1"] {
                    for submission in &submissions {
                        reply(&presenter, language, submission, &answer(verdict, region));
                    }
                    let few = Answer { attempts_left: Some(2), ..answer(verdict, region) };
                    reply(&presenter, language, &submissions[0], &few);
                    let everywhere = Answer { is_everywhere: true, region: None, ..answer(verdict, region) };
                    reply(&presenter, language, &submissions[0], &everywhere);
                }
            }
        }
        let filled = presenter.templates.slots.iter().filter(|slot| slot.get().is_some_and(Option::is_some)).count();
        // At least these in each language and region: verified, an unknown account, a test project, a token, swapped
        // fields.
        assert!(filled >= 10 * 2 * 5, "{filled} templates");
    }
}
