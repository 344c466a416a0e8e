//! TLS for the public listener: certificates that are re-read when they change, HTTP/2 by ALPN, and optional mTLS.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// The files of a TLS listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate with its chain, PEM.
    pub cert: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
    /// The certificate authority for client certificates, PEM.
    pub client_ca: Option<PathBuf>,
}

impl TlsFiles {
    /// Returns the configured files; `None` if the listener uses no TLS.
    pub fn new(config: &crate::config::ServerConfig) -> Option<Self> {
        let (cert, key) = (config.tls_cert.clone()?, config.tls_key.clone()?);
        Some(Self { cert, key, client_ca: config.client_ca.clone() })
    }
}

/// The parsed files: the TLS settings of a listener.
pub struct TlsIdentity {
    config: Arc<ServerConfig>,
    /// When the listener's own certificate expires.
    pub expires_at: Option<SystemTime>,
}

impl TlsIdentity {
    /// Parses the contents of the files.
    ///
    /// # Errors
    ///
    /// The error names the configuration key and the file, and describes the problem.
    pub fn parse(files: &TlsFiles, cert: &[u8], key: &[u8], client_ca: Option<&[u8]>) -> Result<Self, String> {
        let chain = certificates("server.tls_cert", &files.cert, cert)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| {
            format!("server.tls_key: {}: expected a private key in PEM: {error}", files.key.display())
        })?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("server.tls_cert: {error}"))?;
        let builder = match (client_ca, &files.client_ca) {
            (Some(pem), Some(path)) => {
                let fail = |error: &dyn std::fmt::Display| format!("server.client_ca: {}: {error}", path.display());
                let mut roots = RootCertStore::empty();
                for certificate in certificates("server.client_ca", path, pem)? {
                    roots.add(certificate).map_err(|error| fail(&error))?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                builder.with_client_cert_verifier(verifier.map_err(|error| fail(&error))?)
            }
            _ => builder.with_no_client_auth(),
        };
        let expires_at = chain.first().and_then(expiry);
        let mut config = builder
            .with_single_cert(chain, key)
            .map_err(|error| format!("server.tls_cert: the certificate and the key do not match: {error}"))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self { config: Arc::new(config), expires_at })
    }
}

/// Returns when each certificate of a PEM file expires, as far as they are readable.
pub fn certificate_expiries(pem: &[u8]) -> Vec<SystemTime> {
    CertificateDer::pem_slice_iter(pem).filter_map(|certificate| expiry(&certificate.ok()?)).collect()
}

fn expiry(certificate: &CertificateDer<'_>) -> Option<SystemTime> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let seconds = u64::try_from(certificate.validity().not_after.timestamp()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// Accepts TLS connections with the current certificate.
#[derive(Clone)]
pub struct TlsAcceptor {
    current: Arc<ArcSwap<ServerConfig>>,
}

impl TlsAcceptor {
    /// Creates an acceptor with this certificate.
    pub fn new(identity: &TlsIdentity) -> Self {
        Self { current: Arc::new(ArcSwap::new(identity.config.clone())) }
    }

    /// Replaces the certificate for new connections.
    pub fn replace(&self, identity: &TlsIdentity) {
        self.current.store(identity.config.clone());
    }

    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        tokio_rustls::TlsAcceptor::from(self.current.load_full()).accept(stream).await
    }
}

/// Parses PEM certificates, at least one. The error names the key and the file.
fn certificates(key: &str, path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let allowed = "expected certificates in PEM";
    let list: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{key}: {}: {allowed}: {error}", path.display()))?;
    if list.is_empty() {
        return Err(format!("{key}: {}: {allowed}, found none", path.display()));
    }
    Ok(list)
}
