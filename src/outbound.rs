//! HTTP clients for outgoing requests, to CleverTap and to a trace collector.
//!
//! Defined in one place, so that the configured proxies and certificate authorities apply to all outgoing traffic.

use std::error::Error;

use reqwest::{Certificate, ClientBuilder, NoProxy, Proxy, redirect};
use secrecy::{ExposeSecret, SecretString};

use crate::config::Config;

/// Why a client cannot be created: a configuration key and its problem.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {message}")]
pub struct OutboundError {
    key: &'static str,
    message: String,
}

impl OutboundError {
    /// Creates an error about a key.
    pub fn new(key: &'static str, message: impl Into<String>) -> Self {
        Self { key, message: message.into() }
    }
}

/// Selects the same cryptography provider for incoming and outgoing TLS. Further calls have no effect.
pub fn install_crypto() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Returns the builder of a client that trusts the system's certificate authorities and `upstream.extra_ca`, and uses
/// `proxy`, or else the proxy that the environment sets for `https://`.
///
/// # Errors
///
/// The extra certificate authority or the proxy is invalid.
pub fn client(config: &Config, proxy: Option<&SecretString>) -> Result<ClientBuilder, OutboundError> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("connect-verifier/", env!("CARGO_PKG_VERSION")))
        // Following a redirect would send the passcode to a host that was not configured.
        .redirect(redirect::Policy::none())
        .referer(false)
        // Callers retry by themselves, with pauses and a budget.
        .retry(reqwest::retry::never())
        .tcp_nodelay(true)
        // Only the configuration reads the environment.
        .no_proxy();
    if let Some(path) = &config.upstream.extra_ca {
        let fail = |message: String| OutboundError::new("upstream.extra_ca", message);
        let pem = std::fs::read(path).map_err(|error| fail(format!("{}: {error}", path.display())))?;
        let authorities = Certificate::from_pem_bundle(&pem)
            .ok()
            .filter(|authorities| !authorities.is_empty())
            .ok_or_else(|| fail(format!("{}: expected PEM certificates", path.display())))?;
        builder = builder.tls_certs_merge(authorities);
    }
    let allowed = "expected an http:// or https:// address";
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

/// Describes a library error with its causes, but without the URL.
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
