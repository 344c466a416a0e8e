//! Masks values for log lines: enough of an account id to recognise it, and nothing of any other value.

/// Replaces a value that is masked completely.
const WHOLE: &str = "***";

/// Masks an account id except for its first three characters, its last two and its dashes: `W9R-486-4W5Z` becomes
/// `W9R-***-**5Z`.
///
/// Customers paste passcodes into the account id field. Therefore a value without the strict form of an account id
/// (groups of 3-3-4 capital letters and digits, with or without `TEST-`) is masked completely. So is the form of an
/// account passcode: the same groups, but only letters and ending in L.
pub fn mask_account_id(account_id: &str) -> String {
    if !is_strict_account_id(account_id) {
        return WHOLE.to_owned();
    }
    let last = account_id.len() - 2;
    let mask = |(index, character)| if index < 3 || index >= last || character == '-' { character } else { '*' };
    account_id.char_indices().map(mask).collect()
}

/// Stricter than `shape::is_account_id`, which serves hints: rejects lower-case letters and the form of a passcode.
fn is_strict_account_id(text: &str) -> bool {
    let text = text.strip_prefix("TEST-").unwrap_or(text).as_bytes();
    let is_passcode = text.ends_with(b"L") && !text.iter().any(u8::is_ascii_digit);
    text.len() == 12
        && !is_passcode
        && text.iter().enumerate().all(|(index, byte)| match index {
            3 | 7 => *byte == b'-',
            _ => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keeps_the_ends_and_the_dashes_of_an_account_id() {
        for (account_id, masked) in [
            ("W9R-486-4W5Z", "W9R-***-**5Z"),
            ("K97-K78-1234", "K97-***-**34"),
            ("TEST-Z48-Z75-785Z", "TES*-***-***-**5Z"),
            ("TEST-200-OKA-0000", "TES*-***-***-**00"),
            ("KRW-ZKR-WZKZ", "KRW-***-**KZ"),
            ("W9R-486-4W5L", "W9R-***-**5L"),
        ] {
            assert_eq!(mask_account_id(account_id), masked);
        }
    }

    #[test]
    fn hides_everything_else_whole() {
        for text in [
            "",
            "W9R-486",
            "ABC-DEF-GHIL",
            "TEST-ABC-DEF-GHIL",
            "GOOD-PASSCODE",
            "w9r-486-4w5z",
            "test-Z48-Z75-785Z",
            "W9R-486-4W5Z-1",
            "W9R_486_4W5Z",
            "W9R4864W5Z",
            "056-b12",
            "TEST-056-b12",
            "0123456789abcdef0123456789abcdef",
            "01234567-89ab-cdef-0123-456789abcdef",
            "https://us1.dashboard.clevertap.com/K97-K78-1234/main",
            "someone@example.com",
            "Ä9R-486-4W5Z",
        ] {
            assert_eq!(mask_account_id(text), WHOLE, "{text}");
        }
    }

    proptest! {
        #[test]
        fn hides_any_passcode_whole(passcode in "(TEST-)?[A-Z]{3}-[A-Z]{3}-[A-Z]{3}L") {
            prop_assert_eq!(mask_account_id(&passcode), WHOLE);
        }

        #[test]
        fn shows_at_most_five_characters(text in any::<String>()) {
            let shown = mask_account_id(&text).chars().filter(|shown| !matches!(shown, '*' | '-')).count();
            prop_assert!(shown <= 5);
        }
    }
}
