//! Encodes verdicts as bytes: with a version and a seal, and without any part of a credential.
//!
//! The seal is a keyed hash over the bytes and the name of their key, so values that were written by others, or copied
//! here from another key, are rejected. The first secret seals; all secrets are accepted.
//!
//! ```text
//! version 1 | checked at 8 | expires at 8 | call 8 | kind 1 | region's id | seal 16
//! ```
//!
//! Times are milliseconds since 1970. `scripts/ask.lua` reads the first three.

use std::time::{Duration, SystemTime};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{
    config::Key,
    model::{Refusal, Regions, Verdict},
    verify::shared::Stored,
};

const VERSION: u8 = 1;
/// Everything before the region's id.
const HEAD: usize = 26;
const SEAL: usize = 16;

/// Seals verdicts, and opens sealed ones.
pub(super) struct Sealer {
    keyed: Vec<Hmac<Sha256>>,
    regions: Regions,
}

impl Sealer {
    /// Creates a sealer from the keys; the first one seals.
    pub(super) fn new(keys: &[Key], regions: Regions) -> Self {
        // HMAC accepts a key of any length.
        let keyed = keys.iter().filter_map(|key| Hmac::new_from_slice(key.as_ref()).ok()).collect();
        Self { keyed, regions }
    }

    pub(super) fn seal(&self, key: &[u8], stored: &Stored) -> Option<Vec<u8>> {
        let mut value = Vec::with_capacity(HEAD + SEAL + 8);
        value.push(VERSION);
        value.extend_from_slice(&millis(stored.checked_at).to_be_bytes());
        value.extend_from_slice(&millis(stored.expires_at).to_be_bytes());
        value.extend_from_slice(&stored.fence.to_be_bytes());
        let (kind, region) = match &stored.verdict {
            Verdict::Verified => (1, ""),
            Verdict::InvalidCredentials { refusal: Refusal::Credentials } => (2, ""),
            Verdict::InvalidCredentials { refusal: Refusal::UnknownAccount } => (3, ""),
            Verdict::WrongRegion { suggested } => (4, suggested.id.as_str()),
            Verdict::PartnerNotWhitelisted => (5, ""),
        };
        value.push(kind);
        value.extend_from_slice(region.as_bytes());
        let seal = seal_of(self.keyed.first()?, key, &value).finalize().into_bytes();
        value.extend_from_slice(&seal[..SEAL]);
        Some(value)
    }

    /// Opens a value. Returns `None` if it was not sealed by this service for this key.
    pub(super) fn open(&self, key: &[u8], value: &[u8]) -> Option<Stored> {
        let (body, seal) = value.split_at_checked(value.len().checked_sub(SEAL)?)?;
        let is_sealed = |keyed| seal_of(keyed, key, body).verify_truncated_left(seal).is_ok();
        if body.len() < HEAD || body[0] != VERSION || !self.keyed.iter().any(is_sealed) {
            return None;
        }
        let number = |at: usize| body[at..at + 8].try_into().map(u64::from_be_bytes).ok();
        let region = std::str::from_utf8(&body[HEAD..]).ok()?;
        let verdict = match body[HEAD - 1] {
            1 => Verdict::Verified,
            2 => Verdict::InvalidCredentials { refusal: Refusal::Credentials },
            3 => Verdict::InvalidCredentials { refusal: Refusal::UnknownAccount },
            4 => Verdict::WrongRegion { suggested: self.regions.get(region)?.clone() },
            5 => Verdict::PartnerNotWhitelisted,
            _ => return None,
        };
        Some(Stored { verdict, checked_at: time(number(1)?)?, expires_at: time(number(9)?)?, fence: number(17)? })
    }
}

/// Hashes both parts, each prefixed with its length.
fn seal_of(keyed: &Hmac<Sha256>, key: &[u8], body: &[u8]) -> Hmac<Sha256> {
    let mut mac = keyed.clone();
    for part in [key, body] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac
}

/// Returns a time in milliseconds since 1970.
pub(super) fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn time(millis: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Source, load};

    fn sealer(keys: &[u8]) -> Sealer {
        let keys: Vec<Key> = keys.iter().map(|byte| Key::new([*byte; 32])).collect();
        Sealer::new(&keys, load(&Source::default()).unwrap().regions)
    }

    fn stored(verdict: Verdict) -> Stored {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        Stored { verdict, checked_at: at(1_800_000_000), expires_at: at(1_800_000_600), fence: 0x0102_0304_0506_0708 }
    }

    fn verdicts(sealer: &Sealer) -> [Verdict; 5] {
        [
            Verdict::Verified,
            Verdict::REFUSED,
            Verdict::InvalidCredentials { refusal: Refusal::UnknownAccount },
            Verdict::WrongRegion { suggested: sealer.regions.get("eu1").unwrap().clone() },
            Verdict::PartnerNotWhitelisted,
        ]
    }

    #[test]
    fn opens_what_it_sealed() {
        let sealer = sealer(&[1]);
        for verdict in verdicts(&sealer) {
            let stored = stored(verdict);
            let value = sealer.seal(b"key", &stored).unwrap();
            assert!(value.len() <= 48, "{}", value.len());
            assert_eq!(sealer.open(b"key", &value), Some(stored));
        }
    }

    #[test]
    fn opens_nothing_that_was_changed_or_moved() {
        let sealer = sealer(&[1]);
        for verdict in verdicts(&sealer) {
            let value = sealer.seal(b"key", &stored(verdict)).unwrap();
            assert_eq!(sealer.open(b"other", &value), None);
            for at in 0..value.len() {
                for change in [1, 0x80, 0xff] {
                    let mut changed = value.clone();
                    changed[at] ^= change;
                    assert_eq!(sealer.open(b"key", &changed), None, "byte {at}");
                }
                assert_eq!(sealer.open(b"key", &value[..at]), None);
            }
        }
        assert_eq!(sealer.open(b"key", &[VERSION; 60]), None);
    }

    #[test]
    fn opens_what_any_of_its_secrets_sealed() {
        let (old, new, both) = (sealer(&[1]), sealer(&[2]), sealer(&[2, 1]));
        let stored = stored(Verdict::Verified);
        let value = old.seal(b"key", &stored).unwrap();
        assert_eq!(new.open(b"key", &value), None);
        assert_eq!(both.open(b"key", &value), Some(stored.clone()));
        assert_eq!(both.seal(b"key", &stored), new.seal(b"key", &stored));
    }
}
