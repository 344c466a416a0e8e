//! Reads NDJSON as it arrives, with one line in memory at a time.

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
    /// The maximum length of a line.
    most: usize,
    /// The time limit for receiving a line.
    time: Duration,
    /// Received bytes that have not been processed.
    chunk: Bytes,
    /// The start of an incomplete line. Allocated in full, so that growing leaves no copy of part of a secret in
    /// memory.
    line: Zeroizing<Vec<u8>>,
    /// The line is too long; the rest of it is skipped.
    is_too_long: bool,
    /// The deadline of the line, while waiting for it.
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

    /// Returns the next item, or the reason why the lines end.
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

    /// Waits for more bytes. Cancel-safe: dropping the future loses nothing.
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

    /// Stops the timer of the line, because the client may be waiting for the service to read.
    pub(super) fn pause(&mut self) {
        self.until = None;
    }

    /// Reads and discards the rest.
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

    /// Creates an item from the complete line; returns `None` for a blank line.
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
