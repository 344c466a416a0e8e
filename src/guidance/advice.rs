//! Builds the advice that a caller receives: applies the rules and renders the texts in a language.

use std::{borrow::Cow, fmt::Write as _, time::Duration};

use serde::Serialize;
use utoipa::ToSchema;

use super::{Catalogs, Language, rules};
use crate::{
    config::GuidanceConfig,
    model::{FieldError, Hints, Misread, ProblemCode, Reason, Region, Verdict},
};

/// The `guidance` member of every answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Guidance)]
pub struct Advice {
    /// The code of the advice.
    pub code: AdviceCode,
    /// Who can fix the problem.
    pub owner: Owner,
    /// A short summary.
    pub title: String,
    /// What is wrong, and why.
    pub message: String,
    /// What to do next.
    pub action: String,
    /// What was recognised in the input.
    #[schema(required)]
    pub reason: Option<Reason>,
    /// The form fields at which to show it.
    pub fields: Vec<&'static str>,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// When to retry, in seconds.
    #[schema(required)]
    pub retry_after_seconds: Option<u64>,
    /// A page with more information.
    pub docs_url: Cow<'static, str>,
    /// A ready-to-send mail, where another party must act.
    #[schema(required)]
    pub support: Option<Support>,
}

/// A ready-to-send mail. It contains no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SupportMail)]
#[allow(missing_docs, reason = "the parts of a mail")]
pub struct Support {
    pub to: String,
    pub subject: String,
    pub body: String,
}

/// The `code` of the advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[schema(as = GuidanceCode)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are those of the wire")]
pub enum AdviceCode {
    Verified,
    CheckCredentials,
    CheckAccountId,
    LooksLikeToken,
    FieldsSwapped,
    ChooseRegion,
    RequestWhitelisting,
    RetryShortly,
    SlowDown,
    TooManyAttempts,
    ContactOperator,
    FixRequest,
}

/// Who can fix the problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[schema(as = GuidanceOwner)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// There is nothing to fix.
    None,
    /// The person who typed the credentials.
    Customer,
    /// The provider of the form.
    Partner,
    /// CleverTap.
    Clevertap,
    /// The operator of this service.
    Operator,
}

/// What the advice is about.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// A conclusive answer.
    Verdict(&'a Verdict),
    /// Any other answer.
    Problem {
        /// Which problem.
        code: ProblemCode,
        /// When to retry, if known.
        retry_after: Option<Duration>,
        /// The unusable fields.
        errors: &'a [FieldError],
    },
}

/// Further facts that the texts and mail drafts may mention.
#[derive(Debug, Clone, Copy, Default)]
pub struct Circumstances<'a> {
    /// The hints that the input gave.
    pub hints: Hints,
    /// Every region was asked, and all refused.
    pub everywhere: bool,
    /// The remaining refusals in the guess budget of this account, if known.
    pub attempts_left: Option<usize>,
    /// The partner.
    pub partner: &'a str,
    /// The region that was asked.
    pub region: Option<&'a Region>,
    /// The request id.
    pub request_id: &'a str,
    /// The time, in RFC 3339 format.
    pub time: &'a str,
}

/// A refusal mentions the attempts left from this number down.
const FEW_ATTEMPTS: usize = 2;

/// The texts of one advice: its key, the key of the code alone as fallback, and a variant of some attributes.
struct Texts<'a> {
    catalogs: &'a Catalogs,
    language: Language,
    keys: [&'static str; 2],
    variant: Option<&'static str>,
    values: Vec<(&'static str, Cow<'a, str>)>,
}

impl Texts<'_> {
    /// Returns the most specific text that exists.
    fn get(&self, attribute: &str) -> String {
        let values: Vec<(&str, &str)> = self.values.iter().map(|(name, value)| (*name, value.as_ref())).collect();
        let find = |key, attribute: &str| self.catalogs.find(self.language, key, Some(attribute), &values);
        let variant = self.variant.map(|variant| format!("{attribute}-{variant}"));
        let found = self.keys.into_iter().find_map(|key| {
            let special = variant.as_ref().and_then(|variant| find(key, variant));
            special.or_else(|| find(key, attribute))
        });
        found.map_or_else(String::new, Cow::into_owned)
    }
}

