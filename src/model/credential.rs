//! Parses what a customer typed, once: into a usable [`Submission`], or into all field errors together.
//!
//! Hints (flags that hold no secret) are computed here, so that no other room has to read the passcode.

use std::{borrow::Cow, sync::Arc};

use secrecy::{ExposeSecret, SecretString};

use super::{Clue, Hints, Region, RegionText, Regions, repair, shape};

/// The maximum length of an account id, in characters after repair.
pub const MAX_ACCOUNT_ID: usize = 64;
/// The maximum length of a passcode, in characters after repair.
pub const MAX_PASSCODE: usize = 256;
/// The maximum length of a region text; a pasted address with a long query still fits.
const MAX_REGION: usize = 2048;

/// One member of a request, before validation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Input<T> {
    /// Absent, or `null`.
    #[default]
    Missing,
    /// Of another JSON type; the string names that type (`number`, `array`, …).
    WrongType(&'static str),
    /// Present, with the expected type.
    Value(T),
}

/// The members of a request, before validation.
#[derive(Debug, Default)]
pub struct RawSubmission<'a> {
    /// The account id, called project id in the dashboard.
    pub account_id: Input<Cow<'a, str>>,
    /// The account passcode or user passcode.
    pub passcode: Input<SecretString>,
    /// A region in any notation, or `auto`.
    pub region: Input<Cow<'a, str>>,
    /// Whether to try the other regions after a refusal.
    pub suggest_region: Input<bool>,
    /// The language of the answer.
    pub lang: Input<Cow<'a, str>>,
}

/// A validated request: every field is usable.
#[derive(Debug)]
pub struct Submission {
    /// 1 to 64 visible ASCII characters.
    pub account_id: Arc<str>,
    /// 1 to 256 visible ASCII characters; opaque.
    pub passcode: SecretString,
    /// The region to ask.
    pub region: RegionChoice,
    /// Whether to try the other regions after a refusal; `None` uses the configured default.
    pub suggest_region: Option<bool>,
    /// Repairs that were made, and values that look unusual.
    pub warnings: Vec<Warning>,
}

/// The region to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegionChoice {
    /// This region only.
    One(Arc<Region>),
    /// Every region, until one verifies.
    Auto,
}

/// One question for the upstream, valid by construction.
#[derive(Debug, Clone)]
pub struct Credential {
    /// 1 to 64 visible ASCII characters.
    pub account_id: Arc<str>,
    /// 1 to 256 visible ASCII characters; opaque.
    pub passcode: SecretString,
    /// The region to ask.
    pub region: Arc<Region>,
    /// The partner name that CleverTap knows.
    pub partner: Arc<str>,
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// `account_id`
    AccountId,
    /// `passcode`
    Passcode,
    /// `region`
    Region,
    /// `suggest_region`
    SuggestRegion,
    /// `lang`
    Lang,
    /// `origin`, of a session.
    Origin,
    /// `ttl_seconds`, of a session.
    TtlSeconds,
    /// `max_attempts`, of a session.
    MaxAttempts,
}

/// Why a field is unusable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field.
    pub field: Field,
    /// What is wrong with it.
    pub code: FieldErrorCode,
    /// Any further finding about its value.
    pub clue: Option<Clue>,
}

/// The reason why a field is unusable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldErrorCode {
    /// It is absent.
    Missing,
    /// It is empty after repair.
    Empty,
    /// It has another JSON type; the string names that type.
    WrongType(&'static str),
    /// It is longer than this many characters.
    TooLong(usize),
    /// It contains a character outside visible ASCII.
    UnusableCharacters,
    /// It names no configured region.
    UnknownRegion,
    /// It is not a valid web origin.
    NoOrigin,
    /// It is not an integer from 1 to this maximum.
    OutOfRange(u64),
}

/// A remark about a field that does not prevent verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warning {
    /// What it is.
    pub code: WarningCode,
    /// The field it concerns.
    pub field: Field,
}

/// The kinds of [`Warning`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarningCode {
    /// A copy-and-paste accident was repaired.
    Repaired,
    /// The value does not look like one that CleverTap issues.
    UnusualShape,
    /// A pasted dashboard address contradicts the other field.
    UrlConflict,
}

