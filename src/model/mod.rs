//! The domain types that all other rooms share: credential, region, outcome.
//!
//! This room knows nothing of HTTP, clocks or other rooms. A value that exists is valid: [`Submission::parse`] turns
//! outside text into a [`Submission`] or a list of [`FieldError`]s.

mod answer;
mod credential;
mod hints;
mod label;
mod labels;
mod mask;
mod outcome;
mod problem;
mod region;
mod region_names;
mod repair;
mod shape;

pub use answer::{Answer, RegionOutcome, Source};
pub use credential::{
    Credential, Field, FieldError, FieldErrorCode, Input, RawSubmission, RegionChoice, Submission, Warning, WarningCode,
};
pub use hints::{AccountIdHint, Clue, Hints, Mark, Misread, PasscodeHint, Reason};
pub use label::Label;
pub(crate) use label::label;
pub use mask::mask_account_id;
pub use outcome::{Fault, FaultKind, MAX_RETRY_AFTER, Outcome, OutcomeLabel, Refusal, Verdict, VerdictKind};
pub use problem::{MalformedJson, MalformedKind, ProblemCode};
pub use region::{Region, RegionText, Regions, RegionsError};
