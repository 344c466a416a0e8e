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
use tokio::sync::watch;
use tracing::{info, warn};
use zeroize::Zeroizing;

use crate::{
    admission::{Admission, ClientTable, sessions::Sessions, watch_clients_file},
    clevertap::ConnectClient,
    config::{AuthMode, Config, Source, check_clients, load, parse_clients_file, process_environment},
    guidance::Advisor,
    http::{Admin, Api, Parts},
    model::{Region, Regions},
    observe::{ConfigReloaded, Observe, Reloaded, logs},
    present::Presenter,
    sandbox::Sandbox,
    server::{
        Drained, Limits, Phase, Server, descriptors,
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
    /// What the descriptor limit leaves of `server.max_connections`.
    max_connections: usize,
    observe: Arc<Observe>,
    reloads: Reloads,
    reload: watch::Sender<()>,
    phase: watch::Sender<Phase>,
    drain_delay: Duration,
}

/// What is re-read while the service runs.
struct Reloads {
    config: Config,
    admission: Arc<Admission>,
    observe: Arc<Observe>,
    tls: Option<(TlsFiles, TlsAcceptor)>,
    asked: watch::Receiver<()>,
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
        let observe = Observe::new(ids.into_iter()).map_err(|error| StartError::Internal(error.to_string()))?;
        let observe = observe.with_traces(&config).map_err(|error| StartError::Config(error.to_string()))?;
        let observe = Arc::new(observe);
        let clients = read_clients(&config).map_err(StartError::Config)?;
        let admission = Arc::new(Admission::new(&config, clients, Sessions::new(&[draw_secret()?]), observe.clone()));
        let verifier = Verifier::new(&config, connect, observe.clone());
        let verifier = Arc::new(verifier.map_err(|error| StartError::Internal(error.to_string()))?);
        let advisor = Arc::new(Advisor::new(config.guidance.clone(), &config.regions));
        let presenter = Presenter::new(advisor);
        let (phase, receiver) = watch::channel(Phase::Running);
        let (reload, asked) = watch::channel(());

        let tls = make_tls(&config).map_err(StartError::Config)?;
        let parts = Parts::new(&config, admission.clone(), verifier.clone(), presenter, observe.clone());
        let limits = Limits::from(&config.server);
        let shares = share_descriptors(&config, sandbox.is_some());
        let public = limits.clone().with_max_connections(shares.public);
        let public = bind("server.listen", config.server.listen, Api::new(parts), public).await?;
        let admin = Admin::new(observe.clone(), verifier, receiver);
        let limits = limits.with_max_connections(shares.admin);
        let admin = bind("server.admin_listen", config.server.admin_listen, admin, limits).await?;
        Ok(Self {
            public: public.with_tls(tls.as_ref().map(|(_, acceptor)| acceptor.clone())).observed_by(observe.clone()),
            admin,
            sandbox,
            max_connections: shares.public,
            phase,
            drain_delay: config.server.drain_delay,
            reload,
            reloads: Reloads { config, admission, observe: observe.clone(), tls, asked },
            observe,
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

    /// Returns what makes the clients file and the level of the logs be re-read at once (SIGHUP does); certificates are
    /// looked at every second.
    pub fn reload_handle(&self) -> watch::Sender<()> {
        self.reload.clone()
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
        self.observe.shut_down().await;
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
        let configured = self.reloads.config.server.max_connections.get();
        if self.max_connections < configured {
            warn!(
                max_connections = self.max_connections,
                configured,
                descriptors = descriptors::limit(),
                "server.max_connections is lowered to what the descriptor limit leaves"
            );
        }
        if self.reloads.config.secret_file.is_none() {
            info!("secret_file is not set: secrets are random and live as long as the process");
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
                        self.asked.clone(),
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
        tokio::join!(clients, tls, self.watch_log_level());
    }

    /// Reads the configuration anew when asked to, for the level of the logs alone: all else needs a restart.
    async fn watch_log_level(&self) {
        let mut asked = self.asked.clone();
        let mut was_refused = false;
        while asked.changed().await.is_ok() {
            let source = Source { file: self.config.file.clone(), environment: process_environment() };
            let level = load(&source).map_err(|error| error.to_string()).and_then(|config| {
                let level = config.telemetry.log_level;
                logs::set_level(&level).map(|is_other| (level, is_other))
            });
            // That nothing has changed is no news, unless it was wrong before.
            let is_news = was_refused || !matches!(level, Ok((_, false)));
            was_refused = level.is_err();
            if is_news {
                let result = level.as_ref().map(|(level, _)| level.as_str()).map_err(String::as_str);
                self.observe.record(&ConfigReloaded { what: Reloaded::LogLevel, result });
            }
        }
    }
}

/// Raises the descriptor limit and shares it out among the listeners, with a reserve for all else.
fn share_descriptors(config: &Config, with_sandbox: bool) -> descriptors::Shares {
    let limit = descriptors::raise_limit().unwrap_or_else(|error| {
        warn!(%error, "cannot raise the descriptor limit");
        descriptors::limit()
    });
    let upstream = config.regions.iter().count() * config.upstream.max_concurrency_per_region.get();
    // Both ends of a connection to the sandbox are in this process.
    let outbound = if with_sandbox { 2 * upstream } else { upstream };
    descriptors::share(limit, config.server.max_connections.get(), outbound)
}

/// Makes the simulated API of this configuration's regions, for the command that serves it alone.
///
/// # Errors
///
/// The address cannot be bound.
pub async fn build_sandbox(config: &Config, address: SocketAddr) -> Result<Server<Sandbox>, StartError> {
    let sandbox = Sandbox::new(config.regions.iter().map(|region| region.id.as_str()));
    let limits = Limits::from(&config.server).with_max_connections(share_descriptors(config, false).public);
    bind("--listen", address, sandbox, limits).await
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
    // The sandbox is on this machine, and no proxy would find it. That of the environment is for https:// alone.
    config.upstream.proxy = None;
    config.upstream.partner.get_or_insert_with(|| SANDBOX_PARTNER.to_owned());
    if config.server.listen.ip().is_loopback() && !config.auth_mode_is_explicit {
        config.auth.mode = AuthMode::None;
    }
    Ok(server)
}

fn draw_secret() -> Result<Zeroizing<[u8; 32]>, StartError> {
    let mut secret = Zeroizing::new([0; 32]);
    getrandom::fill(secret.as_mut()).map_err(|error| StartError::Internal(format!("no random numbers: {error}")))?;
    Ok(secret)
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
    let read = async || {
        let mut digests = Vec::new();
        for path in [Some(&files.cert), Some(&files.key), files.client_ca.as_ref()].into_iter().flatten() {
            // Compared by digest: a private key has no business staying in memory twice.
            digests.push(tokio::fs::read(path).await.ok().map(Sha256::digest));
        }
        digests
    };
    let mut seen = read().await;
    let mut interval = tokio::time::interval(Duration::from_secs(1));
    loop {
        interval.tick().await;
        let now = read().await;
        if now == seen {
            continue;
        }
        seen = now;
        let result = acceptor.reload(files);
        let result = result.as_ref().map(|()| "certificate and key").map_err(String::as_str);
        observe.record(&ConfigReloaded { what: Reloaded::Tls, result });
    }
}