impl Submission {
    /// Repairs and validates every field; on failure returns all field errors, in the order of the form.
    pub fn parse(raw: RawSubmission<'_>, regions: &Regions) -> Result<Self, Vec<FieldError>> {
        let region = parse_region(raw.region, regions);
        let named = region.as_ref().ok().and_then(|region| region.implied.clone());
        let account_id = or_implied(parse_account_id(raw.account_id, regions), named);
        let named = account_id.as_ref().ok().and_then(|account_id| account_id.implied.clone());
        let region = or_implied(region, named.map(RegionChoice::One));
        let passcode = parse_passcode(raw.passcode);
        let suggest_region = parse_optional(raw.suggest_region, Field::SuggestRegion);
        let lang = parse_optional(raw.lang, Field::Lang);

        let mut errors = Vec::new();
        let account_id = account_id.map_err(|error| errors.push(error)).ok();
        let passcode = passcode.map_err(|error| errors.push(error)).ok();
        let region = region.map_err(|error| errors.push(error)).ok();
        let suggest_region = suggest_region.map_err(|error| errors.push(error)).ok();
        let lang = lang.map_err(|error| errors.push(error)).ok();
        let (Some(account_id), Some(passcode), Some(region), Some(suggest_region), Some(_)) =
            (account_id, passcode, region, suggest_region, lang)
        else {
            return Err(errors);
        };

        let warnings = warnings_of(&account_id, &passcode, &region);
        let (account_id, passcode, region) = (account_id.value, passcode.value, region.value);
        Ok(Self { account_id, passcode, region, suggest_region, warnings })
    }

    /// Computes the hints that the input alone gives. This costs as much as the rest of a cache hit, so it is called
    /// only for answers that show hints.
    pub fn hints(&self) -> Hints {
        Hints::of(&self.account_id, self.passcode.expose_secret())
    }

    /// Returns the warnings to list in an answer. An unusual shape is not reported once the account id is verified.
    pub fn warnings_for(&self, is_verified: bool) -> impl Iterator<Item = &Warning> {
        self.warnings.iter().filter(move |warning| !(is_verified && warning.code == WarningCode::UnusualShape))
    }

    /// Returns the question for one region on behalf of `partner`.
    pub fn credential(&self, region: &Arc<Region>, partner: &Arc<str>) -> Credential {
        Credential {
            account_id: self.account_id.clone(),
            passcode: self.passcode.clone(),
            region: region.clone(),
            partner: partner.clone(),
        }
    }
}

impl FieldError {
    /// Creates an error without a clue.
    pub fn new(field: Field, code: FieldErrorCode) -> Self {
        Self { field, code, clue: None }
    }
}

impl Field {
    /// Returns the member's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccountId => "account_id",
            Self::Passcode => "passcode",
            Self::Region => "region",
            Self::SuggestRegion => "suggest_region",
            Self::Lang => "lang",
            Self::Origin => "origin",
            Self::TtlSeconds => "ttl_seconds",
            Self::MaxAttempts => "max_attempts",
        }
    }
}

impl FieldErrorCode {
    /// Returns the wire name of the code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Empty => "empty",
            Self::WrongType(_) => "wrong_type",
            Self::TooLong(_) => "too_long",
            Self::UnusableCharacters => "unusable_characters",
            Self::UnknownRegion => "unknown_region",
            Self::NoOrigin => "no_origin",
            Self::OutOfRange(_) => "out_of_range",
        }
    }
}

impl WarningCode {
    /// Returns the wire name of the code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Repaired => "repaired",
            Self::UnusualShape => "unusual_shape",
            Self::UrlConflict => "url_conflict",
        }
    }
}

/// A usable field.
struct Parsed<T, U> {
    value: T,
    is_repaired: bool,
    /// The value of the other field, taken from a pasted dashboard address.
    implied: Option<U>,
}

type ParsedAccountId = Parsed<Arc<str>, Arc<Region>>;
type ParsedRegion = Parsed<RegionChoice, Arc<str>>;

/// Uses the value implied by the other field's dashboard address when a field is absent or empty.
fn or_implied<T, U>(own: Result<Parsed<T, U>, FieldError>, implied: Option<T>) -> Result<Parsed<T, U>, FieldError> {
    match (own, implied) {
        (Err(FieldError { code: FieldErrorCode::Missing | FieldErrorCode::Empty, .. }), Some(value)) => {
            Ok(Parsed { value, is_repaired: false, implied: None })
        }
        (own, _) => own,
    }
}

