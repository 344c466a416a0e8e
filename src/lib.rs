//! connect-verifier: verifies CleverTap credentials for a partner's onboarding form and explains who must do what.
//!
//! A request passes through the rooms (modules) in one direction:
//!
//! ```text
//! socket -> server     accept, TLS, limits, timeouts
//!   -> http            match path and method, read a limited body, parse the JSON into the model
//!     -> admission     authenticate, authorize, limit the rate
//!       -> verify      fingerprint -> cache -> guess budget -> single flight
//!                      -> bulkhead -> breaker -> retry -> upstream (clevertap) -> classify
//!     -> guidance      outcome and hints -> advice in a language
//!   -> http            present: a verdict is a 200, anything else a problem
//! ```
//!
//! All rooms report events to [`observe`], which depends on none of them. From the top layer to the bottom:
//! [`commands`], [`app`], [`reload`], [`http`], [`batch`], [`clevertap`], [`redis`], [`sandbox`], [`admission`],
//! [`verify`], [`server`], [`present`], [`guidance`], [`observe`], [`outbound`], [`config`], [`allowance`],
//! [`model`]. A room depends only on rooms below it; `tests/architecture.rs` enforces that.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod admission;
pub mod allowance;
pub mod app;
pub mod batch;
pub mod clevertap;
pub mod commands;
pub mod config;
pub mod guidance;
pub mod http;
pub mod model;
pub mod observe;
pub mod outbound;
pub mod present;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(not(feature = "redis"))]
#[path = "redis/absent.rs"]
pub mod redis;
pub mod reload;
pub mod sandbox;
pub mod server;
pub mod verify;
