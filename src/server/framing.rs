//! Where a message ends, according to its head.

use httparse::Request;

/// The parts of a head that determine where the message ends.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Framing<'a> {
    pub(super) is_connect: bool,
    /// The number of `Content-Length` lines.
    pub(super) lengths: u32,
    /// The number of `Transfer-Encoding` lines.
    pub(super) encodings: u32,
    /// The value of the last of these lines.
    pub(super) value: &'a [u8],
}

impl<'a> Framing<'a> {
    /// Reads a complete head by its lines, which takes half of the instructions of parsing it; returns its length as
    /// well. Returns `None` if the head is incomplete or does not look valid. The result is right for every head that the
    /// parser accepts; the library rejects the others.
    pub(super) fn of_complete(bytes: &'a [u8]) -> Option<(usize, Self)> {
        let (mut framing, mut start, mut has_request_line) = (Self::default(), 0, false);
        for end in memchr::memchr_iter(b'\n', bytes) {
            let line = bytes[start..end].strip_suffix(b"\r").unwrap_or(&bytes[start..end]);
            start = end + 1;
            if has_request_line {
                match line.first() {
                    None => return Some((start, framing)),
                    // A folded line continues the one before.
                    Some(b' ' | b'\t') => return None,
                    // The first letter rules out most lines.
                    Some(b'C' | b'c' | b'T' | b't') => {
                        let colon = memchr::memchr(b':', line)?;
                        framing.add(&line[..colon], line[colon + 1..].trim_ascii());
                    }
                    Some(_) => {}
                }
            } else if line.ends_with(b" HTTP/1.1") {
                has_request_line = true;
                framing.is_connect = line.starts_with(b"CONNECT ");
            } else if !line.is_empty() {
                return None;
            }
        }
        None
    }

    pub(super) fn of_request(request: &Request<'_, 'a>) -> Self {
        let mut framing = Self { is_connect: request.method == Some("CONNECT"), ..Self::default() };
        for header in request.headers.iter() {
            framing.add(header.name.as_bytes(), header.value);
        }
        framing
    }

    fn add(&mut self, name: &[u8], value: &'a [u8]) {
        if name.eq_ignore_ascii_case(b"content-length") {
            self.lengths += 1;
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.encodings += 1;
        } else {
            return;
        }
        self.value = value;
    }
}

#[cfg(test)]
mod tests {
    use std::mem::MaybeUninit;

    use httparse::Status;
    use proptest::prelude::*;

    use super::*;

    const REQUEST_LINES: [&str; 5] = [
        "GET / HTTP/1.1",
        "CONNECT a:1 HTTP/1.1",
        "\r\n\nPOST /v1/verify HTTP/1.1",
        "GET / HTTP/1.0",
        "CONNECTED / HTTP/1.1",
    ];
    const NAMES: [&str; 10] = [
        "Content-Length",
        "content-length",
        "CONTENT-LENGTH",
        "Content-Length ",
        " content-length",
        "Transfer-Encoding",
        "transfer-encoding",
        "TE",
        "Cookie",
        "X-Content-Length",
    ];
    const VALUES: [&str; 9] = ["", "12", "+3", "\t 12 \t", "chunked", "gzip, Chunked ", "a: b", "\u{b}12", "é\r"];

    /// A head, mostly a valid one, possibly incomplete or followed by more bytes.
    fn head() -> impl Strategy<Value = Vec<u8>> {
        let end = || prop::sample::select(&["\r\n", "\r\n", "\n", ""][..]);
        let line = (prop::sample::select(&NAMES[..]), prop::sample::select(&VALUES[..]), end());
        let lines = prop::collection::vec(line.prop_map(|(name, value, end)| format!("{name}:{value}{end}")), 0..8);
        let whole = (
            prop::sample::select(&REQUEST_LINES[..]),
            end(),
            lines,
            end(),
            prop::sample::select(&["", "\r\n", "x"][..]),
        );
        let whole =
            whole.prop_map(|(first, end, lines, last, rest)| format!("{first}{end}{}{last}{rest}", lines.concat()));
        let change = prop::option::weighted(0.2, (any::<prop::sample::Index>(), any::<u8>()));
        (whole, change).prop_map(|(whole, change)| {
            let mut bytes = whole.into_bytes();
            if let Some((index, byte)) = change {
                let index = index.index(bytes.len());
                bytes[index] = byte;
            }
            bytes
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn agrees_with_the_parser(bytes in head()) {
            let mut headers = [const { MaybeUninit::uninit() }; 16];
            let mut request = Request::new(&mut []);
            let read = Framing::of_complete(&bytes);
            match request.parse_with_uninit_headers(&bytes, &mut headers) {
                Ok(Status::Complete(_)) if request.version == Some(0) => prop_assert_eq!(read, None),
                Ok(Status::Complete(length)) => prop_assert_eq!(read, Some((length, Framing::of_request(&request)))),
                Ok(Status::Partial) => prop_assert_eq!(read, None),
                // The library rejects it.
                Err(_) => {}
            }
        }
    }
}
