//! The composition root: the only place that knows all rooms.
//!
//! [`App::build`] creates the rooms of one configuration and binds the listeners; [`App::run`] serves until it is asked
//! to stop, then drains. [`check`] creates the same rooms and binds nothing.

mod error;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use tokio::sync::watch;
use tracing::{info, warn};

pub use self::error::StartError;
use self::error::{internal, invalid};
use crate::{
    admission::{Admission, sessions::Sessions},
    clevertap::ConnectClient,
    config::{AuthMode, Config},
    guidance::Advisor,
    http::{self, Admin, Api, Parts},
    observe::{Observe, Reloaded},
    outbound::install_crypto,
    present::Presenter,
    redis::{self, Redis},
    reload::{self, ClientsSource, Reload},
    sandbox::{Sandbox, simulate},
    server::{Drained, Limits, Listeners, Phase, Server, Stop, descriptors, tls::TlsAcceptor},
    verify::{Connect, Verifier},
};

/// The service, bound and ready to run.
pub struct App {
    config: Config,
    listeners: Listeners<Api, Admin, Sandbox>,
    /// `server.max_connections`, reduced to what the descriptor limit allows.
    max_connections: usize,
    observe: Arc<Observe>,
    admission: Arc<Admission>,
    verifier: Arc<Verifier>,
    redis: Option<Redis>,
    reload: Reload,
    reload_now: watch::Sender<()>,
    phase: watch::Sender<Phase>,
}

/// The rooms of one configuration, before anything is bound.
struct Rooms {
    api: Api,
    admin: Admin,
    tls: Option<TlsAcceptor>,
    observe: Arc<Observe>,
    admission: Arc<Admission>,
    verifier: Arc<Verifier>,
    redis: Option<Redis>,
    reload: Reload,
    phase: watch::Sender<Phase>,
}

impl Rooms {
    fn new(config: &Config, connect: Arc<dyn Connect>) -> Result<Self, StartError> {
        config.check_admission().map_err(StartError::Config)?;
        let ids = config.regions.iter().map(|region| region.id.as_str());
        let observe = Observe::new(ids).map_err(internal)?;
        let observe = observe.with_routes(http::route_templates(), http::statuses()).with_limits_of(config);
        let observe = observe.with_traces(config).map_err(invalid)?;
        let observe = Arc::new(if config.redis.is_some() { observe.with_redis() } else { observe });
        let redis = Redis::new(config, observe.clone());
        let mut reload = Reload::new(config, observe.clone());

        let (clients, loaded) = reload::read(ClientsSource::new(config)).map_err(StartError::Config)?;
        let sessions = Sessions::new(&config.secrets.keys("sessions")?);
        let limits_key = redis.is_some().then(|| config.secrets.key("caller limits")).transpose()?;
        let limits = redis.as_ref().zip(limits_key).map(|(redis, key)| redis.caller_limits(key));
        let admission = Arc::new(Admission::new(config, clients, sessions, observe.clone()).with_shared(limits));
        let admitted = admission.clone();
        reload.watch(Reloaded::Clients, loaded, move |clients| {
            let now = format!("{} clients", clients.len());
            admitted.replace_clients(clients);
            now
        });

        let tls = reload.tls(config).map_err(StartError::Config)?;
        let shared = redis.as_ref().map(|redis| redis::tier(config, redis)).transpose()?;
        let verifier = Arc::new(Verifier::new(config, connect, shared, observe.clone())?);
        let advisor = Advisor::new(config.guidance.clone(), &config.regions);
        let (phase, receiver) = watch::channel(Phase::Running);
        let presenter = Presenter::new(advisor, &config.regions);
        let parts =
            Parts::new(config, admission.clone(), verifier.clone(), presenter, observe.clone(), receiver.clone());
        let (api, admin) = (Api::new(parts), Admin::new(observe.clone(), verifier.clone(), receiver));
        Ok(Self { api, admin, tls, observe, admission, verifier, redis, reload, phase })
    }
}

/// Checks everything that [`App::build`] would reject, except listeners in use. Must be called inside a runtime.
///
/// # Errors
///
/// Those of [`App::build`].
pub fn check(config: &Config, with_sandbox: bool) -> Result<(), StartError> {
    install_crypto();
    let mut config = config.clone();
    if with_sandbox {
        simulate(&mut config, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).map_err(invalid)?;
    }
    let connect = ConnectClient::new(&config).map_err(invalid)?;
    Rooms::new(&config, Arc::new(connect)).map(drop)
}

