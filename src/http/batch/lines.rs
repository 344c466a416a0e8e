//! NDJSON as it arrives: one line in memory at a time.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use super::items::Item;
use crate::{
    guidance::Language,
    http::{content::BodyStream, submission},
    model::{ProblemCode, Regions},
};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The lines of a body.
pub(super) struct Lines {
    stream: BodyStream,
    regions: Regions,
    language: Language,
    /// The longest line.
    most: usize,
    /// The longest time for a line.
    time: Duration,
    /// What has arrived and has not been looked at.
    chunk: Bytes,
    /// The beginning of a line whose end has not arrived. It has its whole room from the start, so that no half of a
    /// secret is left behind by growing.
    line: Zeroizing<Vec<u8>>,
    /// The line is too long; its rest is skipped.
    is_too_long: bool,
    /// When the line must be complete, while it is waited for.
    until: Option<Instant>,
    is_over: bool,
    begun: u64,
    items: u64,
}

impl Lines {
    pub(super) fn new(stream: BodyStream, regions: Regions, limits: (usize, Duration), language: Language) -> Self {
        let (most, time) = limits;
        Self {
            stream,
            regions,
            language,
            most,
            time,
            chunk: Bytes::new(),
            line: Zeroizing::new(Vec::with_capacity(most)),
            is_too_long: false,
            until: None,
            is_over: false,
            begun: 0,
            items: 0,
        }
    }

    /// Returns the next item, or why the lines end here.
    pub(super) async fn next(&mut self) -> Option<Item> {
        loop {
            while let Some(at) = self.chunk.iter().position(|byte| *byte == b'\n') {
                let part = self.chunk.split_to(at + 1);
                self.append(&part[..at]);
                if let Some(item) = self.finish_line() {
                    return Some(item);
                }
            }
            let part = std::mem::take(&mut self.chunk);
            self.append(&part);
            if self.is_over {
                return if self.line.is_empty() && !self.is_too_long { None } else { self.finish_line() };
            }
            if let Err(code) = self.fill().await {
                self.is_over = true;
                (self.is_too_long, self.begun) = (false, self.begun + 1);
                self.line.clear();
                return Some(Item::unreadable_line(self.begun, code, self.language));
            }
        }
    }

    /// Waits for more. A future that is dropped early loses nothing.
    pub(super) async fn fill(&mut self) -> Result<(), ProblemCode> {
        if self.is_over || !self.chunk.is_empty() {
            return Ok(());
        }
        let until = *self.until.get_or_insert_with(|| Instant::now() + self.time);
        match timeout_at(until, self.stream.next()).await {
            Err(_) => return Err(ProblemCode::RequestTimeout),
            Ok(Some(Err(_))) => return Err(ProblemCode::BadRequest),
            Ok(Some(Ok(chunk))) => self.chunk = chunk,
            Ok(None) => self.is_over = true,
        }
        Ok(())
    }

    /// Stops the clock of the line: the client may be waiting for us to read.
    pub(super) fn pause(&mut self) {
        self.until = None;
    }

    /// Reads and discards all that is left.
    pub(super) async fn discard(&mut self) {
        while !self.is_over && self.stream.next().await.is_some_and(|chunk| chunk.is_ok()) {}
    }

    fn append(&mut self, part: &[u8]) {
        if self.is_too_long || self.line.len() + part.len() > self.most {
            self.is_too_long = true;
            self.line.clear();
        } else {
            self.line.extend_from_slice(part);
        }
    }

    /// Makes an item of the line that is complete; blank lines are none.
    fn finish_line(&mut self) -> Option<Item> {
        self.until = None;
        self.begun += 1;
        if std::mem::take(&mut self.is_too_long) {
            self.items += 1;
            return Some(Item::unreadable_line(self.begun, ProblemCode::PayloadTooLarge, self.language));
        }
        let mut text = &self.line[..];
        if self.begun == 1 {
            text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        }
        let item = (!text.trim_ascii().is_empty()).then(|| {
            self.items += 1;
            match submission::parse_item(text) {
                Ok((id, raw)) => {
                    let id = id.unwrap_or_else(|| self.items.to_string());
                    Item::new(id, raw, (&self.regions, self.language))
                }
                Err(_) => Item::unreadable_line(self.begun, ProblemCode::MalformedJson, self.language),
            }
        });
        self.line.clear();
        item
    }
}
