//! Detects request heads that can be read in two ways.
//!
//! The HTTP library drops a Content-Length next to a Transfer-Encoding, merges equal Content-Lengths, and accepts a
//! coding before `chunked` without decoding it. A recipient may do each of these, and each allows smuggling a request
//! past a proxy that reads the message differently. Since the service never sees the original head, the bytes are
//! scanned as they arrive.
//!
//! The scanner fails closed: once it cannot follow, every further request of the connection is refused. It does not
//! follow chunked bodies, because a connection ends with the response to one.

use std::mem::MaybeUninit;

use http::{Version, request};
use httparse::{Header, Request, Status};

use super::framing::Framing;

/// The maximum number of header lines in a head; the HTTP library rejects more.
const MAX_HEADERS: usize = 256;

#[derive(Debug)]
pub(super) struct HeadScanner {
    /// The received part of an incomplete head; allocated only when needed.
    partial: Vec<u8>,
    line: Line,
    state: State,
    heads: u64,
    refuse_from: u64,
    max_head: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    Body(u64),
    /// Scanning has stopped, and everything that follows is refused.
    Blind,
}

/// The state of the search for a head's end. The search continues where it stopped, so that a head that arrives byte by
/// byte is not parsed again for each byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// Before the request line, where empty lines are skipped.
    Before,
    Within,
    /// After a line feed.
    Start,
    /// After a line feed and a carriage return.
    Return,
}

impl HeadScanner {
    pub(super) fn new(max_head: usize) -> Self {
        Self { partial: Vec::new(), line: Line::Before, state: State::Head, heads: 0, refuse_from: u64::MAX, max_head }
    }

    /// Returns the number of the first request that must be refused, counted from one; `u64::MAX` if none.
    pub(super) fn refuse_from(&self) -> u64 {
        self.refuse_from
    }

    /// Returns whether the last message has ended and the next has not begun. Always false when messages are not
    /// followed.
    pub(super) fn is_between_messages(&self) -> bool {
        self.state == State::Head && self.partial.is_empty()
    }

    /// Returns whether the scanner waits for a head, or for the rest of one.
    pub(super) fn awaits_head(&self) -> bool {
        self.state == State::Head
    }

    /// Returns the number of missing bytes of a body.
    pub(super) fn body_left(&self) -> Option<u64> {
        if let State::Body(left) = self.state { Some(left) } else { None }
    }

    /// Scans up to the end of a message, and returns the number of bytes scanned.
    pub(super) fn scan(&mut self, bytes: &[u8]) -> usize {
        let mut scanned = 0;
        while scanned < bytes.len() {
            scanned += self.step(&bytes[scanned..]);
            if self.is_between_messages() {
                break;
            }
        }
        scanned
    }

    fn step(&mut self, bytes: &[u8]) -> usize {
        match self.state {
            State::Blind => bytes.len(),
            State::Body(left) => {
                let taken = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                let left = left - taken as u64;
                self.state = if left == 0 { State::Head } else { State::Body(left) };
                taken
            }
            State::Head if self.partial.is_empty() => self.begin_head(bytes),
            State::Head => self.continue_head(bytes),
        }
    }

    /// Scans the first bytes of a head; usually it is complete. Returns the number of bytes consumed.
    fn begin_head(&mut self, bytes: &[u8]) -> usize {
        if let Some((length, framing)) = Framing::of_complete(bytes) {
            self.heads += 1;
            self.judge(&framing);
            return length;
        }
        // An incomplete head is parsed: one that cannot become valid is not waited for.
        if let Some(length) = self.look(bytes) {
            return length;
        }
        self.line = Line::Before;
        if self.find_end(bytes).is_some() {
            self.give_up();
        }
        self.keep(bytes);
        bytes.len()
    }

