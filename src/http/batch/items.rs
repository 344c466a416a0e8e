//! The items of a batch: their content, or why they cannot be verified.

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
    /// The id for its response line; `None` for an unreadable line.
    pub(super) id: Option<String>,
    /// The line number, for an unreadable line.
    pub(super) line: Option<u64>,
    pub(super) content: Content,
    pub(super) language: Language,
    pub(super) started: Instant,
}

/// The content of an item.
pub(super) enum Content {
    /// A valid item.
    Question(Box<Submission>),
    /// Unusable fields.
    Invalid(Vec<FieldError>),
    /// Not parseable.
    Unreadable(ProblemCode),
}

impl Item {
    /// Creates an item from a submission.
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

    /// Creates an item for an unreadable line.
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

/// Parses a JSON batch. An unreadable item is answered by its position. With more than `most` items, returns their
/// number as an error.
pub(super) fn parse_items(
    bytes: &[u8],
    most: usize,
    texts: (&Regions, Language),
) -> Result<Result<Vec<Item>, usize>, Unreadable> {
    // Serde also reads a struct from an array.
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
