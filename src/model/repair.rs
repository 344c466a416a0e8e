//! Repairs accidents of copy and paste, and changes nothing else.
//!
//! Copying from a mail or a spreadsheet adds white space, invisible characters and quotes; a word processor turns
//! hyphens into dashes, and an input method types full-width letters. Every other character is kept, because ids are
//! case-sensitive and a passcode is opaque.

use std::borrow::Cow;

/// A pair of quotes that may surround a pasted value.
const QUOTES: [(char, char); 16] = [
    ('"', '"'),
    ('\'', '\''),
    ('`', '`'),
    ('“', '”'),
    ('”', '”'),
    ('„', '“'),
    ('„', '”'),
    ('‘', '’'),
    ('’', '’'),
    ('‚', '‘'),
    ('«', '»'),
    ('»', '«'),
    ('‹', '›'),
    ('「', '」'),
    ('＂', '＂'),
    ('＇', '＇'),
];

/// Applies the repairs that every field gets.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    match remove_invisible(text) {
        Some(visible) => Cow::Owned(trim(&visible).to_owned()),
        None => Cow::Borrowed(trim(text)),
    }
}

/// Removes invisible characters anywhere; returns `None` if there are none.
pub(super) fn remove_invisible(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let length = text.chars().filter(|character| !is_invisible(*character)).map(char::len_utf8).sum();
    if length == text.len() {
        return None;
    }
    // Allocated with the exact size, so that growing or shrinking leaves no copy of a secret in memory.
    let mut visible = String::with_capacity(length);
    visible.extend(text.chars().filter(|character| !is_invisible(*character)));
    Some(visible)
}

/// Removes surrounding white space (non-breaking spaces included) and one pair of surrounding quotes.
pub(super) fn trim(text: &str) -> &str {
    let text = text.trim();
    if text.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric()) {
        return text;
    }
    for (open, close) in QUOTES {
        if let Some(inner) = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) {
            return inner.trim();
        }
    }
    text
}

/// Replaces characters that stand for an ASCII character in an account id: typographic and full-width dashes,
/// full-width letters and digits.
pub(super) fn narrow(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.chars().map(narrowed).collect()) }
}

fn narrowed(character: char) -> char {
    /// The offset of a full-width form from its ASCII character.
    const OFFSET: u32 = 0xFEE0;
    match character {
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}' => '-',
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(character as u32 - OFFSET).unwrap_or(character),
        _ => character,
    }
}

/// Characters that are invisible and take no space, or that only change the direction or shape of others.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{00AD}' // soft hyphen
            | '\u{034F}' // combining grapheme joiner
            | '\u{061C}' // Arabic letter mark
            | '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' // Hangul fillers
            | '\u{17B4}' | '\u{17B5}' // Khmer inherent vowels
            | '\u{180B}'..='\u{180F}' // Mongolian selectors and vowel separator
            | '\u{200B}'..='\u{200F}' // zero-width space to right-to-left mark
            | '\u{202A}'..='\u{202E}' // bidirectional embeddings and overrides
            | '\u{2060}'..='\u{206F}' // word joiner, invisible operators, bidirectional isolates
            | '\u{FE00}'..='\u{FE0F}' // variation selectors
            | '\u{FEFF}' // byte-order mark
            | '\u{FFF9}'..='\u{FFFB}' // interlinear annotation
            | '\u{E0000}'..='\u{E0FFF}' // tags, more variation selectors
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn removes_what_surrounds() {
        for pasted in [
            " abc",
            "abc\r\n",
            "\t abc ",
            "\u{00A0}abc\u{202F}",
            "\u{3000}abc\u{2007}",
            "\"abc\"",
            " 'abc' ",
            "“abc”",
            "\" abc \"",
            "«abc»",
            "»abc«",
            "＂abc＂",
        ] {
            assert_eq!(trim(pasted), "abc", "{pasted:?}");
        }
    }

    #[test]
    fn leaves_the_inside_alone() {
        assert_eq!(trim("a b"), "a b");
        assert_eq!(trim("a\u{00A0}b"), "a\u{00A0}b");
        assert_eq!(trim("\"\"abc\"\""), "\"abc\"", "one pair only");
        assert_eq!(trim("\"abc"), "\"abc", "an unpaired quote is part of the value");
        assert_eq!(trim("\""), "\"");
        assert_eq!(trim("\"abc'"), "\"abc'");
        assert_eq!(trim("\"\""), "");
    }

    #[test]
    fn removes_invisible_characters_anywhere() {
        for character in "\u{AD}\u{61C}\u{180E}\u{200B}\u{200C}\u{200D}\u{200E}\u{200F}\u{202A}\u{202E}\u{2060}\u{2066}\u{2069}\u{FEFF}".chars() {
            let text = format!("{character}a{character}{character}b{character}");
            assert_eq!(remove_invisible(&text).as_deref(), Some("ab"), "{character:?}");
        }
        for text in ["", "abc", "a b", "\u{00A0}é", "a\u{7}b"] {
            assert_eq!(remove_invisible(text), None, "{text:?}");
        }
    }

    #[test]
    fn narrows_dashes_letters_and_digits() {
        assert_eq!(narrow("W9R–486—4W5Z"), "W9R-486-4W5Z");
        assert_eq!(narrow("W9R‑486−4W5Z"), "W9R-486-4W5Z");
        assert_eq!(narrow("Ｗ９Ｒ－４８６－４Ｗ５Ｚ"), "W9R-486-4W5Z");
        assert_eq!(narrow("ａｚＡＺ０９"), "azAZ09");
        assert_eq!(narrow("W9R_486：／"), "W9R_486：／");
    }

    /// Texts with many of the relevant characters.
    fn texts() -> impl Strategy<Value = String> {
        let special: Vec<char> = " \u{A0}\u{AD}\u{200B}\u{202E}\u{FEFF}\"'“”«»–－Ｗ９-Wa9é\n".chars().collect();
        let character = prop_oneof![3 => prop::sample::select(special), 1 => any::<char>()];
        prop::collection::vec(character, 0..12).prop_map(|characters| characters.into_iter().collect())
    }

    fn repair(text: &str) -> String {
        narrow(&clean(text)).into_owned()
    }

    fn is_quoted(text: &str) -> bool {
        QUOTES
            .iter()
            .any(|(open, close)| text.len() > open.len_utf8() && text.starts_with(*open) && text.ends_with(*close))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]

        #[test]
        fn repairs_once_and_for_all(text in texts()) {
            let repaired = repair(&text);
            prop_assume!(!is_quoted(&repaired));
            prop_assert_eq!(repair(&repaired), repaired);
        }

        #[test]
        fn changes_nothing_but_the_listed_characters(text in texts()) {
            // The remaining text is one contiguous piece of the visible characters.
            let visible: String = text.chars().filter(|character| !is_invisible(*character)).map(narrowed).collect();
            let repaired = repair(&text);
            let at = visible.find(&repaired);
            prop_assert!(at.is_some());
            // Only white space and at most one pair of quotes are removed.
            let cut = visible.replacen(&repaired, "", 1);
            prop_assert!(cut.chars().filter(|character| !character.is_whitespace()).count() <= 2);
        }

        #[test]
        fn leaves_visible_ascii_alone(text in "[!-~]{0,40}") {
            prop_assume!(!is_quoted(&text));
            prop_assert_eq!(repair(&text), text);
        }
    }
}
