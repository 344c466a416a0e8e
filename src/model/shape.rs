//! What an identifier looks like. CleverTap publishes no grammar, so a shape is evidence for a hint and never a
//! reason to refuse.

/// Tells whether the text looks like an account id: `W67-774-7Z5Z`, with a `TEST-` prefix on test projects.
pub(crate) fn is_account_id(text: &str) -> bool {
    groups_of(strip_test_prefix(text), &[3, 3, 4])
}

/// Tells whether the text looks like an SDK account token: `056-b12`, with a `TEST-` prefix on test projects.
pub(crate) fn is_account_token(text: &str) -> bool {
    groups_of(strip_test_prefix(text), &[3, 3])
}

/// Tells whether the text begins like the identifiers of test projects.
pub(crate) fn is_test(text: &str) -> bool {
    text.get(..5).is_some_and(|prefix| prefix.eq_ignore_ascii_case("TEST-"))
}

fn strip_test_prefix(text: &str) -> &str {
    if is_test(text) { &text[5..] } else { text }
}

fn groups_of(text: &str, lengths: &[usize]) -> bool {
    let mut groups = text.split('-');
    lengths.iter().all(|length| {
        groups
            .next()
            .is_some_and(|group| group.len() == *length && group.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    }) && groups.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_documented_samples() {
        for sample in ["W67-774-7Z5Z", "K97-K78-1234", "TEST-Z48-Z75-785Z"] {
            assert!(is_account_id(sample), "{sample}");
            assert!(!is_account_token(sample), "{sample}");
        }
        for sample in ["056-b12", "TEST-056-b12"] {
            assert!(is_account_token(sample), "{sample}");
            assert!(!is_account_id(sample), "{sample}");
        }
    }

    #[test]
    fn takes_nothing_else() {
        for sample in ["", "-", "TEST-", "W67", "W67-774", "W67-774-7Z5Z-1", "W67_774_7Z5Z", "é67-774-7Z5Z"] {
            assert!(!is_account_id(sample), "{sample}");
        }
        for sample in ["", "--", "0567-b12", "056-b12-", "056-é12"] {
            assert!(!is_account_token(sample), "{sample}");
        }
    }
}
