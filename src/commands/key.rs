//! `key new`: a fresh API key, shown once.

use std::num::NonZeroU32;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{Exit, Failed};
use crate::{
    admission::key_hash,
    config::{ClientConfig, check_clients},
};

pub(super) fn new(partner: &str, name: Option<&str>) -> Result<Exit, Failed> {
    let key = draw().map_err(|error| Failed::new(Exit::Failure, format!("no random numbers: {error}")))?;
    let client = ClientConfig {
        name: name.unwrap_or(partner).to_owned(),
        partner: partner.to_owned(),
        key_sha256: vec![key_hash(key.expose_secret())],
        allowed_origins: Vec::new(),
        rate_per_second: NonZeroU32::MIN,
        burst: NonZeroU32::MIN,
    };
    check_clients(std::slice::from_ref(&client))
        .map_err(|error| Failed::new(Exit::Usage, error.replace("clients[0].", "--")))?;
    let text = |value: &str| toml::Value::from(value).to_string();
    println!("# The key, shown this once. Give it to the caller and keep it nowhere else:");
    println!("# {}", key.expose_secret());
    println!();
    println!("[[clients]]");
    println!("name = {}", text(&client.name));
    println!("partner = {}", text(&client.partner));
    println!("key_sha256 = [{}]", text(&client.key_sha256[0]));
    Ok(Exit::Success)
}

/// Draws `cvk_` and 32 random bytes in base64url.
fn draw() -> Result<SecretString, getrandom::Error> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    getrandom::fill(bytes.as_mut())?;
    let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_ref()));
    Ok(SecretString::from(format!("cvk_{}", *text)))
}
