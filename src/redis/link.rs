//! Opens connections: to one server, to the primary reported by Sentinels, or to a cluster.

use std::{path::PathBuf, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo,
    RedisError, RedisResult, TlsCertificates, TlsMode, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster::ClusterClientBuilder,
    cluster_async::ClusterConnection,
    cluster_routing::{RoutingInfo, SingleNodeRoutingInfo},
    io::tcp::TcpSettings,
    sentinel::{SentinelClientBuilder, SentinelServerType},
};
use secrecy::ExposeSecret;

use crate::config::{RedisLogin, RedisUrl, Topology};

/// The maximum number of requests waiting to be written to one connection.
const QUEUE: usize = 1024;

/// A connection; its clones share it.
#[derive(Clone)]
pub(super) enum Link {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Link {
    /// Sends one command and waits for its answer.
    pub(super) async fn send(&self, command: &Cmd) -> RedisResult<Value> {
        let answer = match self {
            Self::One(connection) => connection.clone().req_packed_command(command).await,
            Self::Cluster(connection) => connection.clone().req_packed_command(command).await,
        };
        answer.and_then(Value::extract_error)
    }

    /// Sends one command to a server of a cluster.
    pub(super) async fn send_to(&self, (host, port): &(String, u16), command: &Cmd) -> RedisResult<Value> {
        let Self::Cluster(connection) = self else { return self.send(command).await };
        let node = SingleNodeRoutingInfo::ByAddress { host: host.clone(), port: *port };
        let answer = connection.clone().route_command(command.clone(), RoutingInfo::SingleNode(node)).await;
        answer.and_then(Value::extract_error)
    }
}

/// The settings of a connection.
pub(super) struct Dial {
    pub(super) extra_ca: Option<PathBuf>,
    /// The timeout for connecting.
    pub(super) connect_timeout: Duration,
    /// The timeout of a request, for the parts of the library that require one.
    pub(super) timeout: Duration,
}

impl Dial {
    /// Connects and logs in.
    pub(super) async fn connect(&self, url: &RedisUrl) -> RedisResult<Link> {
        let certificates = if url.is_tls { self.certificates()? } else { None };
        match &url.topology {
            Topology::Single => {
                let info = node(url, &url.hosts[0])?;
                let client = match certificates {
                    Some(certificates) => Client::build_with_tls(info, certificates)?,
                    None => Client::open(info)?,
                };
                let connection = client.get_multiplexed_async_connection_with_config(&self.config()).await?;
                Ok(Link::One(connection))
            }
            Topology::Sentinel { service } => self.ask_sentinels(url, service, certificates).await,
            Topology::Cluster => {
                let nodes: Vec<ConnectionInfo> =
                    url.hosts.iter().map(|host| node(url, host)).collect::<Result<_, _>>()?;
                let pause = |part: u32| u64::try_from((self.timeout / part).as_millis()).unwrap_or(u64::MAX).max(1);
                let mut builder = ClusterClientBuilder::new(nodes)
                    .connection_timeout(self.connect_timeout)
                    .response_timeout(self.timeout)
                    .tcp_settings(tcp_settings())
                    // A request for a slot that moves is retried within the timeout of one request.
                    .retries(3)
                    .min_retry_wait(pause(20))
                    .max_retry_wait(pause(5));
                if let Some(certificates) = certificates {
                    builder = builder.certs(certificates);
                }
                Ok(Link::Cluster(builder.build()?.get_async_connection().await?))
            }
        }
    }

    async fn ask_sentinels(
        &self,
        url: &RedisUrl,
        service: &str,
        certificates: Option<TlsCertificates>,
    ) -> RedisResult<Link> {
        let addresses = url.hosts.iter().map(|host| address(url, host));
        let mut builder = SentinelClientBuilder::new(addresses, service, SentinelServerType::Master)?
            .set_client_to_redis_db(url.database)
            .set_client_to_redis_tcp_settings(tcp_settings());
        if url.is_tls {
            builder =
                builder.set_client_to_redis_tls_mode(TlsMode::Secure).set_client_to_sentinel_tls_mode(TlsMode::Secure);
        }
        if let Some(certificates) = certificates {
            builder = builder
                .set_client_to_redis_certificates(certificates.clone())
                .set_client_to_sentinel_certificates(certificates);
        }
        if let Some(user) = &url.login.user {
            builder = builder.set_client_to_redis_username(user);
        }
        if let Some(password) = &url.login.password {
            builder = builder.set_client_to_redis_password(password.expose_secret());
        }
        if let Some(user) = &url.sentinel_login.user {
            builder = builder.set_client_to_sentinel_username(user);
        }
        if let Some(password) = &url.sentinel_login.password {
            builder = builder.set_client_to_sentinel_password(password.expose_secret());
        }
        let connection = builder.build()?.get_async_connection_with_config(&self.config()).await?;
        Ok(Link::One(connection))
    }

    fn config(&self) -> AsyncConnectionConfig {
        AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            // `Redis` applies the timeout of each request.
            .set_response_timeout(None)
            .set_pipeline_buffer_size(QUEUE)
    }

    /// Returns `upstream.extra_ca` together with the system's authorities. Without it, the library uses the latter.
    fn certificates(&self) -> RedisResult<Option<TlsCertificates>> {
        let Some(path) = &self.extra_ca else { return Ok(None) };
        let mut pem = std::fs::read(path).map_err(RedisError::from)?;
        for certificate in rustls_native_certs::load_native_certs().certs {
            pem.extend_from_slice(b"\n-----BEGIN CERTIFICATE-----\n");
            pem.extend_from_slice(STANDARD.encode(&certificate).as_bytes());
            pem.extend_from_slice(b"\n-----END CERTIFICATE-----\n");
        }
        Ok(Some(TlsCertificates { client_tls: None, root_cert: Some(pem) }))
    }
}

fn address(url: &RedisUrl, (host, port): &(String, u16)) -> ConnectionAddr {
    let (host, port) = (host.clone(), *port);
    if url.is_tls {
        ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
    } else {
        ConnectionAddr::Tcp(host, port)
    }
}

fn node(url: &RedisUrl, host: &(String, u16)) -> RedisResult<ConnectionInfo> {
    let info = address(url, host).into_connection_info()?.set_tcp_settings(tcp_settings());
    Ok(info.set_redis_settings(settings(&url.login, url.database)))
}

/// Sends each request at once: by the library's default, one that follows another would wait for its acknowledgement,
/// which is a round trip.
fn tcp_settings() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

fn settings(login: &RedisLogin, database: i64) -> RedisConnectionInfo {
    let mut settings = RedisConnectionInfo::default().set_db(database);
    if let Some(user) = &login.user {
        settings = settings.set_username(user);
    }
    if let Some(password) = &login.password {
        settings = settings.set_password(password.expose_secret());
    }
    settings
}
