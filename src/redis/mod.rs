//! The shared tier on Redis, which makes several instances behave as one.
//!
//! [`Redis`] is the connection, with a timeout for each request and its own circuit breaker. The ports of the rooms
//! below are implemented on top of it. No other room uses the library.

mod connection;
mod health;
mod keeper;
mod limits;
mod link;
mod servers;
mod tier;
mod value;

use std::sync::Arc;

pub use self::{
    connection::{Redis, Script, Unavailable},
    health::{Health, check},
};
use crate::{config::Config, verify::shared::SharedTier};

/// Creates the state of verifications that instances share.
///
/// # Errors
///
/// The operating system provides no random numbers.
pub fn tier(config: &Config, redis: &Redis) -> Result<Arc<dyn SharedTier>, getrandom::Error> {
    Ok(Arc::new(tier::Tier::new(config, redis.clone())?))
}
