//! The changes that the sandbox makes to a configuration.

use std::{net::SocketAddr, num::NonZeroU32};

use crate::{
    config::{AuthMode, Config},
    model::{Region, Regions, RegionsError},
};

/// The sandbox's partner, if none is configured.
pub const SANDBOX_PARTNER: &str = "sandbox-partner";

/// Points every region at the sandbox and fills in the settings that a newcomer has not configured.
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
    // The sandbox runs on this machine, where a proxy would not find it. The proxy of the environment applies to
    // https:// only.
    config.upstream.proxy = None;
    config.page.enabled = true;
    config.upstream.partner.get_or_insert_with(|| SANDBOX_PARTNER.to_owned());
    let has_clients = !config.clients.is_empty() || config.clients_file.is_some();
    if config.server.listen.ip().is_loopback() && !config.explicit.auth_mode && !has_clients {
        config.auth.mode = AuthMode::None;
    }
    // The failing magic accounts are often tried one after the other; they must not open the breaker for the working
    // ones.
    if !config.explicit.failure_threshold {
        config.upstream.breaker.failure_threshold = NonZeroU32::MAX;
    }
    Ok(())
}
