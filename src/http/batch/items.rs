//! The items of a batch: what one holds, and why one cannot be asked.

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::{
    guidance::Language,
    http::submission,
    model::{FieldError, Input, ProblemCode, RawSubmission, Regions, Submission},
};

/// One item of a batch.
pub(super) struct Item {
    /// What its answer is named by; `None` for a line that cannot be read.
    pub(super) id: Option<String>,
    /// The number of such a line.
    pub(super) line: Option<u64>,
    pub(super) content: Content,
    pub(super) language: Language,
    pub(super) started: Instant,
}

/// What an item holds.
pub(super) enum Content {
    /// What is asked.
    Question(Box<Submission>),
    /// Fields that cannot be used.
    Invalid(Vec<FieldError>),
    /// Nothing that can be read.
    Unreadable(ProblemCode),
}

impl Item {
    /// Creates an item of a submission.
    pub(super) fn new(id: String, raw: RawSubmission<'_>, (regions, language): (&Regions, Language)) -> Self {
        let language = match &raw.lang {
            Input::Value(lang) => Language::choose(Some(lang), Some(language.tag())),
            _ => language,
        };
        let content = match Submission::parse(raw, regions) {
            Ok(submission) => Content::Question(Box::new(submission)),
            Err(errors) => Content::Invalid(errors),
        };
        Self { id: Some(id), line: None, content, language, started: Instant::now() }
    }

    /// Creates an item of a line that cannot be read.
    pub(super) fn unreadable_line(line: u64, code: ProblemCode, language: Language) -> Self {
        let content = Content::Unreadable(code);
        Self { id: None, line: Some(line), content, language, started: Instant::now() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireBatch<'a> {
    #[serde(borrow)]
    items: Vec<&'a RawValue>,
}

/// The body is not one JSON object with `items` and nothing else.
pub(super) struct Unreadable;

/// Reads a JSON batch. An item that cannot be read is answered under its position; more than `most` items are an error
/// of the whole: the count of them.
pub(super) fn parse_items(
    bytes: &[u8],
    most: usize,
    texts: (&Regions, Language),
) -> Result<Result<Vec<Item>, usize>, Unreadable> {
    // Serde reads a struct from an array, too.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(Unreadable);
    }
    let batch: WireBatch<'_> = serde_json::from_slice(bytes).map_err(|_| Unreadable)?;
    if batch.items.len() > most {
        return Ok(Err(batch.items.len()));
    }
    let items = batch.items.iter().zip(1_u64..).map(|(text, position)| {
        let id = position.to_string();
        match submission::parse_item(text.get().as_bytes()) {
            Ok((own, raw)) => Item::new(own.unwrap_or(id), raw, texts),
            Err(_) => Item {
                id: Some(id),
                line: None,
                content: Content::Unreadable(ProblemCode::MalformedJson),
                language: texts.1,
                started: Instant::now(),
            },
        }
    });
    Ok(Ok(items.collect()))
}
