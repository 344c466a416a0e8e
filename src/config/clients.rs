//! The configured callers: in `[[clients]]`, or in a separate file that is re-read while the service runs.

use std::{collections::HashSet, fmt, num::NonZeroU32};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, SeqAccess},
};

use super::types::list;

/// One validated `[[clients]]` entry.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ClientConfig {
    /// The name for logs and limits; unique.
    pub name: String,
    /// The partner name that CleverTap has whitelisted.
    pub partner: String,
    /// The lower-case hex SHA-256 of each accepted key.
    #[serde(deserialize_with = "hashes")]
    pub key_sha256: Vec<String>,
    /// Origins of pages that may call from a browser.
    #[serde(default, deserialize_with = "list")]
    pub allowed_origins: Vec<String>,
    /// Sustained requests per second.
    #[serde(default = "default_rate")]
    pub rate_per_second: NonZeroU32,
    /// Maximum number of requests at once.
    #[serde(default = "default_burst")]
    pub burst: NonZeroU32,
}

/// Reads a list of hashes. Errors do not echo an invalid value: it may be the key itself, misplaced.
fn hashes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Visitor;
    impl<'de> de::Visitor<'de> for Visitor {
        type Value = Vec<String>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a list of hashes")
        }

        fn visit_str<E: de::Error>(self, _: &str) -> Result<Vec<String>, E> {
            Err(E::custom("expected a list of hashes in brackets"))
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
            let mut hashes = Vec::new();
            while let Some(hash) = list.next_element()? {
                hashes.push(hash);
            }
            Ok(hashes)
        }
    }
    deserializer.deserialize_any(Visitor)
}

fn default_rate() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(49)
}

fn default_burst() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(99)
}

/// Parses a clients file. Errors name the key and the expected value; the caller adds the file.
pub fn parse_clients_file(text: &str) -> Result<Vec<ClientConfig>, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        clients: Vec<ClientConfig>,
    }
    let deserializer = toml::Deserializer::parse(text).map_err(|error| error.message().to_owned())?;
    let file: File = serde_path_to_error::deserialize(deserializer)
        .map_err(|error| format!("{}: {}", error.path(), error.inner().message()))?;
    check_clients(&file.clients)?;
    Ok(file.clients)
}

/// Validates what the types do not: names and hashes are unique, origins and hashes well-formed.
pub fn check_clients(clients: &[ClientConfig]) -> Result<(), String> {
    let mut names = HashSet::new();
    let mut hashes = HashSet::new();
    for (index, client) in clients.iter().enumerate() {
        let key = |name: &str| format!("clients[{index}].{name}");
        check_partner(&client.partner).map_err(|error| format!("{}: {error}", key("partner")))?;
        if client.name.is_empty() || client.name.len() > 64 || !client.name.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(format!("{}: expected 1 to 64 visible ASCII characters", key("name")));
        }
        if !names.insert(client.name.as_str()) {
            return Err(format!("{}: `{}` is used by another client; names must be unique", key("name"), client.name));
        }
        if client.key_sha256.is_empty() {
            return Err(format!("{}: at least one hash is required", key("key_sha256")));
        }
        for hash in &client.key_sha256 {
            if hash.len() != 64 || !hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
                return Err(format!(
                    "{}: expected 64 lower-case hexadecimal digits, the SHA-256 of the whole key",
                    key("key_sha256")
                ));
            }
            if !hashes.insert(hash.as_str()) {
                return Err(format!("{}: the hash {}… occurs twice", key("key_sha256"), &hash[..8]));
            }
        }
        for origin in &client.allowed_origins {
            let well_formed = url::Url::parse(origin).is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == *origin
            });
            if !well_formed {
                return Err(format!(
                    "{}: `{origin}` is not an origin; expected only scheme, host and port, such as https://dash.example.com",
                    key("allowed_origins")
                ));
            }
        }
    }
    Ok(())
}

/// Validates a partner's name.
pub(super) fn check_partner(partner: &str) -> Result<(), &'static str> {
    let usable = (1..=128).contains(&partner.chars().count())
        && !partner.chars().any(char::is_control)
        && partner.trim() == partner;
    if usable { Ok(()) } else { Err("expected 1 to 128 characters without control characters or outer white space") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn entry(name: &str, hash: &str, more: &str) -> String {
        format!("[[clients]]\nname = \"{name}\"\npartner = \"adjust\"\nkey_sha256 = [\"{hash}\"]\n{more}\n")
    }

    #[test]
    fn reads_an_entry_with_defaults() {
        let clients = parse_clients_file(&entry("a", HASH, "")).unwrap();
        assert_eq!((clients[0].rate_per_second.get(), clients[0].burst.get()), (50, 100));
        assert_eq!(parse_clients_file("").unwrap(), []);
    }

    #[test]
    fn does_not_tell_back_a_key_in_the_place_of_its_hash() {
        for value in
            ["\"cvk_canary\"", "[\"cvk_canary\"]", "[[\"cvk_canary\"]]", "{a = \"cvk_canary\"}", "[{cvk_canary = 1}]"]
        {
            let text = format!("[[clients]]\nname = \"a\"\npartner = \"b\"\nkey_sha256 = {value}\n");
            let error = parse_clients_file(&text).unwrap_err();
            assert!(error.contains("clients[0].key_sha256") && !error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn names_the_key_and_what_is_allowed() {
        for (text, expected) in [
            (entry("a b", HASH, ""), "clients[0].name: expected"),
            (
                entry("a", HASH, "") + &entry("a", &HASH.replace('e', "f"), ""),
                "clients[1].name: `a` is used by another client",
            ),
            (entry("a", HASH, "") + &entry("b", HASH, ""), "clients[1].key_sha256: the hash e3b0c442… occurs twice"),
            (entry("a", &HASH.to_uppercase(), ""), "clients[0].key_sha256: expected 64"),
            (entry("a", HASH, "burst = 0"), "clients[0].burst: "),
            (entry("a", HASH, "color = 1"), "unknown field `color`"),
            (entry("a", HASH, "allowed_origins = [\"https://x.example/path\"]"), "clients[0].allowed_origins: `https"),
            ("clients = 3".to_owned(), "clients: "),
            ("[[clients".to_owned(), ""),
        ] {
            let error = parse_clients_file(&text).unwrap_err();
            assert!(error.contains(expected), "{error} / {expected}");
        }
    }
}
