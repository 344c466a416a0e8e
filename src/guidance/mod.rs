//! Turns the outcome of a verification into advice: who must do what, in the customer's language, at the right field.
//!
//! Pure: no clock and no I/O. It receives the outcome, hints and language, never a credential. `rules` decides,
//! `advice` renders the decision, `catalog` holds the texts, `language` chooses one.

mod advice;
mod catalog;
mod language;
mod rules;

pub use advice::{Advice, AdviceCode, Circumstances, Owner, Subject, Support};
pub use catalog::Catalogs;
pub use language::Language;

use crate::{
    config::GuidanceConfig,
    model::{
        AccountIdHint, Clue, Field, FieldError, FieldErrorCode, MalformedJson, MalformedKind, ProblemCode, Regions,
        Warning,
    },
};

/// Provides the advice and all other texts for people.
#[derive(Debug)]
pub struct Advisor {
    catalogs: Catalogs,
    config: GuidanceConfig,
    regions: String,
}

impl Advisor {
    /// Creates an advisor; the regions appear in texts that list the allowed values.
    pub fn new(config: GuidanceConfig, regions: &Regions) -> Self {
        let regions: Vec<String> = regions.iter().map(|region| advice::label_of(region)).collect();
        Self { catalogs: Catalogs::new(), config, regions: regions.join(", ") }
    }

    /// Returns the advice for the outcome of a request.
    pub fn advise(&self, language: Language, subject: &Subject<'_>, circumstances: &Circumstances<'_>) -> Advice {
        advice::advise(&self.catalogs, &self.config, language, subject, circumstances)
    }

    /// The number of rows that [`Advisor::fixed_row`] distinguishes.
    pub const ROWS: usize = rules::ROWS.len();

    /// Returns the row of an advice that depends on language and region only, or `None` if it depends on more.
    pub fn fixed_row(subject: &Subject<'_>, circumstances: &Circumstances<'_>) -> Option<usize> {
        advice::fixed_row(subject, circumstances)
    }

    /// Returns every possible advice, without the details of a request.
    pub fn entries(&self, language: Language) -> impl Iterator<Item = Advice> {
        rules::ROWS.into_iter().map(move |(code, reason)| advice::entry(&self.catalogs, language, code, reason))
    }

    /// Returns the title of a problem.
    pub fn problem_title(&self, language: Language, code: ProblemCode) -> String {
        self.catalogs.text(language, &format!("problem-{}", dashed(code.as_str())), None, &[]).into_owned()
    }

    /// Returns the meaning of a problem in a sentence or two.
    pub fn problem_detail(&self, language: Language, code: ProblemCode) -> String {
        self.catalogs.text(language, &format!("problem-{}", dashed(code.as_str())), Some("detail"), &[]).into_owned()
    }

    /// Returns what is wrong with a body, and where, for the developer of the integration.
    pub fn malformed_json(&self, language: Language, malformed: &MalformedJson) -> String {
        let (line, column) = (malformed.line.to_string(), malformed.column.to_string());
        let (attribute, member) = match malformed.kind {
            MalformedKind::Syntax => ("position", ""),
            MalformedKind::Duplicate(member) => ("duplicate", member),
            MalformedKind::Unknown(None) => ("unknown", ""),
            MalformedKind::Unknown(Some(member)) => ("similar", member),
        };
        let values = [("line", line.as_str()), ("column", column.as_str()), ("member", member)];
        let place = self.catalogs.text(language, "problem-malformed-json", Some(attribute), &values);
        format!("{} {place}", self.problem_detail(language, ProblemCode::MalformedJson))
    }

    /// Returns what is wrong with a field, and what is allowed.
    pub fn field_error(&self, language: Language, error: &FieldError) -> String {
        if let Some(key) = error.clue.as_ref().and_then(rules::key_of_clue) {
            return self.recognised(language, key, error.clue.as_ref());
        }
        let key = format!("error-{}", dashed(error.code.as_str()));
        let is_flag = error.field == Field::SuggestRegion;
        let mut values = vec![("known", self.regions.clone())];
        let attribute = match (error.code, &error.clue) {
            (FieldErrorCode::WrongType(found), _) => {
                values.push(("found", found.to_owned()));
                is_flag.then_some("flag")
            }
            (FieldErrorCode::TooLong(most), _) => {
                values.push(("most", most.to_string()));
                None
            }
            (FieldErrorCode::OutOfRange(most), _) => {
                values.push(("most", most.to_string()));
                None
            }
            (_, Some(Clue::Character(position))) => {
                values.push(("position", position.to_string()));
                None
            }
            (_, Some(Clue::Near(region))) => {
                values.push(("region", advice::label_of(region)));
                Some("near")
            }
            (_, Some(Clue::Address)) => Some("address"),
            _ => None,
        };
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.catalogs.text(language, &key, attribute, &values).into_owned()
    }

    /// Returns what was recognised in a field.
    fn recognised(&self, language: Language, key: &str, clue: Option<&Clue>) -> String {
        let Some(Clue::AccountId(AccountIdHint::Misread(misread))) = clue else {
            return self.catalogs.text(language, key, Some("message"), &[]).into_owned();
        };
        let attribute = match advice::variant_of_misread(*misread) {
            Some(variant) => format!("message-{variant}"),
            None => "message".to_owned(),
        };
        let values = advice::values_of_misread(*misread);
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_ref())).collect();
        self.catalogs.text(language, key, Some(&attribute), &values).into_owned()
    }

    /// Returns the text of a warning.
    pub fn warning(&self, language: Language, warning: &Warning) -> String {
        let attribute = warning.field.name().replace('_', "-");
        let key = format!("warning-{}", dashed(warning.code.as_str()));
        self.catalogs.text(language, &key, Some(&attribute), &[]).into_owned()
    }

    /// Returns any other text for people, by its key in the catalogue.
    pub fn text(&self, language: Language, key: &str) -> String {
        self.text_with(language, key, &[])
    }

    /// Returns such a text with values filled in. The key of an attribute is `message.attribute`.
    pub fn text_with(&self, language: Language, key: &str, values: &[(&str, &str)]) -> String {
        let (key, attribute) = key.split_once('.').map_or((key, None), |(key, attribute)| (key, Some(attribute)));
        self.catalogs.text(language, key, attribute, values).into_owned()
    }
}

fn dashed(code: &str) -> String {
    code.replace('_', "-")
}
