//! TLS for the public listener: certificates that are re-read when they change, HTTP/2 by ALPN, and mTLS if wanted.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use arc_swap::ArcSwap;
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::WebPkiClientVerifier,
};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// The files that a TLS listener is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate with its chain, PEM.
    pub cert: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
    /// The authority whose certificates callers must present, PEM.
    pub client_ca: Option<PathBuf>,
}

/// Accepts TLS with the certificate that is current at that moment.
#[derive(Clone)]
pub struct TlsAcceptor {
    current: Arc<ArcSwap<ServerConfig>>,
}

impl TlsAcceptor {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// The configuration's key, the file, and what is wrong with it.
    pub fn new(files: &TlsFiles) -> Result<Self, String> {
        Ok(Self { current: Arc::new(ArcSwap::from_pointee(read(files)?)) })
    }

    /// Reads the files again; on an error the old certificate stays in force.
    ///
    /// # Errors
    ///
    /// As for [`TlsAcceptor::new`].
    pub fn reload(&self, files: &TlsFiles) -> Result<(), String> {
        self.current.store(Arc::new(read(files)?));
        Ok(())
    }

    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        tokio_rustls::TlsAcceptor::from(self.current.load_full()).accept(stream).await
    }
}

fn read(files: &TlsFiles) -> Result<ServerConfig, String> {
    let chain = certificates("server.tls_cert", &files.cert)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| {
        format!("server.tls_key: {}: allowed is a private key in PEM: {error}", files.key.display())
    })?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("server.tls_cert: {error}"))?;
    let builder = match &files.client_ca {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for certificate in certificates("server.client_ca", path)? {
                roots.add(certificate).map_err(|error| format!("server.client_ca: {}: {error}", path.display()))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .build()
                .map_err(|error| format!("server.client_ca: {}: {error}", path.display()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder
        .with_single_cert(chain, key)
        .map_err(|error| format!("server.tls_cert: certificate and key do not go together: {error}"))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(key: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let allowed = "allowed are certificates in PEM";
    let list: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<_, _>>)
        .map_err(|error| format!("{key}: {}: {allowed}: {error}", path.display()))?;
    if list.is_empty() {
        return Err(format!("{key}: {}: {allowed}, and there is none", path.display()));
    }
    Ok(list)
}
