//! The composition root: the only place that knows everybody.
//!
//! [`App::build`] makes all rooms of one configuration and binds the listeners; [`App::run`] serves until it is told to
//! stop, and drains.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use sha2::{Digest, Sha256};
use tokio::sync::{Notify, watch};
use tracing::{info, warn};

use crate::{
    admission::{Admission, ClientTable, watch_clients_file},
    clevertap::ConnectClient,
    config::{AuthMode, Config, check_clients, parse_clients_file},
    guidance::Advisor,
    http::{Admin, Api, Parts},
    model::{Region, Regions},
    observe::{ConfigReloaded, Observe},
    sandbox::Sandbox,
    server::{
        Drained, Limits, Phase, Server,
        tls::{TlsAcceptor, TlsFiles},
    },
    verify::{Connect, Verifier},
};

/// The partner of the sandbox, where none is configured.
const SANDBOX_PARTNER: &str = "sandbox-partner";

/// Everything that serves, bound and ready to run.
pub struct App {
    public: Server<Api>,
    admin: Server<Admin>,
    sandbox: Option<Server<Sandbox>>,
    reloads: Reloads,
    phase: watch::Sender<Phase>,
    drain_delay: Duration,
}

/// What is re-read while the service runs.
struct Reloads {
    config: Config,
    admission: Arc<Admission>,
    observe: Arc<Observe>,
    tls: Option<(TlsFiles, TlsAcceptor)>,
    now: Arc<Notify>,
}

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration is wrong.
    #[error("{0}")]
    Config(String),
    /// A listener cannot be bound.
    #[error("{key}: cannot listen on {address}: {error}")]
    Bind {
        /// The key that names the address.
        key: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        error: io::Error,
    },
    /// A fault of ours.
    #[error("{0}")]
    Internal(String),
}

impl App {
    /// Makes everything that a configuration asks for; with a sandbox, every region is simulated.
    ///
    /// # Errors
    ///
    /// The configuration cannot be served.
    pub async fn build(mut config: Config, with_sandbox: bool) -> Result<Self, StartError> {
        install_crypto();
        let sandbox = if with_sandbox { Some(start_sandbox(&mut config).await?) } else { None };
        let connect = ConnectClient::new(&config).map_err(|error| StartError::Config(error.to_string()))?;
        Self::build_over(config, Arc::new(connect), sandbox).await
    }

    /// The same over another port to the upstream: for tests that need one that cannot be had over a socket.
    ///
    /// # Errors
    ///
    /// As for [`App::build`].
    pub async fn build_with(config: Config, connect: Arc<dyn Connect>) -> Result<Self, StartError> {
        install_crypto();
        Self::build_over(config, connect, None).await
    }

    async fn build_over(
        config: Config,
        connect: Arc<dyn Connect>,
        sandbox: Option<Server<Sandbox>>,
    ) -> Result<Self, StartError> {
        config.check_admission().map_err(StartError::Config)?;
        let ids: Vec<&str> = config.regions.iter().map(|region| region.id.as_str()).collect();
        let observe = Arc::new(Observe::new(ids.into_iter()).map_err(|error| StartError::Internal(error.to_string()))?);
        let clients = read_clients(&config).map_err(StartError::Config)?;
        let admission = Arc::new(Admission::new(&config, clients, observe.clone()));
        let verifier = Verifier::new(&config, connect, observe.clone());
        let verifier = Arc::new(verifier.map_err(|error| StartError::Internal(error.to_string()))?);
        let advisor = Arc::new(Advisor::new(config.guidance.clone(), &config.regions));
        let (phase, receiver) = watch::channel(Phase::Running);

        let tls = make_tls(&config).map_err(StartError::Config)?;
        let parts = Parts::new(&config, admission.clone(), verifier.clone(), advisor, observe.clone());
        let limits = Limits::from(&config.server);
        let public = bind("server.listen", config.server.listen, Api::new(parts), limits.clone()).await?;
        let admin = Admin::new(observe.clone(), verifier, receiver);
        let admin = bind("server.admin_listen", config.server.admin_listen, admin, limits).await?;
        Ok(Self {
            public: public.with_tls(tls.as_ref().map(|(_, acceptor)| acceptor.clone())).observed_by(observe.clone()),
            admin,
            sandbox,
            phase,
            drain_delay: config.server.drain_delay,
            reloads: Reloads { config, admission, observe, tls, now: Arc::new(Notify::new()) },
        })
    }

    /// Returns the addresses that were really bound: public and admin.
    ///
    /// # Errors
    ///
    /// The operating system does not tell.
    pub fn addresses(&self) -> io::Result<(SocketAddr, SocketAddr)> {
        Ok((self.public.address()?, self.admin.address()?))
    }

    /// Returns what makes the clients file be re-read at once (SIGHUP does); certificates are looked at every second.
    pub fn reload_handle(&self) -> Arc<Notify> {
        self.reloads.now.clone()
    }

