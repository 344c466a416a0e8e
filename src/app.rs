//! The composition root: the only place that knows all rooms.
//!
//! [`App::build`] makes the rooms of one configuration and binds the listeners; [`App::run`] serves until it is asked to
//! stop, and drains. [`check`] makes the same rooms and binds nothing.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use tokio::sync::watch;
use tracing::{info, warn};

use crate::{
    admission::{Admission, sessions::Sessions},
    clevertap::ConnectClient,
    config::{AuthMode, Config},
    guidance::Advisor,
    http::{self, Admin, Api, Parts},
    model::{Region, Regions},
    observe::{CertificateLoaded, Observe, Reloaded},
    present::Presenter,
    redis::Redis,
    reload::{self, ClientsSource, Reload},
    sandbox::Sandbox,
    server::{
        Drained, Handler, Limits, Phase, Server, descriptors,
        tls::{TlsAcceptor, TlsFiles, TlsIdentity},
    },
    verify::{Connect, Verifier},
};

/// The partner of the sandbox, where none is configured.
pub const SANDBOX_PARTNER: &str = "sandbox-partner";

/// Everything that serves, bound and ready to run.
pub struct App {
    config: Config,
    public: Server<Api>,
    admin: Server<Admin>,
    sandbox: Option<Server<Sandbox>>,
    /// What the descriptor limit leaves of `server.max_connections`.
    max_connections: usize,
    observe: Arc<Observe>,
    redis: Option<Redis>,
    reload: Reload,
    reload_now: watch::Sender<()>,
    phase: watch::Sender<Phase>,
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

/// How the service was asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// By what supervises it: load balancers get `drain_delay` to notice.
    Drain,
    /// By a person at a terminal, who has no load balancer.
    DrainNow,
}

impl From<()> for Stop {
    fn from((): ()) -> Self {
        Self::Drain
    }
}

/// The rooms of one configuration, before anything is bound.
struct Rooms {
    api: Api,
    admin: Admin,
    tls: Option<TlsAcceptor>,
    observe: Arc<Observe>,
    redis: Option<Redis>,
    reload: Reload,
    phase: watch::Sender<Phase>,
}

impl Rooms {
    fn new(config: &Config, connect: Arc<dyn Connect>) -> Result<Self, StartError> {
        config.check_admission().map_err(StartError::Config)?;
        let ids = config.regions.iter().map(|region| region.id.as_str());
        let observe = Observe::new(ids).map_err(|error| StartError::Internal(error.to_string()))?;
        let observe = observe.with_routes(http::route_templates());
        let observe = observe.with_traces(config).map_err(|error| StartError::Config(error.to_string()))?;
        let observe = Arc::new(if config.redis.is_some() { observe.with_redis() } else { observe });
        let redis = Redis::new(config, observe.clone());
        let mut reload = Reload::new(config, observe.clone());

        let (clients, loaded) = reload::read(ClientsSource::new(config)).map_err(StartError::Config)?;
        let sessions = Sessions::new(&config.secrets.keys("sessions").map_err(no_random_numbers)?);
        let admission = Arc::new(Admission::new(config, clients, sessions, observe.clone()));
        let admitted = admission.clone();
        reload.watch(Reloaded::Clients, loaded, move |clients| {
            let now = format!("{} clients", clients.len());
            admitted.replace_clients(clients);
            now
        });

        let mut tls = None;
        if let Some(files) = TlsFiles::new(&config.server) {
            let (identity, loaded) = reload::read(files).map_err(StartError::Config)?;
            let acceptor = TlsAcceptor::new(&identity);
            tls = Some(acceptor.clone());
            note_expiry(&observe, &identity);
            let observe = observe.clone();
            reload.watch(Reloaded::Tls, loaded, move |identity| {
                acceptor.replace(&identity);
                note_expiry(&observe, &identity);
                "certificate and key".to_owned()
            });
        }

        let verifier = Verifier::new(config, connect, observe.clone());
        let verifier = Arc::new(verifier.map_err(no_random_numbers)?);
        let advisor = Advisor::new(config.guidance.clone(), &config.regions);
        let (phase, receiver) = watch::channel(Phase::Running);
        let presenter = Presenter::new(advisor, &config.regions);
        let parts = Parts::new(config, admission, verifier.clone(), presenter, observe.clone(), receiver.clone());
        let api = Api::new(parts);
        Ok(Self { api, admin: Admin::new(observe.clone(), verifier, receiver), tls, observe, redis, reload, phase })
    }
}

fn note_expiry(observe: &Observe, identity: &TlsIdentity) {
    if let Some(expires_at) = identity.expires_at {
        observe.record(&CertificateLoaded { expires_at });
    }
}