pub(super) fn advise(
    catalogs: &Catalogs,
    config: &GuidanceConfig,
    language: Language,
    subject: &Subject<'_>,
    circumstances: &Circumstances<'_>,
) -> Advice {
    let (code, reason) = subject.code(circumstances);
    let minutes = subject.minutes();
    let misread = rules::misread(subject, circumstances.hints).filter(|_| reason == Some(Reason::MisreadCharacter));
    // Most texts are constant, and the most common answer uses only those, so only the needed values are computed.
    let mut values = Vec::new();
    if code == AdviceCode::RequestWhitelisting {
        values.push(("partner", Cow::Borrowed(circumstances.partner)));
    }
    if let Some(suggested) = subject.suggested() {
        values.push(("region", Cow::Owned(circumstances.region.map_or_else(String::new, label_of))));
        values.push(("suggested", Cow::Owned(label_of(suggested))));
    }
    if let Some(minutes) = minutes {
        values.push(("minutes", Cow::Owned(minutes.to_string())));
    }
    let variant = match misread {
        Some(misread) => {
            values.extend(values_of_misread(misread));
            variant_of_misread(misread)
        }
        None if circumstances.everywhere => Some("everywhere"),
        None => minutes.map(|_| "minutes"),
    };
    let texts = Texts { catalogs, language, keys: [subject.key(code, reason), code.key()], variant, values };
    let mut action = texts.get("action");
    if let Some(left) = circumstances.attempts_left.filter(|left| *left <= FEW_ATTEMPTS)
        && matches!(subject, Subject::Verdict(Verdict::InvalidCredentials { .. }))
    {
        action.push(' ');
        action += &catalogs.text(language, "attempts-left", None, &[("count", &left.to_string())]);
    }
    Advice {
        code,
        owner: subject.owner(code, reason),
        title: texts.get("title"),
        message: texts.get("message"),
        action,
        reason,
        fields: subject.fields(code, reason),
        retryable: code.is_retryable(),
        retry_after_seconds: subject.retry_after_seconds(),
        docs_url: subject.docs_url(code, circumstances),
        support: support(catalogs, config, code, subject, circumstances),
    }
}

pub(super) fn fixed_row(subject: &Subject<'_>, circumstances: &Circumstances<'_>) -> Option<usize> {
    let (code, reason) = subject.code(circumstances);
    let is_fixed = match code {
        AdviceCode::Verified
        | AdviceCode::CheckCredentials
        | AdviceCode::CheckAccountId
        | AdviceCode::LooksLikeToken
        | AdviceCode::FieldsSwapped => reason != Some(Reason::MisreadCharacter),
        _ => false,
    };
    let has_more = circumstances.everywhere || circumstances.attempts_left.is_some_and(|left| left <= FEW_ATTEMPTS);
    rules::ROWS.iter().position(|row| is_fixed && !has_more && *row == (code, reason))
}

/// Returns an advice without the details of a request, with placeholders where a name would be filled in.
pub(super) fn entry(catalogs: &Catalogs, language: Language, code: AdviceCode, reason: Option<Reason>) -> Advice {
    let values = ["partner", "region", "suggested", "position", "character"].map(|name| (name, Cow::Borrowed("…")));
    let key = reason.map_or(code.key(), |reason| rules::key_of_reason(code, reason));
    let texts = Texts { catalogs, language, keys: [key, code.key()], variant: None, values: values.into() };
    Advice {
        code,
        owner: code.owner(reason),
        title: texts.get("title"),
        message: texts.get("message"),
        action: texts.get("action"),
        reason,
        fields: code.fields(reason).to_vec(),
        retryable: code.is_retryable(),
        retry_after_seconds: None,
        docs_url: Cow::Borrowed(code.docs_url()),
        support: None,
    }
}

/// Returns a region as texts name it: "India (in1)".
pub(super) fn label_of(region: &Region) -> String {
    format!("{} ({})", region.name, region.id)
}

/// A character that is neither a letter nor a digit may look like one, so the text names only its position.
pub(super) fn variant_of_misread(misread: Misread) -> Option<&'static str> {
    let marks = [Some(misread.first), misread.second];
    if marks.iter().flatten().any(|mark| !mark.character.is_ascii_graphic()) {
        return Some("foreign");
    }
    misread.second.map(|_| "two")
}

pub(super) fn values_of_misread(misread: Misread) -> Vec<(&'static str, Cow<'static, str>)> {
    let place = |position: usize| Cow::Owned(position.to_string());
    let mut values = vec![
        ("position", place(misread.first.position)),
        ("character", Cow::Owned(misread.first.character.to_string())),
    ];
    let mut positions = misread.first.position.to_string();
    if let Some(second) = misread.second {
        values.push(("second-position", place(second.position)));
        values.push(("second-character", Cow::Owned(second.character.to_string())));
        let _ = write!(positions, ", {}", second.position);
    }
    values.push(("positions", Cow::Owned(positions)));
    values
}

/// Drafts are written in English, whatever the customer's language, because CleverTap and the operator read them.
fn support(
    catalogs: &Catalogs,
    config: &GuidanceConfig,
    code: AdviceCode,
    subject: &Subject<'_>,
    circumstances: &Circumstances<'_>,
) -> Option<Support> {
    let (to, key) = match code {
        AdviceCode::RequestWhitelisting => (&config.whitelisting_contact, "support-whitelisting"),
        AdviceCode::ContactOperator => (&config.operator_contact, "support-operator"),
        _ => return None,
    };
    if to.is_empty() {
        return None;
    }
    let problem = match subject {
        Subject::Problem { code, .. } => code.as_str(),
        Subject::Verdict(verdict) => verdict.status(),
    };
    let region = circumstances.region.map_or_else(|| "not known".to_owned(), label_of);
    let partner = if circumstances.partner.is_empty() { "not known" } else { circumstances.partner };
    let values = [
        ("partner", partner),
        ("region", region.as_str()),
        ("request", circumstances.request_id),
        ("time", circumstances.time),
        ("problem", problem),
    ];
    let text = |attribute| catalogs.text(Language::ENGLISH, key, Some(attribute), &values).into_owned();
    Some(Support { to: to.clone(), subject: text("subject"), body: text("body") })
}

#[cfg(test)]
#[path = "advice_tests.rs"]
mod tests;
