//! The configuration of a service under test: keys as text, clients with a builder.

use std::net::SocketAddr;

use connect_verifier::{
    admission::key_hash,
    config::{Config, Source, load},
};

use crate::support::{KEY, PARTNER};

/// The built-in regions, in the order of their names.
pub const REGIONS: [&str; 6] = ["eu1", "in1", "aps3", "mec1", "sg1", "us1"];

/// The configuration of a test. Created from text only, it has the client [`Client::usual`].
#[derive(Debug, Clone)]
pub struct Settings {
    /// Keys of `[server]` except its listeners, followed by other sections.
    text: String,
    clients: Vec<Client>,
}

/// A caller of the service.
#[derive(Debug, Clone)]
pub struct Client {
    name: String,
    partner: String,
    key: String,
    rate: Option<(u32, u32)>,
    origins: Vec<String>,
}

impl Settings {
    /// Adds a client, or replaces one with the same name.
    pub fn client(mut self, client: Client) -> Self {
        self.clients.retain(|known| known.name != client.name);
        self.clients.push(client);
        self
    }

    /// Returns a configuration file: free ports, all regions at one address, no drain delay.
    pub fn to_text(&self, upstream: Option<SocketAddr>) -> String {
        let mut text = String::new();
        if let Some(address) = upstream {
            for region in REGIONS {
                text += &format!("[regions.{region}]\nbase_url = \"http://{address}/{region}\"\n");
            }
        }
        text += "[server]\nlisten = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\ndrain_delay = \"0s\"\n";
        text += &self.text;
        self.clients.iter().fold(text, |text, client| text + "\n" + &client.to_text())
    }
}

impl<T: Into<String>> From<T> for Settings {
    fn from(text: T) -> Self {
        Self { text: text.into(), clients: vec![Client::usual()] }
    }
}

impl Client {
    /// The client of [`KEY`], with a rate limit that no test reaches.
    pub fn usual() -> Self {
        Self::new("test", KEY).rate(100_000, 100_000)
    }

    /// A client of [`PARTNER`] with the default rate.
    pub fn new(name: &str, key: &str) -> Self {
        Self { name: name.into(), partner: PARTNER.into(), key: key.into(), rate: None, origins: Vec::new() }
    }

    /// Sets the partner.
    pub fn partner(self, partner: &str) -> Self {
        Self { partner: partner.into(), ..self }
    }

    /// Sets the rate.
    pub fn rate(self, per_second: u32, burst: u32) -> Self {
        Self { rate: Some((per_second, burst)), ..self }
    }

    /// Allows an origin.
    pub fn origin(mut self, origin: &str) -> Self {
        self.origins.push(origin.into());
        self
    }

    fn to_text(&self) -> String {
        let Self { name, partner, key, rate, origins } = self;
        let mut text = format!("[[clients]]\nname = {name:?}\npartner = {partner:?}\n");
        text += &format!("key_sha256 = [{:?}]\n", key_hash(key));
        if let Some((per_second, burst)) = rate {
            text += &format!("rate_per_second = {per_second}\nburst = {burst}\n");
        }
        if !origins.is_empty() {
            text += &format!("allowed_origins = {origins:?}\n");
        }
        text
    }
}

/// Returns a configuration.
pub fn config(upstream: Option<SocketAddr>, settings: impl Into<Settings>) -> Config {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), settings.into().to_text(upstream)).unwrap();
    load(&Source { file: Some(file.path().to_owned()), ..Source::default() }).unwrap_or_else(|error| panic!("{error}"))
}

/// Returns the same as text.
pub fn config_text(upstream: Option<SocketAddr>, settings: impl Into<Settings>) -> String {
    settings.into().to_text(upstream)
}
