//! `key new`: a new API key. Its entry goes to standard output, for a file; the key to standard error, for a person.

use std::num::NonZeroU32;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{Exit, Failed, output};
use crate::{
    admission::key_hash,
    config::{ClientConfig, check_clients},
};

pub(super) fn new(partner: &str, name: Option<&str>) -> Result<Exit, Failed> {
    let key = draw().map_err(|error| Failed::new(Exit::Failure, format!("cannot read random numbers: {error}")))?;
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
    let entry = format!(
        "[[clients]]\nname = {}\npartner = {}\nkey_sha256 = [{}]\n",
        text(&client.name),
        text(&client.partner),
        text(&client.key_sha256[0])
    );
    // Print the entry first: if that fails, the key would be useless and is not shown.
    output::write_out(&entry).map_err(|error| lost("entry", &error))?;
    output::write_message("The key, shown this once. Give it to the caller and store it nowhere else:")
        .and_then(|()| output::write_message(key.expose_secret()))
        .map_err(|error| lost("key", &error))?;
    Ok(Exit::Success)
}

fn lost(what: &str, error: &std::io::Error) -> Failed {
    Failed::new(Exit::Failure, format!("the {what} cannot be printed, so no key was created: {error}"))
}

/// Generates `cvk_` followed by 32 random bytes in base64url.
fn draw() -> Result<SecretString, getrandom::Error> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    getrandom::fill(bytes.as_mut())?;
    let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_ref()));
    Ok(SecretString::from(format!("cvk_{}", *text)))
}
