//! The problem codes: every kind of answer that is not a verdict.

use super::{FaultKind, labels, region_names};

macro_rules! problem_codes {
    ($($(#[$doc:meta])+ $variant:ident = $text:literal,)+) => {
        /// The `code` of a problem, and the last part of its `type`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemCode {
            $($(#[$doc])+ $variant,)+
            /// A fault of the use case.
            Fault(FaultKind),
        }

        /// The codes that are not faults of the use case.
        enum Plain {
            $($variant),+
        }

        const PLAIN: &[ProblemCode] = &[$(ProblemCode::$variant),+];

        impl ProblemCode {
            /// Returns the wire name of the code.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Fault(kind) => kind.as_str(),
                }
            }

            /// Returns its index in [`Self::ALL`].
            pub const fn index(self) -> usize {
                match self {
                    $(Self::$variant => Plain::$variant as usize,)+
                    Self::Fault(kind) => PLAIN.len() + kind.index(),
                }
            }
        }
    };
}

problem_codes! {
    /// The body is not a JSON object, or has a duplicate or unknown member.
    MalformedJson = "malformed_json",
    /// The request violates HTTP.
    BadRequest = "bad_request",
    /// A field is missing or unusable.
    InvalidRequest = "invalid_request",
    /// The key is missing or unknown.
    Unauthenticated = "unauthenticated",
    /// The key does not allow this request.
    Forbidden = "forbidden",
    /// The route does not exist.
    NotFound = "not_found",
    /// The route does not accept this method.
    MethodNotAllowed = "method_not_allowed",
    /// The body has an unsupported media type.
    UnsupportedMediaType = "unsupported_media_type",
    /// The body is too long.
    PayloadTooLarge = "payload_too_large",
    /// The request did not arrive in time.
    RequestTimeout = "request_timeout",
    /// The request target is too long.
    UriTooLong = "uri_too_long",
    /// The request head is too long.
    HeadersTooLarge = "headers_too_large",
    /// The client exceeded its rate limit.
    RateLimited = "rate_limited",
}

/// Where and why a body is not the expected JSON object. It contains no text of the body, which could be a misplaced
/// secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedJson {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in bytes, counted from 1.
    pub column: usize,
    /// What is wrong at that position.
    pub kind: MalformedKind,
}

/// What is wrong with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MalformedKind {
    /// It is not JSON, or not an object.
    Syntax,
    /// It has this member more than once.
    Duplicate(&'static str),
    /// It has an unknown member; the value is a known member with a similar name.
    Unknown(Option<&'static str>),
}

impl MalformedKind {
    /// Finds a known member with a name similar to the unknown one.
    pub fn unknown(name: &str) -> Self {
        Self::Unknown(match labels::fold(name).as_str() {
            folded if labels::names_account_id(folded) => Some("account_id"),
            folded if labels::names_passcode(folded) => Some("passcode"),
            folded if region_names::is_region_word(folded) || folded == "regionid" => Some("region"),
            "suggestregion" | "suggest" => Some("suggest_region"),
            "language" | "locale" | "lang" => Some("lang"),
            _ => None,
        })
    }
}

impl ProblemCode {
    /// All codes, in the order of the documents.
    pub const ALL: [Self; PLAIN.len() + FaultKind::ALL.len()] = {
        let mut all = [Self::MalformedJson; PLAIN.len() + FaultKind::ALL.len()];
        let mut place = 0;
        while place < all.len() {
            let is_plain = place < PLAIN.len();
            all[place] = if is_plain { PLAIN[place] } else { Self::Fault(FaultKind::ALL[place - PLAIN.len()]) };
            place += 1;
        }
        all
    };

    /// Finds a code by its wire name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.as_str() == text)
    }
}

impl From<FaultKind> for ProblemCode {
    fn from(kind: FaultKind) -> Self {
        Self::Fault(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_place_and_its_name() {
        for (place, code) in ProblemCode::ALL.into_iter().enumerate() {
            assert_eq!(code.index(), place, "{code:?}");
            assert_eq!(ProblemCode::parse(code.as_str()), Some(code), "two codes have one name");
        }
    }
}
