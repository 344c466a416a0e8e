//! connect-verifier: verifies CleverTap credentials for a partner's onboarding form, and says who must do what.
//!
//! A request goes one way through the house, each step a room of its own:
//!
//! ```text
//! socket -> server     accept, TLS, caps, timeouts
//!   -> http            match path and method, read a capped body, parse the wire into the model
//!     -> admission     who calls, may they, how much
//!       -> verify      fingerprint -> cache -> guess budget -> single flight
//!                      -> bulkhead -> breaker -> retry -> upstream (clevertap) -> classify
//!     -> guidance      outcome and hints -> advice in a language
//!   -> http            present: a verdict is a 200, anything else a problem
//! ```
//!
//! Beside it stands [`observe`], which everyone tells things to and which tells nobody. From the roof to the ground:
//! [`commands`], [`app`], [`reload`], [`http`], [`batch`], [`clevertap`], [`redis`], [`sandbox`], [`admission`], [`verify`],
//! [`server`], [`present`], [`guidance`], [`observe`], [`outbound`], [`config`], [`model`]. A room knows rooms below it and none above;
//! `tests/architecture.rs` holds that.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod admission;
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
