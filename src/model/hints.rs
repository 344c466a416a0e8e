//! Recognises what was typed instead of an account id or a passcode: an e-mail address, a label, the dots that hide a
//! passcode. Hints are used after a refusal or beside an error of the same field; they never change an outcome.
//!
//! A hint contains no text of a passcode, so it can be stored and shown where the passcode cannot.

use std::sync::Arc;

use serde::Serialize;

use super::{Region, labels, shape};

/// The hints that the input alone gives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hints {
    /// What the account id appears to be instead.
    pub account_id: Option<AccountIdHint>,
    /// What the passcode appears to be.
    pub passcode: Option<PasscodeHint>,
    /// Each of the two fields has the form of the other.
    pub fields_swapped: bool,
    /// The account id belongs to a test project.
    pub test_project: bool,
}

/// A finding about an unusable value, in addition to its error code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clue {
    /// What was entered instead of an account id.
    AccountId(AccountIdHint),
    /// What was entered instead of a passcode.
    Passcode(Reason),
    /// The position of the first unusable character, counted from 1 in the repaired value.
    Character(usize),
    /// An address that names no region, such as that of the login page.
    Address,
    /// A place within this region.
    Near(Arc<Region>),
}

/// What was entered instead of an account id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the reason of the same name")]
pub enum AccountIdHint {
    EmailAddress,
    WebAddress,
    AccountName,
    Label,
    LowerCase,
    Incomplete,
    /// One or two characters that never occur in account ids, in a text that otherwise has their form.
    Misread(Misread),
}

/// What was entered instead of a passcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasscodeHint {
    /// An SDK account token, which has its own advice code.
    Token,
    /// Anything else.
    Reason(Reason),
}

/// The characters of a misread account id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misread {
    /// The first.
    pub first: Mark,
    /// The second, if any.
    pub second: Option<Mark>,
}

/// A character and its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Counted from 1, dashes included.
    pub position: usize,
    /// The character.
    pub character: char,
}

/// The wire value of `reason`: what was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[schema(as = GuidanceReason)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are those of the wire")]
pub enum Reason {
    EmailAddress,
    WebAddress,
    AccountName,
    Label,
    LowerCase,
    Incomplete,
    MisreadCharacter,
    HiddenPasscode,
    BearerPrefix,
    SameAsAccountId,
    Placeholder,
    UserPasscode,
    TestProject,
    Everywhere,
}

impl Reason {
    /// Returns the wire name of the reason.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EmailAddress => "email_address",
            Self::WebAddress => "web_address",
            Self::AccountName => "account_name",
            Self::Label => "label",
            Self::LowerCase => "lower_case",
            Self::Incomplete => "incomplete",
            Self::MisreadCharacter => "misread_character",
            Self::HiddenPasscode => "hidden_passcode",
            Self::BearerPrefix => "bearer_prefix",
            Self::SameAsAccountId => "same_as_account_id",
            Self::Placeholder => "placeholder",
            Self::UserPasscode => "user_passcode",
            Self::TestProject => "test_project",
            Self::Everywhere => "everywhere",
        }
    }
}

impl Clue {
    /// Returns the reason for this clue, if it has one.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::AccountId(hint) => Some(hint.reason()),
            Self::Passcode(reason) => Some(*reason),
            Self::Character(_) | Self::Address | Self::Near(_) => None,
        }
    }

    /// Examines an unusable account id.
    pub(super) fn of_account_id(text: &str) -> Option<Self> {
        AccountIdHint::of(text).map(Self::AccountId).or_else(|| unusable_character(text))
    }

    /// Examines an unusable passcode.
    pub(super) fn of_passcode(text: &str) -> Option<Self> {
        let reason = PasscodeHint::of(text, "").and_then(PasscodeHint::reason);
        reason.map(Self::Passcode).or_else(|| unusable_character(text))
    }
}

fn unusable_character(text: &str) -> Option<Clue> {
    text.chars().position(|character| !character.is_ascii_graphic()).map(|index| Clue::Character(index + 1))
}

impl AccountIdHint {
    /// Returns the reason for this hint.
    pub fn reason(self) -> Reason {
        match self {
            Self::EmailAddress => Reason::EmailAddress,
            Self::WebAddress => Reason::WebAddress,
            Self::AccountName => Reason::AccountName,
            Self::Label => Reason::Label,
            Self::LowerCase => Reason::LowerCase,
            Self::Incomplete => Reason::Incomplete,
            Self::Misread(_) => Reason::MisreadCharacter,
        }
    }