impl App {
    /// Creates the service of a configuration; with a sandbox, every region is simulated.
    ///
    /// # Errors
    ///
    /// The configuration is invalid, or a listener cannot be bound.
    pub async fn build(mut config: Config, with_sandbox: bool) -> Result<Self, StartError> {
        install_crypto();
        let sandbox = if with_sandbox { Some(start_sandbox(&mut config).await?) } else { None };
        let connect = ConnectClient::new(&config).map_err(invalid)?;
        Self::bind(config, Arc::new(connect), sandbox).await
    }

    /// Like [`App::build`], with another port to the upstream, for tests that cannot use a socket.
    ///
    /// # Errors
    ///
    /// Those of [`App::build`].
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
        let shares = descriptors::Shares::of(&config, sandbox.is_some());
        rooms.observe.set_max_connections(shares.public);
        let public = limits.clone().with_max_connections(shares.public);
        let public = Server::bind_as("server.listen", config.server.listen, Arc::new(rooms.api), public).await?;
        let limits = limits.with_max_connections(shares.admin);
        let admin = config.server.admin_listen;
        let admin = Server::bind_as("server.admin_listen", admin, Arc::new(rooms.admin), limits).await?;
        let public = public.with_tls(rooms.tls).observed_by(rooms.observe.clone());
        Ok(Self {
            listeners: Listeners { public, admin, sandbox },
            max_connections: shares.public,
            observe: rooms.observe,
            admission: rooms.admission,
            verifier: rooms.verifier,
            redis: rooms.redis,
            reload: rooms.reload,
            reload_now: watch::Sender::new(()),
            phase: rooms.phase,
            config,
        })
    }

    /// Returns the addresses actually bound: public and admin.
    ///
    /// # Errors
    ///
    /// The operating system does not report the address.
    pub fn addresses(&self) -> io::Result<(SocketAddr, SocketAddr)> {
        self.listeners.addresses()
    }

    /// Returns the configuration in force, which the sandbox may have changed.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Returns a handle that triggers an immediate reload, as SIGHUP does.
    pub fn reload_handle(&self) -> watch::Sender<()> {
        self.reload_now.clone()
    }

    /// Serves until `stop` completes, then drains.
    pub async fn run<S: Into<Stop>>(self, stop: impl Future<Output = S>) -> Drained {
        let redis = self.redis.clone().map(|redis| tokio::spawn(redis.keep_connected()));
        // An instance that has its Redis within one timeout shares from its first request on. None waits longer.
        if let Some(redis) = &self.redis {
            redis.tried().await;
        }
        let exchange = tokio::spawn(self.admission.clone().exchange_rates());
        self.announce();
        let reload = tokio::spawn(self.reload.run(self.reload_now.subscribe()));
        let drained = self.listeners.run(self.phase, self.config.server.drain_delay, stop).await;
        // The last settlements are on their way; each ends within `redis.timeout`.
        self.verifier.settled().await;
        reload.abort();
        exchange.abort();
        redis.iter().for_each(tokio::task::JoinHandle::abort);
        self.observe.shut_down().await;
        match drained {
            Drained::Clean => info!("stopped"),
            Drained::CutOff(connections) => {
                warn!(connections, "stopped, and closed the connections that did not finish in time");
            }
        }
        drained
    }

    fn announce(&self) {
        self.listeners.announce();
        let configured = self.config.server.max_connections.get();
        if self.max_connections < configured {
            warn!(
                max_connections = self.max_connections,
                configured,
                descriptors = descriptors::limit(),
                "server.max_connections is reduced to what the descriptor limit allows"
            );
        }
        if self.config.secret_file.is_none() {
            info!("secret_file is not set: using random secrets for the lifetime of the process");
        }
        if self.config.auth.mode == AuthMode::None {
            warn!("auth.mode is \"none\": every process on this machine may call");
        }
    }
}

/// Creates the simulated API of this configuration's regions, for the command that serves only that.
///
/// # Errors
///
/// The address cannot be bound.
pub async fn build_sandbox(config: &Config, address: SocketAddr) -> Result<Server<Sandbox>, StartError> {
    let sandbox = Sandbox::new(config.regions.iter().map(|region| region.id.as_str()));
    Ok(Server::bind_as("--listen", address, Arc::new(sandbox), Limits::from(&config.server)).await?)
}

/// Binds the simulated API to a free local port, and points the configuration at it.
///
/// # Errors
///
/// No port is available.
pub async fn start_sandbox(config: &mut Config) -> Result<Server<Sandbox>, StartError> {
    let server = build_sandbox(config, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let address = server.address().map_err(internal)?;
    simulate(config, address).map_err(invalid)?;
    Ok(server)
}
