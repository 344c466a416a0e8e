//! How the service speaks HTTP to others, to CleverTap and to a collector of traces: with no surprise on the way.
//!
//! One place, so that what an operator says of proxies and authorities holds for whatever leaves the house.

use std::error::Error;

use reqwest::{Certificate, ClientBuilder, NoProxy, Proxy, redirect};
use secrecy::{ExposeSecret, SecretString};

use crate::config::Config;

/// Why there is no client: a key of the configuration and what is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {message}")]
pub struct OutboundError {
    key: &'static str,
    message: String,
}

impl OutboundError {
    /// Makes one about a key.
    pub fn new(key: &'static str, message: impl Into<String>) -> Self {
        Self { key, message: message.into() }
    }
}

/// Chooses the cryptography for TLS: one and the same for both directions. A second call changes nothing.
pub fn install_crypto() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Begins a client that trusts the system's authorities and `upstream.extra_ca`, and goes through `proxy`, else through
/// what the environment names for `https://`.
///
/// # Errors
///
/// The extra authority or the proxy cannot be used.
pub fn client(config: &Config, proxy: Option<&SecretString>) -> Result<ClientBuilder, OutboundError> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("connect-verifier/", env!("CARGO_PKG_VERSION")))
        // Following a redirect would send the passcode to a host that nobody chose.
        .redirect(redirect::Policy::none())
        .referer(false)
        // Whoever asks has retries of its own, with pauses and a budget.
        .retry(reqwest::retry::never())
        .tcp_nodelay(true)
        // The environment is read by the configuration and by nobody else.
        .no_proxy();
    if let Some(path) = &config.upstream.extra_ca {
        let fail = |message: String| OutboundError::new("upstream.extra_ca", message);
        let pem = std::fs::read(path).map_err(|error| fail(format!("{}: {error}", path.display())))?;
        let authorities = Certificate::from_pem_bundle(&pem)
            .ok()
            .filter(|authorities| !authorities.is_empty())
            .ok_or_else(|| fail(format!("{}: allowed are PEM certificates", path.display())))?;
        builder = builder.tls_certs_merge(authorities);
    }
    let allowed = "allowed is an http:// or https:// address";
    if let Some(proxy) = proxy {
        let proxy = Proxy::all(proxy.expose_secret()).map_err(|_| OutboundError::new("upstream.proxy", allowed))?;
        builder = builder.proxy(proxy);
    } else if let Some(environment) = &config.environment_proxy {
        let except = environment.except.as_deref().and_then(NoProxy::from_string);
        let proxy = Proxy::https(environment.url.expose_secret());
        let proxy = proxy.map_err(|_| OutboundError::new("HTTPS_PROXY", allowed))?;
        builder = builder.proxy(proxy.no_proxy(except));
    }
    Ok(builder)
}

/// Tells an error of the library with its causes, and without the address.
pub fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
