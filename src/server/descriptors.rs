//! File descriptors: the limit, and how it is shared.
//!
//! An idle connection costs the client nothing and this process a descriptor. Without a share of their own, all other
//! users of descriptors (the admin listener, connections to CleverTap, files) fail when connections exhaust the limit.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Config;

/// For standard streams, the runtime, listeners, files that are re-read, the resolver and the export of traces.
const FIXED: usize = 64;
/// The maximum number of connections to the admin listener.
const MAX_ADMIN: usize = 64;

/// The maximum number of connections of each listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// The public listener.
    pub public: usize,
    /// The admin listener.
    pub admin: usize,
}

impl Shares {
    /// Raises the descriptor limit and divides it among the listeners, with a reserve for everything else.
    pub fn of(config: &Config, with_sandbox: bool) -> Self {
        let limit = raise_limit().unwrap_or_else(|error| {
            tracing::warn!(%error, "cannot raise the descriptor limit");
            limit()
        });
        let upstream = config.regions.iter().count() * config.upstream.max_concurrency_per_region.get();
        // In the sandbox, both ends of an upstream connection are in this process.
        let outbound = if with_sandbox { 2 * upstream } else { upstream };
        share(limit, config.server.max_connections.get(), outbound)
    }
}

/// Raises the soft limit of the process to its hard limit, and returns the limit now in force. `None` means unlimited.
fn raise_limit() -> io::Result<Option<u64>> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return Ok(current);
    }
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    Ok(getrlimit(Resource::Nofile).current)
}

/// Returns the limit in force.
pub fn limit() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

/// Divides a limit. `wanted` is the maximum for the public listener, `outbound` the number of possible outgoing
/// connections. The reserve for everything but the public listener is at most half of the limit.
fn share(limit: Option<u64>, wanted: usize, outbound: usize) -> Shares {
    let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let admin = MAX_ADMIN.min(limit / 8).max(1);
    let reserve = (FIXED + admin).saturating_add(outbound).min(limit / 2);
    Shares { public: wanted.min(limit - reserve).max(1), admin }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_a_reserve_for_everything_else() {
        for (limit, wanted, outbound, public, admin) in [
            (None, 10_000, 384, 10_000, 64),
            (Some(1_048_576), 10_000, 384, 10_000, 64),
            (Some(10_512), 10_000, 384, 10_000, 64),
            (Some(10_511), 10_000, 384, 9_999, 64),
            (Some(1024), 10_000, 384, 512, 64),
            (Some(200), 10_000, 384, 100, 25),
            (Some(200), 50, 384, 50, 25),
            (Some(200), 10_000, 10, 101, 25),
            (Some(1), 10_000, 384, 1, 1),
        ] {
            assert_eq!(share(limit, wanted, outbound), Shares { public, admin }, "{limit:?} {wanted} {outbound}");
        }
    }

    #[test]
    fn raises_the_soft_limit_to_the_hard_one() {
        let raised = raise_limit().unwrap();
        assert_eq!(raised, getrlimit(Resource::Nofile).maximum);
        assert_eq!(limit(), raised);
    }
}