fn parse_region(raw: Input<Cow<'_, str>>, regions: &Regions) -> Result<ParsedRegion, FieldError> {
    let error = |code| FieldError::new(Field::Region, code);
    let text = required(raw, Field::Region)?;
    let repaired = repair::clean(&text);
    if repaired.is_empty() {
        return Err(error(FieldErrorCode::Empty));
    }
    if repaired.len() > MAX_REGION && repaired.chars().count() > MAX_REGION {
        return Err(error(FieldErrorCode::TooLong(MAX_REGION)));
    }
    let (value, implied) = if repaired.eq_ignore_ascii_case("auto") {
        (RegionChoice::Auto, None)
    } else {
        let unknown = || FieldError { clue: regions.clue(&repaired), ..error(FieldErrorCode::UnknownRegion) };
        let read = regions.read(&repaired).ok_or_else(unknown)?;
        (RegionChoice::One(read.region), read.account_id.map(Arc::from))
    };
    Ok(Parsed { value, is_repaired: repaired != text, implied })
}

fn parse_account_id(raw: Input<Cow<'_, str>>, regions: &Regions) -> Result<ParsedAccountId, FieldError> {
    let error = |code| FieldError::new(Field::AccountId, code);
    let text = required(raw, Field::AccountId)?;
    let visible = repair::clean(&text);
    let repaired = repair::narrow(&visible);
    if repaired.is_empty() {
        return Err(error(FieldErrorCode::Empty));
    }
    // Of all accepted inputs, only an address contains a slash, and only an address carries an account id.
    let pasted = repaired.contains('/').then(|| regions.read(&repaired)).flatten();
    let (value, implied) = match pasted {
        Some(RegionText { region, account_id: Some(account_id) }) => (Cow::Owned(account_id), Some(region)),
        _ => (repaired, None),
    };
    check_characters(&value, MAX_ACCOUNT_ID)
        .map_err(|code| FieldError { clue: Clue::of_account_id(&value), ..error(code) })?;
    Ok(Parsed { is_repaired: value != text, value: value.into(), implied })
}

fn parse_passcode(raw: Input<SecretString>) -> Result<Parsed<SecretString, ()>, FieldError> {
    let error = |code| FieldError::new(Field::Passcode, code);
    let secret = required(raw, Field::Passcode)?;
    let visible = repair::remove_invisible(secret.expose_secret()).map(SecretString::from);
    let visible = visible.as_ref().unwrap_or(&secret);
    let repaired = repair::trim(visible.expose_secret());
    if repaired.is_empty() {
        return Err(error(FieldErrorCode::Empty));
    }
    check_characters(repaired, MAX_PASSCODE)
        .map_err(|code| FieldError { clue: Clue::of_passcode(repaired), ..error(code) })?;
    let is_repaired = repaired != secret.expose_secret();
    let value = if is_repaired { SecretString::from(repaired) } else { secret };
    Ok(Parsed { value, is_repaired, implied: None })
}

fn warnings_of(
    account_id: &ParsedAccountId,
    passcode: &Parsed<SecretString, ()>,
    region: &ParsedRegion,
) -> Vec<Warning> {
    let other_account = region.implied.as_ref().is_some_and(|named| *named != account_id.value);
    let other_region = match (&region.value, &account_id.implied) {
        (RegionChoice::One(chosen), Some(named)) => chosen.id != named.id,
        _ => false,
    };
    [
        (region.is_repaired, WarningCode::Repaired, Field::Region),
        (account_id.is_repaired, WarningCode::Repaired, Field::AccountId),
        (other_account, WarningCode::UrlConflict, Field::AccountId),
        (passcode.is_repaired, WarningCode::Repaired, Field::Passcode),
        (other_region, WarningCode::UrlConflict, Field::Region),
        (!shape::is_account_id(&account_id.value), WarningCode::UnusualShape, Field::AccountId),
    ]
    .into_iter()
    .filter_map(|(applies, code, field)| applies.then_some(Warning { code, field }))
    .collect()
}

fn parse_optional<T>(raw: Input<T>, field: Field) -> Result<Option<T>, FieldError> {
    match raw {
        Input::Missing => Ok(None),
        Input::WrongType(found) => Err(FieldError::new(field, FieldErrorCode::WrongType(found))),
        Input::Value(value) => Ok(Some(value)),
    }
}

fn required<T>(raw: Input<T>, field: Field) -> Result<T, FieldError> {
    parse_optional(raw, field)?.ok_or(FieldError::new(field, FieldErrorCode::Missing))
}

fn check_characters(text: &str, most: usize) -> Result<(), FieldErrorCode> {
    // A string never has more characters than bytes.
    if text.len() > most && text.chars().count() > most {
        return Err(FieldErrorCode::TooLong(most));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(FieldErrorCode::UnusableCharacters);
    }
    Ok(())
}

#[cfg(test)]
#[path = "credential_tests.rs"]
mod tests;