    /// Adds bytes to an incomplete head. The limit applies only if it is still incomplete.
    fn continue_head(&mut self, bytes: &[u8]) -> usize {
        let Some(length) = self.find_end(bytes) else {
            self.keep(bytes);
            return bytes.len();
        };
        let mut head = std::mem::take(&mut self.partial);
        head.extend_from_slice(&bytes[..length]);
        if self.look(&head) != Some(head.len()) {
            // The parser disagrees about the end of the head.
            self.give_up();
        }
        length
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.state == State::Head {
            self.partial.extend_from_slice(bytes);
            if self.partial.len() > self.max_head {
                self.give_up();
            }
        }
    }

    /// Stops scanning; the request whose head comes next is refused.
    fn give_up(&mut self) {
        self.partial = Vec::new();
        self.state = State::Blind;
        self.refuse_from = self.refuse_from.min(self.heads + 1);
    }

    /// Searches for the empty line that ends a head; returns the length including it.
    fn find_end(&mut self, bytes: &[u8]) -> Option<usize> {
        for (index, byte) in bytes.iter().enumerate() {
            self.line = match (self.line, byte) {
                (Line::Before, b'\r' | b'\n') => Line::Before,
                (Line::Start | Line::Return, b'\n') => return Some(index + 1),
                (Line::Start, b'\r') => Line::Return,
                (_, b'\n') => Line::Start,
                _ => Line::Within,
            };
        }
        None
    }

