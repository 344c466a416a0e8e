//! What the sandbox changes in a configuration.

use std::{net::SocketAddr, num::NonZeroU32};

use crate::{
    config::{AuthMode, Config},
    model::{Region, Regions, RegionsError},
};

/// The partner of the sandbox, where none is configured.
pub const SANDBOX_PARTNER: &str = "sandbox-partner";

/// Points every region at the sandbox, and fills in what a newcomer has not configured.
///
/// # Errors
///
/// The configuration has no region.
pub fn simulate(config: &mut Config, sandbox: SocketAddr) -> Result<(), RegionsError> {
    let regions = config.regions.iter().map(|region| Region {
        base_url: format!("http://{sandbox}/{}", region.id),
        api_host: sandbox.to_string(),
        ..Region::clone(region)
    });
    config.regions = Regions::new(regions.collect())?;
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
