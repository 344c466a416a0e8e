//! Turns what came of a verification into advice: who must do what, in the customer's language, at the right field.
//!
//! Pure: no clock and no I/O. It sees outcome, hints and language, and never a credential. `advice` holds the rules,
//! `catalog` the texts, `language` the choice of one.

mod advice;
mod catalog;
mod language;

pub use advice::{Advice, AdviceCode, Circumstances, Owner, Subject, Support};
pub use catalog::Catalogs;
pub use language::Language;

use crate::{
    config::GuidanceConfig,
    model::{FieldError, FieldErrorCode, ProblemCode, Regions, Warning},
};

/// Gives advice, and all other texts for people.
#[derive(Debug)]
pub struct Advisor {
    catalogs: Catalogs,
    config: GuidanceConfig,
    regions: String,
}

impl Advisor {
    /// Makes one; the regions are named where a text must say what is allowed.
    pub fn new(config: GuidanceConfig, regions: &Regions) -> Self {
        let regions: Vec<&str> = regions.iter().map(|region| region.id.as_str()).collect();
        Self { catalogs: Catalogs::new(), config, regions: regions.join(", ") }
    }

    /// Returns the advice for what came of a request.
    pub fn advise(&self, language: Language, subject: &Subject<'_>, circumstances: &Circumstances<'_>) -> Advice {
        advice::advise(&self.catalogs, &self.config, language, subject, circumstances)
    }

    /// Returns the advice under a code as the catalogue shows it, without the particulars of a request.
    pub fn entry(&self, language: Language, code: AdviceCode) -> Advice {
        advice::entry(&self.catalogs, language, code)
    }

    /// Returns the title of a problem.
    pub fn problem_title(&self, language: Language, code: ProblemCode) -> String {
        self.catalogs.text(language, &format!("problem-{}", dashed(code.as_str())), None, &[]).into_owned()
    }

    /// Returns what a problem means, in a sentence or two.
    pub fn problem_detail(&self, language: Language, code: ProblemCode) -> String {
        self.catalogs.text(language, &format!("problem-{}", dashed(code.as_str())), Some("detail"), &[]).into_owned()
    }

    /// Returns what is wrong with a field, and what is allowed.
    pub fn field_error(&self, language: Language, error: &FieldError) -> String {
        let key = format!("error-{}", dashed(error.code.as_str()));
        let (name, value) = match error.code {
            FieldErrorCode::WrongType(found) => ("found", found.to_owned()),
            FieldErrorCode::TooLong(most) => ("most", most.to_string()),
            FieldErrorCode::OutOfRange(most) => ("most", most.to_string()),
            FieldErrorCode::UnknownRegion => ("known", self.regions.clone()),
            _ => ("field", error.field.name().to_owned()),
        };
        let is_flag = matches!(error.field, crate::model::Field::SuggestRegion);
        let attribute = (is_flag && matches!(error.code, FieldErrorCode::WrongType(_))).then_some("flag");
        self.catalogs.text(language, &key, attribute, &[(name, &value)]).into_owned()
    }

    /// Returns the text of a warning.
    pub fn warning(&self, language: Language, warning: &Warning) -> String {
        let attribute = warning.field.name().replace('_', "-");
        let key = format!("warning-{}", dashed(warning.code.as_str()));
        self.catalogs.text(language, &key, Some(&attribute), &[]).into_owned()
    }

    /// Returns any other text for people, by its key in the catalogue.
    pub fn text(&self, language: Language, key: &str) -> String {
        self.catalogs.text(language, key, None, &[]).into_owned()
    }
}

fn dashed(code: &str) -> String {
    code.replace('_', "-")
}