    /// Recognises what was entered instead of an account id. Returns `None` if the text has the form of an account id
    /// or is not recognised.
    pub(super) fn of(text: &str) -> Option<Self> {
        // A passcode in the wrong field is not a misread account id.
        if shape::has_account_id_form(text) || shape::has_account_passcode_form(text) {
            return None;
        }
        let is_address = is_web_address(text) || has_known_domain(text);
        if !is_address && text.contains(['@', '＠']) {
            Some(Self::EmailAddress)
        } else if is_address {
            Some(Self::WebAddress)
        } else if has_account_id_label(text) || holds_account_id(text) {
            Some(Self::Label)
        } else if shape::has_account_id_form(&text.to_ascii_uppercase()) {
            Some(Self::LowerCase)
        } else if is_incomplete(text) {
            Some(Self::Incomplete)
        } else if let Some(misread) = misread(text) {
            Some(Self::Misread(misread))
        } else if shape::is_account_id(text) && text.bytes().any(|byte| byte.is_ascii_lowercase()) {
            Some(Self::LowerCase)
        } else if is_name(text) {
            Some(Self::AccountName)
        } else {
            None
        }
    }
}

impl PasscodeHint {
    /// Recognises what was entered instead of a passcode. `account_id` is the content of the other field.
    pub(super) fn of(text: &str, account_id: &str) -> Option<Self> {
        let reason = if shape::has_account_token_form(text) {
            return Some(Self::Token);
        } else if is_hidden(text) {
            Reason::HiddenPasscode
        } else if has_bearer_prefix(text) {
            Reason::BearerPrefix
        } else if has_passcode_label(text, account_id) {
            Reason::Label
        } else if is_web_address(text) {
            Reason::WebAddress
        } else if text.eq_ignore_ascii_case(account_id) {
            Reason::SameAsAccountId
        } else if labels::is_placeholder(text) {
            Reason::Placeholder
        } else if shape::has_user_passcode_form(text) {
            Reason::UserPasscode
        } else {
            return None;
        };
        Some(Self::Reason(reason))
    }

    /// Returns the reason for these hints, if there is one.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::Token => None,
            Self::Reason(reason) => Some(reason),
        }
    }
}

impl Hints {
    /// Computes the hints for two usable values.
    pub(super) fn of(account_id: &str, passcode: &str) -> Self {
        let has_form_of_other = shape::has_account_passcode_form(account_id)
            || shape::has_user_passcode_form(account_id)
            || shape::has_account_token_form(account_id);
        Self {
            account_id: AccountIdHint::of(account_id),
            passcode: PasscodeHint::of(passcode, account_id),
            fields_swapped: shape::has_account_id_form(passcode) && has_form_of_other,
            test_project: shape::is_test(account_id) && shape::is_account_id(account_id),
        }
    }
}

/// A web address: with a scheme, starting with `www.`, or on a CleverTap host.
fn is_web_address(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let scheme = lower.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphabetic()))
        || lower.starts_with("www.")
        || (lower.contains(".clevertap.com") && !lower.contains([' ', '@']))
}

/// The top-level domains by which an address without a scheme is recognised.
const DOMAINS: &[&str] = &[
    "com", "net", "org", "io", "co", "in", "id", "sg", "us", "eu", "ae", "de", "fr", "es", "br", "mx", "vn", "th",
    "uk", "app", "dev", "ai", "me", "info", "biz", "shop", "store", "online", "cloud", "tech",
];

fn has_known_domain(text: &str) -> bool {
    let host = text.split(['/', '?', '#', ':']).next().unwrap_or(text).trim_end_matches('.').to_ascii_lowercase();
    // Reversed, these are app ids such as com.example.app.
    let is_app = host.split('.').count() > 2 && host.split('.').next().is_some_and(|first| DOMAINS.contains(&first));
    let mut names = host.rsplit('.');
    let is_known = names.next().is_some_and(|last| DOMAINS.contains(&last));
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_known && !is_app && host.contains('.') && names.all(is_name)
}

/// The name of the field or of a header, alone or followed by a value.
fn has_account_id_label(text: &str) -> bool {
    let head = labels::split_label(text).map_or(text, |(head, _)| head);
    labels::names_account_id(&labels::fold(head))
        || labels::fold(text).contains("clevertapaccountid")
        || labels::has_name_in_front(text, labels::names_account_id)
}

/// An account id inside a longer text: "Acme (W9R-486-4W5Z)", or next to its passcode.
fn holds_account_id(text: &str) -> bool {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '-';
    let (mut ids, mut others) = (0, 0);
    for token in text.split(|character| !is_part(character)).filter(|token| !token.is_empty()) {
        *if shape::has_account_id_form(token) { &mut ids } else { &mut others } += 1;
    }
    let has_more = others > 0 || text.chars().any(|character| !character.is_ascii() && character.is_alphabetic());
    ids > 1 || (ids == 1 && has_more)
}

