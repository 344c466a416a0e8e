//! Makes an account id fit for a log line: enough to recognise, too little to use.

/// Masks all of an account id but its first three and last two characters and its dashes: `W9R-486-4W5Z` becomes
/// `W9R-***-**5Z`. An id of fewer than eight characters, where that would leave next to nothing hidden, is masked
/// whole.
pub fn mask_account_id(account_id: &str) -> String {
    let length = account_id.chars().count();
    if length < 8 {
        return "***".to_owned();
    }
    account_id
        .chars()
        .enumerate()
        .map(|(index, character)| if index < 3 || index + 2 >= length || character == '-' { character } else { '*' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_ends_and_the_dashes() {
        assert_eq!(mask_account_id("W9R-486-4W5Z"), "W9R-***-**5Z");
        assert_eq!(mask_account_id("TEST-Z48-Z75-785Z"), "TES*-***-***-**5Z");
    }

    #[test]
    fn hides_a_short_one_whole() {
        assert_eq!(mask_account_id("W9R-486"), "***");
        assert_eq!(mask_account_id(""), "***");
    }
}
