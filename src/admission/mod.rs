//! Authenticates callers, authorizes them and limits their rate, before a body is read: a refused caller should cost
//! nothing.

mod clients;
mod hs256;
mod principal;
mod rate_limit;
pub mod sessions;
mod shared;

use std::{
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;
use ipnet::IpNet;
use tokio::sync::Notify;

pub use self::{
    clients::{Client, ClientTable, MIN_KEY, key_hash},
    principal::{Action, Principal, PrincipalKind},
    rate_limit::{RateState, Takes, TokenBucket},
    sessions::UsedUp,
    shared::{Attempt, Attempted, Away, INTERVAL, SharedLimits, Standing},
};
use self::{rate_limit::AddressLimiter, sessions::Sessions};
use crate::{
    config::{AuthMode, Config},
    observe::{Observe, RateLimit, RateLimited, Span},
};

/// Decides on callers.
pub struct Admission {
    clients: ArcSwap<ClientTable>,
    addresses: AddressLimiter,
    sessions: Sessions,
    trusted_proxies: Vec<IpNet>,
    /// The client of callers without a key, in auth mode "none".
    anonymous: Option<Arc<Client>>,
    /// The state that instances share about callers.
    shared: Option<Arc<dyn SharedLimits>>,
    /// Notified when an exchange should happen early.
    exchange_now: Notify,
    observe: Arc<Observe>,
}

/// The credentials and origin that a caller presents.
#[derive(Debug, Clone, Copy, Default)]
pub struct Presented<'a> {
    /// The value of `Authorization: Bearer`: an API key or a session token.
    pub bearer: Option<&'a str>,
    /// The `Origin` header that a browser sends for a page.
    pub origin: Option<&'a str>,
    /// The host to which the request was sent.
    pub host: Option<&'a str>,
}

/// Why a caller was refused.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// The key is missing or unknown.
    Unauthenticated,
    /// A page of another origin than the session's, or of an origin that the client no longer allows.
    Forbidden,
    /// An address that sent too many unauthenticated requests.
    AddressLimited {
        /// When the next request is accepted.
        retry_after: Duration,
    },
    /// A known client exceeded its rate limit.
    RateLimited {
        /// The client.
        client: Arc<Client>,
        /// The state of its rate limit.
        rate: RateState,
        /// When the next request is accepted.
        retry_after: Duration,
    },
}

impl Admission {
    /// Creates the admission with the configured clients and those of the clients file.
    pub fn new(config: &Config, clients: ClientTable, sessions: Sessions, observe: Arc<Observe>) -> Self {
        let partner = config.upstream.partner.as_deref().unwrap_or_default();
        Self {
            clients: ArcSwap::from_pointee(clients),
            addresses: AddressLimiter::new(config.auth.address_rate_per_second, config.auth.address_burst),
            sessions,
            trusted_proxies: config.server.trusted_proxies.clone(),
            anonymous: (config.auth.mode == AuthMode::None).then(|| Arc::new(Client::anonymous(partner))),
            shared: None,
            exchange_now: Notify::new(),
            observe,
        }
    }

    /// Shares rates and attempts with other instances. Requires [`Admission::exchange_rates`] to run.
    #[must_use]
    pub fn with_shared(self, shared: Option<Arc<dyn SharedLimits>>) -> Self {
        Self { shared, ..self }
    }

    /// Decides on a caller by what it presents, and its address. `span` is that of this step.
    ///
    /// # Errors
    ///
    /// The caller is refused.
    pub fn admit(&self, presented: Presented<'_>, address: IpAddr, span: &Span) -> Result<Principal, Refusal> {
        let Some((kind, client)) = self.identify(presented)? else { return Err(self.refuse(address, span)) };
        span.set("client", || client.name.to_string());
        let Some(bucket) = &client.bucket else { return Ok(Principal { kind, client, rate: None }) };
        match bucket.take() {
            Ok(rate) => {
                if rate.is_due {
                    self.exchange_now.notify_one();
                }
                Ok(Principal { kind, client, rate: Some(rate) })
            }
            Err((rate, retry_after)) => {
                self.observe.record(&RateLimited { limit: RateLimit::Client, partner: &client.partner, span });
                Err(Refusal::RateLimited { client, rate, retry_after })
            }
        }
    }

