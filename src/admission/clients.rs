//! The clients and the hashes of their keys.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

use super::rate_limit::TokenBucket;
use crate::config::ClientConfig;

/// The minimum length of a key, in visible ASCII characters.
pub const MIN_KEY: usize = 32;
/// The maximum length of a key; a longer one is rejected without hashing it.
const MAX_KEY: usize = 512;

/// A configured caller.
#[derive(Debug)]
pub struct Client {
    /// The name for logs and limits.
    pub name: Arc<str>,
    /// The partner name that CleverTap knows.
    pub partner: Arc<str>,
    pub(super) bucket: Option<Arc<TokenBucket>>,
    hashes: Vec<[u8; 32]>,
    allowed_origins: Vec<String>,
}

/// All clients.
#[derive(Debug, Default)]
pub struct ClientTable {
    clients: Vec<Arc<Client>>,
}

impl Client {
    /// Creates the client that stands for every caller in auth mode "none": it has no key and, because the listener is
    /// on a loopback address, no rate limit.
    pub(super) fn anonymous(partner: &str) -> Self {
        Self {
            name: "anonymous".into(),
            partner: partner.into(),
            bucket: None,
            hashes: Vec::new(),
            allowed_origins: Vec::new(),
        }
    }

    /// Returns whether pages of an origin may use sessions of this client.
    pub fn allows(&self, origin: &str) -> bool {
        self.allowed_origins.iter().any(|allowed| allowed == origin)
    }
}

impl ClientTable {
    /// Creates a table from validated entries.
    pub fn new(configs: &[ClientConfig]) -> Self {
        let clients = configs.iter().map(|config| {
            Arc::new(Client {
                name: config.name.as_str().into(),
                partner: config.partner.as_str().into(),
                bucket: Some(Arc::new(TokenBucket::new(config.rate_per_second, config.burst))),
                hashes: config.key_sha256.iter().filter_map(|hash| parse_hash(hash)).collect(),
                allowed_origins: config.allowed_origins.clone(),
            })
        });
        Self { clients: clients.collect() }
    }

    /// Returns the number of clients.
    pub fn len(&self) -> usize {
        self.clients.len()
    }

    /// Returns whether there are no clients.
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// Returns the clients that have a rate, by their names.
    pub(super) fn buckets(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<TokenBucket>)> {
        self.clients.iter().filter_map(|client| Some((&client.name, client.bucket.as_ref()?)))
    }

    /// Finds a client by its name.
    pub(super) fn named(&self, name: &str) -> Option<Arc<Client>> {
        self.clients.iter().find(|client| &*client.name == name).cloned()
    }

    /// Returns whether any client allows pages of an origin.
    pub(super) fn allow(&self, origin: &str) -> bool {
        self.clients.iter().any(|client| client.allows(origin))
    }

    /// Finds the client that has a key, in a time that depends only on the number of clients.
    pub(super) fn find(&self, key: &str) -> Option<Arc<Client>> {
        if !(MIN_KEY..=MAX_KEY).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let presented: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let mut found = u64::MAX;
        for (index, client) in self.clients.iter().enumerate() {
            for hash in &client.hashes {
                let is_equal: Choice = presented.ct_eq(hash);
                found.conditional_assign(&(index as u64), is_equal);
            }
        }
        usize::try_from(found).ok().and_then(|index| self.clients.get(index)).cloned()
    }

    /// Keeps the rate state of clients whose name and rate are unchanged.
    pub(super) fn keep_buckets_of(&mut self, old: &Self) {
        for client in &mut self.clients {
            let Some(before) = old.clients.iter().find(|before| before.name == client.name) else { continue };
            let is_same = matches!((&before.bucket, &client.bucket), (Some(a), Some(b)) if a.has_policy_of(b));
            if let Some(client) = Arc::get_mut(client).filter(|_| is_same) {
                client.bucket.clone_from(&before.bucket);
            }
        }
    }
}

/// Returns the hash under which a key is configured: lower-case hex SHA-256 of the whole key.
pub fn key_hash(key: &str) -> String {
    base16ct::lower::encode_string(&Sha256::digest(key.as_bytes()))
}

fn parse_hash(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    let length = base16ct::mixed::decode(text, &mut hash).ok()?.len();
    (length == hash.len()).then_some(hash)
}
