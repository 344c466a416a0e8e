//! Undoes the accidents of copy and paste, and nothing else.
//!
//! A person who copies from a mail or a spreadsheet brings along white space, invisible characters and quotes, and
//! a word processor turns hyphens into dashes. All of that is repaired and told; a character inside the value is
//! never touched, because ids are case-sensitive and a passcode is opaque.

/// A pair of quotes that may surround a pasted value.
const QUOTES: [(char, char); 9] =
    [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('„', '“'), ('„', '”'), ('‘', '’'), ('‚', '‘'), ('«', '»')];

/// Removes surrounding white space (zero-width and non-breaking included) and one pair of surrounding quotes.
pub(super) fn trim(text: &str) -> &str {
    let text = text.trim_matches(is_blank);
    for (open, close) in QUOTES {
        if let Some(inner) = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) {
            return inner.trim_matches(is_blank);
        }
    }
    text
}

/// Replaces typographic dashes by the hyphen that was meant.
pub(super) fn straighten_dashes(text: &str) -> String {
    text.chars().map(|character| if is_dash(character) { '-' } else { character }).collect()
}

fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            // Soft hyphen, Mongolian vowel separator, zero-width space to right-to-left mark, the bidirectional
            // controls that some pages copy along, word joiner, byte order mark. U+00A0 and its kin are white space
            // to Unicode already.
            '\u{00AD}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}'
        )
}

fn is_dash(character: char) -> bool {
    matches!(character, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_what_surrounds() {
        for pasted in [
            " abc",
            "abc\r\n",
            "\t abc ",
            "\u{200B}abc\u{FEFF}",
            "\u{00A0}abc\u{202F}",
            "\"abc\"",
            " 'abc' ",
            "“abc”",
            "\" abc \"",
            "«abc»",
        ] {
            assert_eq!(trim(pasted), "abc", "{pasted:?}");
        }
    }

    #[test]
    fn leaves_the_inside_alone() {
        assert_eq!(trim("a b"), "a b");
        assert_eq!(trim("a\u{200B}b"), "a\u{200B}b");
        assert_eq!(trim("\"\"abc\"\""), "\"abc\"", "one pair only");
        assert_eq!(trim("\"abc"), "\"abc", "a quote alone is part of the value");
        assert_eq!(trim("\""), "\"");
        assert_eq!(trim("\"abc'"), "\"abc'");
    }

    #[test]
    fn makes_hyphens_of_dashes() {
        assert_eq!(straighten_dashes("W9R–486—4W5Z"), "W9R-486-4W5Z");
        assert_eq!(straighten_dashes("W9R‑486−4W5Z"), "W9R-486-4W5Z");
        assert_eq!(straighten_dashes("W9R_486"), "W9R_486");
    }
}
