//! Numbered credentials: in the format of real ones, all different.

const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const BITS: u64 = (1 << 50) - 1;

/// The length of an account id: `W9R-486-4W5Z`.
pub const ACCOUNT_ID: usize = 12;
/// The length of a passcode.
pub const PASSCODE: usize = 15;

/// Writes the account id with this number. Consecutive ids differ as much as real ones.
pub fn write_account_id(number: u64, text: &mut [u8]) {
    let mut bits = (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) & BITS;
    for (index, place) in text[..ACCOUNT_ID].iter_mut().enumerate() {
        *place = if index == 3 || index == 7 {
            b'-'
        } else {
            let digit = ALPHABET[(bits % 32) as usize];
            bits /= 32;
            digit
        };
    }
}

/// Writes the passcode with this number; the upstream accepts those that start with `GOOD`.
pub fn write_passcode(number: u64, is_good: bool, text: &mut [u8]) {
    text[..5].copy_from_slice(if is_good { b"GOOD." } else { b"EVIL." });
    let mut bits = (number + 1).wrapping_mul(0xD6E8_FEB8_6659_FD93) & BITS;
    for place in &mut text[5..PASSCODE] {
        *place = ALPHABET[(bits % 32) as usize];
        bits /= 32;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn makes_ids_of_the_usual_shape_and_no_two_alike() {
        let mut seen = HashSet::new();
        for number in 0..100_000 {
            let mut text = [0; ACCOUNT_ID];
            write_account_id(number, &mut text);
            assert!(text.iter().enumerate().all(|(index, byte)| (*byte == b'-') == (index == 3 || index == 7)));
            assert!(seen.insert(text));
        }
    }
}
