//! HMAC with SHA-256 for the token library, using the crates that the service depends on anyway.
//!
//! The library's own back ends add all of AWS-LC, or an RSA implementation with an open advisory (RUSTSEC-2023-0071).
//! The service uses only HS256, so any other algorithm is rejected here as well.

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{Error, ErrorKind},
    signature::{self, Signer, Verifier},
};
use sha2::Sha256;

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key: &EncodingKey| {
        let key = (*algorithm == Algorithm::HS256 && key.family() == AlgorithmFamily::Hmac).then(|| key.as_bytes());
        Ok(Box::new(Hs256::new(key)?) as Box<dyn JwtSigner>)
    },
    verifier_factory: |algorithm, key: &DecodingKey| {
        let is_hmac = *algorithm == Algorithm::HS256 && key.family() == AlgorithmFamily::Hmac;
        let key = if is_hmac { Some(key.try_get_as_bytes()?) } else { None };
        Ok(Box::new(Hs256::new(key)?) as Box<dyn JwtVerifier>)
    },
    key_utils: KeyUtils::new_unimplemented(),
};

/// Registers this algorithm with the library. Further calls have no effect.
pub(super) fn install() {
    let _ = PROVIDER.install_default();
}

struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(key: Option<&[u8]>) -> Result<Self, Error> {
        let key = key.ok_or(ErrorKind::InvalidAlgorithm)?;
        Ok(Self(Hmac::new_from_slice(key).map_err(|_| ErrorKind::InvalidKeyFormat)?))
    }

    fn over(&self, message: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(message);
        mac
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.over(message).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        // Compares in constant time.
        self.over(message).verify_slice(signature).map_err(|_| signature::Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}
