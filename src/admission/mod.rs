//! Who calls, may they, and how much: decided before a body is read, because a refused caller should cost nothing.

mod clients;
mod rate_limit;

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use ipnet::IpNet;

use self::rate_limit::AddressLimiter;
pub use self::{
    clients::{Client, ClientTable, MIN_KEY, key_hash},
    rate_limit::{RateState, TokenBucket},
};
use crate::{
    config::{AuthMode, Config},
    observe::{Observe, RateLimit, RateLimited, Span},
};

/// Decides on callers.
pub struct Admission {
    clients: ArcSwap<ClientTable>,
    addresses: AddressLimiter,
    trusted_proxies: Vec<IpNet>,
    /// Everybody without a key, in auth mode "none".
    anonymous: Option<Arc<Client>>,
    observe: Arc<Observe>,
}

/// A caller that was let in.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who it is.
    pub client: Arc<Client>,
    /// What is left of its rate; `None` where it has none.
    pub rate: Option<RateState>,
}

/// A caller that was not.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// No key, or an unknown one.
    Unauthenticated,
    /// An address that sent too many of those.
    AddressLimited {
        /// When the next may come.
        retry_after: Duration,
    },
    /// A known client above its rate.
    RateLimited {
        /// Who it is.
        client: Arc<Client>,
        /// What is left of its rate.
        rate: RateState,
        /// When the next request may come.
        retry_after: Duration,
    },
}

impl Admission {
    /// Makes one with the configured clients and those of the clients file.
    pub fn new(config: &Config, clients: ClientTable, observe: Arc<Observe>) -> Self {
        let partner = config.upstream.partner.as_deref().unwrap_or_default();
        Self {
            clients: ArcSwap::from_pointee(clients),
            addresses: AddressLimiter::new(config.auth.address_rate_per_second, config.auth.address_burst),
            trusted_proxies: config.server.trusted_proxies.clone(),
            anonymous: (config.auth.mode == AuthMode::None).then(|| Arc::new(Client::anonymous(partner))),
            observe,
        }
    }

    /// Decides on a caller by its key, if it has one, and its address. `span` is that of this step.
    ///
    /// # Errors
    ///
    /// The caller is refused.
    pub fn admit(&self, key: Option<&str>, address: IpAddr, span: &Span) -> Result<Caller, Refusal> {
        let known = key.and_then(|key| self.clients.load().find(key));
        let Some(client) = known.or_else(|| self.anonymous.clone()) else {
            return Err(self.refuse(address, span));
        };
        span.set("client", || client.name.to_string());
        let Some(bucket) = &client.bucket else { return Ok(Caller { client, rate: None }) };
        match bucket.take() {
            Ok(rate) => Ok(Caller { client, rate: Some(rate) }),
            Err((rate, retry_after)) => {
                self.observe.record(&RateLimited { limit: RateLimit::Client, partner: &client.partner, span });
                Err(Refusal::RateLimited { client, rate, retry_after })
            }
        }
    }

    /// Puts other clients in place of the present ones; who stays keeps what is left of its rate.
    pub fn replace_clients(&self, mut clients: ClientTable) {
        clients.keep_buckets_of(&self.clients.load());
        self.clients.store(Arc::new(clients));
    }

    /// Returns the address of the caller behind the proxies that are trusted.
    ///
    /// `forwarded` are the addresses of X-Forwarded-For, from the caller's end to ours; anybody can write there, so the
    /// last one that no trusted proxy answers for counts.
    pub fn caller_address<'a>(&self, peer: IpAddr, forwarded: impl DoubleEndedIterator<Item = &'a str>) -> IpAddr {
        let mut nearest = peer;
        for text in forwarded.rev() {
            if !self.trusts(&nearest) {
                break;
            }
            let Some(address) = parse_address(text.trim()) else { break };
            nearest = address;
        }
        nearest
    }

    /// Tells whether X-Forwarded-For is looked at, for a peer.
    pub fn trusts(&self, peer: &IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(peer))
    }

    fn refuse(&self, address: IpAddr, span: &Span) -> Refusal {
        match self.addresses.take(network_of(address)) {
            Ok(()) => Refusal::Unauthenticated,
            Err(retry_after) => {
                self.observe.record(&RateLimited { limit: RateLimit::Client, partner: "none", span });
                Refusal::AddressLimited { retry_after }
            }
        }
    }
}

/// Reads an address as proxies write it: alone, in brackets, with a port.
fn parse_address(text: &str) -> Option<IpAddr> {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(inner, _)| inner);
    text.parse()
        .ok()
        .or_else(|| bracketed?.parse().ok())
        .or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()))
        .map(|address: IpAddr| address.to_canonical())
}

/// An IPv6 host has a whole /64 to itself, so that is what counts as one address.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
    }
}

#[cfg(test)]
#[path = "admission_tests.rs"]
mod tests;