    /// Serves until `stop` is ready, then drains: not ready, a pause for load balancers, no new connections, and an end
    /// to running requests within their time.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Drained {
        self.announce();
        let reloads = tokio::spawn(self.reloads.run());
        let (admin_phase, admin_receiver) = watch::channel(Phase::Running);
        let public = tokio::spawn(self.public.run(self.phase.subscribe()));
        let admin = tokio::spawn(self.admin.run(admin_receiver.clone()));
        let sandbox = self.sandbox.map(|sandbox| tokio::spawn(sandbox.run(admin_receiver)));
        stop.await;
        info!(drain_delay_ms = self.drain_delay.as_millis() as u64, "draining");
        self.phase.send_replace(Phase::Draining);
        tokio::time::sleep(self.drain_delay).await;
        self.phase.send_replace(Phase::Closing);
        let drained = public.await.unwrap_or(Drained::CutOff(0));
        // Health and metrics are told to the very end, and a running request may still need the sandbox.
        admin_phase.send_replace(Phase::Closing);
        admin.abort();
        sandbox.iter().for_each(tokio::task::JoinHandle::abort);
        reloads.abort();
        match drained {
            Drained::Clean => info!("stopped"),
            Drained::CutOff(connections) => warn!(connections, "stopped, and cut off what did not finish in time"),
        }
        drained
    }

    fn announce(&self) {
        let sandbox = self.sandbox.as_ref().map(Server::address);
        let listeners =
            [("public", Some(self.public.address())), ("admin", Some(self.admin.address())), ("sandbox", sandbox)];
        for (listener, address) in listeners {
            if let Some(Ok(address)) = address {
                info!(listener, %address, "listening");
            }
        }
        if self.reloads.config.auth.mode == AuthMode::None {
            warn!("auth.mode is \"none\": everybody on this machine may call");
        }
    }
}

impl Reloads {
    async fn run(self) {
        let clients = async {
            match self.config.clients_file.clone() {
                Some(path) => {
                    watch_clients_file(
                        path,
                        self.config.clients.clone(),
                        self.admission.clone(),
                        self.observe.clone(),
                        self.now.clone(),
                    )
                    .await;
                }
                None => std::future::pending().await,
            }
        };
        let tls = async {
            match &self.tls {
                Some((files, acceptor)) => watch_tls(files, acceptor, &self.observe).await,
                None => std::future::pending().await,
            }
        };
        tokio::join!(clients, tls);
    }
}

/// Makes the simulated API of this configuration's regions, for the command that serves it alone.
///
/// # Errors
///
/// The address cannot be bound.
pub async fn build_sandbox(config: &Config, address: SocketAddr) -> Result<Server<Sandbox>, StartError> {
    let sandbox = Sandbox::new(config.regions.iter().map(|region| region.id.as_str()));
    bind("--listen", address, sandbox, Limits::from(&config.server)).await
}

/// Chooses the cryptography for TLS: one and the same for both directions. A second call changes nothing.
pub fn install_crypto() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

async fn start_sandbox(config: &mut Config) -> Result<Server<Sandbox>, StartError> {
    let server = build_sandbox(config, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let address = server.address().map_err(|error| StartError::Internal(error.to_string()))?;
    let regions = config.regions.iter().map(|region| Region {
        base_url: format!("http://{address}/{}", region.id),
        api_host: address.to_string(),
        ..Region::clone(region)
    });
    config.regions = Regions::new(regions.collect()).map_err(|error| StartError::Config(error.to_string()))?;
    // The sandbox is on this machine, and no proxy would find it.
    config.upstream.proxy = None;
    config.environment_proxy = None;
    config.upstream.partner.get_or_insert_with(|| SANDBOX_PARTNER.to_owned());
    if config.server.listen.ip().is_loopback() && !config.auth_mode_is_explicit {
        config.auth.mode = AuthMode::None;
    }
    Ok(server)
}

async fn bind<H: crate::server::Handler>(
    key: &'static str,
    address: SocketAddr,
    handler: H,
    limits: Limits,
) -> Result<Server<H>, StartError> {
    Server::bind(address, Arc::new(handler), limits).await.map_err(|error| StartError::Bind { key, address, error })
}

/// Checks the files that a configuration names, as far as they can be checked without serving.
///
/// # Errors
///
/// The key, the file, and what is allowed.
pub fn check_files(config: &Config) -> Result<(), String> {
    read_clients(config)?;
    make_tls(config).map(drop)
}

fn read_clients(config: &Config) -> Result<ClientTable, String> {
    let mut clients = config.clients.clone();
    if let Some(path) = &config.clients_file {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("clients_file: {} cannot be read: {error}", path.display()))?;
        let more = parse_clients_file(&text).map_err(|error| format!("clients_file: {}: {error}", path.display()))?;
        if more.is_empty() && clients.is_empty() && config.auth.mode == AuthMode::Keys {
            return Err(format!(
                "clients_file: {}: there is no [[clients]] entry, so nobody could call; make one with \
                 `connect-verifier key new --partner NAME`",
                path.display()
            ));
        }
        clients.extend(more);
        check_clients(&clients).map_err(|error| format!("clients_file: {}: {error}", path.display()))?;
    }
    Ok(ClientTable::new(&clients))
}

fn make_tls(config: &Config) -> Result<Option<(TlsFiles, TlsAcceptor)>, String> {
    let (Some(cert), Some(key)) = (&config.server.tls_cert, &config.server.tls_key) else { return Ok(None) };
    let files = TlsFiles { cert: cert.clone(), key: key.clone(), client_ca: config.server.client_ca.clone() };
    let acceptor = TlsAcceptor::new(&files)?;
    Ok(Some((files, acceptor)))
}

/// Re-reads certificate, key and authority when one of them changes.
async fn watch_tls(files: &TlsFiles, acceptor: &TlsAcceptor, observe: &Observe) {
    let read = || {
        let paths = [Some(&files.cert), Some(&files.key), files.client_ca.as_ref()];
        // Compared by digest: a private key has no business staying in memory twice.
        paths.map(|path| path.and_then(|path| std::fs::read(path).ok()).map(Sha256::digest))
    };
    let mut seen = read();
    let mut interval = tokio::time::interval(Duration::from_secs(1));
    loop {
        interval.tick().await;
        let now = read();
        if now == seen {
            continue;
        }
        seen = now;
        let result = acceptor.reload(files);
        observe.record(&ConfigReloaded { what: "tls", result: result.as_ref().map(|()| 1).map_err(String::as_str) });
    }
}
