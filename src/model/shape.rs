//! The shapes of identifiers. CleverTap publishes no grammar: a shape is evidence for a hint after a refusal, never a
//! reason to reject or accept a value. docs/CLEVERTAP.md lists how often each was observed.

/// Returns whether account ids may contain the character.
pub(super) fn is_account_id_character(character: char) -> bool {
    matches!(character, '4'..='9' | 'K' | 'R' | 'W' | 'Z')
}

/// Returns whether the text has three groups of 3, 3 and 4 letters or digits, with or without `TEST-`: the outline of an
/// account id, and of an account passcode.
pub(crate) fn is_account_id(text: &str) -> bool {
    groups_of(strip_test_prefix(text), &[3, 3, 4], |byte| byte.is_ascii_alphanumeric())
}

/// Returns whether the text has the form of all known account ids: `W9R-486-4W5Z`, `TEST-W9R-486-4W5Z`.
pub(super) fn has_account_id_form(text: &str) -> bool {
    let body = text.strip_prefix(TEST).unwrap_or(text);
    groups_of(body, &[3, 3, 4], |byte| is_account_id_character(byte.into())) && body.ends_with('Z')
}

/// Returns whether the text has the form of all known account passcodes: 3-3-4 capital letters, of which the last is L.
pub(super) fn has_account_passcode_form(text: &str) -> bool {
    groups_of(text, &[3, 3, 4], |byte| byte.is_ascii_uppercase()) && text.ends_with('L')
}

/// Returns whether the text has the form of a user passcode: 32 hexadecimal digits, or a UUID.
pub(super) fn has_user_passcode_form(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_hexdigit();
    groups_of(text, &[32], is_hex) || groups_of(text, &[8, 4, 4, 4, 12], is_hex)
}

/// Returns whether the text has the form of an SDK account token: `056-b12`, `TEST-056-b12`. Texts of capital letters
/// only do not match: they could be the beginning of a passcode.
pub(super) fn has_account_token_form(text: &str) -> bool {
    let body = strip_test_prefix(text);
    let is_passcode_like = body.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    groups_of(body, &[3, 3], |byte| byte.is_ascii_hexdigit()) && !is_passcode_like
}

/// Returns whether the text starts with the prefix of test projects.
pub(super) fn is_test(text: &str) -> bool {
    text.starts_with(TEST)
}

/// Removes the prefix of test projects, in any case.
pub(super) fn strip_test_prefix(text: &str) -> &str {
    match text.split_at_checked(TEST.len()) {
        Some((prefix, body)) if prefix.eq_ignore_ascii_case(TEST) => body,
        _ => text,
    }
}

const TEST: &str = "TEST-";

/// Returns whether the text has groups of these lengths, of allowed characters, separated by dashes.
fn groups_of(text: &str, lengths: &[usize], is_allowed: impl Fn(u8) -> bool) -> bool {
    let mut rest = text.as_bytes();
    for (index, length) in lengths.iter().enumerate() {
        if index > 0 {
            let [b'-', after @ ..] = rest else { return false };
            rest = after;
        }
        let Some((group, after)) = rest.split_at_checked(*length) else { return false };
        if !group.iter().all(|byte| is_allowed(*byte)) {
            return false;
        }
        rest = after;
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_forms_apart() {
        let forms = |text: &str| {
            [
                has_account_id_form(text),
                has_account_passcode_form(text),
                has_user_passcode_form(text),
                has_account_token_form(text),
            ]
        };
        for (samples, expected) in [
            (&["W9R-486-4W5Z", "TEST-Z48-Z75-785Z"][..], [true, false, false, false]),
            (&["QAB-CDE-FGHL"], [false, true, false, false]),
            (
                &["0123456789abcdef0123456789abcdef", "01234567-89ab-cdef-0123-456789abcdef"],
                [false, false, true, false],
            ),
            (&["056-b12", "TEST-056-b12", "056-B12"], [false, false, false, true]),
            (
                &[
                    "",
                    "-",
                    "--",
                    "TEST-",
                    "K97-K78-1234",
                    "w9r-486-4w5z",
                    "W9R-486-4W5K",
                    "W9R-486-4W5Z-",
                    "ABC-DEF",
                    "ABC-DEF-GHIJ",
                    "test-W9R-486-4W5Z",
                    "0567-b12",
                    "056-é12",
                    "xyz-b12",
                    "0123456789abcdef0123456789abcde",
                ],
                [false; 4],
            ),
        ] {
            for sample in samples {
                assert_eq!(forms(sample), expected, "{sample}");
            }
        }
    }

    #[test]
    fn knows_the_outline_of_an_account_id() {
        for sample in ["W67-774-7Z5Z", "K97-K78-1234", "TEST-Z48-Z75-785Z", "abc-def-ghij"] {
            assert!(is_account_id(sample), "{sample}");
        }
        for sample in ["", "-", "TEST-", "W67", "W67-774", "W67-774-7Z5Z-1", "W67_774_7Z5Z", "é67-774-7Z5Z"] {
            assert!(!is_account_id(sample), "{sample}");
        }
    }
}