    /// Returns whether [`Admission::admit`] would accept a caller now. It takes no token and records nothing.
    pub fn would_admit(&self, presented: Presented<'_>) -> bool {
        let Ok(Some((_, client))) = self.identify(presented) else { return false };
        client.bucket.as_ref().is_none_or(|bucket| bucket.has_token())
    }

    fn identify(&self, presented: Presented<'_>) -> Result<Option<(PrincipalKind, Arc<Client>)>, Refusal> {
        let clients = self.clients.load();
        if let Some(bearer) = presented.bearer {
            if let Some(client) = clients.find(bearer) {
                return Ok(Some((PrincipalKind::Key, client)));
            }
            if let Some(session) = self.sessions.read(bearer) {
                let client = clients.named(&session.client).or_else(|| self.anonymous.clone());
                // The client may have been removed since the session was created.
                let Some(client) = client else { return Ok(None) };
                let is_granted = self.anonymous.is_some() || client.allows(&session.origin);
                if presented.origin != Some(&*session.origin) || !is_granted {
                    return Err(Refusal::Forbidden);
                }
                return Ok(Some((PrincipalKind::Session(session), client)));
            }
        }
        let Some(client) = &self.anonymous else { return Ok(None) };
        // Without keys, any page in a browser on this machine could call.
        if presented.origin.is_some_and(|origin| !is_same_origin(origin, presented.host)) {
            return Err(Refusal::Forbidden);
        }
        Ok(Some((PrincipalKind::Anonymous, client.clone())))
    }

    /// Takes one of a session's attempts; other callers have no such limit.
    ///
    /// # Errors
    ///
    /// No attempt is left.
    pub async fn take_attempt(&self, principal: &Principal, span: &Span) -> Result<(), UsedUp> {
        let PrincipalKind::Session(session) = &principal.kind else { return Ok(()) };
        let taken = self.sessions.take_attempt(session, SystemTime::now(), self.shared.as_deref()).await;
        taken.inspect_err(|_| {
            let (limit, partner) = (RateLimit::Session, &*principal.client.partner);
            self.observe.record(&RateLimited { limit, partner, span });
        })
    }

    /// Returns the session store.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// Returns whether pages of an origin may call at all, for preflights, which carry no credentials.
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.anonymous.is_some() || self.clients.load().allow(origin)
    }

    /// Replaces the clients; those that remain keep the state of their rate limit.
    pub fn replace_clients(&self, mut clients: ClientTable) {
        clients.keep_buckets_of(&self.clients.load());
        self.clients.store(Arc::new(clients));
    }

    /// Returns the caller's address, as reported by trusted proxies.
    ///
    /// `forwarded` are the addresses of X-Forwarded-For, from the caller's end to ours. Anyone can write that header,
    /// so the result is the last address that is not a trusted proxy.
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

    /// Returns whether X-Forwarded-For of a peer is trusted.
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

/// Returns whether a page comes from the service itself.
fn is_same_origin(origin: &str, host: Option<&str>) -> bool {
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    matches!((authority, host), (Some(authority), Some(host)) if authority.eq_ignore_ascii_case(host))
}

/// Parses an address as proxies write it: plain, in brackets, or with a port.
fn parse_address(text: &str) -> Option<IpAddr> {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(inner, _)| inner);
    text.parse()
        .ok()
        .or_else(|| bracketed?.parse().ok())
        .or_else(|| text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()))
        .map(|address: IpAddr| address.to_canonical())
}

/// An IPv6 host usually has a whole /64, which therefore counts as one address.
fn network_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
    }
}

#[cfg(test)]
#[path = "admission_tests.rs"]
mod tests;