/// Checks everything that [`App::build`] would refuse, listeners in use aside. Called inside a runtime.
///
/// # Errors
///
/// As for [`App::build`].
pub fn check(config: &Config, with_sandbox: bool) -> Result<(), StartError> {
    install_crypto();
    let mut config = config.clone();
    if with_sandbox {
        simulate(&mut config, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    }
    let connect = ConnectClient::new(&config).map_err(|error| StartError::Config(error.to_string()))?;
    Rooms::new(&config, Arc::new(connect)).map(drop)
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
        Self::bind(config, Arc::new(connect), sandbox).await
    }

    /// The same over another port to the upstream: for tests that need one that cannot be had over a socket.
    ///
    /// # Errors
    ///
    /// As for [`App::build`].
    pub async fn build_with(config: Config, connect: Arc<dyn Connect>) -> Result<Self, StartError> {
        install_crypto();
        Self::bind(config, connect, None).await
    }

    async fn bind(
        config: Config,
        connect: Arc<dyn Connect>,
        sandbox: Option<Server<Sandbox>>,
    ) -> Result<Self, StartError> {
        let rooms = Rooms::new(&config, connect)?;
        let limits = Limits::from(&config.server);
        let shares = share_descriptors(&config, sandbox.is_some());
        let public = limits.clone().with_max_connections(shares.public);
        let public = bind("server.listen", config.server.listen, rooms.api, public).await?;
        let limits = limits.with_max_connections(shares.admin);
        let admin = bind("server.admin_listen", config.server.admin_listen, rooms.admin, limits).await?;
        Ok(Self {
            public: public.with_tls(rooms.tls).observed_by(rooms.observe.clone()),
            admin,
            sandbox,
            max_connections: shares.public,
            observe: rooms.observe,
            redis: rooms.redis,
            reload: rooms.reload,
            reload_now: watch::Sender::new(()),
            phase: rooms.phase,
            config,
        })
    }

    /// Returns the addresses that were really bound: public and admin.
    ///
    /// # Errors
    ///
    /// The operating system does not say.
    pub fn addresses(&self) -> io::Result<(SocketAddr, SocketAddr)> {
        Ok((self.public.address()?, self.admin.address()?))
    }

    /// Returns the configuration in force, which the sandbox may have changed.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Returns what makes everything that is re-read be read at once (SIGHUP does).
    pub fn reload_handle(&self) -> watch::Sender<()> {
        self.reload_now.clone()
    }

    /// Serves until `stop` is ready, then drains: not ready, a pause for load balancers, no new connections, and an end
    /// to running requests within their time.
    pub async fn run<S: Into<Stop>>(self, stop: impl Future<Output = S>) -> Drained {
        let redis = self.redis.clone().map(|redis| tokio::spawn(redis.keep_connected()));
        // An instance that has its Redis within one timeout shares from its first request on. None waits longer.
        if let Some(redis) = &self.redis {
            redis.tried().await;
        }
        self.announce();
        let reload = tokio::spawn(self.reload.run(self.reload_now.subscribe()));
        let (admin_phase, admin_receiver) = watch::channel(Phase::Running);
        let public = tokio::spawn(self.public.run(self.phase.subscribe()));
        let admin = tokio::spawn(self.admin.run(admin_receiver.clone()));
        let sandbox = self.sandbox.map(|sandbox| tokio::spawn(sandbox.run(admin_receiver)));
        let drain_delay = match stop.await.into() {
            Stop::Drain => self.config.server.drain_delay,
            Stop::DrainNow => Duration::ZERO,
        };
        info!(drain_delay_ms = drain_delay.as_millis() as u64, "draining");
        self.phase.send_replace(Phase::Draining);
        tokio::time::sleep(drain_delay).await;
        self.phase.send_replace(Phase::Closing);
        let drained = public.await.unwrap_or(Drained::CutOff(0));
        // Health and metrics are answered to the very end, and a running request may still need the sandbox.
        admin_phase.send_replace(Phase::Closing);
        admin.abort();
        sandbox.iter().for_each(tokio::task::JoinHandle::abort);
        reload.abort();
        redis.iter().for_each(tokio::task::JoinHandle::abort);
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
        let configured = self.config.server.max_connections.get();
        if self.max_connections < configured {
            warn!(
                max_connections = self.max_connections,
                configured,
                descriptors = descriptors::limit(),
                "server.max_connections is lowered to what the descriptor limit leaves"
            );
        }
        if self.config.secret_file.is_none() {
            info!("secret_file is not set: secrets are random and live as long as the process");
        }
        if self.config.auth.mode == AuthMode::None {
            warn!("auth.mode is \"none\": everybody on this machine may call");
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
    bind("--listen", address, sandbox, Limits::from(&config.server)).await
}

/// Binds the simulated API to a free port of this machine, and points a configuration at it.
///
/// # Errors
///
/// No port can be bound.
pub async fn start_sandbox(config: &mut Config) -> Result<Server<Sandbox>, StartError> {
    let server = build_sandbox(config, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let address = server.address().map_err(|error| StartError::Internal(error.to_string()))?;
    simulate(config, address)?;
    Ok(server)
}

/// Chooses the cryptography for TLS: one and the same for both directions. A second call changes nothing.
pub fn install_crypto() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Points every region at the sandbox, and fills in what a newcomer has not configured.
fn simulate(config: &mut Config, sandbox: SocketAddr) -> Result<(), StartError> {
    let regions = config.regions.iter().map(|region| Region {
        base_url: format!("http://{sandbox}/{}", region.id),
        api_host: sandbox.to_string(),
        ..Region::clone(region)
    });
    config.regions = Regions::new(regions.collect()).map_err(|error| StartError::Config(error.to_string()))?;
    // The sandbox is on this machine, and no proxy would find it. That of the environment is for https:// alone.
    config.upstream.proxy = None;
    config.page.enabled = true;
    config.upstream.partner.get_or_insert_with(|| SANDBOX_PARTNER.to_owned());
    let has_clients = !config.clients.is_empty() || config.clients_file.is_some();
    if config.server.listen.ip().is_loopback() && !config.explicit.auth_mode && !has_clients {
        config.auth.mode = AuthMode::None;
    }
    // The magic accounts that fail are tried one after the other, and must not take the region from the good ones.
    if !config.explicit.failure_threshold {
        config.upstream.breaker.failure_threshold = NonZeroU32::MAX;
    }
    Ok(())
}

fn no_random_numbers(error: getrandom::Error) -> StartError {
    StartError::Internal(format!("no random numbers: {error}"))
}

async fn bind<H: Handler>(
    key: &'static str,
    address: SocketAddr,
    handler: H,
    limits: Limits,
) -> Result<Server<H>, StartError> {
    Server::bind(address, Arc::new(handler), limits).await.map_err(|error| StartError::Bind { key, address, error })
}