/// The form of an account id with missing or surplus characters or dashes.
fn is_incomplete(text: &str) -> bool {
    if shape::is_account_id(text) {
        return false;
    }
    let body = shape::strip_test_prefix(text);
    let core: String = body.chars().filter(|character| character.is_alphanumeric()).collect();
    let core = core.strip_prefix("TEST").unwrap_or(&core).to_ascii_uppercase();
    let foreign = core.chars().filter(|character| !shape::is_account_id_character(*character)).count();
    let length = core.chars().count();
    let is_close = foreign == 0 && (3..=16).contains(&length);
    let is_misread = length == 10 && foreign <= 2 && groups(body) != [3, 3, 4];
    (is_close && groups(body) != [3, 3, 4]) || is_misread || has_outline(body, length)
}

/// A looser form, for ids with unusual characters: capital letters and digits, ungrouped or in nearly the right groups.
fn has_outline(body: &str, length: usize) -> bool {
    let is_capital = body.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-');
    let digits = body.bytes().filter(u8::is_ascii_digit).count();
    let is_near = match groups(body)[..] {
        [_] => length == 10 && digits >= 3 && digits < length,
        [first, second] => first == 3 && (3..=4).contains(&second),
        [first, second, third] => (2..=4).contains(&first) && (2..=4).contains(&second) && (3..=5).contains(&third),
        _ => false,
    };
    (is_capital && digits > 0 && is_near) || shape::has_account_token_form(body)
}

fn groups(body: &str) -> Vec<usize> {
    body.split('-').map(|group| group.chars().count()).collect()
}

/// Finds the one or two characters that prevent a text from having the form of an account id.
fn misread(text: &str) -> Option<Misread> {
    let body = shape::strip_test_prefix(text);
    if groups(body) != [3, 3, 4] {
        return None;
    }
    let before = text.chars().count() - body.chars().count();
    let mut marks = body.chars().enumerate().filter(|(index, character)| {
        let is_fit = if *index == 11 { *character == 'Z' } else { shape::is_account_id_character(*character) };
        !is_fit && *character != '-'
    });
    let mark = |(index, character)| Mark { position: before + index + 1, character };
    let found = Misread { first: mark(marks.next()?), second: marks.next().map(mark) };
    // A last character other than Z is unusual, but it is no evidence of a misreading.
    let is_foreign = |mark: &Mark| !shape::is_account_id_character(mark.character);
    let all_foreign = is_foreign(&found.first) && found.second.as_ref().is_none_or(is_foreign);
    (marks.next().is_none() && all_foreign).then_some(found)
}

/// Letters and spaces, as in the name of a company or an app, in any script.
fn is_name(text: &str) -> bool {
    let is_letter = |character: char| character.is_alphabetic() || labels::is_mark(character);
    let is_beside = |character: char| character.is_whitespace() || "&.'’,-_()/+!".contains(character);
    let letters = text.chars().filter(|character| is_letter(*character)).count();
    let rest = text.chars().filter(|character| !is_letter(*character) && !is_beside(*character)).count();
    let first_word = text.split_whitespace().next().unwrap_or("");
    let has_number = text.contains(' ')
        && first_word.chars().all(is_letter)
        && text.chars().all(|character| is_letter(character) || is_beside(character) || character.is_numeric());
    // Capital letters in groups look more like an id or a passcode than like a name.
    let is_code = text.contains('-') && !text.chars().any(char::is_lowercase) && text.is_ascii();
    letters >= 2 && (rest == 0 || has_number) && !is_code
}

/// Only dots or asterisks, as a page shows them instead of a passcode.
fn is_hidden(text: &str) -> bool {
    let is_dot = |character: char| "•●∙·⋅‧⚫⬤○◦.…*＊⁎∗".contains(character);
    let dots: usize = text.chars().map(|character| if character == '…' { 3 } else { 1 }).sum();
    dots >= 3 && text.chars().all(is_dot)
}

fn has_bearer_prefix(text: &str) -> bool {
    let after_header = match labels::split_label(text) {
        Some((head, rest)) if labels::fold(head).ends_with("authorization") => rest.trim_start(),
        _ => text,
    };
    after_header.split_at_checked("bearer".len()).is_some_and(|(word, rest)| {
        word.eq_ignore_ascii_case("bearer") && rest.starts_with([' ', ':', '=', '\t', '\u{A0}'])
    })
}

/// The name of the field or of a header followed by a value, or the account id next to the passcode.
fn has_passcode_label(text: &str, account_id: &str) -> bool {
    if let Some((head, rest)) = labels::split_label(text) {
        let head = labels::fold(head);
        return labels::names_passcode(&head)
            || labels::fold(text).contains("clevertappasscode")
            || (labels::names_account_id(&head) && labels::fold(rest).contains("passcode"))
            || (shape::is_account_id(account_id) && text.contains(account_id) && !is_web_address(text));
    }
    labels::has_name_in_front(text, labels::names_passcode)
}

#[cfg(test)]
#[path = "hints_tests.rs"]
mod tests;
