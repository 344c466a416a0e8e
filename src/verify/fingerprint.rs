//! Fingerprints: the only form in which caches and limiters see a credential.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha2::Sha256;

use crate::{
    config::Key,
    model::{Credential, Region, Submission},
};

/// A keyed hash of a credential or a part of it; without the key it reveals nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 16]);

/// Computes fingerprints.
#[derive(Clone)]
pub struct Fingerprinter {
    keyed: Hmac<Sha256>,
}

impl Fingerprinter {
    /// Creates a fingerprinter with a key. Instances that share a cache use the same key.
    pub fn with_key(key: &Key) -> Result<Self, getrandom::Error> {
        // HMAC accepts a key of any length.
        let keyed = Hmac::new_from_slice(key.as_ref()).map_err(|_| getrandom::Error::UNEXPECTED)?;
        Ok(Self { keyed })
    }

    #[cfg(test)]
    pub(super) fn new() -> Result<Self, getrandom::Error> {
        Self::with_key(&crate::config::Secrets::default().key("cache")?)
    }

    /// Returns the fingerprint of the whole credential: the key of the cache and the flights.
    pub fn credential(&self, submission: &Submission, region: &Region, partner: &str) -> Fingerprint {
        let Submission { account_id, passcode, .. } = submission;
        self.hash(b'c', &[partner, &region.id, account_id, passcode.expose_secret()])
    }

    /// Returns the fingerprint of a guess, which is the same in every region.
    pub fn guess(&self, credential: &Credential) -> Fingerprint {
        self.hash(b'g', &[&credential.account_id, credential.passcode.expose_secret()])
    }

    /// Returns the fingerprint that counts the guesses of a client at an account. It ignores the case of the account
    /// id, so that spelling variants give no additional guesses.
    pub fn target(&self, client: &str, account_id: &str) -> Fingerprint {
        self.hash(b't', &[client, &account_id.to_ascii_lowercase()])
    }

    /// Returns the fingerprint of an account in a region, ignoring the case of its id: for its share of the upstream,
    /// and for the breaker.
    pub fn account(&self, region: &str, account_id: &str) -> Fingerprint {
        self.hash(b'a', &[region, &account_id.to_ascii_lowercase()])
    }

    /// Returns the fingerprint of an account in all regions, in any case of its id: it keeps together what instances share
    /// about the account.
    pub fn whole_account(&self, account_id: &str) -> Fingerprint {
        self.hash(b'w', &[&account_id.to_ascii_lowercase()])
    }

    /// Returns the fingerprint under which callers of one instance ask the shared tier together.
    pub(super) fn question(&self, credential: Fingerprint, target: Fingerprint, freshness: u8) -> Fingerprint {
        let mut mac = self.keyed.clone();
        for part in [&b"question"[..], &[freshness], &credential.0, &target.0] {
            mac.update(part);
        }
        Fingerprint::half_of(&mac.finalize().into_bytes().into())
    }

    /// Every field is prefixed by its length, so that different lists of fields never give the same input. Kind and
    /// lengths are short, so that most inputs fit into one block of the hash function.
    fn hash(&self, kind: u8, fields: &[&str]) -> Fingerprint {
        let mut mac = self.keyed.clone();
        mac.update(&[kind]);
        for field in fields {
            // Configured names and submitted values are shorter than 64 KiB.
            mac.update(&u16::try_from(field.len()).unwrap_or(u16::MAX).to_le_bytes());
            mac.update(field.as_bytes());
        }
        Fingerprint::half_of(&mac.finalize().into_bytes().into())
    }
}

impl Fingerprint {
    /// Takes the bytes of a fingerprint that was made before.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes, for what is shared between instances.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Returns which of `count` tables has it: they fill evenly, and callers cannot choose one.
    pub(super) fn table_of(self, count: usize) -> usize {
        usize::from(self.0[0]) % count
    }

    fn half_of(whole: &[u8; 32]) -> Self {
        let mut half = [0_u8; 16];
        half.copy_from_slice(&whole[..16]);
        Self(half)
    }
}

impl std::fmt::Debug for Fingerprinter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Fingerprinter")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keeps_neighbours_apart() {
        let prints = Fingerprinter::new().unwrap();
        let lists: [&[&str]; 8] = [
            &["a", "b", "c"],
            &["ab", "", "c"],
            &["a", "bc", ""],
            &["", "ab", "c"],
            &["a:b", "c"],
            &["a", "b:c"],
            &["a", "b", "c", ""],
            &["а", "b", "c"], // a Cyrillic look-alike
        ];
        for (index, left) in lists.iter().enumerate() {
            for right in &lists[index + 1..] {
                assert_ne!(prints.hash(b'x', left), prints.hash(b'x', right), "{left:?} {right:?}");
            }
        }
    }

    #[test]
    fn differs_from_process_to_process() {
        let hash = || Fingerprinter::new().unwrap().hash(b'x', &["a"]);
        assert_ne!(hash(), hash());
    }

    proptest! {
        #[test]
        fn is_equal_for_equal_fields_alone(
            left in prop::collection::vec("[ab\u{0}|:,]{0,4}", 0..5),
            right in prop::collection::vec("[ab\u{0}|:,]{0,4}", 0..5),
        ) {
            let prints = Fingerprinter::new().unwrap();
            let hash = |fields: &[String]| prints.hash(b'x', &fields.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert_eq!(hash(&left) == hash(&right), left == right);
        }
    }
}
