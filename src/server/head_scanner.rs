//! Looks for heads that can be read in two ways.
//!
//! The HTTP library drops a Content-Length that stands beside a Transfer-Encoding, merges equal Content-Lengths, and
//! takes a coding before `chunked` without undoing it. Each of these is legal for a recipient to do, and each is how a
//! request is smuggled past a proxy that reads the message the other way. Since the service never sees the head as it
//! was, the bytes are looked at on their way in. Chunked bodies are not followed: a connection ends with the answer to
//! one.

use std::mem::MaybeUninit;

use httparse::{Header, Request, Status};

/// The most header lines that a head may have; more are refused by the HTTP library.
const MAX_HEADERS: usize = 256;

#[derive(Debug)]
pub(super) struct HeadScanner {
    partial: Vec<u8>,
    state: State,
    heads: u64,
    ambiguous: u64,
    max_head: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    Body(u64),
    /// Nothing that follows will be handled, or the library refuses it by itself.
    Blind,
}

impl HeadScanner {
    pub(super) fn new(max_head: usize) -> Self {
        Self { partial: Vec::new(), state: State::Head, heads: 0, ambiguous: 0, max_head }
    }

    /// Returns the number of the first ambiguous head, counted from one; zero for none.
    pub(super) fn ambiguous(&self) -> u64 {
        self.ambiguous
    }

    pub(super) fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match self.state {
                State::Blind => return,
                State::Body(left) => {
                    let taken = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                    bytes = &bytes[taken..];
                    let left = left - taken as u64;
                    self.state = if left == 0 { State::Head } else { State::Body(left) };
                }
                State::Head if self.partial.is_empty() => match self.look(bytes) {
                    Some(length) => bytes = &bytes[length..],
                    None => return self.keep(bytes),
                },
                State::Head => {
                    let had = self.partial.len();
                    self.keep(bytes);
                    let partial = std::mem::take(&mut self.partial);
                    match self.look(&partial) {
                        Some(length) => bytes = &bytes[length - had.min(length)..],
                        None => {
                            self.partial = partial;
                            return;
                        }
                    }
                }
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.partial.extend_from_slice(bytes);
        if self.partial.len() > self.max_head {
            self.partial = Vec::new();
            self.state = State::Blind;
        }
    }

    /// Looks at a head; returns its length, or `None` when it is not complete.
    fn look(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut headers = [const { MaybeUninit::<Header<'_>>::uninit() }; MAX_HEADERS];
        let mut request = Request::new(&mut []);
        match request.parse_with_uninit_headers(bytes, &mut headers) {
            Ok(Status::Partial) => None,
            Ok(Status::Complete(length)) => {
                self.heads += 1;
                self.state = self.judge(&request);
                Some(length)
            }
            Err(_) => {
                self.state = State::Blind;
                Some(bytes.len())
            }
        }
    }

    fn judge(&mut self, request: &Request<'_, '_>) -> State {
        let values = |name: &str| {
            let name = name.to_owned();
            request
                .headers
                .iter()
                .filter(move |header| header.name.eq_ignore_ascii_case(&name))
                .map(|header| header.value)
        };
        let mut lengths = values("content-length");
        let mut encodings = values("transfer-encoding");
        match (lengths.next(), encodings.next()) {
            (None, None) if request.method == Some("CONNECT") => State::Blind,
            (None, None) => State::Head,
            (Some(length), None) if lengths.next().is_none() => {
                let length = std::str::from_utf8(length).ok().and_then(|text| text.trim().parse().ok());
                match length {
                    Some(0) => State::Head,
                    Some(length) => State::Body(length),
                    None => State::Blind,
                }
            }
            (None, Some(encoding)) if encodings.next().is_none() && encoding.eq_ignore_ascii_case(b"chunked") => {
                State::Blind
            }
            _ => {
                self.ambiguous = self.heads;
                State::Blind
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ambiguous(bytes: &str, step: usize) -> u64 {
        let mut scanner = HeadScanner::new(16 * 1024);
        for part in bytes.as_bytes().chunks(step) {
            scanner.feed(part);
        }
        scanner.ambiguous()
    }

    #[test]
    fn finds_each_ambiguity_however_the_bytes_arrive() {
        let good = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
        for (bytes, expected) in [
            (good.to_owned(), 0),
            (format!("{good}{good}GET / HTTP/1.1\r\nHost: a\r\n\r\n{good}"), 0),
            ("POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(), 1),
            ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n".to_owned(), 1),
            (format!("{good}POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"), 2),
            ("POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc".to_owned(), 1),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n".to_owned(), 1),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(), 1),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n".to_owned(), 0),
            ("nonsense\r\n\r\n".to_owned(), 0),
        ] {
            for step in [1, 2, 7, 4096] {
                assert_eq!(ambiguous(&bytes, step), expected, "{step} {bytes:?}");
            }
        }
    }

    #[test]
    fn does_not_take_a_body_for_a_head() {
        let inner = "POST / HTTP/1.1\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n";
        let outer = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{inner}", inner.len());
        assert_eq!(ambiguous(&outer, 5), 0);
    }

    #[test]
    fn keeps_no_more_than_a_head() {
        let mut scanner = HeadScanner::new(8192);
        for _ in 0..1000 {
            scanner.feed(b"GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
            assert!(scanner.partial.len() <= 8192);
        }
    }

    proptest! {
        #[test]
        fn never_fails(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..100), 0..20)) {
            let mut scanner = HeadScanner::new(1024);
            parts.iter().for_each(|part| scanner.feed(part));
        }
    }
}
