//! The secrets of `secret_file`, and the keys derived from them.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

/// A key for one purpose.
pub type Key = Zeroizing<[u8; 32]>;

/// The minimum length of a secret, in bytes.
const MIN_SECRET: usize = 32;

/// A list of secrets; the first signs and each verifies. Without a file, one is generated on first use and lives as
/// long as the process.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    listed: Arc<[SecretSlice<u8>]>,
    drawn: Arc<OnceLock<SecretSlice<u8>>>,
}

impl Secrets {
    /// Reads a file of secrets in hex, one per line. Errors name the file and show no secret.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path)
            .map(SecretString::from)
            .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        let allowed = "expected hex, an even number of digits and at least 64 of them (32 bytes) a line";
        let lines = text.expose_secret().lines().map(str::trim).filter(|line| !line.is_empty());
        let mut listed = Vec::new();
        for (index, line) in lines.enumerate() {
            let secret = base16ct::mixed::decode_vec(line).ok().filter(|secret| secret.len() >= MIN_SECRET);
            let secret = secret.ok_or_else(|| format!("{}, secret {}: {allowed}", path.display(), index + 1))?;
            listed.push(SecretSlice::from(secret));
        }
        if listed.is_empty() {
            return Err(format!("{} is empty; {allowed}", path.display()));
        }
        Ok(Self { listed: listed.into(), drawn: Arc::default() })
    }

    /// Derives the key for a purpose from the signing secret. Each purpose has its own context, so that one key reveals
    /// nothing about another.
    ///
    /// # Errors
    ///
    /// The operating system provides no random numbers.
    pub fn key(&self, context: &str) -> Result<Key, getrandom::Error> {
        match self.listed.first() {
            Some(secret) => derive(secret, context),
            None => derive(self.drawn()?, context),
        }
    }

    /// Derives the keys for a purpose from all secrets: the first signs, each verifies.
    ///
    /// # Errors
    ///
    /// Those of [`Secrets::key`].
    pub fn keys(&self, context: &str) -> Result<Vec<Key>, getrandom::Error> {
        match &self.listed[..] {
            [] => Ok(vec![self.key(context)?]),
            listed => listed.iter().map(|secret| derive(secret, context)).collect(),
        }
    }

    fn drawn(&self) -> Result<&SecretSlice<u8>, getrandom::Error> {
        if let Some(secret) = self.drawn.get() {
            return Ok(secret);
        }
        let mut bytes = vec![0; MIN_SECRET];
        getrandom::fill(&mut bytes)?;
        Ok(self.drawn.get_or_init(|| SecretSlice::from(bytes)))
    }
}

/// The secrets are random and long, so a single HMAC is as good as the two steps of HKDF.
fn derive(secret: &SecretSlice<u8>, context: &str) -> Result<Key, getrandom::Error> {
    // HMAC accepts a key of any length.
    let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret()).map_err(|_| getrandom::Error::UNEXPECTED)?;
    let tag = mac.chain_update(b"connect-verifier ").chain_update(context).finalize().into_bytes();
    let mut key = Key::default();
    key.copy_from_slice(&tag);
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Secrets, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Secrets::read(file.path())
    }

    #[test]
    fn derives_a_key_for_each_secret_and_context() {
        let (first, second) = ("ab".repeat(32), "cd".repeat(40));
        let both = read(&format!("{first}\n\n {second}\n")).unwrap();
        let keys = both.keys("sessions").unwrap();
        assert_eq!(keys.len(), 2);
        assert_eq!(keys[0], both.key("sessions").unwrap(), "the first line signs");
        assert_eq!(keys[1], read(&second).unwrap().key("sessions").unwrap(), "regardless of the other lines");
        assert_ne!(keys[0], keys[1]);
        assert_ne!(keys[0], both.key("cache").unwrap());
        assert_eq!(keys[0], read(&first.to_uppercase()).unwrap().key("sessions").unwrap(), "in every process");
    }

    #[test]
    fn draws_one_secret_where_none_is_configured() {
        let secrets = Secrets::default();
        let copy = secrets.clone();
        assert_eq!(secrets.key("cache").unwrap(), copy.key("cache").unwrap());
        assert_eq!(secrets.keys("cache").unwrap(), [secrets.key("cache").unwrap()]);
        assert_ne!(secrets.key("cache").unwrap(), secrets.key("sessions").unwrap());
        assert_ne!(secrets.key("cache").unwrap(), Secrets::default().key("cache").unwrap());
    }

    #[test]
    fn refuses_what_is_short_or_not_hex_and_does_not_show_it() {
        let long = "ab".repeat(32);
        for text in ["", "\n\n", &"ab".repeat(31), &format!("{long}a"), &format!("{long}xy"), &format!("{long}\nabab")]
        {
            let error = read(text).unwrap_err();
            assert!(error.contains("32 bytes") && !error.contains("abab"), "{error}");
        }
        assert!(!format!("{:?}", read(&long).unwrap()).contains("abab"));
    }
}