    /// Parses a head; returns its length, or `None` if it is incomplete.
    fn look(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut headers = [const { MaybeUninit::<Header<'_>>::uninit() }; MAX_HEADERS];
        let mut request = Request::new(&mut []);
        match request.parse_with_uninit_headers(bytes, &mut headers) {
            Ok(Status::Partial) => None,
            Ok(Status::Complete(length)) => {
                self.heads += 1;
                self.judge(&Framing::of_request(&request));
                Some(length)
            }
            // The library rejects it.
            Err(_) => {
                self.give_up();
                Some(bytes.len())
            }
        }
    }

    fn judge(&mut self, framing: &Framing<'_>) {
        match (framing.lengths, framing.encodings) {
            // CONNECT asks for a tunnel, and its bytes would be read as a request.
            (0, 0) if framing.is_connect => self.give_up(),
            (0, 0) => {}
            (1, 0) => match parse_length(framing.value) {
                Some(0) => {}
                Some(length) => self.state = State::Body(length),
                None => self.refuse(),
            },
            (0, 1) if framing.value.eq_ignore_ascii_case(b"chunked") => self.give_up(),
            _ => self.refuse(),
        }
    }

    /// Refuses the request whose head was parsed last, and everything after it.
    fn refuse(&mut self) {
        self.give_up();
        self.refuse_from = self.refuse_from.min(self.heads);
    }
}

/// Parses a complete head; returns `None` if the HTTP library would reject it.
pub(super) fn parse_head(bytes: &[u8], max_headers: usize) -> Option<request::Parts> {
    let mut headers = [const { MaybeUninit::<Header<'_>>::uninit() }; MAX_HEADERS];
    let mut parsed = Request::new(&mut []);
    parsed.parse_with_uninit_headers(bytes, &mut headers).ok().filter(Status::is_complete)?;
    let mut head = http::Request::builder().method(parsed.method?).uri(parsed.path?).version(match parsed.version? {
        0 => Version::HTTP_10,
        _ => Version::HTTP_11,
    });
    if parsed.headers.len() > max_headers {
        return None;
    }
    for header in parsed.headers.iter() {
        head = head.header(header.name, header.value);
    }
    Some(head.body(()).ok()?.into_parts().0)
}

fn parse_length(value: &[u8]) -> Option<u64> {
    let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(value).ok().filter(|_| is_number)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAX_HEAD: usize = 16 * 1024;
    const CLEAR: u64 = u64::MAX;
    const SMUGGLES: [&str; 6] = [
        "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n",
        "POST / HTTP/1.1\nContent-Length: 3\nContent-Length: 3\n\nabc",
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: +3\r\n\r\nabc",
    ];

    fn feed<'a>(parts: impl Iterator<Item = &'a [u8]>) -> u64 {
        let mut scanner = HeadScanner::new(MAX_HEAD);
        for mut part in parts {
            while !part.is_empty() {
                part = &part[scanner.scan(part)..];
                assert!(scanner.partial.len() <= MAX_HEAD);
            }
        }
        scanner.refuse_from()
    }

    #[test]
    fn finds_each_ambiguity_however_the_bytes_arrive() {
        let good = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
        let mut cases = vec![
            (good.to_owned(), CLEAR),
            (format!("{good}\r\n\n{good}GET / HTTP/1.1\r\nHost: a\r\n\r\n{good}"), CLEAR),
            (format!("{good}POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"), 3),
            (format!("{good}CONNECT a:1 HTTP/1.1\r\n\r\n"), 3),
            (format!("{good}nonsense\r\n\r\n"), 2),
            (format!("{good}GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n"), 2),
        ];
        for smuggle in SMUGGLES {
            cases.push((smuggle.to_owned(), 1));
            cases.push((format!("{good}{smuggle}{good}"), 2));
        }
        for (bytes, expected) in cases {
            for step in [1, 2, 7, 4096] {
                assert_eq!(feed(bytes.as_bytes().chunks(step)), expected, "{step} {bytes:?}");
            }
        }
    }

    #[test]
    fn stops_at_the_end_of_each_message() {
        let (get, post) = ("GET / HTTP/1.1\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc");
        let mut scanner = HeadScanner::new(MAX_HEAD);
        let bytes = format!("{get}{post}\r\n{get}POS");
        let mut rest = bytes.as_bytes();
        for length in [get.len(), post.len(), 2 + get.len(), 3] {
            assert!(scanner.is_between_messages());
            assert_eq!(scanner.scan(rest), length);
            rest = &rest[length..];
        }
        assert!(!scanner.is_between_messages());
    }

    #[test]
    fn does_not_take_a_body_for_a_head() {
        let inner = SMUGGLES[0];
        let outer = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{inner}", inner.len());
        assert_eq!(feed(outer.as_bytes().chunks(5)), CLEAR);
    }

    #[test]
    fn refuses_what_follows_a_head_that_does_not_end() {
        let long = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(2 * MAX_HEAD));
        assert_eq!(feed(long.as_bytes().chunks(1000)), 1);
        let good = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(feed(format!("{good}{long}\r\n\r\n{good}").as_bytes().chunks(1000)), 2);
    }

    /// A message that can be read in one way only.
    fn clear() -> impl Strategy<Value = String> {
        (0..MAX_HEAD - 200, prop_oneof![Just(0), 1..100_usize, 10_000..100_000_usize], any::<bool>()).prop_map(
            |(padding, length, has_length)| {
                let padding = "x".repeat(padding);
                if !has_length {
                    return format!("GET / HTTP/1.1\r\nX: {padding}\r\n\r\n");
                }
                // The body contains heads, including ambiguous ones.
                let body: String = SMUGGLES.concat().chars().cycle().take(length).collect();
                format!("POST / HTTP/1.1\r\nX: {padding}\r\nContent-Length: {length}\r\n\r\n{body}")
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn is_not_blinded_by_what_comes_before(
            before in prop::collection::vec(clear(), 0..6),
            smuggle in prop::sample::select(&SMUGGLES[..]),
            steps in prop::collection::vec(prop_oneof![1..50_usize, 1..20_000_usize], 1..20),
        ) {
            let number = before.len() as u64 + 1;
            let bytes = before.concat() + smuggle;
            let (mut rest, mut steps) = (bytes.as_bytes(), steps.into_iter().cycle());
            let parts = std::iter::from_fn(|| {
                let (part, after) = rest.split_at(steps.next()?.min(rest.len()));
                rest = after;
                (!part.is_empty()).then_some(part)
            });
            prop_assert_eq!(feed(parts), number);
        }

        #[test]
        fn never_fails(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..100), 0..20)) {
            feed(parts.iter().map(Vec::as_slice));
        }
    }
}
